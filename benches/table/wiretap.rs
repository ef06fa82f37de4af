//! Ports that lead to a server's, and write down what goes over each connection, in order.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::Shutdown;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};

use super::program;
use super::tape::{self, Heard, Sound};

/// Has scansion run through a wiretap, and makes a recording for the replay. In its arguments, `{client}` and
/// `{component}` stand for the ports.
pub async fn record(path: &Path, ports: [u16; 2], arguments: &[&str]) -> io::Result<()> {
    let wiretap = Wiretap::default();
    let client = wiretap.tap(ports[0]).await?.to_string();
    let component = wiretap.tap(ports[1]).await?.to_string();
    let fill = |word: &&str| {
        word.replace("{client}", &client)
            .replace("{component}", &component)
    };
    let mut scansion = Command::new(program());
    scansion
        .args(arguments.iter().map(fill))
        .stdin(Stdio::null());
    let status = tokio::task::spawn_blocking(move || scansion.status()).await??;
    if !status.success() {
        return Err(io::Error::other("it has to pass, to be recorded"));
    }
    let mut file = BufWriter::new(File::create(path)?);
    tape::write(&tape::cut(&wiretap.into_sounds()), &mut file)?;
    file.flush()
}

/// What was recorded so far.
#[derive(Clone, Default)]
struct Wiretap {
    sounds: Arc<Mutex<Vec<Sound>>>,
}

impl Wiretap {
    /// Opens a port that leads to another one of this machine.
    async fn tap(&self, port: u16) -> io::Result<u16> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let own = listener.local_addr()?.port();
        let tap = self.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(tap.clone().listen(client, port));
            }
        });
        Ok(own)
    }

    /// All that was recorded.
    fn into_sounds(self) -> Vec<Sound> {
        std::mem::take(&mut *self.sounds.lock().expect("nobody has panicked"))
    }

    async fn listen(self, client: TcpStream, port: u16) -> io::Result<()> {
        let server = TcpStream::connect(("127.0.0.1", port)).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let wire = self.open(port);
        let (client, server) = (&client, &server);
        let out = self.pass_on(wire, client, server, Heard::Sent);
        let back = self.pass_on(wire, server, client, Heard::Came);
        tokio::try_join!(out, back).map(drop)
    }

    fn open(&self, port: u16) -> usize {
        let mut sounds = self.sounds.lock().expect("nobody has panicked");
        let opened = sounds
            .iter()
            .filter(|sound| matches!(sound.heard, Heard::Opened(_)));
        let wire = opened.count();
        sounds.push(Sound {
            at: Instant::now(),
            wire,
            heard: Heard::Opened(port),
        });
        wire
    }

    /// Passes on what comes, until its end. The sender may hold the next piece back until this one is acknowledged.
    async fn pass_on(
        &self,
        wire: usize,
        from: &TcpStream,
        to: &TcpStream,
        heard: fn(Vec<u8>) -> Heard,
    ) -> io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            from.readable().await?;
            let length = match from.try_read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                length => length?,
            };
            from.set_quickack(true)?;
            let piece = &buffer[..length];
            if length == 0 {
                if matches!(heard(Vec::new()), Heard::Sent(_)) {
                    self.note(wire, Heard::Closed);
                }
                return SockRef::from(to).shutdown(Shutdown::Write);
            }
            self.note(wire, heard(piece.to_vec()));
            write_all(to, piece).await?;
        }
    }

    fn note(&self, wire: usize, heard: Heard) {
        let at = Instant::now();
        let mut sounds = self.sounds.lock().expect("nobody has panicked");
        sounds.push(Sound { at, wire, heard });
    }
}

async fn write_all(to: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        to.writable().await?;
        match to.try_write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            written => bytes = &bytes[written?..],
        }
    }
    Ok(())
}
