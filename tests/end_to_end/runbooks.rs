//! Every command of `docs/runbooks/`: those of blocks marked `sh run` against the demo, in order; of the others, that the
//! program knows the words.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::{Server, meridian, run};

/// The lines of a page's shell blocks, and whether they are run.
fn commands(page: &str) -> Vec<(&str, bool)> {
    let mut block = None;
    let mut commands = Vec::new();
    for line in page.lines() {
        match (line.strip_prefix("```"), block) {
            (Some(_), Some(_)) => block = None,
            (Some(words), None) => block = Some(words),
            (None, Some(words)) if words.starts_with("sh") => commands.push((line, words == "sh run")),
            (None, _) => {}
        }
    }
    commands
}

fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/runbooks");
    let mut pages: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    pages
}

/// Runs a line as a shell does, with this program in the path.
fn shell(line: &str, here: &Path) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_meridian")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(here).env("PATH", path);
    shell
}

#[test]
fn every_command_of_a_runbook_is_one_that_the_program_knows() {
    let mut known = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for (line, _) in commands(&text) {
            assert!(line.starts_with("meridian "), "{}: {line}", page.display());
            let said = run(&mut shell(&format!("{line} --help"), page.parent().unwrap()));
            assert_eq!(said.code, 0, "{}: {line}: {said:?}", page.display());
            known += 1;
        }
    }
    assert!(known > 30, "{known} commands");
}

#[test]
fn what_a_runbook_says_to_do_can_be_done_to_the_demo() {
    let mut done = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let lines: Vec<&str> =
            commands(&text).into_iter().filter(|(_, run)| *run).map(|(line, _)| line).collect();
        if lines.is_empty() {
            continue;
        }
        let directory = tempfile::tempdir().unwrap();
        let (socket, state) = (directory.path().join("meridian.sock"), directory.path().join("state"));
        let mut demo = meridian();
        demo.args(["demo", "--dns", "127.0.0.1:0", "--web", "127.0.0.1:0", "--gateways", "0"]);
        demo.arg("--socket").arg(&socket).arg("--state").arg(&state);
        let server = Server::start(&mut demo, socket);
        for line in lines {
            // Ten minutes are for people.
            let line =
                if line.starts_with("meridian drill") { line.replace("10m", "2s") } else { line.to_owned() };
            let mut command = shell(&line, &state);
            command.env("MERIDIAN_SOCKET", &server.socket).env("MERIDIAN_DNS", server.dns.to_string());
            let said = run(command.env("MERIDIAN_WEB", server.web.unwrap().to_string()));
            assert_eq!(said.code, 0, "{}: {line}: {said:?}", page.display());
            done += 1;
        }
        server.stop();
    }
    assert!(done > 20, "{done} commands");
}
