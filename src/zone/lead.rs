//! Where a name leads that a steered CNAME points to: what a resolver would find there.

use super::tree::Found;
use super::{Name, QueryName, Rtype, Zones};

/// Where a name leads, through every CNAME and DNAME of our zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lead {
    /// To addresses, or out of our zones.
    #[error("it leads to addresses")]
    Addresses,
    /// To a name that a service steers, by the caller's number for it.
    #[error("it leads to a steered name")]
    Steered(u32),
    /// To a name of our zones that is not there.
    #[error("it leads to a name that the zone does not hold")]
    Missing,
    /// To a name of our zones without an address.
    #[error("it leads to a name without an address")]
    NoAddress,
    /// Through more aliases than an answer follows, or round in circles.
    #[error("it leads through more aliases than an answer follows")]
    Astray,
}

impl Zones {
    /// Where `name` leads, as the target of a CNAME.
    pub fn lead(&self, name: &Name) -> Lead {
        let mut name = name.clone();
        for _ in 0..HOPS {
            let query_name = QueryName::from(&name);
            let next = match self.find(&query_name) {
                Found::Outside | Found::Cut { .. } => return Lead::Addresses,
                Found::Missing { .. } => return Lead::Missing,
                Found::Exists { node, .. } => {
                    if let Some(service) = node.service() {
                        return Lead::Steered(service);
                    }
                    if let Some(target) = node.cname().and_then(|alias| alias.target()) {
                        Some(target.name().clone())
                    } else if node.rrset(Rtype::A).or(node.rrset(Rtype::AAAA)).is_some() {
                        return Lead::Addresses;
                    } else {
                        return Lead::NoAddress;
                    }
                }
                Found::Dname { node, suffix, .. } => renamed(&name, suffix, node.dname()),
            };
            let Some(next) = next else { return Lead::Missing };
            name = next;
        }
        Lead::Astray
    }
}

/// The name under a DNAME, moved to its target (RFC 6672 §2.2); none when it grows too long.
fn renamed(name: &Name, suffix: usize, dname: Option<&super::RRset>) -> Option<Name> {
    let target = dname?.target()?.name().wire();
    let kept = name.wire().get(..name.wire().len().checked_sub(suffix)?)?;
    Name::from_wire(&[kept, target].concat()).ok()
}

/// Names behind the steered one that an answer goes through, less than its own limit.
const HOPS: usize = 12;
