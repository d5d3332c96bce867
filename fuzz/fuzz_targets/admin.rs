//! The fuzzer's way to `meridian_fuzz::admin`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meridian_fuzz::{admin, tally::Tally};

static TALLY: Tally = Tally::new("admin", "were heard by the director");

fuzz_target!(|data: &[u8]| TALLY.count(admin::run(data)));
