//! Signed documents: armour and envelope. What is read is written again and read in the same way.

use octroi_licence::{DocumentKind, armour, decode_signed, encode_signed, read_armoured};

/// The whole input as a text with a document in it, and as an envelope's bytes.
pub fn check(input: &[u8]) -> bool {
    let mut accepted = false;
    match read_armoured(input) {
        // All of whose members are unknown; nothing is left of it to write.
        Ok((_, signed)) if encode_signed(&signed).is_empty() => {}
        Ok((kind, signed)) => {
            let again = armour(kind, &signed, "a summary\n-----BEGIN nothing-----\n");
            assert_eq!(read_armoured(again.as_bytes()), Ok((kind, signed)));
            accepted = true;
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
    }
    if let Ok(signed) = decode_signed(DocumentKind::Licence, input) {
        let bytes = encode_signed(&signed);
        assert!(bytes.len() <= input.len(), "it grew");
        assert_eq!(decode_signed(DocumentKind::Licence, &bytes), Ok(signed));
    }
    accepted
}
