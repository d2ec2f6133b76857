//! Sentences of `octroi lint`, in each language: what was found, why it matters, what to do.

use super::{Language, lint_french};
use crate::cli::{doctor::State, lint::Code};

/// A finding in words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// What was found; no full stop.
    pub(crate) what: &'static str,
    /// Why it matters.
    pub(crate) why: &'static str,
    /// What to do.
    pub(crate) next: &'static str,
}

/// Every sentence.
#[derive(Debug)]
pub(crate) struct LintTexts {
    pub(crate) finding: fn(Code) -> Told,
    pub(crate) state: fn(State) -> &'static str,
    pub(crate) verified: &'static str,
    pub(crate) nothing: &'static str,
}

/// The sentences in a language.
pub(crate) fn texts(language: Language) -> &'static LintTexts {
    match language {
        Language::English => &ENGLISH,
        Language::French => &lint_french::FRENCH,
    }
}

static ENGLISH: LintTexts = LintTexts {
    finding: english,
    state: |state| match state {
        State::Ok => "note",
        State::Warning => "warning",
        State::Failed => "problem",
        State::NotChecked => "not checked",
    },
    verified: "signature verified",
    nothing: "nothing to remark",
};

fn english(code: Code) -> Told {
    let (what, why, next) = match code {
        Code::Unreadable => (
            "the file cannot be read",
            "nothing can be said about it",
            "name a file that this user may read",
        ),
        Code::Damaged => (
            "the document is damaged",
            "nobody will accept it",
            "ask the sender for it again, best as an attachment",
        ),
        Code::TermInvalid => (
            "a term makes no sense",
            "the daemon refuses the whole document for it",
            "tell the vendor, who must issue it again",
        ),
        Code::DaemonTooOld => (
            "it states terms that this version does not know",
            "the daemon refuses it rather than ignore them (DAEMON_TOO_OLD)",
            "install the version of Octroi that the vendor names, then this document",
        ),
        Code::NotVerified => (
            "nobody here can say who signed it",
            "what it says may have been written by anybody",
            "pass --vendor-root root.pub, or start the daemon that trusts the vendor",
        ),
        Code::NotTrusted => (
            "it is signed by nobody trusted here",
            "the daemon will not accept it",
            "trust its vendor first (octroi vendor trust root.pub), or ask which root it belongs to",
        ),
        Code::AnotherVendor => (
            "it names another vendor than the one whose key signed it",
            "no vendor may speak for another",
            "do not install it; ask the vendor that it names",
        ),
        Code::NotAccepted => (
            "it would be refused",
            "installing it changes nothing",
            "see the reason beside it; octroi install --dry-run tells more",
        ),
        Code::SignerUncertified => (
            "no certificate of its signing key travels with it",
            "the daemon cannot follow it to the vendor's root",
            "ask the vendor to issue it again with its chain",
        ),
        Code::SignerOutsideDates => (
            "its signing key's certificate does not cover its date",
            "the daemon refuses what a key signed before or after its time",
            "ask the vendor to issue it again under a current key",
        ),
        Code::IssuedInFuture => (
            "it was issued in the future",
            "the vendor's clock or this machine's is wrong, and dates depend on it",
            "look at this machine's clock: octroi doctor; if it is right, tell the vendor",
        ),
        Code::Ended => (
            "its term is over",
            "nothing is granted under it, and installing it takes seats away",
            "ask the vendor for the renewed document",
        ),
        Code::EndsSoon => (
            "it ends soon",
            "seats end with it",
            "ask the vendor for the renewed document in time",
        ),
        Code::StartsLater => (
            "its term has not begun",
            "nothing is granted before; a serial before it would go on only if it is not replaced",
            "install it when it begins, unless the vendor says otherwise",
        ),
        Code::FeatureWithoutSeats => (
            "a feature has no seats",
            "every check-out of it would be refused",
            "tell the vendor, who must issue it again",
        ),
        Code::FeatureEnded => (
            "a feature's own term is over",
            "check-outs of it are refused, whatever the licence's term says",
            "ask the vendor to renew it, if it is still used",
        ),
        Code::BilledUnknown => (
            "a feature is billed that the licence does not have",
            "its use cannot be counted",
            "tell the vendor: a name is probably misspelt",
        ),
        Code::ReportsWithoutServer => (
            "reports are asked for, and no server is named",
            "every report must be carried by file, or the licence stops",
            "plan for octroi report export and octroi receipt import, or ask for a licence with a server",
        ),
        Code::ServerWithoutPins => (
            "the server's key is not pinned",
            "this daemon recognises servers by pinned keys only and will not speak to it",
            "ask the vendor for a licence with key pins; until then exchange by file",
        ),
        Code::SiteElsewhere => (
            "this machine's site is not among those that it names",
            "activation here would be refused (SITE_NOT_LICENSED)",
            "set `site` in octroid.toml to one of them, if this machine stands there",
        ),
        Code::SiteWithoutHosts => (
            "a site has no limit of hosts",
            "any number of machines may be activated there",
            "nothing, if that was agreed",
        ),
        Code::EmulatorAccepted => (
            "a software emulator may answer for a hardware key",
            "whoever may write octroid.toml has the key: fit for trials only",
            "for production ask the vendor for a licence without emulator_accepted",
        ),
        Code::TermsNotAccepted => (
            "the vendor recorded no acceptance of its terms",
            "activation may be refused until it is recorded",
            "accept the terms as the vendor asks, then ask for the licence again",
        ),
        Code::ShareEmpty => (
            "this machine's share of a feature is 0",
            "every check-out of it here is refused (NO_SHARE_LEFT)",
            "ask the vendor for a share, if the feature is used here",
        ),
        Code::NotYet => (
            "it takes effect later",
            "it is kept and shown until then, and does nothing",
            "octroi install --dry-run says what it will do on that day",
        ),
        Code::Gap => (
            "documents of the vendor's sequence before it are missing",
            "it is kept and does nothing until they arrive",
            "ask the vendor for the missing ones",
        ),
        Code::AlreadyInstalled => (
            "it is installed already",
            "installing it again changes nothing",
            "nothing",
        ),
        Code::TakesSeats => (
            "seats that are held now would be lost",
            "their holders are told and stop",
            "octroi install --dry-run names them; choose a quiet hour",
        ),
        Code::RootNotTrusted => (
            "this root is not trusted here yet",
            "no document under it is accepted",
            "compare its fingerprint with the vendor, then: octroi vendor trust FILE",
        ),
        Code::GoesToVendor => (
            "it goes to the vendor",
            "it is not installed here",
            "send it; what comes back goes to octroi activate --response or octroi receipt import",
        ),
        Code::ReceiptImport => (
            "it is a receipt",
            "whether it answers the report that waits is seen when it is taken",
            "octroi receipt import FILE",
        ),
        Code::KindNotInstalled => (
            "documents of this kind are not installed by this version",
            "installing it would be refused",
            "ask the vendor what it is for",
        ),
        Code::AwaitsAcceptance => (
            "it waits for the client's acceptance",
            "it is kept and shown, and does nothing before",
            "after installing it: octroi licence accept ID --document DIGEST",
        ),
    };
    Told { what, why, next }
}
