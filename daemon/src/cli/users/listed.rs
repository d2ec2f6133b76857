//! `octroi users sync`: a list compared with the named users of a feature.

use octroi_proto::admin::v1::{ListedName, SyncResult, SyncUsersRequest, SyncUsersResponse};
use serde_json::json;
use tonic::Code;

use super::super::{
    Context, Done,
    args_acts::UsersSync,
    client::Admin,
    document,
    exit::Exit,
    failure::Failure,
    format::plain,
    report_exchange,
    text::acts::{self, ActsTexts},
};

/// Bytes of a list.
const LIST_BYTES_MAX: usize = 4 << 20;

pub(super) async fn sync(
    arguments: &UsersSync,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = acts::texts(context.language);
    let bytes = document::read_bounded(&arguments.file, LIST_BYTES_MAX, context)?;
    let users = read_list(&bytes).map_err(|line| {
        let file = arguments.file.display().to_string();
        Failure::new(
            Exit::Document,
            "LIST_MALFORMED",
            (texts.list_malformed)(&file, line),
        )
        .help(texts.list_malformed_help)
    })?;
    report_exchange::patiently(context);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.acts();
    let request = SyncUsersRequest {
        vendor,
        licence_id: arguments.licence.to_string(),
        feature: arguments.feature.to_string(),
        users,
    };
    let answer = admin
        .call(
            context,
            async |_| client.sync_users(request).await,
            |status| {
                (status.code() == Code::InvalidArgument).then(|| Failure::other(texts.list_refused))
            },
        )
        .await?;
    Ok(synced(&answer, texts))
}

/// A line is a name, and after commas company and kind. `Err`: the number of a line that is none.
fn read_list(bytes: &[u8]) -> Result<Vec<ListedName>, u64> {
    let mut users = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = std::str::from_utf8(line).map_err(|_| number)?.trim();
        // Some editors begin a file with a mark.
        let line = line.trim_start_matches('\u{feff}');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut parts = line.split(',').map(str::trim);
        let mut part = || parts.next().unwrap_or_default().to_owned();
        let (user, entity, category) = (part(), part(), part());
        let odd = |text: &str| text.contains(['"', '\'', ';', '\t']);
        if user.is_empty() || parts.next().is_some() || odd(line) {
            return Err(number);
        }
        users.push(ListedName {
            user,
            entity,
            category,
        });
    }
    Ok(users)
}

fn synced(answer: &SyncUsersResponse, texts: &ActsTexts) -> Done {
    let mut text = String::new();
    let mut users = Vec::with_capacity(answer.users.len());
    for one in &answer.users {
        let result = one.result();
        let name = result.as_str_name().trim_start_matches("SYNC_RESULT_");
        users.push(json!({ "user": one.user, "result": name.to_lowercase() }));
        if result != SyncResult::Kept {
            text.extend([&plain(&one.user), ": ", (texts.synced)(result), "\n"]);
        }
    }
    let count = |wanted: SyncResult| {
        let fits = answer.users.iter().filter(|one| one.result() == wanted);
        u64::try_from(fits.count()).unwrap_or(u64::MAX)
    };
    let (kept, assigned, leavers) = (
        count(SyncResult::Kept),
        count(SyncResult::Assigned),
        count(SyncResult::Leaver),
    );
    text.extend([&(texts.sync_summary)(kept, assigned, leavers), "\n"]);
    let all: u64 = u64::try_from(answer.users.len()).unwrap_or(u64::MAX);
    let missed = all.saturating_sub(kept + assigned + leavers);
    let json = json!({
        "vendor": answer.vendor,
        "users": users,
        "kept": kept,
        "assigned": assigned,
        "leavers": leavers,
        "without_seat": missed,
    });
    // Somebody on the list has no seat, or somebody who left still has one.
    let exit = if missed + leavers > 0 {
        Exit::ChecksWarn
    } else {
        Exit::Ok
    };
    Done::Judged { text, json, exit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_names_with_company_and_kind_and_may_be_commented() {
        let list = "\u{feff}# staff\nalice\n\n bob , subsidiary , trainee\r\n1000\n";
        let read = read_list(list.as_bytes()).unwrap();
        let lines: Vec<_> = read
            .iter()
            .map(|one| {
                (
                    one.user.as_str(),
                    one.entity.as_str(),
                    one.category.as_str(),
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                ("alice", "", ""),
                ("bob", "subsidiary", "trainee"),
                ("1000", "", "")
            ]
        );
    }

    #[test]
    fn the_first_line_that_is_no_user_is_named() {
        for (list, line) in [
            ("alice\n,x\n", 2),
            ("alice,a,b,c\n", 1),
            ("a\n\"b\"\n", 2),
            ("a\nb;c\n", 2),
        ] {
            assert_eq!(read_list(list.as_bytes()).unwrap_err(), line, "{list:?}");
        }
        assert_eq!(read_list(b"a\n\xff\n").unwrap_err(), 2);
    }
}
