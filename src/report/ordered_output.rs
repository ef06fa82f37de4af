//! What is written about each script, put in order: scripts can run at the same time, and are reported one after the
//! other.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All that is written in a run: a part for each script, in order.
///
/// The part whose turn it is goes out as it is written. Later ones wait until those before them are done.
#[derive(Clone)]
pub struct OrderedOutput(Arc<Mutex<Contents>>);

struct Contents {
    out: Box<dyn Write + Send>,
    turn: usize,
    waiting: BTreeMap<usize, Waiting>,
    /// Notes that have been written.
    said: BTreeSet<String>,
    /// Why something could not be written.
    lost: Option<io::Error>,
}

/// A part whose turn has not come.
#[derive(Default)]
struct Waiting {
    pieces: Vec<Piece>,
    is_done: bool,
}

/// A piece of a part.
enum Piece {
    Text(String),
    /// Something that is said only once in an output.
    Note(String),
}

impl OrderedOutput {
    /// An output that is written to `out`.
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self(Arc::new(Mutex::new(Contents {
            out,
            turn: 0,
            waiting: BTreeMap::new(),
            said: BTreeSet::new(),
            lost: None,
        })))
    }

    /// The part with this number. The first is 0. It is done when it is dropped, and every number has to come.
    pub fn part(&self, number: usize) -> OutputPart {
        OutputPart {
            number,
            output: self.clone(),
        }
    }

    /// Writes outside of all parts.
    pub fn write(&self, text: &str) {
        self.contents().out(text);
    }

    /// Why something that was written is lost, the first time that this happened; it is told once.
    pub fn lost(&self) -> Option<io::Error> {
        self.contents().lost.take()
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn add(&mut self, number: usize, piece: Piece) {
        if number == self.turn {
            self.put(piece);
        } else {
            self.waiting.entry(number).or_default().pieces.push(piece);
        }
    }

    fn put(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => self.out(&text),
            Piece::Note(text) if self.said.insert(text.clone()) => self.out(&text),
            Piece::Note(_) => {}
        }
    }

    fn done(&mut self, number: usize) {
        if number != self.turn {
            self.waiting.entry(number).or_default().is_done = true;
            return;
        }
        self.turn += 1;
        while let Some(part) = self.waiting.remove(&self.turn) {
            part.pieces.into_iter().for_each(|piece| self.put(piece));
            if !part.is_done {
                return;
            }
            self.turn += 1;
        }
    }

    fn out(&mut self, text: &str) {
        let written = self.out.write_all(text.as_bytes());
        match written.and_then(|()| self.out.flush()) {
            Ok(()) => {}
            // The reader has gone away, and cannot be told.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(error) => self.lost = self.lost.take().or(Some(error)),
        }
    }
}

/// A part of an [`OrderedOutput`], for one script.
pub struct OutputPart {
    number: usize,
    output: OrderedOutput,
}

impl OutputPart {
    /// Writes a text as it is.
    pub fn text(&mut self, text: &str) {
        let piece = Piece::Text(text.to_owned());
        self.output.contents().add(self.number, piece);
    }

    /// Writes something that is said only once in the output: in the first part that has it.
    pub fn note(&mut self, text: String) {
        self.output.contents().add(self.number, Piece::Note(text));
    }
}

impl Drop for OutputPart {
    fn drop(&mut self) {
        self.output.contents().done(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Screen {
        fn shown(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn pages_come_in_order_and_the_first_as_it_is_written() {
        let screen = Screen::default();
        let output = OrderedOutput::new(Box::new(screen.clone()));
        let [mut first, mut second, mut third] = [0, 1, 2].map(|number| output.part(number));
        third.text("3");
        drop(third);
        second.text("2");
        first.text("1");
        assert_eq!(screen.shown(), "1");
        drop(first);
        assert_eq!(screen.shown(), "12");
        second.text("b");
        assert_eq!(screen.shown(), "12b");
        drop(second);
        assert_eq!(screen.shown(), "12b3");
    }

    #[test]
    fn a_note_is_in_the_first_part_that_has_it_whoever_wrote_first() {
        let screen = Screen::default();
        let output = OrderedOutput::new(Box::new(screen.clone()));
        let [mut first, mut second] = [0, 1].map(|number| output.part(number));
        second.note("note\n".into());
        second.text("2\n");
        first.note("note\n".into());
        first.text("1\n");
        drop(first);
        drop(second);
        assert_eq!(screen.shown(), "note\n1\n2\n");
    }
}
