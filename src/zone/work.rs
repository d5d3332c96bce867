//! What lookups cost, counted for tests: labels hashed and names looked for in the table.

use std::cell::Cell;

thread_local! {
    static DONE: Cell<usize> = const { Cell::new(0) };
}

/// One label hashed, or one name looked for.
pub(super) fn count() {
    DONE.set(DONE.get() + 1);
}

/// How much was done since the last time.
pub(crate) fn taken() -> usize {
    DONE.replace(0)
}
