//! A proxy that breaks things, between the program and a real server: however a connection fails, the run ends, and
//! tells which actor it happened to, and what happened.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::launched::{Launched, run_at};
use crate::program::text;
use crate::proxy::{Side, proxy};
use socket2::SockRef;

/// One actor, so that there is one connection.
const SCRIPT: &str = "# A ping

[Client] Romeo
	jid: romeo@localhost
	password: montague

---------

Romeo connects

Romeo sends:
	<iq type='get' id='question' to='localhost'>
		<ping xmlns='urn:xmpp:ping'/>
	</iq>

Romeo receives:
	<iq type='result' id='question' from='localhost'/>

Romeo disconnects
";

/// How often a task that waits for bytes looks whether the connection is over.
const POLL: Duration = Duration::from_millis(10);

/// What is done to a connection.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Meddling {
    /// It is closed in due form.
    Close,
    /// It is reset.
    Reset,
    /// Nothing more gets through.
    Stall,
    /// A byte becomes another one.
    Flip,
    /// Some bytes come twice.
    Duplicate,
    /// Some bytes do not come.
    Drop,
    /// Every byte comes by itself.
    Trickle,
}

/// What happens, to the bytes of which side, and where: in the middle of this text.
#[derive(Debug, Clone, Copy)]
struct Fault {
    meddling: Meddling,
    side: Side,
    text: &'static str,
}

/// How many bytes come twice or not at all.
const CHUNK: usize = 5;

impl Fault {
    /// How long the program may wait: little where it has to wait in vain, else more than a slow machine needs.
    fn patience(&self) -> &'static str {
        match self.meddling {
            Meddling::Close | Meddling::Reset | Meddling::Trickle => "30",
            _ => "1",
        }
    }

    /// Where it happens in what has passed and what is to pass now, if it does.
    fn place(&self, passed: &[u8], piece: &[u8]) -> Option<usize> {
        let all = [passed, piece].concat();
        let text = self.text.as_bytes();
        let found = all.windows(text.len()).position(|window| window == text)?;
        let place = found + text.len() / 2;
        Some(place.saturating_sub(passed.len()).min(piece.len()))
    }
}

/// A connection through the proxy.
struct Passage {
    client: TcpStream,
    server: TcpStream,
    is_over: AtomicBool,
}

impl Passage {
    /// Passes on what one side sends until the connection is over.
    fn pass(&self, from: Side, fault: Fault) {
        let (source, drain) = match from {
            Side::Client => (&self.client, &self.server),
            Side::Server => (&self.server, &self.client),
        };
        let mut bytes = Bytes {
            passage: self,
            drain,
            fault: (fault.side == from).then_some(fault),
            passed: Vec::new(),
            is_stalled: false,
        };
        match bytes.pass_all(source) {
            Ok(()) if bytes.is_stalled => {}
            Ok(()) => drop(drain.shutdown(Shutdown::Write)),
            Err(_) => self.is_over.store(true, Ordering::Relaxed),
        }
    }

    /// Ends it: when both directions know, the connections are closed.
    fn end(&self) -> io::Error {
        self.is_over.store(true, Ordering::Relaxed);
        ErrorKind::ConnectionAborted.into()
    }
}

/// What one side sends.
struct Bytes<'a> {
    passage: &'a Passage,
    drain: &'a TcpStream,
    /// What has not happened yet.
    fault: Option<Fault>,
    passed: Vec<u8>,
    is_stalled: bool,
}

impl Bytes<'_> {
    fn pass_all(&mut self, mut source: &TcpStream) -> io::Result<()> {
        let mut buffer = [0; 4096];
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => self.pass(&buffer[..count])?,
                Err(error) if is_a_pause(&error) => {
                    if self.passage.is_over.load(Ordering::Relaxed) {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn pass(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.is_stalled {
            return Ok(());
        }
        let fault = self.fault;
        let place =
            fault.and_then(|fault| Some((fault.meddling, fault.place(&self.passed, piece)?)));
        self.passed.extend(piece);
        match place {
            Some((meddling, place)) => {
                // What has begun to trickle does so to the end; the others happen once.
                self.fault = fault.filter(|fault| fault.meddling == Meddling::Trickle);
                let (before, after) = piece.split_at(place);
                self.drain.write_all(before)?;
                self.meddle(meddling, after)
            }
            None => self.drain.write_all(piece),
        }
    }

    fn meddle(&mut self, meddling: Meddling, rest: &[u8]) -> io::Result<()> {
        let (chunk, after) = rest.split_at(CHUNK.min(rest.len()));
        match meddling {
            Meddling::Close => {
                self.passage.client.shutdown(Shutdown::Both)?;
                Err(self.passage.end())
            }
            Meddling::Reset => {
                SockRef::from(&self.passage.client).set_linger(Some(Duration::ZERO))?;
                Err(self.passage.end())
            }
            Meddling::Stall => {
                self.is_stalled = true;
                Ok(())
            }
            Meddling::Flip => {
                let flipped = [&[!rest[0]], &rest[1..]].concat();
                self.drain.write_all(&flipped)
            }
            Meddling::Duplicate => self.drain.write_all(&[chunk, rest].concat()),
            Meddling::Drop => self.drain.write_all(after),
            Meddling::Trickle => self.trickle(rest),
        }
    }

    fn trickle(&mut self, piece: &[u8]) -> io::Result<()> {
        for byte in piece {
            self.drain.write_all(&[*byte])?;
        }
        Ok(())
    }
}

fn is_a_pause(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn open_passage(client: TcpStream, server: TcpStream, fault: Fault) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(POLL)).unwrap();
    }
    let passage = Arc::new(Passage {
        client,
        server,
        is_over: AtomicBool::new(false),
    });
    for side in [Side::Client, Side::Server] {
        let passage = Arc::clone(&passage);
        thread::spawn(move || passage.pass(side, fault));
    }
}

/// Runs the script with a fault at each of these places, and sees what the program says.
fn assert_each(
    server: &Launched,
    meddling: Meddling,
    side: Side,
    said: &[(&'static str, i32, &[&str])],
) {
    for (text, code, words) in said {
        let fault = Fault {
            meddling,
            side,
            text,
        };
        let proxy = proxy(server.port(), move |client, server| {
            open_passage(client, server, fault);
        });
        let ended = run_at(proxy, SCRIPT, &["--timeout", fault.patience()]);
        assert_told(fault, &ended, *code, words);
    }
}

/// Of the words, one is enough: which it is, is for the server or the machine to say.
#[track_caller]
fn assert_told(fault: Fault, ended: &Output, code: i32, words: &[&str]) {
    let said = text(ended);
    assert_eq!(ended.status.code(), Some(code), "{fault:?}: {said}");
    assert!(!said.contains("panicked"), "{fault:?}: {said}");
    assert!(!said.contains("montague"), "{fault:?}: {said}");
    assert!(code == 0 || said.contains("Romeo"), "{fault:?}: {said}");
    let is_said = words.iter().any(|words| said.contains(words));
    assert!(is_said, "{fault:?}: none of {words:?} in:\n{said}");
}

const HEADER: &str = "<stream:stream ";
const FEATURES: &str = "</mechanism>";
const AUTH: &str = "<auth ";
const CHALLENGE: &str = "<challenge ";
const RESPONSE: &str = "<response ";
const SUCCESS: &str = "<success ";
const BIND: &str = "scansion-bind";
const STANZA: &str = "question";

/// The ways to end, and how each is told.
const ENDS: [(Meddling, &str); 2] = [
    (
        Meddling::Close,
        "the connection was lost: it ended without </stream:stream>",
    ),
    (
        Meddling::Reset,
        "the connection was lost: Connection reset by peer",
    ),
];

#[test]
fn an_end_in_what_the_server_sends_is_told() {
    let server = Launched::prosody();
    for (meddling, lost) in ENDS {
        let at = |step: &str| format!("failed during {step}: {lost}");
        let (header, features) = (at("the stream header"), at("the stream features"));
        let (auth, bind) = (at("authentication"), at("resource binding"));
        assert_each(
            &server,
            meddling,
            Side::Server,
            &[
                (HEADER, 2, &[&header]),
                (FEATURES, 2, &[&features]),
                (CHALLENGE, 2, &[&auth]),
                (SUCCESS, 2, &[&auth]),
                (BIND, 2, &[&bind]),
                (STANZA, 1, &[lost]),
            ],
        );
    }
}

#[test]
fn an_end_in_what_the_client_sends_is_told() {
    let server = Launched::prosody();
    for (meddling, lost) in ENDS {
        let places = [
            (HEADER, 2),
            (AUTH, 2),
            (RESPONSE, 2),
            (BIND, 2),
            (STANZA, 1),
        ];
        for (text, code) in places {
            assert_each(&server, meddling, Side::Client, &[(text, code, &[lost])]);
        }
    }
}

#[test]
fn a_stall_is_told() {
    let server = Launched::prosody();
    let at = |step: &'static str| format!("failed during {step}: no answer within 1 s");
    let (header, features) = (at("the stream header"), at("the stream features"));
    let (auth, bind) = (at("authentication"), at("resource binding"));
    let nothing: &[&str] = &["waited 1s for <iq>, and received nothing"];
    assert_each(
        &server,
        Meddling::Stall,
        Side::Server,
        &[
            (HEADER, 2, &[&header]),
            (FEATURES, 2, &[&features]),
            (CHALLENGE, 2, &[&auth]),
            (SUCCESS, 2, &[&auth]),
            (BIND, 2, &[&bind]),
            (STANZA, 1, nothing),
        ],
    );
    assert_each(
        &server,
        Meddling::Stall,
        Side::Client,
        &[
            (HEADER, 2, &[&header]),
            (AUTH, 2, &[&auth]),
            (RESPONSE, 2, &[&auth]),
            (BIND, 2, &[&bind]),
            (STANZA, 1, nothing),
        ],
    );
}

#[test]
fn what_the_server_did_not_send_so_is_told() {
    let server = Launched::prosody();
    let garbled: &[&str] = &[
        "not well-formed XML",
        "instead of a stream header",
        "but got <",
    ];
    let in_auth: &[&str] = &["not well-formed XML", "went wrong", "but got <"];
    let in_bind: &[&str] = &["not well-formed XML", "but got <", "other stanzas came"];
    for meddling in [Meddling::Flip, Meddling::Duplicate, Meddling::Drop] {
        let wrong: &[&str] = match meddling {
            Meddling::Drop => &["question"],
            _ => &["not well-formed XML", "question"],
        };
        assert_each(
            &server,
            meddling,
            Side::Server,
            &[
                (HEADER, 2, garbled),
                (FEATURES, 2, garbled),
                (CHALLENGE, 2, in_auth),
                (SUCCESS, 2, in_auth),
                (BIND, 2, in_bind),
                (STANZA, 1, wrong),
            ],
        );
    }
}

#[test]
fn what_the_client_did_not_send_so_is_told() {
    let server = Launched::prosody();
    let no: &[&str] = &[
        "stream error",
        "refused",
        "the server closed the stream",
        "no answer",
    ];
    let in_bind: &[&str] = &["but got <", "stream error", "refused", "no answer"];
    for meddling in [Meddling::Flip, Meddling::Duplicate, Meddling::Drop] {
        assert_each(
            &server,
            meddling,
            Side::Client,
            &[
                (HEADER, 2, no),
                (AUTH, 2, no),
                (RESPONSE, 2, no),
                (BIND, 2, in_bind),
                (STANZA, 1, &["question"]),
            ],
        );
    }
}

#[test]
fn bytes_that_come_by_themselves_are_the_same() {
    let server = Launched::prosody();
    for side in [Side::Client, Side::Server] {
        let passed: &[&str] = &["1 script: 1 passed"];
        assert_each(&server, Meddling::Trickle, side, &[("<", 0, passed)]);
    }
}
