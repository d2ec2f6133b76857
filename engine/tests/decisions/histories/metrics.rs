//! Named users in every way, and use over limits through a month's turn.

use octroi_engine::{Command, ListedUser, TextId};
use octroi_licence::message::{self, Grouping, Identity, OverdraftUnit};

use crate::support::{
    Site,
    site::{ADMINISTRATOR, granted, id, name, user, waits},
    vendor::{
        self, DAY, TODAY, about, billed, block_user, eligible, grouped, limit_change, ordered,
        overdraft_notice, overdrawn, percent, reassign, terms, unblock_user,
    },
};

/// Assigned at a check-out, from the queue and beforehand; reassigned, blocked, erased, compared.
pub(super) fn named_users() -> Site {
    let mail = message::Feature {
        identity: Identity::EndUserRequired.into(),
        ..vendor::named_users("mail", 2, 10)
    };
    let mut licence = terms("wb-1", vec![mail]);
    licence.eligibility = Some(eligible("acme", &["employee", "contractor"]));
    let mut site = Site::licensed(&licence);
    let mut service = site.open(9, 900);
    for of in [1, 2] {
        let whom = site.end_user(of, "acme", "employee");
        granted(site.checkout_for(&mut service, "mail", whom, 0));
    }
    let whom = site.end_user(3, "acme", "contractor");
    waits(site.checkout_for(&mut service, "mail", whom, 60_000));
    site.later(1_000);
    let second = site.assigned_to(2).assignment;
    site.give(&ordered("wb-1", 2, reassign(second)));
    let first = site.assigned_to(1).assignment;
    site.give(&ordered("wb-1", 3, block_user(first)));
    site.give(&ordered("wb-1", 4, unblock_user(first)));
    let actor = ADMINISTRATOR;
    site.send(Command::BlockUser {
        user: user(3),
        actor,
        reason: Some(TextId([4; 16])),
    });
    site.send(Command::UnblockUser {
        user: user(3),
        actor,
    });
    for listed in [&[1_u8, 4][..], &[1, 3, 5]] {
        let users = listed.iter().map(|of| ListedUser {
            user: user(*of),
            entity: Some("acme".parse().unwrap()),
            category: Some("employee".parse().unwrap()),
            assignment: octroi_licence::AssignmentId([*of; 16]),
        });
        let users = users.collect();
        site.send(Command::SyncUsers {
            licence: id("wb-1"),
            feature: name("mail"),
            users,
            actor,
        });
    }
    site.later(1_000);
    site.send(Command::EraseUser {
        user: user(1),
        tag: user(0xe1),
        actor,
    });
    site.later(1_000);
    site
}

/// Over the limit by percentage and billed, through a month's turn; changed limits; a notice.
pub(super) fn overdraft() -> Site {
    let desk = message::Feature {
        soft_percents: vec![100, 200],
        ..grouped("desk", 1, Grouping::User)
    };
    let hours = billed(OverdraftUnit::SeatHoursInExcess);
    let mut licence = terms(
        "wb-1",
        vec![
            overdrawn(desk, percent(100, 2)),
            overdrawn(grouped("cad", 2, Grouping::User), hours),
        ],
    );
    licence.zone = Some(message::Zone {
        posix: "CET-1CEST,M3.5.0,M10.5.0/3".to_owned(),
        iana: "Europe/Paris".to_owned(),
    });
    let mut site = Site::licensed(&licence);
    let mut apps = [1, 2, 3].map(|of| site.open(of, 100 + u32::from(of)));
    let mut seats = Vec::new();
    for app in &mut apps {
        site.later(1_000);
        seats.push(site.seat(app, "cad").seat);
    }
    for app in apps.iter_mut().take(2) {
        seats.push(site.seat(app, "desk").seat);
    }
    site.later(86_400_000 * 3);
    site.refusal(&mut apps[2], "desk");
    for (index, seat) in [(0, 3), (1, 4)] {
        site.release(&mut apps[index], seats[seat]);
    }
    site.later(86_400_000 * 28);
    let until = TODAY + 32 * DAY;
    let change = limit_change(1, until);
    site.give(&about(ordered("wb-1", 2, change), "cad"));
    site.later(86_400_000);
    site.give(&about(ordered("wb-1", 3, overdraft_notice()), "cad"));
    site.release(&mut apps[2], seats[2]);
    site.later(86_400_000);
    site
}
