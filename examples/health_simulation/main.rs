//! The whole judgement over hours of simulated time: every row of the table with sixty seeds, beside the figures of the
//! reference's best judge. Ends with 1 where a row is lost.
//!
//! `cargo run --release --example health_simulation [SEEDS [WORDS OF ROWS]]`
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::print_literal,
    reason = "a program of its own, that prints a table"
)]

mod chance;
mod gateway;
mod run;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    let seeds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(60);
    println!(
        "{seeds} seeds a row, {} simulated minutes each; three regions, the first at fault from minute 10.",
        run::ENDS / 60
    );
    println!(
        "quarter: seconds until 25 % of the weight is gone, median (p90); chg: changes of verdicts a run, all regions\n"
    );
    println!(
        "{:<32}{:>6}{:>14}{:>8}{:>8}{:>6}{:>7}{:>6}{:>8}  {}",
        "scenario", "acts", "quarter", "half", "out", "min", "chg", "step", "back", "reference"
    );
    let mut lost = 0;
    let asked = std::env::args().nth(2).unwrap_or_default();
    for row in table::rows().into_iter().filter(|row| row.name.contains(&*asked)) {
        let found = row.play(seeds);
        let seconds = |time: f64| if time.is_finite() { format!("{time:.0}") } else { "-".to_owned() };
        let quarter = if found.median.is_finite() {
            format!("{:.0} ({:.0})", found.median, found.p90)
        } else {
            "-".to_owned()
        };
        println!(
            "{:<32}{:>4.0} %{quarter:>14}{:>8}{:>8}{:>6}{:>7.1}{:>6}{:>8}  {}",
            row.name,
            100.0 * found.acts,
            seconds(found.half),
            seconds(found.out),
            found.least,
            found.changes,
            found.step,
            seconds(found.back),
            row.reference
        );
        for problem in found.lost(&row.bounds) {
            println!("    LOST: {problem}");
            lost += 1;
        }
    }
    let trails = 10_000;
    let more = (0..trails).filter(|seed| run::restless(0.5, *seed) > 2).count();
    println!(
        "\nhalf of all rounds fail at random for ten minutes: {more} of {trails} trails change more than twice an hour"
    );
    lost += more;
    println!("{lost} bound(s) lost");
    ExitCode::from(u8::from(lost > 0))
}
