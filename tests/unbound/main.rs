//! Unbound in front of Meridian, caching by subnet: in every state of the regions, clients at both edges of many places
//! get what Meridian says for their own subnet, and most of them without another query to Meridian.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "how many queries were spared is the result")]
#![allow(clippy::disallowed_methods, reason = "the test looks for Unbound in its environment")]

mod chain;
mod clients;
#[path = "../loopback/mod.rs"]
mod loopback;

use chain::{Meridian, Unbound};
use clients::{Subnet, ask, subnets};
use meridian::world::Supposed;

#[test]
fn no_client_behind_unbound_gets_another_subnets_answer_in_any_state_and_caching_spares_queries() {
    let meridian = Meridian::start();
    let subnets = subnets(meridian.catalog());
    assert!(subnets.len() >= 80, "only {} subnets", subnets.len());
    let mut totals = Totals::default();
    for states in 0..1 << meridian.catalog().regions.len() {
        let down = |region: usize| states >> region & 1 == 1;
        let suppose = |region| if down(region) { Supposed::Down } else { Supposed::Up };
        meridian.publish(suppose);
        totals.add(&one_state(&meridian, &subnets, states));
    }
    println!(
        "{} questions of {} subnets in {} states: {} queries to Meridian, {} of them in the second round",
        totals.asked,
        subnets.len(),
        totals.states,
        totals.first + totals.second,
        totals.second
    );
    assert_eq!(totals.second, 0, "what was answered once is answered from the cache");
    assert!(totals.first < totals.asked / 3, "scopes are wider than subnets: {totals:?}");
    assert!(totals.distinct > 1, "clients are told apart at all");
}

/// What was asked of Unbound, and what Unbound asked.
#[derive(Debug, Default)]
struct Totals {
    states: u64,
    asked: u64,
    first: u64,
    second: u64,
    /// The most different answers in one state.
    distinct: usize,
}

impl Totals {
    fn add(&mut self, state: &Totals) {
        self.states += 1;
        self.asked += state.asked;
        self.first += state.first;
        self.second += state.second;
        self.distinct = self.distinct.max(state.distinct);
    }
}

/// An Unbound with an empty cache; every subnet asks twice.
fn one_state(meridian: &Meridian, subnets: &[Subnet], states: u32) -> Totals {
    let truth: Vec<_> = subnets.iter().map(|subnet| ask(meridian.address, subnet)).collect();
    let unbound = Unbound::start(meridian.relay.address);
    let mut rounds = [0, 0];
    for round in &mut rounds {
        let before = meridian.relay.queries();
        for (subnet, truth) in subnets.iter().zip(&truth) {
            let told = ask(unbound.address, subnet);
            assert_eq!(told, *truth, "{subnet} behind Unbound, with the regions {states:04b} down");
        }
        *round = meridian.relay.queries() - before;
    }
    let [first, second] = rounds;
    let distinct = truth.iter().collect::<std::collections::BTreeSet<_>>().len();
    Totals { states: 1, asked: 2 * subnets.len() as u64, first, second, distinct }
}
