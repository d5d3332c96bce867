//! Response codes that we give (RFC 1035 §4.1.1, RFC 6891 §9, RFC 6895 §2.3).

/// A response code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rcode {
    NoError = 0,
    FormErr = 1,
    ServFail = 2,
    NxDomain = 3,
    NotImplemented = 4,
    Refused = 5,
    YxDomain = 6,
    NotAuth = 9,
    BadVersion = 16,
    BadCookie = 23,
}

impl Rcode {
    /// The low four bits, for the header.
    pub(super) const fn header_bits(self) -> u8 {
        self as u8 & 0x0f
    }

    /// The high eight bits, for the OPT record.
    pub(super) const fn extended_bits(self) -> u8 {
        self as u8 >> 4
    }
}
