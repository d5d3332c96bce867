//! Events: append-only, in two hash chains.
//!
//! Operators' acts and reloads are the `audit` chain and stay for ever; verdicts and last resorts are the `transition`
//! chain, of which the newest [`TRANSITIONS_KEPT`] (and up to [`TRIM_EVERY`] more) stay. Each row's hash is SHA-256
//! over the hash before it and the row, so that an edited, removed or inserted row is found by `verify`. The hashes
//! carry no key: they show damage and careless edits, not an intruder who recomputes the whole chain.

use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

use super::error::{StoreError, Suspect};
use super::row;
use super::schema::Store;
use crate::world::{Event, StampedEvent};

/// How many of the newest transitions are kept at least.
pub const TRANSITIONS_KEPT: u32 = 50_000;
/// How many events pass between two trims.
const TRIM_EVERY: u64 = 1_000;
const AUDIT: &str = "audit";
const TRANSITION: &str = "transition";

/// What a whole history holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Operators' acts and reloads.
    pub audit: u64,
    /// Verdicts and last resorts.
    pub transitions: u64,
}

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
        let attempt = || {
            let mut statement = self
                .connection
                .prepare_cached("SELECT id, at, body FROM events WHERE id > ?1 ORDER BY id LIMIT ?2")?;
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
                Ok(StampedEvent {
                    id: natural(id),
                    at: natural(at),
                    event,
                })
            })
            .collect()
    }

    /// Recomputes every hash of both chains.
    ///
    /// # Errors
    /// The first row, or the end, that is not what was written.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        Ok(Verified {
            audit: self.verify_chain(AUDIT)?,
            transitions: self.verify_chain(TRANSITION)?,
        })
    }

    fn verify_chain(&self, chain: &'static str) -> Result<u64, StoreError> {
        match self.walk(chain).map_err(|error| self.fault(&error))? {
            Ok(rows) => Ok(rows),
            Err(suspect) => Err(StoreError::Broken {
                path: self.path.clone(),
                suspect,
            }),
        }
    }

    fn walk(&self, chain: &'static str) -> rusqlite::Result<Result<u64, Suspect>> {
        let (mut link, head): (Vec<u8>, Vec<u8>) = self.connection.query_row(
            "SELECT anchor, head FROM chains WHERE chain = ?1",
            [chain],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut statement = self
            .connection
            .prepare("SELECT id, at, body, hash FROM events WHERE chain = ?1 ORDER BY id")?;
        let mut rows = statement.query([chain])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let expected = hash(&link, id, row.get(1)?, &row.get::<_, String>(2)?);
            if row.get::<_, Vec<u8>>(3)? != expected {
                let id = natural(id);
                return Ok(Err(Suspect::Row { chain, id }));
            }
            link = expected;
            count += 1;
        }
        Ok(if link == head {
            Ok(count)
        } else {
            Err(Suspect::End { chain })
        })
    }
}

/// Adds an event to its chain, inside the caller's transaction.
pub(super) fn append(transaction: &Transaction<'_>, at: u64, event: &Event) -> rusqlite::Result<u64> {
    let chain = chain_of(event);
    let body = row::encode(event);
    let last: Option<i64> = transaction
        .query_row(
            "SELECT seq FROM sqlite_sequence WHERE name = 'events'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    let id = last.unwrap_or(0) + 1;
    let head: Vec<u8> =
        transaction.query_row("SELECT head FROM chains WHERE chain = ?1", [chain], |row| {
            row.get(0)
        })?;
    let link = hash(&head, id, integer(at), &body);
    transaction
        .prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![id, integer(at), chain, body, link])?;
    transaction.execute(
        "UPDATE chains SET head = ?2 WHERE chain = ?1",
        params![chain, link],
    )?;
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
    transaction.execute(
        "DELETE FROM events WHERE chain = ?1 AND id <= ?2",
        params![TRANSITION, id],
    )?;
    transaction.execute(
        "UPDATE chains SET anchor = ?2 WHERE chain = ?1",
        params![TRANSITION, hash],
    )?;
    Ok(())
}

const fn chain_of(event: &Event) -> &'static str {
    match event {
        Event::Endpoint { .. } | Event::Region { .. } | Event::LastResort { .. } => TRANSITION,
        Event::Overridden(_)
        | Event::Lifted { .. }
        | Event::Expired(_)
        | Event::Reloaded { .. }
        | Event::ReloadRefused { .. } => AUDIT,
    }
}

fn hash(before: &[u8], id: i64, at: i64, body: &str) -> Vec<u8> {
    Sha256::new()
        .chain_update(before)
        .chain_update(id.to_be_bytes())
        .chain_update(at.to_be_bytes())
        .chain_update(body)
        .finalize()
        .to_vec()
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
mod tests {
    use super::*;
    use crate::health::Verdict;

    fn flip(region: &str) -> Event {
        Event::Region {
            region: region.into(),
            from: Verdict::Up,
            to: Verdict::Down,
        }
    }

    fn reloaded() -> Event {
        Event::Reloaded {
            config_sha256: "ab".into(),
        }
    }

    fn three() -> (tempfile::TempDir, Store) {
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
        assert_eq!(
            since.iter().map(|event| (event.id, event.at)).collect::<Vec<_>>(),
            [(2, 20), (3, 30)]
        );
        assert_eq!(since[1].event, flip("b"));
        assert_eq!(store.events_since(0, 1).unwrap().len(), 1);
        assert_eq!(store.events_since(u64::MAX, 10).unwrap(), []);
    }

    #[test]
    fn an_untouched_history_verifies() {
        let (_directory, store) = three();
        assert_eq!(
            store.verify().unwrap(),
            Verified {
                audit: 1,
                transitions: 2
            }
        );
    }

    #[test]
    fn an_edited_a_removed_and_a_cut_off_row_are_each_found() {
        for (tampering, expected) in [
            (
                "UPDATE events SET at = 11 WHERE id = 1",
                Suspect::Row {
                    chain: TRANSITION,
                    id: 1,
                },
            ),
            (
                "UPDATE events SET body = replace(body, 'ab', 'ac') WHERE id = 2",
                Suspect::Row { chain: AUDIT, id: 2 },
            ),
            (
                "DELETE FROM events WHERE id = 1",
                Suspect::Row {
                    chain: TRANSITION,
                    id: 3,
                },
            ),
            (
                "DELETE FROM events WHERE id = 3",
                Suspect::End { chain: TRANSITION },
            ),
        ] {
            let (_directory, store) = three();
            assert_eq!(store.connection.execute(tampering, []).unwrap(), 1);
            match store.verify() {
                Err(StoreError::Broken { suspect, .. }) => assert_eq!(suspect, expected, "{tampering}"),
                other => panic!("{tampering}: {other:?}"),
            }
        }
    }

    #[test]
    fn trimming_keeps_the_newest_transitions_all_audit_and_a_whole_chain() {
        let (_directory, mut store) = three();
        for at in 40..50 {
            store.append(at, &flip("c")).unwrap();
        }
        store.commit(|transaction| trim(transaction, 4)).unwrap();
        assert_eq!(
            store.verify().unwrap(),
            Verified {
                audit: 1,
                transitions: 4
            }
        );
        store.append(50, &flip("d")).unwrap();
        assert_eq!(
            store.verify().unwrap(),
            Verified {
                audit: 1,
                transitions: 5
            }
        );
        assert_eq!(store.events_since(0, 100).unwrap().last().unwrap().id, 14);
    }
}
