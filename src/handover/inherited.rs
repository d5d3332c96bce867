//! Sockets that are bound already, told apart by what they are: kind and address. Where the config says port 0, the
//! first of its kind at that IP address is meant, in the order in which they came.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf, absolute};

use listenfd::ListenFd;
use rustix::net::sockopt::socket_type;
use rustix::net::{AddressFamily, SocketType};

/// Sockets to be claimed.
#[derive(Debug, Default)]
pub struct Inherited {
    udp: VecDeque<(SocketAddr, UdpSocket)>,
    tcp: VecDeque<(SocketAddr, TcpListener)>,
    unix: Vec<(PathBuf, UnixListener)>,
}

impl Inherited {
    /// What a service manager passes (`sd_listen_fds(3)`); nothing where none does.
    ///
    /// # Errors
    /// It passes what is no socket that this server could serve from.
    pub fn from_service_manager() -> io::Result<Self> {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let (mut passed, mut all) = (ListenFd::from_env(), Self::default());
        for number in 0..passed.len() {
            let named = |error: io::Error| {
                let name = names.split(':').nth(number).unwrap_or("unnamed");
                io::Error::new(
                    error.kind(),
                    format!("socket {number} ({name}) of the service manager: {error}"),
                )
            };
            if let Ok(Some(socket)) = passed.take_udp_socket(number) {
                all.take_in(socket.into()).map_err(named)?;
            } else if let Ok(Some(listener)) = passed.take_tcp_listener(number) {
                all.take_in(listener.into()).map_err(named)?;
            } else {
                match passed.take_unix_listener(number) {
                    Ok(Some(listener)) => all.take_in(listener.into()).map_err(named)?,
                    Ok(None) => {}
                    Err(error) => return Err(named(error)),
                }
            }
        }
        Ok(all)
    }

    /// Takes in what another process handed over, and where its Unix sockets stand now: they may have been renamed
    /// since they were bound.
    ///
    /// # Errors
    /// It is no socket that this server could serve from.
    pub(super) fn extend(&mut self, sockets: Vec<OwnedFd>, paths: Vec<PathBuf>) -> io::Result<()> {
        let before = self.unix.len();
        sockets.into_iter().try_for_each(|socket| self.take_in(socket))?;
        for ((path, _), now) in self.unix[before..].iter_mut().zip(paths) {
            *path = now;
        }
        Ok(())
    }

    fn take_in(&mut self, socket: OwnedFd) -> io::Result<()> {
        let family = rustix::net::getsockname(&socket)?.address_family();
        match (family, socket_type(&socket)?) {
            (AddressFamily::UNIX, SocketType::STREAM) => {
                let listener = UnixListener::from(socket);
                let path = listener.local_addr()?.as_pathname().map(Path::to_owned).unwrap_or_default();
                self.unix.push((path, listener));
            }
            (AddressFamily::INET | AddressFamily::INET6, SocketType::STREAM) => {
                let listener = TcpListener::from(socket);
                self.tcp.push_back((listener.local_addr()?, listener));
            }
            (AddressFamily::INET | AddressFamily::INET6, SocketType::DGRAM) => {
                let socket = UdpSocket::from(socket);
                self.udp.push_back((socket.local_addr()?, socket));
            }
            (family, kind) => {
                let what =
                    format!("of family {family:?} and type {kind:?}: expected UDP, TCP or a Unix stream");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
            }
        }
        Ok(())
    }

    /// The listener at `address`.
    pub fn tcp(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let at = self.tcp.iter().position(|(bound, _)| means(address, *bound))?;
        self.tcp.remove(at).map(|(_, listener)| listener)
    }

    /// All sockets at `address`, or at the one address that port 0 means.
    pub fn udp(&mut self, address: SocketAddr) -> Vec<UdpSocket> {
        let Some(&(address, _)) = self.udp.iter().find(|(bound, _)| means(address, *bound)) else {
            return Vec::new();
        };
        let (taken, left) = self.udp.drain(..).partition::<Vec<_>, _>(|(bound, _)| *bound == address);
        self.udp = left.into();
        taken.into_iter().map(|(_, socket)| socket).collect()
    }

    /// The listener that stands at `path`.
    pub fn unix(&mut self, path: &Path) -> Option<UnixListener> {
        let same = |bound: &Path| absolute(bound).ok() == absolute(path).ok();
        let at = self.unix.iter().position(|(bound, _)| same(bound))?;
        Some(self.unix.remove(at).1)
    }

    /// What nobody has claimed, in words.
    #[must_use]
    pub fn left(&self) -> Vec<String> {
        let udp = self.udp.iter().map(|(address, _)| format!("UDP {address}"));
        let tcp = self.tcp.iter().map(|(address, _)| format!("TCP {address}"));
        let unix = self.unix.iter().map(|(path, _)| format!("Unix {}", path.display()));
        udp.chain(tcp).chain(unix).collect()
    }
}

/// Whether a listen address of the config means the one that is bound.
fn means(configured: SocketAddr, bound: SocketAddr) -> bool {
    configured == bound || configured.port() == 0 && configured.ip() == bound.ip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_claimed_by_what_they_are() {
        let udp: Vec<_> = (0..2).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
        let tcp: Vec<_> = (0..2).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let directory = tempfile::tempdir().unwrap();
        let unix = UnixListener::bind(directory.path().join("beside")).unwrap();
        let (second, first) = (udp[1].local_addr().unwrap(), udp[0].local_addr().unwrap());
        let listener = tcp[1].local_addr().unwrap();
        let shared = udp[1].try_clone().unwrap();
        let mut inherited = Inherited::default();
        let sockets = udp.into_iter().map(OwnedFd::from).chain(tcp.into_iter().map(OwnedFd::from));
        let paths = vec![directory.path().join("admin.sock")];
        inherited.extend(sockets.chain([shared.into(), unix.into()]).collect(), paths).unwrap();

        assert_eq!(inherited.udp(second).len(), 2, "siblings go together");
        assert!(inherited.udp(second).is_empty(), "and only once");
        assert_eq!(inherited.udp("127.0.0.1:0".parse().unwrap())[0].local_addr().unwrap(), first);
        assert_eq!(inherited.tcp(listener).unwrap().local_addr().unwrap(), listener);
        assert!(inherited.tcp("127.0.0.2:0".parse().unwrap()).is_none());
        assert!(inherited.unix(&directory.path().join("other.sock")).is_none());
        assert!(inherited.unix(&directory.path().join("admin.sock")).is_some());
        assert_eq!(inherited.left().len(), 1, "{:?}", inherited.left());
    }

    #[test]
    fn what_cannot_serve_is_refused() {
        let (one, _other) = std::os::unix::net::UnixDatagram::pair().unwrap();
        let error = Inherited::default().extend(vec![one.into()], vec![]).unwrap_err();
        assert!(error.to_string().contains("expected UDP, TCP or a Unix stream"), "{error}");
    }
}
