//! Languages: every refusal has its words in both, and the reader's locale chooses.

use octroi_proto::licensing::v1::RefusalCode;

use super::{super::text::Language, daemon::Daemon, octroi};

fn codes() -> Vec<RefusalCode> {
    (0..1000)
        .filter_map(|number| RefusalCode::try_from(number).ok())
        .collect()
}

#[test]
fn every_refusal_has_a_reason_and_a_next_step_in_both_languages() {
    let (english, french) = (Language::English.messages(), Language::French.messages());
    for code in codes() {
        let (english, french) = ((english.refusal)(code), (french.refusal)(code));
        for text in [english.what, english.next, french.what, french.next] {
            assert!(text.len() > 10 && !text.ends_with('.'), "{code:?}: {text}");
        }
        assert_ne!(english.what, french.what, "{code:?}");
        assert_ne!(english.next, french.next, "{code:?}");
    }
}

#[test]
fn no_two_refusals_read_alike() {
    for language in [Language::English, Language::French] {
        let mut seen: Vec<&str> = codes()
            .into_iter()
            .map(|code| (language.messages().refusal)(code).what)
            .collect();
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}

#[test]
fn locales_name_their_language() {
    for (locale, language) in [
        ("fr_FR.UTF-8", Language::French),
        ("fr", Language::French),
        ("fr-CA", Language::French),
        ("FR_be@euro", Language::French),
        ("frr_DE", Language::English),
        ("de_DE.UTF-8", Language::English),
        ("C", Language::English),
        ("", Language::English),
    ] {
        assert_eq!(Language::of_locale(locale), language, "{locale}");
    }
}

#[test]
fn the_locale_chooses_and_the_option_overrules_it() {
    let daemon = Daemon::start();
    let install = ["install", "/nonexistent"];
    let ran = octroi(daemon.root(), &install).locale("fr_FR.UTF-8").run();
    assert!(
        ran.error
            .starts_with("erreur : /nonexistent ne peut pas être lu"),
        "{ran:?}"
    );
    let ran = octroi(daemon.root(), &["--lang", "en", "install", "/nonexistent"])
        .locale("fr_FR.UTF-8")
        .run();
    assert!(
        ran.error.starts_with("error: /nonexistent cannot be read"),
        "{ran:?}"
    );
    let ran = octroi(daemon.root(), &["install", "/nonexistent", "--lang", "fr"]).run();
    assert!(ran.error.starts_with("erreur : "), "{ran:?}");
}

#[test]
fn damage_is_named_in_french() {
    let daemon = Daemon::start();
    let file = daemon
        .file("empty.lic", "nothing here")
        .display()
        .to_string();
    let ran = octroi(daemon.root(), &["install", &file, "--lang", "fr"]).run();
    assert_eq!(ran.status, 5);
    assert!(
        ran.error.contains("ne contient aucun document lisible"),
        "{ran:?}"
    );
    assert!(ran.error.contains("\naide : "), "{ran:?}");
}
