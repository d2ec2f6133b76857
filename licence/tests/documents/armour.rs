//! Armour: what it survives and how it names damage.

use octroi_licence::{
    ARMOURED_BYTES_MAX, ArmourError, DOCUMENT_BYTES_MAX, DocumentKind, armour, message,
    read_armoured,
};

use crate::vendor::{issued, licence};

const BEGIN: &str = "-----BEGIN OCTROI LICENCE-----";
const END: &str = "-----END OCTROI LICENCE-----";

fn document() -> message::SignedDocument {
    issued(&licence())
}

fn text() -> String {
    armour(
        DocumentKind::Licence,
        &document(),
        "Licence acme-2026-0042\nfor: Atelier",
    )
}

/// The text with its body replaced.
fn with_body(body: &str) -> String {
    format!("{BEGIN}\n{body}\n{END}\n")
}

fn body() -> String {
    let text = text();
    let start = text.find(BEGIN).unwrap() + BEGIN.len();
    text[start..text.find(END).unwrap()].to_owned()
}

fn survives(text: impl AsRef<[u8]>) {
    let (kind, signed) = read_armoured(text.as_ref()).expect("the document survives");
    assert_eq!(kind, DocumentKind::Licence);
    assert_eq!(signed, document());
}

fn refused(text: impl AsRef<[u8]>) -> ArmourError {
    read_armoured(text.as_ref()).expect_err("the damage is noticed")
}

#[test]
fn a_document_reads_back_as_it_was_written() {
    survives(text());
}

#[test]
fn every_kind_has_its_own_label() {
    for kind in DocumentKind::ALL {
        let text = armour(kind, &document(), "");
        assert_eq!(read_armoured(text.as_bytes()).unwrap(), (kind, document()));
    }
}

#[test]
fn the_summary_stands_above_in_plain_lines_and_the_body_is_64_columns_wide() {
    let text = text();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("Licence acme-2026-0042"));
    assert_eq!(lines.next(), Some("for: Atelier"));
    assert_eq!(lines.next(), Some(""));
    assert_eq!(lines.next(), Some(BEGIN));
    assert!(lines.next().unwrap().len() == 64);
    let last: Vec<&str> = text.lines().rev().take(2).collect();
    assert_eq!(last[0], END);
    assert!(last[1].starts_with('=') && last[1].len() == 5);
}

#[test]
fn a_summary_cannot_open_a_document_or_move_the_cursor() {
    let summary = format!("{BEGIN}\n\u{1b}[2Jclient: -----END OCTROI ORDER-----\u{7}");
    let text = armour(DocumentKind::Licence, &document(), &summary);
    assert_eq!(text.matches("-----").count(), 4);
    assert!(!text.contains(['\u{1b}', '\u{7}']));
    survives(text);
}

#[test]
fn line_ends_of_other_systems_do_no_harm() {
    survives(text().replace('\n', "\r\n"));
    survives(text().replace('\n', "\r"));
}

#[test]
fn mail_quoting_does_no_harm() {
    survives(text().replace('\n', "\n> "));
    survives(text().replace('\n', "\n>>  > "));
}

#[test]
fn blanks_around_lines_do_no_harm() {
    survives(text().replace('\n', "  \t\n   "));
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    survives(format!("\u{feff}{}", text()));
}

#[test]
fn a_paragraph_filled_into_one_line_reads_back() {
    let text = text();
    let start = text.find(BEGIN).unwrap();
    survives(text[start..].replace('\n', " "));
}

#[test]
fn a_boundary_line_that_was_wrapped_reads_back() {
    survives(text().replace(END, "-----END OCTROI\n> LICENCE-----"));
}

#[test]
fn other_armour_and_bytes_of_any_encoding_may_stand_around() {
    let mut mail =
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nB\xe2t d'Argent\n".to_vec();
    mail.extend(text().bytes());
    mail.extend(b"-----BEGIN PGP SIGNATURE-----\niQ\n-----END PGP SIGNATURE-----\n");
    survives(mail);
}

#[test]
fn a_missing_checksum_is_accepted() {
    let without: String = text()
        .lines()
        .filter(|line| !line.starts_with('='))
        .map(|line| format!("{line}\n"))
        .collect();
    survives(without);
}

#[test]
fn text_without_armour_is_named() {
    assert_eq!(refused(""), ArmourError::NoArmour);
    assert_eq!(
        refused("Dear client,\nsee attachment"),
        ArmourError::NoArmour
    );
}

#[test]
fn armour_of_something_else_is_named() {
    let error = refused("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    let label = "CERTIFICATE".to_owned();
    assert_eq!(error, ArmourError::UnknownLabel { label });
}

#[test]
fn a_document_of_a_later_version_is_named() {
    let error =
        refused("-----BEGIN OCTROI POOL GRANT-----\nAA==\n-----END OCTROI POOL GRANT-----\n");
    let label = "OCTROI POOL GRANT".to_owned();
    assert_eq!(error, ArmourError::UnknownLabel { label });
}

#[test]
fn a_label_reaches_no_terminal_unescaped_and_is_bounded() {
    let ArmourError::UnknownLabel { label } =
        refused(format!("-----BEGIN \u{1b}[31m {}-----\n", "A ".repeat(400)))
    else {
        panic!("the label is unknown");
    };
    assert!(!label.contains('\u{1b}') && label.len() <= 100, "{label:?}");
}

#[test]
fn boundary_lines_that_differ_are_named() {
    let error = refused(text().replace(END, "-----END OCTROI ORDER-----"));
    let (begin, end) = ("OCTROI LICENCE".to_owned(), "OCTROI ORDER".to_owned());
    assert_eq!(error, ArmourError::LabelMismatch { begin, end });
}

#[test]
fn a_missing_end_is_named() {
    let text = text();
    let cut = &text[..text.len() - 40];
    let missing = END.to_owned();
    assert_eq!(refused(cut), ArmourError::CutShort { missing });
}

#[test]
fn an_end_that_lost_its_last_characters_is_named() {
    let text = text();
    let end = text.trim_end().len();
    for lost in 1..=5 {
        let missing = END.to_owned();
        let error = refused(&text[..end - lost]);
        assert_eq!(error, ArmourError::CutShort { missing }, "{lost} lost");
    }
}

#[test]
fn a_missing_beginning_is_named() {
    let text = text();
    let cut = &text[text.find(BEGIN).unwrap() + 200..];
    let missing = BEGIN.to_owned();
    assert_eq!(refused(cut), ArmourError::CutShort { missing });
}

#[test]
fn a_lost_line_is_named_as_damage() {
    let text = text();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.remove(5);
    assert_eq!(refused(lines.join("\n")), ArmourError::Checksum);
}

#[test]
fn lost_characters_are_named_as_damage() {
    let body = body();
    let without_first = with_body(body.trim_start().get(1..).unwrap());
    assert!(matches!(
        refused(without_first),
        ArmourError::WrongLength | ArmourError::Checksum
    ));
}

#[test]
fn a_changed_character_is_named_as_damage_and_not_as_forgery() {
    let body = body();
    let changed = if body.contains("CgQ") {
        body.replacen("CgQ", "CgR", 1)
    } else {
        body.replacen('a', "b", 1)
    };
    assert_eq!(refused(with_body(&changed)), ArmourError::Checksum);
}

#[test]
fn a_second_document_is_named_with_its_line() {
    let two = format!("{0}{0}", text());
    let line = 1 + text().lines().count() + 3;
    assert_eq!(refused(two), ArmourError::TwoDocuments { line });
}

#[test]
fn a_second_document_inside_the_first_is_named() {
    let nested = with_body(&format!("{}\n{BEGIN}\n{}", body(), body()));
    assert!(matches!(refused(nested), ArmourError::TwoDocuments { .. }));
}

#[test]
fn an_illegal_character_is_named_with_its_line() {
    let text = text();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[6].replace_range(10..11, "!");
    let text = lines.join("\r\n");
    let error = refused(text);
    assert_eq!(
        error,
        ArmourError::IllegalCharacter {
            line: 7,
            found: '!'
        }
    );
}

#[test]
fn an_empty_body_is_refused() {
    assert_eq!(refused(with_body("")), ArmourError::WrongLength);
}

#[test]
fn utf_16_is_named() {
    let mut wide = vec![0xff, 0xfe];
    wide.extend(text().encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(refused(wide), ArmourError::Utf16);
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused_unread() {
    let bytes = 100 << 20;
    let max = ARMOURED_BYTES_MAX;
    let error = refused(vec![b'A'; bytes]);
    assert_eq!(error, ArmourError::TooLarge { bytes, max });
}

#[test]
fn a_document_beyond_the_limit_is_refused_though_its_text_is_within() {
    let mut large = document();
    large.payload = vec![0; DOCUMENT_BYTES_MAX];
    let text = armour(DocumentKind::Licence, &large, "");
    assert!(text.len() < ARMOURED_BYTES_MAX);
    assert_eq!(refused(text).code(), "DOCUMENT_TOO_LARGE");
}

#[test]
fn whole_armour_around_something_that_is_no_document_is_named() {
    assert_eq!(refused(with_body("////")).code(), "DOCUMENT_MALFORMED");
}
