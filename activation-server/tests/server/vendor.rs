//! A vendor with fixed keys: orders become licences, and what it says later becomes documents.

use octroi_licence::{
    CivilSeconds, DocumentKind, KeyRole, Licence, LicenceId, Revocations, Signer as _, TrustedRoot,
    VendorId, VendorRoot, Verified, message::SignedDocument, verify_self_signed,
};
use octroi_server::{ActivationKey, Vendor};
use octroi_vendor::{
    ActivationCode, Amend, Authority, Certification, Issue, LicenceOrder, LicenceRecord,
    PrivateKey, Revoke, VendorOrder, amend, certify, give_order, issue, order::EXAMPLE, revoke,
    vendor_root,
};
use zeroize::Zeroizing;

/// 2026-11-22T12:00:00Z.
pub(crate) const NOW: CivilSeconds = CivilSeconds(1_795_348_800);
pub(crate) const DAY_S: i64 = 86_400;
pub(crate) const LICENCE: &str = "example-solver-0001";
/// A report every 30 days; without a receipt the certificate ends after 44.
pub(crate) const REPORTING: &str = "[reporting]\ninterval_days = 30\nwarn_days = 1\ndegrade_days = 7\nstop_days = 14\n\n[sessions]\n";

pub(crate) fn later(seconds: i64) -> CivilSeconds {
    CivilSeconds(NOW.0 + seconds)
}

pub(crate) fn private_key(seed: u8) -> PrivateKey {
    PrivateKey::from_entropy(&Zeroizing::new([seed; 32]))
}

/// The example order with some of its lines replaced; every replacement must fit.
pub(crate) fn order_with(replacements: &[(&str, &str)]) -> String {
    let mut order = EXAMPLE.to_owned();
    for (from, to) in replacements {
        assert!(order.contains(from), "the example has no line {from:?}");
        order = order.replacen(from, to, 1);
    }
    order
}

/// An order of 2 solvers, 10 viewers and 3 hosts, without sites and host binding, with reporting.
pub(crate) fn reporting_order() -> String {
    order_with(PLAIN)
}

/// What makes the example plain.
pub(crate) const PLAIN: &[(&str, &str)] = &[
    ("[sessions]\n", REPORTING),
    ("host_components_required = 2\n", ""),
    (LYON, ""),
    (GENEVA, ""),
];
const LYON: &str = "[[sites]]
# A short name that the client states at activation. (required)
id = \"lyon\"
# For people.
name = \"Lyon, main building\"
# ISO 3166-1 alpha-2.
country = \"FR\"
# Hosts that may be activated on the site. Default: no limit.
hosts_max = 2
";
const GENEVA: &str = "[[sites]]
id = \"geneva\"
country = \"CH\"
";

/// A licence as it goes to the client, and its code.
pub(crate) struct Issued {
    pub(crate) signed: SignedDocument,
    pub(crate) licence: Verified<Licence>,
    pub(crate) code: ActivationCode,
}

/// The vendor's staff with all keys and their own register of one licence.
pub(crate) struct Staff {
    id: VendorId,
    root_key: PrivateKey,
    root: SignedDocument,
    issuing: PrivateKey,
    issuing_certificate: SignedDocument,
    pub(crate) record: LicenceRecord,
    newest: Option<Verified<Licence>>,
    list: Option<octroi_licence::RevocationList>,
}

impl Staff {
    pub(crate) fn new() -> Self {
        Self::of("acme", 1)
    }

    pub(crate) fn of(vendor: &str, seed: u8) -> Self {
        let id: VendorId = vendor.parse().unwrap();
        let (root_key, issuing) = (private_key(seed), private_key(seed + 1));
        let root = vendor_root(&id, "Acme SA", &root_key, NOW).unwrap();
        let issuing_certificate = certificate(&id, KeyRole::Issuing, &issuing, &root_key);
        Self {
            id,
            root_key,
            root,
            issuing,
            issuing_certificate,
            record: LicenceRecord::new(LICENCE.parse().unwrap()),
            newest: None,
            list: None,
        }
    }

    /// What the server knows of the vendor.
    pub(crate) fn vendor(&self) -> Vendor {
        Vendor::read(&self.root).unwrap()
    }

    pub(crate) fn trusted(&self) -> TrustedRoot {
        let root: Verified<VendorRoot> = verify_self_signed(&self.root).unwrap();
        TrustedRoot::accepted(&root)
    }

    pub(crate) fn root_document(&self) -> &SignedDocument {
        &self.root
    }

    /// A certified activation key, as the server holds it.
    pub(crate) fn activation_key(&self) -> ActivationKey {
        let key = private_key(3);
        let certificate = self.activation_certificate();
        ActivationKey::new(&self.vendor(), key, certificate, Vec::new()).unwrap()
    }

    pub(crate) fn activation_certificate(&self) -> SignedDocument {
        certificate(
            &self.id,
            KeyRole::Activation,
            &private_key(3),
            &self.root_key,
        )
    }

    fn issuing(&self) -> Authority<'_, PrivateKey> {
        Authority {
            vendor: self.id.clone(),
            signer: &self.issuing,
            chain: vec![self.issuing_certificate.clone()],
            root: self.trusted(),
            revocations: Revocations::default(),
        }
    }

    /// Issues an order that must be good.
    pub(crate) fn issue(&mut self, order: &str) -> Issued {
        let order = LicenceOrder::check(order, NOW).unwrap();
        let code = ActivationCode::from_entropy(&Zeroizing::new(
            [u8::try_from(order.serial()).unwrap(); 16],
        ));
        let mut record = self.record.clone();
        if record.licence() != order.licence() {
            record = LicenceRecord::new(order.licence().clone());
        }
        let issued = issue(&order, &code, &mut record, &self.issuing(), NOW).unwrap();
        let Issue::New { signed, licence } = issued else {
            panic!("the order was issued before");
        };
        self.record = record;
        self.newest = Some(*licence.clone());
        Issued {
            signed,
            licence: *licence,
            code,
        }
    }

    /// Gives an order about the licence that was issued last.
    pub(crate) fn order(&mut self, kind: octroi_licence::OrderKind) -> SignedDocument {
        self.order_of(kind, octroi_licence::Scope::WholeLicence)
    }

    /// The same about a part of it.
    pub(crate) fn order_of(
        &mut self,
        kind: octroi_licence::OrderKind,
        scope: octroi_licence::Scope,
    ) -> SignedDocument {
        let order = VendorOrder {
            kind,
            scope,
            ground: octroi_licence::message::Ground::LatePayment,
            effective_at: None,
            reason: "invoice 17".to_owned(),
        };
        let newest = self.newest.clone().unwrap();
        let mut record = self.record.clone();
        let given =
            give_order(&order, &newest, &newest, &mut record, &self.issuing(), NOW).unwrap();
        self.record = record;
        given.0
    }

    /// Amends the licence that was issued last.
    pub(crate) fn amend(&mut self, order: &str, countersign: bool) -> SignedDocument {
        let order = LicenceOrder::check(order, NOW).unwrap();
        let newest = self.newest.clone().unwrap();
        let what = Amend {
            order: &order,
            licence: &newest,
            terms: &newest,
            effective_at: None,
            countersign,
        };
        let mut record = self.record.clone();
        let (signed, _) = amend(&what, &mut record, &self.issuing(), NOW).unwrap();
        self.record = record;
        signed
    }

    /// Revokes a licence up to a serial; gives the vendor's next list.
    pub(crate) fn revoke(&mut self, licence: &LicenceId, serial_max: u64) -> SignedDocument {
        let what = Revoke::Licence {
            licence: licence.clone(),
            serial_max,
            reason: String::new(),
        };
        let (signed, list) = revoke(&what, self.list.as_ref(), &self.issuing(), NOW).unwrap();
        self.list = Some(list.document().clone());
        signed
    }
}

fn certificate(
    id: &VendorId,
    role: KeyRole,
    key: &PrivateKey,
    root_key: &PrivateKey,
) -> SignedDocument {
    let certification = Certification {
        role,
        public_key: key.public_key(),
        products: Vec::new(),
        valid_from: CivilSeconds(NOW.0 - 400 * DAY_S),
        valid_until: later(4_000 * DAY_S),
    };
    certify(id, &certification, root_key, NOW).unwrap()
}

/// The kind of a document that the staff made.
pub(crate) fn kind_of(signed: &SignedDocument, staff: &Staff) -> DocumentKind {
    let (root, none) = (staff.trusted(), Revocations::default());
    if octroi_licence::verify::<octroi_licence::Order>(signed, &root, &none).is_ok() {
        DocumentKind::Order
    } else if octroi_licence::verify::<Licence>(signed, &root, &none).is_ok() {
        DocumentKind::Licence
    } else if octroi_licence::verify::<octroi_licence::Amendment>(signed, &root, &none).is_ok() {
        DocumentKind::Amendment
    } else {
        DocumentKind::RevocationList
    }
}
