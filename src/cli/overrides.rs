//! Overrides on every region and server that was named, and a report of each: done on all, or told which not.

use std::path::PathBuf;

use clap::Args;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::connect::{Connection, Request};
use super::exit::Exit;
use super::failure::Failure;
use super::forecast;
use super::report::{block_on, fail};
use super::terminal::{Audience, Terminal};
use crate::admin::body::{
    EpochBody, ForceState, Gradual, OverrideRequest, PlacedAllBody, PlacedBody, RampBody, Share, Span, Term,
    Why,
};

/// How long, why, and past which rule.
#[derive(Clone, Debug, Args)]
pub(super) struct Terms {
    /// How long it holds: 1min to 72h
    #[arg(long = "for", value_name = "DURATION", default_value = "1h")]
    term: Term,
    /// Why: one line, kept in the audit
    #[arg(long, value_name = "TEXT")]
    reason: Why,
    /// For this one service instead of all
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Go through this safety rule; give it again for another one
    #[arg(long, value_name = "RULE")]
    override_rule: Vec<String>,
    /// Only say whether it would be done, and what would move
    #[arg(long)]
    dry_run: bool,
}

impl Terms {
    fn request(&self, regions: &[String], place: &Placing) -> OverrideRequest {
        let rules = self.override_rule.join(",");
        OverrideRequest {
            regions: regions.to_vec(),
            term: self.term,
            reason: self.reason.clone(),
            state: place.state,
            gradual: place.gradual,
            share: place.share,
            service: self.service.clone(),
            override_rule: (!rules.is_empty()).then_some(rules),
            dry_run: self.dry_run,
        }
    }
}

/// Which override is placed.
pub(super) struct Placing {
    /// `drain`, `force` or `canary`.
    pub place: &'static str,
    /// What a force forces.
    pub state: Option<ForceState>,
    /// How long a drain takes.
    pub gradual: Option<Gradual>,
    /// A canary's part.
    pub share: Option<Share>,
}

/// Places an override on all regions in one act on each server: on all of them, or on none.
pub(super) fn put(connection: &Connection, regions: &[String], terms: &Terms, placing: &Placing) -> Exit {
    let mut request = Request::new(Method::PUT, &[placing.place]);
    request.body = Some(json!(terms.request(regions, placing)));
    let mut terminal = connection.terminal();
    let servers = match connection.servers() {
        Ok(servers) => servers,
        Err(failure) => return fail(&mut terminal, &failure),
    };
    let mut outcomes = Vec::new();
    for server in &servers {
        let answer = block_on(server.ask::<PlacedAllBody>(&request)).map(|answer| answer.body);
        let foreseen = answer.as_ref().ok().and_then(|body| body.forecast.as_ref()).map(forecast::words);
        let each = each_region(regions, answer, terms.dry_run);
        outcomes.extend(each.into_iter().zip(regions).map(|(answer, region)| Outcome {
            socket: server.socket.clone(),
            region: region.clone(),
            answer,
        }));
        if let (Some(words), Some((last, _))) =
            (foreseen, outcomes.last_mut().and_then(|outcome| outcome.answer.as_mut().ok()))
        {
            *last = format!("{last}\n{words}");
        }
    }
    report(&mut terminal, &outcomes)
}

/// The part of a server's answer that is about each region.
fn each_region(
    regions: &[String],
    answer: Result<PlacedAllBody, Failure>,
    dry_run: bool,
) -> Vec<Result<(String, Value), Failure>> {
    match answer {
        Ok(body) => body.each().map(|body| Ok((placed(&body, dry_run), json!(body)))).collect(),
        Err(failure) => regions.iter().map(|_| Err(failure.clone())).collect(),
    }
}

fn placed(body: &PlacedBody, dry_run: bool) -> String {
    let word = &body.placed;
    let would = if dry_run { "would be " } else { "" };
    let span = Span(word.until.0.saturating_sub(word.from.0));
    let over = word.gradual.map_or_else(String::new, |ramp| gradually(&ramp, word.from.0));
    let done =
        word.share.map_or_else(|| done_word(&word.kind).to_owned(), |share| format!("a canary with {share}"));
    format!("{would}{done}{over} for {span}, until {} (epoch {})", word.until, body.epoch)
}

/// Lifts what holds in `place` of each region on each server.
pub(super) fn lift(connection: &Connection, regions: &[String], place: &str, service: Option<&str>) -> Exit {
    let requests = regions.iter().map(|region| {
        let mut request = Request::new(Method::DELETE, &["regions", region, place]);
        request.parameters = service.map(|name| ("service", name.to_owned())).into_iter().collect();
        (region.clone(), request)
    });
    each(connection, &requests.collect::<Vec<_>>(), |body: &EpochBody| {
        format!("{place} lifted (epoch {})", body.epoch)
    })
}

/// How a drain that is said at `from` goes on.
fn gradually(ramp: &RampBody, from: u64) -> String {
    let (left, percent) = (Span(ramp.gone.0.saturating_sub(from)), ramp.percent(from));
    match percent {
        0 => String::new(),
        100 => format!(" over {left} (nothing left at {})", ramp.gone),
        _ => format!(" as it is being already ({percent} % left, nothing in {left})"),
    }
}

fn done_word(kind: &str) -> &str {
    match kind {
        "drain" => "drained",
        "force_up" => "forced up",
        "force_down" => "forced down",
        other => other,
    }
}

/// What became of one region on one server.
struct Outcome {
    socket: PathBuf,
    region: String,
    answer: Result<(String, Value), Failure>,
}

pub(super) fn each<T: DeserializeOwned>(
    connection: &Connection,
    requests: &[(String, Request)],
    word: impl Fn(&T) -> String,
) -> Exit {
    let mut terminal = connection.terminal();
    let servers = match connection.servers() {
        Ok(servers) => servers,
        Err(failure) => return fail(&mut terminal, &failure),
    };
    let results = block_on(async {
        let mut results = Vec::new();
        for server in &servers {
            for (region, request) in requests {
                let answer = server.ask::<T>(request).await.map(|answer| {
                    let document = serde_json::from_str(&answer.text).unwrap_or(Value::Null);
                    (word(&answer.body), document)
                });
                results.push(Outcome { socket: server.socket.clone(), region: region.clone(), answer });
            }
        }
        results
    });
    report(&mut terminal, &results)
}

fn report(terminal: &mut Terminal, results: &[Outcome]) -> Exit {
    let several = results.iter().any(|result| result.socket != results[0].socket);
    for result in results {
        let whose = if several {
            format!("{}: {}", result.socket.display(), result.region)
        } else {
            result.region.clone()
        };
        match &result.answer {
            Ok((words, _)) => terminal.say(&format!("{whose}: {words}")),
            Err(failure) => terminal.complain(&format!("{whose}: not done: {}", failure.words())),
        }
    }
    let failed = results.iter().filter(|result| result.answer.is_err()).count();
    if failed > 0 && results.len() > 1 {
        terminal.complain(&format!("done {} of {}", results.len() - failed, results.len()));
    }
    if terminal.audience() == Audience::Program {
        terminal.document(&document(results));
    }
    let exits = results.iter().filter_map(|result| result.answer.as_ref().err());
    exits.map(|failure| failure.exit).max().unwrap_or(Exit::Done)
}

/// `{done, results: [{socket, region, done, …the server's answer}]}`
fn document(results: &[Outcome]) -> Value {
    let each = results.iter().map(|result| {
        let mut said = match &result.answer {
            Ok((_, document)) => document.clone(),
            Err(failure) => failure.document(),
        };
        if let Value::Object(members) = &mut said {
            members.insert("socket".to_owned(), json!(result.socket.display().to_string()));
            members.insert("region".to_owned(), json!(result.region));
            members.insert("done".to_owned(), json!(result.answer.is_ok()));
        }
        said
    });
    json!({
        "done": results.iter().all(|result| result.answer.is_ok()),
        "results": each.collect::<Vec<_>>(),
    })
}
