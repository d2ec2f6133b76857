//! Scripted histories whose ledgers are committed under `golden/`. Together they hold every kind of
//! record. A script may be changed only before its ledger is committed: afterwards add another.

mod metrics;
mod usage;

use octroi_engine::{BootId, Caller, Command, DocumentCode, Event, RequestNumber, SeatId, TextId};
use octroi_licence::{DocumentDigest, message, message::Grouping};

use crate::support::{
    Site,
    site::{ADMINISTRATOR, caller, granted, id},
    vendor::{
        self, DAY, TODAY, bound, clock_reset, feature, grouped, ordered, public, reissued, resume,
        revocations, serial, suspend, terminate, terms,
    },
};

/// A script by name.
pub(crate) struct History {
    pub(crate) name: &'static str,
    pub(crate) play: fn() -> Site,
}

pub(crate) const HISTORIES: &[History] = &[
    History {
        name: "sessions",
        play: sessions,
    },
    History {
        name: "seats",
        play: seats,
    },
    History {
        name: "queue",
        play: queue,
    },
    History {
        name: "documents",
        play: documents,
    },
    History {
        name: "keys",
        play: keys,
    },
    History {
        name: "clock",
        play: clock,
    },
    History {
        name: "shell",
        play: shell,
    },
    History {
        name: "named-users",
        play: metrics::named_users,
    },
    History {
        name: "overdraft",
        play: metrics::overdraft,
    },
    History {
        name: "life",
        play: crate::notices::life,
    },
    History {
        name: "usage",
        play: usage::usage,
    },
    History {
        name: "amendments",
        play: crate::amendments::history,
    },
    History {
        name: "facts",
        play: crate::facts::history,
    },
    History {
        name: "registers",
        play: crate::registers::history,
    },
    History {
        name: "endings",
        play: crate::endings::history,
    },
    History {
        name: "news",
        play: crate::news::history,
    },
    History {
        name: "maintenance-notices",
        play: crate::maintenance_notices::history,
    },
    History {
        name: "lost-keys",
        play: crate::lost_keys::history,
    },
    History {
        name: "checkout-proofs",
        play: crate::checkout_proofs::history,
    },
];

/// Opened, resumed, detached, ended in every way; refused.
fn sessions() -> Site {
    let mut site = Site::licensed(&terms("wb-1", vec![feature("cad", 3)]));
    let mut resumed = site.open(1, 101);
    let mut lost = site.open(1, 102);
    let exited = site.open(2, 103);
    let goodbye = site.open(2, 104);
    let nameless = site.open_as(
        Caller {
            process: None,
            identified: false,
            ..caller(3, 0)
        },
        None,
    );
    site.seat(&mut resumed, "cad");
    site.seat(&mut lost, "cad");
    site.later(1_000);
    site.detach(&resumed);
    site.detach(&lost);
    site.detach(&nameless);
    site.later(1_000);
    site.resume(&mut resumed);
    site.later(5_000);
    site.exited(&exited);
    site.send(Command::Goodbye {
        session: goodbye.session,
        epoch: goodbye.epoch,
    });
    let mut stranger = lost.clone();
    stranger.caller = caller(9, 105);
    site.resume(&mut stranger);
    let gone = site.open(4, 106);
    site.later(2_000);
    site.restart(&[&resumed]);
    assert!(site.engine.session(gone.session).is_none());
    site.resume(&mut resumed);
    site.now.boot_id = BootId([2; 16]);
    site.now.boottime_ms = 40_000;
    site.restart(&[&resumed]);
    site
}

/// Every grouping, linger, take-over, revocation, refusals counted.
fn seats() -> Site {
    let mut lingering = feature("kept", 5);
    lingering.linger_s = 20;
    let mut host = feature("tool", 7);
    host.metric = message::Metric::Host.into();
    let mut users = grouped("users", 3, Grouping::UserHost);
    users.linger_s = 20;
    let mut site = Site::licensed(&terms(
        "wb-1",
        vec![
            feature("cad", 4),
            users,
            grouped("hosts", 2, Grouping::Host),
            grouped("procs", 3, Grouping::Process),
            lingering,
            host,
        ],
    ));
    let (mut one, mut two) = (site.open(1, 101), site.open(2, 102));
    let mut nameless = site.open_as(
        Caller {
            process: None,
            ..caller(3, 0)
        },
        Some("7.1"),
    );
    for feature in ["cad", "users", "hosts", "procs", "kept", "tool"] {
        site.checkout(&mut one, feature, 2);
        site.checkout(&mut two, feature, 1);
        site.checkout(&mut nameless, feature, 1);
        site.later(500);
    }
    let held: Vec<SeatId> = site
        .engine
        .seats_of(one.session)
        .iter()
        .map(|seat| seat.seat)
        .collect();
    for seat in &held {
        site.release(&mut one, *seat);
    }
    site.release(&mut one, held[0]);
    let kept = granted(site.checkout(&mut one, "kept", 1)).seat;
    granted(site.checkout(&mut one, "users", 1));
    let theirs = site.engine.seats_of(two.session);
    let revoke = |site: &mut Site, seat: SeatId| {
        let reason = Some(TextId([0x42; 16]));
        site.send(Command::RevokeSeat {
            seat,
            actor: ADMINISTRATOR,
            reason,
        });
    };
    revoke(&mut site, theirs[0].seat);
    revoke(&mut site, theirs[1].seat);
    let (session, epoch) = (two.session, two.epoch);
    site.send(Command::Acknowledge {
        session,
        epoch,
        seat: theirs[0].seat,
    });
    site.later(10_000);
    site.release(&mut one, kept);
    site.later(20_000);
    site.seat(&mut one, "kept");
    for _ in 0..25 {
        site.refusal(&mut nameless, "none");
    }
    site.exited(&two);
    site.later(60_000);
    site
}

/// Lines, deadlines, cancellation, service across licences.
fn queue() -> Site {
    let mut site = Site::licensed(&terms("wb-1", vec![feature("cad", 2)]));
    let mut second = terms(
        "wb-2",
        vec![feature("cad", 1), grouped("users", 1, Grouping::User)],
    );
    second.term.as_mut().unwrap().ends_at_s = 0;
    site.activate(&second);
    let mut apps: Vec<_> = (1..=6)
        .map(|user| site.open(user, 100 + u32::from(user)))
        .collect();
    let seat = granted(site.checkout(&mut apps[0], "cad", 2)).seat;
    site.seat(&mut apps[1], "cad");
    for (app, wait_ms) in [(2, 60_000), (3, 5_000), (4, 60_000), (5, 60_000)] {
        site.checkout_waiting(&mut apps[app], "cad", 1, wait_ms);
    }
    site.later(5_000);
    let cancelled = apps[4].clone();
    site.send(Command::CancelWait {
        session: cancelled.session,
        epoch: cancelled.epoch,
        checkout: RequestNumber(cancelled.number),
    });
    site.release(&mut apps[0], seat);
    site.checkout_waiting(&mut apps[3], "cad", 3, 60_000);
    site.checkout_waiting(&mut apps[3], "cad", 2, 60_000);
    site.seat(&mut apps[0], "users");
    site.checkout_waiting(&mut apps[1], "users", 1, 60_000);
    let waiting = apps[1].clone();
    site.exited(&waiting);
    site.later(1_000);
    site
}

/// Serials, certificates, orders at once and at a date, gaps, refusals, revocation, ends.
fn documents() -> Site {
    let mut sited = terms("wb-1", vec![feature("cad", 3), feature("render", 1)]);
    sited.sites = vec![message::Site {
        id: "lyon".to_owned(),
        ..message::Site::default()
    }];
    sited.binding = Some(message::Binding {
        host: Some(message::HostBinding {
            components_required: 2,
        }),
        ..message::Binding::default()
    });
    let mut site = Site::licensed(&sited);
    let compared = |site: &mut Site, matched| {
        site.send(Command::HostCompared {
            licence: id("wb-1"),
            matched,
            readable: 4,
        });
    };
    compared(&mut site, 1);
    let mut app = site.open(1, 101);
    site.refusal(&mut app, "cad");
    compared(&mut site, 3);
    for feature in ["cad", "cad", "render"] {
        site.seat(&mut app, feature);
    }
    let mut scoped = ordered("wb-1", 3, suspend());
    let render = message::scope::Kind::Feature("render".to_owned());
    scoped.scope = Some(message::Scope { kind: Some(render) });
    let mut dated = ordered("wb-1", 4, suspend());
    dated.effective_at_s = TODAY + 100;
    let mut smaller = sited.clone();
    smaller.features.truncate(1);
    smaller.features[0].count = 1;
    smaller.term.as_mut().unwrap().ends_at_s = TODAY + 300;
    let smaller = reissued(&smaller, 2, 2);
    site.order(&vendor::order(&dated));
    site.order(&vendor::order(&scoped));
    site.install(&vendor::licence(&smaller));
    site.install(&vendor::licence(&sited));
    site.later(100_000);
    site.refusal(&mut app, "cad");
    site.order(&vendor::order(&ordered("wb-1", 5, resume())));
    site.seat(&mut app, "cad");
    site.later(200_000);
    site.refusal(&mut app, "cad");
    let third = vendor::licence(&reissued(&sited, 3, 6));
    let mut certificate = vendor::activation(&third);
    certificate.valid_until_s = TODAY + 1_000;
    site.certify(&vendor::certificate(&certificate));
    site.install(&third);
    compared(&mut site, 4);
    site.seat(&mut app, "cad");
    site.revoke_documents(&revocations(1, &[("wb-1", 3)], &[]));
    site.refusal(&mut app, "cad");
    site.revoke_documents(&revocations(2, &[], &[]));
    site.seat(&mut app, "cad");
    site.order(&vendor::order(&ordered("wb-1", 7, terminate())));
    site
}

/// Intents, proofs, anomalies, absence within and beyond the budget, a restart.
fn keys() -> Site {
    let mut keyed = terms("wb-1", vec![feature("cad", 2)]);
    keyed.binding = Some(bound(&[1, 2], 30, 300));
    let mut site = Site::licensed(&keyed);
    let mut app = site.open(1, 101);
    let prove = |site: &mut Site, key, counter, intents| {
        for _ in 0..intents {
            site.send(Command::KeyIntent { key: serial(key) });
        }
        site.send(Command::KeyProven {
            key: serial(key),
            counter,
            emulated: false,
        });
    };
    prove(&mut site, 1, 10, 1);
    site.seat(&mut app, "cad");
    site.later(50_000);
    prove(&mut site, 1, 13, 3);
    prove(&mut site, 1, 20, 1);
    site.later(1_000);
    prove(&mut site, 1, 20, 1);
    site.later(10_000);
    prove(&mut site, 2, 5, 1);
    site.seat(&mut app, "cad");
    site.later(200_000);
    site.later(20_000);
    site.refusal(&mut app, "cad");
    prove(&mut site, 1, 22, 2);
    site.seat(&mut app, "cad");
    site.send(Command::KeyAbsent { key: serial(1) });
    site.later(500);
    prove(&mut site, 1, 23, 1);
    site.send(Command::Stop);
    site.restart(&[&app]);
    site.later(5_000);
    prove(&mut site, 1, 24, 1);
    site.resume(&mut app);
    site
}

/// Leaps, confirmed, withdrawn and reset; a late clock; a night switched off.
fn clock() -> Site {
    let mut site = Site::licensed(&terms("wb-1", vec![feature("cad", 1)]));
    let set = |site: &mut Site, by_s: i64| {
        site.later(1_000);
        site.now.civil_ms.0 += by_s * 1000;
        site.send(Command::Tick);
    };
    site.open(1, 101);
    set(&mut site, 60);
    site.open(1, 102);
    set(&mut site, 10 * DAY);
    set(&mut site, -10 * DAY);
    set(&mut site, 20 * DAY);
    site.later(86_400_000);
    set(&mut site, -20 * DAY);
    let anomaly = u64::try_from(site.ledger.len()).unwrap();
    let new_time = site.now.civil_ms.seconds().0;
    let reset = ordered("wb-1", 2, clock_reset(anomaly, new_time));
    site.order(&vendor::order(&reset));
    set(&mut site, -DAY);
    set(&mut site, DAY);
    site.send(Command::Stop);
    site.now.boot_id = BootId([2; 16]);
    site.now.boottime_ms = 20_000;
    site.now.civil_ms.0 += 36_000_000;
    site.restart(&[]);
    site
}

/// What only the shell can know.
fn shell() -> Site {
    let mut site = Site::new();
    let vendor_root = public("root").id();
    for event in [
        Event::LedgerOpened {
            vendor_root,
            daemon_key: *public("daemon").as_bytes(),
        },
        Event::VendorTrusted {
            vendor_root,
            actor: ADMINISTRATOR,
        },
        Event::ActivationRequested {
            licence: id("wb-1"),
            digest: DocumentDigest::from_bytes([7; 32]),
            actor: ADMINISTRATOR,
        },
        Event::DocumentRefused {
            document: DocumentCode::Licence,
            digest: [8; 32],
            reason: "altered".to_owned(),
            actor: ADMINISTRATOR,
        },
        Event::TailLost {
            from: 9,
            bytes: 120,
        },
        Event::Synced { up_to: 5 },
        Event::CheckpointSigned {
            size: 6,
            root: [9; 32],
            signature: vec![1, 2, 3, 250],
        },
    ] {
        site.send(Command::Note { event });
    }
    site.activate(&terms("wb-1", vec![feature("cad", 1)]));
    site.send(Command::Stop);
    site
}
