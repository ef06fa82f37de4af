//! Outputs that are full or closed, and inputs that do not end.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::program::PROGRAM;
use crate::shop;

/// A folder with a script that passes, a server for it, and a pipe that no program has opened.
struct Place {
    folder: TempDir,
    server: String,
}

impl Place {
    fn new(domain: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        shop::write_scripts(folder.path(), &[domain]);
        fs::rename(
            folder.path().join(format!("{domain}.scs")),
            folder.path().join("play.scs"),
        )
        .unwrap();
        let pipe = folder.path().join("pipe");
        let made = Command::new("mkfifo").arg(pipe).status().unwrap();
        assert!(made.success());
        Self {
            folder,
            server: shop::server(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command line, in a shell.
    fn shell(&self, line: &str) -> (Option<i32>, String) {
        let output: Output = Command::new("bash")
            .args(["-c", line])
            .current_dir(self.folder.path())
            .env("S", PROGRAM)
            .env("RUN", "run --no-config --server")
            .env("AT", &self.server)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    }

    #[track_caller]
    fn assert_ends(&self, line: &str, expected: i32, words: &str) {
        let (code, text) = self.shell(line);
        assert_eq!(code, Some(expected), "{line}\n{text}");
        assert!(text.contains(words), "{line}: no {words:?} in:\n{text}");
    }
}

/// What is said of an output that is full.
const FULL: &str = "No space left on device";

// ---- Outputs ------------------------------------------------------------------------------------------------

#[test]
fn a_report_that_the_standard_output_does_not_take_is_an_error() {
    let place = Place::new("good");
    for format in ["json", "junit", "tap", "html", "markdown", "github"] {
        let run = format!("$S $RUN $AT --report {format} play.scs");
        place.assert_ends(&format!("{run} >/dev/null"), 0, "1 passed");
        let lost = "error: cannot write the report to the standard output: ";
        let is_full = format!("{lost}{FULL}");
        place.assert_ends(&format!("{run} >/dev/full"), 2, &is_full);
        place.assert_ends(&format!("{run} >&-"), 2, &format!("{lost}it is closed"));
        // A reader that has only a part of a report does not have the report.
        let (code, text) = place.shell(&format!("{{ {run}; echo $? >code; }} | true"));
        assert!(text.contains(lost), "{code:?} {text}");
        assert_eq!(fs::read_to_string(place.path("code")).unwrap(), "2\n");
    }
}

#[test]
fn a_report_that_a_file_does_not_take_is_an_error() {
    let place = Place::new("good");
    let run = "$S $RUN $AT play.scs --report";
    place.assert_ends(
        &format!("{run} json=/dev/full"),
        2,
        &format!("cannot write the report /dev/full: {FULL}"),
    );
    place.assert_ends(
        &format!("{run} tap=not/there"),
        2,
        "cannot write the report not/there: No such file",
    );
    place.assert_ends(
        &format!("{run} junit=pipe"),
        2,
        "cannot write the report pipe: no program reads from this pipe",
    );
    place.assert_ends(
        &format!("cat pipe >got & {run} tap=pipe && wait && cat got"),
        0,
        "ok 1 - A good day",
    );
    place.assert_ends(&format!("{run} tap=>(cat >got)"), 0, "1 passed");
}

/// A report that is sent to a descriptor is written there: the file that it goes to has other things in it.
#[test]
fn a_report_is_written_into_what_is_open_already() {
    let place = Place::new("good");
    let run = "$S $RUN $AT play.scs";
    for (report, to) in [
        ("/dev/stdout", ">out"),
        ("/dev/stdout", ">>out"),
        ("/proc/self/fd/1", ">out"),
        ("/dev/stderr", "2>out"),
        ("/dev/fd/3", "3>out"),
        ("/dev/fd/3", "3>>out"),
        ("out", ">out"),
        ("link", ">>out"),
        ("out", "2>out"),
    ] {
        let line = format!(
            "rm -f out link; ln -s out link; {{ echo before >&$F; {run} --report tap={report}; \
             echo $?; echo behind >&$F; }} {to} | cat; cat out"
        );
        let descriptor = match to.chars().next().unwrap() {
            '>' => '1',
            number => number,
        };
        let (_, text) = place.shell(&format!("F={descriptor}; {line}"));
        let places = ["before", "ok 1 - A good day", "behind"].map(|word| text.find(word));
        assert!(
            places.is_sorted() && places[0].is_some(),
            "{report} {to}: {text}"
        );
        place.assert_ends("test -L link", 0, "");
    }
    place.assert_ends(
        &format!("{run} --report tap=/dev/fd/3 3<play.scs"),
        2,
        "cannot write the report /dev/fd/3: Bad file descriptor",
    );
    place.assert_ends(
        &format!("{run} --report tap=/dev/fd/7"),
        2,
        "cannot write the report /dev/fd/7: ",
    );
}

#[test]
fn two_reports_do_not_go_to_one_output() {
    let place = Place::new("good");
    let run = "$S $RUN $AT play.scs";
    let screen = "error: two reports cannot both go to the standard output";
    for (reports, to, words) in [
        ("tap=/dev/stdout tap", ">out; cat out", screen),
        ("tap=/dev/stdout tap", "| cat", screen),
        ("tap=/dev/fd/1 tap=/dev/stdout", "| cat", screen),
        ("tap=out tap", ">>out", screen),
        (
            "tap=out tap=/dev/fd/3",
            "3>out",
            "cannot both go to /dev/fd/3",
        ),
        (
            "tap=out tap=/dev/stderr",
            "2>out; cat out",
            "cannot both go to /dev/stderr",
        ),
    ] {
        let reports = reports.replace("tap", "--report tap");
        let (_, text) = place.shell(&format!("{run} {reports} {to}"));
        assert!(text.contains(words), "{reports} {to}: {text}");
    }
}

/// A link to a file that is not there yet means the file.
#[test]
fn two_reports_do_not_go_to_one_file_by_a_link() {
    let place = Place::new("good");
    place.assert_ends(
        "$S $RUN $AT play.scs --report json=r.json --transcript t",
        0,
        "",
    );
    place.assert_ends("ln -s new link", 0, "");
    for command in [
        "$RUN $AT play.scs",
        "report merge r.json",
        "doubt t/001-play.transcript",
    ] {
        for (first, second) in [("new", "link"), ("link", "new")] {
            let reports = format!("--report json={first} --report html={second}");
            let words = format!("two reports cannot both go to {second}");
            place.assert_ends(&format!("$S {command} {reports}"), 2, &words);
        }
    }
    place.assert_ends("$S $RUN $AT play.scs --report tap=link", 0, "1 passed");
    place.assert_ends("test -L link && cat new", 0, "ok 1 - A good day");
}

/// What a command reads and writes beside a report does not get lost by it, and nothing is run that would be in vain.
#[test]
fn a_report_takes_the_place_of_nothing_else() {
    let place = Place::new("good");
    let before = "$S $RUN $AT play.scs --report json=r.json --report html=r.html --transcript t; \
                  mkdir clauses; touch baseline recipe clauses/rfc6120.tsv; cp play.scs play.txt; \
                  cp play.scs other.scs; ln -s play.scs link";
    place.assert_ends(before, 0, "1 passed");
    let profiles = "[recipe]\nown = \"./recipe\"\n";
    fs::write(place.path("scansion.toml"), profiles).unwrap();
    let script = "play.scs would take the place of a script";
    for (command, path, words) in [
        ("$RUN $AT play.scs", "play.scs", script),
        ("$RUN $AT .", "./play.scs", "./play.scs would take"),
        (
            "$RUN $AT play.scs",
            "link",
            "link would take the place of a script",
        ),
        ("$RUN $AT link", "play.scs", script),
        (
            "$RUN $AT play.txt",
            "play.txt",
            "the place of a file that is read",
        ),
        ("$RUN $AT play.scs", "other.scs", "the place of a script"),
        (
            "$RUN $AT play.scs",
            "scansion.toml",
            "the place of the profiles",
        ),
        (
            "run --config baseline play.scs",
            "baseline",
            "the file of `--config`",
        ),
        (
            "run --launch own play.scs",
            "recipe",
            "the place of the recipe `own`",
        ),
        (
            "run --no-config --launch ./recipe play.scs",
            "recipe",
            "the file of `--launch`",
        ),
        (
            "$RUN $AT play.scs",
            "clauses/rfc6120.tsv",
            "the place of an index of clauses",
        ),
        (
            "$RUN $AT play.scs --clauses t",
            "t/new.tsv",
            "in the folder of `--clauses`",
        ),
        (
            "$RUN $AT play.scs --update-baseline --baseline new",
            "./new",
            "./new would take the place of the file of `--baseline`; give it another name",
        ),
        (
            "$RUN $AT play.scs --transcript t",
            "t/002-new.transcript",
            "a file in the folder of `--transcript`",
        ),
        (
            "doubt --no-config t/001-play.transcript",
            "play.scs",
            script,
        ),
        (
            "doubt t/001-play.transcript",
            "t/001-play.transcript",
            "a file that is read",
        ),
        ("ledger play.scs", "play.scs", script),
        (
            "ledger play.scs --transcripts t",
            "t/001-play.transcript",
            "`--transcripts`",
        ),
        ("report merge r.json", "r.json", "a file that is read"),
        ("report compare r.json", "r.json", "a file that is read"),
        (
            "report compare r.json",
            "r.html",
            "the page of a report that is read",
        ),
    ] {
        let line = format!("$S {command} --report html={path}");
        let there = "find . -type f -exec sha256sum {} +; find . -type l";
        let files = place.shell(there);
        place.assert_ends(&line, 2, words);
        assert_eq!(place.shell(there), files, "{line}");
    }
    place.assert_ends(
        "$S $RUN $AT play.scs --baseline /dev/null --report tap=/dev/null",
        0,
        "",
    );
    place.assert_ends("$S $RUN $AT . --report tap=r.json --filter play", 0, "");
}

#[test]
fn what_else_is_written_to_a_full_output_is_an_error_and_to_nobody_is_none() {
    let place = Place::new("good");
    place.assert_ends(
        "$S $RUN $AT play.scs --report json=r.json --transcript t",
        0,
        "",
    );
    for command in [
        "$RUN $AT play.scs",
        "check play.scs",
        "list play.scs",
        "completions bash",
        "man",
        "--help",
        "--version",
        "report merge r.json",
        "report merge r.json --report tap",
        "report compare r.json",
        "report compare r.json --report html",
        "explain t/001-play.transcript",
    ] {
        let line = format!("$S {command} >/dev/full");
        let (code, text) = place.shell(&line);
        assert_eq!(code, Some(2), "{line}: {text}");
        assert!(text.contains(FULL), "{line}: {text}");
    }
    for command in ["list play.scs", "completions bash", "man"] {
        place.assert_ends(&format!("$S {command} >&-"), 2, "output: it is closed");
    }
    for command in [
        "list play.scs",
        "check play.scs",
        "man",
        "$RUN $AT play.scs",
    ] {
        let line = format!("$S {command} | true; exit ${{PIPESTATUS[0]}}");
        assert_eq!(place.shell(&line), (Some(0), String::new()), "{line}");
    }
}

#[test]
fn a_transcript_that_cannot_be_written_is_an_error() {
    let place = Place::new("good");
    // A folder in its place is in the way of every user, also of root.
    fs::create_dir_all(place.path("t/001-play.transcript/full")).unwrap();
    place.assert_ends(
        "$S $RUN $AT play.scs --transcript t",
        2,
        "error: t/001-play.transcript: ",
    );
    place.assert_ends(
        "$S $RUN $AT play.scs --transcript play.scs/t",
        2,
        "error: play.scs/t: ",
    );
}

/// A limit to the size of files (`ulimit -f`) is told like a full disk, and ends no run in its middle.
#[test]
fn what_is_larger_than_a_file_may_be_is_an_error() {
    let place = Place::new("good");
    for command in [
        "$RUN $AT play.scs --report json=r",
        "$RUN $AT play.scs --report html >r",
        "$RUN $AT play.scs --transcript t",
        "$RUN $AT play.scs >r",
        "check play.scs >r",
        "man >r",
        "--help >r",
    ] {
        let line = format!("ulimit -f 0; $S {command}");
        place.assert_ends(&line, 2, "File too large");
    }
}

/// It is no matter of a server that is launched: what the signal does there is as it was before.
#[test]
fn a_launched_server_has_the_signal_of_large_files_as_it_was() {
    let place = Place::new("good");
    let server = "grep -E '^Sig(Ign|Cgt)' /proc/self/status; exit 3";
    let line = format!("$S run --no-config --launch-command \"{server}\" play.scs");
    let (code, text) = place.shell(&line);
    assert_eq!(code, Some(2), "{text}");
    let number = |name: &str| {
        let found = text.lines().find_map(|line| line.split_once(name));
        let digits = found.map(|(_, digits)| digits.trim().to_owned());
        u64::from_str_radix(&digits.unwrap_or_default(), 16).expect(&text)
    };
    let large_files = 1 << (25 - 1);
    assert_eq!(number("SigIgn:") & large_files, 0, "{text}");
}

// ---- Inputs -------------------------------------------------------------------------------------------------

#[test]
fn an_input_without_end_is_an_error() {
    let place = Place::new("good");
    File::create(place.path("huge"))
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    for input in ["pipe", "/dev/zero", "huge"] {
        let words = match input {
            "pipe" => "no program writes into this pipe",
            _ => "it is larger than ",
        };
        let commands = [
            "check IN",
            "$RUN $AT IN",
            "$RUN $AT --baseline IN play.scs",
            "run --config IN play.scs",
            "$RUN $AT --ca IN play.scs",
            "$RUN $AT --accounts admin --admin a@b --admin-password-file IN play.scs",
            "run --no-config --launch-command true --launch-config IN play.scs",
            "explain IN",
            "report merge IN",
            "report compare IN",
        ];
        // Each waits for a while, for what does not come.
        thread::scope(|scope| {
            for command in commands {
                let line = format!("$S {}", command.replace("IN", input));
                let place = &place;
                scope.spawn(move || place.assert_ends(&line, 2, &format!("{input}: {words}")));
            }
        });
    }
}

#[test]
fn what_comes_through_a_pipe_is_read() {
    let place = Place::new("good");
    for line in [
        "$S check <(sleep 0.1; cat play.scs)",
        "cat play.scs | $S check /dev/stdin",
        "$S check /dev/stdin <play.scs",
        "cat play.scs >pipe & $S check pipe",
    ] {
        place.assert_ends(line, 0, "1 script: no errors, no warnings");
    }
    place.assert_ends("$S $RUN $AT --baseline /dev/null play.scs", 0, "1 passed");
    place.assert_ends(
        "$S run --config /dev/null --server $AT play.scs",
        0,
        "1 passed",
    );
}
