//! Socket addresses as the kernel writes them.

use std::net::{SocketAddr, SocketAddrV6};
use std::{mem, ptr};

/// The peer that the kernel wrote; a family that this socket cannot have reads as nobody, port 0.
pub(super) fn socket_address(peer: &libc::sockaddr_storage) -> SocketAddr {
    match i32::from(peer.ss_family) {
        libc::AF_INET => {
            // SAFETY: sockaddr_storage is large and aligned enough for every address, and the family says
            // that this is sockaddr_in.
            let peer = unsafe { &*ptr::from_ref(peer).cast::<libc::sockaddr_in>() };
            SocketAddr::from((peer.sin_addr.s_addr.to_ne_bytes(), u16::from_be(peer.sin_port)))
        }
        libc::AF_INET6 => {
            // SAFETY: as above, and the family says that this is sockaddr_in6.
            let peer = unsafe { &*ptr::from_ref(peer).cast::<libc::sockaddr_in6>() };
            let port = u16::from_be(peer.sin6_port);
            SocketAddrV6::new(peer.sin6_addr.s6_addr.into(), port, peer.sin6_flowinfo, peer.sin6_scope_id)
                .into()
        }
        _ => SocketAddr::from(([0, 0, 0, 0], 0)),
    }
}

/// Octets of the peer's address, by its family.
pub(super) fn name_length(peer: &libc::sockaddr_storage) -> libc::socklen_t {
    let length = match i32::from(peer.ss_family) {
        libc::AF_INET => mem::size_of::<libc::sockaddr_in>(),
        _ => mem::size_of::<libc::sockaddr_in6>(),
    };
    length as libc::socklen_t
}
