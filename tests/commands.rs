//! The commands as a person or a script runs them: the built binary before a stand-in director's socket.
#![allow(clippy::unwrap_used, reason = "a test")]

mod stand_in;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use stand_in::{StandIn, event};

fn meridian(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
    command.args(arguments).env_remove("MERIDIAN_SOCKET").current_dir(std::env::temp_dir());
    command
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    told(&meridian(arguments).output().unwrap())
}

fn run_at(socket: &Path, arguments: &[&str]) -> (i32, String, String) {
    told(&meridian(arguments).env("MERIDIAN_SOCKET", socket).output().unwrap())
}

fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn status_is_a_table_for_people_and_the_servers_document_for_programs() {
    let stand_in = StandIn::start().await;
    let (code, out, err) = run_at(&stand_in.socket(), &["status"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("REGION   VERDICT  FOR"), "{out}");
    assert!(out.contains("eu-west  up"), "{out}");
    assert!(out.contains("1/2 (192.0.2.21 refused)"), "{out}");
    assert!(!out.contains('\u{1b}'), "no colours into a pipe: {out}");
    let (code, out, err) = run_at(&stand_in.socket(), &["status", "--json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["regions"]["eu-west"]["drained"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nobody_at_the_socket_is_exit_3_with_the_path() {
    let (code, out, err) = run(&["status", "--socket", "/nonexistent/meridian.sock"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.starts_with("/nonexistent/meridian.sock: no server there"), "{err}");
    let (code, out, _) = run(&["status", "--json", "--socket", "/nonexistent/meridian.sock"]);
    assert_eq!(code, 3);
    assert!(serde_json::from_str::<Value>(&out).unwrap()["error"].is_string(), "{out}");
    for command in [&["events"][..], &["events", "--follow"], &["reload"], &["undrain", "eu-west"]] {
        let (code, ..) = run(&[command, &["--socket", "/nonexistent/meridian.sock"]].concat());
        assert_eq!(code, 3, "{command:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn wrong_usage_is_exit_2() {
    for (arguments, said) in [
        (&["drain", "eu-west"][..], "--reason"),
        (&["drain", "eu-west", "--reason", "x", "--for", "5s"], "allowed is 1min to 72h"),
        (&["drain", "eu-west", "--reason", ""], "it is empty"),
        (&["force", "eu-west", "sideways", "--reason", "x"], "[possible values: up, down]"),
        (&["explain", "a", "--client", "here"], "allowed is an address like"),
        (&["explain", "a", "--client", "1.2.3.4", "--if", "eu-west"], "REGION=up"),
        (&["status", "--config", "/nonexistent/meridian.toml"], "say which server with --socket PATH"),
        (&["canary", "eu-west", "2", "--reason", "x"], "allowed is 0.1% to 50%"),
        (&["dance"], "unrecognized subcommand 'dance'"),
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(said), "{said} in {err}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_socket_is_found_through_the_config() {
    let stand_in = StandIn::start().await;
    let config = stand_in.directory.path().join("meridian.toml");
    std::fs::write(&config, "[admin]\nsocket = \"meridian.sock\"\n").unwrap();
    let (code, _, err) = run(&["status", "--config", config.to_str().unwrap()]);
    assert_eq!(code, 0, "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_drain_says_until_when() {
    let stand_in = StandIn::start().await;
    let arguments = ["drain", "eu-west", "us-east", "--for", "2h", "--reason", "upgrade"];
    let (code, out, err) = run_at(&stand_in.socket(), &arguments);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("eu-west: drained for 2h 00m, until 2"), "{out}");
    assert!(out.lines().nth(1).unwrap().starts_with("us-east: drained for 2h 00m"), "{out}");
    let (code, out, err) =
        run_at(&stand_in.socket(), &["force", "eu-west", "down", "--reason", "x", "--dry-run"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("eu-west: would be forced down for 1h 00m"), "{out}");
    let (code, out, _) = run_at(&stand_in.socket(), &["undrain", "eu-west"]);
    assert_eq!((code, out.as_str()), (0, "eu-west: drain lifted (epoch 44)\n"));
    let (code, out, err) = run_at(&stand_in.socket(), &["unforce", "us-east"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(err, "us-east: not done: us-east: nothing holds there\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_refusal_names_its_rule_and_the_way_through() {
    let stand_in = StandIn::start().await;
    let (code, out, err) = run_at(&stand_in.socket(), &["drain", "guarded", "--reason", "x"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(
        err,
        "guarded: not done: refused by min_regions: api.yourdomain.com would keep 0 regions in fence gdpr, 1 is the \
         least; --override-rule min_regions goes through\n"
    );
    let through = ["drain", "guarded", "--reason", "x", "--override-rule", "min_regions"];
    assert_eq!(run_at(&stand_in.socket(), &through).0, 0);
    let (code, out, _) =
        run_at(&stand_in.socket(), &["drain", "guarded", "eu-west", "--reason", "x", "--json"]);
    assert_eq!(code, 1);
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["done"], false);
    assert_eq!(document["results"][0]["rule"], "min_regions");
    assert_eq!(document["results"][1]["region"], "eu-west");
    assert_eq!(document["results"][1]["done"], false, "all regions of an act, or none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn several_servers_are_each_reported_and_the_worst_decides() {
    let stand_in = StandIn::start().await;
    let here = stand_in.socket();
    let sockets = ["--socket", here.to_str().unwrap(), "--socket", "/nonexistent/b.sock"];
    let (code, out, err) = run(&[&["drain", "eu-west", "--reason", "x"][..], &sockets].concat());
    assert_eq!(code, 3);
    assert!(out.contains("meridian.sock: eu-west: drained"), "{out}");
    assert!(err.contains("/nonexistent/b.sock: eu-west: not done"), "{err}");
    assert!(err.ends_with("done 1 of 2\n"), "{err}");
    let (code, out, _) = run(&[&["status", "--json"][..], &sockets].concat());
    assert_eq!(code, 3);
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["servers"][0]["answer"]["epoch"], 42);
    assert!(document["servers"][1]["failed"]["error"].is_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_refused_reload_prints_each_problem_where_it_is() {
    let stand_in = StandIn::start().await;
    let (code, out, err) = run_at(&stand_in.socket(), &["reload"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert_eq!(err, "meridian.toml:3:1: server.listn: unknown key; did you mean listen?\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn explain_is_readable_live() {
    let stand_in = StandIn::start().await;
    let explain = ["explain", "api.yourdomain.com", "--client", "81.2.69.7/24", "--if", "us-east=drained"];
    let (code, out, err) = run_at(&stand_in.socket(), &explain);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(
        out,
        "\
api.yourdomain.com A for 81.2.69.0/24

location  GB (by ecs): subnet 81.2.69.0/24
fence     none
order     as the service lists them

   CANDIDATE  WHY       WEIGHT  SHARE  SLOTS  DISTANCE  NOTE
>  eu-west    eligible     100  100 %   4096
   us-east    drained      100    0 %      0

answer    eu-west: 192.0.2.20
reason    preferred: the first choice inside the fence
ttl       30 s: the maximum, nothing is pending
scope     /24
slot      17 of 4096: eu-west holds all of them
epoch     42
if        no change of one region's state would alter this answer
"
    );
    let (code, _, err) = run_at(&stand_in.socket(), &["explain", "other.example", "--client", "1.2.3.4"]);
    assert_eq!((code, err.as_str()), (1, "other.example: no such service\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn events_end_or_follow() {
    let stand_in = StandIn::start().await;
    let (code, out, _) = run_at(&stand_in.socket(), &["events", "--since", "448"]);
    assert_eq!(code, 0);
    assert_eq!(
        out,
        "2026-11-20T07:02:42Z  eu-west: up -> down (tcp refused, 3 round(s) in a row)\n".repeat(2)
    );

    let mut follower = meridian(&["events", "--follow", "--json", "--since", "449", "--socket"])
        .arg(stand_in.socket())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["id"], json!(450));
    stand_in.events.send(event(451)).unwrap();
    assert_eq!(next()["id"], json!(451));
    interrupt(&follower);
    assert_eq!(follower.wait().unwrap().code(), Some(0), "Ctrl-C ends it cleanly");
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(kill.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_closed_pipe_ends_quietly() {
    let stand_in = StandIn::start().await;
    let mut command = meridian(&["events", "--socket"]);
    let mut child =
        command.arg(stand_in.socket()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let (code, _, err) = told(&child.wait_with_output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""));
}
