//! The program as its users run it, and how a run of it ended. Every test runs it by these.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Where the program is.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_scansion");

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// How long a server may take to start: longer than by default, as several of them start at the same time.
const PATIENCE: &str = "--launch-timeout=5m";

/// The program with these arguments, in the project's folder. It runs without input, and without the variables of the
/// environment that would change what it says.
pub fn scansion(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .args(launches_without_limit(arguments).then_some(PATIENCE))
        .current_dir(root())
        .env_remove("NO_COLOR")
        .env_remove("SCANSION_ADMIN_PASSWORD")
        .stdin(Stdio::null());
    command
}

/// Whether these arguments have a known server launched, and do not say how long that may take.
fn launches_without_limit(arguments: &[&str]) -> bool {
    let has = |option: &str| {
        let mut names = arguments.iter().filter_map(|word| word.split('=').next());
        names.any(|name| name == option)
    };
    arguments.first() == Some(&"run") && has("--launch") && !has("--launch-timeout")
}

/// Runs scripts to the end, with these arguments of `scansion run`.
pub fn run(arguments: &[&str]) -> Output {
    let words = [&["run"], arguments].concat();
    scansion(&words).output().unwrap()
}

/// All that it said.
pub fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(both).unwrap()
}

/// It ended with this exit code, and said these words.
#[track_caller]
pub fn assert_ends(output: &Output, code: i32, words: &[&str]) {
    let text = text(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in:\n{text}");
    }
}
