//! Any octets as a query, against varied pictures: no panic; the oracle decodes what is sent, it fits, and it lies inside
//! the fence.

use super::bytes::Bytes;
use super::worlds::worlds;
use super::{check, question};

/// One case. True when it reached the lookup.
pub fn run(data: &[u8]) -> bool {
    let worlds = worlds();
    let mut bytes = Bytes::new(data);
    let snapshot = bytes.pick(&worlds.snapshots);
    let client = question::client(&mut bytes);
    let query = question::query(&mut bytes, &worlds.names);
    let Some(answer) = check::ask(snapshot, &client, &query) else {
        return false;
    };
    check::inside_the_fence(&worlds.fences, snapshot, &client, &query, &answer);
    answer.reached_lookup()
}
