//! Planned interventions.

use octroi_vendor::order::Template;

use crate::stage::Site;

#[test]
fn b8_a_planned_intervention_is_announced_with_the_reports_answer_and_shown() -> anyhow::Result<()>
{
    let site = Site::online(Template::BoostMyMail, &[])?;
    let text = "The service is interrupted for an hour.";
    let line = ["announce", "maintenance", text, "--effective", "2037-01-31"];
    site.server()?.must(&line)?;
    let said = site.reports()?;
    assert_eq!(said["announcements"][0]["text"], text, "{said}");
    let listed = site.must(&["announcement", "list"])?;
    assert_eq!(listed["announcements"][0]["effective"], "2037-01-31");
    let shown = site.printed(&["--lang", "fr", "announcement", "list"])?;
    assert!(
        shown.contains(text) && shown.contains("Prend effet le 2037-01-31"),
        "{shown}"
    );
    Ok(())
}
