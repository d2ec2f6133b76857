//! `octroi-vendor order`, and the command line itself.

use octroi_vendor::order::EXAMPLE;

use crate::support::Desk;

#[test]
fn a_new_order_is_the_commented_example_and_is_clean() {
    let desk = Desk::empty();
    let printed = desk.tool(&["order", "new"]).output().unwrap();
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), EXAMPLE);
    desk.tool(&["order", "new", "-o", "order.toml"])
        .assert()
        .success();
    assert_eq!(desk.read("order.toml"), EXAMPLE);
    let checked = desk
        .tool(&["order", "check", "order.toml"])
        .output()
        .unwrap();
    assert!(checked.status.success());
    let said = String::from_utf8(checked.stdout).unwrap();
    assert!(said.starts_with("no mistakes: licence example-solver-0001, serial 1\n"));
    insta::assert_snapshot!("order_check_example", said);
    insta::assert_snapshot!("order_new", EXAMPLE);
}

#[test]
fn an_order_that_is_there_is_not_overwritten() {
    let desk = Desk::empty();
    desk.write("order.toml", "mine");
    desk.tool(&["order", "new", "-o", "order.toml"])
        .assert()
        .code(1);
    assert_eq!(desk.read("order.toml"), "mine");
}

#[test]
fn mistakes_are_told_with_line_reason_and_advice() {
    let desk = Desk::empty();
    for name in [
        "unknown_keys",
        "missing",
        "counts",
        "wrong_types",
        "dates",
        "binding",
        "syntax",
    ] {
        let file = format!("{}/tests/orders/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(file, desk.path(&format!("{name}.toml"))).unwrap();
        let output = desk
            .tool(&["order", "check", &format!("{name}.toml")])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(4), "{name}");
        let said = String::from_utf8(output.stderr).unwrap();
        insta::assert_snapshot!(format!("order_check_{name}"), said);
    }
}

#[test]
fn mistakes_are_told_to_machines_too() {
    let desk = Desk::empty();
    desk.write("order.toml", &EXAMPLE.replace("count = 2", "count = -2"));
    let (exit, said) = desk.json(&["order", "check", "order.toml"]);
    assert_eq!(exit, 4);
    assert_eq!(said["code"], "ORDER_HAS_MISTAKES");
    assert_eq!(said["mistakes"][0]["kind"], "OUT_OF_RANGE");
    assert_eq!(said["mistakes"][0]["at"], "features[1].count");
    let line = 1 + EXAMPLE
        .lines()
        .position(|line| line == "count = 2")
        .unwrap();
    assert_eq!(said["mistakes"][0]["line"], line);
}

#[test]
fn dates_are_told_to_machines_too() {
    let desk = Desk::empty();
    let renewed = EXAMPLE.replace("#[renewal]", "[renewal]");
    let renewed = ["mode", "period", "notice_growth", "client", "vendor"]
        .into_iter()
        .fold(renewed, |order, key| {
            order.replace(&format!("#{key} "), &format!("{key} "))
        });
    desk.write("order.toml", &renewed);
    let printed = desk
        .tool(&["order", "check", "order.toml"])
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    insta::assert_snapshot!("order_check_renewed", printed);
    let (exit, said) = desk.json(&["order", "check", "order.toml", "--event-day", "2027-04-01"]);
    assert_eq!(exit, 0);
    let dates = &said["dates"];
    assert_eq!(dates["end"]["day"], "2029-01-31");
    assert_eq!(dates["end"]["at_s"], 1_864_594_800);
    assert_eq!(
        dates["periods"][1]["client_notice"]["last_day"],
        "2031-07-31"
    );
    assert_eq!(
        dates["periods"][1]["client_notice"]["other"]["last_day"],
        "2031-10-31"
    );
    let delays = dates["delays"].as_array().unwrap();
    let cure = delays
        .iter()
        .find(|delay| delay["delay"] == "cure")
        .unwrap();
    assert_eq!(cure["length"], "30 working days");
    assert_eq!(cure["last_day"], "2027-05-08");
}

#[test]
fn a_vendors_own_list_of_holidays_replaces_the_tools() {
    let desk = Desk::empty();
    desk.write("order.toml", EXAMPLE);
    std::fs::create_dir_all(desk.path("vendor-keys/calendars")).unwrap();
    let own = "name = \"own\"\n[[holidays]]\nname = \"closed\"\non = \"2027-04-02\"\n";
    desk.write("vendor-keys/calendars/lu.toml", own);
    let (_, said) = desk.json(&["order", "check", "order.toml", "--event-day", "2027-04-01"]);
    let delays = said["dates"]["delays"].as_array().unwrap();
    let cure = delays
        .iter()
        .find(|delay| delay["delay"] == "cure")
        .unwrap();
    // One day off, 2 April, instead of two, 1 and 6 May.
    assert_eq!(cure["last_day"], "2027-05-07");
    desk.write("vendor-keys/calendars/lu.toml", "name = 1");
    let (exit, said) = desk.json(&["order", "check", "order.toml"]);
    assert_eq!(exit, 1);
    assert!(
        said["error"].as_str().unwrap().contains("lu.toml"),
        "{said}"
    );
}

#[test]
fn the_help_tells_commands_options_and_exit_codes() {
    let desk = Desk::empty();
    for (name, arguments) in [
        ("help", vec!["--help"]),
        ("help_keys_init", vec!["keys", "init", "--help"]),
        ("help_issue", vec!["issue", "--help"]),
        ("help_activate", vec!["activate", "--help"]),
        ("help_suspend", vec!["suspend", "--help"]),
    ] {
        let output = desk.tool(&arguments).output().unwrap();
        assert!(output.status.success());
        insta::assert_snapshot!(name, String::from_utf8(output.stdout).unwrap());
    }
}

#[test]
fn wrong_usage_has_an_exit_code_of_its_own() {
    let desk = Desk::empty();
    desk.tool(&["issue"]).assert().code(2);
    desk.tool(&["suspend", "Not An Id", "-o", "x"])
        .assert()
        .code(2);
    desk.tool(&["activate"]).assert().code(2);
}
