//! Which text decides where an order differs from the general terms.

use octroi_vendor::{
    LicenceOrder,
    order::{Difference, MistakeKind, Template, Text},
};

use crate::{
    support::{Desk, NOW},
    templates::filled,
};

fn with(template: Template, from: &str, to: &str) -> String {
    let order = filled(template);
    assert!(order.contains(from), "no line {from:?}");
    order.replacen(from, to, 1)
}

fn checked(order: &str) -> LicenceOrder {
    LicenceOrder::check(order, NOW).unwrap_or_else(|mistakes| panic!("{:?}", mistakes.as_slice()))
}

fn vendor_notice(order: &LicenceOrder) -> String {
    let notice = order.term_rules().renewal.vendor.notice;
    notice.map_or_else(String::new, |notice| notice.to_string())
}

#[test]
fn an_order_that_says_what_the_general_terms_say_differs_in_nothing() {
    for template in Template::ALL {
        assert_eq!(
            checked(&filled(template)).differences(),
            [],
            "{}",
            template.name()
        );
    }
    let same = with(
        Template::BoostMyMail,
        "length = \"1 year\"",
        "length = \"12 months\"",
    );
    assert_eq!(checked(&same).differences(), []);
}

#[test]
fn b11_general_terms_that_prevail_replace_what_the_order_says() {
    let order = with(
        Template::BoostMyMail,
        "notice = \"1 month\"",
        "notice = \"2 months\"",
    );
    let order = checked(&order);
    let difference = Difference {
        at: "renewal.vendor.notice".to_owned(),
        order: Some("\"2 months\"".to_owned()),
        general_terms: "\"1 month\"".to_owned(),
        won: Text::GeneralTerms,
    };
    assert_eq!(order.differences(), [difference]);
    assert_eq!(vendor_notice(&order), "1 month");
}

#[test]
fn an_order_that_prevails_keeps_its_value() {
    let order = checked(&with(
        Template::ApexTiming,
        "vendor = { notice = \"3 months\"",
        "vendor = { notice = \"6 months\"",
    ));
    assert_eq!(order.differences().len(), 1);
    assert_eq!(order.differences()[0].won, Text::Order);
    assert_eq!(vendor_notice(&order), "6 months");
}

#[test]
fn data_protection_prevails_over_an_order_that_prevails_otherwise() {
    let order = with(Template::Kimple, "region = \"EEA\"", "region = \"US\"");
    let order = order.replacen("export = \"45", "export = \"90", 1);
    let order = checked(&order);
    let won: Vec<(&str, Text)> = order
        .differences()
        .iter()
        .map(|difference| (difference.at.as_str(), difference.won))
        .collect();
    let expected = [
        ("delays.export", Text::Order),
        ("server.region", Text::GeneralTerms),
    ];
    assert_eq!(won, expected);
}

#[test]
fn what_prevailing_general_terms_state_must_stand_in_the_order() {
    let order = with(
        Template::BoostMyMail,
        "contest = \"15 calendar days\"\n",
        "",
    );
    let mistakes = LicenceOrder::check(&order, NOW).unwrap_err();
    let [mistake] = mistakes.as_slice() else {
        panic!("{:?}", mistakes.as_slice());
    };
    assert_eq!(
        (mistake.kind, mistake.at.as_str()),
        (MistakeKind::Missing, "precedence")
    );
    assert!(mistake.what.contains("delays.contest"));
    let line = 1 + order
        .lines()
        .position(|line| line == "[precedence]")
        .unwrap();
    assert_eq!(mistake.line, line);
}

#[test]
fn what_an_order_leaves_out_is_a_difference_too() {
    let order = with(
        Template::TheGreenBow,
        "evaluation = \"30 calendar days\"\n",
        "",
    );
    let order = checked(&order);
    assert_eq!(order.differences()[0].at, "term.evaluation");
    assert_eq!(order.differences()[0].order, None);
    assert_eq!(order.term_rules().evaluation, None);
}

#[test]
fn a_precedence_of_other_words_is_a_mistake() {
    let order = with(Template::Kimple, "\"data-protection\"", "\"nobody\"");
    let mistakes = LicenceOrder::check(&order, NOW).unwrap_err();
    assert_eq!(mistakes.as_slice()[0].at, "precedence.wins");
}

#[test]
fn issuing_prints_each_difference_and_which_text_won() {
    let desk = Desk::empty();
    let vendor = "boost-my-mail";
    desk.tool(&[
        "keys",
        "init",
        "--vendor",
        vendor,
        "--name",
        "x",
        "--insecure-plaintext",
    ])
    .assert()
    .success();
    let order = with(
        Template::BoostMyMail,
        "notice = \"1 month\"",
        "notice = \"2 months\"",
    );
    desk.write("order.toml", &order);
    let said = desk
        .tool(&["issue", "order.toml", "-o", "x.lic"])
        .output()
        .unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let line = "difference: renewal.vendor.notice: the order says \"2 months\", the general terms \
                \"1 month\": the general terms prevail";
    assert!(said.lines().any(|said| said == line), "{said}");
    let (_, said) = desk.json(&["order", "check", "order.toml"]);
    assert_eq!(said["differences"][0]["won"], "general-terms");
}
