//! `[web]`: the read-only page and `/metrics`.

use std::net::SocketAddr;

use super::section::Section;
use super::server::socket_address;

/// `[web]` as used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    /// Where HTTP is served.
    pub listen: SocketAddr,
}

/// Reads `[web]`; it may not take an address of the server, whose TCP it would meet.
pub(super) fn read(mut section: Section<'_>, server: &[SocketAddr]) -> Option<Web> {
    let listen = section.need("listen", |item| {
        let address = socket_address(item)?;
        if address.port() != 0 && server.contains(&address) {
            item.refuse(format_args!("{address} is also in server.listen; a port of its own"));
        }
        Some(address)
    });
    section.finish();
    Some(Web { listen: listen? })
}
