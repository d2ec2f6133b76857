//! Documents that carry out contracts: honoured as they are, and with terms that no reader may honour.

use octroi_licence::{DocumentKind, message};
use prost::Message as _;

use super::{Vector, written};
use crate::vendor::{
    VALID_UNTIL, frame,
    full::{amendment, end_of_use, full_licence, orders, release},
    issued, issuing_chain, public, signed,
};

const INVALID: &str = "DOCUMENT_TERM_INVALID";

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = documents();
    all.extend(senseless_licences());
    all.extend(senseless_orders());
    all.extend(senseless_changes());
    all
}

fn stating(change: impl FnOnce(&mut message::Licence)) -> String {
    let mut licence = full_licence();
    change(&mut licence);
    written(DocumentKind::Licence, &issued(&licence))
}

fn of(kind: DocumentKind, payload: Vec<u8>, signer: &str) -> String {
    let chain = if signer == "issuing" {
        issuing_chain()
    } else {
        Vec::new()
    };
    written(kind, &signed(kind, payload, signer, chain))
}

/// The order of a kind after a change.
fn ordered(name: &str, change: impl FnOnce(&mut message::Order)) -> String {
    let mut order = orders()
        .into_iter()
        .find(|order| format!("{:?}", order.kind).starts_with(&format!("Some({name}(")))
        .unwrap();
    change(&mut order);
    of(DocumentKind::Order, order.encode_to_vec(), "issuing")
}

fn documents() -> Vec<Vector> {
    vec![
        Vector::honoured(
            "licence-contract.lic",
            "a licence that states something of every term",
            stating(|_| {}),
        ),
        Vector::honoured(
            "order-cure-notice.octroi",
            "a breach is to be cured: suspended at once, ended by itself",
            ordered("CureNotice", |_| {}),
        )
        .of(DocumentKind::Order),
        Vector::honoured(
            "order-reassign.octroi",
            "a named user's seat becomes free; the user is named by a random id",
            ordered("Reassign", |_| {}),
        )
        .of(DocumentKind::Order),
        Vector::honoured(
            "amendment.octroi",
            "an amendment states the whole licence as it stands afterwards",
            of(
                DocumentKind::Amendment,
                amendment().encode_to_vec(),
                "issuing",
            ),
        )
        .of(DocumentKind::Amendment),
        Vector::honoured(
            "escrow-release.octroi",
            "the escrow key of licence.lic lifts the duties towards the vendor",
            of(
                DocumentKind::EscrowRelease,
                release().encode_to_vec(),
                "escrow",
            ),
        )
        .of(DocumentKind::EscrowRelease),
        Vector::honoured(
            "end-of-use.octroi",
            "a daemon removed the licence",
            of(
                DocumentKind::EndOfUseCertificate,
                end_of_use().encode_to_vec(),
                "daemon",
            ),
        )
        .of(DocumentKind::EndOfUseCertificate),
    ]
}

fn senseless_licences() -> Vec<Vector> {
    let refused = |file, why, change: fn(&mut message::Licence)| {
        Vector::refused(file, INVALID, why, stating(change))
    };
    vec![
        refused(
            "licence-perpetual-two-sites.lic",
            "a perpetual licence for two sites",
            |licence| {
                (licence.term, licence.renewal) = (None, None);
                let mut second = licence.sites[0].clone();
                second.id = "metz".to_owned();
                licence.sites.push(second);
            },
        ),
        refused(
            "licence-named-user-grouping.lic",
            "named users, counted by process",
            |licence| licence.features[2].grouping = message::Grouping::Process.into(),
        ),
        refused(
            "licence-metered-without-meter.lic",
            "a metered feature that does not say what is metered",
            |licence| licence.features[3].metered = None,
        ),
        refused(
            "licence-meter-without-metric.lic",
            "amounts in a feature whose metric does not count them",
            |licence| licence.features[0].metered = licence.features[3].metered.clone(),
        ),
        refused(
            "licence-window-absurd.lic",
            "18,446,744,073,709,551,615 a month",
            |licence| licence.features[3].metered.as_mut().unwrap().windows[1].amount = u64::MAX,
        ),
        refused(
            "licence-window-twice.lic",
            "two limits for one hour",
            |licence| {
                let windows = &mut licence.features[3].metered.as_mut().unwrap().windows;
                windows[1].unit = windows[0].unit;
            },
        ),
        refused(
            "licence-times-reversed.lic",
            "allowed from 21:00 until 8:00 of the same day",
            |licence| {
                let times = &mut licence.features[3].allowed_times[0];
                (times.from_minute, times.until_minute) = (times.until_minute, times.from_minute);
            },
        ),
        refused(
            "licence-zone-name.lic",
            "a zone that a time zone database would have to explain",
            |licence| licence.zone.as_mut().unwrap().posix = "Europe/Paris".to_owned(),
        ),
        refused(
            "licence-renewal-notice-late.lic",
            "notice that could be given after the renewal",
            |licence| {
                licence.renewal.as_mut().unwrap().periods[0].notice_until_s = VALID_UNTIL + 1;
            },
        ),
        refused(
            "licence-renewal-many.lic",
            "sixty-five renewals",
            |licence| {
                let renewal = licence.renewal.as_mut().unwrap();
                renewal.periods = vec![renewal.periods[0]; 65];
            },
        ),
        refused(
            "licence-territory-country.lic",
            "a territory that names no country",
            |licence| {
                let countries = vec!["Europe".to_owned()];
                licence.territory = Some(message::Territory {
                    kind: Some(message::territory::Kind::Denied(message::CountryList {
                        countries,
                    })),
                });
            },
        ),
        refused(
            "licence-server-outside-region.lic",
            "a server outside the regions that the licence allows it",
            |licence| licence.server.as_mut().unwrap().region = "CH".to_owned(),
        ),
        refused(
            "licence-borrow-lease-long.lic",
            "a lease longer than the longest borrowing",
            |licence| {
                let borrow = licence.features[2].borrow.as_mut().unwrap();
                borrow.lease_s = borrow.longest_s + 1;
            },
        ),
        refused(
            "licence-category-unknown.lic",
            "a limit for a category that the licence does not name",
            |licence| licence.features[2].category_limits[0].category = "staff".to_owned(),
        ),
        refused(
            "licence-export-unknown.lic",
            "a feature for export that the licence does not have",
            |licence| licence.post_term.as_mut().unwrap().features = vec!["save".to_owned()],
        ),
    ]
}

fn senseless_orders() -> Vec<Vector> {
    use message::order::Kind;
    let order =
        |file, why, text: String| Vector::refused(file, INVALID, why, text).of(DocumentKind::Order);
    vec![
        order(
            "order-cure-notice-ended.octroi",
            "a delay that ends when it begins",
            ordered("CureNotice", |order| {
                let begins = order.effective_at_s;
                if let Some(Kind::CureNotice(notice)) = &mut order.kind {
                    notice.ends_at_s = begins;
                }
            }),
        ),
        order(
            "order-reassign-short-id.octroi",
            "an assignment id of 15 bytes",
            ordered("Reassign", |order| {
                if let Some(Kind::Reassign(one)) = &mut order.kind {
                    one.assignment.pop();
                }
            }),
        ),
        order(
            "order-audit-of-feature.octroi",
            "an audit of one feature",
            ordered("Audit", |order| {
                order.scope = Some(message::Scope {
                    kind: Some(message::scope::Kind::Feature("cad".to_owned())),
                });
            }),
        ),
        order(
            "order-limit-change-empty.octroi",
            "a change of limits that changes none",
            ordered("LimitChange", |order| {
                order.kind = Some(Kind::LimitChange(message::LimitChange::default()));
            }),
        ),
    ]
}

fn senseless_changes() -> Vec<Vector> {
    let mut framed = amendment();
    framed.outcome.as_mut().unwrap().frame = Some(frame(2));
    let mut short = amendment();
    short.predecessor_digest.pop();
    let mut own = release();
    own.escrow_key = public("impostor").as_bytes().to_vec();
    let mut finer = end_of_use();
    finer.frame.as_mut().unwrap().issued_at_s += 1;
    let (amending, releasing) = (DocumentKind::Amendment, DocumentKind::EscrowRelease);
    let ending = DocumentKind::EndOfUseCertificate;
    vec![
        Vector::refused(
            "amendment-two-frames.octroi",
            INVALID,
            "an outcome that claims another sequence",
            of(amending, framed.encode_to_vec(), "issuing"),
        )
        .of(amending),
        Vector::refused(
            "amendment-short-predecessor.octroi",
            INVALID,
            "a predecessor's digest of 31 bytes",
            of(amending, short.encode_to_vec(), "issuing"),
        )
        .of(amending),
        Vector::refused(
            "escrow-release-own-key.octroi",
            "DOCUMENT_KEY_ROLE",
            "a release by a key that names itself, but that the licence does not",
            of(releasing, own.encode_to_vec(), "impostor"),
        )
        .of(releasing),
        Vector::refused(
            "escrow-release-by-vendor.octroi",
            "DOCUMENT_ALTERED",
            "a release signed by the issuing key",
            of(releasing, release().encode_to_vec(), "issuing"),
        )
        .of(releasing),
        Vector::refused(
            "end-of-use-to-the-second.octroi",
            INVALID,
            "finer than a day",
            of(ending, finer.encode_to_vec(), "daemon"),
        )
        .of(ending),
    ]
}
