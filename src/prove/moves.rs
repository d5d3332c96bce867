//! How many slots a share moves: small changes make small moves.
//!
//! For each region alone in front, at each weight from 0 to 100: the slots that it holds are its share of the table, to
//! within one, and a step of 1 % takes only slots that it did not hold.

use super::ledger::{Counterexample, Invariant, Ledger};
use super::subject::Subject;
use crate::client::Prefix;
use crate::region::{RegionId, RegionSet};
use crate::steer::{FenceId, Route, SLOTS, ServiceId, Spread, State, Tables, View, seed};

/// Sweeps the share of every region in front of another one.
#[must_use]
pub fn moves(subject: &Subject<'_>) -> Ledger {
    let mut ledger = Ledger::default();
    let count = subject.catalog.regions.len() as u16;
    for (region, next) in
        (0..count).map(|at| (RegionId(at), RegionId((at + 1) % count))).filter(|_| count > 1)
    {
        let mut before = vec![false; SLOTS];
        for weight in 0..=100_u8 {
            let held = held(subject, region, next, weight);
            let slots = held.iter().filter(|held| **held).count();
            let share = f64::from(weight) / 100.0;
            let lost = before.iter().zip(&held).any(|(before, held)| *before && !held);
            ledger.count(Invariant::SmallMoves, 1);
            if lost || (slots as f64 - share * SLOTS as f64).abs() > TOLERANCE {
                let found = format!("{slots} of {SLOTS} slots at weight {weight}");
                ledger.fail(Invariant::SmallMoves, failure(subject, region, found, share));
            }
            before = held;
        }
    }
    ledger
}

/// Which slots `region` holds at a weight, with `next` behind it.
fn held(subject: &Subject<'_>, region: RegionId, next: RegionId, weight: u8) -> Vec<bool> {
    let allowed: RegionSet = [region, next].into_iter().collect();
    let view =
        View { order: Box::new([region, next]), allowed, fences: Box::new([] as [FenceId; 0]), sink: None };
    let state = |(at, known): (usize, &crate::region::Region)| {
        let weight = if at == region.index() { weight } else { 100 };
        State { rejection: None, weight, share: SLOTS as u16, seed: seed(&known.name) }
    };
    let states: Vec<State> = subject.catalog.regions.iter().enumerate().map(state).collect();
    let route: Route = (subject.decide)(&view, &Spread::Ordered, &states, &mut Tables::default());
    (0..SLOTS as u16).map(|slot| route.at(slot).is_some_and(|(held, _)| held == region)).collect()
}

fn failure(subject: &Subject<'_>, region: RegionId, found: String, share: f64) -> Counterexample {
    let nowhere: Prefix = "0.0.0.0/8".parse().expect("0.0.0.0/8 is a prefix");
    let expected = share * SLOTS as f64;
    Counterexample {
        states: vec![(subject.region(region).to_owned(), "another weight")],
        service: subject.service(ServiceId(0)).to_owned(),
        client: nowhere,
        found,
        allowed: format!("{expected:.0} ± {:.0}, and none that it gives up for more weight", TOLERANCE),
    }
}

/// By how many slots a share in front may miss its part of the table: it is rounded to whole slots.
const TOLERANCE: f64 = 1.0;
