//! `Prologue: FILE`: the story of another script, which prepares what this one tests.
//!
//! What is done with it is not known here, nor where the file is.

use std::fmt;

use super::ast::Comment;
use super::table::Cell;
use crate::source::Spanned;

/// The word between the two sides of a line.
pub(super) const IS: &str = "is";

/// The script whose story is a prologue, and what its names stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Borrowing {
    /// The path of its file, from the folder of the script that names it on.
    pub path: Spanned<String>,
    /// What its names stand for.
    pub given: Vec<Given>,
}

/// A line that says what a name of the other script stands for: `Owner is Romeo`, `room is orchard@${rooms}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Comments above the line.
    pub comments: Vec<Comment>,
    /// The name of an actor or a column.
    pub name: Spanned<String>,
    /// What it is, without the blanks around it.
    pub written: Spanned<String>,
    /// The same, read as the cell of a table.
    pub cell: Cell,
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {IS} {}", self.name.value, self.written.value)
    }
}
