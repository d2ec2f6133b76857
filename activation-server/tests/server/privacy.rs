//! What the server keeps: no address, no name, and nothing that could be looked up by its hash. The
//! search here is of every byte of every file of the database.

use std::{fs, path::Path};

use octroi_licence::Announcement;
use sha2::{Digest as _, Sha256, Sha512};

use crate::reporting::activated;

/// Says where `marked` stands in the files of a folder: as text of either case, or as a plain hash of
/// it, in bytes or in hexadecimal.
fn traces(folder: &Path, marked: &str) -> Vec<String> {
    let mut needles: Vec<(&str, Vec<u8>)> = Vec::new();
    for text in [
        marked.to_owned(),
        marked.to_lowercase(),
        marked.to_uppercase(),
    ] {
        for (name, digest) in [
            ("SHA-256", Sha256::digest(&text).to_vec()),
            ("SHA-512", Sha512::digest(&text).to_vec()),
        ] {
            needles.push((name, hex::encode(&digest).into_bytes()));
            // Cut short it would name somebody as well.
            needles.push((name, digest[..16].to_vec()));
        }
        needles.push(("text", text.into_bytes()));
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for (what, needle) in &needles {
            if bytes
                .windows(needle.len())
                .any(|window| window == needle.as_slice())
            {
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
        version: None,
        product: None,
        effective: None,
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
