//! One question over UDP as a client's resolver asks it, with its subnet (RFC 7871), and the addresses of the answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// What a name is answered with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// Sorted.
    pub(super) addresses: Vec<IpAddr>,
    /// Seconds, of the last record.
    pub(super) ttl: u32,
}

/// Asks for the A records of `name`, or the AAAA records where `kind` says so. None: no answer in time.
pub(super) async fn ask(server: SocketAddr, name: &str, kind: Kind, client: IpNet) -> Option<Answer> {
    let here: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(here).await.ok()?;
    socket.connect(server).await.ok()?;
    socket.send(&query(name, kind, client)).await.ok()?;
    let mut answer = vec![0; 4_096];
    let length = timeout(PATIENCE, socket.recv(&mut answer)).await.ok()?.ok()?;
    read(&answer[..length])
}

/// The family of addresses asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A
    V4 = 1,
    /// AAAA
    V6 = 28,
}

fn query(name: &str, kind: Kind, client: IpNet) -> Vec<u8> {
    let mut query = vec![0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
    for label in name.trim_end_matches('.').split('.') {
        query.push(label.len() as u8);
        query.extend(label.as_bytes());
    }
    query.extend([0, 0, kind as u8, 0, 1]);
    let (family, octets) = match client.network() {
        IpAddr::V4(address) => (1, address.octets().to_vec()),
        IpAddr::V6(address) => (2, address.octets().to_vec()),
    };
    let octets = &octets[..usize::from(client.prefix_len()).div_ceil(8)];
    let option = octets.len() as u8 + 4;
    // OPT: 1232 octets, then option 8.
    query.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, option + 4, 0, 8, 0, option]);
    query.extend([0, family, client.prefix_len(), 0]);
    query.extend(octets);
    query
}

fn read(message: &[u8]) -> Option<Answer> {
    let word = |at: usize| Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]));
    let mut at = 12;
    for _ in 0..word(4)? {
        at = after_name(message, at)? + 4;
    }
    let mut answer = Answer::default();
    for _ in 0..word(6)? {
        at = after_name(message, at)?;
        let (kind, length) = (word(at)?, usize::from(word(at + 8)?));
        let data = message.get(at + 10..at + 10 + length)?;
        answer.ttl = u32::from(word(at + 4)?) << 16 | u32::from(word(at + 6)?);
        match kind {
            1 => answer.addresses.push(IpAddr::from(<[u8; 4]>::try_from(data).ok()?)),
            28 => answer.addresses.push(IpAddr::from(<[u8; 16]>::try_from(data).ok()?)),
            _ => {}
        }
        at += 10 + length;
    }
    answer.addresses.sort_unstable();
    Some(answer)
}

/// Where a name at `at` ends: after its last label, or after a pointer.
fn after_name(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            length if length >= 0xC0 => return Some(at + 2),
            length => at += usize::from(length) + 1,
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_gives_its_addresses_sorted_and_its_ttl() {
        let question = query("a.example", Kind::V4, "12.0.0.0/24".parse().unwrap());
        assert_eq!(question[question.len() - 7..], [0, 1, 24, 0, 12, 0, 0]);
        let mut message = question[..12 + 11 + 4].to_vec();
        (message[7], message[11]) = (2, 0);
        for last in [2, 1] {
            message.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 192, 0, 2, last]);
        }
        let found = read(&message).unwrap();
        assert_eq!(found.addresses, ["192.0.2.1", "192.0.2.2"].map(|text| text.parse::<IpAddr>().unwrap()));
        assert_eq!(found.ttl, 30);
        assert_eq!(read(&message[..message.len() - 1]), None, "a cut-off answer is none");
    }
}
