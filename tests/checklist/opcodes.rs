//! Opcodes other than QUERY: none is implemented, each is told so.
//!
//! NOTIFY and UPDATE get NOTIMP rather than REFUSED or NOTAUTH, which RFC 1996 §3.10 and RFC 2136 §3.1 leave to
//! servers that know these operations: nobody, configured or not, can notify or update this one.

use super::ask;
use super::world::both;

#[test]
fn every_opcode_but_query_is_not_implemented_whether_or_not_a_question_follows() {
    for opcode in 1..16_u8 {
        let query = ask("example.test", "SOA").flags(opcode << 3, 0);
        for octets in [query.octets(), query.clone().no_question().octets(), query.edns().octets()] {
            for reply in both(&octets).each() {
                assert_eq!((reply.rcode(), reply.counts()), (4, [0; 4]), "opcode {opcode}");
                assert_eq!(reply.octets[2], 0x80 | opcode << 3, "opcode {opcode} comes back");
            }
        }
    }
}

#[test]
fn no_flag_is_copied_from_a_foreign_opcode() {
    for opcode in 1..16_u8 {
        let query = ask("example.test", "SOA").flags(opcode << 3 | 0x07, 0xff).octets();
        for reply in both(&query).each() {
            assert_eq!(reply.octets[2..4], [0x80 | opcode << 3, 4], "opcode {opcode}");
        }
    }
}

#[test]
fn a_notify_changes_nothing() {
    let soa = || ask("example.test", "SOA").send().udp.answers();
    let before = soa();
    for reply in ask("example.test", "SOA").flags(4 << 3 | 0x04, 0).send().each() {
        assert_eq!(reply.rcode(), 4);
    }
    assert_eq!(soa(), before);
}

#[test]
fn an_update_changes_nothing() {
    let asked = || ask("new.example.test", "A").send().udp.rcode();
    assert_eq!(asked(), 3);
    let record = b"\x03new\x07example\x04test\0\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01";
    for reply in ask("example.test", "SOA").flags(5 << 3, 0).after(record).send().each() {
        assert_eq!(reply.rcode(), 4);
    }
    assert_eq!(asked(), 3);
}

#[test]
fn a_stateful_operation_over_tcp_is_not_implemented() {
    let keepalive = [0x12, 0x34, 6 << 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(both(&keepalive).tcp.rcode(), 4);
}
