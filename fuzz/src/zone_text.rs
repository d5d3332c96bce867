//! Octets → the text of a master file: a line a record, of a few labels and all kinds of data, so that names meet.

use std::fmt::Write;

use super::bytes::Bytes;

/// A zone file's text.
pub(crate) fn text(data: &[u8]) -> String {
    let mut bytes = Bytes::new(data);
    if bytes.rarely(16) {
        return String::from_utf8_lossy(bytes.rest()).into_owned();
    }
    let mut text = String::from(HEAD);
    for _ in 0..40 {
        if bytes.is_empty() {
            break;
        }
        if bytes.rarely(64) {
            text.push_str(&String::from_utf8_lossy(bytes.take(24)));
        }
        line(&mut bytes, &mut text);
    }
    text
}

fn line(bytes: &mut Bytes<'_>, text: &mut String) {
    let owner = name(bytes);
    let ttl = bytes.pick(&["", "", "", " 60", " 0", " 1h30m", " 2147483647"]);
    let class = bytes.pick(&["", "", "", " IN"]);
    let number = bytes.octet();
    let target = name(bytes);
    let words = format!("\\{number:03}{}", ["", "x", " y", "\\\"", "; z"][usize::from(number % 5)]);
    let data = match bytes.octet() % 20 {
        0 | 1 => format!("A 192.0.2.{number}"),
        2 => format!("AAAA 2001:db8::{number:x}"),
        3 | 4 => format!("CNAME {target}"),
        5 => format!("DNAME {target}"),
        6 | 7 => format!("NS {target}"),
        8 => format!("MX {number} {target}"),
        9 => format!("TXT \"{words}\" a{number}"),
        10 => format!("SRV 0 {number} 53 {target}"),
        11 => format!("DS {number} 13 2 {}", "ab".repeat(32)),
        12 => format!("TYPE65280 \\# 2 {number:04x}"),
        13 => format!("A \\# 4 c00002{number:02x}"),
        14 => format!("CAA {number} issue \"ca.example\""),
        15 => format!("HTTPS 1 {target} alpn=h2 port={number} ipv4hint=192.0.2.{number}"),
        16 => format!("SVCB {number} {target}"),
        17 => format!("NAPTR {number} 1 \"s\" \"SIP+D2U\" \"\" {target}"),
        18 => format!("( TXT\n \"over\" ; a comment\n  lines{number} )"),
        _ => format!("PTR {target}"),
    };
    writeln!(text, "{owner}{ttl}{class} {data}").expect("a String takes it");
}

fn name(bytes: &mut Bytes<'_>) -> String {
    let mut labels = Vec::new();
    for _ in 0..1 + bytes.octet() % 3 {
        labels.push(*bytes.pick(&["a", "b", "*", "c", "A", "ns", "_x", "a\\.b", "\\000", "d"]));
    }
    let below = *bytes.pick(&["", "", "", ".z.test.", ".other.test.", "."]);
    match bytes.octet() % 8 {
        0 => "@".to_owned(),
        _ => labels.join(".") + below,
    }
}

const HEAD: &str = "$TTL 300\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";
