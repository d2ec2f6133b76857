//! Requests: one report each, from the host to the dongle.

use super::{ANSWER, CHALLENGE_BYTES, Command, Header, Status, TransactionId, VERSION};
use crate::report::Report;

/// What a dongle is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Who are you?
    Info,
    /// Sign this.
    Prove([u8; CHALLENGE_BYTES]),
}

impl Request {
    /// The command.
    pub const fn command(&self) -> Command {
        match self {
            Self::Info => Command::Info,
            Self::Prove(_) => Command::Prove,
        }
    }

    /// The one report that a request is.
    pub fn encode(&self, transaction: TransactionId) -> Report {
        let (payload, length): (&[u8], u16) = match self {
            Self::Info => (&[], 0),
            Self::Prove(challenge) => (challenge, 32),
        };
        Header {
            version: VERSION,
            command: self.command().code(),
            transaction,
            index: 0,
            status: 0,
            length,
        }
        .report(payload)
    }

    /// Reads a request as a dongle must.
    ///
    /// # Errors
    /// [`RequestFault`], which says what the dongle answers, if anything.
    pub fn decode(report: &Report) -> Result<(TransactionId, Self), RequestFault> {
        let Some((header, payload)) = Header::read(report) else {
            return Err(RequestFault::Foreign);
        };
        if header.command & ANSWER != 0 {
            return Err(RequestFault::Foreign);
        }
        let refuse = |status| RequestFault::Refused {
            transaction: header.transaction,
            command: header.command,
            status,
        };
        if header.version != VERSION {
            return Err(refuse(Status::UnknownVersion));
        }
        let command =
            Command::from_code(header.command).ok_or_else(|| refuse(Status::UnknownCommand))?;
        let (challenge, after_challenge) = payload
            .split_first_chunk()
            .ok_or_else(|| refuse(Status::BadRequest))?;
        let (length, request, padding) = match command {
            Command::Info => (0, Self::Info, payload.as_slice()),
            Command::Prove => (32, Self::Prove(*challenge), after_challenge),
        };
        if header.length != length
            || header.index != 0
            || header.status != 0
            || padding.iter().any(|byte| *byte != 0)
        {
            return Err(refuse(Status::BadRequest));
        }
        Ok((header.transaction, request))
    }
}

/// What a dongle does with a report that is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestFault {
    /// Not of this protocol, or an answer: nothing is done and nothing is said.
    Foreign,
    /// Answered with this status; nothing is done.
    Refused {
        /// Whose request.
        transaction: TransactionId,
        /// The command as it came.
        command: u8,
        /// Why.
        status: Status,
    },
}
