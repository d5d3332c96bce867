//! Who probes what, from where; and whether the prober itself lives.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::start::Director;
use crate::catalog::Catalog;
use crate::fetch::Trust;
use crate::health::{FaultClass, ProbePlan, VantageId, Verdict};
use crate::probe::{Controls, Heartbeat, Origin, Target};
use crate::region::{Region, RegionId};
use crate::world::{AlarmKind, Alarms, World};

/// What a config says of probing, beside the plans.
#[derive(Clone, Debug)]
pub(super) struct Probing {
    /// Which vantage this server probes as; none: it does not probe.
    pub(super) own: Option<VantageId>,
    /// Whose certificates each plan believes, one a plan.
    pub(super) trusts: Vec<Option<Trust>>,
}

impl Probing {
    /// What this server probes.
    pub(super) fn targets(&self, world: &World) -> Vec<Target> {
        let held = |region: RegionId, endpoint: usize| {
            let health = world.health(region).and_then(|health| health.endpoints().get(endpoint));
            health.map_or(Verdict::Unknown, crate::health::EndpointHealth::verdict)
        };
        self.own.map_or_else(Vec::new, |own| self.targets_of(own, world.catalog(), held))
    }

    /// What a vantage probes: each endpoint of each region that has a plan.
    pub(super) fn targets_of(
        &self,
        vantage: VantageId,
        catalog: &Catalog,
        held: impl Fn(RegionId, usize) -> Verdict,
    ) -> Vec<Target> {
        let name = catalog.vantages.get(vantage.index()).map_or("local", |vantage| &vantage.name);
        let origin = Arc::new(Origin::new(vantage, name, vantage == self.elected()));
        let mut targets = Vec::new();
        for (id, region) in (0..).map(RegionId).zip(&catalog.regions) {
            let Some((at, plan)) = region.plan.and_then(|at| Some((at, catalog.plans.get(at)?))) else {
                continue;
            };
            let trust = self.trusts.get(at).cloned().flatten();
            let (name, plan) = (Arc::from(&*region.name), Arc::new(plan.clone()));
            targets.extend((0..).zip(&region.probe_endpoints).map(|(endpoint, address)| Target {
                origin: Arc::clone(&origin),
                region: id,
                name: Arc::clone(&name),
                endpoint,
                address: *address,
                host: host(catalog, id, &plan, *address),
                plan: Arc::clone(&plan),
                trust: trust.clone(),
                held: held(id, usize::from(endpoint)),
            }));
        }
        targets
    }

    /// The vantage that asks what one asking is enough for: the server's own, else the first that is declared.
    fn elected(&self) -> VantageId {
        self.own.unwrap_or_default()
    }
}

/// The name that clients ask for at a region: the plan's own, else that of the first service that has the region.
fn host(catalog: &Catalog, region: RegionId, plan: &ProbePlan, address: IpAddr) -> Arc<str> {
    let service = || catalog.services.iter().find(|service| service.regions.contains(&region));
    match (&plan.tls.name, service()) {
        (Some(name), _) => Arc::from(&**name),
        (None, Some(service)) => Arc::from(&*service.name),
        (None, None) => address.to_string().into(),
    }
}

/// The control targets of a vantage, asked at the pace of its fastest probes.
pub(super) fn controls(catalog: &Catalog, vantage: Option<VantageId>) -> Option<Controls> {
    let targets = &catalog.vantages.get(vantage?.index())?.controls;
    let plans = || catalog.regions.iter().filter_map(|region: &Region| catalog.plans.get(region.plan?));
    let interval = plans().map(|plan| plan.fast_interval).min().unwrap_or(SLOWEST).min(SLOWEST);
    let bound = plans().map(|plan| plan.timeout).min().unwrap_or(SLOWEST).min(SLOWEST);
    Controls::start(targets, interval, bound)
}

/// The prober's last minute.
#[derive(Debug, Default)]
pub(super) struct Minute(VecDeque<Heartbeat>);

impl Minute {
    /// Takes in this second's heartbeat.
    pub(super) fn note(&mut self, heartbeat: Heartbeat) {
        if self.0.back().is_some_and(|last| last.beats > heartbeat.beats) {
            self.0.clear(); // another prober
        }
        self.0.push_back(heartbeat);
        if self.0.len() > SECONDS {
            self.0.pop_front();
        }
    }

    /// What is to be said of the prober.
    pub(super) fn alarms(&self, longest_silence: Duration, alarms: &mut Alarms) {
        let (Some(first), Some(last)) = (self.0.front(), self.0.back()) else { return };
        if last.died > 0 {
            let what = format!(
                "{} task(s) of the prober died; what they probed is probed no more: restart",
                last.died
            );
            alarms.raise(AlarmKind::ProberDead, "prober", what);
        }
        if last.silence > longest_silence {
            let what = format!("the prober has finished no probe for {} s: it hangs", last.silence.as_secs());
            alarms.raise(AlarmKind::ProberHangs, "prober", what);
        }
        let (beats, missed) = (last.beats - first.beats, last.missed.saturating_sub(first.missed));
        if missed * 10 > beats + missed {
            let what = format!(
                "the prober falls behind: {missed} of its last {} probes were left out; longer intervals, or more cores",
                beats + missed
            );
            alarms.raise(AlarmKind::ProberBehind, "prober", what);
        }
    }
}

impl Director {
    /// What is to be said of the prober and of the place it looks from.
    pub(super) fn prober_alarms(&self, alarms: &mut Alarms) {
        self.minute.alarms(self.prober.longest_silence(), alarms);
        if self.is_cut_off() {
            let what = "this vantage is cut off: none of its control targets answers, so what it sees is not believed";
            alarms.raise(AlarmKind::VantageCutOff, "prober", what);
        }
    }

    /// Tells the world whether a vantage's control targets answer: what it sees is weighed by that.
    pub(super) fn tell_controls(&mut self, vantage: VantageId, reached: bool) {
        let result = if reached { Ok(()) } else { Err(FaultClass::Unreachable) };
        self.world.control(vantage, result, self.clock.now());
    }

    /// Whether this server's own control targets are out of its reach.
    pub(super) fn is_cut_off(&self) -> bool {
        self.controls.as_ref().is_some_and(|controls| !controls.reached())
    }
}

/// Seconds that are looked back on.
const SECONDS: usize = 60;
const SLOWEST: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn said(minute: &Minute, longest: Duration) -> Vec<(&'static str, Box<str>)> {
        let mut alarms = Alarms::default();
        minute.alarms(longest, &mut alarms);
        alarms.dated(|_, _| 0).into_iter().map(|alarm| (alarm.kind.word(), alarm.evidence)).collect()
    }

    fn beat(silence: u64, beats: u64, missed: u64, died: u64) -> Heartbeat {
        Heartbeat { silence: Duration::from_secs(silence), beats, missed, died }
    }

    #[test]
    fn a_prober_that_dies_hangs_or_falls_behind_is_an_alarm() {
        let longest = Duration::from_secs(30);
        let table = [
            (beat(2, 100, 0, 0), None),
            (beat(2, 100, 5, 0), None),
            (beat(2, 100, 40, 0), Some(("prober_behind", "falls behind: 40 of its last 140"))),
            (beat(31, 100, 0, 0), Some(("prober_hangs", "no probe for 31 s"))),
            (beat(2, 100, 0, 1), Some(("prober_dead", "1 task(s) of the prober died"))),
        ];
        for (last, expected) in table {
            let mut minute = Minute::default();
            minute.note(Heartbeat::default());
            minute.note(last);
            let alarms = said(&minute, longest);
            assert_eq!(alarms.len(), usize::from(expected.is_some()), "{last:?}: {alarms:?}");
            let fits = |(kind, words)| alarms[0].0 == kind && alarms[0].1.contains(words);
            assert!(expected.is_none_or(fits), "{last:?}: {alarms:?}");
        }
    }

    #[test]
    fn what_was_missed_long_ago_is_forgotten() {
        let mut minute = Minute::default();
        (0..100).for_each(|second| minute.note(beat(0, second * 10, 50.min(second * 10), 0)));
        assert!(said(&minute, Duration::MAX).is_empty());
    }
}
