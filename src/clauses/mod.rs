//! The clauses of a standard: an index of its normative sentences, one file for each document, and how such a file is
//! made of a copy of the document.
//!
//! An index has no sentence of the document, only the beginning of its hash, by which scripts name it. What scripts
//! claim, how they are run and how anything is shown is not known here.

mod document;
mod entry;
mod index;
mod indexes;

pub use document::{file_stem, named, title};
pub use entry::{Entry, Level, Subject, Testable};
pub use index::{BadLine, Found, Index};
pub use indexes::{IndexError, Indexes, folder_above, read_index};
