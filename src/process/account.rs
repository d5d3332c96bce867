//! A user of this host and the groups that it is in, from `/etc/passwd` and `/etc/group`: a server that starts before
//! the network is there asks no directory service.

use super::privileges::PrivilegeError;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(super) name: Box<str>,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// All groups, `gid` among them.
    pub(super) groups: Vec<u32>,
}

impl Account {
    /// Finds a user by its name.
    ///
    /// # Errors
    /// There is none, or it is root, whose rights cannot be given up.
    pub fn find(name: &str) -> Result<Self, PrivilegeError> {
        let read = |path: &str| {
            std::fs::read_to_string(path)
                .map_err(|source| PrivilegeError::System { what: format!("reading {path}"), source })
        };
        let account = Self::of(name, &read("/etc/passwd")?, &read("/etc/group")?);
        let account = account.ok_or_else(|| PrivilegeError::Unknown { name: name.into() })?;
        if account.uid == 0 || account.groups.contains(&0) {
            return Err(PrivilegeError::Root { name: name.into() });
        }
        Ok(account)
    }

    /// The user in the text of the two files (passwd(5), group(5)).
    fn of(name: &str, passwd: &str, group: &str) -> Option<Self> {
        let (uid, gid) = passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (found, _password) = (fields.next()?, fields.next()?);
            let ids = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
            (found == name).then_some(ids)
        })?;
        let mut groups = vec![gid];
        groups.extend(group.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let member = fields.get(3)?.split(',').any(|member| member == name);
            fields.get(2)?.parse().ok().filter(|id: &u32| member && *id != gid)
        }));
        Some(Self { name: name.into(), uid, gid, groups })
    }
}

/// The number of a group.
///
/// # Errors
/// This host has no such group.
pub fn group_number(name: &str) -> Result<u32, PrivilegeError> {
    let text = std::fs::read_to_string("/etc/group")
        .map_err(|source| PrivilegeError::System { what: "reading /etc/group".to_owned(), source })?;
    number_of(name, &text).ok_or_else(|| PrivilegeError::NoGroup { name: name.into() })
}

/// In the text of group(5).
fn number_of(name: &str, group: &str) -> Option<u32> {
    group.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then(|| fields.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_comes_with_its_own_group_and_those_that_list_it() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\nbroken\nmeridian:x:977:976::/var/lib/meridian:/bin/false\n";
        let group =
            "root:x:0:\nmeridian:x:976:meridian\nssl-cert:x:101:postgres,meridian\nadm:x:4:meridian2\n";
        let account = Account::of("meridian", passwd, group).unwrap();
        assert_eq!((account.uid, account.gid, account.groups), (977, 976, vec![976, 101]));
        assert_eq!(Account::of("meridia", passwd, group), None);
    }

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let group = "root:x:0:\noperators:x:1200:alice\nops:x:12:\n";
        assert_eq!((number_of("ops", group), number_of("operators", group)), (Some(12), Some(1_200)));
        assert_eq!(number_of("op", group), None);
        let said = group_number("no-such-group-here").unwrap_err().to_string();
        assert!(said.contains("admin.group: this host has no group no-such-group-here"), "{said}");
    }

    #[test]
    fn who_is_not_there_or_is_root_is_refused_in_words() {
        let said = |name| Account::find(name).unwrap_err().to_string();
        assert!(said("no-such-user-here").contains("server.user: this host has no user no-such-user-here"));
        assert!(said("root").contains("server.user: root has the rights that are to be given up"));
    }
}
