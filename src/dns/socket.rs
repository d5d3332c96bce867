//! The sockets of one listen address: one UDP socket a worker, one TCP listener, all on the same port.
//!
//! Sibling sockets need `SO_REUSEPORT`, and that has a danger: any process of the same user may join the
//! group, and would silently take its share of the queries. So the first socket is bound *without* the
//! option: this fails when anyone is there already. Only then it is opened to siblings. There is no moment
//! between a look and a bind in which another could slip in; what comes later is refused by its own first
//! bind, if it is a Meridian.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::num::NonZeroUsize;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use super::batch::set_option;
use super::problem::BindProblem;
use crate::client::Carrier;

/// Bound sockets of one listen address. May also come from outside: nothing here is needed to serve from
/// them.
#[derive(Debug)]
pub struct Sockets {
    /// The address, with the port that the system picked where 0 was asked for.
    pub address: SocketAddr,
    /// One a worker.
    pub udp: Vec<UdpSocket>,
    /// One.
    pub tcp: TcpListener,
}

impl Sockets {
    /// Binds every address of `listen`, or none; a problem for each that failed.
    pub fn bind_all(listen: &[SocketAddr], workers: NonZeroUsize) -> Result<Vec<Self>, Vec<BindProblem>> {
        let (mut bound, mut problems) = (Vec::new(), Vec::new());
        for address in listen {
            match Self::bind(*address, workers) {
                Ok(sockets) => bound.push(sockets),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(bound) } else { Err(problems) }
    }

    /// Binds one address. With port 0 a port is looked for that is free for UDP and TCP.
    pub fn bind(address: SocketAddr, workers: NonZeroUsize) -> Result<Self, BindProblem> {
        until_free(address, || Self::bind_once(address, workers))
    }

    /// Serves one address from sockets that were bound by another process, and binds what is missing. All of them are
    /// kept, also where there are more than workers: queries wait in each. Where there are fewer and no sibling can be
    /// bound (another user's, or a low port), workers share what is there.
    pub fn complete(
        udp: Vec<UdpSocket>,
        tcp: Option<TcpListener>,
        configured: SocketAddr,
        workers: NonZeroUsize,
    ) -> Result<Self, BindProblem> {
        let known = tcp.as_ref().map(TcpListener::local_addr).or(udp.first().map(UdpSocket::local_addr));
        let Some(address) = known else { return Self::bind(configured, workers) };
        let udp_problem = |error| BindProblem::new(configured, Carrier::Udp, error);
        let tcp_problem = |error| BindProblem::new(configured, Carrier::Tcp, error);
        let address = address.map_err(udp_problem)?;
        let mut udp = udp;
        if udp.is_empty() {
            udp.push(bind_udp(address, Sharing::Alone).map_err(udp_problem)?);
        }
        for socket in &udp {
            let dressed = dress(&SockRef::from(socket), address)
                .and_then(|()| set_option(socket, libc::SOL_SOCKET, libc::SO_REUSEPORT, 1));
            dressed.map_err(udp_problem)?;
        }
        while udp.len() < workers.get() {
            let sibling = bind_udp(address, Sharing::Sibling).or_else(|_| udp[0].try_clone());
            udp.push(sibling.map_err(udp_problem)?);
        }
        let tcp = tcp.map_or_else(|| bind_tcp(address), Ok).map_err(tcp_problem)?;
        Ok(Self { address, udp, tcp })
    }

    fn bind_once(address: SocketAddr, workers: NonZeroUsize) -> Result<Self, BindProblem> {
        let udp_problem = |error| BindProblem::new(address, Carrier::Udp, error);
        let first = bind_udp(address, Sharing::Alone).map_err(udp_problem)?;
        let address = first.local_addr().map_err(udp_problem)?;
        let mut udp = vec![first];
        for _ in 1..workers.get() {
            udp.push(bind_udp(address, Sharing::Sibling).map_err(udp_problem)?);
        }
        let tcp = bind_tcp(address).map_err(|error| BindProblem::new(address, Carrier::Tcp, error))?;
        Ok(Self { address, udp, tcp })
    }
}

/// Binds several sockets to one port. Where the system picks it for the first, it may be taken for the next: then
/// another one is tried.
pub(super) fn until_free<T>(
    address: SocketAddr,
    bind: impl Fn() -> Result<T, BindProblem>,
) -> Result<T, BindProblem> {
    let mut outcome = bind();
    if address.port() == 0 {
        for _ in 1..PORT_ATTEMPTS {
            if !outcome.as_ref().is_err_and(BindProblem::is_in_use) {
                break;
            }
            outcome = bind();
        }
    }
    outcome
}

/// Whether a UDP socket is the first of its address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    /// It must find nobody there.
    Alone,
    /// It joins the first.
    Sibling,
}

fn bind_udp(address: SocketAddr, sharing: Sharing) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    prepare(&socket, address)?;
    dress(&socket, address)?;
    if sharing == Sharing::Sibling {
        set_option(&socket, libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)?;
    }
    socket.bind(&address.into())?;
    if sharing == Sharing::Alone {
        set_option(&socket, libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)?;
    }
    Ok(socket.into())
}

/// Sets what a worker wants of its socket, whoever bound it.
fn dress(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    enlarge_receive_buffer(socket);
    match address {
        SocketAddr::V4(_) => {
            set_option(socket, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_OMIT)?;
        }
        SocketAddr::V6(_) => {
            set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_OMIT)?;
        }
    }
    if address.ip().is_unspecified() {
        report_asked_address(socket, address)?;
    }
    socket.set_nonblocking(false)?;
    socket.set_read_timeout(Some(WAKE))?;
    socket.set_write_timeout(Some(WAKE))
}

pub(super) fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    prepare(&socket, address)?;
    socket.set_reuse_address(true)?; // connections of a predecessor that linger do not keep us from starting
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// What else QUIC wants of its socket, its front sets.
pub(super) fn bind_quic(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    prepare(&socket, address)?;
    enlarge_receive_buffer(&socket);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// The families stand apart: `[::]` does not take IPv4, so that both can be listed.
fn prepare(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    Ok(())
}

/// Bursts deeper than the default buffer are lost. The forced size needs a capability; without it the kernel
/// caps the wish silently, and either way the socket works.
fn enlarge_receive_buffer(socket: &Socket) {
    let forced = set_option(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, RECEIVE_BUFFER);
    let size = RECEIVE_BUFFER.unsigned_abs() as usize;
    if let Err(error) = forced.or_else(|_| socket.set_recv_buffer_size(size)) {
        tracing::warn!(%error, "the receive buffer keeps its default size");
    }
}

fn report_asked_address(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    match address {
        SocketAddr::V4(_) => set_option(socket, libc::IPPROTO_IP, libc::IP_PKTINFO, 1),
        SocketAddr::V6(_) => set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 1),
    }
}

/// How often a worker wakes without a query; also the longest that a full send buffer holds it.
const WAKE: Duration = Duration::from_millis(200);
/// Octets; some 5,000 queries.
const RECEIVE_BUFFER: i32 = 4 << 20;
const BACKLOG: i32 = 1024;
const PORT_ATTEMPTS: usize = 16;

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn workers(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).expect("tests ask for one or more")
    }

    fn loopback(port: u16) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, port).into()
    }

    #[test]
    fn port_0_gives_every_socket_of_the_address_the_same_port() {
        let sockets = Sockets::bind(loopback(0), workers(3)).unwrap();
        assert_ne!(sockets.address.port(), 0);
        assert_eq!(sockets.udp.len(), 3);
        for socket in &sockets.udp {
            assert_eq!(socket.local_addr().unwrap(), sockets.address);
        }
        assert_eq!(sockets.tcp.local_addr().unwrap(), sockets.address);
    }

    #[test]
    fn siblings_share_the_queries() {
        let sockets = Sockets::bind(loopback(0), workers(2)).unwrap();
        for _ in 0..64 {
            let client = UdpSocket::bind(loopback(0)).unwrap();
            client.send_to(b"query", sockets.address).unwrap();
        }
        let mut buffer = [0; 16];
        for (worker, socket) in sockets.udp.iter().enumerate() {
            let first = socket.recv(&mut buffer);
            assert!(first.is_ok(), "worker {worker} got none of 64 flows: {first:?}");
        }
    }

    #[test]
    fn a_second_server_of_the_same_user_is_refused_although_the_port_is_shared() {
        let first = Sockets::bind(loopback(0), workers(2)).unwrap();
        let problem = Sockets::bind(first.address, workers(2)).unwrap_err();
        assert!(problem.is_in_use(), "{problem}");
    }

    #[test]
    fn another_program_with_a_shared_port_is_seen_as_well() {
        let other = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        set_option(&other, libc::SOL_SOCKET, libc::SO_REUSEPORT, 1).unwrap();
        other.bind(&loopback(0).into()).unwrap();
        let address = other.local_addr().unwrap().as_socket().unwrap();
        let problem = Sockets::bind(address, workers(1)).unwrap_err();
        assert!(problem.is_in_use(), "{problem}");
    }

    #[test]
    fn both_wildcards_stand_side_by_side_on_one_port() {
        let pair = || {
            let four = Sockets::bind("0.0.0.0:0".parse().unwrap(), workers(1)).unwrap();
            let six = SocketAddr::new("::".parse().unwrap(), four.address.port());
            Sockets::bind(six, workers(1)).map(|six| (four, six))
        };
        // Anyone may hold the IPv6 side of one port by chance, but not of five in a row.
        let pairs: Vec<_> = (0..5).map(|_| pair()).collect();
        assert!(pairs.iter().any(Result::is_ok), "{pairs:?}");
    }

    #[test]
    fn every_address_that_fails_is_reported() {
        let taken = Sockets::bind(loopback(0), workers(1)).unwrap();
        let foreign: SocketAddr = "192.0.2.1:0".parse().unwrap();
        let problems = Sockets::bind_all(&[taken.address, loopback(0), foreign], workers(1)).unwrap_err();
        let addresses: Vec<_> = problems.iter().map(|problem| problem.address).collect();
        assert_eq!(addresses, [taken.address, foreign], "{problems:?}");
    }
}
