//! Sentences about how far features are used, in each language.

use super::{Language, One, Two};

/// Every sentence.
#[derive(Debug)]
pub(crate) struct StandingTexts {
    /// Feature, units in use, units of this daemon's share.
    pub(crate) in_use: fn(&str, u32, u32) -> String,
    /// Feature, seats assigned, seats.
    pub(crate) assigned: fn(&str, u32, u32) -> String,
    /// Feature, units.
    pub(crate) excess: fn(&str, u32) -> String,
    pub(crate) since: One,
    pub(crate) until: One,
    pub(crate) no_more: &'static str,
    /// Feature, users, seat hours.
    pub(crate) month: fn(&str, u32, &str) -> String,
    /// Feature, amount.
    pub(crate) month_amount: fn(&str, u64) -> String,
    /// Feature, what is counted, used, limit, window, left, end of the window.
    pub(crate) window: fn(&Window<'_>) -> String,
    /// hour, day or month.
    pub(crate) span: fn(i32) -> &'static str,
    /// Feature, date.
    pub(crate) closed: Two,
    /// Feature, percentages.
    pub(crate) crossed: Two,
    pub(crate) terms: &'static str,
    pub(crate) amended: One,
    /// Clause.
    pub(crate) clause: One,
}

/// How a window of a metered feature stands.
#[derive(Debug)]
pub(crate) struct Window<'w> {
    pub(crate) feature: &'w str,
    /// May be empty.
    pub(crate) counted: &'w str,
    pub(crate) span: &'static str,
    pub(crate) used: u64,
    pub(crate) held: u64,
    /// `None`: without a limit.
    pub(crate) limit: Option<u64>,
    pub(crate) ends: &'w str,
}

impl Window<'_> {
    fn left(&self, limit: u64) -> u64 {
        limit.saturating_sub(self.used).saturating_sub(self.held)
    }

    fn counted(&self) -> String {
        match self.counted {
            "" => String::new(),
            counted => format!(" {counted}"),
        }
    }
}

/// The sentences in a language.
pub(crate) fn texts(language: Language) -> &'static StandingTexts {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

/// Times that windows span (`octroi.licensing.v1.WindowSpan`).
fn of_span(span: i32, [hour, day, month]: [&'static str; 3]) -> &'static str {
    use octroi_proto::licensing::v1::WindowSpan;
    match WindowSpan::try_from(span) {
        Ok(WindowSpan::Hour) => hour,
        Ok(WindowSpan::Day) => day,
        _ => month,
    }
}

static ENGLISH: StandingTexts = StandingTexts {
    in_use: |feature, used, share| format!("{feature}: {used} of {share} in use here"),
    assigned: |feature, assigned, seats| {
        format!(
            "{feature}: {assigned} of {seats} seats are assigned to named users (octroi users list)"
        )
    },
    excess: |feature, units| format!("{feature}: {units} in use over the limit"),
    since: |date| format!("since {date}"),
    until: |date| format!("more is granted until {date}"),
    no_more: "no more is granted",
    month: |feature, users, hours| {
        format!(
            "{feature}: this month at most {users} over the limit at one time, {hours} seat hours"
        )
    },
    month_amount: |feature, amount| format!("{feature}: this month {amount} over the limit"),
    window: |window| {
        let Window {
            feature,
            span,
            used,
            held,
            ends,
            ..
        } = window;
        let counted = window.counted();
        let held = match held {
            0 => String::new(),
            held => format!(", {held} held for approval"),
        };
        match window.limit {
            Some(limit) => {
                let left = window.left(limit);
                format!(
                    "{feature}: {used} of {limit}{counted} used this {span}{held}, {left} left; all free again {ends}"
                )
            }
            None => format!("{feature}: {used}{counted} used this {span}{held}, without a limit"),
        }
    },
    span: |span| of_span(span, ["hour", "day", "month"]),
    closed: |feature, date| format!("{feature}: closed at this time of day, opens {date}"),
    crossed: |feature, percents| format!("{feature}: {percents} % of the limit reached"),
    terms: "Terms, each with the clause that it carries out",
    amended: |digest| format!("as amended by {digest}"),
    clause: |clause| format!(" [{clause}]"),
};

static FRENCH: StandingTexts = StandingTexts {
    in_use: |feature, used, share| format!("{feature} : {used} sur {share} en usage ici"),
    assigned: |feature, assigned, seats| {
        format!(
            "{feature} : {assigned} sièges sur {seats} sont attribués à des utilisateurs nommés (octroi users list)"
        )
    },
    excess: |feature, units| format!("{feature} : {units} en usage au-delà de la limite"),
    since: |date| format!("depuis le {date}"),
    until: |date| format!("d'autres sont accordés jusqu'au {date}"),
    no_more: "rien de plus n'est accordé",
    month: |feature, users, hours| {
        format!(
            "{feature} : ce mois au plus {users} à la fois au-delà de la limite, {hours} heures de siège"
        )
    },
    month_amount: |feature, amount| format!("{feature} : ce mois {amount} au-delà de la limite"),
    window: |window| {
        let Window {
            feature,
            span,
            used,
            held,
            ends,
            ..
        } = window;
        let counted = window.counted();
        let held = match held {
            0 => String::new(),
            held => format!(", {held} en attente d'approbation"),
        };
        match window.limit {
            Some(limit) => {
                let left = window.left(limit);
                format!(
                    "{feature} : {used} sur {limit}{counted} consommés {span}{held}, reste {left} ; tout est libre à nouveau le {ends}"
                )
            }
            None => format!("{feature} : {used}{counted} consommés {span}{held}, sans limite"),
        }
    },
    span: |span| of_span(span, ["cette heure", "ce jour", "ce mois"]),
    closed: |feature, date| format!("{feature} : fermé à cette heure du jour, ouvre le {date}"),
    crossed: |feature, percents| format!("{feature} : {percents} % de la limite atteints"),
    terms: "Termes, chacun avec la clause qu'il exécute",
    amended: |digest| format!("tels que modifiés par {digest}"),
    clause: |clause| format!(" [{clause}]"),
};
