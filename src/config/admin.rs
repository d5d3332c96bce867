//! `[admin]`: the Unix socket that operators use.

use std::path::PathBuf;

use super::section::Section;
use super::server::account_name;

/// `[admin]` as used: who may act is who may open the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Path of the socket.
    pub socket: PathBuf,
    /// Its permissions: 0660, or 0600.
    pub mode: u32,
    /// The group that it belongs to; none: that of the user who serves.
    pub group: Option<Box<str>>,
}

/// Reads `[admin]`.
pub(super) fn read(mut section: Section<'_>) -> Option<Admin> {
    let socket = section.need("socket", |item| {
        let path = item.path()?;
        let fits = path.as_os_str().len() < LONGEST_SOCKET_PATH;
        if !fits {
            item.refuse(format_args!(
                "a path of {} octets; a Unix socket's path has at most {}",
                path.as_os_str().len(),
                LONGEST_SOCKET_PATH - 1
            ));
        }
        fits.then_some(path)
    });
    let mode = section.or("mode", 0o660, |item| item.choice(&[("0600", 0o600), ("0660", 0o660)]));
    let group = section.maybe("group", |item| {
        item.parse("the name of a group, such as \"operators\"", |text| {
            account_name(text).then(|| text.into())
        })
    });
    section.finish();
    Some(Admin { socket: socket?, mode: mode?, group: group? })
}

/// Size of `sun_path` on Linux, its final zero included (unix(7)).
const LONGEST_SOCKET_PATH: usize = 108;
