//! Any octets as a client subnet option: read to the letter, echoed to the bit; every address inside the scope of an
//! answer gets that answer, and none leaves its fence.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytes::Bytes;
use super::check::{self, Answer};
use super::question::{self, encode};
use super::worlds::worlds;

/// One case. True when it reached the lookup.
pub fn run(data: &[u8]) -> bool {
    let worlds = worlds();
    let mut bytes = Bytes::new(data);
    let snapshot = bytes.pick(&worlds.snapshots);
    let client = question::client(&mut bytes);
    let name = bytes.pick(&worlds.services);
    let rtype = *bytes.pick(&[1, 28, 255]);
    let other = bytes.array::<16>();
    let option = if bytes.rarely(16) { bytes.rest().to_vec() } else { question::subnet(&mut bytes) };
    let ask = |option: &[u8]| {
        let query = query(name, rtype, option);
        let answer = check::ask(snapshot, &client, &query)?;
        check::inside_the_fence(&worlds.fences, snapshot, &client, &query, &answer);
        Some(answer)
    };
    let Some(answer) = ask(&option) else { return false };
    let strict = is_strict(&option);
    assert_eq!(strict, answer.reached_lookup(), "a client subnet is read to the letter: {option:?}");
    let (Some((address, source)), Some(scope)) = (check::subnet(&answer.message), answer.scope()) else {
        assert!(!strict, "the option comes back");
        return false;
    };
    assert!(scope <= if address.is_ipv4() { 32 } else { 128 }, "a scope within the family");
    assert!(source > 0 || scope == 0, "who hides is given scope 0");
    if source > 0 {
        let sibling = encode(inside(address, scope, other), source);
        let same = ask(&sibling).expect("a valid query is answered");
        assert_eq!(
            records(&answer),
            records(&same),
            "{option:?} of scope {scope}, and {sibling:?} inside it"
        );
    }
    true
}

/// RFC 7871 §6 and §7.1.1, word for word.
fn is_strict(option: &[u8]) -> bool {
    let &[0, family @ (1 | 2), source, 0, ref octets @ ..] = option else {
        return false;
    };
    let width = if family == 1 { 32 } else { 128 };
    let beyond = |bit: usize| bit >= source.into() && octets[bit / 8] & (0x80 >> (bit % 8)) != 0;
    source <= width && octets.len() == usize::from(source).div_ceil(8) && !(0..8 * octets.len()).any(beyond)
}

/// `address` with other bits beyond its first `length`.
fn inside(address: IpAddr, length: u8, other: [u8; 16]) -> IpAddr {
    let other = u128::from_be_bytes(other);
    match address {
        IpAddr::V4(address) => {
            let host = u32::MAX.checked_shr(length.into()).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & !host | other as u32 & host))
        }
        IpAddr::V6(address) => {
            let host = u128::MAX.checked_shr(length.into()).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !host | other & host))
        }
    }
}

fn query(name: &[u8], rtype: u16, option: &[u8]) -> Vec<u8> {
    let mut message = vec![0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
    message.extend(name);
    message.extend(rtype.to_be_bytes());
    message.extend([0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0]);
    message.extend((option.len() as u16 + 4).to_be_bytes());
    message.extend([0, 8]);
    message.extend((option.len() as u16).to_be_bytes());
    message.extend(option);
    message
}

fn records(answer: &Answer) -> Vec<String> {
    answer.message.answers.iter().map(ToString::to_string).collect()
}
