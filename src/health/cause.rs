//! What turned, and which evidence turned it.

use std::fmt;

use super::endpoint::EndpointHealth;
use super::evidence::{Layer, Verdict};
use super::fault::FaultClass;
use super::jury::Jury;
use super::penalty::Measured;
use super::plan::ProbePlan;
use crate::region::RegionId;

/// Something that changed in what is concluded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    /// An endpoint's verdict.
    Endpoint {
        /// Whose.
        region: RegionId,
        /// Position in the region's endpoints.
        endpoint: u16,
        /// Before.
        from: Verdict,
        /// Now.
        to: Verdict,
        /// The evidence.
        cause: Cause,
    },
    /// A region's verdict.
    Region {
        /// Which.
        region: RegionId,
        /// Before.
        from: Verdict,
        /// Now.
        to: Verdict,
        /// The evidence.
        cause: Cause,
    },
    /// A region's weight, as announced.
    Weight {
        /// Which.
        region: RegionId,
        /// Before.
        from: u8,
        /// Now.
        to: u8,
        /// The evidence.
        cause: Cause,
    },
}

/// The evidence of a turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cause {
    /// Rounds of the hard layers, as the believed vantages saw them.
    Hard {
        /// The layer that decided.
        layer: Layer,
        /// The fault met; none: it passed.
        fault: Option<FaultClass>,
        /// Rounds in a row, at the vantage that has most.
        rounds: u32,
        /// Vantages that say so, and how many are believed.
        witnesses: (u8, u8),
    },
    /// A measured share.
    Soft(Measured),
    /// Nothing is held against it any more.
    Clean,
}

impl Cause {
    /// Rounds in a row that it rests on; none for what is no matter of rounds.
    pub(super) const fn rounds(&self) -> u32 {
        match self {
            Self::Hard { rounds, .. } => *rounds,
            Self::Soft(_) | Self::Clean => 0,
        }
    }

    /// What an endpoint's last vote rested on.
    pub(super) fn of_vote(endpoint: &EndpointHealth, plan: &ProbePlan, jury: &Jury) -> Self {
        let down = endpoint.verdict() == Verdict::Down;
        let seats =
            || endpoint.seats().iter().enumerate().filter(|(at, _)| jury.believes(*at)).map(|(_, seat)| seat);
        let says = || seats().filter(|seat| seat.machine().is_failing() == down && seat.machine().run() > 0);
        let fault = |layer: Layer| {
            says().find_map(|seat| seat.held(layer)?.result.err()).map(|fault| (layer, Some(fault)))
        };
        let hard = Layer::ALL.into_iter().filter(|layer| layer.is_hard());
        let (layer, fault) = hard.clone().filter(|_| down).find_map(fault).unwrap_or((plan.top(), None));
        let rounds = says().map(|seat| seat.machine().run()).max().unwrap_or(0);
        Self::Hard { layer, fault, rounds, witnesses: (says().count() as u8, jury.count() as u8) }
    }
}

impl fmt::Display for Cause {
    /// As `tcp refused, 3 round(s) in a row, seen by 2 of 3 vantages`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hard { layer, fault, rounds, witnesses: (says, of) } => {
                let result = fault.map_or("passed", FaultClass::word);
                write!(out, "{} {result}, {rounds} round(s) in a row", layer.word())?;
                if *of > 1 { write!(out, ", seen by {says} of {of} vantages") } else { Ok(()) }
            }
            Self::Soft(measured) => measured.fmt(out),
            Self::Clean => out.write_str("clean evidence"),
        }
    }
}
