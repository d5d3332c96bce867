//! Capacity spill in a closed loop: resolvers that keep their answers, loads that they make, shares that follow.

use std::collections::BTreeMap;

use meridian::region::RegionId;

use super::stage::Stage;

const CONFIG: &str = "
[services.\"api.example.com\"]
regions = [\"eu\", \"ie\", \"us\"]
strategy = \"nearest\"
spill = { low = 0.7, high = 0.9 }
ttl = { min = \"5s\", max = \"30s\" }
[geoip]
overrides = { \"198.18.0.0/16\" = \"DE\", \"198.19.0.0/16\" = \"IE\" }
";

/// Subnets of each of the two countries; together those of one load a region to 0.6.
const SUBNETS: usize = 256;
const LOAD: f64 = 0.6;

/// A resolver for one subnet: where it sends its users, and until when.
struct Resolver {
    subnet: String,
    region: String,
    until: u64,
}

struct Loop {
    stage: Stage,
    resolvers: Vec<Resolver>,
}

impl Loop {
    fn new() -> Self {
        let subnets = |net: u8| (0..SUBNETS).map(move |third| format!("198.{net}.{third}.0/24"));
        let resolver = |(at, subnet)| Resolver { subnet, region: String::new(), until: at as u64 % 30 };
        let resolvers = subnets(18).chain(subnets(19)).enumerate().map(resolver).collect();
        Self { stage: Stage::new(CONFIG), resolvers }
    }

    fn loads(&self) -> BTreeMap<&str, f64> {
        let mut loads: BTreeMap<&str, f64> = ["eu", "ie", "us"].map(|region| (region, 0.0)).into();
        for resolver in self.resolvers.iter().filter(|resolver| !resolver.region.is_empty()) {
            *loads.entry(&resolver.region).or_default() += LOAD / SUBNETS as f64;
        }
        loads
    }

    /// Runs for some seconds, with a report of every load each five; the loads and the share of `ie` at each report.
    fn run(&mut self, seconds: u64) -> Vec<(f64, usize)> {
        let mut seen = Vec::new();
        for _ in 0..seconds {
            self.stage.pass(1);
            if self.stage.world.tick(self.stage.now).moved {
                self.stage.publish();
            }
            let second = self.stage.now.unix - 1_700_000_000;
            for resolver in self.resolvers.iter_mut().filter(|resolver| resolver.until <= second) {
                resolver.region = self.stage.region_of(&resolver.subnet);
                resolver.until = second + u64::from(self.stage.ttl(&resolver.subnet));
            }
            if second.is_multiple_of(5) {
                let loads: Vec<(RegionId, f64)> =
                    self.loads().into_iter().map(|(name, load)| (self.stage.region(name), load)).collect();
                for (region, load) in loads {
                    self.stage.world.load(region, load, self.stage.now);
                }
                let share = self.stage.slots("198.19.0.0/24").get("ie").copied().unwrap_or_default();
                seen.push((self.loads()["ie"], share));
            }
        }
        seen
    }
}

#[test]
fn spill_settles_without_swinging_when_a_failover_doubles_a_load() {
    let mut world = Loop::new();
    let calm = world.run(300);
    assert!(calm.iter().skip(10).all(|(_, share)| *share == 4_096), "nothing spills under 0.7: {calm:?}");

    world.stage.fall("eu");
    let seen = world.run(1_800);
    let most = seen.iter().map(|(load, _)| *load).fold(0.0, f64::max);
    assert!(most > 1.1, "the failover doubles the load: {most}");

    let (settled, late) = (&seen[seen.len() / 2..], seen[seen.len() - 1]);
    assert!((0.7..0.9).contains(&late.0), "a load of {} at the end", late.0);
    let shares: Vec<usize> = settled.iter().map(|(_, share)| *share).collect();
    let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
    assert!(most - least < 4_096 / 50, "the share still moves between {least} and {most} slots");

    let lowest = seen.iter().map(|(_, share)| *share).min().unwrap();
    assert!(lowest + 4_096 / 20 > late.1, "it went down to {lowest} slots and came back to {}", late.1);
    let loads = world.loads();
    assert!(loads["us"] > 0.3, "what does not fit goes on to the next: {loads:?}");

    let kept = world.stage.slots("198.19.0.0/24");
    world.stage.restart(CONFIG);
    let anew = world.stage.slots("198.19.0.0/24");
    let moved = kept["ie"].abs_diff(anew["ie"]);
    assert!(moved <= 32, "a restart keeps the share: {kept:?}, then {anew:?}");
    let seen = world.run(300);
    assert!(seen.iter().all(|(load, _)| *load < 1.0), "and nothing swings for it: {seen:?}");

    world.stage.rise("eu");
    let seen = world.run(1_800);
    assert_eq!(seen[seen.len() - 1].1, 4_096, "the share comes back with the load");
}
