//! Who holds a port, from `/proc`: for one sentence of an error. Knows only what this user may see.

use std::fs;
use std::path::Path;

use crate::client::Carrier;

/// The processes that hold `port`, in words; where they cannot be seen, how to find them.
pub(super) fn of(port: u16, carrier: Carrier) -> String {
    let word = if sends_datagrams(carrier) { "udp" } else { "tcp" };
    let inodes: Vec<u64> = ["", "6"]
        .iter()
        .filter_map(|family| fs::read_to_string(format!("/proc/net/{word}{family}")).ok())
        .flat_map(|table| inodes_of(&table, port, carrier))
        .collect();
    let holders = processes_with(&inodes);
    if holders.is_empty() {
        let letter = if sends_datagrams(carrier) { 'u' } else { 't' };
        return format!("another process; `ss -ln{letter}p 'sport = :{port}'` as root says which");
    }
    holders.join(", ")
}

const fn sends_datagrams(carrier: Carrier) -> bool {
    matches!(carrier, Carrier::Udp | Carrier::Quic)
}

/// Inodes of the sockets in a `/proc/net` table that are bound to `port` (for TCP: that listen there).
fn inodes_of(table: &str, port: u16, carrier: Carrier) -> Vec<u64> {
    let suffix = format!(":{port:04X}");
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
            let counts = local.ends_with(&suffix) && (sends_datagrams(carrier) || *state == TCP_LISTEN);
            counts.then(|| inode.parse().ok())?
        })
        .collect()
}

/// Processes that have one of these sockets open, named.
fn processes_with(inodes: &[u64]) -> Vec<String> {
    let targets: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .filter_map(Result::ok)
        .filter(|process| holds(&process.path(), &targets))
        .filter_map(|process| {
            let pid: u32 = process.file_name().to_str()?.parse().ok()?;
            if pid == std::process::id() {
                return Some("this very process (do two listen addresses overlap?)".to_owned());
            }
            let name = fs::read_to_string(process.path().join("comm")).ok()?;
            Some(format!("{} (pid {pid})", name.trim_end()))
        })
        .collect()
}

fn holds(process: &Path, targets: &[String]) -> bool {
    fs::read_dir(process.join("fd")).is_ok_and(|descriptors| {
        descriptors.filter_map(Result::ok).any(|descriptor| {
            fs::read_link(descriptor.path())
                .is_ok_and(|link| targets.iter().any(|target| link.as_os_str() == target.as_str()))
        })
    })
}

const TCP_LISTEN: &str = "0A";

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener, UdpSocket};

    use super::*;

    #[test]
    fn a_port_of_this_process_is_named_as_its_own() {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let udp = of(udp.local_addr().unwrap().port(), Carrier::Udp);
        let tcp = of(tcp.local_addr().unwrap().port(), Carrier::Tcp);
        assert!(udp.starts_with("this very process"), "{udp}");
        assert!(tcp.starts_with("this very process"), "{tcp}");
    }

    #[test]
    fn an_unknown_holder_comes_with_the_command_that_finds_it() {
        assert_eq!(of(0, Carrier::Udp), "another process; `ss -lnup 'sport = :0'` as root says which");
    }

    #[test]
    fn a_connection_is_no_holder_of_a_tcp_port() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
                     0: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 41 1\n\
                     1: 0100007F:0035 0100007F:9C40 01 00000000:00000000 00:00000000 00000000 0 0 42 1\n";
        assert_eq!(inodes_of(table, 53, Carrier::Tcp), [41]);
        assert_eq!(inodes_of(table, 53, Carrier::Udp), [41, 42]);
        assert_eq!(inodes_of(table, 54, Carrier::Udp), [] as [u64; 0]);
    }
}
