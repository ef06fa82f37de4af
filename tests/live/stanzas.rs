//! A proxy that meddles with whole stanzas, between the program and a real server: what comes twice, in another order,
//! late or not at all is stood or told as the script says.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use crate::launched::{Launched, run_at};
use crate::program;
use crate::proxy::{Side, proxy};

/// Romeo talks to himself, so that there is one connection.
const SCRIPT: &str = "# Two messages

[Client] Romeo
	jid: romeo@localhost
	password: montague

---------

Romeo connects

Romeo sends:
	<message to=\"${Romeo's full JID}\">
		<body>first</body>
	</message>
	<message to=\"${Romeo's full JID}\">
		<body>second</body>
	</message>

Romeo receives:
	<message>
		<body>first</body>
	</message>

Romeo receives:
	<message>
		<body>second</body>
	</message>

Romeo receives: nothing

Romeo disconnects
";

/// What happens to a message.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mishap {
    /// It comes twice.
    Twice,
    /// It does not come.
    Lost,
    /// It comes after the next one.
    Swapped,
    /// It comes after some time, and so does all that comes after it.
    Late(Duration),
}

/// What happens, and the body of the message that it happens to.
#[derive(Debug, Clone, Copy)]
struct Fault {
    mishap: Mishap,
    body: &'static str,
}

/// One direction of a connection.
struct Direction {
    drain: TcpStream,
    /// Nothing happens in the other direction.
    fault: Option<Fault>,
    /// What has come and was not passed on, as its end is missing.
    rest: Vec<u8>,
    /// A message that waits for the next one.
    held: Vec<u8>,
}

const BEGIN: &[u8] = b"<message";
const END: &[u8] = b"</message>";

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

impl Direction {
    fn pass_all(mut self, mut source: TcpStream) -> io::Result<()> {
        let mut buffer = [0; 4096];
        loop {
            match source.read(&mut buffer)? {
                0 => return self.drain.shutdown(Shutdown::Write),
                count => self.pass(&buffer[..count])?,
            }
        }
    }

    /// Passes on what is there, message by message; other stanzas go as they come.
    fn pass(&mut self, piece: &[u8]) -> io::Result<()> {
        self.rest.extend(piece);
        while let Some(begin) = find(&self.rest, BEGIN) {
            let message = self.rest.split_off(begin);
            self.drain.write_all(&self.rest)?;
            self.rest = message;
            let Some(end) = find(&self.rest, END) else {
                return Ok(());
            };
            let after = self.rest.split_off(end + END.len());
            let message = std::mem::replace(&mut self.rest, after);
            self.message(message)?;
        }
        self.drain.write_all(&std::mem::take(&mut self.rest))
    }

    fn message(&mut self, message: Vec<u8>) -> io::Result<()> {
        let is_meant = |fault: &Fault| find(&message, fault.body.as_bytes()).is_some();
        match self.fault.filter(is_meant).map(|fault| fault.mishap) {
            None => {
                let held = std::mem::take(&mut self.held);
                self.drain.write_all(&[message, held].concat())
            }
            Some(Mishap::Twice) => self.drain.write_all(&message.repeat(2)),
            Some(Mishap::Lost) => Ok(()),
            Some(Mishap::Swapped) => {
                self.held = message;
                Ok(())
            }
            Some(Mishap::Late(time)) => {
                thread::sleep(time);
                self.drain.write_all(&message)
            }
        }
    }
}

/// Passes on what comes over a connection, with a fault in what one side sends.
fn open_passage(client: &TcpStream, server: &TcpStream, side: Side, fault: Fault) {
    for (from, source, drain) in [
        (Side::Client, client, server),
        (Side::Server, server, client),
    ] {
        let source = source.try_clone().unwrap();
        let direction = Direction {
            drain: drain.try_clone().unwrap(),
            fault: (from == side).then_some(fault),
            rest: Vec::new(),
            held: Vec::new(),
        };
        thread::spawn(move || direction.pass_all(source));
    }
}

/// Runs the script with a mishap to the message with this body, on its way to the server, and on its way back.
fn assert_ends(mishap: Mishap, body: &'static str, arguments: &[&str], code: i32, words: &str) {
    let server = Launched::prosody();
    let fault = Fault { mishap, body };
    for side in [Side::Client, Side::Server] {
        let proxy = proxy(server.port(), move |client, server| {
            open_passage(&client, &server, side, fault);
        });
        let ended = run_at(proxy, SCRIPT, arguments);
        let said = program::text(&ended);
        assert_eq!(
            ended.status.code(),
            Some(code),
            "{side:?} {fault:?}: {said}"
        );
        assert!(said.contains(words), "{side:?} {fault:?}: {said}");
    }
}

const PATIENT: [&str; 2] = ["--timeout", "30"];
const IMPATIENT: [&str; 2] = ["--timeout", "3"];
const STRICT: [&str; 3] = ["--timeout", "30", "--strict"];
const NOT_NEXT: &str = "Romeo received another stanza next, and the script is strict";

#[test]
fn a_stanza_that_comes_twice_is_told_where_nothing_may_come() {
    let words = "Romeo received a stanza where nothing should come";
    assert_ends(Mishap::Twice, "second", &PATIENT, 1, words);
}

#[test]
fn a_stanza_that_comes_twice_is_passed_over_unless_the_script_is_strict() {
    let words = "1 script: 1 passed, 1 unexpected stanza";
    assert_ends(Mishap::Twice, "first", &PATIENT, 0, words);
    assert_ends(Mishap::Twice, "first", &STRICT, 1, NOT_NEXT);
}

#[test]
fn stanzas_in_another_order_are_told_where_the_script_is_strict() {
    let words = "1 script: 1 passed";
    assert_ends(Mishap::Swapped, "first", &PATIENT, 0, words);
    assert_ends(Mishap::Swapped, "first", &STRICT, 1, NOT_NEXT);
}

#[test]
fn a_stanza_that_does_not_come_is_told() {
    let words = "Romeo waited 3s for <message>, and received one stanza, which does not match";
    assert_ends(Mishap::Lost, "first", &IMPATIENT, 1, words);
    let words = "Romeo waited 3s for <message>, and received nothing";
    assert_ends(Mishap::Lost, "second", &IMPATIENT, 1, words);
}

#[test]
fn a_stanza_that_comes_late_is_waited_for_as_long_as_the_patience_lasts() {
    let late = Mishap::Late(Duration::from_millis(300));
    assert_ends(late, "first", &PATIENT, 0, "1 script: 1 passed");
    let too_late = Mishap::Late(Duration::from_secs(30));
    let words = "Romeo waited 3s for <message>, and received nothing";
    assert_ends(too_late, "first", &IMPATIENT, 1, words);
}
