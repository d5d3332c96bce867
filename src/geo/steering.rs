//! Steering prefixes: the prefixes that geo rules name as keys. A place carries the longest one that holds it,
//! and a policy finds the shorter ones through `parent`.

use thiserror::Error;

use super::family::Family;
use crate::client::Prefix;

/// The prefixes that geo rules name, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steering {
    /// In order, so that a prefix comes after those that hold it.
    prefixes: Vec<Prefix>,
    parents: Vec<Option<SteeringId>>,
}

/// A steering prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SteeringId(u32);

/// A steering prefix that is longer than what addresses are cut to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{prefix} is longer than /{quantum}, to which addresses are cut; /0 to /{quantum} is allowed")]
pub struct LongerThanQuantum {
    prefix: Prefix,
    quantum: u8,
}

impl Steering {
    /// Prefixes in any order, doubles allowed; each no longer than a quantum (/24, /56).
    pub fn new(prefixes: impl IntoIterator<Item = Prefix>) -> Result<Self, LongerThanQuantum> {
        let mut prefixes: Vec<Prefix> = prefixes.into_iter().map(Prefix::canonical).collect();
        prefixes.sort_unstable_by_key(|prefix| (prefix.first(), prefix.length()));
        prefixes.dedup();
        for prefix in &prefixes {
            let quantum = Family::of(prefix.first()).quantum();
            if prefix.length() > quantum {
                return Err(LongerThanQuantum { prefix: *prefix, quantum });
            }
        }
        let parents = parents(&prefixes);
        Ok(Self { prefixes, parents })
    }

    /// The number of a prefix, if it is one of these.
    pub fn id(&self, prefix: Prefix) -> Option<SteeringId> {
        let wanted = prefix.canonical();
        let key = (wanted.first(), wanted.length());
        let at = self.prefixes.binary_search_by_key(&key, |prefix| (prefix.first(), prefix.length()));
        at.ok().map(|at| SteeringId(at as u32))
    }

    /// The prefix of a number.
    pub fn prefix(&self, id: SteeringId) -> Prefix {
        self.prefixes[id.0 as usize]
    }

    /// The longest other prefix that holds this one.
    pub fn parent(&self, id: SteeringId) -> Option<SteeringId> {
        self.parents[id.0 as usize]
    }

    /// Every prefix, in order of address.
    pub fn iter(&self) -> impl Iterator<Item = (SteeringId, Prefix)> + '_ {
        self.prefixes.iter().enumerate().map(|(at, prefix)| (SteeringId(at as u32), *prefix))
    }
}

fn parents(prefixes: &[Prefix]) -> Vec<Option<SteeringId>> {
    let mut open: Vec<usize> = Vec::new();
    let mut parents = Vec::with_capacity(prefixes.len());
    for (at, prefix) in prefixes.iter().enumerate() {
        while open.pop_if(|holder| !prefixes[*holder].covers(prefix)).is_some() {}
        parents.push(open.last().map(|holder| SteeringId(*holder as u32)));
        open.push(at);
    }
    parents
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    #[test]
    fn each_prefix_knows_the_longest_that_holds_it() {
        let texts = ["10.1.2.0/24", "10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8", "2001:db8::/32", "10.0.0.0/8"];
        let steering = Steering::new(texts.map(prefix)).unwrap();
        let parent = |text: &str| {
            let id = steering.id(prefix(text)).unwrap();
            steering.parent(id).map(|id| steering.prefix(id).to_string())
        };
        assert_eq!(parent("10.1.2.0/24").as_deref(), Some("10.1.0.0/16"));
        assert_eq!(parent("10.1.0.0/16").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(parent("11.0.0.0/8"), None);
        assert_eq!(parent("2001:db8::/32"), None);
        assert_eq!(steering.iter().count(), 5);
        assert_eq!(steering.id(prefix("12.0.0.0/8")), None);
    }

    #[test]
    fn a_prefix_longer_than_the_quantum_is_refused() {
        let error = Steering::new([prefix("10.0.0.0/25")]).unwrap_err().to_string();
        assert!(error.contains("10.0.0.0/25") && error.contains("/24"), "{error}");
        assert!(Steering::new([prefix("2001:db8::/57")]).is_err());
        assert!(Steering::new([prefix("10.0.0.0/24"), prefix("2001:db8::/56")]).is_ok());
    }
}
