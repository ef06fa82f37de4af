//! Whether a play would have noticed if its server had done something else.
//!
//! Pure functions of a plan and of what was recorded when it was played. It knows neither files nor servers, and nothing
//! of how the result is shown.

mod alternative;
mod edit;
mod fault;
mod judge;
mod live;
mod made;
mod model;
mod play;
mod stanza;
mod suspect;
mod tampering;
#[cfg(test)]
mod tests;
mod unasked;
mod unread;
mod value;

pub use crate::fault_kind::{FaultKind, UnknownKind};
pub use fault::{BadFaultName, Fault, FaultName};
pub use judge::{NotDoubted, doubt};
pub use live::{LiveFault, NoLiveFault};
pub use model::{Doubted, Excuse, Finding, Tried};
pub use play::Recording;
pub use stanza::{Change, changes, changes_as_one};
