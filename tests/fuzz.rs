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

/// Runs the corpus, which keeps every kind of case once, then random cases, and wants most of these past the target's
/// gate: `gate` says what such a case has done.
fn replay(target: &'static str, gate: &'static str, run: fn(&[u8]) -> bool, random: usize) {
    let kept = fs::read_dir(format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let reached = kept.filter(|file| run(&fs::read(file.as_ref().unwrap().path()).unwrap())).count();
    assert!(reached > KEPT, "only {reached} kept cases of {target} {gate}; is the corpus there?");
    let fresh = Tally::new(target, gate);
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    for case in 0..random {
        let mut data = vec![0; 16 + case % 240];
        rng.fill_bytes(&mut data);
        fresh.count(run(&data));
    }
    let share = fresh.share();
    assert!(share > SHARE, "{share:.1} % of random cases of {target} {gate}; {SHARE} % at least");
}

const KEPT: usize = 40;
const SHARE: f64 = 65.0;

#[test]
fn queries_of_the_corpus_are_answered_inside_their_fence_and_most_reach_the_lookup() {
    replay("query", "reached the lookup", targets::query::run, 20_000);
}

#[test]
fn client_subnets_of_the_corpus_are_read_to_the_letter_and_their_scopes_are_sound() {
    replay("ecs", "reached the lookup", targets::ecs::run, 20_000);
}

#[test]
fn zone_files_of_the_corpus_load_or_say_where_not_and_answer_for_every_name() {
    replay("zone", "loaded", targets::zone::run, 2_000);
}

#[test]
fn configs_of_the_corpus_load_or_say_where_not_and_answer_everyone_inside_their_fences() {
    replay("config", "loaded", targets::config::run, 150);
}

#[test]
fn location_files_of_the_corpus_are_refused_or_read_as_their_format_means_them() {
    replay("maxmind", "were read whole", targets::maxmind::run, 3_000);
}

#[test]
fn admin_requests_of_the_corpus_are_answered_and_what_the_director_hears_keeps_the_promises() {
    replay("admin", "were heard by the director", targets::admin::run, 3_000);
}

#[test]
fn observations_of_the_corpus_move_no_answer_out_of_its_fence() {
    replay("observations", "were heard by the director", targets::observations::run, 2_000);
}
