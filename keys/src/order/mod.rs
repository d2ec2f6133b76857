//! The vendor's orders: what one client bought, as TOML that people write, checked and turned into
//! the terms of a licence. [`LicenceOrder::check`] is the only way to a [`LicenceOrder`]; it reports
//! every mistake with its line. The commented [`EXAMPLE`] documents every key. Nothing here reads a
//! clock: the present comes in as a value.

mod binding;
mod carried;
mod conduct;
mod dates;
mod ending;
mod fields;
mod mistake;
mod precedence;
mod reporting;
mod sections;
mod support;
mod template;
mod usage;
mod when;

use octroi_licence::{CivilSeconds, LicenceId, VendorId, message};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use toml::de::DeTable;

pub use dates::{Edge, in_words, instant_of_text, time_zone};
pub use mistake::{Mistake, MistakeKind, Mistakes};
pub use precedence::{Difference, Text};
pub use template::{FILL_IN, Template};

use fields::Table;
use mistake::Report;
use sections::Order;

use crate::{
    calendar::{CalendarError, HolidayLists},
    dates::{LicenceDates, TermRules},
};

/// An order that shows and explains every key; `octroi-vendor order new` prints it. It is itself
/// without mistakes.
pub const EXAMPLE: &str = include_str!("example.toml");

/// The longest order that is read, in bytes.
pub const ORDER_BYTES_MAX: usize = 1 << 20;

/// An order without mistakes: what a licence is issued from.
#[derive(Debug, Clone, PartialEq)]
pub struct LicenceOrder {
    vendor: VendorId,
    licence: LicenceId,
    sequence: Option<u64>,
    time_zone: String,
    dates: TermRules,
    differences: Vec<Difference>,
    terms: message::Licence,
}

impl LicenceOrder {
    /// Checks an order and turns it into the terms of a licence, with the lists of holidays that come
    /// with the tool. `now` is needed to refuse an acceptance of terms that lies in the future.
    ///
    /// # Errors
    /// [`Mistakes`]: every mistake of the order, by line.
    pub fn check(text: &str, now: CivilSeconds) -> Result<Self, Mistakes> {
        Self::check_with(text, now, &HolidayLists::shipped())
    }

    /// [`LicenceOrder::check`] with the vendor's own lists of holidays.
    ///
    /// # Errors
    /// [`Mistakes`]: every mistake of the order, by line.
    pub fn check_with(
        text: &str,
        now: CivilSeconds,
        lists: &HolidayLists,
    ) -> Result<Self, Mistakes> {
        let settled = precedence::settle(text);
        let (text, differences) = match &settled {
            Some(settled) => (settled.text.as_str(), settled.differences.as_slice()),
            None => (text, [].as_slice()),
        };
        let report = Report::new(text);
        let order = Self::walk(text, &report, now, lists, differences);
        match (report.into_mistakes(), order) {
            (None, Some(order)) => Ok(order),
            (Some(mistakes), _) => Err(mistakes),
            (None, None) => unreachable!("an order is incomplete only where a mistake says why"),
        }
    }

    fn walk(
        text: &str,
        report: &Report<'_>,
        now: CivilSeconds,
        lists: &HolidayLists,
        differences: &[Difference],
    ) -> Option<Self> {
        if text.len() > ORDER_BYTES_MAX {
            let found = text.len();
            let what = format!("the order has {found} bytes, at most {ORDER_BYTES_MAX} are read");
            report.add(&(0..0), MistakeKind::OutOfRange, "", what);
            return None;
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let what = error.message().replace('\n', ", ");
            report.add(
                &error.span().unwrap_or_default(),
                MistakeKind::Syntax,
                "",
                what,
            );
        }
        if !errors.is_empty() {
            // What the parser guessed after an error would be reported as mistakes nobody made.
            return None;
        }
        let order = Table::new(report, table.get_ref(), 0..0, String::new());
        let Order {
            vendor,
            licence,
            sequence,
            time_zone,
            dates,
            mut terms,
        } = sections::order(&order, now, lists);
        if let Some(field) = order.get("precedence") {
            let precedence = precedence::read(&field, differences);
            terms.precedence = precedence.unwrap_or_default().into();
        }
        order.close();
        Some(Self {
            vendor: vendor?,
            licence: licence?,
            sequence,
            time_zone: time_zone?,
            dates: dates?,
            differences: differences.to_vec(),
            terms,
        })
    }

    /// The vendor whose keys must sign.
    pub fn vendor(&self) -> &VendorId {
        &self.vendor
    }

    /// The licence's identity.
    pub fn licence(&self) -> &LicenceId {
        &self.licence
    }

    /// From 1; the newest serial replaces all others.
    pub fn serial(&self) -> u64 {
        self.terms.serial
    }

    /// Number in the licence's vendor sequence, where the order states one.
    pub fn sequence(&self) -> Option<u64> {
        self.sequence
    }

    /// The IANA time zone in which the order's dates are meant.
    pub fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// What the order says about dates: term, renewal, delays, on its calendar.
    pub fn term_rules(&self) -> &TermRules {
        &self.dates
    }

    /// The licence's dates. `event` is a day as if every delay that waits for an event started on it.
    ///
    /// # Errors
    /// [`CalendarError`] where a delay that starts on `event` leaves the calendar.
    pub fn dates(&self, event: Option<jiff::civil::Date>) -> Result<LicenceDates, CalendarError> {
        self.dates.compute(event)
    }

    /// In what the order differs from the general terms that it names, and which of the two decided.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// The order's number, for people.
    pub fn order_number(&self) -> &str {
        &self.terms.order_number
    }

    /// The terms, still without frame and activation code.
    pub(crate) fn terms(&self) -> &message::Licence {
        &self.terms
    }

    /// SHA-256 over the terms as the licence will carry them, apart from frame and activation code:
    /// equal for two orders that mean the same.
    pub fn content_digest(&self) -> [u8; 32] {
        Sha256::digest(self.terms.encode_to_vec()).into()
    }
}
