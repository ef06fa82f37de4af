//! Several reports side by side: the result of each script on each server.
//!
//! Unlike what is merged, nothing is added up across reports, and no verdict is given. What differs between servers
//! comes first. Where reports lie and how the table gets to its readers is not known here.

mod cell;
mod clauses;
mod column;
mod form;
mod html;
mod markdown;
mod page;
mod row;
mod table;
#[cfg(test)]
mod tests;

pub(in crate::report) use clauses::told;
pub use column::Source;
pub(in crate::report) use column::columns;
pub use form::{Form, UnknownForm};
pub(in crate::report) use html::kept;
pub use page::is_page_of;
pub use table::Matrix;
