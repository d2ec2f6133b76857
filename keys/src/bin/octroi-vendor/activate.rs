//! `activate`: an activation request becomes a certificate; and `register`, which shows and corrects
//! what was handed out.

use std::path::Path;

use octroi_licence::{DocumentKind, Licence, LicenceId, Scope, Seconds, armour};
use octroi_vendor::{
    ActivationRefusal, Answer, Clearance, Desk, LicenceRecord, Request, VendorSequence, answer,
    certificate_summary, order::in_words,
};
use serde_json::json;

use crate::{
    World,
    cli::{ActivateArgs, CertifiedRole, RegisterCommand},
    failure::Failure,
    files::{self, Readers},
    folder::{expect_kind, read_document},
    output::Report,
};

const DAY_S: u32 = 86_400;

pub(crate) fn run(world: &World, args: &ActivateArgs) -> Result<Report, Failure> {
    match (&args.unlock, &args.request, &args.output) {
        (Some(licence), ..) => unlock(world, licence),
        (None, Some(request), Some(output)) => activate(world, request, output, args),
        _ => Err(Failure::words("a request and an output file are needed")),
    }
}

fn activate(
    world: &World,
    request_file: &Path,
    output: &Path,
    args: &ActivateArgs,
) -> Result<Report, Failure> {
    let (kind, signed) = read_document(request_file)?;
    expect_kind(kind, DocumentKind::ActivationRequest, request_file)?;
    let request = Request::read(&signed)
        .map_err(|error| Failure::from(error).context(request_file.display().to_string()))?;
    let id = request.licence();
    let folder = world.folder()?;
    let store = world.store()?;
    let unknown = || ActivationRefusal::LicenceUnknown {
        licence: id.clone(),
    };
    let mut record = store.record(id)?.ok_or_else(unknown)?;
    let newest = record.newest().ok_or_else(unknown)?.clone();
    let revocations = store.revocations(&folder.trusted_root())?;
    let key = folder.key(CertifiedRole::Activation, &world.passphrases)?;
    let authority = key.authority(&folder, revocations);
    let licence =
        store.document::<Licence>(newest.digest, &authority.root, &authority.revocations)?;
    let code = store.code(id, newest.serial)?;
    let (amendments, orders) = store.said(&record, &authority.root, &authority.revocations)?;
    let desk = Desk {
        sequence: VendorSequence {
            serial: &licence,
            amendments: amendments.iter().collect(),
            orders: orders.iter().collect(),
        },
        country: args.country,
        code: &code,
        authority: &authority,
        clearance: Clearance::BY_HAND,
        validity: args
            .valid_days
            .map(|days| Seconds(days.saturating_mul(DAY_S))),
    };

    let answered = answer(&request, &desk, &mut record, world.now);
    let (digest, repeated) = match answered {
        Ok(Answer::Repeated { certificate }) => (certificate, true),
        Ok(Answer::Granted {
            signed,
            certificate,
        }) => {
            files::must_be_free(output)?;
            let summary = certificate_summary(&certificate);
            let text = armour(DocumentKind::ActivationCertificate, &signed, &summary);
            store.put_document(certificate.digest(), &text)?;
            store.put_record(&record)?;
            (certificate.digest(), false)
        }
        Err(error) => {
            // A wrong code counts whether or not anybody reads the refusal.
            store.put_record(&record)?;
            return Err(error.into());
        }
    };
    files::write_new(output, &store.document_text(digest)?, Readers::Everybody)?;
    let activation = record
        .activations()
        .iter()
        .find(|activation| activation.certificate == digest)
        .ok_or_else(|| Failure::words("the register lost the activation"))?;
    let shares: Vec<String> = activation
        .shares
        .iter()
        .map(|(feature, units)| format!("{} {feature}", units.0))
        .collect();
    let again = if repeated {
        " (answered before, the same again)"
    } else {
        ""
    };
    Ok(Report {
        text: format!(
            "licence {id} activated for daemon {}{again}\nshares:      {}\ncertificate: {} \
             (number {})",
            activation.daemon_key.id().short(),
            shares.join(", "),
            output.display(),
            activation.number
        ),
        json: json!({
            "licence": id,
            "activation": activation,
            "certificate_file": output,
            "repeated": repeated,
        }),
    })
}

fn unlock(world: &World, licence: &LicenceId) -> Result<Report, Failure> {
    let store = world.store()?;
    let mut record = store.known(licence)?;
    let attempts = record.failed_attempts();
    record.unlock();
    store.put_record(&record)?;
    Ok(Report {
        text: format!("licence {licence} unlocked after {attempts} wrong codes"),
        json: json!({ "licence": licence, "failed_attempts": attempts }),
    })
}

pub(crate) fn register(world: &World, command: RegisterCommand) -> Result<Report, Failure> {
    let store = world.store()?;
    match command {
        RegisterCommand::List => {
            let mut lines = Vec::new();
            let mut list = Vec::new();
            for id in store.licences()? {
                let record = store.known(&id)?;
                let newest = record.newest().map_or(0, |issued| issued.serial);
                let live = record.live(world.now).count();
                lines.push(format!("{id}  serial {newest}  {live} active"));
                list.push(json!({ "licence": id, "serial": newest, "active": live }));
            }
            if lines.is_empty() {
                lines.push("no licence was issued yet".to_owned());
            }
            Ok(Report {
                text: lines.join("\n"),
                json: json!({ "licences": list }),
            })
        }
        RegisterCommand::Show { licence } => {
            let record = store.known(&licence)?;
            let live: Vec<_> = record.live(world.now).collect();
            Ok(Report {
                text: show(&record, world),
                json: json!({ "record": record, "live": live }),
            })
        }
        RegisterCommand::WriteOff {
            licence,
            daemon_key,
        } => {
            let mut record = store.known(&licence)?;
            let certificates = record.write_off(&daemon_key);
            if certificates == 0 {
                return Err(Failure::words(format!(
                    "licence {licence} has no activation of daemon {daemon_key}"
                ))
                .help("octroi-vendor register show lists them"));
            }
            store.put_record(&record)?;
            Ok(Report {
                text: format!("written off: {certificates} certificate(s) of daemon {daemon_key}"),
                json: json!({ "licence": licence, "certificates": certificates }),
            })
        }
    }
}

fn show(record: &LicenceRecord, world: &World) -> String {
    let mut lines = vec![format!("licence {}", record.licence())];
    for issued in record.issued() {
        lines.push(format!(
            "  {}  serial {} issued {}  {}",
            issued.sequence,
            issued.serial,
            in_words(issued.issued_at),
            issued.digest.short()
        ));
    }
    for amendment in record.amendments() {
        lines.push(format!(
            "  {}  amendment of serial {} given {}  {}",
            amendment.sequence,
            amendment.serial,
            in_words(amendment.issued_at),
            amendment.digest.short()
        ));
    }
    for order in record.orders() {
        let scope = match &order.scope {
            Scope::Feature(feature) => feature.as_str(),
            Scope::Maintenance => "maintenance",
            _ => "licence",
        };
        lines.push(format!(
            "  {}  {:?} {scope} given {}  {}",
            order.sequence,
            order.kind,
            in_words(order.issued_at),
            order.digest.short()
        ));
    }
    let live: Vec<_> = record.live(world.now).collect();
    lines.push(
        if live.is_empty() {
            "active: none"
        } else {
            "active:"
        }
        .to_owned(),
    );
    for activation in live {
        let site = activation.site.as_ref().map_or("-", |site| site.as_str());
        let until = activation.ends_at.map_or("perpetual".to_owned(), in_words);
        lines.push(format!(
            "  {}  site {site}  certificate {}  until {until}",
            activation.daemon_key, activation.number
        ));
        for (feature, units) in &activation.shares {
            lines.push(format!("    {} {feature}", units.0));
        }
    }
    if record.failed_attempts() > 0 {
        let state = if record.is_locked() { " (locked)" } else { "" };
        lines.push(format!("wrong codes: {}{state}", record.failed_attempts()));
    }
    lines.join("\n")
}
