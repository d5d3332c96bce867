//! Two directors with equal config and verdicts, asked over sockets: every answer is the same, octet for octet.

use std::net::UdpSocket;
use std::num::NonZeroUsize;
use std::time::Duration;

use meridian::clock::Clock;
use meridian::dns::{Dns, Source, TcpLimits};
use meridian::snapshot::Snapshots;
use meridian::world::{OverrideKind, World};

use super::stage::{Stage, compiled};

const CONFIG: &str = "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\", \"ie\", \"sg\"]
strategy = \"nearest\"
canary = { region = \"sg\", share = \"5%\" }
[services.\"spread.example.com\"]
regions = [\"us\", \"eu\", \"ie\"]
strategy = \"weighted\"
weights = { us = 3, eu = 2, ie = 1 }
[fences.gdpr]
clients = [\"@EEA\"]
jurisdictions = [\"EU\"]
unlocated = true
";

/// Sends each query and takes its answer.
struct Asker {
    dns: Dns,
    socket: UdpSocket,
}

impl Asker {
    fn new(stage: &Stage) -> Self {
        let source = Source::new(Snapshots::new(stage.snapshot.clone()), Clock::start());
        let listen = ["127.0.0.1:0".parse().unwrap()];
        let dns = Dns::bind(&listen, NonZeroUsize::MIN, TcpLimits::default(), &source).unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self { dns, socket }
    }

    fn ask(&self, query: &[u8]) -> Vec<u8> {
        self.socket.send_to(query, self.dns.addresses()[0]).unwrap();
        let mut answer = [0; 4_096];
        let length = self.socket.recv(&mut answer).unwrap();
        answer[..length].to_vec()
    }
}

/// A question with a client subnet of 24 bits (RFC 7871), or without one.
fn query(id: u16, labels: &[&str], rtype: u16, subnet: Option<[u8; 3]>) -> Vec<u8> {
    let mut query = id.to_be_bytes().to_vec();
    query.extend(b"\x01\x00\0\x01\0\0\0\0\0\x01");
    for label in labels {
        query.push(label.len() as u8);
        query.extend(label.as_bytes());
    }
    query.push(0);
    query.extend(rtype.to_be_bytes());
    query.extend(b"\0\x01\0\0\x29\x04\xd0\0\0\0\0");
    match subnet {
        Some(subnet) => {
            query.extend(b"\0\x0b\0\x08\0\x07\0\x01\x18\0");
            query.extend(subnet);
        }
        None => query.extend(b"\0\0"),
    }
    query
}

#[tokio::test]
async fn two_directors_with_equal_verdicts_answer_alike() {
    let mut first = Stage::new(CONFIG);
    for region in ["us", "eu", "ie", "sg"] {
        first.rise(region);
    }
    first.fall("eu");
    first.order("ie", OverrideKind::Drain, Some("spread.example.com"), 86_400);
    let mut second = Stage::new(CONFIG);
    second.world = World::new(compiled(CONFIG, &[]), first.world.kept(), second.now);
    second.publish();

    let (one, other) = (Asker::new(&first), Asker::new(&second));
    let names: [&[&str]; 4] = [
        &["api", "example", "com"],
        &["spread", "example", "com"],
        &["example", "com"],
        &["no", "example", "com"],
    ];
    let mut answers = std::collections::BTreeSet::new();
    let mut id = 0;
    for net in 0..64_u8 {
        for (name, rtype) in names.iter().flat_map(|name| [1_u16, 28, 6].map(|rtype| (name, rtype))) {
            for subnet in [None, Some([net.wrapping_mul(4) | 1, net, 7])] {
                id += 1;
                let query = query(id, name, rtype, subnet);
                let (left, right) = (one.ask(&query), other.ask(&query));
                assert_eq!(left, right, "{name:?} type {rtype} for {subnet:?}");
                answers.insert(left[2..].to_vec());
            }
        }
    }
    assert!(answers.len() > 100, "{} distinct answers", answers.len());
    for mut asker in [one, other] {
        asker.dns.shutdown(Duration::ZERO);
        asker.dns.join().await;
    }
}
