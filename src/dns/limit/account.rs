//! Which answers are counted together: by the prefix that asks and by what the answer says.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::zone::{Found, Owner, QueryName, Zones};

/// What one account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::dns) struct Account<'n> {
    /// The network that asks, its host bits zero.
    pub(super) prefix: IpAddr,
    pub(super) sort: Sort<'n>,
}

/// Answers that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sort<'n> {
    /// The records of one name and type. Of names that a wildcard or a DNAME stands for: what they have in common.
    Records(&'n [u8], u16),
    /// No such name, no such records, or a referral.
    Negative,
    /// Neither data nor a denial.
    Error,
}

/// The keys of this process: nobody outside can tell which prefixes share an account.
pub(super) struct Keys(RandomState);

impl Keys {
    pub(super) fn new() -> Self {
        Self(RandomState::new())
    }

    /// SipHash under this process's keys.
    pub(super) fn hash(&self, account: &Account<'_>) -> u64 {
        self.0.hash_one(account)
    }
}

impl<'n> Account<'n> {
    /// The account of an `answer` to `client`; `name` is where its question's name goes.
    pub(in crate::dns) fn of(client: IpAddr, answer: &[u8], zones: &Zones, name: &'n mut QueryName) -> Self {
        Self { prefix: prefix(client), sort: Sort::of(answer, zones, name) }
    }

    /// Whether its answers are errors.
    pub(super) fn is_error(&self) -> bool {
        self.sort == Sort::Error
    }
}

impl<'n> Sort<'n> {
    fn of(answer: &[u8], zones: &Zones, name: &'n mut QueryName) -> Self {
        let Some([_, _, _, flags, _, _, an_high, an_low, ..]) = answer.first_chunk::<HEADER>() else {
            return Self::Error;
        };
        match flags & 0x0f {
            NOERROR | NXDOMAIN => {}
            _ => return Self::Error,
        }
        if [*an_high, *an_low] == [0, 0] {
            return Self::Negative;
        }
        let Ok(end) = name.read(answer, HEADER) else { return Self::Error };
        let rtype = answer.get(end..end + 2).map_or(0, |octets| u16::from_be_bytes([octets[0], octets[1]]));
        let kept = match zones.find(name) {
            Found::Exists { owner: Owner::Wildcard { encloser }, .. } => encloser,
            Found::Dname { suffix, .. } => suffix,
            _ => usize::MAX,
        };
        let wire = name.wire();
        Self::Records(&wire[wire.len().saturating_sub(kept)..], rtype)
    }
}

/// The network that `client` counts for.
fn prefix(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & !0xff).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !(u128::MAX >> 56)).into(),
    }
}

/// Octets of a header (RFC 1035 §4.1.1).
const HEADER: usize = 12;
const NOERROR: u8 = 0;
const NXDOMAIN: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_24_bits_of_ipv4_and_56_of_ipv6() {
        let table = [
            ("192.0.2.7", "192.0.2.0"),
            ("192.0.2.255", "192.0.2.0"),
            ("192.0.3.0", "192.0.3.0"),
            ("::ffff:192.0.2.7", "192.0.2.0"),
            ("2001:db8:1:2ff:3:4:5:6", "2001:db8:1:200::"),
            ("2001:db8:1:300::1", "2001:db8:1:300::"),
        ];
        for (address, expected) in table {
            let expected: IpAddr = expected.parse().unwrap();
            assert_eq!(prefix(address.parse().unwrap()), expected, "{address}");
        }
    }
}
