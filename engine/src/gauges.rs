//! The windows of a metered feature as an amount meets them: how much this daemon may consume in each,
//! how much of that is gone, and whether an amount fits into all of them at once.

use octroi_licence::{
    CivilSeconds, METER_AMOUNT_MAX, MeterWindow, Metered, Metric, Overdraft, Seats, WindowUnit,
};

use crate::{
    Refusal, RefusalCode, TextId, WindowRecord, WindowSpan, WindowView,
    catalogue::Offer,
    rules::told,
    state::{Meter, Window},
};

/// The spans, the shortest first.
const SPANS: [WindowSpan; 3] = [WindowSpan::Hour, WindowSpan::Day, WindowSpan::Month];

/// An amount that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fit {
    /// How much of it lies over the limit.
    pub(crate) excess: u64,
    /// An overdraft for a time is over then.
    pub(crate) overdraft_until: Option<CivilSeconds>,
}

/// What an offer's feature states of amounts; `None` where it counts seats.
pub(crate) fn metered(offer: &Offer) -> Option<&Metered> {
    match &offer.feature.metric {
        Metric::Metered(metered) => Some(metered),
        _ => None,
    }
}

/// The windows at an instant, the shortest first: those with a limit or a threshold, and always the
/// month, by which overdrafts are billed and operations forgotten.
pub(crate) fn windows(offer: &Offer, meter: Option<&Meter>, at: CivilSeconds) -> Vec<WindowView> {
    let Some(metered) = metered(offer) else {
        return Vec::new();
    };
    let stated = |span: WindowSpan| {
        let unit = span.unit();
        let mut limits = offer.windows.iter();
        limits.find(|window| window.unit == unit).copied()
    };
    let watched = |span: WindowSpan| {
        let unit = span.unit();
        span == WindowSpan::Month
            || metered.soft_thresholds.iter().any(|one| one.unit == unit)
            || stated(span).is_some()
    };
    SPANS
        .into_iter()
        .filter(|span| watched(*span))
        .map(|span| {
            let newest = meter.and_then(|meter| meter.newest(span));
            let (starts_at, ends_at, used) = current(offer, span, newest, at);
            WindowView {
                span,
                limit: stated(span).map(|window| part(offer, window)),
                used,
                held: meter.map_or(0, |meter| meter.held),
                starts_at,
                ends_at,
            }
        })
        .collect()
}

/// A window lasts until its recorded end, whatever becomes of the clock, of the zone or of the
/// calendar: only then another begins.
fn current(
    offer: &Offer,
    span: WindowSpan,
    newest: Option<(CivilSeconds, Window)>,
    at: CivilSeconds,
) -> (CivilSeconds, CivilSeconds, u64) {
    let over = match newest {
        Some((starts_at, window)) if at < window.ends_at => {
            return (starts_at, window.ends_at, window.used);
        }
        Some((_, window)) => window.ends_at,
        None => CivilSeconds(i64::MIN),
    };
    // Outside the calendar there is one window that never ends.
    let all = (CivilSeconds(i64::MIN), CivilSeconds(i64::MAX));
    let (starts_at, ends_at) = offer.terms.zone.window(span.unit(), at).unwrap_or(all);
    (starts_at.max(over), ends_at, 0)
}

/// This daemon's part of an amount.
pub(crate) fn part(offer: &Offer, window: MeterWindow) -> u64 {
    window.part(Seats(offer.share), Seats(offer.count))
}

/// Thresholds of one span: those that are stated as amounts, and percentages of its limit.
pub(crate) fn thresholds(offer: &Offer, window: &WindowView) -> Vec<u64> {
    let unit = window.span.unit();
    let soft = metered(offer).map(|metered| metered.soft_thresholds.as_slice());
    let amounts = soft
        .unwrap_or_default()
        .iter()
        .filter(|one| one.unit == unit)
        .map(|one| part(offer, *one));
    let percents = window.limit.into_iter().flat_map(|limit| {
        let percents = offer.feature.soft_percents.iter();
        percents.map(move |percent| percent_of(limit, *percent))
    });
    let mut thresholds: Vec<u64> = amounts.chain(percents).filter(|one| *one > 0).collect();
    thresholds.sort_unstable();
    thresholds.dedup();
    thresholds
}

fn percent_of(amount: u64, percent: u32) -> u64 {
    let whole = u128::from(amount) * u128::from(percent);
    u64::try_from(whole.div_ceil(100)).unwrap_or(u64::MAX)
}

/// Whether an amount fits into every window, with the overdraft that the feature allows; the refusal
/// names the full window that opens last.
///
/// # Errors
/// The refusal, where it fits into one window and not into another: then nothing is consumed.
pub(crate) fn fit(
    offer: &Offer,
    meter: Option<&Meter>,
    windows: &[WindowView],
    (amount, at): (u64, CivilSeconds),
) -> Result<Fit, Refusal> {
    let room = windows.iter().filter_map(WindowView::remaining).min();
    let excess = room.map_or(0, |room| amount.saturating_sub(room));
    let within = Fit {
        excess,
        overdraft_until: None,
    };
    if excess == 0 {
        return Ok(within);
    }
    if offer.noticed {
        return Err(exhausted(offer, windows, amount));
    }
    match offer.feature.overdraft {
        Overdraft::Billed(_) | Overdraft::UntilNotice => Ok(within),
        Overdraft::Percent { percent, period } => {
            let raised: Vec<WindowView> = windows
                .iter()
                .map(|window| WindowView {
                    limit: window
                        .limit
                        .map(|limit| limit.saturating_add(percent_of(limit, percent))),
                    ..*window
                })
                .collect();
            let room = raised.iter().filter_map(WindowView::remaining).min();
            if room.is_some_and(|room| amount > room) {
                return Err(exhausted(offer, &raised, amount));
            }
            let month = windows.last().map(|month| month.starts_at);
            let until = match meter.and_then(|meter| meter.overdraft_until) {
                Some(until) if at < until => until,
                // Once in a month.
                Some(until) if month.is_none_or(|month| until > month) => {
                    return Err(exhausted(offer, windows, amount));
                }
                Some(_) | None => offer.terms.zone.days_later(at, period),
            };
            Ok(Fit {
                excess,
                overdraft_until: Some(until),
            })
        }
        Overdraft::Deny => Err(exhausted(offer, windows, amount)),
    }
}

fn exhausted(offer: &Offer, windows: &[WindowView], amount: u64) -> Refusal {
    let full = windows
        .iter()
        .filter(|window| window.remaining().is_some_and(|left| left < amount));
    let never = |window: &&WindowView| window.limit.is_some_and(|limit| limit < amount);
    let worst = full.max_by_key(|window| (never(window), window.ends_at));
    let Some(window) = worst else {
        return Refusal::of(RefusalCode::AmountExhausted);
    };
    let limit = window.limit.unwrap_or_default();
    let taken = window.used.saturating_add(window.held);
    let short = |amount: u64| u32::try_from(amount).unwrap_or(u32::MAX);
    let expected = format!("{} {limit}", window.span.name());
    Refusal {
        licence: Some(offer.licence().clone()),
        feature: Some(offer.feature.name.clone()),
        limit: short(limit),
        in_use: short(taken),
        requested: short(amount),
        // What is more than a whole window never fits.
        may_change_at: (!never(&window)).then_some(window.ends_at.millis()),
        ..told(RefusalCode::AmountExhausted, &expected, &taken)
    }
}

/// What a record says of the windows in which an amount counts.
pub(crate) fn records(windows: &[WindowView]) -> Vec<WindowRecord> {
    windows.iter().map(record).collect()
}

pub(crate) fn record(window: &WindowView) -> WindowRecord {
    WindowRecord {
        span: window.span,
        starts_at: window.starts_at,
        ends_at: window.ends_at,
    }
}

/// Says whether an amount is one: at least 1, and exact in every language's numbers.
pub(crate) fn sensible(amount: u64) -> bool {
    (1..=METER_AMOUNT_MAX).contains(&amount)
}

/// The month of the zone in which an instant lies.
pub(crate) fn month_of(offer: &Offer, at: CivilSeconds) -> Option<CivilSeconds> {
    let (starts_at, _) = offer.terms.zone.window(WindowUnit::Month, at)?;
    Some(starts_at)
}

/// What is consumed in a month without naming an operation: an id that no random one has.
pub(crate) fn unnamed(month: CivilSeconds) -> TextId {
    let mut id = [0; 16];
    let (_, low) = id.split_at_mut(8);
    low.copy_from_slice(&month.0.to_be_bytes());
    TextId(id)
}

/// The month for which such an id stands; `None`: an operation has a name.
pub(crate) fn month_named(operation: TextId) -> Option<CivilSeconds> {
    let (high, low) = operation.0.split_first_chunk::<8>()?;
    let month = i64::from_be_bytes(*low.first_chunk()?);
    (*high == [0; 8]).then_some(CivilSeconds(month))
}
