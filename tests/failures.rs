//! Failures at any moment: drains, forces, undrains, expiries, reloads and crashes in any order. No acknowledged override
//! is lost, none outlives its expiry, and the audit chain is whole.
//!
//! A crash is what `kill -9` leaves: the files as they are on disk at that moment, and, of a write under way, any part of
//! what it would have appended to the log. `MERIDIAN_INTERLEAVINGS=10000 cargo nextest run --test failures` is the long
//! form; without the variable a few hundred are tried.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]
#![allow(clippy::disallowed_methods, reason = "tests read their environment")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use meridian::config::{Files, load_from};
use meridian::now::Now;
use meridian::store::{Store, Verified};
use meridian::world::{Compiled, Event, Kept, Override, OverrideKind, Place, World};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

#[derive(Clone, Debug)]
enum Step {
    Order(usize, OverrideKind, u64),
    Lift(usize, OverrideKind),
    Pass(u64),
    Reload,
    /// What of a write under way has reached the log.
    Crash(Vec<u8>),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let kind = || select(&[OverrideKind::Drain, OverrideKind::ForceUp, OverrideKind::ForceDown][..]);
    prop_oneof![
        5 => (0..REGIONS.len(), kind(), 60..600_u64).prop_map(|(at, kind, term)| Step::Order(at, kind, term)),
        2 => (0..REGIONS.len(), kind()).prop_map(|(at, kind)| Step::Lift(at, kind)),
        2 => (1..300_u64).prop_map(Step::Pass),
        1 => Just(Step::Reload),
        2 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Step::Crash),
        1 => Just(Step::Restart),
    ]
}

/// One life of the state: the store that is open, the world over it, and what was acknowledged.
struct Life {
    parent: tempfile::TempDir,
    directory: PathBuf,
    store: Option<Store>,
    world: World,
    now: Now,
    acknowledged: Vec<Override>,
    audited: u64,
    lives: u32,
}

impl Life {
    fn begin() -> Self {
        // In memory where the system has such a place: what is tried here is the order of things, not the disk.
        let memory = Path::new("/dev/shm");
        let parent =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let directory = parent.path().join("0");
        let store = Store::open(&directory).unwrap();
        let now = Now { monotonic: Duration::from_secs(1_000), unix: 1_800_000_000 };
        let world = World::new(compiled(), Kept::default(), now);
        Self { parent, directory, store: Some(store), world, now, acknowledged: vec![], audited: 0, lives: 0 }
    }

    fn play(&mut self, step: &Step) {
        match step {
            Step::Order(at, kind, term) => self.order(*at, *kind, *term),
            Step::Lift(at, kind) => self.lift(*at, *kind),
            Step::Pass(seconds) => self.pass(*seconds),
            Step::Reload => {
                let event = self.world.reload(compiled(), self.now);
                self.append(&event);
            }
            Step::Crash(torn) => self.crash(torn),
            Step::Restart => {
                self.store = None;
                self.open();
            }
        }
        self.check();
    }

    /// As the director does it: judged, durable, taken, acknowledged.
    fn order(&mut self, at: usize, kind: OverrideKind, term: u64) {
        let order = Override {
            region: REGIONS[at].into(),
            service: None,
            kind,
            actor: "uid:0(root)".into(),
            reason: "an interleaving".into(),
            from: self.now.unix,
            until: self.now.unix + term,
            gradual: None,
        };
        if self.world.judge(std::slice::from_ref(&order), &[], self.now).is_err() {
            return;
        }
        let events = [Event::Overridden(order.clone())];
        self.store
            .as_mut()
            .unwrap()
            .put_overrides(std::slice::from_ref(&order), self.now.unix, &events)
            .unwrap();
        self.audited += 1;
        self.world.impose(order.clone(), self.now);
        self.acknowledged.retain(|held| !held.same_place(&order));
        self.acknowledged.push(order);
    }

    fn lift(&mut self, at: usize, kind: OverrideKind) {
        let held = |word: &&Override| *word.region == *REGIONS[at] && word.kind == kind;
        let Some(lifted) = self.world.overrides().find(held).cloned() else { return };
        let event = Event::Lifted { lifted: lifted.clone(), actor: "uid:0(root)".into() };
        self.store.as_mut().unwrap().remove_override(&lifted, self.now.unix, &event).unwrap();
        self.audited += 1;
        let place: Place = lifted.place();
        self.world.lift(&place, self.now).unwrap();
        self.acknowledged.retain(|word| !word.same_place(&lifted));
    }

    fn pass(&mut self, seconds: u64) {
        self.now.monotonic += Duration::from_secs(seconds);
        self.now.unix += seconds;
        for ended in self.world.expire(self.now) {
            let event = Event::Expired(ended.clone());
            self.store.as_mut().unwrap().remove_override(&ended, self.now.unix, &event).unwrap();
            self.audited += 1;
        }
        self.acknowledged.retain(|word| word.until > self.now.unix);
    }

    fn append(&mut self, event: &Event) {
        self.store.as_mut().unwrap().append(self.now.unix, event).unwrap();
        self.audited += 1;
    }

    /// The files as they are, copied under the open store, and part of another write behind the log.
    fn crash(&mut self, torn: &[u8]) {
        self.lives += 1;
        let next = self.parent.path().join(self.lives.to_string());
        fs::create_dir(&next).unwrap();
        for entry in fs::read_dir(&self.directory).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, next.join(path.file_name().unwrap())).unwrap();
        }
        let log = next.join("meridian.db-wal");
        if log.exists() {
            fs::OpenOptions::new().append(true).open(log).unwrap().write_all(torn).unwrap();
        }
        self.store = None;
        self.directory = next;
        self.open();
    }

    fn open(&mut self) {
        let store = Store::open(&self.directory).unwrap();
        // A world that comes up later than it went down: time has passed.
        self.now.unix += 1;
        self.now.monotonic += Duration::from_secs(1);
        let kept: Kept = store.load().unwrap();
        self.world = World::new(compiled(), kept, self.now);
        self.store = Some(store);
        self.acknowledged.retain(|word| word.until > self.now.unix);
    }

    fn check(&self) {
        let place = |word: &Override| (word.region.clone(), word.kind.word());
        let held: BTreeMap<_, u64> = self.world.overrides().map(|word| (place(word), word.until)).collect();
        let owed: BTreeMap<_, u64> = self.acknowledged.iter().map(|word| (place(word), word.until)).collect();
        assert_eq!(held, owed, "what holds is what was acknowledged and has not ended at {}", self.now.unix);
        let Verified { audit, .. } = self.store.as_ref().unwrap().verify().unwrap();
        assert_eq!(audit, self.audited, "every act is in the chain");
    }
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_outlives_its_expiry_whatever_happens_in_between() {
    let cases = std::env::var("MERIDIAN_INTERLEAVINGS").map_or(CASES, |cases| cases.parse().unwrap());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&prop::collection::vec(step(), 4..14), |steps| {
            let mut life = Life::begin();
            steps.iter().for_each(|step| life.play(step));
            Ok(())
        })
        .unwrap();
}

/// A world without a database of its own would be compiled ten thousand times: the smallest one there is.
fn compiled() -> Compiled {
    let files = Files::Memory(BTreeMap::from([
        ("meridian.toml".into(), CONFIG.into()),
        ("small.mmdb".into(), include_bytes!("data/maxmind-test/GeoIP2-Country-Test.mmdb").to_vec()),
        (
            "zones/example.com.zone".into(),
            "$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n".into(),
        ),
    ]));
    let loaded =
        load_from(&files, Path::new("meridian.toml")).unwrap_or_else(|problems| panic!("{problems:#?}"));
    Compiled::new(loaded.config.catalog).unwrap()
}

const CASES: u32 = 200;
const REGIONS: [&str; 3] = ["us", "eu", "ap"];
const CONFIG: &str = r#"
[server]
listen = ["127.0.0.1:0"]
[zones]
directory = "zones"
[geoip]
database = "small.mmdb"
[regions.us]
jurisdiction = "US"
endpoints = ["192.0.2.1"]
[regions.eu]
jurisdiction = "EU"
endpoints = ["192.0.2.2"]
[regions.ap]
jurisdiction = "SG"
endpoints = ["192.0.2.3"]
[services."api.example.com"]
regions = ["us", "eu", "ap"]
strategy = "failover"
[safety]
min_regions = 1
"#;
