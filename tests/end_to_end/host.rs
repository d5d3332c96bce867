//! On a real host: low ports and no rights, sockets from a service manager and news for it.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::home::{AMERICAN, Home, US};
use super::server::{PATIENCE, Server, run};

const MERIDIAN: &str = env!("CARGO_BIN_EXE_meridian");

fn is_root() -> bool {
    run(Command::new("id").arg("-u")).out.trim() == "0"
}

/// Lets `nobody` read the config and write where it has to.
fn hand_to_nobody(home: &Home) {
    for folder in ["state", "run"] {
        std::fs::create_dir(home.path().join(folder)).unwrap();
    }
    let given = run(Command::new("chown").args(["-R", "nobody"]).arg(home.path()));
    assert_eq!(given.code, 0, "{given:?}");
}

#[test]
fn port_53_is_bound_by_root_and_served_by_nobody() {
    let home = Home::new();
    home.edit(
        "listen = [\"127.0.0.1:0\"]\nworkers = 1",
        "listen = [\"127.0.0.1:53\"]\nworkers = 2\nuser = \"nobody\"",
    );
    if !is_root() {
        let refused = home.refused();
        let said = "who cannot become nobody; start as root or as nobody";
        assert!(
            refused.err.contains(said) || refused.err.contains("needs CAP_NET_BIND_SERVICE"),
            "{refused:?}"
        );
        return;
    }
    hand_to_nobody(&home);
    let mut command = Command::new("unshare");
    command.args(["--net", "sh", "-c", "ip link set lo up && exec \"$0\" serve --config \"$1\"", MERIDIAN]);
    let mut server = Server::start(command.arg(home.config()), home.socket());
    server.hear("without privileges from here on");
    let pid = server.pid();
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        let value = |key: &str| {
            let line = status.lines().find(|line| line.starts_with(key)).unwrap();
            line[key.len() + 1..].split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(value("Uid"), ["65534"; 4], "{status}");
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert_eq!(value(set), ["0000000000000000"], "{set} in {status}");
        }
        assert_eq!(value("NoNewPrivs"), ["1"], "{status}");
    }
    let inside = |words: &[&str]| {
        let said = run(Command::new("nsenter").args(["-n", "-t", &pid.to_string()]).args(words));
        assert_eq!(said.code, 0, "{said:?}");
        said.out
    };
    for transport in ["+notcp", "+tcp"] {
        assert_eq!(inside(&["dig", "@127.0.0.1", "+short", transport, AMERICAN[0], AMERICAN[1]]).trim(), US);
    }
    server.order(&["drain", "us", "--for", "1h", "--reason", "as nobody"]);
    server.order(&["reload"]);

    // A successor of the same user needs no right to the port: it gets the very sockets.
    let mut command = Command::new("nsenter");
    command.args(["-n", "-t", &pid.to_string(), MERIDIAN, "serve", "--takeover", "--config"]);
    let successor = Server::start(command.arg(home.config()), home.socket());
    assert!(server.end().success());
    assert_eq!(successor.status()["overrides"][0]["reason"], "as nobody");
    successor.stop();
}

#[test]
fn a_user_that_cannot_be_had_and_a_folder_that_is_not_its_own_are_named() {
    let home = Home::new();
    home.edit("workers = 1", "workers = 1\nuser = \"no-such-user\"");
    let refused = home.refused();
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("server.user: this host has no user no-such-user"), "{refused:?}");
    home.edit("\"no-such-user\"", "\"root\"");
    let refused = home.refused();
    assert!(refused.err.contains("server.user: root has the rights"), "{refused:?}");
    if is_root() {
        home.edit("\"root\"", "\"nobody\"");
        let open = run(Command::new("chmod").args(["-R", "a+rX"]).arg(home.path()));
        assert_eq!(open.code, 0, "{open:?}");
        let refused = home.refused();
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.err.contains("run/meridian.sock") && refused.err.contains("denied"), "{refused:?}");
    }
}

/// Binds UDP, TCP and a Unix socket as a service manager does, and becomes the server.
const MANAGER: &str = r#"
import os, socket, sys
path, program, config = sys.argv[1:]
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
tcp = socket.socket()
tcp.bind(udp.getsockname())
tcp.listen()
admin = socket.socket(socket.AF_UNIX)
admin.bind(path)
admin.listen()
for number, passed in enumerate([udp, tcp, admin]):
    os.dup2(passed.fileno(), 10 + number)
for number in range(3):
    os.dup2(10 + number, 3 + number, inheritable=True)
    os.close(10 + number)
os.environ.update(LISTEN_FDS="3", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="dns:dns:admin")
os.execv(program, [program, "serve", "--config", config])
"#;

/// What a service manager hears, as it does: at once, so that nothing is lost for want of room.
fn manager(path: &Path) -> Receiver<String> {
    let socket = UnixDatagram::bind(path).unwrap();
    let (tell, told) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok(length) = socket.recv(&mut buffer) {
            if tell.send(String::from_utf8_lossy(&buffer[..length]).into_owned()).is_err() {
                return;
            }
        }
    });
    told
}

fn news(manager: &Receiver<String>) -> String {
    manager.recv_timeout(PATIENCE).expect("the service manager is told in time")
}

#[test]
fn a_service_manager_passes_sockets_and_hears_what_becomes_of_them() {
    let home = Home::new();
    home.edit("workers = 1", "workers = 2");
    std::fs::create_dir(home.path().join("run")).unwrap();
    let told = home.path().join("notify");
    let manager = manager(&told);
    let mut command = Command::new("python3");
    command.args(["-c", MANAGER]).arg(home.socket()).arg(MERIDIAN).arg(home.config());
    command.env("NOTIFY_SOCKET", &told).env("WATCHDOG_USEC", "400000");
    let mut server = Server::start(&mut command, home.socket());
    assert!(server.said().contains(" address=127.0.0.1:"), "{}", server.said());
    let ready = news(&manager);
    assert!(ready.contains("READY=1") && ready.contains(&format!("MAINPID={}", server.pid())), "{ready}");
    assert_eq!(server.dig(&AMERICAN), [US]);
    assert_eq!(server.dig(&["+tcp", AMERICAN[0], AMERICAN[1]]), [US]);
    server.order(&["status"]);
    assert_eq!(news(&manager), "WATCHDOG=1");

    server.signal("HUP");
    let heard = |wanted: &str| {
        let until = (0..1000).map(|_| news(&manager)).find(|news| news.contains(wanted));
        until.unwrap_or_else(|| panic!("{wanted} was not told"))
    };
    assert!(heard("RELOADING=1").contains("MONOTONIC_USEC="));
    heard("READY=1");

    let mut command = super::server::meridian();
    command.env("NOTIFY_SOCKET", &told).args(["serve", "--takeover", "--config"]).arg(home.config());
    let successor = Server::start(&mut command, home.socket());
    assert_eq!(successor.dns, server.dns);
    let pid = format!("MAINPID={}", successor.pid());
    heard(&pid);
    server.hear("stopped");
    assert!(server.end().success());
    assert!(heard("READY=1").contains(&pid));
    successor.signal("TERM");
    heard("STOPPING=1");
    assert!(successor.end().success());
}

#[test]
fn the_admin_socket_has_the_mode_and_the_group_of_the_config() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let home = Home::new();
    let number = std::fs::metadata(home.path()).unwrap().gid();
    let groups = std::fs::read_to_string("/etc/group").unwrap();
    let named = |line: &str| line.split(':').nth(2) == Some(&number.to_string());
    let own = groups.lines().find(|line| named(line)).and_then(|line| line.split(':').next()).unwrap();
    home.edit("meridian.sock\"", &format!("meridian.sock\"\nmode = \"0600\"\ngroup = \"{own}\""));
    let server = Server::serve(&home);
    let socket = std::fs::metadata(home.socket()).unwrap();
    assert_eq!((socket.permissions().mode() & 0o777, socket.gid()), (0o600, number));
    server.order(&["status"]);
    server.stop();
    home.edit(&format!("\"{own}\""), "\"no-such-group-here\"");
    let refused = home.refused();
    assert!(refused.err.contains("admin.group: this host has no group no-such-group-here"), "{refused:?}");
}
