//! What a restart starts from, and the one way to read and write rows.

use rusqlite::{Row, Transaction};

use super::error::StoreError;
use super::schema::Store;
use super::{overrides, returns, verdicts};
use crate::world::Kept;

impl Store {
    /// Everything a restart starts from.
    ///
    /// # Errors
    /// The file cannot be read, or holds what no Meridian writes.
    pub fn load(&self) -> Result<Kept, StoreError> {
        Ok(Kept {
            overrides: self.rows(
                "SELECT region, service, kind, actor, reason, starts, ends, ramp_starts, ramp_ends, share \
                 FROM overrides ORDER BY starts, region",
                overrides::read,
            )?,
            verdicts: self.rows("SELECT region, endpoint, verdict, since, weight FROM verdicts", verdicts::read)?,
            returns: self.rows(
                "SELECT region, word, service, relapses, slots, at FROM returns ORDER BY region, word, service",
                returns::read,
            )?,
        })
    }

    /// Runs one transaction; when this returns `Ok`, it is on disk.
    pub(super) fn commit<T>(
        &mut self,
        act: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let attempt = || {
            let transaction = self.connection.transaction()?;
            let done = act(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        attempt().map_err(|error: rusqlite::Error| StoreError::from_sqlite(&self.path, &error))
    }

    fn rows<T>(
        &self,
        query: &str,
        read: fn(&Row<'_>) -> rusqlite::Result<Option<T>>,
    ) -> Result<Vec<T>, StoreError> {
        let attempt = || {
            let mut statement = self.connection.prepare(query)?;
            statement.query_map([], read)?.collect::<rusqlite::Result<Option<Vec<T>>>>()
        };
        attempt()
            .map_err(|error| self.fault(&error))?
            .ok_or_else(|| self.corrupted("a row holds a word that no Meridian writes".to_owned()))
    }
}
