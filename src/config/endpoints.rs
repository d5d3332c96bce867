//! `regions.R.endpoints` and `regions.R.probe_endpoints`: addresses, or one name for a CNAME to point to.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::item::Item;
use crate::region::{Endpoint, Endpoints, Hostname};

/// Which region has an endpoint already.
#[derive(Default)]
pub(super) struct Owners(BTreeMap<Box<str>, Box<str>>);

/// Reads the endpoints of a region.
pub(super) fn read(item: &Item<'_>, region: &str, owners: &mut Owners) -> Option<Endpoints> {
    let endpoints = item.list_of_once(|item| {
        let endpoint = endpoint(item)?;
        let owner = owners.0.entry(endpoint.to_string().into()).or_insert_with(|| region.into());
        if **owner != *region {
            item.warn(format_args!(
                "{endpoint} is also an endpoint of region {owner}; usually each has its own"
            ));
        }
        Some(endpoint)
    })?;
    if endpoints.len() > MOST {
        item.refuse(format_args!("found {} endpoints; at most {MOST}", endpoints.len()));
        return None;
    }
    sorted(item, &endpoints)
}

/// Addresses only, or one name only: a name with a CNAME has nothing else.
fn sorted(item: &Item<'_>, endpoints: &[Endpoint]) -> Option<Endpoints> {
    if let [Endpoint::Alias(name)] = endpoints {
        return Some(Endpoints::Alias(name.clone()));
    }
    let address = |endpoint: &Endpoint| match endpoint {
        Endpoint::Address(address) => Some(*address),
        Endpoint::Alias(_) => None,
    };
    let addresses: Option<Vec<IpAddr>> = endpoints.iter().map(address).collect();
    if addresses.is_none() {
        item.refuse("found a CNAME target beside other endpoints; one target alone, or addresses only");
    }
    addresses.map(Endpoints::Addresses)
}

fn endpoint(item: &Item<'_>) -> Option<Endpoint> {
    match item.parse(ALLOWED, |text| text.parse().ok())? {
        Endpoint::Address(_) => unicast(item).map(Endpoint::Address),
        name @ Endpoint::Alias(_) => Some(name),
    }
}

/// Reads where a region's `count` endpoints are probed.
pub(super) fn probed(item: &Item<'_>, count: usize) -> Option<Vec<IpAddr>> {
    let addresses = item.list_of(unicast)?;
    let one_for_one = addresses.len() == count;
    if !one_for_one {
        let all = if count == 1 { "one endpoint" } else { "endpoints" };
        let which = if count == 1 { "the".to_owned() } else { format!("each of the {count}") };
        item.refuse(format_args!("found a list of {}; expected one for {which} {all}", addresses.len()));
    }
    one_for_one.then_some(addresses)
}

/// What a fence answers with where no region is allowed: addresses, and a name for services of CNAME targets.
pub(super) fn sink(item: &Item<'_>) -> Option<(Vec<IpAddr>, Option<Hostname>)> {
    let endpoints: Vec<_> = item.one_or_list()?.iter().map(endpoint).collect();
    let (mut addresses, mut names) = (Vec::new(), Vec::new());
    for endpoint in endpoints.into_iter().collect::<Option<Vec<_>>>()? {
        match endpoint {
            Endpoint::Address(address) => addresses.push(address),
            Endpoint::Alias(name) => names.push(name),
        }
    }
    if names.len() > 1 {
        item.refuse(format_args!("found {} CNAME targets; one, beside addresses", names.len()));
        return None;
    }
    Some((addresses, names.pop()))
}

/// An address that a client can connect to.
pub(super) fn unicast(item: &Item<'_>) -> Option<IpAddr> {
    let address: IpAddr = item.parse("an IPv4 or IPv6 address", |text| text.parse().ok())?;
    let what = match address {
        address if address.is_unspecified() => "the unspecified address",
        address if address.is_multicast() => "a multicast address",
        IpAddr::V4(address) if address.octets()[0] >= 240 => "a reserved address",
        IpAddr::V4(address) if address.octets()[0] == 0 => "an address of \"this network\"",
        IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => "an IPv4 address in IPv6 clothes",
        IpAddr::V6(address) if address.is_unicast_link_local() => "a link-local address",
        _ => return Some(address),
    };
    item.refuse(format_args!("{address} is {what}; expected a unicast address that clients reach"));
    None
}

const ALLOWED: &str = "an IPv4 or IPv6 address, or a hostname for a CNAME to point to";
/// As many as the answer to one question reasonably holds.
pub(super) const MOST: usize = 32;
