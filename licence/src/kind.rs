//! The kinds of signed documents and the context string that keeps a signature over one kind from
//! being taken for another.

use std::fmt;

/// What a document is. The name stands in its signing context and in its armour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DocumentKind {
    /// The vendor's root, signed by itself.
    VendorRoot,
    /// A root's word for another key.
    KeyCertificate,
    /// Who may run what, where and how much.
    Licence,
    /// A licence as it stands after a change.
    Amendment,
    /// What the vendor says about a licence after its issue.
    Order,
    /// Keys and licences no longer trusted.
    RevocationList,
    /// This daemon may serve this licence.
    ActivationCertificate,
    /// A daemon asks for a certificate.
    ActivationRequest,
    /// A daemon's anonymous counts.
    UsageReport,
    /// The vendor's answer to a report.
    Receipt,
    /// The duties towards a vendor that is no more are lifted.
    EscrowRelease,
    /// A daemon removed a licence.
    EndOfUseCertificate,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::VendorRoot,
        Self::KeyCertificate,
        Self::Licence,
        Self::Amendment,
        Self::Order,
        Self::RevocationList,
        Self::ActivationCertificate,
        Self::ActivationRequest,
        Self::UsageReport,
        Self::Receipt,
        Self::EscrowRelease,
        Self::EndOfUseCertificate,
    ];

    /// The kind's name in lower case with hyphens, as in its signing context.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VendorRoot => "vendor-root",
            Self::KeyCertificate => "key-certificate",
            Self::Licence => "licence",
            Self::Amendment => "amendment",
            Self::Order => "order",
            Self::RevocationList => "revocation-list",
            Self::ActivationCertificate => "activation-certificate",
            Self::ActivationRequest => "activation-request",
            Self::UsageReport => "usage-report",
            Self::Receipt => "receipt",
            Self::EscrowRelease => "escrow-release",
            Self::EndOfUseCertificate => "end-of-use-certificate",
        }
    }

    /// The name of the message that the kind's payload holds.
    pub(crate) const fn message_name(self) -> &'static str {
        match self {
            Self::VendorRoot => "VendorRoot",
            Self::KeyCertificate => "KeyCertificate",
            Self::Licence => "Licence",
            Self::Amendment => "Amendment",
            Self::Order => "Order",
            Self::RevocationList => "RevocationList",
            Self::ActivationCertificate => "ActivationCertificate",
            Self::ActivationRequest => "ActivationRequest",
            Self::UsageReport => "UsageReport",
            Self::Receipt => "Receipt",
            Self::EscrowRelease => "EscrowRelease",
            Self::EndOfUseCertificate => "EndOfUseCertificate",
        }
    }

    /// The bytes that precede the payload in what is signed: `octroi/<name>/v1` and a zero byte.
    pub fn context(self) -> Vec<u8> {
        let mut context = b"octroi/".to_vec();
        context.extend_from_slice(self.name().as_bytes());
        context.extend_from_slice(b"/v1\0");
        context
    }

    /// The label of the kind's armour, `OCTROI <NAME>`.
    pub fn armour_label(self) -> String {
        format!("OCTROI {}", self.name().to_uppercase().replace('-', " "))
    }

    /// The kind that an armour label names.
    pub fn from_armour_label(label: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.armour_label() == label)
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('-', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_signature_over_one_thing_is_one_over_another() {
        let mut contexts: Vec<Vec<u8>> = DocumentKind::ALL.map(DocumentKind::context).to_vec();
        contexts.push(b"octroi/checkpoint/v1\0".to_vec());
        contexts.push(b"octroi/session-proof/v1\0".to_vec());
        contexts.push(b"octroi/dongle-proof/v1\0".to_vec());
        for (index, context) in contexts.iter().enumerate() {
            for other in contexts.iter().skip(index + 1) {
                assert!(!context.starts_with(other) && !other.starts_with(context));
            }
        }
    }

    #[test]
    fn a_label_names_its_kind() {
        for kind in DocumentKind::ALL {
            assert_eq!(
                DocumentKind::from_armour_label(&kind.armour_label()),
                Some(kind)
            );
        }
        assert_eq!(DocumentKind::from_armour_label("OCTROI licence"), None);
    }
}
