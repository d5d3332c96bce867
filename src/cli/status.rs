//! `meridian status`: regions, verdicts, overrides, epoch.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use reqwest::Method;

use super::connect::{Connection, Request};
use super::exit::Exit;
use super::line::{Paint, Tone};
use super::report::ask_all;
use super::table::{Cell, Side, Table};
use super::watch;
use crate::admin::body::{
    BudgetBody, Moment, OverrideBody, PushBody, RampBody, RegionBody, Regions, Span, StatusBody,
};

/// Regions, verdicts, overrides and epoch of a running server
#[derive(Debug, Args)]
#[command(after_help = "\
What is wrong comes first. Where the terminal is too narrow for a table, each row is a block of lines. Colours are for
terminals, and never with NO_COLOR.

Examples:
  meridian status
  meridian status --watch
  meridian status --json | jq '.regions[].verdict'
  meridian status --socket a/meridian.sock --socket b/meridian.sock")]
pub(super) struct Status {
    /// Show it again every 2 s until Ctrl-C
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Status {
    pub(super) fn run(&self) -> Exit {
        if self.watch {
            return watch::again_and_again(EVERY, || self.show());
        }
        self.show()
    }

    fn show(&self) -> Exit {
        let request = Request::new(Method::GET, &["status"]);
        ask_all::<StatusBody>(&self.connection, &request, |status, terminal| {
            render(status, Moment::now().0, terminal.paint(), terminal.width())
        })
    }
}

/// The whole report, read at `now` in Unix seconds, for a terminal of `width` columns.
fn render(status: &StatusBody, now: u64, paint: Paint, width: Option<usize>) -> String {
    let mut report = headline(status, now, paint) + "\n";
    for alarm in &status.alarms {
        let lasts = Span(now.saturating_sub(alarm.since.0));
        let words = paint.words(Tone::Bad, &format!("! {}", alarm.evidence));
        report += &format!("{words} {}\n", paint.words(Tone::Dim, &format!("({} for {lasts})", alarm.kind)));
    }
    report += &format!("\n{}", regions(&status.regions, now).within(paint, width));
    for (name, evidence) in doubted(&status.regions) {
        report += &paint.words(Tone::Dim, &format!("{name}: {evidence}"));
        report += "\n";
    }
    if !status.overrides.is_empty() {
        report += &format!("\n{}", overrides(&status.overrides, now).within(paint, width));
    }
    if !status.budgets.is_empty() {
        report += &format!("\n{}", budgets(&status.budgets).within(paint, width));
    }
    if !status.pushes.is_empty() {
        report += &format!("\n{}", pushes(&status.pushes, now).within(paint, width));
    }
    report
}

/// How much a region wants to be looked at: the least number comes first.
fn urgency(region: &RegionBody) -> u8 {
    match (region.verdict.as_str(), region.forced.as_deref()) {
        ("down", forced) if forced != Some("up") => 0,
        ("degraded", _) => 1,
        ("unknown", None) if !region.drained => 2,
        _ if endpoints_down(region) > 0 => 3,
        (_, Some(_)) => 4,
        _ if region.drained => 4,
        _ if region.weight < 100 => 5,
        _ => 6,
    }
}

fn endpoints_down(region: &RegionBody) -> usize {
    region.endpoints.iter().filter(|endpoint| endpoint.verdict == "down").count()
}

fn headline(status: &StatusBody, now: u64, paint: Paint) -> String {
    let epoch = paint.words(Tone::Strong, &format!("epoch {}", status.epoch));
    let config: String = status.config_sha256.chars().take(12).collect();
    let up = Span(now.saturating_sub(status.started.0));
    let age = Span(now.saturating_sub(status.database.built.0));
    let proof = status.proof.as_ref().map_or_else(String::new, |proof| {
        let whole = if proof.cut_short.is_some() { " in part" } else { "" };
        format!(", proven{whole} {} ago", Span(now.saturating_sub(proof.at.0)))
    });
    format!("{epoch}, up for {up}, config {config}{proof}, database {age} old")
}

fn regions(regions: &Regions, now: u64) -> Table<6> {
    let mut table = Table::new([
        ("region", Side::Left),
        ("verdict", Side::Left),
        ("for", Side::Left),
        ("weight", Side::Right),
        ("ordered", Side::Left),
        ("endpoints", Side::Left),
    ]);
    let mut sorted: Vec<&(String, RegionBody)> = regions.0.iter().collect();
    sorted.sort_by_key(|(_, region)| urgency(region));
    for (name, region) in sorted {
        table.row([
            Cell::new(Tone::Strong, name.as_str()),
            Cell::new(Tone::of_verdict(&region.verdict), region.verdict.as_str()),
            Cell::text(Span(now.saturating_sub(region.since.0)).to_string()),
            Cell::text(region.weight.to_string()),
            Cell::new(Tone::Ordered, ordered(region)),
            Cell::text(endpoints(region)),
        ]);
    }
    table
}

/// What the probes say of regions that are not well.
fn doubted(regions: &Regions) -> impl Iterator<Item = (&str, &str)> {
    let unwell = |region: &RegionBody| matches!(region.verdict.as_str(), "down" | "degraded");
    let regions = regions.0.iter().filter(move |(_, region)| unwell(region));
    regions.filter_map(|(name, region)| Some((name.as_str(), region.evidence.as_deref()?)))
}

fn ordered(region: &RegionBody) -> String {
    match (&region.forced, region.drained) {
        (None, false) => "-".to_owned(),
        (None, true) => "drained".to_owned(),
        (Some(state), false) => format!("forced {state}"),
        (Some(state), true) => format!("drained, forced {state}"),
    }
}

/// How many are not down, and what those that are met.
fn endpoints(region: &RegionBody) -> String {
    let all = region.endpoints.len();
    let down: Vec<String> = region
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.verdict == "down")
        .map(|endpoint| {
            let class = endpoint.layers.values().find_map(|layer| layer.class.as_deref());
            format!("{} {}", endpoint.address, class.unwrap_or("down"))
        })
        .collect();
    let well = all - down.len();
    if down.is_empty() { format!("{well}/{all}") } else { format!("{well}/{all} ({})", down.join(", ")) }
}

/// How much of a region's share a gradual drain has left, and for how long.
fn ramp_left(ramp: &RampBody, now: u64) -> String {
    match ramp.percent(now) {
        0 => String::new(),
        percent => {
            format!("; {percent} % of its share, none in {}", Span(ramp.gone.0.saturating_sub(now)))
        }
    }
}

fn pushes(pushes: &[PushBody], now: u64) -> Table<4> {
    let columns =
        [("pushed by", Side::Left), ("region", Side::Left), ("left", Side::Left), ("says", Side::Left)];
    let mut table = Table::new(columns);
    for word in pushes {
        table.row([
            Cell::text(word.source.as_str()),
            Cell::new(Tone::Strong, word.region.as_str()),
            Cell::text(format!("{} left", Span(word.until.0.saturating_sub(now)))),
            Cell::text(word.said()),
        ]);
    }
    table
}

fn budgets(budgets: &BTreeMap<String, BudgetBody>) -> Table<4> {
    let mut table = Table::new([
        ("service", Side::Left),
        ("queries/s", Side::Right),
        ("budget", Side::Right),
        ("ttl", Side::Left),
    ]);
    for (service, asked) in budgets {
        let [least, most] = asked.ttl;
        let raised = if asked.raised { " (raised)" } else { "" };
        table.row([
            Cell::new(Tone::Strong, service.as_str()),
            Cell::text(asked.load.map_or_else(|| "?".to_owned(), |load| format!("{load:.0}"))),
            Cell::text(asked.budget.to_string()),
            Cell::text(format!("{least} to {most} s{raised}")),
        ]);
    }
    table
}

fn overrides(overrides: &[OverrideBody], now: u64) -> Table<6> {
    let mut table = Table::new([
        ("override", Side::Left),
        ("region", Side::Left),
        ("service", Side::Left),
        ("left", Side::Left),
        ("by", Side::Left),
        ("because", Side::Left),
    ]);
    for word in overrides {
        let left = Span(word.until.0.saturating_sub(now));
        let ramp = word.gradual.map_or_else(String::new, |ramp| ramp_left(&ramp, now));
        table.row([
            Cell::new(Tone::Ordered, word.sort()),
            Cell::new(Tone::Strong, word.region.as_str()),
            Cell::text(word.service.as_deref().unwrap_or("all")),
            Cell::text(format!("{left} left{ramp}")),
            Cell::text(word.actor.as_str()),
            Cell::text(word.reason.as_str()),
        ]);
    }
    table
}

/// Between two looks of `--watch`.
const EVERY: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> StatusBody {
        serde_json::from_str(
            r#"{"epoch":42,"started":"2026-11-20T05:00:00Z","config_sha256":"0123456789abcdef",
            "database":{"sha256":"ff","built":"2026-11-17T04:00:00Z"},
            "regions":{
              "us-east":{"verdict":"up","weight":100,"drained":false,"forced":null,"since":"2026-11-20T05:00:05Z",
                "endpoints":[{"address":"192.0.2.10","verdict":"up","layers":{}}],"layers":{}},
              "eu-west":{"verdict":"down","weight":0,"drained":true,"forced":null,"since":"2026-11-20T07:59:30Z",
                "evidence":"tcp refused 3 s ago",
                "endpoints":[{"address":"192.0.2.20","verdict":"up","layers":{}},
                  {"address":"2001:db8:2::10","verdict":"down","layers":{"tcp":{"passed":false,"class":"refused","seconds":0.1,"age":3.0}}}],
                "layers":{}}},
            "overrides":[{"region":"eu-west","kind":"drain","actor":"uid:1000(alice)","reason":"database upgrade",
              "from":"2026-11-20T08:00:00Z","until":"2026-11-20T10:03:00Z",
              "gradual":{"since":"2026-11-20T07:55:00Z","gone":"2026-11-20T08:05:00Z"}}],
            "budgets":{"api.example.com":{"budget":50000,"load":61234.5,"ttl":[7,30],"raised":true}},
            "pushes":[{"region":"us-east","source":"pod-7","weight":50,"load":0.8,"until":"2026-11-20T08:01:20Z"}],
            "alarms":[{"kind":"last_resort","subject":"s inside fence gdpr","since":"2026-11-20T07:58:00Z",
              "evidence":"s is answered from its last resort inside fence gdpr"}]}"#,
        )
        .unwrap()
    }

    /// 2026-11-20T08:00:00Z
    const NOW: u64 = 1_795_161_600;

    #[test]
    fn a_status_reads_as_its_alarms_and_two_tables_the_worst_region_first() {
        assert_eq!(
            render(&status(), NOW, Paint::Plain, Some(120)),
            "\
epoch 42, up for 3h 00m, config 0123456789ab, database 3d 04h old
! s is answered from its last resort inside fence gdpr (last_resort for 2m 00s)

REGION   VERDICT  FOR     WEIGHT  ORDERED  ENDPOINTS
eu-west  down     30s          0  drained  1/2 (2001:db8:2::10 refused)
us-east  up       2h 59m     100  -        1/1
eu-west: tcp refused 3 s ago

OVERRIDE  REGION   SERVICE  LEFT                                            BY               BECAUSE
drain     eu-west  all      2h 03m left; 50 % of its share, none in 5m 00s  uid:1000(alice)  database upgrade

SERVICE          QUERIES/S  BUDGET  TTL
api.example.com      61234   50000  7 to 30 s (raised)

PUSHED BY  REGION   LEFT         SAYS
pod-7      us-east  1m 20s left  weight 50, load 0.8
"
        );
    }

    #[test]
    fn a_narrow_terminal_gets_a_block_for_each_row() {
        let narrow = render(&status(), NOW, Paint::Plain, Some(40));
        assert!(
            narrow.contains(
                "\
eu-west
  verdict    down
  for        30s
  weight     0
  ordered    drained
  endpoints  1/2 (2001:db8:2::10 refused)
"
            ),
            "{narrow}"
        );
        assert!(!narrow.contains("REGION "), "a table is no use there: {narrow}");
    }
}
