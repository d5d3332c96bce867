//! Small zones by rule: records of every kind at names made of few labels, so that wildcards, delegations, aliases and
//! empty non-terminals meet in every arrangement. The number of a zone decides all of it.

use std::collections::BTreeSet;
use std::fmt::Write;

use meridian::zone::{Problem, ZoneFile, Zones};

use super::random::Random;

/// The zone files of one number: one, or one and another inside it.
pub(crate) struct Family {
    pub(crate) apex: String,
    pub(crate) files: Vec<ZoneFile>,
}

impl Family {
    /// The zones of `number`, as Meridian loads them: lines that it refuses are left out.
    pub(crate) fn of(number: u64) -> Self {
        let mut random = Random::new(number);
        let (apex, neighbour) = (format!("z{number}.test"), number ^ 1);
        let mut files = vec![file(&apex, neighbour, &mut random)];
        if random.once_in(3) {
            let label = random.pick(&["a", "b", "c", "b.a"]);
            let inside = file(&format!("{label}.{apex}"), neighbour, &mut random);
            let aliases = inside.text.contains(DNAME);
            // NSD keeps all zones in one tree, and refuses a DNAME of one above data of the other.
            let hidden = |line: &&str| {
                let owner = line.split(' ').next().unwrap_or_default().to_lowercase();
                owner.ends_with(label) && (aliases || line.contains(DNAME))
            };
            let text = &mut files[0].text;
            *text = text.lines().filter(|line| !hidden(line)).flat_map(|line| [line, "\n"]).collect();
            files.push(inside);
        }
        while let Err(problems) = Zones::build(&files, &|_, _| Err("no file is included".to_owned()), &[]) {
            let as_a_whole = |file: &ZoneFile| {
                problems.iter().any(|problem| problem.spot.file == file.file && problem.spot.line == 1)
            };
            files.retain(|file| !as_a_whole(file)); // a zone inside that lies below a DNAME
            assert!(!files.is_empty(), "zone {number} is refused as a whole: {problems:?}");
            files.iter_mut().for_each(|file| leave_out(file, &problems));
        }
        Self { apex, files }
    }

    /// How many records the files hold, about: a line each.
    pub(crate) fn records(&self) -> usize {
        self.files.iter().map(|file| file.text.lines().count() - 1).sum()
    }

    /// The owners of its records, absolute, lower case, and every name between them and their apex.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for file in &self.files {
            let apex = file.file.trim_end_matches(".zone");
            for owner in file.text.lines().skip(1).filter_map(|line| line.split(' ').next()) {
                let mut name =
                    if owner == "@" { apex.to_owned() } else { format!("{owner}.{apex}").to_lowercase() };
                while name != apex && names.insert(name.clone()) {
                    name = name.split_once('.').map_or(String::new(), |(_, parent)| parent.to_owned());
                }
                names.insert(apex.to_owned());
            }
        }
        names
    }
}

fn leave_out(file: &mut ZoneFile, problems: &[Problem]) {
    let here = problems.iter().filter(|problem| problem.spot.file == file.file);
    let refused: BTreeSet<usize> = here.map(|problem| problem.spot.line as usize).collect();
    let kept = (1..).zip(file.text.lines()).filter(|(number, _)| !refused.contains(number));
    file.text = kept.flat_map(|(_, line)| [line, "\n"]).collect();
}

fn file(apex: &str, neighbour: u64, random: &mut Random) -> ZoneFile {
    let mut text = HEAD.to_owned();
    for _ in 0..6 + random.below(14) {
        records(random, neighbour, &mut text);
    }
    ZoneFile { file: format!("{apex}.zone").into(), text }
}

/// One record, or a few that belong together.
fn records(random: &mut Random, neighbour: u64, text: &mut String) {
    let owner = name(random);
    let number = random.below(250);
    let target = target(random, neighbour);
    let mut line = |owner: &str, data: &str| writeln!(text, "{owner} {data}").expect("a String takes it");
    match random.below(22) {
        0..6 => line(&owner, &format!("A 192.0.2.{number}")),
        6 => line(&owner, &format!("AAAA 2001:db8::{number:x}")),
        7 | 8 => line(&owner, &format!("TXT \"{number}\"")),
        9 => line(&owner, &format!("MX {number} {target}")),
        10 => line(&owner, &format!("TYPE65280 \\# 1 {number:02x}")),
        11..14 => line(&owner, &format!("CNAME {target}")),
        14 | 15 => line(&owner, &format!("DNAME {target}")),
        16 => line(&owner, &format!("SRV 0 0 53 {target}")),
        17 => line(&owner, &format!("TXT \"{}\"", "long ".repeat(50))),
        _ => delegation(random, &owner, number, &mut line),
    }
}

/// A cut: with a server below it and its glue, beside it, or elsewhere; at times a DS, and data behind it.
fn delegation(random: &mut Random, owner: &str, number: u64, line: &mut impl FnMut(&str, &str)) {
    if owner == "@" {
        return;
    }
    if random.once_in(2) {
        line(owner, &format!("NS ns.{owner}"));
        line(&format!("ns.{owner}"), &format!("A 192.0.2.{number}"));
        line(&format!("ns.{owner}"), &format!("AAAA 2001:db8::{number:x}"));
    }
    if random.once_in(2) {
        line(owner, "NS ns.example.");
    }
    if random.once_in(3) {
        line(owner, &format!("NS {}", name(random)));
    }
    if random.once_in(3) {
        line(owner, &format!("DS {number} 13 2 {}", "ab".repeat(32)));
    }
    if random.once_in(3) {
        line(&format!("{}.{owner}", random.pick(&["a", "*", "b.a"])), "TXT \"occluded\"");
    }
}

/// A name of one to three labels, or the apex.
fn name(random: &mut Random) -> String {
    if random.once_in(16) {
        return "@".to_owned();
    }
    let labels: Vec<&str> = (0..1 + random.below(3)).map(|_| *random.pick(&LABELS)).collect();
    labels.join(".")
}

/// What a record points at: mostly a name of the zone, at times one outside all zones or in the neighbour's.
fn target(random: &mut Random, neighbour: u64) -> String {
    match random.below(8) {
        0 => "host.example.".to_owned(),
        1 => format!("{}.z{neighbour}.test.", name(random).replace('@', "a")),
        _ => name(random),
    }
}

const DNAME: &str = " DNAME ";
const LABELS: [&str; 9] = ["a", "b", "c", "*", "*", "A", "_x", "d", "a"];
const HEAD: &str = "$TTL 300\n@ SOA ns.example. host 1 7200 900 1209600 60\n@ NS ns.example.\n";
