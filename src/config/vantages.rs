//! `[vantages.NAME]`: places that may report, and `server.vantage`: which of them this server is.

use super::declared::Declared;
use super::item::Item;
use super::section::Section;
use super::server::{self, socket_address};
use crate::health::{Vantage, VantageId};

/// Reads every vantage.
pub(super) fn read<'a>(section: &Section<'a>) -> Declared<'a, Vantage> {
    let vantages = Declared::read("vantage", section, vantage);
    if let Some(surplus) = vantages.iter().nth(MOST) {
        surplus.item.refuse_key(format_args!("vantage {}; at most {MOST}", MOST + 1));
    }
    vantages
}

fn vantage(name: &str, mut section: Section<'_>) -> Option<Vantage> {
    let controls = section.or("controls", Vec::new(), |item: &Item<'_>| {
        let controls = item.list_of_once(socket_address)?;
        if let Some(control) = controls.iter().find(|control| control.port() == 0) {
            item.refuse(format_args!(
                "{control} has no port; a TCP port that listens, such as {}:443",
                control.ip()
            ));
            return None;
        }
        Some(controls)
    });
    section.finish();
    Some(Vantage { name: name.into(), controls: controls?.into() })
}

/// Which vantage this server is; none: it does not probe. The outer none: what is written is wrong, and that was said.
pub(super) fn own<'a>(
    server: &server::Written<'a>,
    vantages: &Declared<'a, Vantage>,
) -> Option<Option<VantageId>> {
    let named = match &server.vantage {
        Some((item, _)) if vantages.iter().next().is_none() => {
            item.refuse("there is no vantage declared; [vantages.NAME] for it, or leave it out");
            return None;
        }
        Some((item, name)) => vantages.refer(item, name)?,
        None => 0,
    };
    Some(server.probing.then_some(VantageId(named as u8)))
}

/// Far more than see anything that others do not.
const MOST: usize = 32;
