//! What two sets of zones differ in that is a loss: whole zones, many records of one, the name servers of an apex.

use std::collections::BTreeMap;

use super::loss::{Figures, Loss};
use crate::zone::{Name, Node, Rtype, Zone, Zones};

/// Every loss, in the order of apexes.
pub(super) fn losses(serving: &Zones, loaded: &Zones) -> Vec<Loss> {
    let (before, after) = (records(serving), records(loaded));
    let mut losses = Vec::new();
    for zone in serving.iter() {
        let apex = zone.apex();
        let held = before.get(apex).cloned().unwrap_or_default();
        match loaded.zone(apex) {
            None => losses.push(Loss::Zone(apex.clone(), zone.spot().clone(), held.count())),
            Some(kept) => {
                let now = after.get(apex).cloned().unwrap_or_default();
                losses.extend(of_zone(kept, &held, &now));
            }
        }
    }
    losses
}

/// The records of one zone: how many of each name and type.
#[derive(Clone, Debug, Default)]
struct Counts<'a>(BTreeMap<(&'a Name, Rtype), usize>);

impl Counts<'_> {
    fn count(&self) -> usize {
        self.0.values().sum()
    }
}

/// The records of every zone, by apex. A nested zone's apex also counts in its parent, as far as that holds records.
fn records(zones: &Zones) -> BTreeMap<&Name, Counts<'_>> {
    let mut all: BTreeMap<&Name, Counts<'_>> = BTreeMap::new();
    for (apex, name, node) in zones.nodes_by_zone() {
        let counts = &mut all.entry(apex).or_default().0;
        let sets = |node: &Node| -> Vec<_> {
            node.rrsets().iter().map(|set| (set.rtype(), usize::from(set.count()))).collect()
        };
        for (rtype, count) in sets(node) {
            *counts.entry((name, rtype)).or_default() += count;
        }
    }
    all
}

fn of_zone(zone: &Zone, before: &Counts<'_>, after: &Counts<'_>) -> Vec<Loss> {
    let apex = zone.apex();
    let left = |key: &(&Name, Rtype)| after.0.get(key).copied().unwrap_or(0);
    let lost = before.0.iter().map(|(key, count)| (key.0, count.saturating_sub(left(key))));
    let mut lost: Vec<(&Name, usize)> = lost.filter(|(_, gone)| *gone > 0).collect();
    lost.sort_by_key(|(_, gone)| std::cmp::Reverse(*gone));
    let (held, gone) = (before.count(), lost.iter().map(|(_, gone)| gone).sum::<usize>());
    let mut losses = Vec::new();
    if let Some((name, _)) = lost.first().filter(|_| is_too_much(held, gone)) {
        let figures = Figures { old: held as u64, new: (held - gone) as u64 };
        losses.push(Loss::Records(apex.clone(), zone.spot().clone(), figures, (*name).clone()));
    }
    let servers = (apex, Rtype::NS);
    if before.0.contains_key(&servers) && !after.0.contains_key(&servers) {
        losses.push(Loss::NameServers(apex.clone(), zone.spot().clone()));
    }
    losses
}

/// More than a fifth; of a small zone, where one host is a fifth, five records at least or more than half.
const fn is_too_much(held: usize, gone: usize) -> bool {
    gone * 5 > held && (gone > SMALL_CHANGE || gone * 2 > held)
}

/// Records that a day's work may take out of any zone: a host with two addresses and two other records.
const SMALL_CHANGE: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::ZoneFile;

    fn zones(files: &[(&str, String)]) -> Zones {
        let files: Vec<ZoneFile> = files
            .iter()
            .map(|(file, text)| ZoneFile { file: (*file).into(), text: format!("{HEAD}{text}") })
            .collect();
        Zones::build(&files, &|_, _| Err(String::new()), &[]).unwrap().0
    }

    fn hosts(count: usize) -> String {
        (0..count).map(|host| format!("h{host} A 192.0.2.1\n")).collect()
    }

    fn said(before: &[(&str, String)], after: &[(&str, String)]) -> Vec<String> {
        losses(&zones(before), &zones(after)).iter().map(|loss| format!("{}: {loss}", loss.key())).collect()
    }

    const HEAD: &str = "$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n";
    const FILE: &str = "example.com.zone";

    #[test]
    fn a_fifth_of_a_zone_may_go_and_no_more() {
        let went = |left: usize| said(&[(FILE, hosts(997))], &[(FILE, hosts(left))]);
        assert!(went(797).is_empty());
        assert_eq!(
            went(300),
            [
                "example.com.: 697 of 1000 records are gone (69 %), those of h300.example.com. among them; at most \
                 20 % may go, or 4 records of a small zone; restore them, or --force"
            ]
        );
    }

    #[test]
    fn a_small_zone_may_lose_a_host_and_not_most_of_itself() {
        let went = |had: usize, left: usize| said(&[(FILE, hosts(had))], &[(FILE, hosts(left))]).len();
        assert_eq!([went(7, 3), went(17, 13), went(17, 12)], [0, 0, 1], "10 and 20 records, 4 and 5 gone");
        assert_eq!([went(4, 1), went(4, 0)], [0, 1], "3 and 4 of 7");
    }

    #[test]
    fn another_address_is_no_loss_and_another_name_is() {
        let moved = hosts(50).replace("192.0.2.1", "192.0.2.2");
        assert!(said(&[(FILE, hosts(50))], &[(FILE, moved)]).is_empty());
        assert_eq!(said(&[(FILE, hosts(50))], &[(FILE, hosts(50).replace('h', "i"))]).len(), 1);
    }

    #[test]
    fn a_zone_that_is_gone_is_said_with_its_size_and_what_is_new_is_nothing() {
        let both = [(FILE, hosts(1)), ("example.org.zone", hosts(2))];
        assert_eq!(
            said(&both, &both[..1]),
            ["example.org.: the zone is gone, with 5 records; restore it, or --force"]
        );
        assert!(said(&both[..1], &both).is_empty());
    }

    #[test]
    fn the_last_name_server_of_an_apex_is_missed() {
        let files = |text: &str| {
            let file = ZoneFile { file: FILE.into(), text: text.to_owned() };
            Zones::build(&[file], &|_, _| Err(String::new()), &[]).unwrap().0
        };
        let before = format!("{HEAD}{}", hosts(20));
        let after = before.replace("@ NS ns\n", "");
        let lost = losses(&files(&before), &files(&after));
        assert!(matches!(&lost[..], [Loss::NameServers(..)]), "{lost:?}");
    }
}
