//! All keys of a family, cut into runs that each carry one value: sorted, disjoint, without gaps.
//! The one shape in which databases, overlays and the atlas hold "which value is where".

/// A run is a first key and a value; it ends where the next one starts. The first run starts at 0, and
/// neighbours differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Partition<T> {
    runs: Vec<(u128, T)>,
}

/// One run of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run<T> {
    pub(super) first: u128,
    pub(super) last: u128,
    pub(super) value: T,
}

impl<T: Copy + PartialEq> Partition<T> {
    /// One value everywhere.
    pub(super) fn uniform(value: T) -> Self {
        Self { runs: vec![(0, value)] }
    }

    /// Blocks laid over `outside`. Blocks nest or are apart; the smallest wins, the later of equal ones.
    pub(super) fn nested(mut blocks: Vec<Run<T>>, outside: T) -> Self {
        blocks.sort_by_key(|block| (block.first, u128::MAX - block.last));
        let mut partition = Self::uniform(outside);
        let mut open: Vec<Run<T>> = Vec::new();
        for block in blocks {
            partition.close(&mut open, outside, block.first);
            partition.set_from(block.first, block.value);
            open.push(block);
        }
        partition.close_all(&mut open, outside);
        partition
    }

    /// The same runs with other values; neighbours that become equal are merged.
    pub(super) fn map<U: Copy + PartialEq>(&self, mut value: impl FnMut(T) -> U) -> Partition<U> {
        let mut runs: Vec<(u128, U)> = Vec::with_capacity(self.runs.len());
        for &(first, old) in &self.runs {
            append(&mut runs, first, value(old));
        }
        Partition { runs }
    }

    /// Both at once: a run ends where either ends.
    pub(super) fn zip<U, V>(&self, other: &Partition<U>, mut value: impl FnMut(T, U) -> V) -> Partition<V>
    where
        U: Copy + PartialEq,
        V: Copy + PartialEq,
    {
        let mut runs: Vec<(u128, V)> = Vec::with_capacity(self.runs.len() + other.runs.len());
        let (mut mine, mut theirs) = (0, 0);
        loop {
            let ((my_first, my_value), (their_first, their_value)) = (self.runs[mine], other.runs[theirs]);
            append(&mut runs, my_first.max(their_first), value(my_value, their_value));
            let my_next = self.runs.get(mine + 1).map(|run| run.0);
            let their_next = other.runs.get(theirs + 1).map(|run| run.0);
            let Some(next) = my_next.into_iter().chain(their_next).min() else {
                return Partition { runs };
            };
            mine += usize::from(my_next == Some(next));
            theirs += usize::from(their_next == Some(next));
        }
    }

    /// The runs in order.
    pub(super) fn runs(&self) -> impl Iterator<Item = Run<T>> + '_ {
        self.runs.iter().enumerate().map(|(at, &(first, value))| {
            let last = self.runs.get(at + 1).map_or(u128::MAX, |next| next.0 - 1);
            Run { first, last, value }
        })
    }

    /// How many runs there are; never none.
    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    /// The value at a key.
    pub(super) fn at(&self, key: u128) -> T {
        let after = self.runs.partition_point(|run| run.0 <= key);
        self.runs[after - 1].1
    }

    /// Gives `value` to everything from `first` on. `first` never falls behind the last run's start.
    pub(super) fn set_from(&mut self, first: u128, value: T) {
        append(&mut self.runs, first, value);
    }

    fn close(&mut self, open: &mut Vec<Run<T>>, outside: T, before: u128) {
        while let Some(done) = open.pop_if(|block| block.last < before) {
            let value = open.last().map_or(outside, |block| block.value);
            self.set_from(done.last + 1, value);
        }
    }

    fn close_all(&mut self, open: &mut Vec<Run<T>>, outside: T) {
        while let Some(done) = open.pop() {
            let value = open.last().map_or(outside, |block| block.value);
            if let Some(next) = done.last.checked_add(1) {
                self.set_from(next, value);
            }
        }
    }
}

fn append<T: Copy + PartialEq>(runs: &mut Vec<(u128, T)>, first: u128, value: T) {
    runs.pop_if(|last| last.0 == first);
    if runs.last().is_none_or(|last| last.1 != value) {
        runs.push((first, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(first: u128, last: u128, value: char) -> Run<char> {
        Run { first, last, value }
    }

    fn written(partition: &Partition<char>) -> Vec<(u128, char)> {
        partition.runs().map(|run| (run.first, run.value)).collect()
    }

    #[test]
    fn the_smallest_block_wins_and_what_holds_it_goes_on_after_it() {
        let blocks = vec![block(4, 5, 'b'), block(0, 7, 'a'), block(5, 5, 'c'), block(8, 15, 'd')];
        let partition = Partition::nested(blocks, '-');
        assert_eq!(written(&partition), [(0, 'a'), (4, 'b'), (5, 'c'), (6, 'a'), (8, 'd'), (16, '-')]);
        assert_eq!((partition.at(5), partition.at(7), partition.at(u128::MAX)), ('c', 'a', '-'));
    }

    #[test]
    fn a_block_may_reach_the_end_and_a_later_equal_block_wins() {
        let all = block(0, u128::MAX, 'a');
        let end = block(u128::MAX, u128::MAX, 'z');
        let partition = Partition::nested(vec![all, end, block(0, u128::MAX, 'b')], '-');
        assert_eq!(written(&partition), [(0, 'b'), (u128::MAX, 'z')]);
    }

    #[test]
    fn zipping_cuts_where_either_cuts_and_merges_what_is_equal() {
        let letters = Partition::nested(vec![block(4, 7, 'b')], 'a');
        let shadow = Partition::nested(vec![block(6, 9, 'x')], '-');
        let both = letters.zip(&shadow, |letter, over| if over == 'x' { 'x' } else { letter });
        assert_eq!(written(&both), [(0, 'a'), (4, 'b'), (6, 'x'), (10, 'a')]);
        assert_eq!(both.map(|_| 'u'), Partition::uniform('u'));
        assert_eq!(both.len(), 4);
    }
}
