//! `server.query_log`, at the built program.

use serde_json::Value;

use super::home::{EU_CENTRAL, GERMAN, Home};
use super::server::Server;

#[test]
fn a_sampled_query_log_names_what_was_asked_and_nobody() {
    let home = Home::new();
    home.edit("workers = 1", "workers = 1\nquery_log = { file = \"queries.jsonl\", one_in = 2 }");
    let server = Server::serve(&home);
    (0..8).for_each(|_| assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]));
    server.stop();
    let text = std::fs::read_to_string(home.path().join("queries.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4, "{text}");
    let line = &lines[0];
    assert_eq!((&line["name"], &line["type"]), (&"api.example.com.".into(), &"A".into()), "{line}");
    assert_eq!((&line["region"], &line["reason"]), (&"eu-central".into(), &"preferred".into()), "{line}");
    assert_eq!((&line["client"], &line["transport"]), (&"127.0.0.0/24".into(), &"udp".into()), "{line}");
    home.edit("queries.jsonl", "no/such/folder/queries.jsonl");
    let refused = home.refused();
    assert!(refused.err.contains("server.query_log: ") && refused.code != 0, "{refused:?}");
}
