//! The soft machine of a region: penalties pull its weight down quickly, clean evidence lets it rise slowly.
//!
//! What makes a weight worse is the lower of Wilson's bounds, so that little evidence does little. What makes it better
//! is a run of clean attempts, as long as it takes to tell a cured region from a lucky spell of the faulty one: ten after
//! a region that failed all the time, sixty after one that failed one time in ten.

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
    /// When the weight fell last, and from where.
    fell: Option<(Duration, f64)>,
    /// Until when rises have been granted.
    rising: Option<Duration>,
    /// Clean attempts in a row, and when the last one that was not came in.
    clean: u32,
    fault: Option<Duration>,
    /// When the faults began that have come one soon after the other.
    troubled: Option<Duration>,
    /// The greatest share of failures since the weight was whole.
    worst: f64,
    /// Answered completions in a row, for the way out of a region where none was.
    pub(super) answered: u32,
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
}

impl Soft {
    /// Starts from a kept weight.
    pub(super) fn new(weight: u8) -> Self {
        let weight = weight.clamp(FLOOR as u8, 100);
        Self {
            window: Window::new(),
            weight: f64::from(weight),
            announced: weight,
            degraded: weight < DEGRADED,
            fell: None,
            rising: None,
            clean: 0,
            fault: None,
            troubled: None,
            worst: 0.0,
            answered: 0,
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

    /// Forgets what was seen before a return from down: it was another state of the region.
    pub(super) fn forget(&mut self) {
        self.window = Window::new();
        (self.clean, self.answered, self.worst) = (0, 0, 0.0);
    }

    /// Lets the weight follow the evidence up to `now`. Whether what is announced has changed.
    pub(super) fn judge(&mut self, outlook: &Outlook, now: Duration) -> bool {
        self.window.advance(now);
        let latency = if outlook.is_cold || outlook.common.contains(Symptom::Slow) {
            Grounds::default()
        } else {
            penalty::latency(&self.window)
        };
        let provider = self.provider(outlook.usual, now);
        let ignored = outlook.common;
        let told = self.troubled.is_some_and(|since| now.saturating_sub(since) >= OTHERS_SHOW);
        let errors = if told { penalty::completions(&self.window, ignored) } else { Grounds::default() };
        self.grounds =
            errors.or(latency).or(penalty::metrics(&self.window, ignored)).or(provider).or(outlook.grounds);
        let target = (100.0 * (1.0 - self.grounds.penalty)).max(FLOOR);
        if target < self.weight {
            self.fall(target, now);
        } else {
            self.rise(target, ignored, now);
        }
        self.announce()
    }

    /// Provider errors beyond the others', once they have lasted longer than it takes every region to be scraped.
    fn provider(&mut self, usual: Option<f64>, now: Duration) -> Grounds {
        let grounds = usual.map_or_else(Grounds::default, |usual| penalty::provider(&self.window, usual));
        self.exceeds = (grounds.penalty > 0.0).then(|| self.exceeds.unwrap_or(now));
        let lasts = self.exceeds.is_some_and(|since| now.saturating_sub(since) >= EXCESS);
        if lasts { grounds } else { Grounds::default() }
    }

    fn fall(&mut self, target: f64, now: Duration) {
        let (since, from) = self
            .fell
            .filter(|(since, _)| now.saturating_sub(*since) < FALL_SPAN)
            .unwrap_or((now, self.weight));
        self.fell = Some((since, from));
        self.weight = target.max(from - FALL_STEP).min(self.weight);
        self.rising = None;
        let long = self.window.sum(30);
        let attempts = long.attempts(Symptoms::default()).max(1.0);
        self.worst =
            self.worst.max(long.failures(Symptoms::default()) / attempts).max(long.late[0] / attempts);
    }

    fn rise(&mut self, target: f64, ignored: Symptoms, now: Duration) {
        if self.weight >= 100.0 || !self.is_clean(ignored) {
            self.rising = None;
            return;
        }
        let elapsed = now.saturating_sub(self.rising.unwrap_or(now));
        self.rising = Some(now);
        self.weight = (self.weight + elapsed.as_secs_f64() * RISE_RATE).min(target).max(self.weight);
        if self.weight >= 100.0 {
            self.worst = 0.0;
        }
    }

    /// Whether the run of clean attempts tells a cured region from a lucky spell.
    fn is_clean(&self, ignored: Symptoms) -> bool {
        let long = self.window.sum(30);
        if long.attempts(ignored) == 0.0 {
            // No completions: what is scraped, or read otherwise, is all there is.
            return true;
        }
        let bound = if self.worst > 0.0 { (self.worst / 4.0).clamp(STRICTEST, CURED) } else { CURED };
        upper(0.0, f64::from(self.clean)) < bound
    }

    /// Tells of a change of ten points, of an end of the scale, or of a change of state.
    fn announce(&mut self) -> bool {
        let weight = self.weight.round() as u8;
        let degraded = if self.degraded { weight < HEALTHY } else { weight < DEGRADED };
        let whole = weight == 100 && self.announced != 100;
        let tell = degraded != self.degraded || self.announced.abs_diff(weight) >= STEP || whole;
        if tell {
            self.announced = weight;
            self.degraded = degraded;
        }
        tell
    }

    /// The moment at which the announced weight could move next, while one is under way.
    pub(super) fn moves_at(&self) -> Option<Duration> {
        let target = (100.0 * (1.0 - self.grounds.penalty)).max(FLOOR);
        let (since, _) = self.fell?;
        (target + f64::from(STEP) <= self.weight).then(|| since.saturating_add(FALL_SPAN))
    }
}

/// Never less for soft evidence alone.
const FLOOR: f64 = 10.0;
/// Below it a region is degraded, and from `HEALTHY` on it is no longer.
const DEGRADED: u8 = 80;
const HEALTHY: u8 = 90;
/// Smaller changes are not announced.
const STEP: u8 = 10;
/// At most so many points within this time.
const FALL_STEP: f64 = 25.0;
const FALL_SPAN: Duration = Duration::from_secs(5);
/// A fault so long ago is out of the short window.
const FORGOTTEN: Duration = Duration::from_secs(90);
/// No weight falls for completions before the other regions have had time to show the same.
const OTHERS_SHOW: Duration = Duration::from_secs(15);
/// How long an excess of provider errors has to last.
const EXCESS: Duration = Duration::from_secs(120);
/// Points a second.
const RISE_RATE: f64 = 0.5;
/// The share of failures that clean attempts have to make improbable: at most, and at least.
const CURED: f64 = 0.15;
const STRICTEST: f64 = 0.025;
