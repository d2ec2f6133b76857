//! Feeds `octroi_fuzz::emulated_security_key`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| octroi_fuzz::run("emulated_security_key", input));
