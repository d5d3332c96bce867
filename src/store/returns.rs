//! Regions that came back lately or are under load, so that a restart lets their share wait, rise and spill as before.

use rusqlite::{Row, params};

use super::error::StoreError;
use super::history;
use super::schema::Store;
use crate::world::{KeptReturn, Returned};

impl Store {
    /// Keeps these returns in place of all earlier ones.
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub fn put_returns(&mut self, returns: &[KeptReturn]) -> Result<(), StoreError> {
        self.commit(|transaction| {
            transaction.execute("DELETE FROM returns", [])?;
            let mut insert =
                transaction.prepare("INSERT OR REPLACE INTO returns VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
            for kept in returns {
                let (word, service, relapses, slots) = match &kept.from {
                    Returned::Down(relapses) => (DOWN, "", *relapses, 0),
                    Returned::Word(service, slots) => (WORD, service.as_deref().unwrap_or(""), 0, *slots),
                    Returned::Load(slots) => (LOAD, "", 0, *slots),
                };
                let at = history::integer(kept.at);
                insert.execute(params![&*kept.region, word, service, relapses, slots, at])?;
            }
            Ok(())
        })
    }
}

/// A return out of its row.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Option<KeptReturn>> {
    let service: Box<str> = row.get(2)?;
    let from = match row.get::<_, u8>(1)? {
        LOAD => Returned::Load(row.get(4)?),
        WORD => Returned::Word((!service.is_empty()).then_some(service), row.get(4)?),
        _ => Returned::Down(row.get(3)?),
    };
    Ok(Some(KeptReturn { region: row.get(0)?, from, at: history::natural(row.get(5)?) }))
}

/// What a region came back from, as the column `word` says it.
const DOWN: u8 = 0;
const WORD: u8 = 1;
const LOAD: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_returns_replace_all_earlier_ones() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        let back = |from, at| KeptReturn { region: "a".into(), from, at };
        store.put_returns(&[back(Returned::Down(1), 7), back(Returned::Word(None, 5), 8)]).unwrap();
        let later = [back(Returned::Down(2), 9), back(Returned::Load(2_048), 0)];
        store.put_returns(&later).unwrap();
        assert_eq!(store.load().unwrap().returns, later);
    }
}
