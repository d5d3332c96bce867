//! Who asks (an address, a carrier, a size limit) and the word for networks, `Prefix`.
//! Ground floor: knows nothing of DNS messages or of places.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;
use thiserror::Error;

/// What carries a question and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// Datagrams: the source address may be forged, and an answer has a size.
    Udp,
    /// A stream: the peer has shown that the address is its own.
    Tcp,
    /// A stream inside TLS (RFC 7858).
    Tls,
    /// A stream of QUIC (RFC 9250).
    Quic,
}

impl Carrier {
    /// Whether nobody on the way can read what is said, only how long it is.
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        match self {
            Self::Udp | Self::Tcp => false,
            Self::Tls | Self::Quic => true,
        }
    }

    /// Whether a client may be told how long its connection may be idle (RFC 7828 §3).
    #[must_use]
    pub const fn has_keepalive(self) -> bool {
        match self {
            Self::Udp | Self::Quic => false, // QUIC has its own (RFC 9250 §5.5.2)
            Self::Tcp | Self::Tls => true,
        }
    }
}

/// Who asks one question, and how much may be said back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address that the packet came from: mostly a resolver's.
    pub address: IpAddr,
    /// What carried the question.
    pub carrier: Carrier,
    /// The largest answer in octets that this carrier may take, from configuration.
    pub limit: u16,
}

/// An IPv4 or IPv6 network; the bits beyond its length are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix(IpNet);

/// Why a text or a pair is not a prefix.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PrefixError {
    /// There is no `/`.
    #[error("{found:?} has no length; an address with a length is allowed, like {fix:?}")]
    NoLength {
        /// The text as given.
        found: String,
        /// What was probably meant.
        fix: String,
    },
    /// Neither an IPv4 nor an IPv6 network.
    #[error(
        "{found:?} is not a prefix; an address and a length are allowed, like \"203.0.113.0/24\" or \"2001:db8::/32\""
    )]
    NotAPrefix {
        /// The text as given.
        found: String,
    },
    /// The length exceeds the address.
    #[error("length {length} of {address} is too long; 0 to {most} is allowed")]
    TooLong {
        /// The address.
        address: IpAddr,
        /// The length as given.
        length: u8,
        /// The longest for this family.
        most: u8,
    },
    /// Bits beyond the length are set.
    #[error("{found} has bits set beyond its length; did you mean \"{fix}\" or a longer length?")]
    HostBits {
        /// The prefix as given.
        found: IpNet,
        /// The network that holds it.
        fix: IpNet,
    },
}

impl Prefix {
    /// A network of `length` bits at `address`; refuses host bits and lengths beyond the address.
    pub fn new(address: IpAddr, length: u8) -> Result<Self, PrefixError> {
        let most = if address.is_ipv4() { 32 } else { 128 };
        let found =
            IpNet::new(address, length).map_err(|_| PrefixError::TooLong { address, length, most })?;
        match found.trunc() {
            fix if fix == found => Ok(Self(found)),
            fix => Err(PrefixError::HostBits { found, fix }),
        }
    }

    /// The network of `length` bits around `address`; a length beyond the address means all of it.
    pub fn around(address: IpAddr, length: u8) -> Self {
        let most = if address.is_ipv4() { 32 } else { 128 };
        Self(IpNet::new_assert(address, length.min(most)).trunc())
    }

    /// The first address.
    pub fn first(&self) -> IpAddr {
        self.0.addr()
    }

    /// The last address.
    pub fn last(&self) -> IpAddr {
        self.0.broadcast()
    }

    /// The length in bits.
    pub fn length(&self) -> u8 {
        self.0.prefix_len()
    }

    /// Whether the address lies inside; families never mix.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }

    /// Whether all of `other` lies inside; families never mix.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.contains(&other.0)
    }

    /// The IPv4 network where this is one in v4-mapped clothes (`::ffff:0:0/96`), else itself.
    pub fn canonical(self) -> Self {
        match (self.first().to_canonical(), self.length().checked_sub(96)) {
            (IpAddr::V4(address), Some(length)) if !self.first().is_ipv4() => {
                Self::around(IpAddr::V4(address), length)
            }
            _ => self,
        }
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let not_a_prefix = || PrefixError::NotAPrefix { found: text.to_owned() };
        let Some((address, length)) = text.split_once('/') else {
            let address: IpAddr = text.parse().map_err(|_| not_a_prefix())?;
            let fix = Self::around(address, u8::MAX).to_string();
            return Err(PrefixError::NoLength { found: text.to_owned(), fix });
        };
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_a_prefix());
        }
        let address = address.parse().map_err(|_| not_a_prefix())?;
        Self::new(address, length.parse().map_err(|_| not_a_prefix())?)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    #[test]
    fn a_prefix_reads_as_it_is_written() {
        for text in ["0.0.0.0/0", "203.0.113.0/24", "203.0.113.53/32", "::/0", "2001:db8:de::/48", "::1/128"]
        {
            assert_eq!(prefix(text).to_string(), text);
        }
    }

    #[test]
    fn host_bits_are_refused_and_the_network_is_named() {
        let error = "203.0.113.7/24".parse::<Prefix>().unwrap_err().to_string();
        assert!(error.contains("203.0.113.7/24") && error.contains("203.0.113.0/24"), "{error}");
    }

    #[test]
    fn a_bare_address_is_refused_and_the_length_is_named() {
        let error = "2001:db8::53".parse::<Prefix>().unwrap_err().to_string();
        assert!(error.contains("2001:db8::53/128"), "{error}");
    }

    #[test]
    fn what_is_not_a_prefix_is_refused() {
        for text in ["", "/", "10.0.0.0/", "10.0.0/8", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/256", "x/8"] {
            assert!(matches!(text.parse::<Prefix>(), Err(PrefixError::NotAPrefix { .. })), "{text}");
        }
        assert!(matches!("10.0.0.0/33".parse::<Prefix>(), Err(PrefixError::TooLong { most: 32, .. })));
        assert!(matches!("::/129".parse::<Prefix>(), Err(PrefixError::TooLong { most: 128, .. })));
    }

    #[test]
    fn families_never_mix() {
        assert!(!prefix("::/0").contains("10.0.0.1".parse().unwrap()));
        assert!(!prefix("0.0.0.0/0").covers(&prefix("::/0")));
        assert!(prefix("10.0.0.0/8").covers(&prefix("10.1.0.0/16")));
    }

    #[test]
    fn a_mapped_prefix_is_its_ipv4_network() {
        assert_eq!(prefix("::ffff:10.0.0.0/104").canonical(), prefix("10.0.0.0/8"));
        assert_eq!(prefix("::ffff:0:0/96").canonical(), prefix("0.0.0.0/0"));
        assert_eq!(prefix("::/0").canonical(), prefix("::/0"));
    }
}
