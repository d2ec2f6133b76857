//! Terms as sentences: every term has one, in every language.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use octroi_licence::{
    Licence, Revocations, TermSet, Verified,
    explain::{Explained, Language, Subject, Texts, explain},
    message, verify_with,
};
use octroi_proto::licensing::v1::{Refusal, RefusalCode};
use prost::Message as _;

use crate::vendor::{self, full, root};

fn full_licence() -> Verified<Licence> {
    verified(&full::full_licence())
}

fn verified(licence: &message::Licence) -> Verified<Licence> {
    let payload = licence.encode_to_vec();
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
    let [terms, refusals] = language.sources();
    let lines = terms.lines().chain(refusals.lines());
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
fn a_lost_key_is_told_apart_from_those_that_must_be_there() {
    let mut wire = full::full_licence();
    let key = |byte, revoked| message::HardwareKey {
        serial: vec![byte; 16],
        revoked,
        ..vendor::hardware_key()
    };
    let binding = wire.binding.get_or_insert_default();
    binding.hardware_keys = vec![key(1, true), key(2, false)];
    let requires = &mut wire.frame.as_mut().unwrap().requires;
    requires.extend([102, 121, 131, 132, 133, 136]);
    requires.sort_unstable();
    requires.dedup();
    let sentences = explain(&verified(&wire));
    for language in Language::ALL {
        let texts = Texts::new(language);
        let said: Vec<String> = sentences
            .iter()
            .filter(|one| one.subject == Subject::Binding)
            .map(|one| texts.try_sentence(one).unwrap())
            .collect();
        let of = |byte: &str| -> Vec<&String> {
            let serial = byte.repeat(16);
            said.iter().filter(|text| text.contains(&serial)).collect()
        };
        let (lost, named) = (of("01"), of("02"));
        assert_eq!((lost.len(), named.len()), (1, 1), "{said:?}");
        assert_ne!(lost, named);
    }
}

#[test]
fn a_name_is_the_name_of_one_term() {
    for subject in Subject::ALL {
        assert_eq!(subject.name().parse(), Ok(*subject));
    }
    assert!("feature".parse::<Subject>().is_err());
}

fn codes() -> Vec<RefusalCode> {
    (0..1000)
        .filter_map(|number| RefusalCode::try_from(number).ok())
        .collect()
}

#[test]
fn every_refusal_has_a_reason_and_a_next_step_in_every_language() {
    for code in codes() {
        let said = Language::ALL.map(|language| Texts::of(language).refusal_code(code));
        for Explained { what, next, .. } in &said {
            for text in [what, next] {
                assert!(text.len() > 10 && !text.ends_with('.'), "{code:?}: {text}");
            }
        }
        assert_ne!(said[0].what, said[1].what, "{code:?}");
        assert_ne!(said[0].next, said[1].next, "{code:?}");
    }
}

#[test]
fn every_refusal_is_told_with_the_rule_and_the_clause_that_it_carries_out() {
    for (language, rule, clause) in [
        (Language::English, "rule count", "clause art. 2.1"),
        (Language::French, "règle count", "clause art. 2.1"),
    ] {
        for code in codes() {
            let refusal = Refusal {
                code: code.into(),
                rule: "count".into(),
                clause: "art. 2.1".into(),
                ..Refusal::default()
            };
            let said = Texts::of(language).refusal(&refusal, &TimeZone::UTC);
            assert_eq!(said.facts, [rule, clause], "{code:?}");
            let line = Texts::of(language).refusal_line(&refusal, &TimeZone::UTC);
            for part in [rule, clause, &said.what, &said.next] {
                assert!(line.contains(part), "{line}");
            }
        }
    }
}

#[test]
fn no_two_refusals_read_alike() {
    for language in Language::ALL {
        let whats = codes().into_iter();
        let whats = whats.map(|code| Texts::of(language).refusal_code(code).what);
        let different: BTreeSet<String> = whats.collect();
        assert_eq!(different.len(), codes().len());
    }
}

#[test]
fn a_full_window_is_told_with_what_it_holds_and_when_it_opens_again() {
    let refusal = Refusal {
        code: RefusalCode::AmountExhausted.into(),
        feature: "messages".into(),
        limit: 25_000,
        in_use: 24_800,
        requested: 300,
        expected: "month 25000".into(),
        found: "24800".into(),
        may_change_at_ms: 1_769_900_400_000,
        ..Refusal::default()
    };
    let said = |language| Texts::of(language).refusal_line(&refusal, &TimeZone::UTC);
    assert_eq!(
        said(Language::English),
        "this hour, day or month has not so much left (feature messages, 24,800 of 25,000 used in \
         this month, 300 asked for, may change at 2026-01-31 23:00 UTC): wait until the window opens \
         again, consume less at a time, or order more"
    );
    assert!(said(Language::French).contains("24\u{202f}800 sur 25\u{202f}000 consommés ce mois"));
}

#[test]
fn dates_are_shown_as_dates_and_the_vendors_words_as_the_vendors() {
    let refusal = Refusal {
        code: RefusalCode::LicenceExpired.into(),
        expected: "1767225600".into(),
        found: "licence".into(),
        reason: "invoice 2026-17 is unpaid".into(),
        ..Refusal::default()
    };
    let said = Texts::of(Language::English).refusal(&refusal, &TimeZone::UTC);
    let facts = [
        "wanted 2026-01-01 00:00 UTC",
        "found licence",
        "the vendor says: invoice 2026-17 is unpaid",
    ];
    assert_eq!(said.facts, facts);
}

#[test]
fn a_code_of_a_later_daemon_is_told_by_its_number() {
    let refusal = Refusal {
        code: 4711,
        ..Refusal::default()
    };
    let said = Texts::of(Language::English).refusal(&refusal, &TimeZone::UTC);
    assert_eq!(said.facts, ["REFUSED, code 4711"]);
}
