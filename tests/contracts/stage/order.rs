//! Orders as vendor staff write them.

use octroi_tests::template;
use octroi_vendor::order::Template;

/// A shipped template with every value that it leaves open. What is missing is a mistake of the
/// scenario.
pub(crate) fn filled(template: Template, own: &[(&str, &str)]) -> String {
    template::filled(template, own).unwrap()
}

/// An order in which one text stands instead of another; it must be there.
pub(crate) fn with(order: &str, from: &str, to: &str) -> String {
    assert!(order.contains(from), "the order has no {from:?}");
    order.replacen(from, to, 1)
}
