//! The templates of the five contracts: each is clean once it is filled in, refused before, and names
//! every clause of its contract that bears on the licence file.

use octroi_vendor::{
    LicenceOrder,
    dates::{NonRenewalForm, RenewalMode},
    order::{FILL_IN, MistakeKind, Template},
};

use crate::support::{Desk, NOW};

/// What stands in the place of a key's [`FILL_IN`].
fn value_of(key: &str) -> &'static str {
    match key {
        "id" => "\"x-0001\"",
        "order_number" | "reference" => "\"SO-1\"",
        "name" => "\"Example SA\"",
        "digest" | "key" => "\"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c\"",
        "key_pins" => "[\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]",
        "accepted" => "2026-02-27",
        "starts" => "2026-03-01",
        "delivered" => "2026-03-05",
        "ends" => "2028-12-31",
        "countries_allowed" => "[\"FR\"]",
        "countries_denied" => "[\"KP\"]",
        "length" | "period" => "\"12 months\"",
        "mode" => "\"tacit\"",
        "count" | "hosts_max" => "5",
        "country" => "\"FR\"",
        "address" => "\"https://licences.example:8443\"",
        "versions = { minimum" => "\"3\"",
        other => panic!("no value for {other:?}"),
    }
}

/// A template as a client's order.
pub(crate) fn filled(template: Template) -> String {
    let fill = |line: &str| match line.split_once(&format!(" = {FILL_IN}")) {
        Some((key, rest)) if !key.starts_with('#') => {
            format!("{key} = {}{rest}\n", value_of(key))
        }
        _ => format!("{line}\n"),
    };
    template.text().lines().map(fill).collect()
}

/// A desk with the keys of a template's vendor, and the licence of the template.
pub(crate) fn of_template(template: Template) -> Desk {
    let desk = Desk::empty();
    let name = template.name();
    let init = [
        "keys",
        "init",
        "--vendor",
        name,
        "--name",
        name,
        "--insecure-plaintext",
    ];
    desk.tool(&init).assert().success();
    desk.write("order.toml", &filled(template));
    desk.tool(&["issue", "order.toml", "-o", "client.lic"])
        .assert()
        .success();
    desk
}

fn order(template: Template) -> LicenceOrder {
    let text = filled(template);
    LicenceOrder::check(&text, NOW)
        .unwrap_or_else(|mistakes| panic!("{}: {:?}", template.name(), mistakes.as_slice()))
}

#[test]
fn every_template_is_clean_once_it_is_filled_in() {
    for template in Template::ALL {
        order(template);
    }
}

#[test]
fn a_template_is_refused_where_a_value_is_left_out() {
    for template in Template::ALL {
        let mistakes = LicenceOrder::check(template.text(), NOW).unwrap_err();
        let mut lines: Vec<usize> = Vec::new();
        for mistake in mistakes.as_slice() {
            assert_eq!(mistake.kind, MistakeKind::Syntax);
            lines.push(mistake.line);
        }
        lines.dedup();
        let left: Vec<usize> = (1..)
            .zip(template.text().lines())
            .filter(|(_, line)| !line.starts_with('#') && line.contains(FILL_IN))
            .map(|(number, _)| number)
            .collect();
        assert_eq!(lines, left, "{}", template.name());
    }
}

#[test]
fn a_filled_template_is_issued() {
    let desk = Desk::empty();
    for template in Template::ALL {
        let name = template.name();
        let keys = format!("keys-{name}");
        let init = [
            "keys",
            "init",
            "--vendor",
            name,
            "--name",
            name,
            "--insecure-plaintext",
        ];
        desk.tool(&init).args(["--keys", &keys]).assert().success();
        let (file, licence) = (format!("{name}.toml"), format!("{name}.lic"));
        desk.write(&file, &filled(template));
        let issue = ["issue", &file, "-o", &licence, "--keys", &keys];
        desk.tool(&issue).assert().success();
    }
}

#[test]
fn the_tool_prints_the_template_that_is_asked_for() {
    let desk = Desk::empty();
    for template in Template::ALL {
        let new = ["order", "new", "--template", template.name()];
        let printed = desk.tool(&new).output().unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        assert_eq!(printed.trim_end(), template.text().trim_end());
        let file = format!("{}.toml", template.name());
        desk.tool(&new).args(["-o", &file]).assert().success();
        assert_eq!(desk.read(&file), template.text());
    }
    desk.tool(&["order", "new", "--template", "other"])
        .assert()
        .code(2);
}

#[test]
fn templates_carry_their_contracts_numbers() {
    let of = |template| order(template).term_rules().clone();
    let length = |template| {
        let rules = of(template);
        rules.renewal.period.unwrap().to_string()
    };
    let notices = |template| {
        let renewal = of(template).renewal;
        let text = |notice: Option<octroi_vendor::calendar::Delay>| {
            notice.map_or_else(String::new, |notice| notice.to_string())
        };
        (text(renewal.client.notice), text(renewal.vendor.notice))
    };
    let both = |notice: &str| (notice.to_owned(), notice.to_owned());
    assert_eq!(length(Template::Zenlocassur), "36 months");
    assert_eq!(notices(Template::Zenlocassur), both("2 months"));
    assert_eq!(length(Template::ApexTiming), "1 year");
    assert_eq!(notices(Template::ApexTiming), both("3 months"));
    assert_eq!(notices(Template::Kimple), both("3 months"));
    let kimple = of(Template::Kimple).renewal;
    assert_eq!(kimple.client.form, NonRenewalForm::Letter);
    let boost = of(Template::BoostMyMail).renewal;
    assert_eq!(boost.client.form, NonRenewalForm::AccountClosed);
    assert_eq!(
        notices(Template::BoostMyMail),
        (String::new(), "1 month".to_owned())
    );
    assert!(of(Template::TheGreenBow).evaluation.is_some());
    for template in Template::ALL {
        assert_eq!(of(template).renewal.mode, RenewalMode::Tacit);
    }
}

/// How many clauses each contract has, and those that bear on nothing which stands in a licence file,
/// with the reason.
fn clauses(template: Template) -> (char, u32, &'static [(u32, &'static str)]) {
    match template {
        Template::Zenlocassur => (
            'Z',
            23,
            &[
                (13, "what the daemon logs is the same for every licence"),
                (
                    22,
                    "the register of interventions is the administrator's act",
                ),
            ],
        ),
        Template::ApexTiming => ('A', 23, &[(13, "the log book is the administrator's act")]),
        Template::Kimple => (
            'K',
            15,
            &[
                (
                    5,
                    "a suspension is an order of its own, given when payment is late",
                ),
                (8, "availability is measured by the vendor's server"),
                (15, "logs of access to records are the server's"),
            ],
        ),
        Template::BoostMyMail => (
            'B',
            14,
            &[
                (4, "local roles are the administrator's configuration"),
                (
                    7,
                    "a suspension is an order of its own, given when payment is late",
                ),
                (13, "users are synchronised by the administrator"),
                (14, "retention of the vendor's own records"),
            ],
        ),
        Template::TheGreenBow => (
            'T',
            19,
            &[
                (
                    7,
                    "a suspension is an order of its own, given when payment is late",
                ),
                (18, "the release register is the vendor's"),
                (19, "exports are marked for every licence"),
            ],
        ),
    }
}

/// Whether a comment of the template names the clause.
fn names(template: Template, clause: &str) -> bool {
    let comments = template.text().lines().filter(|line| line.starts_with('#'));
    let mut words = comments.flat_map(|line| line.split(|sign: char| !sign.is_alphanumeric()));
    words.any(|word| word == clause)
}

#[test]
fn every_clause_that_bears_on_the_licence_stands_in_its_template() {
    for template in Template::ALL {
        let (letter, count, elsewhere) = clauses(template);
        for number in 1..=count {
            let clause = format!("{letter}{number}");
            let excused = elsewhere.iter().any(|(excused, _)| *excused == number);
            assert_ne!(
                names(template, &clause),
                excused,
                "{clause} in {} is either named or excused",
                template.name()
            );
        }
    }
}
