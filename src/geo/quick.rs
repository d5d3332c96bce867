//! A hash map for building tables: small keys out of our own data, so its hash is quick and keeps no one out.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::{BuildHasherDefault, Hash, Hasher},
};

/// A map with a multiplying hash.
pub(super) struct Quick<K, V>(HashMap<K, V, BuildHasherDefault<Multiply>>);

impl<K: Hash + Eq, V> Quick<K, V> {
    pub(super) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        self.0.insert(key, value);
    }
}

impl<K, V> Default for Quick<K, V> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

/// Rotate, mix in, multiply: enough to spread numbers (the hash of rustc and Firefox).
#[derive(Default)]
pub(super) struct Multiply(u64);

impl Multiply {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Multiply {
    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.chunks(8) {
            self.mix(word.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
        }
    }

    fn write_u16(&mut self, number: u16) {
        self.mix(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(number.into());
    }

    fn write_usize(&mut self, number: usize) {
        self.mix(number as u64);
    }

    fn finish(&self) -> u64 {
        // The map reads the high and the low bits; a product is best in its high ones.
        self.0 ^ (self.0 >> 32)
    }
}
