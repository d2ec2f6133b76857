//! Languages: the reader's locale chooses.

use super::{super::text::Language, daemon::Daemon, octroi};

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
