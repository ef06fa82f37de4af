//! Telling runs to stop.

use tokio::sync::watch;

/// Tells runs to stop.
#[derive(Debug)]
pub struct Interrupter(watch::Sender<bool>);

impl Interrupter {
    /// Stops every run that has the other half.
    pub fn interrupt(&self) {
        self.0.send_replace(true);
    }
}

/// Tells a run whether it is to stop.
#[derive(Debug, Clone)]
pub struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Whether it is to stop.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is to stop.
    pub async fn wait(&mut self) {
        if self.0.wait_for(|stop| *stop).await.is_err() {
            // The half that could interrupt is gone.
            std::future::pending().await
        }
    }
}

/// A way to stop runs.
pub fn interrupt() -> (Interrupter, Interrupt) {
    let (sender, receiver) = watch::channel(false);
    (Interrupter(sender), Interrupt(receiver))
}
