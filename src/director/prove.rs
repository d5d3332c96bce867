//! The proof, run: reads what the oracle reads, and gives the parts of the proof to two threads.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::config::{Origin, Problem};
use crate::geo::Family;
use crate::now::Now;
use crate::prove::{
    self, Boards, Contingency, Ground, Grounds, Ledger, Records, Rules, Subject, Survey, Weights,
};
use crate::steer::Tables;
use crate::world::{Compiled, Kept, Supposed, World};

/// What was proven, or not.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Cases, counterexamples and reductions.
    pub ledger: Ledger,
    /// SHA-256 of the config, in hexadecimal.
    pub config_sha256: String,
    /// SHA-256 of the location database, in hexadecimal.
    pub database_sha256: String,
    /// Prefixes that were met.
    pub prefixes: u64,
    /// Distinct pairs of a policy and a view of clients.
    pub views: usize,
    /// How long it took.
    pub took: Duration,
    /// What was left out because the time was over; none: it is whole.
    pub cut_short: Option<&'static str>,
}

/// How long a proof may take, and who is told how far it is.
#[derive(Clone, Copy)]
pub struct Effort<'a> {
    /// None: as long as it takes.
    pub limit: Option<Duration>,
    /// Whether query bytes are sent for both edges of every range.
    pub wire: bool,
    /// Told what is under way, what part of it is done, and how much there is.
    pub progress: &'a (dyn Fn(&'static str, usize, usize) + Sync),
}

impl Effort<'_> {
    /// Within a limit, telling nobody.
    #[must_use]
    pub fn bounded(limit: Duration) -> Self {
        Self { limit: Some(limit), wire: false, progress: &|_, _, _| {} }
    }
}

/// What the oracle reads: not what the config's reader made of it.
pub(super) struct Evidence {
    rules: Rules,
    records: Records,
}

impl Evidence {
    /// Reads once more the very bytes that the config at `path` was made of.
    pub(super) fn read(path: &Path, origin: &Origin) -> Result<Self, Problem> {
        let refused = |key: &str, what: &dyn std::fmt::Display| Problem::of_file(path.to_owned(), key, what);
        let rules = Rules::read(&origin.text).map_err(|error| refused("prove", &error))?;
        if rules.database.is_some() != origin.databases.places.is_some() {
            return Err(refused("geoip.database", &"is read in two ways; `meridian prove` is at fault"));
        }
        let records = match &origin.databases.places {
            Some(file) => Records::read(&file.octets).map_err(|error| refused("geoip.database", &error))?,
            None => Records::built_in(),
        };
        Ok(Self { rules, records })
    }
}

/// Proves what `compiled` serves, against what the evidence says.
pub(super) fn prove(evidence: &Evidence, compiled: &Compiled, effort: Effort<'_>) -> Proof {
    let started = Instant::now();
    let over = || effort.limit.is_some_and(|limit| started.elapsed() > limit);
    let subject = Subject::new(compiled.catalog(), compiled.plan());
    let Evidence { rules, records } = evidence;
    let mut ledger = Ledger::default();
    (effort.progress)("prefixes", 0, 2);
    let surveys: Vec<Survey> = thread::scope(|scope| {
        let survey =
            |family| scope.spawn(move || Survey::new(&subject, &Ground::new(rules, records, family), &over));
        Family::BOTH.map(survey).map(|thread| thread.join().expect("a survey does not panic")).into()
    });
    (effort.progress)("prefixes", 2, 2);
    let cases = prove::cases(&subject, rules, &surveys, &mut ledger);
    let boards: Vec<Boards<'_>> =
        (0..compiled.plan().policies().len()).map(|policy| Boards::new(&subject, policy, &surveys)).collect();
    let mut work: Vec<Work<'_>> = vec![Work::Moves, Work::Lifetimes];
    work.extend(boards.iter().map(Work::Pending));
    work.extend(cases.iter().map(Work::Case));
    work.extend(boards.iter().flat_map(|boards| (0..boards.count()).map(move |at| Work::Board(boards, at))));
    let done = AtomicUsize::new(0);
    let work_through = || {
        let (mut own, mut tables) = (Ledger::default(), Tables::default());
        while let Some(next) = work.get(done.fetch_add(1, Ordering::Relaxed)).filter(|_| !over()) {
            own.merge(next.run(&subject, (rules, &cases), &mut tables));
            if tables.count() > MOST_TABLES {
                tables = Tables::default();
            }
            (effort.progress)("states", done.load(Ordering::Relaxed).min(work.len()), work.len());
        }
        own
    };
    let halves = thread::scope(|scope| {
        [scope.spawn(work_through), scope.spawn(work_through)]
            .map(|thread| thread.join().expect("no part of a proof panics"))
    });
    halves.into_iter().for_each(|half| ledger.merge(half));
    let cut_short = match () {
        () if surveys.iter().any(|survey| survey.cut_short) => Some("prefixes"),
        () if over() => Some("states"),
        () => None,
    };
    let prefixes = surveys.iter().map(|survey| survey.prefixes).sum();
    surveys.into_iter().for_each(|survey| ledger.merge(survey.into_ledger()));
    Proof {
        ledger,
        config_sha256: compiled.catalog().config_sha256.to_string(),
        database_sha256: compiled.catalog().database.sha256.clone(),
        prefixes,
        views: cases.len(),
        took: started.elapsed(),
        cut_short,
    }
}

/// What becomes of the rest when up to `most` regions are lost.
pub(super) fn lose(
    evidence: &Evidence,
    compiled: &Compiled,
    weights: &Weights,
    most: usize,
) -> Vec<Contingency> {
    let subject = Subject::new(compiled.catalog(), compiled.plan());
    let Evidence { rules, records } = evidence;
    let survey = |family| Survey::new(&subject, &Ground::new(rules, records, family), &|| false);
    prove::lose(&subject, &Family::BOTH.map(survey), weights, (most, MOST_SETS))
}

/// Sends query bytes for both edges of every range, with every region up and with every region down.
pub(super) fn send(evidence: &Evidence, compiled: Compiled, effort: Effort<'_>) -> Ledger {
    let Evidence { rules, records } = evidence;
    let now = Now { monotonic: Duration::ZERO, unix: 0 };
    let names: Vec<Box<str>> = compiled.catalog().regions.iter().map(|region| region.name.clone()).collect();
    let mut world = World::new(compiled, Kept::default(), now);
    let (up, _) = world.publish(now);
    let supposed: Vec<_> = names.iter().map(|name| (name.clone(), Supposed::Down)).collect();
    let down = world.suppose(&supposed, now).expect("the regions are those of the world");
    let all_down: Vec<(String, &'static str)> = names.iter().map(|name| (name.to_string(), "down")).collect();
    let [v4, v6] = Family::BOTH.map(|family| Ground::new(rules, records, family));
    let grounds = Grounds { records, v4: &v4, v6: &v6 };
    let mut ledger = Ledger::default();
    let (done, all) = (AtomicUsize::new(0), 2 * (records.count() / prove::STEP + 2));
    let tell = || {
        (effort.progress)("queries", done.fetch_add(1, Ordering::Relaxed).min(all), all);
        false
    };
    for (snapshot, states) in [(&*up, &[][..]), (&down, &all_down)] {
        let send = |family| prove::wire(snapshot, rules, grounds, family, (states, &tell));
        let halves = thread::scope(|scope| {
            Family::BOTH
                .map(|family| scope.spawn(move || send(family)))
                .map(|thread| thread.join().expect("sending does not panic"))
        });
        halves.into_iter().for_each(|half| ledger.merge(half));
    }
    ledger
}

/// A part of a proof, done by one thread.
#[derive(Clone, Copy)]
enum Work<'a> {
    Moves,
    Lifetimes,
    Pending(&'a Boards<'a>),
    Case(&'a prove::Case),
    Board(&'a Boards<'a>, usize),
}

impl Work<'_> {
    fn run(
        self,
        subject: &Subject<'_>,
        (rules, cases): (&Rules, &[prove::Case]),
        tables: &mut Tables,
    ) -> Ledger {
        match self {
            Self::Moves => prove::moves(subject),
            Self::Lifetimes => prove::lifetimes(subject, rules),
            Self::Pending(boards) => boards.pending(cases, tables),
            Self::Case(case) => prove::examine(subject, case, tables),
            Self::Board(boards, state) => boards.examine(state, tables),
        }
    }
}

/// Share tables that a thread keeps at once: some 16 KiB each.
const MOST_TABLES: usize = 4_096;
/// Sets of lost regions that are looked at.
const MOST_SETS: usize = 20_000;
