//! Wall time in JSON: RFC 3339, UTC, whole seconds.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Unix seconds, written `2026-11-20T07:02:42Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

/// 9999-12-31T23:59:59Z, the last moment that RFC 3339 can write.
const LAST: u64 = 253_402_300_799;

impl Moment {
    /// This moment; a clock before 1970 reads as 1970.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self(since.map_or(0, |since| since.as_secs()))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.min(LAST));
        write!(out, "{}", humantime::format_rfc3339_seconds(time))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_rfc3339(&text)
            .ok()
            .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
            .map(|since| Self(since.as_secs()))
            .ok_or_else(|| {
                de::Error::custom(format!("{text:?}; allowed is a time like 2026-11-20T07:02:42Z"))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_utc_seconds_and_come_back() {
        let json = serde_json::to_string(&Moment(1_795_158_162)).unwrap();
        assert_eq!(json, r#""2026-11-20T07:02:42Z""#);
        assert_eq!(serde_json::from_str::<Moment>(&json).unwrap(), Moment(1_795_158_162));
    }

    #[test]
    fn no_number_of_seconds_panics() {
        assert_eq!(Moment(u64::MAX).to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Moment(0).to_string(), "1970-01-01T00:00:00Z");
    }
}
