//! Being told to stop.

use std::io;

use futures::future::select_all;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit_code::ExitCode;
use crate::runner::Interrupter;

/// The signals by which a run is told to stop: SIGINT, SIGTERM and SIGHUP.
pub(super) struct Signals([Signal; 3]);

impl Signals {
    /// From now on these signals do not end the process by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    /// Stops the run at the first signal, so that connections are closed, servers ended and results told. At the
    /// second one nobody waits for that any more, but for what has to be done before the process ends.
    pub(super) async fn obey(mut self, interrupter: Interrupter, before_end: impl FnOnce()) {
        self.next().await;
        interrupter.interrupt();
        self.next().await;
        before_end();
        std::process::exit(ExitCode::NotDone as i32);
    }

    async fn next(&mut self) {
        select_all(self.0.iter_mut().map(|signal| Box::pin(signal.recv()))).await;
    }
}
