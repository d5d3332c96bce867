//! What operators say and ask, by the commands.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use super::home::{AMERICAN, EU_CENTRAL, EU_WEST, GERMAN, Home, US};
use super::server::{Server, meridian, run};

#[test]
fn a_pushed_word_moves_answers_until_its_source_ends_it() {
    let home = Home::new();
    let server = Server::serve(&home);
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]);
    let words =
        ["push", "eu-central", "--state", "drain", "--load", "0.8", "--source", "rollout", "--sequence", "7"];
    let said = server.order(&words);
    assert!(said.out.starts_with("eu-central: rollout says drain, load 0.8 for 2m 00s"), "{said:?}");
    assert_eq!(server.dig(&GERMAN), [EU_WEST]);
    let late = server.command(&words);
    assert!(
        late.code == 1 && late.err.contains("sequence 7 of rollout; the last one taken is 7"),
        "{late:?}"
    );
    let explained = server.order(&["explain", "api.example.com", "--client", "91.10.0.0/24"]);
    assert!(explained.out.contains("rollout says of eu-central: drain, load 0.8"), "{explained:?}");
    assert!(
        server.order(&["status"]).out.contains("rollout    eu-central"),
        "{}",
        server.order(&["status"]).out
    );
    assert_eq!(server.status()["regions"]["eu-central"]["load"], 0.8);
    let ended = server.order(&["unpush", "eu-central", "--source", "rollout"]);
    assert!(ended.out.starts_with("eu-central: what rollout said is ended"), "{ended:?}");
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]);
    let events = server.order(&["events"]).out;
    assert!(events.contains("rollout says drain") && events.contains("said holds no longer"), "{events}");
    server.stop();
}

#[test]
fn a_kill_in_the_middle_of_a_drain_leaves_it_whole_or_absent() {
    let home = Home::new();
    for delay in 0..4 {
        let server = Server::serve(&home);
        let before = server.status()["overrides"].as_array().unwrap().len();
        let mut drain = meridian();
        drain.args(["drain", "eu-central", "--reason", "kill", "--socket"]).arg(&server.socket);
        let drain = drain.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A question takes about as long as an order: each turn the kill comes a little later.
        (0..delay).for_each(|_| drop(server.dig(&GERMAN)));
        server.kill();
        let told = drain.wait_with_output().unwrap().status.code().unwrap();

        let server = Server::serve(&home);
        let held = server.status()["overrides"].as_array().unwrap().clone();
        assert!(held.len() <= 1, "{held:?}");
        assert!(told != 0 || held.len() == 1, "told \"done\", and it is gone: {held:?}");
        for held in &held {
            assert_eq!((&held["region"], &held["reason"]), (&"eu-central".into(), &"kill".into()));
        }
        let expected = if held.is_empty() { EU_CENTRAL } else { EU_WEST };
        assert_eq!(server.dig(&GERMAN), [expected], "what answers is what is kept");
        assert!(before <= held.len(), "nothing that was there is lost");
        if !held.is_empty() {
            server.order(&["undrain", "eu-central"]);
        }
        server.kill();
    }
}

#[test]
fn a_rule_refuses_by_name_and_can_be_gone_through_by_name() {
    let home = Home::new();
    let server = Server::serve(&home);
    server.order(&["drain", "eu-central", "--reason", "first"]);
    let epoch = server.status()["epoch"].clone();
    for more in [&[][..], &["--dry-run"]] {
        let refused = server.command(&[&["drain", "eu-west", "--reason", "second"][..], more].concat());
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.err.contains("min_regions") && refused.err.contains("gdpr"), "{refused:?}");
    }
    let dry = server.order(&["drain", "us", "--reason", "third", "--dry-run"]);
    assert!(dry.out.starts_with("us: would be drained"), "{dry:?}");
    assert_eq!(server.status()["epoch"], epoch, "nothing has changed");
    assert_eq!(server.dig(&AMERICAN), [US]);

    let through = ["drain", "eu-west", "--reason", "second", "--override-rule", "min_regions"];
    server.order(&through);
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL], "all drained: the fence is served anyway");
    let unknown = server.command(&["drain", "us-west", "--reason", "none"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("the regions are us, eu-west, eu-central"), "{unknown:?}");
    server.stop();
}

#[test]
fn several_regions_are_one_act_that_is_done_wholly_or_not_at_all() {
    let home = Home::new();
    let server = Server::serve(&home);
    let refused = server.command(&["drain", "eu-west", "eu-central", "--reason", "both"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(refused.err.matches("refused by min_regions").count(), 2, "{refused:?}");
    assert_eq!(server.status()["overrides"], serde_json::json!([]), "none of them is drained");

    let dry = server.order(&["drain", "eu-central", "us", "--reason", "both", "--dry-run"]);
    for words in [
        "of all Internet users would move",
        "us -> eu-west  for clients outside all fences",
        "keeps 1 of 2 eligible region(s) inside fence gdpr, 50.0 % of the capacity (now 100.0 %)",
        "if eu-west were lost then:",
        "last resort inside fence gdpr",
    ] {
        assert!(dry.out.contains(words), "{words} in {}", dry.out);
    }
    assert_eq!(server.dig(&AMERICAN), [US], "nothing has changed");

    server.order(&["drain", "eu-central", "us", "--reason", "both"]);
    assert_eq!(server.status()["overrides"].as_array().unwrap().len(), 2);
    let through = ["drain", "eu-west", "--reason", "last", "--override-rule", "min_regions"];
    server.order(&through);
    let events = server.order(&["events", "--json"]).out;
    let told = events.lines().find(|line| line.contains("rule_overridden")).expect("it is in the audit");
    assert!(told.contains("would keep 0 eligible region(s)"), "{told}");
    server.stop();
}

#[test]
fn forces_hold_against_everything_until_they_are_taken_back() {
    let home = Home::new();
    let server = Server::serve(&home);
    server.order(&["force", "us", "down", "--reason", "incident"]);
    assert_eq!(server.dig(&AMERICAN), [EU_WEST]);
    assert_eq!(server.status()["regions"]["us"]["forced"], "down");
    server.order(&["force", "us", "up", "--reason", "over"]);
    assert_eq!(server.dig(&AMERICAN), [US], "a force takes the place of the one before");
    server.order(&["unforce", "us"]);
    assert_eq!(server.dig(&AMERICAN), [US]);
    let nothing = server.command(&["unforce", "us"]);
    assert_eq!(nothing.code, 1, "{nothing:?}");
    assert!(nothing.err.contains("us is not forced"), "{nothing:?}");
    server.order(&["drain", "us", "--service", "api.example.com", "--reason", "backlog"]);
    assert_eq!(server.dig(&AMERICAN), [EU_WEST]);
    server.order(&["undrain", "us", "--service", "api.example.com"]);
    assert_eq!(server.dig(&AMERICAN), [US]);
    server.stop();
}

#[test]
fn an_explanation_is_the_same_offline_and_live_and_says_what_dig_gets() {
    let home = Home::new();
    let server = Server::serve(&home);
    for client in ["12.0.0.0/24", "91.10.0.0/24", "10.0.0.0/8", "2003::/32", "81.2.0.0/16"] {
        for supposition in
            [&[][..], &["--if", "eu-central=down"], &["--if", "eu-central=drained", "--if", "us=down"]]
        {
            let asked =
                [&["explain", "api.example.com", "--client", client, "--json"][..], supposition].concat();
            let parsed = |said: &str| {
                let mut document: Value = serde_json::from_str(said).unwrap();
                document.as_object_mut().unwrap().remove("epoch").expect("which picture was asked");
                document
            };
            let live = parsed(&server.order(&asked).out);
            let offline = run(meridian().args(&asked).arg("--config").arg(home.config()));
            assert_eq!(offline.code, 0, "{offline:?}");
            assert_eq!(live, parsed(&offline.out), "{client} {supposition:?}");
            if supposition.is_empty() {
                let answered = server.dig(&["api.example.com", &format!("+subnet={client}")]);
                assert_eq!(live["answer"]["records"][0], answered[0].as_str(), "{live}");
            }
        }
    }
    server.stop();
}

#[test]
fn a_follower_hears_of_orders_as_they_happen() {
    let home = Home::new();
    let server = Server::serve(&home);
    let mut follow = meridian();
    follow.args(["events", "--follow", "--json", "--since", "0", "--socket"]).arg(&server.socket);
    let mut follower = follow.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    let mut next = |kind: &str| -> Value {
        let mut events = lines.by_ref().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        events.find(|event| event["kind"] == kind).unwrap_or_else(|| panic!("no more events before {kind}"))
    };
    server.order(&["drain", "us", "--reason", "heard"]);
    let heard = next("override");
    assert_eq!(
        (&heard["override"]["region"], &heard["override"]["reason"]),
        (&"us".into(), &"heard".into()),
        "{heard}"
    );
    server.order(&["undrain", "us"]);
    next("lifted");
    let kept = server.order(&["events", "--json"]);
    assert_eq!(kept.out.lines().count(), 2, "{kept:?}");
    follower.kill().unwrap();
    follower.wait().unwrap();
    server.stop();
}

#[test]
fn metrics_move_with_questions_and_orders() {
    let home = Home::new();
    let server = Server::serve(&home);
    let queries = "meridian_dns_queries_total{transport=\"udp\",rcode=\"NOERROR\"}";
    let answers = "meridian_answers_total{service=\"api.example.com\",region=\"us\",reason=\"preferred\"}";
    let before = server.metric(queries).unwrap_or(0.0);
    for _ in 0..5 {
        server.dig(&AMERICAN);
    }
    server.dig(&["+tcp", "api.example.com", "+subnet=12.0.0.0/24"]);
    let deadline = std::time::Instant::now() + super::server::PATIENCE;
    while server.metric(queries) < Some(before + 5.0) || server.metric(answers) < Some(6.0) {
        assert!(std::time::Instant::now() < deadline, "{}", server.metrics());
    }
    let epoch = server.metric("meridian_snapshot_epoch").unwrap();
    server.order(&["drain", "us", "--reason", "count me"]);
    assert_eq!(server.metric("meridian_snapshot_epoch"), Some(epoch + 1.0));
    assert_eq!(server.metric("meridian_overrides{region=\"us\",kind=\"drain\"}"), Some(1.0));
    assert_eq!(server.metric("meridian_region_weight{region=\"us\"}"), Some(0.0));
    server.stop();
}

#[test]
fn two_orders_at_once_cannot_break_together_what_each_of_them_keeps() {
    let home = Home::new();
    let server = Server::serve(&home);
    for _ in 0..3 {
        let drains = ["eu-west", "eu-central"].map(|region| {
            let mut drain = meridian();
            drain.args(["drain", region, "--reason", "at once", "--socket"]).arg(&server.socket);
            drain.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        });
        let ended = drains.map(|drain| drain.wait_with_output().unwrap());
        let mut codes = ended.each_ref().map(|output| output.status.code().unwrap());
        codes.sort_unstable();
        assert_eq!(codes, [0, 1], "one is done, one refused: {ended:?}");
        let held = server.status()["overrides"].as_array().unwrap().clone();
        assert_eq!(held.len(), 1, "{held:?}");
        server.order(&["undrain", held[0]["region"].as_str().unwrap()]);
    }
    server.stop();
}

#[test]
fn without_a_state_directory_no_order_is_taken_and_answers_are_given() {
    let home = Home::new();
    home.edit("[state]\ndirectory = \"state\"\n", "");
    let server = Server::serve(&home);
    let refused = server.command(&["drain", "us", "--reason", "nowhere to keep it"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("no [state] directory is configured"), "{refused:?}");
    assert_eq!(server.dig(&AMERICAN), [US]);
    assert_eq!(server.order(&["events"]).out, "");
    server.stop();
}

#[test]
fn logs_are_json_objects_where_that_is_wanted() {
    let home = Home::new();
    let mut command = meridian();
    command.args(["serve", "--log-format", "json", "--config"]).arg(home.config());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut told = Vec::new();
    for line in lines.map_while(Result::ok) {
        let event: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        for key in ["timestamp", "level", "message", "target"] {
            assert!(event[key].is_string(), "{key} in {line}");
        }
        let serves = event["message"] == "serving" && event["services"] == 1;
        told.push(line);
        if serves {
            break;
        }
    }
    assert!(told.len() > 2, "{told:?}");
    child.kill().unwrap();
    child.wait().unwrap();
}
