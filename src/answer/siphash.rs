//! SipHash-2-4 (Aumasson and Bernstein, 2012): the keyed hash of server cookies (RFC 9018 §4.4). Not for anything else:
//! tables of names have a quicker hash of their own.

/// The hash of `message` under `key`, as the eight octets that cookies carry.
pub(super) fn siphash(key: &[u8; 16], message: &[u8]) -> [u8; 8] {
    let mut state = State::new(u128::from_le_bytes(*key));
    let (words, rest) = message.as_chunks::<8>();
    for word in words {
        state.absorb(u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    for (octet, slot) in rest.iter().zip(&mut last) {
        *slot = *octet;
    }
    last[7] = message.len() as u8;
    state.absorb(u64::from_le_bytes(last));
    state.finish().to_le_bytes()
}

struct State([u64; 4]);

impl State {
    const fn new(key: u128) -> Self {
        let (low, high) = (key as u64, (key >> 64) as u64);
        Self([
            low ^ 0x736f_6d65_7073_6575,
            high ^ 0x646f_7261_6e64_6f6d,
            low ^ 0x6c79_6765_6e65_7261,
            high ^ 0x7465_6462_7974_6573,
        ])
    }

    fn absorb(&mut self, word: u64) {
        self.0[3] ^= word;
        self.round();
        self.round();
        self.0[0] ^= word;
    }

    fn finish(mut self) -> u64 {
        self.0[2] ^= 0xff;
        for _ in 0..4 {
            self.round();
        }
        self.0[0] ^ self.0[1] ^ self.0[2] ^ self.0[3]
    }

    const fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.0;
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.0 = [a, b, c, d];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first and last of the authors' own vectors, and one on each side of a whole word.
    #[test]
    fn the_authors_vectors_come_out() {
        let key = std::array::from_fn(|at| at as u8);
        let table = [
            (0, 0x726f_db47_dd0e_0e31),
            (7, 0xab02_00f5_8b01_d137),
            (8, 0x93f5_f579_9a93_2462),
            (15, 0xa129_ca61_49be_45e5),
            (63, 0x958a_324c_eb06_4572),
        ];
        for (length, expected) in table {
            let message: Vec<u8> = (0..length).collect();
            assert_eq!(u64::from_le_bytes(siphash(&key, &message)), expected, "{length} octets");
        }
    }
}
