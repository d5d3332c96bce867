//! What a person wrote → what serves: `meridian.toml`, zone files and location databases become a [`Config`].
//!
//! ```text
//! text ──► Document ──► Section ──► Item ──► server, probes, regions, services, fences … ──► Config
//!          (places)     (keys)      (values)            │                                      ▲
//!                                                       ├─► fenced: does every client keep a region?
//!                                                       ├─► zones: master files, steered names ┤
//!                                                       └─► location: databases ──► atlas ─────┘
//! ```
//!
//! **Knows** every key of the file, one section a file, and what is allowed for it; defaults are written there, once.
//!
//! **Gives** [`load`]: a config that can serve as it is, or every [`Problem`] of all files at once, each with its line
//! and column. What is loaded needs no further check: names are indices, groups are countries, paths are resolved.
//!
//! **Refuses** what it does not know, keys that a later release brings by their name, and what would break a promise
//! while serving: a fence that leaves a client without an answer, regions of a service that differ in address
//! families, a steered name outside the zones. It starts nothing, binds nothing and keeps nothing: a reload is another
//! [`load`], and the caller keeps what serves until it succeeds.
//!
//! One mistake gives one problem. A definition that is broken still declares its name (`declared`), what a syntax
//! error may have swallowed is not missed (`syntax`, `document`), and checks across sections skip what was refused
//! before.

mod admin;
mod aliases;
mod countries;
mod declared;
mod document;
mod endpoints;
mod families;
mod fenced;
mod fences;
mod files;
mod geo;
mod geoip;
mod hooks;
mod host;
mod item;
mod latency;
mod layers;
mod load;
mod location;
mod motion;
mod origin;
mod portions;
mod probes;
mod problem;
mod reading;
mod regions;
mod safety;
mod section;
mod sections;
mod server;
mod services;
mod state;
mod strategy;
mod syntax;
mod tls;
mod types;
mod vantages;
mod web;
mod words;
mod zones;

pub use admin::Admin;
pub use files::Files;
pub use hooks::{Hook, Subject};
pub use load::{Loaded, admin_socket, load, load_from, state_directory};
pub use origin::{DatabaseFile, DatabaseFiles, Origin};
pub use problem::Problem;
pub use server::{QueryLog, Server};
pub use state::State;
pub use tls::Tls;
pub use web::Web;

use crate::catalog::Catalog;
use crate::certificate::Certificate;
use crate::fetch::Trust;
use crate::geo::Country;
use crate::health::VantageId;

/// The whole config as used.
#[derive(Debug)]
pub struct Config {
    /// Where DNS is served.
    pub server: Server,
    /// What TLS and QUIC prove their name with; there exactly when `server.tls` is.
    pub certificate: Option<Certificate>,
    /// The operators' socket; none: there is no socket.
    pub admin: Option<Admin>,
    /// The read-only page; none: there is no page.
    pub web: Option<Web>,
    /// What outlives the process; none: nothing does.
    pub state: Option<State>,
    /// The part of address space, or of clients, that another location database may move to another region, 0 to 1.
    pub max_drift: f64,
    /// The named groups of countries that it adds or replaces, in file order.
    pub groups: Vec<(Box<str>, Vec<Country>)>,
    /// Which vantage this server probes as; none: it does not probe.
    pub vantage: Option<VantageId>,
    /// Whose certificates each probe plan believes, one a plan; none where it speaks no TLS.
    pub trusts: Vec<Option<Trust>>,
    /// Who is told of what happens, in file order.
    pub hooks: Vec<Hook>,
    /// What is answered, and for whom.
    pub catalog: Catalog,
}
