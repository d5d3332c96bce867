//! EDNS itself (RFC 6891): when there is an OPT, and what it says beside options.

use super::ask;
use super::world::both;

#[test]
fn an_opt_is_in_the_answer_exactly_when_one_was_in_the_query() {
    let names = ["www.example.test", "missing.example.test", "host.sub.example.test", "elsewhere.test"];
    for name in names {
        for reply in ask(name, "A").send().each() {
            assert!(reply.opt().is_none(), "{name}");
        }
        for reply in ask(name, "A").edns().send().each() {
            assert!(reply.opt().is_some(), "{name}");
        }
    }
}

#[test]
fn a_later_version_gets_badvers_version_0_and_no_data_and_its_options_are_not_processed() {
    for version in [1, 2, 255] {
        let query = ask("www.example.test", "A").version(version).option(3, b"").option(8, b"no subnet");
        for reply in query.send().each() {
            assert_eq!((reply.rcode(), reply.opt().unwrap()[3]), (16, 0), "version {version}");
            assert!(reply.is_empty() && reply.options().is_empty(), "version {version}");
        }
    }
}

#[test]
fn unknown_options_are_ignored_and_not_echoed() {
    for code in [4, 26_946, 65_535] {
        for reply in ask("www.example.test", "A").option(code, b"whatever").send().each() {
            assert_eq!((reply.rcode(), reply.options().len()), (0, 0), "option {code}");
        }
    }
}

#[test]
fn unknown_flags_are_not_copied_and_dnssec_ok_is() {
    for (asked, expected) in [(0x7fff, 0), (0xffff, 0x8000), (0x8000, 0x8000), (0, 0)] {
        for reply in ask("www.example.test", "A").edns_flags(asked).send().each() {
            assert_eq!(reply.opt().unwrap()[4..6], u16::to_be_bytes(expected), "{asked:#x}");
        }
    }
}

#[test]
fn a_second_opt_is_a_format_error() {
    let query = ask("www.example.test", "A").edns();
    let second = query.opt_record(&[0]);
    for reply in query.after(&second).send().each() {
        assert_eq!(reply.rcode(), 1);
    }
}

#[test]
fn an_opt_whose_owner_is_not_the_root_is_a_format_error() {
    let opt = ask("x.test", "A").edns().opt_record(b"\x01x\0");
    for reply in ask("www.example.test", "A").after(&opt).send().each() {
        assert_eq!(reply.rcode(), 1);
    }
}

#[test]
fn an_option_past_the_end_is_a_format_error_that_keeps_the_opt() {
    for rest in [&b"\0"[..], b"\0\x03\0", b"\0\x03\0\x01", b"\xff\xff\xff\xff1234"] {
        for reply in ask("www.example.test", "A").edns().rest_of_options(rest).send().each() {
            assert_eq!((reply.rcode(), reply.opt().is_some()), (1, true), "{rest:?}");
        }
    }
}

#[test]
fn more_options_than_a_query_reasonably_has_are_a_format_error() {
    let with = |count| (0..count).fold(ask("www.example.test", "A"), |query, _| query.option(65_001, b""));
    assert_eq!(with(32).send().udp.rcode(), 0);
    assert_eq!(with(33).send().udp.rcode(), 1);
}

#[test]
fn the_opt_may_stand_anywhere_among_additional_records() {
    let record = b"\x01x\0\0\x01\0\x01\0\0\0\0\0\0";
    for query in [
        ask("www.example.test", "A").edns().before(record),
        ask("www.example.test", "A").edns().after(record),
    ] {
        for reply in query.send().each() {
            assert_eq!((reply.rcode(), reply.opt().is_some()), (0, true));
        }
    }
}

#[test]
fn an_offer_under_512_counts_as_512() {
    for size in [0, 1, 511] {
        let reply = ask("sixty.example.test", "A").size(size).send().udp;
        assert!(reply.is_truncated() && reply.octets.len() <= 512, "offered {size}");
        let reply = ask("big.example.test", "TXT").size(size).send().udp;
        assert!(reply.octets.len() <= 512);
        assert!(!ask("example.test", "NS").size(size).send().udp.is_truncated(), "offered {size}");
    }
}

#[test]
fn we_advertise_1232() {
    for reply in both(&ask("www.example.test", "A").size(65_535).octets()).each() {
        assert_eq!(reply.opt().unwrap()[..2], 1232_u16.to_be_bytes());
    }
}
