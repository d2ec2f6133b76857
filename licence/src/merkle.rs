//! The Merkle tree of RFC 6962 over a ledger's records: a frontier that grows one leaf at a time,
//! proofs that a record is in a tree (inclusion) and that a tree grew out of an earlier one
//! (consistency). Both sides of a proof use this module. Nothing here reads a ledger: leaves come
//! in as hashes, and a proof from elsewhere costs at most 65 hashes however it is made.

use sha2::{Digest as _, Sha256};

/// Hashes that a proof can have: one for each level of the largest tree, and one more where a
/// consistency proof names its starting node.
pub const PROOF_HASHES_MAX: usize = 65;

/// The hash of a leaf: SHA-256 over a zero byte and the leaf's bytes (RFC 6962 section 2.1).
pub fn leaf_hash(leaf: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(leaf);
    hash.finalize().into()
}

fn node_hash(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut bytes = [0; 65];
    let (prefix, rest) = bytes.split_at_mut(1);
    let (first, second) = rest.split_at_mut(32);
    prefix.copy_from_slice(&[1]);
    first.copy_from_slice(left);
    second.copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// The right edge of a tree: the roots of its complete subtrees. It is all that is needed to append
/// and to state the root, and has at most 64 hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// From the largest subtree to the smallest: one for each bit that is set in `size`.
    peaks: Vec<[u8; 32]>,
}

impl Frontier {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its [`leaf_hash`].
    ///
    /// # Panics
    /// Beyond 2^64 - 1 leaves.
    pub fn append(&mut self, leaf: [u8; 32]) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The tree's root; of no leaves, SHA-256 of nothing.
    pub fn root(&self) -> [u8; 32] {
        self.peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(|| Sha256::digest([]).into())
    }
}

impl FromIterator<[u8; 32]> for Frontier {
    fn from_iter<I: IntoIterator<Item = [u8; 32]>>(leaves: I) -> Self {
        let mut frontier = Self::new();
        for leaf in leaves {
            frontier.append(leaf);
        }
        frontier
    }
}

fn root_of(leaves: &[[u8; 32]]) -> [u8; 32] {
    leaves.iter().copied().collect::<Frontier>().root()
}

/// Where a tree of `leaves` splits: the largest power of two below their number. `None` of one.
fn split_point(leaves: &[[u8; 32]]) -> Option<usize> {
    let half = leaves.len().checked_next_power_of_two()? / 2;
    (half > 0).then_some(half)
}

/// Proves that the leaf at `index` is in the tree of `leaves`; `None` where there is no such leaf.
///
/// # Source
/// RFC 6962 section 2.1.1.
pub fn inclusion_proof(leaves: &[[u8; 32]], index: usize) -> Option<Vec<[u8; 32]>> {
    if index >= leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    let (mut subtree, mut index) = (leaves, index);
    while let Some(half) = split_point(subtree) {
        let (left, right) = subtree.split_at(half);
        if index < left.len() {
            proof.push(root_of(right));
            subtree = left;
        } else {
            proof.push(root_of(left));
            index -= left.len();
            subtree = right;
        }
    }
    proof.reverse();
    Some(proof)
}

/// The same proofs for the leaves at several indices: the tree is hashed once for all of them.
pub fn inclusion_proofs(leaves: &[[u8; 32]], indices: &[usize]) -> Option<Vec<Vec<[u8; 32]>>> {
    if indices.iter().any(|index| *index >= leaves.len()) {
        return None;
    }
    let mut places = indices.to_vec();
    let mut proofs = vec![Vec::new(); indices.len()];
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        for (place, proof) in places.iter_mut().zip(&mut proofs) {
            // The last of an odd number has no sibling and stands for itself one level up.
            proof.extend(level.get(*place ^ 1));
            *place /= 2;
        }
        let parents = level.chunks(2).filter_map(|pair| match pair {
            [left, right] => Some(node_hash(left, right)),
            [last] => Some(*last),
            _ => None,
        });
        level = parents.collect();
    }
    Some(proofs)
}

/// Says whether `proof` leads from `leaf` at `index` to the `root` of a tree of `size` leaves.
///
/// # Source
/// RFC 9162 section 2.1.3.2.
pub fn verify_inclusion(
    leaf: &[u8; 32],
    index: u64,
    size: u64,
    proof: &[[u8; 32]],
    root: &[u8; 32],
) -> bool {
    if index >= size || proof.len() > PROOF_HASHES_MAX {
        return false;
    }
    let mut path = Path::new(index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        match path.step() {
            None => return false,
            Some(Side::Left) => hash = node_hash(sibling, &hash),
            Some(Side::Right) => hash = node_hash(&hash, sibling),
        }
    }
    path.at_root() && hash == *root
}

/// Proves that the tree of `leaves` grew out of the tree of its first `old_size` leaves; `None`
/// where it is smaller than that.
///
/// # Source
/// RFC 6962 section 2.1.2. Of an old tree that is empty or the same, the proof is empty.
pub fn consistency_proof(leaves: &[[u8; 32]], old_size: usize) -> Option<Vec<[u8; 32]>> {
    if old_size > leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    if old_size == 0 {
        return Some(proof);
    }
    let (mut subtree, mut old, mut old_is_whole) = (leaves, old_size, true);
    while old < subtree.len() {
        let (left, right) = subtree.split_at(split_point(subtree)?);
        if old <= left.len() {
            proof.push(root_of(right));
            subtree = left;
        } else {
            proof.push(root_of(left));
            old -= left.len();
            old_is_whole = false;
            subtree = right;
        }
    }
    if !old_is_whole {
        proof.push(root_of(subtree));
    }
    proof.reverse();
    Some(proof)
}

/// Says whether `proof` shows that a tree of `new_size` leaves grew out of one of `old_size`.
///
/// # Source
/// RFC 9162 section 2.1.4.2.
pub fn verify_consistency(
    old_size: u64,
    old_root: &[u8; 32],
    new_size: u64,
    new_root: &[u8; 32],
    proof: &[[u8; 32]],
) -> bool {
    if old_size > new_size || proof.len() > PROOF_HASHES_MAX {
        return false;
    }
    if old_size == 0 {
        return proof.is_empty() && *old_root == Frontier::new().root();
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    // Where the old tree is complete, its own root is the starting node and not sent.
    let (start, rest) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        match proof.split_first() {
            Some(parts) => parts,
            None => return false,
        }
    };
    let mut path = Path::new(old_size - 1, new_size - 1);
    path.skip_complete();
    let (mut old, mut new) = (*start, *start);
    for sibling in rest {
        match path.step() {
            None => return false,
            Some(Side::Left) => {
                old = node_hash(sibling, &old);
                new = node_hash(sibling, &new);
            }
            Some(Side::Right) => new = node_hash(&new, sibling),
        }
    }
    path.at_root() && old == *old_root && new == *new_root
}

/// On which side a proof's next hash stands.
enum Side {
    Left,
    Right,
}

/// The way from a node to the root: its index and the last index, level by level.
struct Path {
    index: u64,
    last: u64,
}

impl Path {
    fn new(index: u64, last: u64) -> Self {
        Self { index, last }
    }

    fn up(&mut self, levels: u32) {
        self.index = self.index.checked_shr(levels).unwrap_or(0);
        self.last = self.last.checked_shr(levels).unwrap_or(0);
    }

    /// Skips the levels on which the node is the right half of a complete subtree.
    fn skip_complete(&mut self) {
        self.up(self.index.trailing_ones());
    }

    /// One level up; `None` above the root.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.index & 1 == 1 || self.index == self.last {
            // A node without a right sibling is carried up to the level where it is one.
            if self.index & 1 == 0 {
                self.up(self.index.trailing_zeros());
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up(1);
        Some(side)
    }

    fn at_root(&self) -> bool {
        self.last == 0
    }
}

#[cfg(test)]
mod tests;
