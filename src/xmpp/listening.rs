//! A transport that remembers the first words of the server, which tell what it speaks where TLS did not come about.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::greeting::{Greeting, LOOKED_AT};
use super::transport::Transport;

/// Such a transport.
pub(super) struct Listening {
    transport: Box<dyn Transport>,
    heard: Heard,
    /// How many bytes are still to be remembered.
    wanted: usize,
}

/// What it has heard.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Vec<u8>>>);

impl Listening {
    /// Listens on a transport over which nothing of what is looked for has come.
    pub(super) fn new(transport: Box<dyn Transport>) -> (Self, Heard) {
        let heard = Heard::default();
        let listening = Self {
            transport,
            heard: heard.clone(),
            wanted: LOOKED_AT,
        };
        (listening, heard)
    }

    fn hear(&mut self, bytes: &[u8]) {
        let new = &bytes[..bytes.len().min(self.wanted)];
        if !new.is_empty() {
            self.wanted -= new.len();
            let mut heard = self.heard.0.lock().unwrap_or_else(PoisonError::into_inner);
            heard.extend_from_slice(new);
        }
    }
}

impl Heard {
    /// What the server speaks, if that can be told.
    pub(super) fn greeting(&self) -> Option<Greeting> {
        Greeting::of(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AsyncRead for Listening {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.transport).poll_read(context, buffer);
        if read.is_ready() && self.wanted > 0 {
            self.hear(&buffer.filled()[before..]);
        }
        read
    }
}

impl AsyncWrite for Listening {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(context)
    }
}
