//! Records of every kind, made from the published layout: whatever kinds and fields the engine has,
//! there are samples of them.

use octroi_engine::{Event, Record};
use octroid::ledger::{
    codec,
    layout::{Definition, Layout, Shape},
};

/// A small deterministic generator (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// The kinds that state something about the ledger itself.
pub(crate) const OWN_KINDS: [&str; 4] = ["LedgerOpened", "Synced", "TailLost", "CheckpointSigned"];

/// A body of this kind, by the layout alone.
pub(crate) fn body(kind: u16, seed: u64) -> Vec<u8> {
    let layout = Layout::published();
    let mut dice = Dice(seed.wrapping_mul(1_000).wrapping_add(kind.into()));
    let mut out = vec![codec::BODY_VERSION];
    out.extend_from_slice(&kind.to_le_bytes());
    fill(
        layout,
        &mut dice,
        &Shape::Named("Time".to_owned()),
        &mut out,
    );
    for (_, shape) in &layout.kinds[&kind].fields {
        fill(layout, &mut dice, shape, &mut out);
    }
    out
}

/// A record of any kind that an owner may append at any time.
pub(crate) fn ordinary(seed: u64) -> Record {
    let kinds: Vec<u16> = Event::KINDS
        .iter()
        .filter(|(_, name, _)| !OWN_KINDS.contains(name))
        .map(|(kind, ..)| *kind)
        .collect();
    let kind = kinds[Dice(seed).below(kinds.len())];
    codec::decode(&body(kind, seed)).unwrap()
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&u64::try_from(text.len()).unwrap().to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn fill(layout: &Layout, dice: &mut Dice, shape: &Shape, out: &mut Vec<u8>) {
    match shape {
        Shape::Bool => out.push(u8::from(dice.below(2) == 1)),
        Shape::Unsigned(width) => {
            out.extend_from_slice(&dice.next().to_le_bytes()[..usize::from(*width)]);
        }
        Shape::Signed => out.extend_from_slice(&dice.next().to_le_bytes()),
        Shape::Text => {
            let words = ["", "a word", "zwölf Boxkämpfer"];
            text(out, words[dice.below(words.len())]);
        }
        Shape::Bytes(count) => (0..*count).for_each(|_| out.push(dice.next().to_le_bytes()[0])),
        Shape::Option(inner) => {
            let some = dice.below(2) == 1;
            out.push(some.into());
            if some {
                fill(layout, dice, inner, out);
            }
        }
        Shape::List(inner) => {
            let count = dice.below(3);
            out.extend_from_slice(&u64::try_from(count).unwrap().to_le_bytes());
            (0..count).for_each(|_| fill(layout, dice, inner, out));
        }
        Shape::Tuple(shapes) => {
            for shape in shapes {
                fill(layout, dice, shape, out);
            }
        }
        Shape::Named(name) => named(layout, dice, name, out),
    }
}

fn named(layout: &Layout, dice: &mut Dice, name: &str, out: &mut Vec<u8>) {
    match &layout.definitions[name] {
        Definition::Alias(Shape::Text) if name == "ProductVersion" => {
            text(out, &format!("2026.{}", dice.below(20)));
        }
        Definition::Alias(Shape::Text) => text(out, &format!("name-{}", dice.below(20))),
        Definition::Alias(shape) => fill(layout, dice, shape, out),
        Definition::Struct(fields) => {
            for (_, shape) in fields {
                fill(layout, dice, shape, out);
            }
        }
        Definition::Numbered { width, values } => {
            let (number, (_, content)) = values.iter().nth(dice.below(values.len())).unwrap();
            out.extend_from_slice(&number.to_le_bytes()[..usize::from(*width)]);
            if let Some(shape) = content {
                fill(layout, dice, shape, out);
            }
        }
    }
}
