//! Whether a server has what a script requires.
//!
//! Before the script begins, its first client logs in on a connection of its own, without presence, and asks by
//! service discovery (XEP-0030). What is found out holds for all scripts of a run at that server. This part of the
//! program knows requirements and connections; it knows nothing of stories.

mod domains;
mod known;
mod probe;
mod software;

pub use known::{Answer, Entity, Known, Unmet};
pub use probe::{Finding, Probe, ProbeError};
pub use software::Told;
