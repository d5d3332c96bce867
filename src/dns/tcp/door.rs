//! The door: accepts connections, keeps the caps, owns every connection's task and sees each of them end.
//!
//! When descriptors run out, connections are what there is to give back: the longest idle go, and for a
//! while fewer are let in, so that the rest of the process (its log, its state) finds descriptors too.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;

use super::connection::{Closed, Newcomer};
use super::desk::Desk;
use super::{Entrance, TcpLimits};
use crate::client::Carrier;
use crate::dns::crowd::{self, Crowd, Guest};
use crate::dns::respond::Responder;
use crate::dns::{FLUSH, transport};
use crate::metrics::{CONNECTIONS_CLOSED, CONNECTIONS_REFUSED, WORKER_PANICS};

/// Accepts, and knows who is inside.
pub(super) struct Door {
    carrier: Carrier,
    listeners: Vec<TcpListener>,
    tls: Option<TlsAcceptor>,
    limits: TcpLimits,
    desk: Rc<RefCell<Desk>>,
    draining: watch::Receiver<Option<Instant>>,
    crowd: Crowd,
    connections: JoinSet<Closed>,
    /// Grows with each arrival.
    turn: usize,
    /// A lower cap than the configured one, and until when.
    lowered: Option<(usize, Instant)>,
    /// Given up for a moment to turn a client away when nothing else is left.
    spare: Option<File>,
}

impl Door {
    /// Takes over the listeners; needs a runtime.
    pub(super) fn open(entrance: Entrance) -> io::Result<Self> {
        let carrier = entrance.carrier();
        let Entrance { listeners, tls, limits, source, draining } = entrance;
        let listeners = listeners
            .into_iter()
            .map(|listener| {
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener)
            })
            .collect::<io::Result<_>>()?;
        let responder = Responder::new(source, carrier, u16::MAX);
        Ok(Self {
            carrier,
            listeners,
            tls,
            limits,
            desk: Rc::new(RefCell::new(Desk::new(responder))),
            draining,
            crowd: Crowd::new(carrier),
            connections: JoinSet::new(),
            turn: 0,
            lowered: None,
            spare: File::open(SPARE).ok(),
        })
    }

    /// Serves until told to drain, then until the last connection has ended.
    pub(super) async fn run(mut self) {
        let mut tick = interval(FLUSH);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut draining = self.draining.clone();
        let deadline = loop {
            tokio::select! {
                arrival = accept(&self.listeners, self.turn) => self.arrived(arrival).await,
                Some(ended) = self.connections.join_next_with_id() => self.left(ended),
                _ = tick.tick() => self.desk.borrow_mut().flush(),
                told = draining.wait_for(Option::is_some) => {
                    // Without its owner the server stops at once.
                    break told.ok().and_then(|deadline| *deadline).unwrap_or_else(Instant::now);
                }
            }
        };
        self.drain(deadline).await;
    }

    async fn drain(mut self, deadline: Instant) {
        self.listeners.clear();
        while let Ok(Some(ended)) = timeout_at(deadline, self.connections.join_next_with_id()).await {
            self.left(ended);
        }
        self.connections.abort_all();
        while let Some(ended) = self.connections.join_next_with_id().await {
            self.left(ended);
        }
        self.desk.borrow_mut().flush();
    }

    async fn arrived(&mut self, arrival: io::Result<(TcpStream, SocketAddr)>) {
        self.turn = self.turn.wrapping_add(1);
        match arrival {
            Ok((stream, peer)) => self.admit(stream, peer).await,
            Err(error) if is_exhaustion(&error) => self.make_room(&error).await,
            Err(error) => {
                self.refused("accept");
                // Only a client that went before it was let in is gone for good; anything else may come at
                // once again.
                if error.kind() != io::ErrorKind::ConnectionAborted {
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        let client = crowd::client(peer.ip());
        if self.crowd.of(client) >= self.limits.per_client {
            self.send_away(Some(client), "client_crowded").await;
        } else if self.crowd.len() >= self.cap() {
            self.send_away(None, "crowded").await;
        }
        // Only saves latency: without it the answers arrive as well.
        let _ = stream.set_nodelay(true);
        let activity = Rc::new(Cell::new(Instant::now()));
        let newcomer = Newcomer {
            stream,
            peer,
            tls: self.tls.clone(),
            limits: self.limits,
            desk: Rc::clone(&self.desk),
            activity: Rc::clone(&activity),
            draining: self.draining.clone(),
        };
        let handle = self.connections.spawn_local(newcomer.serve());
        self.crowd.enter(Guest { client, activity, handle });
    }

    /// Ends the longest idle connection, of `client` where one is named, and waits until its descriptor is free. False
    /// when there is none.
    async fn send_away(&mut self, client: Option<IpAddr>, why: &str) -> bool {
        if self.crowd.send_away(client).is_none() {
            return false;
        }
        self.closed(why);
        // Whichever ends first, there is one descriptor more.
        if let Ok(Some(ended)) = timeout(PAUSE, self.connections.join_next_with_id()).await {
            self.left(ended);
        }
        true
    }

    fn left(&mut self, ended: Result<(Id, Closed), JoinError>) {
        let id = match ended {
            Ok((id, closed)) => {
                if let Some(why) = closed.word() {
                    self.closed(why);
                }
                id
            }
            Err(error) => {
                if error.is_panic() {
                    WORKER_PANICS.add([transport(self.carrier)], 1);
                }
                error.id()
            }
        };
        self.crowd.leave(id);
    }

    fn closed(&self, why: &str) {
        CONNECTIONS_CLOSED.add([transport(self.carrier), why], 1);
    }

    fn refused(&self, why: &str) {
        CONNECTIONS_REFUSED.add([transport(self.carrier), why], 1);
    }

    /// How many may be inside now.
    fn cap(&mut self) -> usize {
        self.lowered = self.lowered.filter(|(_, until)| Instant::now() < *until);
        self.lowered.map_or(self.limits.connections, |(cap, _)| cap)
    }

    /// No descriptor is left for the client that waits. Gives some back, so that the next attempt succeeds;
    /// where there are none to give, turns that client away and pauses.
    async fn make_room(&mut self, error: &io::Error) {
        self.refused("descriptors");
        let cap = self.crowd.len().saturating_sub(HEADROOM).max(1);
        if self.lowered.is_none() {
            tracing::warn!(%error, cap, transport = transport(self.carrier), "fewer connections for a while; raise the limit of open files");
        }
        self.lowered = Some((cap, Instant::now() + LOWERED));
        let mut sent = false;
        while self.crowd.len() >= cap && self.send_away(None, "crowded").await {
            sent = true;
        }
        if !sent {
            self.turn_away().await;
        }
    }

    async fn turn_away(&mut self) {
        self.spare = None;
        drop(timeout(Duration::ZERO, accept(&self.listeners, self.turn)).await);
        self.spare = File::open(SPARE).ok();
        sleep(PAUSE).await;
    }
}

/// The next connection of any listener; `turn` says who is asked first, so that none waits for a busy one.
async fn accept(listeners: &[TcpListener], turn: usize) -> io::Result<(TcpStream, SocketAddr)> {
    poll_fn(|context| {
        let (before, from) = listeners.split_at(turn.checked_rem(listeners.len()).unwrap_or(0));
        from.iter()
            .chain(before)
            .map(|listener| listener.poll_accept(context))
            .find(Poll::is_ready)
            .unwrap_or(Poll::Pending)
    })
    .await
}

/// Whether a resource ran out, so that the client still waits and trying again at once would fail again.
fn is_exhaustion(error: &io::Error) -> bool {
    const NAMES: [i32; 4] = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
    error.raw_os_error().is_some_and(|code| NAMES.contains(&code))
}

/// Connections given back when descriptors run out.
const HEADROOM: usize = 8;
/// How long the cap stays lowered after that.
const LOWERED: Duration = Duration::from_secs(60);
/// Between attempts when nothing could be given back.
const PAUSE: Duration = Duration::from_millis(100);
const SPARE: &str = "/dev/null";
