//! What a report says of the client's declarations: notices, acceptance, the end of use.

use octroi_licence::{
    CivilDay, DocumentKind, Numbered, ReportedDeclaration, armour, digest_of,
    message::DeclarationKind,
};
use octroi_proto::activation::v1::RefusalCode;

use crate::{daemon::Daemon, reporting::activated, vendor::NOW};

#[tokio::test]
async fn the_vendor_sees_what_the_client_declared_and_on_which_day() {
    let (server, mut daemon) = activated().await;
    let today = CivilDay::of(NOW).unwrap();
    daemon.declarations = vec![
        ReportedDeclaration {
            kind: Numbered::Known(DeclarationKind::AcceptedByUse),
            day: today,
            ends_on: None,
        },
        ReportedDeclaration {
            kind: Numbered::Known(DeclarationKind::NonRenewal),
            day: today,
            ends_on: Some(CivilDay(today.0 + 200)),
        },
        ReportedDeclaration {
            kind: Numbered::Later(77),
            day: today,
            ends_on: None,
        },
    ];
    daemon.reports(&server.client().await).await.unwrap();
    let overview = server.overview().await;
    let report = overview.activations[0].last_report.as_ref().unwrap();
    let names: Vec<_> = report
        .declarations
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["ACCEPTED_BY_USE", "NON_RENEWAL", "77"]);
    assert_eq!(
        report.declarations[1].ends_on,
        Some(CivilDay(today.0 + 200))
    );
    assert!(report.end_of_use.is_none());
}

#[tokio::test]
async fn a_certificate_of_the_end_of_use_is_kept_and_frees_the_daemons_share() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    daemon.reports(&client).await.unwrap();
    daemon.work(2);
    let certificate = daemon.ends_its_use();
    daemon.work(1);
    let receipt = daemon.reports(&client).await.unwrap();
    assert!(receipt.certificates.is_empty());
    assert_eq!(receipt.not_renewed[0].1, "USE_ENDED");
    let overview = server.overview().await;
    assert!(
        overview
            .features
            .iter()
            .all(|feature| feature.allotted == 0)
    );
    let activation = &overview.activations[0];
    assert!(activation.written_off && !activation.live);
    let ended = activation.last_report.as_ref().unwrap().end_of_use.as_ref();
    let kind = DocumentKind::EndOfUseCertificate;
    assert_eq!(ended.unwrap().document, armour(kind, &certificate, ""));
    let digest = digest_of(kind, &certificate.payload).to_string();
    assert_eq!(ended.unwrap().digest, digest);
    // It reports on, and nothing is given to it again.
    daemon.work(1);
    let receipt = daemon.reports(&client).await.unwrap();
    assert_eq!(receipt.not_renewed[0].1, "USE_ENDED");
}

#[tokio::test]
async fn another_daemons_certificate_ends_nothing() {
    let (server, mut daemon) = activated().await;
    let mut other: Daemon = daemon.clone().under_key(66);
    other.ends_its_use();
    daemon.end_of_use = other.end_of_use;
    let refused = daemon.reports(&server.client().await).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::CertificateNotOurs);
    assert!(!server.overview().await.activations[0].written_off);
}
