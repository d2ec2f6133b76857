//! The way through an HTTP proxy.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use crate::world::World;

/// Answers `CONNECT` and passes bytes on; keeps what it was asked.
fn proxy(asked: Arc<Mutex<Vec<String>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, asked) = (client.unwrap(), Arc::clone(&asked));
            thread::spawn(move || serve(client, &asked));
        }
    });
    address
}

fn serve(mut client: TcpStream, asked: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let to = head.split(' ').nth(1).unwrap().to_owned();
    asked.lock().unwrap().push(head);
    let mut server = TcpStream::connect(to).unwrap();
    client
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .unwrap();
    let (mut from, mut back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || drop(std::io::copy(&mut from, &mut back)));
    drop(std::io::copy(&mut server, &mut client));
}

#[test]
fn the_server_is_asked_through_the_proxy_that_is_set() {
    let asked = Arc::default();
    let proxy = proxy(Arc::clone(&asked));
    let world = World::activated(&format!("[network]\nproxy = \"{proxy}\""));
    world.use_a_seat();
    let asked = asked.lock().unwrap();
    let to = world.server.address().replace("https://", "");
    assert_eq!(
        *asked,
        [format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n")]
    );
}

#[test]
fn the_doctor_asks_on_the_way_that_reports_go() {
    let asked = Arc::default();
    let proxy = proxy(Arc::clone(&asked));
    let world = World::installed(&format!("[network]\nproxy = \"{proxy}\""));
    let found = world.run(&["doctor", "--json"]).json();
    let server = found.as_array().unwrap().iter();
    let mut server = server.filter(|check| check["check"] == "server");
    let server = server.next().unwrap();
    assert_eq!(server["state"], "ok", "{server}");
    assert!(server["evidence"].as_str().unwrap().contains(&proxy));
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn a_proxy_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let world = World::installed(&format!("[network]\nproxy = \"{address}\""));
    let failed = world.activate();
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.error.contains(&address), "{failed:?}");
    assert!(world.vendor.books().requests.is_empty());
}
