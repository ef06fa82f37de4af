//! The command line: arguments, the commands, and exit codes.
//!
//! Imports run one way. The options of a feature stand beside it; `args` puts them together to commands; `settings`
//! makes of those of `run` what the run takes; and `program` calls the commands. Only `settings`, `rerun` and `run`
//! see those of `run` as a whole.

mod accounts;
mod args;
mod arrange;
mod atomic_file;
mod bless;
mod check;
mod clauses;
mod compare;
mod context;
mod descriptors;
mod diff;
mod doors;
mod doubt;
mod exit_code;
mod explain;
mod file;
mod fmt;
mod folder;
mod form;
mod hidden;
mod indexes;
mod isolation;
mod job;
mod judging;
mod late;
mod launch;
mod launching;
mod ledger;
mod limits;
mod list;
mod manual;
mod merge;
mod names;
mod number;
mod output;
mod ownership;
mod password_conflicts;
mod places;
mod policy;
mod problems;
mod profile;
mod program;
mod proposal;
mod queue;
mod recipes;
mod recorded;
mod replaced;
mod report;
mod reports;
mod rerun;
mod run;
mod running_server;
mod screen;
mod security;
mod select;
mod server_facts;
mod settings;
mod share;
mod signals;
mod target;
mod targets;
mod told_problems;
mod transcripts;
mod transport;
mod waiting;
mod words;

pub use exit_code::ExitCode;
#[doc(hidden)]
pub use program::arguments_of_profiles;
pub use program::main;
