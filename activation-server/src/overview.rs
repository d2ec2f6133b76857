//! What the books say, for the vendor's staff: licences, activations, shares, last counts, incidents.
//! Made as values that print as JSON; text is made where it is shown.

mod news;

use std::collections::BTreeMap;

use octroi_licence::{
    CivilDay, CivilSeconds, Count, DocumentKind, EndOfUseChoice, FeatureName, KeyId, Licence,
    LicenceId, LicenceUsage, Numbered, ProductId, PublicKey, ReportedDeclaration, Seats,
    UsageReport, Verified, armour, decode_signed, verify_self_signed,
};
use octroi_vendor::{Activation, InForce, LicenceRecord, View};
use serde::Serialize;

use crate::{
    Books, DatabaseError, EntryError,
    database::{
        Change, allotments, announcements, daemons, incidents, licences, rehosts as register,
    },
    rehosts,
    standing::Standing,
};

pub use self::news::{
    AnnouncementOverview, AnswerOverview, MoveOverview, RehostsOverview, ReleasesOverview,
};
use self::news::{moves, releases};

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
    /// Releases in the present contract year (clause T18).
    pub releases: ReleasesOverview,
    /// Moves to another host (clause A8); `None`: the licence speaks of none.
    pub rehosts: Option<RehostsOverview>,
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
    /// What the client declared about the licence.
    pub declarations: Vec<DeclarationOverview>,
    /// The daemon's certificate that nothing of the licence is used there any more.
    pub end_of_use: Option<EndOfUseOverview>,
    /// Tampering and damage that the daemon saw.
    pub evidence: Vec<NamedCount>,
    /// Sessions that ended, by cause.
    pub session_ends: Vec<NamedCount>,
}

/// One thing that the client declared.
#[derive(Debug, Clone, Serialize)]
pub struct DeclarationOverview {
    /// What, by its name, or number where only a later version knows it.
    pub name: String,
    /// When it was recorded on the client's machine.
    pub day: CivilDay,
    /// Of a non-renewal: the day on which the licence ends by it.
    pub ends_on: Option<CivilDay>,
}

/// A certificate of the end of use.
#[derive(Debug, Clone, Serialize)]
pub struct EndOfUseOverview {
    /// What became of software, copies and data.
    pub choice: EndOfUseChoice,
    /// When.
    pub removed_on: CivilDay,
    /// The last state of the daemon's ledger that it names: how many records.
    pub ledger_size: u64,
    /// Its digest in hexadecimal.
    pub digest: String,
    /// The certificate itself, armoured.
    pub document: String,
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
    /// What was granted to versions out of maintenance (clause A21).
    pub outdated: CountOverview,
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
        let verified = standing.newest();
        let year = verified.and_then(|one| rehosts::year(one, now));
        let stored = announcements::above(change, 0).await?;
        let releases = releases(&stored, (&licence, &standing.row.product), year);
        let register = register::of_licence(change, &licence).await?;
        let moves = newest
            .and_then(|newest| newest.rehosts)
            .map(|term| moves(term, &register, year));
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
            features: standing
                .newest()
                .map(|newest| features(&in_force(&standing, newest, now), &record, now))
                .unwrap_or_default(),
            releases,
            rehosts: moves,
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

/// What holds as far as the vendor is concerned: an amendment whose date has come counts whether or not
/// every client has accepted it.
fn in_force<'a>(
    standing: &'a Standing,
    newest: &'a Verified<Licence>,
    now: CivilSeconds,
) -> InForce<'a> {
    let mut amendments = standing.amendments.iter().rev();
    let due = amendments.find(|one| one.effective_at.is_none_or(|date| date <= now));
    standing.sequence_of(newest).in_force(View {
        at: now,
        up_to: u64::MAX,
        shown: due.map(|one| one.digest()),
    })
}

fn features(
    stands: &InForce<'_>,
    record: &LicenceRecord,
    now: CivilSeconds,
) -> Vec<FeatureOverview> {
    let allotted = allotted(record, now);
    stands
        .text()
        .features
        .iter()
        .map(|feature| FeatureOverview {
            feature: feature.name.clone(),
            metric: feature.metric.name(),
            count: stands.count(feature, true).0,
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
        declarations: usage
            .map(|usage| usage.declarations.iter().map(declaration).collect())
            .unwrap_or_default(),
        end_of_use: usage.and_then(end_of_use),
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

fn declaration(declared: &ReportedDeclaration) -> DeclarationOverview {
    DeclarationOverview {
        name: name_of(declared.kind),
        day: declared.day,
        ends_on: declared.ends_on,
    }
}

fn end_of_use(usage: &LicenceUsage) -> Option<EndOfUseOverview> {
    let certificate = usage.end_of_use()?;
    let kind = DocumentKind::EndOfUseCertificate;
    let signed = decode_signed(kind, &usage.end_of_use_certificate).ok()?;
    Some(EndOfUseOverview {
        choice: certificate.choice,
        removed_on: certificate.removed_on,
        ledger_size: certificate.checkpoint.size,
        digest: certificate.digest().to_string(),
        document: armour(kind, &signed, ""),
    })
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
        outdated: usage.outdated.into(),
    }
}

fn named<K: octroi_licence::CountedKind>(kind: Numbered<K>, count: Count) -> NamedCount {
    NamedCount {
        name: name_of(kind),
        count: count.into(),
    }
}

fn name_of<K: octroi_licence::CountedKind>(kind: Numbered<K>) -> String {
    kind.name()
        .map_or_else(|| kind.number().to_string(), str::to_owned)
}
