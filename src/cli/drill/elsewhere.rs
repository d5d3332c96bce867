//! What a fleet has beside the drilled region: regions that serve, their capacity, and how far its databases lag. Pure.

use serde::Serialize;

use crate::admin::body::{RegionBody, StatusBody};

/// At one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Elsewhere {
    /// Other regions that serve.
    pub(super) serving: usize,
    /// The healthy part of the other regions' capacity, 0 to 1: a region with half its weight brings half.
    pub(super) capacity: f64,
    /// The largest replication lag that any region's metrics show, in seconds; none: none is shown.
    pub(super) lag: Option<f64>,
}

impl Elsewhere {
    /// As a status tells it.
    pub(super) fn of(status: &StatusBody, drilled: &str) -> Self {
        let others = || status.regions.0.iter().filter(|(name, _)| name != drilled).map(|(_, body)| body);
        let serving = || others().filter(|body| serves(body));
        let all: f64 = others().map(|body| f64::from(body.capacity)).sum();
        let healthy: f64 =
            serving().map(|body| f64::from(body.capacity) * f64::from(body.weight) / 100.0).sum();
        Self {
            serving: serving().count(),
            capacity: if all > 0.0 { healthy / all } else { 0.0 },
            lag: status.regions.0.iter().filter_map(|(_, body)| body.lag).reduce(f64::max),
        }
    }

    /// Takes the worse of each.
    pub(super) fn worsen(&mut self, now: &Self) {
        self.serving = self.serving.min(now.serving);
        self.capacity = self.capacity.min(now.capacity);
        self.lag = self.lag.into_iter().chain(now.lag).reduce(f64::max);
    }
}

fn serves(body: &RegionBody) -> bool {
    body.verdict != "down" && !body.drained && body.forced.as_deref() != Some("down")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(regions: &[(&str, &str, u32, u8, Option<f64>)]) -> StatusBody {
        let regions = regions.iter().map(|(name, verdict, capacity, weight, lag)| {
            let body = serde_json::json!({
                "verdict": verdict, "weight": weight, "capacity": capacity, "lag": lag, "drained": false,
                "forced": null, "since": "2026-11-20T07:02:42Z", "endpoints": [], "layers": {},
            });
            ((*name).to_owned(), body)
        });
        serde_json::from_value(serde_json::json!({
            "epoch": 1, "started": "2026-11-20T07:02:42Z", "config_sha256": "", "overrides": [], "alarms": [],
            "database": {"sha256": "", "built": "2026-11-20T07:02:42Z"},
            "regions": regions.collect::<serde_json::Map<_, _>>(),
        }))
        .unwrap()
    }

    #[test]
    fn capacity_elsewhere_counts_what_serves_and_the_worst_of_a_drill_is_kept() {
        let well =
            [("a", "up", 100, 100, None), ("b", "up", 60, 50, Some(0.5)), ("c", "down", 40, 100, None)];
        let mut worst = Elsewhere::of(&status(&well), "a");
        assert_eq!(worst, Elsewhere { serving: 1, capacity: 0.3, lag: Some(0.5) });
        let later = [("a", "up", 100, 0, Some(9.0)), ("b", "up", 60, 100, None), ("c", "up", 40, 100, None)];
        worst.worsen(&Elsewhere::of(&status(&later), "a"));
        assert_eq!(worst, Elsewhere { serving: 1, capacity: 0.3, lag: Some(9.0) });
    }
}
