//! Delegations: referrals, glue, and whose the DS is.

use super::ask;

const SUB: [&str; 2] =
    ["sub.example.test. 300 IN NS ns.elsewhere.test.", "sub.example.test. 300 IN NS ns.sub.example.test."];
const GLUE: [&str; 2] =
    ["ns.sub.example.test. 300 IN A 192.0.2.54", "ns.sub.example.test. 300 IN AAAA 2001:db8::54"];

#[test]
fn at_and_below_a_cut_there_is_a_referral_with_glue_and_without_authority() {
    for name in ["sub.example.test", "host.sub.example.test", "a.b.c.sub.example.test"] {
        for reply in ask(name, "A").send().each() {
            assert!(reply.rcode() == 0 && !reply.is_authoritative() && reply.answers().is_empty(), "{name}");
            let mut servers = reply.authorities();
            servers.sort();
            assert_eq!(
                (servers, reply.additionals()),
                (SUB.map(str::to_owned).to_vec(), GLUE.map(str::to_owned).to_vec())
            );
        }
    }
}

#[test]
fn the_cut_beats_wildcards_and_data_below_it() {
    for name in ["hidden.sub.example.test", "any.sub.example.test", "*.sub.example.test"] {
        for reply in ask(name, "A").send().each() {
            assert_eq!((reply.answers().len(), reply.authorities().len()), (0, 2), "{name}");
        }
    }
}

#[test]
fn the_servers_of_a_cut_and_its_glue_are_asked_for_by_referral_too() {
    for (name, rtype) in
        [("sub.example.test", "NS"), ("ns.sub.example.test", "A"), ("sub.example.test", "ANY")]
    {
        for reply in ask(name, rtype).send().each() {
            assert!(!reply.is_authoritative() && reply.answers().is_empty(), "{name} {rtype}");
            assert_eq!(reply.authorities().len(), 2, "{name} {rtype}");
        }
    }
}

#[test]
fn the_ds_at_a_cut_is_the_parents() {
    for reply in ask("signed.example.test", "DS").send().each() {
        assert!(
            reply.is_authoritative()
                && reply.answers()[0].starts_with("signed.example.test. 300 IN DS 12345 ")
        );
    }
    for reply in ask("sub.example.test", "DS").send().each() {
        assert!(reply.rcode() == 0 && reply.is_negative(), "unsigned: NODATA");
    }
    for reply in ask("below.signed.example.test", "DS").send().each() {
        assert!(!reply.is_authoritative() && reply.authorities().len() == 1, "below the cut: a referral");
    }
}

#[test]
fn the_ds_of_a_zone_inside_our_zone_is_the_outer_ones() {
    for reply in ask("child.example.test", "DS").send().each() {
        assert!(
            reply.is_authoritative()
                && reply.answers()[0].starts_with("child.example.test. 300 IN DS 54321 ")
        );
    }
    for reply in ask("example.test", "DS").send().each() {
        assert!(reply.rcode() == 0 && reply.is_negative(), "its parent is not ours");
    }
}

#[test]
fn glue_that_the_referral_needs_is_whole_or_the_answer_truncated() {
    let replies = ask("x.crowd.example.test", "A").send();
    assert!(replies.udp.is_truncated() && replies.udp.is_empty(), "{:?}", replies.udp.additionals());
    assert_eq!((replies.tcp.authorities().len(), replies.tcp.additionals().len()), (6, 6));
    let roomy = ask("x.crowd.example.test", "A").size(1232).send().udp;
    assert_eq!((roomy.is_truncated(), roomy.additionals().len()), (false, 6));
}
