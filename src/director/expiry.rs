//! When the certificates of endpoints expire, as their handshakes show: said early, and never a reason to act before.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::certificate::{DAY, SOON, URGENT, date};
use crate::catalog::Catalog;
use crate::health::{Observation, Reading};
use crate::metrics::PROBE_CERTIFICATE_EXPIRY;
use crate::now::Now;
use crate::world::{AlarmKind, Alarms};

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
    pub(super) fn alarms(&self, now: Now, alarms: &mut Alarms) {
        let fresh = |(_, shown): &(_, &Shown)| now.monotonic.saturating_sub(shown.at) < FORGOTTEN;
        for ((region, address), shown) in self.0.iter().filter(fresh) {
            let left = shown.expires.saturating_sub(now.unix) / DAY;
            if left >= SOON {
                continue;
            }
            let urgent = if left < URGENT { "URGENT: " } else { "" };
            let (subject, date) = (format!("{address} in {region}"), date(shown.expires));
            let what = format!("{urgent}the certificate of {subject} expires in {left} days, at {date}");
            alarms.raise(AlarmKind::EndpointCertificate, subject, what);
        }
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
            let said = |now: Now| {
                let mut alarms = Alarms::default();
                expiries.alarms(now, &mut alarms);
                alarms.dated(|_, _| 0)
            };
            let alarms = said(now);
            assert_eq!(alarms.len(), usize::from(begins.is_some()), "{days} days: {alarms:?}");
            assert!(begins.is_none_or(|begins| alarms[0].evidence.starts_with(begins)), "{alarms:?}");
            assert!(said(Now { monotonic: FORGOTTEN, ..now }).is_empty());
        }
    }
}
