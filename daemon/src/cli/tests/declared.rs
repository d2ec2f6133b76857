//! `licence accept`, `reserve` and `end --evaluation`: what is sent and what is said.

use octroi_proto::{
    admin::v1::{DeclareResponse, RemoveResponse},
    licensing::v1::RefusalCode,
};

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

#[test]
fn a_licence_is_removed_with_its_certificate_in_a_file_of_its_own() {
    let daemon = Daemon::start();
    let file = daemon.root().join("end.cert");
    let path = file.to_string_lossy().into_owned();
    let line = |language| {
        let line = [
            "--lang", language, "remove", "acme-42", "--choice", "destroy", "-o",
        ];
        let mut line: Vec<String> = line.map(str::to_owned).to_vec();
        line.extend([path.clone(), "--vendor".to_owned(), "acme".to_owned()]);
        line
    };
    let run = |line: &[String]| {
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        octroi(daemon.root(), &line).run()
    };
    let unasked = run(&line("en"));
    assert_eq!(unasked.status, 2, "nobody can be asked");
    for language in ["en", "fr"] {
        let removed = RemoveResponse {
            vendor: "acme".to_owned(),
            licence_id: "acme-42".to_owned(),
            certificate: "-----BEGIN".to_owned(),
            unchanged: false,
            names_forgotten: 3,
        };
        answer(&daemon.script.remove, Ok(removed));
        let mut line = line(language);
        line.push("--yes".to_owned());
        let ran = run(&line);
        assert_eq!(ran.status, 0, "{}", ran.error);
        insta::assert_snapshot!(
            format!("removed-{language}"),
            ran.output.replace(path.as_str(), "FILE")
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "-----BEGIN");
        let again = run(&line);
        assert_eq!(again.status, 1, "a file that exists stays as it is");
        std::fs::remove_file(&file).unwrap();
    }
    assert_eq!(daemon.asked().len(), 2);
}

#[test]
fn a_copy_needs_a_file_to_go_to() {
    let daemon = Daemon::start();
    let line = ["remove", "acme-42", "--choice", "copy", "-o", "x", "--yes"];
    assert_eq!(octroi(daemon.root(), &line).run().status, 2);
    assert!(daemon.asked().is_empty());
}
