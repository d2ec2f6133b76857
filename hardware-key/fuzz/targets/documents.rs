//! Feeds `octroi_fuzz::documents`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| octroi_fuzz::run("documents", input));
