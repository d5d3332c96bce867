//! Choices read off the fuzzer's octets: total, and 0 when they run out.

/// What is left of a case's octets.
pub(crate) struct Bytes<'d> {
    left: &'d [u8],
    /// For rare choices: a hash of all octets. A fuzzer that finds a rare branch worth more would take it always.
    luck: u64,
}

impl<'d> Bytes<'d> {
    pub(crate) fn new(data: &'d [u8]) -> Self {
        let hash = |hash: u64, octet: &u8| (hash ^ u64::from(*octet)).wrapping_mul(0x100_0000_01b3);
        Self { left: data, luck: data.iter().fold(0xcbf2_9ce4_8422_2325, hash) }
    }

    pub(crate) fn octet(&mut self) -> u8 {
        let Some((first, rest)) = self.left.split_first() else {
            return 0;
        };
        self.left = rest;
        *first
    }

    pub(crate) fn short(&mut self) -> u16 {
        u16::from_be_bytes([self.octet(), self.octet()])
    }

    /// Once in `times`, whatever the fuzzer prefers: for what seldom leads to the lookup.
    pub(crate) const fn rarely(&mut self, times: u64) -> bool {
        self.luck = self.luck.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.luck >> 33).is_multiple_of(times)
    }

    /// Once in `times`.
    pub(crate) fn once_in(&mut self, times: u8) -> bool {
        self.octet() % times == times - 1
    }

    /// One of the things; there must be one.
    pub(crate) fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        let choice = if things.len() > 256 { self.short().into() } else { usize::from(self.octet()) };
        &things[choice % things.len()]
    }

    /// At most this many octets.
    pub(crate) fn take(&mut self, most: usize) -> &'d [u8] {
        let (taken, rest) = self.left.split_at(most.min(self.left.len()));
        self.left = rest;
        taken
    }

    /// Exactly this many, zeros at the end where there are no more.
    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.octet())
    }

    pub(crate) const fn rest(&self) -> &'d [u8] {
        self.left
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.left.is_empty()
    }
}
