//! Every section of the file, read; and what they make together with zones and databases.

use sha2::{Digest, Sha256};

use super::countries::Groups;
use super::declared::{Declaration, Declared};
use super::document::Document;
use super::geo::Geography;
use super::geoip::Geoip;
use super::hooks::Hook;
use super::location::Databases;
use super::origin::DatabaseFiles;
use super::probes::Probed;
use super::problem::Findings;
use super::reading::Reading;
use super::section::Section;
use super::strategy::Candidates;
use super::{
    Admin, Config, State, Web, admin, aliases, fenced, fences, geoip, hooks, probes, regions, safety, server,
    services, state, vantages, web, zones,
};
use crate::catalog::{Catalog, Safety};
use crate::geo::Prefixes;
use crate::health::{Vantage, VantageId};
use crate::region::Region;
use crate::steer::{Fence, Service, SteeredType};
use crate::zone::{Name, Rtype, Spot, Steered};

/// The sections as read; what is none, outside of what may be left out, is broken, and that was said.
pub(super) struct Sections<'a> {
    server: Option<server::Written<'a>>,
    admin: Option<Option<Admin>>,
    web: Option<Option<Web>>,
    state: Option<Option<State>>,
    zones: Option<zones::Directory<'a>>,
    geoip: Option<Option<Geoip<'a>>>,
    plans: Declared<'a, Probed<'a>>,
    vantages: Declared<'a, Vantage>,
    vantage: Option<Option<VantageId>>,
    hooks: Option<Vec<Hook>>,
    regions: Declared<'a, Region>,
    services: Declared<'a, Service>,
    geography: Geography<'a>,
    fences: Declared<'a, Fence>,
    safety: Option<Option<Safety>>,
}

impl<'a> Sections<'a> {
    /// Reads every section, also when others are broken, and checks them against each other.
    pub(super) fn read(document: &'a Document<'a>, files: &Reading<'_>) -> Self {
        let mut root = document.root();
        let server = root.need("server", |item| server::read(item.table()?));
        let listen = server.as_ref().map_or(&[][..], |written| &written.server.listen);
        let web = root.table("web", |section| web::read(section, listen));
        let plans = named(&mut root, "probes", "probe", |section| probes::read(&section, files));
        let vantages = named(&mut root, "vantages", "vantage", |section| vantages::read(&section));
        let vantage = server.as_ref().and_then(|server| vantages::own(server, &vantages));
        let hooks =
            root.or("hooks", Vec::new(), |item| item.list_of(|item| hooks::read(item.table()?, files)));
        let regions = named(&mut root, "regions", "region", |section| regions::read(&section, &plans));
        probes::check(&plans, &regions);
        let mut groups = Groups::default();
        let geoip = root.table("geoip", |section| geoip::read(section, &mut groups));
        let mut geography = Geography::default();
        let services = named(&mut root, "services", "service", |section| {
            let candidates = Candidates { own: None, declared: &regions, groups: &groups, files };
            services::read(&section, &candidates, &mut geography)
        });
        let fences = named(&mut root, "fences", "fence", |section| {
            fences::read(&section, &regions, &services, &groups)
        });
        fenced::check(&regions, &services, &fences);
        let sections = Self {
            server,
            admin: root.table("admin", admin::read),
            web,
            state: root.table("state", state::read),
            zones: root.need("zones", |item| zones::read(item.table()?)),
            geoip,
            plans,
            vantages,
            vantage,
            hooks,
            regions,
            services,
            geography,
            fences,
            safety: root.table("safety", safety::read),
        };
        root.finish();
        sections
    }

    /// Reads zones and databases, and puts everything together where nothing was refused.
    pub(super) fn load(
        self,
        files: &Reading<'_>,
        document: &Document<'_>,
        findings: &mut Findings,
    ) -> Option<(Config, DatabaseFiles)> {
        let steered = steered(&self.services);
        let server = self.server.as_ref();
        let host = server.and_then(|written| written.host.load(files, &written.server, findings));
        let zones = self.zones.and_then(|directory| directory.load(files, &steered, findings));
        if let Some(zones) = &zones {
            aliases::check(zones, &self.regions, &self.fences, &self.services);
        }
        let geoip = self.geoip.map(Option::unwrap_or_default);
        let pair = self.server.as_ref().and_then(|written| written.pair.as_ref());
        let certificate = pair.map(|pair| pair.load(files));
        let databases = geoip.as_ref().and_then(|geoip| Databases::read(files, geoip, &self.geography));
        if !document.is_sound() || !findings.problems.is_empty() {
            return None;
        }
        let (server::Written { server, .. }, geoip) = (self.server?, geoip?);
        let (max_drift, groups) = (geoip.max_drift, geoip.groups.clone());
        let (atlas, database, files) = databases?.compile(&geoip, self.geography);
        let (plans, trusts) =
            self.plans.into_all()?.into_iter().map(|probed| (probed.plan, probed.trust)).unzip();
        let vantages = self.vantages.into_all()?;
        let catalog = Catalog {
            regions: self.regions.into_all()?,
            services: self.services.into_all()?,
            fences: self.fences.into_all()?,
            plans,
            vantages: if vantages.is_empty() { vec![Vantage::default()] } else { vantages },
            safety: self.safety?.unwrap_or_default(),
            zones: zones?,
            atlas,
            unlocated: Prefixes::new(&geoip.unlocated),
            located: geoip.overrides,
            database,
            config_sha256: hex(&Sha256::digest(document.text())),
            host: host?,
        };
        let certificate = certificate.flatten();
        let config = Config {
            server,
            certificate,
            admin: self.admin?,
            web: self.web?,
            state: self.state?,
            max_drift,
            groups,
            vantage: self.vantage?,
            trusts,
            hooks: self.hooks?,
            catalog,
        };
        Some((config, files))
    }
}

/// Reads a table of declarations of a kind; one that is left out declares nothing.
fn named<'a, T>(
    root: &mut Section<'a>,
    key: &'static str,
    kind: &'static str,
    read: impl FnOnce(Section<'a>) -> Declared<'a, T>,
) -> Declared<'a, T> {
    let Some(item) = root.find(key) else {
        return Declared::none(kind);
    };
    item.table().map_or_else(|| Declared::unreadable(kind), read)
}

/// The names that the zones have to hold, each once; doubles, and names that are none, were refused already.
fn steered(services: &Declared<'_, Service>) -> Vec<Steered> {
    let steered = |(at, service): (usize, &Declaration<'_, Service>)| {
        let name = Name::from_text(&service.name, &Name::root()).ok()?;
        let (line, column) = service.item.key_place();
        Some(Steered {
            name,
            service: at as u32,
            types: service.value.as_ref().map_or_else(Vec::new, types),
            spot: Spot {
                file: service.item.file().display().to_string().into(),
                line: line as u32,
                column: column as u32,
            },
            key: service.item.path_text().to_owned(),
        })
    };
    let first =
        |(at, service): &(usize, &Declaration<'_, Service>)| services.position(&service.name) == Some(*at);
    services.iter().enumerate().filter(first).filter_map(steered).collect()
}

fn types(service: &Service) -> Vec<Rtype> {
    let rtype = |steered: &SteeredType| match steered {
        SteeredType::A => Rtype::A,
        SteeredType::Aaaa => Rtype::AAAA,
        SteeredType::Https => Rtype::HTTPS,
        SteeredType::Svcb => Rtype::SVCB,
        SteeredType::Cname => Rtype::CNAME,
    };
    service.types.iter().map(rtype).collect()
}

fn hex(octets: &[u8]) -> Box<str> {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
