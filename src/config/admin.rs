//! `[admin]`: the Unix socket that operators use.

use std::path::PathBuf;

use super::section::Section;

/// `[admin]` as used. The socket's mode is 0660: who may act is a matter of its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Path of the socket.
    pub socket: PathBuf,
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
    section.finish();
    Some(Admin { socket: socket? })
}

/// Size of `sun_path` on Linux, its final zero included (unix(7)).
const LONGEST_SOCKET_PATH: usize = 108;
