//! The limit: a program that writes the recorded bytes of a story to the same server, and reads no XML.
//!
//! It knows connections by number, writes to each what was written, and before that waits until as many `>` have
//! come over each connection as had come then. So it takes the same turns as the program that was recorded, the
//! pings that keep the order of the story and the logins included, and does nothing else: it looks neither at
//! elements nor at names, compares nothing, keeps nothing, and has one thread that blocks. What it cannot notice is
//! a server that says something else with as many tags.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::time::Duration;

use socket2::SockRef;

use super::tape::{Deed, ends_of_tags, read_deed};

/// How long to wait for what is to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection, and how many tags have ended on it.
struct Wire {
    stream: TcpStream,
    came: usize,
}

/// Plays back a recording.
pub fn replay(tape: &Path) -> io::Result<()> {
    let mut tape = BufReader::new(File::open(tape)?);
    let mut wires: BTreeMap<usize, Wire> = BTreeMap::new();
    while let Some((number, deed)) = read_deed(&mut tape)? {
        match deed {
            // The story may pause before a connection is opened as well.
            Deed::Pause(time) => std::thread::sleep(time),
            Deed::Write(bytes) => opened(&mut wires, number)?.stream.write_all(&bytes)?,
            Deed::Await(count) => opened(&mut wires, number)?.wait_for(count)?,
            Deed::Close => opened(&mut wires, number)?.close()?,
            Deed::Open(port) => drop(wires.insert(number, Wire::open(port)?)),
        }
    }
    Ok(())
}

/// The connection of a number.
fn opened(wires: &mut BTreeMap<usize, Wire>, number: usize) -> io::Result<&mut Wire> {
    let wire = wires.get_mut(&number);
    wire.ok_or_else(|| io::ErrorKind::NotConnected.into())
}

impl Wire {
    fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        SockRef::from(&stream).set_tcp_quickack(true)?;
        Ok(Self { stream, came: 0 })
    }

    /// Reads until as many tags have ended. The kernel has to be asked again and again to acknowledge at once.
    fn wait_for(&mut self, count: usize) -> io::Result<()> {
        let mut buffer = [0; 8 * 1024];
        while self.came < count {
            let length = self.stream.read(&mut buffer)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.came += ends_of_tags(&buffer[..length]);
            SockRef::from(&self.stream).set_tcp_quickack(true)?;
        }
        Ok(())
    }

    /// The server may have closed the connection before.
    fn close(&mut self) -> io::Result<()> {
        match self.stream.shutdown(Shutdown::Both) {
            Err(error) if error.kind() != io::ErrorKind::NotConnected => Err(error),
            _ => Ok(()),
        }
    }
}
