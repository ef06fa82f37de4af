//! Scripts that wait for their turn: next to nothing is kept of most of them meanwhile, and they have to be what they were.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::program::{assert_ends, run, scansion};
use crate::shop;

/// How many more scripts are to take no more memory.
const MORE: usize = 24;

/// By how much the memory may differ that few and many scripts take, in KiB: as much as eight scripts take. The allocator
/// gets pages of 2 MiB, and gives them back when it has time.
const NOISE: usize = 10 * 1024;

/// So many scripts have more text than that of which a run keeps what it has read: each has some 30 kB.
const MORE_THAN_KEPT: usize = 20;

/// Makes a folder with so many scripts, each of which takes some 1,250 KiB as long as it is kept.
fn scripts(count: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text =
        "# T\n[Client] A\n\tjid: a@localhost\n\tpassword: x\n---\nA connects\n".to_owned();
    for number in 0..400 {
        let _ = write!(
            text,
            "A receives:\n\t<message id='i{number}' to='a@localhost'><body>b</body></message>\n"
        );
    }
    for number in 0..count {
        fs::write(folder.path().join(format!("{number:02}.scs")), &text).unwrap();
    }
    folder
}

/// The most memory that a process has had so far, in KiB; none if it has ended.
fn most(process: &Child) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    let most = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    most.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// The most that `check` has had when it has read so many scripts.
fn most_of_check(count: usize) -> usize {
    let folder = scripts(count);
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let words = [
        "check",
        &folder.path().display().to_string(),
        &pipe.display().to_string(),
    ];
    let mut process = scansion(&words).stdout(Stdio::null()).spawn().unwrap();
    // It opens the pipe after all the others.
    let mut writer = OpenOptions::new().write(true).open(&pipe).unwrap();
    let most = most(&process).unwrap();
    writer.write_all(b"# T\n---\n").unwrap();
    drop(writer);
    process.wait().unwrap();
    most
}

/// The most that `run` has had while it told of so many scripts, none of which gets far.
fn most_of_run(count: usize) -> usize {
    let folder = scripts(count);
    // No program listens at the port of this service of long ago (RFC 1078).
    let words = [
        "run",
        "--server=127.0.0.1:1",
        &folder.path().display().to_string(),
    ];
    let mut process = scansion(&words).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let most = lines.filter_map(|_| most(&process)).max().unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(2));
    most
}

/// Sees that many scripts more take no more memory than so many do.
#[track_caller]
fn assert_keeps_no_more_than(count: usize, most: impl Fn(usize) -> usize) {
    let more = count + MORE;
    let (few, many) = (most(count), most(more));
    assert!(
        many < few + NOISE,
        "{count} scripts take {few} KiB, {more} take {many}"
    );
}

#[test]
fn check_keeps_no_script() {
    assert_keeps_no_more_than(4, most_of_check);
}

#[test]
fn run_keeps_no_more_scripts_than_there_is_room_for() {
    assert_keeps_no_more_than(MORE_THAN_KEPT, most_of_run);
}

/// Plays three scripts, the second of which is another one from the moment on at which the first is played.
fn changed(change: impl Fn(&Path) + Send + Sync + 'static, options: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    shop::write_scripts(folder.path(), &["good", "moved", "pleasant"]);
    let scripts = folder.path().display().to_string();
    let second = folder.path().join("moved.scs");
    let server = shop::server_that_says(move |domain| {
        change(&second);
        format!(
            "<handshake/><message from='romeo@localhost' to='{domain}'><body>Good morrow</body></message>"
        )
    });
    run(&[
        &["--jobs=1", "--component-server", &server, &scripts],
        options,
    ]
    .concat())
}

#[test]
fn a_script_that_changes_before_its_turn_is_not_run() {
    let change = |script: &Path| fs::write(script, "# Another\n---\n").unwrap();
    let (told, sum) = (
        "was changed or taken away while the run was going on",
        "2 passed, 1 could not be run",
    );
    assert_ends(&changed(change, &[]), 2, &["moved.scs", told, sum]);
    let remove = |script: &Path| drop(fs::remove_file(script));
    let told = "it was there when the run began";
    assert_ends(&changed(remove, &[]), 2, &[told, sum]);
    // It is told of the script, and not of the run.
    assert_ends(&changed(change, &["--report=tap"]), 2, &["not ok 2 - "]);
}
