//! Metered features through the SDK and a real daemon: amounts count in every window or in none, and
//! survive the daemon.

use octroi::{Beneficiary, Client, ConsumeOptions, Consumed, Consumption, WindowSpan};
use octroi_tests::{Order, World, order::PRODUCT, world::seconds_from_now};

const MESSAGES: &str = "messages";

fn order() -> Order {
    let windows = "{ per = \"hour\", amount = 500 }, { per = \"month\", amount = 25_000 }";
    Order::empty().metered(MESSAGES, windows)
}

fn session(world: &World) -> anyhow::Result<octroi::Session> {
    let client = Client::builder(world.vendor.root_public_key())
        .product(PRODUCT)
        .version("4.2")
        .socket(world.socket())
        .build()?;
    Ok(client.open()?)
}

fn consumed(consumption: Consumption) -> Consumed {
    match consumption {
        Consumption::Consumed(consumed) => consumed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_hour_that_is_used_up_is_refused_with_when_it_opens_again() -> anyhow::Result<()> {
    let world = World::with(&order())?;
    octroi_tests::soon("an hour that does not turn during the test", || {
        Ok((seconds_from_now(0)? % 3_600 < 3_590).then_some(()))
    })?;
    let session = session(&world)?;
    let answer = consumed(session.consume(MESSAGES, 450)?);
    assert_eq!(answer.remaining(), Some(50));
    let spans: Vec<_> = answer.windows.iter().map(|window| window.span).collect();
    assert_eq!(spans, [WindowSpan::Hour, WindowSpan::Month]);

    let error = session.consume(MESSAGES, 100).unwrap_err();
    assert_eq!(error.code(), "AMOUNT_EXHAUSTED");
    let full = error.refusal().unwrap().full_window().unwrap();
    assert_eq!(
        (full.span, full.limit, full.used),
        (WindowSpan::Hour, 500, 450)
    );
    let reopens_at = full.reopens_at.unwrap().0 / 1_000;
    let now = seconds_from_now(0)?;
    assert!(
        (now..=now + 3_600).contains(&reopens_at),
        "{reopens_at} {now}"
    );

    // What was refused counts nowhere.
    let last = consumed(session.consume(MESSAGES, 50)?);
    assert_eq!(last.windows[1].used, 500);
    Ok(())
}

#[test]
fn what_was_consumed_is_not_forgotten_when_the_daemon_is_killed() -> anyhow::Result<()> {
    let mut world = World::with(&order())?;
    let first = session(&world)?;
    consumed(first.consume(MESSAGES, 300)?);
    world.kill_daemon()?;
    world.start_daemon()?;
    let second = session(&world)?;
    let answer = consumed(second.consume(MESSAGES, 1)?);
    assert_eq!(answer.windows[1].used, 301);
    Ok(())
}

#[test]
fn an_amount_for_somebody_else_is_taken_only_from_a_listed_program() -> anyhow::Result<()> {
    let world = World::with(&order())?;
    let options = ConsumeOptions::default().whom(Beneficiary::end_user("m.curie"));
    let error = session(&world)?
        .consume_with(MESSAGES, 1, options)
        .unwrap_err();
    assert_eq!(error.code(), "CALLER_NOT_LISTED");
    Ok(())
}

#[test]
fn a_metered_feature_is_not_checked_out_and_a_seat_is_not_consumed() -> anyhow::Result<()> {
    let world = World::with(&order().feature("solver", 1, "checkout"))?;
    let session = session(&world)?;
    assert_eq!(
        session.checkout(MESSAGES).unwrap_err().code(),
        "USE_NOT_OFFERED"
    );
    assert_eq!(
        session.consume("solver", 1).unwrap_err().code(),
        "USE_NOT_OFFERED"
    );
    Ok(())
}
