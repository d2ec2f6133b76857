//! The fold against a naive count, and what each record adds.

use std::collections::{BTreeMap, BTreeSet};

use octroi_engine::{
    ClockConfirmation, GroupKey, RefusalCode as Code, RequestNumber, SessionEnd, SessionId,
    UserPseudonym,
};
use octroi_licence::{CivilMillis, DocumentDigest};
use proptest::prelude::*;

use super::*;

fn licence() -> LicenceId {
    "acme-1".parse().unwrap()
}

fn feature() -> FeatureName {
    "solver".parse().unwrap()
}

const SESSION: SessionId = SessionId([1; 16]);

fn granted(seat: u64, group: GroupKey, units: u32) -> Event {
    Event::SeatGranted {
        session: SESSION,
        number: RequestNumber(seat),
        answered_below: RequestNumber(0),
        seat: SeatId(seat),
        licence: licence(),
        licence_digest: DocumentDigest::from_bytes([0; 32]),
        feature: feature(),
        units,
        group,
        from_linger: None,
    }
}

fn ended(seat: u64) -> Event {
    Event::LingerEnded { seat: SeatId(seat) }
}

fn refused(code: Code) -> Event {
    let mut refusal = Refusal::of(code);
    refusal.licence = Some(licence());
    refusal.feature = Some(feature());
    Event::CheckoutRefused {
        session: SESSION,
        number: RequestNumber(9),
        answered_below: RequestNumber(0),
        refusal,
    }
}

fn counted(records: &[(u32, Event)], from: usize) -> Counts {
    let mut counts = Counts::new(BTreeMap::from([(licence(), 3)]));
    for (place, (day, event)) in records.iter().enumerate() {
        counts.take(CivilDay(*day), event, place >= from);
    }
    counts
}

fn usage(records: &[(u32, Event)], from: usize) -> FeatureUsage {
    counted(records, from).feature(&licence(), &feature(), true)
}

#[test]
fn a_seat_held_since_before_the_period_counts_on_each_of_its_days() {
    let records = [
        (10, granted(1, GroupKey::Seat(SeatId(1)), 2)),
        (20, refused(Code::SeatsExhausted)),
        (24, refused(Code::SeatsExhausted)),
    ];
    let usage = usage(&records, 1);
    assert_eq!(usage.peak, Count::Exact(2));
    assert_eq!(usage.seat_days, Count::Exact(10), "2 seats on 5 days");
    assert_eq!(usage.grants, Count::Exact(0));
    let exhausted = Numbered::Known(RefusalCode::SeatsExhausted);
    assert_eq!(usage.refusals, [(exhausted, Count::Exact(2))]);
}

#[test]
fn a_user_counts_once_however_many_seats() {
    let user = GroupKey::User(UserPseudonym([7; 16]));
    let records = [
        (1, granted(1, user, 1)),
        (1, granted(2, user, 3)),
        (1, ended(2)),
    ];
    let usage = usage(&records, 0);
    assert_eq!(usage.peak, Count::Exact(3));
    assert_eq!(usage.grants, Count::Exact(2));
}

#[test]
fn small_counts_are_banded_unless_billed() {
    let records = [(1, granted(1, GroupKey::Host, 1))];
    let counts = counted(&records, 0);
    assert_eq!(
        counts.feature(&licence(), &feature(), false).peak,
        Count::Few
    );
    assert_eq!(
        counts.feature(&licence(), &feature(), true).peak,
        Count::Exact(1)
    );
}

#[test]
fn evidence_is_counted_by_kind_and_only_within_the_period() {
    let leapt = Event::ClockLeapt {
        expected: CivilMillis(1),
        found: CivilMillis(2),
    };
    let compared = |matched| Event::HostCompared {
        licence: licence(),
        matched,
        readable: 4,
    };
    let confirmed = Event::ClockConfirmed {
        mark: CivilMillis(2),
        by: ClockConfirmation::Running,
    };
    let records = [
        (1, leapt.clone()),
        (2, leapt),
        (2, compared(2)),
        (2, compared(3)),
        (3, confirmed),
    ];
    assert_eq!(
        counted(&records, 1).evidence(),
        [
            (Numbered::Known(EvidenceKind::ClockLeaptAhead), 1),
            (Numbered::Known(EvidenceKind::HostChanged), 1),
        ]
    );
}

#[test]
fn sessions_are_counted_by_how_they_ended() {
    let end = |cause| Event::SessionEnded {
        session: SESSION,
        cause,
    };
    let mut records = vec![(1, end(SessionEnd::Goodbye)); 5];
    records.push((1, end(SessionEnd::ProcessExited)));
    assert_eq!(
        counted(&records, 0).session_ends(),
        [
            (Numbered::Known(SessionEndCause::Goodbye), Count::Exact(5)),
            (Numbered::Known(SessionEndCause::ProcessExited), Count::Few),
        ]
    );
}

#[derive(Debug, Clone)]
enum Act {
    Grant { group: u8, units: u32 },
    End { which: usize },
    Days(u32),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..4_u8, 1..6_u32).prop_map(|(group, units)| Act::Grant { group, units }),
        3 => any::<prop::sample::Index>().prop_map(|index| Act::End { which: index.index(64) }),
        1 => (0..4_u32).prop_map(Act::Days),
    ]
}

/// A ledger's records in which seats come and go; group 0 is a seat by itself.
fn records(acts: &[Act]) -> Vec<(u32, Event)> {
    let (mut day, mut next) = (100, 1);
    let mut live = BTreeSet::new();
    let mut records = Vec::new();
    for act in acts {
        match act {
            Act::Grant { group, units } => {
                let group = match group {
                    0 => GroupKey::Seat(SeatId(next)),
                    other => GroupKey::User(UserPseudonym([*other; 16])),
                };
                records.push((day, granted(next, group, *units)));
                live.insert(next);
                next += 1;
            }
            Act::End { which } => {
                let seat = live.iter().nth(which % live.len().max(1)).copied();
                if let Some(seat) = seat.filter(|seat| live.remove(seat)) {
                    records.push((day, ended(seat)));
                }
            }
            Act::Days(days) => day += days,
        }
    }
    records
}

/// Units in use after the first `length` records, counted from nothing.
fn in_use(records: &[(u32, Event)], length: usize) -> u64 {
    let mut live = BTreeMap::new();
    for (_, event) in &records[..length] {
        match event {
            Event::SeatGranted {
                seat, group, units, ..
            } => drop(live.insert(*seat, (*group, *units))),
            Event::LingerEnded { seat } => drop(live.remove(seat)),
            _ => {}
        }
    }
    let mut groups: BTreeMap<GroupKey, u32> = BTreeMap::new();
    for (group, units) in live.into_values() {
        let most = groups.entry(group).or_default();
        *most = units.max(*most);
    }
    groups.into_values().map(u64::from).sum()
}

proptest! {
    #[test]
    fn peak_and_seat_days_are_those_of_a_naive_count(
        acts in prop::collection::vec(act(), 1..60),
        from in any::<prop::sample::Index>(),
    ) {
        let records = records(&acts);
        prop_assume!(!records.is_empty());
        let from = from.index(records.len());
        let usage = usage(&records, from);
        // What was in use at every moment of the period, its beginning included.
        let moments = |day: Option<u32>| {
            let mut found = Vec::new();
            for length in from..=records.len() {
                // After `length` records it is the day of the last of them, until that of the next.
                let since = match length {
                    length if length == from => records[from].0,
                    length => records[length - 1].0,
                };
                let until = records.get(length).map_or(records[records.len() - 1].0, |next| next.0);
                if day.is_none_or(|day| (since..=until).contains(&day)) {
                    found.push(in_use(&records, length));
                }
            }
            found.into_iter().max().unwrap_or(0)
        };
        let last = records[records.len() - 1].0;
        let seat_days: u64 = (records[from].0..=last).map(|day| moments(Some(day))).sum();
        prop_assert_eq!(usage.peak, Count::Exact(moments(None)));
        prop_assert_eq!(usage.seat_days, Count::Exact(seat_days));
        let grants = records[from..]
            .iter()
            .filter(|(_, event)| matches!(event, Event::SeatGranted { .. }))
            .count();
        prop_assert_eq!(usage.grants, Count::Exact(u64::try_from(grants).unwrap()));
    }
}
