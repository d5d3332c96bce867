//! Every way in which the peers and Meridian differ with good reason. A difference that no rule here covers is a fault.
//! Where zones meet, a rule asks besides that the other peer says what Meridian says.

use std::collections::BTreeSet;

use super::asked::Item;
use super::pair::{Pair, Part};
use super::questions::{ANY, DNAME, DS};

/// A justified difference.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    /// Why both may be as they are, or why Meridian is right.
    pub(crate) why: &'static str,
    /// What it explains.
    pub(crate) parts: &'static [Part],
    pub(crate) holds: fn(&Pair<'_>) -> bool,
}

/// All of them.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        name: "into another zone",
        why: "Knot ends a chain where it leaves the zone; RFC 1034 §4.3.2 step 3a looks for the zone of the new name",
        parts: &[Part::Rcode, Part::Tc, Part::Answer, Part::Authority, Part::Additional],
        holds: |pair| {
            let chain = pair.chain();
            let inside = || chain.names.iter().any(|name| pair.is_nested(name)); // it reads on in the zone above
            let part = || pair.ours.tc || pair.theirs.answer.is_subset(&pair.ours.answer);
            pair.peer == "Knot"
                && chain.leaves_its_zone(pair)
                && (part() || inside())
                && (pair.other_agrees() || pair.ours.tc)
        },
    },
    Rule {
        name: "endless chain",
        why: "loops and names that grow by DNAME: each server stops where it likes, RCODE 0 (RFC 1034 §3.6.2, RFC 6672 §3.2)",
        parts: &[Part::Rcode, Part::Tc, Part::Answer, Part::Authority, Part::Additional],
        holds: |pair| {
            let (ours, theirs) = (&pair.ours.answer, &pair.theirs.answer);
            pair.chain().is_endless() && (ours.is_subset(theirs) || theirs.is_subset(ours))
        },
    },
    Rule {
        name: "ANY",
        why: "one RRset, of those that the peer gives or another one than it chose; no alias is followed (RFC 8482 §4.1)",
        parts: &[Part::Rcode, Part::Tc, Part::Answer, Part::Authority, Part::Additional],
        holds: |pair| {
            let (ours, theirs) = (&pair.ours.answer, &pair.theirs.answer);
            let chose = is_rrset(ours) && is_rrset(theirs) && owners(ours) == owners(theirs);
            pair.question.rtype == ANY && !ours.is_empty() && (ours.is_subset(theirs) || chose)
        },
    },
    Rule {
        name: "truncated",
        why: "both are truncated: what else they hold is to be ignored (RFC 2181 §9)",
        parts: &[Part::Rcode, Part::Answer, Part::Authority, Part::Additional],
        holds: |pair| pair.ours.tc && pair.theirs.tc,
    },
    Rule {
        name: "synthesized CNAME whole",
        why: "Meridian writes the targets of CNAMEs made from DNAMEs uncompressed: the answer is truncated sooner (RFC 1035 §4.1.4)",
        parts: &[Part::Tc, Part::Rcode, Part::Answer, Part::Authority, Part::Additional],
        holds: |pair| pair.ours.tc && pair.theirs.answer.iter().any(|item| item.rtype == DNAME),
    },
    Rule {
        name: "DS of an apex",
        why: "it belongs to the zone above, at the end of a chain too (RFC 4035 §3.1.4.1); Knot stays in the zone inside",
        parts: &[Part::Rcode, Part::Answer, Part::Authority, Part::Additional],
        holds: |pair| {
            pair.question.rtype == DS
                && pair.other_agrees()
                && pair
                    .chain()
                    .names
                    .iter()
                    .skip(1)
                    .any(|name| pair.apexes.contains(name.trim_end_matches('.')))
        },
    },
    Rule {
        name: "hidden by a zone inside",
        why: "NSD takes names that only the zone above holds for existing in the zone inside (RFC 1034 §4.2: zones are apart)",
        parts: &[Part::Rcode, Part::Answer, Part::Authority],
        holds: |pair| {
            pair.peer == "NSD"
                && pair.other_agrees()
                && pair.chain().names.iter().any(|name| pair.is_nested(name))
        },
    },
    Rule {
        name: "zone inside, not delegated",
        why: "the names between both apexes exist, since a name below them does (RFC 8020 §2); Knot knows them by a delegation only",
        parts: &[Part::Rcode, Part::Answer, Part::Authority],
        holds: |pair| {
            pair.peer == "Knot"
                && pair.other_agrees()
                && pair.chain().names.iter().any(|name| pair.is_on_a_way_down(name))
        },
    },
    Rule {
        name: "two habits at once",
        why: "in a zone inside that is not delegated Knot reads on above and NSD sees the names above: they disagree with each other, and neither vouches for Meridian",
        parts: &[Part::Rcode, Part::Answer, Part::Authority],
        holds: |pair| {
            !pair.peers_agree()
                && !pair.other_agrees()
                && pair.chain().names.iter().any(|name| pair.is_nested(name))
        },
    },
    Rule {
        name: "addresses beside an answer",
        why: "the peer adds addresses of MX, SRV and NS targets: optional data (RFC 1034 §4.3.2 step 6)",
        parts: &[Part::Additional],
        holds: |pair| {
            pair.ours.additional.is_empty()
                && pair.adds_addresses()
                && pair.names_servers(&pair.theirs.answer)
        },
    },
    Rule {
        name: "addresses beside a referral",
        why: "the peer adds addresses of servers that are no glue, since they are not below a cut (RFC 9471 §2)",
        parts: &[Part::Additional],
        holds: |pair| {
            pair.ours.additional.is_subset(&pair.theirs.additional)
                && pair.adds_addresses()
                && pair.names_servers(&pair.theirs.authority)
        },
    },
];

fn owners(items: &BTreeSet<Item>) -> BTreeSet<&str> {
    items.iter().map(|item| item.owner.as_str()).collect()
}

fn is_rrset(items: &BTreeSet<Item>) -> bool {
    items.iter().map(|item| (&item.owner, item.rtype)).collect::<BTreeSet<_>>().len() == 1
}
