//! What stands before hickory: it owns the public sockets, lets newcomers in within the caps, and sees flows end.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::super::crowd::{self, Crowd, Guest};
use super::super::{TcpLimits, transport};
use super::Entrance;
use super::adapter::{Adapter, Clients};
use super::desk::Desk;
use super::flow::{Back, Ended, Flow};
use super::lanes::Lanes;
use super::public::Public;
use crate::client::Carrier;
use crate::metrics::{CONNECTIONS_CLOSED, CONNECTIONS_REFUSED, WORKER_PANICS};

/// The front of all public sockets.
pub(super) struct Front {
    public: Vec<Rc<Public>>,
    lanes: Lanes,
    limits: TcpLimits,
    draining: watch::Receiver<Option<Instant>>,
    clients: Clients,
    flows: HashMap<Key, Flow>,
    crowd: Crowd,
    tasks: JoinSet<Ended>,
    keys: HashMap<Id, Key>,
    turn: usize,
}

/// A client at a public socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    public: usize,
    client: SocketAddr,
}

impl Front {
    /// Takes over the sockets and opens the lanes.
    pub(super) async fn open(entrance: Entrance) -> io::Result<Self> {
        let Entrance { sockets, credentials, limits, source, draining } = entrance;
        let public = sockets.into_iter().map(|socket| Ok(Rc::new(Public::open(socket)?)));
        let clients = Clients::default();
        let adapter = Adapter { clients: clients.clone(), desk: Desk::open(source) };
        Ok(Self {
            public: public.collect::<io::Result<_>>()?,
            lanes: Lanes::open(adapter, &credentials, limits.idle).await?,
            limits,
            draining,
            clients,
            flows: HashMap::new(),
            crowd: Crowd::new(Carrier::Quic),
            tasks: JoinSet::new(),
            keys: HashMap::new(),
            turn: 0,
        })
    }

    /// Serves until told to drain; then nobody new is let in, and after a moment connections are closed.
    pub(super) async fn run(mut self) {
        let mut buffer = vec![0; JOINED];
        let mut draining = self.draining.clone();
        let deadline = loop {
            tokio::select! {
                public = readable(&self.public, self.turn) => self.receive(public, &mut buffer),
                Some(ended) = self.tasks.join_next_with_id() => self.left(ended),
                told = draining.wait_for(Option::is_some) => {
                    // Without its owner the server stops at once.
                    break told.ok().and_then(|deadline| *deadline).unwrap_or_else(Instant::now);
                }
            }
        };
        self.limits.connections = 0;
        self.carry_on(deadline.min(Instant::now() + IN_HAND), &mut buffer).await;
        for _ in 0..self.flows.len() {
            closed("shutdown");
        }
        self.lanes.close();
        self.carry_on(Instant::now() + GOODBYE, &mut buffer).await;
    }

    /// Passes datagrams on until `end`.
    async fn carry_on(&mut self, end: Instant, buffer: &mut [u8]) {
        loop {
            tokio::select! {
                public = readable(&self.public, self.turn) => self.receive(public, buffer),
                () = sleep_until(end) => return,
            }
        }
    }

    fn receive(&mut self, public: usize, buffer: &mut [u8]) {
        self.turn = self.turn.wrapping_add(1);
        let Ok(meta) = self.public[public].receive(buffer) else { return };
        if meta.addr.port() == 0 {
            return;
        }
        let key = Key { public, client: meta.addr };
        for datagram in buffer[..meta.len].chunks(meta.stride.max(1)) {
            match self.flows.get(&key) {
                Some(flow) => flow.forward(datagram),
                None if begins(datagram) => self.admit(key, meta.dst_ip, datagram),
                None => {}
            }
        }
    }

    fn admit(&mut self, key: Key, asked: Option<IpAddr>, datagram: &[u8]) {
        let client = crowd::client(key.client.ip());
        if self.limits.connections == 0 {
            return;
        }
        let Some(lane) = self.lane_for(client) else {
            return refused("handshakes");
        };
        if self.crowd.of(client) >= self.limits.per_client {
            self.send_away(Some(client), "client_crowded");
        } else if self.crowd.len() >= self.limits.connections {
            self.send_away(None, "crowded");
        }
        let opened = Flow::open(lane, self.lanes.address(lane)).and_then(|flow| Ok((flow.address()?, flow)));
        let Ok((address, flow)) = opened else {
            refused("descriptors");
            return self.send_away(None, "crowded");
        };
        self.clients.insert(address, key.client, flow.asking());
        let public = Rc::clone(&self.public[key.public]);
        let back = Back { public, client: key.client, asked, limits: self.limits };
        let handle = self.tasks.spawn_local(flow.back(back));
        self.keys.insert(handle.id(), key);
        self.crowd.enter(Guest { client, activity: Rc::clone(&flow.activity), handle });
        flow.forward(datagram);
        self.flows.insert(key, flow);
    }

    /// The lane where the fewest shake hands; none while too many do, of all clients or of this one.
    fn lane_for(&self, client: IpAddr) -> Option<usize> {
        let mut waiting = vec![0; self.lanes.count()];
        let mut own = 0;
        for (key, flow) in self.flows.iter().filter(|(_, flow)| !flow.asks()) {
            waiting[flow.lane] += 1;
            own += usize::from(crowd::client(key.client.ip()) == client);
        }
        let full = own >= OWN_HANDSHAKES || waiting.iter().sum::<usize>() >= waiting.len() * A_LANE;
        let emptiest = waiting.iter().enumerate().min_by_key(|(_, waiting)| **waiting);
        emptiest.map(|(lane, _)| lane).filter(|_| !full)
    }

    fn send_away(&mut self, client: Option<IpAddr>, why: &str) {
        if let Some(id) = self.crowd.send_away(client) {
            closed(why);
            self.forget(id);
        }
    }

    fn left(&mut self, ended: Result<(Id, Ended), JoinError>) {
        let id = match ended {
            Ok((id, ended)) => {
                closed(ended.word());
                id
            }
            Err(error) => {
                if error.is_panic() {
                    WORKER_PANICS.add([transport(Carrier::Quic)], 1);
                }
                error.id()
            }
        };
        self.crowd.leave(id);
        self.forget(id);
    }

    fn forget(&mut self, id: Id) {
        let flow = self.keys.remove(&id).and_then(|key| self.flows.remove(&key));
        if let Some(Ok(address)) = flow.map(|flow| flow.address()) {
            self.clients.remove(address);
        }
    }
}

/// The next socket with datagrams; `turn` says who is asked first, so that none waits for a busy one.
async fn readable(public: &[Rc<Public>], turn: usize) -> usize {
    poll_fn(|context| {
        let first = turn.checked_rem(public.len()).unwrap_or(0);
        let order = (first..public.len()).chain(0..first);
        let ready = order.into_iter().find(|number| public[*number].poll_ready(context).is_ready());
        ready.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// Whether a connection may begin with this: what is shorter is to be discarded (RFC 9000 §14.1).
fn begins(datagram: &[u8]) -> bool {
    datagram.len() >= LEAST_INITIAL && datagram[0] & LONG != 0
}

fn closed(why: &str) {
    CONNECTIONS_CLOSED.add([transport(Carrier::Quic), why], 1);
}

fn refused(why: &str) {
    CONNECTIONS_REFUSED.add([transport(Carrier::Quic), why], 1);
}

/// Header form (RFC 9000 §17).
const LONG: u8 = 0x80;
const LEAST_INITIAL: usize = 1200;
/// Octets of all datagrams that the system joins at most.
const JOINED: usize = 1 << 16;
/// Handshakes of one client at a time: those that stall hold up so many lanes.
const OWN_HANDSHAKES: usize = 4;
/// Handshakes that wait in a lane at most.
const A_LANE: usize = 4;
/// How long a draining server still takes queries: they are answered in microseconds.
const IN_HAND: Duration = Duration::from_millis(200);
/// How long closing takes to reach everyone.
const GOODBYE: Duration = Duration::from_millis(100);
