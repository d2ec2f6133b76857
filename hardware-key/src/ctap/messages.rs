//! The commands that a licence needs: their requests, and what is read of their answers.

use ciborium::value::Value;
use octroi_licence::{
    CredentialId, FIDO2_RELYING_PARTY, Fido2Credential, Fido2Proof, Fido2PublicKey, P256Key,
    PublicKey,
};

use super::{
    AuthenticatorInfo, CborFault, CtapFault, CtapStatus,
    cbor::{
        self, bytes, decode, decode_first, integer, member, named, number, numbered, optional, text,
    },
};

/// A command of CTAP2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CtapCommand {
    /// Makes a credential; the key asks for a touch.
    MakeCredential,
    /// Signs with a credential.
    GetAssertion,
    /// Says what the key is.
    GetInfo,
    /// Proves a PIN.
    ClientPin,
}

impl CtapCommand {
    /// Its number (section 6).
    pub const fn code(self) -> u8 {
        match self {
            Self::MakeCredential => 0x01,
            Self::GetAssertion => 0x02,
            Self::GetInfo => 0x04,
            Self::ClientPin => 0x06,
        }
    }

    /// Its name in the standard.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MakeCredential => "authenticatorMakeCredential",
            Self::GetAssertion => "authenticatorGetAssertion",
            Self::GetInfo => "authenticatorGetInfo",
            Self::ClientPin => "authenticatorClientPIN",
        }
    }
}

/// COSE algorithm of Ed25519.
const EDDSA: i64 = -8;
/// COSE algorithm of P-256 with SHA-256.
const ES256: i64 = -7;
/// COSE key types and their curves.
const OKP: i64 = 1;
const ED25519: i64 = 6;
const EC2: i64 = 2;
const P256: i64 = 1;

/// The proof that the asker knows the PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinProof {
    /// Which protocol made it.
    pub protocol: i64,
    /// HMAC over the client data's hash, under the key's token.
    pub proof: Vec<u8>,
}

/// What a new credential is made with. It lies outside the key (`rk = false`), so that it takes no
/// room there, and has no protection that a silent assertion would meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCredential {
    /// 32 random bytes; nobody checks the attestation made over them.
    pub client_data_hash: [u8; 32],
    /// What the key may call its user: random, never a name.
    pub user: [u8; 16],
    /// Where the key wants a PIN.
    pub pin: Option<PinProof>,
}

/// The request of `authenticatorGetInfo`.
pub fn info_request() -> Vec<u8> {
    vec![CtapCommand::GetInfo.code()]
}

/// The request of `authenticatorMakeCredential`: Ed25519 first, ES256 as the second choice.
///
/// # Errors
/// [`CborFault::Unwritable`], never seen.
pub fn new_credential_request(new: &NewCredential) -> Result<Vec<u8>, CborFault> {
    let algorithm = |number| named([("alg", integer(number)), ("type", text("public-key"))]);
    let mut members = vec![
        (1, Value::Bytes(new.client_data_hash.to_vec())),
        (2, named([("id", text(FIDO2_RELYING_PARTY))])),
        (
            3,
            named([
                ("id", Value::Bytes(new.user.to_vec())),
                ("name", text("licence")),
            ]),
        ),
        (4, Value::Array(vec![algorithm(EDDSA), algorithm(ES256)])),
        (7, named([("rk", Value::Bool(false))])),
    ];
    if let Some(pin) = &new.pin {
        members.push((8, Value::Bytes(pin.proof.clone())));
        members.push((9, integer(pin.protocol)));
    }
    cbor::encode(CtapCommand::MakeCredential.code(), &numbered(members))
}

/// The request of a silent `authenticatorGetAssertion`: no touch, no PIN.
///
/// # Errors
/// [`CborFault::Unwritable`], never seen.
pub fn assertion_request(
    credential: &CredentialId,
    client_data_hash: &[u8; 32],
) -> Result<Vec<u8>, CborFault> {
    let allowed = named([
        ("id", Value::Bytes(credential.as_bytes().to_vec())),
        ("type", text("public-key")),
    ]);
    cbor::encode(
        CtapCommand::GetAssertion.code(),
        &numbered([
            (1, text(FIDO2_RELYING_PARTY)),
            (2, Value::Bytes(client_data_hash.to_vec())),
            (3, Value::Array(vec![allowed])),
            (5, named([("up", Value::Bool(false))])),
        ]),
    )
}

/// What follows the status of an answer; a status other than success is the inner error.
///
/// # Errors
/// [`CtapFault::Empty`].
pub fn read_response(response: &[u8]) -> Result<Result<&[u8], CtapStatus>, CtapFault> {
    match response.split_first() {
        Some((0, body)) => Ok(Ok(body)),
        Some((status, _)) => Ok(Err(CtapStatus(*status))),
        None => Err(CtapFault::Empty),
    }
}

impl AuthenticatorInfo {
    /// Reads what follows the status of an answer to `authenticatorGetInfo`.
    ///
    /// # Errors
    /// [`CtapFault`].
    pub fn from_answer(answer: &[u8]) -> Result<Self, CtapFault> {
        Self::read(answer)
    }
}

/// An assertion, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion(pub Fido2Proof);

impl Assertion {
    /// Reads what follows the status of an answer to `authenticatorGetAssertion`.
    ///
    /// # Errors
    /// [`CtapFault`].
    pub fn from_answer(answer: &[u8]) -> Result<Self, CtapFault> {
        let map = decode(answer)?;
        let proof = Fido2Proof::new(bytes(&map, 2)?, bytes(&map, 3)?);
        proof.map(Self).ok_or(CtapFault::Layout("assertion"))
    }
}

/// A credential that a key has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeCredential {
    /// Its id and public key.
    pub credential: Fido2Credential,
    /// The key's counter when it was made.
    pub counter: u32,
    /// What the key said of it.
    pub attestation: Attestation,
}

/// What a key said of a credential that it made (`WebAuthn` level 2, section 6.5). It is kept for
/// those who ask who made the key; nothing here looks into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// How the statement is laid out, such as `packed`.
    pub format: String,
    /// Relying party, flags, counter, model, credential id and public key.
    pub authenticator_data: Vec<u8>,
    /// The signature of a statement that has one.
    pub signature: Option<Vec<u8>>,
    /// The first certificate of a statement that has some; without one, the credential itself signed.
    pub certificate: Option<Vec<u8>>,
}

impl MadeCredential {
    /// Reads what follows the status of an answer to `authenticatorMakeCredential`. Who made the key
    /// (its attestation) is not looked at: whoever enrols it holds it in hand.
    ///
    /// # Errors
    /// [`CtapFault`].
    pub fn from_answer(answer: &[u8]) -> Result<Self, CtapFault> {
        /// An attested credential follows the counter (`WebAuthn` level 2, section 6.1).
        const ATTESTED: u8 = 0x40;
        let layout = || CtapFault::Layout("credential");
        let map = decode(answer)?;
        let data = bytes(&map, 2)?;
        let (_relying_party, rest) = data.split_first_chunk::<32>().ok_or_else(layout)?;
        let ([flags], rest) = rest.split_first_chunk::<1>().ok_or_else(layout)?;
        let (counter, rest) = rest.split_first_chunk::<4>().ok_or_else(layout)?;
        if flags & ATTESTED == 0 {
            return Err(layout());
        }
        let (_aaguid, rest) = rest.split_first_chunk::<16>().ok_or_else(layout)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(layout)?;
        let (id, key) = rest
            .split_at_checked(u16::from_be_bytes(*length).into())
            .ok_or_else(layout)?;
        // Extensions may follow the key.
        let (key, _rest) = decode_first(key)?;
        Ok(Self {
            credential: Fido2Credential {
                id: CredentialId::from_bytes(id).ok_or_else(layout)?,
                public_key: cose_key(&key)?,
            },
            counter: u32::from_be_bytes(*counter),
            attestation: Attestation::read(&map, data),
        })
    }
}

impl Attestation {
    /// What is not there, or of another type, is left out.
    fn read(answer: &Value, authenticator_data: &[u8]) -> Self {
        let format = optional(answer, 1).and_then(Value::as_text);
        let statement = |name: &str| {
            let members = optional(answer, 3)?.as_map()?;
            let (_, value) = members
                .iter()
                .find(|(key, _)| key.as_text() == Some(name))?;
            Some(value)
        };
        let chain = statement("x5c").and_then(Value::as_array);
        let certificate = chain.and_then(|chain| chain.first()?.as_bytes());
        Self {
            format: format.unwrap_or("none").to_owned(),
            authenticator_data: authenticator_data.to_vec(),
            signature: statement("sig").and_then(Value::as_bytes).cloned(),
            certificate: certificate.cloned(),
        }
    }
}

/// Reads a `COSE_Key` (RFC 9053, section 7) whose type and curve are its algorithm's.
fn cose_key(key: &Value) -> Result<Fido2PublicKey, CtapFault> {
    let point = |member| -> Result<[u8; 32], CtapFault> {
        bytes(key, member)?
            .try_into()
            .map_err(|_| CtapFault::PublicKey)
    };
    let is = |label, value| optional(key, label).and_then(number) == Some(value);
    let public_key = match number(member(key, 3)?) {
        Some(EDDSA) if is(1, OKP) && is(-1, ED25519) => {
            PublicKey::from_bytes(&point(-2)?).map(Fido2PublicKey::Ed25519)
        }
        Some(ES256) if is(1, EC2) && is(-1, P256) => {
            P256Key::from_coordinates(&point(-2)?, &point(-3)?).map(Fido2PublicKey::Es256)
        }
        _ => None,
    };
    public_key.ok_or(CtapFault::PublicKey)
}
