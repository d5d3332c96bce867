//! Who a drill asks as: clients of a service, what each was answered before, and what each may be answered with.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use ipnet::IpNet;
use reqwest::Method;

use super::super::connect::{Request, Server};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::question::{Answer, Kind, ask};
use super::watch::Observed;
use crate::admin::body::{StatusBody, WhereBody};

/// Clients of one service, asked over UDP.
pub(super) struct Clients {
    dns: SocketAddr,
    kind: Kind,
    drilled: String,
    /// The region of each published address.
    regions: BTreeMap<IpAddr, String>,
    service: String,
    each: Vec<Client>,
}

/// A client to ask as.
struct Client {
    subnet: IpNet,
    /// Regions that its fences allow.
    allowed: Vec<String>,
    /// What it was answered before the act.
    before: Answer,
    /// Whether that was the region under drill.
    affected: bool,
    changed: bool,
}

impl Clients {
    /// Nobody yet; addresses are told apart by the status.
    pub(super) fn none(dns: SocketAddr, status: &StatusBody, drilled: &str) -> Self {
        let mut regions = BTreeMap::new();
        for (name, region) in &status.regions.0 {
            let addresses = region.endpoints.iter().filter_map(|endpoint| endpoint.address.parse().ok());
            regions.extend(addresses.map(|address: IpAddr| (address, name.clone())));
        }
        let v4 = regions.iter().any(|(address, name)| name == drilled && address.is_ipv4());
        let kind = if v4 { Kind::V4 } else { Kind::V6 };
        Self { dns, kind, drilled: drilled.to_owned(), regions, service: String::new(), each: Vec::new() }
    }

    /// Asks for a service as these clients, or as a few of every continent; how many the drilled region answers.
    pub(super) async fn find(
        &mut self,
        server: &Server,
        service: &str,
        wanted: &[IpNet],
    ) -> Result<usize, Failure> {
        service.clone_into(&mut self.service);
        self.each.clear();
        let usual: Vec<IpNet> = USUAL.iter().filter_map(|text| text.parse().ok()).collect();
        for subnet in if wanted.is_empty() { &usual[..] } else { wanted } {
            let mut request = Request::new(Method::GET, &["where"]);
            request.parameters = vec![("client", subnet.to_string()), ("service", service.to_owned())];
            let allowed = server.ask::<WhereBody>(&request).await?.body.allowed;
            let Some(before) = ask(self.dns, service, self.kind, *subnet).await else {
                let words = format!("{}: no answer over UDP for {service}", self.dns);
                return Err(Failure::new(Exit::NoServer, words));
            };
            let affected = self.names_drilled(&before);
            self.each.push(Client { subnet: *subnet, allowed, before, affected, changed: false });
        }
        Ok(self.affected().count())
    }

    /// The service that they ask for.
    pub(super) fn service(&self) -> &str {
        &self.service
    }

    /// The largest TTL that the drilled region was handed out with.
    pub(super) fn ttl(&self) -> u32 {
        self.affected().map(|client| client.before.ttl).max().unwrap_or(0)
    }

    /// Asks as every one of them, and holds each answer against its fence.
    pub(super) async fn ask(&mut self, observed: &mut Observed, began: Instant) {
        for at in 0..self.each.len() {
            let subnet = self.each[at].subnet;
            let Some(answer) = ask(self.dns, &self.service, self.kind, subnet).await else {
                observed.unanswered += 1;
                continue;
            };
            observed.answers += 1;
            observed.fence_violations += u64::from(self.is_outside(&answer, &self.each[at].allowed));
            let gone = !self.names_drilled(&answer);
            let client = &mut self.each[at];
            if client.affected && gone && !client.changed {
                client.changed = true;
                observed.first_change.get_or_insert(began.elapsed().as_secs_f64());
            }
        }
        if self.affected().all(|client| client.changed) {
            observed.all_changed.get_or_insert(began.elapsed().as_secs_f64());
        }
    }

    /// Seconds until each has its region back; none: not in time.
    pub(super) async fn wait_until_back(&self) -> Option<f64> {
        let began = Instant::now();
        while began.elapsed() < BACK {
            if self.are_back().await {
                return Some(began.elapsed().as_secs_f64());
            }
            tokio::time::sleep(super::PAUSE).await;
        }
        None
    }

    /// Where the first of the drilled region's clients is sent, for a request to `name`.
    pub(super) async fn address(&self, name: &str) -> Option<IpAddr> {
        let client = self.affected().next()?;
        ask(self.dns, name, self.kind, client.subnet).await?.addresses.first().copied()
    }

    async fn are_back(&self) -> bool {
        for client in self.affected() {
            let answer = ask(self.dns, &self.service, self.kind, client.subnet).await;
            if !answer.is_some_and(|answer| self.names_drilled(&answer)) {
                return false;
            }
        }
        true
    }

    fn affected(&self) -> impl Iterator<Item = &Client> {
        self.each.iter().filter(|client| client.affected)
    }

    fn names_drilled(&self, answer: &Answer) -> bool {
        answer.addresses.iter().any(|address| self.regions.get(address) == Some(&self.drilled))
    }

    fn is_outside(&self, answer: &Answer, allowed: &[String]) -> bool {
        let mut named = answer.addresses.iter().filter_map(|address| self.regions.get(address));
        named.any(|region| !allowed.contains(region))
    }
}

/// One subnet each of the United States, Great Britain, Germany, Japan, Brazil, Australia, Nigeria and India.
const USUAL: [&str; 8] = [
    "12.0.0.0/24",
    "81.2.69.0/24",
    "91.10.0.0/24",
    "133.11.0.0/24",
    "200.160.0.0/24",
    "1.128.0.0/24",
    "105.112.0.0/24",
    "49.36.0.0/24",
];
/// How long a restoration is waited for: slow starts may take longer.
pub(super) const BACK: Duration = Duration::from_secs(60);
