//! The command line: arguments, the commands, and exit codes.

mod accounts;
mod again;
mod args;
mod arrange;
mod bless;
mod check;
mod exit_code;
mod file;
mod list;
mod output;
mod profile;
mod reports;
mod run;
mod select;
mod server_logs;
mod signals;
mod venue;

pub use args::main;
pub use exit_code::ExitCode;
