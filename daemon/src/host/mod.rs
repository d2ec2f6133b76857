//! What this machine is recognised by. Facts are read from `/sys`, `/etc/machine-id` and through
//! sysinfo and stay on the machine; what a certificate carries are Argon2id digests under a salt of
//! their own, so that neither two vendors nor two daemons can be linked by them. How many must match
//! is the licence's to say, and what a mismatch means the engine's.

mod hash;
mod read;
#[cfg(test)]
mod tests;
mod value;

use octroi_licence::HostComponentKind;

pub use self::{hash::HostMatch, value::HostProblem};

/// The facts of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFacts {
    /// In the order of their kinds; those of one kind in the order of their values. No value twice.
    pub components: Vec<HostFact>,
}

/// One fact, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFact {
    /// What it is.
    pub kind: HostComponentKind,
    /// Where it was read; for people.
    pub source: String,
    /// The value itself, which stays on this machine.
    pub value: Result<String, HostProblem>,
}

impl HostFacts {
    /// Values that can be read, by kind.
    fn readable(&self) -> impl Iterator<Item = (HostComponentKind, &str)> {
        self.components.iter().filter_map(|fact| {
            fact.value
                .as_ref()
                .ok()
                .map(|value| (fact.kind, value.as_str()))
        })
    }
}
