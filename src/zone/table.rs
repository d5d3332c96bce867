//! A frozen hash table from names to numbers: open addressing, at most half full, built once, read without locks.

use super::Name;
use super::suffix_hash::SuffixHash;

/// Finds the number of a name.
#[derive(Debug)]
pub(super) struct Table {
    slots: Box<[Slot]>,
    mask: usize,
    /// The most slots that any name is away from where its hash starts.
    longest: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    tag: u32,
    number: u32,
}

impl Table {
    /// A table of `names`; each one's number is its place in the slice.
    pub(super) fn of<'a>(names: impl ExactSizeIterator<Item = &'a Name>) -> Table {
        let size = (names.len() * 2).next_power_of_two().max(2);
        let mut table = Table { slots: vec![EMPTY; size].into(), mask: size - 1, longest: 0 };
        for (number, name) in (0..).zip(names) {
            let (start, tag) = SuffixHash::of(name.wire()).split();
            let free = (0..size).find(|step| table.slots[(start + step) & table.mask].number == EMPTY.number);
            let step = free.expect("the table is at most half full");
            table.slots[(start + step) & table.mask] = Slot { tag, number };
            table.longest = table.longest.max(step);
        }
        table
    }

    /// The number whose name has this hash and is `is`; the caller compares.
    #[inline]
    pub(super) fn find(&self, hash: SuffixHash, is: impl Fn(u32) -> bool) -> Option<u32> {
        #[cfg(test)]
        super::work::count();
        let (start, tag) = hash.split();
        for step in 0..=self.longest {
            let slot = self.slots.get(start.wrapping_add(step) & self.mask)?;
            if slot.number == EMPTY.number {
                return None;
            }
            if slot.tag == tag && is(slot.number) {
                return Some(slot.number);
            }
        }
        None
    }
}

const EMPTY: Slot = Slot { tag: 0, number: u32::MAX };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        let names: Vec<Name> =
            (0..5_000).map(|i| Name::from_text(&format!("h{i}.example."), &Name::root()).unwrap()).collect();
        let table = Table::of(names.iter());
        let find =
            |name: &Name| table.find(SuffixHash::of(name.wire()), |number| names[number as usize] == *name);
        for (number, name) in names.iter().enumerate() {
            assert_eq!(find(name), u32::try_from(number).ok(), "{name}");
        }
        assert_eq!(find(&Name::from_text("h5000.example.", &Name::root()).unwrap()), None);
        assert!(table.longest < 64, "a run of {} slots", table.longest);
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        assert_eq!(Table::of([].into_iter()).find(SuffixHash::ROOT, |_| true), None);
    }
}
