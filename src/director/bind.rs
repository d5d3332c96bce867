//! Every socket that a config asks for: inherited where another process has bound it, bound where it is missing. Ports
//! come first, while there may still be the right to take low ones; Unix sockets come when that right is gone, so that
//! they belong to the user who serves.

use std::io;
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use super::reload::Settings;
use super::start::StartError;
use crate::admin::{self, Access, Web};
use crate::client::Carrier;
use crate::dns::{BindProblem, Sockets, TlsSockets};
use crate::handover::{self, Given, Inherited};
use crate::process::group_number;

/// Bound TCP and UDP sockets.
#[derive(Debug)]
pub(super) struct Ports {
    pub(super) dns: Vec<Sockets>,
    pub(super) tls: Vec<TlsSockets>,
    pub(super) web: Option<TcpListener>,
}

/// Bound Unix sockets.
#[derive(Debug)]
pub(super) struct Doors {
    pub(super) admin: Option<UnixListener>,
    pub(super) takeover: Option<UnixListener>,
}

/// The same sockets once more, for a successor. As long as they are here they stay open.
#[derive(Debug)]
pub(super) struct Copies {
    sockets: Vec<OwnedFd>,
    paths: Vec<PathBuf>,
}

impl Ports {
    /// Claims what fits from `inherited`, and binds the rest; a problem for each address that cannot be served.
    pub(super) fn open(settings: &Settings, inherited: &mut Inherited) -> Result<Self, StartError> {
        let server = &settings.server;
        let workers = NonZeroUsize::new(server.workers).unwrap_or_else(cores);
        let mut problems = Vec::new();
        let mut dns = Vec::new();
        for address in &server.listen {
            let tcp = inherited.tcp(*address);
            let at = tcp.as_ref().and_then(|tcp| tcp.local_addr().ok()).unwrap_or(*address);
            let sockets = Sockets::complete(inherited.udp(at), tcp, *address, workers);
            gather(sockets, &mut dns, &mut problems);
        }
        let mut tls = Vec::new();
        if let Some(wanted) = &server.tls {
            for address in &wanted.listen {
                let carries = |carrier| wanted.carriers.contains(&carrier);
                let dot = carries(Carrier::Tls).then(|| inherited.tcp(*address)).flatten();
                let at = dot.as_ref().and_then(|dot| dot.local_addr().ok()).unwrap_or(*address);
                let doq = carries(Carrier::Quic).then(|| inherited.udp(at).pop()).flatten();
                let sockets = TlsSockets::complete(dot, doq, *address, &wanted.carriers);
                gather(sockets, &mut tls, &mut problems);
            }
        }
        if !problems.is_empty() {
            return Err(StartError::Bind(problems));
        }
        let web = settings
            .web
            .as_ref()
            .map(|web| inherited.tcp(web.listen).map_or_else(|| Web::listen(web.listen), Ok));
        Ok(Self { dns, tls, web: web.transpose()? })
    }
}

impl Doors {
    /// Claims what fits from `inherited`, and binds the rest.
    pub(super) fn open(settings: &Settings, inherited: &mut Inherited) -> Result<Self, StartError> {
        let Some(wanted) = &settings.admin else { return Ok(Self { admin: None, takeover: None }) };
        let mut open =
            |path: PathBuf, access| inherited.unix(&path).map_or_else(|| admin::listen(&path, access), Ok);
        let group = wanted.group.as_deref().map(group_number).transpose()?;
        let admin = Some(open(wanted.socket.clone(), Access { mode: wanted.mode, group })?);
        let takeover = Some(open(handover::place(&wanted.socket), FOR_OWNER)?);
        Ok(Self { admin, takeover })
    }
}

impl Copies {
    /// In the order in which a successor claims them.
    pub(super) fn of(settings: &Settings, ports: &Ports, doors: &Doors) -> io::Result<Self> {
        let mut sockets = Vec::new();
        let mut copy = |socket: &dyn AsFd| {
            sockets.push(socket.as_fd().try_clone_to_owned()?);
            Ok::<(), io::Error>(())
        };
        for dns in &ports.dns {
            dns.udp.iter().try_for_each(|socket| copy(socket))?;
            copy(&dns.tcp)?;
        }
        for tls in &ports.tls {
            tls.dot.iter().try_for_each(|socket| copy(socket))?;
            tls.doq.iter().try_for_each(|socket| copy(socket))?;
        }
        ports.web.iter().try_for_each(|socket| copy(socket))?;
        doors.admin.iter().try_for_each(|socket| copy(socket))?;
        doors.takeover.iter().try_for_each(|socket| copy(socket))?;
        let admin = settings.admin.iter().map(|admin| &admin.socket);
        let paths = admin.flat_map(|socket| [socket.clone(), handover::place(socket)]);
        Ok(Self { sockets, paths: paths.map(std::path::absolute).collect::<io::Result<_>>()? })
    }

    /// Where successors ask.
    pub(super) fn place(&self) -> Option<&PathBuf> {
        self.paths.last()
    }

    /// Closes them.
    pub(super) fn close(&mut self) {
        self.sockets.clear();
    }

    /// A copy of the copies: a successor may fail, and there may be another.
    pub(super) fn given(&self) -> io::Result<Given> {
        let sockets = self.sockets.iter().map(OwnedFd::try_clone).collect::<io::Result<_>>()?;
        Ok(Given { sockets, paths: self.paths.clone() })
    }
}

fn gather<T>(result: Result<T, BindProblem>, bound: &mut Vec<T>, problems: &mut Vec<BindProblem>) {
    match result {
        Ok(one) => bound.push(one),
        Err(problem) => problems.push(problem),
    }
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Mode of the socket where a successor asks.
const FOR_OWNER: Access = Access { mode: 0o600, group: None };
