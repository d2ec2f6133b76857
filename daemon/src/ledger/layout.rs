//! The published layout of every record's body, as one text that programs read too: `FORMAT.md` and
//! `tests/auditor.py` carry it word for word, and exports are made by it, so that it cannot differ
//! from what is written.
//!
//! Kinds and numbered values come from the engine's own tables; how its types nest stands here. A
//! test holds both against what the codec writes.

use std::{collections::BTreeMap, sync::OnceLock};

use octroi_engine::{
    AcceptedBy, AnnouncementTopic, AnnouncementVerdict, BorrowEnd, ClockConfirmation, Confidence,
    CounterAnomaly, DocumentCode, Effect, EndChoice, Event, Evidence, ExportKind, RefusalCode,
    ReservationVerdict, SeatEnd, SessionEnd, WaitEnd, WindowSpan,
};
use serde_json::{Map, Value, json};

mod grammar;
mod read;

/// How the types of the engine and of licences nest.
const TYPES: &str = "\
Time = { boot_id: BootId, boottime_ms: u64, civil_ms: CivilMillis, confidence: Confidence }
BootId = [u8; 16]
ContainerId = [u8; 16]
BorrowId = [u8; 16]
ReservationId = [u8; 16]
SessionId = [u8; 16]
UserPseudonym = [u8; 16]
TextId = [u8; 16]
TextDigest = [u8; 32]
KeptText = { id: TextId, digest: TextDigest }
AssignmentId = [u8; 16]
KeySerial = [u8; 16]
TokenHash = [u8; 32]
KeyId = [u8; 32]
DocumentDigest = [u8; 32]
CivilSeconds = i64
CivilMillis = i64
ElapsedMs = u64
SeatId = u64
RequestNumber = u64
Epoch = u64
LicenceId = String
ProductId = String
FeatureName = String
EntityId = String
CategoryId = String
ProductVersion = String
ScopeRecord = Option<FeatureName>
ProcessIdentity = { pid: u32, start_time: u64 }
GroupKey = u32 { 0 Seat(SeatId), 1 User(UserPseudonym), 2 Host, 3 Process(ProcessIdentity), 4 Session(SessionId) }
Whom = u32 { 0 OperatingSystemUser, 1 DeclaredAccount(UserPseudonym), 2 EndUser(UserPseudonym) }
Actor = u32 { 0 Administrator(UserPseudonym), 1 Vendor, 2 Daemon }
WindowRecord = { span: WindowSpan, starts_at: CivilSeconds, ends_at: CivilSeconds }
Refusal = { code: RefusalCode, feature: Option<FeatureName>, licence: Option<LicenceId>, limit: u32, in_use: u32, waiting: u32, requested: u32, may_change_at: Option<CivilMillis>, expected: String, found: String }
";

/// How a value is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// One byte, 0 or 1.
    Bool,
    /// An unsigned number of so many bytes, little endian.
    Unsigned(u8),
    /// A signed number of eight bytes, little endian, two's complement.
    Signed,
    /// A length (`u64`), then so many bytes of UTF-8.
    Text,
    /// So many bytes.
    Bytes(usize),
    /// A byte 0, or a byte 1 and the value.
    Option(Box<Shape>),
    /// A count (`u64`), then so many values.
    List(Box<Shape>),
    /// The values in order.
    Tuple(Vec<Shape>),
    /// As the definition of that name says.
    Named(String),
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition {
    /// Another shape.
    Alias(Shape),
    /// The fields in order.
    Struct(Vec<(String, Shape)>),
    /// A number of so many bytes, then what belongs to it.
    Numbered {
        /// Bytes of the number.
        width: u8,
        /// The numbers, their names, and what follows each.
        values: BTreeMap<u64, (String, Option<Shape>)>,
    },
}

/// A kind of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// Its fields in order.
    pub fields: Vec<(String, Shape)>,
}

/// The whole layout.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// What each name stands for.
    pub definitions: BTreeMap<String, Definition>,
    /// The kinds by number.
    pub kinds: BTreeMap<u16, Kind>,
}

impl Layout {
    /// The layout of this version.
    pub fn published() -> &'static Self {
        static PUBLISHED: OnceLock<Layout> = OnceLock::new();
        // A test holds that the text parses; if it did not, exports would show no fields.
        PUBLISHED.get_or_init(|| Self::parse(&text()).unwrap_or_default())
    }

    /// Reads a layout's text; `None` where it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        grammar::parse(text)
    }

    /// The record in a body as JSON: `kind`, `event`, `time`, `fields`. Bytes are hexadecimal,
    /// numbered values stand by name. `None` where the body does not follow the layout to its last
    /// byte.
    pub fn describe(&self, body: &[u8]) -> Option<Value> {
        let mut reader = read::Reader::new(self, body);
        let _version = reader.unsigned(1)?;
        let number = u16::try_from(reader.unsigned(2)?).ok()?;
        let kind = self.kinds.get(&number)?;
        let time = reader.value(&Shape::Named("Time".to_owned()))?;
        let mut fields = Map::new();
        for (name, shape) in &kind.fields {
            fields.insert(name.clone(), reader.value(shape)?);
        }
        reader
            .at_end()
            .then(|| json!({ "kind": number, "event": kind.name, "time": time, "fields": fields }))
    }
}

/// The layout as text, one definition a line.
pub fn text() -> String {
    let mut text = TYPES.to_owned();
    macro_rules! numbered {
        ($($name:ident)+) => {
            $(
                let values: Vec<String> =
                    $name::ALL.iter().map(|value| format!("{} {value:?}", value.number())).collect();
                push(&mut text, &format!("{} = u16 {{ {} }}", stringify!($name), values.join(", ")));
            )+
        };
    }
    numbered!(Confidence SessionEnd SeatEnd WaitEnd CounterAnomaly ClockConfirmation DocumentCode Effect WindowSpan ReservationVerdict BorrowEnd Evidence AcceptedBy EndChoice AnnouncementTopic AnnouncementVerdict ExportKind RefusalCode);
    for (number, name, fields) in Event::KINDS {
        let fields: Vec<String> = fields
            .iter()
            .map(|(field, shape)| format!("{field}: {}", spaced(shape)))
            .collect();
        let fields = fields.join(", ");
        let space = if fields.is_empty() { "" } else { " " };
        push(
            &mut text,
            &format!("{number} {name} {{{space}{fields}{space}}}"),
        );
    }
    text
}

/// A type as the published text writes it; the table of kinds may put spaces anywhere.
fn spaced(shape: &str) -> String {
    let tight: String = shape.chars().filter(|one| *one != ' ').collect();
    tight.replace(',', ", ").replace(';', "; ")
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
