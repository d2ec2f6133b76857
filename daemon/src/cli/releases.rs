//! Releases of a licence's product, for `octroi status` and `octroi licence show`: how many this contract
//! year (clause T18), what is to be installed, and what is out of maintenance (clause A21).

use jiff::tz::TimeZone;
use octroi_proto::admin::v1::{LicenceStatus, ReleaseStatus};
use serde_json::{Value, json};

use super::{
    format,
    text::{Language, news},
};

/// Sentences; none where nothing was announced.
pub(super) fn lines(licence: &LicenceStatus, language: Language, zone: &TimeZone) -> Vec<String> {
    let texts = news::texts(language);
    let Some(releases) = licence
        .releases
        .as_ref()
        .filter(|one| !one.latest.is_empty())
    else {
        return Vec::new();
    };
    let date = |at: i64| format::local_seconds(zone, at);
    let year = (date(releases.year_starts_s), date(releases.year_ends_s));
    let mut said = vec![(texts.releases)(
        releases.this_year,
        &releases.latest,
        (&year.0, &year.1),
    )];
    if !releases.install.is_empty() {
        let before = date(releases.install_before_s);
        said.push((texts.install)(&releases.install, &before));
    }
    if !releases.maintained_from.is_empty() {
        said.push((texts.out_of_maintenance)(
            &releases.maintained_from,
            releases.outdated_seats,
            releases.outdated_grants,
        ));
    }
    said
}

/// For `--json`.
pub(super) fn json(releases: &ReleaseStatus) -> Value {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let instant = |at: i64| (at != 0).then(|| format::rfc3339_of_seconds(at)).flatten();
    json!({
        "latest": text(&releases.latest),
        "this_contract_year": releases.this_year,
        "contract_year_starts_at": instant(releases.year_starts_s),
        "contract_year_ends_at": instant(releases.year_ends_s),
        "install": text(&releases.install),
        "install_before": instant(releases.install_before_s),
        "out_of_maintenance_below": text(&releases.maintained_from),
        "outdated_seats": releases.outdated_seats,
        "outdated_grants": releases.outdated_grants,
    })
}
