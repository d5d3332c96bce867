//! A director for tests of the admin edge: a small fixed world behind a real socket.
#![allow(dead_code, reason = "each test crate uses a part of it")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use meridian::admin::{
    Act, Admin, Audited, ChainedEvent, CountryView, Drifting, FenceView, Leave, Lift, Limits, Mode, Overview,
    Placed, ProblemLine, Proposal, Refusal, RegionView, Reloaded, ServiceView, Web, WebSources, Whereabouts,
};
use meridian::answer::{Candidate, Explanation, Grounds};
use meridian::geo::{Coordinates, Country};
use meridian::health::{FaultClass, Layer, ServiceLevel, Verdict};
use meridian::steer::{Reason, Rejection};
use meridian::world::{
    Alarm, AlarmKind, EndpointStatus, Event, LayerStatus, Override, RegionStatus, Rule, StampedEvent, Status,
};
use meridian::zone::Rtype;
use tokio::sync::{broadcast, mpsc};

/// A served stand-in.
pub(crate) struct StandIn {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) admin: Admin,
    pub(crate) events: broadcast::Sender<StampedEvent>,
    pub(crate) acts: mpsc::Sender<Act>,
    /// What was asked for, as the director heard it.
    pub(crate) heard: mpsc::UnboundedReceiver<String>,
}

/// Waits that are short enough for a test and long enough for a busy machine.
pub(crate) fn limits() -> Limits {
    Limits {
        head: Duration::from_millis(300),
        body: Duration::from_millis(300),
        director: Duration::from_millis(500),
        ..Limits::default()
    }
}

impl StandIn {
    pub(crate) async fn start() -> Self {
        Self::start_with(limits(), 64).await
    }

    pub(crate) async fn start_with(limits: Limits, events_held: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (acts, received) = mpsc::channel(16);
        let (events, _) = broadcast::channel(events_held);
        let (tell, heard) = mpsc::unbounded_channel();
        tokio::spawn(direct(received, tell));
        let socket = directory.path().join("meridian.sock");
        let admin = Admin::bind(&socket, acts.clone(), events.clone(), limits).unwrap();
        Self { directory, admin, events, acts, heard }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.admin.path().to_path_buf()
    }

    pub(crate) async fn web(&self) -> Web {
        let metrics = Arc::new(|| "meridian_snapshot_epoch 42\n".to_owned());
        let sources = WebSources { acts: self.acts.clone(), events: self.events.clone(), metrics };
        Web::bind("127.0.0.1:0".parse().unwrap(), sources, limits()).unwrap()
    }
}

/// Region `silent` is never answered for; `guarded` is behind a rule; `full` meets a full disk; `gone` is not there.
async fn direct(mut acts: mpsc::Receiver<Act>, tell: mpsc::UnboundedSender<String>) {
    let mut unanswered = Vec::new();
    while let Some(act) = acts.recv().await {
        let _test_listens = tell.send(format!("{act:?}"));
        match act {
            Act::Override(proposal, reply) if &*proposal.wanted[0].region == "silent" => {
                unanswered.push(reply);
            }
            Act::Status(reply) => drop(reply.send(status())),
            Act::Override(proposal, reply) => drop(reply.send(place(proposal))),
            Act::Lift(lifted, reply) => drop(reply.send(lift(&lifted))),
            Act::Reload(Leave { drifting: Drifting::Held, forced: None }, reply) => {
                drop(reply.send(Err(vec![problem()])));
            }
            Act::Reload(_, reply) => {
                drop(reply.send(Ok(Reloaded { epoch: 44, held: None })));
            }
            Act::Push(word, reply) => drop(reply.send(match word.sequence {
                Some(..10) => Err(Refusal::Stale { last: 9, what: "sequence 9 is not above 9".into() }),
                _ => Ok(45),
            })),
            Act::Unpush { source, reply, .. } => drop(reply.send(match &*source {
                "pod-7" => Ok(46),
                _ => Err(Refusal::Unknown("no such word".into())),
            })),
            Act::Observe(report, reply) => drop(reply.send(match report.sequence {
                _ if &*report.vantage != "local" => Err(Refusal::Forbidden("declared are local".into())),
                ..10 => Err(Refusal::Stale { last: 9, what: "sequence 9 is not above 9".into() }),
                _ => Ok(()),
            })),
            Act::Explain(question, reply) => drop(reply.send(if &*question.name == "api.yourdomain.com" {
                Ok(explanation())
            } else {
                Err(Refusal::Unknown(format!("{}: no such service", question.name)))
            })),
            Act::Where(_, _, reply) => drop(reply.send(Ok(Whereabouts {
                countries: vec!["GB".into()],
                fences: vec!["gdpr".into(), "uk".into()],
                allowed: vec!["eu-west".into()],
                chosen: Some("eu-west".into()),
            }))),
            Act::Overview(_, reply) => drop(reply.send(Ok(overview()))),
            Act::Recent(limit, reply) => {
                drop(reply.send(Ok((1..=u64::from(limit)).rev().map(event).collect())));
            }
            Act::Verify(reply) => drop(reply.send(Ok(Audited::Whole { audit: 3, transitions: 4 }))),
            Act::Links { since, limit, reply } => {
                let kept = (since + 1..=700).take(limit as usize).map(event);
                let chained = |event| ChainedEvent { event, chain: "transition".into(), hash: "ab".into() };
                drop(reply.send(Ok(kept.map(chained).collect())));
            }
            Act::History { since, limit, reply } => {
                let kept = (since + 1..=450).take(limit as usize).map(event);
                drop(reply.send(Ok(kept.collect())));
            }
        }
    }
}

fn place(proposal: Proposal) -> Result<Placed, Refusal> {
    proposal.wanted.iter().try_for_each(|wanted| is_refused(&wanted.region, &proposal.through))?;
    let epoch = if proposal.mode == Mode::DryRun { 42 } else { 43 };
    Ok(Placed { epoch, forecast: None, placed: proposal.wanted })
}

fn is_refused(region: &str, through: &[Rule]) -> Result<(), Refusal> {
    match region {
        "gone" => Err(Refusal::Unknown("gone: no such region; there are us-east, eu-west".into())),
        "full" => Err(Refusal::Store("state/meridian.db: the disk is full (ENOSPC)".into())),
        "guarded" if !through.contains(&Rule::MinRegions) => Err(Refusal::Rule {
            rule: "min_regions".into(),
            what: "api.yourdomain.com would keep 0 regions in fence gdpr, 1 is the least".into(),
        }),
        _ => Ok(()),
    }
}

fn lift(lifted: &Lift) -> Result<u64, Refusal> {
    match &*lifted.region {
        "eu-west" => Ok(44),
        region => Err(Refusal::Unknown(format!("{region}: nothing holds there"))),
    }
}

pub(crate) fn problem() -> ProblemLine {
    ProblemLine {
        file: "meridian.toml".into(),
        line: 3,
        column: 1,
        key: "server.listn".into(),
        what: "unknown key; did you mean listen?".into(),
    }
}

pub(crate) fn event(id: u64) -> StampedEvent {
    StampedEvent {
        id,
        at: 1_795_158_162,
        event: Event::Region {
            region: "eu-west".into(),
            from: Verdict::Up,
            to: Verdict::Down,
            cause: "tcp refused, 3 round(s) in a row".into(),
        },
    }
}

pub(crate) fn drain() -> Override {
    Override {
        region: "eu-west".into(),
        service: None,
        kind: meridian::world::OverrideKind::Drain,
        actor: "uid:1000(alice)".into(),
        reason: "<script>alert(1)</script>".into(),
        from: 1_795_158_162,
        until: 1_795_165_362,
        gradual: None,
    }
}

pub(crate) fn status() -> Status {
    let layer = |result, seconds| LayerStatus { layer: Layer::Tcp, result, seconds, age: 3.0 };
    let endpoint = |address: &str, verdict, layer| EndpointStatus {
        endpoint: address.parse().unwrap(),
        verdict,
        layers: vec![layer],
    };
    Status {
        budgets: Vec::new(),
        epoch: 42,
        started: 1_795_158_000,
        config_sha256: "0123456789abcdef".into(),
        database_sha256: "fedcba".into(),
        database_built: 1_790_000_000,
        regions: vec![
            RegionStatus {
                name: "us-east".into(),
                level: ServiceLevel::default(),
                verdict: Verdict::Up,
                weight: 100,
                drained: false,
                forced: Some(Verdict::Up),
                load: None,
                capacity: 100,
                traffic: None,
                forgotten: None,
                evidence: None,
                since: 1_795_158_000,
                endpoints: vec![endpoint("192.0.2.10", Verdict::Up, layer(Ok(()), 0.012))],
            },
            RegionStatus {
                name: "eu-west".into(),
                level: ServiceLevel::default(),
                verdict: Verdict::Up,
                weight: 0,
                drained: true,
                forced: None,
                load: None,
                capacity: 100,
                traffic: None,
                forgotten: None,
                evidence: None,
                since: 1_795_158_000,
                endpoints: vec![
                    endpoint("192.0.2.20", Verdict::Up, layer(Ok(()), 0.5)),
                    endpoint("192.0.2.21", Verdict::Down, layer(Err(FaultClass::Refused), 0.001)),
                ],
            },
        ],
        overrides: vec![drain()],
        pushes: vec![],
        alarms: vec![Alarm {
            kind: AlarmKind::LastResort,
            subject: "api.example.com inside fence gdpr".into(),
            since: 1_795_158_000,
            evidence: "fence gdpr is at its last resort".into(),
        }],
        proof: None,
    }
}

/// The page's view of `status`: Germany is fenced and served by eu-west, and Japan is shared.
pub(crate) fn overview() -> Overview {
    let region = |jurisdiction: &str, latitude, longitude| RegionView {
        jurisdiction: jurisdiction.into(),
        coordinates: Some(Coordinates::new(latitude, longitude).unwrap()),
        capacity: 100,
        users: 0.5,
        rate: 12.0,
    };
    let country = |code: &str, fences: Vec<usize>, parts: Vec<(usize, f64)>, reason| CountryView {
        country: Country::from_code(code).unwrap(),
        fences,
        parts,
        reason,
    };
    Overview {
        status: status(),
        regions: vec![region("US", 38.95, -77.45), region("EU", 53.35, -6.26)],
        services: vec![ServiceView {
            name: "api.yourdomain.com".into(),
            strategy: "nearest",
            regions: vec![0, 1],
            bounds: (5, 30),
            ttl: (9, 30),
            rate: 24.0,
        }],
        fences: vec![FenceView { name: "gdpr".into(), jurisdictions: vec!["EU".into()] }],
        mapped: Some(0),
        countries: vec![
            country("DE", vec![0], vec![(1, 1.0)], Reason::LastResort),
            country("JP", vec![], vec![(0, 0.75), (1, 0.25)], Reason::Shared),
            country("US", vec![], vec![(0, 1.0)], Reason::Preferred),
        ],
    }
}

pub(crate) fn explanation() -> Explanation {
    let candidate = |region: &str, rejection| Candidate {
        region: region.into(),
        rejection,
        weight: 100,
        share: if rejection.is_none() { 100 } else { 0 },
        distance_km: None,
        round_trip: None,
        slots: if rejection.is_none() { 4096 } else { 0 },
        note: None,
        evidence: None,
    };
    Explanation {
        service: "api.yourdomain.com".into(),
        aliases: vec![],
        rtype: Rtype::A,
        client: "81.2.69.0/24".into(),
        countries: vec!["GB".into()],
        source: "ecs",
        fences: vec![],
        candidates: vec![candidate("eu-west", None), candidate("us-east", Some(Rejection::Drained))],
        slot: 17,
        region: Some("eu-west".into()),
        records: vec!["192.0.2.20".parse().unwrap()],
        ttl: 30,
        scope: 24,
        reason: Reason::Preferred,
        epoch: 42,
        grounds: Grounds {
            located: "subnet 81.2.69.0/24".into(),
            order: "as the service lists them".into(),
            ttl: "the maximum, nothing is pending".into(),
            ..Grounds::default()
        },
    }
}

/// Sends bytes over a fresh connection and reads until the server closes it.
pub(crate) async fn raw(socket: &Path, bytes: &[u8]) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::UnixStream::connect(socket).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is an end like any other.
    let _ended = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}
