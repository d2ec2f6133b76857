//! Damage in transit, and files that hold no document or more than one.

use octroi_licence::DocumentKind;
use prost::Message as _;

use super::{Vector, armoured, envelope_with, licence_with, written};
use crate::vendor::{issued, licence};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = texts();
    all.extend(envelopes());
    all
}

/// The licence's text after a change of its lines.
fn lines_with(change: impl FnOnce(&mut Vec<String>)) -> String {
    let text = licence_with(|_| {});
    let mut lines = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    lines.join("\n") + "\n"
}

fn texts() -> Vec<Vector> {
    let text = licence_with(|_| {});
    let begin = text.find("-----BEGIN").unwrap();
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    vec![
        Vector::refused("empty.lic", "ARMOUR_MISSING", "nothing in the file", ""),
        Vector::refused(
            "summary-only.lic",
            "ARMOUR_MISSING",
            "only the text above the armour was copied",
            &text[..begin],
        ),
        Vector::refused(
            "licence-cut-short.lic",
            "ARMOUR_CUT_SHORT",
            "the file ends in the middle of the armour",
            &text[..begin + (text.len() - begin) / 2],
        ),
        Vector::refused(
            "licence-beginning-missing.lic",
            "ARMOUR_CUT_SHORT",
            "the first lines were not copied",
            &text[begin + 200..],
        ),
        Vector::refused(
            "licence-line-lost.lic",
            "ARMOUR_CHECKSUM",
            "one whole line of the armour is missing",
            lines_with(|lines| {
                lines.remove(5);
            }),
        ),
        Vector::refused(
            "licence-character-lost.lic",
            "ARMOUR_WRONG_LENGTH",
            "one character of the armour is missing",
            lines_with(|lines| {
                lines[5].pop();
            }),
        ),
        Vector::refused(
            "licence-armour-bit-flipped.lic",
            "ARMOUR_CHECKSUM",
            "one character of the armour became another one of its alphabet",
            lines_with(|lines| {
                let other = if lines[5].starts_with('A') { "B" } else { "A" };
                lines[5].replace_range(..1, other);
            }),
        ),
        Vector::refused(
            "licence-illegal-character.lic",
            "ARMOUR_ILLEGAL_CHARACTER",
            "a character that armour cannot hold",
            lines_with(|lines| lines[5].replace_range(..1, "!")),
        ),
        Vector::refused(
            "two-licences.lic",
            "ARMOUR_TWO_DOCUMENTS",
            "two documents in one file",
            format!("{text}{text}"),
        ),
        Vector::refused(
            "licence-boundaries-differ.lic",
            "ARMOUR_LABEL_MISMATCH",
            "the last line belongs to another document",
            text.replace("END OCTROI LICENCE", "END OCTROI ORDER"),
        ),
        Vector::refused(
            "licence-label-unknown.lic",
            "ARMOUR_LABEL_UNKNOWN",
            "a document that only a later version knows",
            text.replace("OCTROI LICENCE", "OCTROI POOL GRANT"),
        ),
        Vector::refused(
            "certificate-of-another-system.lic",
            "ARMOUR_LABEL_UNKNOWN",
            "armour, but of something else",
            text.replace("OCTROI LICENCE", "CERTIFICATE"),
        ),
        Vector::refused(
            "licence-utf-16.lic",
            "ARMOUR_UTF16",
            "an editor saved the text as UTF-16",
            wide,
        ),
    ]
}

fn envelopes() -> Vec<Vector> {
    let bytes = issued(&licence()).encode_to_vec();
    vec![
        Vector::refused(
            "licence-envelope-truncated.lic",
            "DOCUMENT_MALFORMED",
            "the armour is whole, the envelope inside is not",
            armoured(DocumentKind::Licence, &bytes[..bytes.len() - 7]),
        ),
        Vector::refused(
            "licence-empty-envelope.lic",
            "ARMOUR_WRONG_LENGTH",
            "armour around nothing",
            armoured(DocumentKind::Licence, &[]),
        ),
        Vector::refused(
            "licence-payload-bit-flipped.lic",
            "DOCUMENT_ALTERED",
            "one bit of what was signed, with a fresh checksum",
            envelope_with(|signed| signed.payload[90] ^= 1),
        ),
        Vector::refused(
            "licence-signature-bit-flipped.lic",
            "DOCUMENT_ALTERED",
            "one bit of the signature, with a fresh checksum",
            envelope_with(|signed| signed.signatures[0].signature[10] ^= 1),
        ),
        Vector::refused(
            "licence-key-id-bit-flipped.lic",
            "DOCUMENT_UNTRUSTED",
            "the signature names a key that nobody knows",
            envelope_with(|signed| signed.signatures[0].key_id[0] ^= 1),
        ),
        Vector::refused(
            "licence-chain-bit-flipped.lic",
            "DOCUMENT_ALTERED",
            "one bit of the issuing key's certificate",
            envelope_with(|signed| signed.chain[0].payload[20] ^= 1),
        ),
        Vector::refused(
            "licence-labelled-as-order.octroi",
            "DOCUMENT_OF_ANOTHER_KIND",
            "a licence in the armour of an order",
            written(DocumentKind::Order, &issued(&licence())),
        )
        .of(DocumentKind::Order),
    ]
}
