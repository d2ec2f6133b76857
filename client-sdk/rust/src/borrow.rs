//! Borrowed seats: they outlive their session and the daemon, in short periods that are renewed. What
//! is kept of one between two starts of the application is read and judged here; the files are the only
//! ones that the SDK touches.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    time::Duration,
};

use octroi_licence::{BorrowId, BorrowerKey, CivilMillis, CivilSeconds, FeatureName, LicenceId};
use octroi_proto::licensing::v1 as wire;
use prost::Message as _;
use zeroize::Zeroizing;

use crate::{
    Beneficiary, Error, Untrusted,
    client::Settings,
    clock::{self, Moment},
    documents::Reader,
    lending::Lent,
};

/// Two documents with their chains, a lease and a key.
const KEPT_BYTES_MAX: u64 = 3 << 20;

/// How a seat is borrowed. The default is one unit for the operating-system user, for as long as the
/// licence allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "options do nothing by themselves"]
pub struct BorrowOptions {
    pub(crate) units: u32,
    pub(crate) longest: Option<Duration>,
    pub(crate) whom: Option<Beneficiary>,
}

impl BorrowOptions {
    /// Units of the feature's count; 0 and 1 both mean one.
    pub fn units(mut self, units: u32) -> Self {
        self.units = units;
        self
    }

    /// From now on at most so long, renewals included, in whole seconds.
    pub fn longest(mut self, longest: Duration) -> Self {
        self.longest = Some(longest);
        self
    }

    /// For somebody else than the operating-system user.
    pub fn whom(mut self, whom: Beneficiary) -> Self {
        self.whom = Some(whom);
        self
    }
}

/// A seat that was borrowed: it may be used until its period ends, with no daemon and after a restart
/// of application and machine. Dropping it gives nothing back: the seat counts until its period ends.
///
/// [`keep_in`](Self::keep_in) writes it to a file, and
/// [`Client::borrowed`](crate::Client::borrowed) reads it again. Renew it in good time over a session
/// ([`Session::renew`](crate::Session::renew)); after the period's end somebody else may have the seat.
/// An administrator cannot take it back before, nor can the vendor: a suspension or an end of the
/// licence reaches it with the next renewal.
#[derive(Debug)]
pub struct BorrowedSeat {
    pub(crate) lent: Box<Lent>,
    pub(crate) returned: bool,
}

impl BorrowedSeat {
    pub(crate) fn new(lent: Box<Lent>) -> Self {
        Self {
            lent,
            returned: false,
        }
    }

    /// What names the seat to the administrator, and in the vendor's order that writes it off.
    pub fn id(&self) -> BorrowId {
        self.lent.lease.borrow
    }

    /// The feature.
    pub fn feature(&self) -> &FeatureName {
        &self.lent.lease.feature
    }

    /// Seats that it takes.
    pub fn units(&self) -> u32 {
        self.lent.lease.units.0
    }

    /// The licence.
    pub fn licence(&self) -> &LicenceId {
        &self.lent.documents.licence.id
    }

    /// First instant after the present period, or after licence, feature or activation where that is
    /// earlier.
    pub fn until(&self) -> CivilSeconds {
        self.lent.ends_at
    }

    /// No period ends later, however often it is renewed.
    pub fn longest(&self) -> CivilSeconds {
        self.lent.lease.longest
    }

    /// Says whether the application may go on using what the seat allows. Cheap: asks nobody. Judged by
    /// the daemon's time at the lease and what has elapsed since, sleep included.
    pub fn is_valid(&self) -> bool {
        !self.left().is_zero()
    }

    /// What is left of the present period; nothing once the seat was given back.
    pub fn left(&self) -> Duration {
        if self.returned {
            return Duration::ZERO;
        }
        let civil = self.lent.civil_at(clock::since_boot());
        let left = self.lent.ends_at.millis().0.saturating_sub(civil.0);
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
    }

    /// Everything that is needed to use the seat later, the key included: keep it where nobody else
    /// reads it.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let lent = &self.lent;
        let now = clock::moment();
        let wire::LicenceDocuments {
            licence,
            certificate,
            amendment,
            escrow_release,
        } = (*lent.documents.shown).clone();
        let mut kept = wire::KeptBorrow {
            lease: Some(lent.wire.clone()),
            licence,
            certificate,
            amendment,
            escrow_release,
            borrower_secret: lent.key.seed().to_vec(),
            boottime_ms: u64::try_from(now.since_boot.as_millis()).unwrap_or(u64::MAX),
            civil_ms: lent.civil_at(now.since_boot).0,
            boot: now.boot,
        };
        let bytes = Zeroizing::new(kept.encode_to_vec());
        drop(Zeroizing::new(std::mem::take(&mut kept.borrower_secret)));
        bytes
    }

    /// Writes [`Self::to_bytes`] to a file that only this user reads, all of it or nothing. Do so again
    /// now and then while the seat is used, and after each renewal.
    ///
    /// # Errors
    /// [`Error::BorrowFile`].
    pub fn keep_in(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        write(path, &self.to_bytes()).map_err(|error| file_error(path, &error))
    }
}

/// Reads what was kept, for this application.
pub(crate) fn restore(bytes: &[u8], application: &Settings) -> Result<BorrowedSeat, Error> {
    let malformed = |what| Error::from(Untrusted::LeaseMalformed { what });
    let mut kept = wire::KeptBorrow::decode(bytes).map_err(|_| malformed("kept seat"))?;
    let secret = Zeroizing::new(std::mem::take(&mut kept.borrower_secret));
    let seed: Zeroizing<[u8; 32]> = Zeroizing::new(
        secret
            .as_slice()
            .try_into()
            .map_err(|_| malformed("borrower's key"))?,
    );
    let shown = wire::LicenceDocuments {
        licence: kept.licence.take(),
        certificate: kept.certificate.take(),
        amendment: kept.amendment.take(),
        escrow_release: kept.escrow_release.take(),
    };
    let documents = Reader::of_no_session(application).documents(&shown)?;
    let now = clock::moment();
    let lease = kept.lease.take().unwrap_or_default();
    let key = BorrowerKey::from_seed(&seed);
    let mut lent = Lent::believed(lease, key, documents, application, now.since_boot)?;
    let reached = reached(&kept, lent.lease.issued_at, &now);
    lent.reached = (reached, now.since_boot);
    if reached >= lent.ends_at.millis() {
        return Err(Error::BorrowOver {
            until: lent.ends_at,
        });
    }
    Ok(BorrowedSeat::new(Box::new(lent)))
}

/// The civil time now: within one boot what has elapsed since the seat was kept, which no clock can
/// turn back; after another, the wall clock. Never before what was reached already.
fn reached(kept: &wire::KeptBorrow, issued_at: CivilMillis, now: &Moment) -> CivilMillis {
    let before = issued_at.0.max(kept.civil_ms);
    let boottime_ms = u64::try_from(now.since_boot.as_millis()).unwrap_or(u64::MAX);
    let same_boot = !now.boot.is_empty() && kept.boot == now.boot;
    let elapsed = boottime_ms.checked_sub(kept.boottime_ms);
    CivilMillis(match elapsed.filter(|_| same_boot) {
        Some(elapsed) => before.saturating_add(i64::try_from(elapsed).unwrap_or(i64::MAX)),
        None => before.max(now.wall.0),
    })
}

pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)
        .and_then(|file| file.take(KEPT_BYTES_MAX).read_to_end(&mut bytes))
        .map_err(|error| file_error(path, &error))?;
    Ok(bytes)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = Path::new(&beside);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(beside, path));
    if written.is_err() {
        // What could not be finished is worth nothing, wherever it stopped.
        fs::remove_file(beside).unwrap_or_default();
    }
    written
}

fn file_error(path: &Path, error: &io::Error) -> Error {
    Error::BorrowFile {
        path: path.to_owned(),
        why: error.kind(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUED: CivilMillis = CivilMillis(1_000_000);

    fn kept(boot: &str, civil_ms: i64) -> wire::KeptBorrow {
        wire::KeptBorrow {
            boot: boot.to_owned(),
            boottime_ms: 5_000,
            civil_ms,
            ..Default::default()
        }
    }

    fn now(boot: &str, since_boot: u64, wall: i64) -> Moment {
        Moment {
            boot: boot.to_owned(),
            since_boot: Duration::from_millis(since_boot),
            wall: CivilMillis(wall),
        }
    }

    #[test]
    fn within_one_boot_only_elapsed_time_counts() {
        for wall in [0, 9_999_999] {
            let reached = reached(&kept("a", 1_200_000), ISSUED, &now("a", 6_500, wall));
            assert_eq!(reached, CivilMillis(1_201_500));
        }
    }

    #[test]
    fn after_another_boot_the_wall_clock_counts_and_never_goes_back() {
        let kept = kept("a", 1_200_000);
        let late = reached(&kept, ISSUED, &now("b", 100, 1_300_000));
        assert_eq!(late, CivilMillis(1_300_000));
        let turned_back = reached(&kept, ISSUED, &now("b", 9_000, 0));
        assert_eq!(turned_back, CivilMillis(1_200_000));
    }

    #[test]
    fn a_file_that_says_less_than_its_lease_is_not_believed() {
        let reached = reached(&kept("", 0), ISSUED, &now("", 6_000, 0));
        assert_eq!(reached, ISSUED);
    }
}
