//! From SIGKILL of a holder to its seat at the next in the queue; from the start of an application's
//! process to its seat; and the daemon's start on a long ledger.

use std::{fs, io::Read as _, process::Command, sync::Arc, time::Instant};

use anyhow::Context as _;
use octroi_engine::{
    Beneficiary, BootId, Caller, Command as Decide, Engine, InstalledDocument, Now, Outcome,
    Policy, RequestNumber, SessionId, TokenHash, UserPseudonym,
};
use octroi_licence::{
    ActivationCertificate, AssignmentId, CivilMillis, DocumentType, Licence, Revocations,
    TrustedRoot, VendorRoot, Verified, decode_signed, read_armoured, verify, verify_self_signed,
};
use octroid::ledger::{FolderDisk, Ledger, LedgerIdentity, LedgerOptions, Purpose};
use sha2::{Digest as _, Sha256};

use super::{
    Effort,
    figures::{Figures, Samples},
    reference::References,
};
use crate::{
    Application, Order, World,
    order::{FEATURE, PRODUCT},
    process::succeed,
};

/// Records that are written to the ledger at one time.
const BATCH: u64 = 1_000;

/// SIGKILL of the only seat's holder, to the grant read by the application that waits for it.
pub(super) fn reclaim(world: &World, effort: Effort, figures: &mut Figures) -> anyhow::Result<()> {
    drop(world.session()?);
    let world = World::with(&Order::of(1))?;
    let mut samples = Samples::default();
    let waiting = world.asking().waiting(30_000);
    let mut holder = world.holder()?;
    for _ in 0..effort.processes {
        let mut next = Application::start(&waiting, world.folder())?;
        next.event("waiting")?;
        let killed = Instant::now();
        holder.kill()?;
        let grant = next.granted()?;
        samples.add(grant.at.saturating_duration_since(killed));
        holder = next;
    }
    let (p50, p99) = (samples.p50()? / 1e3, samples.p99()? / 1e3);
    figures.value(
        "reclaim_p99_ms",
        "SIGKILL of a holder to the next one's grant, p99 (reference: p50)",
        "ms",
        (p99, p50),
        "< 20 ms",
    );
    Ok(())
}

/// Start of the process to its seat, against a process that asks a bare stream once.
pub(super) fn cold_start(
    world: &World,
    references: &References,
    effort: Effort,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let (mut ours, mut theirs) = (Samples::default(), Samples::default());
    for _ in 0..effort.processes {
        let mut application = Application::start(&world.asking(), world.folder())?;
        application.granted()?;
        ours.add(application.asked_for());
        application.kill()?;
        let begun = Instant::now();
        let mut once = Command::new(&references.program);
        succeed(once.arg("__once").arg(&references.echo))?;
        theirs.add(begun.elapsed());
    }
    figures.value(
        "cold_start_p50_ms",
        "start of a process to its seat, p50 (reference: one bare pair)",
        "ms",
        (ours.p50()? / 1e3, theirs.p50()? / 1e3),
        "< 10 ms",
    );
    Ok(())
}

/// Start of the daemon on a long ledger, against reading and hashing the same bytes once.
pub(super) fn start(
    world: &mut World,
    effort: Effort,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    world.stop_daemon()?;
    lengthen(world, effort.records)?;
    let folder = world.machine.realm(&world.vendor)?.ledger();
    let (mut ours, mut hashing) = (Samples::default(), Samples::default());
    for _ in 0..3 {
        let begun = Instant::now();
        world.start_daemon()?;
        ours.add(begun.elapsed());
        world.stop_daemon()?;
        let begun = Instant::now();
        let mut hash = Sha256::new();
        let mut bytes = Vec::new();
        for segment in fs::read_dir(&folder)? {
            bytes.clear();
            fs::File::open(segment?.path())?.read_to_end(&mut bytes)?;
            hash.update(&bytes);
        }
        anyhow::ensure!(
            hash.finalize().iter().any(|byte| *byte != 0),
            "a hash of zeros"
        );
        hashing.add(begun.elapsed());
    }
    figures.value(
        "start_1m_records_ms",
        "daemon's start on the ledger's records (reference: hashing it)",
        "ms",
        (ours.p50()? / 1e3, hashing.p50()? / 1e3),
        "< 1000 ms",
    );
    Ok(())
}

/// Lets the real engine decide check-outs and releases until the ledger has so many records.
fn lengthen(world: &World, records: u64) -> anyhow::Result<()> {
    let realm = world.machine.realm(&world.vendor)?;
    let (_, signed) = read_armoured(&fs::read(realm.root())?)?;
    let root = verify_self_signed::<VendorRoot>(&signed)?;
    let trusted = TrustedRoot::accepted(&root);
    let pem = fs::read_to_string(realm.daemon_key())?;
    let key =
        <ed25519_dalek::SigningKey as ed25519_dalek::pkcs8::DecodePrivateKey>::from_pkcs8_pem(&pem)
            .ok()
            .context("the daemon's key")?;
    let identity = LedgerIdentity {
        vendor_root: trusted.id(),
        daemon_key: key.verifying_key().into(),
    };
    let mut engine = Engine::new(Policy::default(), key.verifying_key().into());
    let mut last = None;
    let disk = Arc::new(FolderDisk::new(&realm.ledger()));
    let mut ledger = Ledger::open(
        disk,
        identity,
        LedgerOptions::default(),
        &mut |_, record| {
            engine.apply(&record);
            last = Some(record.time);
        },
    )?;
    for document in fs::read_dir(realm.documents())? {
        let path = document?.path();
        let bytes = fs::read(&path)?;
        let document = match path.extension().and_then(|kind| kind.to_str()) {
            Some("licence") => {
                InstalledDocument::Licence(Arc::new(verified::<Licence>(&bytes, &trusted)?))
            }
            Some("activation-certificate") => {
                let certificate = verified::<ActivationCertificate>(&bytes, &trusted)?;
                InstalledDocument::Certificate(Arc::new(certificate))
            }
            _ => continue,
        };
        engine.add_document(document);
    }
    let last = last.context("an empty ledger")?;
    let mut now = Now {
        boot_id: BootId(last.boot_id.0),
        boottime_ms: last.boottime_ms,
        civil_ms: CivilMillis(last.civil_ms.0),
    };
    let session = SessionId([9; 16]);
    let user = UserPseudonym([9; 16]);
    let opened = engine.decide(
        Decide::Open {
            session,
            number: RequestNumber(1),
            caller: Caller {
                user,
                identified: true,
                process: None,
                container: None,
            },
            product: PRODUCT.parse()?,
            version: Some("4.2".parse()?),
            released_at: None,
            unattended: false,
            token: TokenHash([9; 32]),
        },
        now,
    );
    let Outcome::Session { epoch, .. } = opened.outcome else {
        anyhow::bail!("no session: {:?}", opened.outcome)
    };
    let mut batch = opened.records;
    let mut number = 1;
    while ledger.records().0 + u64::try_from(batch.len())? < records {
        now.boottime_ms += 1;
        now.civil_ms.0 += 1;
        number += 1;
        let checkout = Decide::Checkout {
            session,
            epoch,
            number: RequestNumber(number),
            answered_below: RequestNumber(number),
            feature: FEATURE.parse()?,
            units: 1,
            wait_ms: 0,
            beneficiary: Beneficiary::own(AssignmentId([1; 16])),
            proofs: None,
        };
        let decision = engine.decide(checkout, now);
        let Outcome::Granted(grant) = decision.outcome else {
            anyhow::bail!("no seat: {:?}", decision.outcome)
        };
        batch.extend(decision.records);
        number += 1;
        let release = Decide::Release {
            session,
            epoch,
            number: RequestNumber(number),
            answered_below: RequestNumber(number),
            seat: grant.seat,
        };
        batch.extend(engine.decide(release, now).records);
        if u64::try_from(batch.len())? >= BATCH {
            ledger.append(&batch, Purpose::Ordinary)?;
            batch.clear();
        }
    }
    ledger.append(&batch, Purpose::Ordinary)?;
    if let Some(up_to) = ledger.sync()? {
        let event = octroi_engine::Event::Synced { up_to: up_to.0 };
        let noted = engine.decide(Decide::Note { event }, now);
        ledger.append(&noted.records, Purpose::Ordinary)?;
    }
    Ok(())
}

fn verified<T: DocumentType>(bytes: &[u8], root: &TrustedRoot) -> anyhow::Result<Verified<T>> {
    let signed = decode_signed(T::KIND, bytes)?;
    Ok(verify::<T>(&signed, root, &Revocations::default())?)
}
