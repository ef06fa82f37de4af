//! What came of doubting plays, told to users.
//!
//! It sees what was found, and never how.

mod counts;
mod form;
mod html;
mod json;
mod screen;
#[cfg(test)]
mod testing;

pub use counts::Counts;
pub use form::{Form, NoForm};
pub use screen::{page, summary};
