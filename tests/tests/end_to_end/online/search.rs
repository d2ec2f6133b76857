//! Looking for what must not stand anywhere: a text, in either case, in files and in what was sent;
//! plainly, or as a hash of it that anybody could make. That the search finds is tested beside it.

use std::{fs, path::Path, process::Command};

use octroi_tests::process::succeed;
use sha2::{Digest as _, Sha256, Sha512};

/// Says whether `needle` stands in `bytes`.
pub(crate) fn stands(bytes: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && bytes.windows(needle.len()).any(|window| window == needle)
}

/// Everything that a marked text could have become.
#[derive(Debug)]
pub(crate) struct Mark {
    needles: Vec<(String, Vec<u8>)>,
}

impl Mark {
    /// A text that stands nowhere else.
    pub(crate) fn of(text: &str) -> anyhow::Result<Self> {
        let mut mark = Self::hashes_of(text)?;
        for text in cases(text) {
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            mark.needles.push((format!("{text} as UTF-16"), utf16));
            mark.needles
                .push((format!("{text} in base64"), base64(text.as_bytes())));
            mark.needles.push((text.clone(), text.into_bytes()));
        }
        Ok(mark)
    }

    /// A text that may stand somewhere by chance; its hashes do not.
    pub(crate) fn hashes_of(text: &str) -> anyhow::Result<Self> {
        let mut needles = Vec::new();
        for text in cases(text) {
            for line in [text.clone(), format!("{text}\n")] {
                for (name, digest) in digests(&line)? {
                    let name = format!("{name} of {line:?}");
                    needles.extend(forms(&digest).map(|form| (name.clone(), form)));
                }
            }
        }
        Ok(Self { needles })
    }

    /// What of it stands in some bytes.
    pub(crate) fn traces_in(&self, bytes: &[u8]) -> Vec<String> {
        // By their first two bytes, so that a database is walked through once and not for each.
        let mut begins = vec![Vec::new(); 1 << 16];
        for needle in &self.needles {
            begins[start(&needle.1)].push(needle);
        }
        let mut found: Vec<String> = Vec::new();
        for (at, two) in bytes.windows(2).enumerate() {
            for (what, needle) in &begins[start(two)] {
                if bytes[at..].starts_with(needle) && !found.contains(what) {
                    found.push(what.clone());
                }
            }
        }
        found
    }

    /// What of it stands in the files of a folder whose names `of_interest` picks.
    pub(crate) fn traces_under(
        &self,
        folder: &Path,
        of_interest: impl Fn(&str) -> bool,
    ) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if !path.is_file() || !name.is_some_and(&of_interest) {
                continue;
            }
            let traces = self.traces_in(&fs::read(&path)?);
            found.extend(
                traces
                    .into_iter()
                    .map(|what| format!("{what} in {}", path.display())),
            );
        }
        Ok(found)
    }
}

fn start(bytes: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))
}

/// A text as it is, and in either case; each once.
fn cases(text: &str) -> Vec<String> {
    let mut cases = vec![text.to_owned(), text.to_lowercase(), text.to_uppercase()];
    cases.sort();
    cases.dedup();
    cases
}

/// A digest as it might be written down: in bytes, cut to 16 bytes as an identifier would be, in
/// hexadecimal of either case, in base64 of either alphabet.
fn forms(digest: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let cut = digest.iter().take(16).copied().collect::<Vec<u8>>();
    let standard = base64(digest);
    let url = standard.iter().map(|byte| match byte {
        b'+' => b'-',
        b'/' => b'_',
        other => *other,
    });
    [
        digest.to_vec(),
        hex::encode(&cut).into_bytes(),
        hex::encode_upper(&cut).into_bytes(),
        cut,
        url.collect(),
        standard,
    ]
    .into_iter()
}

/// Base64 without padding and without the last letter, which depends on what follows.
fn base64(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter =
        |group: u32, at: u32| LETTERS[usize::try_from(group >> (18 - 6 * at) & 63).unwrap()];
    let whole = bytes.chunks_exact(3).map(|three| {
        let group = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        [0, 1, 2, 3].map(|at| letter(group, at))
    });
    whole.flatten().collect()
}

/// Every plain hash at hand: SHA-2 from the library, the older ones from the system's tools.
fn digests(text: &str) -> anyhow::Result<Vec<(&'static str, Vec<u8>)>> {
    let mut found = vec![
        ("SHA-256", Sha256::digest(text).to_vec()),
        ("SHA-512", Sha512::digest(text).to_vec()),
    ];
    for (name, tool) in [("SHA-1", "sha1sum"), ("MD5", "md5sum")] {
        let script = format!("printf %s \"$1\" | {tool}");
        let said = succeed(Command::new("sh").args(["-c", &script, "sh", text]))?;
        let digest = said.split_whitespace().next().unwrap_or_default();
        found.push((name, hex::decode(digest)?));
    }
    Ok(found)
}

#[test]
fn the_search_finds_a_text_and_each_of_its_hashes() -> anyhow::Result<()> {
    let mark = Mark::of("Marked-4711")?;
    assert_eq!(mark.traces_in(b"nothing of it"), Vec::<String>::new());
    let around = |middle: &[u8]| [b"before ".as_slice(), middle, b" after"].concat();
    let line = hex::encode(Sha256::digest("Marked-4711\n"));
    let planted: [&[u8]; 7] = [
        b"Marked-4711",
        b"MARKED-4711",
        b"TWFya2VkLTQ3MTE",
        &Sha256::digest("marked-4711"),
        line.as_bytes(),
        &Sha512::digest("Marked-4711")[..16],
        b"M\0a\0r\0k\0e\0d\0-\x004\x007\x001\x001\0",
    ];
    for planted in planted {
        let traces = mark.traces_in(&around(planted));
        assert!(!traces.is_empty(), "{}", String::from_utf8_lossy(planted));
    }
    // Known values, so that the search is not its own witness: of "abc" by RFC 3174, appendix A of
    // RFC 1321 and FIPS 180-4.
    let mark = Mark::of("abc")?;
    for known in [
        "A9993E364706816ABA3E25717850C26C9CD0D89D",
        "900150983cd24fb0d6963f7d28e17f72",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
        "kAFQmDzST7DWlj99KOF_cg",
    ] {
        assert!(
            !mark.traces_in(&around(known.as_bytes())).is_empty(),
            "{known}"
        );
    }
    Ok(())
}
