//! Asks, and holds the answer to all that is true of every answer.

use std::cell::RefCell;
use std::net::IpAddr;

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{RData, Record};
use meridian::answer::{Outcome, Steered, answer};
use meridian::client::{Carrier, Client};
use meridian::snapshot::Snapshot;

use super::fences::Fences;
use super::walk;
use super::worlds::NOW;

/// An answer, read by the oracle.
pub(crate) struct Answer {
    pub(crate) message: Message,
    pub(crate) steered: Option<Steered>,
}

impl Answer {
    /// Whether a name was looked up in our zones: all that is refused before has another code.
    pub(crate) fn reached_lookup(&self) -> bool {
        matches!(u16::from(self.message.metadata.response_code), 0 | 3 | 6)
    }

    /// The scope of its client subnet.
    pub(crate) fn scope(&self) -> Option<u8> {
        match self.message.edns.as_ref()?.option(EdnsCode::Subnet)? {
            EdnsOption::Subnet(subnet) => Some(subnet.scope_prefix()),
            _ => None,
        }
    }
}

/// Asks `query`. None when it is dropped.
pub(crate) fn ask(snapshot: &Snapshot, client: &Client, query: &[u8]) -> Option<Answer> {
    BUFFER.with_borrow_mut(|buffer| {
        let room = if client.carrier == Carrier::Udp { 1232 } else { buffer.len() };
        let Outcome::Answered { length, rcode, steered, .. } =
            answer(snapshot, client, NOW, query, &mut buffer[..room])
        else {
            assert!(query.len() < 12 || query[2] & 0x80 != 0, "dropped");
            return None;
        };
        let octets = &buffer[..length];
        let message =
            Message::from_vec(octets).unwrap_or_else(|error| panic!("not decoded: {error}: {octets:?}"));
        assert_eq!(walk::end(octets), Some(length), "octets after the last record");
        assert_eq!(u16::from(message.metadata.response_code), rcode, "what is counted is what is sent");
        header(query, octets);
        let asked = Message::from_vec(query).ok();
        fits(client, asked.as_ref(), length);
        if let Some(asked) = &asked {
            echoes(asked, &message);
        }
        Some(Answer { message, steered })
    })
}

thread_local! {
    /// Full of earlier answers: what is not written must not be sent.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0xaa; 65_535]);
}

fn header(query: &[u8], answer: &[u8]) {
    assert_eq!(answer[..2], query[..2], "the identifier");
    assert_eq!(answer[2] & 0xf8, 0x80 | query[2] & 0x78, "QR and the opcode");
    assert_eq!(answer[3] & 0xe0, 0, "RA, Z and AD are 0");
    let question = usize::from(answer[5]);
    assert!(answer[4] == 0 && question <= 1, "one question at most");
    if question == 1 {
        let length =
            answer[12..].iter().zip(query.get(12..).unwrap_or_default()).take_while(|(a, q)| a == q).count();
        let name = answer[12..].iter().position(|octet| *octet == 0).map_or(0, |zero| zero + 1);
        assert!(length >= name.min(5), "the question is echoed octet for octet");
    }
}

fn fits(client: &Client, asked: Option<&Message>, length: usize) {
    let offered = asked.map(|asked| asked.edns.as_ref().map_or(512, |edns| edns.max_payload().max(512)));
    let most = match client.carrier {
        Carrier::Udp => offered.unwrap_or(1232).min(1232).min(client.limit),
        Carrier::Tcp | Carrier::Tls | Carrier::Quic => u16::MAX,
    };
    assert!(length <= usize::from(most), "{length} octets where {most} fit");
}

/// OPT for OPT, client subnet for client subnet, to the bit.
fn echoes(asked: &Message, answer: &Message) {
    let code = u16::from(answer.metadata.response_code);
    if !matches!(code, 0 | 3 | 5 | 6) {
        return;
    }
    assert_eq!(asked.edns.is_some(), answer.edns.is_some(), "OPT exactly when it was asked with");
    let given = subnet(asked);
    let echoed = subnet(answer);
    assert_eq!(given, echoed, "the client subnet is echoed");
}

/// The client subnet of a message: address and source length.
pub(crate) fn subnet(message: &Message) -> Option<(IpAddr, u8)> {
    match message.edns.as_ref()?.option(EdnsCode::Subnet)? {
        EdnsOption::Subnet(subnet) => Some((subnet.addr(), subnet.source_prefix())),
        _ => None,
    }
}

/// No answer leaves the fence of its client, and none that is not steered holds an address of a region.
pub(crate) fn inside_the_fence(
    fences: &Fences,
    snapshot: &Snapshot,
    client: &Client,
    query: &[u8],
    answer: &Answer,
) {
    let catalog = snapshot.catalog();
    let addresses = answer.message.answers.iter().filter_map(address_of);
    let Some(Steered { service, region, .. }) = answer.steered else {
        for address in addresses {
            let leaked =
                catalog.regions.iter().find(|region| region.endpoints.addresses().contains(&address));
            assert!(leaked.is_none(), "{address} of {leaked:?} in an answer that is not steered");
        }
        return;
    };
    let subnet = Message::from_vec(query).ok().as_ref().and_then(subnet);
    assert!(
        fences.allow(service, region, client.address, subnet),
        "outside the fence: service {service:?}, region {region:?}, client {client:?}, subnet {subnet:?}"
    );
    if catalog.services[service.index()].is_alias() {
        let names: Vec<_> = match region {
            Some(region) => catalog.regions[region.index()].endpoints.alias().into_iter().collect(),
            None => catalog.fences.iter().filter_map(|fence| fence.sink_alias.as_ref()).collect(),
        };
        let told = answer.message.answers.iter().any(|record| match &record.data {
            RData::CNAME(target) => {
                names.iter().any(|name| target.0.to_ascii().trim_end_matches('.') == name.as_str())
            }
            _ => false,
        });
        let is_cut = answer.message.metadata.truncation;
        return assert!(told || is_cut, "no CNAME to {names:?} in an answer of region {region:?}");
    }
    for address in addresses {
        let lawful = match region {
            Some(region) => catalog.regions[region.index()].endpoints.addresses().contains(&address),
            None => catalog.fences.iter().any(|fence| fence.sink.contains(&address)),
        };
        assert!(lawful, "{address} is none of region {region:?}");
    }
}

fn address_of(record: &Record) -> Option<IpAddr> {
    match &record.data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0)),
        _ => None,
    }
}
