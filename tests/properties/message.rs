//! An answer as hickory-proto decodes it: the second opinion on every octet.

use std::net::IpAddr;

use hickory_proto::op::Message;
use hickory_proto::rr::RData;
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};
use meridian::answer::{Outcome, answer};
use meridian::client::{Carrier, Client};
use meridian::snapshot::Snapshot;

use super::picture::NOW;
use super::query::{Query, Subnet};

/// Reads a message; it must be one to its last octet.
pub(crate) fn whole(octets: &[u8]) -> Result<Message, String> {
    let mut decoder = BinDecoder::new(octets);
    let message = Message::read(&mut decoder).map_err(|error| format!("{error} in {octets:02x?}"))?;
    if decoder.is_empty() { Ok(message) } else { Err(format!("octets behind the message in {octets:02x?}")) }
}

/// Addresses, TTL and scope of a steered answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Steered {
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) ttl: u32,
    pub(crate) scope: u8,
}

/// Asks for a steered name as a client of `subnet` behind `resolver`.
pub(crate) fn ask(
    snapshot: &Snapshot,
    resolver: IpAddr,
    name: &str,
    rtype: u16,
    subnet: Option<Subnet>,
) -> Steered {
    let query = Query::plain(name, rtype, subnet).octets();
    let client = Client { address: resolver, carrier: Carrier::Udp, limit: u16::MAX };
    let mut out = [0; 1232];
    let Outcome::Answered { length, .. } = answer(snapshot, &client, NOW, &query, &mut out) else {
        panic!("{name} is not answered");
    };
    let message = whole(&out[..length]).unwrap();
    let address = |data: &RData| match data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0)),
        _ => None,
    };
    let mut addresses: Vec<IpAddr> =
        message.answers.iter().filter_map(|record| address(&record.data)).collect();
    addresses.sort_unstable();
    let ttl = message.answers.last().map_or(0, |record| record.ttl);
    Steered { addresses, ttl, scope: echoed(&message).map_or(0, |(_, scope)| scope) }
}

/// The subnet that an answer echoes, and its scope.
pub(crate) fn echoed(message: &Message) -> Option<(Subnet, u8)> {
    match message.edns.as_ref()?.option(EdnsCode::Subnet)? {
        EdnsOption::Subnet(subnet) => {
            let echoed = Subnet { address: subnet.addr(), source: subnet.source_prefix() };
            Some((echoed, subnet.scope_prefix()))
        }
        _ => None,
    }
}
