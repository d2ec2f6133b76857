//! The terms that a licence can state beyond counts, sites and dates, each read from its message into
//! a type in which nothing senseless can stand. What the terms do is the engine's work; only
//! arithmetic over values that come in lives here.

mod duties;
mod hours;
mod over;
mod place;
mod renewal;
mod support;
mod usage;
mod who;

pub use duties::{
    CLAUSES_MAX, Clause, Operations, Precedence, RETENTION_DAYS_MAX, Reaction, RehostOver, Rehosts,
    Retention, VendorAccess,
};
pub use hours::{ALLOWED_TIMES_MAX, WeeklyTimes, Zone};
pub use over::{Overdraft, OverdraftUnit};
pub use place::{Country, Region, Territory};
pub use renewal::{
    Acceptance, EndOfUse, EndOfUseChoice, NonRenewalForm, NoticeBasis, PostTerm, RENEWALS_MAX,
    Renewal, RenewalPeriod,
};
pub use support::{
    Delay, DelayUnit, HOLIDAYS_MAX, HolidayRule, Severity, Support, SupportHours, SupportLevel,
};
pub use usage::{
    Borrow, CheckoutProof, METER_AMOUNT_MAX, MeterWindow, Metered, NamedUsers, WindowUnit,
};
pub use who::{
    CATEGORIES_MAX, CategoryLimit, Containers, ENTITIES_MAX, Eligibility, Entity, Identity,
};

pub(crate) use duties::{clauses, operations, rehosts, retention};
pub(crate) use hours::{weekly_times, zone};
pub(crate) use over::overdraft;
pub(crate) use place::{optional_country, regions, server_stands_in, territory};
pub(crate) use renewal::{acceptance, end_of_use, post_term, renewal};
pub(crate) use support::support;
pub(crate) use usage::{borrow, metered, named_users, window};
pub(crate) use who::{category_limits, eligibility, limits_known_categories};

/// Two terms that cannot both hold.
pub(crate) fn contradiction<T>(what: impl Into<String>) -> Result<T, crate::TermError> {
    Err(crate::TermError::Contradiction { what: what.into() })
}
