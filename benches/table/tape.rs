//! A recorded story: what is written to which connection, and what has to have come before.
//!
//! It is what went over a [`Wiretap`](super::wiretap::Wiretap), with the waiting worked out from its order.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

/// How long `receives: nothing` waits; the runs that are recorded are told so.
pub const QUIET_TIME: Duration = Duration::from_millis(200);

/// Something on a connection, as the wiretap recorded it.
pub enum Heard {
    /// It was opened, to this port.
    Opened(u16),
    /// The client sent this.
    Sent(Vec<u8>),
    /// The server sent this.
    Came(Vec<u8>),
    /// The client closed its side.
    Closed,
}

/// When and on which connection something was recorded.
pub struct Sound {
    /// When.
    pub at: Instant,
    /// On which connection.
    pub wire: usize,
    /// What.
    pub heard: Heard,
}

/// What a replay does.
#[derive(Debug, PartialEq)]
pub enum Deed {
    /// Opens a connection to a port.
    Open(u16),
    /// Writes bytes.
    Write(Vec<u8>),
    /// Waits until this many `>` have come over the connection since it was opened.
    Await(usize),
    /// Waits for some time, as the story does.
    Pause(Duration),
    /// Closes the connection.
    Close,
}

/// What a replay does, step by step, each with its connection.
pub type Tape = Vec<(usize, Deed)>;

/// Works out what a replay has to do: before anything is written or closed, as much has to have come over each
/// connection as had come then.
pub fn cut(sounds: &[Sound]) -> Tape {
    let mut tape = Tape::new();
    let mut came: BTreeMap<usize, usize> = BTreeMap::new();
    let mut awaited: BTreeMap<usize, usize> = BTreeMap::new();
    let mut last = None;
    for sound in sounds {
        let silence = last.map_or(Duration::ZERO, |last| sound.at - last);
        last = Some(sound.at);
        if let Heard::Came(bytes) = &sound.heard {
            *came.entry(sound.wire).or_default() += ends_of_tags(bytes);
            continue;
        }
        for (wire, count) in &came {
            if awaited.insert(*wire, *count) != Some(*count) {
                tape.push((*wire, Deed::Await(*count)));
            }
        }
        if silence >= QUIET_TIME {
            tape.push((sound.wire, Deed::Pause(QUIET_TIME)));
        }
        tape.extend(deed(&sound.heard).map(|deed| (sound.wire, deed)));
    }
    keep_resources(&mut tape, sounds);
    tape
}

fn deed(heard: &Heard) -> Option<Deed> {
    match heard {
        Heard::Opened(port) => Some(Deed::Open(*port)),
        Heard::Sent(bytes) => Some(Deed::Write(bytes.clone())),
        Heard::Closed => Some(Deed::Close),
        Heard::Came(_) => None,
    }
}

/// How many tags end in some bytes of XML; servers write no other `>`.
pub fn ends_of_tags(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'>').count()
}

/// Asks for the resources that the server had chosen, so that the addresses in what is written hold again.
fn keep_resources(tape: &mut Tape, sounds: &[Sound]) {
    const BIND: &str = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";
    for (wire, deed) in tape {
        if let Deed::Write(bytes) = deed
            && let Some(resource) = resource(*wire, sounds)
        {
            let asked = BIND.replace("/>", &format!("><resource>{resource}</resource></bind>"));
            let text = String::from_utf8_lossy(bytes);
            *bytes = text.replace(BIND, &asked).into_bytes();
        }
    }
}

/// The resource that the server told a connection.
fn resource(wire: usize, sounds: &[Sound]) -> Option<String> {
    sounds
        .iter()
        .filter(|sound| sound.wire == wire)
        .find_map(|sound| {
            let Heard::Came(bytes) = &sound.heard else {
                return None;
            };
            let text = String::from_utf8_lossy(bytes);
            let (_, jid) = text.split_once("<jid>")?;
            let (jid, _) = jid.split_once("</jid>")?;
            jid.split_once('/').map(|(_, resource)| resource.to_owned())
        })
}

/// Writes a recording: a line for each step, and below it the bytes to write.
pub fn write(tape: &Tape, out: &mut dyn Write) -> io::Result<()> {
    for (wire, deed) in tape {
        match deed {
            Deed::Open(port) => writeln!(out, "{wire} open {port}")?,
            Deed::Await(count) => writeln!(out, "{wire} await {count}")?,
            Deed::Pause(time) => writeln!(out, "{wire} pause {}", time.as_millis())?,
            Deed::Close => writeln!(out, "{wire} close 0")?,
            Deed::Write(bytes) => {
                writeln!(out, "{wire} write {}", bytes.len())?;
                out.write_all(bytes)?;
            }
        }
    }
    Ok(())
}

/// Reads the next step of a recording; none at its end.
pub fn read_deed(tape: &mut dyn BufRead) -> io::Result<Option<(usize, Deed)>> {
    let mut line = String::new();
    if tape.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let [wire, word, number] = words[..] else {
        return Err(damaged());
    };
    let wire = wire.parse().map_err(|_| damaged())?;
    let number: usize = number.parse().map_err(|_| damaged())?;
    let deed = match word {
        "open" => Deed::Open(u16::try_from(number).map_err(|_| damaged())?),
        "await" => Deed::Await(number),
        "pause" => Deed::Pause(Duration::from_millis(number as u64)),
        "close" => Deed::Close,
        "write" => {
            let mut bytes = vec![0; number];
            tape.read_exact(&mut bytes)?;
            Deed::Write(bytes)
        }
        _ => return Err(damaged()),
    };
    Ok(Some((wire, deed)))
}

fn damaged() -> io::Error {
    io::Error::other("the tape is damaged")
}
