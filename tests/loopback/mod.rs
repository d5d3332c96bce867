//! Where a name server that is told its port may listen, while other tests run.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

/// An address for UDP and TCP, on a loopback address of this process alone: what other tests bind on 127.0.0.1 cannot
/// take the port before the server does.
pub(crate) fn free_address() -> SocketAddr {
    let [_, high, middle, low] = std::process::id().to_be_bytes(); // at most 2²² (PID_MAX_LIMIT of Linux)
    let own = Ipv4Addr::new(127, 64 | high, middle, low);
    loop {
        let tcp = TcpListener::bind((own, 0)).expect("all of 127.0.0.0/8 is this machine");
        let address = tcp.local_addr().expect("it is bound");
        if UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}
