//! CTAP2 over CTAPHID (FIDO Client to Authenticator Protocol 2.1), as much of it as a licence needs:
//! framing (section 11.2), `authenticatorGetInfo`, `authenticatorMakeCredential`,
//! `authenticatorGetAssertion` (section 6) and the PIN where enrolment wants it (section 6.5).
//! Everything that a device says is read here, bounded and never trusted. Pure: no device, no clock,
//! no randomness.

pub(crate) mod cbor;
mod framing;
mod info;
mod messages;
#[cfg(feature = "enrolment")]
mod pin;
mod status;

#[cfg(feature = "enrolment")]
pub use self::pin::{PinExchange, PinProtocol, key_agreement_request};
pub use self::{
    cbor::CborFault,
    framing::{
        BROADCAST, CTAPHID_MESSAGE_BYTES_MAX, ChannelId, FramingFault, HidCommand, HidError,
        MessageReader, Received, frames,
    },
    info::AuthenticatorInfo,
    messages::{
        Assertion, Attestation, CtapCommand, MadeCredential, NewCredential, PinProof,
        assertion_request, info_request, new_credential_request, read_response,
    },
    status::CtapStatus,
};

/// The HID usage page of FIDO keys.
pub const FIDO_USAGE_PAGE: u16 = 0xf1d0;
/// The HID usage of CTAPHID within its page.
pub const FIDO_USAGE: u16 = 0x0001;

/// Why what a security key said makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CtapFault {
    /// Its packets do not form a message.
    #[error("its packets form no message")]
    Framing(#[from] FramingFault),
    /// Its CBOR cannot be read.
    #[error("its CBOR cannot be read")]
    Cbor(#[from] CborFault),
    /// The answer to INIT is too short or not for this program.
    #[error("its answer to INIT has {bytes} bytes")]
    Init {
        /// How many it has.
        bytes: usize,
    },
    /// A channel that belongs to nobody, or to all.
    #[error("it gives a channel that is nobody's")]
    Channel,
    /// Packets without end, none of which is the answer.
    #[error("it sends packets without end")]
    Flood,
    /// An empty answer, without even a status.
    #[error("its answer is empty")]
    Empty,
    /// It knows CTAP1 (U2F) alone.
    #[error("it knows U2F alone, not FIDO2")]
    NoCtap2,
    /// A public key of another algorithm, or no point of its curve.
    #[error("its public key is neither Ed25519 nor P-256")]
    PublicKey,
    /// Its assertion or its credential is not laid out as the standard says.
    #[error("its {0} is not laid out as the standard says")]
    Layout(&'static str),
}
