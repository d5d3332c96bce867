//! Countries and named groups of them, as a config writes them.

use super::item::Item;
use super::words::{list, suggestion};
use crate::geo::{Country, group, group_names};

/// Countries and groups (`["@EEA", "CH"]`), groups expanded, each country once.
pub(super) fn read(item: &Item<'_>) -> Option<Vec<Country>> {
    let mut countries: Vec<Country> = item.list_of(country_or_group)?.concat();
    countries.sort_unstable();
    countries.dedup();
    Some(countries)
}

/// One country by its bare code.
pub(super) fn country(item: &Item<'_>) -> Option<Country> {
    known_country(item.text()?).map_err(|what| item.refuse(what)).ok()
}

/// The country of a code, or what is wrong with the code.
pub(super) fn known_country(code: &str) -> Result<Country, String> {
    Country::from_code(code).ok_or_else(|| {
        let upper = code.to_ascii_uppercase();
        let meant = MISTAKEN.iter().find(|(wrong, _)| *wrong == upper).map_or(&*upper, |(_, right)| right);
        let hint = Country::from_code(meant)
            .map_or_else(String::new, |country| format!("did you mean \"{country}\" ({})? ", country.name()));
        format!("{code:?} is no country; {hint}two capital letters of ISO 3166-1, such as \"DE\"")
    })
}

/// The members of a named group, or what is wrong with its name.
pub(super) fn known_group(name: &str) -> Result<&'static [Country], String> {
    group(name).ok_or_else(|| {
        let hint = suggestion(name, group_names());
        format!("{name:?} is no group; {hint}groups are {}", list(group_names()))
    })
}

fn country_or_group(item: &Item<'_>) -> Option<Vec<Country>> {
    let text = item.text()?;
    let countries = if text.starts_with('@') {
        known_group(text).map(<[Country]>::to_vec)
    } else if let Some(members) = group(&format!("@{text}")).filter(|_| Country::from_code(text).is_none()) {
        Err(format!("{text:?} is no country; did you mean \"@{text}\", a group of {}?", members.len()))
    } else {
        known_country(text).map(|country| vec![country])
    };
    countries.map_err(|what| item.refuse(what)).ok()
}

/// Codes that people write and ISO 3166-1 does not have.
const MISTAKEN: [(&str, &str); 3] = [("UK", "GB"), ("EL", "GR"), ("KO", "KR")];
