//! Meridian, Knot DNS and NSD are asked the same questions of the same zones, and every difference has a reason.
//!
//! `DIFFERENTIAL_ZONES` is how many families of zones are made (`tests/differential/run` makes thousands), and
//! `DIFFERENTIAL_QUESTIONS` how many questions each is asked at most.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "how often each rule explains is the result")]
#![allow(clippy::disallowed_methods, reason = "the size of the run is in the environment")]

mod asked;
#[path = "../loopback/mod.rs"]
mod loopback;
mod pair;
mod questions;
mod random;
mod rules;
mod servers;
mod zones;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use asked::Asker;
use pair::Pair;
use questions::{A, Manner, Question, questions};
use rules::RULES;
use servers::Server;
use zones::Family;

#[test]
fn meridian_knot_and_nsd_answer_alike_or_a_rule_says_why() {
    let (families, questions) = (size("DIFFERENTIAL_ZONES", 300), size("DIFFERENTIAL_QUESTIONS", 80));
    let mut run = Run::default();
    for first in (0..families).step_by(BATCH) {
        run.batch(first..families.min(first + BATCH as u64), questions as usize);
    }
    run.report();
    assert!(run.unexplained.is_empty(), "{} kinds of differences have no rule", run.unexplained.len());
}

/// What was asked and found.
#[derive(Default)]
struct Run {
    zones: usize,
    records: usize,
    questions: u64,
    differing: u64,
    by_rule: BTreeMap<(&'static str, &'static str), u64>,
    /// By what differs: how often, and the first of them.
    unexplained: BTreeMap<String, (u64, String)>,
}

impl Run {
    /// Some families in one set of daemons.
    fn batch(&mut self, numbers: Range<u64>, most: usize) {
        let directory = tempfile::tempdir().unwrap();
        let families: Vec<(u64, Family)> = numbers.map(|number| (number, Family::of(number))).collect();
        let apexes = write(directory.path(), &families);
        self.zones += apexes.len();
        self.records += families.iter().map(|(_, family)| family.records()).sum::<usize>();
        let servers = [
            Server::meridian(directory.path()),
            Server::knot(directory.path(), &apexes),
            Server::nsd(directory.path(), &apexes),
        ];
        let mut askers = servers.each_ref().map(Asker::new);
        askers.iter_mut().for_each(|asker| loaded(asker, &apexes, directory.path()));
        for (number, family) in &families {
            for question in questions(family, *number, most) {
                self.ask(&mut askers, &question, family, &apexes);
            }
        }
    }

    fn ask(
        &mut self,
        askers: &mut [Asker; 3],
        question: &Question,
        family: &Family,
        apexes: &BTreeSet<String>,
    ) {
        self.questions += 1;
        let id = self.questions as u16;
        askers.iter_mut().for_each(|asker| asker.send(question, id));
        let [ours, knot, nsd] = askers.each_mut().map(|asker| asker.receive(question, id));
        for (peer, theirs, other) in [("Knot", &knot, &nsd), ("NSD", &nsd, &knot)] {
            let pair = Pair { question, peer, ours: &ours, theirs, other, apexes };
            self.differing += u64::from(ours != *theirs);
            let left = pair.explain(&mut self.by_rule);
            if !left.is_empty() {
                let zones: String =
                    family.files.iter().map(|file| format!("; {}\n{}", file.file, file.text)).collect();
                let kind = format!("{left:?} of {peer}, TYPE{}", question.rtype);
                self.unexplained.entry(kind).or_insert_with(|| (0, format!("{pair}{zones}"))).0 += 1;
            }
        }
    }

    fn report(&self) {
        println!(
            "{} zones of {} records, {} questions to each of three servers",
            self.zones, self.records, self.questions
        );
        println!("{} of {} pairs of answers differ:", self.differing, 2 * self.questions);
        for rule in RULES {
            let of = |peer| self.by_rule.get(&(rule.name, peer)).copied().unwrap_or_default();
            println!("  {:>8} Knot {:>8} NSD  {}: {}", of("Knot"), of("NSD"), rule.name, rule.why);
        }
        for (kind, (count, first)) in &self.unexplained {
            println!("{count} without a rule: {kind}; the first:\n{first}");
        }
    }
}

/// Writes the zone files; gives the apexes.
fn write(directory: &Path, families: &[(u64, Family)]) -> BTreeSet<String> {
    let zones = directory.join("zones");
    fs::create_dir(&zones).unwrap();
    let files = families.iter().flat_map(|(_, family)| &family.files);
    files
        .map(|file| {
            fs::write(zones.join(&*file.file), &file.text).unwrap();
            file.file.trim_end_matches(".zone").to_owned()
        })
        .collect()
}

/// Waits until a server answers for every zone.
fn loaded(asker: &mut Asker, apexes: &BTreeSet<String>, directory: &Path) {
    let deadline = Instant::now() + PATIENCE;
    for apex in apexes {
        let question = Question { name: apex.clone(), rtype: A, manner: Manner::Plain };
        loop {
            asker.send(&question, 0);
            let answer = asker.next(&question, 0);
            if answer.as_ref().is_some_and(|answer| answer.rcode == 0 && answer.aa) {
                break;
            }
            let log = || fs::read_to_string(directory.join(asker.name.to_lowercase()).join("log"));
            assert!(
                Instant::now() < deadline,
                "{} does not load {apex}: {answer:?}\n{}",
                asker.name,
                log().unwrap()
            );
            std::thread::sleep(Duration::from_millis(5)); // it is loading
        }
    }
}

/// A number of the environment.
fn size(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}; a number")),
        Err(_) => otherwise,
    }
}

/// Families in one set of daemons.
const BATCH: usize = 1000;
const PATIENCE: Duration = Duration::from_secs(20);
