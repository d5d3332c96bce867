//! What `meridian prove --lose K` prints: the load on each region that remains, and what is left inside each fence.

use serde_json::{Value, json};

use super::line::{Paint, Tone};
use super::table::{Cell, Side, Table};
use crate::director::Losses;
use crate::prove::Contingency;
use crate::region::RegionId;

/// A table for people: a row for each region that remains after each loss.
pub(super) fn words(losses: &Losses, weights: &str, paint: Paint) -> String {
    let mut table = Table::new([
        ("lost", Side::Left),
        ("region", Side::Left),
        ("load", Side::Right),
        ("capacity", Side::Right),
        ("ratio", Side::Right),
        ("left inside fences", Side::Left),
    ]);
    for contingency in &losses.each {
        let mut lost = names(losses, &contingency.lost);
        let mut fences = left(losses, contingency);
        if lost.is_empty() {
            "none".clone_into(&mut lost);
        }
        for (region, load, capacity) in &contingency.loads {
            let ratio = load / capacity;
            let tone = if ratio > CROWDED { Tone::Warning } else { Tone::Text };
            table.row([
                Cell::text(std::mem::take(&mut lost)),
                Cell::text(&*losses.regions[region.index()]),
                Cell::text(percent(*load)),
                Cell::text(percent(*capacity)),
                Cell::new(tone, format!("{ratio:.2}")),
                Cell::text(std::mem::take(&mut fences)),
            ]);
        }
    }
    format!(
        "{}\nload: part of all clients, weighed by {weights}, every service alike; capacity: part of all capacity, also \
         of what is lost; ratio: the one over the other.",
        table.render(paint)
    )
}

/// The same for programs.
pub(super) fn document(losses: &Losses, weights: &str) -> Value {
    let each = losses.each.iter().map(|contingency| {
        let loads: serde_json::Map<String, Value> = contingency
            .loads
            .iter()
            .map(|(region, load, capacity)| {
                (losses.regions[region.index()].to_string(), json!({"load": load, "capacity": capacity}))
            })
            .collect();
        let fences: serde_json::Map<String, Value> = contingency
            .fences
            .iter()
            .map(|(at, left)| (losses.fences[*at].to_string(), list(losses, left)))
            .collect();
        json!({"lost": list(losses, &contingency.lost), "regions": loads, "fences": fences})
    });
    json!({"weights": weights, "losses": each.collect::<Vec<_>>()})
}

fn left(losses: &Losses, contingency: &Contingency) -> String {
    let fences = contingency.fences.iter().map(|(at, left)| {
        let name = &losses.fences[*at];
        if left.is_empty() {
            format!("{name}: last resort")
        } else {
            format!("{name}: {}", names(losses, left))
        }
    });
    fences.collect::<Vec<_>>().join("; ")
}

fn names(losses: &Losses, regions: &[RegionId]) -> String {
    regions.iter().map(|region| &*losses.regions[region.index()]).collect::<Vec<_>>().join(", ")
}

fn list(losses: &Losses, regions: &[RegionId]) -> Value {
    regions.iter().map(|region| json!(losses.regions[region.index()])).collect()
}

fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

/// A region with this many times its part of the load is marked.
const CROWDED: f64 = 1.5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_loss_is_a_few_rows_and_says_what_its_fences_keep() {
        let (us, eu) = (RegionId(0), RegionId(1));
        let whole = Contingency {
            lost: vec![],
            loads: vec![(us, 0.4, 0.5), (eu, 0.6, 0.5)],
            fences: vec![(0, vec![eu])],
        };
        let lost = Contingency { lost: vec![eu], loads: vec![(us, 1.0, 0.5)], fences: vec![(0, vec![])] };
        let losses = Losses {
            regions: vec!["us".into(), "eu".into()],
            fences: vec!["gdpr".into()],
            each: vec![whole, lost],
        };
        let words = words(&losses, "Internet users", Paint::Plain);
        assert!(words.contains("none  us       40.0 %    50.0 %   0.80  gdpr: eu"), "{words}");
        assert!(words.contains("eu    us      100.0 %    50.0 %   2.00  gdpr: last resort"), "{words}");
        assert_eq!(document(&losses, "x")["losses"][1]["fences"]["gdpr"], json!([]));
    }
}
