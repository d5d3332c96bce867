//! The admin socket: taking its place in the file system, and the server behind it.

use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Extension;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{broadcast, mpsc, watch};

use super::act::Act;
use super::actor::Actor;
use super::routes;
use super::server::{Life, Limits, Run, Server};
use crate::world::StampedEvent;

/// Who may open a socket: the owner, and the group where the mode says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Permissions.
    pub mode: u32,
    /// A group's number; none: that of the process.
    pub group: Option<u32>,
}

impl Default for Access {
    fn default() -> Self {
        Self { mode: 0o660, group: None }
    }
}

/// Why the socket cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// A process answers there.
    #[error(
        "admin socket: {path}: a running process listens there; stop it, or give this one its own [admin] socket"
    )]
    Live {
        /// The socket.
        path: PathBuf,
    },
    /// The path is taken by something that is no socket.
    #[error("admin socket: {path}: exists and is not a socket; remove it, or choose another path")]
    Occupied {
        /// The path.
        path: PathBuf,
    },
    /// The system refuses.
    #[error(
        "admin socket: {path}: {source}; its directory must be writable, its path shorter than 100 bytes, \
         and whoever serves a member of [admin] group"
    )]
    System {
        /// The socket or its directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The page's address cannot be listened on.
    #[error("status page: {address}: {source}; choose another [web] listen")]
    Web {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// The admin socket at work.
#[derive(Debug)]
pub struct Admin {
    path: PathBuf,
    /// Which file is ours: a successor may have put its own in the place.
    inode: u64,
    server: Server,
}

impl Admin {
    /// Serves from a listener that stands at `path`, as [`listen`] makes it; needs a runtime.
    ///
    /// # Errors
    /// The system cannot watch it.
    pub fn start(
        listener: std::os::unix::net::UnixListener,
        path: &Path,
        acts: mpsc::Sender<Act>,
        events: broadcast::Sender<StampedEvent>,
        limits: Limits,
    ) -> Result<Self, BindError> {
        let watched = listener.set_nonblocking(true).and_then(|()| UnixListener::from_std(listener));
        let listener = watched.map_err(|source| BindError::System { path: path.to_path_buf(), source })?;
        let (run, _) = watch::channel(Run::Serve);
        let router = routes::router(acts, events, run.clone(), limits);
        let server = Server::spawn(listener, limits.terms(Life::Open), run, move |stream: &UnixStream| {
            router.clone().layer(Extension(Actor::of(stream)))
        });
        Ok(Self { path: path.to_path_buf(), inode: inode(path).unwrap_or(0), server })
    }

    /// [`listen`] with mode 0660, and [`Admin::start`].
    ///
    /// # Errors
    /// The path is in use by a running process or another kind of file, or the system refuses.
    pub fn bind(
        path: &Path,
        acts: mpsc::Sender<Act>,
        events: broadcast::Sender<StampedEvent>,
        limits: Limits,
    ) -> Result<Self, BindError> {
        Self::start(listen(path, Access::default())?, path, acts, events, limits)
    }

    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Stops accepting, lets requests at work end within `deadline`, and removes its socket.
    pub async fn shutdown(self, deadline: Duration) {
        self.server.shutdown(deadline).await;
        if inode(&self.path).is_some_and(|inode| inode == self.inode) {
            let _removed_meanwhile = std::fs::remove_file(&self.path);
        }
    }

    /// The same, and leaves the socket where it is: a successor listens to it.
    pub async fn leave(self, deadline: Duration) {
        self.server.shutdown(deadline).await;
    }

    /// Waits until it has ended.
    pub async fn join(self) {
        self.server.join().await;
    }
}

fn inode(path: &Path) -> Option<u64> {
    std::fs::symlink_metadata(path).ok().map(|metadata| metadata.ino())
}

/// Listens on `path` for those who have access; a dead process's socket is replaced, a live one's is not. Binds beside the path and
/// renames, so that the socket is never there with another mode.
///
/// # Errors
/// The path is in use by a running process or another kind of file, or the system refuses.
pub fn listen(path: &Path, access: Access) -> Result<std::os::unix::net::UnixListener, BindError> {
    let fault = |source| BindError::System { path: path.to_path_buf(), source };
    if let Some(parent) = path.parent().filter(|parent| *parent != Path::new("")) {
        std::fs::create_dir_all(parent).map_err(fault)?;
    }
    std::os::unix::net::SocketAddr::from_pathname(path).map_err(fault)?;
    make_way(path)?;
    let beside = path.with_file_name(format!(".{}", std::process::id()));
    let bound = || {
        if beside.exists() {
            std::fs::remove_file(&beside)?;
        }
        let listener = std::os::unix::net::UnixListener::bind(&beside)?;
        // The group first: until the mode is set, whoever has neither stays outside.
        access.group.map_or(Ok(()), |group| std::os::unix::fs::chown(&beside, None, Some(group)))?;
        std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(access.mode))?;
        std::fs::rename(&beside, path)?;
        Ok(listener)
    };
    bound().map_err(fault)
}

/// Refuses a path that is in use; a dead socket may stay, the rename replaces it.
fn make_way(path: &Path) -> Result<(), BindError> {
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => Err(BindError::Live { path: path.to_path_buf() }),
        Err(_) if is_other_than_socket(path) => Err(BindError::Occupied { path: path.to_path_buf() }),
        Err(_) => Ok(()),
    }
}

fn is_other_than_socket(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.file_type().is_socket())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_socket_is_for_owner_and_group_in_a_directory_made_for_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/run/meridian.sock");
        let _listener = listen(&path, Access::default()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        UnixStream::connect(&path).await.unwrap();
        let names: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(names.len(), 1, "nothing is left beside the socket: {names:?}");
    }

    #[tokio::test]
    async fn a_dead_socket_is_replaced_and_a_live_one_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("meridian.sock");
        drop(listen(&path, Access::default()).unwrap());
        assert!(path.exists(), "a dropped listener leaves its file");
        let _live = listen(&path, Access::default()).unwrap();
        let error = listen(&path, Access::default()).unwrap_err();
        assert!(matches!(error, BindError::Live { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_file_that_is_no_socket_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("meridian.sock");
        std::fs::write(&path, "notes").unwrap();
        let error = listen(&path, Access::default()).unwrap_err();
        assert!(matches!(error, BindError::Occupied { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "notes");
    }

    #[tokio::test]
    async fn a_path_that_is_too_long_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let error = listen(&directory.path().join("x".repeat(200)), Access::default()).unwrap_err();
        assert!(error.to_string().contains("shorter than 100 bytes"), "{error}");
    }
}
