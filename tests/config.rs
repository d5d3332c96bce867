//! Configs as people write them: what loads, and the exact text that each mistake gets.

#![allow(clippy::unwrap_used)] // a test that cannot go on says so by its panic

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use meridian::config::{Files, Problem, load, load_from};
use meridian::geo::Country;
use meridian::health::Scheme;
use meridian::region::RegionId;
use meridian::steer::{self, GeoKey, Unlocated};
use proptest::prelude::*;

const SAMPLE: &str = include_str!("../meridian.toml");
const ZONE: &str = include_str!("config/zones/yourdomain.com.zone");

/// The problems of a config in memory beside one zone.
fn problems(text: &str) -> Vec<Problem> {
    let problems = load_from(&world(text.as_bytes()), Path::new("meridian.toml")).err();
    assert!(
        problems.as_ref().is_none_or(|problems| !problems.is_empty()),
        "refused without a reason:\n{text}"
    );
    problems.unwrap_or_default()
}

fn world(config: &[u8]) -> Files {
    Files::Memory(BTreeMap::from([
        (PathBuf::from("meridian.toml"), config.to_vec()),
        (PathBuf::from("zones/yourdomain.com.zone"), ZONE.into()),
    ]))
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

#[test]
fn each_invalid_config_gets_the_text_beside_it() {
    let mut differences = String::new();
    let mut configs = 0;
    for entry in fs::read_dir("tests/config").unwrap() {
        let path = entry.unwrap().path();
        let expected = path.with_extension("expected");
        if path.extension().is_none_or(|extension| extension != "toml") || path.ends_with("full.toml") {
            continue;
        }
        configs += 1;
        let found = lines(&load(&path).err().unwrap_or_default());
        if fs::read_to_string(&expected).ok().as_ref() != Some(&found) {
            differences += &format!("{} differs; found:\n{found}", expected.display());
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(configs >= 15, "{configs} invalid configs were tried");
}

#[test]
fn ten_mistakes_are_ten_lines() {
    let problems = load(Path::new("tests/config/ten.toml")).unwrap_err();
    assert_eq!(problems.len(), 10, "{}", lines(&problems));
    let places: Vec<_> = problems.iter().map(|problem| (problem.line, problem.column)).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn the_sample_loads_as_it_is() {
    let loaded = load(Path::new("meridian.toml")).unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    assert_eq!(lines(&loaded.warnings), "");
    let config = loaded.config;
    assert_eq!(config.server.listen.len(), 2);
    assert_eq!(config.admin.unwrap().socket, Path::new("run/meridian.sock"));
    assert_eq!(config.state.unwrap().directory, Path::new("state"));
    let catalog = config.catalog;
    assert_eq!(&*catalog.host.nsid, b"dev-1");
    let names: Vec<_> = catalog.regions.iter().map(|region| &*region.name).collect();
    assert_eq!(names, ["us-east", "eu-west", "eu-central", "ap-southeast"]);
    assert!(catalog.regions.iter().all(|region| region.plan == Some(0) && region.endpoints.count() == 2));
    let batch = &catalog.services[catalog.service("batch.yourdomain.com").unwrap().index()];
    assert_eq!((batch.ttl.min, batch.ttl.max), (5, 60));
    let steer::Strategy::Geo(lists) = &batch.strategy else { panic!("{:?}", batch.strategy) };
    assert_eq!(lists.default, [RegionId(0), RegionId(2)]);
    assert_eq!(lists.rules.len(), 2);
    let fence = &catalog.fences[0];
    assert_eq!((fence.clients.len(), fence.unlocated), (34 + 3 + 1, Unlocated::Held));
    assert!(catalog.unlocated.contains("203.0.113.53".parse().unwrap()));
    assert_eq!(catalog.safety.min_regions, Some(1));
    assert_eq!(catalog.config_sha256.len(), 64);
}

/// A certificate that is valid in these years, and its key.
/// It is proven whole by a command of its own, which its first lines name.
#[test]
fn the_large_example_loads_as_it_is() {
    let loaded =
        load(Path::new("examples/twelve-regions/meridian.toml")).map_err(|problems| lines(&problems));
    let catalog = loaded.unwrap().config.catalog;
    assert_eq!((catalog.regions.len(), catalog.services.len(), catalog.fences.len()), (12, 10, 4));
}

fn pair(years: std::ops::Range<i32>) -> [String; 2] {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(["ns1.example.net".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(years.start, 1, 1);
    params.not_after = rcgen::date_time_ymd(years.end, 1, 1);
    [params.self_signed(&key).unwrap().pem(), key.serialize_pem()]
}

#[test]
fn a_certificate_that_cannot_serve_is_a_problem_at_its_key() {
    let config = "[server]\nlisten = [\"127.0.0.1:0\"]\n\n[server.tls]\nlisten = [\"127.0.0.1:0\"]\n\
                  certificate = \"cert.pem\"\nkey = \"key.pem\"\n\n[zones]\ndirectory = \"zones\"\n";
    let load = |files: [Option<&String>; 2]| {
        let Files::Memory(mut contents) = world(config.as_bytes()) else { unreachable!() };
        for (path, text) in ["cert.pem", "key.pem"].into_iter().zip(files) {
            contents.extend(text.map(|text| (path.into(), text.clone().into_bytes())));
        }
        load_from(&Files::Memory(contents), Path::new("meridian.toml"))
    };
    let ([chain, key], [_, other], [old, old_key]) = (pair(2020..2400), pair(2020..2400), pair(2019..2020));
    let good = load([Some(&chain), Some(&key)]).unwrap().config;
    assert_eq!(good.certificate.map(|certificate| certificate.expires()), Some(13_569_465_600));
    assert_eq!(good.server.tls.map(|tls| tls.key), Some("key.pem".into()));
    for (files, expected) in [
        (
            [None, Some(&key)],
            "6:15: server.tls.certificate: cert.pem does not exist; a file that can be read",
        ),
        ([Some(&chain), None], "7:7: server.tls.key: key.pem does not exist; a file that can be read"),
        (
            [Some(&old), Some(&old_key)],
            "6:15: server.tls.certificate: cert.pem expired at 2020-01-01T00:00:00Z; a certificate that is valid now",
        ),
        (
            [Some(&chain), Some(&other)],
            "7:7: server.tls.key: key.pem does not belong to the certificate; the key that the certificate was issued for",
        ),
    ] {
        let found = load(files).map(drop).unwrap_err();
        assert_eq!(lines(&found), format!("meridian.toml:{expected}\n"));
    }
}

#[test]
fn every_supported_key_is_used() {
    let loaded =
        load(Path::new("tests/config/full.toml")).unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let (config, catalog) = (&loaded.config, &loaded.config.catalog);
    assert_eq!((config.server.workers, config.server.limits.tcp.per_client), (3, 2));
    assert_eq!((config.server.limits.tcp.idle, config.max_drift), (Duration::from_secs(2), 0.125));
    assert_eq!(config.state.as_ref().unwrap().directory, Path::new("tests/config/../state"));
    assert_eq!(config.admin.as_ref().unwrap().socket, Path::new("/run/meridian.sock"));
    assert_eq!((&*catalog.host.version, &*catalog.host.id), (&b"Meridian"[..], &b"full-2"[..]));
    assert_eq!((catalog.host.secrets.len(), catalog.host.idle), (2, 20));
    assert_eq!(catalog.host.secrets[0].octets()[..3], [0xe5, 0xe9, 0x73]);
    let nearest = &catalog.services[2];
    let types = [steer::SteeredType::Https, steer::SteeredType::A, steer::SteeredType::Svcb];
    assert_eq!(nearest.types, types);
    assert_eq!(nearest.binding, steer::Binding::new(&["h2", "http/1.1"], Some(8443)));
    let http = &catalog.plans[1];
    assert_eq!((http.scheme, http.port, http.fall, http.rise), (Scheme::Http, 8080, 2, 4));
    assert_eq!((http.timeout, http.interval), (Duration::from_millis(1500), Duration::from_secs(60)));
    let [us, eu, ch] = catalog.regions.as_slice() else { panic!("{:?}", catalog.regions) };
    assert_eq!((us.bias, us.capacity, us.min_endpoints, us.plan), (1.5, 1000, 2, Some(1)));
    assert_eq!(
        us.probe_endpoints,
        ["127.0.0.2", "127.0.0.3"].map(|address| address.parse::<std::net::IpAddr>().unwrap())
    );
    assert_eq!((eu.probe_endpoints == eu.endpoints.addresses(), ch.coordinates, ch.plan), (true, None, None));
    let weighted = &catalog.services[catalog.service("weighted.yourdomain.com").unwrap().index()];
    assert_eq!(weighted.strategy, steer::Strategy::Weighted(vec![3, 1, 0]));
    assert_eq!((weighted.ttl.min, weighted.ttl.max), (1, 86_400));
    let steer::Strategy::Geo(lists) = &catalog.services[1].strategy else {
        panic!("{:?}", catalog.services[1])
    };
    assert!(lists.rules.iter().any(|(key, _)| *key == GeoKey::Asn(64500)));
    assert!(lists.rules.iter().any(
        |(key, _)| matches!(key, GeoKey::Group(name, members) if &**name == "@EU" && members.len() == 35)
    ));
    assert_eq!((lists.rules.len(), catalog.atlas.steering().iter().count()), (8, 3));
    let [_, _, nearest, latency, standby] = catalog.services.as_slice() else {
        panic!("{:?}", catalog.services)
    };
    assert_eq!((nearest.jurisdictions.len(), nearest.portions.canary), (2, Some((RegionId(0), 0.025))));
    let steer::Motion { failback, slow_start, spill, .. } = &nearest.motion;
    assert_eq!(*failback, steer::Failback::Auto(Duration::from_secs(60)));
    assert_eq!(*slow_start, Duration::from_secs(90));
    assert_eq!(spill.map(|spill| (spill.low, spill.high, spill.lag.as_secs())), Some((0.7, 0.9, 40)));
    assert!(matches!(&latency.strategy, steer::Strategy::Latency(table) if !table.is_empty()));
    assert_eq!(latency.motion.failover, steer::Failover::Manual);
    assert_eq!(standby.portions.trickle, Some((RegionId(0), 0.01)));
    assert_eq!(standby.motion.failback, steer::Failback::Manual);
    assert_eq!(standby.motion.max_lag, Some(Duration::from_secs(30)));
    let [gdpr, us] = catalog.fences.as_slice() else { panic!("{:?}", catalog.fences) };
    assert_eq!(
        gdpr.clients.iter().filter(|country| **country == Country::from_code("DE").unwrap()).count(),
        1
    );
    assert_eq!(gdpr.services.as_ref().unwrap().len(), 2);
    assert_eq!((us.sink.len(), us.unlocated), (2, Unlocated::Free));
}

#[test]
fn what_is_odd_but_serves_is_a_warning() {
    // Whatever the umask was that the file came by.
    fs::set_permissions("tests/config/secrets", fs::Permissions::from_mode(0o644)).unwrap();
    let loaded =
        load(Path::new("tests/config/full.toml")).unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    assert_eq!(lines(&loaded.warnings), fs::read_to_string("tests/config/full.expected").unwrap());
}

#[test]
fn a_config_without_services_is_a_plain_server() {
    let text = "server.listen = [\"127.0.0.1:0\"]\nzones.directory = \"zones\"\n";
    let loaded = load_from(&world(text.as_bytes()), Path::new("meridian.toml")).unwrap();
    assert!(loaded.config.admin.is_none() && loaded.config.web.is_none() && loaded.config.state.is_none());
    assert!(loaded.config.catalog.services.is_empty());
}

#[test]
fn what_is_no_config_is_said_to_be_none() {
    let directory = tempfile::tempdir().unwrap();
    let large = directory.path().join("large.toml");
    fs::File::create(&large).unwrap().set_len(100 << 20).unwrap();
    let table = [
        (directory.path().to_owned(), "is a directory; a file"),
        (directory.path().join("none.toml"), "does not exist; a file that can be read"),
        (large, "has more than 16 MiB; at most 16 MiB"),
        (
            write(directory.path(), "empty.toml", b" \n"),
            "is empty; a config has at least [server] and [zones]",
        ),
        (write(directory.path(), "latin1.toml", b"# Gr\xfc\xdfe\n"), "is not UTF-8 at octet 4; UTF-8 text"),
    ];
    for (path, what) in table {
        let problems = load(&path).unwrap_err();
        assert_eq!(lines(&problems), format!("{}:1:1: file: {what}\n", path.display()));
    }
}

fn write(directory: &Path, name: &str, octets: &[u8]) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, octets).expect("a new directory can be written");
    path
}

#[test]
fn a_zone_includes_nothing_through_a_link_out_of_its_directory() {
    let directory = tempfile::tempdir().unwrap();
    let zones = directory.path().join("zones");
    fs::create_dir(&zones).unwrap();
    write(directory.path(), "secret", b"secret IN A 192.0.2.1\n");
    std::os::unix::fs::symlink("../secret", zones.join("link.inc")).unwrap();
    write(&zones, "yourdomain.com.zone", format!("{ZONE}$INCLUDE link.inc\n").as_bytes());
    let config = b"server.listen = [\"127.0.0.1:0\"]\nzones.directory = \"zones\"\n";
    let problems = load(&write(directory.path(), "meridian.toml", config)).unwrap_err();
    assert_eq!(problems.len(), 1, "{}", lines(&problems));
    assert!(problems[0].what.contains("it lies outside"), "{}", problems[0]);
}

#[test]
fn a_damaged_database_refuses_the_config() {
    for name in
        ["libmaxminddb-corrupt-search-tree", "MaxMind-DB-test-broken-search-tree-24", "cyclic-data-structure"]
    {
        let octets = fs::read(format!("tests/data/maxmind-test/{name}.mmdb")).unwrap();
        let text =
            "server.listen = [\"127.0.0.1:0\"]\nzones.directory = \"zones\"\ngeoip.database = \"x.mmdb\"\n";
        let Files::Memory(mut files) = world(text.as_bytes()) else { unreachable!("the world is in memory") };
        files.insert(PathBuf::from("x.mmdb"), octets);
        let problems = load_from(&Files::Memory(files), Path::new("meridian.toml")).unwrap_err();
        assert_eq!(problems.len(), 1, "{name}: {}", lines(&problems));
        assert_eq!((problems[0].line, &*problems[0].key), (3, "geoip.database"), "{name}: {}", problems[0]);
    }
}

#[test]
fn a_database_of_another_kind_refuses_the_config() {
    let table = [
        ("database", "GeoLite2-ASN-Test", "default", 3, "covers 0 IPv4 addresses"),
        ("asn", "GeoIP2-Country-Test", "asn:64500", 3, "names no autonomous system"),
        ("database", "GeoIP2-Country-Test", "subdivision:US-CA", 10, "geoip.database has no subdivisions"),
    ];
    for (key, name, geo, line, what) in table {
        let text = format!(
            "server.listen = [\"127.0.0.1:0\"]\nzones.directory = \"zones\"\ngeoip.{key} = \"x.mmdb\"\n\
             [regions.us]\njurisdiction = \"US\"\nendpoints = [\"192.0.2.1\"]\n\
             [services.\"x.yourdomain.com\"]\nregions = [\"us\"]\nstrategy = \"geo\"\n\
             geo = {{ {geo:?} = [\"us\"] {} }}\n",
            if geo == "default" { "" } else { ", default = [\"us\"]" }
        );
        let Files::Memory(mut files) = world(text.as_bytes()) else { unreachable!("the world is in memory") };
        let octets = fs::read(format!("tests/data/maxmind-test/{name}.mmdb")).unwrap();
        files.insert(PathBuf::from("x.mmdb"), octets);
        let problems = load_from(&Files::Memory(files), Path::new("meridian.toml")).unwrap_err();
        assert_eq!(problems.len(), 1, "{name}: {}", lines(&problems));
        assert!(problems[0].line == line && problems[0].what.contains(what), "{}", problems[0]);
    }
}

#[test]
fn deep_nesting_is_a_problem_and_no_crash() {
    for text in [
        "a.".repeat(100_000) + "a = 1",
        "a = ".to_owned() + &"[".repeat(100_000),
        "[".repeat(100_000),
        "a={b=".repeat(50_000),
    ] {
        assert!(!problems(&text).is_empty());
    }
}

/// A place in the sample, and what is done there.
fn mutation() -> impl Strategy<Value = (usize, usize, String)> {
    let pieces = prop_oneof![
        "[\\[\\]{}=\"',.#\n0-9a-z -]{0,4}",
        Just("\"\"\"".to_owned()),
        Just("[services.\"x.yourdomain.com\"]\n".to_owned()),
        Just("世".to_owned()),
        Just("\u{0}".to_owned()),
        Just("= 99999999999999999999".to_owned()),
    ];
    (0..SAMPLE.len(), 0..12_usize, pieces)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_and_every_problem_is_in_the_text(mutations in prop::collection::vec(mutation(), 1..6)) {
        let mut octets = SAMPLE.as_bytes().to_vec();
        for (at, length, piece) in mutations {
            let at = at.min(octets.len());
            let end = (at + length).min(octets.len());
            octets.splice(at..end, piece.bytes());
        }
        let text = String::from_utf8_lossy(&octets).into_owned();
        let rows: Vec<&str> = text.split('\n').collect();
        for problem in problems(&text) {
            prop_assert!(problem.line >= 1 && problem.column >= 1, "{problem}");
            if problem.file == Path::new("meridian.toml") {
                prop_assert!(problem.line <= rows.len(), "{problem}");
                prop_assert!(problem.column <= rows[problem.line - 1].chars().count() + 1, "{problem}");
            }
        }
    }

    #[test]
    fn no_octets_panic(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = load_from(&world(&octets), Path::new("meridian.toml"));
    }
}
