//! The way back of a region that has recovered: out for a while, then a rising share, then all of it.

use std::time::Duration;

use super::track::Track;
use crate::steer::{Failback, Failover, Motion, SLOTS};

/// Where a region that is not down stands on its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comeback {
    /// It has what belongs to it.
    Back,
    /// Nothing before this monotonic moment.
    Waits(Duration),
    /// This many slots of its share; it has risen since the moment given.
    Rises(u16, Duration),
}

impl Comeback {
    /// Where a region with this track stands at the monotonic moment `now`, for services that move like this; `risen`
    /// is how far it has come since a word let it go.
    pub(super) fn at(track: &Track, risen: Option<u16>, motion: &Motion, now: Duration) -> Self {
        let recovered = Self::recovered(track, motion, now);
        match (recovered, risen) {
            (Self::Rises(slots, since), Some(risen)) => Self::Rises(slots.min(risen), since),
            (Self::Back, Some(risen)) => Self::Rises(risen, Duration::ZERO),
            (recovered, _) => recovered,
        }
    }

    fn recovered(track: &Track, motion: &Motion, now: Duration) -> Self {
        let (Some(returned), Failover::Auto) = (track.returned(), motion.failover) else {
            return Self::Back;
        };
        let delay = match motion.failback {
            Failback::Auto(delay) => delay.max(track.hold_off()),
            Failback::Manual => return Self::Back,
        };
        let begins = returned.saturating_add(delay);
        let risen = now.saturating_sub(begins);
        match () {
            () if now < begins => Self::Waits(begins),
            () if risen < motion.slow_start => {
                let part = risen.as_secs_f64() / motion.slow_start.as_secs_f64();
                Self::Rises((part * SLOTS as f64) as u16, begins)
            }
            () => Self::Back,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::Verdict;
    use crate::now::Now;

    fn track() -> Track {
        let mut track = Track::default();
        let at = Now { monotonic: Duration::from_secs(100), unix: 100 };
        track.turned(Verdict::Down, Verdict::Up, at);
        track
    }

    fn at(motion: &Motion, second: u64) -> Comeback {
        Comeback::at(&track(), None, motion, Duration::from_secs(second))
    }

    #[test]
    fn a_region_waits_then_rises_then_is_back() {
        let motion = Motion {
            failback: Failback::Auto(Duration::from_secs(60)),
            slow_start: Duration::from_secs(40),
            ..Motion::default()
        };
        let begins = Duration::from_secs(160);
        assert_eq!(at(&motion, 159), Comeback::Waits(begins));
        assert_eq!(at(&motion, 160), Comeback::Rises(0, begins));
        assert_eq!(at(&motion, 170), Comeback::Rises(1_024, begins));
        assert_eq!(at(&motion, 199), Comeback::Rises(3_993, begins));
        assert_eq!(at(&motion, 200), Comeback::Back);
    }

    #[test]
    fn without_a_word_about_it_a_region_is_back_at_once() {
        assert_eq!(at(&Motion::default(), 100), Comeback::Back);
        assert_eq!(Comeback::at(&Track::default(), None, &Motion::default(), Duration::ZERO), Comeback::Back);
    }

    #[test]
    fn where_no_machine_moves_traffic_away_none_has_to_come_back() {
        let motion = Motion {
            failover: Failover::Manual,
            failback: Failback::Auto(Duration::from_secs(60)),
            ..Motion::default()
        };
        assert_eq!(at(&motion, 101), Comeback::Back);
    }
}
