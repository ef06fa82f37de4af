//! The clauses of a standard: an index of its normative sentences, one file for each document, and how such a file is
//! made of a copy of the document.
//!
//! An index has no sentence of the document, only the beginning of its hash, by which scripts name it. What scripts
//! claim, how they are run and how anything is shown is not known here.

mod block;
mod document;
mod entity;
mod entry;
mod extract;
mod fingerprint;
mod index;
mod indexes;
mod keyword;
mod markup;
mod pattern;
mod rfc;
mod sentence;
mod shelf;
mod standards;
mod subject;
mod testable;
mod update;
mod xep;

pub use block::Unsuitable;
pub use document::file_stem;
pub use entry::{Entry, Level, Subject, Testable, UnknownWord};
pub use extract::{Extract, Sentence, extract};
pub use index::{BadLine, Found, Index};
pub use indexes::{ENDING, FOLDER, IndexError, Indexes, folder_above, read_index};
pub use shelf::Unreadable;
pub use standards::{Standards, StandardsError, read_copy};
pub use update::{Change, Update, update};
