//! The built program as people run it: servers as processes, dig for questions, the commands for orders, signals and
//! full disks for bad days. Every wait is for something that happens, under a deadline.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]
#![allow(clippy::disallowed_methods, reason = "tests read clocks and their environment")]

mod home;
mod listener;
#[path = "../loopback/mod.rs"]
mod loopback;
#[path = "../maxmind/mod.rs"]
mod maxmind;
#[allow(dead_code, reason = "the carriers' tests use all of it")]
#[path = "../dns/pki.rs"]
mod pki;
mod server;

/// The kept events: verified, exported, tampered with.
mod audit;
/// The page, in Chromium.
mod browser;
/// More queries than a service is meant to have.
mod budget;
/// Location databases that change.
mod database;
/// What the demo promises, from its own banner.
mod demo;
/// A disk that is full or cannot be written.
mod disk;
/// What the documents tell people to type.
mod documents;
/// Drains and canaries.
mod drains;
/// Drills: held to their end, refused, broken off, killed.
mod drill;
/// TLS and QUIC.
mod encrypted;
/// Signed notices.
mod hooks;
/// Low ports, users, service managers.
mod host;
/// Configs of other servers.
mod import;
/// Starts that find the newest files broken.
mod last_known_good;
/// Starting beside another, stopping, being killed.
mod life;
/// Loads that would take much away.
mod losses;
/// From a verdict to the first changed answer.
mod moment;
/// Drains, forces, refusals, events, explanations, metrics.
mod operator;
/// Sampled queries on disk.
mod query_log;
/// New configs, good and bad.
mod reload;
/// The admin socket under attack.
mod siege;
/// One process after the other.
mod takeover;
/// Probes from another process.
mod vantage;
