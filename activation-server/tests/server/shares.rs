//! The one promise on which all seats rest: whatever daemons ask and report, in whatever order, over
//! however many serials, the shares that are alive never sum above the licence's counts.

use octroi_server::Limits;
use proptest::{collection, prelude::*, test_runner::TestCaseError};

use crate::{
    daemon::Daemon,
    running::{OPTIONS, Running},
    vendor::{DAY_S, Issued, reporting_order},
};

const FEATURES: [&str; 3] = ["solver", "viewer", "batch"];
const DAEMONS: u8 = 5;

#[derive(Debug, Clone)]
enum Step {
    Activate {
        daemon: u8,
        asked: Vec<(usize, u32)>,
    },
    Report {
        daemon: u8,
    },
    Wait {
        days: i64,
    },
    WriteOff {
        daemon: u8,
    },
    Serial {
        solvers: u32,
        viewers: u32,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let daemon = 0..DAEMONS;
    prop_oneof![
        5 => (daemon.clone(), collection::vec((0..FEATURES.len(), 0..5_u32), 0..3))
            .prop_map(|(daemon, asked)| Step::Activate { daemon, asked }),
        5 => daemon.clone().prop_map(|daemon| Step::Report { daemon }),
        2 => (1..30_i64).prop_map(|days| Step::Wait { days }),
        1 => daemon.prop_map(|daemon| Step::WriteOff { daemon }),
        1 => (1..6_u32, 1..12_u32).prop_map(|(solvers, viewers)| Step::Serial { solvers, viewers }),
    ]
}

/// The vendor, its server and some daemons; exchanges go straight to the office.
struct World {
    server: Running,
    issued: Issued,
    daemons: Vec<Daemon>,
}

impl World {
    async fn new() -> Self {
        let mut server = Running::with(OPTIONS, Limits::default()).await;
        let issued = server.sell(&reporting_order()).await;
        let daemons = (0..DAEMONS)
            .map(|seed| Daemon::new(40 + seed, &issued, &server.staff))
            .collect();
        Self {
            server,
            issued,
            daemons,
        }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Activate { daemon, asked } => {
                let daemon = &mut self.daemons[usize::from(daemon)];
                daemon.nonce = daemon.nonce.wrapping_add(1);
                daemon.asked.clear();
                for (feature, units) in asked {
                    let name = FEATURES[feature].to_owned();
                    if daemon.asked.iter().all(|(other, _)| *other != name) {
                        daemon.asked.push((name, units));
                    }
                }
                daemon.licence = self.issued.licence.clone();
                daemon.vendor_sequence = self.issued.licence.frame().sequence;
                let daemon = daemon.clone().with_code(self.issued.code.expose());
                let index = usize::from(daemon.seed() - 40);
                if let Ok(activated) = self.server.office.activate(&daemon.request()).await {
                    let certificate = activated.certificate;
                    self.daemons[index].certificate = Some(certificate);
                }
            }
            Step::Report { daemon } => {
                let daemon = &mut self.daemons[usize::from(daemon)];
                daemon.work(1);
                let report = daemon.report();
                if let Ok(receipt) = self.server.office.report(&report).await {
                    daemon.take(&report, &receipt);
                }
            }
            Step::Wait { days } => self.server.wait(days * DAY_S),
            Step::WriteOff { daemon } => {
                let key = self.daemons[usize::from(daemon)].public_key();
                let licence = &self.issued.licence.id;
                drop(self.server.books().write_off(licence, &key).await);
            }
            Step::Serial { solvers, viewers } => {
                let serial = self.issued.licence.serial + 1;
                let order = reporting_order()
                    .replace("serial = 1", &format!("serial = {serial}"))
                    .replace("count = 10", &format!("count = {viewers}"))
                    .replace("count = 2", &format!("count = {solvers}"));
                self.issued = self.server.staff.issue(&order);
                self.server.import(&self.issued).await.unwrap();
            }
        }
    }

    /// What was allotted before a smaller serial came stands until it is renewed; nothing that is
    /// allotted after may exceed the counts.
    async fn holds(&self, before: &[u64]) -> Result<Vec<u64>, TestCaseError> {
        let overview = self.server.overview().await;
        let mut sums = Vec::new();
        for (feature, before) in overview.features.iter().zip(before) {
            let most = u64::from(feature.count).max(*before);
            prop_assert!(
                feature.allotted <= most,
                "{}: {} of {}",
                feature.feature,
                feature.allotted,
                feature.count
            );
            sums.push(feature.allotted);
        }
        Ok(sums)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]
    #[test]
    fn live_shares_never_sum_above_the_licence(steps in collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            let mut sums = vec![0; FEATURES.len()];
            for step in steps {
                world.take(step).await;
                sums = world.holds(&sums).await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}
