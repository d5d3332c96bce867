//! A view: all that one policy knows of one class of clients, before health. Two clients with the same view always get
//! answers from the same candidates in the same order.

use super::fence::FenceId;
use crate::region::{RegionId, RegionSet};

/// What a policy holds about a class, frozen at load.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// Every region of the service in this client's order, also those outside the fence.
    pub order: Box<[RegionId]>,
    /// The regions that every fence of the client allows.
    pub allowed: RegionSet,
    /// The fences that hold it, in config order.
    pub fences: Box<[FenceId]>,
    /// The first of them that names a sink.
    pub sink: Option<FenceId>,
}

impl View {
    /// The view of a block that holds several kinds of clients: bounded by all their fences, ordered for the leading
    /// one. `members` must not be empty.
    #[must_use]
    pub fn of_block<'a>(lead: &Self, members: impl Iterator<Item = &'a Self>) -> Self {
        let mut block = lead.clone();
        let mut fences: Vec<FenceId> = lead.fences.to_vec();
        for member in members {
            block.allowed = block.allowed.intersection(&member.allowed);
            fences.extend(member.fences.iter());
        }
        fences.sort_unstable();
        fences.dedup();
        block.fences = fences.into();
        block
    }

    /// The regions that may answer this client, best first: nothing else is ever decided upon.
    pub fn candidates(&self) -> impl Iterator<Item = RegionId> + '_ {
        self.order.iter().copied().filter(|region| self.allowed.contains(*region))
    }
}
