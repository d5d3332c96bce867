//! The layer `tcp`: a connection to the very address that is answered with.

use std::net::SocketAddr;

use tokio::net::TcpStream;

use super::fault;
use crate::health::FaultClass;

/// Opens a fresh connection. The round bounds its time.
pub(super) async fn connect(socket: SocketAddr) -> Result<TcpStream, FaultClass> {
    TcpStream::connect(socket).await.map_err(|error| fault::of_io(&error))
}
