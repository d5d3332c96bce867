//! One region's card: verdict, weight, share, what the probes saw last and when.

use crate::admin::body::{EndpointBody, LayerBody, RegionBody, Span};
use crate::admin::overview::RegionView;

use super::rows::rate;

/// A region.
pub(super) struct Card {
    pub(super) name: String,
    /// Its number on the map, from 1.
    pub(super) number: usize,
    /// Class of its colour.
    pub(super) class: String,
    pub(super) jurisdiction: Box<str>,
    pub(super) verdict: String,
    pub(super) since: Span,
    pub(super) weight: u8,
    /// What an operator ordered: `drained`, `forced up`; empty: nothing.
    pub(super) ordered: String,
    /// `bad`, `out` or empty.
    pub(super) state: &'static str,
    pub(super) users: String,
    pub(super) rate: String,
    pub(super) capacity: u32,
    /// What else is known of it: load, and what it delivered since the start.
    pub(super) figures: Vec<(&'static str, String)>,
    /// The worst result of each layer.
    pub(super) layers: Vec<Layer>,
    pub(super) endpoints_line: String,
    pub(super) endpoints: Vec<Endpoint>,
}

/// What a layer's probe met last.
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) passed: bool,
    /// `passed`, or the fault's class.
    pub(super) said: String,
    pub(super) took: String,
    pub(super) age: Span,
}

/// One endpoint.
pub(super) struct Endpoint {
    pub(super) address: String,
    pub(super) verdict: String,
    pub(super) layers: Vec<Layer>,
}

impl Card {
    /// The card of the region at position `at`.
    pub(super) fn of(at: usize, (name, region): (String, RegionBody), view: &RegionView, now: u64) -> Self {
        let ordered = ordered(&region);
        let out = region.drained || region.forced.as_deref() == Some("down");
        let down = region.verdict == "down" && region.forced.as_deref() != Some("up");
        let well = region.endpoints.iter().filter(|endpoint| endpoint.verdict != "down").count();
        Self {
            number: at + 1,
            class: colour(at),
            jurisdiction: view.jurisdiction.clone(),
            since: Span(now.saturating_sub(region.since.0)),
            weight: region.weight,
            ordered,
            state: if down {
                "bad"
            } else if out {
                "out"
            } else {
                ""
            },
            users: percent(view.users),
            rate: rate(view.rate),
            capacity: view.capacity,
            figures: figures(&region),
            layers: region.layers.into_iter().map(|(name, worst)| Layer::of(name, &worst.result)).collect(),
            endpoints_line: format!("{well} of {} endpoints serve", region.endpoints.len()),
            endpoints: region.endpoints.into_iter().map(Endpoint::from).collect(),
            verdict: region.verdict,
            name,
        }
    }

    /// The probes say down, and no operator says otherwise.
    pub(super) fn is_down(&self) -> bool {
        self.state == "bad"
    }

    /// An operator took it out.
    pub(super) fn is_out(&self) -> bool {
        self.state == "out"
    }
}

/// The class of the colour of a region, by its position.
pub(super) fn colour(at: usize) -> String {
    format!("r{}", at % COLOURS)
}

/// A part as people read it.
pub(super) fn percent(part: f64) -> String {
    match part * 100.0 {
        0.0 => "0 %".to_owned(),
        percent if percent < 1.0 => "< 1 %".to_owned(),
        percent if percent > 99.0 && percent < 100.0 => "> 99 %".to_owned(),
        percent => format!("{percent:.0} %"),
    }
}

fn figures(region: &RegionBody) -> Vec<(&'static str, String)> {
    let level = &region.level;
    let known = [
        ("load", region.load.map(percent)),
        ("uptime", level.uptime.map(share)),
        ("within 5 s", level.within_5s.map(share)),
        ("errors", level.errors.map(share)),
    ];
    known.into_iter().filter_map(|(name, figure)| Some((name, figure?))).collect()
}

/// A service level: its digits count.
fn share(part: f64) -> String {
    format!("{:.2}\u{a0}%", part * 100.0)
}

fn ordered(region: &RegionBody) -> String {
    let drained = region.drained.then(|| "drained".to_owned());
    let forced = region.forced.as_ref().map(|state| format!("forced {state}"));
    drained.into_iter().chain(forced).collect::<Vec<_>>().join(", ")
}

impl Layer {
    fn of(name: String, result: &LayerBody) -> Self {
        let milliseconds = result.seconds * 1_000.0;
        Self {
            name,
            passed: result.passed,
            said: result.class.as_deref().unwrap_or("passed").replace('_', " "),
            took: if milliseconds < 10.0 {
                format!("{milliseconds:.1} ms")
            } else {
                format!("{milliseconds:.0} ms")
            },
            age: Span(result.age as u64),
        }
    }
}

impl From<EndpointBody> for Endpoint {
    fn from(endpoint: EndpointBody) -> Self {
        let layers = endpoint.layers.iter();
        Self {
            layers: layers.map(|(name, result)| Layer::of(name.clone(), result)).collect(),
            address: endpoint.address.to_string(),
            verdict: endpoint.verdict,
        }
    }
}

/// Colours that the stylesheet has for regions.
const COLOURS: usize = 10;
