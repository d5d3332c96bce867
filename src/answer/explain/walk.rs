//! From the name asked for to the service that is answered: aliases are followed as the lookup follows them.

use super::Unexplained;
use crate::answer::lookup::{HOPS, fingerprint};
use crate::snapshot::Snapshot;
use crate::steer::ServiceId;
use crate::zone::{Found, Name, QueryName};

/// The way of a name.
pub(super) struct Walk {
    /// The names on the way that are not the service's, the one asked for first.
    pub aliases: Vec<Box<str>>,
    /// Where it ends.
    pub service: ServiceId,
}

/// Follows `name` through CNAME and DNAME to a service.
pub(super) fn walk(snapshot: &Snapshot, name: &str) -> Result<Walk, Unexplained> {
    let asked = Name::from_text(name, &Name::root()).map_err(|_| Unexplained::NotAName(name.to_owned()))?;
    let mut at = QueryName::from(&asked);
    let (mut aliases, mut seen) = (Vec::new(), vec![fingerprint(at.wire())]);
    while seen.len() <= HOPS {
        let found = snapshot.catalog().zones.find(&at);
        if let Found::Exists { node, .. } = found
            && let Some(service) = node.service()
        {
            return Ok(Walk { aliases, service: ServiceId(service) });
        }
        let Some(next) = found.alias(&at) else {
            break;
        };
        let print = fingerprint(next.wire());
        if seen.contains(&print) {
            break;
        }
        aliases.push(written(&at));
        seen.push(print);
        at = next;
    }
    let names: Vec<&str> = snapshot.catalog().services.iter().map(|service| &*service.name).collect();
    let steered = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Err(Unexplained::NotSteered { name: name.to_owned(), steered })
}

/// A name as services are called: without the final dot.
fn written(name: &QueryName) -> Box<str> {
    let text = Name::from_wire(name.wire()).map(|name| name.to_string()).unwrap_or_default();
    text.trim_end_matches('.').into()
}
