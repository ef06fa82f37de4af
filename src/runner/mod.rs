//! Acting out a plan against a server.
//!
//! The [`Runner`] owns everything that changes while a script runs, and takes one step after the other. Each
//! connected actor has a task that does nothing but read its stream and pass on what comes. This is the only
//! part of the program that knows both connections and matching; what happened leaves it as [`Event`]s on the
//! way and as a [`ScriptOutcome`] at the end.

mod actor;
mod addressees;
mod arrival;
mod attempt;
mod backend;
mod broken_streams;
mod completeness;
mod computing;
mod connect;
mod delivery;
mod disconnect;
mod either;
mod ending;
mod error;
mod event;
mod flush;
mod flusher;
mod identity;
mod inbox;
mod interrupt;
mod judging;
mod likeness;
mod line;
mod management;
mod obstacle;
mod options;
mod outcome;
mod own_errors;
mod parts;
mod pause;
mod pending;
mod receive;
mod recording;
mod refusal;
mod refused;
mod replay;
mod requests;
mod rules;
mod run;
mod script_run;
mod send;
mod server_ping;

mod silence;
mod standing;
mod start_tls;
mod steps;
mod stop;
mod story_so_far;
mod taken;
mod tally;
mod tamper;
#[cfg(test)]
mod tests;

pub use error::{RunError, RunErrorKind};
pub(crate) use event::shown;
pub use event::{Event, Reporter, Traffic};
pub use interrupt::{Interrupt, Interrupter, interrupt};
pub use obstacle::{Addressed, Obstacle};
pub use options::RunOptions;
pub(crate) use outcome::{ABOUT_HIDDEN, is_error};
pub use outcome::{
    Candidate, Chosen, Expectation, Failure, Left, Member, Reason, ScriptOutcome, StepOutcome,
    StepStatus, Stray, TestedServer, Unheld, Unmet,
};
pub use recording::{Happening, Keep, Moment, MomentKind, StoryEnd};
pub use replay::{Recorded, TakenStep};
pub use run::{InRecordedOrder, Runner, replay};
pub use story_so_far::Unavailability;
pub use taken::Taken;
pub use tamper::{Instead, KnownThen, Tamper, Tampered};
