//! The `scansion` command.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use scansion::cli;
use scansion::guard::Order;

/// Scripts and streams are read into many small pieces of memory, which the system's allocator is slower at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().collect();
    match Order::of_arguments(&arguments) {
        Some(order) => order.obey(),
        None => cli::main(arguments).into(),
    }
}
