//! The fuzzer's way to `meridian_fuzz::query`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meridian_fuzz::{query, tally::Tally};

static TALLY: Tally = Tally::new("query", "reached the lookup");

fuzz_target!(|data: &[u8]| TALLY.count(query::run(data)));
