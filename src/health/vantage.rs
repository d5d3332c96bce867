//! Where probes come from, and whether a vantage is believed.

use std::net::SocketAddr;
use std::time::Duration;

use super::fault::FaultClass;

/// A place that probes (`[vantages.NAME]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vantage {
    /// Its name in the config and in reports.
    pub name: Box<str>,
    /// What it must reach over TCP to be believed, beside the regions; none: it is not asked.
    pub controls: Box<[SocketAddr]>,
}

impl Default for Vantage {
    /// The one vantage where none is declared: the process that serves.
    fn default() -> Self {
        Self { name: "local".into(), controls: Box::default() }
    }
}

/// What a vantage brought lately.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Witness {
    heard: Option<Duration>,
    /// What its control targets said last: some one of them was reached, or none.
    control: Option<Result<(), FaultClass>>,
    /// By region: whether its last rounds got through to some endpoint; none: it has not looked.
    reached: Box<[Option<bool>]>,
    reaches: usize,
    misses: usize,
}

/// Why a vantage is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing has come from it for three intervals.
    Silent,
    /// It does not reach its own control targets.
    CutOff,
    /// It reaches no region, and another vantage reaches some.
    ReachesNothing,
}

impl Doubt {
    /// What it means, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Silent => "nothing has come from it for three intervals",
            Self::CutOff => "it does not reach its control targets",
            Self::ReachesNothing => "it reaches no region, and another vantage does",
        }
    }
}

impl Witness {
    pub(super) fn new(regions: usize) -> Self {
        Self { heard: None, control: None, reached: vec![None; regions].into(), reaches: 0, misses: 0 }
    }

    pub(super) const fn hear(&mut self, now: Duration) {
        self.heard = Some(now);
    }

    pub(super) const fn control(&mut self, result: Result<(), FaultClass>, now: Duration) {
        self.control = Some(result);
        self.heard = Some(now);
    }

    pub(super) fn reach(&mut self, region: usize, reached: Option<bool>) {
        let Some(held) = self.reached.get_mut(region) else { return };
        let was = std::mem::replace(held, reached);
        self.reaches = self.reaches + usize::from(reached == Some(true)) - usize::from(was == Some(true));
        self.misses = self.misses + usize::from(reached == Some(false)) - usize::from(was == Some(false));
    }

    pub(super) const fn reaches_some(&self) -> bool {
        self.reaches > 0
    }

    /// Why it is not believed now. `others`: whether other vantages are declared, and whether one of them reaches a region.
    pub(super) fn doubt(&self, others: Option<bool>, silence: Duration, now: Duration) -> Option<Doubt> {
        let silent = self.heard.is_none_or(|heard| now.saturating_sub(heard) > silence);
        match (others, self.control) {
            (_, Some(Err(_))) => Some(Doubt::CutOff),
            (None, _) => None,
            (Some(_), _) if silent => Some(Doubt::Silent),
            (Some(true), None) if self.reaches == 0 && self.misses >= 2 => Some(Doubt::ReachesNothing),
            _ => None,
        }
    }
}
