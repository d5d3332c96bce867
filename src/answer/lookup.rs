//! The lookup: which records a question gets, following CNAME and DNAME inside our zones (RFC 1034 §4.3.2, RFC 6672).

mod steered;

use super::outcome::Steered;
use super::query::{Asked, HEADER};
use super::rcode::Rcode;
use super::refusal::Refusal;
use super::reply::{NoRoom, Reply, Section};
use super::trouble::Trouble;
use crate::client::Client;
use crate::now::Now;
use crate::snapshot::Snapshot;
use crate::steer::ServiceId;
use crate::zone::{Cut, Found, GlueKind, Node, Place, QueryName, RRset, Rtype, Target, Zone};

/// What the lookup came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered {
    pub rcode: Rcode,
    pub steered: Option<Steered>,
    pub trouble: Option<Trouble>,
}

impl Answered {
    pub(super) const fn plain(rcode: Rcode) -> Self {
        Self { rcode, steered: None, trouble: None }
    }
}

impl From<Refusal> for Answered {
    fn from(Refusal { rcode, trouble }: Refusal) -> Self {
        Self { rcode, steered: None, trouble }
    }
}

/// A lookup under way: who asks what, and the answer so far.
pub(super) struct Lookup<'a, 'r, 'o> {
    pub snapshot: &'a Snapshot,
    pub client: &'a Client,
    pub now: Now,
    pub asked: &'a Asked<'a>,
    pub rtype: Rtype,
    pub reply: &'r mut Reply<'a, 'o>,
    /// What steering decided on the way: once at most, since no target of a steered name is steered.
    pub steered: Option<Steered>,
}

/// A name on the way, and how it stands in the message.
struct Hop<'a, 'n> {
    name: Named<'a, 'n>,
    written: Written<'a>,
}

/// A name, by what is known of it already.
#[derive(Clone, Copy)]
enum Named<'a, 'n> {
    /// As asked for, or as steering decided.
    Asked(&'n QueryName),
    /// The target of a CNAME.
    Target(&'a Target),
    /// A name that a DNAME made; it ends in the DNAME's target.
    Renamed(&'n QueryName, &'a Target),
}

/// How the octets of a hop's name came into the message.
#[derive(Clone, Copy)]
enum Written<'a> {
    /// As the question.
    Question,
    /// Whole, at this offset: the target of a CNAME that was made from a DNAME, or is a region's.
    Whole(u16),
    /// As the target of a CNAME whose RRset stands at `at`, with `from` its own place.
    Target { target: &'a Target, at: usize, from: Place },
}

/// What to do after one hop.
#[expect(clippy::large_enum_variant, reason = "on the stack, and filled only where there is an alias")]
enum Next<'a> {
    Done(Answered),
    Follow(Onward<'a>, Written<'a>),
}

/// Where to.
enum Onward<'a> {
    Name(QueryName),
    Target(&'a Target),
    Renamed(QueryName, &'a Target),
}

impl<'a> Onward<'a> {
    const fn named(&self) -> Named<'a, '_> {
        match self {
            Self::Name(name) => Named::Asked(name),
            Self::Target(target) => Named::Target(target),
            Self::Renamed(name, target) => Named::Renamed(name, target),
        }
    }
}

impl Named<'_, '_> {
    fn wire(&self) -> &[u8] {
        match self {
            Self::Asked(name) | Self::Renamed(name, _) => name.wire(),
            Self::Target(target) => target.name().wire(),
        }
    }
}

impl<'a> Lookup<'a, '_, '_> {
    /// Fills the reply for `name`. An error means that the records did not fit.
    pub(super) fn run(&mut self, first: &QueryName) -> Result<Answered, NoRoom> {
        let answered = self.follow(first)?;
        Ok(Answered { steered: self.steered, ..answered })
    }

    fn follow(&mut self, first: &QueryName) -> Result<Answered, NoRoom> {
        let mut next = self.hop(&Hop { name: Named::Asked(first), written: Written::Question })?;
        let collected = Answered::plain(Rcode::NoError);
        let mut seen = [0; HOPS];
        for at in 1..HOPS {
            let (name, written) = match &next {
                Next::Done(answered) => return Ok(*answered),
                Next::Follow(onward, written) => (onward.named(), *written),
            };
            if at == 1 {
                seen[0] = fingerprint(first.wire());
            }
            seen[at] = fingerprint(name.wire());
            if seen[..at].contains(&seen[at]) {
                return Ok(collected); // a loop: each record is there once
            }
            next = self.hop(&Hop { name, written })?;
        }
        match next {
            Next::Done(answered) => Ok(answered),
            Next::Follow(..) => Ok(collected),
        }
    }

    fn hop(&mut self, hop: &Hop<'a, '_>) -> Result<Next<'a>, NoRoom> {
        let zones = &self.snapshot.catalog().zones;
        let found = match hop.name {
            Named::Asked(name) if self.rtype == Rtype::DS => zones.find_ds(name),
            Named::Asked(name) => zones.find(name),
            Named::Target(target) => zones.find_target(target, self.rtype),
            Named::Renamed(name, target) => zones.find_renamed(name, target, self.rtype),
        };
        let first = matches!(hop.written, Written::Question);
        self.reply.authoritative |= first && !matches!(found, Found::Outside | Found::Cut { .. });
        match found {
            Found::Outside if first => Ok(Next::Done(Refusal::OUTSIDE.into())),
            Found::Outside => Ok(Next::Done(Answered::plain(Rcode::NoError))),
            Found::Missing { zone, .. } => self.negative(hop, zone, Rcode::NxDomain),
            Found::Cut { zone, cut } => self.refer(hop, zone, cut),
            Found::Dname { zone, node, suffix } => self.rename(hop, zone, node, suffix),
            Found::Exists { zone, node, .. } => self.node(hop, zone, node),
        }
    }

    fn node(&mut self, hop: &Hop<'a, '_>, zone: &'a Zone, node: &'a Node) -> Result<Next<'a>, NoRoom> {
        let rtype = self.rtype;
        if let Some(service) = node.service()
            && let Some(next) = self.steered(hop, zone, ServiceId(service))?
        {
            return Ok(next);
        }
        if let Some(alias) = node.rrset(Rtype::CNAME) {
            let place = self.place(hop, zone)?;
            let at = self.reply.position();
            self.reply.rrset(Section::Answer, alias, place)?;
            return Ok(match alias.target() {
                Some(target) if rtype != Rtype::CNAME && rtype != ANY => {
                    let written = Written::Target { target, at, from: place };
                    Next::Follow(Onward::Target(target), written)
                }
                _ => Next::Done(Answered::plain(Rcode::NoError)),
            });
        }
        let wanted = if rtype == ANY { node.rrsets().first() } else { node.rrset(rtype) };
        match wanted {
            Some(rrset) => self.positive(hop, zone, rrset),
            None => self.negative(hop, zone, Rcode::NoError),
        }
    }

    fn positive(&mut self, hop: &Hop<'a, '_>, zone: &Zone, rrset: &RRset) -> Result<Next<'a>, NoRoom> {
        let place = self.place(hop, zone)?;
        self.reply.rrset(Section::Answer, rrset, place)?;
        Ok(Next::Done(Answered::plain(Rcode::NoError)))
    }

    /// NODATA or NXDOMAIN: the SOA says for how long (RFC 2308 §3).
    fn negative(&mut self, hop: &Hop<'a, '_>, zone: &Zone, rcode: Rcode) -> Result<Next<'a>, NoRoom> {
        let Place { apex, .. } = self.place(hop, zone)?;
        self.reply.rrset(Section::Authority, zone.negative_soa(), Place { owner: apex, apex })?;
        Ok(Next::Done(Answered::plain(rcode)))
    }

    /// A referral; glue of servers below their own cut must fit, other glue may go (RFC 9471).
    fn refer(&mut self, hop: &Hop<'a, '_>, zone: &Zone, cut: &Cut) -> Result<Next<'a>, NoRoom> {
        let Place { apex, owner } = self.place(hop, zone)?;
        let above = hop.name.wire().len().saturating_sub(cut.owner().wire().len());
        let place = Place { owner: owner + above as u16, apex };
        let at = self.reply.position();
        self.reply.rrset(Section::Authority, cut.ns(), place)?;
        for glue in cut.glue() {
            let host = u16::try_from(at + usize::from(glue.host_at)).map_err(|_| NoRoom)?;
            let written = self.reply.rrset(Section::Additional, &glue.addresses, Place { owner: host, apex });
            if written.is_err() && glue.kind == GlueKind::InDomain {
                return Err(NoRoom);
            }
        }
        Ok(Next::Done(Answered::plain(Rcode::NoError)))
    }

    /// DNAME: the target replaces the suffix of the name, by a CNAME of the DNAME's TTL (RFC 6672 §3.1).
    fn rename(
        &mut self,
        hop: &Hop<'a, '_>,
        zone: &Zone,
        node: &'a Node,
        suffix: usize,
    ) -> Result<Next<'a>, NoRoom> {
        let (Some(dname), Place { owner, apex }) = (node.dname(), self.place(hop, zone)?) else {
            return self.negative(hop, zone, Rcode::NoError);
        };
        let kept = hop.name.wire().len().saturating_sub(suffix);
        let dname_owner = if zone.apex().wire().len() == suffix { apex } else { owner + kept as u16 };
        self.reply.rrset(Section::Answer, dname, Place { owner: dname_owner, apex })?;
        let Some(target) = dname.target() else {
            return self.negative(hop, zone, Rcode::NoError);
        };
        let renamed = match hop.name {
            Named::Asked(name) | Named::Renamed(name, _) => name.renamed(kept, target.name()),
            Named::Target(alias) => QueryName::from(alias.name()).renamed(kept, target.name()),
        };
        let Some(name) = renamed else {
            return Ok(Next::Done(Answered::plain(Rcode::YxDomain)));
        };
        let at = self.reply.alias(owner, dname.ttl(), name.wire())?;
        self.go_on(Onward::Renamed(name, target), at)
    }

    /// Follows to a name that stands whole at `at`, unless the alias itself was asked for.
    fn go_on(&self, onward: Onward<'a>, at: usize) -> Result<Next<'a>, NoRoom> {
        if self.rtype == Rtype::CNAME || self.rtype == ANY {
            return Ok(Next::Done(Answered::plain(Rcode::NoError)));
        }
        let written = Written::Whole(u16::try_from(at).map_err(|_| NoRoom)?);
        Ok(Next::Follow(onward, written))
    }

    /// Where the hop's name and the apex of its zone stand.
    fn place(&self, hop: &Hop<'a, '_>, zone: &Zone) -> Result<Place, NoRoom> {
        let whole = |owner: u16| {
            let above = hop.name.wire().len().saturating_sub(zone.apex().wire().len());
            Place { owner, apex: owner + above as u16 }
        };
        match hop.written {
            Written::Question => Ok(whole(HEADER as u16)),
            Written::Whole(owner) => Ok(whole(owner)),
            Written::Target { target, at, from } => target.place(at, from, zone.apex()).ok_or(NoRoom),
        }
    }
}

/// A number that tells the names of one answer apart, by eight octets at a time.
pub(super) fn fingerprint(wire: &[u8]) -> u64 {
    let (words, rest) = wire.as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(slot, octet)| *slot = *octet);
    let mix = |hash: u64, word: &[u8; 8]| {
        let wide = u128::from(hash ^ u64::from_le_bytes(*word)) * u128::from(ODD);
        (wide as u64) ^ ((wide >> 64) as u64)
    };
    words.iter().chain([&last]).fold(wire.len() as u64 ^ ODD, mix)
}

/// Names that one answer goes through.
pub(super) const HOPS: usize = 16;
const ANY: Rtype = Rtype(255);
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests;
