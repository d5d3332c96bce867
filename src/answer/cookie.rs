//! DNS cookies (RFC 7873, RFC 9018): whether a client has shown that its address is its own, and the cookie that lets
//! it show so next time. Servers that share a secret and roughly a clock accept each other's cookies.

use std::net::IpAddr;

use super::siphash::siphash;
use crate::catalog::Secret;
use crate::client::Client;

/// What a query's COOKIE option says of its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// There was none.
    Absent,
    /// Only the client's half, or a server's half that is stale, foreign or forged.
    Unproven,
    /// One of ours for this address: the client gets what is sent to it.
    Valid,
}

/// A COOKIE option of legal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked<'m> {
    client: [u8; 8],
    server: &'m [u8],
}

impl<'m> Asked<'m> {
    /// The option's code.
    pub(super) const OPTION: u16 = 10;

    /// Reads the option's data; none is a FORMERR (RFC 7873 §5.2.2).
    pub(super) fn parse(data: &'m [u8]) -> Option<Self> {
        let (client, server) = data.split_first_chunk::<8>()?;
        matches!(server.len(), 0 | 8..=32).then_some(Self { client: *client, server })
    }

    /// Whether a server's half came along.
    pub(super) const fn has_server_half(&self) -> bool {
        !self.server.is_empty()
    }

    /// What the cookie shows at `unix` seconds, and the whole cookie to answer with: the same one while it is young and
    /// of the current secret.
    pub(super) fn check(
        &self,
        client: &Client,
        unix: u64,
        secrets: &[Secret],
    ) -> (Cookie, Option<[u8; WHOLE]>) {
        let now = unix as u32; // serial numbers: the clock wraps in 2106 (RFC 9018 §4.3)
        let Some(current) = secrets.first() else {
            return (Cookie::Unproven, None);
        };
        let made_by = secrets.iter().find(|secret| self.is_by(secret, client.address));
        let age = now.wrapping_sub(self.made_at()).cast_signed();
        match made_by {
            Some(secret) if (-AHEAD..=YOUNG).contains(&age) && secret == current => {
                (Cookie::Valid, Some(self.whole(self.server.first_chunk().copied().unwrap_or_default())))
            }
            Some(_) if (-AHEAD..=OLDEST).contains(&age) => {
                (Cookie::Valid, Some(self.fresh(now, current, client)))
            }
            _ => (Cookie::Unproven, Some(self.fresh(now, current, client))),
        }
    }

    /// Whether `secret` made the server's half for `address`; the reserved octets count as they came.
    fn is_by(&self, secret: &Secret, address: IpAddr) -> bool {
        let Ok(server) = <&[u8; 16]>::try_from(self.server) else {
            return false;
        };
        let [version, r0, r1, r2, t0, t1, t2, t3, hash @ ..] = *server;
        version == VERSION && self.hash([version, r0, r1, r2, t0, t1, t2, t3], secret, address) == hash
    }

    fn made_at(&self) -> u32 {
        let time = self.server.get(4..).and_then(|rest| rest.first_chunk::<4>());
        time.map_or(0, |time| u32::from_be_bytes(*time))
    }

    fn fresh(&self, now: u32, secret: &Secret, client: &Client) -> [u8; WHOLE] {
        let [t0, t1, t2, t3] = now.to_be_bytes();
        let fixed = [VERSION, 0, 0, 0, t0, t1, t2, t3];
        let mut server = [0; 16];
        let (head, tail) = server.split_at_mut(8);
        head.copy_from_slice(&fixed);
        tail.copy_from_slice(&self.hash(fixed, secret, client.address));
        self.whole(server)
    }

    fn whole(&self, server: [u8; 16]) -> [u8; WHOLE] {
        let mut whole = [0; WHOLE];
        let (front, back) = whole.split_at_mut(8);
        front.copy_from_slice(&self.client);
        back.copy_from_slice(&server);
        whole
    }

    /// SipHash over client cookie, version, reserved octets, time and client address (RFC 9018 §4.4).
    fn hash(&self, fixed: [u8; 8], secret: &Secret, address: IpAddr) -> [u8; 8] {
        let mut message = [0; 32];
        let (front, back) = message.split_at_mut(16);
        front[..8].copy_from_slice(&self.client);
        front[8..].copy_from_slice(&fixed);
        match address {
            IpAddr::V4(address) => {
                back[..4].copy_from_slice(&address.octets());
                siphash(secret.octets(), &message[..20])
            }
            IpAddr::V6(address) => {
                back.copy_from_slice(&address.octets());
                siphash(secret.octets(), &message)
            }
        }
    }
}

/// Octets of both halves.
pub(super) const WHOLE: usize = 24;
const VERSION: u8 = 1;
/// Seconds that a cookie may come from the future (RFC 9018 §4.3).
const AHEAD: i32 = 300;
/// Seconds after which a cookie is replaced.
const YOUNG: i32 = 1800;
/// Seconds after which a cookie shows nothing.
const OLDEST: i32 = 3600;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Carrier;

    const FIRST: &str = "e5e973e5a6b2a43f48e7dc849e37bfcf";
    const ROLLED: &str = "dd3bdf9344b678b185a6f5cb60fca715";
    const SECOND: &str = "445536bcd2513298075a5d379663c962";

    fn octets(hex: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    fn secrets(hex: &[&str]) -> Vec<Secret> {
        hex.iter().map(|hex| Secret::new(octets(hex).try_into().unwrap())).collect()
    }

    fn check(cookie: &str, from: &str, unix: u64, hex: &[&str]) -> (Cookie, Vec<u8>) {
        let client = Client { address: from.parse().unwrap(), carrier: Carrier::Udp, limit: 1232 };
        let cookie = octets(cookie);
        let asked = Asked::parse(&cookie).unwrap();
        let (state, whole) = asked.check(&client, unix, &secrets(hex));
        (state, whole.unwrap().to_vec())
    }

    /// RFC 9018 appendix A; in A.3 the cookie is checked when it is young, since the RFC's own reply comes after an hour.
    #[test]
    fn the_vectors_of_rfc_9018_come_out() {
        let learned = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";
        let renewed = "2464c4abcf10c957010000005cf7a871d4a564a1442aca77";
        let reserved = "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5";
        let rolled = "22681ab97d52c298010000005cf7c57926556bd0934c72f8";
        let six = "2001:db8:220:1:59de:d0f4:8769:82b8";
        let table = [
            (
                "A.1",
                "2464c4abcf10c957",
                "198.51.100.100",
                1_559_731_985,
                &[FIRST][..],
                Cookie::Unproven,
                learned,
            ),
            ("A.2", learned, "198.51.100.100", 1_559_734_385, &[FIRST], Cookie::Valid, renewed),
            (
                "A.3, late",
                reserved,
                "203.0.113.203",
                1_559_734_700,
                &[FIRST],
                Cookie::Unproven,
                "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e",
            ),
            ("A.3, in time", reserved, "203.0.113.203", 1_559_727_985, &[FIRST], Cookie::Valid, reserved),
            (
                "A.4",
                rolled,
                six,
                1_559_741_961,
                &[SECOND, ROLLED],
                Cookie::Valid,
                "22681ab97d52c298010000005cf7c609a6bb79d16625507a",
            ),
        ];
        for (what, cookie, from, unix, hex, state, answer) in table {
            assert_eq!(check(cookie, from, unix, hex), (state, octets(answer)), "{what}");
        }
    }

    #[test]
    fn a_cookie_is_good_from_an_hour_old_to_five_minutes_ahead_across_the_wrap_of_the_clock() {
        for made in [1_559_731_985_u64, u64::from(u32::MAX) - 100, 1 << 32] {
            let cookie: String = check("0011223344556677", "192.0.2.1", made, &[FIRST])
                .1
                .iter()
                .map(|octet| format!("{octet:02x}"))
                .collect();
            let table = [
                (made - 301, Cookie::Unproven),
                (made - 300, Cookie::Valid),
                (made + 3600, Cookie::Valid),
                (made + 3601, Cookie::Unproven),
            ];
            for (unix, state) in table {
                assert_eq!(check(&cookie, "192.0.2.1", unix, &[FIRST]).0, state, "made {made}, asked {unix}");
            }
            let at = |unix| check(&cookie, "192.0.2.1", unix, &[FIRST]).1 == octets(&cookie);
            assert!(at(made + 1800) && !at(made + 1801), "renewed after half an hour");
            assert_eq!(check(&cookie, "192.0.2.2", made, &[FIRST]).0, Cookie::Unproven, "another address");
        }
    }

    #[test]
    fn lengths_other_than_8_and_16_to_40_are_refused() {
        let legal: Vec<usize> =
            (0..100).filter(|length| Asked::parse(&[7; 100][..*length]).is_some()).collect();
        assert_eq!(legal, [8].into_iter().chain(16..=40).collect::<Vec<_>>());
    }
}
