//! What happens at and after the end of the term: renewal, export, end of use. All dates were computed
//! by the vendor's tool; here instants are compared.

use super::contradiction;
use crate::{
    CivilSeconds, Days, FeatureName, TermError,
    choice::choice,
    fields::{instant, list, name, optional_instant, range, text_of, unique},
    licence::{FEATURES_MAX, Term},
    message,
};

/// The most tacit renewals that a licence states.
pub const RENEWALS_MAX: usize = 64;
const AFTERWARDS_DAYS_MAX: u32 = 3_660;

choice! {
    /// In what form the client may give notice of non-renewal.
    NonRenewalForm {
        /// By letter only (clause K12): the local tool refuses to record it.
        Letter,
        /// Recorded locally, carried by the next report (clause B6).
        Local,
        /// Either.
        Any,
    } default Letter
}

choice! {
    /// On what the length of the notice rests (clause Z7).
    NoticeBasis {
        /// The contract's whole duration.
        Total,
        /// The current period.
        Period,
    } default Period
}

choice! {
    /// What the client does with software, copies and data at the end (clauses A14, B10).
    EndOfUseChoice {
        /// Destroyed.
        Destroyed,
        /// Returned with a written guarantee.
        Returned,
        /// The last back-up copied, then destroyed.
        BackupHandedOver,
    }
}

/// What follows when the term ends (clauses Z7, A11, K6, B6, T5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Renewal {
    /// Nothing.
    #[default]
    None,
    /// The next period, unless non-renewal was recorded in time.
    Tacit {
        /// One behind the other, the first behind the term; at least one.
        periods: Vec<RenewalPeriod>,
        /// How the client may give notice.
        form: NonRenewalForm,
        /// For people.
        basis: NoticeBasis,
        /// Where a letter goes; may be empty.
        notice_address: String,
    },
    /// The next period, if a renewal order says so.
    Express,
}

/// One period after the term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenewalPeriod {
    /// First instant: the end of the one before.
    pub starts_at: CivilSeconds,
    /// First instant after the end.
    pub ends_at: CivilSeconds,
    /// Non-renewal recorded before keeps the period from beginning; not after its start.
    pub notice_until: CivilSeconds,
}

impl Renewal {
    /// The tacit periods; none where renewal is not tacit.
    pub fn periods(&self) -> &[RenewalPeriod] {
        match self {
            Self::Tacit { periods, .. } => periods,
            Self::None | Self::Express => &[],
        }
    }

    /// When the licence ends, if non-renewal was recorded at `notice` (`None`: never was). `None`: the
    /// term has no end.
    pub fn ends_at(&self, term: Term, notice: Option<CivilSeconds>) -> Option<CivilSeconds> {
        let mut end = term.ends_at?;
        for period in self.periods() {
            if notice.is_some_and(|notice| notice < period.notice_until) {
                break;
            }
            end = period.ends_at;
        }
        Some(end)
    }

    /// The first period whose notice may still be given at `now`.
    pub fn next_notice(&self, now: CivilSeconds) -> Option<&RenewalPeriod> {
        self.periods().iter().find(|one| now < one.notice_until)
    }
}

/// What may still be used after the end (clause K7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostTerm {
    /// After the end, however it came.
    pub export: Days,
    /// Features of the licence; at least one.
    pub features: Vec<FeatureName>,
}

/// Windows inside the term (clauses T4, A18); all for people and for the client's own acts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// Until then the client may end the licence at will; grants do not stop there.
    pub evaluation_ends_at: Option<CivilSeconds>,
    /// Until then reserves may be recorded.
    pub reserves_until: Option<CivilSeconds>,
    /// End of the guarantee.
    pub guarantee_ends_at: Option<CivilSeconds>,
}

/// What is due after the end (clauses A14, B10, Z9, T9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndOfUse {
    /// After the end; 0: at once.
    pub deadline: Days,
    /// What the client may choose; at least one.
    pub choices: Vec<EndOfUseChoice>,
    /// What counts as chosen where nothing was until the deadline (clause B10); `None`: nothing does.
    pub silence: Option<EndOfUseChoice>,
}

pub(crate) fn renewal(wire: message::Renewal, term: Term) -> Result<Renewal, TermError> {
    use message::RenewalKind;
    let field = "renewal kind";
    let kind = RenewalKind::try_from(wire.kind).map_err(|_| TermError::Unknown { field })?;
    let form = NonRenewalForm::read("non_renewal_form", wire.non_renewal_form)?;
    let basis = NoticeBasis::read("notice_basis", wire.notice_basis)?;
    let notice_address = text_of("notice_address", wire.notice_address)?;
    match kind {
        RenewalKind::Unspecified => return Err(TermError::Missing { field }),
        RenewalKind::None | RenewalKind::Express if !wire.periods.is_empty() => {
            return contradiction("only a tacit renewal has periods");
        }
        RenewalKind::None => return Ok(Renewal::None),
        RenewalKind::Express | RenewalKind::Tacit if term.ends_at.is_none() => {
            return contradiction("a term without an end cannot be renewed");
        }
        RenewalKind::Express => return Ok(Renewal::Express),
        RenewalKind::Tacit => {}
    }
    let mut starts_at = term.ends_at.unwrap_or_default();
    let wire = list("renewal periods", wire.periods, 1, RENEWALS_MAX, Ok)?;
    let mut periods: Vec<RenewalPeriod> = Vec::with_capacity(wire.len());
    for period in wire {
        let read = RenewalPeriod {
            starts_at,
            ends_at: instant("renewal ends_at", period.ends_at_s)?,
            notice_until: instant("renewal notice_until", period.notice_until_s)?,
        };
        if read.ends_at <= starts_at {
            return Err(TermError::EndsBeforeStart {
                field: "renewal period",
            });
        }
        if read.notice_until > starts_at {
            return contradiction("renewal notice_until lies after the period's start");
        }
        if periods
            .last()
            .is_some_and(|before| read.notice_until < before.notice_until)
        {
            return contradiction("renewal notice_until lies before that of the period before");
        }
        starts_at = read.ends_at;
        periods.push(read);
    }
    Ok(Renewal::Tacit {
        periods,
        form,
        basis,
        notice_address,
    })
}

pub(crate) fn post_term(wire: message::PostTerm) -> Result<PostTerm, TermError> {
    let days = wire.export_days;
    range("export_days", days.into(), 1, AFTERWARDS_DAYS_MAX.into())?;
    let field = "post_term features";
    let features = list(field, wire.features, 1, FEATURES_MAX, |one| {
        name::<FeatureName>(field, &one)
    })?;
    unique(field, features.iter())?;
    Ok(PostTerm {
        export: Days(days),
        features,
    })
}

pub(crate) fn acceptance(wire: message::Acceptance) -> Result<Acceptance, TermError> {
    Ok(Acceptance {
        evaluation_ends_at: optional_instant("evaluation_ends_at", wire.evaluation_ends_at_s)?,
        reserves_until: optional_instant("reserves_until", wire.reserves_until_s)?,
        guarantee_ends_at: optional_instant("guarantee_ends_at", wire.guarantee_ends_at_s)?,
    })
}

pub(crate) fn end_of_use(wire: message::EndOfUse) -> Result<EndOfUse, TermError> {
    let field = "end_of_use choices";
    let days = wire.deadline_days;
    range("deadline_days", days.into(), 0, AFTERWARDS_DAYS_MAX.into())?;
    let mut choices = list(field, wire.choices, 0, 8, |one| {
        EndOfUseChoice::read(field, one)
    })?;
    unique(field, choices.iter().map(|one| one.wire().as_str_name()))?;
    if choices.is_empty() {
        choices.push(EndOfUseChoice::Destroyed);
    }
    let silence = match wire.silence {
        0 => None,
        number => Some(EndOfUseChoice::read("end_of_use silence", number)?),
    };
    if silence.is_some_and(|silence| !choices.contains(&silence)) {
        return contradiction("silence chooses what the client may not choose at the end of use");
    }
    Ok(EndOfUse {
        deadline: Days(days),
        choices,
        silence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(starts_at: i64, ends_at: i64, notice_until: i64) -> RenewalPeriod {
        RenewalPeriod {
            starts_at: CivilSeconds(starts_at),
            ends_at: CivilSeconds(ends_at),
            notice_until: CivilSeconds(notice_until),
        }
    }

    #[test]
    fn a_tacit_renewal_goes_on_until_notice_was_given_in_time() {
        let renewal = Renewal::Tacit {
            periods: vec![period(100, 200, 80), period(200, 300, 180)],
            form: NonRenewalForm::Letter,
            basis: NoticeBasis::Period,
            notice_address: String::new(),
        };
        let term = Term {
            starts_at: None,
            ends_at: Some(CivilSeconds(100)),
        };
        let end = |notice: Option<i64>| renewal.ends_at(term, notice.map(CivilSeconds)).unwrap().0;
        assert_eq!(end(Some(79)), 100);
        assert_eq!(end(Some(80)), 200, "too late for the first period");
        assert_eq!(end(Some(180)), 300);
        assert_eq!(end(None), 300);
        assert_eq!(
            renewal.next_notice(CivilSeconds(80)).unwrap().starts_at.0,
            200
        );
    }
}
