//! Which text decides where an order differs from the general terms (clause B11): the order's
//! `[precedence]` names both. Compared is what general terms fix: calendar, term, renewal, price,
//! delays, and the server's region; sites, features and counts are the order's own. A value that loses
//! is replaced before anything reads it, and every difference is kept to be shown.

use std::{fmt, ops::Range};

use octroi_licence::message;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    ORDER_BYTES_MAX,
    fields::Field,
    mistake::MistakeKind,
    template::{FILL_IN, Template},
};
use crate::calendar::Delay;

/// What general terms may fix: a table, and the only key of it that is compared, where not all are.
const COMPARED: [(&str, Option<&str>); 6] = [
    ("calendar", None),
    ("term", None),
    ("renewal", None),
    ("price", None),
    ("delays", None),
    ("server", Some("region")),
];

/// Which text decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Wins {
    Order,
    GeneralTerms,
    /// General terms where data protection is concerned, else the order.
    DataProtection,
}

const WINS: [(&str, Wins); 3] = [
    ("order", Wins::Order),
    ("general-terms", Wins::GeneralTerms),
    ("data-protection", Wins::DataProtection),
];

/// One of two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Text {
    /// The order.
    Order,
    /// The general terms.
    GeneralTerms,
}

/// A value in which order and general terms differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The key, such as `renewal.client.notice`.
    pub at: String,
    /// What the order says, as it stands there; `None`: nothing.
    pub order: Option<String>,
    /// What the general terms say.
    pub general_terms: String,
    /// Which of the two decides.
    pub won: Text,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = self.order.as_deref().unwrap_or("nothing");
        let won = match self.won {
            Text::Order => "the order prevails",
            Text::GeneralTerms => "the general terms prevail",
        };
        let Self {
            at, general_terms, ..
        } = self;
        write!(
            f,
            "{at}: the order says {order}, the general terms {general_terms}: {won}"
        )
    }
}

/// An order in which the deciding text has its way.
pub(super) struct Settled {
    /// The order with the values that won.
    pub(super) text: String,
    pub(super) differences: Vec<Difference>,
}

/// Compares an order with the general terms that it names; `None` where it names none, or cannot be
/// read, which the check reports.
pub(super) fn settle(text: &str) -> Option<Settled> {
    if text.len() > ORDER_BYTES_MAX {
        return None;
    }
    let order = DeTable::parse(text).ok()?;
    let order = order.get_ref();
    let precedence = get(order, "precedence")?.get_ref().as_table()?;
    let wins = get(precedence, "wins")?.get_ref().as_str()?;
    let (_, wins) = WINS.iter().find(|(word, _)| *word == wins)?;
    let name = get(precedence, "general_terms")?.get_ref().as_str()?;
    let template = Template::ALL
        .into_iter()
        .find(|template| template.name() == name)?;
    let general_text = stated(template);
    let general = DeTable::parse(&general_text).ok()?;
    let mut comparison = Comparison {
        order: text,
        general: &general_text,
        wins: *wins,
        differences: Vec::new(),
        replaced: Vec::new(),
    };
    for (table, only) in COMPARED {
        if let Some(general) = get(general.get_ref(), table) {
            let order = get(order, table).map(Spanned::get_ref);
            comparison.value(table, only, order.and_then(DeValue::as_table), general);
        }
    }
    Some(comparison.settled())
}

/// The template's lines that state a value.
fn stated(template: Template) -> String {
    let states = |line: &&str| {
        let value = line.split('#').next();
        !value.is_some_and(|value| value.contains(FILL_IN))
    };
    let lines = template.text().lines().filter(states);
    lines.flat_map(|line| [line, "\n"]).collect()
}

struct Comparison<'t> {
    order: &'t str,
    general: &'t str,
    wins: Wins,
    differences: Vec<Difference>,
    replaced: Vec<(Range<usize>, String)>,
}

impl Comparison<'_> {
    /// Compares a table of the general terms with the order's, where it has one.
    fn value(
        &mut self,
        path: &str,
        only: Option<&str>,
        order: Option<&DeTable<'_>>,
        general: &Spanned<DeValue<'_>>,
    ) {
        let Some(entries) = general.get_ref().as_table() else {
            return;
        };
        for (key, general) in entries {
            let key: &str = key.get_ref();
            if only.is_some_and(|only| only != key) {
                continue;
            }
            let at = format!("{path}.{key}");
            let order = order.and_then(|order| get(order, key));
            let order_table = order.and_then(|order| order.get_ref().as_table());
            let is_table = general.get_ref().as_table().is_some();
            if is_table && (order.is_none() || order_table.is_some()) {
                self.value(&at, None, order_table, general);
            } else {
                self.leaf(at, order.map(Spanned::span), general.span());
            }
        }
    }

    fn leaf(&mut self, at: String, order_span: Option<Range<usize>>, general: Range<usize>) {
        let general = self.general.get(general).unwrap_or_default();
        let order = order_span.clone().and_then(|span| self.order.get(span));
        if order.is_some_and(|order| same(order, general)) {
            return;
        }
        let won = match self.wins {
            Wins::GeneralTerms => Text::GeneralTerms,
            Wins::DataProtection if at == "server.region" => Text::GeneralTerms,
            Wins::Order | Wins::DataProtection => Text::Order,
        };
        if won == Text::GeneralTerms
            && let Some(span) = order_span
        {
            self.replaced.push((span, general.to_owned()));
        }
        self.differences.push(Difference {
            at,
            order: order.map(str::to_owned),
            general_terms: general.to_owned(),
            won,
        });
    }

    fn settled(mut self) -> Settled {
        let mut text = self.order.to_owned();
        self.replaced.sort_by_key(|(span, _)| span.start);
        for (span, value) in self.replaced.into_iter().rev() {
            text.replace_range(span, &value);
        }
        Settled {
            text,
            differences: self.differences,
        }
    }
}

/// Reads `[precedence]`; what the general terms state, and the order must repeat since they prevail,
/// is a mistake where it is missing: nothing comes into a licence that its order does not show.
pub(super) fn read(field: &Field<'_>, differences: &[Difference]) -> Option<message::Precedence> {
    let table = field.table()?;
    let wins = table.require(
        "wins",
        "\"order\", \"general-terms\" or \"data-protection\"",
    );
    let wins = wins.and_then(|field| field.choice(&WINS));
    let names = Template::ALL.map(|template| (template.name(), template));
    let what = "the contract whose template holds the general terms' values";
    if let Some(general) = table.require("general_terms", what) {
        let _: Option<Template> = general.choice(&names);
    }
    table.close();
    for difference in differences {
        if difference.won == Text::GeneralTerms && difference.order.is_none() {
            let Difference {
                at, general_terms, ..
            } = difference;
            let what = format!("the general terms prevail and state {at} = {general_terms}");
            let help = format!("write {at} = {general_terms}");
            field.mistake_with_help(MistakeKind::Missing, what, help);
        }
    }
    wins.map(|wins| match wins {
        Wins::Order => message::Precedence::Order,
        Wins::GeneralTerms => message::Precedence::GeneralTerms,
        Wins::DataProtection => message::Precedence::DataProtection,
    })
}

fn get<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<&'t Spanned<DeValue<'i>>> {
    let found = table.iter().find(|(name, _)| name.get_ref() == key);
    found.map(|(_, value)| value)
}

/// Whether two values in TOML mean the same.
fn same(one: &str, other: &str) -> bool {
    let value = |text: &str| -> Option<toml::Value> {
        let mut table: toml::Table = toml::from_str(&format!("value = {text}")).ok()?;
        table.remove("value")
    };
    let (Some(one), Some(other)) = (value(one), value(other)) else {
        return false;
    };
    let months = |value: &toml::Value| value.as_str()?.parse::<Delay>().ok()?.months();
    one == other || months(&one).is_some_and(|one| months(&other) == Some(one))
}
