//! One program for every target, so that the server is linked once: `GRANTOR_FUZZ_TARGET` names the one to run.
#![no_main]

use grantor_fuzz_targets::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static CHOSEN: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("GRANTOR_FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("GRANTOR_FUZZ_TARGET {name:?} is none of the targets"))
});

fuzz_target!(|data: &[u8]| (CHOSEN.run)(data));
