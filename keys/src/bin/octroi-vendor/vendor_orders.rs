//! The vendor's orders, whatever their kind, in one flow: what the command line says becomes an order
//! with the dates that the licence's own order and calendar give it, is signed, entered and written.

use jiff::{civil::Date, tz::TimeZone};
use octroi_licence::{
    CivilSeconds, DocumentKind, Licence, OrderKind, Scope, Seats, Verified, armour,
};
use octroi_vendor::{
    GivenOrderKind, LicenceOrder, LicenceRecord, Request, VendorOrder,
    dates::{ComputedDelay, DelayKind, NamedDelay, NonRenewal, TermRules},
    give_order,
    order::{Edge, in_words, instant_of_text, time_zone},
    order_summary,
};
use serde_json::json;

use crate::{
    World, calendars,
    cli::CertifiedRole,
    failure::Failure,
    files::{self, Readers},
    folder::{expect_kind, read_document},
    order_args::{
        AuditArgs, CureNoticeArgs, DelayArgs, ForceMajeureArgs, HostListArgs, Length, LiftArgs,
        LimitChangeArgs, NonRenewalArgs, OrderDetails, PartyArg, RenewArgs, VendorOrderCommand,
    },
    output::Report,
    store::Store,
};

/// What an order of the command line comes to.
struct Given {
    kind: OrderKind,
    scope: Scope,
    effective_at: Option<CivilSeconds>,
    /// How dates came about, a line each.
    said: Vec<String>,
}

/// What the register says about the licence concerned.
struct Desk<'w> {
    world: &'w World,
    store: Store,
    record: LicenceRecord,
    zone: TimeZone,
    stated_effective: Option<CivilSeconds>,
}

pub(crate) fn run(world: &World, command: &VendorOrderCommand) -> Result<Report, Failure> {
    let details = command.details();
    let folder = world.folder()?;
    let store = world.store()?;
    let record = store.known(&details.licence)?;
    let zone = zone_of(details, &record)?;
    let mut desk = Desk {
        stated_effective: effective(details, &zone)?,
        world,
        store,
        record,
        zone,
    };
    let given = desk.order(command)?;
    let order = VendorOrder {
        kind: given.kind,
        scope: given.scope,
        ground: details.ground.map(Into::into).unwrap_or_default(),
        effective_at: given.effective_at,
        reason: details.reason.clone(),
    };
    files::must_be_free(&details.output)?;
    let revocations = desk.store.revocations(&folder.trusted_root())?;
    let key = folder.key(CertifiedRole::Issuing, &world.passphrases)?;
    let authority = key.authority(&folder, revocations);
    let newest = desk.newest_digest()?;
    let newest: Verified<Licence> =
        desk.store
            .document(newest, &authority.root, &authority.revocations)?;
    let (root, revocations) = (&authority.root, &authority.revocations);
    let terms = desk
        .store
        .terms_of(&desk.record, &newest, root, revocations)?;
    let record = &mut desk.record;
    let signed = give_order(&order, &newest, &terms, record, &authority, world.now);
    let (signed, verified) = signed?;
    let text = armour(DocumentKind::Order, &signed, &order_summary(&verified));
    desk.store.put_document(verified.digest(), &text)?;
    desk.store.put_record(&desk.record)?;
    files::write_new(&details.output, text.as_bytes(), Readers::Everybody)?;
    let sequence = verified.frame().sequence;
    let (kind, licence) = (verified.kind.name(), &details.licence);
    let mut lines = given.said.clone();
    lines.push(format!(
        "order {sequence} of licence {licence}, {kind}: {}",
        details.output.display()
    ));
    Ok(Report {
        text: lines.join("\n"),
        json: json!({
            "licence": licence,
            "sequence": sequence,
            "kind": kind,
            "digest": verified.digest().to_string(),
            "effective_at_s": verified.effective_at.map(|instant| instant.0),
            "ends_at_s": ends_at(&verified.kind).map(|instant| instant.0),
            "said": given.said,
            "order_file": details.output,
        }),
    })
}

/// The end that an order states.
fn ends_at(kind: &OrderKind) -> Option<CivilSeconds> {
    match kind {
        OrderKind::CureNotice { ends_at, .. }
        | OrderKind::Renew { ends_at }
        | OrderKind::NonRenewal { ends_at, .. }
        | OrderKind::ForceMajeure { ends_at, .. } => Some(*ends_at),
        OrderKind::LimitChange { until, .. } => *until,
        _ => None,
    }
}

/// The zone in which the dates of an order are meant.
fn zone_of(details: &OrderDetails, record: &LicenceRecord) -> Result<TimeZone, Failure> {
    let of_licence = record.newest().map(|issued| issued.time_zone.as_str());
    let name = details.time_zone.as_deref().or(of_licence).unwrap_or("UTC");
    time_zone(name).map_err(|what| Failure::words(what).context("--time-zone"))
}

fn effective(details: &OrderDetails, zone: &TimeZone) -> Result<Option<CivilSeconds>, Failure> {
    instant(
        "--effective",
        details.effective.as_deref(),
        zone,
        Edge::Start,
    )
}

fn instant(
    option: &'static str,
    text: Option<&str>,
    zone: &TimeZone,
    edge: Edge,
) -> Result<Option<CivilSeconds>, Failure> {
    text.map(|text| instant_of_text(text, zone, edge))
        .transpose()
        .map_err(|what| Failure::words(what).context(option))
}

impl Desk<'_> {
    fn order(&self, command: &VendorOrderCommand) -> Result<Given, Failure> {
        use VendorOrderCommand as C;
        let of = |kind, scope| Ok(self.given(kind, scope));
        match command {
            C::Suspend(args) => of(OrderKind::Suspend, args.scope()),
            C::Resume(args) => of(OrderKind::Resume, args.scope()),
            C::Terminate(args) => of(OrderKind::Terminate, args.scope()),
            C::OverdraftNotice(args) => of(OrderKind::OverdraftNotice, args.scope()),
            C::Reassign(args) => of(OrderKind::Reassign(args.assignment), args.part.scope()),
            C::BlockUser(args) => of(OrderKind::BlockUser(args.assignment), args.part.scope()),
            C::UnblockUser(args) => of(OrderKind::UnblockUser(args.assignment), args.part.scope()),
            C::WriteOff(args) => {
                let scope = Scope::Feature(args.feature.clone());
                of(OrderKind::WriteOff(args.borrowed), scope)
            }
            C::DecideReservation(args) => {
                let kind = OrderKind::DecideReservation {
                    reservation: args.reservation,
                    decision: args.decision.into(),
                };
                of(kind, Scope::Feature(args.feature.clone()))
            }
            C::Transfer(args) => {
                let kind = OrderKind::Transfer {
                    new_client_id: args.to_client.clone(),
                    new_client_name: args.to_name.clone(),
                    new_licence: args.continued_by.clone(),
                };
                of(kind, Scope::WholeLicence)
            }
            C::ClockReset(args) => {
                let new_time = instant_of_text(&args.new_time, &self.zone, Edge::Start)
                    .map_err(|what| Failure::words(what).context("--new-time"))?;
                let kind = OrderKind::ClockReset {
                    daemon_key: args.daemon_key,
                    anomaly: args.anomaly,
                    new_time,
                };
                of(kind, Scope::WholeLicence)
            }
            C::CureNotice(args) => self.cure_notice(args),
            C::LiftCureNotice(args) => self.lift(args),
            C::Audit(args) => self.audit(args),
            C::ForceMajeure(args) => self.force_majeure(args),
            C::LimitChange(args) => self.limit_change(args),
            C::HostList(args) => self.host_list(args),
            C::Renew(args) => self.renew(args),
            C::NonRenewal(args) => self.non_renewal(args),
        }
    }

    fn given(&self, kind: OrderKind, scope: Scope) -> Given {
        Given {
            kind,
            scope,
            effective_at: self.stated_effective,
            said: Vec::new(),
        }
    }

    fn newest_digest(&self) -> Result<octroi_licence::DocumentDigest, Failure> {
        let newest = self.record.newest().map(|issued| issued.digest);
        newest.ok_or_else(|| Failure::words("the record holds no serial"))
    }

    /// What the licence's order says about dates.
    fn rules(&self) -> Result<TermRules, Failure> {
        let licence = self.record.licence();
        let serial = self.record.newest().map_or(0, |issued| issued.serial);
        let text = self.store.order(licence, serial)?.ok_or_else(|| {
            Failure::words(format!(
                "the register does not hold the order of licence {licence}, serial {serial}"
            ))
            .help("issue the same order again: octroi-vendor issue ORDER.toml -o CLIENT.lic")
        })?;
        let lists = calendars::holiday_lists(&self.world.keys)?;
        let order = LicenceOrder::check_with(&text, self.world.now, &lists)?;
        Ok(order.term_rules().clone())
    }

    /// The day of the event, and the delay that runs from it.
    fn delay(&self, args: &DelayArgs, own: DelayKind) -> Result<(Date, ComputedDelay), Failure> {
        let rules = self.rules()?;
        let today = rules.calendar.day_of(self.world.now);
        let from = args.from.map_or(today, Ok).map_err(Failure::new)?;
        let named = match args.delay {
            Some(Length::Stated(delay)) => NamedDelay {
                kind: own,
                delay,
                calendar: rules.calendar.clone(),
                runs_from: None,
            },
            Some(Length::OfOrder(kind)) => delay_of(&rules, kind)?,
            None => delay_of(&rules, own)?,
        };
        let computed = named.compute(Some(from)).map_err(Failure::new)?;
        Ok((from, computed))
    }

    fn cure_notice(&self, args: &CureNoticeArgs) -> Result<Given, Failure> {
        let (from, delay) = self.delay(&args.delay, DelayKind::Cure)?;
        let (ends_at, how) = end_of(&delay)?;
        let calendar = self.rules()?.calendar;
        let kind = OrderKind::CureNotice {
            clause: args.clause.clone(),
            started_at: Some(calendar.starts_at(from).map_err(Failure::new)?),
            ends_at,
            outcome: args.then.into(),
            suspended_meanwhile: args.suspended_meanwhile,
        };
        let mut given = self.given(kind, args.scoped.scope());
        given.said.push(how);
        if args.suspended_meanwhile && given.effective_at.is_none() {
            let next_day = calendar.ends_at(from).map_err(Failure::new)?;
            given.effective_at = Some(next_day);
            given
                .said
                .push(format!("suspended from {}", in_words(next_day)));
        }
        Ok(given)
    }

    fn lift(&self, args: &LiftArgs) -> Result<Given, Failure> {
        let orders = self.record.orders().iter().rev();
        let mut notices = orders.filter(|order| order.kind == GivenOrderKind::CureNotice);
        let last = notices.next().map(|order| order.digest);
        let notice = args
            .notice
            .or(last)
            .ok_or_else(|| Failure::words("the register knows no cure notice of the licence"))?;
        Ok(self.given(OrderKind::LiftCureNotice { notice }, Scope::WholeLicence))
    }

    fn audit(&self, args: &AuditArgs) -> Result<Given, Failure> {
        let kind = OrderKind::Audit {
            urgent: args.urgent,
        };
        let mut given = self.given(kind, Scope::WholeLicence);
        if !args.urgent && given.effective_at.is_none() {
            let (_, delay) = self.delay(&args.delay, DelayKind::AuditNotice)?;
            let (effective_at, how) = end_of(&delay)?;
            given.effective_at = Some(effective_at);
            given.said.push(how);
        }
        Ok(given)
    }

    fn force_majeure(&self, args: &ForceMajeureArgs) -> Result<Given, Failure> {
        let (_, delay) = self.delay(&args.delay, DelayKind::ForceMajeure)?;
        let (ends_at, how) = end_of(&delay)?;
        let kind = OrderKind::ForceMajeure {
            ends_at,
            terminates: args.terminates,
        };
        let mut given = self.given(kind, Scope::WholeLicence);
        given.said.push(how);
        Ok(given)
    }

    fn limit_change(&self, args: &LimitChangeArgs) -> Result<Given, Failure> {
        let kind = OrderKind::LimitChange {
            count: args.count.map(Seats),
            windows: args.windows.clone(),
            until: instant("--until", args.until.as_deref(), &self.zone, Edge::End)?,
        };
        Ok(self.given(kind, Scope::Feature(args.feature.clone())))
    }

    fn host_list(&self, args: &HostListArgs) -> Result<Given, Failure> {
        let mut hosts = Vec::new();
        for file in &args.hosts {
            let named = |failure: Failure| failure.context(file.display().to_string());
            let (kind, signed) = read_document(file)?;
            expect_kind(kind, DocumentKind::ActivationRequest, file)?;
            let request = Request::read(&signed).map_err(|error| named(error.into()))?;
            let host = request.document().host.clone();
            hosts.push(host.ok_or_else(|| named(Failure::words("the request shows no host")))?);
        }
        let scope = Scope::Feature(args.feature.clone());
        Ok(self.given(OrderKind::HostList(hosts), scope))
    }

    fn renew(&self, args: &RenewArgs) -> Result<Given, Failure> {
        let stated = instant("--until", args.until.as_deref(), &self.zone, Edge::End)?;
        let ends_at = match stated {
            Some(ends_at) => ends_at,
            None => self.next_renewal()?,
        };
        let mut given = self.given(OrderKind::Renew { ends_at }, Scope::WholeLicence);
        let end = in_words(ends_at);
        given.said.push(format!("the term ends at {end}"));
        Ok(given)
    }

    /// The end of the next of the order's periods.
    fn next_renewal(&self) -> Result<CivilSeconds, Failure> {
        let orders = self.record.orders().iter();
        let renewed = orders.filter(|order| order.kind == GivenOrderKind::Renew);
        let next = u32::try_from(renewed.count()).unwrap_or(u32::MAX);
        let rules = self.rules()?;
        if rules.renewal.period.is_none() {
            let what = "the order states no period by which the term is renewed";
            return Err(Failure::words(what).help("state the last day with --until"));
        }
        let period = rules.period(next.saturating_add(1));
        Ok(period.map_err(Failure::new)?.ends)
    }

    fn non_renewal(&self, args: &NonRenewalArgs) -> Result<Given, Failure> {
        let rules = self.rules()?;
        let said = NonRenewal {
            by: args.by.into(),
            form: args.form.into(),
            on: args.on,
        };
        let judgement = rules.judge(&said).map_err(|refused| {
            Failure::new(refused)
                .context("the non-renewal does nothing")
                .help("octroi-vendor order check ORDER.toml shows the form and each deadline")
        })?;
        let kind = OrderKind::NonRenewal {
            ends_at: judgement.ends,
            received_at: Some(rules.calendar.starts_at(args.on).map_err(Failure::new)?),
            by_client: args.by == PartyArg::Client,
        };
        let mut given = self.given(kind, Scope::WholeLicence);
        if let Some(missed) = judgement.late {
            given.said.push(format!(
                "late: for period {} it had to be said until {}",
                missed.period, missed.last_day
            ));
        }
        let end = in_words(judgement.ends);
        given.said.push(format!(
            "the licence ends with period {}, at {end}",
            judgement.period
        ));
        Ok(given)
    }
}

fn delay_of(rules: &TermRules, kind: DelayKind) -> Result<NamedDelay, Failure> {
    let found = rules.delays.iter().find(|delay| delay.kind == kind);
    found.cloned().ok_or_else(|| {
        Failure::words(format!(
            "the licence's order states no delay `{}`",
            kind.key()
        ))
        .help("state it with --delay, such as --delay \"30 business days\"")
    })
}

/// The instant with which a computed delay is over, and how it came about.
fn end_of(delay: &ComputedDelay) -> Result<(CivilSeconds, String), Failure> {
    let (day, ends_at) = delay
        .until
        .ok_or_else(|| Failure::words("the delay has no end"))?;
    let from = delay.from.map(|from| from.to_string()).unwrap_or_default();
    let how = format!(
        "until {day} ({}): {}, from {from}",
        in_words(ends_at),
        delay.how
    );
    Ok((ends_at, how))
}
