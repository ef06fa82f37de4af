//! A TCP connection that is quick to acknowledge what comes.
//!
//! Servers send many small pieces. Where they hold one back until the last one is acknowledged (Nagle's algorithm, RFC
//! 896), and the other side holds the acknowledgement back (RFC 1122 §4.2.3.2), both wait for 40 ms at every turn
//! between actors. Linux can be asked to acknowledge at once, and has to be asked again each time. Whatever we send
//! acknowledges as well, so that is done when we have read all there is and have sent nothing since.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection.
pub(super) struct QuickAck {
    stream: TcpStream,
    /// Whether something has come that nothing has acknowledged yet.
    is_due: bool,
}

impl QuickAck {
    /// The connection, which will be quick in both directions.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        // Stanzas are small and are answered; holding them back only adds time.
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            is_due: false,
        })
    }

    /// Where it cannot be asked for, things take longer, and nothing else changes.
    fn acknowledge_at_once(&mut self) {
        if std::mem::take(&mut self.is_due) {
            #[cfg(target_os = "linux")]
            let _ = self.stream.set_quickack(true);
        }
    }

    /// Takes note of what was written.
    fn written(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.is_due &= !matches!(written, Poll::Ready(Ok(_)));
        written
    }
}

impl AsyncRead for QuickAck {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        match read {
            Poll::Ready(_) => self.is_due = true,
            Poll::Pending => self.acknowledge_at_once(),
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
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
