//! Starting, beside another or not, and ending.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::home::Home;
use super::server::{PATIENCE, Server, meridian, run};

#[test]
fn the_sample_serves_unmodified_but_for_its_ports_and_stops_cleanly() {
    let home = Home::sample();
    let server = Server::serve(&home);
    // Nothing answers at documentation addresses: whatever the probes find, each client keeps its fence and region.
    for (subnet, v4, v6) in [
        ("12.0.0.0/24", "192.0.2.10", "2001:db8:1::10"),
        ("81.2.69.0/24", "192.0.2.20", "2001:db8:2::10"),
        ("91.10.0.0/24", "192.0.2.30", "2001:db8:3::10"),
        ("133.11.0.0/24", "192.0.2.40", "2001:db8:4::10"),
    ] {
        let subnet = format!("+subnet={subnet}");
        assert_eq!(server.dig(&["api.yourdomain.com", &subnet]), [v4]);
        assert_eq!(server.dig(&["+tcp", "AAAA", "api.yourdomain.com", &subnet]), [v6]);
    }
    assert_eq!(server.dig(&["NS", "yourdomain.com"]), ["ns1.yourdomain.com.", "ns2.yourdomain.com."]);
    let socket = server.socket.clone();
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o660);
    server.stop();
    assert!(!socket.exists(), "its socket goes with it");
}

#[test]
fn a_second_server_says_what_is_taken_and_leaves_the_first_alone() {
    let first = Home::new();
    let server = Server::serve(&first);
    let second = Home::new();

    second.edit("listen = [\"127.0.0.1:0\"]", &format!("listen = [\"{}\"]", server.dns));
    let refused = second.refused();
    assert_eq!(refused.code, 1, "{refused:?}");
    let said = format!("cannot listen on {} (udp): in use by meridian (pid {})", server.dns, server.pid());
    assert!(refused.err.contains(&said), "{said} in {}", refused.err);

    second.edit(&format!("listen = [\"{}\"]", server.dns), "listen = [\"127.0.0.1:0\"]");
    let state = first.path().join("state");
    second.edit("directory = \"state\"", &format!("directory = \"{}\"", state.display()));
    let refused = second.refused();
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains(&format!("held by another process (pid {})", server.pid())), "{refused:?}");

    second.edit(&format!("directory = \"{}\"", state.display()), "directory = \"state\"");
    second.edit("socket = \"run/meridian.sock\"", &format!("socket = \"{}\"", server.socket.display()));
    let refused = second.refused();
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("a running process listens there"), "{refused:?}");

    let web = server.web.unwrap();
    second.edit(&format!("socket = \"{}\"", server.socket.display()), "socket = \"run/meridian.sock\"");
    second.edit("[web]\nlisten = \"127.0.0.1:0\"", &format!("[web]\nlisten = \"{web}\""));
    let refused = second.refused();
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains(&format!("status page: {web}")), "{refused:?}");

    assert_eq!(server.dig(&["ns.example.com"]), ["192.0.2.53"]);
    server.order(&["status"]);
    server.stop();
}

#[test]
fn a_query_that_comes_while_the_server_stops_is_answered_and_told_not_to_stay() {
    let home = Home::new();
    let mut server = Server::serve(&home);
    let keepalive = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 4, 0, 11, 0, 0];
    let name = b"\x02ns\x07example\x03com\0\0\x01\0\x01";
    let query = [&[0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1][..], name, &keepalive].concat();
    let query = [&(query.len() as u16).to_be_bytes()[..], &query].concat();
    let mut stream = TcpStream::connect(server.dns).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut ask = |parts: [&[u8]; 2], between: &mut dyn FnMut()| {
        stream.write_all(parts[0]).unwrap();
        between();
        stream.write_all(parts[1]).unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut answer).unwrap();
        answer[answer.len() - 2..].to_vec()
    };
    assert_eq!(ask([&query, &[]], &mut || ()), 100_u16.to_be_bytes(), "ten seconds, by default");
    let stopping = || {
        server.signal("TERM");
        server.hear("stopping");
    };
    assert_eq!(ask([&query[..20], &query[20..]], &mut { stopping }), [0, 0]);
    assert!(server.end().success());
}

#[test]
fn ten_mistakes_are_ten_lines_and_nothing_starts() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected = std::fs::read_to_string(repository.join("tests/config/ten.expected")).unwrap();
    assert_eq!(expected.lines().count(), 10);
    for command in ["check", "serve"] {
        let said =
            run(meridian().args([command, "--config", "tests/config/ten.toml"]).current_dir(repository));
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
        assert_eq!(said.err, expected, "{command}");
    }
    let home = Home::new();
    let good = run(meridian().args(["check", "--config"]).arg(home.config()));
    assert_eq!(good.code, 0, "{good:?}");
    assert!(!home.path().join("state").exists(), "check starts and writes nothing");
}

#[test]
fn secrets_that_every_user_can_read_are_warned_of() {
    let home = Home::new();
    home.write("secrets", "e5e973e5a6b2a43f48e7dc849e37bfcf\n");
    home.edit("workers = 1", "workers = 1\ncookies = { secret_file = \"secrets\" }");
    let check = || run(meridian().args(["check", "--config"]).arg(home.config()));
    for (mode, warned) in [(0o644, true), (0o640, false), (0o600, false)] {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(home.path().join("secrets"), permissions).unwrap();
        let said = check();
        assert_eq!(said.code, 0, "{said:?}");
        let words = "server.cookies.secret_file: every user of this host can read ";
        assert_eq!(said.err.contains(words), warned, "{mode:o}: {said:?}");
    }
}
