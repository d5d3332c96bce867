//! The query log: one query in so many, as a JSON object a line, written by a thread of its own.
//!
//! Whoever answers copies a sampled question into a bounded channel and goes on: nothing waits, and nothing is allocated.
//! A channel that is full, and a disk that takes nothing, cost lines, which are counted, and never an answer. A client is
//! written as its /24 or /56. The file is appended to, so that whoever rotates it may copy and truncate it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;

use super::transport;
use crate::answer::Steered;
use crate::client::{Client, Prefix};
use crate::metrics::QUERY_LOG;
use crate::snapshot::Snapshots;
use crate::zone::{Name, Rtype};

/// Where sampled queries go. Clones write the same file.
#[derive(Clone, Debug)]
pub struct QueryLog {
    lines: SyncSender<Line>,
    one_in: NonZeroU32,
}

/// The thread that writes; it ends when every [`QueryLog`] is gone.
#[derive(Debug)]
pub struct QueryLogWriter(JoinHandle<()>);

/// Picks one query in so many, on one thread.
pub(super) struct Sampler {
    log: QueryLog,
    left: u32,
}

/// A query that was answered, and with what.
#[derive(Debug)]
pub(super) struct Line {
    /// Unix seconds.
    pub(super) at: u64,
    pub(super) client: Client,
    pub(super) question: Question,
    pub(super) rcode: u16,
    pub(super) steered: Option<Steered>,
    /// Of the snapshot that decided.
    pub(super) generation: u64,
    /// Of the answer, in octets.
    pub(super) length: usize,
}

/// The octets behind a message's header: the question, and perhaps more.
#[derive(Debug)]
pub(super) struct Question {
    octets: [u8; QUESTION],
    taken: usize,
}

impl QueryLog {
    /// Appends one query in `one_in` to the file at `path`. Names come from the snapshots that serve.
    ///
    /// # Errors
    /// The file cannot be opened for appending.
    pub fn start(
        path: &Path,
        one_in: NonZeroU32,
        snapshots: Snapshots,
    ) -> io::Result<(Self, QueryLogWriter)> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let (lines, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("query-log".to_owned());
        let handle = thread.spawn(move || write_all(&file, &waiting, &snapshots))?;
        Ok((Self { lines, one_in }, QueryLogWriter(handle)))
    }

    pub(super) fn sampler(&self) -> Sampler {
        Sampler { log: self.clone(), left: self.one_in.get() }
    }
}

impl QueryLogWriter {
    /// Waits until the last line is written; every [`QueryLog`] must be gone.
    pub fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the query log ended in a panic");
        }
    }
}

impl Sampler {
    /// Whether the query in hand is one to log.
    pub(super) fn picks(&mut self) -> bool {
        self.left -= 1;
        let picked = self.left == 0;
        if picked {
            self.left = self.log.one_in.get();
        }
        picked
    }

    /// Hands a line over, or counts that it was lost.
    pub(super) fn log(&self, line: Line) {
        match self.log.lines.try_send(line) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => QUERY_LOG.add(["dropped"], 1),
        }
    }
}

impl Question {
    /// Out of a whole query.
    pub(super) fn of(query: &[u8]) -> Self {
        let behind = query.get(HEADER..).unwrap_or_default();
        let taken = behind.len().min(QUESTION);
        let mut octets = [0; QUESTION];
        octets[..taken].copy_from_slice(&behind[..taken]);
        Self { octets, taken }
    }

    /// The name and type asked for; none where there is no whole question.
    fn read(&self) -> Option<(Name, Rtype)> {
        let octets = &self.octets[..self.taken];
        let mut end = 0;
        while *octets.get(end)? != 0 {
            end += usize::from(octets[end]) + 1;
        }
        let name = Name::from_wire(&octets[..=end]).ok()?;
        let rtype = u16::from_be_bytes([*octets.get(end + 1)?, *octets.get(end + 2)?]);
        Some((name, Rtype(rtype)))
    }
}

impl Line {
    fn text(&self, snapshots: &Snapshots) -> String {
        let snapshot = snapshots.load();
        let known = self.steered.filter(|_| snapshot.generation() == self.generation);
        let labels = known.map(|steered| snapshot.labels(steered.service, steered.region));
        let asked = self.question.read();
        let at = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(self.at)).to_string();
        json!({
            "at": at,
            "transport": transport(self.client.carrier),
            "client": network(self.client.address).to_string(),
            "name": asked.as_ref().map(|(name, _)| name.to_string()),
            "type": asked.as_ref().map(|(_, rtype)| rtype.to_string()),
            "rcode": self.rcode,
            "service": labels.map(|(service, _)| service),
            "region": labels.map(|(_, region)| region),
            "reason": self.steered.map(|steered| steered.reason.word()),
            "octets": self.length,
        })
        .to_string()
    }
}

/// Nobody's own address.
fn network(client: IpAddr) -> Prefix {
    Prefix::around(client, if client.is_ipv4() { 24 } else { 56 })
}

fn write_all(file: &File, waiting: &Receiver<Line>, snapshots: &Snapshots) {
    let mut out = BufWriter::new(file);
    while let Ok(first) = waiting.recv() {
        let mut written = 0;
        let mut write = |line: &Line| {
            written += 1;
            writeln!(out, "{}", line.text(snapshots))
        };
        let all =
            write(&first).and_then(|()| waiting.try_iter().take(WAITING).try_for_each(|line| write(&line)));
        match all.and_then(|()| out.flush()) {
            Ok(()) => QUERY_LOG.add(["written"], written),
            Err(_) => {
                QUERY_LOG.add(["failed"], written);
                // What could not be written is given up, not written later in the middle of something else.
                drop(std::mem::replace(&mut out, BufWriter::new(file)).into_parts());
            }
        }
    }
}

/// Lines that wait for the disk at most.
const WAITING: usize = 1_024;
/// Octets of a header (RFC 1035 §4.1.1).
const HEADER: usize = 12;
/// The longest name, a type and a class.
const QUESTION: usize = 255 + 4;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::client::Carrier;
    use crate::snapshot::Snapshot;

    fn line(question: &[u8]) -> Line {
        let client = Client { address: "192.0.2.7".parse().unwrap(), carrier: Carrier::Udp, limit: 1_232 };
        let query = [&[0; HEADER], question].concat();
        let question = Question::of(&query);
        Line { at: 0, client, question, rcode: 3, steered: None, generation: 0, length: 40 }
    }

    fn snapshots() -> Snapshots {
        Snapshots::new(Arc::new(Snapshot::default()))
    }

    #[test]
    fn a_line_is_a_json_object_that_names_nobody() {
        let text = line(b"\x03WwW\x02a\n\0\0\x1c\0\x01").text(&snapshots());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["client"], "192.0.2.0/24");
        assert_eq!((&value["name"], &value["type"]), (&json!("www.a\\010."), &json!("AAAA")));
        assert_eq!((&value["at"], &value["rcode"]), (&json!("1970-01-01T00:00:00Z"), &json!(3)));
        assert!(!text.contains('\n'), "one line: {text}");
        for cut in [&b""[..], b"\x03ww", b"\x01a\0\0", b"\xc0\x0c\0\x01\0\x01"] {
            assert!(line(cut).text(&snapshots()).contains("\"name\":null"), "{cut:?}");
        }
    }

    #[test]
    fn one_query_in_so_many_is_written_and_the_thread_ends() {
        crate::metrics::install();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("queries.jsonl");
        let (log, writer) = QueryLog::start(&path, NonZeroU32::new(3).unwrap(), snapshots()).unwrap();
        let mut sampler = log.sampler();
        let picked: Vec<bool> = (0..7).map(|_| sampler.picks()).collect();
        assert_eq!(picked, [false, false, true, false, false, true, false]);
        sampler.log(line(b"\x01a\0\0\x01\0\x01"));
        drop((log, sampler));
        writer.join();
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
    }

    #[test]
    fn lines_that_nobody_takes_are_dropped_and_nobody_waits() {
        crate::metrics::install();
        let (lines, waiting) = sync_channel(2);
        let log = QueryLog { lines, one_in: NonZeroU32::MIN };
        let sampler = log.sampler();
        let dropped = || {
            let text = crate::metrics::install().render();
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("meridian_query_log_lines_total{outcome=\"dropped\"} "));
            line.map_or(0, |number| number.parse::<u64>().unwrap())
        };
        let before = dropped();
        (0..5).for_each(|_| sampler.log(line(b"\0\0\x01\0\x01")));
        assert_eq!((dropped() - before, waiting.try_iter().count()), (3, 2));
    }

    #[test]
    fn a_full_disk_costs_lines_that_are_counted() {
        crate::metrics::install();
        let (log, writer) = QueryLog::start(Path::new("/dev/full"), NonZeroU32::MIN, snapshots()).unwrap();
        log.sampler().log(line(b"\0\0\x01\0\x01"));
        drop(log);
        writer.join();
        let text = crate::metrics::install().render();
        assert!(text.contains("meridian_query_log_lines_total{outcome=\"failed\"} 1\n"), "{text}");
    }
}
