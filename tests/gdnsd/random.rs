//! Addresses drawn by number: the same ones in every run.

use std::net::IpAddr;

/// A source of numbers (`SplitMix64`; Steele, Lea and Flood, OOPSLA 2014).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Three in four IPv4, anywhere; the others in the part of IPv6 that is given out, or one in sixteen anywhere.
    pub(crate) fn address(&mut self, at: usize) -> IpAddr {
        let (high, low) = (self.next(), self.next());
        if at % 4 != 3 {
            return IpAddr::V4(((high >> 32) as u32).into());
        }
        let high = if at % 64 == 63 { high } else { GIVEN_OUT[(high % 5) as usize] | high >> 12 };
        IpAddr::V6((u128::from(high) << 64 | u128::from(low)).into())
    }
}

/// `2001::/16`, `2400::/12`, `2600::/12`, `2800::/12` and `2a00::/12`, where the databases have most records.
const GIVEN_OUT: [u64; 5] = [
    0x2000_0000_0000_0000,
    0x2400_0000_0000_0000,
    0x2600_0000_0000_0000,
    0x2800_0000_0000_0000,
    0x2a00_0000_0000_0000,
];
