//! Being told to stop, by a user or by a limit.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use super::exit_code::ExitCode;
use crate::critical_section;
use crate::runner::{Interrupt, Interrupter};

/// From now on a file that becomes larger than the process may write (`ulimit -f`) is an error of the writing, which is
/// told, and no longer the end of the process. Nobody asks for the flag: it is there as programs that are started begin
/// without it, where they would take over that a signal is ignored.
pub(super) fn outlive_large_files() -> io::Result<()> {
    flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(drop)
}

/// From now on SIGINT, SIGTERM and SIGHUP do not end the process by themselves. The first one stops the run, so that
/// connections are closed, servers ended and results told. At the second one that is not waited for any more, but only
/// what has to be done before the process ends.
///
/// A thread of its own listens, as the others may be busy, or wait for a reader of what they write.
pub(super) fn obey(
    interrupter: Interrupter,
    before_end: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let listen = move || {
        let mut signals = signals.forever();
        signals.next();
        interrupter.interrupt();
        signals.next();
        before_end();
        critical_section::exit(ExitCode::NotDone as i32);
    };
    thread::Builder::new().spawn(listen).map(drop)
}

/// The result of some work, unless the run is told to stop before the work is done. It stays where it is pinned: moved in
/// here, it would take its room twice.
pub(super) async fn unless_interrupted<T>(
    interrupt: &Interrupt,
    work: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    let mut interrupt = interrupt.clone();
    tokio::select! {
        biased;
        () = interrupt.wait() => None,
        done = work => Some(done),
    }
}
