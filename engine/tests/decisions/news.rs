//! Announcements: answers to them (clause K14), releases counted by the contract year (clause T18), and
//! versions out of maintenance, which are counted and never refused (clause A21).

use octroi_engine::{
    AnnouncementVerdict, Command, Epoch, Event, Outcome, RefusalCode, ReleasesView,
};
use octroi_licence::{Announcement, CivilDay, CivilSeconds, DocumentDigest, message};

use crate::support::{
    App, Site,
    site::{ADMINISTRATOR, caller, id, open_command, refused, session},
    usage::metered,
    vendor::{DAY, PRODUCT, TODAY, feature, terms},
};

fn cad() -> message::Licence {
    terms("wb-1", vec![feature("cad", 9)])
}

/// So many days from the first.
fn day(days: i64) -> CivilDay {
    CivilDay::of(CivilSeconds(TODAY + days * DAY)).unwrap()
}

fn announced(number: u64, kind: &str, due: Option<i64>) -> Announcement {
    Announcement {
        number,
        kind: kind.to_owned(),
        text: "Something is announced.".to_owned(),
        due: due.map(day),
        version: None,
        product: None,
        effective: None,
    }
}

fn release(number: u64, version: &str, due: Option<i64>) -> Announcement {
    Announcement {
        version: Some(version.parse().unwrap()),
        product: Some(PRODUCT.parse().unwrap()),
        ..announced(number, "release", due)
    }
}

fn receive(site: &mut Site, announcement: Announcement) -> Outcome {
    site.outcome(Command::ReceiveAnnouncement(Box::new(announcement)))
}

fn answer(site: &mut Site, number: u64, verdict: AnnouncementVerdict) -> Outcome {
    site.outcome(Command::AnswerAnnouncement {
        number,
        verdict,
        actor: ADMINISTRATOR,
    })
}

fn running(site: &mut Site, number: u64, version: &str) -> App {
    let caller = caller(1, u32::try_from(number).unwrap());
    let session = session(1_000 + number);
    let open = open_command(session, &caller, Some(version));
    assert!(matches!(site.outcome(open), Outcome::Session { .. }));
    App {
        session,
        epoch: Epoch(1),
        caller,
        number: 1,
        below: 1,
    }
}

fn releases(site: &Site) -> ReleasesView {
    site.engine.releases(&id("wb-1"), site.now).unwrap()
}

fn days(site: &mut Site, days: i64) {
    site.later(u64::try_from(days * DAY * 1000).unwrap());
}

/// Every kind of record about announcements; committed as a golden ledger.
pub(crate) fn history() -> Site {
    let mut site = Site::licensed(&cad());
    receive(&mut site, release(1, "2026.2", Some(5)));
    receive(&mut site, announced(2, "data-processing", Some(30)));
    receive(&mut site, announced(4, "maintenance", None));
    answer(&mut site, 2, AnnouncementVerdict::Accepted);
    answer(&mut site, 2, AnnouncementVerdict::Objected);
    days(&mut site, 6);
    let mut old = running(&mut site, 1, "2026.1");
    site.seat(&mut old, "cad");
    site.send(Command::Note {
        event: Event::DiagnosisWritten {
            digest: DocumentDigest::from_bytes([7; 32]),
            severity: "high".to_owned(),
            users: true,
            hosts: false,
            paths: false,
            actor: ADMINISTRATOR,
        },
    });
    site
}

#[test]
fn an_older_version_is_granted_and_counted_after_the_day_by_which_to_install() {
    let mut site = Site::licensed(&cad());
    receive(&mut site, release(1, "2026.2", Some(5)));
    let mut before = running(&mut site, 1, "2026.1");
    site.seat(&mut before, "cad");
    assert_eq!(releases(&site).outdated_grants, 0, "until the day is over");
    assert_eq!(
        releases(&site).install,
        Some(("2026.2".parse().unwrap(), day(6).start()))
    );
    days(&mut site, 6);
    let mut old = running(&mut site, 2, "2026.1.9");
    let mut new = running(&mut site, 3, "2026.2");
    site.seat(&mut old, "cad");
    site.seat(&mut new, "cad");
    let releases = releases(&site);
    assert_eq!(releases.maintained_from, Some("2026.2".parse().unwrap()));
    assert_eq!((releases.outdated_grants, releases.outdated_seats), (1, 2));
    assert_eq!(releases.install, None);
}

#[test]
fn an_amount_consumed_by_an_older_version_counts_too() {
    let mut site = Site::licensed(&terms(
        "wb-1",
        vec![metered("mail", &[(message::WindowUnit::Month, 1_000)])],
    ));
    receive(&mut site, release(1, "2026.2", Some(-1)));
    let mut old = running(&mut site, 1, "2026.1");
    site.consume(&mut old, "mail", 3);
    assert_eq!(releases(&site).outdated_grants, 1);
}

#[test]
fn another_products_release_and_one_without_a_day_make_nothing_outdated() {
    let mut site = Site::licensed(&cad());
    let mut other = release(1, "2026.2", Some(-1));
    other.product = Some("another".parse().unwrap());
    receive(&mut site, other);
    receive(&mut site, release(2, "2026.3", None));
    let mut old = running(&mut site, 1, "2026.1");
    site.seat(&mut old, "cad");
    assert_eq!(releases(&site).maintained_from, None);
    assert_eq!(releases(&site).latest, Some("2026.3".parse().unwrap()));
    assert_eq!(releases(&site).outdated_grants, 0);
}

#[test]
fn releases_are_counted_by_the_contract_year_and_each_version_once() {
    let mut site = Site::licensed(&cad());
    receive(&mut site, release(1, "2026.1", None));
    receive(&mut site, release(2, "2026.2", None));
    receive(&mut site, release(3, "2026.2", Some(40)));
    let ahead = Announcement {
        effective: Some(day(20)),
        ..release(4, "2026.3", None)
    };
    receive(&mut site, ahead);
    assert_eq!(releases(&site).this_year, 2, "the third is not out yet");
    days(&mut site, 20);
    assert_eq!(releases(&site).this_year, 3);
    let year = releases(&site).year.unwrap();
    let starts = site.engine.licences()[0].term.starts_at.unwrap();
    assert!(year.starts_at <= site.now.civil_ms.seconds());
    assert_eq!(year.starts_at.0.rem_euclid(DAY), starts.0.rem_euclid(DAY));
}

#[test]
fn an_announcement_is_taken_in_once() {
    let mut site = Site::licensed(&cad());
    let one = announced(7, "data-processing", Some(30));
    assert_eq!(receive(&mut site, one.clone()), Outcome::Installed);
    assert_eq!(receive(&mut site, one), Outcome::AlreadyInstalled);
}

#[test]
fn the_last_answer_counts_until_the_day_is_over() {
    let mut site = Site::licensed(&cad());
    receive(&mut site, announced(1, "data-processing", Some(10)));
    let accepted = AnnouncementVerdict::Accepted;
    let objected = AnnouncementVerdict::Objected;
    assert_eq!(answer(&mut site, 1, accepted), Outcome::Done);
    assert_eq!(answer(&mut site, 1, accepted), Outcome::AlreadyInstalled);
    assert_eq!(answer(&mut site, 1, objected), Outcome::Done);
    days(&mut site, 11);
    let late = refused(answer(&mut site, 1, accepted));
    assert_eq!(late.code, RefusalCode::AnswerTooLate);
    let view = &site.engine.announcements(site.now)[0];
    assert_eq!(view.answer.map(|(verdict, _)| verdict), Some(objected));
    assert_eq!(view.answerable_before, None);
}

#[test]
fn neither_a_release_nor_what_names_no_day_awaits_an_answer() {
    let mut site = Site::licensed(&cad());
    receive(&mut site, release(1, "2026.2", Some(10)));
    receive(&mut site, announced(2, "notice", None));
    for number in [1, 2] {
        let refusal = refused(answer(&mut site, number, AnnouncementVerdict::Objected));
        assert_eq!(refusal.code, RefusalCode::AnswerNotAwaited);
    }
    let unknown = refused(answer(&mut site, 3, AnnouncementVerdict::Objected));
    assert_eq!(unknown.code, RefusalCode::AnnouncementUnknown);
}

#[test]
fn a_restarted_daemon_still_knows_what_was_announced_and_answered() {
    let mut site = history();
    site.restart(&[]);
    assert_eq!(site.engine.announcements(site.now).len(), 3);
    assert_eq!(releases(&site).outdated_grants, 1);
}
