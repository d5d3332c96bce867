//! A whole world on loopback: four simulated gateways, and the director that steers between them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::run::signalled;
use super::start::{Director, StartError};
use crate::demo::{Gateways, Places, ZONE, ZONE_FILE, config_text};

/// Where a demo listens and keeps its things.
#[derive(Clone, Debug)]
pub struct Demo {
    /// DNS, over UDP and TCP.
    pub dns: SocketAddr,
    /// The page and `/metrics`.
    pub web: SocketAddr,
    /// The admin socket.
    pub socket: PathBuf,
    /// The state directory; config and zone are written there too.
    pub state: PathBuf,
    /// Port of the gateways.
    pub gateways: u16,
    /// Port of the gateways' control listener.
    pub control: u16,
}

/// Runs the demo until a signal says stop. `told` hears what a person should know once all listens.
pub fn demo(demo: &Demo, told: impl FnOnce(&Director, &Places, &Gateways)) -> Result<(), StartError> {
    super::runtime()?.block_on(async {
        let control = SocketAddr::from((Ipv4Addr::LOCALHOST, demo.control));
        let gateways = Gateways::bind(demo.gateways, control).await?;
        let mut places = Places {
            dns: demo.dns,
            web: demo.web,
            socket: demo.socket.clone(),
            state: demo.state.clone(),
            zones: demo.state.join("zones"),
        };
        let config = write(&places, &gateways).map_err(StartError::System)?;
        let director = Director::start(&config).await?;
        places.dns = director.addresses().first().copied().unwrap_or(places.dns);
        places.web = director.web().unwrap_or(places.web);
        told(&director, &places, &gateways);
        director.run(signalled()?).await;
        gateways.shutdown().await;
        Ok(())
    })
}

/// Writes config and zone beside the state, as files that a person can read and change.
fn write(places: &Places, gateways: &Gateways) -> io::Result<PathBuf> {
    let within = |path: &Path, result: io::Result<()>| {
        result.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    };
    within(&places.zones, std::fs::create_dir_all(&places.zones))?;
    let zone = places.zones.join(ZONE_FILE);
    within(&zone, std::fs::write(&zone, ZONE))?;
    let config = places.state.join("meridian.toml");
    within(&config, std::fs::write(&config, config_text(places, gateways)))?;
    Ok(config)
}
