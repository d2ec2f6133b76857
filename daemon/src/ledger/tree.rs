//! The Merkle tree over the records as it grows, with enough of its recent past to say which root
//! it had when a checkpoint was taken: a signed checkpoint stands a few records after the last one
//! that it covers.

use octroi_licence::{Checkpoint, merkle::Frontier};

/// How many records may stand between a checkpoint's last record and its signed record.
pub(super) const CHECKPOINT_LAG_MAX: usize = 32_768;

#[derive(Debug, Clone, Default)]
pub(super) struct GrowingTree {
    now: Frontier,
    /// The tree as it was before `recent`.
    older: Frontier,
    /// The tree as it was after the first half of `recent`.
    newer: Frontier,
    recent: Vec<[u8; 32]>,
}

impl GrowingTree {
    pub(super) fn append(&mut self, leaf: [u8; 32]) {
        self.now.append(leaf);
        self.recent.push(leaf);
        if self.recent.len() == CHECKPOINT_LAG_MAX {
            self.newer = self.now.clone();
        } else if self.recent.len() == 2 * CHECKPOINT_LAG_MAX {
            self.recent.drain(..CHECKPOINT_LAG_MAX);
            self.older = std::mem::replace(&mut self.newer, self.now.clone());
        }
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            size: self.now.size(),
            root: self.now.root(),
        }
    }

    /// The root of the first `size` records; `None` where that lies too far back, or ahead.
    pub(super) fn root_at(&self, size: u64) -> Option<[u8; 32]> {
        let since = usize::try_from(size.checked_sub(self.older.size())?).ok()?;
        let leaves = self.recent.get(..since)?;
        let mut then = self.older.clone();
        for leaf in leaves {
            then.append(*leaf);
        }
        Some(then.root())
    }
}

#[cfg(test)]
mod tests {
    use octroi_licence::merkle::leaf_hash;

    use super::*;

    #[test]
    fn the_tree_knows_its_root_of_any_recent_size() {
        let lag = u64::try_from(CHECKPOINT_LAG_MAX).unwrap();
        let mut tree = GrowingTree::default();
        let mut roots = vec![tree.checkpoint().root];
        for n in 0..3 * lag + 5 {
            tree.append(leaf_hash(&n.to_le_bytes()));
            roots.push(tree.checkpoint().root);
        }
        let size = tree.checkpoint().size;
        for then in [size, size - 1, size - 6, size - lag + 1, size - lag] {
            let at = usize::try_from(then).unwrap();
            assert_eq!(tree.root_at(then), Some(roots[at]), "of {then}");
        }
        assert_eq!(tree.root_at(size + 1), None);
        assert_eq!(tree.root_at(1), None);
    }
}
