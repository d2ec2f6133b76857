//! The host as a certificate carries it, and the comparison with the host that is here now.

use std::collections::BTreeSet;

use argon2::{Algorithm, Argon2, Params, Version};
use octroi_licence::{HOST_COMPONENTS_MAX, HostComponent, HostComponentKind, HostIdentity};

use super::HostFacts;

/// Argon2id (RFC 9106) with 19 MiB, two passes, one lane: a host's values have little entropy, and
/// whoever guesses one pays about 20 ms for each try.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Components of a kind that a certificate carries, where the host has more.
const OF_A_KIND: usize = 2;

/// How the host that is here compares with the one that was activated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostMatch {
    /// Activated components that are here.
    pub matched: u32,
    /// Activated components of whose kind something can be read here.
    pub readable: u32,
    /// Activated components.
    pub of: u32,
}

impl HostFacts {
    /// Hashes what can be read: at most [`HOST_COMPONENTS_MAX`], of each kind at most two. Takes some
    /// 20 ms for each.
    pub fn hash(&self, salt: &[u8; 16]) -> HostIdentity {
        let mut components: Vec<HostComponent> = Vec::new();
        for (kind, value) in self.readable() {
            let same = components
                .iter()
                .filter(|component| component.kind == kind)
                .count();
            if same < OF_A_KIND && components.len() < HOST_COMPONENTS_MAX {
                components.push(HostComponent {
                    kind,
                    digest: digest(kind, value, salt),
                });
            }
        }
        HostIdentity {
            salt: *salt,
            components,
        }
    }

    /// Compares with `identity`. Takes some 20 ms for each fact of a kind that it names.
    pub fn matches(&self, identity: &HostIdentity) -> HostMatch {
        let activated: BTreeSet<(HostComponentKind, [u8; 32])> = identity
            .components
            .iter()
            .map(|component| (component.kind, component.digest))
            .collect();
        let kinds: BTreeSet<HostComponentKind> = activated.iter().map(|(kind, _)| *kind).collect();
        let here: BTreeSet<(HostComponentKind, [u8; 32])> = self
            .readable()
            .filter(|(kind, _)| kinds.contains(kind))
            .map(|(kind, value)| (kind, digest(kind, value, &identity.salt)))
            .collect();
        let readable = activated
            .iter()
            .filter(|(kind, _)| here.iter().any(|(found, _)| found == kind))
            .count();
        HostMatch {
            matched: count(activated.intersection(&here).count()),
            readable: count(readable),
            of: count(activated.len()),
        }
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Argon2id over the kind's name, a zero byte and the value.
fn digest(kind: HostComponentKind, value: &str, salt: &[u8; 16]) -> [u8; 32] {
    let mut digest = [0; 32];
    let input = [kind.name().as_bytes(), b"\0", value.as_bytes()].concat();
    Params::new(MEMORY_KIB, PASSES, LANES, Some(digest.len()))
        .and_then(|params| {
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                &input,
                salt,
                &mut digest,
            )
        })
        .unwrap_or_else(|error| unreachable!("fixed, valid parameters: {error}"));
    digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{HostFact, HostProblem};

    const SALT: [u8; 16] = [7; 16];

    fn fact(kind: HostComponentKind, value: &str) -> HostFact {
        HostFact {
            kind,
            source: String::new(),
            value: Ok(value.to_owned()),
        }
    }

    fn missing(kind: HostComponentKind) -> HostFact {
        HostFact {
            kind,
            source: String::new(),
            value: Err(HostProblem::Absent),
        }
    }

    fn host() -> HostFacts {
        HostFacts {
            components: vec![
                fact(
                    HostComponentKind::MachineId,
                    "3d1219c7c4c5404aaa1f6d2a48adfda4",
                ),
                missing(HostComponentKind::ProductUuid),
                fact(HostComponentKind::Processor, "amd epyc, 2 cores"),
                fact(HostComponentKind::NetworkCard, "52:54:00:12:34:56"),
            ],
        }
    }

    #[test]
    fn a_host_matches_itself_in_all_that_could_be_read() {
        let identity = host().hash(&SALT);
        assert_eq!(identity.components.len(), 3);
        assert_eq!(
            host().matches(&identity),
            HostMatch {
                matched: 3,
                readable: 3,
                of: 3
            }
        );
    }

    #[test]
    fn the_digest_is_argon2id_as_another_implementation_computes_it() {
        // From OpenSSL: argon2id v=19, m=19456, t=2, p=1 over "machine-id\0abc".
        assert_eq!(
            hex::encode(digest(HostComponentKind::MachineId, "abc", &SALT)),
            "71424defb2c7f00bc8d1c76d5b8dff8e6fba6fb1850bd31175ec057040102a29"
        );
    }

    #[test]
    fn another_salt_gives_digests_that_cannot_be_linked() {
        let (one, other) = (host().hash(&SALT), host().hash(&[8; 16]));
        for (one, other) in one.components.iter().zip(&other.components) {
            assert_ne!(one.digest, other.digest);
        }
    }

    #[test]
    fn the_same_value_of_another_kind_does_not_match() {
        let serial = |kind| HostFacts {
            components: vec![fact(kind, "s3z8nb0k")],
        };
        let identity = serial(HostComponentKind::Disk).hash(&SALT);
        let board = serial(HostComponentKind::BoardSerial);
        assert_eq!(
            board.matches(&identity),
            HostMatch {
                matched: 0,
                readable: 0,
                of: 1
            }
        );
    }

    #[test]
    fn what_changed_and_what_can_no_longer_be_read_are_told_apart() {
        let identity = host().hash(&SALT);
        let mut now = host();
        now.components = vec![
            missing(HostComponentKind::MachineId),
            fact(HostComponentKind::Processor, "amd epyc, 2 cores"),
            fact(HostComponentKind::NetworkCard, "52:54:00:ff:ff:01"),
        ];
        assert_eq!(
            now.matches(&identity),
            HostMatch {
                matched: 1,
                readable: 2,
                of: 3
            }
        );
    }

    #[test]
    fn an_activated_card_is_found_among_more_cards_than_are_carried() {
        let card = |last: &str| fact(HostComponentKind::NetworkCard, last);
        let activated = HostFacts {
            components: vec![card("c"), card("d"), card("e")],
        };
        let identity = activated.hash(&SALT);
        assert_eq!(identity.components.len(), 2);
        let more = HostFacts {
            components: ["a", "b", "c", "d", "e"].map(card).to_vec(),
        };
        assert_eq!(
            more.matches(&identity),
            HostMatch {
                matched: 2,
                readable: 2,
                of: 2
            }
        );
    }

    #[test]
    fn one_digest_put_twice_into_an_identity_counts_once() {
        let mut identity = host().hash(&SALT);
        let first = identity.components.first().cloned().unwrap();
        identity.components = vec![first.clone(), first];
        assert_eq!(
            host().matches(&identity),
            HostMatch {
                matched: 1,
                readable: 1,
                of: 1
            }
        );
    }

    #[test]
    fn a_host_of_which_nothing_can_be_read_has_an_empty_identity() {
        let nothing = HostFacts {
            components: vec![missing(HostComponentKind::MachineId)],
        };
        let identity = nothing.hash(&SALT);
        assert!(identity.components.is_empty());
        assert_eq!(
            host().matches(&identity),
            HostMatch {
                matched: 0,
                readable: 0,
                of: 0
            }
        );
    }
}
