//! Orders as vendor staff write them: a shipped template, filled in for one client.

use anyhow::bail;
use octroi_vendor::order::{FILL_IN, Template};

/// A template with every value that it leaves open: by the key as it stands on the line, the last
/// section's name before it where keys repeat (`sites.country`).
///
/// # Errors
/// A value for no line, or a line without a value.
pub fn filled(template: Template, own: &[(&str, &str)]) -> anyhow::Result<String> {
    let mut section = String::new();
    let mut unused: Vec<&str> = own.iter().map(|(path, _)| *path).collect();
    let mut order = String::new();
    for line in template.text().lines() {
        if line.starts_with('[') {
            line.trim_matches(['[', ']']).clone_into(&mut section);
        }
        match line.split_once(&format!(" = {FILL_IN}")) {
            Some((key, rest)) if !line.starts_with('#') => {
                let path = format!("{section}.{key}");
                let given = own.iter().find(|(named, _)| *named == path);
                let Some(value) = given.map(|(_, value)| *value).or_else(|| common(&path)) else {
                    bail!("no value for {path}");
                };
                unused.retain(|one| *one != path);
                order.extend([key, " = ", value, rest, "\n"]);
            }
            _ => {
                order.push_str(line);
                order.push('\n');
            }
        }
    }
    if let Some(path) = unused.first() {
        bail!("the template leaves no value open at {path}");
    }
    Ok(order)
}

/// What no clause turns on.
fn common(path: &str) -> Option<&'static str> {
    Some(match path {
        "licence.id" => "\"client-0001\"",
        "licence.order_number" | "terms.reference" => "\"SO-2026-17\"",
        "client.id" => "\"C-17\"",
        "client.name" => "\"Example SA\"",
        "terms.digest" | "escrow.key" => {
            "\"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c\""
        }
        "terms.accepted" => "2026-02-27",
        "term.starts" => "2026-03-01",
        "term.delivered" => "2026-03-05",
        "term.length" | "renewal.period" => "\"12 months\"",
        "renewal.mode" => "\"tacit\"",
        "entities.name" | "sites.name" => "\"The site\"",
        "sites.country" => "\"FR\"",
        "sites.hosts_max" => "5",
        "features.count" => "3",
        "maintenance.ends" => "2035-12-31",
        "use.countries_allowed" => "[\"FR\", \"BE\"]",
        "use.countries_denied" => "[\"IR\", \"KP\"]",
        "features.versions = { minimum" | "features.versions = { maximum" => "\"3\"",
        "server.address" => "\"https://licences.example:8443\"",
        "server.key_pins" => {
            "[\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]"
        }
        _ => return None,
    })
}
