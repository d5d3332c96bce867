//! When the certificates of endpoints expire, as their handshakes show: said early, and never a reason to act before.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::certificate::{DAY, SOON, URGENT, date};
use crate::catalog::Catalog;
use crate::health::{Observation, Reading};
use crate::metrics::PROBE_CERTIFICATE_EXPIRY;
use crate::now::Now;

/// What each endpoint showed last.
#[derive(Debug, Default)]
pub(super) struct Expiries(BTreeMap<(Box<str>, IpAddr), Shown>);

#[derive(Clone, Copy, Debug)]
struct Shown {
    /// Unix seconds.
    expires: u64,
    /// When it was seen.
    at: Duration,
}

impl Expiries {
    /// Takes in a handshake.
    pub(super) fn observe(&mut self, seen: &Observation, catalog: &Catalog, now: Now) {
        let Reading::Certificate { expires } = seen.reading else { return };
        let Some(region) = catalog.regions.get(seen.region.index()) else { return };
        let Some(address) = region.probe_endpoints.get(usize::from(seen.endpoint)) else { return };
        self.0.insert((region.name.clone(), *address), Shown { expires, at: now.monotonic });
        let of_region = self.0.iter().filter(|((name, _), _)| *name == region.name);
        if let Some(first) = of_region.map(|(_, shown)| shown.expires).min() {
            PROBE_CERTIFICATE_EXPIRY.set([&region.name], first as f64);
        }
    }

    /// What is to be said, of endpoints that were seen lately.
    pub(super) fn alarms(&self, now: Now) -> Vec<String> {
        let fresh = |(_, shown): &(_, &Shown)| now.monotonic.saturating_sub(shown.at) < FORGOTTEN;
        let alarm = |((region, address), shown): (&(Box<str>, IpAddr), &Shown)| {
            let left = shown.expires.saturating_sub(now.unix) / DAY;
            let urgent = if left < URGENT { "URGENT: " } else { "" };
            let date = date(shown.expires);
            (left < SOON).then(|| {
                format!("{urgent}the certificate of {address} in {region} expires in {left} days, at {date}")
            })
        };
        self.0.iter().filter(fresh).filter_map(alarm).collect()
    }
}

/// What was not seen for so long is no endpoint any more, or fails as one.
const FORGOTTEN: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_said_three_weeks_before_and_urgently_one_week_before() {
        for (days, begins) in
            [(30, None), (20, Some("the certificate of 192.0.2.1 in eu")), (6, Some("URGENT: the"))]
        {
            let now = Now { monotonic: Duration::from_secs(10), unix: 1_000_000 };
            let shown = Shown { expires: now.unix + days * DAY + 60, at: Duration::ZERO };
            let expiries = Expiries(BTreeMap::from([(("eu".into(), [192, 0, 2, 1].into()), shown)]));
            let alarms = expiries.alarms(now);
            assert_eq!(alarms.len(), usize::from(begins.is_some()), "{days} days: {alarms:?}");
            assert!(begins.is_none_or(|begins| alarms[0].starts_with(begins)), "{alarms:?}");
            let later = Now { monotonic: FORGOTTEN, ..now };
            assert!(expiries.alarms(later).is_empty());
        }
    }
}
