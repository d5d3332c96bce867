//! `--wait`: until what was drained is let go, by evidence: no answer names it, the longest TTL since then has passed,
//! and its metrics show no stream at work, where there are some.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use reqwest::Method;

use super::connect::{Connection, Request, Server};
use super::exit::Exit;
use super::failure::Failure;
use super::report::{block_on, fail};
use super::terminal::Terminal;
use crate::admin::body::{Moment, RegionBody, Span, StatusBody};

/// Waits for every region on every server.
pub(super) fn until_let_go(connection: &Connection, regions: &[String]) -> Exit {
    let mut terminal = connection.terminal();
    let waited = connection.servers().and_then(|servers| {
        block_on(async {
            for server in &servers {
                for region in regions {
                    wait(server, region, &mut terminal).await?;
                }
            }
            Ok(())
        })
    });
    waited.map_or_else(|failure| fail(&mut terminal, &failure), |()| Exit::Done)
}

async fn wait(server: &Server, region: &str, terminal: &mut Terminal) -> Result<(), Failure> {
    let began = Moment::now().0;
    loop {
        let status = server.ask::<StatusBody>(&Request::new(Method::GET, &["status"])).await?.body;
        let now = Moment::now().0;
        let found = status.regions.0.iter().find(|(name, _)| name == region);
        let drained = found.filter(|(_, body)| body.drained);
        let Some((_, body)) = drained else {
            return Err(Failure::new(
                Exit::Refused,
                format!("{region}: the drain has ended before it was let go"),
            ));
        };
        let gone = status.overrides.iter().filter(|word| word.region == region);
        let gone = gone.filter_map(|word| word.gradual.map(|ramp| ramp.gone.0)).max().unwrap_or(began);
        match stage(body, gone, now) {
            Stage::LetGo => {
                erase();
                let after = Span(now.saturating_sub(began));
                let streams =
                    body.in_flight.map_or("its metrics show no streams", |_| "no stream is at work");
                terminal.say(&format!("{region}: let go after {after}: no cache has it, {streams}"));
                return Ok(());
            }
            stage => show(region, &stage, began, now),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// How far a drained region is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Answers still name it; from this time on, at the earliest, they do not.
    Named(u64),
    /// Caches may hold an answer until then.
    Cached(u64),
    /// Streams are at work: so much of its limit.
    Streams(f64),
    /// Nobody should come any more.
    LetGo,
}

fn stage(body: &RegionBody, gone: u64, now: u64) -> Stage {
    match (body.forgotten, body.in_flight) {
        (None, _) => Stage::Named(gone),
        (Some(until), _) if until.0 > now => Stage::Cached(until.0),
        (Some(_), Some(part)) if part > 0.0 => Stage::Streams(part),
        (Some(_), _) => Stage::LetGo,
    }
}

/// One line that is written over, where people watch.
fn show(region: &str, stage: &Stage, began: u64, now: u64) {
    let words = match stage {
        Stage::Named(gone) if *gone > now => {
            format!("{} handed out still, for {}, then in caches", bar(began, *gone, now), Span(gone - now))
        }
        Stage::Named(_) => "handed out still: is it a fence's last resort?".to_owned(),
        Stage::Cached(until) => {
            format!("{} caches may hold it, for {} at most", bar(began, *until, now), Span(until - now))
        }
        Stage::Streams(part) => {
            format!("streams at work: {:.1} % of its limit; nobody knows when they end", part * 100.0)
        }
        // What is let go is said, not shown.
        Stage::LetGo => return,
    };
    if io::stderr().is_terminal() {
        let _nobody_reads = write!(io::stderr().lock(), "\r\u{1b}[K{region}: {words}");
    }
}

fn erase() {
    if io::stderr().is_terminal() {
        let _nobody_reads = write!(io::stderr().lock(), "\r\u{1b}[K");
    }
}

fn bar(began: u64, until: u64, now: u64) -> String {
    let (done, all) = (now.saturating_sub(began), until.saturating_sub(began).max(1));
    let filled = (done.min(all) * WIDTH / all) as usize;
    format!("[{}{}]", "#".repeat(filled), "-".repeat(WIDTH as usize - filled))
}

const PAUSE: Duration = Duration::from_millis(500);
const WIDTH: u64 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn body(forgotten: Option<u64>, in_flight: Option<f64>) -> RegionBody {
        let mut body: RegionBody = serde_json::from_str(
            r#"{"verdict":"up","weight":0,"drained":true,"forced":null,"since":"2026-11-20T07:02:42Z","endpoints":[],"layers":{}}"#,
        )
        .unwrap();
        (body.forgotten, body.in_flight) = (forgotten.map(Moment), in_flight);
        body
    }

    #[test]
    fn a_region_is_let_go_when_nothing_names_it_no_cache_has_it_and_no_stream_is_left() {
        assert_eq!(stage(&body(None, None), 150, 100), Stage::Named(150));
        assert_eq!(stage(&body(Some(130), Some(0.2)), 0, 100), Stage::Cached(130));
        assert_eq!(stage(&body(Some(130), Some(0.2)), 0, 130), Stage::Streams(0.2));
        assert_eq!(stage(&body(Some(130), Some(0.0)), 0, 130), Stage::LetGo);
        assert_eq!(stage(&body(Some(130), None), 0, 131), Stage::LetGo);
        assert_eq!(bar(100, 140, 110), "[#####---------------]");
    }
}
