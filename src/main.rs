//! The `scansion` command.

fn main() -> std::process::ExitCode {
    scansion::cli::main(std::env::args_os()).into()
}
