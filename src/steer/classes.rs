//! Classes of clients: what no policy can tell apart has one number.

use std::collections::HashMap;

use crate::geo::{ClassId, Place, Standing};

/// How clients of a class come to be located.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    /// By their address.
    Usual,
    /// Not by the subnet that they give (private space, RFC 7871 §11.2): by their resolver.
    Special,
    /// Not at all: their source does not reach the wrapped address.
    Wrapped,
}

/// Classes by what all policies hold of them.
#[derive(Default)]
pub(super) struct Classes {
    keys: Vec<(Sort, Box<[u32]>)>,
    ids: HashMap<(Sort, Box<[u32]>), usize>,
}

impl Classes {
    /// The number of a class. Beyond what fits it wraps, and the plan is refused in the end.
    pub(super) fn intern(&mut self, sort: Sort, views: Box<[u32]>) -> ClassId {
        let next = self.keys.len();
        let key = (sort, views);
        let at = *self.ids.entry(key).or_insert_with_key(|key| {
            self.keys.push(key.clone());
            next
        });
        ClassId(at as u16)
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.keys.len()
    }

    /// How each class comes to be located.
    pub(super) fn sorts(&self) -> impl Iterator<Item = Sort> {
        self.keys.iter().map(|(sort, _)| *sort)
    }

    /// The view that the policy at `policy` holds of a class.
    pub(super) fn view(&self, class: ClassId, policy: usize) -> u32 {
        self.keys[class.index()].1[policy]
    }

    /// The same for every class.
    pub(super) fn views(&self, policy: usize) -> impl Iterator<Item = u32> {
        self.keys.iter().map(move |(_, views)| views[policy])
    }
}

impl Sort {
    /// How clients at a place come to be located.
    pub(super) const fn of(place: &Place) -> Self {
        match place.standing {
            Standing::Located(_) | Standing::Unlocated => Self::Usual,
            Standing::Special => Self::Special,
            Standing::Wrapped => Self::Wrapped,
        }
    }
}
