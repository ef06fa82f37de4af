//! What is done wholly or not at all, though the process may be told at any moment to end at once. It knows of no
//! signals.

use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held by whoever is in the middle of something.
static MIDDLE: Mutex<()> = Mutex::new(());

/// Does something in the middle of which the process does not [`exit`]. It must take no longer than people wait, and
/// not call this again.
pub(crate) fn critical_section<T>(work: impl FnOnce() -> T) -> T {
    let _held = hold();
    work()
}

/// Ends the process, from whichever thread, as soon as nobody is in the middle of anything.
pub(crate) fn exit(code: i32) -> ! {
    let _held = hold();
    process::exit(code)
}

fn hold() -> MutexGuard<'static, ()> {
    // A panic in the middle has ended it.
    MIDDLE.lock().unwrap_or_else(PoisonError::into_inner)
}
