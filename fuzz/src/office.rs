//! The admin socket with a director behind it that has a whole world: requests go in as octets, what the director heard
//! comes out beside the answer.

use std::cell::OnceCell;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use meridian::admin::{Act, Admin, Audited, Limits, Placed, Refusal, Reloaded, Report};
use meridian::answer;
use meridian::catalog::Catalog;
use meridian::client::{Carrier, Client, Prefix};
use meridian::health::{Observation, VantageId};
use meridian::now::Now;
use meridian::snapshot::Snapshot;
use meridian::world::{Override, StampedEvent, World};
use meridian::zone::Rtype;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::runtime::Runtime;
use tokio::sync::{broadcast, mpsc};

use super::check;
use super::fences::Fences;
use super::worlds::{self, NOW};

/// What came of a request.
pub(crate) struct Outcome {
    /// The status line's number and the body; none: the connection was closed without a word.
    pub(crate) answer: Option<(u16, String)>,
    /// How many acts the director heard.
    pub(crate) heard: usize,
}

/// Sends octets over a connection of their own, closes that side, and reads to the end.
pub(crate) fn send(request: &[u8]) -> Outcome {
    OFFICE.with(|office| office.get_or_init(Office::open).send(request))
}

thread_local! {
    static OFFICE: OnceCell<Office> = const { OnceCell::new() };
}

struct Office {
    runtime: Runtime,
    socket: PathBuf,
    heard: std::cell::RefCell<mpsc::UnboundedReceiver<()>>,
    _admin: Admin,
}

impl Office {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().event_interval(1).build();
        let runtime = runtime.expect("an event loop");
        let name = format!("meridian-fuzz-{}-{:?}.sock", std::process::id(), std::thread::current().id());
        let socket = std::env::temp_dir().join(name);
        let (acts, waiting) = mpsc::channel(16);
        let (events, _) = broadcast::channel::<StampedEvent>(16);
        let (tell, heard) = mpsc::unbounded_channel();
        let limits = Limits { head: Duration::from_secs(5), ..Limits::default() };
        let admin = runtime.block_on(async { Admin::bind(&socket, acts, events, limits) }).expect("a socket");
        runtime.spawn(direct(waiting, tell));
        Self { runtime, socket, heard: heard.into(), _admin: admin }
    }

    fn send(&self, request: &[u8]) -> Outcome {
        let text = self.runtime.block_on(async {
            let mut stream = UnixStream::connect(&self.socket).await.expect("the socket takes connections");
            let _refused_early = stream.write_all(request).await;
            let mut octets = Vec::new();
            await_the_answer(&stream, &mut octets).await;
            let _closed = stream.shutdown().await;
            let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut octets)).await;
            assert!(ended.is_ok(), "neither answered nor closed: {request:?}");
            String::from_utf8(octets).expect("answers are text")
        });
        let heard = std::iter::from_fn(|| self.heard.borrow_mut().try_recv().ok()).count();
        Outcome { answer: read(&text), heard }
    }
}

/// Who closes their side before the answer begins may be taken to have gone away; half a request has no answer. All of it
/// happens on this thread, so it is turns of the loop that are waited for and no time.
async fn await_the_answer(stream: &UnixStream, octets: &mut Vec<u8>) {
    for _ in 0..TURNS {
        match stream.try_read_buf(octets) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => tokio::task::yield_now().await,
            _begun_or_closed => return,
        }
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.socket);
    }
}

/// The last answer of a connection: status and body.
fn read(text: &str) -> Option<(u16, String)> {
    let last = text.rfind("HTTP/1.1 ").map(|at| &text[at..])?;
    let (head, body) = last.split_once("\r\n\r\n").expect("a whole head");
    let status = head[9..12].parse().expect("a status");
    Some((status, body.to_owned()))
}

/// Holds an override to what the edge promises of it.
fn hold(wanted: &Override) {
    let term = wanted.until.saturating_sub(wanted.from);
    assert!((60..=72 * 3_600).contains(&term), "a term of {term} s");
    let reason = wanted.reason.chars();
    assert!((1..=500).contains(&reason.clone().count()) && !reason.clone().any(char::is_control));
    assert!(!wanted.actor.is_empty());
}

/// Answers acts from a world as the server's director does, and holds every act to what the edge promises.
async fn direct(mut waiting: mpsc::Receiver<Act>, tell: mpsc::UnboundedSender<()>) {
    let mut world = worlds::probed();
    let (mut now, mut last_sequence) = (NOW, 0);
    let mut asking = Asking::new(world.catalog());
    let mut snapshot = world.publish(now).0;
    while let Some(act) = waiting.recv().await {
        let _nobody_counts = tell.send(());
        now.monotonic += Duration::from_millis(100);
        match act {
            Act::Status(reply) => drop(reply.send(world.status(now))),
            Act::Override(proposal, reply) => {
                let wanted = proposal.wanted;
                wanted.iter().for_each(hold);
                let judged = world.judge(&wanted, &proposal.through, now);
                let judged = judged.map_err(|refused| Refusal::Unknown(refused.to_string()));
                let placed = judged.map(|_| Placed { placed: wanted, forecast: None, epoch: 1 });
                drop(reply.send(placed));
            }
            Act::Lift(lift, reply) => {
                assert!(!lift.actor.is_empty());
                drop(reply.send(Err(Refusal::Unknown(format!("{} is not drained", lift.region)))));
            }
            Act::Reload(_, reply) => drop(reply.send(Ok(Reloaded { epoch: 1, held: None }))),
            // The page's own, which no request of this socket brings.
            Act::Overview(_, reply) => drop(reply.send(Err(Refusal::Unknown("no page".to_owned())))),
            Act::Recent(_, reply) => drop(reply.send(Ok(Vec::new()))),
            Act::Push(word, reply) => {
                assert!(word.weight.is_none_or(|weight| weight <= 100), "{word:?}");
                let taken = world.push(word, now).map(|_| snapshot.epoch());
                snapshot = world.publish(now).0;
                asking.next(&snapshot);
                drop(reply.send(taken.map_err(|refused| Refusal::Unknown(refused.to_string()))));
            }
            Act::Unpush { region, source, reply } => {
                let ended = world.unpush(&region, &source, now).map(|_| snapshot.epoch());
                drop(reply.send(ended.map_err(|refused| Refusal::Unknown(refused.to_string()))));
            }
            Act::Observe(report, reply) => {
                let taken = take(&mut world, &report, &mut last_sequence, now);
                if taken == Ok(Moved::Yes) {
                    snapshot = world.publish(now).0;
                    asking.next(&snapshot);
                }
                drop(reply.send(taken.map(drop)));
            }
            Act::Explain(question, reply) => {
                let client = Prefix::around(question.client.addr(), question.client.prefix_len());
                let (name, rtype) = (&*question.name, Rtype(question.rtype));
                let asked = answer::Question { name, rtype, client, resolver: question.resolver };
                let explained = answer::explain(&snapshot, &asked, now);
                drop(reply.send(explained.map_err(|error| Refusal::Unknown(error.to_string()))));
            }
            Act::Where(client, _, reply) => {
                let client = Prefix::around(client.addr(), client.prefix_len());
                let _found = answer::whereabouts(&snapshot, client, None);
                drop(reply.send(Err(Refusal::Unknown("nowhere".to_owned()))));
            }
            Act::History { reply, .. } => drop(reply.send(Ok(Vec::new()))),
            Act::Links { reply, .. } => drop(reply.send(Ok(Vec::new()))),
            Act::Verify(reply) => drop(reply.send(Ok(Audited::Whole { audit: 0, transitions: 0 }))),
        }
    }
}

/// As the director does it: all of a report, or nothing.
fn take(world: &mut World, report: &Report, last_sequence: &mut u64, now: Now) -> Result<Moved, Refusal> {
    let unknown = || Refusal::Unknown("there is no such region or endpoint".to_owned());
    if &*report.vantage != "local" {
        return Err(Refusal::Forbidden(format!("{} is not declared", report.vantage)));
    }
    let mut seen = Vec::new();
    for observed in &report.observations {
        assert!(observed.took <= Duration::from_secs(3_600), "{observed:?}");
        let region = world.catalog().region(&observed.region).ok_or_else(unknown)?;
        let endpoints = &world.catalog().regions[region.index()].endpoints;
        let endpoint = endpoints.iter().position(|at| at == observed.endpoint).ok_or_else(unknown)?;
        seen.push(Observation {
            vantage: VantageId::default(),
            region,
            endpoint: endpoint as u16,
            layer: observed.layer,
            result: observed.result,
            took: observed.took,
            reading: observed.reading,
        });
    }
    if report.sequence <= *last_sequence && report.sequence != 0 {
        return Err(Refusal::Stale { last: *last_sequence, what: "old".to_owned() });
    }
    *last_sequence = if report.sequence > u64::MAX / 2 { 0 } else { report.sequence };
    let moved = world.take(&seen, now).is_some_and(|observed| observed.moved);
    Ok(if moved { Moved::Yes } else { Moved::No })
}

/// Whether what is answered may be another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moved {
    Yes,
    No,
}

/// Whatever was observed, every service answers everyone, and nobody from outside a fence: one question a picture, all
/// of them in turn.
struct Asking {
    fences: Fences,
    questions: Vec<([u8; 4], &'static [u8])>,
    asked: usize,
}

impl Asking {
    fn new(catalog: &Catalog) -> Self {
        let services = &worlds::worlds().services;
        let questions = CLIENTS.iter().flat_map(|client| services.iter().map(|name| (*client, &name[..])));
        Self { fences: Fences::new(catalog), questions: questions.collect(), asked: 0 }
    }

    fn next(&mut self, snapshot: &Snapshot) {
        let (address, name) = self.questions[self.asked % self.questions.len()];
        self.asked += 1;
        let client = Client { address: address.into(), carrier: Carrier::Tcp, limit: u16::MAX };
        let query = [&[0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], name, &[0, 1, 0, 1]].concat();
        let answer = check::ask(snapshot, &client, &query).expect("a valid query is answered");
        assert!(!answer.message.answers.is_empty(), "nothing for {address:?} asking {name:?}");
        check::inside_the_fence(&self.fences, snapshot, &client, &query, &answer);
    }
}

/// In GB, DE, US, JP, and nowhere.
const CLIENTS: [[u8; 4]; 5] =
    [[81, 2, 69, 160], [5, 9, 0, 1], [8, 8, 8, 8], [133, 242, 0, 1], [203, 0, 113, 53]];
/// Whole requests are answered within some ten.
const TURNS: usize = 100;
const PATIENCE: Duration = Duration::from_secs(60);
