//! The overrides that hold: put and removed together with the event that says so.

use rusqlite::{Row, Transaction, params};

use super::error::StoreError;
use super::history;
use super::schema::Store;
use crate::world::{Event, Override, OverrideKind, Portion, Ramp, Sort};

impl Store {
    /// Keeps an override in its place, and its event; both or neither. Returns the event's number.
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub fn put_override(&mut self, wanted: &Override, at: u64, event: &Event) -> Result<u64, StoreError> {
        let kept = self.put_overrides(std::slice::from_ref(wanted), at, std::slice::from_ref(event))?;
        Ok(kept.into_iter().next().unwrap_or(0))
    }

    /// Keeps all overrides of one act, each in its place, and the events of the act; all or nothing. Returns the
    /// events' numbers.
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub fn put_overrides(
        &mut self,
        wanted: &[Override],
        at: u64,
        events: &[Event],
    ) -> Result<Vec<u64>, StoreError> {
        self.commit(|transaction| {
            wanted.iter().try_for_each(|wanted| put(transaction, wanted))?;
            events.iter().map(|event| history::append(transaction, at, event)).collect()
        })
    }

    /// Forgets the override that holds in this one's place, and keeps the event; both or neither.
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub fn remove_override(&mut self, ended: &Override, at: u64, event: &Event) -> Result<u64, StoreError> {
        self.commit(|transaction| {
            transaction.execute(
                "DELETE FROM overrides WHERE region = ?1 AND service = ?2 AND place = ?3",
                params![&*ended.region, service(ended), place(ended)],
            )?;
            history::append(transaction, at, event)
        })
    }
}

/// Puts one override in its place.
fn put(transaction: &Transaction<'_>, wanted: &Override) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT OR REPLACE INTO overrides VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            &*wanted.region,
            service(wanted),
            place(wanted),
            wanted.kind.word(),
            &*wanted.actor,
            &*wanted.reason,
            history::integer(wanted.from),
            history::integer(wanted.until),
            wanted.gradual.map(|ramp| history::integer(ramp.since)),
            wanted.gradual.map(|ramp| history::integer(ramp.gone)),
            wanted.kind.portion().map(Portion::hundredths),
        ],
    )?;
    Ok(())
}

/// An override out of its row; none for a word that no Meridian writes.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Option<Override>> {
    let service: Box<str> = row.get(1)?;
    let kind: String = row.get(2)?;
    let portion: Option<u16> = row.get(9)?;
    let Some(kind) = OverrideKind::from_word(&kind, portion.and_then(Portion::of_hundredths)) else {
        return Ok(None);
    };
    let ramp: (Option<i64>, Option<i64>) = (row.get(7)?, row.get(8)?);
    let natural = history::natural;
    Ok(Some(Override {
        region: row.get(0)?,
        service: (!service.is_empty()).then_some(service),
        kind,
        actor: row.get(3)?,
        reason: row.get(4)?,
        from: history::natural(row.get(5)?),
        until: history::natural(row.get(6)?),
        gradual: ramp.0.zip(ramp.1).map(|(since, gone)| Ramp { since: natural(since), gone: natural(gone) }),
    }))
}

/// All services are kept as the empty name, which no service has.
fn service(word: &Override) -> &str {
    word.service.as_deref().unwrap_or("")
}

/// One drain and one force a region and service.
fn place(word: &Override) -> &'static str {
    match word.place().sort {
        Sort::Drain => "drain",
        Sort::Force => "force",
        Sort::Canary => "canary",
        Sort::Hold => "hold",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::Verdict;
    use crate::world::{Kept, KeptReturn, KeptVerdict, Returned};

    fn word(kind: OverrideKind, service: Option<&str>) -> Override {
        Override {
            region: "eu-west".into(),
            service: service.map(Into::into),
            kind,
            actor: "uid:1000(alice)".into(),
            reason: "database upgrade".into(),
            from: 1_000,
            until: 8_200,
            gradual: None,
        }
    }

    fn put(store: &mut Store, word: &Override) -> Result<u64, StoreError> {
        store.put_override(word, word.from, &Event::Overridden(word.clone()))
    }

    #[test]
    fn what_was_put_is_there_after_reopening() {
        let directory = tempfile::tempdir().unwrap();
        let gradual = Some(Ramp { since: 1_000, gone: 1_600 });
        let drain = Override { gradual, ..word(OverrideKind::Drain, None) };
        let returns = [
            KeptReturn { region: "eu-west".into(), from: Returned::Down(3), at: 900 },
            KeptReturn { region: "eu-west".into(), from: Returned::Word(None, 700), at: 950 },
            KeptReturn { region: "eu-west".into(), from: Returned::Word(Some("api".into()), 0), at: 951 },
        ];
        let verdict = KeptVerdict {
            region: "eu-west".into(),
            endpoint: "2001:db8::1".parse().unwrap(),
            verdict: Verdict::Down,
            weight: 100,
            since: 77,
        };
        let mut store = Store::open(directory.path()).unwrap();
        put(&mut store, &drain).unwrap();
        store.put_verdicts(std::slice::from_ref(&verdict)).unwrap();
        store.put_returns(&returns).unwrap();
        drop(store);
        let kept = Store::open(directory.path()).unwrap().load().unwrap();
        assert_eq!(kept, Kept { overrides: vec![drain], verdicts: vec![verdict], returns: returns.into() });
    }

    #[test]
    fn a_region_keeps_one_drain_one_force_and_one_canary_for_each_service() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        let words = [
            word(OverrideKind::Drain, None),
            word(OverrideKind::Drain, Some("api.yourdomain.com")),
            word(OverrideKind::ForceUp, None),
            word(OverrideKind::ForceDown, None),
            word(OverrideKind::Canary(Portion::of_hundredths(250).unwrap()), None),
        ];
        for word in &words {
            put(&mut store, word).unwrap();
        }
        let mut kinds: Vec<_> =
            store.load().unwrap().overrides.iter().map(|word| (word.kind, word.service.is_some())).collect();
        kinds.sort();
        assert_eq!(
            kinds,
            [
                (OverrideKind::Drain, false),
                (OverrideKind::Drain, true),
                (OverrideKind::ForceDown, false),
                (OverrideKind::Canary(Portion::of_hundredths(250).unwrap()), false),
            ]
        );
        let lifted = Event::Expired(words[0].clone());
        store.remove_override(&words[0], 9, &lifted).unwrap();
        assert_eq!(store.load().unwrap().overrides.len(), 3);
    }

    #[test]
    fn a_full_disk_refuses_the_override_and_keeps_the_state_before() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        put(&mut store, &word(OverrideKind::Drain, None)).unwrap();
        let pages: u32 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        store.connection.pragma_update(None, "max_page_count", pages).unwrap();
        let mut large = word(OverrideKind::ForceUp, None);
        large.reason = "x".repeat(100_000).into();
        let before = store.load().unwrap();
        let error = put(&mut store, &large).unwrap_err();
        assert!(matches!(error, StoreError::Full { .. }), "{error}");
        assert!(error.to_string().contains("meridian.db: the disk is full (ENOSPC)"), "{error}");
        assert_eq!(store.load().unwrap(), before);
        store.connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
        put(&mut store, &large).unwrap();
        store.verify().unwrap();
    }

    #[test]
    fn a_read_only_file_refuses_the_override_and_keeps_the_state_before() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        store.connection.pragma_update(None, "query_only", true).unwrap();
        let error = put(&mut store, &word(OverrideKind::Drain, None)).unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
        assert_eq!(store.load().unwrap(), Kept::default());
    }

    #[test]
    fn a_word_that_nobody_writes_is_reported_as_damage() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::open(directory.path()).unwrap();
        put(&mut store, &word(OverrideKind::Drain, None)).unwrap();
        store.connection.execute("UPDATE overrides SET kind = 'dance'", []).unwrap();
        assert!(matches!(store.load().unwrap_err(), StoreError::Corrupted { .. }));
    }
}
