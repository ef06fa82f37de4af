//! What came of doubting plays, told to users.
//!
//! It sees what was found, and never how.

mod counts;
mod screen;

pub use counts::Counts;
pub use screen::{page, summary};
