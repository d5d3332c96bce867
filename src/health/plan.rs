//! How a region is probed: the layers and their timing, shared by regions under one name.

use std::path::Path;
use std::time::Duration;

use super::evidence::Layer;

/// Plain HTTP, or HTTP inside TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
}

/// Where the timing of a plan starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// What this judgement is made for.
    #[default]
    Gateway,
    /// What a cloud load balancer's health check does, blind spots included: liveliness only, slow, without re-checks.
    AlbCompatible,
}

impl Preset {
    /// Its word in the config.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::AlbCompatible => "alb-compatible",
        }
    }
}

/// The HTTP liveliness layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liveliness {
    /// Path of the request, from `/`.
    pub path: Box<str>,
}

/// The HTTP readiness layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Path of the request, from `/`.
    pub path: Box<str>,
    /// What a database that does not answer the gateway means.
    pub database_down: DatabaseDown,
    /// Between two attempts.
    pub interval: Duration,
    /// Bound of one attempt; the gateway itself takes up to 4 s to say that its database hangs.
    pub timeout: Duration,
}

/// What a region without its database is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DatabaseDown {
    /// As much as with it; an alarm all the same.
    Ignore,
    /// Less: its weight falls, and is never emptied for this alone.
    #[default]
    Degrade,
    /// Nothing, unless most regions are in the same state.
    Hard,
}

/// A layer of streamed completions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Path of the request, from `/`.
    pub path: Box<str>,
    /// Which model is asked.
    pub model: Box<str>,
    /// The file with the restricted key that it asks with; without one it sends none.
    pub key_file: Option<Box<Path>>,
    /// Between two attempts.
    pub interval: Duration,
    /// Bound of one attempt.
    pub timeout: Duration,
}

/// The scrape of a region's own figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Where the Prometheus text is: the region's own Prometheus or reporter, one place for all its pods. `{region}` and
    /// `{endpoint}` in it stand for what they say.
    pub url: Box<str>,
    /// The file with the key that it asks with; without one it sends none.
    pub key_file: Option<Box<Path>>,
    /// Requests that the region takes at once, over all its pods; without it nothing is said of how full it is.
    pub limit: Option<u32>,
    /// Between two scrapes.
    pub interval: Duration,
    /// Bound of one scrape.
    pub timeout: Duration,
}

/// What the TLS layer asks for and believes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The name that is asked for; none: the first service's that has the region.
    pub name: Option<Box<str>>,
    /// The file with the roots that are believed; none: the system's.
    pub ca_file: Option<Box<Path>>,
}

/// A set of layers that regions share (`[probes.NAME]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbePlan {
    /// Its name in the config.
    pub name: Box<str>,
    /// How the HTTP layers are carried.
    pub scheme: Scheme,
    /// How TLS is spoken where it is.
    pub tls: Tls,
    /// TCP port of every endpoint.
    pub port: u16,
    /// Between two rounds while nothing is in doubt.
    pub interval: Duration,
    /// Between two rounds while a verdict is in doubt.
    pub fast_interval: Duration,
    /// Bound of one whole round.
    pub timeout: Duration,
    /// Failed rounds in a row that take an endpoint down; at least 1.
    pub fall: u32,
    /// Passed rounds in a row that bring it back; at least 1.
    pub rise: u32,
    /// Where its timing started from; only one's returns are damped.
    pub preset: Preset,
    /// The HTTP liveliness layer; without it the layer below decides.
    pub liveliness: Option<Liveliness>,
    /// Soft: readiness and database.
    pub readiness: Option<Readiness>,
    /// Soft: the gateway's mock model.
    pub completion: Option<Completion>,
    /// Advisory: a real model.
    pub provider: Option<Completion>,
    /// Soft: the region's own figures.
    pub metrics: Option<Metrics>,
}

impl Default for ProbePlan {
    fn default() -> Self {
        Self::preset(Preset::Gateway)
    }
}

impl ProbePlan {
    /// What stands for the region's name in the URL of its figures.
    pub const REGION: &str = "{region}";
    /// What stands for each of its probed addresses there.
    pub const ENDPOINT: &str = "{endpoint}";

    /// A preset's plan, before a config says more: plain HTTP on port 4000, and none of the layers that need a path.
    #[must_use]
    pub fn preset(preset: Preset) -> Self {
        let (interval, fast_interval, timeout, rise) = match preset {
            Preset::Gateway => (10, 5, 3, 6),
            Preset::AlbCompatible => (30, 30, 10, 2),
        };
        Self {
            name: preset.word().into(),
            preset,
            scheme: Scheme::Http,
            tls: Tls::default(),
            port: 4000,
            interval: Duration::from_secs(interval),
            fast_interval: Duration::from_secs(fast_interval),
            timeout: Duration::from_secs(timeout),
            fall: 3,
            rise,
            liveliness: None,
            readiness: None,
            completion: None,
            provider: None,
            metrics: None,
        }
    }

    /// Stalled rounds in a row that take an endpoint down: until then it is slow, not dead.
    #[must_use]
    pub const fn stalls(&self) -> u32 {
        self.fall.saturating_mul(2)
    }

    /// Rounds in a row, of an outage and its return together, that chance does not produce; none: `rise` passes end any.
    #[must_use]
    pub const fn steady(&self) -> Option<u32> {
        match self.preset {
            Preset::Gateway => Some(self.rise.saturating_mul(4)),
            Preset::AlbCompatible => None,
        }
    }

    /// An observation older than this says nothing any more of an endpoint.
    #[must_use]
    pub const fn decay(&self) -> Duration {
        self.interval.saturating_mul(3).saturating_add(self.timeout)
    }

    /// How long a fault lasts at least before several vantages take an endpoint down for it: a restart is shorter.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.interval.saturating_mul(2)
    }

    /// The topmost hard layer: a round has passed when this one has.
    #[must_use]
    pub fn top(&self) -> Layer {
        match (&self.liveliness, self.scheme) {
            (Some(_), _) => Layer::Liveliness,
            (None, Scheme::Https) => Layer::Tls,
            (None, Scheme::Http) => Layer::Tcp,
        }
    }
}
