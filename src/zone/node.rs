//! What a lookup leads to: a zone, the records at a name, a delegation with its glue.

use super::problem::Spot;
use super::{Name, RRset, Rtype};

/// One zone.
#[derive(Debug)]
pub struct Zone {
    pub(super) apex: Name,
    pub(super) spot: Spot,
    pub(super) serial: u32,
    pub(super) soa: RRset,
    pub(super) negative_soa: RRset,
}

/// What stands at a name.
#[derive(Debug, Default)]
pub struct Node {
    pub(super) sets: Box<[RRset]>,
    pub(super) service: Option<u32>,
}

/// A delegation out of a zone.
#[derive(Debug)]
pub struct Cut {
    pub(super) owner: Name,
    pub(super) ns: RRset,
    pub(super) glue: Box<[Glue]>,
}

/// An address RRset of a name server at or below a delegation of the zone.
#[derive(Debug)]
pub struct Glue {
    /// The addresses.
    pub addresses: RRset,
    /// Where the server's name stands, counted from the start of the cut's NS RRset: what the owner points to.
    pub host_at: u16,
    /// How a full message treats it.
    pub kind: GlueKind,
}

/// Whether a referral works without the glue (RFC 9471).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlueKind {
    /// The server lies below its own delegation: when this does not fit, TC is set.
    InDomain,
    /// The server lies below another delegation of the zone: may be left out.
    Sibling,
}

impl Zone {
    /// The name that the zone starts at.
    pub fn apex(&self) -> &Name {
        &self.apex
    }

    /// Where the SOA stands.
    pub fn spot(&self) -> &Spot {
        &self.spot
    }

    /// The SOA's serial.
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// The SOA as an answer.
    pub fn soa(&self) -> &RRset {
        &self.soa
    }

    /// The SOA as NODATA and NXDOMAIN carry it: its TTL is the lesser of its own and MINIMUM (RFC 2308 §3).
    pub fn negative_soa(&self) -> &RRset {
        &self.negative_soa
    }
}

impl Node {
    /// The records of a type.
    #[inline]
    pub fn rrset(&self, rtype: Rtype) -> Option<&RRset> {
        self.sets.iter().find(|set| set.rtype() == rtype)
    }

    /// All records, rising by type.
    pub fn rrsets(&self) -> &[RRset] {
        &self.sets
    }

    /// The CNAME, which stands alone.
    #[inline]
    pub fn cname(&self) -> Option<&RRset> {
        self.rrset(Rtype::CNAME)
    }

    /// The DNAME.
    #[inline]
    pub fn dname(&self) -> Option<&RRset> {
        self.rrset(Rtype::DNAME)
    }

    /// The service that steers the name, by the number that the builder was given.
    #[inline]
    pub fn service(&self) -> Option<u32> {
        self.service
    }

    /// Whether the name exists only because names below it do (RFC 4592 §2.2.2).
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.service.is_none()
    }
}

impl Cut {
    /// The delegated name; its wire length gives its place in the question.
    pub fn owner(&self) -> &Name {
        &self.owner
    }

    /// The name servers.
    pub fn ns(&self) -> &RRset {
        &self.ns
    }

    /// Their addresses, in-domain ones first.
    pub fn glue(&self) -> &[Glue] {
        &self.glue
    }
}
