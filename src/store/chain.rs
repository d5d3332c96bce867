//! The two hash chains: which event goes where, how a row is hashed, and whether every hash still fits.

use sha2::{Digest, Sha256};

use super::error::{StoreError, Suspect};
use super::history::natural;
use super::schema::Store;
use crate::world::Event;

/// Operators' acts and reloads; kept for ever.
pub(super) const AUDIT: &str = "audit";
/// Verdicts, alarms and last resorts; the newest are kept.
pub(super) const TRANSITION: &str = "transition";

/// What a whole history holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Operators' acts and reloads.
    pub audit: u64,
    /// Verdicts, alarms and last resorts.
    pub transitions: u64,
}

impl Store {
    /// Recomputes every hash of both chains.
    ///
    /// # Errors
    /// The first row, or the end, that is not what was written.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        Ok(Verified { audit: self.verify_chain(AUDIT)?, transitions: self.verify_chain(TRANSITION)? })
    }

    fn verify_chain(&self, chain: &'static str) -> Result<u64, StoreError> {
        match self.walk(chain).map_err(|error| self.fault(&error))? {
            Ok(rows) => Ok(rows),
            Err(suspect) => Err(StoreError::Broken { path: self.path.clone(), suspect }),
        }
    }

    fn walk(&self, chain: &'static str) -> rusqlite::Result<Result<u64, Suspect>> {
        let (mut link, head): (Vec<u8>, Vec<u8>) = self.connection.query_row(
            "SELECT anchor, head FROM chains WHERE chain = ?1",
            [chain],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut statement =
            self.connection.prepare("SELECT id, at, body, hash FROM events WHERE chain = ?1 ORDER BY id")?;
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
        Ok(if link == head { Ok(count) } else { Err(Suspect::End { chain }) })
    }
}

/// The chain of an event.
pub(super) const fn chain_of(event: &Event) -> &'static str {
    match event {
        Event::Endpoint { .. }
        | Event::Region { .. }
        | Event::Weight { .. }
        | Event::LastResort { .. }
        | Event::Alarm { .. }
        | Event::Pushed(_)
        | Event::PushEnded(_) => TRANSITION,
        Event::Overridden(_)
        | Event::Lifted { .. }
        | Event::Expired(_)
        | Event::Reloaded { .. }
        | Event::LastKnownGood { .. }
        | Event::Proven(_)
        | Event::DatabaseHeld { .. }
        | Event::ReloadRefused { .. }
        | Event::ReloadForced { .. }
        | Event::RuleOverridden { .. } => AUDIT,
    }
}

/// The next link: SHA-256 over the link before it and the row.
pub(super) fn hash(before: &[u8], id: i64, at: i64, body: &str) -> Vec<u8> {
    Sha256::new()
        .chain_update(before)
        .chain_update(id.to_be_bytes())
        .chain_update(at.to_be_bytes())
        .chain_update(body)
        .finalize()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::super::history::tests::three;
    use super::*;

    #[test]
    fn an_untouched_history_verifies() {
        let (_directory, store) = three();
        assert_eq!(store.verify().unwrap(), Verified { audit: 1, transitions: 2 });
    }

    #[test]
    fn an_edited_a_removed_and_a_cut_off_row_are_each_found() {
        for (tampering, expected) in [
            ("UPDATE events SET at = 11 WHERE id = 1", Suspect::Row { chain: TRANSITION, id: 1 }),
            (
                "UPDATE events SET body = replace(body, 'ab', 'ac') WHERE id = 2",
                Suspect::Row { chain: AUDIT, id: 2 },
            ),
            ("DELETE FROM events WHERE id = 1", Suspect::Row { chain: TRANSITION, id: 3 }),
            ("DELETE FROM events WHERE id = 3", Suspect::End { chain: TRANSITION }),
        ] {
            let (_directory, store) = three();
            assert_eq!(store.connection.execute(tampering, []).unwrap(), 1);
            match store.verify() {
                Err(StoreError::Broken { suspect, .. }) => assert_eq!(suspect, expected, "{tampering}"),
                other => panic!("{tampering}: {other:?}"),
            }
        }
    }
}
