//! The map, worded: which country is coloured how and why, where the regions are, what the colours mean.

use super::card::{colour, percent};
use super::map::{HEIGHT, WIDTH, project, shapes};
use crate::admin::overview::{CountryView, Overview};
use crate::health::Verdict;
use crate::steer::Reason;
use crate::world::RegionStatus;

/// The map of one service.
pub(super) struct WorldMap {
    pub(super) service: Box<str>,
    pub(super) width: f64,
    pub(super) height: f64,
    /// What it shows, for those who do not see it.
    pub(super) label: String,
    /// Countries without a fence, then those of each set of fences.
    pub(super) layers: Vec<Layer>,
    pub(super) pins: Vec<Pin>,
    pub(super) legend: Vec<Legend>,
    pub(super) fences: Vec<FenceSign>,
}

/// Countries that the same fence holds, or none.
pub(super) struct Layer {
    pub(super) class: String,
    pub(super) countries: Vec<Coloured>,
}

impl Layer {
    /// Whether an outline is drawn around them.
    pub(super) fn is_fence(&self) -> bool {
        self.class != FREE
    }
}

/// A country.
pub(super) struct Coloured {
    pub(super) code: &'static str,
    pub(super) class: String,
    pub(super) title: String,
    /// Served by several regions, or from a last resort.
    pub(super) hatched: bool,
}

/// A region.
pub(super) struct Pin {
    pub(super) name: String,
    pub(super) number: usize,
    pub(super) class: String,
    /// `out` when it is not answered with, else empty.
    pub(super) state: &'static str,
    pub(super) title: String,
    pub(super) x: String,
    pub(super) y: String,
    /// `before` or `after`: on which side its name stands.
    pub(super) side: &'static str,
    pub(super) offset: i32,
}

/// What a colour means.
pub(super) struct Legend {
    pub(super) name: String,
    pub(super) number: String,
    pub(super) class: String,
    pub(super) count: String,
    pub(super) countries: String,
}

/// What an outline means.
pub(super) struct FenceSign {
    pub(super) name: Box<str>,
    pub(super) class: String,
    pub(super) jurisdictions: String,
}

impl WorldMap {
    /// None where there is no service.
    pub(super) fn of(overview: &Overview) -> Option<Self> {
        let service = &overview.services[overview.mapped?];
        let served = |at: usize| service.regions.contains(&at);
        let legend: Vec<Legend> = (0..overview.regions.len())
            .filter(|at| served(*at))
            .map(|at| Legend::of_region(overview, at))
            .chain(Legend::of_sinks(overview))
            .collect();
        let said = legend.iter().map(|row| format!("{} {}", row.name, row.count)).collect::<Vec<_>>();
        Some(Self {
            service: service.name.clone(),
            width: WIDTH,
            height: HEIGHT,
            label: format!("Map of the world: {}. The countries are listed below.", said.join("; ")),
            layers: layers(overview),
            pins: pins(overview, &served),
            legend,
            fences: signs(overview),
        })
    }
}

/// Fences stand above what they stand around, so that all of their outline shows.
fn layers(overview: &Overview) -> Vec<Layer> {
    let mut layers = vec![Layer { class: FREE.to_owned(), countries: Vec::new() }];
    layers.extend((0..overview.fences.len()).map(|at| Layer { class: outline(at), countries: Vec::new() }));
    for shape in shapes() {
        let view = overview.countries.iter().find(|view| view.country == shape.country);
        let layer = view.and_then(|view| view.fences.first()).map_or(0, |fence| fence + 1);
        layers[layer].countries.push(Coloured {
            code: shape.country.code(),
            class: view
                .and_then(|view| view.parts.first())
                .map_or_else(|| "none".to_owned(), |(at, _)| colour(*at)),
            title: view.map_or_else(
                || format!("{}: no addresses known", shape.country.name()),
                |view| title(overview, view),
            ),
            hatched: view.is_some_and(|view| view.parts.len() > 1 || view.reason == Reason::LastResort),
        });
    }
    layers.retain(|layer| !layer.countries.is_empty());
    layers
}

/// `Germany: eu-central 75 %, eu-west 25 % (fence gdpr, last resort)`
fn title(overview: &Overview, view: &CountryView) -> String {
    let name = |at: usize| &*overview.status.regions[at].name;
    let by = match view.parts.as_slice() {
        [] => "the fence's sink".to_owned(),
        [(only, _)] => name(*only).to_owned(),
        parts => parts
            .iter()
            .map(|(at, part)| format!("{} {}", name(*at), percent(*part)))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let fences = view.fences.iter().map(|at| format!("fence {}", overview.fences[*at].name));
    let reason = (view.reason != Reason::Preferred).then(|| view.reason.word().replace('_', " "));
    let notes: Vec<String> = fences.chain(reason).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    format!("{}: {by}{notes}", view.country.name())
}

fn pins(overview: &Overview, served: &dyn Fn(usize) -> bool) -> Vec<Pin> {
    let placed = overview.regions.iter().enumerate().filter(|(at, _)| served(*at));
    let points: Vec<_> = placed
        .filter_map(|(at, view)| {
            let place = view.coordinates?;
            Some((at, project(place.longitude(), place.latitude())))
        })
        .collect();
    points
        .iter()
        .map(|(at, point)| {
            let region = &overview.status.regions[*at];
            let crowded = points.iter().any(|(_, other)| {
                (1.0..ROOM).contains(&(other.x - point.x)) && (other.y - point.y).abs() < 24.0
            });
            Pin {
                name: if is_out(region) { format!("{}, out", region.name) } else { region.name.to_string() },
                number: at + 1,
                class: colour(*at),
                state: if is_out(region) { "out" } else { "" },
                title: format!("{}: {}, weight {}", region.name, region.verdict.word(), region.weight),
                x: format!("{:.1}", point.x),
                y: format!("{:.1}", point.y),
                side: if crowded { "before" } else { "after" },
                offset: if crowded { -15 } else { 15 },
            }
        })
        .collect()
}

fn is_out(region: &RegionStatus) -> bool {
    region.drained
        || region.forced == Some(Verdict::Down)
        || (region.verdict == Verdict::Down && region.forced != Some(Verdict::Up))
}

impl Legend {
    fn of_region(overview: &Overview, at: usize) -> Self {
        let first = |view: &&CountryView| view.parts.first().is_some_and(|(first, _)| *first == at);
        Self {
            number: (at + 1).to_string(),
            class: colour(at),
            ..Self::of(&overview.status.regions[at].name, overview.countries.iter().filter(first))
        }
    }

    /// Countries that no region may answer; no row where there are none.
    fn of_sinks(overview: &Overview) -> Option<Self> {
        let mut none = overview.countries.iter().filter(|view| view.parts.is_empty()).peekable();
        none.peek()?;
        Some(Self::of("sink", none))
    }

    fn of<'a>(name: &str, countries: impl Iterator<Item = &'a CountryView>) -> Self {
        let mut names: Vec<&str> = countries.map(|view| view.country.name()).collect();
        names.sort_unstable();
        Self {
            name: name.to_owned(),
            number: "-".to_owned(),
            class: "none".to_owned(),
            count: match names.len() {
                0 => "no country".to_owned(),
                1 => "1 country".to_owned(),
                count => format!("{count} countries"),
            },
            countries: if names.is_empty() { "none".to_owned() } else { names.join(", ") },
        }
    }
}

/// The fences that hold any country of the map.
fn signs(overview: &Overview) -> Vec<FenceSign> {
    let holds = |at: usize| overview.countries.iter().any(|view| view.fences.contains(&at));
    let fences = overview.fences.iter().enumerate().filter(|(at, _)| holds(*at));
    fences
        .map(|(at, fence)| FenceSign {
            name: fence.name.clone(),
            class: outline(at),
            jurisdictions: fence.jurisdictions.join(", "),
        })
        .collect()
}

/// The class of a fence's outline.
fn outline(at: usize) -> String {
    format!("f{}", at % 4)
}

/// The class of countries without a fence.
const FREE: &str = "free";
/// The room that a region's name needs.
const ROOM: f64 = 130.0;
