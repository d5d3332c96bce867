//! TCP (RFC 7766), as far as one client sees it: slow and many clients are the business of `tests/dns/tcp.rs`.

use std::io::Write;
use std::net::Shutdown;

use super::world::{connect, framed, next, snapshot};
use super::{Reply, ask};

#[test]
fn length_and_body_may_come_in_any_segments() {
    let mut stream = connect();
    stream.set_nodelay(true).unwrap();
    for octet in framed(&ask("www.example.test", "A").octets()) {
        stream.write_all(&[octet]).unwrap();
    }
    assert_eq!(Reply::read(next(&mut stream).unwrap()).answers().len(), 2);
}

#[test]
fn fifty_pipelined_queries_are_all_answered() {
    let mut stream = connect();
    let queries: Vec<u8> =
        (0..50).flat_map(|id| framed(&ask("www.example.test", "A").id(id).octets())).collect();
    stream.write_all(&queries).unwrap();
    let mut ids: Vec<u8> = (0..50).map(|_| next(&mut stream).unwrap()[1]).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..50).collect::<Vec<u8>>());
}

#[test]
fn fifty_queries_in_a_row_are_answered_on_one_connection() {
    let mut stream = connect();
    for id in 0..50 {
        stream.write_all(&framed(&ask("text.example.test", "TXT").id(id).octets())).unwrap();
        assert_eq!(next(&mut stream).unwrap()[..2], id.to_be_bytes());
    }
}

#[test]
fn a_client_that_closes_its_half_still_gets_its_answer() {
    let mut stream = connect();
    stream.write_all(&framed(&ask("www.example.test", "A").octets())).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(next(&mut stream).is_some());
    assert!(next(&mut stream).is_none(), "then the end");
}

#[test]
fn a_length_under_12_closes_the_connection_and_the_server_lives() {
    for junk in [framed(b""), framed(b"12345678901")] {
        let mut stream = connect();
        stream.write_all(&junk).unwrap();
        assert!(next(&mut stream).is_none());
    }
    assert_eq!(ask("www.example.test", "A").send().tcp.rcode(), 0);
}

#[test]
fn an_answer_in_a_query_is_passed_over_and_the_next_query_answered() {
    let mut stream = connect();
    let answer = ask("www.example.test", "A").flags(0x80, 0).octets();
    let query = ask("www.example.test", "A").id(7).octets();
    stream.write_all(&[framed(&answer), framed(&query)].concat()).unwrap();
    assert_eq!(next(&mut stream).unwrap()[..2], [0, 7]);
}

#[test]
fn steered_names_are_never_transferred() {
    for service in &snapshot().catalog().services {
        for number in [251, 252] {
            let reply = ask(&service.name, "A").number(number).send().tcp;
            assert!(reply.rcode() != 0 && reply.is_empty(), "{}", service.name);
        }
    }
}
