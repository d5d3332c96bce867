//! `<main>`, worded; its template only places the words.

use std::collections::VecDeque;

use askama::Template;

use super::ask::Ask;
use super::card::Card;
use super::rows::{AlarmRow, EventRow, Ordered, PushRow, ServiceRow};
use super::world::WorldMap;
use crate::admin::body::{Moment, Span, StatusBody};
use crate::admin::overview::Overview;
use crate::world::StampedEvent;

/// All that moves.
#[derive(Template)]
#[template(path = "live.html")]
pub(super) struct Live {
    now: Moment,
    /// `good`, `warn` or `bad`.
    tone: &'static str,
    headline: String,
    epoch: u64,
    uptime: Span,
    config: String,
    database_built: Moment,
    database_age: Span,
    alarms: Vec<AlarmRow>,
    map: Option<WorldMap>,
    regions: Vec<Card>,
    services: Vec<ServiceRow>,
    /// Services that are not listed.
    hidden: usize,
    overrides: Vec<Ordered>,
    pushes: Vec<PushRow>,
    events: Vec<EventRow>,
    ask: Ask,
}

impl Live {
    /// All of it as it is at `now` in Unix seconds.
    pub(super) fn of(overview: Overview, events: &VecDeque<StampedEvent>, now: u64) -> Self {
        let map = WorldMap::of(&overview);
        let names = overview.status.regions.iter().map(|region| region.name.clone()).collect::<Vec<_>>();
        let services = overview.services.iter().enumerate().take(LISTED);
        let services: Vec<ServiceRow> = services
            .map(|(at, service)| ServiceRow::of(service, &names, overview.mapped == Some(at)))
            .collect();
        let mapped = overview.mapped.map(|at| overview.services[at].name.clone());
        let asked = overview.services.iter().take(LISTED).map(|service| service.name.clone());
        let ask = Ask::about(mapped.as_deref().unwrap_or_default(), asked.collect());
        let hidden = overview.services.len() - services.len();
        let views = overview.regions;
        let status = StatusBody::from(overview.status);
        let regions: Vec<Card> = status
            .regions
            .0
            .into_iter()
            .zip(views)
            .enumerate()
            .map(|(at, ((name, region), view))| Card::of(at, (name, region), &view, now))
            .collect();
        let ago = |moment: Moment| Span(now.saturating_sub(moment.0));
        let (tone, headline) = headline(&regions, status.alarms.len());
        Self {
            now: Moment(now),
            tone,
            headline,
            epoch: status.epoch,
            uptime: ago(status.started),
            config: status.config_sha256.chars().take(12).collect(),
            database_built: status.database.built,
            database_age: ago(status.database.built),
            alarms: status.alarms.into_iter().map(|alarm| AlarmRow::of(alarm, now)).collect(),
            map,
            regions,
            services,
            hidden,
            overrides: status.overrides.into_iter().map(|word| Ordered::of(word, now)).collect(),
            pushes: status.pushes.into_iter().map(|word| PushRow::of(word, now)).collect(),
            events: events.iter().map(|event| EventRow::of(event, now)).collect(),
            ask,
        }
    }

    /// How many alarms there are.
    pub(super) const fn alarms(&self) -> usize {
        self.alarms.len()
    }
}

/// The one line that a person in a hurry reads, and its tone.
fn headline(regions: &[Card], alarms: usize) -> (&'static str, String) {
    let all = regions.len();
    let count = |wanted: fn(&Card) -> bool| regions.iter().filter(|region| wanted(region)).count();
    let (down, out) = (count(Card::is_down), count(Card::is_out));
    let plural = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    match (down, out, alarms) {
        _ if all == 0 => ("good", "Answering from static zones".to_owned()),
        (0, 0, 0) => ("good", format!("All {} serve", plural(all, "region"))),
        (0, 0, alarms) => {
            ("warn", format!("All {} serve, {}", plural(all, "region"), plural(alarms, "alarm")))
        }
        (0, out, _) => ("warn", format!("{} of {} out by order", out, plural(all, "region"))),
        (down, 0, _) => ("bad", format!("{} of {} down", down, plural(all, "region"))),
        (down, out, _) => ("bad", format!("{down} of {} down, {out} out by order", plural(all, "region"))),
    }
}

/// Services that are listed at most.
const LISTED: usize = 50;
