//! RRsets as the octets of an answer: whole records, ready to copy, with the pointers left to fill in.
//!
//! ```text
//! body:  [owner →][type][class][ttl][rdlength][rdata … apex →] [owner →] …
//! ```
//!
//! The owner of each record is a pointer, and a name in the RDATA that lies under the zone's apex ends in a pointer to
//! the apex, where RFC 1035 allows compression (NS, CNAME, SOA, PTR, MX); elsewhere names are whole (RFC 3597 §4).
//! RDATA keeps the case of the file; the apex part has the case of the question, since that is what it points at.
//!
//! Where the apex stands in a message: at `12 + name.len() - apex.len()` for the asked name; after a CNAME see
//! [`Target::place`].

use super::master::names_in;
use super::suffix_hash::SuffixHash;
use super::tree::Anchor;
use super::{Name, Rtype};

/// All records of one name and type.
#[derive(Clone, Debug)]
pub struct RRset {
    rtype: Rtype,
    ttl: u32,
    count: u16,
    body: Box<[u8]>,
    owners: Box<[u16]>,
    apexes: Box<[u16]>,
    target: Option<Box<Target>>,
}

/// The name that a CNAME or DNAME points to.
#[derive(Clone, Debug)]
pub struct Target {
    name: Name,
    at: u16,
    /// How many octets of the target are written before a pointer to the apex; all of them when whole.
    written: u16,
    pub(super) labels: usize,
    pub(super) hash: SuffixHash,
    /// The deepest name of our zones at or above it; found once the zones are whole.
    pub(super) anchor: Anchor,
}

/// Where a name and the apex of its zone stand in a message: offsets that pointers can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name.
    pub owner: u16,
    /// The apex of its zone.
    pub apex: u16,
}

impl RRset {
    /// Encodes records (RDATA uncompressed and checked) of a zone at `apex`. Also gives where each name in the RDATA
    /// starts inside the body. Nothing when the set is larger than [`MAX_BODY`].
    pub(super) fn encode(
        rtype: Rtype,
        ttl: u32,
        rdatas: &[&[u8]],
        apex: &Name,
    ) -> Result<(RRset, Vec<u16>), usize> {
        let mut body = Body { octets: Vec::new(), apexes: Vec::new(), names: Vec::new() };
        let mut owners = Vec::with_capacity(rdatas.len());
        for rdata in rdatas {
            owners.push(body.octets.len());
            body.record(rtype, ttl, rdata, apex);
        }
        if body.octets.len() > MAX_BODY {
            return Err(body.octets.len());
        }
        let narrow = |offsets: &[usize]| -> Vec<u16> {
            offsets.iter().filter_map(|at| u16::try_from(*at).ok()).collect()
        };
        let names = narrow(&body.names);
        let target = match (rtype, rdatas, names.first()) {
            (Rtype::CNAME | Rtype::DNAME, [rdata], Some(at)) => {
                Target::new(rdata, *at, body.octets.len(), &body.apexes)
            }
            _ => None,
        };
        let set = RRset {
            rtype,
            ttl,
            count: u16::try_from(rdatas.len()).unwrap_or(u16::MAX),
            body: body.octets.into(),
            owners: narrow(&owners).into(),
            apexes: narrow(&body.apexes).into(),
            target: target.map(Box::new),
        };
        Ok((set, names))
    }

    /// The type of the records.
    pub fn rtype(&self) -> Rtype {
        self.rtype
    }

    /// The TTL of the records, in seconds.
    pub fn ttl(&self) -> u32 {
        self.ttl
    }

    /// How many records there are.
    pub fn count(&self) -> u16 {
        self.count
    }

    /// How many octets [`RRset::write`] writes.
    pub fn len(&self) -> usize {
        self.body.len()
    }

    /// An RRset has a record, so never.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Where a CNAME or DNAME points.
    pub fn target(&self) -> Option<&Target> {
        self.target.as_deref()
    }

    pub(super) fn target_mut(&mut self) -> Option<&mut Target> {
        self.target.as_deref_mut()
    }

    /// Copies the records into `out` at `at`, with pointers to `place`; gives the end of what was written.
    /// Nothing, and no octet that counts, when they do not fit or a pointer cannot reach (offsets over 16383).
    #[inline]
    pub fn write(&self, out: &mut [u8], at: usize, place: Place) -> Option<usize> {
        if place.owner > MAX_POINTER || place.apex > MAX_POINTER {
            return None;
        }
        let end = at.checked_add(self.body.len())?;
        let room = out.get_mut(at..end)?;
        room.copy_from_slice(&self.body);
        for (offsets, to) in [(&self.owners, place.owner), (&self.apexes, place.apex)] {
            for offset in offsets {
                *room.get_mut(usize::from(*offset)..)?.first_chunk_mut()? = (POINTER | to).to_be_bytes();
            }
        }
        Some(end)
    }
}

impl Target {
    fn new(rdata: &[u8], at: u16, end: usize, apexes: &[usize]) -> Option<Target> {
        let name = Name::from_wire(rdata).ok()?;
        let written = apexes.last().map_or(end, |pointer| *pointer).checked_sub(usize::from(at))?;
        let (labels, hash) = (name.labels().count(), SuffixHash::of(name.wire()));
        let written = u16::try_from(written).ok()?;
        Some(Target { name, at, written, labels, hash, anchor: Anchor::default() })
    }

    /// The name, lower case.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Where the target's labels start, counted from the start of the RRset.
    pub fn at(&self) -> u16 {
        self.at
    }

    /// Where the target and the apex of *its* zone stand, after the RRset was written at `at` with `from`. The target's
    /// zone is the one that [`super::Zones::find`] names for it, `apex` its apex. Nothing when no pointer can reach.
    pub fn place(&self, at: usize, from: Place, apex: &Name) -> Option<Place> {
        let here = u16::try_from(at).ok()?.checked_add(self.at)?;
        // A bare pointer has no labels to point into, and the DS of the apex it names belongs to a zone above.
        let owner = if self.written == 0 { from.apex } else { here };
        let above = self.name.wire().len().checked_sub(apex.wire().len())?; // octets of the target in front of its apex
        let above = u16::try_from(above).ok()?;
        let apex = if above == self.written { from.apex } else { owner.checked_add(above)? };
        (owner <= MAX_POINTER && apex <= MAX_POINTER).then_some(Place { owner, apex })
    }
}

/// Records on their way to octets.
struct Body {
    octets: Vec<u8>,
    apexes: Vec<usize>,
    names: Vec<usize>,
}

impl Body {
    fn record(&mut self, rtype: Rtype, ttl: u32, rdata: &[u8], apex: &Name) {
        self.octets.extend(POINTER.to_be_bytes());
        self.octets.extend(rtype.0.to_be_bytes());
        self.octets.extend(CLASS_IN.to_be_bytes());
        self.octets.extend(ttl.to_be_bytes());
        let length_at = self.octets.len();
        self.octets.extend([0, 0]);
        let mut done = 0;
        for (start, len) in names_in(rtype, rdata) {
            self.octets.extend(rdata.get(done..start).unwrap_or_default());
            self.names.push(self.octets.len());
            self.name(rtype, rdata.get(start..start + len).unwrap_or_default(), apex);
            done = start + len;
        }
        self.octets.extend(rdata.get(done..).unwrap_or_default());
        let length = u16::try_from(self.octets.len() - length_at - 2).unwrap_or(u16::MAX);
        if let Some(field) = self.octets.get_mut(length_at..length_at + 2) {
            field.copy_from_slice(&length.to_be_bytes());
        }
    }

    fn name(&mut self, rtype: Rtype, wire: &[u8], apex: &Name) {
        let own = match Name::from_wire(wire) {
            Ok(name) if compresses(rtype) && !apex.is_root() && name.is_under(apex) => {
                wire.len() - apex.wire().len()
            }
            _ => return self.octets.extend(wire),
        };
        self.octets.extend(wire.get(..own).unwrap_or_default());
        self.apexes.push(self.octets.len());
        self.octets.extend(POINTER.to_be_bytes());
    }
}

/// The types of RFC 1035 that zones hold and whose RDATA may be compressed.
fn compresses(rtype: Rtype) -> bool {
    matches!(rtype, Rtype::NS | Rtype::CNAME | Rtype::SOA | Rtype::PTR | Rtype::MX)
}

/// The most octets that the records of one RRset take: a message less header, question and OPT.
pub(super) const MAX_BODY: usize = 65_535 - 12 - 259 - 512;
const CLASS_IN: u16 = 1;
const POINTER: u16 = 0xc000;
const MAX_POINTER: u16 = 0x3fff;
