//! A socket that QUIC clients send to: answers leave from the address that was asked, whole or not at all.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};

use quinn_udp::{RecvMeta, Transmit, UdpSocketState};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// One listen address.
pub(super) struct Public {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Public {
    /// Takes a socket over; needs a runtime.
    pub(super) fn open(socket: std::net::UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new((&socket).into())?;
        Ok(Self { socket: UdpSocket::from_std(socket)?, state })
    }

    pub(super) fn poll_ready(&self, context: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_recv_ready(context).map(|_error_shows_at_receive| ())
    }

    /// Datagrams of one client, one behind the other; `buffer` holds what the system joins at most.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<RecvMeta> {
        let mut meta = [RecvMeta::default()];
        self.socket.try_io(Interest::READABLE, || {
            self.state.recv((&self.socket).into(), &mut [IoSliceMut::new(buffer)], &mut meta)
        })?;
        Ok(meta[0])
    }

    /// Sends one datagram. What the system does not take is lost: QUIC repeats it.
    pub(super) fn send(&self, client: SocketAddr, asked: Option<IpAddr>, datagram: &[u8]) {
        let transmit = Transmit {
            destination: client,
            ecn: None,
            contents: datagram,
            segment_size: None,
            src_ip: asked,
        };
        let _lost = self.state.try_send((&self.socket).into(), &transmit);
    }
}
