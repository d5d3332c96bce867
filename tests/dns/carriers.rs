//! All carriers mean the same: generated queries, asked over UDP, TCP, TLS and QUIC, get the same decoded answer.
//!
//! Apart from this: hickory repeats the question also where an error leaves it out; compression, order, ID, padding and the options that belong to a carrier; over UDP, what does not
//! fit. What hickory's decoder refuses never reaches `answer()` over QUIC: there hickory itself says FORMERR, or
//! nothing, and only that is held.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use hickory_proto::op::{Edns, Message, ResponseCode};
use hickory_proto::rr::Record;
use hickory_proto::rr::rdata::opt::EdnsCode;
use hickory_server::net::xfer::Protocol;
use hickory_server::server::Request;
use meridian::clock::Clock;
use meridian::config::{Files, load_from};
use meridian::dns::Source;
use meridian::metrics;
use meridian::snapshot::Snapshots;
use meridian::world::{Compiled, Kept, World};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::doq;
use super::encrypted::Server;
use super::server::{PATIENCE, PATIENT, framed};

const CONFIG: &str = r#"
[server]
listen = ["127.0.0.1:0"]
nsid = "here"
[zones]
directory = "zones"
[regions.us]
jurisdiction = "US"
coordinates = [38.9, -77.0]
endpoints = ["192.0.2.1", "192.0.2.2"]
[regions.eu]
jurisdiction = "EU"
coordinates = [50.1, 8.7]
endpoints = ["198.51.100.1"]
[services."api.example.test"]
regions = ["us", "eu"]
strategy = "nearest"
"#;

const ZONE: &str = "\
@ 60 IN SOA ns hostmaster 1 3600 600 86400 30
@ 60 IN NS ns
@ 60 IN MX 10 mail
ns 60 IN A 192.0.2.53
mail 60 IN AAAA 2001:db8::25
alias 60 IN CNAME mail
old 60 IN DNAME new
*.wild 60 IN TXT \"any\"
below 60 IN NS ns.below
ns.below 60 IN A 192.0.2.54
";

const NAMES: [&str; 12] = [
    "",
    "api",
    "API",
    "mail",
    "alias",
    "x.old",
    "y.wild",
    "wild",
    "host.below",
    "Missing",
    "long",
    "a.b.c.d.e",
];

/// A long RRset: more than any datagram holds.
fn zone() -> String {
    let long = (0..30).map(|number| format!("long 60 IN TXT \"{number} {}\"\n", "x".repeat(60)));
    ZONE.to_owned() + &long.collect::<String>()
}

fn source() -> Source {
    metrics::install();
    let files = Files::Memory(BTreeMap::from([
        ("meridian.toml".into(), CONFIG.into()),
        ("zones/example.test.zone".into(), zone().into_bytes()),
    ]));
    let loaded = load_from(&files, "meridian.toml".as_ref()).unwrap();
    let (compiled, now) = (Compiled::new(loaded.config.catalog).unwrap(), Clock::start().now());
    let picture = World::new(compiled, Kept::default(), now).publish(now).0;
    Source::new(Snapshots::new(picture), Clock::start())
}

/// A query that is well-formed, with ID 0 as QUIC wants it.
fn queries() -> impl Strategy<Value = Vec<u8>> {
    let options = vec![
        vec![0, 3, 0, 0],                          // NSID
        vec![0, 8, 0, 7, 0, 1, 24, 0, 81, 2, 69],  // a subnet
        vec![0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8], // half a cookie
        vec![0, 12, 0, 3, 0, 0, 0],                // padding
        vec![0xfd, 0xe9, 0, 2, 9, 9],              // for local use
    ];
    let edns = (select(vec![0u16, 512, 1232, 4096]), any::<bool>(), subsequence(options, 0..=5));
    let rtypes = vec![1u16, 2, 5, 6, 12, 15, 16, 28, 39, 65, 128, 252, 255, 4242];
    let flags = select(vec![[1u8, 0u8], [0, 0], [1, 0x30], [0x07, 0x90]]);
    let classes = prop_oneof![9 => Just(1u16), 1 => select(vec![3u16, 4, 255])];
    (select(&NAMES[..]), select(rtypes), classes, flags, proptest::option::of(edns)).prop_map(
        |(name, rtype, class, flags, edns)| {
            let mut query = vec![0, 0, flags[0], flags[1], 0, 1, 0, 0, 0, 0, 0, u8::from(edns.is_some())];
            let name = format!("{name}.example.test");
            for label in name.split('.').filter(|label| !label.is_empty()) {
                query.push(label.len() as u8);
                query.extend(label.bytes());
            }
            query.push(0);
            query.extend([rtype.to_be_bytes(), class.to_be_bytes()].concat());
            if let Some((size, dnssec_ok, options)) = edns {
                let options = options.concat();
                query.extend([0, 0, 41]);
                query.extend(size.to_be_bytes());
                query.extend([0, 0, u8::from(dnssec_ok) << 7, 0]);
                query.extend((options.len() as u16).to_be_bytes());
                query.extend(options);
            }
            query
        },
    )
}

/// Some of them with an octet changed, or cut.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = proptest::option::weighted(0.3, (any::<Index>(), any::<u8>()));
    let cut = proptest::option::weighted(0.1, any::<Index>());
    (queries(), change, cut).prop_map(|(mut query, change, cut)| {
        if let Some((at, octet)) = change {
            let at = 2 + at.index(query.len() - 2);
            query[at] = octet;
        }
        if let Some(at) = cut {
            query.truncate(12 + at.index(query.len() - 11));
        }
        query
    })
}

/// The same client of every carrier.
struct Client<'s> {
    server: &'s Server,
    udp: UdpSocket,
    tcp: TcpStream,
    tls: tokio_rustls::client::TlsStream<TcpStream>,
    quic: Option<Quic>,
}

/// A connection over QUIC; the server serves a hundred queries of one.
struct Quic {
    _endpoint: quinn::Endpoint,
    connection: quinn::Connection,
    left: usize,
}

impl Quic {
    async fn connect(server: &Server) -> Self {
        let endpoint = doq::endpoint(server, std::net::Ipv4Addr::LOCALHOST);
        let connection = doq::connect(server, &endpoint).await.unwrap();
        // A first query that passes: without one the server takes this for a handshake that goes on.
        let first = [&[0, 0], &marker()[2..]].concat();
        assert!(!doq::exchange(&connection, &first).await.is_empty());
        Self { _endpoint: endpoint, connection, left: 90 }
    }
}

/// Asked behind each query: when its answer comes, no other will.
fn marker() -> Vec<u8> {
    [&[0xbe, 0xef, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0][..], b"\x02ns\x07example\x04test\0\0\x01\0\x01"].concat()
}

fn is_marker(answer: &[u8]) -> bool {
    answer.starts_with(&[0xbe, 0xef])
}

impl<'s> Client<'s> {
    async fn new(server: &'s Server) -> Self {
        let plain: SocketAddr = server.dns.addresses()[0];
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        udp.connect(plain).await.unwrap();
        Self {
            server,
            udp,
            tcp: TcpStream::connect(plain).await.unwrap(),
            tls: server.connect().await,
            quic: None,
        }
    }

    async fn over_udp(&self, query: &[u8]) -> Option<Vec<u8>> {
        self.udp.send(query).await.unwrap();
        self.udp.send(&marker()).await.unwrap();
        let mut answer = None;
        loop {
            let mut datagram = vec![0; 65_535];
            let length = timeout(PATIENCE, self.udp.recv(&mut datagram)).await.expect("in time").unwrap();
            datagram.truncate(length);
            if is_marker(&datagram) {
                return answer;
            }
            answer = Some(datagram);
        }
    }

    async fn over_quic(&mut self, query: &[u8]) -> Option<Vec<u8>> {
        let mut quic = match self.quic.take().filter(|quic| quic.left > 0) {
            Some(quic) => quic,
            None => Quic::connect(self.server).await,
        };
        let answer = doq::exchange(&quic.connection, query).await;
        quic.left -= 1;
        self.quic = Some(quic);
        (!answer.is_empty()).then(|| answer[2..].to_vec())
    }
}

async fn over_stream(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), query: &[u8]) -> Option<Vec<u8>> {
    stream.write_all(&[framed(query), framed(&marker())].concat()).await.unwrap();
    let mut answer = None;
    loop {
        let length = timeout(PATIENCE, stream.read_u16()).await.expect("in time").unwrap();
        let mut message = vec![0; usize::from(length)];
        stream.read_exact(&mut message).await.unwrap();
        if is_marker(&message) {
            return answer;
        }
        answer = Some(message);
    }
}

/// What an answer means.
#[derive(Debug, PartialEq)]
struct Meaning {
    head: String,
    question: String,
    sections: [Vec<String>; 3],
    edns: String,
}

impl Meaning {
    fn of(octets: &[u8]) -> Option<Self> {
        let mut message = Message::from_vec(octets).ok()?;
        let sorted = |records: &[Record]| {
            let mut texts: Vec<_> = records.iter().map(ToString::to_string).collect();
            texts.sort();
            texts
        };
        let cookie = message.edns.as_mut().map(|edns| {
            let cookie = edns.option(EdnsCode::Cookie).is_some(); // the server's half holds the time
            for code in [EdnsCode::Cookie, EdnsCode::Keepalive, EdnsCode::Padding] {
                edns.options_mut().remove(code);
            }
            cookie
        });
        Some(Self {
            head: format!("{:?}", message.metadata),
            question: format!("{:?}", message.queries),
            sections: [&message.answers, &message.authorities, &message.additionals]
                .map(|records| sorted(records)),
            edns: format!("{:?} {cookie:?}", message.edns),
        })
    }
}

/// Whether hickory hands this to us as a query that may come over QUIC.
fn passes_hickory(query: &[u8]) -> bool {
    let source = SocketAddr::from(([127, 0, 0, 1], 1));
    Request::from_bytes(query.to_vec(), source, Protocol::Quic).is_ok_and(|request| {
        let edns = request.edns.as_ref();
        edns.is_none_or(|edns| edns.option(EdnsCode::Keepalive).is_none())
    })
}

/// Whether padding is due: it was asked for, and the options of the query could be read to their end.
fn expects_padding(query: &[u8], answer: &[u8]) -> bool {
    let (Ok(query), Ok(answer)) = (Message::from_vec(query), Message::from_vec(answer)) else {
        return false;
    };
    let padding = |edns: &Edns| edns.version() == 0 && edns.option(EdnsCode::Padding).is_some();
    query.edns.as_ref().is_some_and(padding)
        && answer.edns.is_some()
        && answer.metadata.response_code != ResponseCode::FormErr
}

async fn compare(client: &mut Client<'_>, query: &[u8]) -> Result<(), TestCaseError> {
    let udp = client.over_udp(query).await;
    let quic = client.over_quic(query).await;
    let tcp = over_stream(&mut client.tcp, query).await;
    let tls = over_stream(&mut client.tls, query).await;
    let [udp_means, tcp_means, tls_means, quic_means] =
        [&udp, &tcp, &tls, &quic].map(|answer| answer.as_ref().and_then(|answer| Meaning::of(answer)));
    prop_assert_eq!(&tcp_means, &tls_means);
    prop_assert_eq!(udp.is_some(), tcp.is_some());
    let cut = udp.as_ref().is_some_and(|answer| answer[2] & 2 != 0);
    if !cut {
        prop_assert_eq!(&udp_means, &tcp_means);
    }
    if passes_hickory(query) {
        let quic_means = quic_means.zip(tcp_means.as_ref()).map(|(quic, tcp)| {
            let echoed = tcp.question == "[]";
            Meaning { question: if echoed { "[]".to_owned() } else { quic.question }, ..quic }
        });
        prop_assert_eq!(&quic_means, &tcp_means);
    } else if let Some(answer) = &quic {
        let code = Message::from_vec(answer).unwrap().metadata.response_code;
        prop_assert_eq!(code, ResponseCode::FormErr);
    }
    for answer in [&tls, &quic].into_iter().flatten().filter(|answer| expects_padding(query, answer)) {
        prop_assert_eq!(answer.len() % 468, 0, "an encrypted answer of {} octets", answer.len());
    }
    Ok(())
}

#[test]
fn every_carrier_means_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::start_from("127.0.0.1:0", PATIENT, &source());
    let mut client = runtime.block_on(Client::new(&server));
    let client = std::cell::RefCell::new(&mut client);
    let mut runner = TestRunner::new(Config::with_cases(1000));
    let outcome = runner.run(&mutated(), |query| runtime.block_on(compare(&mut client.borrow_mut(), &query)));
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn padding_is_for_encrypted_carriers_that_are_asked_for_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::start_from("127.0.0.1:0", PATIENT, &source());
    let bare = marker();
    let mut padded = [&[0, 0], &bare[2..]].concat();
    padded[11] = 1;
    padded.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 4, 0, 12, 0, 0]);
    runtime.block_on(async {
        let mut client = Client::new(&server).await;
        let lengths = [
            client.over_udp(&padded).await.unwrap().len(),
            over_stream(&mut client.tcp, &padded).await.unwrap().len(),
            over_stream(&mut client.tls, &padded).await.unwrap().len(),
            client.over_quic(&padded).await.unwrap().len(),
        ];
        assert_eq!(lengths, [60, 60, 468, 468]);
    });
}
