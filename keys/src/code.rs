//! The activation code: what a client must have, beside the licence, to activate it. It stands in a
//! file of its own and in the vendor's register, never in a licence, which carries its digest only.

use std::{fmt, str::FromStr};

use octroi_licence::activation_code_digest;
use zeroize::Zeroizing;

/// Digits and letters without those that are taken for one another (0 O, 1 I).
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const SYMBOLS: usize = 26;
const GROUP: usize = 5;

/// Why a text is not an activation code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an activation code has {SYMBOLS} of the characters 2-9 and A-Z without I and O")]
pub struct CodeError;

/// A code of 128 random bits as 26 characters in groups, such as
/// `7K2MX-…`. Hyphens, blanks and case do not matter when it is read.
#[derive(Clone)]
pub struct ActivationCode(Zeroizing<String>);

impl ActivationCode {
    /// Writes 128 random bits as a code.
    pub fn from_entropy(entropy: &Zeroizing<[u8; 16]>) -> Self {
        let bits = Zeroizing::new(u128::from_be_bytes(**entropy));
        let mut text = Zeroizing::new(String::with_capacity(SYMBOLS + SYMBOLS / GROUP));
        for index in 0..SYMBOLS {
            if index > 0 && index % GROUP == 0 && index + 1 < SYMBOLS {
                text.push('-');
            }
            // 26 symbols of 5 bits hold 130: the first has only three bits to say.
            let shift = 5 * (SYMBOLS - 1 - index);
            let symbol = (*bits >> shift) & 31;
            let letter = usize::try_from(symbol)
                .ok()
                .and_then(|symbol| ALPHABET.get(symbol))
                .copied()
                .unwrap_or_else(|| unreachable!("five bits index 32 letters"));
            text.push(char::from(letter));
        }
        Self(text)
    }

    /// The code as it is written down.
    ///
    /// # Security
    /// Never log it and never put it into a document.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The digest that the licence carries.
    pub fn digest(&self) -> [u8; 32] {
        activation_code_digest(&self.0)
    }
}

impl FromStr for ActivationCode {
    type Err = CodeError;
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let symbols = text
            .bytes()
            .filter(|byte| *byte != b'-' && !byte.is_ascii_whitespace());
        let mut count = 0;
        for symbol in symbols {
            count += 1;
            if !ALPHABET.contains(&symbol.to_ascii_uppercase()) {
                return Err(CodeError);
            }
        }
        if count != SYMBOLS {
            return Err(CodeError);
        }
        Ok(Self(Zeroizing::new(text.trim().to_owned())))
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn code(entropy: [u8; 16]) -> ActivationCode {
        ActivationCode::from_entropy(&Zeroizing::new(entropy))
    }

    #[test]
    fn a_code_is_written_in_groups_that_can_be_read_aloud() {
        let text = code([0xa5; 16]).expose().to_owned();
        assert_eq!(text, "77NQL-UDBF7-NQLUD-BF7NQ-LUDBF7");
    }

    #[test]
    fn a_code_that_was_copied_carelessly_has_the_same_digest() {
        let code = code([9; 16]);
        let careless = format!(" {} \n", code.expose().to_lowercase().replace('-', " "));
        let read: ActivationCode = careless.parse().unwrap();
        assert_eq!(read.digest(), code.digest());
    }

    #[test]
    fn text_that_is_no_code_is_refused() {
        let whole = code([9; 16]).expose().to_owned();
        for text in [
            "",
            &whole[1..],
            &format!("{whole}2"),
            &whole.replacen('2', "0", 1),
        ] {
            assert!(text.parse::<ActivationCode>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn debug_output_does_not_show_it() {
        assert_eq!(format!("{:?}", code([1; 16])), "ActivationCode(..)");
    }

    proptest! {
        #[test]
        fn no_bit_of_the_entropy_is_lost(entropy: [u8; 16], bit in 0_usize..128) {
            let mut other = entropy;
            other[bit / 8] ^= 1 << (bit % 8);
            let codes: BTreeSet<String> =
                [code(entropy), code(other)].iter().map(|code| code.expose().to_owned()).collect();
            prop_assert_eq!(codes.len(), 2);
        }
    }
}
