//! Who is inside: one entry a connection, as many as the caps allow. Decides who goes when someone comes.

use std::cell::Cell;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::rc::Rc;

use tokio::task::{AbortHandle, Id};
use tokio::time::Instant;

use super::transport;
use crate::client::Carrier;
use crate::metrics::DNS_CONNECTIONS;

/// When a connection last got an answer; before that, when it came. Shared by the connection and the crowd.
pub(super) type Activity = Rc<Cell<Instant>>;

/// Open connections of one carrier.
pub(super) struct Crowd {
    carrier: Carrier,
    guests: HashMap<Id, Guest>,
    of_client: HashMap<IpAddr, usize>,
}

/// One connection.
pub(super) struct Guest {
    /// Who it counts for, as [`client`] says.
    pub(super) client: IpAddr,
    /// When it was last of use.
    pub(super) activity: Activity,
    /// Ends it.
    pub(super) handle: AbortHandle,
}

/// Whom a connection from `address` counts for: the IPv4 address, or the /64 of IPv6 that one host may have
/// all of.
pub(super) fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

impl Crowd {
    pub(super) fn new(carrier: Carrier) -> Self {
        Self { carrier, guests: HashMap::new(), of_client: HashMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.guests.len()
    }

    /// Connections that count for `client`.
    pub(super) fn of(&self, client: IpAddr) -> usize {
        self.of_client.get(&client).copied().unwrap_or(0)
    }

    pub(super) fn enter(&mut self, guest: Guest) {
        *self.of_client.entry(guest.client).or_default() += 1;
        self.guests.insert(guest.handle.id(), guest);
        DNS_CONNECTIONS.add([transport(self.carrier)], 1.0);
    }

    /// Forgets one that has ended; one that was sent away is forgotten already.
    pub(super) fn leave(&mut self, id: Id) {
        let Some(guest) = self.guests.remove(&id) else {
            return;
        };
        DNS_CONNECTIONS.add([transport(self.carrier)], -1.0);
        if let Some(count) = self.of_client.get_mut(&guest.client) {
            *count -= 1;
            if *count == 0 {
                self.of_client.remove(&guest.client);
            }
        }
    }

    /// Ends the longest idle connection, of `client` where one is named; none when there is none.
    pub(super) fn send_away(&mut self, client: Option<IpAddr>) -> Option<Id> {
        let idlest = self
            .guests
            .iter()
            .filter(|(_, guest)| client.is_none_or(|client| client == guest.client))
            .min_by_key(|(_, guest)| guest.activity.get());
        let (&id, guest) = idlest?;
        guest.handle.abort();
        self.leave(id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::task::JoinSet;

    use super::*;

    #[test]
    fn a_host_of_ipv6_counts_once_however_many_addresses_it_takes() {
        let table = [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ];
        for (address, expected) in table {
            let expected: IpAddr = expected.parse().unwrap();
            assert_eq!(client(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[tokio::test]
    async fn the_longest_idle_goes_first_and_of_a_named_client_if_one_is_named() {
        let (mut crowd, mut tasks) = (Crowd::new(Carrier::Tcp), JoinSet::new());
        let start = Instant::now();
        let (here, there): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut ids = Vec::new();
        for (client, age) in [(here, 5), (there, 9), (here, 7)] {
            let handle = tasks.spawn(std::future::pending::<()>());
            ids.push(handle.id());
            let activity = Rc::new(Cell::new(start - Duration::from_secs(age)));
            crowd.enter(Guest { client, activity, handle });
        }
        assert_eq!((crowd.len(), crowd.of(here), crowd.of(there)), (3, 2, 1));
        for (named, expected) in [(Some(here), 2), (None, 1), (None, 0)] {
            assert_eq!(crowd.send_away(named), Some(ids[expected]));
            let ended = tasks.join_next_with_id().await.unwrap().unwrap_err();
            assert_eq!(ended.id(), ids[expected], "sent away with {named:?}");
            crowd.leave(ended.id());
        }
        assert_eq!(crowd.send_away(None), None, "nobody is left");
        assert_eq!((crowd.len(), crowd.of(here), crowd.of(there)), (0, 0, 0));
        assert!(crowd.of_client.is_empty(), "clients who left leave nothing behind");
    }
}
