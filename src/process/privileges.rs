//! Giving up what a server needs only until its ports are bound: root, capabilities, and the way back to either.
//!
//! Linux keeps these for each thread. So this is done by the only thread there is, before any other begins, and read
//! back from `/proc` for every thread.

use std::fs;
use std::io;

use rustix::process::{Gid, Uid};
use rustix::thread::{
    self, CapabilitySet, CapabilitySets, clear_ambient_capability_set, set_capabilities, set_no_new_privs,
    set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

use super::account::Account;

/// Why rights could not be given up. The process must not go on.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeError {
    /// No such user.
    #[error("server.user: this host has no user {name}; `useradd --system {name}` makes one")]
    Unknown {
        /// As configured.
        name: Box<str>,
    },
    /// No group has this name.
    #[error("admin.group: this host has no group {name}; /etc/group lists those that it has")]
    NoGroup {
        /// As configured.
        name: Box<str>,
    },
    /// A user that root's rights come with.
    #[error(
        "server.user: {name} has the rights that are to be given up; name a user of its own, outside group 0"
    )]
    Root {
        /// As configured.
        name: Box<str>,
    },
    /// Only root can become someone else.
    #[error(
        "server.user: started as user {uid}, who cannot become {name}; start as root or as {name}, or leave the key out"
    )]
    NotRoot {
        /// As configured.
        name: Box<str>,
        /// Who started it.
        uid: u32,
    },
    /// The system refuses.
    #[error("server.user: {what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// More is left than was asked for.
    #[error("server.user: rights are left that were to be given up: {left} (in {path})")]
    Left {
        /// The line of the file.
        left: String,
        /// The file.
        path: String,
    },
}

/// Who this process is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// It became the user: files that root could read may be closed to it now.
    Changed,
    /// It was the user already.
    Same,
}

/// Becomes the user called `name`, for good: its user, its groups, no capability, and no way to gain any. Call it while
/// there is one thread.
///
/// # Errors
/// There is no such user, this process may not become it, or something of what it was is left.
pub fn become_user(name: &str) -> Result<Identity, PrivilegeError> {
    let account = Account::find(name)?;
    let uid = rustix::process::geteuid().as_raw();
    let identity = match uid {
        0 => Identity::Changed,
        _ if uid == account.uid => Identity::Same,
        _ => return Err(PrivilegeError::NotRoot { name: name.into(), uid }),
    };
    attempt("no new privileges", set_no_new_privs(true))?;
    forget_bounds()?;
    if identity == Identity::Changed {
        let groups: Vec<Gid> = account.groups.iter().map(|group| Gid::from_raw(*group)).collect();
        let (user, group) = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
        attempt("setgroups", set_thread_groups(&groups))?;
        attempt("setresgid", set_thread_res_gid(group, group, group))?;
        attempt("setresuid", set_thread_res_uid(user, user, user))?;
    }
    attempt("clearing ambient capabilities", clear_ambient_capability_set())?;
    let none = CapabilitySet::empty();
    let nothing = CapabilitySets { effective: none, permitted: none, inheritable: none };
    attempt("clearing capabilities", set_capabilities(None, nothing))?;
    verify(&account)?;
    tracing::info!(user = name, uid = account.uid, "without privileges from here on");
    Ok(identity)
}

/// Drops what a program could regain through files with capabilities, as far as the right to do so is there.
fn forget_bounds() -> Result<(), PrivilegeError> {
    let own = attempt("reading capabilities", thread::capabilities(None))?;
    if own.effective.contains(CapabilitySet::SETPCAP) {
        for capability in CapabilitySet::all() {
            if thread::capability_is_in_bounding_set(capability).unwrap_or(false) {
                attempt("bounding capabilities", thread::remove_capability_from_bounding_set(capability))?;
            }
        }
    }
    Ok(())
}

fn attempt<T>(what: &str, result: rustix::io::Result<T>) -> Result<T, PrivilegeError> {
    result.map_err(|error| PrivilegeError::System { what: what.into(), source: error.into() })
}

/// Reads back what the kernel holds for every thread.
fn verify(account: &Account) -> Result<(), PrivilegeError> {
    let system = |source| PrivilegeError::System { what: "reading /proc/self/task".into(), source };
    for task in fs::read_dir("/proc/self/task").map_err(system)? {
        let path = task.map_err(system)?.path().join("status");
        let status = fs::read_to_string(&path).map_err(system)?;
        if let Some(left) = left(&status, account) {
            return Err(PrivilegeError::Left { left, path: path.display().to_string() });
        }
    }
    Ok(())
}

/// The first line of a `/proc/…/status` that is not as it should be.
fn left(status: &str, account: &Account) -> Option<String> {
    let Account { uid, gid, groups, .. } = account;
    let mut groups = groups.clone();
    groups.sort_unstable();
    let listed: Vec<String> = groups.iter().map(ToString::to_string).collect();
    let none = "0000000000000000".to_owned();
    let wanted = [
        ("Uid", [uid; 4].map(ToString::to_string).join(" ")),
        ("Gid", [gid; 4].map(ToString::to_string).join(" ")),
        ("Groups", listed.join(" ")),
        ("CapInh", none.clone()),
        ("CapPrm", none.clone()),
        ("CapEff", none.clone()),
        ("CapAmb", none),
        ("NoNewPrivs", "1".to_owned()),
    ];
    wanted.into_iter().find_map(|(key, wanted)| {
        let line = status.lines().find(|line| line.split(':').next() == Some(key)).unwrap_or(key);
        let found = line.split_once(':').map_or("", |(_, found)| found);
        let found: Vec<&str> = found.split_whitespace().collect();
        (found.join(" ") != wanted).then(|| format!("{line:?}, not {wanted:?}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Name:\tmeridian\nUid:\t977\t977\t977\t977\nGid:\t976\t976\t976\t976\nGroups:\t101 976 \n\
                          CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n\
                          CapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n";

    #[test]
    fn whatever_is_left_is_named() {
        let account = Account { name: "meridian".into(), uid: 977, gid: 976, groups: vec![976, 101] };
        assert_eq!(left(STATUS, &account), None);
        let table = [
            ("Uid:\t977\t977\t977\t977", "Uid:\t977\t977\t0\t977"),
            ("Gid:\t976\t976\t976\t976", "Gid:\t0\t976\t976\t976"),
            ("Groups:\t101 976 ", "Groups:\t0 101 976 "),
            ("CapPrm:\t0000000000000000", "CapPrm:\t0000000000000400"),
            ("CapAmb:\t0000000000000000", "CapAmb:\t0000000000000400"),
            ("NoNewPrivs:\t1", "NoNewPrivs:\t0"),
            ("NoNewPrivs:\t1\n", ""),
        ];
        for (line, instead) in table {
            let found = left(&STATUS.replace(line, instead), &account);
            let key = line.split(':').next().unwrap();
            assert!(found.as_ref().is_some_and(|found| found.contains(key)), "{instead}: {found:?}");
        }
    }
}
