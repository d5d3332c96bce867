//! Options of sockets and threads that no safe crate sets.

use std::os::fd::{AsFd, AsRawFd};
use std::{io, mem};

/// Sets an integer option of a socket.
pub(in crate::dns) fn set_option(socket: &impl AsFd, level: i32, name: i32, value: i32) -> io::Result<()> {
    // SAFETY: the value is one live c_int and its length is passed; the descriptor is borrowed for the call.
    let outcome = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            name,
            (&raw const value).cast(),
            mem::size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Lets this thread's sleeps end when they should, and not up to 50 µs later (`PR_SET_TIMERSLACK`).
pub(in crate::dns) fn sleep_exactly() {
    // SAFETY: the option takes one integer and no pointer.
    let _unsupported = unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1) };
}
