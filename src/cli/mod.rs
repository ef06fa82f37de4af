//! The command line: arguments, the commands, and exit codes.

mod accounts;
mod again;
mod args;
mod arrange;
mod bless;
mod check;
mod company;
mod compare;
mod exit_code;
mod explain;
mod file;
mod folder;
mod gate;
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
mod profile;
mod reports;
mod run;
mod screen;
mod select;
mod signals;
mod transcripts;
mod venue;
mod whole;

pub use args::main;
pub use exit_code::ExitCode;
#[doc(hidden)]
pub use profile::arguments_of_profiles;
