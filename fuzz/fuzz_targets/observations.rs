//! The fuzzer's way to `meridian_fuzz::observations`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meridian_fuzz::{observations, tally::Tally};

static TALLY: Tally = Tally::new("observations", "were heard by the director");

fuzz_target!(|data: &[u8]| TALLY.count(observations::run(data)));
