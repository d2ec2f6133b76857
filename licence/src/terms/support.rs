//! The support that a licence promises (clauses Z21, T12): for people, and for the local tool that says
//! whether the desk is open.

use std::collections::BTreeSet;

use jiff::civil::DateTime;

use super::{
    contradiction,
    hours::{WeeklyTimes, Zone, next_start, weekly_times, zone},
};
use crate::{
    CivilDay, CivilSeconds, TermError,
    choice::choice,
    fields::{list, range, slug, text_of, unique},
    message,
};

/// The most holidays of one support block.
pub const HOLIDAYS_MAX: usize = 1_024;
const LEVELS_MAX: usize = 8;
const SEVERITIES_MAX: usize = 16;
const HOURS_MAX: usize = 32;
const DELAY_MAX: u64 = 10_000;
/// Days that are searched for the next opening.
const NEXT_DAYS: usize = 60;

choice! {
    /// What hours do on a holiday.
    HolidayRule {
        /// They do not hold.
        Closed,
        /// A holiday is a day like any other.
        Open,
        /// They hold on every holiday too, whatever the weekday.
        Also,
    } default Closed
}

choice! {
    /// In what a delay is counted.
    DelayUnit {
        /// Hours within the support hours.
        SupportHours,
        /// Monday to Friday.
        BusinessDays,
        /// Monday to Saturday.
        WorkingDays,
        /// Every day.
        CalendarDays,
        /// Hours by the clock.
        Hours,
    }
}

/// The whole block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// In which the hours are meant.
    pub zone: Zone,
    /// At least one, no number twice.
    pub levels: Vec<SupportLevel>,
    /// How bad a fault is, and what is promised then.
    pub severities: Vec<Severity>,
    /// Days of the zone.
    pub holidays: BTreeSet<CivilDay>,
    /// Of the vendor's desk.
    pub contact: String,
}

/// One level of support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportLevel {
    /// 1 to 9.
    pub level: u32,
    /// When it is open; empty: always.
    pub hours: Vec<SupportHours>,
    /// Only administrators may ask.
    pub administrators_only: bool,
}

/// Hours of a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportHours {
    /// When.
    pub times: WeeklyTimes,
    /// On holidays.
    pub holidays: HolidayRule,
    /// Ids of the severities that they are for; empty: all.
    pub severities: Vec<String>,
}

/// How bad a fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Severity {
    /// Short name, `[a-z0-9-]`.
    pub id: String,
    /// For people.
    pub name: String,
    /// Until the desk answers.
    pub respond: Option<Delay>,
    /// Until it is repaired or worked around.
    pub restore: Option<Delay>,
}

/// So many of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// 1 to 10,000.
    pub amount: u32,
    /// Of what.
    pub unit: DelayUnit,
}

impl Support {
    /// Says whether a level is open for a severity at `now`.
    pub fn is_open(&self, level: &SupportLevel, severity: Option<&str>, now: CivilSeconds) -> bool {
        let Some(local) = self.zone.local(now) else {
            return false;
        };
        let mut hours = level.hours.iter();
        level.hours.is_empty()
            || hours
                .any(|one| one.serve(severity) && self.hold_on(one, local) && in_day(one, local))
    }

    /// The first instant after `now` at which a level opens for a severity; `None` where it does not
    /// within sixty days.
    pub fn opens_at(
        &self,
        level: &SupportLevel,
        severity: Option<&str>,
        now: CivilSeconds,
    ) -> Option<CivilSeconds> {
        next_start(&self.zone, now, NEXT_DAYS, |day| {
            level
                .hours
                .iter()
                .filter(|one| one.serve(severity) && self.hold_on(one, day))
                .map(|one| one.times.from_minute())
                .collect()
        })
    }

    fn is_holiday(&self, local: DateTime) -> bool {
        let midnight = Zone::utc().instant(local.date().at(0, 0, 0, 0));
        let day = midnight.and_then(CivilDay::of);
        day.is_some_and(|day| self.holidays.contains(&day))
    }

    fn hold_on(&self, hours: &SupportHours, local: DateTime) -> bool {
        let weekday = local.weekday().to_monday_zero_offset();
        let usually = usize::try_from(weekday)
            .ok()
            .and_then(|weekday| hours.times.weekdays().get(weekday).copied())
            .unwrap_or(false);
        match hours.holidays {
            HolidayRule::Closed => usually && !self.is_holiday(local),
            HolidayRule::Open => usually,
            HolidayRule::Also => usually || self.is_holiday(local),
        }
    }
}

impl SupportHours {
    fn serve(&self, severity: Option<&str>) -> bool {
        self.severities.is_empty()
            || severity.is_some_and(|found| self.severities.iter().any(|one| one == found))
    }
}

fn in_day(hours: &SupportHours, local: DateTime) -> bool {
    hours.times.covers(local, true)
}

pub(crate) fn support(wire: message::Support) -> Result<Support, TermError> {
    let severities = list("severities", wire.severities, 0, SEVERITIES_MAX, severity)?;
    unique("severities", severities.iter().map(|one| one.id.as_str()))?;
    let levels = list("support levels", wire.levels, 1, LEVELS_MAX, level)?;
    unique("support levels", levels.iter().map(|one| one.level))?;
    let known = |id: &String| severities.iter().any(|one| one.id == *id);
    let mut named = levels
        .iter()
        .flat_map(|one| &one.hours)
        .flat_map(|one| &one.severities);
    if let Some(unknown) = named.find(|id| !known(id)) {
        return contradiction(format!(
            "support hours name the severity {unknown}, which is not stated"
        ));
    }
    let holidays = list("holidays", wire.holidays, 0, HOLIDAYS_MAX, |day| {
        CivilDay::read("holidays", day)
    })?;
    let zone = wire.zone.ok_or(TermError::Missing {
        field: "support zone",
    })?;
    Ok(Support {
        zone: self::zone(zone)?,
        levels,
        severities,
        holidays: holidays.into_iter().collect(),
        contact: text_of("support contact", wire.contact)?,
    })
}

fn level(wire: message::SupportLevel) -> Result<SupportLevel, TermError> {
    range("support level", wire.level.into(), 1, 9)?;
    Ok(SupportLevel {
        level: wire.level,
        hours: list("support hours", wire.hours, 0, HOURS_MAX, hours)?,
        administrators_only: wire.administrators_only,
    })
}

fn hours(wire: message::SupportHours) -> Result<SupportHours, TermError> {
    Ok(SupportHours {
        times: weekly_times(wire.times.ok_or(TermError::Missing {
            field: "support times",
        })?)?,
        holidays: HolidayRule::read("support holidays", wire.holidays)?,
        severities: list(
            "support severities",
            wire.severities,
            0,
            SEVERITIES_MAX,
            |one| slug("support severity", one),
        )?,
    })
}

fn severity(wire: message::Severity) -> Result<Severity, TermError> {
    Ok(Severity {
        id: slug("severity", wire.id)?,
        name: text_of("severity name", wire.name)?,
        respond: wire.respond.map(delay).transpose()?,
        restore: wire.restore.map(delay).transpose()?,
    })
}

fn delay(wire: message::Delay) -> Result<Delay, TermError> {
    range("delay", wire.amount.into(), 1, DELAY_MAX)?;
    Ok(Delay {
        amount: wire.amount,
        unit: DelayUnit::read("delay unit", wire.unit)?,
    })
}
