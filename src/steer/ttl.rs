//! How long an answer may be kept: the maximum while nothing is in doubt, else the time until it could change.

use std::time::Duration;

use super::service::TtlBounds;

/// The TTL in seconds at the monotonic moment `now` of an answer that cannot change before `pending`.
#[must_use]
pub fn ttl(bounds: TtlBounds, pending: Option<Duration>, now: Duration) -> u32 {
    let Some(pending) = pending else { return bounds.max };
    let left = u32::try_from(pending.saturating_sub(now).as_secs()).unwrap_or(u32::MAX);
    left.clamp(bounds.min, bounds.max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_is_the_time_until_the_answer_could_change_within_its_bounds() {
        let bounds = TtlBounds { min: 5, max: 30 };
        let seconds = Duration::from_secs;
        let table = [
            (None, 100, 30),
            (Some(110), 100, 10),
            (Some(102), 100, 5),
            (Some(90), 100, 5),
            (Some(9_000), 100, 30),
        ];
        for (pending, now, expected) in table {
            assert_eq!(ttl(bounds, pending.map(seconds), seconds(now)), expected, "{pending:?} at {now}");
        }
    }
}
