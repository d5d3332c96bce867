//! A whole world on loopback: four simulated gateways, and the director that steers between them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::ServeOptions;
use super::run::{Signals, signalled};
use super::stand::Stand;
use super::start::{Director, StartError};
use crate::demo::{Gateways, Places, ZONE, ZONE_FILE, banner, config_text};

/// What `demo` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoOptions {
    /// Where DNS is served.
    pub dns: SocketAddr,
    /// Where the page is served.
    pub web: SocketAddr,
    /// The admin socket.
    pub socket: PathBuf,
    /// The state directory; none: one that ends with the demo.
    pub state: Option<PathBuf>,
    /// Port of the simulated gateways; 0 takes free ones.
    pub gateways: u16,
    /// How this program is called, for the lines to try.
    pub program: String,
}

/// Serves a whole world on loopback until SIGTERM or SIGINT. `told` gets the lines to try, once all listens.
///
/// # Errors
/// An address, socket or directory cannot be had.
pub async fn demo(options: DemoOptions, told: impl FnOnce(&str)) -> Result<(), StartError> {
    let signals = signalled()?;
    let passing = std::env::temp_dir().join(format!("meridian-demo-{}", std::process::id()));
    let state = absolute(options.state.as_ref().unwrap_or(&passing)).map_err(StartError::System)?;
    let ended = play(&options, &state, signals, told).await;
    if options.state.is_none() && state.exists() {
        within(&state, std::fs::remove_dir_all(&state)).map_err(StartError::System)?;
    }
    ended
}

/// The whole demo, with its files in `state`.
async fn play(
    options: &DemoOptions,
    state: &Path,
    signals: Signals,
    told: impl FnOnce(&str),
) -> Result<(), StartError> {
    let port = if options.gateways == 0 { 0 } else { Gateways::CONTROL_PORT };
    let gateways = Gateways::bind(options.gateways, SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let mut places = Places {
        dns: options.dns,
        web: options.web,
        socket: absolute(&options.socket).map_err(StartError::System)?,
        state: state.to_owned(),
        zones: state.join("zones"),
    };
    let config = write(&places, &gateways).map_err(StartError::System)?;
    let stand = tokio::task::block_in_place(|| Stand::take(ServeOptions { config, takeover: false }))?;
    let director = Director::start(stand).await?;
    places.dns = director.addresses().first().copied().unwrap_or(places.dns);
    places.web = director.web().unwrap_or(places.web);
    told(&banner(&places, &gateways, &options.program));
    director.run(signals).await;
    gateways.shutdown().await;
    Ok(())
}

/// Writes config and zone beside the state, as files that a person can read and change.
fn write(places: &Places, gateways: &Gateways) -> io::Result<PathBuf> {
    within(&places.zones, std::fs::create_dir_all(&places.zones))?;
    let zone = places.zones.join(ZONE_FILE);
    within(&zone, std::fs::write(&zone, ZONE))?;
    let config = places.state.join("meridian.toml");
    within(&config, std::fs::write(&config, config_text(places, gateways)))?;
    Ok(config)
}

/// Config paths are relative to the config, a command's are not.
fn absolute(path: &Path) -> io::Result<PathBuf> {
    within(path, std::path::absolute(path))
}

fn within<T>(path: &Path, result: io::Result<T>) -> io::Result<T> {
    result.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}
