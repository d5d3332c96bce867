//! `meridian push` and `meridian unpush`: what a machine says of a region for a while, and its end.

use clap::{Args, ValueEnum};
use reqwest::Method;
use serde_json::json;

use super::connect::{Connection, Request};
use super::exit::Exit;
use super::overrides::each;
use crate::admin::body::{EpochBody, PushRequest, PushTerm, PushedBody, Source, Span, StateWord};

/// Say a region's load, weight or state for a while, as its machines do
#[derive(Debug, Args)]
#[command(after_help = "\
A pushed word takes share away and gives none: operators' words outrank it, and a pushed `up` never overrides a failed
probe. It ends by itself, so push again before it does. A load moves shares where a service has `spill`.

Examples:
  meridian push eu-west --weight 50 --load 0.8 --for 2m
  meridian push eu-west --state drain --for 10m --source rollout --sequence 17
  meridian unpush eu-west --source rollout")]
pub(super) struct Push {
    /// The region, by its name in the config
    #[arg(value_name = "REGION")]
    region: String,
    /// How long it holds: 1s to 24h
    #[arg(long = "for", value_name = "DURATION", default_value = "2m")]
    term: PushTerm,
    /// Who says so; a source has one word a region
    #[arg(long, value_name = "NAME", default_value = "operator")]
    source: Source,
    /// How much of its normal share it should get, 0 to 100
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    weight: Option<u8>,
    /// Its load as a part of its capacity: 1 is all of it
    #[arg(long, value_name = "LOAD")]
    load: Option<f64>,
    /// Whether it should serve
    #[arg(long)]
    state: Option<State>,
    /// Grows with each word of this source; one that is not above the last is refused
    #[arg(long, value_name = "NUMBER")]
    sequence: Option<u64>,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
    Up,
    Drain,
    Down,
}

/// End what a source says of a region before its time
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  meridian unpush eu-west --source rollout")]
pub(super) struct Unpush {
    /// The region, by its name in the config
    #[arg(value_name = "REGION")]
    region: String,
    /// Who said so
    #[arg(long, value_name = "NAME", default_value = "operator")]
    source: Source,
    #[command(flatten)]
    connection: Connection,
}

impl Push {
    pub(super) fn run(self) -> Exit {
        let state = self.state.map(|state| match state {
            State::Up => StateWord::Up,
            State::Drain => StateWord::Drain,
            State::Down => StateWord::Down,
        });
        let Self { region, term, source, weight, load, sequence, connection, .. } = self;
        let mut request = Request::new(Method::PUT, &["regions", &region, "push"]);
        request.body = Some(json!(PushRequest { term, source, weight, load, state, sequence }));
        each(&connection, &[(region, request)], |body: &PushedBody| {
            let left = Span(u64::from(term));
            format!("{} says {} for {left} (epoch {})", body.push.source, body.push.said(), body.epoch)
        })
    }
}

impl Unpush {
    pub(super) fn run(self) -> Exit {
        let mut request = Request::new(Method::DELETE, &["regions", &self.region, "push"]);
        request.parameters = vec![("source", self.source.clone().into())];
        each(&self.connection, &[(self.region, request)], |body: &EpochBody| {
            format!("what {} said is ended (epoch {})", String::from(self.source.clone()), body.epoch)
        })
    }
}
