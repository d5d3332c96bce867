//! One walk through the tree of a MaxMind DB file, in order of address: networks → runs of records.

use std::{collections::HashMap, net::IpAddr};

use maxminddb::{LookupResult, MaxMindDbError};

use super::{
    database::DatabaseError,
    family::{block, key},
    partition::Partition,
    record::{Detail, Record, Written},
};

/// Distinct records and their numbers.
pub(super) struct Records {
    pub(super) list: Vec<Record>,
    ids: HashMap<Record, u32>,
}

impl Default for Records {
    fn default() -> Self {
        let silent = Record::default();
        Self { list: vec![silent], ids: HashMap::from([(silent, SILENT)]) }
    }
}

impl Records {
    pub(super) fn id(&mut self, record: Record) -> u32 {
        *self.ids.entry(record).or_insert_with(|| {
            self.list.push(record);
            (self.list.len() - 1) as u32
        })
    }
}

/// A walk through a tree in order of address.
pub(super) struct Walk {
    detail: Detail,
    pub(super) records: Records,
    /// Records by their offset in the file: each is decoded once.
    decoded: HashMap<usize, u32>,
    pub(super) v4: Partition<u32>,
    pub(super) v6: Partition<u32>,
    pub(super) networks: u64,
}

impl Walk {
    pub(super) fn new(detail: Detail) -> Self {
        let nothing = Partition::uniform(SILENT);
        let (v4, v6) = (nothing.clone(), nothing);
        Self { detail, records: Records::default(), decoded: HashMap::new(), v4, v6, networks: 0 }
    }

    pub(super) fn take(
        &mut self,
        network: Result<LookupResult<'_, &[u8]>, MaxMindDbError>,
    ) -> Result<(), DatabaseError> {
        let at = self.networks;
        let damaged = |error| DatabaseError::Damaged { network: at, error };
        let found = network.map_err(damaged)?;
        let network = found.network().map_err(damaged)?;
        let record = self.record(&found).map_err(damaged)?;
        self.networks += 1;
        if self.networks > MAX_NETWORKS {
            return Err(DatabaseError::Endless);
        }
        self.place(network.ip(), network.prefix(), record);
        Ok(())
    }

    fn record(&mut self, found: &LookupResult<'_, &[u8]>) -> Result<u32, MaxMindDbError> {
        let Some(offset) = found.offset() else {
            return Ok(SILENT);
        };
        if let Some(known) = self.decoded.get(&offset) {
            return Ok(*known);
        }
        let written: Option<Written<'_>> = found.decode()?;
        let record = written.map_or_else(Record::default, |written| written.record(self.detail));
        let id = self.records.id(record);
        self.decoded.insert(offset, id);
        Ok(id)
    }

    fn place(&mut self, address: IpAddr, length: u8, record: u32) {
        let (first, last) = block(key(address), length);
        match address {
            IpAddr::V4(_) => put(&mut self.v4, first, last, record),
            // A record of ::/96 or more holds all of IPv4; what else lies in ::/96 is IPv4 and was given as such.
            IpAddr::V6(_) if first == 0 && last >= IPV4_LAST => {
                self.v4 = Partition::uniform(record);
                if last > IPV4_LAST {
                    put(&mut self.v6, IPV4_LAST + 1, last, record);
                }
            }
            IpAddr::V6(_) if last <= IPV4_LAST => {}
            IpAddr::V6(_) => put(&mut self.v6, first, last, record),
        }
    }
}

fn put(runs: &mut Partition<u32>, first: u128, last: u128, record: u32) {
    runs.set_from(first, record);
    if let Some(next) = last.checked_add(1) {
        runs.set_from(next, SILENT);
    }
}

/// The number of the record that says nothing.
pub(super) const SILENT: u32 = 0;

/// The last address of `::/96`, where an IPv6 tree keeps IPv4.
const IPV4_LAST: u128 = u32::MAX as u128;

/// City databases hold about twelve million networks.
pub(super) const MAX_NETWORKS: u64 = 1 << 26;
