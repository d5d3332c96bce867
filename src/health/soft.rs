//! The soft machine of a region: penalties pull its weight down quickly, clean evidence lets it rise slowly.
//!
//! What makes a weight worse is the lower of Wilson's bounds, so that little evidence does little. What makes it better
//! is a run of clean attempts: the longer it is, the lower is the upper bound of what the region may still fail, and so
//! high may its weight rise again, whatever came before that run. A third after ten, all of it after sixty-four.
//!
//! Every step keeps an order: of two regions that are asked at the same moments, of which one fails wherever the other
//! does and more often, the one that fails more is never worth more. So no state here is anchored to a moment that a
//! further failure could move to a better one.

use std::time::Duration;

use super::penalty::{self, Grounds};
use super::reading::Traffic;
use super::symptom::{Symptom, Symptoms};
use super::wilson::upper;
use super::window::Window;

/// One region's soft evidence and the weight that it gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Soft {
    pub(super) window: Window,
    /// 0 to 100, as it moves.
    weight: f64,
    /// As it was announced last.
    announced: u8,
    /// Whether it is announced as degraded.
    degraded: bool,
    /// How low it may fall at once: never more than one step, and with time the next.
    reach: f64,
    /// When it was judged last.
    judged: Option<Duration>,
    /// Clean attempts in a row, and when the last one that was not came in.
    clean: u32,
    fault: Option<Duration>,
    /// When the faults began that have come one soon after the other.
    troubled: Option<Duration>,
    /// Answered completions in a row, and failed ones that the region answers for: for the way out of a region where none
    /// is answered, and back.
    pub(super) answered: u32,
    pub(super) unanswered: u32,
    grounds: Grounds,
    /// Since when its provider errors exceed the others'.
    exceeds: Option<Duration>,
}

/// What is known of a region beside its own window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlook {
    /// What stands against it beside its window: stalls, readiness, database.
    pub(super) grounds: Grounds,
    /// Symptoms that most regions share: they say nothing of this one.
    pub(super) common: Symptoms,
    /// The provider errors that the other regions have; none: nothing to compare with.
    pub(super) usual: Option<f64>,
    /// Whether latency says nothing yet, soon after a return.
    pub(super) is_cold: bool,
    /// Whether its endpoints are down: a weight falls meanwhile as it would otherwise, and does not rise.
    pub(super) is_down: bool,
}

impl Soft {
    /// Starts from a kept weight.
    pub(super) fn new(weight: u8) -> Self {
        let weight = weight.clamp(FLOOR as u8, 100);
        Self {
            window: Window::new(),
            weight: f64::from(weight),
            announced: weight,
            degraded: f64::from(weight) < DEGRADED,
            reach: f64::from(weight) - FALL_STEP,
            judged: None,
            clean: 0,
            fault: None,
            troubled: None,
            answered: 0,
            unanswered: 0,
            grounds: Grounds::default(),
            exceeds: None,
        }
    }

    /// How much of its normal share the region is worth, 0 to 100, as announced.
    pub(super) const fn announced(&self) -> u8 {
        self.announced
    }

    /// Whether it is announced as degraded.
    pub(super) const fn is_degraded(&self) -> bool {
        self.degraded
    }

    /// What the last judgement held against it.
    pub(super) const fn grounds(&self) -> &Grounds {
        &self.grounds
    }

    /// Takes in a completion.
    pub(super) fn completion(
        &mut self,
        symptom: Option<Symptom>,
        first_token: Option<Duration>,
        now: Duration,
    ) {
        self.window.advance(now);
        self.window.completion(symptom, first_token);
        let answered = matches!(symptom, None | Some(Symptom::Slow));
        self.answered = if answered { self.answered.saturating_add(1) } else { 0 };
        let answerable = matches!(symptom, Some(Symptom::Gateway | Symptom::Database));
        self.unanswered = if answered { 0 } else { self.unanswered.saturating_add(u32::from(answerable)) };
        if symptom.is_some() {
            self.clean = 0;
            let fresh = self.fault.is_none_or(|last| now.saturating_sub(last) > FORGOTTEN);
            self.troubled = self.troubled.filter(|_| !fresh).or(Some(now));
            self.fault = Some(now);
        } else if self.fault != Some(now) {
            self.clean = self.clean.saturating_add(1);
        }
    }

    /// Takes in a scrape that stands for `span`.
    pub(super) fn scrape(&mut self, traffic: &Traffic, span: Duration, now: Duration) {
        self.window.advance(now);
        self.window.scrape(traffic, span);
    }

    /// Lets the weight follow the evidence up to `now`. Whether what is announced has changed.
    pub(super) fn judge(&mut self, outlook: &Outlook, now: Duration) -> bool {
        self.window.advance(now);
        let elapsed = now.saturating_sub(self.judged.replace(now).unwrap_or(now)).as_secs_f64();
        let completions = self.completions(outlook, now);
        let provider = self.provider(outlook.usual, now);
        let others = penalty::metrics(&self.window, outlook.common).or(provider).or(outlook.grounds);
        let doubt = self.doubt(outlook.common);
        self.grounds = completions.at_most(doubt).or(others);
        let target = self.target();
        let ceiling = target.min(100.0 * (1.0 - doubt));
        self.reach = (self.reach - elapsed * FALL_RATE).max(self.weight - FALL_STEP);
        if target < self.weight {
            self.weight = target.max(self.reach);
        } else if self.weight < ceiling && !outlook.is_down {
            self.weight = (self.weight + elapsed * RISE_RATE).min(ceiling);
        }
        self.announce()
    }

    /// What completions speak for: their errors, once other regions have had the time to show the same, and their latency.
    fn completions(&self, outlook: &Outlook, now: Duration) -> Grounds {
        let told = self.troubled.is_some_and(|since| now.saturating_sub(since) >= OTHERS_SHOW);
        let errors =
            if told { penalty::completions(&self.window, outlook.common) } else { Grounds::default() };
        if outlook.is_cold || outlook.common.contains(Symptom::Slow) {
            return errors;
        }
        errors.or(penalty::latency(&self.window))
    }

    fn target(&self) -> f64 {
        (100.0 * (1.0 - self.grounds.penalty)).max(FLOOR)
    }

    /// Provider errors beyond the others', once they have lasted longer than it takes every region to be scraped.
    fn provider(&mut self, usual: Option<f64>, now: Duration) -> Grounds {
        let grounds = usual.map_or_else(Grounds::default, |usual| penalty::provider(&self.window, usual));
        self.exceeds = (grounds.penalty > 0.0).then(|| self.exceeds.unwrap_or(now));
        let lasts = self.exceeds.is_some_and(|since| now.saturating_sub(since) >= EXCESS);
        if lasts { grounds } else { Grounds::default() }
    }

    /// The penalty that the run of clean attempts leaves possible. Without any completions, what is scraped or read
    /// otherwise is all there is.
    fn doubt(&self, ignored: Symptoms) -> f64 {
        let none = self.window.sum(30).attempts(ignored) == 0.0;
        if none { 0.0 } else { penalty::left(upper(0.0, f64::from(self.clean))) }
    }

    /// Tells a fall in steps of five points, a rise in steps of ten, and a change of state.
    fn announce(&mut self) -> bool {
        let was = (self.announced, self.degraded);
        let (low, high) = (steps(self.weight.floor(), RISE_TOLD), steps(self.weight.ceil() + 4.0, FALL_TOLD));
        self.announced = self.announced.clamp(low, high);
        self.degraded = self.weight < if self.degraded { HEALTHY } else { DEGRADED };
        was != (self.announced, self.degraded)
    }

    /// The moment at which the announced weight could fall next, while it falls.
    pub(super) fn moves_at(&self) -> Option<Duration> {
        let next = f64::from(self.announced.saturating_sub(FALL_TOLD));
        let wait = (self.weight.max(self.reach) - next).max(0.0) / FALL_RATE;
        (self.target() <= next)
            .then(|| self.judged.map(|at| at.saturating_add(Duration::from_secs_f64(wait))))?
    }
}

/// As many whole steps as fit, in points.
fn steps(weight: f64, step: u8) -> u8 {
    weight as u8 / step * step
}

/// Never less for soft evidence alone.
const FLOOR: f64 = 10.0;
/// Below it a region is degraded, and from `HEALTHY` on it is no longer.
const DEGRADED: f64 = 80.0;
const HEALTHY: f64 = 90.0;
/// Steps in which a weight is announced.
const FALL_TOLD: u8 = 5;
const RISE_TOLD: u8 = 10;
/// At most so many points at once, and after that so many a second.
const FALL_STEP: f64 = 25.0;
const FALL_RATE: f64 = 5.0;
/// A fault so long ago is out of the short window.
const FORGOTTEN: Duration = Duration::from_secs(90);
/// No weight falls for completions before the other regions have had time to show the same.
const OTHERS_SHOW: Duration = Duration::from_secs(15);
/// How long an excess of provider errors has to last.
const EXCESS: Duration = Duration::from_secs(120);
/// Points a second.
const RISE_RATE: f64 = 0.5;
