//! The one promise on which all seats rest: whatever daemons ask, in whatever order, the shares that
//! are alive never sum above the licence's counts (but for hosts that are billed over theirs), and no
//! site has more hosts than it may.

use std::collections::BTreeSet;

use octroi_licence::{CivilSeconds, Metric, Seconds, Signer as _};
use octroi_vendor::{Answer, AnswerError, Clearance, Desk, VendorSequence, answer};
use proptest::{collection, option, prelude::*};

use crate::support::{Asker, NOW, Vendor, code, key, order_with, record};

const FEATURES: [&str; 3] = ["solver", "viewer", "batch"];

#[derive(Debug, Clone)]
enum Step {
    Ask {
        daemon: u8,
        site: bool,
        shares: Vec<(usize, u32)>,
        days: Option<u32>,
    },
    Repeat,
    Wait {
        days: i64,
    },
    WriteOff {
        daemon: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let ask = (
        20..26_u8,
        any::<bool>(),
        collection::vec((0..FEATURES.len(), 0..6_u32), 0..3),
        option::of(1..5_u32),
    );
    prop_oneof![
        6 => ask.prop_map(|(daemon, site, shares, days)| Step::Ask { daemon, site, shares, days }),
        1 => Just(Step::Repeat),
        1 => (1..4_i64).prop_map(|days| Step::Wait { days }),
        1 => (20..26_u8).prop_map(|daemon| Step::WriteOff { daemon }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn live_shares_never_sum_above_the_licence(
        counts in (1..8_u32, 1..8_u32, 1..4_u32),
        steps in collection::vec(step(), 1..30),
    ) {
        let vendor = Vendor::new();
        let authority = vendor.activation();
        let mut record = record();
        let licence = vendor.issue(
            &order_with(&[
                ("count = 2", &format!("count = {}", counts.0)),
                ("count = 10", &format!("count = {}", counts.1)),
                ("count = 3", &format!("count = {}", counts.2)),
            ]),
            &mut record,
        );
        let code = code(1);
        let mut now = NOW;
        let mut nonce = 0;
        let mut last = None;
        for step in steps {
            let mut validity = None;
            match step {
                Step::Ask { daemon, site, shares, days } => {
                    nonce += 1;
                    let named: BTreeSet<usize> = shares.iter().map(|(feature, _)| *feature).collect();
                    if named.len() < shares.len() {
                        continue; // A feature named twice makes no request.
                    }
                    let shares: Vec<_> =
                        shares.iter().map(|(feature, units)| (FEATURES[*feature], *units)).collect();
                    let asker = Asker::new(daemon, &licence)
                        .nonce(nonce)
                        .at(if site { "lyon" } else { "geneva" })
                        .asks_for(&shares);
                    last = Some(asker.request());
                    validity = days.map(|days| Seconds(days * 86_400));
                }
                Step::Repeat => {}
                Step::Wait { days } => now = CivilSeconds(now.0 + days * 86_400),
                Step::WriteOff { daemon } => {
                    record.write_off(&key(daemon).public_key());
                }
            }
            if let Some(request) = &last {
                let desk = Desk { sequence: VendorSequence::of(&licence), country: None, code: &code, authority: &authority, clearance: Clearance::BY_HAND, validity };
                match answer(request, &desk, &mut record, now) {
                    Ok(Answer::Granted { .. } | Answer::Repeated { .. })
                    | Err(AnswerError::Refused(_)) => {}
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            for feature in &licence.features {
                let live: Vec<u32> = record
                    .live(now)
                    .map(|activation| activation.shares[&feature.name].0)
                    .collect();
                prop_assert!(live.iter().sum::<u32>() <= feature.count.0, "{}", feature.name);
                prop_assert!(feature.metric != Metric::Host || live.iter().all(|units| *units <= 1));
            }
            let lyon = record
                .live(now)
                .filter(|activation| activation.site.as_ref().is_some_and(|site| site.as_str() == "lyon"))
                .count();
            prop_assert!(lyon <= 2);
        }
    }
}

#[test]
fn hosts_over_a_count_that_is_billed_get_a_share_each_and_others_do_not() {
    let (vendor, code) = (Vendor::new(), code(1));
    let authority = vendor.activation();
    for (overdraft, expected) in [("", 1), ("overdraft = { bill = \"users-in-excess\" }", 2)] {
        let mut record = record();
        let count = format!("count = 1\n{overdraft}");
        let licence = vendor.issue(&order_with(&[("count = 3", &count)]), &mut record);
        let mut granted = 0;
        for daemon in [20, 21] {
            let desk = Desk {
                sequence: VendorSequence::of(&licence),
                country: None,
                code: &code,
                authority: &authority,
                clearance: Clearance::BY_HAND,
                validity: None,
            };
            let shares = [("solver", 0), ("viewer", 0), ("batch", 1)];
            let asker = Asker::new(daemon, &licence)
                .nonce(daemon)
                .at("lyon")
                .asks_for(&shares);
            match answer(&asker.request(), &desk, &mut record, NOW) {
                Ok(_) => granted += 1,
                Err(AnswerError::Refused(refusal)) => assert_eq!(refusal.code(), "NO_SHARE_LEFT"),
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(granted, expected, "{overdraft}");
    }
}
