//! `licence accept`, `reserve` and `end --evaluation`: what is sent and what is said.

use octroi_proto::{admin::v1::DeclareResponse, licensing::v1::RefusalCode};

use super::{
    daemon::{Daemon, answer, refused},
    octroi,
};

fn declared(unchanged: bool) -> DeclareResponse {
    DeclareResponse {
        vendor: "acme".to_owned(),
        licence_id: "acme-42".to_owned(),
        unchanged,
    }
}

#[test]
fn each_declaration_is_sent_as_it_was_given_and_told_in_both_languages() {
    let accept: &[&str] = &["accept", "acme-42"];
    let reserve: &[&str] = &["reserve", "acme-42", "--reason", "the solver stops"];
    let end: &[&str] = &["end", "acme-42", "--evaluation"];
    let mut said = String::new();
    for (declaration, sent) in [(accept, "Accepted"), (reserve, "Reserves"), (end, "Ended")] {
        for language in ["en", "fr"] {
            let daemon = Daemon::start();
            answer(&daemon.script.declare, Ok(declared(false)));
            let mut line = vec!["--lang", language, "licence"];
            line.extend(declaration);
            line.extend(["--vendor", "acme"]);
            let ran = octroi(daemon.root(), &line).run();
            assert_eq!(ran.status, 0, "{}", ran.error);
            let asked = daemon.asked().concat();
            assert!(asked.contains(sent), "{asked}");
            assert_eq!(asked.contains("the solver stops"), sent == "Reserves");
            said.push_str(&ran.output);
        }
    }
    insta::assert_snapshot!(said);
}

#[test]
fn what_was_declared_before_is_told_so() {
    let daemon = Daemon::start();
    answer(&daemon.script.declare, Ok(declared(true)));
    let line = ["--json", "licence", "accept", "acme-42", "--vendor", "acme"];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 0, "{}", ran.error);
    assert_eq!(ran.json()["unchanged"], true);
    assert_eq!(ran.json()["declared"], "accepted");
}

#[test]
fn an_ending_that_comes_too_late_is_refused_with_its_code() {
    let daemon = Daemon::start();
    let late = refused(RefusalCode::EvaluationOver);
    answer(&daemon.script.declare, Err(late));
    let line = [
        "--json",
        "licence",
        "end",
        "acme-42",
        "--evaluation",
        "--vendor",
        "acme",
    ];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 3);
    assert_eq!(ran.json()["error"]["code"], "EVALUATION_OVER");
}

#[test]
fn reserves_without_a_word_are_a_mistake_on_the_command_line() {
    let daemon = Daemon::start();
    let line = [
        "licence", "reserve", "acme-42", "--reason", " ", "--vendor", "acme",
    ];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 2);
    assert!(daemon.asked().is_empty());
}
