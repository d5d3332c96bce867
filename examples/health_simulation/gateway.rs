//! A region's gateway as probes meet it, well or in one of its faults.

use std::time::Duration;

use meridian::health::{DatabaseState, FaultClass, Layer, Reading, Traffic};

use crate::chance::Chance;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// Nothing listens.
    Refused,
    /// Nothing comes back.
    Blackhole,
    /// The kernel accepts, nobody answers.
    Frozen,
    /// Completions with a key are refused for want of the database; readiness says so.
    Database,
    /// This share of completions fails in the gateway.
    Errors(f64),
    /// First tokens come around so many seconds.
    Slow(f64),
    /// Liveliness times out half the time, first tokens come around 12 s, three in ten completions are rejected.
    Overload,
    /// Liveliness is well; this share of completions is rejected.
    Rejects(f64),
    /// Every completion of a real model fails at its provider.
    Providers,
    /// Our key is refused.
    WrongKey,
    /// One of four pods behind the address says that it shuts down.
    OnePodDrains,
    /// All of it says so.
    Drains,
}

/// One attempt as it ends.
pub(crate) struct Attempt {
    pub(crate) layer: Layer,
    pub(crate) result: Result<(), FaultClass>,
    pub(crate) took: Duration,
    pub(crate) reading: Reading,
}

fn attempt(layer: Layer, result: Result<(), FaultClass>, seconds: f64) -> Attempt {
    Attempt { layer, result, took: Duration::from_secs_f64(seconds), reading: Reading::Nothing }
}

/// A hard round, whose bound is `timeout` seconds.
pub(crate) fn hard(fault: Option<Fault>, timeout: f64, chance: &mut Chance) -> Attempt {
    let well = attempt(Layer::Liveliness, Ok(()), 0.005);
    let stalled = attempt(Layer::Liveliness, Err(FaultClass::Timeout), timeout - 0.001);
    let refused = attempt(Layer::Tcp, Err(FaultClass::Refused), 0.001);
    let drains = attempt(Layer::Liveliness, Err(FaultClass::Drain), 0.005);
    match fault {
        Some(Fault::Refused) => refused,
        Some(Fault::Blackhole) => attempt(Layer::Tcp, Err(FaultClass::Timeout), timeout),
        Some(Fault::Frozen) => stalled,
        Some(Fault::Overload) if chance.happens(0.5) => stalled,
        Some(Fault::OnePodDrains) if chance.happens(0.25) => drains,
        Some(Fault::Drains) => drains,
        _ => well,
    }
}

pub(crate) fn readiness(fault: Option<Fault>, timeout: f64) -> Attempt {
    let lost = |class, seconds| attempt(Layer::Readiness, Err(class), seconds);
    match fault {
        Some(Fault::Refused) => lost(FaultClass::Refused, 0.001),
        Some(Fault::Blackhole | Fault::Frozen) => lost(FaultClass::Timeout, timeout),
        Some(Fault::Drains) => lost(FaultClass::Drain, 0.005),
        Some(Fault::Database) => Attempt {
            reading: Reading::Database(DatabaseState::Disconnected),
            ..lost(FaultClass::Database, 0.01)
        },
        _ => Attempt {
            reading: Reading::Database(DatabaseState::Connected),
            ..attempt(Layer::Readiness, Ok(()), 0.005)
        },
    }
}

/// A completion of the mock model, whose bound is `timeout` seconds.
pub(crate) fn completion(fault: Option<Fault>, timeout: f64, chance: &mut Chance) -> Attempt {
    let lost = |class, seconds| attempt(Layer::Completion, Err(class), seconds);
    let answered = |after: f64| match after {
        after if after > timeout => lost(FaultClass::Timeout, timeout),
        after => Attempt {
            reading: Reading::FirstToken(Duration::from_secs_f64(after)),
            ..attempt(Layer::Completion, Ok(()), after + 0.02)
        },
    };
    match fault {
        Some(Fault::Refused) => lost(FaultClass::Refused, 0.001),
        Some(Fault::Blackhole | Fault::Frozen) => lost(FaultClass::Timeout, timeout),
        Some(Fault::Database) => lost(FaultClass::Database, 0.04),
        Some(Fault::Errors(share)) if chance.happens(share) => lost(FaultClass::Gateway, 0.1),
        Some(Fault::Slow(median)) => answered(chance.around(median, SPREAD)),
        Some(Fault::Overload) if chance.happens(0.3) => lost(FaultClass::Capacity, 0.01),
        Some(Fault::Overload) => answered(chance.around(12.0, SPREAD)),
        Some(Fault::Rejects(share)) if chance.happens(share) => lost(FaultClass::Capacity, 0.01),
        Some(Fault::WrongKey) => lost(FaultClass::Misconfigured, 0.01),
        _ => answered(chance.around(0.1, SPREAD)),
    }
}

/// What the region served, as its own Prometheus has it; none: it cannot be asked, or served nobody.
pub(crate) fn traffic(fault: Option<Fault>, seconds: f64, chance: &mut Chance) -> Option<Traffic> {
    let all = REQUESTS * seconds;
    let share = |chance: &mut Chance, probability| chance.count(all, probability) / all;
    let mut traffic =
        Traffic { requests: REQUESTS, within_5s: Some(1.0), in_flight: Some(0.3), ..Traffic::default() };
    match fault {
        Some(Fault::Refused | Fault::Blackhole | Fault::Frozen | Fault::Drains) => return None,
        Some(Fault::Errors(errors)) => traffic.gateway_errors = share(chance, errors),
        Some(Fault::Slow(median)) => {
            let late = (0..100).filter(|_| chance.around(median, SPREAD) > 5.0).count();
            traffic.within_5s = Some(1.0 - late as f64 / 100.0);
        }
        Some(Fault::Overload) => {
            traffic = Traffic {
                within_5s: Some(0.02),
                in_flight: Some(1.0),
                rejected: share(chance, 0.3),
                ..traffic
            };
        }
        Some(Fault::Rejects(rejected)) => {
            traffic = Traffic { in_flight: Some(0.95), rejected: share(chance, rejected), ..traffic };
        }
        Some(Fault::Providers) => traffic.provider_errors = share(chance, 0.98),
        Some(Fault::Database | Fault::WrongKey | Fault::OnePodDrains) | None => {}
    }
    Some(traffic)
}

/// Requests a second of a region.
const REQUESTS: f64 = 20.0;
/// The 95th percentile of a first token is one and a half times its median.
const SPREAD: f64 = 0.25;
