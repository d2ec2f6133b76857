//! Feeds `octroi_fuzz::credentials`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| octroi_fuzz::run("credentials", input));
