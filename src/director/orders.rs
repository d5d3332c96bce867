//! Operators' words, one at a time: judged, written durably, taken, published, and only then told "done".
//!
//! Writing happens beside the loop. The next word waits until the one before it is through, so that two cannot break
//! together a rule that each of them keeps.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::record::note;
use super::start::Director;
use crate::admin::{Lift, Mode, Placed, Proposal, Refusal};
use crate::store::{StoreError, StoreTask};
use crate::world::{self, Breach, Event, Override, Place, Sort, StampedEvent};

/// Words that wait, and whether one is being written.
#[derive(Debug, Default)]
pub(super) struct Orders {
    waiting: VecDeque<Order>,
    writing: bool,
}

/// A word to take or to take back, and who waits for the result.
#[derive(Debug)]
pub(super) enum Order {
    Impose(Proposal, oneshot::Sender<Result<Placed, Refusal>>),
    Lift(Lift, oneshot::Sender<Result<u64, Refusal>>),
}

/// A word that the store has taken, or not.
#[derive(Debug)]
pub(super) enum Written {
    Imposed(Vec<Override>, oneshot::Sender<Result<Placed, Refusal>>, Result<Vec<StampedEvent>, StoreError>),
    Lifted(Place, oneshot::Sender<Result<u64, Refusal>>, Result<StampedEvent, StoreError>),
}

impl Director {
    /// Takes an order in its turn.
    pub(super) fn order(&mut self, order: Order) {
        if self.orders.waiting.len() >= WAITING {
            return order.refuse(Refusal::Store(
                "too many orders wait for the state directory; try again".to_owned(),
            ));
        }
        self.orders.waiting.push_back(order);
        self.next_order();
    }

    fn next_order(&mut self) {
        while !self.orders.writing {
            match self.orders.waiting.pop_front() {
                Some(Order::Impose(proposal, reply)) => self.impose(proposal, reply),
                Some(Order::Lift(lift, reply)) => self.lift(&lift, reply),
                None => return,
            }
        }
    }

    fn impose(&mut self, proposal: Proposal, reply: oneshot::Sender<Result<Placed, Refusal>>) {
        let Proposal { wanted, through, mode } = proposal;
        let wanted: Vec<Override> = wanted.into_iter().map(|wanted| self.world.settle(wanted)).collect();
        let now = self.clock.now();
        let judged = self.world.judge(&wanted, &through, now).map_err(|refused| refusal(&refused));
        let store = judged.and_then(|passed| match mode {
            Mode::Act => self.writable().map(|store| Some((store, passed))),
            Mode::DryRun => Ok(None),
        });
        match store {
            Ok(Some((store, passed))) => {
                self.orders.writing = true;
                let (at, events) = (now.unix, events(&wanted, &passed));
                self.writes.spawn(async move {
                    let kept = store.put_overrides(wanted.clone(), at, events.clone()).await;
                    let stamp = |(id, event)| StampedEvent { id, at, event };
                    let kept = kept.map(|ids| ids.into_iter().zip(events).map(stamp).collect());
                    Written::Imposed(wanted, reply, kept)
                });
            }
            Ok(None) => {
                let demand = self.figures.rates.demand();
                let forecast = Some(self.world.foresee(&wanted, &demand, now));
                answer(reply, Ok(Placed { placed: wanted, forecast, epoch: self.epoch() }));
            }
            Err(refused) => answer(reply, Err(refused)),
        }
    }

    fn lift(&mut self, lift: &Lift, reply: oneshot::Sender<Result<u64, Refusal>>) {
        let place = place(lift);
        let held = self.world.overrides().find(|held| held.place() == place).cloned();
        let found = held.ok_or_else(|| Refusal::Unknown(absence(lift)));
        match found.and_then(|held| Ok((held, self.writable()?))) {
            Ok((lifted, store)) => {
                self.orders.writing = true;
                let at = self.clock.now().unix;
                let event = Event::Lifted { lifted: lifted.clone(), actor: lift.actor.clone() };
                self.writes.spawn(async move {
                    let kept = store.remove_override(lifted, at, event.clone()).await;
                    Written::Lifted(place, reply, kept.map(|id| StampedEvent { id, at, event }))
                });
            }
            Err(refused) => answer(reply, Err(refused)),
        }
    }

    /// Takes a word that is on disk, or refuses one that is not; then the next one has its turn.
    pub(super) fn written(&mut self, written: Written) {
        self.orders.writing = false;
        match written {
            Written::Imposed(wanted, reply, Ok(events)) => {
                let now = self.clock.now();
                for wanted in &wanted {
                    let released = self.world.impose(wanted.clone(), now);
                    released.into_iter().for_each(|hold| self.record.lifted(now.unix, hold, &wanted.actor));
                }
                let epoch = self.took(events);
                answer(reply, Ok(Placed { placed: wanted, forecast: None, epoch }));
            }
            Written::Lifted(place, reply, Ok(event)) => {
                self.world.lift(&place, self.clock.now());
                let epoch = self.took(vec![event]);
                answer(reply, Ok(epoch));
            }
            Written::Imposed(_, reply, Err(error)) => answer(reply, Err(not_kept(&error))),
            Written::Lifted(_, reply, Err(error)) => answer(reply, Err(not_kept(&error))),
        }
        self.next_order();
    }

    fn took(&mut self, events: Vec<StampedEvent>) -> u64 {
        for event in events {
            note(&event.event);
            self.record.told(event);
        }
        self.publish()
    }

    fn writable(&self) -> Result<Arc<StoreTask>, Refusal> {
        self.record.store().ok_or_else(|| {
            let why = match self.settings.state {
                None => "no [state] directory is configured",
                Some(_) => {
                    "the state directory could not be taken back from a successor that failed: restart"
                }
            };
            Refusal::Store(format!("{why}, so an override would not survive a restart"))
        })
    }
}

impl Order {
    fn refuse(self, refusal: Refusal) {
        match self {
            Self::Impose(_, reply) => answer(reply, Err(refusal)),
            Self::Lift(_, reply) => answer(reply, Err(refusal)),
        }
    }
}

/// What an act writes down: each word, and each rule that it went through.
fn events(wanted: &[Override], passed: &[Breach]) -> Vec<Event> {
    let actor = wanted.first().map_or("", |wanted| &*wanted.actor);
    let through = passed.iter().map(|breach| Event::RuleOverridden {
        actor: actor.into(),
        rule: breach.rule.name().into(),
        what: breach.what.as_str().into(),
    });
    wanted.iter().cloned().map(Event::Overridden).chain(through).collect()
}

/// An asker that has left is told nothing; what was done stays done.
fn answer<T>(reply: oneshot::Sender<T>, result: T) {
    let _asker_left = reply.send(result);
}

fn place(lift: &Lift) -> Place {
    let sort = match lift.place {
        crate::admin::Place::Drain => Sort::Drain,
        crate::admin::Place::Force => Sort::Force,
        crate::admin::Place::Canary => Sort::Canary,
    };
    Place { region: lift.region.clone(), service: lift.service.clone(), sort }
}

fn absence(lift: &Lift) -> String {
    let what = match lift.place {
        crate::admin::Place::Drain => "drained",
        crate::admin::Place::Force => "forced",
        crate::admin::Place::Canary => "a canary",
    };
    let service = lift.service.as_ref().map_or(String::new(), |service| format!(" for {service}"));
    format!("{} is not {what}{service}; `meridian status` shows what is", lift.region)
}

fn not_kept(error: &StoreError) -> Refusal {
    Refusal::Store(format!("not done, nothing has changed: {error}"))
}

fn refusal(refusal: &world::Refusal) -> Refusal {
    match refusal.rule() {
        Some(rule) => Refusal::Rule { rule: rule.into(), what: refusal.to_string() },
        None if matches!(refusal, world::Refusal::NoCanary { .. }) => Refusal::Invalid(refusal.to_string()),
        None => Refusal::Unknown(refusal.to_string()),
    }
}

/// Orders that wait at most.
const WAITING: usize = 256;
