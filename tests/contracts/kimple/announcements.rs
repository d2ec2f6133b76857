//! A change of sub-processor: announced ahead, objected to, and the answer carried back.

use octroi_vendor::order::Template;
use serde_json::json;

use crate::stage::Site;

/// So many days from now, as the vendor writes them.
fn in_days(days: i64) -> String {
    let day = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
    day.strftime("%F").to_string()
}

#[test]
fn k14_a_change_of_sub_processor_is_announced_sixty_days_ahead_and_the_answer_is_recorded()
-> anyhow::Result<()> {
    let site = Site::online(Template::Kimple, &[])?;
    let announce = |effective: &str| {
        let due = in_days(45);
        let server = site.server()?;
        server.tool(&[
            "announce",
            "data-processing",
            "Back-ups move to another host in Ireland.",
            "--effective",
            effective,
            "--due",
            &due,
        ])
    };
    let late = announce(&in_days(58))?;
    assert_eq!(late.json["code"], "NOTICE_TOO_SHORT", "{}", late.json);
    announce(&in_days(61))?.ok()?;
    site.reports()?;
    let listed = site.must(&["announcement", "list"])?["announcements"][0].clone();
    assert_eq!(
        (&listed["answerable"], &listed["due"]),
        (&json!(true), &json!(in_days(45)))
    );

    site.must(&["announcement", "answer", "1", "--accept"])?;
    site.must(&["announcement", "answer", "1", "--object"])?;
    let answers = site.recorded("AnnouncementAnswered")?;
    assert_eq!(answers.len(), 2);
    assert!(
        answers.iter().all(|one| one["fields"]["actor"] != "Daemon"),
        "{answers:?}"
    );
    let unknown = site.octroi(&["announcement", "answer", "7", "--object"])?;
    assert_eq!(unknown.code(), "ANNOUNCEMENT_UNKNOWN");

    site.reports()?;
    let told = site.server()?.must(&["announcements"])?;
    let answer = &told["announcements"][0]["answers"];
    assert_eq!(
        answer.as_array().map(Vec::len),
        Some(1),
        "the last one counts"
    );
    assert_eq!(answer[0]["verdict"], "objected");
    assert_eq!(answer[0]["licences"], json!([site.licence()]));
    Ok(())
}
