//! `meridian explain`: why a client gets its answer, live through a socket or offline from a config.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use reqwest::Method;
use serde_json::json;

use super::check::report_start_error;
use super::connect::{Connection, Request};
use super::exit::Exit;
use super::line::{Paint, Tone};
use super::report::ask_all;
use super::table::{Cell, Side, Table};
use super::terminal::Audience;
use crate::admin::body::{CandidateBody, ChangeBody, ExplanationBody};
use crate::admin::{Question, RTYPES, Supposed, Supposition, canonical, rtype, subnet, supposition};
use crate::director;

/// Why this client gets this answer: location, fences, candidates, answer
#[derive(Debug, Args)]
#[command(after_help = "\
Live, from a running server (--socket, MERIDIAN_SOCKET, or the socket of ./meridian.toml), or offline with --config.

Examples:
  meridian explain api.yourdomain.com --client 81.2.69.0/24
  meridian explain api.yourdomain.com --client 81.2.69.0/24 --config meridian.toml
  meridian explain api.yourdomain.com --client 81.2.69.0/24 --if eu-west=down --if eu-central=drained")]
pub(super) struct Explain {
    /// The name that is asked for
    name: String,
    /// The client's address or subnet, as ECS would carry it
    #[arg(long, value_name = "IP[/LEN]", value_parser = parse_subnet)]
    client: ipnet::IpNet,
    /// The type that is asked for: A, AAAA, HTTPS or TYPEn
    #[arg(long = "type", value_name = "TYPE", default_value = "A", value_parser = parse_rtype)]
    rtype: u16,
    /// The resolver's address, where it is not the client's
    #[arg(long, value_name = "IP")]
    resolver: Option<IpAddr>,
    /// Suppose another state of a region; may be given again
    #[arg(long = "if", value_name = "REGION=up|down|drained", value_parser = parse_supposition)]
    suppositions: Vec<Supposition>,
    /// Admin socket of a running server; give it again to ask several. Else MERIDIAN_SOCKET, else the config's
    #[arg(long, value_name = "PATH", conflicts_with = "config")]
    socket: Vec<PathBuf>,
    /// Explain offline, from this config
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one JSON document on standard output, words on standard error
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) fn run(self) -> Exit {
        match &self.config {
            Some(config) => self.offline(config),
            None => self.live(),
        }
    }

    fn offline(&self, config: &std::path::Path) -> Exit {
        let mut terminal = Connection::new(Vec::new(), config.to_path_buf(), self.json).terminal();
        let question = Question {
            name: canonical(&self.name),
            client: self.client,
            resolver: self.resolver,
            rtype: self.rtype,
            suppositions: self.suppositions.clone(),
        };
        match director::explain(config, &question) {
            Ok(explanation) => {
                let body = ExplanationBody::from(explanation);
                match terminal.audience() {
                    Audience::Program => terminal.document(&json!(body)),
                    Audience::Person => terminal.say(&render(&body, terminal.paint())),
                }
                Exit::Done
            }
            Err(error) => report_start_error(&mut terminal, &error),
        }
    }

    fn live(self) -> Exit {
        let mut request = Request::new(Method::GET, &["explain"]);
        request.parameters = vec![
            ("name", self.name),
            ("client", self.client.to_string()),
            ("type", format!("TYPE{}", self.rtype)),
        ];
        request.parameters.extend(self.resolver.map(|resolver| ("resolver", resolver.to_string())));
        let suppositions = self.suppositions.iter();
        request.parameters.extend(suppositions.map(|supposition| ("if", written(supposition))));
        let connection = Connection::new(self.socket, PathBuf::from("meridian.toml"), self.json);
        ask_all::<ExplanationBody>(&connection, &request, |body, terminal| render(body, terminal.paint()))
    }
}

fn parse_subnet(text: &str) -> Result<ipnet::IpNet, &'static str> {
    subnet(text).ok_or("allowed is an address like 81.2.69.7 or a prefix like 81.2.69.0/24")
}

fn parse_rtype(text: &str) -> Result<u16, String> {
    rtype(text).ok_or_else(|| format!("allowed are {RTYPES}"))
}

fn parse_supposition(text: &str) -> Result<Supposition, &'static str> {
    supposition(text).ok_or("allowed is REGION=up, REGION=down or REGION=drained")
}

pub(super) fn written(supposition: &Supposition) -> String {
    let state = match supposition.state {
        Supposed::Up => "up",
        Supposed::Down => "down",
        Supposed::Drained => "drained",
    };
    format!("{}={state}", supposition.region)
}

/// The explanation, from the client to the answer.
pub(super) fn render(body: &ExplanationBody, paint: Paint) -> String {
    let lines = |facts: &[(&str, String)]| -> String {
        facts
            .iter()
            .map(|(what, is)| format!("{} {is}\n", paint.words(Tone::Dim, &format!("{what:<9}"))))
            .collect()
    };
    let by = match body.aliases.as_slice() {
        [] => String::new(),
        aliases => format!(", by way of {}", aliases.join(", ")),
    };
    format!(
        "{} {} for {}{by}\n\n{}\n{}\n{}",
        paint.words(Tone::Strong, &body.service),
        body.rtype,
        body.client,
        lines(&located(body)),
        candidates(body).render(paint),
        lines(&answered(body, paint))
    )
}

/// Where the client is, what bounds its answers, what orders them.
fn located(body: &ExplanationBody) -> Vec<(&'static str, String)> {
    let countries = match body.location.countries.as_slice() {
        [] => "nowhere known".to_owned(),
        countries => countries.join(", "),
    };
    let mut facts = vec![
        ("location", with(&format!("{countries} (by {})", body.location.source), &body.grounds.located)),
        ("fence", body.fence.clone().unwrap_or_else(|| "none".to_owned())),
    ];
    facts.extend(body.grounds.rules.iter().map(|rule| ("", format!("{} {}", rule.name, rule.why))));
    if !body.grounds.order.is_empty() {
        facts.push(("order", body.grounds.order.clone()));
    }
    facts
}

/// What is answered, and how that was come to.
fn answered(body: &ExplanationBody, paint: Paint) -> Vec<(&'static str, String)> {
    let records = body.answer.records.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let hints = if matches!(body.rtype.as_str(), "HTTPS" | "SVCB") { "hints " } else { "" };
    let region = match body.answer.regions.as_slice() {
        [] => SINK.to_owned(),
        regions => regions.join(", "),
    };
    let grounds = &body.grounds;
    let mut facts = vec![
        ("answer", paint.words(Tone::Strong, &format!("{region}: {hints}{records}"))),
        ("reason", reason(&body.reason).to_owned()),
        ("ttl", with(&format!("{} s", body.answer.ttl), &grounds.ttl)),
        ("scope", with(&format!("/{}", body.answer.scope), &grounds.scope)),
        ("slot", slot(body)),
        ("epoch", body.epoch.to_string()),
    ];
    let named = |region: &Option<String>| region.clone().unwrap_or_else(|| SINK.to_owned());
    if let Some(without) = &grounds.unsupposed {
        let (region, reason) = (named(&without.region), without.reason.replace('_', " "));
        facts.push(("now", format!("{region} ({reason}), without what is supposed")));
    }
    if let Some(change) = &grounds.change {
        let ChangeBody { region, is, becomes, .. } = change;
        let is = is.replace('_', " ");
        let then = named(&change.answer);
        facts.push(("if", format!("{region}, now {is}, were {becomes}: {then} (--if {region}={becomes})")));
    } else {
        facts.push(("if", "no change of one region's state would alter this answer".to_owned()));
    }
    facts
}

/// The slot, and how many of those that clients like this one have its holder has.
fn slot(body: &ExplanationBody) -> String {
    let holder = body.candidates.iter().find(|candidate| body.answer.regions.contains(&candidate.region));
    let slot = format!("{} of 4096", body.slot);
    match holder {
        Some(holder) if holder.slots < 4096 => {
            format!("{slot}: {} holds {} of them ({})", holder.region, holder.slots, percent(holder.slots))
        }
        Some(holder) => format!("{slot}: {} holds all of them", holder.region),
        None => slot,
    }
}

/// Slots as a part of all, to a tenth of a percent.
fn percent(slots: usize) -> String {
    format!("{:.1} %", slots as f64 * 100.0 / 4096.0)
}

/// A reason's word, and what it means.
fn reason(word: &str) -> &str {
    match word {
        "preferred" => "preferred: the first choice inside the fence",
        "shared" => "shared: this client's slot belongs to it, by weight or share",
        "failover" => "failover: every region that this client prefers is out",
        "last_resort" => "last resort: nothing inside the fence is eligible, and it is served anyway",
        "sink" => "sink: the fence leaves no region of this service",
        other => other,
    }
}

/// A fact and how it was come to.
fn with(fact: &str, because: &str) -> String {
    if because.is_empty() { fact.to_owned() } else { format!("{fact}: {because}") }
}

fn candidates(body: &ExplanationBody) -> Table<8> {
    let mut table = Table::new([
        ("", Side::Left),
        ("candidate", Side::Left),
        ("why", Side::Left),
        ("weight", Side::Right),
        ("share", Side::Right),
        ("slots", Side::Right),
        ("distance", Side::Right),
        ("note", Side::Left),
    ]);
    for candidate in &body.candidates {
        let (mark, tone) = match candidate.eligible {
            _ if body.answer.regions.contains(&candidate.region) => (">", Tone::Strong),
            true => ("", Tone::Good),
            false => ("", Tone::Dim),
        };
        table.row([
            Cell::new(tone, mark),
            Cell::new(tone, candidate.region.as_str()),
            Cell::text(candidate.reason.replace('_', " ")),
            Cell::text(candidate.weight.to_string()),
            Cell::text(format!("{} %", candidate.share)),
            Cell::text(candidate.slots.to_string()),
            Cell::text(distance(candidate)),
            Cell::text(candidate.note.as_deref().unwrap_or_default()),
        ]);
    }
    table
}

/// How far it is: in kilometres, or in milliseconds, `~` where those are estimated.
fn distance(candidate: &CandidateBody) -> String {
    let about = if candidate.latency_source.as_deref() == Some("estimated") { "~" } else { "" };
    match (candidate.latency_ms, candidate.distance_km) {
        (Some(milliseconds), _) => format!("{about}{milliseconds:.0} ms"),
        (None, Some(km)) => format!("{km:.0} km"),
        (None, None) => String::new(),
    }
}

const SINK: &str = "the fence's sink";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_reads_from_the_client_to_the_answer() {
        let body: ExplanationBody = serde_json::from_str(
            r#"{"service":"api.yourdomain.com","aliases":["www.yourdomain.com"],"type":"A","client":"81.2.69.0/24",
            "location":{"countries":["GB"],"source":"ecs"},"fence":"gdpr",
            "candidates":[
              {"region":"eu-west","eligible":true,"reason":"eligible","weight":100,"share":100,"distance_km":463.7,"slots":4096},
              {"region":"us-east","eligible":false,"reason":"outside_fence","weight":100,
               "latency_ms":81.2,"latency_source":"estimated","note":"it is in US"}],
            "slot":17,"answer":{"regions":["eu-west"],"records":["192.0.2.20","192.0.2.21"],"ttl":30,"scope":24},
            "reason":"last_resort","epoch":4,
            "grounds":{"located":"subnet 81.2.69.0/24","order":"nearest to the people of United Kingdom",
              "rules":[{"name":"fences.gdpr","why":"holds clients in GB to EU"}],
              "ttl":"the maximum, nothing is pending","scope":"","change":null,
              "unsupposed":{"region":null,"reason":"sink"}}}"#,
        )
        .unwrap();
        assert_eq!(
            render(&body, Paint::Plain),
            "\
api.yourdomain.com A for 81.2.69.0/24, by way of www.yourdomain.com

location  GB (by ecs): subnet 81.2.69.0/24
fence     gdpr
          fences.gdpr holds clients in GB to EU
order     nearest to the people of United Kingdom

   CANDIDATE  WHY            WEIGHT  SHARE  SLOTS  DISTANCE  NOTE
>  eu-west    eligible          100  100 %   4096    464 km
   us-east    outside fence     100    0 %      0    ~81 ms  it is in US

answer    eu-west: 192.0.2.20, 192.0.2.21
reason    last resort: nothing inside the fence is eligible, and it is served anyway
ttl       30 s: the maximum, nothing is pending
scope     /24
slot      17 of 4096: eu-west holds all of them
epoch     4
now       the fence's sink (sink), without what is supposed
if        no change of one region's state would alter this answer
"
        );
    }

    #[test]
    fn suppositions_are_written_as_they_are_read() {
        for text in ["a=up", "eu-west=down", "x=y=drained"] {
            assert_eq!(written(&parse_supposition(text).unwrap()), text);
        }
    }
}
