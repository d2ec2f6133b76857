//! A refusal in words for this command's reader. The sentences themselves stand in `octroi-licence`,
//! where applications and the daemon's log take them from too.

use octroi_licence::explain::{Explained, Texts};
use octroi_proto::licensing::v1::{Refusal, RefusalCode};

use super::text::Messages;

/// A refusal, with what stands in the way.
pub(crate) fn explained(
    refusal: &Refusal,
    texts: &Messages,
    zone: &jiff::tz::TimeZone,
) -> Explained {
    Texts::of(texts.language).refusal(refusal, zone)
}

/// A code alone.
pub(crate) fn of_code(code: RefusalCode, texts: &Messages) -> Explained {
    Texts::of(texts.language).refusal_code(code)
}

/// What was refused and why, and in brackets what stands in the way.
pub(crate) fn said(explained: &Explained) -> String {
    if explained.facts.is_empty() {
        return explained.what.clone();
    }
    format!("{} ({})", explained.what, explained.facts.join(", "))
}
