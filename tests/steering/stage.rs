//! A world in memory: a config, one zone, a clock that tests step, and questions.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use meridian::client::Prefix;
use meridian::config::{Files, load_from};
use meridian::health::{FaultClass, Layer, Observation, Reading, Traffic, VantageId, Verdict};
use meridian::now::Now;
use meridian::region::RegionId;
use meridian::snapshot::{Decision, Snapshot};
use meridian::steer::{Reason, ServiceId};
use meridian::world::{Compiled, Event, Kept, Override, OverrideKind, World};

/// What every config here begins with: four regions that are probed, one of them in the US.
pub(crate) const HEAD: &str = r#"
server.listen = ["127.0.0.1:0"]
zones.directory = "zones"
[probes.tcp]
port = 4000
fall = 1
rise = 1
[regions.us]
jurisdiction = "US"
coordinates = [38.95, -77.45]
endpoints = ["192.0.2.10"]
probe = "tcp"
[regions.eu]
jurisdiction = "EU"
coordinates = [50.11, 8.68]
endpoints = ["192.0.2.20"]
probe = "tcp"
[regions.ie]
jurisdiction = "EU"
coordinates = [53.35, -6.26]
endpoints = ["192.0.2.30"]
probe = "tcp"
[regions.sg]
jurisdiction = "SG"
coordinates = [1.35, 103.82]
endpoints = ["192.0.2.40"]
probe = "tcp"
"#;

/// Clients that the built-in database and the overrides of a test place.
pub(crate) const GERMAN: &str = "5.9.0.0/24";

/// A world at work.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) now: Now,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) events: Vec<Event>,
}

/// The problems of a config, each on its line; files are (path, text).
pub(crate) fn problems(tail: &str, files: &[(&str, &str)]) -> Vec<String> {
    match load_from(&memory(tail, files), Path::new("meridian.toml")) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

/// A loaded and compiled config.
pub(crate) fn compiled(tail: &str, files: &[(&str, &str)]) -> Compiled {
    match load_from(&memory(tail, files), Path::new("meridian.toml")) {
        Ok(loaded) => Compiled::new(loaded.config.catalog).unwrap(),
        Err(problems) => panic!("{problems:#?}"),
    }
}

fn memory(tail: &str, files: &[(&str, &str)]) -> Files {
    let zone = "@ 60 IN SOA ns. host. 1 1 1 1 1\n@ 60 IN NS ns.example.net.\n";
    let mut all = BTreeMap::from([
        ("meridian.toml".into(), format!("{HEAD}{tail}").into_bytes()),
        ("zones/example.com.zone".into(), zone.into()),
    ]);
    all.extend(files.iter().map(|(path, text)| (path.into(), text.as_bytes().to_vec())));
    Files::Memory(all)
}

impl Stage {
    /// The world of a config, everything up.
    pub(crate) fn new(tail: &str) -> Self {
        Self::with(tail, &[])
    }

    /// The same, with files beside the config.
    pub(crate) fn with(tail: &str, files: &[(&str, &str)]) -> Self {
        let now = Now { monotonic: Duration::from_secs(1_000), unix: 1_700_000_000 };
        let mut world = World::new(compiled(tail, files), Kept::default(), now);
        let (snapshot, events) = world.publish(now);
        Self { world, now, snapshot, events }
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now.monotonic += Duration::from_secs(seconds);
        self.now.unix += seconds;
    }

    /// Seconds of ticks as the director makes them, each published where something moved; how many were.
    pub(crate) fn tick(&mut self, seconds: u64) -> usize {
        let mut published = 0;
        for _ in 0..seconds {
            self.pass(1);
            let ended = self.world.expire(self.now);
            let silent = self.world.expire_pushes(self.now);
            if self.world.tick(self.now).moved || !ended.is_empty() || !silent.is_empty() {
                self.publish();
                published += 1;
            }
            self.events.extend(silent);
        }
        published
    }

    /// A new process takes over what the store kept; its monotonic clock has another start.
    pub(crate) fn restart(&mut self, tail: &str) {
        let kept = self.world.kept();
        self.now.monotonic += Duration::from_secs(77_777);
        self.world = World::new(compiled(tail, &[]), kept, self.now);
        self.publish();
    }

    /// Publishes anew.
    pub(crate) fn publish(&mut self) {
        let (snapshot, events) = self.world.publish(self.now);
        self.snapshot = snapshot;
        self.events.extend(events);
    }

    /// One observation of a region's only endpoint, then a new picture.
    pub(crate) fn see(&mut self, region: &str, result: Result<(), FaultClass>) {
        let region = self.region(region);
        let took = Duration::from_millis(1);
        let seen = Observation {
            vantage: VantageId::default(),
            region,
            endpoint: 0,
            layer: Layer::Tcp,
            result,
            took,
            reading: Reading::Nothing,
        };
        let observed = self.world.observe(&seen, self.now).unwrap();
        self.events.extend(observed.events);
        self.publish();
    }

    /// The region's figures say how far its database is behind.
    pub(crate) fn lag(&mut self, region: &str, seconds: u64) {
        self.scrape(region, Traffic { lag: Some(Duration::from_secs(seconds)), ..Traffic::default() });
    }

    /// The region's figures, then a new picture.
    pub(crate) fn scrape(&mut self, region: &str, traffic: Traffic) {
        let seen = Observation {
            vantage: VantageId::default(),
            region: self.region(region),
            endpoint: 0,
            layer: Layer::Metrics,
            result: Ok(()),
            took: Duration::from_millis(1),
            reading: Reading::Traffic(traffic),
        };
        let _observed = self.world.observe(&seen, self.now);
        self.publish();
    }

    /// The region falls.
    pub(crate) fn fall(&mut self, region: &str) {
        self.see(region, Err(FaultClass::Refused));
    }

    /// The region rises, after as many passes as that takes.
    pub(crate) fn rise(&mut self, region: &str) {
        let id = self.region(region);
        let is_down =
            |world: &World| world.health(id).is_some_and(|health| health.verdict() == Verdict::Down);
        self.see(region, Ok(()));
        while is_down(&self.world) {
            self.see(region, Ok(()));
        }
    }

    /// An operator's word about a region for `seconds`, then a new picture.
    pub(crate) fn order(&mut self, region: &str, kind: OverrideKind, service: Option<&str>, seconds: u64) {
        self.world.impose(self.word(region, kind, service, seconds), self.now);
        self.publish();
    }

    /// An operator's word, not yet taken.
    pub(crate) fn word(
        &self,
        region: &str,
        kind: OverrideKind,
        service: Option<&str>,
        seconds: u64,
    ) -> Override {
        Override {
            region: region.into(),
            service: service.map(Into::into),
            kind,
            actor: "alice".into(),
            reason: "test".into(),
            from: self.now.unix,
            until: self.now.unix + seconds,
            gradual: None,
        }
    }

    /// What a client of the first service is answered with.
    pub(crate) fn decide(&self, client: &str) -> Decision {
        let client: Prefix = client.parse().unwrap();
        let resolver = "192.0.2.53".parse().unwrap();
        let location = self.snapshot.locate(resolver, Some((client.first(), client.length())));
        self.snapshot.decide(ServiceId(0), &location).unwrap()
    }

    /// The region and the reason of that.
    pub(crate) fn answer(&self, client: &str) -> (String, Reason) {
        let decision = self.decide(client);
        let region = decision.region().map_or("sink".to_owned(), |region| self.name(region));
        (region, decision.reason)
    }

    /// The region alone.
    pub(crate) fn region_of(&self, client: &str) -> String {
        self.answer(client).0
    }

    /// How long the answer may be kept.
    pub(crate) fn ttl(&self, client: &str) -> u32 {
        self.snapshot.ttl(ServiceId(0), &self.decide(client), self.now)
    }

    /// Slots that each region holds for a client of the first service, by name.
    pub(crate) fn slots(&self, client: &str) -> BTreeMap<String, usize> {
        let client: Prefix = client.parse().unwrap();
        let location = self.snapshot.locate(client.first(), Some((client.first(), client.length())));
        let board = self.snapshot.board(ServiceId(0)).unwrap();
        let route = board.route(self.snapshot.plan().view_of(ServiceId(0), location.class).unwrap());
        let regions = (0..4).map(RegionId);
        regions.map(|id| (self.name(id), route.slots_of(id))).filter(|(_, slots)| *slots > 0).collect()
    }

    /// Who holds each slot for a client of the first service.
    pub(crate) fn holders(&self, client: &str) -> Vec<RegionId> {
        let client: Prefix = client.parse().unwrap();
        let location = self.snapshot.locate(client.first(), Some((client.first(), client.length())));
        let board = self.snapshot.board(ServiceId(0)).unwrap();
        let route = board.route(self.snapshot.plan().view_of(ServiceId(0), location.class).unwrap());
        (0..4_096).map(|slot| route.at(slot).unwrap().0).collect()
    }

    /// A region by its name.
    pub(crate) fn region(&self, name: &str) -> RegionId {
        self.world.catalog().region(name).unwrap()
    }

    fn name(&self, region: RegionId) -> String {
        self.world.catalog().regions[region.index()].name.to_string()
    }
}
