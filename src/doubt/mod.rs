//! Whether a play would have noticed if its server had done something else.
//!
//! Pure functions of a plan and of what was recorded when it was played. It knows neither files nor servers, and nothing
//! of how the result is shown.

mod edit;
mod fault;
mod made;
mod model;
mod stanza;
mod value;

pub use crate::fault_kind::{FaultKind, UnknownKind};
pub use fault::{BadFaultName, Fault, FaultName};
pub use model::{Doubted, Finding, Tried};
pub use stanza::{Change, changes, changes_as_one};
