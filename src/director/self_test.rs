//! A picture is asked before it answers: every service, for clients from several places. What comes back has to be
//! whole, from inside the client's fence, and what `explain` says.

use std::net::IpAddr;

use crate::answer::{self, Outcome, Question};
use crate::client::{Carrier, Client, Prefix};
use crate::now::Now;
use crate::region::Endpoint;
use crate::snapshot::Snapshot;
use crate::steer::{Rejection, Service};
use crate::zone::{Name, Rtype};

/// Asks `snapshot` as clients would; what is wrong, in words, or nothing.
pub(super) fn self_test(snapshot: &Snapshot, now: Now) -> Vec<String> {
    let services = &snapshot.catalog().services;
    let asked = services.iter().flat_map(|service| CLIENTS.map(|client| (service, client)));
    asked
        .filter_map(|(service, client)| {
            let wrong = ask(snapshot, service, client, now).err()?;
            Some(format!("{} for {client}: {wrong}", service.name))
        })
        .collect()
}

fn ask(snapshot: &Snapshot, service: &Service, client: &str, now: Now) -> Result<(), String> {
    let client: Prefix = client.parse().map_err(|error| format!("{error}"))?;
    let question = |rtype| Question { name: &service.name, rtype, client, resolver: None };
    let (rtype, explained) = [Rtype::A, Rtype::AAAA]
        .into_iter()
        .find_map(|rtype| Some((rtype, answer::explain(snapshot, &question(rtype), now).ok()?)))
        .ok_or("it is not explained")?;
    let chosen =
        explained.candidates.iter().find(|candidate| Some(&candidate.region) == explained.region.as_ref());
    if chosen.is_some_and(|chosen| chosen.rejection == Some(Rejection::OutsideFence)) {
        return Err("the answer leaves the fence".to_owned());
    }
    let asker = Client { address: client.first(), carrier: Carrier::Tcp, limit: u16::MAX };
    let mut out = vec![0; usize::from(u16::MAX)];
    let query = query(&service.name, rtype)?;
    let Outcome::Answered { length, rcode: 0, .. } = answer::answer(snapshot, &asker, now, &query, &mut out)
    else {
        return Err("it is refused or dropped".to_owned());
    };
    let octets = out.get(..length).unwrap_or_default();
    if octets.get(6..8) == Some(&[0, 0]) {
        return Err("the answer is empty".to_owned());
    }
    let addresses = explained.records.iter().filter_map(|record| match record {
        Endpoint::Address(address) => Some(*address),
        Endpoint::Alias(_) => None, // compressed in the answer, if at all
    });
    let missing = addresses.into_iter().find(|address| !holds(octets, *address));
    missing.map_or(Ok(()), |address| Err(format!("{address} is explained and not answered")))
}

fn query(name: &str, rtype: Rtype) -> Result<Vec<u8>, String> {
    let name = Name::from_text(name, &Name::root()).map_err(|error| error.to_string())?;
    let [high, low] = rtype.0.to_be_bytes();
    Ok([b"\0\0\0\0\0\x01\0\0\0\0\0\0".as_slice(), name.wire(), &[high, low, 0, 1]].concat())
}

fn holds(octets: &[u8], address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => octets.windows(4).any(|four| four == address.octets()),
        IpAddr::V6(address) => octets.windows(16).any(|sixteen| sixteen == address.octets()),
    }
}

/// From the Americas, Europe, Asia and nowhere, by both families.
const CLIENTS: [&str; 6] =
    ["12.0.0.0/24", "91.10.0.0/24", "133.11.0.0/24", "203.0.113.0/24", "2a02:8100::/56", "2001:db8::/56"];
