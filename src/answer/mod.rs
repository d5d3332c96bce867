//! Query bytes × Snapshot → answer bytes: all DNS semantics, in one place.

mod explanation;
mod outcome;

pub use explanation::{Candidate, Explanation};
pub use outcome::{Outcome, Steered};

use crate::client::Client;
use crate::now::Now;
use crate::snapshot::Snapshot;

/// Answers `query` into `out` from one snapshot. (Placeholder: the real one is being written by the lead.)
pub fn answer(_snapshot: &Snapshot, _client: &Client, _now: Now, query: &[u8], out: &mut [u8]) -> Outcome {
    let (Some(id), Some(header)) = (query.get(..12), out.get_mut(..12)) else {
        return Outcome::Dropped;
    };
    header.fill(0);
    header[..2].copy_from_slice(&id[..2]);
    header[2] = 0x80;
    header[3] = 5;
    Outcome::Answered {
        length: 12,
        rcode: 5,
        steered: None,
    }
}
