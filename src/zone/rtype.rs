//! Record types by number and by name (IANA registry; RFC 3597 `TYPEnnn`).

use std::fmt;

/// A record type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Rtype(pub u16);

#[expect(missing_docs, reason = "each is the type of its name")]
impl Rtype {
    pub const A: Rtype = Rtype(1);
    pub const NS: Rtype = Rtype(2);
    pub const CNAME: Rtype = Rtype(5);
    pub const SOA: Rtype = Rtype(6);
    pub const PTR: Rtype = Rtype(12);
    pub const MX: Rtype = Rtype(15);
    pub const TXT: Rtype = Rtype(16);
    pub const AAAA: Rtype = Rtype(28);
    pub const SRV: Rtype = Rtype(33);
    pub const DNAME: Rtype = Rtype(39);
    pub const DS: Rtype = Rtype(43);
    pub const SVCB: Rtype = Rtype(64);
    pub const HTTPS: Rtype = Rtype(65);
    pub const CAA: Rtype = Rtype(257);
}

impl Rtype {
    /// The type that a master file names, in any case, `TYPEnnn` included; nothing when unknown.
    pub fn from_text(text: &str) -> Option<Rtype> {
        let known = NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
        known.map(|(number, _)| Rtype(*number)).or_else(|| generic(text, "TYPE").map(Rtype))
    }

    /// Whether it is a question's or a message's type, or unassigned zero: never data (RFC 6895 §3.1).
    pub fn is_meta(self) -> bool {
        matches!(self.0, 0 | 41 | 128..=255 | 65_535)
    }

    /// Whether it belongs to a signed zone's chain: RRSIG, NSEC, NSEC3, NSEC3PARAM and what came before them.
    pub(super) fn is_signature(self) -> bool {
        matches!(self.0, 24 | 30 | 46 | 47 | 50 | 51)
    }
}

/// The number of `PREFIXnnn`.
pub(super) fn generic(text: &str, prefix: &str) -> Option<u16> {
    let (head, digits) = text.split_at_checked(prefix.len())?;
    let plain = head.eq_ignore_ascii_case(prefix) && digits.bytes().all(|octet| octet.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

impl fmt::Display for Rtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(number, _)| *number == self.0) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "TYPE{}", self.0),
        }
    }
}

const NAMES: [(u16, &str); 56] = [
    (1, "A"),
    (2, "NS"),
    (5, "CNAME"),
    (6, "SOA"),
    (10, "NULL"),
    (11, "WKS"),
    (12, "PTR"),
    (13, "HINFO"),
    (14, "MINFO"),
    (15, "MX"),
    (16, "TXT"),
    (17, "RP"),
    (18, "AFSDB"),
    (24, "SIG"),
    (25, "KEY"),
    (28, "AAAA"),
    (29, "LOC"),
    (30, "NXT"),
    (33, "SRV"),
    (35, "NAPTR"),
    (36, "KX"),
    (37, "CERT"),
    (39, "DNAME"),
    (41, "OPT"),
    (42, "APL"),
    (43, "DS"),
    (44, "SSHFP"),
    (45, "IPSECKEY"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (49, "DHCID"),
    (50, "NSEC3"),
    (51, "NSEC3PARAM"),
    (52, "TLSA"),
    (53, "SMIMEA"),
    (55, "HIP"),
    (59, "CDS"),
    (60, "CDNSKEY"),
    (61, "OPENPGPKEY"),
    (62, "CSYNC"),
    (63, "ZONEMD"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (99, "SPF"),
    (104, "NID"),
    (105, "L32"),
    (106, "L64"),
    (107, "LP"),
    (108, "EUI48"),
    (109, "EUI64"),
    (249, "TKEY"),
    (250, "TSIG"),
    (255, "ANY"),
    (256, "URI"),
    (257, "CAA"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_by_name_and_by_number_in_any_case() {
        let table = [
            ("a", Some(Rtype::A)),
            ("Https", Some(Rtype::HTTPS)),
            ("TYPE257", Some(Rtype::CAA)),
            ("type65280", Some(Rtype(65_280))),
            ("TYPE", None),
            ("TYPE65536", None),
            ("TYPE+1", None),
            ("BOGUS", None),
            ("é", None),
        ];
        for (text, expected) in table {
            assert_eq!(Rtype::from_text(text), expected, "{text}");
        }
    }

    #[test]
    fn every_named_type_is_read_back() {
        for (number, name) in NAMES {
            assert_eq!(Rtype::from_text(&Rtype(number).to_string()), Some(Rtype(number)), "{name}");
        }
        assert_eq!(Rtype(65_280).to_string(), "TYPE65280");
    }
}
