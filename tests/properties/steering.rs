//! Any states of regions: no fence is left, no steered answer is empty, every scope tells the truth, and what hickory
//! reads is what the snapshot decided.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::IpAddr;

use meridian::geo::Standing;
use meridian::snapshot::Snapshot;
use meridian::steer::{Fence, ServiceId, Unlocated};
use meridian::zone::Rtype;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::message::ask;
use super::picture::{FATES, Fate, NOW, SERVICES, publish, world};
use super::query::{Subnet, subnet};

const CASES: u32 = 200;
/// Clients of each case.
const CLIENTS: usize = 24;

#[derive(Clone, Copy, Debug)]
struct Asker {
    resolver: IpAddr,
    subnet: Option<Subnet>,
    /// Another address, for the rest of a scope.
    other: u128,
}

fn asker() -> impl Strategy<Value = Asker> {
    let resolver = prop_oneof![
        3 => subnet().prop_map(|subnet| subnet.address),
        1 => select(&["203.0.113.53", "10.0.0.1", "198.51.100.200", "30.0.2.1"][..]).prop_map(|text| text.parse().unwrap()),
    ];
    let special = select(&["10.0.0.0", "192.168.0.0", "30.0.2.0", "198.51.100.0", "12.0.0.0"][..])
        .prop_map(|text| Subnet::around(text.parse().unwrap(), 24));
    let subnet = prop_oneof![1 => Just(None), 8 => subnet().prop_map(Some), 2 => special.prop_map(Some)];
    (resolver, subnet, any::<u128>()).prop_map(|(resolver, subnet, other)| Asker { resolver, subnet, other })
}

/// Regions with fates, the service that some of them are about, and clients.
fn cases() -> impl Strategy<Value = (Vec<Fate>, usize, Vec<Asker>)> {
    let fates = prop::collection::vec(select(&FATES[..]), 5);
    (fates, 0..SERVICES.len(), prop::collection::vec(asker(), CLIENTS))
}

/// Tries `holds` on every client of every service under many combinations of states.
fn try_all(holds: impl Fn(&Snapshot, usize, &Asker) -> Result<(), TestCaseError>) {
    let world = RefCell::new(world());
    TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    })
    .run(&cases(), |(fates, about, askers)| {
        let snapshot = publish(&mut world.borrow_mut(), &fates, SERVICES[about].0);
        for asker in &askers {
            (0..SERVICES.len()).try_for_each(|service| holds(&snapshot, service, asker))?;
        }
        Ok(())
    })
    .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_fenced_client_never_leaves_its_fence_and_no_steered_answer_is_empty() {
    try_all(|snapshot, service, asker| {
        let (name, rtype) = SERVICES[service];
        let allowed = allowed(snapshot, service, asker, rtype);
        let answer = ask(snapshot, asker.resolver, name, rtype, asker.subnet);
        prop_assert!(!answer.addresses.is_empty(), "{name} is answered with nothing for {asker:?}");
        let outside = answer.addresses.iter().find(|address| !allowed.contains(address));
        prop_assert!(
            outside.is_none(),
            "{name} is answered with {outside:?} for {asker:?}; allowed is {allowed:?}"
        );
        Ok(())
    });
}

#[test]
fn every_address_inside_a_scope_gets_the_same_answer() {
    try_all(|snapshot, service, asker| {
        let (name, rtype) = SERVICES[service];
        let Some(subnet) = asker.subnet.filter(|subnet| subnet.source > 0) else { return Ok(()) };
        let answer = ask(snapshot, asker.resolver, name, rtype, Some(subnet));
        let inside = neighbour(subnet, answer.scope, asker.other);
        let same = ask(snapshot, asker.resolver, name, rtype, Some(inside));
        prop_assert_eq!(
            (&answer.addresses, answer.ttl),
            (&same.addresses, same.ttl),
            "{} for {:?} and for {:?} inside its scope of {}, behind {}",
            name,
            subnet,
            inside,
            answer.scope,
            asker.resolver
        );
        Ok(())
    });
}

#[test]
fn what_is_decoded_is_what_was_decided() {
    try_all(|snapshot, service, asker| {
        let (name, rtype) = SERVICES[service];
        let id = ServiceId(service as u32);
        let block = asker.subnet.map(|subnet| (subnet.address, subnet.source));
        let location = snapshot.locate(asker.resolver, block);
        let decision = snapshot.decide(id, &location).expect("every service decides");
        let packed = snapshot.addresses(decision.target, Rtype(rtype));
        let mut meant: Vec<IpAddr> = match rtype {
            1 => packed.as_chunks::<4>().0.iter().map(|octets| IpAddr::from(*octets)).collect(),
            _ => packed.as_chunks::<16>().0.iter().map(|octets| IpAddr::from(*octets)).collect(),
        };
        meant.sort_unstable();
        let answer = ask(snapshot, asker.resolver, name, rtype, asker.subnet);
        prop_assert_eq!(answer.addresses, meant, "{} for {:?}", name, asker);
        prop_assert_eq!(answer.ttl, snapshot.ttl(id, &decision, NOW));
        prop_assert_eq!(answer.scope, decision.scope);
        Ok(())
    });
}

/// Another block of the same source length inside the scope of an answer; for a scope of 0 in either family.
fn neighbour(subnet: Subnet, scope: u8, other: u128) -> Subnet {
    match subnet.address {
        IpAddr::V4(address) => {
            let rest = u32::MAX.checked_shr(u32::from(scope)).unwrap_or(0);
            let bits = address.to_bits() & !rest | other as u32 & rest;
            Subnet::around(IpAddr::from(bits.to_be_bytes()), subnet.source)
        }
        IpAddr::V6(address) => {
            let rest = u128::MAX.checked_shr(u32::from(scope)).unwrap_or(0);
            let bits = address.to_bits() & !rest | other & rest;
            Subnet::around(IpAddr::from(bits.to_be_bytes()), subnet.source)
        }
    }
}

/// The addresses that a client may be answered with, by the letter of the fences: for every country in the block, the
/// regions whose jurisdiction all of its fences name; where those of all countries leave none, the sinks.
fn allowed(snapshot: &Snapshot, service: usize, asker: &Asker, rtype: u16) -> BTreeSet<IpAddr> {
    let catalog = snapshot.catalog();
    let own = &catalog.services[service];
    let held = fences(snapshot, service, asker);
    let addresses = |addresses: &[IpAddr]| -> Vec<IpAddr> {
        addresses.iter().copied().filter(|address| address.is_ipv4() == (rtype == 1)).collect()
    };
    let regions: BTreeSet<IpAddr> = own
        .regions
        .iter()
        .map(|id| &catalog.regions[id.index()])
        .filter(|region| own.jurisdictions.is_empty() || own.jurisdictions.contains(&region.jurisdiction))
        .filter(|region| held.iter().all(|fence| fence.jurisdictions.contains(&region.jurisdiction)))
        .flat_map(|region| addresses(region.endpoints.addresses()))
        .collect();
    if !regions.is_empty() {
        return regions;
    }
    held.iter().flat_map(|fence| addresses(&fence.sink)).collect()
}

/// The fences that hold a client: of every country in its block, or of the resolver where its block says nothing.
fn fences<'a>(snapshot: &'a Snapshot, service: usize, asker: &Asker) -> Vec<&'a Fence> {
    let catalog = snapshot.catalog();
    let standings = |address: IpAddr, length: u8| -> Vec<Standing> {
        let members = catalog.atlas.members(address, length);
        members.iter().map(|member| catalog.atlas.place(member.place).standing).collect()
    };
    let by_subnet = asker
        .subnet
        .filter(|subnet| subnet.source > 0)
        .map(|subnet| standings(subnet.address, subnet.source))
        .filter(|found| found.iter().any(|standing| *standing != Standing::Special));
    let found = by_subnet.unwrap_or_else(|| {
        let listed = catalog.unlocated.contains(asker.resolver);
        if listed { vec![Standing::Unlocated] } else { standings(asker.resolver, u8::MAX) }
    });
    let holds = |fence: &&Fence| {
        let here =
            fence.services.as_ref().is_none_or(|services| services.contains(&ServiceId(service as u32)));
        here && found.iter().any(|standing| match standing.country() {
            Some(country) => fence.clients.contains(&country),
            None => fence.unlocated == Unlocated::Held,
        })
    };
    catalog.fences.iter().filter(holds).collect()
}
