//! What the books say, for the vendor's staff: licences, activations, shares, last counts, incidents.
//! Made as values that print as JSON; text is made where it is shown.

use std::collections::BTreeMap;

use octroi_licence::{
    CivilDay, CivilSeconds, Count, DocumentKind, FeatureName, KeyId, Licence, LicenceId, Numbered,
    ProductId, PublicKey, Seats, UsageReport, decode_signed, verify_self_signed,
};
use octroi_vendor::{Activation, LicenceRecord};
use serde::Serialize;

use crate::{
    Books, DatabaseError, EntryError,
    database::{Change, allotments, daemons, incidents, licences},
    standing::Standing,
};

/// One licence.
#[derive(Debug, Clone, Serialize)]
pub struct LicenceOverview {
    /// Which.
    pub licence: LicenceId,
    /// Of which product.
    pub product: ProductId,
    /// The client's number.
    pub client: String,
    /// The serial that counts.
    pub serial: Option<u64>,
    /// First instant after its end; `None`: perpetual.
    pub ends_at: Option<CivilSeconds>,
    /// Last number of its vendor sequence.
    pub sequence: u64,
    /// Clause T3; `None`: not recorded, here or in the licence.
    pub terms_accepted_at: Option<CivilSeconds>,
    /// Clause T3.
    pub paid_at: Option<CivilSeconds>,
    /// Wrong activation codes since the last right one.
    pub failed_attempts: u32,
    /// No code is tried any more.
    pub locked: bool,
    /// Counts and what is allotted of them.
    pub features: Vec<FeatureOverview>,
    /// The daemons.
    pub activations: Vec<ActivationOverview>,
}

/// One count.
#[derive(Debug, Clone, Serialize)]
pub struct FeatureOverview {
    /// Which.
    pub feature: FeatureName,
    /// What is counted.
    pub metric: &'static str,
    /// How many are licensed.
    pub count: u32,
    /// How many live daemons hold together; never more.
    pub allotted: u64,
}

/// One daemon of a licence.
#[derive(Debug, Clone, Serialize)]
pub struct ActivationOverview {
    /// The daemon's public key in hexadecimal.
    #[serde(serialize_with = "as_text")]
    pub daemon_key: PublicKey,
    /// The key's id.
    #[serde(serialize_with = "as_text")]
    pub daemon: KeyId,
    /// Where it stands.
    pub site: Option<octroi_licence::SiteId>,
    /// The newest certificate's number.
    pub certificate_number: u64,
    /// The serial that it serves.
    pub serial: u64,
    /// When that certificate was given.
    pub certified_at: CivilSeconds,
    /// When it ends; `None`: never.
    pub ends_at: Option<CivilSeconds>,
    /// It holds shares now.
    pub live: bool,
    /// The vendor took the shares back.
    pub written_off: bool,
    /// Its part of each count.
    pub shares: BTreeMap<FeatureName, Seats>,
    /// Its last report.
    pub last_report: Option<ReportOverview>,
    /// What speaks of tampering.
    pub incidents: Vec<IncidentOverview>,
}

/// A daemon's last report, as far as it concerns the licence.
#[derive(Debug, Clone, Serialize)]
pub struct ReportOverview {
    /// Its number.
    pub number: u64,
    /// When it was answered.
    pub answered_at: CivilSeconds,
    /// First day counted.
    pub first_day: CivilDay,
    /// Last day counted.
    pub last_day: CivilDay,
    /// Records of the daemon's ledger then.
    pub ledger_size: u64,
    /// The licence's counts.
    pub features: Vec<FeatureCounts>,
    /// Tampering and damage that the daemon saw.
    pub evidence: Vec<NamedCount>,
    /// Sessions that ended, by cause.
    pub session_ends: Vec<NamedCount>,
}

/// One feature's counts.
#[derive(Debug, Clone, Serialize)]
pub struct FeatureCounts {
    /// Which.
    pub feature: FeatureName,
    /// The most units in use at one time.
    pub peak: CountOverview,
    /// Each day's peak, summed.
    pub seat_days: CountOverview,
    /// Seats granted.
    pub grants: CountOverview,
    /// Refusals by code.
    pub refusals: Vec<NamedCount>,
}

/// A count that may be banded: `at_least` and `at_most` differ then.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CountOverview {
    /// The least that it may be.
    pub at_least: u64,
    /// The most that it may be.
    pub at_most: u64,
}

/// A count of something by its name, or number where only a later version knows it.
#[derive(Debug, Clone, Serialize)]
pub struct NamedCount {
    /// What is counted.
    pub name: String,
    /// How many.
    #[serde(flatten)]
    pub count: CountOverview,
}

/// Something that the vendor should look at.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentOverview {
    /// A stable code, such as `LEDGER_FORKED`.
    pub code: String,
    /// Records of the ledger that showed it.
    pub ledger_size: u64,
    /// The ledger's root in hexadecimal.
    pub ledger_root: String,
    /// First seen.
    pub first_at: CivilSeconds,
    /// Last seen.
    pub last_at: CivilSeconds,
    /// How often.
    pub times: u64,
}

fn as_text<T: ToString, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

impl From<Count> for CountOverview {
    fn from(count: Count) -> Self {
        Self {
            at_least: count.at_least(),
            at_most: count.at_most(),
        }
    }
}

impl Books {
    /// Every licence, or the one that is asked for.
    ///
    /// # Errors
    /// [`EntryError`]: the books cannot be read, or do not have the licence.
    pub async fn overview(
        &self,
        licence: Option<&LicenceId>,
        now: CivilSeconds,
    ) -> Result<Vec<LicenceOverview>, EntryError> {
        let mut change = self.database.begin().await?;
        let licences = match licence {
            Some(licence) => vec![licence.clone()],
            None => licences::all(&mut change).await?,
        };
        let mut overviews = Vec::with_capacity(licences.len());
        for licence in licences {
            overviews.push(self.licence_overview(&mut change, licence, now).await?);
        }
        Ok(overviews)
    }

    async fn licence_overview(
        &self,
        change: &mut Change,
        licence: LicenceId,
        now: CivilSeconds,
    ) -> Result<LicenceOverview, EntryError> {
        let revocations = self.verified.revocations(change, self.vendor()).await?;
        let standing = Standing::read(
            change,
            &licence,
            self.vendor(),
            &self.verified,
            &revocations,
        )
        .await?;
        let Some(standing) = standing else {
            return Err(EntryError::LicenceUnknown { licence });
        };
        let allotted = allotments::of_licence(change, &licence).await?;
        let record = standing.record(allotted.clone());
        let newest = standing.newest().map(|newest| newest.document());
        let live: Vec<PublicKey> = record.live(now).map(|live| live.daemon_key).collect();
        let mut activations = Vec::with_capacity(allotted.len());
        for one in &allotted {
            let is_live = live.contains(&one.daemon_key);
            activations.push(activation(change, &licence, one, is_live).await?);
        }
        let in_licence = newest.and_then(|newest| newest.terms_acceptance.accepted_at);
        Ok(LicenceOverview {
            product: standing.row.product.clone(),
            client: newest.map(|one| one.client_id.clone()).unwrap_or_default(),
            serial: newest.map(|newest| newest.serial),
            ends_at: newest.and_then(|newest| newest.term.ends_at),
            sequence: standing.last_sequence(),
            terms_accepted_at: in_licence.or(standing.row.accepted_at),
            paid_at: standing.row.paid_at,
            failed_attempts: standing.row.failed_attempts,
            locked: record.is_locked(),
            features: newest
                .map(|newest| features(newest, &record, now))
                .unwrap_or_default(),
            activations,
            licence,
        })
    }
}

/// Units of each feature that live daemons hold together.
fn allotted(record: &LicenceRecord, now: CivilSeconds) -> BTreeMap<FeatureName, u64> {
    let mut sums = BTreeMap::new();
    for activation in record.live(now) {
        for (feature, units) in &activation.shares {
            *sums.entry(feature.clone()).or_default() += u64::from(units.0);
        }
    }
    sums
}

fn features(licence: &Licence, record: &LicenceRecord, now: CivilSeconds) -> Vec<FeatureOverview> {
    let allotted = allotted(record, now);
    licence
        .features
        .iter()
        .map(|feature| FeatureOverview {
            feature: feature.name.clone(),
            metric: feature.metric.name(),
            count: feature.count.0,
            allotted: allotted.get(&feature.name).copied().unwrap_or_default(),
        })
        .collect()
}

async fn activation(
    change: &mut Change,
    licence: &LicenceId,
    activation: &Activation,
    live: bool,
) -> Result<ActivationOverview, DatabaseError> {
    let incidents = incidents::of_daemon(change, &activation.daemon_key).await?;
    Ok(ActivationOverview {
        daemon_key: activation.daemon_key,
        daemon: activation.daemon_key.id(),
        site: activation.site.clone(),
        certificate_number: activation.number,
        serial: activation.serial,
        certified_at: activation.answered_at,
        ends_at: activation.ends_at,
        live,
        written_off: activation.written_off,
        shares: activation.shares.clone(),
        last_report: last_report(change, licence, &activation.daemon_key).await?,
        incidents: incidents
            .into_iter()
            .map(|incident| IncidentOverview {
                code: incident.code,
                ledger_size: incident.checkpoint.size,
                ledger_root: hex::encode(incident.checkpoint.root),
                first_at: incident.first_at,
                last_at: incident.last_at,
                times: incident.times,
            })
            .collect(),
    })
}

async fn last_report(
    change: &mut Change,
    licence: &LicenceId,
    daemon_key: &PublicKey,
) -> Result<Option<ReportOverview>, DatabaseError> {
    let Some(bytes) = daemons::last_report(change, daemon_key).await? else {
        return Ok(None);
    };
    let report = decode_signed(DocumentKind::UsageReport, &bytes)
        .and_then(|signed| verify_self_signed::<UsageReport>(&signed))
        .map_err(|_| DatabaseError::Unreadable { what: "report" })?;
    let answered = daemons::countersigned(change, daemon_key).await?;
    let usage = report.licences.iter().find(|one| one.licence == *licence);
    Ok(Some(ReportOverview {
        number: report.number,
        answered_at: answered.map(|one| one.answered_at).unwrap_or_default(),
        first_day: report.first_day,
        last_day: report.last_day,
        ledger_size: report.checkpoint.size,
        features: usage
            .map(|usage| usage.features.iter().map(counts).collect())
            .unwrap_or_default(),
        evidence: report
            .evidence
            .iter()
            .map(|(kind, count)| named(*kind, Count::Exact(*count)))
            .collect(),
        session_ends: report
            .session_ends
            .iter()
            .map(|(cause, count)| named(*cause, *count))
            .collect(),
    }))
}

fn counts(usage: &octroi_licence::FeatureUsage) -> FeatureCounts {
    FeatureCounts {
        feature: usage.feature.clone(),
        peak: usage.peak.into(),
        seat_days: usage.seat_days.into(),
        grants: usage.grants.into(),
        refusals: usage
            .refusals
            .iter()
            .map(|(code, count)| named(*code, *count))
            .collect(),
    }
}

fn named<K: octroi_licence::CountedKind>(kind: Numbered<K>, count: Count) -> NamedCount {
    NamedCount {
        name: kind
            .name()
            .map_or_else(|| kind.number().to_string(), str::to_owned),
        count: count.into(),
    }
}
