//! The fuzzer's way to `meridian_fuzz::ecs`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meridian_fuzz::{ecs, tally::Tally};

static TALLY: Tally = Tally::new("ecs", "reached the lookup");

fuzz_target!(|data: &[u8]| TALLY.count(ecs::run(data)));
