//! `octroi seats` and `octroi release`: who holds seats, and taking one back.

use octroi_proto::{
    admin::v1::{ReleaseSeatRequest, Seat, SeatsRequest, SeatsResponse, Waiter},
    licensing::v1::RefusalCode,
};
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::{
    Context, Done,
    args::{Release, Seats},
    client::Admin,
    failure::Failure,
    format::{self, Column, plain},
    refusal, standing, status,
    text::{Language, SeatsTexts},
};

/// Bytes of a reason; the daemon takes no more.
const REASON_BYTES_MAX: usize = 1_000;

/// Lists seats and the queue.
pub(super) async fn seats(
    arguments: &Seats,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let request = SeatsRequest {
        vendor: arguments
            .vendor
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        feature: arguments
            .feature
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    };
    let mut admin = Admin::connect(context).await?;
    let answer = admin
        .call(
            context,
            async |client| client.seats(request).await,
            |_| None,
        )
        .await?;
    Ok(Done::Answer {
        text: readable(&answer, context.language, &context.zone),
        json: json(&answer),
    })
}

/// Takes a seat back.
pub(super) async fn release(
    arguments: &Release,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    if arguments.reason.len() > REASON_BYTES_MAX {
        return Err(Failure::usage(format!(
            "--reason: at most {REASON_BYTES_MAX} bytes"
        )));
    }
    let mut admin = Admin::connect(context).await?;
    let vendor = admin.vendor(arguments.vendor.as_ref(), context).await?;
    let seat = arguments.seat;
    let request = ReleaseSeatRequest {
        vendor: vendor.clone(),
        seat,
        reason: arguments.reason.clone(),
    };
    // A seat that is not held, or no such vendor: the list says what there is.
    let unknown = |status: &Status| {
        (status.code() == Code::NotFound).then(|| {
            Failure::other(context.texts.daemon.failed)
                .help(refusal::of_code(RefusalCode::SeatNotHeld, context.texts).next)
        })
    };
    let answer = admin
        .call(
            context,
            async |client| client.release_seat(request).await,
            unknown,
        )
        .await?;
    let words = &context.texts.seats;
    let said = if answer.freed {
        (words.freed)(seat)
    } else {
        (words.told)(seat, &format::length(answer.hold_ms.into()))
    };
    let json = json!({
        "vendor": vendor,
        "seat": seat,
        "freed": answer.freed,
        "hold_ms": answer.hold_ms,
    });
    Ok(Done::Answer {
        text: format!("{said}\n"),
        json,
    })
}

fn readable(answer: &SeatsResponse, language: Language, zone: &jiff::tz::TimeZone) -> String {
    let words = &language.messages().seats;
    let mut text = if answer.seats.is_empty() {
        format!("{}\n", words.none)
    } else {
        let columns = [
            Column::Text(words.column_vendor),
            Column::Text(words.column_feature),
            Column::Number(words.column_seat),
            Column::Number(words.column_units),
            Column::Text(words.column_user),
            Column::Number(words.column_pid),
            Column::Text(words.column_since),
            Column::Text(words.column_state),
            Column::Text(words.column_version),
        ];
        let rows = answer
            .seats
            .iter()
            .map(|seat| {
                vec![
                    seat.vendor.clone(),
                    seat.feature.clone(),
                    seat.seat.to_string(),
                    seat.units.to_string(),
                    seat.user.clone(),
                    process(seat.pid),
                    format::local_millis(zone, seat.since_ms),
                    state(seat, words, zone),
                    seat.version.clone(),
                ]
            })
            .collect();
        format::table("", &columns, rows)
    };
    if !answer.waiters.is_empty() {
        let columns = [
            Column::Text(words.column_vendor),
            Column::Text(words.column_feature),
            Column::Number(words.column_place),
            Column::Number(words.column_units),
            Column::Text(words.column_user),
            Column::Number(words.column_pid),
        ];
        let rows = answer
            .waiters
            .iter()
            .map(|waiter| {
                vec![
                    waiter.vendor.clone(),
                    waiter.feature.clone(),
                    waiter.place.to_string(),
                    waiter.units.to_string(),
                    waiter.user.clone(),
                    process(waiter.pid),
                ]
            })
            .collect();
        text.push('\n');
        text.push_str(words.waiting);
        text.push('\n');
        text.push_str(&format::table("  ", &columns, rows));
    }
    let features = answer.features.iter();
    let features = features.filter_map(|one| one.feature.as_ref());
    let lines: Vec<String> = features
        .flat_map(|feature| standing::lines(feature, language, zone))
        .collect();
    if !lines.is_empty() {
        text.push('\n');
    }
    for line in lines {
        text.push_str(&plain(&line));
        text.push('\n');
    }
    text
}

/// How a seat stands; a borrowed one with the end of its period and its id, which an order that writes
/// it off names.
fn state(seat: &Seat, words: &SeatsTexts, zone: &jiff::tz::TimeZone) -> String {
    let state = (words.state)(&seat.state);
    match &seat.loan {
        Some(loan) => {
            let until = format::local_seconds(zone, loan.until_s);
            (words.borrowed)(state, &until, loan.returned, &loan.borrow)
        }
        None => state.to_owned(),
    }
}

/// A process the kernel does not name here (another pid namespace) has none.
fn process(pid: u32) -> String {
    if pid == 0 {
        "-".to_owned()
    } else {
        pid.to_string()
    }
}

fn json(answer: &SeatsResponse) -> Value {
    let seats: Vec<Value> = answer.seats.iter().map(seat_json).collect();
    let waiters: Vec<Value> = answer.waiters.iter().map(waiter_json).collect();
    let features = answer.features.iter();
    let features: Vec<Value> = features
        .map(|one| {
            json!({
                "vendor": one.vendor,
                "licence_id": one.licence_id,
                "feature": one.feature.as_ref().map(status::json::feature),
            })
        })
        .collect();
    json!({ "seats": seats, "waiters": waiters, "features": features })
}

/// A seat, for `--json`.
pub(super) fn seat_json(seat: &Seat) -> Value {
    let mut all = json!({
        "vendor": seat.vendor,
        "licence_id": seat.licence_id,
        "product": seat.product,
        "feature": seat.feature,
        "seat": seat.seat,
        "units": seat.units,
        "user": seat.user,
        "pid": seat.pid,
        "since": format::rfc3339_of_millis(seat.since_ms),
        "since_ms": seat.since_ms,
        "state": seat.state,
        "version": seat.version,
    });
    if let (Some(loan), Some(fields)) = (&seat.loan, all.as_object_mut()) {
        let loan = json!({
            "borrow": loan.borrow,
            "until": format::rfc3339_of_seconds(loan.until_s),
            "until_s": loan.until_s,
            "longest": format::rfc3339_of_seconds(loan.longest_s),
            "longest_s": loan.longest_s,
            "returned": loan.returned,
        });
        fields.insert("loan".to_owned(), loan);
    }
    all
}

/// A check-out that waits, for `--json`.
pub(super) fn waiter_json(waiter: &Waiter) -> Value {
    json!({
        "vendor": waiter.vendor,
        "feature": waiter.feature,
        "user": waiter.user,
        "pid": waiter.pid,
        "units": waiter.units,
        "place": waiter.place,
    })
}
