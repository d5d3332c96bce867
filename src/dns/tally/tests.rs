//! Counts on their way to the exposition.

use super::*;
use crate::metrics;
use crate::region::RegionId;
use crate::steer::{Reason, ServiceId};

fn steered(service: u32, region: u16) -> Steered {
    Steered { service: ServiceId(service), region: Some(RegionId(region)), reason: Reason::Preferred }
}

/// What the exposition says of a series.
fn shown(series: &str) -> u64 {
    let text = metrics::install().render();
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.map_or(0, |number| number.trim().parse().unwrap())
}

fn waiting(tally: &Tally) -> u64 {
    let count = |decision: &Decision| match decision {
        Decision::Free => 0,
        Decision::Fresh(_, count) => *count,
        Decision::Known(_, cell) => cell.waiting,
    };
    tally.decisions.iter().map(count).sum()
}

#[test]
fn response_codes_show_after_a_flush_and_not_before() {
    metrics::install();
    let mut tally = Tally::new("tally-test");
    for rcode in [0, 0, 3, 16, 23, 11, 4095] {
        tally.answered(rcode, None);
    }
    tally.dropped(Dropped::Send, 5);
    let rcode =
        |word| shown(&format!("meridian_dns_queries_total{{transport=\"tally-test\",rcode=\"{word}\"}}"));
    assert_eq!(rcode("NOERROR"), 0);
    tally.flush();
    let all = ["NOERROR", "NXDOMAIN", "BADVERS", "BADCOOKIE", "OTHER"].map(rcode);
    assert_eq!(all, [2, 1, 1, 1, 2]);
    assert_eq!(shown("meridian_dns_dropped_total{transport=\"tally-test\",why=\"send\"}"), 5);
    tally.flush();
    assert_eq!(rcode("NOERROR"), 2, "a flush adds once");
}

#[test]
fn decisions_are_told_apart_and_keep_their_counts_over_rounds() {
    let mut tally = Tally::new("udp");
    for _ in 0..3 {
        tally.open(0);
        for region in 0..4 {
            tally.answered(0, Some(steered(7, region)));
        }
        tally.close(&Snapshot::default());
    }
    assert_eq!((tally.taken, waiting(&tally)), (4, 12));
    tally.flush();
    assert_eq!((tally.taken, waiting(&tally)), (4, 0));
}

#[test]
fn another_generation_starts_afresh() {
    let mut tally = Tally::new("udp");
    tally.open(1);
    tally.answered(0, Some(steered(7, 1)));
    tally.close(&Snapshot::default());
    tally.open(1);
    assert_eq!(tally.taken, 1);
    tally.open(2);
    assert_eq!((tally.taken, waiting(&tally)), (0, 0));
}

#[test]
fn a_table_that_fills_up_loses_no_count() {
    metrics::install();
    let labels = Snapshot::default();
    let first = steered(0, 0);
    let ((service, region), reason) = (labels.labels(first.service, first.region), first.reason.word());
    let series =
        format!("meridian_answers_total{{service=\"{service}\",region=\"{region}\",reason=\"{reason}\"}}");
    let before = shown(&series);
    let mut tally = Tally::new("udp");
    let services = 3 * CELLS as u32;
    for first in (0..services).step_by(ROUND) {
        tally.open(0);
        (first..first + ROUND as u32).for_each(|service| tally.answered(0, Some(steered(service, 0))));
        tally.close(&labels);
        assert!(tally.taken <= ROOM, "{}", tally.taken);
    }
    tally.flush();
    // Other tests of this process may count here too.
    assert!(shown(&series) - before >= u64::from(services));
}

#[test]
fn a_tally_that_goes_away_leaves_its_counts() {
    metrics::install();
    let mut tally = Tally::new("tally-drop-test");
    tally.answered(5, None);
    drop(tally);
    assert_eq!(shown("meridian_dns_queries_total{transport=\"tally-drop-test\",rcode=\"REFUSED\"}"), 1);
}
