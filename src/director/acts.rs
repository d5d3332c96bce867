//! What operators and gateways ask for over the socket, answered from the World and the snapshot.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::orders::Order;
use super::start::Director;
use crate::admin::{self, Act, Refusal, Report, Whereabouts};
use crate::answer::{self, Explanation, Unexplained};
use crate::client::Prefix;
use crate::health::Observation;
use crate::region::RegionId;
use crate::world::Supposed;
use crate::zone::Rtype;

impl Director {
    /// Does an act, or sends it on its way.
    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Status(reply) => answer(reply, self.world.status(self.clock.now())),
            Act::Override(proposal, reply) => self.order(Order::Impose(proposal, reply)),
            Act::Lift(lift, reply) => self.order(Order::Lift(lift, reply)),
            Act::Reload(reply) => self.reload(Some(reply)),
            Act::Observe(report, reply) => answer(reply, self.report(&report)),
            Act::Explain(question, reply) => answer(reply, self.explain(&question)),
            Act::Where(client, reply) => answer(reply, self.whereabouts(client)),
            Act::History { since, limit, reply } => {
                let store = self.record.store();
                self.reads.spawn(async move {
                    let events = match store {
                        Some(store) => store.events_since(since, limit).await.map_err(|error| Refusal::Store(error.to_string())),
                        None => Ok(Vec::new()),
                    };
                    answer(reply, events);
                });
            }
        }
    }

    fn explain(&self, question: &admin::Question) -> Result<Explanation, Refusal> {
        let invalid = |what: &dyn std::fmt::Display| Refusal::Invalid(what.to_string());
        let client = Prefix::new(question.client.addr(), question.client.prefix_len()).map_err(|error| invalid(&error))?;
        let asked = answer::Question {
            name: &question.name,
            rtype: Rtype(question.rtype),
            client,
            resolver: question.resolver,
        };
        let now = self.clock.now();
        let supposed: Vec<(Box<str>, Supposed)> =
            question.suppositions.iter().map(|one| (one.region.clone(), supposed(one.state))).collect();
        let snapshot = match supposed.as_slice() {
            [] => self.snapshots.load_full(),
            supposed => Arc::new(self.world.suppose(supposed, now).map_err(|refusal| Refusal::Unknown(refusal.to_string()))?),
        };
        answer::explain(&snapshot, &asked, now).map_err(|error| match error {
            Unexplained::NotAName(_) => invalid(&error),
            Unexplained::NotSteered { .. } | Unexplained::NoSuchType { .. } => Refusal::Unknown(error.to_string()),
        })
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
        let seen: Vec<Observation> =
            report.observations.iter().map(|observed| self.observation(observed)).collect::<Result<_, _>>()?;
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
        let region = region.ok_or_else(|| Refusal::Unknown(format!("there is no region {}", observed.region)))?;
        let endpoints = &catalog.regions[region.index()].endpoints;
        let endpoint = endpoints.iter().position(|endpoint| *endpoint == observed.endpoint);
        let endpoint = endpoint.ok_or_else(|| {
            Refusal::Unknown(format!("{} has no endpoint {}; it has {endpoints:?}", observed.region, observed.endpoint))
        })?;
        Ok(Observation {
            region,
            endpoint: endpoint as u16,
            layer: observed.layer,
            result: observed.result,
            took: observed.took,
        })
    }
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
