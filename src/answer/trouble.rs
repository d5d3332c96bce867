//! Extended DNS errors (RFC 8914): the few codes that are true of us. Never with text: nothing of an operator's leaks.

/// Why a query got no data, beyond its RCODE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The name lies in none of our zones.
    NotAuthoritative,
    /// A class, type or operation that this server does not do.
    NotSupported,
    /// NXNAME was asked for, which only answers may hold (RFC 9824 §3.5).
    InvalidQueryType,
}

impl Trouble {
    /// INFO-CODE.
    pub(super) const fn code(self) -> u16 {
        match self {
            Self::NotAuthoritative => 20,
            Self::NotSupported => 21,
            Self::InvalidQueryType => 30,
        }
    }
}
