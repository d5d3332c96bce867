//! `meridian drill`: takes a region out as a drain, a failure or slowness would, watches what happens, and puts it back.
//!
//! preflight → act → watch → restore → report. The act carries an expiry of its own, a minute after the drill's end, so
//! that a drill that is killed restores by itself. What is watched is what clients get: questions over DNS, counters
//! of the server, and requests through the service's name.

mod act;
mod clients;
mod elsewhere;
mod question;
mod report;
mod sample;
mod scene;
mod smoke;
mod watch;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use reqwest::Url;
use serde_json::json;

use super::connect::Connection;
use super::exit::Exit;
use super::failure::Failure;
use super::report::{block_on, fail};
use super::terminal::{Audience, Terminal};
use crate::admin::body::Span;
use crate::director;
use report::Report;
use sample::Sample;
use scene::Scene;
use watch::Observed;

/// Take a region out for a while, watch what happens, put it back, and write a report
#[derive(Debug, Args)]
#[command(after_help = "\
It refuses to begin where a safety rule would refuse the drain. It ends by itself, at once, when an answer leaves a
fence, the service comes to its last resort, another region is lost, completions elsewhere fail (1 %) or slow down
(100 ms), or requests through the name fail. Exit 1: it was refused or broken off. Killed, it is over a minute after
the time given by --for.

Examples:
  meridian drill us-east --for 10m
  meridian drill us-east --for 10m --mode down --smoke http://api.yourdomain.com:4000/health/liveliness
  meridian drill us-east --for 10m --smoke http://api.yourdomain.com:4000/v1/chat/completions \\
      --smoke-model probe --smoke-key /etc/meridian/probe.key")]
pub(super) struct Drill {
    /// The region, by its name in the config
    #[arg(value_name = "REGION")]
    region: String,
    /// How long it is out: 1s to 71h
    #[arg(long = "for", value_name = "DURATION", value_parser = span)]
    term: Duration,
    /// As which bad day
    #[arg(long, value_enum, default_value = "drain")]
    mode: Mode,
    /// Watch this service; else the first of the region's that its clients ask
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Clients to ask as; else a few of every continent
    #[arg(long, value_name = "IP/LEN")]
    client: Vec<IpNet>,
    /// A request through the service's name, by plain HTTP, once a second
    #[arg(long, value_name = "URL")]
    smoke: Option<Url>,
    /// Make that request a completion by this model
    #[arg(long, value_name = "MODEL", requires = "smoke")]
    smoke_model: Option<String>,
    /// The file of the key that it is asked with: a restricted one, never the master key
    #[arg(long, value_name = "FILE", requires = "smoke_model")]
    smoke_key: Option<PathBuf>,
    /// Where the server answers DNS; else the config's first address
    #[arg(long, value_name = "ADDR", env = "MERIDIAN_DNS")]
    dns: Option<SocketAddr>,
    /// Where the server shows /metrics; else the config's [web]
    #[arg(long, value_name = "ADDR", env = "MERIDIAN_WEB")]
    web: Option<SocketAddr>,
    /// Where the report goes, as Markdown and JSON
    #[arg(long, value_name = "DIR", default_value = ".")]
    report: PathBuf,
    /// Go through this safety rule; give it again for another one
    #[arg(long, value_name = "RULE")]
    override_rule: Vec<String>,
    #[command(flatten)]
    connection: Connection,
}

/// As which bad day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
    /// An operator drains it
    Drain,
    /// Its probes would call it down
    Down,
    /// It keeps a quarter of its weight
    Slow,
}

impl Mode {
    const fn word(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Down => "down",
            Self::Slow => "slow",
        }
    }
}

impl Drill {
    pub(super) fn run(&self) -> Exit {
        let mut terminal = self.connection.terminal();
        match block_on(self.drill(&mut terminal)) {
            Ok(exit) => exit,
            Err(failure) => fail(&mut terminal, &failure),
        }
    }

    async fn drill(&self, terminal: &mut Terminal) -> Result<Exit, Failure> {
        let (dns, web) = self.places()?;
        let mut scene = Scene::set(self, dns, web).await?;
        let predicted = scene.preflight(self).await?;
        let mut report = Report::of(self, scene.clients.service(), predicted);
        let part = percent(report.predicted_part);
        terminal.say(&format!("preflight passed: {part} of all users of {} would leave", report.service));
        report.losses().iter().for_each(|loss| terminal.say(loss));
        let before = scene.sample().await?;
        report.observed = scene.before();
        self.begin(&scene).await?;
        let began = Instant::now();
        terminal.say(&format!("{} {} for {}", self.region, self.mode.word(), Span(self.term.as_secs())));
        report.broken_off = self.watch(&mut scene, &before, &mut report.observed, began).await;
        report.held = began.elapsed().as_secs_f64();
        report.not_put_back = self.put_back(&scene.server).await.err().map(|failure| failure.words());
        if report.not_put_back.is_none() {
            report.observed.restored = scene.clients.wait_until_back().await;
        }
        report.conclude();
        self.hand_in(&report, terminal)
    }

    /// Takes the region out; an act of which nobody knows whether it was done is taken back.
    async fn begin(&self, scene: &Scene) -> Result<(), Failure> {
        let Err(failure) = self.take_out(&scene.server).await else { return Ok(()) };
        if failure.status.is_none() {
            let _it_expires = self.put_back(&scene.server).await;
        }
        Err(failure)
    }

    /// Measures until the time is over, a bound is crossed, or somebody interrupts; why it was broken off.
    async fn watch(
        &self,
        scene: &mut Scene,
        before: &Sample,
        observed: &mut Observed,
        began: Instant,
    ) -> Option<String> {
        let mut next_sample = Duration::ZERO;
        let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
        while began.elapsed() < self.term {
            scene.clients.ask(observed, began).await;
            if began.elapsed() >= next_sample {
                next_sample = began.elapsed() + SAMPLE;
                if let Err(why) = scene.measure(observed, before, began).await {
                    return Some(why);
                }
            }
            if let Some(why) = observed.crossed() {
                return Some(why);
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = &mut interrupt => return Some("interrupted".to_owned()),
            }
        }
        None
    }

    fn hand_in(&self, report: &Report, terminal: &mut Terminal) -> Result<Exit, Failure> {
        let name = format!("drill-{}-{}", report.region, report.started.to_string().replace(':', ""));
        let document = json!(report);
        let pretty = serde_json::to_string_pretty(&document).unwrap_or_default();
        for (ending, text) in [("md", report.markdown()), ("json", pretty)] {
            let path = self.report.join(format!("{name}.{ending}"));
            std::fs::create_dir_all(&self.report)
                .and_then(|()| std::fs::write(&path, text))
                .map_err(|error| Failure::usage(format!("--report: {}: {error}", path.display())))?;
            terminal.say(&format!("report: {}", path.display()));
        }
        if terminal.audience() == Audience::Program {
            terminal.document(&document);
        }
        let recovery = report.recovery_seconds.map_or("not reached".to_owned(), |s| format!("{s:.1} s"));
        let held = report.broken_off.as_ref().map_or_else(
            || format!("held to its end; recovery time {recovery}"),
            |why| format!("broken off: {why}"),
        );
        if let Some(why) = &report.not_put_back {
            return Err(Failure::new(Exit::Refused, format!("{held}; not put back: {why}")));
        }
        let restored =
            if report.observed.restored.is_some() { "restored" } else { "put back, not restored yet" };
        let words = format!("{held}; {restored}");
        if report.broken_off.is_some() {
            terminal.complain(&words);
            return Ok(Exit::Refused);
        }
        terminal.say(&words);
        Ok(Exit::Done)
    }

    fn places(&self) -> Result<(SocketAddr, SocketAddr), Failure> {
        if let (Some(dns), Some(web)) = (self.dns, self.web) {
            return Ok((dns, web));
        }
        let listens = director::listens(self.connection.config())
            .map_err(|error| Failure::usage(format!("{error}; or give --dns and --web")))?;
        let dns = self.dns.unwrap_or(listens.0);
        let web = self.web.or(listens.1).ok_or_else(|| {
            Failure::usage("the config has no [web], and a drill reads /metrics; add it, or give --web")
        })?;
        Ok((dns, web))
    }
}

fn span(text: &str) -> Result<Duration, String> {
    let span = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let allowed = Duration::from_secs(1)..=Duration::from_secs(71 * 3_600);
    if allowed.contains(&span) { Ok(span) } else { Err("allowed is 1s to 71h".to_owned()) }
}

fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

/// Between two rounds of questions.
const PAUSE: Duration = Duration::from_millis(100);
/// Between two readings of the counters.
const SAMPLE: Duration = Duration::from_secs(1);
