//! `--transcript` and `explain`: what went over the wires is kept, and scripts are judged by it without a server.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use regex::Regex;

/// The transcript of a shop that gets a presence, and then an order with the wares in another order.
const ORDER: &str = "tests/cli/order.transcript";
const ORDER_SCRIPT: &str = "tests/cli/plays/b_order.scs";
/// A script in which the sun rises in the east, and the same with an expectation of the west.
const EAST: &str = "spec/message_full_jid.scs";
const WEST: &str = "tests/cli/doctored/message_full_jid.scs";

/// What the program has said, and its exit code.
struct Done {
    code: Option<i32>,
    text: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let both = [output.stdout, output.stderr].concat();
        let code = output.status.code();
        let text = String::from_utf8(both).unwrap();
        Self { code, text }
    }
}

impl Done {
    #[track_caller]
    fn ended(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.text);
        for word in words {
            assert!(self.text.contains(word), "no {word:?} in:\n{}", self.text);
        }
        self
    }
}

fn scansion(arguments: &[&str]) -> Done {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scansion"));
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    command.output().unwrap().into()
}

/// Runs scripts on a launched Prosody, and gives the transcripts, in order.
fn record(folder: &Path, arguments: &[&str]) -> (Done, Vec<PathBuf>) {
    let folder = folder.join("new");
    let fixed = [
        "run",
        "--launch=prosody",
        "--transcript",
        folder.to_str().unwrap(),
    ];
    let done = scansion(&[&fixed, arguments].concat());
    let files = fs::read_dir(&folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    (done, files)
}

fn explain(transcript: &Path, arguments: &[&str]) -> Done {
    scansion(&[&["explain", transcript.to_str().unwrap()], arguments].concat())
}

/// A text in a file of its own.
fn file(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[track_caller]
fn assert_private(path: &Path, mode: u32) {
    let mode_is = fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode_is, mode, "{}", path.display());
}

#[test]
fn own_scripts_pass_by_their_transcripts_under_whatever_names() {
    for names in [&[][..], &["--unique", "--domain=xmpp.example.org"]] {
        let folder = tempfile::tempdir().unwrap();
        let scripts = ["spec", "examples", "--jobs=4"];
        let (done, files) = record(folder.path(), &[&scripts, names].concat());
        done.ended(0, &[]);
        assert_private(files[0].parent().unwrap(), 0o700);
        assert!(files.len() > 25);
        assert!(files[0].ends_with("001-spec-basic_message.transcript"));
        for file in files {
            assert_private(&file, 0o600);
            explain(&file, &[]).ended(0, &["pass "]);
        }
    }
}

/// What is shown of a failure, but for what only a server can add to it: its log, and how to run the script on it.
fn page(done: &Done) -> Vec<&str> {
    let (_, page) = done.text.split_once("error: ").expect("it failed");
    let lines = page.lines().take_while(|line| !line.is_empty());
    let mut of_server = false;
    let kept = lines.filter(|line| {
        if !line.starts_with("    ") {
            of_server = ["  the server's log", "  run it alone"]
                .iter()
                .any(|title| line.starts_with(title));
        }
        !of_server
    });
    kept.collect()
}

#[test]
fn a_failure_is_explained_as_it_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let (told, files) = record(folder.path(), &[WEST, "--timeout=1"]);
    let again = explain(&files[0], &[]).ended(1, &["FAIL "]);
    assert_eq!(page(&again), page(&told.ended(1, &[])));
    assert!(page(&again).len() > 20);
    let transcript = fs::read_to_string(&files[0]).unwrap();
    assert!(
        transcript.contains("failed\n\tJuliet waited 1s for <message>"),
        "{transcript}"
    );
    // What is right again leads to the end of what is recorded.
    let ends = "the recording ends at line 39, `Juliet receives:`";
    explain(&files[0], &[EAST]).ended(2, &[ends, "message_full_jid.scs:50:", "`--transcript`"]);
}

#[test]
fn an_expectation_fails_where_a_run_would_fail() {
    let folder = tempfile::tempdir().unwrap();
    let (_, files) = record(folder.path(), &[EAST]);
    let edited = explain(&files[0], &[WEST]);
    edited.ended(
        1,
        &[
            "Juliet waited 5s for <message>, and received 2 stanzas",
            "message_full_jid.scs:43:51",
            "expected direction='west', got direction='east'",
        ],
    );
    // What came only later, to the phone, does not count.
    let early = fs::read_to_string(EAST)
        .unwrap()
        .replace("receives: nothing", "receives:\n\t<message/>");
    let early = file(folder.path(), "early.scs", early);
    explain(&files[0], &[&early]).ended(
        1,
        &[
            "phone waited 5s for <message>, and received nothing",
            "early.scs:49:",
        ],
    );
    // If somebody says something else, nobody knows the answer.
    let other = fs::read_to_string(EAST)
        .unwrap()
        .replace("O, speak again", "O, be silent");
    let other = file(folder.path(), "other.scs", other);
    explain(&files[0], &[&other]).ended(
        2,
        &[
            "in the recording, this is where Romeo sends",
            "O, speak again",
        ],
    );
}

#[test]
fn what_could_not_be_found_out_has_a_transcript_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let (done, files) = record(
        folder.path(),
        &["spec/login.scs", "--mechanism=SCRAM-SHA-512"],
    );
    done.ended(2, &[]);
    let transcript = fs::read_to_string(&files[0]).unwrap();
    assert!(
        transcript.contains("could not be found out\n\t"),
        "{transcript}"
    );
    assert!(
        transcript.contains("<mechanism>PLAIN</mechanism>"),
        "{transcript}"
    );
    explain(&files[0], &[]).ended(2, &["the recording ends at line"]);
}

#[test]
fn what_was_interrupted_has_a_transcript_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_scansion"))
        .args(["run", "-v", "--launch=prosody", "--timeout=5m"])
        .args(["tests/scripts/live/never_there.scs", "--transcript"])
        .arg(folder.path())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(run.stdout.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    assert!(lines.any(|line| line.contains("Romeo receives:")));
    let id = run.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(
        lines.last().unwrap().split(", in").next(),
        Some("1 script: 0 passed, 1 could not be run")
    );
    assert_eq!(run.wait().unwrap().code(), Some(2));
    let transcript = folder
        .path()
        .join("001-tests-scripts-live-never_there.transcript");
    let text = fs::read_to_string(&transcript).unwrap();
    assert!(
        text.contains("could not be found out\n\tRomeo was interrupted\n"),
        "{text}"
    );
    // Nobody knows whether it would have come.
    explain(&transcript, &[]).ended(2, &["the recording ends at line", "never_there.scs:11:"]);
}

#[test]
fn more_or_less_can_be_expected() {
    let order = Path::new(ORDER);
    let script = ORDER_SCRIPT;
    explain(order, &[script]).ended(1, &["the children are in another order", "b_order.scs:16:"]);
    explain(order, &[script, "--child-order", "any"]).ended(0, &["pass  An order"]);
    explain(order, &[script, "--child-order=any", "--strict"]).ended(1, &["the script is strict"]);
    for quiet in ["-q", "--quiet"] {
        let done = explain(order, &[script, "--child-order=any", quiet]).ended(0, &[]);
        assert_eq!(done.text, "");
    }
    for verbose in ["-v", "--verbose"] {
        let words = [
            "  11 Shop connects",
            "Shop <- <presence",
            "unexpected, to Shop: <presence",
        ];
        explain(order, &[script, "--child-order=any", verbose]).ended(0, &words);
    }
}

#[test]
fn what_was_asked_for_in_the_run_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(ORDER).unwrap();
    let with = |line: &str| text.replace("timeout: 1s\n", &format!("timeout: 1s\n{line}\n"));
    let lenient = file(folder.path(), "lenient", with("child-order: any"));
    explain(Path::new(&lenient), &[ORDER_SCRIPT]).ended(0, &[]);
    let strict = file(folder.path(), "strict", with("strict: yes"));
    explain(Path::new(&strict), &[ORDER_SCRIPT]).ended(1, &["the script is strict"]);
}

#[test]
fn what_cannot_be_judged_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let new = |name: &str, text: &str| file(folder.path(), name, text);
    let text = fs::read_to_string(ORDER).unwrap();
    let script = fs::read_to_string(ORDER_SCRIPT).unwrap();
    for (transcript, script, words) in [
        (
            "nowhere".to_owned(),
            ORDER_SCRIPT.to_owned(),
            "nowhere: No such file",
        ),
        (
            ORDER_SCRIPT.to_owned(),
            ORDER_SCRIPT.to_owned(),
            "b_order.scs:1: this is no transcript",
        ),
        (
            new("newer", &text.replace("transcript 1", "transcript 7")),
            ORDER_SCRIPT.to_owned(),
            "newer:1: this transcript has form 7",
        ),
        (
            new(
                "hostile",
                &text.replace("timeout: 1s", "timeout: \u{1b}[2J"),
            ),
            ORDER_SCRIPT.to_owned(),
            "hostile:6: `\\u{1b}[2J` is not a time",
        ),
        (
            ORDER.to_owned(),
            "nowhere.scs".to_owned(),
            "nowhere.scs: No such file",
        ),
        (
            ORDER.to_owned(),
            new("tavern.scs", &script.replace("Shop", "Tavern")),
            "tavern.scs: Tavern is not in the transcript; run the script again",
        ),
        (
            new(
                "two",
                &text.replace(
                    "component: Shop",
                    "component: Tavern\n\ttavern.localhost\ncomponent: Shop",
                ),
            ),
            ORDER_SCRIPT.to_owned(),
            "b_order.scs: Tavern is in the transcript, and not in the script; run the script again",
        ),
        (
            ORDER.to_owned(),
            new("moved.scs", &script.replace("jid: shop", "jid: tavern")),
            "Shop is [Component] shop.localhost in the transcript, and [Component] tavern.localhost in the script",
        ),
        (
            ORDER.to_owned(),
            new("broken.scs", "Shop connects\n"),
            "error: ",
        ),
    ] {
        explain(Path::new(&transcript), &[&script]).ended(2, &[words]);
    }
    let bytes = [text.as_bytes(), b"\xff"].concat();
    let latin = file(folder.path(), "latin", bytes);
    explain(Path::new(&latin), &[]).ended(2, &[":36: this is not UTF-8 text"]);
    // Without a script it is the one that was run, from where it was run.
    explain(Path::new(ORDER), &[]).ended(2, &["plays/b_order.scs: No such file"]);
}

#[test]
fn a_folder_that_cannot_be_made_is_told_before_anything_is_run() {
    let done = scansion(&[
        "run",
        "spec/login.scs",
        "--launch=prosody",
        "--transcript",
        "/proc/none",
    ]);
    let done = done.ended(2, &["/proc/none: "]);
    assert!(!Regex::new("pass|FAIL|ERROR").unwrap().is_match(&done.text));
}
