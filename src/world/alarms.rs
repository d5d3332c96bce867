//! What an operator should look at now: what is down, what cannot be believed, what will break soon.

use std::time::Duration;

use super::World;
use super::alarm::{AlarmKind, Alarms};
use super::remark::faults;
use crate::geo::Family;
use crate::health::{FaultClass, Held, Layer, Reading, RegionHealth, Traffic, VantageId, Verdict};
use crate::now::Now;
use crate::region::{Region, RegionId};

impl World {
    /// What an operator should look at now.
    #[must_use]
    pub fn alarms(&self, now: Now) -> Alarms {
        let mut alarms = Alarms::default();
        for (region, health) in self.catalog.regions.iter().zip(self.judgement.regions()) {
            if health.verdict() == Verdict::Down {
                let what = format!("region {} is down: {}", region.name, faults(region, health));
                alarms.raise(AlarmKind::RegionDown, &*region.name, what);
            }
            self.alarms_of_probes(region, health, now, &mut alarms);
            readings(region, health, &mut alarms);
        }
        self.alarms_of_traffic(now, &mut alarms);
        self.asked().for_each(|asked| asked.alarm(&mut alarms));
        self.alarms_of_judgement(now, &mut alarms);
        let days = now.unix.saturating_sub(self.catalog.database.build_epoch) / 86_400;
        if days > STALE_DATABASE_DAYS {
            let what =
                format!("the location database is {days} days old; set [geoip] database to a newer one");
            alarms.raise(AlarmKind::LocationDatabaseOld, "geoip", what);
        }
        alarms
    }

    /// Where traffic goes that should go elsewhere.
    fn alarms_of_traffic(&self, now: Now, alarms: &mut Alarms) {
        for (id, region) in (0..).map(RegionId).zip(&self.catalog.regions) {
            let up = self.judgement.region(id).is_some_and(|health| health.verdict() != Verdict::Down);
            for family in Family::BOTH.into_iter().filter(|family| up && self.has_lost(id, *family)) {
                let (family, name) = (family.word(), &region.name);
                let what = format!(
                    "none of the {family} endpoints of {name} is up: its answers of that family go elsewhere"
                );
                alarms.raise(AlarmKind::FamilyDown, format!("{name} {family}"), what);
            }
        }
        for (region, track) in self.catalog.regions.iter().zip(&self.tracks) {
            if track.is_flapping(now.monotonic) {
                let what = format!(
                    "region {} flaps: it fell {} times soon after it had come back; traffic comes back {} s after the next return",
                    region.name,
                    track.relapses(),
                    track.hold_off().as_secs()
                );
                alarms.raise(AlarmKind::RegionFlaps, &*region.name, what);
            }
        }
        for (service, fence) in &self.last_resorts {
            let place = if fence.is_empty() { String::new() } else { format!(" inside fence {fence}") };
            let what = format!("{service} is answered from its last resort{place}: nothing eligible is left");
            alarms.raise(AlarmKind::LastResort, format!("{service}{place}"), what);
        }
    }

    fn alarms_of_probes(&self, region: &Region, health: &RegionHealth, now: Now, alarms: &mut Alarms) {
        let Some(plan) = region.plan.and_then(|plan| self.catalog.plans.get(plan)) else {
            return;
        };
        let stale = plan.interval.saturating_mul(SILENT_ROUNDS).saturating_add(plan.timeout);
        let uptime = Duration::from_secs(now.unix.saturating_sub(self.started));
        for (address, endpoint) in region.endpoints.iter().zip(health.endpoints()) {
            let subject = || format!("{address} in {}", region.name);
            let youngest = endpoint.layers().map(|(_, held)| now.monotonic.saturating_sub(held.at)).min();
            let silence = youngest.unwrap_or(uptime);
            if silence > stale {
                let what = format!(
                    "no observation of {} for {} s: is the prober alive?",
                    subject(),
                    silence.as_secs()
                );
                alarms.raise(AlarmKind::EndpointUnobserved, subject(), what);
            }
            let broken = |(_, held): &(Layer, Held)| held.result == Err(FaultClass::Misconfigured);
            if let Some((layer, _)) = endpoint.layers().find(broken) {
                let what = format!(
                    "the {} probe of {} is misconfigured: the gateway refuses the request itself",
                    layer.word(),
                    subject()
                );
                alarms.raise(AlarmKind::ProbeMisconfigured, subject(), what);
            }
        }
    }

    /// Who is not believed, what most regions share, and whether soft evidence is ignored.
    fn alarms_of_judgement(&self, now: Now, alarms: &mut Alarms) {
        let ground = self.catalog.ground();
        for (id, vantage) in (0..).map(VantageId).zip(&self.catalog.vantages) {
            if let Some(doubt) = self.judgement.doubt(id, &ground, now.monotonic) {
                let what = format!("vantage {} is not believed: {}", vantage.name, doubt.words());
                alarms.raise(AlarmKind::VantageNotBelieved, &*vantage.name, what);
            }
        }
        if self.judgement.jury(&ground, now.monotonic).majority().is_none() {
            let what = "too few vantages are believed: every verdict stays as it is";
            alarms.raise(AlarmKind::TooFewVantages, "vantages", what);
        }
        for symptom in self.judgement.common().iter() {
            let what = format!(
                "most regions show the symptom {} at once: it is held against none of them",
                symptom.word()
            );
            alarms.raise(AlarmKind::CommonSymptom, symptom.word(), what);
        }
        if self.judgement.is_panic() {
            let what = "less than half of the capacity is healthy: weights are ignored";
            alarms.raise(AlarmKind::Panic, "capacity", what);
        }
    }
}

/// What the last readings of a region's endpoints warn of. Whoever keeps their handshakes warns of certificates.
fn readings(region: &Region, health: &RegionHealth, alarms: &mut Alarms) {
    let name = &*region.name;
    if health.database_is_down() {
        let what = format!("the gateway's database does not answer it in {name}");
        alarms.raise(AlarmKind::GatewayDatabaseDown, name, what);
    }
    for (layer, held) in health.endpoints().iter().flat_map(|endpoint| endpoint.layers()) {
        match held.reading {
            Reading::Traffic(Traffic { lag: Some(lag), .. }) if lag > MOST_LAG => {
                let what = format!("the database of {name} is {} s behind its primary", lag.as_secs());
                alarms.raise(AlarmKind::DatabaseLag, name, what);
            }
            Reading::Traffic(traffic) if traffic.provider_errors > PROVIDERS_DOWN => {
                let what = format!("nearly all requests of {name} fail at their providers");
                alarms.raise(AlarmKind::ProviderDown, name, what);
            }
            _ if layer == Layer::Provider && held.result == Err(FaultClass::Provider) => {
                let what = format!("the provider behind {name} does not answer it");
                alarms.raise(AlarmKind::ProviderDown, name, what);
            }
            _ => {}
        }
    }
}

/// An endpoint without an observation for this many intervals is an alarm.
const SILENT_ROUNDS: u32 = 3;
/// An older database is an alarm.
const STALE_DATABASE_DAYS: u64 = 180;
/// A database further behind loses more than it may.
const MOST_LAG: Duration = Duration::from_secs(60);
/// A region where so many requests fail at a provider has none left.
const PROVIDERS_DOWN: f64 = 0.9;
