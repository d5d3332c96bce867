//! Route 53: the JSON of `aws route53 list-resource-record-sets`. Plain sets become records; sets with a routing policy
//! become services, a region each.

mod places;
mod policy;
mod record;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::draft::Draft;
use super::{ImportError, text};
use policy::Policy;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    resource_record_sets: Vec<RecordSet>,
}

/// One set, as the API gives it (ResourceRecordSet of 2013-04-01).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RecordSet {
    name: String,
    #[serde(rename = "Type")]
    rtype: String,
    #[serde(rename = "TTL")]
    ttl: Option<u32>,
    resource_records: Vec<Record>,
    set_identifier: String,
    weight: Option<u32>,
    region: Option<String>,
    failover: Option<String>,
    geo_location: Option<GeoLocation>,
    multi_value_answer: Option<bool>,
    alias_target: Option<serde_json::Value>,
    health_check_id: Option<String>,
    cidr_routing_config: Option<serde_json::Value>,
    geo_proximity_location: Option<serde_json::Value>,
    traffic_policy_instance_id: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    value: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct GeoLocation {
    continent_code: Option<String>,
    country_code: Option<String>,
    subdivision_code: Option<String>,
}

/// Reads a zone.
pub(super) fn read(path: &Path) -> Result<Draft, ImportError> {
    let fault = |line, what: String| ImportError::Syntax { path: path.to_owned(), line, what };
    let file: File =
        serde_json::from_str(&text(path)?).map_err(|error| fault(error.line(), error.to_string()))?;
    let sets = file.resource_record_sets;
    let apex = sets.iter().find(|set| set.rtype == "SOA");
    let apex = apex.ok_or_else(|| fault(0, "no SOA; a whole zone is expected".to_owned()))?;
    let origin = record::name(&apex.name).trim_end_matches('.').to_owned();
    let mut draft = Draft::default();
    let mut zone = format!("$ORIGIN {origin}.\n");
    let mut steered: BTreeMap<String, Vec<RecordSet>> = BTreeMap::new();
    for set in sets {
        let place = format!("{} {} {}", record::name(&set.name), set.rtype, set.set_identifier);
        let place = place.trim_end().to_owned();
        set.complain(&place, &mut draft);
        match Policy::of(&set) {
            _ if set.alias_target.is_some() => {
                draft.note(place, "an alias is not carried: name the addresses it stands for");
            }
            Policy::Simple => zone += &record::lines(&set),
            Policy::Unknown(what) => draft.note(place, format!("{what} is not carried; left out")),
            _ if !matches!(set.rtype.as_str(), "A" | "AAAA") => {
                draft.note(place, "only addresses are steered; left out");
            }
            _ => steered.entry(record::name(&set.name)).or_default().push(set),
        }
    }
    for (name, sets) in steered {
        policy::service(name.trim_end_matches('.'), &sets, &mut draft);
    }
    draft.zones.insert(origin, zone);
    Ok(draft)
}

impl RecordSet {
    /// Says what of it is lost whatever becomes of the rest.
    fn complain(&self, place: &str, draft: &mut Draft) {
        if self.health_check_id.is_some() {
            draft.note(place, "its health check is not in the file: give its region a probe");
        }
        if self.multi_value_answer == Some(true) {
            draft.note(place, "multivalue answers become one set with all values");
        }
        if self.traffic_policy_instance_id.is_some() {
            draft.note(place, "made by a traffic policy, which is not in the file");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::draft::Strategy;

    fn read_text(json: &str) -> Result<Draft, ImportError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), json).unwrap();
        read(file.path())
    }

    #[test]
    fn routing_policies_become_services_and_plain_sets_records() {
        let draft = read_text(include_str!("../../../tests/import/route53.json")).unwrap();
        let service = |name: &str| draft.services.iter().find(|service| service.name == name).unwrap();
        let Strategy::Geo(lists) = &service("api.example.com").strategy else { panic!("not by place") };
        let keys: Vec<&str> = lists.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["continent:EU", "country:GB", "default"]);
        assert_eq!(service("api.example.com").ttl, (60, 60));
        assert_eq!(service("db.example.com").strategy, Strategy::Failover);
        assert_eq!(service("db.example.com").regions, ["db-primary", "db-secondary"]);
        assert_eq!(service("near.example.com").strategy, Strategy::Nearest);
        let weights = vec![("w-blue".to_owned(), 90), ("w-green".to_owned(), 10)];
        assert_eq!(service("w.example.com").strategy, Strategy::Weighted(weights));
        let eu = draft.regions.iter().find(|region| region.name == "api-europe").unwrap();
        assert_eq!(eu.endpoints.len(), 2, "an A and an AAAA of one identifier are one region");
        let zone = &draft.zones["example.com"];
        assert!(zone.contains("example.com. 900 IN SOA ns-1.awsdns-01.org."), "{zone}");
        assert!(zone.contains("*.example.com. 300 IN TXT \"a b\""), "escapes are undone: {zone}");
        assert!(!zone.contains("api.example.com."), "what is steered is no record: {zone}");
    }

    #[test]
    fn what_has_no_equal_is_listed() {
        let draft = read_text(include_str!("../../../tests/import/route53.json")).unwrap();
        let notes: Vec<String> =
            draft.notes.iter().map(|note| format!("{}: {}", note.place, note.what)).collect();
        for said in [
            "www.example.com. A: an alias",
            "cidr.example.com. A office: routing by CIDR",
            "subdivision:US-CA needs a city database",
            "health check",
            "latency",
        ] {
            assert!(notes.iter().any(|note| note.contains(said)), "{said} in {notes:#?}");
        }
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        let refused = |json: &str| read_text(json).unwrap_err().to_string();
        assert!(refused("{}").contains("ResourceRecordSets"));
        assert!(refused(r#"{"ResourceRecordSets": []}"#).contains("no SOA"));
    }
}
