//! One client's datagrams on their way between a public socket and a lane.

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until};

use super::super::TcpLimits;
use super::super::crowd::Activity;
use super::public::Public;

/// The side that the front holds: towards hickory.
pub(super) struct Flow {
    socket: Rc<UdpSocket>,
    /// The lane whose listener it reaches.
    pub(super) lane: usize,
    /// When a datagram last passed.
    pub(super) activity: Activity,
    asks: Arc<AtomicBool>,
}

/// The side that a task runs: back to the client.
pub(super) struct Back {
    pub(super) public: Rc<Public>,
    pub(super) client: SocketAddr,
    /// The address that the client asked.
    pub(super) asked: Option<IpAddr>,
    pub(super) limits: TcpLimits,
}

/// Why a flow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nothing passed for too long; how QUIC itself ends cannot be seen from outside.
    Idle,
    /// No hand was shaken in time, or no query came behind it.
    Handshake,
}

impl Ended {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Handshake => "handshake",
        }
    }
}

impl Flow {
    /// Opens one to the lane at `address`.
    pub(super) fn open(lane: usize, address: SocketAddr) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(address)?;
        socket.set_nonblocking(true)?;
        let socket = Rc::new(UdpSocket::from_std(socket)?);
        Ok(Self { socket, lane, activity: Rc::new(Cell::new(Instant::now())), asks: Arc::default() })
    }

    /// Where hickory sees it.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Whether a query has come: only then the handshake is surely over, since headers can be made up.
    pub(super) fn asks(&self) -> bool {
        self.asks.load(Ordering::Relaxed)
    }

    /// Where that is noted.
    pub(super) fn asking(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.asks)
    }

    /// Passes a datagram on to hickory. What the system does not take is lost: QUIC repeats it.
    pub(super) fn forward(&self, datagram: &[u8]) {
        self.activity.set(Instant::now());
        let _lost = SockRef::from(&*self.socket).send(datagram);
    }

    /// Passes hickory's datagrams on to the client, until too little happens.
    pub(super) fn back(&self, back: Back) -> impl Future<Output = Ended> + 'static {
        let (socket, activity, asks) = (Rc::clone(&self.socket), Rc::clone(&self.activity), self.asking());
        async move {
            let opened = Instant::now();
            let mut buffer = vec![0; LARGEST];
            loop {
                let (end, ended) = if asks.load(Ordering::Relaxed) {
                    (activity.get() + back.limits.idle + FAREWELL, Ended::Idle)
                } else {
                    (opened + back.limits.message, Ended::Handshake)
                };
                if Instant::now() >= end {
                    return ended;
                }
                tokio::select! {
                    Ok(length) = socket.recv(&mut buffer) => {
                        activity.set(Instant::now());
                        back.public.send(back.client, back.asked, &buffer[..length]);
                    }
                    () = sleep_until(end) => {}
                }
            }
        }
    }
}

/// hickory closes an idle connection by itself; that still has to pass.
const FAREWELL: Duration = Duration::from_secs(1);
/// Octets of the largest datagram that quinn sends, and then some.
const LARGEST: usize = 2048;
