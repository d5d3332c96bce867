//! Canary queries: real query bytes through `answer()`, before anybody else asks. They are bounded in number, not in
//! time: this is the core.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::clients::{self, Someone};
use crate::answer::{Outcome, Steered, answer};
use crate::catalog::Catalog;
use crate::client::{Carrier, Client};
use crate::now::Now;
use crate::snapshot::Snapshot;
use crate::steer::{Service, ServiceId, SteeredType};
use crate::zone::{Found, Name, QueryName, Rtype};

/// Questions that a picture of one catalog must answer.
#[derive(Clone, Debug)]
pub struct Canaries {
    clients: Vec<Someone>,
}

/// The first question that was answered otherwise than it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The name that was asked for.
    pub name: String,
    /// The type.
    pub rtype: Rtype,
    /// Who asked.
    pub client: IpAddr,
    /// What came back.
    pub found: String,
    /// What would have been right.
    pub allowed: &'static str,
}

impl fmt::Display for Miss {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, rtype, client, found, allowed } = self;
        write!(out, "canary query {name} {rtype} from {client}: found {found}; {allowed} is allowed")
    }
}

impl Canaries {
    /// Chooses who asks; walks the atlas, some milliseconds.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        Self { clients: clients::choose(catalog) }
    }

    /// Asks: every apex for SOA and NS, then every service for each client, up to a fixed number of questions. Gives how
    /// many were asked. The picture must be one of the catalog that the clients were chosen from.
    ///
    /// # Errors
    /// The first answer that is not as it must be.
    pub fn ask(&self, snapshot: &Snapshot, now: Now) -> Result<usize, Miss> {
        let mut asking = Asking { snapshot, now, out: vec![0; usize::from(u16::MAX)] };
        let mut asked = 0;
        for (apex, rtype) in apexes(snapshot.catalog()).take(MOST) {
            asking.apex(apex, rtype)?;
            asked += 1;
        }
        let services = (0..snapshot.catalog().services.len() as u32).map(ServiceId);
        let each =
            self.clients.iter().flat_map(|client| services.clone().map(move |service| (client, service)));
        for (client, service) in each.take(MOST - asked) {
            asking.service(*client, service)?;
            asked += 1;
        }
        Ok(asked)
    }
}

/// The types that an apex must answer: its SOA, and the NS that it has.
fn apexes(catalog: &Catalog) -> impl Iterator<Item = (&Name, Rtype)> {
    catalog.zones.iter().flat_map(|zone| {
        let servers = has_servers(catalog, zone.apex()).then_some((zone.apex(), Rtype::NS));
        std::iter::once((zone.apex(), Rtype::SOA)).chain(servers)
    })
}

fn has_servers(catalog: &Catalog, apex: &Name) -> bool {
    match catalog.zones.find(&QueryName::from(apex)) {
        Found::Exists { node, .. } => node.rrset(Rtype::NS).is_some(),
        _ => false,
    }
}

struct Asking<'a> {
    snapshot: &'a Snapshot,
    now: Now,
    out: Vec<u8>,
}

impl Asking<'_> {
    fn apex(&mut self, apex: &Name, rtype: Rtype) -> Result<(), Miss> {
        let asked = self.send(apex, rtype, OURS);
        let miss = |found, allowed| Miss { name: apex.to_string(), rtype, client: OURS, found, allowed };
        asked.map(drop).map_err(|found| miss(found, "what the zone holds"))
    }

    fn service(&mut self, client: Someone, service: ServiceId) -> Result<(), Miss> {
        let snapshot = self.snapshot;
        let Some(held) = snapshot.catalog().services.get(service.index()) else { return Ok(()) };
        let rtype = if held.types.contains(&SteeredType::A) { Rtype::A } else { Rtype::AAAA };
        let found = match Name::from_text(&held.name, &Name::root()) {
            Ok(name) => self.send(&name, rtype, client.address),
            Err(error) => Err(error.to_string()),
        };
        let found = found.and_then(|came| came.judge(snapshot.catalog(), client, service));
        let name = held.name.to_string();
        found.map_err(|found| Miss { name, rtype, client: client.address, found, allowed: INSIDE })
    }

    /// What came back; with a code that is not NOERROR, or without a record, in words.
    fn send(&mut self, name: &Name, rtype: Rtype, address: IpAddr) -> Result<Came, String> {
        let query =
            [&[0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], name.wire(), &rtype.0.to_be_bytes(), &[0, 1]].concat();
        let client = Client { address, carrier: Carrier::Tcp, limit: u16::MAX };
        match answer(self.snapshot, &client, self.now, &query, &mut self.out) {
            Outcome::Dropped => Err("silence".to_owned()),
            Outcome::Answered { rcode, .. } if rcode > 0 => Err(format!("response code {rcode}")),
            Outcome::Answered { length, steered, .. } => {
                let octets = self.out.get(..length).unwrap_or_default();
                let came = Came { steered, addresses: addresses(octets, query.len()) };
                if octets.get(6..8) == Some(&[0, 0]) { Err("no record".to_owned()) } else { Ok(came) }
            }
        }
    }
}

/// An answer with records.
struct Came {
    steered: Option<Steered>,
    addresses: Vec<IpAddr>,
}

impl Came {
    /// Held against the definition of a fence, not against the policy that was compiled from it.
    fn judge(self, catalog: &Catalog, client: Someone, service: ServiceId) -> Result<(), String> {
        let Some(steered) = self.steered else { return Err("an answer that is not steered".to_owned()) };
        let mut fences = client.fences(catalog, service);
        let region = steered.region.and_then(|region| catalog.regions.get(region.index()));
        let (lawful, own): (bool, Vec<IpAddr>) = match region {
            Some(region) => {
                let inside = fences.all(|fence| fence.jurisdictions.contains(&region.jurisdiction));
                (inside, region.endpoints.addresses().to_vec())
            }
            None => (true, fences.flat_map(|fence| fence.sink.iter().copied()).collect()),
        };
        let place = || region.map_or("the sink".to_owned(), |region| format!("region {}", region.name));
        // What an alias leads to inside our zones is theirs to say.
        let is_alias = catalog.services.get(service.index()).is_some_and(Service::is_alias);
        match self.addresses.iter().find(|address| !is_alias && !own.contains(address)) {
            _ if !lawful => Err(place()),
            Some(stranger) => Err(format!("{stranger}, which is no address of {}", place())),
            None => Ok(()),
        }
    }
}

/// The addresses among the answer's records, from `at` on: as many as can be read.
fn addresses(octets: &[u8], at: usize) -> Vec<IpAddr> {
    let mut rest = octets.get(at..).unwrap_or_default();
    let mut addresses = Vec::new();
    while let Some((rtype, data, after)) = record(rest) {
        if let (1, Ok(data)) = (rtype, <[u8; 4]>::try_from(data)) {
            addresses.push(IpAddr::from(data));
        } else if let (28, Ok(data)) = (rtype, <[u8; 16]>::try_from(data)) {
            addresses.push(IpAddr::from(data));
        }
        rest = after;
    }
    addresses
}

/// A record's type, its data, and what follows it.
fn record(octets: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let mut at = 0;
    while (1..64).contains(octets.get(at)?) {
        at += usize::from(octets[at]) + 1;
    }
    at += if octets[at] == 0 { 1 } else { 2 };
    let fixed: &[u8; 10] = octets.get(at..)?.first_chunk()?;
    let (data, after) =
        octets.get(at + 10..)?.split_at_checked(u16::from_be_bytes([fixed[8], fixed[9]]).into())?;
    Some((u16::from_be_bytes([fixed[0], fixed[1]]), data, after))
}

/// Who asks for an apex: nobody in particular (RFC 3849).
const OURS: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));
const INSIDE: &str = "endpoints of a region inside every fence of the client";
/// Some tens of milliseconds.
const MOST: usize = 20_000;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::config::{Files, load_from};
    use crate::world::{Compiled, Kept, World};

    const NOW: Now = Now { monotonic: Duration::ZERO, unix: 1_800_000_000 };

    fn catalog(place: &str) -> Catalog {
        let zone = "$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n";
        let database = std::fs::read("tests/data/maxmind-test/GeoIP2-Country-Test.mmdb").unwrap();
        let files = BTreeMap::from([
            ("m.toml".into(), CONFIG.replace("PLACE", place).into_bytes()),
            ("zones/example.com.zone".into(), zone.as_bytes().to_vec()),
            ("zones/bare.test.zone".into(), zone.replace("@ NS ns\n", "").into_bytes()),
            ("test.mmdb".into(), database),
        ]);
        load_from(&Files::Memory(files), "m.toml".as_ref()).unwrap().config.catalog
    }

    fn picture(place: &str) -> std::sync::Arc<Snapshot> {
        World::new(Compiled::new(catalog(place)).unwrap(), Kept::default(), NOW).publish(NOW).0
    }

    const CONFIG: &str = r#"
[server]
listen = ["127.0.0.1:0"]
[zones]
directory = "zones"
[geoip]
database = "test.mmdb"
overrides = { "192.168.1.0/24" = "PLACE", "2001:db8::/32" = "FR" }
[regions.us]
jurisdiction = "US"
endpoints = ["192.0.2.1"]
[regions.eu]
jurisdiction = "EU"
endpoints = ["192.0.2.2"]
[regions.fr]
jurisdiction = "FR"
endpoints = ["192.0.2.3"]
[services."api.example.com"]
regions = ["us", "eu", "fr"]
strategy = "failover"
[services."eu.example.com"]
regions = ["us", "eu"]
strategy = "failover"
jurisdictions = ["EU"]
[fences.gdpr]
clients = ["DE"]
jurisdictions = ["EU"]
services = ["api.example.com"]
[fences.french]
clients = ["FR"]
jurisdictions = ["FR"]
sink = ["192.0.2.99"]
services = ["api.example.com"]
"#;

    #[test]
    fn every_apex_and_every_service_is_asked_for_by_a_client_of_each_fence_and_by_others() {
        let picture = picture("DE");
        let canaries = Canaries::new(picture.catalog());
        let mut held: Vec<Vec<&str>> = Vec::new();
        for client in &canaries.clients {
            held.push(client.fences(picture.catalog(), ServiceId(0)).map(|fence| &*fence.name).collect());
        }
        held.sort();
        assert_eq!(held, [vec![], vec![], vec!["french"], vec!["gdpr"]], "{:?}", canaries.clients);
        assert_eq!(
            canaries.ask(&picture, NOW),
            Ok(3 + 4 * 2),
            "two SOA, one NS, two services for four clients"
        );
    }

    #[test]
    fn an_answer_from_outside_the_fence_is_told_with_who_asked() {
        let canaries = Canaries::new(&catalog("DE"));
        let miss = canaries.ask(&picture("US"), NOW).unwrap_err();
        assert_eq!(
            miss.to_string(),
            "canary query api.example.com A from 192.168.1.0: found region us; endpoints of a region inside every \
             fence of the client is allowed"
        );
    }

    #[test]
    fn a_record_that_is_cut_off_is_no_record() {
        let whole = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
        assert_eq!(addresses(&whole, 0), ["192.0.2.1".parse::<IpAddr>().unwrap()]);
        for cut in 0..whole.len() {
            assert!(addresses(&whole[..cut], 0).is_empty(), "{cut}");
        }
    }
}
