//! Named groups of countries (`@EU`), derived from the country table. Dated data, not legal advice.

use std::sync::LazyLock;

use super::country::{Country, Union};

/// The countries of a named group, in order of code; `None` for a name that is not in [`group_names`].
///
/// - `@EU`: the member states and the territories that GeoIP data counts with them (outermost regions, Åland).
/// - `@EEA`: `@EU` with Iceland, Liechtenstein and Norway: where the GDPR applies.
/// - `@GDPR-adequate`: countries with an unconditional decision under GDPR Art. 45 (so without CA and US,
///   whose decisions cover certain organisations only).
pub fn group(name: &str) -> Option<&'static [Country]> {
    GROUPS.iter().find(|group| group.name == name).map(|group| group.members.as_slice())
}

/// The names that [`group`] knows.
pub fn group_names() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().map(|group| group.name)
}

struct Group {
    name: &'static str,
    members: Vec<Country>,
}

static GROUPS: LazyLock<[Group; 3]> = LazyLock::new(|| {
    let of = |name, is_member: fn(Country) -> bool| Group {
        name,
        members: Country::all().filter(|country| is_member(*country)).collect(),
    };
    [
        of("@EU", |country| matches!(country.row().union, Union::Member | Union::Outermost)),
        of("@EEA", |country| country.row().union != Union::Outside),
        of("@GDPR-adequate", |country| country.row().adequacy.starts_with("full")),
    ]
});

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(name: &str) -> Vec<&'static str> {
        group(name).unwrap().iter().map(|country| country.code()).collect()
    }

    #[test]
    fn the_union_is_its_members_and_their_far_territories() {
        let union = codes("@EU");
        assert_eq!(union.len(), 27 + 7);
        assert!(["AX", "DE", "GP", "RE"].iter().all(|code| union.contains(code)));
        assert!(!union.contains(&"GB") && !union.contains(&"NO"));
    }

    #[test]
    fn the_economic_area_adds_three() {
        let (union, area) = (codes("@EU"), codes("@EEA"));
        let added: Vec<_> = area.iter().filter(|code| !union.contains(code)).copied().collect();
        assert_eq!(added, ["IS", "LI", "NO"]);
        assert_eq!(area.len(), union.len() + 3);
    }

    #[test]
    fn adequacy_with_conditions_does_not_count() {
        let adequate = codes("@GDPR-adequate");
        assert!(["CH", "GB", "JP", "BR"].iter().all(|code| adequate.contains(code)), "{adequate:?}");
        assert!(!adequate.contains(&"US") && !adequate.contains(&"CA"), "{adequate:?}");
    }

    #[test]
    fn an_unknown_group_is_none() {
        assert_eq!(group("@Nowhere"), None);
        assert_eq!(group("EU"), None);
        assert_eq!(group_names().count(), 3);
    }
}
