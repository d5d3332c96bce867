//! A running server, and how tests speak to it.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::home::Home;

/// Long for a test on a busy machine, short for a hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Dig shares ports (SO_REUSEPORT), so the system sometimes gives it the server's own, which tests take from the same
/// range; then dig hears its own question.
const HEARD_ITSELF: &str = "query response not set";

/// The program under test.
pub(crate) fn meridian() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
    command.env_remove("MERIDIAN_SOCKET").env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

/// What a command that ended said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Said {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    let code = output.status.code().unwrap_or(-1);
    Said { code, out: text(output.stdout), err: text(output.stderr) }
}

/// A server process, killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    lines: Receiver<String>,
    heard: Vec<String>,
    pub(crate) dns: SocketAddr,
    pub(crate) web: Option<SocketAddr>,
    pub(crate) socket: PathBuf,
}

impl Server {
    /// Starts `meridian serve` on the config in `home`, and waits until it serves.
    pub(crate) fn serve(home: &Home) -> Self {
        let mut command = meridian();
        command.arg("serve").arg("--config").arg(home.config());
        Self::start(&mut command, home.socket())
    }

    /// Starts a server by any command, and waits until it serves.
    pub(crate) fn start(command: &mut Command, socket: PathBuf) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (tell, lines) = channel();
        let outputs: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for output in outputs {
            let tell = tell.clone();
            thread::spawn(move || {
                let lines = BufReader::new(output).lines().map_while(Result::ok);
                lines.take_while(|line| tell.send(line.clone()).is_ok()).for_each(drop);
            });
        }
        drop(tell);
        let dns = "0.0.0.0:0".parse().unwrap();
        let mut server = Self { child, lines, heard: Vec::new(), dns, web: None, socket };
        server.hear(" serving zones=");
        let address = |line: &str| line.split_once("address=")?.1.parse().ok();
        let said =
            |what: &str| server.heard.iter().find(|line| line.contains(what)).and_then(|line| address(line));
        let dns = said("answering DNS over UDP and TCP").expect("a server says where it answers");
        (server.dns, server.web) = (dns, said("serving the page and /metrics"));
        server
    }

    /// Waits until the server has printed a line with `words` in it, and gives the line.
    pub(crate) fn hear(&mut self, words: &str) -> String {
        let heard = self.heard.iter().find(|line| line.contains(words)).cloned();
        heard.unwrap_or_else(|| self.hear_next(words))
    }

    /// Waits for such a line that nobody has heard yet.
    pub(crate) fn hear_next(&mut self, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.heard.push(line.clone());
                    if line.contains(words) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    panic!("not said in time: {words:?}\n{}", self.heard.join("\n"));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended without saying {words:?}\n{}", self.heard.join("\n"));
                }
            }
        }
    }

    /// Forgets what was said, so that the next [`Server::hear`] waits for news.
    pub(crate) fn forget(&mut self) {
        self.heard.clear();
    }

    /// Everything said so far.
    pub(crate) fn said(&self) -> String {
        self.heard.join("\n")
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, as `kill` does.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = run(Command::new("sh").args(["-c", &format!("kill -{signal} {}", self.pid())]));
        assert_eq!(sent.code, 0, "{sent:?}");
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        // What it still says on the way keeps this loop from spinning.
        while let Ok(line) = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.heard.push(line);
        }
        assert!(Instant::now() < deadline, "it does not end\n{}", self.heard.join("\n"));
        self.child.wait().unwrap()
    }

    /// Stops it as an operator does.
    pub(crate) fn stop(self) {
        self.signal("TERM");
        let status = self.end();
        assert!(status.success(), "{status}");
    }

    /// Kills it without a word.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Runs a command against its socket.
    pub(crate) fn command(&self, words: &[&str]) -> Said {
        run(meridian().args(words).arg("--socket").arg(&self.socket))
    }

    /// Runs a command that must succeed.
    pub(crate) fn order(&self, words: &[&str]) -> Said {
        let said = self.command(words);
        assert_eq!(said.code, 0, "{words:?}: {said:?}\n{}", self.said());
        said
    }

    /// `meridian status --json`.
    pub(crate) fn status(&self) -> Value {
        serde_json::from_str(&self.order(&["status", "--json"]).out).unwrap()
    }

    /// The addresses that dig prints for these words, sorted.
    pub(crate) fn dig(&self, words: &[&str]) -> Vec<String> {
        let mut dig = Command::new("dig");
        dig.arg(format!("@{}", self.dns.ip())).arg("-p").arg(self.dns.port().to_string());
        dig.args(["+short", "+tries=1", "+timeout=5"]).args(words);
        let mut said = run(&mut dig);
        if said.out.contains(HEARD_ITSELF) {
            said = run(&mut dig);
        }
        assert_eq!(said.code, 0, "dig {words:?}: {said:?}");
        let mut lines: Vec<String> = said.out.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    }

    /// Asks until the answer is `expected`; how long that took.
    pub(crate) fn dig_until(&self, words: &[&str], expected: &[&str]) -> Duration {
        let began = Instant::now();
        let mut last = Vec::new();
        while began.elapsed() < PATIENCE {
            last = self.dig(words);
            if last == expected {
                return began.elapsed();
            }
        }
        panic!("dig {words:?} is still answered with {last:?}, not {expected:?}");
    }

    /// What `/metrics` says of a series, labels and all; none before it is there.
    pub(crate) fn metric(&self, series: &str) -> Option<f64> {
        let page = self.metrics();
        page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }

    /// `/metrics`.
    pub(crate) fn metrics(&self) -> String {
        let web = self.web.expect("a server with a page");
        let said = run(Command::new("curl").args(["-sS", "--fail", &format!("http://{web}/metrics")]));
        assert_eq!(said.code, 0, "{said:?}");
        said.out
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, which is what was wanted.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}
