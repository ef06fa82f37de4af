//! Critical sections: work that is done completely or not at all, though the process may be told at any moment to end
//! at once. Signals are not known here.

use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held by the thread that is in a critical section.
static MIDDLE: Mutex<()> = Mutex::new(());

/// Does work during which the process does not [`exit`]. The work must take no longer than a user would wait, and must
/// not call this function again.
pub(crate) fn critical_section<T>(work: impl FnOnce() -> T) -> T {
    let _held = hold();
    work()
}

/// Ends the process, from any thread, as soon as no thread is in a critical section.
pub(crate) fn exit(code: i32) -> ! {
    let _held = hold();
    process::exit(code)
}

fn hold() -> MutexGuard<'static, ()> {
    // A panic in a critical section has ended it.
    MIDDLE.lock().unwrap_or_else(PoisonError::into_inner)
}
