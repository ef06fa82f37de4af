//! From a script to what has to be done: names, addresses and defaults resolved.
//!
//! A [`Plan`] is plain data and nothing in it waits for anything but the values that only the run can give.
//! This part of the program does no I/O.

mod actor;
mod computing;
mod expectation;
mod options;
mod rename;
mod resolve;
mod resolver;
mod step;
mod template;
mod terms;
mod unbound;

pub use actor::ActorPlan;
pub use computing::Computing;
pub use options::{DefaultMode, Enforced, HostPort, HostPortError, PlanOptions, Receiving};
pub(crate) use rename::Renames;
pub use rename::Renaming;
pub use resolve::{Plan, resolve};
pub use step::{Name, Outgoing, Step};
pub use template::{Template, Unbound};
pub use terms::Terms;

pub use crate::script::Sync;
