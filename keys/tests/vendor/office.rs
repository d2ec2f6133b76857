//! A vendor's office that answers activation requests.

use octroi_licence::{
    ActivationCertificate, Amendment, Country, Licence, Order, Seconds, Verified,
    message::SignedDocument,
};
use octroi_vendor::{
    ActivationRefusal, Answer, AnswerError, Clearance, Desk, LicenceRecord, VendorSequence, answer,
};

use crate::support::{Asker, NOW, Vendor, code, record};

/// A vendor, one licence of it, and what was activated.
pub(crate) struct Office {
    pub(crate) vendor: Vendor,
    pub(crate) licence: Verified<Licence>,
    pub(crate) record: LicenceRecord,
    pub(crate) clearance: Clearance,
    pub(crate) validity: Option<Seconds>,
    pub(crate) country: Option<Country>,
    pub(crate) orders: Vec<Verified<Order>>,
    pub(crate) amendments: Vec<Verified<Amendment>>,
    pub(crate) now: octroi_licence::CivilSeconds,
}

impl Office {
    pub(crate) fn new(order: &str) -> Self {
        let (vendor, mut record) = (Vendor::new(), record());
        let licence = vendor.issue(order, &mut record);
        Self {
            vendor,
            licence,
            record,
            clearance: Clearance::BY_HAND,
            validity: None,
            country: None,
            orders: Vec::new(),
            amendments: Vec::new(),
            now: NOW,
        }
    }

    pub(crate) fn asker(&self, seed: u8) -> Asker {
        Asker::new(seed, &self.licence)
    }

    pub(crate) fn answer(&mut self, asker: &Asker) -> Result<Answer, AnswerError> {
        let authority = self.vendor.activation();
        let code = code(u8::try_from(self.licence.serial).unwrap());
        let desk = Desk {
            sequence: VendorSequence {
                serial: &self.licence,
                amendments: self.amendments.iter().collect(),
                orders: self.orders.iter().collect(),
            },
            country: self.country,
            code: &code,
            authority: &authority,
            clearance: self.clearance,
            validity: self.validity,
        };
        answer(&asker.request(), &desk, &mut self.record, self.now)
    }

    pub(crate) fn granted(
        &mut self,
        asker: &Asker,
    ) -> (SignedDocument, Verified<ActivationCertificate>) {
        match self.answer(asker).unwrap() {
            Answer::Granted {
                signed,
                certificate,
            } => (signed, *certificate),
            Answer::Repeated { .. } => panic!("the request was answered before"),
        }
    }

    pub(crate) fn refused(&mut self, asker: &Asker) -> ActivationRefusal {
        match self.answer(asker) {
            Err(AnswerError::Refused(refusal)) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }
}
