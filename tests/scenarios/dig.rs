//! The real dig: asked with a scenario's words, and what it printed as the lines of a scenario.

use std::net::SocketAddr;
use std::process::Command;

use meridian::client::Carrier;

/// What comes before a scenario's own words: no recursion, no cookie, one try, and always the same ID.
const USUAL: [&str; 13] = [
    "+nocmd",
    "+noall",
    "+comments",
    "+question",
    "+answer",
    "+authority",
    "+additional",
    "+norecurse",
    "+nocookie",
    "+qid=4096",
    "+tries=1",
    "+timeout=5",
    "+noidnin",
];

/// Dig shares ports (SO_REUSEPORT), so the system sometimes gives it the server's own, which tests take from the same
/// range; then dig hears its own question.
const HEARD_ITSELF: &str = "query response not set";

/// Asks the server at `server` over `carrier`; the lines of its answer.
pub(crate) fn ask(server: SocketAddr, carrier: Carrier, words: &[&str]) -> Vec<String> {
    let mut dig = Command::new("dig");
    dig.arg(format!("@{}", server.ip())).arg("-p").arg(server.port().to_string()).args(USUAL);
    dig.arg(match carrier {
        Carrier::Tcp => "+tcp",
        _ => "+ignore", // a truncated answer is looked at, and not asked for again over TCP
    });
    dig.args(words).env_remove("HOME");
    let printed = run(&mut dig);
    read(&if printed.contains(HEARD_ITSELF) { run(&mut dig) } else { printed })
}

fn run(dig: &mut Command) -> String {
    let output = dig.output();
    let output = output.unwrap_or_else(|error| panic!("dig does not start ({error}); tests/run installs it"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    let complaint = complaint.lines().map(|line| format!(";; {line}\n"));
    String::from_utf8_lossy(&output.stdout).into_owned() + &complaint.collect::<String>()
}

/// Dig's output as lines of a scenario.
fn read(printed: &str) -> Vec<String> {
    let mut status = String::new();
    let mut flags = String::new();
    let mut options: Vec<String> = vec!["without OPT".to_owned()];
    let mut records = Vec::new();
    let mut section = "";
    for line in printed.lines() {
        if let Some(header) = line.strip_prefix(";; ->>HEADER<<- ") {
            status = between(header, "status: ", ",").to_owned();
        } else if line.starts_with(";; flags:") {
            flags = between(line, "flags:", ";").to_owned();
        } else if line.starts_with("; EDNS:") {
            options = unusual(line);
        } else if let Some(subnet) = line.strip_prefix("; CLIENT-SUBNET: ") {
            options.push(format!("scope {subnet}"));
        } else if line.starts_with("; NSID:") {
            options.push(format!("nsid {}", between(line, "(\"", "\")")));
        } else if let Some(name) = line.strip_prefix(";; ").and_then(|line| line.strip_suffix(" SECTION:")) {
            section = ["QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"]
                .into_iter()
                .find(|known| *known == name)
                .unwrap_or("");
        } else if matches!(line, ";; Got answer:" | ";; OPT PSEUDOSECTION:") || line.trim().is_empty() {
        } else if line.starts_with(";") && section == "QUESTION" {
            records.push(format!("question {}", spaced(&line[1..])));
        } else if line.starts_with(';') {
            records.push(format!("dig: {}", line.trim_start_matches([';', ' '])));
        } else {
            records.push(format!("{} {}", section.to_lowercase(), spaced(line)));
        }
    }
    let head = format!("{status}{flags}");
    std::iter::once(head).chain(options).chain(records).collect()
}

/// What is not as it always is: version 0, no flags, 1232 octets.
fn unusual(line: &str) -> Vec<String> {
    let said = line.trim_start_matches("; EDNS: ");
    if said == "version: 0, flags:; udp: 1232" { Vec::new() } else { vec![format!("edns {said}")] }
}

fn between<'a>(text: &'a str, before: &str, behind: &str) -> &'a str {
    let rest = text.split_once(before).map_or("", |(_, rest)| rest);
    rest.split_once(behind).map_or(rest, |(inner, _)| inner)
}

fn spaced(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
