//! What an operator should look at now: what is down, what cannot be believed, what will break soon.

use std::time::Duration;

use super::World;
use crate::geo::Family;
use crate::health::{FaultClass, Held, Layer, Reading, RegionHealth, Traffic, VantageId, Verdict};
use crate::now::Now;
use crate::region::{Region, RegionId};

impl World {
    /// What an operator should look at now.
    pub(super) fn alarms(&self, now: Now) -> Vec<String> {
        let mut alarms = Vec::new();
        for (region, health) in self.catalog.regions.iter().zip(self.judgement.regions()) {
            if health.verdict() == Verdict::Down {
                alarms.push(format!("region {} is down", region.name));
            }
            alarms.extend(self.probe_alarms(region, health, now));
        }
        for (id, region) in (0..).map(RegionId).zip(&self.catalog.regions) {
            let up = self.judgement.region(id).is_some_and(|health| health.verdict() != Verdict::Down);
            let lost = Family::BOTH.into_iter().filter(|family| up && self.has_lost(id, *family));
            alarms.extend(lost.map(|family| {
                let (family, name) = (family.word(), &region.name);
                format!(
                    "none of the {family} endpoints of {name} is up: its answers of that family go elsewhere"
                )
            }));
        }
        for (region, track) in self.catalog.regions.iter().zip(&self.tracks) {
            if track.is_flapping(now.monotonic) {
                alarms.push(format!(
                    "region {} flaps: it fell {} times soon after it had come back; traffic comes back {} s after the next return",
                    region.name,
                    track.relapses(),
                    track.hold_off().as_secs()
                ));
            }
        }
        for (service, fence) in &self.last_resorts {
            let place = if fence.is_empty() { String::new() } else { format!(" inside fence {fence}") };
            alarms
                .push(format!("{service} is answered from its last resort{place}: nothing eligible is left"));
        }
        alarms.extend(self.asked().filter_map(|asked| asked.alarm()));
        self.alarms_of_judgement(now, &mut alarms);
        let days = now.unix.saturating_sub(self.catalog.database.build_epoch) / 86_400;
        if days > STALE_DATABASE_DAYS {
            alarms.push(format!(
                "the location database is {days} days old; set [geoip] database to a newer one"
            ));
        }
        alarms
    }

    fn probe_alarms(&self, region: &Region, health: &RegionHealth, now: Now) -> Vec<String> {
        let Some(plan) = region.plan.and_then(|plan| self.catalog.plans.get(plan)) else {
            return Vec::new();
        };
        let stale = plan.interval.saturating_mul(SILENT_ROUNDS).saturating_add(plan.timeout);
        let uptime = Duration::from_secs(now.unix.saturating_sub(self.started));
        let mut alarms = Vec::new();
        for (address, endpoint) in region.endpoints.iter().zip(health.endpoints()) {
            let youngest = endpoint.layers().map(|(_, held)| now.monotonic.saturating_sub(held.at)).min();
            if youngest.unwrap_or(uptime) > stale {
                alarms.push(format!(
                    "no observation of {address} in {} for {} s: is the prober alive?",
                    region.name,
                    youngest.unwrap_or(uptime).as_secs()
                ));
            }
            let broken = |(_, held): &(Layer, Held)| held.result == Err(FaultClass::Misconfigured);
            if let Some((layer, _)) = endpoint.layers().find(broken) {
                alarms.push(format!("the {} probe of {address} in {} is misconfigured: the gateway refuses the request itself", layer.word(), region.name));
            }
        }
        alarms
    }

    /// Who is not believed, what most regions share, and whether soft evidence is ignored.
    fn alarms_of_judgement(&self, now: Now, alarms: &mut Vec<String>) {
        let ground = self.catalog.ground();
        for (id, vantage) in (0..).map(VantageId).zip(&self.catalog.vantages) {
            if let Some(doubt) = self.judgement.doubt(id, &ground, now.monotonic) {
                alarms.push(format!("vantage {} is not believed: {}", vantage.name, doubt.words()));
            }
        }
        if self.judgement.jury(&ground, now.monotonic).majority().is_none() {
            alarms.push("too few vantages are believed: every verdict stays as it is".to_owned());
        }
        for symptom in self.judgement.common().iter() {
            alarms.push(format!(
                "most regions show the symptom {} at once: it is held against none of them",
                symptom.word()
            ));
        }
        if self.judgement.is_panic() {
            alarms.push("less than half of the capacity is healthy: weights are ignored".to_owned());
        }
        for (region, health) in self.catalog.regions.iter().zip(self.judgement.regions()) {
            readings(region, health, now, alarms);
        }
    }
}

/// What the last readings of a region's endpoints warn of.
fn readings(region: &Region, health: &RegionHealth, now: Now, alarms: &mut Vec<String>) {
    if health.database_is_down() {
        alarms.push(format!("the gateway's database does not answer it in {}", region.name));
    }
    for (address, endpoint) in region.endpoints.iter().zip(health.endpoints()) {
        for (layer, held) in endpoint.layers() {
            match held.reading {
                Reading::Certificate { expires } if expires < now.unix.saturating_add(WARNING_DAYS * DAY) => {
                    let days = expires.saturating_sub(now.unix) / DAY;
                    let so = if days < ALERT_DAYS { "renew it now" } else { "renew it" };
                    alarms.push(format!(
                        "the certificate of {address} in {} ends in {days} days: {so}",
                        region.name
                    ));
                }
                Reading::Traffic(Traffic { lag: Some(lag), .. }) if lag > MOST_LAG => {
                    alarms.push(format!(
                        "the database of {} is {} s behind its primary",
                        region.name,
                        lag.as_secs()
                    ));
                }
                Reading::Traffic(traffic) if traffic.provider_errors > PROVIDERS_DOWN => {
                    alarms.push(format!("nearly all requests of {} fail at their providers", region.name));
                }
                _ if layer == Layer::Provider && held.result == Err(FaultClass::Provider) => {
                    alarms.push(format!("the provider behind {} does not answer it", region.name));
                }
                _ => {}
            }
        }
    }
}

/// An endpoint without an observation for this many intervals is an alarm.
const SILENT_ROUNDS: u32 = 3;
/// An older database is an alarm.
const STALE_DATABASE_DAYS: u64 = 180;
/// A certificate that ends sooner is worth a warning; and an alert.
const WARNING_DAYS: u64 = 21;
const ALERT_DAYS: u64 = 7;
const DAY: u64 = 86_400;
/// A database further behind loses more than it may.
const MOST_LAG: Duration = Duration::from_secs(60);
/// A region where so many requests fail at a provider has none left.
const PROVIDERS_DOWN: f64 = 0.9;
