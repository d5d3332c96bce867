//! The server under drill, looked at from outside: its status, its counters, its clients, and requests through the name.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::Method;

use super::super::connect::{Request, Server};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::Drill;
use super::clients::Clients;
use super::elsewhere::Elsewhere;
use super::sample::Sample;
use super::smoke::Smoke;
use super::watch::Observed;
use crate::admin::body::{ForecastBody, StatusBody};

/// Everything that a drill looks at.
pub(super) struct Scene {
    pub(super) server: Server,
    pub(super) clients: Clients,
    http: reqwest::Client,
    web: SocketAddr,
    region: String,
    smoke: Option<Smoke>,
    /// At the start.
    elsewhere: Elsewhere,
    last: Option<Sample>,
}

impl Scene {
    /// Finds the region, in a state in which there is something to drill.
    pub(super) async fn set(drill: &Drill, dns: SocketAddr, web: SocketAddr) -> Result<Self, Failure> {
        let server = drill.connection.servers()?.remove(0);
        let status = status(&server).await?;
        let Some((_, region)) = status.regions.0.iter().find(|(name, _)| *name == drill.region) else {
            let names: Vec<&str> = status.regions.0.iter().map(|(name, _)| name.as_str()).collect();
            let found = format!("there is no region {:?}", drill.region);
            return Err(refused(format!("{found}; the regions are {}", names.join(", "))));
        };
        if region.drained || region.forced.is_some() || region.verdict == "down" {
            let found = format!("{} is {}, drained or forced already", drill.region, region.verdict);
            return Err(refused(format!("{found}: there is nothing to drill")));
        }
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
        Ok(Self {
            clients: Clients::none(dns, &status, &drill.region),
            http: http.map_err(|error| Failure::usage(format!("HTTP: {error}")))?,
            server,
            web,
            region: drill.region.clone(),
            smoke: Smoke::of(drill)?,
            elsewhere: Elsewhere::of(&status, &drill.region),
            last: None,
        })
    }

    /// Asks the rules, and finds clients that the act would move; what it would do.
    pub(super) async fn preflight(&mut self, drill: &Drill) -> Result<ForecastBody, Failure> {
        let forecast = drill.rehearse(&self.server).await?;
        let moved = forecast.services.iter().map(|service| &service.service);
        let services: Vec<&String> =
            drill.service.as_ref().map_or_else(|| moved.collect(), |name| vec![name]);
        for service in services {
            if self.clients.find(&self.server, service, &drill.client).await? > 0 {
                return Ok(forecast);
            }
        }
        let found = format!("no client that was asked as is answered with {}", self.region);
        Err(refused(format!("{found}; name one with --client")))
    }

    /// What is known before the act.
    pub(super) fn before(&self) -> Observed {
        Observed {
            ttl: self.clients.ttl(),
            elsewhere: [self.elsewhere, self.elsewhere],
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

    /// Reads counters and states, and sends the smoke question; why the drill cannot go on.
    pub(super) async fn measure(
        &mut self,
        observed: &mut Observed,
        before: &Sample,
        began: Instant,
    ) -> Result<(), String> {
        let at = began.elapsed().as_secs_f64();
        let now = Sample::of(self.web, &self.http).await.map_err(|error| format!("/metrics: {error}"))?;
        let service = self.clients.service();
        let share = now.share_since(self.last.as_ref().unwrap_or(before), service, &self.region);
        observed.shares.extend(share.map(|share| (at, share)));
        observed.last_resorts = now.last_resorts_since(before, service);
        let met = before.completions_since(&Sample::default(), &self.region);
        observed.completions(met, now.completions_since(before, &self.region));
        self.last = Some(now);
        let status = status(&self.server).await.map_err(|failure| failure.words())?;
        observed.elsewhere[1].worsen(&Elsewhere::of(&status, &self.region));
        if let Some(smoke) = &self.smoke {
            observed.smoked(smoke.passes(&self.clients).await);
        }
        Ok(())
    }
}

async fn status(server: &Server) -> Result<StatusBody, Failure> {
    Ok(server.ask(&Request::new(Method::GET, &["status"])).await?.body)
}

fn refused(words: String) -> Failure {
    Failure::new(Exit::Refused, words)
}

/// How long a request may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
