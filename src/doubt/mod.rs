//! Whether a play would have noticed if its server had done something else.
//!
//! Pure functions of a plan and of what was recorded when it was played. It knows neither files nor servers, and nothing
//! of how the result is shown.

mod fault;
mod kind;
mod model;

pub use fault::{BadFaultName, Fault, FaultName};
pub use kind::{FaultKind, UnknownKind};
pub use model::{Doubted, Finding, Tried};
