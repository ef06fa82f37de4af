//! The command line: arguments, the commands, and exit codes.

mod accounts;
mod again;
mod args;
mod arrange;
mod check;
mod exit_code;
mod file;
mod gate;
mod list;
mod manual;
mod merge;
mod output;
mod profile;
mod reports;
mod run;
mod screen;
mod select;
mod server_logs;
mod signals;
mod venue;

pub use args::main;
pub use exit_code::ExitCode;
