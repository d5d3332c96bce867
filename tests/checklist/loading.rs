//! What a zone's load refuses, and what it says loudly; each mistake's exact words are held by `tests/zone_refusals.rs`.

use meridian::zone::{ZoneFile, Zones};

const HEAD: &str = "$TTL 300\n@ SOA ns host 7 2h 15m 2w 60\n@ NS ns\nns A 192.0.2.53\n";

/// Warnings, or the problems that refuse the zone.
fn load(text: &str) -> Result<Vec<String>, Vec<String>> {
    let file = ZoneFile { file: "example.test.zone".into(), text: text.to_owned() };
    let words =
        |problems: Vec<meridian::zone::Problem>| problems.iter().map(|one| one.reason.to_string()).collect();
    Zones::build(&[file], &|_, _| Err(String::new()), &[]).map(|(_, warnings)| words(warnings)).map_err(words)
}

fn refused(more: &str, word: &str) {
    let problems = load(&format!("{HEAD}{more}")).expect_err(more);
    assert!(problems.iter().any(|problem| problem.contains(word)), "{more:?} is refused by {problems:?}");
}

fn warned(more: &str, word: &str) {
    let warnings = load(&format!("{HEAD}{more}")).unwrap_or_else(|problems| panic!("{more:?}: {problems:?}"));
    assert!(warnings.iter().any(|warning| warning.contains(word)), "{more:?} warns of {warnings:?}");
}

#[test]
fn a_zone_without_soa_is_refused() {
    assert!(load("$TTL 300\n@ NS ns.example.net.\n").is_err());
    assert!(load("").is_err());
}

#[test]
fn a_second_soa_is_refused() {
    refused("@ SOA ns host 8 2h 15m 2w 60\n", "SOA");
}

#[test]
fn data_outside_the_zone_is_refused() {
    refused("www.example.net. A 192.0.2.1\n", "outside");
}

#[test]
fn a_cname_beside_other_data_or_at_the_apex_is_refused() {
    refused("www CNAME ns\nwww A 192.0.2.1\n", "CNAME");
    refused("@ CNAME ns\n", "CNAME");
}

#[test]
fn two_dnames_and_data_below_one_are_refused() {
    refused("d DNAME a\nd DNAME b\n", "DNAME");
    refused("d DNAME a\nx.d A 192.0.2.1\n", "DNAME");
}

#[test]
fn a_delegation_without_its_glue_is_refused() {
    refused("sub NS ns.sub\n", "address");
}

#[test]
fn a_wildcard_delegation_is_refused() {
    refused("*.w NS ns\n", "wildcard");
}

#[test]
fn a_file_whose_last_line_is_not_ended_is_refused() {
    refused("www A 192.0.2.1", "not ended");
}

#[test]
fn data_below_a_cut_is_warned_of() {
    warned("sub NS ns.elsewhere.test.\nhidden.sub A 192.0.2.1\n", "");
}

#[test]
fn alias_loops_unequal_ttls_and_doubles_are_warned_of() {
    warned("a CNAME b\nb CNAME a\n", "CNAME");
    warned("www 60 A 192.0.2.1\nwww 61 A 192.0.2.2\n", "TTL");
    warned("www A 192.0.2.1\nwww A 192.0.2.1\n", "");
    warned("www 0 A 192.0.2.1\n", "TTL");
}

#[test]
fn a_serial_that_goes_back_is_found() {
    let zones = |serial: u32| {
        let text = HEAD.replace(" 7 ", &format!(" {serial} "));
        let file = ZoneFile { file: "example.test.zone".into(), text };
        Zones::build(&[file], &|_, _| Err(String::new()), &[]).expect("a good zone").0
    };
    assert_eq!(zones(6).serials_fallen(&zones(7)).len(), 1);
    assert_eq!(zones(8).serials_fallen(&zones(7)).len(), 0);
}
