//! Who waits. All check-outs of one feature of one product stand in one line, first come first: a
//! seat that comes free under any licence of the product goes to the first of the line that may use
//! it.

use std::collections::{BTreeMap, VecDeque};

use octroi_licence::{FeatureName, LicenceId, ProductId};

use crate::{ElapsedMs, RequestNumber, SessionId};

/// One waiting check-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiter {
    pub(crate) session: SessionId,
    pub(crate) number: RequestNumber,
    pub(crate) product: ProductId,
    pub(crate) feature: FeatureName,
    /// The licence that it found exhausted.
    pub(crate) licence: LicenceId,
    pub(crate) units: u32,
    pub(crate) deadline: ElapsedMs,
}

/// A line's name: one feature of one product.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LineKey {
    pub(crate) product: ProductId,
    pub(crate) feature: FeatureName,
}

/// Every line. A ticket is the sequence number of the record that queued the check-out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Queue {
    waiters: BTreeMap<u64, Waiter>,
    /// None is empty; tickets rise.
    lines: BTreeMap<ProductId, BTreeMap<FeatureName, VecDeque<u64>>>,
}

impl Queue {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    pub(crate) fn get(&self, ticket: u64) -> Option<&Waiter> {
        self.waiters.get(&ticket)
    }

    /// By rising ticket, over all lines.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &Waiter)> {
        self.waiters
            .iter()
            .map(|(ticket, waiter)| (*ticket, waiter))
    }

    pub(crate) fn line(
        &self,
        product: &ProductId,
        feature: &FeatureName,
    ) -> Option<&VecDeque<u64>> {
        self.lines.get(product)?.get(feature)
    }

    pub(crate) fn line_len(&self, product: &ProductId, feature: &FeatureName) -> u32 {
        let waiting = self.line(product, feature).map_or(0, VecDeque::len);
        u32::try_from(waiting).unwrap_or(u32::MAX)
    }

    /// The names of all lines.
    pub(crate) fn lines(&self) -> Vec<LineKey> {
        self.lines
            .iter()
            .flat_map(|(product, lines)| lines.keys().map(move |feature| (product, feature)))
            .map(|(product, feature)| LineKey {
                product: product.clone(),
                feature: feature.clone(),
            })
            .collect()
    }

    /// A ticket's place; 1 is the head.
    pub(crate) fn place(&self, ticket: u64) -> Option<u32> {
        let waiter = self.waiters.get(&ticket)?;
        let index = self
            .line(&waiter.product, &waiter.feature)?
            .binary_search(&ticket)
            .ok()?;
        u32::try_from(index).ok()?.checked_add(1)
    }

    pub(crate) fn push(&mut self, ticket: u64, waiter: Waiter) {
        self.lines
            .entry(waiter.product.clone())
            .or_default()
            .entry(waiter.feature.clone())
            .or_default()
            .push_back(ticket);
        self.waiters.insert(ticket, waiter);
    }

    pub(crate) fn remove(&mut self, ticket: u64) -> Option<Waiter> {
        let waiter = self.waiters.remove(&ticket)?;
        if let Some(lines) = self.lines.get_mut(&waiter.product) {
            if let Some(line) = lines.get_mut(&waiter.feature) {
                if let Ok(index) = line.binary_search(&ticket) {
                    line.remove(index);
                }
                if line.is_empty() {
                    lines.remove(&waiter.feature);
                }
            }
            if lines.is_empty() {
                self.lines.remove(&waiter.product);
            }
        }
        Some(waiter)
    }
}
