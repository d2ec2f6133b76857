//! Crashes at random points, against a model: what was answered survives a killed process, what was
//! synced survives a lost page cache, and what is replayed is always a prefix of what was written.

use octroi_engine::Record;
use octroid::ledger::{LedgerError, SyncJob, verify};
use proptest::prelude::*;

use crate::{
    fault_disk::{FaultDisk, Torn},
    world::Owner,
};

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    Sync,
    BeginSync,
    FinishSync,
    Checkpoint,
    TearWrite(usize, Torn),
    FailSync,
    Kill,
    LosePower(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let torn = prop_oneof![Just(Torn::Short), Just(Torn::Error), Just(Torn::Death)];
    prop_oneof![
        8 => (1_usize..6).prop_map(Step::Append),
        2 => Just(Step::Sync),
        2 => Just(Step::BeginSync),
        2 => Just(Step::FinishSync),
        1 => Just(Step::Checkpoint),
        1 => (0_usize..600, torn).prop_map(|(after, torn)| Step::TearWrite(after, torn)),
        1 => Just(Step::FailSync),
        1 => Just(Step::Kill),
        2 => any::<u64>().prop_map(Step::LosePower),
    ]
}

struct Run {
    disk: FaultDisk,
    owner: Owner,
    job: Option<SyncJob>,
    /// How many records were said to be synced.
    durable: usize,
}

impl Run {
    fn note_durable(&mut self) {
        self.durable = usize::try_from(self.owner.ledger.synced().0).unwrap();
    }

    /// After any failure: the records that were answered are still those that count.
    fn recover(&mut self, result: Result<(), LedgerError>) {
        let Err(error) = result else {
            return self.note_durable();
        };
        if matches!(error, LedgerError::Full { .. }) {
            // Nothing was written, and the ledger goes on.
            return self.note_durable();
        }
        assert!(error.needs_reopen(), "{error}");
        let answered = self.owner.records.clone();
        self.disk = self.disk.after_kill();
        self.owner = Owner::open(&self.disk).unwrap();
        self.job = None;
        assert_eq!(self.owner.records[..answered.len()], answered);
        self.note_durable();
    }

    fn restart(&mut self, disk: FaultDisk, kept_at_least: usize) {
        let written: Vec<Record> = std::mem::take(&mut self.owner.records);
        let found = Owner::look(&disk).unwrap();
        assert!(found.records.len() >= kept_at_least);
        // A batch that was torn when the process died may have left whole records that nobody was
        // told of; the ledger keeps them.
        let common = found.records.len().min(written.len());
        assert_eq!(found.records[..common], written[..common]);
        drop(found);
        self.owner = Owner::open(&disk).unwrap();
        self.disk = disk;
        self.job = None;
        self.note_durable();
        let report = verify(&self.disk).unwrap();
        assert_eq!(report.records, self.owner.ledger.records());
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Append(count) => {
                let result = self.owner.add(*count).map(drop);
                self.recover(result);
            }
            Step::Sync => {
                let result = self.owner.sync();
                self.recover(result);
            }
            Step::BeginSync => self.job = self.owner.ledger.begin_sync(),
            Step::FinishSync => {
                if let Some(job) = self.job.take() {
                    let result = self.owner.ledger.finish_sync(job.run()).map(drop);
                    let result = result.and_then(|()| self.owner.record_sync());
                    self.recover(result);
                }
            }
            Step::Checkpoint => {
                let result = self.owner.sign_checkpoint().map(drop);
                self.recover(result);
            }
            Step::TearWrite(after, torn) => self.disk.tear_write(*after, *torn),
            Step::FailSync => self.disk.fail_sync(),
            Step::Kill => {
                let answered = self.owner.records.len();
                self.restart(self.disk.after_kill(), answered);
            }
            Step::LosePower(seed) => {
                let durable = self.durable;
                self.restart(self.disk.after_power_loss(*seed), durable);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_crash_loses_what_was_promised(steps in prop::collection::vec(step(), 1..60)) {
        let disk = FaultDisk::new();
        let owner = Owner::open(&disk).unwrap();
        let mut run = Run { disk, owner, job: None, durable: 1 };
        for step in &steps {
            run.take(step);
        }
    }
}
