//! What `README.md`, `docs/` and `docs/runbooks/` tell people to type is typed: blocks marked `sh run` and consoles against
//! the demo, configs with `check`; of all other commands, that the program knows their words and options.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::home::Home;
use super::pki::{Issuer, NAME};
use super::server::{Server, meridian, run};

/// A fenced block: what stands behind the fence, and its lines.
struct Block<'a> {
    marked: &'a str,
    lines: Vec<&'a str>,
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page with its text.
fn pages() -> Vec<(PathBuf, String)> {
    let folder = |name: &str| {
        let entries = std::fs::read_dir(repository().join(name)).unwrap().map(|entry| entry.unwrap().path());
        let pages = entries.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
        let mut pages: Vec<PathBuf> = pages.collect();
        pages.sort();
        pages
    };
    let all = [vec![repository().join("README.md")], folder("docs"), folder("docs/runbooks")].concat();
    all.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut open: Option<Block<'_>> = None;
    let mut blocks = Vec::new();
    for line in page.lines() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(marked), None) => open = Some(Block { marked, lines: Vec::new() }),
            (None, Some(block)) => block.lines.push(line),
            (None, None) => {}
        }
    }
    blocks
}

/// The commands of a shell block or a console, without what is said about them.
fn commands<'a>(block: &Block<'a>) -> Vec<&'a str> {
    let prompt = if block.marked == "console" { "$ " } else { "" };
    let shell = block.marked.starts_with("sh") || block.marked == "console";
    let typed = block.lines.iter().filter_map(|line| line.strip_prefix(prompt));
    typed.filter(|_| shell).map(|line| line.split(" #").next().unwrap_or("").trim_end()).collect()
}

/// Commands in running text.
fn mentioned(page: &str) -> Vec<&str> {
    let quoted = page.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    quoted.filter(|words| words.starts_with("meridian ")).collect()
}

/// Runs a line as a shell does, with this program in the path.
fn shell(line: &str, here: &Path) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_meridian")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(here).env("PATH", path);
    shell
}

/// That the program has the command of a line, and each option in it.
fn is_known(line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let plain = |word: &&&str| word.chars().all(|c| c.is_ascii_lowercase());
    let commands: Vec<&str> = words[1..].iter().take_while(plain).copied().collect();
    let help = (1..=commands.len()).rev().find_map(|most| {
        let said = run(meridian().args(&commands[..most]).arg("--help"));
        (said.code == 0).then_some(said.out)
    });
    let help = help.unwrap_or_else(|| panic!("no such command: {line}"));
    for option in words.iter().filter(|word| word.starts_with("--")) {
        assert!(help.contains(option), "{option} of `{line}` is not in\n{help}");
    }
}

fn demo(directory: &Path) -> Server {
    let (socket, state) = (directory.join("meridian.sock"), directory.join("state"));
    let mut demo = meridian();
    demo.args(["demo", "--dns", "127.0.0.1:0", "--web", "127.0.0.1:0", "--gateways", "0"]);
    Server::start(demo.arg("--socket").arg(&socket).arg("--state").arg(&state), socket)
}

/// A line of a document, at the demo.
fn at_demo(line: &str, server: &Server, directory: &Path) -> Command {
    let mut command = shell(line, &directory.join("state"));
    command.env("MERIDIAN_SOCKET", &server.socket).env("MERIDIAN_DNS", server.dns.to_string());
    command.env("MERIDIAN_WEB", server.web.unwrap().to_string());
    command
}

#[test]
fn every_command_of_a_document_is_one_that_the_program_knows() {
    let mut known = 0;
    for (path, text) in pages() {
        let typed = blocks(&text);
        let typed = typed.iter().flat_map(commands);
        for line in typed.chain(mentioned(&text)) {
            match line.split(' ').next() {
                Some("meridian") => is_known(line),
                Some("cargo") => is_known(&line.replace("cargo run --release -- ", "meridian ")),
                Some("dig") => {}
                Some(program) if repository().join(program).is_file() => {}
                _ => panic!("{}: what is {line:?}?", path.display()),
            }
            known += 1;
        }
    }
    assert!(known > 50, "{known} commands");
}

#[test]
fn what_a_document_says_to_do_can_be_done_to_the_demo() {
    let mut done = 0;
    for (path, text) in pages() {
        let blocks = blocks(&text);
        let lines: Vec<&str> =
            blocks.iter().filter(|block| block.marked == "sh run").flat_map(commands).collect();
        if lines.is_empty() {
            continue;
        }
        let directory = tempfile::tempdir().unwrap();
        let server = demo(directory.path());
        for line in lines {
            // Ten minutes are for people.
            let line =
                if line.starts_with("meridian drill") { line.replace("10m", "2s") } else { line.to_owned() };
            let said = run(&mut at_demo(&line, &server, directory.path()));
            assert_eq!(said.code, 0, "{}: {line}: {said:?}", path.display());
            done += 1;
        }
        server.stop();
    }
    assert!(done > 25, "{done} commands");
}

#[test]
fn a_console_shows_what_the_demo_says() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let server = demo(directory.path());
    let mut compared = 0;
    for block in blocks(&readme).iter().filter(|block| block.marked == "console") {
        let text = block.lines.join("\n");
        for shown in text.split("$ ").filter(|shown| !shown.is_empty()) {
            let (line, expected) = shown.split_once('\n').unwrap();
            let asked = line.replace("-p 5353", &format!("-p {}", server.dns.port()));
            let said = run(&mut at_demo(&asked, &server, directory.path()));
            // A question's number is drawn.
            let plain = |text: &str| -> Vec<String> {
                let lines = text.lines().map(|line| line.split(", id: ").next().unwrap_or("").to_owned());
                lines.filter(|line| !line.is_empty()).collect()
            };
            assert_eq!(plain(&said.out), plain(expected), "{line}\n{}", said.out);
            compared += 1;
        }
    }
    assert_eq!(compared, 2, "a question and an explanation");
    server.stop();
}

/// Puts the keys of `part` over those of `whole`.
fn merge(whole: &mut toml::Table, part: toml::Table) {
    for (key, value) in part {
        match (whole.get_mut(&key), value) {
            (Some(toml::Value::Table(whole)), toml::Value::Table(part)) => merge(whole, part),
            (_, value) => drop(whole.insert(key, value)),
        }
    }
}

#[test]
fn every_config_of_a_document_holds_within_the_sample() {
    let mut checked = 0;
    for (path, text) in pages() {
        for block in blocks(&text).iter().filter(|block| block.marked == "toml") {
            let home = Home::sample();
            let pair = Issuer::new().issue(NAME);
            home.write("cert.pem", &pair.chain);
            home.write("key.pem", &pair.key);
            home.write("secrets", "000102030405060708090a0b0c0d0e0f\n");
            let mut config: toml::Table = std::fs::read_to_string(home.config()).unwrap().parse().unwrap();
            merge(&mut config, block.lines.join("\n").parse().unwrap());
            home.write("meridian.toml", &toml::to_string(&config).unwrap());
            let said = run(meridian().args(["check", "--no-prove", "--config"]).arg(home.config()));
            assert_eq!(said.code, 0, "{}: {said:?}", path.display());
            checked += 1;
        }
    }
    assert!(checked >= 2, "{checked} configs");
}
