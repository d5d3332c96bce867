//! Every metric, named once and described once. This file is the reference: a dashboard needs no other.
//!
//! Labels are bounded sets (a region, an rcode, a reason), never anything that a client sends. Edges raise
//! these; the core returns reasons and counts nothing.

mod kind;
mod reference;

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

pub use kind::{Count, Counter, Description, Gauge, Histogram, Kind, Total};
pub use reference::reference;

/// Answers sent, by carrier and response code.
pub static DNS_QUERIES: Counter<2> = Counter::new(
    "meridian_dns_queries_total",
    ["transport", "rcode"],
    "DNS queries answered, by transport and response code",
);
/// Queries that got no answer: `junk`, `port_zero`, `panic`, `protocol` (over QUIC: an ID, or a keepalive option),
/// `limited` (`server.rrl`), or a failing socket call (`receive`, `send`).
pub static DNS_DROPPED: Counter<2> = Counter::new(
    "meridian_dns_dropped_total",
    ["transport", "why"],
    "DNS messages that were not answered, by transport and reason (junk, port_zero, panic, protocol, limited, receive, send)",
);
/// Answers above the rate of `server.rrl`: `dropped`, `truncated`, `leaked` (an error, sent whole), `dry_run`; and
/// `exempt` ones, whose query had a valid cookie.
pub static RATE_LIMITED: Counter<1> = Counter::new(
    "meridian_dns_rate_limited_total",
    ["outcome"],
    "Answers by UDP above the rate of server.rrl, by outcome (dropped, truncated, leaked, dry_run), and those that a \
     valid cookie exempts (exempt)",
);
/// Steered answers, by what was decided.
pub static ANSWERS: Counter<3> = Counter::new(
    "meridian_answers_total",
    ["service", "region", "reason"],
    "Steered answers, by service, region answered with and why",
);
/// Sampled queries on their way to `server.query_log`: `written`, `dropped` (the writer did not keep up), `failed` (the
/// disk did not take them).
pub static QUERY_LOG: Counter<1> = Counter::new(
    "meridian_query_log_lines_total",
    ["outcome"],
    "Sampled queries for server.query_log, by outcome (written, dropped, failed)",
);
/// Panics that were caught on the query path.
pub static WORKER_PANICS: Counter<1> = Counter::new(
    "meridian_worker_panics_total",
    ["transport"],
    "Panics caught while answering; each cost one query",
);
/// Open DNS connections.
pub static DNS_CONNECTIONS: Gauge<1> = Gauge::new(
    "meridian_dns_connections",
    ["transport"],
    "Open DNS connections, by transport (tcp, dot, doq)",
);
/// Connections that the server ended: `idle`, `handshake`, `deadline`, `unread`, `junk`, `crowded`,
/// `client_crowded`, `shutdown`.
pub static CONNECTIONS_CLOSED: Counter<2> = Counter::new(
    "meridian_dns_connections_closed_total",
    ["transport", "why"],
    "DNS connections ended by the server, by transport and reason (idle, handshake, deadline, unread, junk, crowded, \
     client_crowded, shutdown)",
);
/// Connections that could not be taken: `descriptors`, `accept`, and over QUIC `handshakes`.
pub static CONNECTIONS_REFUSED: Counter<2> = Counter::new(
    "meridian_dns_connections_refused_total",
    ["transport", "why"],
    "Failed attempts to accept a DNS connection, by transport and reason (descriptors, accept, handshakes)",
);
/// When the certificate in use expires.
pub static TLS_CERTIFICATE_EXPIRY: Gauge<0> = Gauge::new(
    "meridian_tls_certificate_expiry_timestamp_seconds",
    [],
    "When the certificate of DoT and DoQ expires, in seconds since 1970",
);
/// 1 while a region's verdict lets it serve, else 0.
pub static REGION_UP: Gauge<1> =
    Gauge::new("meridian_region_up", ["region"], "Whether the region's verdict lets it serve");
/// 0 to 100.
pub static REGION_WEIGHT: Gauge<1> = Gauge::new(
    "meridian_region_weight",
    ["region"],
    "How much of its normal share the region gets, 0 to 100",
);
/// Load, as a part of the region's capacity.
pub static REGION_LOAD: Gauge<1> = Gauge::new(
    "meridian_region_load",
    ["region"],
    "Load of the region as observed or pushed, as a part of its capacity (1: all of it); 0 while it is unknown",
);
/// How often a service with a budget is asked.
pub static SERVICE_LOAD: Gauge<1> = Gauge::new(
    "meridian_service_queries_per_second",
    ["service"],
    "Steered answers a second of a service that has a budget, over the last seconds; 0 while it is unknown",
);
/// The least TTL of a service with a budget.
pub static SERVICE_TTL: Gauge<1> = Gauge::new(
    "meridian_service_ttl_least_seconds",
    ["service"],
    "The least TTL that answers of a service with a budget carry now; above its ttl.min while the budget is exceeded",
);
/// Words that machines pushed.
pub static PUSHES: Gauge<1> =
    Gauge::new("meridian_pushes", ["region"], "Pushed words in force (drain, down, weight, load), by region");
/// How long probes take.
pub static PROBE_SECONDS: Histogram<2> = Histogram::new(
    "meridian_probe_seconds",
    ["region", "layer"],
    "How long a probe took, passed or failed, by region and layer",
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0],
);
/// Age of the last observation.
pub static PROBE_AGE: Gauge<2> = Gauge::new(
    "meridian_probe_age_seconds",
    ["region", "layer"],
    "How long ago a layer was observed last, of the region's endpoint where that is longest",
);
/// Probes that failed.
pub static PROBE_FAILURES: Counter<3> = Counter::new(
    "meridian_probe_failures_total",
    ["region", "layer", "class"],
    "Probes that failed, by region, layer and class of the fault",
);
/// Rounds of probes that nobody took: the channel to the world was full.
pub static PROBE_DROPPED: Counter<0> = Counter::new(
    "meridian_probe_dropped_total",
    [],
    "Rounds of probes that were dropped because the world did not keep up",
);
/// Number of the picture that is served.
pub static SNAPSHOT_EPOCH: Gauge<0> =
    Gauge::new("meridian_snapshot_epoch", [], "Number of the snapshot that is being served");
/// How long snapshots take.
pub static SNAPSHOT_BUILD_SECONDS: Histogram<0> = Histogram::new(
    "meridian_snapshot_build_seconds",
    [],
    "How long it took to build a snapshot",
    &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0],
);
/// Overrides in force.
pub static OVERRIDES: Gauge<2> =
    Gauge::new("meridian_overrides", ["region", "kind"], "Overrides in force, by region and kind");
/// Events, by kind: transitions, overrides, reloads and last resorts.
pub static EVENTS: Counter<1> = Counter::new(
    "meridian_events_total",
    ["kind"],
    "Transitions, overrides, reloads and last resorts, by kind",
);
/// Alarms that hold.
pub static ALARMS: Gauge<1> = Gauge::new(
    "meridian_alarms",
    ["kind"],
    "Alarms that hold, by kind (docs/alarms.md tells what each means)",
);
/// Writes to the state directory that failed.
pub static STORE_ERRORS: Counter<0> = Counter::new(
    "meridian_store_errors_total",
    [],
    "Writes to the state directory that failed; answers are not disturbed",
);
/// Services that are answered from a last resort now.
pub static LAST_RESORTS: Gauge<0> = Gauge::new(
    "meridian_last_resorts",
    [],
    "Pairs of service and fence that are answered from their last resort now",
);
/// Age of the prober's last round, in seconds.
pub static PROBER_SILENCE: Gauge<0> = Gauge::new(
    "meridian_prober_silence_seconds",
    [],
    "How long ago the prober finished a round; alarm above three intervals",
);
/// Probes that were left out since the prober started.
pub static PROBER_MISSED: Gauge<0> = Gauge::new(
    "meridian_prober_missed_probes",
    [],
    "Probes left out since the prober started because the one before still ran",
);
/// Tasks of the prober that are dead.
pub static PROBER_DEAD: Gauge<0> =
    Gauge::new("meridian_prober_dead_tasks", [], "Tasks of the prober that died; alarm above 0");
/// Seconds that a region was up, and was not, by its completions.
pub static SLA_SECONDS: Counter<2> = Counter::new(
    "meridian_sla_seconds_total",
    ["region", "state"],
    "Seconds that a region was up or down, by its synthetic completions, by region and state",
);
/// Requests to a region that were served, and that failed in it.
pub static SLA_REQUESTS: Counter<2> = Counter::new(
    "meridian_sla_requests_total",
    ["region", "result"],
    "Requests that a region served or failed, by its own figures, else by synthetic completions",
);
/// A region's answers, by whether they took at most 5 s.
pub static SLA_ANSWERS: Counter<2> = Counter::new(
    "meridian_sla_answers_total",
    ["region", "speed"],
    "Answers of a region that took at most 5 s, or longer (within_5s, late)",
);
/// When the first certificate of a region's endpoints expires.
pub static PROBE_CERTIFICATE_EXPIRY: Gauge<1> = Gauge::new(
    "meridian_probe_certificate_expiry_timestamp_seconds",
    ["region"],
    "When the first certificate that a region's endpoints show expires (Unix time)",
);
/// Notices to hooks, by receiver's host and what became of them.
pub static HOOK_NOTICES: Counter<2> = Counter::new(
    "meridian_hook_notices_total",
    ["hook", "result"],
    "Notices to hooks, by host and result (delivered, retried, refused, dropped)",
);
/// When the location database was built.
pub static GEOIP_BUILD: Gauge<0> = Gauge::new(
    "meridian_geoip_build_timestamp_seconds",
    [],
    "When the location database in use was built, in seconds since 1970",
);

/// How old what serves is, where the newest files are broken.
pub static LAST_KNOWN_GOOD_AGE: Gauge<0> = Gauge::new(
    "meridian_last_known_good_age_seconds",
    [],
    "How long ago what is served was accepted, while the newest files are broken; 0 while the newest serve",
);
/// Whether a newer location database is held.
pub static GEOIP_HELD: Gauge<0> = Gauge::new(
    "meridian_geoip_held",
    [],
    "1 while a newer location database is held because it moves more than max_drift, else 0",
);
/// What the last other database moves.
pub static GEOIP_DRIFT: Gauge<0> = Gauge::new(
    "meridian_geoip_drift_ratio",
    [],
    "The part of addresses or clients that the last database update moves to another region, or would, 0 to 1",
);
/// When what serves was last proven.
pub static PROOF_TIMESTAMP: Gauge<0> = Gauge::new(
    "meridian_proof_timestamp_seconds",
    [],
    "When the policy that serves was proven, in seconds since 1970; a reload proves it",
);
/// How long that took.
pub static PROOF_SECONDS: Gauge<0> = Gauge::new("meridian_proof_seconds", [], "How long the last proof took");
/// Whether it went to its end.
pub static PROOF_WHOLE: Gauge<0> = Gauge::new(
    "meridian_proof_whole",
    [],
    "1 when the last proof was whole, 0 when its time was over before its end",
);

/// The Prometheus text of this process. Clones show the same numbers.
#[derive(Clone)]
pub struct Exposition(PrometheusHandle);

impl std::fmt::Debug for Exposition {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Exposition")
    }
}

/// Puts the recorder of this process in place and describes every metric; later calls return the same
/// exposition. Comes before anything that counts: what is counted earlier is lost.
pub fn install() -> Exposition {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let handle = HANDLE.get_or_init(|| {
        let handle =
            recorder().install_recorder().expect("no other part of this process installs a recorder");
        describe();
        handle
    });
    Exposition(handle.clone())
}

impl Exposition {
    /// Everything counted so far, in the Prometheus text format (version 0.0.4).
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// What every cell of a counter has reached.
    #[must_use]
    pub fn totals<const N: usize>(&self, counter: &Counter<N>) -> Vec<Total<N>> {
        self.render().lines().filter_map(|line| counter.total(line)).collect()
    }

    /// Moves samples into their buckets. Needed every few seconds where nobody scrapes: they wait in memory.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

fn recorder() -> PrometheusBuilder {
    [
        (PROBE_SECONDS.name(), PROBE_SECONDS.buckets),
        (SNAPSHOT_BUILD_SECONDS.name(), SNAPSHOT_BUILD_SECONDS.buckets),
    ]
    .into_iter()
    .fold(PrometheusBuilder::new(), |builder, (name, buckets)| {
        builder
            .set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)
            .expect("a histogram has buckets")
    })
}

/// Hands name, unit and help to the recorder; returns what was described: every metric there is.
pub fn describe() -> Vec<Description> {
    vec![
        DNS_QUERIES.describe(),
        DNS_DROPPED.describe(),
        RATE_LIMITED.describe(),
        ANSWERS.describe(),
        QUERY_LOG.describe(),
        WORKER_PANICS.describe(),
        DNS_CONNECTIONS.describe(),
        CONNECTIONS_CLOSED.describe(),
        CONNECTIONS_REFUSED.describe(),
        TLS_CERTIFICATE_EXPIRY.describe(),
        REGION_UP.describe(),
        REGION_WEIGHT.describe(),
        REGION_LOAD.describe(),
        SERVICE_LOAD.describe(),
        SERVICE_TTL.describe(),
        PUSHES.describe(),
        PROBE_SECONDS.describe(),
        PROBE_AGE.describe(),
        PROBE_FAILURES.describe(),
        PROBE_DROPPED.describe(),
        SNAPSHOT_EPOCH.describe(),
        SNAPSHOT_BUILD_SECONDS.describe(),
        OVERRIDES.describe(),
        EVENTS.describe(),
        ALARMS.describe(),
        STORE_ERRORS.describe(),
        LAST_RESORTS.describe(),
        PROBER_SILENCE.describe(),
        PROBER_MISSED.describe(),
        PROBER_DEAD.describe(),
        HOOK_NOTICES.describe(),
        PROBE_CERTIFICATE_EXPIRY.describe(),
        SLA_SECONDS.describe(),
        SLA_REQUESTS.describe(),
        SLA_ANSWERS.describe(),
        GEOIP_BUILD.describe(),
        LAST_KNOWN_GOOD_AGE.describe(),
        GEOIP_HELD.describe(),
        GEOIP_DRIFT.describe(),
        PROOF_TIMESTAMP.describe(),
        PROOF_SECONDS.describe(),
        PROOF_WHOLE.describe(),
    ]
}

#[cfg(test)]
mod tests;
