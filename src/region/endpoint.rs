//! What a region is answered with: its addresses, or one name that a CNAME points to.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// All endpoints of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoints {
    /// Addresses, in file order; never empty.
    Addresses(Vec<IpAddr>),
    /// The target of a CNAME; nobody here resolves it.
    Alias(Hostname),
}

/// One endpoint: an address, or the target of a CNAME.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// An address.
    Address(IpAddr),
    /// The target of a CNAME.
    Alias(Hostname),
}

/// A hostname of two labels or more, in lower case, without the final dot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hostname(Box<str>);

/// A text that names no endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither an address nor a hostname")]
pub struct NoEndpoint;

impl Endpoints {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Addresses(addresses) => addresses.len(),
            Self::Alias(_) => 1,
        }
    }

    /// The addresses; none where there is a name.
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        match self {
            Self::Addresses(addresses) => addresses,
            Self::Alias(_) => &[],
        }
    }

    /// The name; none where there are addresses.
    #[must_use]
    pub const fn alias(&self) -> Option<&Hostname> {
        match self {
            Self::Addresses(_) => None,
            Self::Alias(name) => Some(name),
        }
    }

    /// Each of them, in file order.
    pub fn iter(&self) -> impl Iterator<Item = Endpoint> + '_ {
        let addresses = self.addresses().iter().copied().map(Endpoint::Address);
        addresses.chain(self.alias().cloned().map(Endpoint::Alias))
    }
}

impl Hostname {
    /// The name as a message holds it, the root's label included.
    #[must_use]
    pub fn wire(&self) -> Box<[u8]> {
        let label =
            |label: &str| std::iter::once(label.len() as u8).chain(label.bytes()).collect::<Vec<u8>>();
        self.0.split('.').flat_map(label).chain([0]).collect()
    }

    /// The name, without the final dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Hostname {
    type Err = NoEndpoint;

    /// Letters, digits, `-` and `_` between dots; the last label is no number, so that no mistyped address is a name.
    fn from_str(text: &str) -> Result<Self, NoEndpoint> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        let label = |label: &str| (1..=LABEL).contains(&label.len()) && label.bytes().all(plain);
        let top = name.rsplit_once('.').map(|(_, top)| top);
        let is_name = top.is_some_and(|top| top.bytes().any(|octet| octet.is_ascii_alphabetic()));
        let fits = name.len() <= NAME && name.split('.').all(label);
        if is_name && fits { Ok(Self(name.into())) } else { Err(NoEndpoint) }
    }
}

impl FromStr for Endpoint {
    type Err = NoEndpoint;

    fn from_str(text: &str) -> Result<Self, NoEndpoint> {
        text.parse().map(Self::Address).or_else(|_| text.parse().map(Self::Alias))
    }
}

impl fmt::Display for Hostname {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(formatter),
            Self::Alias(name) => name.fmt(formatter),
        }
    }
}

/// The longest label (RFC 1035 §2.3.4).
const LABEL: usize = 63;
/// The longest name as text: 255 octets of a message, less the first length and the root.
const NAME: usize = 253;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_address_or_a_hostname_and_nothing_else() {
        for (text, shown) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("2001:DB8::1", Some("2001:db8::1")),
            ("LB.Example.net.", Some("lb.example.net")),
            ("_x.lb-1.example", Some("_x.lb-1.example")),
            ("192.0.2.300", None),
            ("localhost", None),
            ("*.example.net", None),
            ("a..example", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(text.parse::<Endpoint>().ok().map(|it| it.to_string()).as_deref(), shown, "{text:?}");
        }
        let long = |labels: usize| format!("{}a.example", "abcdefg.".repeat(labels));
        assert!(long(30).parse::<Hostname>().is_ok() && long(31).parse::<Hostname>().is_err());
        assert!(format!("{}.example", "a".repeat(64)).parse::<Hostname>().is_err());
    }

    #[test]
    fn a_hostname_goes_out_label_by_label() {
        let name: Hostname = "lb.example.net".parse().unwrap();
        assert_eq!(*name.wire(), *b"\x02lb\x07example\x03net\0");
    }
}
