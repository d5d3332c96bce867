//! `meridian demo`: a whole world on loopback.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::exit::Exit;
use super::serve::run_server;
use super::terminal::{Audience, Terminal};
use crate::director::{self, DemoOptions};

/// Run a whole world on loopback: DNS, four simulated regions, probes, admin socket, page
#[derive(Debug, Args)]
#[command(after_help = "\
It prints which commands to try. Ctrl-C stops it.

Example:
  meridian demo --dns 127.0.0.1:5300 --web 127.0.0.1:8080")]
pub(super) struct Demo {
    /// Where DNS is served, UDP and TCP
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:5353")]
    dns: SocketAddr,
    /// Where the page and /metrics are served
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8053")]
    web: SocketAddr,
    /// The admin socket
    #[arg(long, value_name = "PATH", default_value = "run/meridian.sock")]
    socket: PathBuf,
    /// Keep state here instead of for this run only
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Port of the simulated gateways; 0 takes free ones
    #[arg(long, value_name = "PORT", default_value_t = crate::demo::Gateways::PORT)]
    gateways: u16,
}

impl Demo {
    pub(super) fn run(self) -> Exit {
        let options = DemoOptions {
            dns: self.dns,
            web: self.web,
            socket: self.socket,
            state: self.state,
            gateways: self.gateways,
            program: std::env::args().next().unwrap_or_else(|| "meridian".to_owned()),
        };
        run_server(director::demo(options, |banner| Terminal::new(Audience::Person).say(banner)))
    }
}
