//! `octroi-vendor explain`: what a licence states, in sentences that quote the contract's clauses.

use octroi_licence::explain::{Language, Subject};
use octroi_vendor::order::Template;

use crate::{
    support::Desk,
    templates::{filled, of_template},
};

#[test]
fn the_five_contracts_read_as_sentences_in_english_and_french() {
    for template in Template::ALL {
        let desk = of_template(template);
        for language in Language::ALL {
            let said = ["explain", "client.lic", "--lang", language.tag()];
            let output = desk.tool(&said).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            let name = format!("explain_{}_{}", template.name(), language.tag());
            insta::assert_snapshot!(name, String::from_utf8(output.stdout).unwrap());
        }
    }
}

#[test]
fn every_clause_that_a_template_quotes_stands_behind_a_sentence() {
    for template in Template::ALL {
        let desk = of_template(template);
        let (exit, said) = desk.json(&["explain", "client.lic"]);
        assert_eq!(exit, 0, "{said}");
        let stated: Vec<(&str, &str)> = said["sentences"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| Some((one["term"].as_str()?, one["clause"].as_str()?)))
            .collect();
        let text = filled(template);
        for line in text.lines().filter(|line| line.contains("{ term = ")) {
            let quoted: Vec<&str> = line.split('"').collect();
            let (term, clause) = (quoted[1], quoted[quoted.len() - 2]);
            // Regions are stated once the server's country is.
            if term != "server-regions" {
                assert!(stated.contains(&(term, clause)), "{line}: {stated:?}");
            }
        }
    }
}

#[test]
fn a_clause_about_a_term_that_there_is_not_is_a_mistake() {
    let order = filled(Template::Kimple).replace("term = \"identity\"", "term = \"identiti\"");
    let desk = Desk::empty();
    desk.write("order.toml", &order);
    let (exit, said) = desk.json(&["order", "check", "order.toml"]);
    assert_eq!(exit, 4);
    assert_eq!(said["mistakes"][0]["help"], "did you mean `identity`?");
}

#[test]
fn a_licence_of_another_vendor_is_not_explained() {
    let (one, other) = (
        of_template(Template::Kimple),
        of_template(Template::TheGreenBow),
    );
    one.write("foreign.lic", &other.read("client.lic"));
    let (exit, said) = one.json(&["explain", "foreign.lic"]);
    assert_eq!((exit, &said["code"]), (3, &"DOCUMENT_UNTRUSTED".into()));
}

#[test]
fn the_language_is_that_of_the_locale() {
    let desk = of_template(Template::BoostMyMail);
    let said = |locale: &str| {
        let mut tool = desk.tool(&["explain", "client.lic", "--json"]);
        let output = tool.env("LC_ALL", locale).output().unwrap();
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        said["language"].as_str().unwrap().to_owned()
    };
    assert_eq!([said("fr_FR.UTF-8"), said("de_DE.UTF-8")], ["fr", "en"]);
}

#[test]
fn every_sentence_says_which_term_it_is_about() {
    let desk = Desk::with_licence();
    let (_, said) = desk.json(&["explain", "client.lic"]);
    let known = |name: &str| name.parse::<Subject>().is_ok();
    let sentences = said["sentences"].as_array().unwrap();
    assert!(
        sentences
            .iter()
            .all(|one| known(one["term"].as_str().unwrap()))
    );
}
