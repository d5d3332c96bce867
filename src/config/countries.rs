//! Countries and named groups of them, as a config writes them; `[geoip.groups]` lays its own over the built-in ones.

use super::item::Item;
use super::section::Section;
use super::words::{list, suggestion};
use crate::geo::{Country, group, group_names};

/// Named groups: the config's, then the built-in ones.
#[derive(Default)]
pub(super) struct Groups {
    /// In file order.
    pub(super) own: Vec<(Box<str>, Vec<Country>)>,
}

impl Groups {
    /// Reads `[geoip.groups]`: the members of each, which may be built-in groups too. A broken group is still a name.
    pub(super) fn read(section: &Section<'_>) -> Self {
        let built_in = Self::default();
        let mut own = Vec::new();
        for (name, item) in section.entries() {
            let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
            let word = name.strip_prefix('@').unwrap_or_default();
            if word.is_empty() || !word.bytes().all(plain) {
                item.refuse_key(format_args!(
                    "{name:?} is no name of a group; a word with \"@\" before it, such as \"@EU\""
                ));
                continue;
            }
            let members = read(&item, &built_in).unwrap_or_else(|| Country::all().take(1).collect());
            own.push((name.into(), members));
        }
        Self { own }
    }

    /// The members of a group.
    pub(super) fn members(&self, name: &str) -> Option<&[Country]> {
        let own = self.own.iter().find(|(own, _)| **own == *name);
        own.map(|(_, members)| members.as_slice()).or_else(|| group(name))
    }

    fn names(&self) -> Vec<&str> {
        let own = self.own.iter().map(|(name, _)| &**name).filter(|name| group(name).is_none());
        group_names().map(|name| -> &str { name }).chain(own).collect()
    }
}

/// Countries and groups (`["@EEA", "CH"]`), groups expanded, each country once.
pub(super) fn read(item: &Item<'_>, groups: &Groups) -> Option<Vec<Country>> {
    let mut countries: Vec<Country> = item.list_of(|item| country_or_group(item, groups))?.concat();
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
pub(super) fn known_group<'g>(name: &str, groups: &'g Groups) -> Result<&'g [Country], String> {
    groups.members(name).ok_or_else(|| {
        let hint = suggestion(name, groups.names());
        format!("{name:?} is no group; {hint}groups are {}", list(groups.names()))
    })
}

fn country_or_group(item: &Item<'_>, groups: &Groups) -> Option<Vec<Country>> {
    let text = item.text()?;
    let countries = if text.starts_with('@') {
        known_group(text, groups).map(<[Country]>::to_vec)
    } else if let Some(members) =
        groups.members(&format!("@{text}")).filter(|_| Country::from_code(text).is_none())
    {
        Err(format!("{text:?} is no country; did you mean \"@{text}\", a group of {}?", members.len()))
    } else {
        known_country(text).map(|country| vec![country])
    };
    countries.map_err(|what| item.refuse(what)).ok()
}

/// Codes that people write and ISO 3166-1 does not have.
const MISTAKEN: [(&str, &str); 3] = [("UK", "GB"), ("EL", "GR"), ("KO", "KR")];
