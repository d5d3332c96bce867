//! Alarms over time: since when each holds, and that it rose or fell.
//!
//! One that comes and goes is one alarm until it has been gone for a minute, so that what fails every other probe rises
//! and falls once. The status shows what holds this very moment.

use std::collections::BTreeMap;
use std::time::Duration;

use super::start::Director;
use crate::metrics::ALARMS;
use crate::now::Now;
use crate::world::{Alarm, AlarmKind, Alarms, Event, Holds};

/// Alarms that rose and have not fallen.
#[derive(Debug, Default)]
pub(super) struct Risen(BTreeMap<(AlarmKind, Box<str>), Standing>);

#[derive(Debug)]
struct Standing {
    alarm: Alarm,
    /// When it was seen last.
    seen: Duration,
}

impl Risen {
    /// Gives each alarm the time since which it holds.
    pub(super) fn dated(&self, alarms: Alarms, now: Now) -> Vec<Alarm> {
        alarms.dated(|kind, subject| {
            self.0.get(&(kind, subject.into())).map_or(now.unix, |standing| standing.alarm.since)
        })
    }

    /// Takes in what holds now; what rose and what fell by that.
    fn look(&mut self, alarms: Vec<Alarm>, now: Now) -> Vec<Event> {
        let mut events = Vec::new();
        for alarm in alarms {
            let place = (alarm.kind, alarm.subject.clone());
            let standing = Standing { alarm: alarm.clone(), seen: now.monotonic };
            if self.0.insert(place, standing).is_none() {
                events.push(Event::Alarm { alarm, now: Holds::Began });
            }
        }
        self.0.retain(|_, standing| {
            let stands = now.monotonic.saturating_sub(standing.seen) < GONE;
            if !stands {
                events.push(Event::Alarm { alarm: standing.alarm.clone(), now: Holds::Ended });
            }
            stands
        });
        events
    }
}

impl Director {
    /// Once a second: tells of alarms that rose or fell, and shows how many hold.
    pub(super) fn watch_alarms(&mut self) {
        let now = self.clock.now();
        let alarms = self.alarms(now);
        for kind in AlarmKind::ALL {
            ALARMS.set([kind.word()], alarms.iter().filter(|alarm| alarm.kind == kind).count() as f64);
        }
        let events = self.risen.look(alarms, now);
        self.tell(events);
    }

    /// What holds now, of the world and of the director itself.
    pub(super) fn alarms(&self, now: Now) -> Vec<Alarm> {
        let mut alarms = self.world.alarms(now);
        self.certificate_alarm(&mut alarms);
        self.keeper.alarms(&mut alarms);
        self.locations.alarms(&mut alarms);
        self.prober_alarms(&mut alarms);
        self.expiries.alarms(now, &mut alarms);
        self.risen.dated(alarms, now)
    }
}

/// An alarm that was not seen for so long has fallen.
const GONE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Now {
        Now { monotonic: Duration::from_secs(seconds), unix: 1_000 + seconds }
    }

    fn told(risen: &mut Risen, evidence: &[&str], second: u64) -> Vec<(Holds, u64, String)> {
        let mut alarms = Alarms::default();
        evidence.iter().for_each(|words| alarms.raise(AlarmKind::RegionDown, "eu", *words));
        let alarms = risen.dated(alarms, at(second));
        let events = risen.look(alarms, at(second)).into_iter();
        let alarm = |event| match event {
            Event::Alarm { alarm, now } => (now, alarm.since, alarm.evidence.into()),
            other => panic!("{other:?}"),
        };
        events.map(alarm).collect()
    }

    #[test]
    fn an_alarm_rises_once_and_falls_once_it_is_gone_for_a_minute() {
        let mut risen = Risen::default();
        assert_eq!(told(&mut risen, &[], 0), []);
        assert_eq!(told(&mut risen, &["3 s"], 1), [(Holds::Began, 1_001, "3 s".to_owned())]);
        for second in 2..100 {
            let words = format!("{second} s");
            let comes_and_goes = if second % 30 == 0 { vec![&*words] } else { vec![] };
            assert_eq!(told(&mut risen, &comes_and_goes, second), [], "second {second}");
        }
        assert_eq!(told(&mut risen, &[], 149), []);
        assert_eq!(told(&mut risen, &[], 150), [(Holds::Ended, 1_001, "90 s".to_owned())]);
        assert_eq!(told(&mut risen, &["again"], 151), [(Holds::Began, 1_151, "again".to_owned())]);
    }
}
