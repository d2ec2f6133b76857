//! Feeds `octroi_fuzz::security_key`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| octroi_fuzz::run("security_key", input));
