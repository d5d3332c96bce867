//! The admin socket under attack, at the built program: nothing lost, nothing half done, answers undisturbed.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::home::{AMERICAN, EU_CENTRAL, EU_WEST, GERMAN, Home, US};
use super::server::{PATIENCE, Server, meridian};

const HALF: &[u8] =
    b"PUT /v1/regions/us/drain HTTP/1.1\r\nhost: meridian\r\ncontent-length: 40\r\n\r\n{\"reason\":";
const GIGABYTE: &[u8] =
    b"PUT /v1/regions/us/drain HTTP/1.1\r\nhost: meridian\r\ncontent-length: 1073741824\r\n\r\n{\"reason\":\"x\"}";

fn overrides(server: &Server) -> Value {
    server.status()["overrides"].clone()
}

/// What is told and what is answered, once nothing that was asked for is under way any more.
fn settled(server: &Server) -> (Value, Vec<String>) {
    let seen = || (overrides(server), server.dig(&AMERICAN));
    let mut last = seen();
    loop {
        // An act of the same queue: those before it are through when it is.
        server.order(&["drain", "us", "--reason", "a barrier", "--dry-run"]);
        let now = seen();
        if now == last {
            return now;
        }
        last = now;
    }
}

#[test]
fn a_thousand_connections_with_half_a_request_each_do_nothing_and_answers_go_on() {
    let home = Home::new();
    let server = Server::serve(&home);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let held = runtime.block_on(async {
        let mut held = Vec::new();
        for _ in 0..1_000 {
            // Beyond what is served at once and what waits in the kernel's queue, a connection is refused at once.
            let Ok(stream) = tokio::net::UnixStream::connect(&server.socket).await else { continue };
            let _queue_full = stream.try_write(HALF);
            held.push(stream);
        }
        held
    });
    assert!(held.len() > 64, "more than are served at once: {}", held.len());
    let began = Instant::now();
    assert_eq!(server.dig(&AMERICAN), [US]);
    assert_eq!(server.dig(&["+tcp", GERMAN[0], GERMAN[1]]), [EU_CENTRAL]);
    assert!(began.elapsed() < Duration::from_secs(5), "answers took {:?}", began.elapsed());
    drop(held);
    assert_eq!(overrides(&server), json!([]), "half a request is none");
    server.order(&["drain", "us", "--reason", "after the attack"]);
    assert_eq!(server.dig(&AMERICAN), [EU_WEST]);
    server.stop();
}

#[test]
fn a_declared_gigabyte_is_refused_at_once() {
    let home = Home::new();
    let server = Server::serve(&home);
    let mut stream = UnixStream::connect(&server.socket).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(GIGABYTE).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    assert_eq!(overrides(&server), json!([]));
    server.stop();
}

#[test]
fn a_client_that_is_killed_mid_drain_leaves_a_whole_drain_or_none() {
    let home = Home::new();
    let mut server = Server::serve(&home);
    let mut done = 0;
    for round in 0..24_u64 {
        let mut command = meridian();
        command.args(["drain", "us", "--reason", "killed mid-drain", "--socket"]).arg(&server.socket);
        let mut client = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(round * 3));
        client.kill().unwrap();
        client.wait().unwrap();
        if round % 8 == 7 {
            server.kill();
            server = Server::serve(&home);
        }
        let (held, answered) = settled(&server);
        let expected = match held.as_array().unwrap().as_slice() {
            [] => US,
            [one] => {
                assert_eq!((&one["kind"], &one["reason"]), (&json!("drain"), &json!("killed mid-drain")));
                assert!(one["actor"].as_str().unwrap().starts_with("uid:"), "{one}");
                EU_WEST
            }
            more => panic!("one act makes one override: {more:?}"),
        };
        assert_eq!(answered, [expected], "what is told is what is answered");
        if expected == EU_WEST {
            done += 1;
            server.order(&["undrain", "us"]);
        }
    }
    server.order(&["audit", "verify"]);
    let events = server.order(&["events", "--json"]).out;
    let acts =
        |kind: &str| events.lines().filter(|line| line.contains(&format!("\"kind\":\"{kind}\""))).count();
    assert_eq!((acts("override"), acts("lifted")), (done, done), "each act is in the audit once");
    server.stop();
}
