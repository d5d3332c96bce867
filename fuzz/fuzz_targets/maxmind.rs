//! The fuzzer's way to `meridian_fuzz::maxmind`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meridian_fuzz::{maxmind, tally::Tally};

static TALLY: Tally = Tally::new("maxmind", "were read whole");

fuzz_target!(|data: &[u8]| TALLY.count(maxmind::run(data)));
