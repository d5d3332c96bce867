//! Which vantages are believed now, and how many of them make a majority.

/// The believed vantages of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jury {
    believed: u64,
    declared: usize,
}

impl Jury {
    /// From one word a declared vantage: whether it is believed.
    #[must_use]
    pub fn new(believed: impl IntoIterator<Item = bool>) -> Self {
        let mut jury = Self { believed: 0, declared: 0 };
        for believed in believed.into_iter().take(u64::BITS as usize) {
            jury.believed |= u64::from(believed) << jury.declared;
            jury.declared += 1;
        }
        jury
    }

    /// A jury of one of several: for the first round, before others can have reported.
    #[must_use]
    pub const fn of_one(at: usize) -> Self {
        Self { believed: 1 << at, declared: 1 }
    }

    /// Whether the vantage at this position is believed.
    #[must_use]
    pub const fn believes(&self, at: usize) -> bool {
        at < u64::BITS as usize && self.believed >> at & 1 == 1
    }

    /// Whether one vantage is declared, and decides alone.
    #[must_use]
    pub const fn is_alone(&self) -> bool {
        self.declared == 1
    }

    /// How many believed vantages.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.believed.count_ones() as usize
    }

    /// How many have to agree; none: too few are believed, and what is held stays.
    #[must_use]
    pub const fn majority(&self) -> Option<usize> {
        match (self.count(), self.declared) {
            (1, 1) => Some(1),
            (0 | 1, _) => None,
            (count, _) => Some(count / 2 + 1),
        }
    }

    /// How many of the earliest witnesses are left out where time counts, so that one liar of five changes nothing.
    #[must_use]
    pub const fn trim(&self) -> usize {
        self.count().saturating_sub(1) / 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strict_majority_of_the_believed_decides_and_fewer_than_two_of_several_do_not() {
        let table: [(&[bool], Option<usize>); 7] = [
            (&[true], Some(1)),
            (&[false], None),
            (&[true, false, false], None),
            (&[true, true, false], Some(2)),
            (&[true, true, true], Some(2)),
            (&[true, true, true, true], Some(3)),
            (&[true; 5], Some(3)),
        ];
        for (believed, majority) in table {
            assert_eq!(Jury::new(believed.iter().copied()).majority(), majority, "{believed:?}");
        }
    }
}
