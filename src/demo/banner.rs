//! What the demo says when it runs: lines to paste into another terminal, in the order a visitor would try them.

use super::config::Places;
use super::gateway::{DRAIN_TOKEN, KEY};
use super::gateways::Gateways;

/// The text for a terminal. `program` is how this binary is called, as `target/release/meridian`.
#[must_use]
pub fn banner(places: &Places, gateways: &Gateways, program: &str) -> String {
    let dig = format!("dig @{} -p {}", places.dns.ip(), places.dns.port());
    let api = format!("{dig} +short api.yourdomain.com");
    let control = gateways.control();
    let port = gateways.port();
    let web = places.web;
    let socket = places.socket.display();
    let regions: String = gateways
        .addresses()
        .iter()
        .map(|(name, address)| format!("    {name:<13} {}\n", address.ip()))
        .collect();
    format!(
        r#"
Meridian demo: four simulated regions, probed every second. Ctrl-C ends it.

{regions}
Ask as clients of different places do (in another terminal):
    {api} +subnet=12.0.0.0/24        # the United States: us-east
    {api} +subnet=81.2.69.0/24       # Great Britain: eu-west
    {api} +subnet=91.10.0.0/24       # Germany: eu-central
    {api} +subnet=133.11.0.0/24      # Japan: ap-southeast
    {dig} api.yourdomain.com AAAA +subnet=2003::/32
    {dig} +tcp batch.yourdomain.com +subnet=91.10.0.0/24

Stop a region and watch the American leave it, within about three seconds:
    curl -X POST http://{control}/stop/us-east
    {api} +subnet=12.0.0.0/24
    curl -X POST http://{control}/start/us-east        # also: /slow/us-east, /error/us-east

The fence `gdpr`: a German client never leaves the EU, even with both regions of the EU stopped.
    curl -X POST http://{control}/stop/eu-west
    curl -X POST http://{control}/stop/eu-central
    {api} +subnet=91.10.0.0/24       # still eu-west or eu-central: the last resort
    curl -X POST http://{control}/start/eu-west
    curl -X POST http://{control}/start/eu-central

An operator's word:
    export MERIDIAN_SOCKET={socket}
    {program} drain eu-west --for 10m --reason "database upgrade"
    {program} explain api.yourdomain.com --client 81.2.69.0/24
    {program} undrain eu-west
    {program} status
    {program} events

The gateways answer as real ones do:
    curl http://127.0.1.10:{port}/health/liveliness
    curl http://127.0.1.10:{port}/v1/models -H 'Authorization: Bearer {KEY}'
    curl http://127.0.1.10:{port}/health/drain -H 'X-Drain-Token: {DRAIN_TOKEN}'

Page: http://{web}/   Metrics: http://{web}/metrics
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_line_to_paste_names_what_really_listens() {
        let gateways = Gateways::bind(0, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let places = Places {
            dns: "127.0.0.1:5454".parse().unwrap(),
            web: "127.0.0.1:8054".parse().unwrap(),
            socket: "/run/demo/meridian.sock".into(),
            state: "state".into(),
            zones: "zones".into(),
        };
        let text = banner(&places, &gateways, "target/debug/meridian");
        for needle in [
            "dig @127.0.0.1 -p 5454 +short api.yourdomain.com +subnet=12.0.0.0/24".to_string(),
            format!("curl -X POST http://{}/stop/us-east", gateways.control()),
            format!("http://127.0.1.10:{}/health/liveliness", gateways.port()),
            "MERIDIAN_SOCKET=/run/demo/meridian.sock".to_string(),
            "http://127.0.0.1:8054/metrics".to_string(),
        ] {
            assert!(text.contains(&needle), "{needle} is missing in:\n{text}");
        }
        gateways.shutdown().await;
    }
}
