//! News for the service manager (`sd_notify(3)`): a datagram of `KEY=value` lines to the socket that it names.
//!
//! Without such a socket nothing is sent. News that cannot be delivered is no reason to stop serving.

use std::env;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The way to the service manager, if there is one.
#[derive(Debug)]
pub struct Notifier {
    socket: Option<UnixDatagram>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// As the environment says (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`).
    #[must_use]
    pub fn from_environment() -> Self {
        let socket = env::var("NOTIFY_SOCKET").ok().and_then(|name| connect(&name));
        let micros = env::var("WATCHDOG_USEC").ok().and_then(|micros| micros.parse().ok());
        let pid = env::var("WATCHDOG_PID").ok().and_then(|pid| pid.parse().ok());
        let watchdog = interval(micros, pid).filter(|_| socket.is_some());
        Self { socket, watchdog }
    }

    /// All listens and the self-test has passed; this process is the service from now on.
    pub fn ready(&self) {
        self.tell(&format!("READY=1\nMAINPID={}\nSTATUS=serving", std::process::id()));
    }

    /// A load has begun; [`Notifier::ready`] ends it.
    pub fn reloading(&self) {
        let since = clock_gettime(ClockId::Monotonic);
        let micros = since.tv_sec.saturating_mul(1_000_000).saturating_add(since.tv_nsec / 1_000);
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={micros}\nSTATUS=reloading"));
    }

    /// The end has begun.
    pub fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=stopping");
    }

    /// Another process is the service from now on.
    pub fn succeeded(&self, successor: u32) {
        self.tell(&format!("MAINPID={successor}"));
    }

    /// Still at work; to be said every [`Notifier::watchdog`].
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// How often to say so; none: nobody waits for it.
    #[must_use]
    pub const fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    fn tell(&self, news: &str) {
        if let Some(Err(error)) = self.socket.as_ref().map(|socket| socket.send(news.as_bytes())) {
            tracing::debug!(%error, "the service manager was not told");
        }
    }
}

/// A path, or `@` and a name of the abstract namespace.
fn connect(name: &str) -> Option<UnixDatagram> {
    let address = match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(name),
    };
    let socket = UnixDatagram::unbound().ok()?;
    socket.connect_addr(&address.ok()?).ok()?;
    socket.set_nonblocking(true).ok()?;
    Some(socket)
}

/// Half of what the service manager waits for; a watchdog of another process is none of ours.
fn interval(micros: Option<u64>, pid: Option<u32>) -> Option<Duration> {
    let ours = pid.is_none_or(|pid| pid == std::process::id());
    micros.filter(|micros| ours && *micros > 0).map(|micros| Duration::from_micros(micros / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 256];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].into()).unwrap()
    }

    #[test]
    fn news_arrives_by_path_and_by_abstract_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let abstract_name = format!("meridian-test-{}", std::process::id());
        let named = SocketAddr::from_abstract_name(&abstract_name).unwrap();
        let table = [
            (UnixDatagram::bind(&path).unwrap(), path.to_str().unwrap().to_owned()),
            (UnixDatagram::bind_addr(&named).unwrap(), format!("@{abstract_name}")),
        ];
        for (manager, name) in table {
            let notifier = Notifier { socket: connect(&name), watchdog: None };
            notifier.ready();
            let news = heard(&manager);
            assert!(news.starts_with("READY=1\nMAINPID="), "{name}: {news}");
            notifier.reloading();
            assert!(heard(&manager).starts_with("RELOADING=1\nMONOTONIC_USEC="), "{name}");
            notifier.succeeded(7);
            assert_eq!(heard(&manager), "MAINPID=7");
        }
    }

    #[test]
    fn a_manager_that_is_not_there_disturbs_nothing() {
        let notifier = Notifier { socket: connect("/nowhere/at/all"), watchdog: None };
        notifier.ready();
        assert!(notifier.socket.is_none());
    }

    #[test]
    fn a_watchdog_is_answered_twice_as_often_as_it_asks_unless_it_watches_another() {
        let own = std::process::id();
        assert_eq!(interval(Some(3_000_000), Some(own)), Some(Duration::from_millis(1500)));
        assert_eq!(interval(Some(3_000_000), None), Some(Duration::from_millis(1500)));
        assert_eq!(interval(Some(3_000_000), Some(own + 1)), None);
        assert_eq!((interval(Some(0), None), interval(None, None)), (None, None));
    }
}
