//! Reading requests: bodies and query parameters, bounded, with every unknown name refused.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use ipnet::IpNet;
use serde::de::DeserializeOwned;

use super::act::{Drifting, Question, Supposed, Supposition};
use super::refused::Refused;

/// The largest body taken.
pub(super) const BODY_LIMIT: usize = 64 * 1024;

/// Reads a JSON body under the size limit and within `wait`.
pub(super) async fn json<T: DeserializeOwned>(body: Body, wait: Duration) -> Result<T, Refused> {
    parse(&octets(body, wait).await?)
}

/// The same, where no body at all stands for the default.
pub(super) async fn json_or_nothing<T: DeserializeOwned + Default>(
    body: Body,
    wait: Duration,
) -> Result<T, Refused> {
    let octets = octets(body, wait).await?;
    if octets.is_empty() { Ok(T::default()) } else { parse(&octets) }
}

fn parse<T: DeserializeOwned>(octets: &[u8]) -> Result<T, Refused> {
    if !octets.trim_ascii_start().starts_with(b"{") {
        return Err(Refused::bad("body: not a JSON object"));
    }
    serde_json::from_slice(octets).map_err(|error| Refused::bad(format!("body: {error}")))
}

async fn octets(body: Body, wait: Duration) -> Result<Bytes, Refused> {
    let too_large = || {
        let error = format!("the body is larger than {} KiB", BODY_LIMIT / 1024);
        Refused::new(StatusCode::PAYLOAD_TOO_LARGE, error)
    };
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(wait, axum::body::to_bytes(body, BODY_LIMIT + 1)).await {
        Ok(Ok(bytes)) if bytes.len() <= BODY_LIMIT => Ok(bytes),
        Ok(_) => Err(too_large()),
        Err(_) => {
            let error = format!("the body did not arrive within {}", humantime::format_duration(wait));
            Err(Refused::new(StatusCode::REQUEST_TIMEOUT, error))
        }
    }
}

/// The query parameters of one request, each of an allowed name.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

/// A query string as it came, decoded.
#[derive(Debug)]
pub(super) struct RawQuery(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for RawQuery {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refused> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(pairs)) => Ok(Self(pairs)),
            Err(error) => Err(Refused::bad(format!("query: {error}"))),
        }
    }
}

impl RawQuery {
    /// Without what a form left empty.
    pub(super) fn filled(self) -> Self {
        Self(self.0.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect())
    }

    /// Names and values, in order.
    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

/// The region in a route's path.
#[derive(Debug)]
pub(super) struct RegionName(pub(super) Box<str>);

impl<S: Send + Sync> FromRequestParts<S> for RegionName {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) => Ok(Self(name.into())),
            Err(error) => Err(Refused::bad(format!("region: {error}"))),
        }
    }
}

impl Parameters {
    /// Takes the parameters called one of `allowed`, and refuses others by name.
    pub(super) fn of(RawQuery(pairs): RawQuery, allowed: &[&str]) -> Result<Self, Refused> {
        match pairs.iter().find(|(name, _)| !allowed.contains(&name.as_str())) {
            Some((name, _)) if allowed.is_empty() => {
                Err(Refused::bad(format!("query: unknown parameter {name:?}; this route takes none")))
            }
            Some((name, _)) => Err(Refused::bad(format!(
                "query: unknown parameter {name:?}; allowed are {}",
                allowed.join(", ")
            ))),
            None => Ok(Self(pairs)),
        }
    }

    /// The value of a parameter that may be given once.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, Refused> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Refused::bad(format!("query: {name:?} is given twice; allowed is once"))),
            (first, None) => Ok(first),
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refused> {
        self.one(name)?.ok_or_else(|| Refused::bad(format!("query: {name:?} is missing")))
    }

    fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The service in `?service=`, as services are called.
    pub(super) fn service(&self) -> Result<Option<Box<str>>, Refused> {
        Ok(self.one("service")?.map(canonical))
    }

    /// What `?accept_drift=` says of a location database that moves too many.
    pub(super) fn drifting(&self) -> Result<Drifting, Refused> {
        let drifting = |text: &str| match text {
            "true" => Some(Drifting::Accepted),
            "false" => Some(Drifting::Held),
            _ => None,
        };
        parsed("accept_drift", self.one("accept_drift")?.unwrap_or("false"), "true or false", drifting)
    }

    /// The subnet in `?client=`.
    pub(super) fn client(&self) -> Result<IpNet, Refused> {
        parsed("client", self.required("client")?, "an address or prefix", subnet)
    }

    /// The question in `?name=&client=&type=&resolver=&if=`.
    pub(super) fn question(&self) -> Result<Question, Refused> {
        let resolver = self
            .one("resolver")?
            .map(|text| parsed("resolver", text, "an address", |text| text.parse::<IpAddr>().ok()))
            .transpose()?;
        let rtype = parsed("type", self.one("type")?.unwrap_or("A"), RTYPES, rtype)?;
        Ok(Question {
            name: canonical(self.required("name")?),
            client: self.client()?,
            resolver,
            rtype,
            suppositions: self
                .all("if")
                .map(|text| parsed("if", text, "REGION=up|down|drained", supposition))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn parsed<T>(name: &str, text: &str, allowed: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Refused> {
    parse(text).ok_or_else(|| Refused::bad(format!("query: {name}: {text:?}; allowed is {allowed}")))
}

/// A hostname as services and zones are called: lower case, without the final dot.
pub fn canonical(name: &str) -> Box<str> {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase().into()
}

/// `ADDRESS` or `ADDRESS/LENGTH`; bits beyond the length are cut off.
pub fn subnet(text: &str) -> Option<IpNet> {
    let prefix: Option<IpNet> = text.parse().ok();
    prefix.map(|prefix| prefix.trunc()).or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// What [`rtype`] takes, for people.
pub const RTYPES: &str = "A, AAAA, HTTPS or TYPEn";

/// A type's number: a steered type's name, or `TYPEn` (RFC 3597 §5).
pub fn rtype(text: &str) -> Option<u16> {
    match text.to_ascii_uppercase().as_str() {
        "A" => Some(1),
        "AAAA" => Some(28),
        "HTTPS" => Some(65),
        other => other.strip_prefix("TYPE")?.parse().ok(),
    }
}

/// `REGION=up|down|drained`
pub fn supposition(text: &str) -> Option<Supposition> {
    let (region, state) = text.rsplit_once('=')?;
    let state = match state {
        "up" => Supposed::Up,
        "down" => Supposed::Down,
        "drained" => Supposed::Drained,
        _ => return None,
    };
    (!region.is_empty()).then(|| Supposition { region: region.into(), state })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_addresses_or_prefixes_and_lose_their_host_bits() {
        let texts = |text: &str| subnet(text).map(|net| net.to_string());
        assert_eq!(texts("81.2.69.7/24").as_deref(), Some("81.2.69.0/24"));
        assert_eq!(texts("2001:db8::1").as_deref(), Some("2001:db8::1/128"));
        assert_eq!(texts("81.2.69.0/33"), None);
        assert_eq!(texts("somewhere"), None);
    }

    #[test]
    fn suppositions_name_a_region_and_a_state() {
        let eu = supposition("eu-west=drained").unwrap();
        assert_eq!((&*eu.region, eu.state), ("eu-west", Supposed::Drained));
        assert_eq!(supposition("eu-west=sideways"), None);
        assert_eq!(supposition("=up"), None);
        assert_eq!(supposition("eu-west"), None);
    }

    #[test]
    fn types_are_names_or_numbers() {
        assert_eq!(
            [rtype("a"), rtype("AAAA"), rtype("TYPE65"), rtype("https"), rtype("MANY")],
            [Some(1), Some(28), Some(65), Some(65), None]
        );
    }
}
