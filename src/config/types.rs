//! `services.S.types` and `services.S.https`: what a service can be asked for.

use super::families::Families;
use super::item::Item;
use super::section::Section;
use crate::steer::{Binding, SteeredType};

/// The keys as written.
pub(super) struct Types<'a> {
    types: Option<(Item<'a>, Vec<SteeredType>)>,
    binding: Binding,
}

/// Reads the keys from a service.
pub(super) fn read<'a>(section: &mut Section<'a>) -> Option<Types<'a>> {
    let types = section.maybe("types", |item| Some((item.clone(), list(item)?)));
    let binding = section.table("https", binding);
    let types = types?;
    let useless = types.as_ref().is_none_or(|(_, types)| !types.iter().any(has_binding));
    if useless {
        section.refuse_present("https", "has no use; types = [\"A\", \"AAAA\", \"HTTPS\"], or leave it out");
    }
    Some(Types { types, binding: binding?.unwrap_or_else(|| Binding::new(&[], None)) })
}

impl Types<'_> {
    /// The types, where they are there.
    pub(super) fn written(&self) -> Option<&[SteeredType]> {
        self.types.as_ref().map(|(_, types)| types.as_slice())
    }

    /// The types to steer: those that are written, else what the regions have addresses for.
    pub(super) fn resolve(self, families: Families) -> Option<(Vec<SteeredType>, Binding)> {
        let Some((item, types)) = self.types else {
            return Some((families.types(), self.binding));
        };
        if families.is_alias() {
            item.refuse("the regions have CNAME targets, which answer every type; leave it out");
            return None;
        }
        let wanted: Vec<_> = types.iter().filter(|one| !has_binding(one)).copied().collect();
        if families.steered(&types).types().len() < wanted.len() {
            item.refuse(format_args!(
                "the regions have {} addresses only; types that they have addresses for",
                families
            ));
            return None;
        }
        Some((types, self.binding))
    }
}

fn list(item: &Item<'_>) -> Option<Vec<SteeredType>> {
    let types = item.list_of_once(|item| item.choice(&TYPES))?;
    let addresses = types.iter().any(|one| !has_binding(one));
    if !addresses {
        item.refuse("no address type; \"A\", \"AAAA\" or both, beside \"HTTPS\" and \"SVCB\"");
    }
    addresses.then_some(types)
}

fn has_binding(steered: &SteeredType) -> bool {
    matches!(steered, SteeredType::Https | SteeredType::Svcb)
}

fn binding(mut section: Section<'_>) -> Option<Binding> {
    let alpn = section.or("alpn", Vec::new(), |item| item.list_of_once(protocol));
    let port = section.maybe("port", |item| item.integer(1..=u64::from(u16::MAX)));
    section.finish();
    Some(Binding::new(&alpn?, port?))
}

fn protocol<'a>(item: &Item<'a>) -> Option<&'a str> {
    item.parse("a protocol of 1 to 32 octets, such as \"h2\"", |text| {
        ((1..=32).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_graphic())).then_some(text)
    })
}

const TYPES: [(&str, SteeredType); 4] = [
    ("A", SteeredType::A),
    ("AAAA", SteeredType::Aaaa),
    ("HTTPS", SteeredType::Https),
    ("SVCB", SteeredType::Svcb),
];
