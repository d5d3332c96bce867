//! Observations and time come in: evidence moves, verdicts and weights turn, and what turned is told.

use super::{Event, Evidence, World};
use crate::health::{Cause, FaultClass, Judged, Layer, Observation, Turn, VantageId, Verdict};
use crate::now::Now;
use crate::region::RegionId;

/// What observations, or time, did.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Whether a verdict, a weight or a doubt changed, and with it what is answered or for how long.
    pub moved: bool,
    /// What turned.
    pub events: Vec<Event>,
}

impl World {
    /// Takes in observations that came together. None: no one of them names something that is probed.
    pub fn take(&mut self, seen: &[Observation], now: Now) -> Option<Observed> {
        let catalog = std::sync::Arc::clone(&self.catalog);
        let judged = self.judgement.take(seen, &catalog.ground(), now);
        (judged.taken > 0).then(|| self.turned(judged, now))
    }

    /// Takes in one observation. None: it names nothing that is probed.
    pub fn observe(&mut self, seen: &Observation, now: Now) -> Option<Observed> {
        self.take(std::slice::from_ref(seen), now)
    }

    /// Takes in the one round that comes before the first answer, when nothing is kept: its results decide at once.
    pub fn observe_first(&mut self, seen: &[Observation], now: Now) {
        self.judgement.take_first(seen, &self.catalog.ground(), now);
    }

    /// Takes in what a vantage's control targets said: that some one of them was reached, or the fault of the last.
    pub fn control(&mut self, vantage: VantageId, result: Result<(), FaultClass>, now: Now) {
        self.judgement.control(vantage, result, now.monotonic);
    }

    /// Lets time pass over the evidence.
    pub(super) fn weigh(&mut self, now: Now) -> Observed {
        let catalog = std::sync::Arc::clone(&self.catalog);
        let judged = self.judgement.tick(&catalog.ground(), now);
        self.turned(judged, now)
    }

    fn turned(&mut self, judged: Judged, now: Now) -> Observed {
        let mut events = Vec::new();
        for turn in judged.turns {
            events.extend(self.event_of(&turn));
            if let Turn::Region { region, from, to, .. } = turn {
                if let Some(track) = self.tracks.get_mut(region.index()) {
                    track.turned(from, to, now);
                }
                if to == Verdict::Down {
                    events.extend(self.hold(region, now));
                }
            }
        }
        Observed { moved: judged.moved, events }
    }

    fn event_of(&self, turn: &Turn) -> Option<Event> {
        let region = |id: RegionId| self.catalog.regions.get(id.index());
        Some(match *turn {
            Turn::Endpoint { region: id, endpoint, from, to, cause } => {
                let region = region(id)?;
                Event::Endpoint {
                    region: region.name.clone(),
                    endpoint: region.endpoints.iter().nth(usize::from(endpoint))?.to_string().into(),
                    from,
                    to,
                    evidence: evidence(cause),
                }
            }
            Turn::Region { region: id, from, to, cause } => {
                Event::Region { region: region(id)?.name.clone(), from, to, cause: cause.to_string().into() }
            }
            Turn::Weight { region: id, from, to, cause } => {
                Event::Weight { region: region(id)?.name.clone(), from, to, cause: cause.to_string().into() }
            }
        })
    }
}

/// An endpoint turns for its hard layers only.
fn evidence(cause: Cause) -> Evidence {
    match cause {
        Cause::Hard { layer, fault, rounds, .. } => Evidence { layer, fault, rounds },
        Cause::Soft(measured) => Evidence { layer: measured.layer, fault: None, rounds: measured.of },
        Cause::Clean => Evidence { layer: Layer::Tcp, fault: None, rounds: 0 },
    }
}
