//! `scansion explain`, and what it says.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::program;

/// What the program has said, and its exit code.
pub struct Done {
    code: Option<i32>,
    /// All that it has said.
    pub text: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let both = [output.stdout, output.stderr].concat();
        let code = output.status.code();
        let text = String::from_utf8(both).unwrap();
        Self { code, text }
    }
}

impl Done {
    /// It has ended with this exit code, and said these words.
    #[track_caller]
    pub fn ended(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.text);
        for word in words {
            assert!(self.text.contains(word), "no {word:?} in:\n{}", self.text);
        }
        self
    }
}

/// Runs the program.
pub fn scansion(arguments: &[&str]) -> Done {
    program::scansion(arguments).output().unwrap().into()
}

/// Judges scripts by a transcript.
pub fn explain(transcript: &Path, arguments: &[&str]) -> Done {
    scansion(&[&["explain", transcript.to_str().unwrap()], arguments].concat())
}

/// A text in a file of its own.
pub fn file(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}
