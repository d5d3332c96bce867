//! What machines say of a region for a while: a gateway that drains itself, a scheduler that knows the load.
//!
//! A pushed word ranks below every operator's and beside the probes: it takes share away, and gives none that the
//! probes refuse. Each source has one word a region; its later one takes the place of the earlier, unless it comes late.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::{Event, Observed, World};
use crate::now::Now;
use crate::region::{Region, RegionId};

/// One source's word about a region.
#[derive(Clone, Debug, PartialEq)]
pub struct Push {
    /// The region's name.
    pub region: Box<str>,
    /// Who says so: a name that the source gives itself.
    pub source: Box<str>,
    /// How much of its normal share the region should get, 0 to 100.
    pub weight: Option<u8>,
    /// Load, as a part of the region's capacity: 1 is all of it.
    pub load: Option<f64>,
    /// Whether it should serve.
    pub state: Option<PushedState>,
    /// Grows with each word of a source that counts its words.
    pub sequence: Option<u64>,
    /// Unix seconds at which the word ends by itself.
    pub until: u64,
}

/// Whether a region should serve, as a source sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PushedState {
    /// Yes. The probes' verdict stands all the same.
    Up,
    /// Not any more: it is being emptied.
    Drain,
    /// No.
    Down,
}

impl PushedState {
    /// Its word in JSON and logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Drain => "drain",
            Self::Down => "down",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Up, Self::Drain, Self::Down].into_iter().find(|state| state.word() == word)
    }
}

/// Why a pushed word is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PushRefusal {
    /// No region has this name.
    #[error("there is no region {found:?}; the regions are {}", allowed.join(", "))]
    UnknownRegion {
        /// The name as given.
        found: Box<str>,
        /// Names that exist.
        allowed: Vec<String>,
    },
    /// This source says nothing of this region.
    #[error("{source_name} holds no word about {region}; `meridian status` shows who does")]
    NoWord {
        /// The region's name.
        region: Box<str>,
        /// The source.
        source_name: Box<str>,
    },
    /// It comes late, or again.
    #[error("{}; the last one taken is {last}, and each must be above it", numbered(*found, source_name))]
    Stale {
        /// The source.
        source_name: Box<str>,
        /// As given; none: the word has none, and earlier ones had.
        found: Option<u64>,
        /// The last one taken.
        last: u64,
    },
    /// More sources than are kept in mind.
    #[error(
        "{region} has words of {SOURCES} sources, and at most as many are kept; let a source keep its name"
    )]
    Crowded {
        /// The region's name.
        region: Box<str>,
    },
}

/// A word as it holds; one that has ended is kept for its sequence.
#[derive(Clone, Debug)]
pub(super) struct Pushed {
    word: Push,
    ends: Duration,
    ended: bool,
}

/// What the words about one region come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// The worst state that any source says.
    pub state: PushedState,
    /// The least weight.
    pub weight: u8,
    /// The monotonic moment before which the words that took share away cannot end.
    pub until: Option<Duration>,
}

impl World {
    /// Takes in a pushed word; tells of it where it says something else than the source's word before.
    pub fn push(&mut self, word: Push, now: Now) -> Result<Observed, PushRefusal> {
        let Some(region) = self.catalog.region(&word.region) else {
            let allowed = self.catalog.regions.iter().map(|region| region.name.to_string()).collect();
            return Err(PushRefusal::UnknownRegion { found: word.region, allowed });
        };
        let before = self.said(region);
        let pushed = Pushed { ends: now.moment_of(word.until), ended: false, word: word.clone() };
        let same = |held: &&mut Pushed| held.word.region == word.region && held.word.source == word.source;
        let crowded = self.sources(&word.region) >= SOURCES;
        let is_news = match self.pushes.iter_mut().find(same) {
            Some(held) => {
                held.precedes(&word)?;
                let is_news = held.ended || !held.says_the_same(&word);
                *held = pushed;
                is_news
            }
            None if crowded => return Err(PushRefusal::Crowded { region: word.region }),
            None => {
                self.pushes.push(pushed);
                true
            }
        };
        let mut events = if is_news { vec![Event::Pushed(word)] } else { Vec::new() };
        events.extend(self.heard(region, before, now));
        Ok(Observed { moved: self.said(region) != before, events })
    }

    /// Ends a source's word before its time.
    pub fn unpush(&mut self, region: &str, source: &str, now: Now) -> Result<Event, PushRefusal> {
        let here =
            |held: &&mut Pushed| !held.ended && &*held.word.region == region && &*held.word.source == source;
        let before = self.catalog.region(region).map(|id| (id, self.said(id)));
        let Some(held) = self.pushes.iter_mut().find(here) else {
            return Err(PushRefusal::NoWord { region: region.into(), source_name: source.into() });
        };
        held.ended = true;
        let word = held.word.clone();
        if let Some((id, before)) = before {
            self.heard(id, before, now);
        }
        Ok(Event::PushEnded(word))
    }

    /// Ends the words whose time has come, and forgets those that ended long ago.
    pub fn expire_pushes(&mut self, now: Now) -> Vec<Event> {
        self.pushes.retain(|held| now.monotonic < held.ends.saturating_add(REMEMBERED));
        let due: Vec<Push> = self
            .pushes
            .iter()
            .filter(|held| !held.ended && held.ends <= now.monotonic)
            .map(|held| held.word.clone())
            .collect();
        for word in &due {
            // A word that is due is there to be ended.
            let _told_below = self.unpush(&word.region, &word.source, now);
        }
        due.into_iter().map(Event::PushEnded).collect()
    }

    /// Every pushed word that holds.
    pub fn pushes(&self) -> impl Iterator<Item = &Push> {
        self.pushes.iter().filter(|held| !held.ended).map(|held| &held.word)
    }

    /// What all words about a region come to.
    pub(super) fn said(&self, region: RegionId) -> Said {
        let mut said = Said { state: PushedState::Up, weight: 100, until: None };
        for held in self.pushed(region) {
            let state = held.word.state.unwrap_or(PushedState::Up);
            let weight = held.word.weight.unwrap_or(100);
            if state > PushedState::Up || weight < 100 {
                said.until = Some(said.until.map_or(held.ends, |until| until.min(held.ends)));
            }
            said.state = said.state.max(state);
            said.weight = said.weight.min(weight);
        }
        said
    }

    /// The greatest load that a source says of a region.
    pub(super) fn pushed_load(&self, region: RegionId) -> Option<f64> {
        self.pushed(region).filter_map(|held| held.word.load).reduce(f64::max)
    }

    fn pushed(&self, region: RegionId) -> impl Iterator<Item = &Pushed> {
        let name = self.catalog.regions.get(region.index()).map(|region: &Region| &*region.name);
        self.pushes.iter().filter(move |held| !held.ended && Some(&*held.word.region) == name)
    }

    fn sources(&self, region: &str) -> usize {
        self.pushes.iter().filter(|held| &*held.word.region == region).count()
    }

    /// What follows when the words about a region changed: one that is down now is held where failback is manual; one
    /// that is not out any more comes back as after a recovery.
    fn heard(&mut self, region: RegionId, before: Said, now: Now) -> Vec<Event> {
        let said = self.said(region);
        if said.state == PushedState::Up && before.state > PushedState::Up {
            self.come_back(region, now);
        }
        if said.state == PushedState::Down && before.state < PushedState::Down {
            return self.hold(region, now);
        }
        Vec::new()
    }
}

impl Pushed {
    fn precedes(&self, word: &Push) -> Result<(), PushRefusal> {
        match (self.word.sequence, word.sequence) {
            (None, _) => Ok(()),
            (Some(last), Some(next)) if next > last => Ok(()),
            (Some(last), found) => Err(PushRefusal::Stale { source_name: word.source.clone(), found, last }),
        }
    }

    fn says_the_same(&self, word: &Push) -> bool {
        self.word.state == word.state && self.word.weight == word.weight
    }
}

impl fmt::Display for Push {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = [
            self.state.map(|state| state.word().to_owned()),
            self.weight.map(|weight| format!("weight {weight}")),
            self.load.map(|load| format!("load {load}")),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        write!(out, "{} says of {}: {}", self.source, self.region, said.join(", "))
    }
}

fn numbered(found: Option<u64>, source_name: &str) -> String {
    match found {
        Some(found) => format!("sequence {found} of {source_name}"),
        None => format!("no sequence, and earlier words of {source_name} had one"),
    }
}

/// Sources that one region has at most.
const SOURCES: usize = 64;
/// How long after its end a word's sequence still counts.
const REMEMBERED: Duration = Duration::from_secs(3_600);
