//! The simulated gateways together: bound at once, turned by one task that owns them, ended together.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::control;
use super::region::{Mode, PROFILES, Region};

/// Four running gateways and their control listener.
#[derive(Debug)]
pub struct Gateways {
    addresses: Vec<(&'static str, SocketAddr)>,
    control: SocketAddr,
    orders: mpsc::Sender<Order>,
    owner: JoinHandle<()>,
    stop_control: oneshot::Sender<()>,
    controlled: JoinHandle<()>,
}

/// Why the demo cannot listen.
#[derive(Debug, Error)]
pub enum BindError {
    /// An address of a gateway.
    #[error(
        "the simulated gateway {region} cannot listen on {address}: {source}; the demo needs this port free on 127.0.1.10 to 127.0.4.10 (Linux binds any 127.0.0.0/8 address; elsewhere add them to the loopback interface)"
    )]
    Gateway {
        /// The region's name.
        region: &'static str,
        /// What was to be bound.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The control listener.
    #[error(
        "the demo's control cannot listen on {address}: {source}; end what uses that port, perhaps another demo"
    )]
    Control {
        /// What was to be bound.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a region did not turn.
#[derive(Debug, Error)]
pub enum TurnError {
    /// A name that is none of the simulated regions.
    #[error("there is no simulated region {0:?}; there are us-east, eu-west, eu-central and ap-southeast")]
    Unknown(String),
    /// Its address was taken while it was stopped; it stays stopped.
    #[error("{region} cannot listen on {address} again: {source}; it stays stopped")]
    Taken {
        /// The region's name.
        region: &'static str,
        /// What was to be bound.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// Asks the owner to turn a region.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) region: String,
    pub(super) mode: Mode,
    pub(super) done: oneshot::Sender<Result<(), TurnError>>,
}

impl Gateways {
    /// The port of every gateway, unless told otherwise.
    pub const PORT: u16 = 4000;
    /// The port of the control listener, unless told otherwise.
    pub const CONTROL_PORT: u16 = 4099;

    /// Listens on `port` at each region's own address, and on `control`. Port 0 finds one port that is free at all.
    ///
    /// # Errors
    /// An address that cannot be bound; nothing is left listening then.
    pub async fn bind(port: u16, control: SocketAddr) -> Result<Self, BindError> {
        let listeners = bind_all(port).await?;
        let control_error = |source| BindError::Control { address: control, source };
        let listener = TcpListener::bind(control).await.map_err(control_error)?;
        let control = listener.local_addr().map_err(control_error)?;
        let regions: Vec<Region> = listeners
            .into_iter()
            .map(|(name, listener, address)| Region::new(name, listener, address))
            .collect();
        let addresses = regions.iter().map(|region| (region.name, region.address)).collect();
        let (orders, received) = mpsc::channel(16);
        let (stop_control, stopped) = oneshot::channel();
        let routes = control::routes(orders.clone());
        Ok(Self {
            addresses,
            control,
            orders,
            owner: tokio::spawn(own(regions, received)),
            stop_control,
            controlled: tokio::spawn(control::serve(listener, routes, stopped)),
        })
    }

    /// Each region's name and address, in the config's order.
    #[must_use]
    pub fn addresses(&self) -> &[(&'static str, SocketAddr)] {
        &self.addresses
    }

    /// The port that all gateways share.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.addresses[0].1.port()
    }

    /// Where people stop and start regions.
    #[must_use]
    pub const fn control(&self) -> SocketAddr {
        self.control
    }

    /// Turns a region; returns when connections meet the new mode.
    ///
    /// # Errors
    /// A name that is no region's, or an address that cannot be bound again.
    pub async fn turn(&self, region: &str, mode: Mode) -> Result<(), TurnError> {
        order(&self.orders, region, mode).await
    }

    /// Closes every listener and waits for what is under way.
    pub async fn shutdown(self) {
        drop(self.stop_control);
        let _ = self.controlled.await;
        drop(self.orders);
        let _ = self.owner.await;
    }
}

/// Sends an order and waits for its end.
pub(super) async fn order(orders: &mpsc::Sender<Order>, region: &str, mode: Mode) -> Result<(), TurnError> {
    let (done, turned) = oneshot::channel();
    let order = Order { region: region.into(), mode, done };
    orders.send(order).await.expect("the owner lives as long as any sender");
    turned.await.expect("the owner answers every order")
}

async fn own(mut regions: Vec<Region>, mut orders: mpsc::Receiver<Order>) {
    while let Some(Order { region, mode, done }) = orders.recv().await {
        let result = match regions.iter_mut().find(|known| known.name == region) {
            None => Err(TurnError::Unknown(region)),
            Some(region) => region.turn(mode).await,
        };
        let _ = done.send(result);
    }
    for region in &mut regions {
        let _ = region.turn(Mode::Stopped).await;
    }
}

async fn bind_all(port: u16) -> Result<Vec<(&'static str, TcpListener, SocketAddr)>, BindError> {
    let mut result = bind_once(port).await;
    for _ in 0..ATTEMPTS {
        if port != 0 || result.is_ok() {
            break;
        }
        result = bind_once(port).await;
    }
    result
}

/// Binds the first region, and the others to the port that it got.
async fn bind_once(mut port: u16) -> Result<Vec<(&'static str, TcpListener, SocketAddr)>, BindError> {
    let mut bound = Vec::new();
    for profile in &PROFILES {
        let address = SocketAddr::new(profile.address.into(), port);
        let error = |source| BindError::Gateway { region: profile.name, address, source };
        let listener = TcpListener::bind(address).await.map_err(error)?;
        let address = listener.local_addr().map_err(error)?;
        port = address.port();
        bound.push((profile.name, listener, address));
    }
    Ok(bound)
}

/// A port that the system found free at one address may be taken at another.
const ATTEMPTS: usize = 16;
