//! What records state about the ledger itself: whose it is, what was synced, which root it had.
//! Reading believes a record only after it was held against the records before it.

use octroi_engine::Event;
use octroi_licence::Checkpoint;

use super::{Damage, LedgerIdentity, Seq, tree::GrowingTree};

#[derive(Debug)]
pub(super) struct Facts {
    pub(super) identity: LedgerIdentity,
    pub(super) tree: GrowingTree,
    /// Up to here a `Synced` record or a later segment's header vouches.
    pub(super) synced: Seq,
    /// The last record that is not `Synced`.
    pub(super) last_settling: Seq,
    /// Signed checkpoints found.
    pub(super) checkpoints: u64,
    /// The last of them, until its signature is checked.
    unchecked: Option<(Checkpoint, Vec<u8>)>,
}

impl Facts {
    pub(super) fn new(identity: LedgerIdentity) -> Self {
        Self {
            identity,
            tree: GrowingTree::default(),
            synced: Seq(0),
            last_settling: Seq(0),
            checkpoints: 0,
            unchecked: None,
        }
    }

    /// Holds the record at `seq` against those before it and takes in what it states. Checkpoints'
    /// roots are checked here, signatures where [`Facts::signature`] is asked for.
    pub(super) fn take(&mut self, seq: Seq, event: &Event) -> Result<(), Damage> {
        if seq == Seq(1) && !self.opens(event) {
            return Err(Damage::NotOpened);
        }
        if let Event::Synced { up_to } = event {
            if *up_to >= seq.0 {
                return Err(Damage::SyncedAhead);
            }
            self.synced = self.synced.max(Seq(*up_to));
        } else {
            self.last_settling = seq;
        }
        if let Event::CheckpointSigned {
            size,
            root,
            signature,
        } = event
        {
            if self.tree.root_at(*size) != Some(*root) {
                return Err(Damage::CheckpointRoot);
            }
            let checkpoint = Checkpoint {
                size: *size,
                root: *root,
            };
            self.unchecked = Some((checkpoint, signature.clone()));
            self.checkpoints += 1;
        }
        Ok(())
    }

    fn opens(&self, event: &Event) -> bool {
        matches!(event, Event::LedgerOpened { vendor_root, daemon_key }
            if *vendor_root == self.identity.vendor_root
                && daemon_key == self.identity.daemon_key.as_bytes())
    }

    /// Checks the signature of the last checkpoint that was taken in, once.
    pub(super) fn signature(&mut self) -> Result<(), Damage> {
        let LedgerIdentity {
            vendor_root,
            daemon_key,
        } = &self.identity;
        match self.unchecked.take() {
            Some((checkpoint, signature))
                if !checkpoint.verifies(vendor_root, daemon_key, &signature) =>
            {
                Err(Damage::CheckpointSignature)
            }
            _ => Ok(()),
        }
    }
}
