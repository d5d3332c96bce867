//! One thing that serves and would be gone, in words for an operator.

use std::fmt;

use crate::geo::Country;
use crate::zone::{Name, Spot};

/// What would be gone.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// A whole zone: its apex, where its SOA stood, and how many records it had.
    Zone(Name, Spot, usize),
    /// Many of a zone's records: its apex, where its SOA stands now, the figures, and a name that lost some.
    Records(Name, Spot, Figures, Name),
    /// All NS records of an apex.
    NameServers(Name, Spot),
    /// A steered name.
    Service(Box<str>),
    /// A region.
    Region(Box<str>),
    /// A fence.
    Fence(Box<str>),
    /// Every endpoint that a steered name is answered with.
    Endpoints(Box<str>),
    /// Many of the location database's networks.
    Networks(Figures),
    /// Countries that the location database knew.
    Countries(Vec<Country>),
    /// The location database is older than the one that serves: Unix seconds at which each was built.
    Older(Figures),
}

/// What there is, and what there would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// What serves.
    pub old: u64,
    /// What was loaded.
    pub new: u64,
}

impl Figures {
    /// How much of a hundred is gone.
    fn percent(self) -> u64 {
        (self.old.saturating_sub(self.new) * 100).checked_div(self.old).unwrap_or(0)
    }
}

impl Loss {
    /// The key that it is about.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Zone(apex, ..) | Self::Records(apex, ..) => apex.to_string(),
            Self::NameServers(apex, _) => format!("{apex} NS"),
            Self::Service(name) => format!("services.{name:?}"),
            Self::Region(name) => format!("regions.{name}"),
            Self::Fence(name) => format!("fences.{name}"),
            Self::Endpoints(name) => format!("services.{name:?}.regions"),
            Self::Networks(_) | Self::Countries(_) | Self::Older(_) => "geoip.database".to_owned(),
        }
    }

    /// Whether it is a loss of the location database.
    #[must_use]
    pub const fn is_of_database(&self) -> bool {
        matches!(self, Self::Networks(_) | Self::Countries(_) | Self::Older(_))
    }

    /// Where in the zones it is; none: in the config.
    #[must_use]
    pub const fn spot(&self) -> Option<&Spot> {
        match self {
            Self::Zone(_, spot, _) | Self::Records(_, spot, ..) | Self::NameServers(_, spot) => Some(spot),
            _ => None,
        }
    }
}

impl fmt::Display for Loss {
    /// What is found beside what serves, and what helps.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone(_, _, records) => write!(out, "the zone is gone, with {records} records")?,
            Self::Records(_, _, figures, name) => {
                let Figures { old, new } = figures;
                let (gone, percent) = (old - new, figures.percent());
                write!(out, "{gone} of {old} records are gone ({percent} %), those of {name} among them")?;
            }
            Self::NameServers(..) => write!(out, "all NS records of the apex are gone")?,
            Self::Service(_) => write!(out, "the steered name is gone")?,
            Self::Region(_) => write!(out, "the region is gone")?,
            Self::Fence(_) => write!(out, "the fence is gone: its clients could be answered from anywhere")?,
            Self::Endpoints(_) => write!(out, "none of the endpoints that it is answered with is left")?,
            Self::Networks(Figures { old, new }) => {
                write!(out, "it holds {new} networks, the one that serves {old}")?;
            }
            Self::Countries(countries) => {
                let codes: Vec<&str> = countries.iter().take(SHOWN).map(|country| country.code()).collect();
                let more = if countries.len() > SHOWN { " …" } else { "" };
                let (count, codes) = (countries.len(), codes.join(" "));
                write!(out, "it knows {count} countries no more: {codes}{more}")?;
            }
            Self::Older(Figures { old, new }) => {
                let days = (old - new).div_ceil(86_400);
                write!(out, "it was built {days} day(s) before the one that serves")?;
            }
        }
        write!(out, "; {}", self.remedy())
    }
}

impl Loss {
    const fn remedy(&self) -> &'static str {
        match self {
            Self::Records(..) => {
                "at most 20 % may go, or 4 records of a small zone; restore them, or --force"
            }
            Self::Networks(_) => "at most 20 % may go; fetch the file again, or --force",
            Self::Countries(_) | Self::Older(_) => "fetch the file again, or --force",
            _ => "restore it, or --force",
        }
    }
}

/// Countries that are named at most.
const SHOWN: usize = 8;
