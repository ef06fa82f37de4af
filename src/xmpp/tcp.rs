//! A TCP connection that is quick to acknowledge what comes.
//!
//! Servers send many small pieces. Where they hold one back until the last one is acknowledged (Nagle's algorithm, RFC
//! 896), and the other side holds the acknowledgement back (RFC 1122 §4.2.3.2), both wait for 40 ms at every turn
//! between actors. Linux can be asked to acknowledge at once, and has to be asked again after reading.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection.
pub(super) struct QuickAck(TcpStream);

impl QuickAck {
    /// The connection, which will be quick in both directions.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        // Stanzas are small and are answered; holding them back only adds time.
        stream.set_nodelay(true)?;
        let prompt = Self(stream);
        prompt.acknowledge_at_once();
        Ok(prompt)
    }

    /// Where it cannot be asked for, things take longer, and nothing else changes.
    fn acknowledge_at_once(&self) {
        #[cfg(target_os = "linux")]
        let _ = self.0.set_quickack(true);
    }
}

impl AsyncRead for QuickAck {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.0).poll_read(context, buffer);
        if read.is_ready() {
            self.acknowledge_at_once();
        }
        read
    }
}

impl AsyncWrite for QuickAck {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
