//! Amounts, reservations, operations, borrowed seats, maintenance and containers.

use octroi_engine::{Caller, Command, Contained, ContainerId, TextId, UserPseudonym};
use octroi_licence::{message, message::ReservationDecision, message::WindowUnit};

use crate::support::{
    Site,
    site::{ADMINISTRATOR, caller},
    usage::{
        about, about_maintenance, borrowed, daily, decision, lent, metered, operation, paris,
        reserved,
    },
    vendor::{self, DAY, TODAY, clock_reset, ordered, resume, suspend, terms},
};

/// Consumed, refused, reserved, decided in every way; borrowed, renewed, given back, recalled, written
/// off; maintenance suspended and resumed; a session in a container; windows before a reset.
pub(super) fn usage() -> Site {
    let mut mail = metered(
        "mail",
        &[(WindowUnit::Hour, 1_000), (WindowUnit::Day, 5_000)],
    );
    mail.soft_percents = vec![50];
    let terms_of_mail = mail.metered.as_mut().unwrap();
    terms_of_mail.approval = Some(message::Approval { deadline_s: 7_200 });
    terms_of_mail.announce_above = 500;
    let mut plain = metered("sms", &[(WindowUnit::Day, 100)]);
    plain.metered.as_mut().unwrap().announce_above = 10;
    plain.soft_percents = vec![80];
    plain.allowed_times = vec![daily(0, 20)];
    let mut cad = lent("cad", 4, 7 * 86_400, 86_400);
    cad.linger_s = 20;
    let mut licence = terms("wb-1", vec![mail, plain, cad]);
    licence.zone = Some(paris());
    let mut site = Site::licensed(&licence);
    let inside = Caller {
        container: Some(Contained {
            container: ContainerId([0xc0; 16]),
            user: UserPseudonym([0x77; 16]),
        }),
        ..caller(1, 101)
    };
    let mut app = site.open_as(inside, Some("2026.1"));
    amounts(&mut site, &mut app);
    reservations(&mut site, &mut app);
    loans(&mut site, &mut app);
    site.order(&vendor::order(&about_maintenance("wb-1", 5, suspend())));
    site.order(&vendor::order(&about_maintenance("wb-1", 6, resume())));
    // A leap that is confirmed and reset: windows ahead are forgotten.
    site.now.civil_ms.0 += 40 * DAY * 1000;
    site.consume(&mut app, "sms", 5);
    site.later(86_400_000);
    site.now.civil_ms.0 -= 40 * DAY * 1000;
    site.send(Command::Tick);
    let anomaly = site.engine.clock(site.now).unwrap().anomaly.unwrap();
    let reset = clock_reset(anomaly, site.now.civil_ms.0 / 1000);
    site.order(&vendor::order(&ordered("wb-1", 7, reset)));
    site.consume(&mut app, "sms", 5);
    site
}

fn amounts(site: &mut Site, app: &mut crate::support::App) {
    site.consume(app, "sms", 8);
    site.consume(app, "sms", 80);
    site.consume(app, "sms", 80);
    let until = TODAY + 20 * DAY;
    site.announce("sms", Some(operation(1)), 15, until);
    site.announce("sms", None, 95, until);
    app.number += 1;
    app.below = app.number;
    site.consume_for(app, "sms", 3, Some(operation(1)));
    site.until(TODAY + 19 * 3_600);
    site.consume(app, "sms", 1);
}

fn reservations(site: &mut Site, app: &mut crate::support::App) {
    let approved = reserved(&site.consume(app, "mail", 600));
    let refused = reserved(&site.consume(app, "mail", 100));
    let withdrawn = reserved(&site.consume(app, "mail", 100));
    site.order(&decision(2, approved, ReservationDecision::Approved));
    site.order(&decision(3, refused, ReservationDecision::Refused));
    site.send(Command::WithdrawReservation {
        reservation: withdrawn,
        actor: ADMINISTRATOR,
    });
    reserved(&site.consume(app, "mail", 50));
    site.later(7_200_000);
    reserved(&site.consume(app, "mail", 70));
}

fn loans(site: &mut Site, app: &mut crate::support::App) {
    let seat = site.seat(app, "cad").seat;
    site.release(app, seat);
    let lost = borrowed(site.borrow_seat(app, "cad", 1));
    let returned = borrowed(site.borrow_seat(app, "cad", 1));
    let recalled = borrowed(site.borrow_seat(app, "cad", 1));
    let kept = borrowed(site.borrow_seat(app, "cad", 1));
    site.borrow_seat(app, "cad", 1);
    site.later(3_600_000);
    site.renew(app, kept.borrow);
    site.give_back(app, returned.borrow);
    site.send(Command::RevokeSeat {
        seat: recalled.seat,
        actor: ADMINISTRATOR,
        reason: Some(TextId([0x42; 16])),
    });
    let write_off = message::order::Kind::WriteOff(message::WriteOff {
        borrowed: lost.borrow.0.to_vec(),
    });
    site.order(&vendor::order(&about("cad", "wb-1", 4, write_off)));
    site.later(86_400_000 - 3_600_000);
    site.later(3_600_000);
    borrowed(site.borrow_seat(app, "cad", 2));
}
