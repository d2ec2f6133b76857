//! Terms as sentences: every term has one, in every language.

use std::collections::BTreeSet;

use octroi_licence::{
    Licence, Revocations, TermSet, Verified,
    explain::{Language, Subject, Texts, explain},
    verify_with,
};
use prost::Message as _;

use crate::vendor::{self, full, root};

fn full_licence() -> Verified<Licence> {
    let payload = full::full_licence().encode_to_vec();
    let signed = vendor::signed(
        octroi_licence::DocumentKind::Licence,
        payload,
        "issuing",
        vendor::issuing_chain(),
    );
    verify_with(
        &signed,
        &root("root"),
        &Revocations::default(),
        TermSet::KNOWN,
    )
    .unwrap()
}

/// The ids of the messages of a language.
fn ids(language: Language) -> Vec<&'static str> {
    let lines = language.source().lines();
    let messages = lines.filter(|line| line.starts_with(|sign: char| sign.is_ascii_lowercase()));
    messages
        .filter_map(|line| line.split(" =").next())
        .collect()
}

#[test]
fn no_term_is_without_a_sentence_and_every_sentence_can_be_said() {
    let licence = full_licence();
    let sentences = explain(&licence);
    for language in Language::ALL {
        let texts = Texts::new(language);
        for sentence in &sentences {
            let text = texts.try_sentence(sentence).unwrap();
            assert!(text.ends_with('.'), "{text}");
        }
    }
    let said: BTreeSet<Subject> = sentences.iter().map(|one| one.subject).collect();
    let silent: Vec<&Subject> = Subject::ALL
        .iter()
        .filter(|one| !said.contains(one))
        .collect();
    assert_eq!(silent, Vec::<&Subject>::new());
}

#[test]
fn every_message_stands_in_every_language_once() {
    let english = ids(Language::English);
    assert_eq!(english, ids(Language::French));
    let different: BTreeSet<_> = english.iter().collect();
    assert_eq!(different.len(), english.len());
}

#[test]
fn a_sentence_quotes_the_clause_of_its_feature() {
    let licence = full_licence();
    let sentences = explain(&licence);
    let count = sentences.iter().find(|one| {
        one.subject == Subject::Count
            && one
                .feature
                .as_ref()
                .is_some_and(|one| one.as_str() == "mail")
    });
    assert_eq!(count.unwrap().clause.as_deref(), Some("art. 2"));
}

#[test]
fn a_name_is_the_name_of_one_term() {
    for subject in Subject::ALL {
        assert_eq!(subject.name().parse(), Ok(*subject));
    }
    assert!("feature".parse::<Subject>().is_err());
}
