//! The act of a drill and its end: an operator's drain or force, and for slowness a word as machines push it. Each has an
//! expiry of its own, so that a drill that is killed ends too.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::super::connect::{Request, Server};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::{Drill, Mode};
use crate::admin::body::{ForecastBody, OverrideBody, PlacedAllBody, StatusBody};

impl Drill {
    /// Asks what the act would do; a safety rule refuses here.
    pub(super) async fn rehearse(&self, server: &Server) -> Result<ForecastBody, Failure> {
        let route = if self.mode == Mode::Down { "force" } else { "drain" };
        let mut body = self.order("drill: preflight");
        body["dry_run"] = json!(true);
        if self.mode == Mode::Slow {
            // A pushed word is under no rule; the drain only shows where its users would go.
            body["override_rule"] = json!("min_regions,min_capacity,max_move,n_minus_1");
        }
        let mut request = Request::new(Method::PUT, &[route]);
        request.body = Some(body);
        Ok(server.ask::<PlacedAllBody>(&request).await?.body.forecast.unwrap_or_default())
    }

    /// Takes the region out.
    pub(super) async fn take_out(&self, server: &Server) -> Result<(), Failure> {
        let mut request = match self.mode {
            Mode::Drain => Request::new(Method::PUT, &["drain"]),
            Mode::Down => Request::new(Method::PUT, &["force"]),
            Mode::Slow => Request::new(Method::PUT, &["regions", &self.region, "push"]),
        };
        request.body = Some(match self.mode {
            Mode::Slow => {
                let term = format!("{}s", self.expiry().min(LONGEST_PUSH));
                json!({"source": SOURCE, "weight": SLOW_WEIGHT, "for": term})
            }
            Mode::Drain | Mode::Down => self.order(REASON),
        });
        server.ask::<Value>(&request).await.map(drop)
    }

    /// Puts the region back; what somebody else has put back already is well too. An operator's own order that has taken
    /// the act's place stays.
    pub(super) async fn put_back(&self, server: &Server) -> Result<(), Failure> {
        let (place, kind) = match self.mode {
            Mode::Drain => ("drain", "drain"),
            Mode::Down => ("force", "force_down"),
            Mode::Slow => ("push", ""),
        };
        let status = server.ask::<StatusBody>(&Request::new(Method::GET, &["status"])).await?.body;
        let here = |word: &&OverrideBody| word.region == self.region && word.service.is_none();
        if let Some(word) = status.overrides.iter().filter(here).find(|word| word.kind == kind)
            && word.reason != REASON
        {
            let whose = format!("an order by {} has taken its place ({})", word.actor, word.reason);
            return Err(Failure::new(Exit::Refused, whose));
        }
        let mut request = Request::new(Method::DELETE, &["regions", &self.region, place]);
        if self.mode == Mode::Slow {
            request.parameters = vec![("source", SOURCE.to_owned())];
        }
        match server.ask::<Value>(&request).await {
            Err(failure) if failure.status != Some(StatusCode::NOT_FOUND) => Err(failure),
            _ => Ok(()),
        }
    }

    /// The part of the region's users that the act moves.
    pub(super) fn moves(&self) -> f64 {
        if self.mode == Mode::Slow { 1.0 - f64::from(SLOW_WEIGHT) / 100.0 } else { 1.0 }
    }

    fn order(&self, reason: &str) -> Value {
        let mut body = json!({
            "regions": [self.region],
            "for": format!("{}s", self.expiry()),
            "reason": reason,
        });
        if self.mode == Mode::Down {
            body["state"] = json!("down");
        }
        if !self.override_rule.is_empty() {
            body["override_rule"] = json!(self.override_rule.join(","));
        }
        body
    }

    /// The act's own end, in seconds: a minute after the drill's.
    fn expiry(&self) -> u64 {
        self.term.as_secs() + 60
    }
}

/// Why, as the audit has it: by this a drill knows its own act.
const REASON: &str = "drill";
/// Who pushes.
const SOURCE: &str = "drill";
/// What slowness leaves of a region's weight.
const SLOW_WEIGHT: u8 = 25;
/// Seconds that a pushed word holds at most.
const LONGEST_PUSH: u64 = 86_400;
