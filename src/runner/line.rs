//! The connection of an actor: its way out, and the task that does nothing but read it and pass on what comes.
//!
//! The task can be stopped at any time, and gives back what it reads with nothing lost, so that a connection can be led
//! on to another stage. It must not know what anything that comes means.

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::arrival::{Arrival, Arrived};
use crate::xmpp::{Closed, Incoming, Link, RawStream, Reader, Writer};

/// A connection that is read.
pub(super) struct Line {
    /// The way out.
    pub(super) writer: Writer,
    link: Link,
    reading: Reading,
}

/// The task that reads it.
struct Reading {
    task: JoinHandle<Reader>,
    stop: Option<oneshot::Sender<()>>,
}

/// Passes on what comes for an actor, over one of its connections.
struct Courier {
    actor: usize,
    session: u32,
    arrivals: UnboundedSender<(Instant, Arrival)>,
}

impl Line {
    /// Begins to read a connection and to pass on what comes.
    pub(super) fn new(
        raw: RawStream,
        actor: usize,
        session: u32,
        arrivals: UnboundedSender<(Instant, Arrival)>,
    ) -> Self {
        let courier = Courier {
            actor,
            session,
            arrivals,
        };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(read(raw.reader, courier, stopped));
        Self {
            writer: raw.writer,
            link: raw.link,
            reading: Reading {
                task,
                stop: Some(stop),
            },
        }
    }

    /// Stops reading, and gives the connection back. What has come before has been passed on.
    pub(super) async fn stop(mut self) -> RawStream {
        drop(self.reading.stop.take());
        let reader = (&mut self.reading.task).await;
        RawStream {
            reader: reader.expect("nothing ends the task but this, and it does not panic"),
            writer: self.writer,
            link: self.link,
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(mut reader: Reader, courier: Courier, mut stopped: oneshot::Receiver<()>) -> Reader {
    loop {
        let incoming = tokio::select! {
            biased;
            _ = &mut stopped => return reader,
            incoming = reader.next() => incoming,
        };
        let closed = match &incoming {
            Incoming::Closed(closed) => Some(closed.clone()),
            Incoming::Header(_) | Incoming::Element(_) => None,
        };
        if !courier.pass_on(Arrived::from(incoming)) {
            return reader;
        }
        if let Some(closed) = closed {
            read_end(&closed, &mut reader, &courier, stopped).await;
            return reader;
        }
    }
}

/// Behind a stream error the server closes the stream (RFC 6120 §4.9.1.1), if it does; behind what is not XMPP it can only
/// end the connection.
async fn read_end(
    announced: &Closed,
    reader: &mut Reader,
    courier: &Courier,
    mut stopped: oneshot::Receiver<()>,
) {
    let end = async {
        match announced {
            Closed::StreamError { .. } => Some(reader.end_behind_error().await),
            Closed::NotXmpp(_) => reader.end_behind_nonsense().await,
            Closed::ByPeer | Closed::ConnectionLost(_) | Closed::NotTaken(_) => None,
        }
    };
    let end = tokio::select! {
        biased;
        _ = &mut stopped => None,
        end = end => end,
    };
    if let Some(how) = end {
        courier.pass_on(Arrived::Closed(how));
    }
}

impl Courier {
    /// Tells whether anybody still takes what comes.
    fn pass_on(&self, arrived: Arrived) -> bool {
        let arrival = Arrival {
            actor: self.actor,
            session: self.session,
            at: None,
            during: None,
            arrived,
        };
        self.arrivals.send((Instant::now(), arrival)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;
    use tokio::task::yield_now;

    use super::*;
    use crate::xmpp::ConnectOptions;
    use crate::xmpp::testing::{FakeDialer, FakeLogin, play, romeo};

    const FLOOD: usize = 10_000;

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_read_a_little_at_a_time() {
        let (romeo, options) = (romeo(), ConnectOptions::default());
        let played = play(FakeDialer::local(), &romeo, &options, async |mut server| {
            server.log_in(&FakeLogin::default()).await;
            server.write(&"<a/>".repeat(FLOOD)).await;
        });
        let raw = played.await.session().raw;
        let (sender, mut arrivals) = unbounded_channel();
        let _line = Line::new(raw, 0, 1, sender);
        yield_now().await;
        assert!((1..FLOOD / 10).contains(&arrivals.len()));
        let mut count = 0;
        while arrivals.recv().await.is_some() {
            count += 1;
        }
        // The last one is the end.
        assert_eq!(count, FLOOD + 1);
    }
}
