//! What operators and gateways ask for over the socket, answered from the World and the snapshot.

use std::fmt;

use tokio::sync::oneshot;

use super::orders::Order;
use super::start::Director;
use crate::admin::{self, Act, Refusal, Report, Whereabouts};
use crate::answer::{self, Explanation, Unexplained, Unsupposed};
use crate::client::Prefix;
use crate::health::{Observation, Reading, VantageId};
use crate::now::Now;
use crate::region::RegionId;
use crate::snapshot::Snapshot;
use crate::world::{Supposed, World};
use crate::zone::Rtype;

impl Director {
    /// Does an act, or sends it on its way.
    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Status(reply) => {
                let mut status = self.world.status(self.clock.now());
                status.alarms.extend(self.certificate_alarm());
                status.alarms.extend(self.locations.alarms());
                status.proof.clone_from(&self.proof);
                answer(reply, status);
            }
            Act::Override(proposal, reply) => self.order(Order::Impose(proposal, reply)),
            Act::Lift(lift, reply) => self.order(Order::Lift(lift, reply)),
            Act::Reload(drifting, reply) => self.reload(drifting, Some(reply)),
            Act::Observe(report, reply) => answer(reply, self.report(&report)),
            Act::Explain(question, reply) => {
                let snapshot = self.snapshots.load();
                answer(reply, explain(&self.world, &snapshot, &question, self.clock.now()));
            }
            Act::Where(client, reply) => answer(reply, self.whereabouts(client)),
            Act::Overview(service, reply) => answer(reply, self.overview(service.as_deref())),
            Act::Recent(limit, reply) => self.recent(limit, reply),
            Act::History { since, limit, reply } => {
                let store = self.record.store();
                self.reads.spawn(async move {
                    let events = match store {
                        Some(store) => store
                            .events_since(since, limit)
                            .await
                            .map_err(|error| Refusal::Store(error.to_string())),
                        None => Ok(Vec::new()),
                    };
                    answer(reply, events);
                });
            }
        }
    }

    fn whereabouts(&self, client: ipnet::IpNet) -> Result<Whereabouts, Refusal> {
        let client = Prefix::around(client.addr(), client.prefix_len());
        let snapshot = self.snapshots.load();
        let found = answer::whereabouts(&snapshot, client);
        let catalog = snapshot.catalog();
        let name = |region: RegionId| catalog.regions[region.index()].name.clone();
        Ok(Whereabouts {
            countries: found.countries.iter().map(|country| country.code().into()).collect(),
            fences: found.fences.iter().map(|fence| catalog.fences[fence.index()].name.clone()).collect(),
            allowed: found.allowed.iter().map(name).collect(),
            chosen: found.chosen.map(name),
        })
    }

    /// Observations that came over the socket: all of them, or none when one names what does not exist.
    fn report(&mut self, report: &Report) -> Result<(), Refusal> {
        let seen: Vec<Observation> = report
            .observations
            .iter()
            .map(|observed| self.observation(observed))
            .collect::<Result<_, _>>()?;
        if report.sequence <= self.last_sequence {
            return Err(Refusal::Stale(format!(
                "sequence {} of {}; the last one taken is {}, and each must be above it",
                report.sequence, report.vantage, self.last_sequence
            )));
        }
        self.last_sequence = report.sequence;
        self.take(&seen);
        Ok(())
    }

    fn observation(&self, observed: &admin::Observed) -> Result<Observation, Refusal> {
        let catalog = self.world.catalog();
        let region = catalog.region(&observed.region);
        let region =
            region.ok_or_else(|| Refusal::Unknown(format!("there is no region {}", observed.region)))?;
        let endpoints = &catalog.regions[region.index()].endpoints;
        let endpoint = endpoints.iter().position(|endpoint| *endpoint == observed.endpoint);
        let endpoint = endpoint.ok_or_else(|| {
            Refusal::Unknown(format!(
                "{} has no endpoint {}; it has {endpoints:?}",
                observed.region, observed.endpoint
            ))
        })?;
        Ok(Observation {
            vantage: VantageId::default(),
            region,
            endpoint: endpoint as u16,
            layer: observed.layer,
            result: observed.result,
            took: observed.took,
            reading: Reading::Nothing,
        })
    }
}

/// Explains from the picture that is served, or from the one that would be under the question's suppositions.
pub(super) fn explain(
    world: &World,
    served: &Snapshot,
    question: &admin::Question,
    now: Now,
) -> Result<Explanation, Refusal> {
    let invalid = |what: &dyn fmt::Display| Refusal::Invalid(what.to_string());
    let client =
        Prefix::new(question.client.addr(), question.client.prefix_len()).map_err(|error| invalid(&error))?;
    let asked = answer::Question {
        name: &question.name,
        rtype: Rtype(question.rtype),
        client,
        resolver: question.resolver,
    };
    let refused = |error: Unexplained| match error {
        Unexplained::NotAName(_) => invalid(&error),
        Unexplained::NotSteered { .. } | Unexplained::NoSuchType { .. } => {
            Refusal::Unknown(error.to_string())
        }
    };
    let mut explained = answer::explain(served, &asked, now).map_err(refused)?;
    let names: Vec<Box<str>> = question.suppositions.iter().map(|one| one.region.clone()).collect();
    if !names.is_empty() {
        let states = question.suppositions.iter().map(|one| supposed(one.state));
        let supposed: Vec<(Box<str>, Supposed)> = names.iter().cloned().zip(states).collect();
        let picture =
            world.suppose(&supposed, now).map_err(|refusal| Refusal::Unknown(refusal.to_string()))?;
        let without = Unsupposed { region: explained.region, reason: explained.reason };
        explained = answer::explain(&picture, &asked, now).map_err(refused)?;
        explained.grounds.unsupposed = Some(without);
    }
    world.annotate(&mut explained, &names, now);
    Ok(explained)
}

fn supposed(state: admin::Supposed) -> Supposed {
    match state {
        admin::Supposed::Up => Supposed::Up,
        admin::Supposed::Down => Supposed::Down,
        admin::Supposed::Drained => Supposed::Drained,
    }
}

fn answer<T>(reply: oneshot::Sender<T>, result: T) {
    let _asker_left = reply.send(result);
}
