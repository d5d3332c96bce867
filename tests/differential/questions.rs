//! Questions by rule: every name of a zone, below, beside and above it, in every type that lookups treat apart.

use std::collections::BTreeSet;
use std::fmt;

use super::random::Random;
use super::zones::Family;

/// One question and how it is asked.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) name: String,
    pub(crate) rtype: u16,
    pub(crate) manner: Manner,
}

/// How a question travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// UDP, 512 octets.
    Plain,
    /// UDP, with an OPT that offers 1232 octets.
    Edns,
    /// TCP.
    Stream,
}

/// At most `most` questions for the zones of a family, spread over all that there are.
pub(crate) fn questions(family: &Family, number: u64, most: usize) -> Vec<Question> {
    let mut random = Random::new(!number);
    let all: Vec<(String, u16)> =
        names(family).into_iter().flat_map(|name| TYPES.map(|rtype| (name.clone(), rtype))).collect();
    let step = all.len().div_ceil(most).max(1) as u64;
    let kept = all.into_iter().filter(|_| random.once_in(step)).collect::<Vec<_>>();
    let mut manner = || match random.below(20) {
        0..6 => Manner::Edns,
        6 => Manner::Stream,
        _ => Manner::Plain,
    };
    kept.into_iter().map(|(name, rtype)| Question { name, rtype, manner: manner() }).collect()
}

fn names(family: &Family) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for name in family.names() {
        let (_, parent) = name.split_once('.').unwrap_or(("", "test"));
        for near in [
            name.clone(),
            format!("q.{name}"),
            format!("q.r.{name}"),
            format!("*.{name}"),
            format!("a.{name}"),
            format!("zz.{parent}"),
            parent.to_owned(),
            name.to_uppercase(),
        ] {
            names.insert(near);
        }
    }
    names.retain(|name| name.to_lowercase().ends_with(&family.apex) || name.matches('.').count() == 0);
    names.insert(format!("{}.{}", "x".repeat(63), family.apex));
    names.insert(format!("{}{}", "y.".repeat(100), family.apex));
    names
}

impl fmt::Display for Question {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} TYPE{} ({:?})", self.name, self.rtype, self.manner)
    }
}

impl Question {
    /// The query's octets.
    pub(crate) fn encode(&self, id: u16) -> Vec<u8> {
        let edns = u8::from(self.manner == Manner::Edns);
        let [high, low] = id.to_be_bytes();
        let mut query = vec![high, low, 0, 0, 0, 1, 0, 0, 0, 0, 0, edns];
        for label in self.name.split('.').filter(|label| !label.is_empty()) {
            query.push(label.len() as u8);
            query.extend(label.as_bytes());
        }
        query.push(0);
        query.extend(self.rtype.to_be_bytes());
        query.extend([0, 1]);
        if edns == 1 {
            query.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
        }
        query
    }
}

const TYPES: [u16; 12] = [A, AAAA, NS, 6, CNAME, DNAME, DS, 16, ANY, 65280, 15, 33];
pub(crate) const A: u16 = 1;
const NS: u16 = 2;
pub(crate) const AAAA: u16 = 28;
pub(crate) const CNAME: u16 = 5;
pub(crate) const DNAME: u16 = 39;
pub(crate) const DS: u16 = 43;
pub(crate) const ANY: u16 = 255;
