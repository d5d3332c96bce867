//! Events: append-only, in two hash chains.
//!
//! Operators' acts and reloads are the `audit` chain and stay for ever; verdicts and last resorts are the `transition`
//! chain, of which the newest [`TRANSITIONS_KEPT`] (and up to 1,000 more, between two trims) stay. Each row's hash is SHA-256
//! over the hash before it and the row, so that an edited, removed or inserted row is found by `verify`. The hashes
//! carry no key: they show damage and careless edits, not an intruder who recomputes the whole chain.

use rusqlite::{OptionalExtension, Transaction, params};

use super::chain::{TRANSITION, chain_of, hash};
use super::error::StoreError;
use super::row;
use super::schema::Store;
use crate::world::{Event, StampedEvent};

/// How many of the newest transitions are kept at least.
pub const TRANSITIONS_KEPT: u32 = 50_000;
/// How many events pass between two trims.
const TRIM_EVERY: u64 = 1_000;

impl Store {
    /// Keeps an event and returns its number.
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub fn append(&mut self, at: u64, event: &Event) -> Result<u64, StoreError> {
        self.commit(|transaction| append(transaction, at, event))
    }

    /// At most `limit` events with numbers above `id`, oldest first.
    ///
    /// # Errors
    /// The file cannot be read, or a row holds no event.
    pub fn events_since(&self, id: u64, limit: u32) -> Result<Vec<StampedEvent>, StoreError> {
        self.events("SELECT id, at, body FROM events WHERE id > ?1 ORDER BY id LIMIT ?2", id, limit)
    }

    /// The newest events, at most `limit`, newest first.
    ///
    /// # Errors
    /// The file cannot be read, or a row holds no event.
    pub fn newest_events(&self, limit: u32) -> Result<Vec<StampedEvent>, StoreError> {
        self.events("SELECT id, at, body FROM events WHERE id > ?1 ORDER BY id DESC LIMIT ?2", 0, limit)
    }

    fn events(&self, query: &str, id: u64, limit: u32) -> Result<Vec<StampedEvent>, StoreError> {
        let attempt = || {
            let mut statement = self.connection.prepare_cached(query)?;
            statement
                .query_map(params![integer(id), limit], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))
                })?
                .collect::<rusqlite::Result<Vec<(i64, i64, String)>>>()
        };
        let rows = attempt().map_err(|error| self.fault(&error))?;
        rows.into_iter()
            .map(|(id, at, body)| {
                let event =
                    row::decode(&body).map_err(|what| self.corrupted(format!("event {id}: {what}")))?;
                Ok(StampedEvent { id: natural(id), at: natural(at), event })
            })
            .collect()
    }
}

impl Store {
    /// At most `limit` events with numbers above `id`, oldest first, each with its chain and its hash.
    ///
    /// # Errors
    /// The file cannot be read, or a row holds no event.
    pub fn links_since(&self, id: u64, limit: u32) -> Result<Vec<Link>, StoreError> {
        let attempt = || {
            let mut statement = self
                .connection
                .prepare_cached("SELECT id, chain, hash FROM events WHERE id > ?1 ORDER BY id LIMIT ?2")?;
            statement
                .query_map(params![integer(id), limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<Vec<(i64, String, Vec<u8>)>>>()
        };
        let rows = attempt().map_err(|error| self.fault(&error))?;
        let events = self.events_since(id, limit)?;
        let link = |(event, (_, chain, hash)): (StampedEvent, (i64, String, Vec<u8>))| Link {
            event,
            chain: chain.into(),
            hash: hash.iter().map(|octet| format!("{octet:02x}")).collect(),
        };
        Ok(events.into_iter().zip(rows).map(link).collect())
    }
}

/// An event as it stands in its chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// What happened.
    pub event: StampedEvent,
    /// `audit` or `transition`.
    pub chain: Box<str>,
    /// SHA-256 over the link before it and this one, in hexadecimal.
    pub hash: String,
}

/// Adds an event to its chain, inside the caller's transaction.
pub(super) fn append(transaction: &Transaction<'_>, at: u64, event: &Event) -> rusqlite::Result<u64> {
    let chain = chain_of(event);
    let body = row::encode(event);
    let last: Option<i64> = transaction
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'events'", [], |row| row.get(0))
        .optional()?;
    let id = last.unwrap_or(0) + 1;
    let head: Vec<u8> =
        transaction.query_row("SELECT head FROM chains WHERE chain = ?1", [chain], |row| row.get(0))?;
    let link = hash(&head, id, integer(at), &body);
    transaction.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
        id,
        integer(at),
        chain,
        body,
        link
    ])?;
    transaction.execute("UPDATE chains SET head = ?2 WHERE chain = ?1", params![chain, link])?;
    if natural(id).is_multiple_of(TRIM_EVERY) {
        trim(transaction, TRANSITIONS_KEPT)?;
    }
    Ok(natural(id))
}

/// Drops the oldest transitions beyond `keep`; the last dropped hash becomes the chain's anchor.
fn trim(transaction: &Transaction<'_>, keep: u32) -> rusqlite::Result<()> {
    let last: Option<(i64, Vec<u8>)> = transaction
        .query_row(
            "SELECT id, hash FROM events WHERE chain = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2",
            params![TRANSITION, keep],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((id, hash)) = last else {
        return Ok(());
    };
    transaction.execute("DELETE FROM events WHERE chain = ?1 AND id <= ?2", params![TRANSITION, id])?;
    transaction.execute("UPDATE chains SET anchor = ?2 WHERE chain = ?1", params![TRANSITION, hash])?;
    Ok(())
}

/// SQLite's integers are signed; a time or number beyond them is none that happens.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The way back; nothing negative is ever written.
pub(super) fn natural(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::health::Verdict;
    use crate::store::Verified;

    pub(in crate::store) fn flip(region: &str) -> Event {
        Event::Region {
            region: region.into(),
            from: Verdict::Up,
            to: Verdict::Down,
            cause: "tcp refused".into(),
        }
    }

    pub(in crate::store) fn reloaded() -> Event {
        Event::Reloaded { config_sha256: "ab".into() }
    }

    /// Transition 1, audit 2, transition 3.
    pub(in crate::store) fn three() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        for (at, event) in [(10, flip("a")), (20, reloaded()), (30, flip("b"))] {
            store.append(at, &event).unwrap();
        }
        (directory, store)
    }

    #[test]
    fn events_come_back_in_order_after_the_one_named() {
        let (_directory, store) = three();
        let since = store.events_since(1, 100).unwrap();
        assert_eq!(since.iter().map(|event| (event.id, event.at)).collect::<Vec<_>>(), [(2, 20), (3, 30)]);
        assert_eq!(since[1].event, flip("b"));
        assert_eq!(store.events_since(0, 1).unwrap().len(), 1);
        assert_eq!(store.events_since(u64::MAX, 10).unwrap(), []);
        let newest = store.newest_events(2).unwrap();
        assert_eq!(newest.iter().map(|event| event.id).collect::<Vec<_>>(), [3, 2]);
    }

    #[test]
    fn trimming_keeps_the_newest_transitions_all_audit_and_a_whole_chain() {
        let (_directory, mut store) = three();
        for at in 40..50 {
            store.append(at, &flip("c")).unwrap();
        }
        store.commit(|transaction| trim(transaction, 4)).unwrap();
        assert_eq!(store.verify().unwrap(), Verified { audit: 1, transitions: 4 });
        store.append(50, &flip("d")).unwrap();
        assert_eq!(store.verify().unwrap(), Verified { audit: 1, transitions: 5 });
        assert_eq!(store.events_since(0, 100).unwrap().last().unwrap().id, 14);
    }
}
