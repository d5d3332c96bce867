//! A scenario being played: the world, its time, and what each step leads to.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use meridian::answer::{Question, explain};
use meridian::client::{Carrier, Prefix};
use meridian::config::{Files, load_from};
use meridian::health::{FaultClass, Observation, Reading, VantageId, Verdict};
use meridian::now::Now;
use meridian::region::{Endpoint, RegionId};
use meridian::snapshot::Snapshot;
use meridian::world::{
    Alarm, AlarmKind, Compiled, Event, Kept, Override, OverrideKind, Place, Push, PushedState, Ramp, Sort,
    World,
};
use meridian::zone::Rtype;

use super::carriers::{Served, through_answer};
use super::script::{Script, Step};

/// The world of a scenario at one moment.
pub(crate) struct Stage {
    files: Files,
    world: World,
    now: Now,
    snapshot: Arc<Snapshot>,
    served: Served,
    /// How the drain that is being said takes the share away.
    gradual: Option<Ramp>,
}

/// What a step led to.
pub(crate) struct Outcome {
    /// What was told, or answered by `answer()`.
    pub(crate) lines: Vec<String>,
    /// For each carrier that told otherwise than expected: what it told, and why.
    pub(crate) differs: Vec<String>,
}

impl Stage {
    /// Sets a scenario up; says what its config has wrong.
    pub(crate) fn new(script: &Script) -> Result<Self, String> {
        let files = if script.files.is_empty() { sample() } else { script.files.clone() };
        let files = Files::Memory(files);
        let now = Now { monotonic: Duration::from_secs(1_000), unix: 1_800_000_000 };
        let mut world = World::new(compile(&files, CONFIG)?, Kept::default(), now);
        let snapshot = world.publish(now).0;
        let served = Served::new(Arc::clone(&snapshot), now);
        Ok(Self { files, world, now, snapshot, served, gradual: None })
    }

    /// Plays one step.
    pub(crate) fn play(&mut self, step: &Step) -> Outcome {
        let words = step.words();
        let (carriers, asked): (&[Carrier], &[&str]) = match words.as_slice() {
            ["ask", "udp", asked @ ..] => (&[Carrier::Udp], asked),
            ["ask", "tcp", asked @ ..] => (&[Carrier::Tcp], asked),
            ["ask", asked @ ..] => (&[Carrier::Udp, Carrier::Tcp], asked),
            words => {
                let lines = self.act(words);
                let differs = if lines == step.expected { vec![] } else { vec![shown("told", &lines)] };
                return Outcome { lines, differs };
            }
        };
        self.ask(carriers, asked, &step.expected)
    }

    fn ask(&self, carriers: &[Carrier], asked: &[&str], expected: &[String]) -> Outcome {
        let mut outcome = Outcome { lines: Vec::new(), differs: Vec::new() };
        for carrier in carriers {
            if outcome.lines.is_empty() {
                let lines = unasked(through_answer(&self.snapshot, self.now, *carrier, asked), asked);
                if lines != expected {
                    let what = format!("answer() as if over {carrier:?}");
                    outcome.differs.push(shown(&what, &lines) + &self.reason(asked));
                }
                outcome.lines = lines;
            }
            let (lines, elapsed) = self.served.ask(*carrier, asked);
            let lines = unasked(lines, asked);
            if !agrees(&lines, expected, elapsed) {
                outcome.differs.push(shown(&format!("the server's {carrier:?} socket"), &lines));
            }
        }
        outcome
    }

    /// Why the client of these words gets its answer.
    fn reason(&self, asked: &[&str]) -> String {
        let behind = |option: &str| {
            asked.iter().position(|word| *word == option).and_then(|at| asked.get(at + 1)).copied()
        };
        let resolver: IpAddr = behind("-b").unwrap_or("127.0.0.1").parse().unwrap();
        let subnet = asked.iter().find_map(|word| word.strip_prefix("+subnet="));
        let client = subnet.and_then(|subnet| subnet.parse().ok());
        let question = Question {
            name: asked.iter().find(|word| word.contains('.')).unwrap_or(&"."),
            rtype: if asked.contains(&"AAAA") { Rtype::AAAA } else { Rtype::A },
            client: client.unwrap_or_else(|| Prefix::around(resolver, u8::MAX)),
            resolver: client.map(|_| resolver),
        };
        match explain(&self.snapshot, &question, self.now) {
            Ok(explained) => format!("\n  because\n    {explained:?}"),
            Err(unsteered) => format!("\n  because\n    {unsteered}"),
        }
    }

    /// Does what a step says to the world; the events it led to.
    fn act(&mut self, words: &[&str]) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        match words {
            ["down", regions @ ..] => {
                regions.iter().for_each(|region| told.extend(self.rounds(region, None, false, MANY)));
            }
            ["up", regions @ ..] => {
                regions.iter().for_each(|region| told.extend(self.rounds(region, None, true, MANY)));
            }
            ["endpoint", region, address, state] => {
                told = self.rounds(region, Some(address.parse().unwrap()), *state == "up", MANY);
            }
            ["fail", region, rest @ ..] => told = self.rounds(region, None, false, count(rest)),
            ["pass", region, rest @ ..] => told = self.rounds(region, None, true, count(rest)),
            ["drain", region, span, rest @ .., "over", over] => {
                let ramp = Ramp { since: self.now.unix, gone: self.now.unix + duration(over).as_secs() };
                self.gradual = Some(ramp);
                told = self.order(region, OverrideKind::Drain, span, rest.first());
                self.gradual = None;
            }
            ["push", region, words @ .., "for", span, "by", source] => {
                told = self.push(region, words, span, source);
            }
            ["drain", region, span, rest @ ..] => {
                told = self.order(region, OverrideKind::Drain, span, rest.first());
            }
            ["force", region, "up", span, rest @ ..] => {
                told = self.order(region, OverrideKind::ForceUp, span, rest.first());
            }
            ["force", region, "down", span, rest @ ..] => {
                told = self.order(region, OverrideKind::ForceDown, span, rest.first());
            }
            ["canary", region, share, span, rest @ ..] => {
                let kind = OverrideKind::Canary(share.parse().unwrap());
                told = self.order(region, kind, span, rest.first());
            }
            ["uncanary", region, rest @ ..] => self.lift(region, Sort::Canary, rest.first()),
            ["load", service, rate] => told.extend(self.load(service, rate.parse().unwrap())),
            ["undrain", region, rest @ ..] => self.lift(region, Sort::Drain, rest.first()),
            ["unforce", region, rest @ ..] => self.lift(region, Sort::Force, rest.first()),
            ["after", span] => told = self.pass_time(duration(span)),
            ["reload", file] => match compile(&self.files, file) {
                Ok(compiled) => {
                    self.world.reload(compiled, self.now);
                }
                Err(problems) => told.extend(problems.lines().map(str::to_owned)),
            },
            _ => panic!("no such step: {words:?}"),
        }
        let (snapshot, events) = self.world.publish(self.now);
        self.served.publish(Arc::clone(&snapshot));
        self.snapshot = snapshot;
        told.extend(events.iter().map(ToString::to_string));
        told
    }

    fn rounds(&mut self, region: &str, only: Option<IpAddr>, passed: bool, rounds: u32) -> Vec<String> {
        let catalog = Arc::clone(self.world.catalog());
        let id: RegionId = catalog.region(region).unwrap_or_else(|| panic!("no region {region}"));
        let region = &catalog.regions[id.index()];
        let plan = &catalog.plans[region.plan.expect("a region with a probe")];
        let result = if passed { Ok(()) } else { Err(FaultClass::Refused) };
        let mut told = Vec::new();
        for (endpoint, address) in (0..).zip(region.endpoints.iter()) {
            if only.is_some_and(|only| Endpoint::Address(only) != address) {
                continue;
            }
            let took = Duration::from_millis(1);
            let seen = Observation {
                vantage: VantageId::default(),
                region: id,
                endpoint,
                layer: plan.top(),
                result,
                took,
                reading: Reading::Nothing,
            };
            for _ in 0..rounds {
                let observed = self.world.observe(&seen, self.now).expect("a probed endpoint");
                told.extend(observed.events.iter().map(ToString::to_string));
                let held =
                    self.world.health(id).expect("a region").endpoints()[usize::from(endpoint)].verdict();
                let flipped = held == if passed { Verdict::Up } else { Verdict::Down };
                if rounds == MANY && flipped {
                    break;
                }
            }
        }
        told
    }

    fn order(
        &mut self,
        regions: &str,
        kind: OverrideKind,
        span: &str,
        service: Option<&&str>,
    ) -> Vec<String> {
        let order = |region: &str| Override {
            region: region.into(),
            service: service.map(|service| (*service).into()),
            kind,
            actor: "operator".into(),
            reason: "scenario".into(),
            from: self.now.unix,
            until: self.now.unix + duration(span).as_secs(),
            gradual: self.gradual,
        };
        // Regions with commas between them are one act.
        let orders: Vec<Override> =
            regions.split(',').map(|region| self.world.settle(order(region))).collect();
        match self.world.judge(&orders, &[], self.now) {
            Ok(_) => {
                orders.into_iter().for_each(|order| drop(self.world.impose(order, self.now)));
                Vec::new()
            }
            Err(refusal) => vec![format!("refused: {refusal}")],
        }
    }

    fn push(&mut self, region: &str, words: &[&str], span: &str, source: &str) -> Vec<String> {
        let value = |key: &str| words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        let word = Push {
            region: region.into(),
            source: source.into(),
            weight: value("weight").map(|weight| weight.parse().unwrap()),
            load: value("load").map(|load| load.parse().unwrap()),
            state: words.iter().find_map(|word| PushedState::from_word(word)),
            sequence: value("sequence").map(|sequence| sequence.parse().unwrap()),
            until: self.now.unix + duration(span).as_secs(),
        };
        match self.world.push(word, self.now) {
            Ok(heard) => heard.events.iter().map(ToString::to_string).collect(),
            Err(refusal) => vec![format!("refused: {refusal}")],
        }
    }

    /// So many queries a second; what that does to the service's TTLs.
    fn load(&mut self, service: &str, rate: f64) -> Option<String> {
        let id = self.world.catalog().service(service).unwrap_or_else(|| panic!("no service {service}"));
        self.world.ask(id, rate, self.now);
        let alarms = self.world.status(self.now).alarms;
        let of_budget = |alarm: &Alarm| alarm.kind == AlarmKind::BudgetExceeded && *alarm.subject == *service;
        alarms.into_iter().find(of_budget).map(|alarm| alarm.evidence.into())
    }

    fn lift(&mut self, region: &str, sort: Sort, service: Option<&&str>) {
        let service = service.map(|service| (*service).into());
        self.world
            .lift(&Place { region: region.into(), service, sort }, self.now)
            .expect("an override that holds");
    }

    fn pass_time(&mut self, span: Duration) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..span.as_secs() {
            self.now.monotonic += Duration::from_secs(1);
            self.now.unix += 1;
            let expired = self.world.expire(self.now).into_iter().map(Event::Expired);
            let events: Vec<Event> = expired.chain(self.world.expire_pushes(self.now)).collect();
            told.extend(events.iter().map(ToString::to_string));
            self.world.tick(self.now);
        }
        self.served = Served::new(Arc::clone(&self.snapshot), self.now);
        told
    }
}

/// The question is what dig was told to ask, letter for letter, and is not said again.
fn unasked(lines: Vec<String>, asked: &[&str]) -> Vec<String> {
    let repeats = |line: &String| {
        let name = line.strip_prefix("question ").and_then(|line| line.split(' ').next()).unwrap_or("-");
        asked.iter().any(|word| word.trim_end_matches('.') == name.trim_end_matches('.'))
    };
    lines.into_iter().filter(|line| !repeats(line)).collect()
}

/// Whether a running clock explains the difference: a TTL may be lower by the seconds that have passed.
fn agrees(told: &[String], expected: &[String], elapsed: Duration) -> bool {
    let slack = elapsed.as_secs() + 1;
    let same = |(told, expected): (&String, &String)| {
        let (told, expected): (Vec<&str>, Vec<&str>) = (words(told), words(expected));
        told.len() == expected.len()
            && told.iter().zip(&expected).enumerate().all(|(at, (told, expected))| {
                let number = |word: &str| word.parse::<u64>().ok();
                told == expected
                    || at == 2
                        && number(told).zip(number(expected)).is_some_and(|(told, expected)| {
                            (expected.saturating_sub(slack)..=expected).contains(&told)
                        })
            })
    };
    told.len() == expected.len() && told.iter().zip(expected).all(same)
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn shown(what: &str, lines: &[String]) -> String {
    format!("  {what}\n    {}", lines.join("\n    "))
}

fn count(rest: &[&str]) -> u32 {
    rest.first().map_or(1, |rounds| rounds.parse().unwrap())
}

fn duration(span: &str) -> Duration {
    let (number, unit) = span.split_at(span.len() - 1);
    let number: u64 = number.parse().unwrap_or_else(|_| panic!("{span} is no duration like 90s or 2h"));
    Duration::from_secs(
        number
            * match unit {
                "s" => 1,
                "m" => 60,
                "h" => 3_600,
                _ => panic!("{span} is no duration like 90s or 2h"),
            },
    )
}

fn compile(files: &Files, config: &str) -> Result<Compiled, String> {
    let loaded = load_from(files, Path::new(config))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    Compiled::new(loaded.config.catalog).map_err(|error| error.to_string())
}

/// The sample that ships: config and zone of the repository's top folder.
fn sample() -> BTreeMap<PathBuf, Vec<u8>> {
    let read = |path: &str| {
        let octets = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        (PathBuf::from(path), octets)
    };
    BTreeMap::from([read(CONFIG), read("zones/yourdomain.com.zone")])
}

const CONFIG: &str = "meridian.toml";
/// Enough rounds for every plan: each stops when its endpoint has turned.
const MANY: u32 = u32::MAX;
