//! What is refused before any name is looked up: classes that we do not serve, types that are no data (RFC 6895 §3.1),
//! and transfers, which an answer that belongs to one client must never be part of.

use super::edns::{self, Keepalive};
use super::query::{Asked, Question};
use super::rcode::Rcode;
use super::trouble::Trouble;
use super::tsig::Tsig;
use crate::client::Client;
use crate::zone::{Name, QueryName, Zones};

/// An answer without data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub rcode: Rcode,
    pub trouble: Option<Trouble>,
}

impl Refusal {
    /// The name lies in none of our zones.
    pub(super) const OUTSIDE: Self = Self::because(Rcode::Refused, Trouble::NotAuthoritative);

    pub(super) const fn plain(rcode: Rcode) -> Self {
        Self { rcode, trouble: None }
    }

    const fn because(rcode: Rcode, trouble: Trouble) -> Self {
        Self { rcode, trouble: Some(trouble) }
    }

    /// Why a well-formed query of ours gets no data, where it does not: for how it is asked.
    pub(super) fn of_manner(asked: &Asked<'_>, client: &Client) -> Option<Self> {
        let keepalive = asked.edns.map_or(Keepalive::Absent, |edns| edns.keepalive);
        if asked.edns.is_some_and(|edns| edns.version > 0) {
            Some(Self::plain(Rcode::BadVersion))
        } else if keepalive == Keepalive::Malformed && client.carrier.has_keepalive() {
            Some(Self::plain(Rcode::FormErr))
        } else if asked.tsig.is_some() {
            Some(Self::plain(Rcode::NotAuth))
        } else {
            None
        }
    }

    /// The same, for what is asked.
    pub(super) fn of_question(question: &Question, name: &QueryName, zones: &Zones) -> Option<Self> {
        match (question.class, question.rtype) {
            (CLASS_IN, NXNAME) => Some(Self::because(Rcode::FormErr, Trouble::InvalidQueryType)),
            (CLASS_IN, edns::OPT | TKEY | Tsig::TYPE) => Some(Self::plain(Rcode::FormErr)),
            (CLASS_IN, IXFR | AXFR) => Some(Self::of_transfer(name, zones)),
            (CLASS_IN, MAILB | MAILA) => Some(Self::because(Rcode::NotImplemented, Trouble::NotSupported)),
            (CLASS_IN, _) => None,
            _ => Some(Self::because(Rcode::Refused, Trouble::NotSupported)),
        }
    }

    /// A zone of ours is not transferred; of others we know nothing (RFC 5936 §2.2.1, RFC 1995 §4).
    fn of_transfer(name: &QueryName, zones: &Zones) -> Self {
        let apex = zones.apex_over(name).map(Name::wire);
        if apex == Some(name.wire()) {
            Self::because(Rcode::Refused, Trouble::NotSupported)
        } else {
            Self::because(Rcode::NotAuth, Trouble::NotAuthoritative)
        }
    }
}

const CLASS_IN: u16 = 1;
const NXNAME: u16 = 128;
const TKEY: u16 = 249;
const IXFR: u16 = 251;
const AXFR: u16 = 252;
const MAILB: u16 = 253;
const MAILA: u16 = 254;
