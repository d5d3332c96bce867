//! Clients by rule: the outermost quanta of every so manieth place of the location data, of both families; and their
//! one question.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::op::{Edns, Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsOption};
use hickory_proto::rr::{Name, RData, RecordType};
use meridian::catalog::Catalog;
use meridian::geo::{Family, Location};

use super::chain::SERVICE;

/// A client subnet of a quantum's length: what resolvers send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subnet {
    address: IpAddr,
    length: u8,
}

impl fmt::Display for Subnet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.length)
    }
}

/// Both edges of places with a country, and the quanta beyond these edges are edges of others.
pub(crate) fn subnets(catalog: &Catalog) -> Vec<Subnet> {
    let mut subnets = BTreeSet::new();
    for (family, length, places) in [(Family::V4, 24, 40), (Family::V6, 56, 12)] {
        let located = |(_, _, location): &(IpAddr, IpAddr, _)| match catalog.atlas.location(*location) {
            Location::Pure(place) => catalog.atlas.place(place).standing.country().is_some(),
            Location::Mixed(_) => false,
        };
        let ranges: Vec<_> = catalog.atlas.ranges(family).collect();
        let step = ranges.len() / places;
        for at in (0..places).map(|place| place * step) {
            // A place and the one behind it: answers change between them, or they do not.
            for (first, last, _) in ranges.iter().skip(at).take(2).filter(|range| located(range)) {
                subnets.insert(Subnet { address: *first, length });
                subnets.insert(Subnet { address: cut(*last), length });
            }
        }
    }
    subnets.into_iter().collect()
}

/// The first address of a last quantum.
fn cut(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4((address.to_bits() & !0xff).into()),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (!0 << 72)).into()),
    }
}

/// The addresses that a server gives this subnet.
pub(crate) fn ask(server: SocketAddr, subnet: &Subnet) -> BTreeSet<IpAddr> {
    let mut message = Message::new(7, hickory_proto::op::MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(SERVICE).unwrap(), RecordType::A));
    let mut edns = Edns::new();
    edns.set_max_payload(1232);
    let option = ClientSubnet::new(subnet.address, subnet.length, 0);
    edns.options_mut().insert(EdnsOption::Subnet(option));
    message.set_edns(edns);
    let answer = exchange(server, &message.to_vec().unwrap());
    assert_eq!(answer.metadata.response_code, ResponseCode::NoError, "{subnet}");
    let addresses = answer.answers.iter().filter_map(|record| match &record.data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        _ => None,
    });
    let addresses: BTreeSet<IpAddr> = addresses.collect();
    assert!(!addresses.is_empty(), "{subnet} is given no address");
    addresses
}

/// One question and its answer over UDP.
pub(crate) fn exchange(server: SocketAddr, query: &[u8]) -> Message {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = [0; 4096];
    let deadline = Instant::now() + START;
    while Instant::now() < deadline {
        socket.send(query).ok();
        if let Ok(length) = socket.recv(&mut answer) {
            return Message::from_vec(&answer[..length]).unwrap();
        }
        std::thread::sleep(Duration::from_millis(5)); // it is starting: nobody listens yet
    }
    panic!("{server} does not answer");
}

const PATIENCE: Duration = Duration::from_secs(5);
/// What a process may take to listen on a busy machine.
const START: Duration = Duration::from_secs(20);
