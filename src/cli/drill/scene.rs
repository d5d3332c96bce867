//! The server under drill: its regions and services, the clients that ask it, the act and its end.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use ipnet::IpNet;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::connect::{Request, Server};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::question::{Answer, Kind, ask};
use super::sample::Sample;
use super::watch::Observed;
use super::{Drill, Mode};
use crate::admin::body::{ForecastBody, PlacedAllBody, StatusBody, WhereBody};

/// Everything that a drill looks at.
pub(super) struct Scene {
    server: Server,
    http: reqwest::Client,
    dns: SocketAddr,
    web: SocketAddr,
    region: String,
    pub(super) service: String,
    kind: Kind,
    /// The region of each published address.
    regions: BTreeMap<IpAddr, String>,
    clients: Vec<Client>,
    /// The reading before the last one.
    last: Option<(f64, Sample)>,
    smoke: Option<reqwest::Url>,
    serving: usize,
    ttl: u32,
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

impl Scene {
    /// Finds the service, its addresses, and the clients that are answered with the region.
    pub(super) async fn set(drill: &Drill, dns: SocketAddr, web: SocketAddr) -> Result<Self, Failure> {
        let server = drill.connection.servers()?.remove(0);
        let status = server.ask::<StatusBody>(&Request::new(Method::GET, &["status"])).await?.body;
        let named = status.regions.0.iter().find(|(name, _)| *name == drill.region);
        let Some((_, region)) = named else {
            let names: Vec<&str> = status.regions.0.iter().map(|(name, _)| name.as_str()).collect();
            return Err(refused(format!(
                "there is no region {:?}; the regions are {}",
                drill.region,
                names.join(", ")
            )));
        };
        if region.drained || region.forced.is_some() || !serves(&region.verdict) {
            let words = format!(
                "{} is {}, drained or forced already: there is nothing to drill",
                drill.region, region.verdict
            );
            return Err(refused(words));
        }
        let mut regions = BTreeMap::new();
        for (name, region) in &status.regions.0 {
            let addresses = region.endpoints.iter().filter_map(|endpoint| endpoint.address.parse().ok());
            regions.extend(addresses.map(|address: IpAddr| (address, name.clone())));
        }
        let v4 = regions.iter().any(|(address, name)| *name == drill.region && address.is_ipv4());
        let others = status.regions.0.iter().filter(|(name, body)| *name != drill.region && is_in(body));
        Ok(Self {
            server,
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(PATIENCE)
                .build()
                .map_err(|error| Failure::usage(format!("HTTP: {error}")))?,
            dns,
            web,
            region: drill.region.clone(),
            service: drill.service.clone().unwrap_or_default(),
            kind: if v4 { Kind::V4 } else { Kind::V6 },
            regions,
            clients: Vec::new(),
            last: None,
            smoke: drill.smoke.clone(),
            serving: others.count(),
            ttl: 0,
        })
    }

    /// Asks the rules, and finds clients that the act would move; what it would do.
    pub(super) async fn preflight(&mut self, drill: &Drill) -> Result<ForecastBody, Failure> {
        let mut body = self.order(drill, "drill: preflight");
        body["dry_run"] = json!(true);
        let route = if drill.mode == Mode::Down { "force" } else { "drain" };
        let mut request = Request::new(Method::PUT, &[route]);
        if drill.mode == Mode::Slow {
            body["override_rule"] = json!("min_regions,min_capacity,max_move,n_minus_1");
        }
        request.body = Some(body);
        let forecast = self.server.ask::<PlacedAllBody>(&request).await?.body.forecast.unwrap_or_default();
        let mut services: Vec<String> =
            forecast.services.iter().map(|service| service.service.clone()).collect();
        if !self.service.is_empty() {
            services = vec![self.service.clone()];
        }
        for service in services {
            self.service = service;
            self.find_clients(&drill.client).await?;
            if self.clients.iter().any(|client| client.affected) {
                let affected = self.clients.iter().filter(|client| client.affected);
                self.ttl = affected.map(|client| client.before.ttl).max().unwrap_or(0);
                return Ok(forecast);
            }
        }
        Err(refused(format!(
            "no client that was asked as is answered with {}; name one with --client",
            self.region
        )))
    }

    async fn find_clients(&mut self, wanted: &[IpNet]) -> Result<(), Failure> {
        let usual: Vec<IpNet> = USUAL.iter().filter_map(|text| text.parse().ok()).collect();
        let subnets = if wanted.is_empty() { &usual[..] } else { wanted };
        self.clients.clear();
        for subnet in subnets {
            let mut request = Request::new(Method::GET, &["where"]);
            request.parameters = vec![("client", subnet.to_string()), ("service", self.service.clone())];
            let allowed = self.server.ask::<WhereBody>(&request).await?.body.allowed;
            let Some(before) = ask(self.dns, &self.service, self.kind, *subnet).await else {
                let words = format!("{}: no answer over UDP for {}", self.dns, self.service);
                return Err(Failure::new(Exit::NoServer, words));
            };
            let affected = before.addresses.iter().any(|address| self.is_drilled(address));
            self.clients.push(Client { subnet: *subnet, allowed, before, affected, changed: false });
        }
        Ok(())
    }

    /// The part of all users that would move away from the region.
    pub(super) fn predicted_part(&self, forecast: &ForecastBody, mode: Mode) -> f64 {
        let own = forecast.services.iter().find(|service| service.service == self.service);
        let kept = if mode == Mode::Slow { f64::from(SLOW_WEIGHT) / 100.0 } else { 0.0 };
        own.map_or(0.0, |service| service.moved * (1.0 - kept))
    }

    /// What is known before the act.
    pub(super) fn before(&self) -> Observed {
        Observed {
            ttl: self.ttl,
            serving: [self.serving; 2],
            smoke: self.smoke.as_ref().map(|_| [0, 0]),
            ..Observed::default()
        }
    }

    /// The counters now.
    pub(super) async fn sample(&self) -> Result<Sample, Failure> {
        Sample::of(self.web, &self.http)
            .await
            .map_err(|error| Failure::new(Exit::NoServer, format!("http://{}/metrics: {error}", self.web)))
    }

    /// Takes the region out, with an end of its own.
    pub(super) async fn act(&self, drill: &Drill) -> Result<(), Failure> {
        let mut request = match drill.mode {
            Mode::Drain => Request::new(Method::PUT, &["drain"]),
            Mode::Down => Request::new(Method::PUT, &["force"]),
            Mode::Slow => Request::new(Method::PUT, &["regions", &self.region, "push"]),
        };
        request.body = Some(match drill.mode {
            Mode::Slow => {
                json!({"source": "drill", "weight": SLOW_WEIGHT, "for": format!("{}s", expiry(drill).min(86_400))})
            }
            Mode::Drain | Mode::Down => self.order(drill, "drill"),
        });
        self.server.ask::<Value>(&request).await.map(drop)
    }

    /// Puts the region back; what somebody else has put back already is well too.
    pub(super) async fn restore(&self, drill: &Drill) -> Result<(), Failure> {
        let place = match drill.mode {
            Mode::Drain => "drain",
            Mode::Down => "force",
            Mode::Slow => "push",
        };
        let mut request = Request::new(Method::DELETE, &["regions", &self.region, place]);
        if drill.mode == Mode::Slow {
            request.parameters = vec![("source", "drill".to_owned())];
        }
        match self.server.ask::<Value>(&request).await {
            Err(failure) if failure.status != Some(reqwest::StatusCode::NOT_FOUND) => Err(failure),
            _ => Ok(()),
        }
    }

    fn order(&self, drill: &Drill, reason: &str) -> Value {
        let mut body = json!({
            "regions": [self.region],
            "for": format!("{}s", expiry(drill)),
            "reason": reason,
        });
        if drill.mode == Mode::Down {
            body["state"] = json!("down");
        }
        if !drill.override_rule.is_empty() {
            body["override_rule"] = json!(drill.override_rule.join(","));
        }
        body
    }

    /// Asks as every client, and holds each answer against its fence.
    pub(super) async fn ask_all(&mut self, observed: &mut Observed, began: Instant) {
        for at in 0..self.clients.len() {
            let Some(answer) = ask(self.dns, &self.service, self.kind, self.clients[at].subnet).await else {
                observed.unanswered += 1;
                continue;
            };
            observed.answers += 1;
            let outside = |address: &IpAddr| {
                let region = self.regions.get(address);
                region.is_some_and(|region| !self.clients[at].allowed.contains(region))
            };
            observed.fence_violations += u64::from(answer.addresses.iter().any(outside));
            let drilled = answer.addresses.iter().any(|address| self.is_drilled(address));
            let client = &mut self.clients[at];
            if client.affected && !drilled && !client.changed {
                client.changed = true;
                observed.first_change.get_or_insert(began.elapsed().as_secs_f64());
            }
        }
        if observed.all_changed.is_none()
            && self.clients.iter().all(|client| client.changed || !client.affected)
        {
            observed.all_changed = Some(began.elapsed().as_secs_f64());
        }
    }

    /// Reads counters and states, and sends the smoke question; why the drill cannot go on.
    pub(super) async fn measure(
        &mut self,
        observed: &mut Observed,
        before: &Sample,
        began: Instant,
    ) -> Result<(), String> {
        let at = began.elapsed().as_secs_f64();
        let now = Sample::of(self.web, &self.http).await.map_err(|error| format!("/metrics: {error}"))?;
        let earlier = self.last.as_ref().map_or(before, |(_, sample)| sample);
        if let Some(share) = now.share_since(earlier, &self.service, &self.region) {
            observed.shares.push((at, share));
        }
        observed.last_resorts = now.last_resorts_since(before, &self.service);
        let met = before.completions_since(&Sample::default(), &self.region);
        observed.completions(met, now.completions_since(before, &self.region));
        self.last = Some((at, now));
        let status = self.server.ask::<StatusBody>(&Request::new(Method::GET, &["status"])).await;
        let status = status.map_err(|failure| failure.words())?.body;
        let others = status.regions.0.iter().filter(|(name, body)| *name != self.region && is_in(body));
        observed.serving[1] = observed.serving[1].min(others.count());
        if let (Some(url), Some([passed, failed])) = (&self.smoke, observed.smoke.as_mut()) {
            let passes = self.passes(url).await;
            *(if passes { passed } else { failed }) += 1;
            observed.smoke_failing = if passes { 0 } else { observed.smoke_failing + 1 };
        }
        Ok(())
    }

    /// Whether a request through the name succeeds, at the address that the first affected client is given.
    async fn passes(&self, url: &reqwest::Url) -> bool {
        let Some(client) = self.clients.iter().find(|client| client.affected) else { return false };
        let Some(name) = url.host_str() else { return false };
        let Some(answer) = ask(self.dns, name, self.kind, client.subnet).await else { return false };
        let Some(address) = answer.addresses.first() else { return false };
        let place = SocketAddr::new(*address, url.port_or_known_default().unwrap_or(80));
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).resolve(name, place).build();
        let Ok(http) = http else { return false };
        http.get(url.clone()).send().await.is_ok_and(|answer| answer.status().is_success())
    }

    /// Seconds until every affected client has its answer from before again; none: not in time.
    pub(super) async fn wait_until_back(&self) -> Option<f64> {
        let began = Instant::now();
        while began.elapsed() < BACK {
            let mut all = true;
            for client in self.clients.iter().filter(|client| client.affected) {
                let answer = ask(self.dns, &self.service, self.kind, client.subnet).await.unwrap_or_default();
                all &= answer.addresses.iter().any(|address| self.is_drilled(address));
            }
            if all {
                return Some(began.elapsed().as_secs_f64());
            }
            tokio::time::sleep(super::PAUSE).await;
        }
        None
    }

    /// What went otherwise than it should.
    pub(super) fn issues(&self, observed: &Observed) -> Vec<String> {
        let mut issues: Vec<String> = Vec::new();
        if observed.unanswered > 0 {
            issues.push(format!("{} question(s) were not answered in time", observed.unanswered));
        }
        if observed.all_changed.is_none() {
            issues.push("not every client that had the region was answered otherwise".to_owned());
        }
        if observed.restored.is_none() {
            issues.push(format!("not every client had its region back within {} s", BACK.as_secs()));
        }
        if observed.errors.is_none() {
            issues.push("no completion layer measured errors and latency elsewhere".to_owned());
        }
        if observed.smoke.is_none() {
            issues.push("no request was sent through the service's name: give --smoke".to_owned());
        }
        issues
    }

    fn is_drilled(&self, address: &IpAddr) -> bool {
        self.regions.get(address) == Some(&self.region)
    }
}

fn is_in(body: &crate::admin::body::RegionBody) -> bool {
    serves(&body.verdict) && !body.drained && body.forced.as_deref() != Some("down")
}

fn serves(verdict: &str) -> bool {
    verdict != "down"
}

/// The override's own end, in seconds: a minute after the drill's.
fn expiry(drill: &Drill) -> u64 {
    drill.term.as_secs() + 60
}

fn refused(words: String) -> Failure {
    Failure::new(Exit::Refused, words)
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
/// What slowness leaves of a region's weight.
const SLOW_WEIGHT: u8 = 25;
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a restoration is waited for: slow starts may take longer.
const BACK: Duration = Duration::from_secs(60);
