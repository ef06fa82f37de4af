//! The command line: arguments, the commands, and exit codes.

mod accounts;
mod args;
mod arrange;
mod atomic_file;
mod bless;
mod check;
mod compare;
mod context;
mod exit_code;
mod explain;
mod file;
mod folder;
mod hidden;
mod job;
mod launch;
mod list;
mod manual;
mod merge;
mod names;
mod options;
mod output;
mod people;
mod planted;
mod policy;
mod profile;
mod reports;
mod rerun;
mod run;
mod screen;
mod select;
mod signals;
mod target;
mod transcripts;

pub use args::main;
pub use exit_code::ExitCode;
#[doc(hidden)]
pub use profile::arguments_of_profiles;
