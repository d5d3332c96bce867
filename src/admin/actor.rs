//! Who is at the other end of the socket: the kernel's word (SO_PEERCRED), never the client's.

use tokio::net::UnixStream;

/// The user that a connection belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Actor {
    uid: Option<u32>,
}

impl Actor {
    pub(super) fn of(stream: &UnixStream) -> Self {
        Self { uid: stream.peer_cred().ok().map(|credentials| credentials.uid()) }
    }

    /// `uid:1000(alice)`, or without a name when the local user table has none.
    pub(super) async fn label(self) -> Box<str> {
        let Some(uid) = self.uid else {
            return "uid:unknown".into();
        };
        let users = tokio::fs::read_to_string("/etc/passwd").await.unwrap_or_default();
        match name_of(uid, &users) {
            Some(name) => format!("uid:{uid}({name})").into(),
            None => format!("uid:{uid}").into(),
        }
    }
}

/// The name of a user in the format of passwd(5): `name:password:uid:…`.
fn name_of(uid: u32, users: &str) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_named_as_the_local_table_names_it() {
        let users = "root:x:0:0:root:/root:/bin/sh\nbroken\nalice:x:1000:1000::/home/alice:/bin/sh\n";
        assert_eq!(name_of(1000, users), Some("alice"));
        assert_eq!(name_of(0, users), Some("root"));
        assert_eq!(name_of(7, users), None);
    }
}
