//! One stream of one session: reads what the application says, turns it into commands, and leaves
//! every decision to the engine. Answers and events come back from the realm's owner over the same
//! bounded channel; a request is read only when there is room for its answer, so that an application
//! that does not read cannot make the daemon remember for it.

use std::sync::Arc;

use octroi_engine::{
    Caller, Command, Contained, ContainerId, Epoch, LicenceDocuments, Refusal, RefusalCode,
    RequestNumber, SessionId, TokenHash, UserPseudonym,
};
use octroi_licence::{
    CivilSeconds, Containers, DocumentKind, PublicKey, SessionKey, Signer as _, decode_signed,
    sign_session_proof,
};
use octroi_proto::licensing::v1::{
    self as wire, ClientMessage, DaemonMessage, client_message::Body as Ask,
    daemon_message::Body as Answer,
};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};
use tonic::Streaming;
use x25519_dalek::{PublicKey as AgreementKey, StaticSecret};
use zeroize::Zeroizing;

use super::asking::{self, Namer};
use crate::{
    identities::NamedAs,
    peer::{HolderError, Peer},
    realm::{Link, Message, Opening, Outgoing, Realm},
    realms::Realms,
};

/// Answers and events that may wait to be read by one application.
const OUTGOING_MAX: usize = 1_024;
/// The protocol that this daemon speaks.
const PROTOCOL: u32 = 1;

/// A session that this stream serves.
pub(super) struct Serving {
    pub(super) realm: Realm,
    pub(super) session: SessionId,
    pub(super) epoch: Epoch,
    /// The caller, as far as it names for whom it asks.
    pub(super) namer: Namer,
    /// Resolves when the owner lets go: the session is over, or a newer stream serves it.
    released: oneshot::Receiver<()>,
}

/// Serves one stream until it ends.
pub(crate) async fn serve(
    realms: Arc<Realms>,
    peer: Arc<Peer>,
    mut incoming: Streaming<ClientMessage>,
    outgoing: mpsc::Sender<Outgoing>,
) {
    let mut serving: Option<Serving> = None;
    let mut greeted = false;
    loop {
        // Room for the answer before the question.
        let Ok(permit) = outgoing.clone().reserve_owned().await else {
            break;
        };
        let message = tokio::select! {
            message = incoming.message() => message,
            () = released(&mut serving) => break,
        };
        let message = match message {
            Ok(Some(message)) => message,
            Ok(None) => break,
            Err(status) => {
                tracing::debug!(%status, pid = ?peer.pid(), "a stream was cut");
                break;
            }
        };
        let number = message.number;
        let answered_below = RequestNumber(message.answered_below);
        let Some(body) = message.body else {
            answer(permit, number, refused(RefusalCode::RequestNotUnderstood));
            continue;
        };
        match (body, &mut serving) {
            (Ask::Hello(hello), None) if !greeted => match welcome(&hello) {
                Ok(welcome) => {
                    greeted = true;
                    answer(permit, number, Answer::Welcome(welcome));
                }
                Err(code) => {
                    answer(permit, number, refused(code));
                    break;
                }
            },
            (Ask::Open(open), None) if greeted => {
                let opening = Box::pin(self::open(&realms, &peer, number, open, &outgoing));
                match opening.await {
                    Ok((now_serving, opened)) => {
                        serving = Some(now_serving);
                        answer(permit, number, Answer::Opened(opened));
                    }
                    Err(refusal) => answer(permit, number, Answer::Refused(*refusal)),
                }
            }
            (Ask::Resume(resume), None) if greeted => {
                let resuming = Box::pin(self::resume(&realms, &peer, number, resume, &outgoing));
                match resuming.await {
                    Ok((now_serving, opened)) => {
                        serving = Some(now_serving);
                        answer(permit, number, Answer::Opened(opened));
                    }
                    Err(refusal) => answer(permit, number, Answer::Refused(*refusal)),
                }
            }
            (Ask::Hello(_) | Ask::Open(_) | Ask::Resume(_), _) => {
                answer(permit, number, refused(RefusalCode::RequestNotUnderstood));
            }
            (_, None) => answer(permit, number, refused(RefusalCode::SessionNotOpen)),
            (body, Some(serving)) => {
                let last = matches!(body, Ask::Goodbye(_));
                if !asking::request(serving, number, answered_below, body, permit).await || last {
                    break;
                }
            }
        }
    }
    if let Some(Serving {
        realm,
        session,
        epoch,
        ..
    }) = serving
    {
        realm.send(Message::Detach { session, epoch }).await;
    }
}

async fn released(serving: &mut Option<Serving>) {
    match serving {
        // Either way the sender is gone.
        Some(serving) => drop((&mut serving.released).await),
        None => std::future::pending().await,
    }
}

fn welcome(hello: &wire::Hello) -> Result<wire::Welcome, RefusalCode> {
    let range = hello.protocol.unwrap_or_default();
    if range.minimum > PROTOCOL || range.maximum < PROTOCOL {
        return Err(RefusalCode::ProtocolNotSupported);
    }
    Ok(wire::Welcome {
        protocol: PROTOCOL,
        capabilities: [
            "queue",
            "holder",
            "resume",
            "beneficiary",
            "consume",
            "borrow",
            "hardware-proof",
        ]
        .map(String::from)
        .to_vec(),
        daemon_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

type Opened = Result<(Serving, wire::Opened), Box<wire::Refusal>>;

async fn open(
    realms: &Realms,
    peer: &Peer,
    number: u64,
    open: wire::Open,
    outgoing: &mpsc::Sender<Outgoing>,
) -> Opened {
    let realm = realms
        .by_root(&open.vendor_root)
        .ok_or(only(RefusalCode::VendorUnknown))?;
    let not_understood = || only(RefusalCode::RequestNotUnderstood);
    let product = open.product.parse().map_err(|_| not_understood())?;
    let version = match open.version.as_str() {
        "" => None,
        version => Some(version.parse().map_err(|_| not_understood())?),
    };
    let holder = holder(peer, open.holder_pid)?;
    let peer = holder.as_ref().unwrap_or(peer);
    let token = Zeroizing::new(random()?);
    let command = Command::Open {
        session: SessionId(random()?),
        number: RequestNumber(number),
        caller: caller(&realm, peer).await?,
        product,
        version,
        released_at: (open.released_at_s != 0).then_some(CivilSeconds(open.released_at_s)),
        unattended: open.unattended,
        token: hash(&token),
    };
    let hello = Agreement {
        nonce: open.client_nonce,
        public: open.client_public,
    };
    let namer = Namer::new(realms.roster(), peer.user());
    prove(realm, peer, namer, command, &hello, &token, outgoing).await
}

async fn resume(
    realms: &Realms,
    peer: &Peer,
    number: u64,
    resume: wire::Resume,
    outgoing: &mpsc::Sender<Outgoing>,
) -> Opened {
    let realm = realms
        .by_root(&resume.vendor_root)
        .ok_or(only(RefusalCode::VendorUnknown))?;
    let shown = Zeroizing::new(
        <[u8; 32]>::try_from(resume.resume_token.as_slice())
            .map_err(|_| only(RefusalCode::RequestNotUnderstood))?,
    );
    let holder = match resume.holder_pid {
        None => None,
        Some(pid) => Some(peer.child(pid).map_err(|error| not_a_holder(&error, pid))?),
    };
    let peer = holder.as_ref().unwrap_or(peer);
    let next = Zeroizing::new(random()?);
    let command = Command::Resume {
        number: RequestNumber(number),
        caller: caller(&realm, peer).await?,
        token: hash(&shown),
        next_token: hash(&next),
    };
    let hello = Agreement {
        nonce: resume.client_nonce,
        public: resume.client_public,
    };
    let namer = Namer::new(realms.roster(), peer.user());
    prove(realm, peer, namer, command, &hello, &next, outgoing).await
}

/// The process that the caller names as holder, if it names one: of the caller's own user, and alive.
fn holder(peer: &Peer, pid: Option<u32>) -> Result<Option<Peer>, Box<wire::Refusal>> {
    let Some(pid) = pid else { return Ok(None) };
    peer.holder(pid)
        .map(Some)
        .map_err(|error| not_a_holder(&error, pid))
}

fn not_a_holder(error: &HolderError, pid: u32) -> Box<wire::Refusal> {
    tracing::debug!(%error, pid, "a holder was refused");
    only(RefusalCode::HolderNotAllowed)
}

/// The application's half of the key agreement.
struct Agreement {
    nonce: Vec<u8>,
    public: Vec<u8>,
}

/// Opens or resumes the session and proves it: both nonces and both public keys under the daemon's
/// signature, and a key for leases that only the two ends have.
async fn prove(
    realm: Realm,
    peer: &Peer,
    namer: Namer,
    command: Command,
    hello: &Agreement,
    token: &[u8; 32],
    outgoing: &mpsc::Sender<Outgoing>,
) -> Opened {
    let not_understood = || only(RefusalCode::RequestNotUnderstood);
    let client_public: [u8; 32] = hello
        .public
        .as_slice()
        .try_into()
        .map_err(|_| not_understood())?;
    if hello.nonce.len() != 32 {
        return Err(not_understood());
    }
    let secret = StaticSecret::from(random::<32>()?);
    let daemon_nonce: [u8; 32] = random()?;
    let (answer, opening) = oneshot::channel();
    if !realm.send(Message::Open { command, answer }).await {
        return Err(only(RefusalCode::ShuttingDown));
    }
    let opening = opening
        .await
        .map_err(|_| only(RefusalCode::ShuttingDown))??;
    let (alive, released) = oneshot::channel();
    let (session, epoch) = (opening.session, opening.epoch);
    let serving = Serving {
        realm: realm.clone(),
        session,
        epoch,
        namer,
        released,
    };

    let proof = session_proof(&realm, &opening, hello, daemon_nonce, &secret).encode_to_vec();
    let shared = Zeroizing::new(
        secret
            .diffie_hellman(&AgreementKey::from(client_public))
            .to_bytes(),
    );
    let Some(key) = SessionKey::derive(&shared, &proof) else {
        realm.send(Message::Detach { session, epoch }).await;
        return Err(not_understood());
    };
    let Ok(signature) = sign_session_proof(&proof, realm.daemon_key());
    let link = Link {
        epoch: opening.epoch,
        key,
        outgoing: outgoing.clone(),
        alive,
        process: peer.pidfd().and_then(|pidfd| pidfd.try_clone().ok()),
    };
    let (attached, seats) = oneshot::channel();
    realm
        .send(Message::Attach {
            session,
            link,
            answer: attached,
        })
        .await;
    let seats = seats.await.map_err(|_| only(RefusalCode::ShuttingDown))?;
    let documents = opening.documents.iter().map(wire_documents).collect();
    let opened = wire::Opened {
        proof,
        signature: signature.to_vec(),
        resume_token: token.to_vec(),
        documents,
        seats,
    };
    Ok((serving, opened))
}

fn session_proof(
    realm: &Realm,
    opening: &Opening,
    hello: &Agreement,
    daemon_nonce: [u8; 32],
    secret: &StaticSecret,
) -> wire::SessionProof {
    let daemon_key: PublicKey = realm.daemon_key().public_key();
    wire::SessionProof {
        client_nonce: hello.nonce.clone(),
        client_public: hello.public.clone(),
        daemon_nonce: daemon_nonce.to_vec(),
        daemon_public: AgreementKey::from(secret).to_bytes().to_vec(),
        daemon_key: daemon_key.as_bytes().to_vec(),
        vendor_root: realm.root().id().as_bytes().to_vec(),
        product: opening.product.clone(),
        civil_ms: opening.civil.0,
        licence_digests: opening
            .licence_digests()
            .iter()
            .map(|digest| digest.as_bytes().to_vec())
            .collect(),
        epoch: opening.epoch.0,
        resume_window_ms: opening.resume_window_ms,
    }
}

fn wire_documents(documents: &LicenceDocuments) -> wire::LicenceDocuments {
    // The bytes of an amended licence are the amendment's.
    let (licence, amendment) = match &documents.amendment {
        None => (
            decode_signed(DocumentKind::Licence, documents.licence.bytes()).ok(),
            None,
        ),
        Some(amendment) => (
            None,
            decode_signed(DocumentKind::Amendment, amendment.bytes()).ok(),
        ),
    };
    let release = documents.release.as_ref();
    let escrow_release = release
        .and_then(|release| decode_signed(DocumentKind::EscrowRelease, release.bytes()).ok());
    let certificate = documents.certificate.as_ref().and_then(|certificate| {
        decode_signed(DocumentKind::ActivationCertificate, certificate.bytes()).ok()
    });
    wire::LicenceDocuments {
        licence,
        certificate,
        amendment,
        escrow_release,
    }
}

/// The caller as the engine knows it: a pseudonym, made durable before its first use.
async fn caller(realm: &Realm, peer: &Peer) -> Result<Caller, Box<wire::Refusal>> {
    let user = crate::identities::of_uid(realm.identities(), peer.user())
        .await
        .map_err(|error| {
            tracing::error!(%error, "a pseudonym could not be kept");
            only(RefusalCode::LedgerUnwritable)
        })?;
    let container = match peer.container() {
        Some(container) => Some(contained(realm, peer, &container).await?),
        None => None,
    };
    Ok(Caller {
        user,
        identified: peer.identified(),
        process: peer.process(),
        container,
    })
}

/// Where in a container the caller runs. Its user there is kept with a name only where a licence counts
/// such users each by himself: containers come and go by the thousand.
async fn contained(
    realm: &Realm,
    peer: &Peer,
    container: &str,
) -> Result<Contained, Box<wire::Refusal>> {
    let inside = format!("uid {} in {container}", peer.uid());
    let derived = |what: &str| realm.derived_id("octroi/container/v1", what);
    let each = realm.read(|reading| {
        let licences = reading.engine.licences();
        let mut all = licences
            .into_iter()
            .filter_map(|view| reading.engine.documents(&view.licence));
        all.any(|documents| documents.licence.containers == Containers::EachAsUser)
    });
    let user = if each.await.unwrap_or(false) {
        asking::kept(realm.identities(), NamedAs::InContainer, &inside).await?
    } else {
        UserPseudonym(derived(&inside))
    };
    Ok(Contained {
        container: ContainerId(derived(container)),
        user,
    })
}

pub(super) fn answer(permit: mpsc::OwnedPermit<Outgoing>, number: u64, body: Answer) {
    permit.send(Box::new(DaemonMessage {
        number,
        body: Some(body),
    }));
}

pub(super) fn refused(code: RefusalCode) -> Answer {
    Answer::Refused(*only(code))
}

pub(super) fn only(code: RefusalCode) -> Box<wire::Refusal> {
    Box::new(crate::realm::wire_refusal(Refusal::of(code)))
}

fn hash(token: &[u8; 32]) -> TokenHash {
    TokenHash(Sha256::digest(token).into())
}

/// Fresh entropy of the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Box<wire::Refusal>> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system gave no entropy");
        only(RefusalCode::ShuttingDown)
    })?;
    Ok(bytes)
}

/// The channel on which one stream's answers and events go out.
pub(crate) fn channel() -> (mpsc::Sender<Outgoing>, mpsc::Receiver<Outgoing>) {
    mpsc::channel(OUTGOING_MAX)
}
