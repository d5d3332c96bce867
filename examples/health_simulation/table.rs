//! The rows: what happens, what the reference's best judge made of it, and what this one has to make of it.

use crate::gateway::Fault;
use crate::run::{Outcome, Run, Scene};

/// A row of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) scene: Scene,
    /// What the reference's table says of it.
    pub(crate) reference: &'static str,
    pub(crate) bounds: Bounds,
}

/// What a row has to keep. Times are seconds until a quarter of the weight is gone.
#[derive(Clone, Copy, Default)]
pub(crate) struct Bounds {
    /// Whether nothing may happen at all; otherwise at least this share of the runs acts.
    pub(crate) acts: (f64, f64),
    pub(crate) median: Option<f64>,
    pub(crate) p90: Option<f64>,
    pub(crate) changes: Option<f64>,
    /// The median of the least weight, at least.
    pub(crate) least: Option<u8>,
    /// Median seconds until half is gone, and all of it.
    pub(crate) half: Option<f64>,
    pub(crate) out: Option<f64>,
    /// The most that may go in one step, in any run.
    pub(crate) step: Option<u8>,
}

/// What the runs of a row made of it.
pub(crate) struct Result {
    pub(crate) acts: f64,
    pub(crate) median: f64,
    pub(crate) p90: f64,
    pub(crate) half: f64,
    pub(crate) out: f64,
    pub(crate) least: u8,
    pub(crate) changes: f64,
    pub(crate) back: f64,
    pub(crate) step: u8,
}

impl Row {
    pub(crate) fn play(&self, seeds: u64) -> Result {
        let outcomes: Vec<Outcome> = (1..=seeds).map(|seed| Run::new(self.scene, seed).play()).collect();
        let of = |pick: fn(&Outcome) -> Option<f64>| {
            let mut found: Vec<f64> = outcomes.iter().map(|one| pick(one).unwrap_or(f64::INFINITY)).collect();
            found.sort_by(f64::total_cmp);
            found
        };
        let acting: Vec<f64> = of(|one| one.quarter).into_iter().filter(|time| time.is_finite()).collect();
        let mut least: Vec<u8> = outcomes.iter().map(|one| one.least).collect();
        least.sort_unstable();
        Result {
            acts: acting.len() as f64 / outcomes.len() as f64,
            median: at(&acting, 0.5),
            p90: at(&acting, 0.9),
            half: at(&of(|one| one.half), 0.5),
            out: at(&of(|one| one.out), 0.5),
            least: least[least.len() / 2],
            changes: outcomes.iter().map(|one| f64::from(one.changes)).sum::<f64>() / outcomes.len() as f64,
            back: at(&of(|one| one.back), 0.5),
            step: outcomes.iter().map(|one| one.step).max().unwrap_or(0),
        }
    }
}

fn at(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get(((sorted.len() as f64 * part) as usize).min(last)).copied().unwrap_or(f64::INFINITY)
}

impl Result {
    /// What of the bounds is not kept.
    pub(crate) fn lost(&self, bounds: &Bounds) -> Vec<String> {
        let mut lost = Vec::new();
        let mut keep = |kept: bool, what: String| {
            if !kept {
                lost.push(what);
            }
        };
        let (from, to) = bounds.acts;
        let (acts, percent) = (self.acts, 100.0 * self.acts);
        keep(
            (from..=to).contains(&acts),
            format!("{percent:.0} % of runs act; {:.0} to {:.0} % should", 100.0 * from, 100.0 * to),
        );
        let mut at_most = |name: &str, found: f64, most: Option<f64>| {
            keep(
                most.is_none_or(|most| found <= most),
                format!("{name} {found:.1}; at most {:.1}", most.unwrap_or(0.0)),
            );
        };
        at_most("median", self.median, bounds.median);
        at_most("p90", self.p90, bounds.p90);
        at_most("changes", self.changes, bounds.changes);
        at_most("half gone", self.half, bounds.half);
        at_most("out", self.out, bounds.out);
        at_most("step", f64::from(self.step), bounds.step.map(f64::from));
        keep(bounds.least.is_none_or(|least| self.least >= least), format!("least weight {}", self.least));
        lost
    }
}

const NOTHING: Bounds = Bounds {
    acts: (0.0, 0.0),
    median: None,
    p90: None,
    changes: Some(0.0),
    least: Some(100),
    half: None,
    out: None,
    step: None,
};
const ACTS: Bounds = Bounds { acts: (1.0, 1.0), least: None, changes: Some(2.0), ..NOTHING };

const HALF_HOUR: u64 = 1_800;

/// Every row.
pub(crate) fn rows() -> Vec<Row> {
    let three = Scene {
        fault: None,
        everywhere: false,
        cut_off: false,
        lasts: HALF_HOUR,
        vantages: 3,
        metrics: false,
    };
    let of = |fault| Scene { fault: Some(fault), ..three };
    let metrics = |fault| Scene { metrics: true, ..of(fault) };
    let row = |name, scene, reference, bounds| Row { name, scene, reference, bounds };
    let timed = |median: f64, p90: f64| Bounds { median: Some(median), p90: Some(p90), ..ACTS };
    let blip = |fault| Scene { lasts: 20, ..of(fault) };
    let one = |fault| Scene { vantages: 1, ..of(fault) };
    vec![
        row("hard down", of(Fault::Refused), "20 (30), chg 3.5", timed(25.0, 30.0)),
        row("hard down, black hole", of(Fault::Blackhole), "20 (30), chg 3.5", timed(30.0, 32.0)),
        row("20 s blip", blip(Fault::Refused), "60 % act, min 59, chg 2.2", NOTHING),
        row("20 s blip, black hole", blip(Fault::Blackhole), "60 % act, min 59, chg 2.2", NOTHING),
        row(
            "20 s blip + metrics",
            Scene { metrics: true, ..blip(Fault::Refused) },
            "all act, min 44, chg 2.5",
            NOTHING,
        ),
        row(
            "auth DB gone",
            of(Fault::Database),
            "30, floor 10",
            Bounds { changes: None, ..timed(30.0, 60.0) },
        ),
        row("50 % errors", of(Fault::Errors(0.5)), "50 (80), chg 2.0", timed(50.0, 80.0)),
        row("50 % errors + metrics", metrics(Fault::Errors(0.5)), "30 (30), chg 2.0", timed(30.0, 30.0)),
        row(
            "20 % errors",
            of(Fault::Errors(0.2)),
            "110 (250), chg 2.4",
            Bounds { changes: Some(2.4), ..timed(110.0, 250.0) },
        ),
        row("20 % errors + metrics", metrics(Fault::Errors(0.2)), "60 (60), chg 2.0", timed(60.0, 60.0)),
        row(
            "5 % errors",
            of(Fault::Errors(0.05)),
            "88 % act, 600 (1130), chg 5.7",
            Bounds { acts: (0.88, 1.0), changes: Some(5.6), ..timed(600.0, 1130.0) },
        ),
        row(
            "5 % errors + metrics",
            metrics(Fault::Errors(0.05)),
            "190 (190), min 59, chg 2.0",
            timed(190.0, 190.0),
        ),
        row(
            "1 % errors",
            of(Fault::Errors(0.01)),
            "6 % act, min 89",
            Bounds { acts: (0.0, 0.059), least: Some(89), changes: Some(0.2), ..NOTHING },
        ),
        row(
            "1 % errors + metrics",
            metrics(Fault::Errors(0.01)),
            "6 % act, min 89",
            Bounds { acts: (0.0, 0.059), least: Some(89), changes: Some(0.2), ..NOTHING },
        ),
        row(
            "one provider dead (0.5 %)",
            of(Fault::Errors(0.005)),
            "1 % act, min 89",
            Bounds { acts: (0.0, 0.017), least: Some(89), changes: Some(0.05), ..NOTHING },
        ),
        row("first token 7 s", of(Fault::Slow(7.0)), "30 (40)", timed(30.0, 40.0)),
        row("first token 4 s", of(Fault::Slow(4.0)), "110 (230), min 54", timed(110.0, 230.0)),
        row("overload", of(Fault::Overload), "30, chg 4.6", timed(30.0, 60.0)),
        row("overload + metrics", metrics(Fault::Overload), "30, chg 7.1", timed(30.0, 60.0)),
        row("1 of 3 vantages cut off", Scene { cut_off: true, ..three }, "no action, min 89", NOTHING),
        row(
            "frozen",
            of(Fault::Frozen),
            "-",
            Bounds { half: Some(25.0), out: Some(45.0), changes: Some(4.0), ..timed(25.0, 30.0) },
        ),
        row(
            "overload, admission control",
            of(Fault::Rejects(0.5)),
            "-",
            Bounds { step: Some(30), ..timed(50.0, 90.0) },
        ),
        row("all drain", of(Fault::Drains), "-", timed(15.0, 15.0)),
        row(
            "one pod of four drains 60 s",
            Scene { lasts: 60, ..of(Fault::OnePodDrains) },
            "-",
            Bounds { acts: (0.0, 0.05), changes: Some(0.2), ..NOTHING },
        ),
        row(
            "all providers dead everywhere",
            Scene { everywhere: true, ..metrics(Fault::Providers) },
            "no action",
            NOTHING,
        ),
        row("shared database gone", Scene { everywhere: true, ..of(Fault::Database) }, "no action", NOTHING),
        row(
            "50 % errors everywhere",
            Scene { everywhere: true, ..of(Fault::Errors(0.5)) },
            "no action",
            Bounds { acts: (0.0, 0.5), changes: None, least: None, ..NOTHING },
        ),
        row("wrong key everywhere", Scene { everywhere: true, ..of(Fault::WrongKey) }, "no action", NOTHING),
        row("one vantage: hard down", one(Fault::Refused), "20 (30), chg 3.5", timed(20.0, 30.0)),
        row(
            "one vantage: frozen",
            one(Fault::Frozen),
            "-",
            Bounds { half: Some(25.0), out: Some(45.0), changes: Some(4.0), ..timed(25.0, 30.0) },
        ),
        row(
            "one vantage: 50 % errors",
            one(Fault::Errors(0.5)),
            "-",
            Bounds { acts: (0.9, 1.0), ..timed(100.0, 200.0) },
        ),
        row("one vantage: first token 7 s", one(Fault::Slow(7.0)), "-", timed(60.0, 70.0)),
        row(
            "one vantage: overload",
            one(Fault::Overload),
            "-",
            Bounds { changes: Some(6.0), ..timed(60.0, 90.0) },
        ),
    ]
}
