//! An alarm: `{kind, subject, since, evidence}`.

use serde::{Deserialize, Serialize};

use super::moment::Moment;
use crate::world::Alarm;

/// Something that holds and should not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmBody {
    /// The stable name of its kind; `docs/alarms.md` has them all.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// Since when it holds; since the start at the earliest.
    pub since: Moment,
    /// One sentence for people.
    pub evidence: String,
}

impl From<Alarm> for AlarmBody {
    fn from(alarm: Alarm) -> Self {
        Self {
            kind: alarm.kind.word().to_owned(),
            subject: alarm.subject.into(),
            since: Moment(alarm.since),
            evidence: alarm.evidence.into(),
        }
    }
}
