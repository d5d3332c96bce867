//! Any octets as the body of `POST /v1/observations`: refused by field, or taken into a world whose services still answer
//! everyone from inside their fences.

use std::fmt::Write;

use meridian::health::{FaultClass, Layer};

use super::admin::{breaks, encode};
use super::bytes::Bytes;
use super::office::{self, Outcome};

/// One case. True when the director heard of it.
pub fn run(data: &[u8]) -> bool {
    let mut bytes = Bytes::new(data);
    let mut body = if bytes.rarely(16) { bytes.rest().to_vec() } else { report(&mut bytes).into_bytes() };
    if bytes.rarely(8) {
        breaks(&mut bytes, &mut body);
    }
    let Outcome { answer, heard } = office::send(&encode("POST", "/v1/observations", Some(&body)));
    let Some((status, text)) = answer else {
        panic!("closed without a word: {body:?}");
    };
    let expected = [204, 400, 403, 404, 409, 413, 422];
    assert!(expected.contains(&status) && (status == 204) == text.is_empty(), "{status} {text}");
    heard > 0
}

fn report(bytes: &mut Bytes<'_>) -> String {
    let vantage = if bytes.rarely(16) { "elsewhere" } else { "local" };
    let sequence =
        *bytes.pick(&["0", "0", "0", "1", "2", "9", "18446744073709551615", "17000000000000000000"]);
    let mut text = format!("{{\"vantage\":\"{vantage}\",\"sequence\":{sequence},\"observations\":[");
    for at in 0..1 + bytes.octet() % 24 {
        if at > 0 {
            text.push(',');
        }
        observation(bytes, &mut text);
    }
    text + "]}"
}

fn observation(bytes: &mut Bytes<'_>, text: &mut String) {
    let (region, endpoint) = *bytes.pick(&ENDPOINTS);
    let region = if bytes.rarely(256) { "mars" } else { region };
    let layer = *bytes.pick(&Layer::ALL);
    let word = if bytes.rarely(256) { "magic" } else { layer.word() };
    let seconds = *bytes.pick(&["0", "0.25", "1e-9", "3600", "12"]);
    let seconds = if bytes.rarely(256) { "3601" } else { seconds };
    let class = bytes.pick(&FaultClass::ALL).word();
    let result = match bytes.octet() % 3 {
        0 => format!("false,\"class\":\"{class}\""),
        _ => "true".to_owned(),
    };
    // Of its own layer, seldom of another.
    let read = if bytes.rarely(256) { *bytes.pick(&Layer::ALL) } else { layer };
    let reading = if bytes.once_in(4) { reading(read) } else { "" };
    write!(
        text,
        "{{\"region\":\"{region}\",\"endpoint\":\"{endpoint}\",\"layer\":\"{word}\",\"passed\":{result},\"seconds\":{seconds}{reading}}}"
    )
    .expect("a String takes it");
}

/// What an attempt at this layer may read.
const fn reading(layer: Layer) -> &'static str {
    match layer {
        Layer::Tls => ",\"reading\":{\"expires\":1800000000}",
        Layer::Readiness => ",\"reading\":{\"database\":\"stalled\"}",
        Layer::Completion | Layer::Provider => ",\"reading\":{\"first_token\":0.3}",
        Layer::Metrics => {
            ",\"reading\":{\"traffic\":{\"requests\":9,\"gateway_errors\":0.5,\"provider_errors\":0,\"rejected\":1}}"
        }
        _ => "",
    }
}

const ENDPOINTS: [(&str, &str); 8] = [
    ("us", "198.18.1.1"),
    ("us", "198.18.1.2"),
    ("us", "2001:db8:ff01::1"),
    ("eu-west", "198.18.2.1"),
    ("eu-west", "2001:db8:ff02::1"),
    ("eu-central", "198.18.3.1"),
    ("jp", "198.18.4.1"),
    ("jp", "2001:db8:ff04::1"),
];
