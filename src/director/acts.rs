//! What operators and gateways ask for over the socket, answered from the World and the snapshot.

use std::fmt;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::audit::{links, verify};
use super::orders::Order;
use super::reload::problem_line;
use super::start::Director;
use super::succession::TRY_AGAIN;
use crate::admin::{self, Act, Refusal, Whereabouts};
use crate::answer::{self, Explanation, Unexplained, Unsupposed};
use crate::client::Prefix;
use crate::config::Problem;
use crate::now::Now;
use crate::region::RegionId;
use crate::snapshot::Snapshot;
use crate::store::StoreTask;
use crate::world::{Push, PushRefusal, Supposed, World};
use crate::zone::Rtype;

impl Director {
    /// Does an act, or sends it on its way.
    pub(super) fn act(&mut self, act: Act) {
        let Some(act) = self.possible(act) else { return };
        match act {
            Act::Status(reply) => answer(reply, self.status()),
            Act::Override(proposal, reply) => self.order(Order::Impose(proposal, reply)),
            Act::Lift(lift, reply) => self.order(Order::Lift(lift, reply)),
            Act::Reload(leave, reply) => self.reload(leave, Some(reply)),
            Act::Push(word, reply) => answer(reply, self.push(word)),
            Act::Unpush { region, source, reply } => answer(reply, self.unpush(&region, &source)),
            Act::Observe(report, reply) => answer(reply, self.report(&report)),
            Act::Explain(question, reply) => {
                let snapshot = self.snapshots.load();
                answer(reply, explain(&self.world, &snapshot, &question, self.clock.now()));
            }
            Act::Where(client, service, reply) => answer(reply, self.whereabouts(client, service.as_deref())),
            Act::Overview(service, reply) => answer(reply, self.overview(service.as_deref())),
            Act::Recent(limit, reply) => self.recent(limit, reply),
            Act::Verify(reply) => self.read(reply, verify),
            Act::Links { since, limit, reply } => {
                self.read(reply, move |store| async move { links(&store, since, limit).await });
            }
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

    /// The act, unless it would change something while a successor is at work; then it is refused.
    fn possible(&self, act: Act) -> Option<Act> {
        if !self.succession.is_under_way() {
            return Some(act);
        }
        let refusal = || Refusal::Store(TRY_AGAIN.to_owned());
        match act {
            Act::Override(_, reply) => answer(reply, Err(refusal())),
            Act::Lift(_, reply) => answer(reply, Err(refusal())),
            Act::Push(_, reply) | Act::Unpush { reply, .. } => answer(reply, Err(refusal())),
            Act::Observe(_, reply) => answer(reply, Err(refusal())),
            Act::History { reply, .. } | Act::Recent(_, reply) => answer(reply, Err(refusal())),
            Act::Verify(reply) => answer(reply, Err(refusal())),
            Act::Links { reply, .. } => answer(reply, Err(refusal())),
            Act::Reload(_, reply) => {
                let problem = Problem::of_file(self.path.clone(), "", TRY_AGAIN);
                answer(reply, Err(vec![problem_line(&problem)]));
            }
            Act::Status(_) | Act::Explain(..) | Act::Where(..) | Act::Overview(..) => return Some(act),
        }
        None
    }

    /// Reads from the store beside the loop.
    fn read<T, F>(
        &mut self,
        reply: oneshot::Sender<Result<T, Refusal>>,
        read: impl FnOnce(Arc<StoreTask>) -> F + Send + 'static,
    ) where
        T: Send + 'static,
        F: Future<Output = Result<T, Refusal>> + Send,
    {
        let store = self.record.store();
        self.reads.spawn(async move {
            let nothing =
                || Refusal::Store("no [state] directory is configured, so nothing is kept".to_owned());
            let read = match store.ok_or_else(nothing) {
                Ok(store) => read(store).await,
                Err(refusal) => Err(refusal),
            };
            answer(reply, read);
        });
    }

    fn whereabouts(&self, client: ipnet::IpNet, service: Option<&str>) -> Result<Whereabouts, Refusal> {
        let client = Prefix::around(client.addr(), client.prefix_len());
        let snapshot = self.snapshots.load();
        let catalog = snapshot.catalog();
        let unknown = |name: &str| {
            let services: Vec<&str> = catalog.services.iter().map(|service| &*service.name).collect();
            Refusal::Unknown(format!("there is no service {name}; the services are {}", services.join(", ")))
        };
        let service = service.map(|name| catalog.service(name).ok_or_else(|| unknown(name))).transpose()?;
        let found = answer::whereabouts(&snapshot, client, service);
        let name = |region: RegionId| catalog.regions[region.index()].name.clone();
        Ok(Whereabouts {
            countries: found.countries.iter().map(|country| country.code().into()).collect(),
            fences: found.fences.iter().map(|fence| catalog.fences[fence.index()].name.clone()).collect(),
            allowed: found.allowed.iter().map(name).collect(),
            chosen: found.chosen.map(name),
        })
    }

    /// What a machine says of a region; a word that only repeats itself makes no new picture.
    fn push(&mut self, word: Push) -> Result<u64, Refusal> {
        let now = self.clock.now();
        let heard = self.world.push(word, now).map_err(|refusal| refused(&refusal))?;
        if heard.moved {
            self.publish();
        }
        self.tell(heard.events);
        Ok(self.epoch())
    }

    fn unpush(&mut self, region: &str, source: &str) -> Result<u64, Refusal> {
        let event =
            self.world.unpush(region, source, self.clock.now()).map_err(|refusal| refused(&refusal))?;
        let epoch = self.publish();
        self.tell(vec![event]);
        Ok(epoch)
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

fn refused(refusal: &PushRefusal) -> Refusal {
    match refusal {
        PushRefusal::Stale { last, .. } => Refusal::Stale { last: *last, what: refusal.to_string() },
        PushRefusal::Crowded { .. } => Refusal::Invalid(refusal.to_string()),
        PushRefusal::UnknownRegion { .. } | PushRefusal::NoWord { .. } => {
            Refusal::Unknown(refusal.to_string())
        }
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
