//! On what a refusal rests: the term, the contract's clause that the term carries out, and the vendor's
//! words where an order stands in the way. Read from the documents in force; a refusal itself carries
//! none of it, since its record must not change when a document does.

use octroi_licence::{Order, OrderKind, Scope};

use crate::{Engine, Grounds, OrderStanding, Refusal, RefusalCode};

impl Engine {
    /// On what a refusal rests, by the documents in force now.
    pub fn grounds(&self, refusal: &Refusal) -> Grounds {
        let rule = refusal.code.subject();
        let Some(licence) = &refusal.licence else {
            return Grounds {
                rule,
                ..Grounds::default()
            };
        };
        let documents = self.documents(licence);
        let quoted = rule.zip(documents.as_ref()).and_then(|(rule, documents)| {
            let terms = &documents.licence;
            terms.clause(rule, refusal.feature.as_ref())
        });
        let order = self.order_behind(refusal);
        let breached = order.as_ref().and_then(|order| breached(order));
        Grounds {
            rule,
            clause: quoted.or(breached).map(str::to_owned),
            reason: order.as_ref().map(|order| reason(order)),
        }
    }

    /// The latest order that has such an effect on what was refused.
    fn order_behind(
        &self,
        refusal: &Refusal,
    ) -> Option<std::sync::Arc<octroi_licence::Verified<Order>>> {
        let effective = |kind: &OrderKind| match refusal.code {
            RefusalCode::Suspended => {
                matches!(kind, OrderKind::Suspend | OrderKind::CureNotice { .. })
            }
            RefusalCode::LicenceTerminated => matches!(
                kind,
                OrderKind::Terminate
                    | OrderKind::CureNotice { .. }
                    | OrderKind::ForceMajeure { .. }
            ),
            RefusalCode::LicenceTransferred => matches!(kind, OrderKind::Transfer { .. }),
            RefusalCode::OverdraftEnded => matches!(kind, OrderKind::OverdraftNotice),
            _ => false,
        };
        let state = self.state.licences.get(refusal.licence.as_ref()?)?;
        let stands = |standing: OrderStanding| {
            matches!(
                standing,
                OrderStanding::InForce | OrderStanding::Running(_) | OrderStanding::Over
            )
        };
        let concerns = |scope: &Scope| match scope {
            Scope::Feature(feature) => refusal.feature.as_ref() == Some(feature),
            _ => true,
        };
        let orders = self.order_views(state).into_iter().rev();
        let mut orders = orders.filter(|view| {
            let order = &view.order;
            stands(view.standing) && effective(&order.kind) && concerns(&order.scope)
        });
        orders.next().map(|view| view.order)
    }
}

/// The clause that a cure notice names as breached.
fn breached(order: &Order) -> Option<&str> {
    match &order.kind {
        OrderKind::CureNotice { clause, .. } if !clause.is_empty() => Some(clause),
        _ => None,
    }
}

fn reason(order: &Order) -> String {
    match order.reason.as_str() {
        "" => order.kind.name().to_owned(),
        reason => reason.to_owned(),
    }
}
