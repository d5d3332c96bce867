//! Octets that are no query: FORMERR where there is a header to answer, silence below that.

use super::ask;
use super::ask::wire;
use super::world::{LOOPBACK, both, by_call, maybe_both};
use meridian::client::Carrier;

const FORMERR: u16 = 1;

#[test]
fn less_than_a_header_gets_no_answer() {
    let query = ask("www.example.test", "A").octets();
    for length in 0..12 {
        assert_eq!(by_call(Carrier::Udp, LOOPBACK, &query[..length]), None, "{length} octets");
        assert_eq!(by_call(Carrier::Tcp, LOOPBACK, &query[..length]), None, "{length} octets");
    }
    assert_eq!(maybe_both(&query[..11]), [None, None]);
}

#[test]
fn a_header_without_a_question_that_can_be_read_is_a_format_error_without_question() {
    let header = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let table: [(&str, &[u8]); 8] = [
        ("nothing", b""),
        ("a pointer at itself", b"\xc0\x0c\0\x01\0\x01"),
        ("a pointer forward", b"\xc0\x12\0\x01\0\x01\0"),
        ("a loop of pointers", b"\x01a\xc0\x0c\0\x01\0\x01"),
        ("label type 0x40", b"\x41a\0\0\x01\0\x01"),
        ("label type 0x80", b"\x81a\0\0\x01\0\x01"),
        ("a label that is cut short", b"\x05ab"),
        ("a question that is cut short", b"\x01a\0\0\x01\0"),
    ];
    let long = [[&[63][..], &[b'a'; 63]].concat().repeat(4), b"\0\0\x01\0\x01".to_vec()].concat();
    for (what, question) in table.into_iter().chain([("a name over 255 octets", &long[..])]) {
        for reply in both(&[&header, question].concat()).each() {
            assert_eq!((reply.rcode(), reply.counts()), (FORMERR, [0; 4]), "{what}");
        }
    }
}

#[test]
fn two_questions_are_a_format_error_that_keeps_the_opt() {
    let two = ask("www.example.test", "A").question("text.example.test", 16, 1).edns();
    for reply in two.send().each() {
        assert_eq!((reply.rcode(), reply.counts()), (FORMERR, [0, 0, 0, 1]));
        assert!(reply.opt().is_some());
    }
}

#[test]
fn no_question_is_a_format_error() {
    for query in [ask("x.test", "A").no_question(), ask("x.test", "A").no_question().edns()] {
        for reply in query.send().each() {
            assert_eq!((reply.rcode(), reply.counts()[0]), (FORMERR, 0));
        }
    }
}

#[test]
fn counts_that_promise_records_which_are_not_there_are_a_format_error_with_the_question() {
    let query = ask("www.example.test", "A");
    for at in [7, 9, 11] {
        let mut octets = query.octets();
        octets[at] = 1;
        for reply in both(&octets).each() {
            assert_eq!(
                (reply.rcode(), reply.question()),
                (FORMERR, &query.questions[0][..]),
                "count at {at}"
            );
        }
    }
}

#[test]
fn octets_behind_the_last_record_are_a_format_error_with_opt_and_question() {
    let query = ask("www.example.test", "A").edns();
    for reply in both(&[query.octets(), b"junk".to_vec()].concat()).each() {
        assert_eq!((reply.rcode(), reply.question()), (FORMERR, &query.questions[0][..]));
        assert!(reply.opt().is_some(), "the OPT could be read");
    }
}

#[test]
fn more_records_than_a_query_reasonably_has_are_a_format_error_at_no_cost() {
    let record = [wire("x"), b"\0\x01\0\x01\0\0\0\0\0\0".to_vec()].concat();
    let mut query = ask("www.example.test", "A");
    for _ in 0..16 {
        query = query.before(&record);
    }
    assert_eq!(query.send().udp.rcode(), 0, "sixteen are let pass");
    for reply in query.before(&record).send().each() {
        assert_eq!((reply.rcode(), reply.counts()), (FORMERR, [0; 4]));
    }
}

#[test]
fn every_cut_and_every_changed_octet_of_a_query_gets_an_answer_or_silence_but_never_harm() {
    let query =
        ask("api.example.test", "A").edns().subnet([198, 51, 100, 0], 24).option(10, &[7; 24]).octets();
    for end in 12..query.len() {
        assert!(by_call(Carrier::Udp, LOOPBACK, &query[..end]).is_some(), "cut at {end}");
    }
    for at in 0..query.len() {
        for value in [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff] {
            let mut broken = query.clone();
            broken[at] = value;
            let answered = by_call(Carrier::Udp, LOOPBACK, &broken);
            assert_eq!(answered.is_none(), at == 2 && value >= 0x80, "octet {at} is {value}");
        }
    }
    assert_eq!(ask("www.example.test", "A").send().udp.rcode(), 0, "it still serves");
}
