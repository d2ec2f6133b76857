//! The tree against the reference implementation's vectors and against its definition.

use proptest::prelude::*;

use super::*;

/// The inputs and results of Certificate Transparency's reference implementation.
const REFERENCE_LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const REFERENCE_ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hashes(hex: &[&str]) -> Vec<[u8; 32]> {
    hex.iter()
        .map(|hash| hex::decode(hash).unwrap().try_into().unwrap())
        .collect()
}

fn reference() -> Vec<[u8; 32]> {
    REFERENCE_LEAVES
        .iter()
        .map(|leaf| leaf_hash(&hex::decode(leaf).unwrap()))
        .collect()
}

fn numbered(count: usize) -> Vec<[u8; 32]> {
    (0..count).map(|n| leaf_hash(&n.to_le_bytes())).collect()
}

/// The definition, word for word: MTH(D[n]) of RFC 6962 section 2.1.
fn naive_root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let mut half = 1;
            while half * 2 < leaves.len() {
                half *= 2;
            }
            let (left, right) = leaves.split_at(half);
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

#[test]
fn the_root_of_no_leaves_is_the_hash_of_nothing() {
    assert_eq!(
        hex::encode(Frontier::new().root()),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn roots_are_those_of_the_reference_implementation() {
    let mut frontier = Frontier::new();
    for (leaf, root) in reference().into_iter().zip(REFERENCE_ROOTS) {
        frontier.append(leaf);
        assert_eq!(hex::encode(frontier.root()), root);
    }
    assert_eq!(frontier.size(), 8);
}

#[test]
fn proofs_are_those_of_the_reference_implementation() {
    let leaves = reference();
    let first_of_eight = hashes(&[
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]);
    let six_to_eight = hashes(&[
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    let two_to_five = hashes(&[
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]);
    assert_eq!(inclusion_proof(&leaves, 0), Some(first_of_eight.clone()));
    assert_eq!(consistency_proof(&leaves, 1), Some(first_of_eight));
    assert_eq!(consistency_proof(&leaves, 6), Some(six_to_eight));
    assert_eq!(consistency_proof(&leaves[..5], 2), Some(two_to_five));
}

#[test]
fn a_leaf_and_a_node_of_the_same_bytes_differ() {
    let pair = [[1; 32], [2; 32]];
    assert_ne!(leaf_hash(pair.as_flattened()), naive_root(&pair));
}

#[test]
fn a_proof_of_endless_length_is_refused() {
    let endless = vec![[0; 32]; PROOF_HASHES_MAX + 1];
    let root = Frontier::new().root();
    assert!(!verify_inclusion(&[0; 32], 0, u64::MAX, &endless, &root));
    assert!(!verify_consistency(3, &root, u64::MAX, &root, &endless));
}

#[test]
fn an_index_beyond_the_tree_proves_nothing() {
    let leaves = numbered(4);
    assert_eq!(inclusion_proof(&leaves, 4), None);
    assert_eq!(consistency_proof(&leaves, 5), None);
    assert!(!verify_inclusion(&leaves[0], 1, 1, &[], &leaves[0]));
    assert!(!verify_inclusion(&leaves[0], 0, 0, &[], &leaves[0]));
}

proptest! {
    #[test]
    fn the_frontier_agrees_with_the_definition(count in 0_usize..200) {
        let leaves = numbered(count);
        prop_assert_eq!(root_of(&leaves), naive_root(&leaves));
    }

    #[test]
    fn every_leaf_is_proven_and_no_other_in_its_place(count in 1_usize..130, at in 0_usize..130, other in 0_usize..130) {
        let (at, other) = (at % count, other % count);
        let leaves = numbered(count);
        let root = naive_root(&leaves);
        let proof = inclusion_proof(&leaves, at).unwrap();
        let size = u64::try_from(count).unwrap();
        let index = u64::try_from(at).unwrap();
        prop_assert!(verify_inclusion(&leaves[at], index, size, &proof, &root));
        prop_assert_eq!(
            verify_inclusion(&leaves[other], index, size, &proof, &root),
            at == other
        );
    }

    #[test]
    fn a_tree_is_consistent_with_each_that_it_grew_out_of(count in 0_usize..130, old in 0_usize..130) {
        let old = old % (count + 1);
        let leaves = numbered(count);
        let proof = consistency_proof(&leaves, old).unwrap();
        let (size, old_size) = (u64::try_from(count).unwrap(), u64::try_from(old).unwrap());
        let (root, old_root) = (naive_root(&leaves), naive_root(&leaves[..old]));
        prop_assert!(verify_consistency(old_size, &old_root, size, &root, &proof));
    }

    #[test]
    fn a_tree_with_a_changed_past_is_not_consistent(count in 2_usize..130, old in 1_usize..130, changed in 0_usize..130) {
        let old = 1 + old % (count - 1);
        let changed = changed % old;
        let before = numbered(count);
        let mut after = before.clone();
        after[changed] = leaf_hash(b"rewritten");
        let proof = consistency_proof(&after, old).unwrap();
        let (size, old_size) = (u64::try_from(count).unwrap(), u64::try_from(old).unwrap());
        prop_assert!(!verify_consistency(
            old_size, &naive_root(&before[..old]), size, &naive_root(&after), &proof
        ));
    }

    #[test]
    fn a_proof_altered_in_any_hash_or_length_is_refused(count in 2_usize..130, at in 0_usize..130, which in 0_usize..10) {
        let at = at % count;
        let leaves = numbered(count);
        let root = naive_root(&leaves);
        let (size, index) = (u64::try_from(count).unwrap(), u64::try_from(at).unwrap());
        let proof = inclusion_proof(&leaves, at).unwrap();
        let mut altered = proof.clone();
        let which = which % altered.len();
        altered[which][0] ^= 1;
        prop_assert!(!verify_inclusion(&leaves[at], index, size, &altered, &root));
        prop_assert!(!verify_inclusion(&leaves[at], index, size, &proof[1..], &root));
        let longer = [&proof[..], &[[0; 32]]].concat();
        prop_assert!(!verify_inclusion(&leaves[at], index, size, &longer, &root));
    }
}
