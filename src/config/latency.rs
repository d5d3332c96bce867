//! `services.S.latency`: a file of measured round trips, a row `country-or-prefix,region,milliseconds` each.
//!
//! Several services may share a file: rows about regions that a service does not have are another one's. Empty lines
//! and lines that begin with `#` are no rows.

use std::path::Path;

use super::countries;
use super::geo::{self, Geography};
use super::item::Item;
use super::strategy::Candidates;
use crate::region::RegionId;
use crate::steer::{Latencies, LatencyKey};

/// Reads the file that `item` names; none: it has a mistake, and that was said.
pub(super) fn read<'a>(
    item: &Item<'a>,
    candidates: &Candidates<'_, 'a>,
    geography: &mut Geography<'a>,
) -> Option<Latencies> {
    let path = item.path()?;
    let text = match candidates.files.text(&path, LARGEST_TABLE) {
        Ok(text) => text,
        Err(error) => {
            item.refuse(format_args!("{} {error}", path.display()));
            return None;
        }
    };
    let mut latencies = Latencies::default();
    let mut valid = true;
    for (line, row) in (1..).zip(text.lines()).filter(|(_, row)| is_row(row)) {
        match Row::read(row, candidates) {
            Ok(Row { region: None, .. }) => {}
            Ok(Row { key, region: Some(region), milliseconds }) => {
                if !latencies.insert(key, region, milliseconds) {
                    refuse(
                        item,
                        &path,
                        (line, row),
                        &Fault::of(0, "the clients and the region are above; each pair once"),
                    );
                    valid = false;
                }
                geography.note_prefix(&key);
            }
            Err(fault) => {
                refuse(item, &path, (line, row), &fault);
                valid = false;
            }
        }
    }
    if valid && latencies.is_empty() {
        item.refuse(format_args!(
            "{} has no row about a region of the service; rows are country-or-prefix,region,milliseconds",
            path.display()
        ));
    }
    (valid && !latencies.is_empty()).then_some(latencies)
}

struct Row {
    key: LatencyKey,
    /// None: another service's.
    region: Option<RegionId>,
    milliseconds: f64,
}

/// What is wrong with a row, and in which field.
struct Fault {
    field: usize,
    what: String,
}

impl Fault {
    fn of(field: usize, what: impl Into<String>) -> Self {
        Self { field, what: what.into() }
    }
}

fn is_row(row: &str) -> bool {
    let row = row.trim();
    !row.is_empty() && !row.starts_with('#')
}

impl Row {
    fn read(row: &str, candidates: &Candidates<'_, '_>) -> Result<Self, Fault> {
        let fields: Vec<&str> = row.split(',').map(str::trim).collect();
        let [clients, region, milliseconds] = fields.as_slice() else {
            let what = format!("found {} field(s); country-or-prefix,region,milliseconds", fields.len());
            return Err(Fault::of(0, what));
        };
        let key = key(clients).map_err(|what| Fault::of(0, what))?;
        let region = candidates.find(region).map_err(|what| Fault::of(1, what))?;
        let number = milliseconds.parse::<f64>().ok().filter(|number| (0.0..=LONGEST).contains(number));
        let milliseconds = number.ok_or_else(|| {
            Fault::of(2, format!("found {milliseconds:?}; milliseconds from 0 to {LONGEST}"))
        })?;
        Ok(Self { key, region, milliseconds })
    }
}

fn key(text: &str) -> Result<LatencyKey, String> {
    if text.contains(['/', ':', '.']) {
        geo::prefix(text).map(LatencyKey::Prefix)
    } else {
        countries::known_country(text).map(LatencyKey::Country)
    }
}

fn refuse(item: &Item<'_>, path: &Path, (line, row): (usize, &str), fault: &Fault) {
    let before: usize = row.split(',').take(fault.field).map(|field| field.chars().count() + 1).sum();
    let blank =
        row.split(',').nth(fault.field).map_or(0, |field| field.chars().take_while(|c| *c == ' ').count());
    item.refuse_in(path, (line, before + blank + 1), &fault.what);
}

/// In MiB: some hundred thousand networks to a hundred regions.
const LARGEST_TABLE: u64 = 256;
/// In milliseconds.
const LONGEST: f64 = 60_000.0;
