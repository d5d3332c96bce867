//! Who asks. (Placeholder until the geo branch lands.)
use std::net::IpAddr;
/// How a query came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// A datagram.
    Udp,
    /// A TCP stream.
    Tcp,
}
/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The source address.
    pub address: IpAddr,
    /// How the query came.
    pub carrier: Carrier,
    /// The largest answer that the configuration lets this carrier take.
    pub limit: u16,
}
/// A network.
pub type Prefix = ipnet::IpNet;
/// A list of networks.
#[derive(Debug, Default)]
pub struct Prefixes;
