//! Feeds `octroi_fuzz::answers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| octroi_fuzz::run("answers", input));
