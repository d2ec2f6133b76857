//! Feeds `octroi_fuzz::dongle_device`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| octroi_fuzz::run("dongle_device", input));
