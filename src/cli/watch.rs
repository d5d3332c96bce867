//! The same again and again, on a cleared screen where there is one.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::exit::Exit;
use super::report::block_on;

/// Shows until Ctrl-C, or until nobody reads; how the last showing ended. A server that is away is asked again.
pub(super) fn again_and_again(every: Duration, show: impl Fn() -> Exit) -> Exit {
    loop {
        if clear().is_err() {
            return Exit::Done;
        }
        let exit = show();
        if exit == Exit::Usage {
            return exit;
        }
        let interrupted = block_on(async {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => true,
                () = tokio::time::sleep(every) => false,
            }
        });
        if interrupted {
            return exit;
        }
    }
}

/// Begins a screen anew; where output is no terminal, an empty line parts the showings.
fn clear() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let start = if out.is_terminal() { HOME_AND_CLEAR } else { "\n" };
    out.write_all(start.as_bytes())?;
    out.flush()
}

/// ECMA-48: cursor to the first column of the first line, erase to the end of the screen.
const HOME_AND_CLEAR: &str = "\u{1b}[H\u{1b}[J";
