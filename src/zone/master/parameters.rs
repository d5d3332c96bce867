//! SvcParams of SVCB and HTTPS (RFC 9460): text → sorted wire form, and the check of wire form.

use std::collections::BTreeMap;

use super::super::problem::Reason;
use super::super::rtype::generic;
use super::layout::{self, Field};
use super::lexer::{Fault, Word};
use super::words::{Words, octets};

/// Reads all words that are left as `key`, `key=value` or `key="value"`.
pub(super) fn read(words: &mut Words<'_, '_>, rdata: &mut Vec<u8>) -> Result<(), Fault> {
    let mut all: BTreeMap<u16, Vec<u8>> = BTreeMap::new();
    let mut last = None;
    while let Some(word) = words.next() {
        let (key_text, value_text) = word.text.split_once('=').unwrap_or((word.text, ""));
        let key = number(key_text).ok_or_else(|| word.fault(Reason::Parameter(word.text.to_owned())))?;
        let plain =
            value_text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value_text);
        let value = value(key, &Word { text: plain, ..word })?;
        if all.insert(key, value).is_some() {
            return Err(word.fault(Reason::ParameterTwice(key_text.to_owned())));
        }
        last = Some(word);
    }
    if let (Some(word), Err(why)) = (last, consistent(&all)) {
        return Err(word.fault(Reason::Mandatory(why)));
    }
    for (key, value) in all {
        rdata.extend(key.to_be_bytes());
        rdata.extend(
            u16::try_from(value.len())
                .map_err(|_| words.end_fault(Reason::LongData(value.len())))?
                .to_be_bytes(),
        );
        rdata.extend(value);
    }
    Ok(())
}

/// Whether wire octets are parameters in rising order of keys, each whole.
pub(super) fn are_legal(mut wire: &[u8]) -> bool {
    let mut last = None;
    while let Some(([k0, k1, l0, l1], rest)) = wire.split_first_chunk::<4>() {
        let key = u16::from_be_bytes([*k0, *k1]);
        let Some((_, rest)) = rest.split_at_checked(usize::from(u16::from_be_bytes([*l0, *l1]))) else {
            return false;
        };
        if last.is_some_and(|last| last >= key) {
            return false;
        }
        last = Some(key);
        wire = rest;
    }
    wire.is_empty()
}

fn number(key: &str) -> Option<u16> {
    let known = KEYS.iter().position(|name| *name == key);
    known
        .and_then(|index| u16::try_from(index).ok())
        .or_else(|| generic(key, "key").filter(|key| *key != u16::MAX))
}

fn value(key: u16, word: &Word<'_>) -> Result<Vec<u8>, Fault> {
    let octets = octets(word)?;
    let wrong = |allowed| move || word.wrong("a parameter's value", allowed);
    let text = || std::str::from_utf8(&octets).ok();
    match key {
        0 => text().and_then(mandatory).ok_or_else(wrong("names of keys, comma between them")),
        1 => protocols(&octets).ok_or_else(wrong("protocols such as h2,h3")),
        2 | 8 if octets.is_empty() => Ok(octets),
        2 | 8 => Err(wrong("nothing")()),
        3 => text()
            .and_then(|text| Field::U16.wire(text))
            .filter(|_| !octets.is_empty())
            .ok_or_else(wrong("a port from 0 to 65535")),
        4 => text()
            .and_then(|text| addresses(text, Field::V4))
            .ok_or_else(wrong("IPv4 addresses, comma between them")),
        5 => text().and_then(layout::from_base64).filter(|data| !data.is_empty()).ok_or_else(wrong("base64")),
        6 => text()
            .and_then(|text| addresses(text, Field::V6))
            .ok_or_else(wrong("IPv6 addresses, comma between them")),
        _ => Ok(octets),
    }
}

fn mandatory(text: &str) -> Option<Vec<u8>> {
    let mut keys: Vec<u16> = text.split(',').map(number).collect::<Option<_>>()?;
    keys.sort_unstable();
    let distinct = keys.windows(2).all(|pair| pair[0] != pair[1]);
    (distinct && !keys.contains(&0)).then(|| keys.iter().flat_map(|key| key.to_be_bytes()).collect())
}

/// A value list (RFC 9460 appendix A.1): `\,` and `\\` stand for themselves.
fn protocols(octets: &[u8]) -> Option<Vec<u8>> {
    let mut items = vec![Vec::new()];
    let mut rest = octets.iter();
    while let Some(octet) = rest.next() {
        match octet {
            b',' => items.push(Vec::new()),
            b'\\' => items.last_mut()?.push(*rest.next().filter(|next| matches!(next, b',' | b'\\'))?),
            other => items.last_mut()?.push(*other),
        }
    }
    let mut wire = Vec::new();
    for item in items {
        wire.push(u8::try_from(item.len()).ok().filter(|len| *len > 0)?);
        wire.extend(item);
    }
    Some(wire)
}

fn addresses(text: &str, kind: Field) -> Option<Vec<u8>> {
    let parsed: Option<Vec<Vec<u8>>> = text.split(',').map(|one| kind.wire(one)).collect();
    Some(parsed?.concat())
}

/// RFC 9460 §8 and §7.1.1: what `mandatory` names is there, and `no-default-alpn` stands beside `alpn`.
fn consistent(all: &BTreeMap<u16, Vec<u8>>) -> Result<(), &'static str> {
    let (keys, _) = all.get(&0).map_or(&[][..], Vec::as_slice).as_chunks::<2>();
    if keys.iter().any(|key| !all.contains_key(&u16::from_be_bytes(*key))) {
        return Err("a mandatory key is missing; every key that mandatory names");
    }
    if all.contains_key(&2) && !all.contains_key(&1) {
        return Err("no-default-alpn without alpn; both");
    }
    Ok(())
}

/// Names of the keys 0 to 8.
const KEYS: [&str; 9] =
    ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"];
