//! Scripts: from text to a checked tree, and back to text.
//!
//! This part of the program works with no server in reach.

pub mod ast;
mod check;
mod complaints;
mod display;
mod error;
mod parse;
mod suggest;
#[cfg(test)]
mod testing;

pub use check::check;
pub use error::{ScriptError, ScriptErrorKind, UnclosedBy};
pub use parse::{Parsed, parse};

pub struct Reading {
    pub script: ast::Script,
    pub problems: Vec<ScriptError>,
}
pub fn read(source: crate::source::SourceFile) -> Reading {
    let p = parse(source);
    Reading {
        script: p.script,
        problems: p.errors,
    }
}
