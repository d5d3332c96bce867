//! The fuzzer's way to `meridian_fuzz::zone`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meridian_fuzz::{tally::Tally, zone};

static TALLY: Tally = Tally::new("zone", "loaded");

fuzz_target!(|data: &[u8]| TALLY.count(zone::run(data)));
