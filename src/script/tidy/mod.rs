//! The text of a script put in order, with all that its author wrote in it.
//!
//! The parts of a text are written as the printer writes them, each in its place; comments and blank lines between them
//! stay, and so do lines that no part is known for. What is within elements is text and goes over the wire, so only
//! their tags are put in order. This module must not know what anything means.

mod element;
mod page;
mod pieces;
mod text;

pub use text::{Untidy, tidy};
