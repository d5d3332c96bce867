//! The fuzzer's way to `meridian_fuzz::config`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meridian_fuzz::{config, tally::Tally};

static TALLY: Tally = Tally::new("config", "loaded");

fuzz_target!(|data: &[u8]| TALLY.count(config::run(data)));
