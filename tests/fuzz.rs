//! The fuzz targets on a stable toolchain: their kept corpus and as many random cases again, through the same
//! functions. `fuzz/run` searches further.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "the targets are a library of their own as well")]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fs;

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use targets::tally::Tally;

/// Runs the corpus, which keeps every kind of case once, then random cases, and wants most of these to reach the lookup.
fn replay(target: &'static str, run: fn(&[u8]) -> bool, random: usize) {
    let kept = fs::read_dir(format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let reached = kept.filter(|file| run(&fs::read(file.as_ref().unwrap().path()).unwrap())).count();
    assert!(reached > KEPT, "only {reached} kept cases of {target} reach the lookup; is the corpus there?");
    let fresh = Tally::new(target);
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    for case in 0..random {
        let mut data = vec![0; 16 + case % 240];
        rng.fill_bytes(&mut data);
        fresh.count(run(&data));
    }
    let share = fresh.share();
    assert!(share > SHARE, "{share:.1} % of random cases of {target} reach the lookup; {SHARE} % at least");
}

const KEPT: usize = 40;
const SHARE: f64 = 65.0;

#[test]
fn queries_of_the_corpus_are_answered_inside_their_fence_and_most_reach_the_lookup() {
    replay("query", targets::query::run, 20_000);
}

#[test]
fn client_subnets_of_the_corpus_are_read_to_the_letter_and_their_scopes_are_sound() {
    replay("ecs", targets::ecs::run, 20_000);
}

#[test]
fn zone_files_of_the_corpus_load_or_say_where_not_and_answer_for_every_name() {
    replay("zone", targets::zone::run, 2_000);
}
