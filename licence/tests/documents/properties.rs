//! Properties: damage never turns a document into another one, and nothing that is read panics.

use octroi_licence::{
    DocumentDigest, DocumentKind, Licence, Revocations, armour, decode_signed, encode_signed,
    merkle, message, read_armoured, verify,
};
use proptest::{collection::vec, prelude::*, sample::Index};
use prost::Message as _;

use crate::vendor::{
    self, issued, issued_payload, judged, licence, licence_digest, root, verified,
};

fn text() -> String {
    let summary = "Licence acme-2026-0042 for Atelier";
    armour(DocumentKind::Licence, &issued(&licence()), summary)
}

/// What the bytes say as armour and as a bare envelope: a digest, if they are honoured at all.
fn read(bytes: &[u8]) -> Vec<(DocumentKind, DocumentDigest)> {
    let armoured = read_armoured(bytes).ok();
    let bare = decode_signed(DocumentKind::Licence, bytes)
        .ok()
        .map(|signed| (DocumentKind::Licence, signed));
    armoured
        .into_iter()
        .chain(bare)
        .filter_map(|(kind, signed)| {
            let digest = judged(kind, &signed, &root("root"), &Revocations::default()).ok()?;
            Some((kind, digest))
        })
        .collect()
}

fn flip(bytes: &mut [u8], bit: Index) {
    let bit = bit.index(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn a_flipped_bit_of_the_text_never_gives_another_document(bit: Index) {
        let mut bytes = text().into_bytes();
        flip(&mut bytes, bit);
        for (kind, digest) in read(&bytes) {
            prop_assert_eq!(kind, DocumentKind::Licence);
            prop_assert_eq!(digest.as_bytes(), &licence_digest());
        }
    }

    #[test]
    fn a_flipped_bit_of_the_envelope_never_gives_another_document(bit: Index) {
        let mut bytes = encode_signed(&issued(&licence()));
        flip(&mut bytes, bit);
        for (_, digest) in read(&bytes) {
            prop_assert_eq!(digest.as_bytes(), &licence_digest());
        }
    }

    #[test]
    fn a_document_cut_anywhere_is_refused(cut: Index) {
        let bytes = encode_signed(&issued(&licence()));
        let part = &bytes[..cut.index(bytes.len())];
        // The chain comes last: cut before it, the signature stands but nobody vouches for its key.
        prop_assert_eq!(read(part), vec![]);
        let text = text();
        let end = text.trim_end().len();
        prop_assert_eq!(read(&text.as_bytes()[..cut.index(end)]), vec![]);
    }

    #[test]
    fn armour_survives_any_wrapping(
        breaks in vec((any::<Index>(), "[ \t]{0,3}(\r?\n[> \t]{0,4}){1,3}"), 0..60),
        crlf: bool,
    ) {
        let text = text();
        let start = text.find("-----\n").unwrap() + 6;
        let end = text.rfind("-----END").unwrap();
        let mut body: String = text[start..end].split_whitespace().collect();
        for (place, line_break) in breaks {
            body.insert_str(place.index(body.len() + 1), &line_break);
        }
        let mut wrapped = format!("{}{body}\n{}", &text[..start], &text[end..]);
        if crlf {
            wrapped = wrapped.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        prop_assert_eq!(
            read_armoured(wrapped.as_bytes()),
            Ok((DocumentKind::Licence, issued(&licence())))
        );
    }

    #[test]
    fn every_document_survives_its_own_armour(
        payload in vec(any::<u8>(), 0..300),
        key_id in vec(any::<u8>(), 0..40),
        summary in "\\PC{0,80}(\n\\PC{0,80}){0,4}",
    ) {
        let signature = message::DocumentSignature { key_id, signature: payload.clone() };
        let signed = message::SignedDocument {
            payload: [b"x".as_slice(), &payload].concat(),
            signatures: vec![signature],
            chain: vec![],
        };
        for kind in DocumentKind::ALL {
            let text = armour(kind, &signed, &summary);
            prop_assert_eq!(read_armoured(text.as_bytes()), Ok((kind, signed.clone())));
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in vec(any::<u8>(), 0..2_000)) {
        prop_assert_eq!(read(&bytes), vec![]);
    }

    #[test]
    fn any_text_between_the_boundaries_is_read_without_panic(
        body in "[A-Za-z0-9+/=\\- \n>]{0,400}",
        label in "(OCTROI )?[A-Z ]{0,20}",
    ) {
        let text = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
        prop_assert_eq!(read(text.as_bytes()), vec![]);
    }

    #[test]
    fn any_payload_by_the_right_key_is_read_without_panic(
        payload in vec(any::<u8>(), 0..300),
        damage in vec((any::<Index>(), any::<u8>()), 1..8),
    ) {
        prop_assert!(verified::<Licence>(&issued_payload(payload)).is_err());
        for (kind, mut payload, signer, chain) in vendor::one_of_each() {
            for (place, byte) in &damage {
                let place = place.index(payload.len());
                payload[place] = *byte;
            }
            let digest = octroi_licence::digest_of(kind, &payload);
            let signed = vendor::signed(kind, payload, signer, chain);
            if let Ok(read) = judged(kind, &signed, &root("root"), &Revocations::default()) {
                prop_assert_eq!(read, digest);
            }
        }
    }

    #[test]
    fn counts_within_bounds_read_as_stated_and_others_are_refused(count: u32, seats in 1u32..=octroi_licence::SEATS_MAX) {
        for count in [count, seats] {
            let mut wire = licence();
            wire.features[0].count = count;
            let signed = issued_payload(wire.encode_to_vec());
            let read = verify::<Licence>(&signed, &root("root"), &Revocations::default());
            let bounds = 1..=octroi_licence::SEATS_MAX;
            prop_assert_eq!(read.is_ok(), bounds.contains(&count));
            if let Ok(licence) = read {
                prop_assert_eq!(licence.features[0].count.0, count);
            }
        }
    }
}

#[test]
fn proofs_made_together_are_those_made_one_by_one_and_verify() {
    for size in [1_usize, 2, 3, 5, 8, 13, 64, 65, 100] {
        let leaves: Vec<[u8; 32]> = (0..size)
            .map(|leaf| merkle::leaf_hash(&leaf.to_be_bytes()))
            .collect();
        let root = leaves.iter().copied().collect::<merkle::Frontier>().root();
        let indices: Vec<usize> = (0..size).rev().collect();
        let proofs = merkle::inclusion_proofs(&leaves, &indices).unwrap();
        for (index, proof) in indices.iter().zip(&proofs) {
            let alone = merkle::inclusion_proof(&leaves, *index).unwrap();
            assert_eq!(*proof, alone, "{index} of {size}");
            let (place, all) = (u64::try_from(*index).unwrap(), u64::try_from(size).unwrap());
            let leaf = &leaves[*index];
            assert!(merkle::verify_inclusion(leaf, place, all, proof, &root));
        }
        assert!(merkle::inclusion_proofs(&leaves, &[size]).is_none());
    }
}
