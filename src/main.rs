//! The `scansion` command.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use scansion::cli;
use scansion::guard::Order;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().collect();
    match Order::of_arguments(&arguments) {
        Some(order) => order.obey(),
        None => cli::main(arguments).into(),
    }
}
