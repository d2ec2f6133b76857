//! The properties of `properties/`, for the fuzzer.

use std::time::Duration;

#[path = "properties/mod.rs"]
pub mod properties;

/// What a key is given for an answer: enough for a scripted one, so little that waiting costs nothing.
const WITHIN: Duration = Duration::from_millis(3);

/// Checks one property; what it panics with is the finding.
pub fn run(name: &str, input: &[u8]) {
    let target = properties::TARGETS
        .iter()
        .find(|target| target.name == name);
    (target.expect("every program has its property").check)(input, WITHIN);
}
