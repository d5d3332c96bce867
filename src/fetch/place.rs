//! Where an exchange goes: `http://HOST[:PORT]/PATH` or `https://…`, taken apart.

use std::net::IpAddr;

use thiserror::Error;

/// A place to ask. The host is a name or an address; an IPv6 address stands in brackets in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whether it is asked inside TLS.
    pub secure: bool,
    /// Host, without brackets.
    pub host: Box<str>,
    /// TCP port.
    pub port: u16,
    /// Path and query, from `/`.
    pub path: Box<str>,
}

/// Why a text is no place: what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a URL such as \"http://metrics.internal:9090/federate\", without a user or a fragment")]
pub struct PlaceError;

impl Place {
    /// Takes a URL apart.
    pub fn parse(url: &str) -> Result<Self, PlaceError> {
        let (secure, rest) = match url.split_once("://") {
            Some(("http", rest)) => (false, rest),
            Some(("https", rest)) => (true, rest),
            _ => return Err(PlaceError),
        };
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let visible = |octet: u8| octet.is_ascii_graphic() && octet != b'#';
        if !path.bytes().all(visible) || path.starts_with('?') {
            return Err(PlaceError);
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => rest.split_once(']').ok_or(PlaceError)?,
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(digits) => digits.parse().ok().filter(|port| *port > 0).ok_or(PlaceError)?,
            None if port.is_empty() => {
                if secure {
                    443
                } else {
                    80
                }
            }
            None => return Err(PlaceError),
        };
        let name =
            |host: &str| host.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-._".contains(&octet));
        let known = if authority.starts_with('[') { host.parse::<IpAddr>().is_ok() } else { name(host) };
        if host.is_empty() || !known {
            return Err(PlaceError);
        }
        let path = if path.is_empty() { "/" } else { path };
        Ok(Self { secure, host: host.into(), port, path: path.into() })
    }

    /// What the request's Host header says.
    #[must_use]
    pub fn authority(&self) -> String {
        let brackets = self.host.contains(':');
        let host = if brackets { format!("[{}]", self.host) } else { self.host.to_string() };
        format!("{host}:{}", self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let table = [
            ("http://127.0.0.1:4000/metrics/", (false, "127.0.0.1", 4000, "/metrics/")),
            ("https://hooks.example.com", (true, "hooks.example.com", 443, "/")),
            ("http://h/a?b=c", (false, "h", 80, "/a?b=c")),
            ("https://[2001:db8::1]:8443/x", (true, "2001:db8::1", 8443, "/x")),
        ];
        for (url, (secure, host, port, path)) in table {
            let place = Place { secure, host: host.into(), port, path: path.into() };
            assert_eq!(Place::parse(url), Ok(place), "{url}");
        }
        assert_eq!(Place::parse("https://[2001:db8::1]/").unwrap().authority(), "[2001:db8::1]:443");
    }

    #[test]
    fn what_is_no_plain_url_is_refused() {
        for url in [
            "",
            "h",
            "ftp://h/",
            "http://",
            "http:///x",
            "http://u:p@h/",
            "http://h:0/",
            "http://h:99999/",
            "http://h:x/",
            "http://[::1",
            "http://[h]/",
            "http://h/a b",
            "http://h/#f",
            "http://h?x",
            "http://::1/",
        ] {
            assert_eq!(Place::parse(url), Err(PlaceError), "{url}");
        }
    }
}
