//! What users and their applications do in a scenario.

use octroi_engine::{
    Beneficiary, Caller, Command, Epoch, Grant, ListedUser, Notice, Outcome, ProcessIdentity,
    Refusal, RefusalCode, RequestNumber, SessionId, TextId, TokenHash, Whom,
};
use octroi_licence::{AssignmentId, CivilSeconds, FeatureName, Identity, ReservationId};

use super::{ADMINISTRATOR, Contract, pseudonym};

/// An application that one user runs.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) session: SessionId,
    pub(crate) epoch: Epoch,
    pub(crate) number: u64,
    user: String,
}

/// What an application says of itself when it opens.
#[derive(Debug, Clone, Default)]
pub(crate) struct Says<'a> {
    pub(crate) version: Option<&'a str>,
    /// A day such as `2026-03-01`.
    pub(crate) released: Option<&'a str>,
    pub(crate) unattended: bool,
}

/// For whom an application asks, and what the administrator assigned to that person.
#[derive(Debug, Clone, Default)]
pub(crate) struct Who<'a> {
    pub(crate) account: Option<&'a str>,
    pub(crate) end_user: Option<&'a str>,
    pub(crate) entity: Option<&'a str>,
    pub(crate) category: Option<&'a str>,
}

impl Contract {
    pub(crate) fn open(&mut self, user: &str) -> App {
        let says = Says {
            version: self.version,
            released: Some("2026-01-15"),
            unattended: false,
        };
        self.open_saying(user, &says)
    }

    pub(crate) fn open_saying(&mut self, user: &str, says: &Says<'_>) -> App {
        self.sessions += 1;
        let mut id = [0; 16];
        id[8..].copy_from_slice(&self.sessions.to_be_bytes());
        let session = SessionId(id);
        let mut token = [0; 32];
        token[..16].copy_from_slice(&id);
        let caller = Caller {
            user: pseudonym(user),
            identified: true,
            container: None,
            process: Some(ProcessIdentity {
                pid: u32::try_from(self.sessions).unwrap(),
                start_time: 77,
            }),
        };
        let outcome = self.outcome(Command::Open {
            session,
            number: RequestNumber(1),
            caller,
            product: self.product.parse().unwrap(),
            version: says.version.map(|version| version.parse().unwrap()),
            released_at: says
                .released
                .map(|day| self.instant(&format!("{day} 00:00"))),
            unattended: says.unattended,
            token: TokenHash(token),
        });
        let epoch = Epoch(1);
        assert_eq!(outcome, Outcome::Session { session, epoch });
        App {
            session,
            epoch,
            number: 1,
            user: user.to_owned(),
        }
    }

    /// Asks as the licence wants it asked: in the user's own name, of the client's first company and
    /// kind of person.
    pub(crate) fn ask(&mut self, app: &mut App, feature: &str) -> Outcome {
        let name: FeatureName = feature.parse().unwrap();
        let licence = self.vendor.licence().document().clone();
        let licensed = licence.features.iter().find(|one| one.name == name);
        let user = app.user.clone();
        let named = |wanted: &[Identity]| {
            licensed
                .filter(|one| wanted.contains(&one.identity))
                .map(|_| user.as_str())
        };
        let entity = licence.eligibility.entities.first();
        let entity = entity.map(|one| one.id.to_string());
        let category = licence.eligibility.categories.first();
        let category = category.map(|one| one.id.to_string());
        let who = Who {
            account: named(&[Identity::DeclaredAccount]),
            end_user: named(&[Identity::EndUser, Identity::EndUserRequired]),
            entity: entity.as_deref(),
            category: category.as_deref(),
        };
        self.ask_for(app, feature, &who)
    }

    /// Asks for somebody, as the shell understood who that is.
    pub(crate) fn ask_for(&mut self, app: &mut App, feature: &str, who: &Who<'_>) -> Outcome {
        app.number += 1;
        self.assignments += 1;
        let mut assignment = [0xa5; 16];
        assignment[8..].copy_from_slice(&self.assignments.to_be_bytes());
        let whom = match (who.account, who.end_user) {
            (Some(account), _) => Whom::DeclaredAccount(pseudonym(account)),
            (None, Some(user)) => Whom::EndUser(pseudonym(user)),
            (None, None) => Whom::OperatingSystemUser,
        };
        self.outcome(Command::Checkout {
            session: app.session,
            epoch: app.epoch,
            number: RequestNumber(app.number),
            answered_below: RequestNumber(app.number),
            feature: feature.parse().unwrap(),
            units: 1,
            wait_ms: 0,
            beneficiary: Beneficiary {
                whom,
                entity: who.entity.map(|id| id.parse().unwrap()),
                category: who.category.map(|id| id.parse().unwrap()),
                assignment: AssignmentId(assignment),
            },
            proofs: None,
        })
    }

    /// Consumes an amount, of an operation where one is named.
    pub(crate) fn consume(
        &mut self,
        app: &mut App,
        feature: &str,
        amount: u64,
        operation: Option<u8>,
    ) -> Outcome {
        app.number += 1;
        self.assignments += 1;
        let mut reservation = [0xc0; 16];
        reservation[8..].copy_from_slice(&self.assignments.to_be_bytes());
        let entity = self.vendor.licence().eligibility.entities.first();
        let entity = entity.map(|one| one.id.clone());
        self.outcome(Command::Consume {
            session: app.session,
            epoch: app.epoch,
            number: RequestNumber(app.number),
            answered_below: RequestNumber(app.number),
            feature: feature.parse().unwrap(),
            amount,
            operation: operation.map(|id| TextId([id; 16])),
            reservation: ReservationId(reservation),
            beneficiary: Beneficiary {
                entity,
                ..Beneficiary::own(AssignmentId(reservation))
            },
        })
    }

    #[track_caller]
    pub(crate) fn seat(&mut self, app: &mut App, feature: &str) -> Grant {
        granted(self.ask(app, feature))
    }

    #[track_caller]
    pub(crate) fn refusal(&mut self, app: &mut App, feature: &str) -> Refusal {
        refused(self.ask(app, feature))
    }

    #[track_caller]
    pub(crate) fn code(&mut self, app: &mut App, feature: &str) -> RefusalCode {
        self.refusal(app, feature).code
    }

    /// A user starts the program, asks, and ends it again; says whether there was a seat.
    pub(crate) fn would_grant(&mut self, user: &str, feature: &str) -> bool {
        self.would_refuse(user, feature).is_none()
    }

    /// The same; says why not.
    pub(crate) fn would_refuse(&mut self, user: &str, feature: &str) -> Option<RefusalCode> {
        let mut app = self.open(user);
        let outcome = self.ask(&mut app, feature);
        self.goodbye(&app);
        match outcome {
            Outcome::Granted(_) => None,
            other => Some(refused(other).code),
        }
    }

    pub(crate) fn goodbye(&mut self, app: &App) {
        self.send(Command::Goodbye {
            session: app.session,
            epoch: app.epoch,
        });
    }

    /// What an application was told without having asked, since the last call.
    pub(crate) fn told(&mut self, app: &App) -> Vec<Notice> {
        let (mine, others) = std::mem::take(&mut self.notices)
            .into_iter()
            .partition(|(session, _)| *session == app.session);
        self.notices = others;
        mine.into_iter().map(|(_, notice)| notice).collect()
    }

    /// The administrator reads the named users from the client's directory.
    pub(crate) fn synced(&mut self, feature: &str, users: &[&str]) -> Outcome {
        let listed = users.iter().map(|user| {
            self.assignments += 1;
            let mut assignment = [0xd1; 16];
            assignment[8..].copy_from_slice(&self.assignments.to_be_bytes());
            ListedUser {
                user: pseudonym(user),
                entity: None,
                category: None,
                assignment: AssignmentId(assignment),
            }
        });
        let users = listed.collect();
        self.outcome(Command::SyncUsers {
            licence: self.vendor.licence().id.clone(),
            feature: feature.parse().unwrap(),
            users,
            actor: ADMINISTRATOR,
        })
    }

    /// The assignment of a user.
    #[track_caller]
    pub(crate) fn assignment(&self, user: &str) -> AssignmentId {
        let assignments = self.engine.assignments();
        let of = assignments.iter().find(|one| one.user == pseudonym(user));
        of.expect("the user is assigned").assignment
    }

    /// Each month in which more was used than the count: its first instant, users in excess.
    pub(crate) fn overdraft_months(&self) -> Vec<(CivilSeconds, u32)> {
        let months = self.engine.overdraft_months(self.now);
        let months = months.iter();
        months.map(|one| (one.month, one.users_in_excess)).collect()
    }

    pub(crate) fn in_use(&self, feature: &str) -> u32 {
        let features = self.engine.features();
        let of = features
            .iter()
            .filter(|view| view.feature.as_str() == feature);
        of.map(|view| view.in_use).sum()
    }
}

#[track_caller]
pub(crate) fn granted(outcome: Outcome) -> Grant {
    match outcome {
        Outcome::Granted(grant) => grant,
        other => panic!("a seat was expected, not {other:?}"),
    }
}

#[track_caller]
pub(crate) fn refused(outcome: Outcome) -> Refusal {
    match outcome {
        Outcome::Refused(refusal) => refusal,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}
