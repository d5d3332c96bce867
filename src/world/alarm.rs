//! An alarm: what an operator should look at now. Its kind has a stable name, which automation may rely on; its sentence
//! is for people, and may change.

use std::collections::BTreeMap;
use std::fmt;

/// Something that holds and should not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What sort of thing.
    pub kind: AlarmKind,
    /// What it is about (a region, an endpoint, a service): with the kind, what makes it one alarm.
    pub subject: Box<str>,
    /// Unix seconds since which it holds; since the start at the earliest.
    pub since: u64,
    /// One sentence: what is so, by which evidence, and what mends it where that is known.
    pub evidence: Box<str>,
}

/// Every kind of alarm, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmKind {
    /// A service has nothing eligible left inside a fence.
    LastResort,
    /// A region's verdict is down.
    RegionDown,
    /// Less than half of the capacity is healthy.
    Panic,
    /// A region serves, and none of its endpoints of one address family is up.
    FamilyDown,
    /// Too few vantages are believed to judge by.
    TooFewVantages,
    /// None of this vantage's own control targets answers.
    VantageCutOff,
    /// A vantage is not believed.
    VantageNotBelieved,
    /// Most regions show the same symptom at once.
    CommonSymptom,
    /// A region falls again and again soon after it came back.
    RegionFlaps,
    /// A region's providers do not answer it.
    ProviderDown,
    /// The database of a region's gateway does not answer it.
    GatewayDatabaseDown,
    /// A region's database is far behind its primary.
    DatabaseLag,
    /// A gateway refuses the probe itself: a key, a path, a model.
    ProbeMisconfigured,
    /// Nobody has observed an endpoint for some intervals.
    EndpointUnobserved,
    /// A task of the prober died.
    ProberDead,
    /// The prober finishes nothing.
    ProberHangs,
    /// The prober leaves probes out.
    ProberBehind,
    /// A certificate that an endpoint shows expires soon.
    EndpointCertificate,
    /// The certificate of DoT and DoQ expires soon.
    ServerCertificate,
    /// A service is asked more often than its budget says.
    BudgetExceeded,
    /// What was accepted last is served, since the newest files are broken.
    LastKnownGood,
    /// What serves could not be kept for a restart.
    NotKept,
    /// A newer location database is held back.
    LocationDatabaseHeld,
    /// A newer location database waits for a reload.
    LocationDatabaseWaits,
    /// The location database is old.
    LocationDatabaseOld,
}

impl AlarmKind {
    /// Every kind.
    pub const ALL: [Self; 25] = [
        Self::LastResort,
        Self::RegionDown,
        Self::Panic,
        Self::FamilyDown,
        Self::TooFewVantages,
        Self::VantageCutOff,
        Self::VantageNotBelieved,
        Self::CommonSymptom,
        Self::RegionFlaps,
        Self::ProviderDown,
        Self::GatewayDatabaseDown,
        Self::DatabaseLag,
        Self::ProbeMisconfigured,
        Self::EndpointUnobserved,
        Self::ProberDead,
        Self::ProberHangs,
        Self::ProberBehind,
        Self::EndpointCertificate,
        Self::ServerCertificate,
        Self::BudgetExceeded,
        Self::LastKnownGood,
        Self::NotKept,
        Self::LocationDatabaseHeld,
        Self::LocationDatabaseWaits,
        Self::LocationDatabaseOld,
    ];

    /// Its word in JSON, events, metrics and logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::LastResort => "last_resort",
            Self::RegionDown => "region_down",
            Self::Panic => "panic",
            Self::FamilyDown => "family_down",
            Self::TooFewVantages => "too_few_vantages",
            Self::VantageCutOff => "vantage_cut_off",
            Self::VantageNotBelieved => "vantage_not_believed",
            Self::CommonSymptom => "common_symptom",
            Self::RegionFlaps => "region_flaps",
            Self::ProviderDown => "provider_down",
            Self::GatewayDatabaseDown => "gateway_database_down",
            Self::DatabaseLag => "database_lag",
            Self::ProbeMisconfigured => "probe_misconfigured",
            Self::EndpointUnobserved => "endpoint_unobserved",
            Self::ProberDead => "prober_dead",
            Self::ProberHangs => "prober_hangs",
            Self::ProberBehind => "prober_behind",
            Self::EndpointCertificate => "endpoint_certificate",
            Self::ServerCertificate => "server_certificate",
            Self::BudgetExceeded => "budget_exceeded",
            Self::LastKnownGood => "last_known_good",
            Self::NotKept => "not_kept",
            Self::LocationDatabaseHeld => "location_database_held",
            Self::LocationDatabaseWaits => "location_database_waits",
            Self::LocationDatabaseOld => "location_database_old",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for Alarm {
    /// Its sentence.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.evidence)
    }
}

/// Alarms that hold: one a kind and subject, the gravest kind first.
#[derive(Clone, Debug, Default)]
pub struct Alarms(BTreeMap<(AlarmKind, Box<str>), Box<str>>);

impl Alarms {
    /// Adds one. What is already said of the subject stays.
    pub fn raise(&mut self, kind: AlarmKind, subject: impl Into<Box<str>>, evidence: impl Into<Box<str>>) {
        self.0.entry((kind, subject.into())).or_insert_with(|| evidence.into());
    }

    /// Each, as one that holds since `since` tells (Unix seconds).
    pub fn dated(self, since: impl Fn(AlarmKind, &str) -> u64) -> Vec<Alarm> {
        let alarm = |((kind, subject), evidence): ((AlarmKind, Box<str>), Box<str>)| {
            let since = since(kind, &subject);
            Alarm { kind, subject, since, evidence }
        };
        self.0.into_iter().map(alarm).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        for (at, kind) in AlarmKind::ALL.into_iter().enumerate() {
            assert_eq!(AlarmKind::from_word(kind.word()), Some(kind));
            assert_eq!(kind as usize, at, "{}: gravest first, as declared", kind.word());
        }
        assert_eq!(AlarmKind::from_word("storm"), None);
    }

    #[test]
    fn one_subject_is_told_of_once_a_kind_and_the_gravest_kind_comes_first() {
        let mut alarms = Alarms::default();
        alarms.raise(AlarmKind::ProviderDown, "eu", "its first endpoint says so");
        alarms.raise(AlarmKind::ProviderDown, "eu", "its second says so");
        alarms.raise(AlarmKind::RegionDown, "us", "down");
        let told = alarms.dated(|_, subject| subject.len() as u64);
        let told: Vec<_> =
            told.iter().map(|alarm| (alarm.kind.word(), &*alarm.evidence, alarm.since)).collect();
        assert_eq!(told, [("region_down", "down", 2), ("provider_down", "its first endpoint says so", 2)]);
    }
}
