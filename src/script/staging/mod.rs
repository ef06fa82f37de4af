//! From a script as it is written to the scripts that are played.
//!
//! What an author writes once can be played several times, or by several actors. Behind this stage nothing of that is
//! left: each play is a script with a cast of its own and one flat list of steps, each of one actor, so that plans,
//! recordings and reports need not know of it. It knows nothing of plans and servers.

mod company;
mod filling;
mod lending;
mod rows;
mod stage;
mod steps;

pub(crate) use stage::stage_one;
pub use stage::{Staged, stage};
