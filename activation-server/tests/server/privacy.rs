//! What the server keeps: no address, no name, and nothing that could be looked up by its hash. The
//! search here is of every byte of every file of the database.

use std::{fs, path::Path};

use octroi_licence::Announcement;
use sha2::{Digest as _, Sha256};

use crate::reporting::activated;

/// Says where `marked` stands in the files of a folder: as text, or as its plain SHA-256 in bytes or
/// in hexadecimal.
fn traces(folder: &Path, marked: &str) -> Vec<String> {
    let digest: [u8; 32] = Sha256::digest(marked).into();
    let hexadecimal = hex::encode(digest);
    let needles: [(&str, &[u8]); 4] = [
        ("text", marked.as_bytes()),
        ("SHA-256", &digest),
        ("SHA-256 in hexadecimal", hexadecimal.as_bytes()),
        ("first half of SHA-256", &digest[..16]),
    ];
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for (what, needle) in needles {
            if bytes.windows(needle.len()).any(|window| window == needle) {
                found.push(format!("{what} in {}", path.display()));
            }
        }
    }
    found
}

#[tokio::test]
async fn the_search_finds_what_is_there() {
    let (server, _) = activated().await;
    let text = "MARKED announcement 4711";
    let announcement = Announcement {
        number: 0,
        kind: "notice".to_owned(),
        text: text.to_owned(),
        due: None,
    };
    let now = server.now();
    server
        .books()
        .announce(&announcement, None, now)
        .await
        .unwrap();
    assert!(!traces(server.folder(), text).is_empty());
    let digest = hex::encode(Sha256::digest("MARKED user alice"));
    let hashed = Announcement {
        text: digest,
        ..announcement
    };
    server.books().announce(&hashed, None, now).await.unwrap();
    assert!(!traces(server.folder(), "MARKED user alice").is_empty());
}

#[tokio::test]
async fn the_server_keeps_no_address_of_who_asked() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    for _ in 0..3 {
        daemon.reports(&client).await.unwrap();
        daemon.work(1);
    }
    daemon.leaves[0] = [1; 32];
    daemon.reports(&client).await.unwrap_err();
    for marked in ["127.0.0.1", "localhost", "octroi.test"] {
        assert_eq!(traces(server.folder(), marked), Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_server_keeps_nothing_of_a_host_that_the_licence_does_not_bind() {
    let (server, daemon) = activated().await;
    let host = daemon.request_message().host.unwrap();
    for component in host.components {
        let database = fs::read(server.database()).unwrap();
        let digest = component.digest.as_slice();
        assert!(!database.windows(32).any(|window| window == digest));
    }
}
