//! What must hold of everything that reads what a hardware key, its host or a document says, whatever
//! the bytes: no panic, no more time, memory or reports than allowed, and what is accepted means what
//! it says. Each property takes the bytes that a fuzzer made; the same are run over the seeds by
//! `cargo test` (`hardware-key/tests/fuzz_seeds.rs`). No knowledge of the fuzzer may enter here.

pub mod answers;
pub mod credentials;
pub mod documents;
pub mod dongle_device;
pub mod dongle_host;
pub mod emulated_security_key;
pub mod framing;
pub mod script;
pub mod security_key;

use std::time::Duration;

/// One property, its seeds and its program.
pub struct Target {
    /// Names the program and the folder of seeds.
    pub name: &'static str,
    /// Panics where the property does not hold. Says whether anything in the input was accepted. The
    /// time is what a key is given for one answer.
    pub check: fn(&[u8], Duration) -> bool,
}

/// Every property.
pub const TARGETS: [Target; 8] = [
    Target {
        name: "dongle_device",
        check: |input, _| dongle_device::check(input),
    },
    Target {
        name: "dongle_host",
        check: dongle_host::check,
    },
    Target {
        name: "framing",
        check: |input, _| framing::check(input),
    },
    Target {
        name: "security_key",
        check: security_key::check,
    },
    Target {
        name: "answers",
        check: |input, _| answers::check(input),
    },
    Target {
        name: "credentials",
        check: |input, _| credentials::check(input),
    },
    Target {
        name: "emulated_security_key",
        check: |input, _| emulated_security_key::check(input),
    },
    Target {
        name: "documents",
        check: |input, _| documents::check(input),
    },
];
