//! The last verdicts, so that a restart serves at once what was known.

use rusqlite::{Row, params};

use super::error::StoreError;
use super::history;
use super::schema::Store;
use crate::health::Verdict;
use crate::world::KeptVerdict;

impl Store {
    /// Keeps these verdicts in place of all earlier ones.
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub fn put_verdicts(&mut self, verdicts: &[KeptVerdict]) -> Result<(), StoreError> {
        self.commit(|transaction| {
            transaction.execute("DELETE FROM verdicts", [])?;
            let mut insert =
                transaction.prepare("INSERT OR REPLACE INTO verdicts VALUES (?1, ?2, ?3, ?4, ?5)")?;
            for kept in verdicts {
                insert.execute(params![
                    &*kept.region,
                    kept.endpoint.to_string(),
                    kept.verdict.word(),
                    history::integer(kept.since),
                    kept.weight,
                ])?;
            }
            Ok(())
        })
    }
}

/// A verdict out of its row; none for words that no Meridian writes.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Option<KeptVerdict>> {
    let (endpoint, verdict): (String, String) = (row.get(1)?, row.get(2)?);
    let (Ok(endpoint), Some(verdict)) = (endpoint.parse(), Verdict::from_word(&verdict)) else {
        return Ok(None);
    };
    let (region, since, weight) = (row.get(0)?, history::natural(row.get(3)?), row.get(4)?);
    Ok(Some(KeptVerdict { region, endpoint, verdict, weight, since }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_verdicts_replace_all_earlier_ones() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        let verdict = |address: &str| KeptVerdict {
            region: "a".into(),
            endpoint: address.parse().unwrap(),
            verdict: Verdict::Up,
            weight: 40,
            since: 1,
        };
        store.put_verdicts(&[verdict("192.0.2.1"), verdict("192.0.2.2")]).unwrap();
        store.put_verdicts(&[verdict("192.0.2.3")]).unwrap();
        assert_eq!(store.load().unwrap().verdicts, [verdict("192.0.2.3")]);
    }
}
