//! What the decision is asked for: each view of each policy, with the bounds that the oracle sets its clients.

use std::collections::{BTreeMap, HashMap};

use super::ledger::Ledger;
use super::oracle::{Bound, Holders, Kin, Rules};
use super::subject::Subject;
use super::survey::Survey;
use crate::client::Prefix;
use crate::geo::ClassId;
use crate::steer::{Policy, ServiceId, View};

/// One view of one policy, and all bounds of the clients that have it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Position of the policy in the plan.
    pub(super) policy: usize,
    /// Position of the view in the policy.
    pub(super) view: usize,
    /// What the oracle allows, each bound with a service and a client that it is for.
    pub(super) bounds: Vec<(Bound, ServiceId, Prefix)>,
}

impl Case {
    pub(super) fn policy<'a>(&self, subject: &Subject<'a>) -> &'a Policy {
        &subject.plan.policies()[self.policy]
    }

    pub(super) fn view<'a>(&self, subject: &Subject<'a>) -> &'a View {
        &self.policy(subject).views()[self.view]
    }
}

/// The cases of every service. Prefixes of one class and equal holders are one, and so are services of one policy whose
/// rules say the same.
#[must_use]
pub fn cases(subject: &Subject<'_>, rules: &Rules, surveys: &[Survey], ledger: &mut Ledger) -> Vec<Case> {
    let met = met(subject, surveys);
    let mut cases: BTreeMap<(usize, usize), BTreeMap<Bound, (ServiceId, Prefix)>> = BTreeMap::new();
    let mut known: HashMap<(usize, Kin<'_>), u32> = HashMap::new();
    let mut pairs = 0;
    for (id, service) in (0..).map(ServiceId).zip(&subject.catalog.services) {
        let policy = subject.plan.policy_of()[id.index()] as usize;
        let kin = rules.kin(&service.name);
        if let Some(alike) = known.get(&(policy, kin.clone())) {
            pairs += alike;
            continue;
        }
        let mut of_holders: HashMap<Holders, Bound> = HashMap::new();
        let mut own = 0;
        for ((class, holders), client) in &met {
            let Some(view) = subject.plan.view_of(id, *class) else { continue };
            let bound =
                of_holders.entry(*holders).or_insert_with(|| rules.bound(subject.catalog, &kin, *holders));
            let bounds = cases.entry((policy, view)).or_default();
            if !bounds.contains_key(bound) {
                bounds.insert(bound.clone(), (id, *client));
            }
            own += 1;
        }
        known.insert((policy, kin), own);
        pairs += own;
    }
    let prefixes: u64 = surveys.iter().map(|survey| survey.prefixes).sum();
    let services = subject.catalog.services.len() as f64;
    ledger.reduce("equal_prefixes", prefixes as f64 * services, f64::from(pairs));
    ledger.reduce("equal_views", f64::from(pairs), cases.len() as f64);
    let case = |((policy, view), bounds): ((usize, usize), BTreeMap<Bound, (ServiceId, Prefix)>)| {
        let bounds = bounds.into_iter().map(|(bound, (service, client))| (bound, service, client)).collect();
        Case { policy, view, bounds }
    };
    cases.into_iter().map(case).collect()
}

/// Every pair of class and holders, the smallest client first; and clients that cannot be located at all.
fn met(subject: &Subject<'_>, surveys: &[Survey]) -> BTreeMap<(ClassId, Holders), Prefix> {
    let mut met: BTreeMap<(ClassId, Holders), Prefix> = BTreeMap::new();
    for ((class, holders), client) in surveys.iter().flat_map(|survey| &survey.met) {
        let known = met.entry((*class, *holders)).or_insert(*client);
        *known = (*known).min(*client);
    }
    let nowhere = "0.0.0.0/8".parse().expect("0.0.0.0/8 is a prefix");
    met.entry((subject.plan.unlocated(), Holders::UNLOCATED)).or_insert(nowhere);
    met
}
