//! `server.tls`: where DNS is served inside TLS (DoT) and QUIC (DoQ), and with which certificate.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::files::Files;
use super::item::Item;
use super::problem::Problem;
use super::reading::Reading;
use super::section::Section;
use super::server::listen_addresses;
use crate::certificate::{Certificate, Half};
use crate::client::Carrier;
use crate::clock::Clock;

/// `server.tls` as used. The files are read again while serving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Addresses that take TLS over TCP, and QUIC over UDP; never empty, port 0 takes any free port.
    pub listen: Vec<SocketAddr>,
    /// Which of the two.
    pub carriers: Vec<Carrier>,
    /// The chain, in PEM.
    pub certificate: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
}

/// Where the config names the two files.
pub(super) struct Pair<'a> {
    certificate: (PathBuf, Item<'a>),
    key: (PathBuf, Item<'a>),
}

/// Reads `server.tls`; it may not take an address of `plain`, whose TCP and UDP it would meet.
pub(super) fn read<'a>(mut section: Section<'a>, plain: &[SocketAddr]) -> Option<(Tls, Pair<'a>)> {
    let listen = section.need("listen", |item| {
        let listen = listen_addresses(item)?;
        let taken = listen.iter().find(|address| address.port() != 0 && plain.contains(address));
        if let Some(address) = taken {
            item.refuse(format_args!("{address} is also in server.listen; a port of its own, usually 853"));
        }
        Some(listen)
    });
    let carriers = section.or("carriers", CARRIERS.map(|(_, carrier)| carrier).into(), |item| {
        item.list_of_once(|item| item.choice(&CARRIERS))
    });
    let file = |item: &Item<'a>| Some((item.path()?, item.clone()));
    let certificate = section.need("certificate", file);
    let key = section.need("key", file);
    section.finish();
    let pair = Pair { certificate: certificate?, key: key? };
    let (certificate, key) = (pair.certificate.0.clone(), pair.key.0.clone());
    Some((Tls { listen: listen?, carriers: carriers?, certificate, key }, pair))
}

impl Pair<'_> {
    /// Reads both files; none: they cannot serve, and that was said.
    pub(super) fn load(&self, files: &Reading<'_>) -> Option<Certificate> {
        let loaded = load(files, &self.certificate.0, &self.key.0);
        loaded.map_err(|error| self.item(error.half).refuse(error.what)).ok()
    }

    const fn item(&self, half: Half) -> &Item<'_> {
        match half {
            Half::Certificate => &self.certificate.1,
            Half::Key => &self.key.1,
        }
    }
}

impl Tls {
    /// Reads both files anew from the disk; blocks. The config may have changed: a problem is put into the file that
    /// is wrong.
    pub fn certificate(&self) -> Result<Certificate, Problem> {
        load(&Reading::new(&Files::Disk), &self.certificate, &self.key).map_err(|error| match error.half {
            Half::Certificate => {
                Problem::of_file(self.certificate.clone(), "server.tls.certificate", error.what)
            }
            Half::Key => Problem::of_file(self.key.clone(), "server.tls.key", error.what),
        })
    }
}

/// A pair that cannot serve.
struct Unusable {
    half: Half,
    /// The file, what was found, what is allowed.
    what: String,
}

fn load(files: &Reading<'_>, certificate: &Path, key: &Path) -> Result<Certificate, Unusable> {
    let path = |half| if half == Half::Key { key } else { certificate };
    let refused =
        |half, error: &dyn Display| Unusable { half, what: format!("{} {error}", path(half).display()) };
    let octets = |half| files.secret(path(half), LARGEST).map_err(|error| refused(half, &error));
    let (chain, secret) = (octets(Half::Certificate)?, octets(Half::Key)?);
    let now = Clock::start().now().unix;
    Certificate::read(&chain, &secret, now).map_err(|error| refused(error.half(), &error))
}

const CARRIERS: [(&str, Carrier); 2] = [("dot", Carrier::Tls), ("doq", Carrier::Quic)];
/// In MiB: far more than any chain.
const LARGEST: u64 = 1;
