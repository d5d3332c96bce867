//! One process after the other on the same sockets, with somebody asking all the while.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::home::{AMERICAN, EU_WEST, GERMAN, Home, US};
use super::server::{PATIENCE, Server, meridian, run};

/// Starts a successor, and waits until it serves.
fn succeed(home: &Home) -> Server {
    let mut command = meridian();
    command.args(["serve", "--takeover", "--config"]).arg(home.config());
    Server::start(&mut command, home.socket())
}

/// Asks without a pause, each question on its own; tells how many were asked once it is told to stop.
struct Asker {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<usize>,
}

impl Asker {
    fn start(server: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            // Many flows, so that every worker's socket gets some.
            let sockets: Vec<_> = (0..16).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
            let mut asked = 0;
            while !told.load(Ordering::Relaxed) {
                let socket = &sockets[asked % sockets.len()];
                socket.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
                let id = (asked as u16).to_be_bytes();
                let question = b"\0\0\0\x01\0\0\0\0\0\0\x03api\x07example\x03com\0\0\x01\0\x01";
                socket.send_to(&[&id, question.as_slice()].concat(), server).unwrap();
                let mut answer = [0; 512];
                let length =
                    socket.recv(&mut answer).unwrap_or_else(|error| panic!("query {asked}: {error}"));
                assert_eq!((&answer[..2], answer[3] & 15, length > 40), (&id[..], 0, true), "query {asked}");
                asked += 1;
            }
            asked
        });
        Self { stop, thread }
    }

    fn finish(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("no query was lost")
    }
}

#[test]
fn successors_follow_each_other_without_a_lost_query_or_a_lost_word() {
    let home = Home::new();
    home.edit("workers = 1", "workers = 3");
    let mut server = Server::serve(&home);
    let asker = Asker::start(server.dns);
    server.order(&["drain", "us", "--for", "1h", "--reason", "before any"]);
    // Fewer workers, then more: every socket is kept.
    for (before, after) in [("workers = 3", "workers = 1"), ("workers = 1", "workers = 4")] {
        home.edit(before, after);
        let successor = succeed(&home);
        assert_eq!((successor.dns, successor.web), (server.dns, server.web), "the same sockets");
        assert!(server.end().success(), "the one before leaves by itself");
        server = successor;
        let status = server.status();
        assert_eq!(status["overrides"][0]["reason"], "before any", "{status}");
        assert_eq!(server.dig(&AMERICAN), [EU_WEST], "and it still holds");
    }
    server.order(&["undrain", "us"]);
    assert_eq!(server.dig(&AMERICAN), [US]);
    let asked = asker.finish();
    assert!(asked > 500, "{asked} queries");
    let socket = server.socket.clone();
    server.stop();
    let left: Vec<_> = std::fs::read_dir(socket.parent().unwrap()).unwrap().collect();
    assert!(left.is_empty(), "the last one takes its sockets with it: {left:?}");
}

#[test]
fn a_stream_that_is_open_is_finished_by_the_one_before() {
    let home = Home::new();
    let server = Server::serve(&home);
    let mut stream = TcpStream::connect(server.dns).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // With an OPT that asks how long the connection may be idle (RFC 7828).
    let message = b"\0\0\x01\0\0\x01\0\0\0\0\0\x01\x03api\x07example\x03com\0\0\x01\0\x01\
                    \0\0\x29\x04\xd0\0\0\0\0\0\x04\0\x0b\0\0";
    stream.write_all(&[&[0, message.len() as u8], &message[..10]].concat()).unwrap();
    let successor = thread::spawn(move || succeed(&home));
    let mut server = server;
    server.hear("leaving to a successor that serves");
    stream.write_all(&message[10..]).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer).unwrap();
    assert!(answer.len() > 60, "the whole answer comes: {answer:?}");
    assert!(answer.ends_with(&[0, 11, 0, 2, 0, 0]), "and says that the connection should close: {answer:?}");
    let successor = successor.join().unwrap();
    assert!(server.end().success());
    assert_eq!(successor.dig(&["+tcp", GERMAN[0], GERMAN[1]]).len(), 1);
    successor.stop();
}

#[test]
fn a_successor_that_fails_changes_nothing() {
    let home = Home::new();
    let server = Server::serve(&home);
    let asker = Asker::start(server.dns);
    let takeover = || run(meridian().args(["serve", "--takeover", "--config"]).arg(home.config()));

    home.edit("strategy = \"nearest\"", "strategy = \"nearness\"");
    let refused = takeover();
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("strategy"), "{refused:?}");
    home.edit("strategy = \"nearness\"", "strategy = \"nearest\"");

    // It has everything already when it finds that it cannot listen where it should.
    home.edit("[\"127.0.0.1:0\"]", "[\"127.0.0.1:0\", \"192.0.2.77:0\"]");
    let refused = takeover();
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("this host has no such address"), "{refused:?}");
    home.edit("[\"127.0.0.1:0\", \"192.0.2.77:0\"]", "[\"127.0.0.1:0\"]");

    drained(&server, "us");
    assert_eq!(server.dig(&AMERICAN), [EU_WEST]);
    asker.finish();
    server.stop();
}

/// Drains a region as soon as that is taken again.
fn drained(server: &Server, region: &str) {
    let began = std::time::Instant::now();
    loop {
        let said = server.command(&["drain", region, "--for", "1h", "--reason", "after a failure"]);
        if said.code == 0 {
            return;
        }
        assert!(said.err.contains("try again"), "{said:?}");
        assert!(began.elapsed() < PATIENCE, "it is never taken again: {said:?}");
    }
}

#[test]
fn a_successor_that_dies_half_way_gives_everything_back_and_a_second_one_has_to_wait() {
    let home = Home::new();
    let server = Server::serve(&home);
    let asker = Asker::start(server.dns);
    let place = home.path().join("run/meridian.sock.takeover");
    let mut half = BufReader::new(UnixStream::connect(place).unwrap());
    let mut word = String::new();
    half.get_mut().write_all(b"hello 1\n").unwrap();
    half.read_line(&mut word).unwrap();
    assert_eq!(word, "granted\n");
    half.get_mut().write_all(b"give\n").unwrap();
    while !word.ends_with("given\n") {
        assert!(half.read_line(&mut word).unwrap() > 0, "{word}");
    }

    let second = run(meridian().args(["serve", "--takeover", "--config"]).arg(home.config()));
    assert_eq!(second.code, 1, "{second:?}");
    let told = format!("another successor (pid {}) is at work; wait", std::process::id());
    assert!(second.err.contains(&told), "{told} in {}", second.err);
    for words in [&["drain", "us", "--for", "1h", "--reason", "meanwhile"][..], &["reload"]] {
        let refused = server.command(words);
        assert_ne!(refused.code, 0, "{words:?}: {refused:?}");
        assert!(refused.err.contains("try again"), "{words:?}: {refused:?}");
    }
    server.order(&["status"]);
    let events = server.order(&["events"]);
    assert!(events.err.contains("try again"), "what was kept is not here to be read: {events:?}");

    drop(half);
    drained(&server, "us");
    assert_eq!(server.dig(&AMERICAN), [EU_WEST]);
    let events = server.order(&["events"]);
    assert!(events.out.contains("after a failure") && !events.out.contains("meanwhile"), "{events:?}");
    asker.finish();

    let successor = succeed(&home);
    assert!(server.end().success());
    assert_eq!(successor.dig(&AMERICAN), [EU_WEST], "what was taken after the failure is kept");
    successor.stop();
}

#[test]
fn without_a_running_process_there_is_nothing_to_take_over() {
    let home = Home::new();
    let said = run(meridian().args(["serve", "--takeover", "--config"]).arg(home.config()));
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("nobody waits for a successor at"), "{said:?}");
    assert!(said.err.contains("start without --takeover"), "{said:?}");
}

/// Stops a process that is not our child, and waits until its socket is gone.
fn stop(pid: &str, home: &Home) {
    let sent = run(std::process::Command::new("sh").args(["-c", &format!("kill -TERM {pid}")]));
    assert_eq!(sent.code, 0, "{sent:?}");
    let began = std::time::Instant::now();
    while home.socket().exists() {
        assert!(began.elapsed() < PATIENCE, "process {pid} does not end");
    }
}

#[test]
fn a_signal_starts_a_successor_and_one_whose_config_is_broken_changes_nothing() {
    let home = Home::new();
    let mut server = Server::serve(&home);
    let asker = Asker::start(server.dns);
    server.order(&["drain", "us", "--reason", "kept"]);

    home.edit("min_regions = 1", "min_regions = 1\nmin_regons = 1");
    server.signal("USR2");
    server.hear("the successor has ended; this process serves on");
    assert_eq!(server.dig(&AMERICAN), [EU_WEST]);

    home.edit("min_regons = 1", "");
    server.forget();
    server.signal("USR2");
    let started = server.hear("started a successor");
    let pid = started.split("pid=").nth(1).unwrap().trim().to_owned();
    server.hear("leaving to a successor that serves");
    let (dns, socket) = (server.dns, server.socket.clone());
    server.hear("stopped");
    assert!(asker.finish() > 0, "and none of them was lost");
    let status = run(meridian().args(["status", "--json", "--socket"]).arg(&socket));
    assert!(status.code == 0 && status.out.contains("\"drained\":true"), "{status:?}");
    let asked = run(std::process::Command::new("dig")
        .args([&format!("@{}", dns.ip()), "-p", &dns.port().to_string(), "+short"])
        .args(AMERICAN));
    assert_eq!(asked.out.trim(), EU_WEST, "{asked:?}");
    stop(&pid, &home);
}
