//! What is red: scripts that are known not to pass, flaky ones, and how many may fail before a run ends.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use regex::Regex;
use scansion::report::json;
use scansion::report::model::{Standing, Verdict};
use tempfile::TempDir;

use crate::program::scansion;
use crate::shop;

/// A folder with scripts, and a server on which some of them pass.
struct Town {
    folder: TempDir,
    server: String,
}

impl Town {
    fn new(domains: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("suite")).unwrap();
        shop::write_scripts(&folder.path().join("suite"), domains);
        Self {
            folder,
            server: shop::server(),
        }
    }

    fn with_baseline(self, text: &str) -> Self {
        fs::write(self.path("known.toml"), text).unwrap();
        self
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn baseline(&self) -> String {
        fs::read_to_string(self.path("known.toml")).unwrap()
    }

    fn command(&self, arguments: &[&str], folder: &Path) -> Command {
        let words = [&["run", "--server", &self.server], arguments].concat();
        let mut command = scansion(&words);
        command.current_dir(folder);
        command
    }

    /// Runs scripts from the folder of the town; gives the exit code, and what was said without times.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        said(
            self.command(arguments, self.folder.path())
                .output()
                .unwrap(),
        )
    }
}

fn said(output: Output) -> (Option<i32>, String) {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8(both).unwrap();
    let time = Regex::new(r"\d+\.\d{2,3} s").unwrap();
    let port = Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let text = port.replace_all(&text, "127.0.0.1:PORT");
    (
        output.status.code(),
        time.replace_all(&text, "N s").into_owned(),
    )
}

#[track_caller]
fn assert_ends((code, text): (Option<i32>, String), expected: i32, words: &[&str]) {
    assert_eq!(code, Some(expected), "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in:\n{text}");
    }
}

const BASELINE: [&str; 2] = ["--baseline", "known.toml"];

fn with_baseline<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["suite"], &BASELINE[..], arguments].concat()
}

// ---- The baseline -------------------------------------------------------------------------------------------

#[test]
fn a_known_failure_is_not_red_and_a_new_one_is() {
    let town = Town::new(&["bad", "good"]).with_baseline(
        "\"suite/bad.scs\" = { reason = \"rude, #12\", expires = \"9999-12-31\" }\n",
    );
    let (code, text) = town.run(&with_baseline(&[]));
    assert_eq!(code, Some(0), "{text}");
    insta::assert_snapshot!(text);
    // With `-v` all of it is shown, and with `-q` nothing.
    assert_ends(
        town.run(&with_baseline(&["-v"])),
        0,
        &["expected the text 'Good morrow'"],
    );
    assert_eq!(town.run(&with_baseline(&["-q"])), (Some(0), String::new()));
    shop::write_scripts(&town.path("suite"), &["worse"]);
    assert_ends(
        town.run(&with_baseline(&[])),
        1,
        &[
            "FAIL  A worse day",
            "3 scripts: 1 passed, 1 failed, 1 known not to pass",
        ],
    );
}

#[test]
fn what_passes_again_or_is_known_for_too_long_is_red() {
    let town = Town::new(&["bad", "good"]).with_baseline(
        "\"suite/bad.scs\" = { reason = \"rude\", expires = \"2001-01-01\" }\n\
         \"suite/good.scs\" = { reason = \"rude\" }\n",
    );
    let (code, text) = town.run(&with_baseline(&[]));
    assert_eq!(code, Some(1), "{text}");
    insta::assert_snapshot!(text);
    // A script that passes again is red alone, too, and stays visible.
    let alone = ["suite/good.scs", "--baseline", "known.toml", "-q"];
    assert_ends(town.run(&alone), 1, &["fixed A good day"]);
}

#[test]
fn a_script_that_cannot_be_run_can_be_known() {
    let town = Town::new(&["good"]);
    fs::write(
        town.path("suite/broken.scs"),
        "# Broken\n---\nNobody connects\n",
    )
    .unwrap();
    let town = town
        .with_baseline("'suite/broken.scs' = { reason = 'nobody is there', outcome = 'error' }\n");
    assert_ends(
        town.run(&with_baseline(&[])),
        0,
        &["known Broken  suite/broken.scs  not run", "nobody is there"],
    );
}

#[test]
fn a_server_that_is_not_there_is_no_known_failure() {
    let known =
        "'suite/bad.scs' = { reason = 'rude' }\n'suite/good.scs' = { reason = 'rude, too' }\n";
    let mut town = Town::new(&["bad", "good"]).with_baseline(known);
    town.server = "127.0.0.1:1".to_owned();
    assert_ends(
        town.run(&with_baseline(&[])),
        2,
        &[
            "2 scripts: 0 passed, 2 could not be run",
            "known.toml:1 excuses that it fails, and not that it cannot be run; that would be `outcome = \"error\"`",
        ],
    );
    // Nor does an update make it one, or say that nothing has to be settled.
    let update = with_baseline(&["--update-baseline"]);
    assert_ends(town.run(&update), 2, &["no script comes in or goes"]);
    assert_eq!(town.baseline(), known);
}

#[test]
fn a_run_of_which_nothing_is_known_is_not_good() {
    let known = "'suite/bad.scs' = { reason = 'no server', outcome = 'error' }\n\
                 'suite/good.scs' = { reason = 'no server', outcome = 'error', expires = '2001-01-01' }\n";
    let town = Town::new(&["bad", "good"]).with_baseline(known);
    let nowhere = Town {
        server: "127.0.0.1:1".to_owned(),
        ..town
    };
    let nothing_ran = "error: no script could be run, and no baseline excuses that";
    for script in ["suite/bad.scs", "suite/good.scs"] {
        let run = nowhere.run(&[script, BASELINE[0], BASELINE[1], "--report=json=r.json"]);
        assert_ends(run, 2, &[nothing_ran]);
        let merged = nowhere
            .command(&[], nowhere.folder.path())
            .get_program()
            .to_owned();
        let merged = Command::new(merged)
            .args(["report", "merge", "r.json"])
            .current_dir(nowhere.folder.path())
            .output();
        assert_ends(said(merged.unwrap()), 2, &[nothing_ran]);
    }
    // One that fails was not known to.
    let town = Town {
        server: shop::server(),
        ..nowhere
    };
    assert_ends(
        town.run(&["suite/bad.scs", BASELINE[0], BASELINE[1]]),
        1,
        &["known.toml:1 excuses that it cannot be run, and not that it fails"],
    );
    assert_ends(
        town.run(&with_baseline(&["--update-baseline"])),
        0,
        &["1 added, 1 taken out"],
    );
    assert_ends(
        town.run(&with_baseline(&[])),
        0,
        &["1 passed, 1 known not to pass"],
    );
}

#[test]
fn updates_at_the_same_time_lose_nothing() {
    let domains = ["bad", "worse", "worst", "awful", "dire"];
    let town = Town::new(&domains);
    let scripts = domains.map(|domain| format!("suite/{domain}.scs"));
    // The same script comes in only once, whichever run brings it.
    let runs = scripts.iter().chain(&scripts[..2]).map(|script| {
        let arguments = [script, BASELINE[0], BASELINE[1], "--update-baseline"];
        let mut command = town.command(&arguments, town.folder.path());
        command.stdout(Stdio::null()).spawn().unwrap()
    });
    let runs: Vec<_> = runs.collect();
    for mut run in runs {
        assert_eq!(run.wait().unwrap().code(), Some(0));
    }
    for script in scripts {
        assert_eq!(
            town.baseline().matches(&script).count(),
            1,
            "{}",
            town.baseline()
        );
    }
}

#[test]
fn paths_begin_in_the_folder_of_the_file() {
    let town = Town::new(&["bad"]).with_baseline("'./suite//bad.scs' = { reason = 'rude' }\n");
    let suite = town.path("suite");
    let absolute = suite.join("bad.scs");
    for script in ["bad.scs", "../suite/bad.scs", absolute.to_str().unwrap()] {
        let arguments = [script, "--baseline", "../known.toml"];
        let output = town.command(&arguments, &suite).output().unwrap();
        assert_ends(said(output), 0, &["1 known not to pass"]);
    }
    let elsewhere = [absolute.to_str().unwrap(), "--baseline", "../known.toml"];
    let output = town.command(&elsewhere, &suite).output().unwrap();
    assert_ends(said(output), 0, &["1 known not to pass"]);
}

#[test]
fn what_is_wrong_with_a_baseline_is_told_with_its_place() {
    let town = Town::new(&["good"]).with_baseline(
        "'suite/good.scs' = { reson = 'rude' }\n'suite/bad.scs' = { reason = 'x', expires = 'soon' }\n",
    );
    let (code, text) = town.run(&with_baseline(&[]));
    assert_eq!(code, Some(2), "{text}");
    insta::assert_snapshot!(text);
    let town = town.with_baseline("'suite/good.scs' = {");
    assert_ends(town.run(&with_baseline(&[])), 2, &["known.toml:1:"]);
    fs::remove_file(town.path("known.toml")).unwrap();
    assert_ends(
        town.run(&with_baseline(&[])),
        2,
        &["known.toml: No such file", "--update-baseline begins one"],
    );
    assert_ends(
        town.run(&["suite", "--update-baseline"]),
        2,
        &["--baseline <FILE>"],
    );
}

#[test]
fn a_script_that_is_gone_is_told() {
    let town = Town::new(&["good"]).with_baseline("# gone\n'suite/gone.scs' = { reason = 'x' }\n");
    let gone = "known.toml:2:1: there is no suite/gone.scs any more";
    assert_ends(town.run(&with_baseline(&[])), 0, &[gone, "1 passed"]);
}

#[test]
fn an_update_writes_what_fails_and_takes_out_what_passes() {
    let town = Town::new(&["bad", "good", "worse"]);
    let update = with_baseline(&["--update-baseline"]);
    assert_ends(
        town.run(&update),
        0,
        &[
            "FAIL  A bad day",
            "known.toml: 2 added, 0 taken out",
            "+ suite/worse.scs: Shop received",
        ],
    );
    insta::assert_snapshot!(town.baseline());
    assert_ends(
        town.run(&with_baseline(&[])),
        0,
        &["1 passed, 2 known not to pass"],
    );
    // Reasons, days and comments of users stay, and so does what was not run.
    let edited = "# ours\n\n\"suite/bad.scs\" = { reason = \"rude\", expires = \"2001-01-01\" } # mend\n\
                  \"suite/good.scs\" = { reason = \"was bad\" }\n\"suite/worse.scs\" = { reason = \"ruder\" }\n";
    let town = town.with_baseline(edited);
    let filtered = with_baseline(&["--update-baseline", "--filter", "worse"]);
    assert_ends(town.run(&filtered), 0, &["no script comes in or goes"]);
    assert_eq!(town.baseline(), edited);
    // What was known for too long is in it still, and red until a user gives it a later day.
    assert_ends(
        town.run(&update),
        1,
        &["0 added, 1 taken out", "- suite/good.scs"],
    );
    assert_eq!(
        town.baseline(),
        edited.replace("\"suite/good.scs\" = { reason = \"was bad\" }\n", "")
    );
}

#[test]
fn what_could_not_be_run_does_not_come_in_by_itself() {
    let town = Town::new(&["good"]);
    let update = [
        "suite",
        "--baseline",
        "known.toml",
        "--update-baseline",
        "--server=127.0.0.1:1",
    ];
    let mut command = scansion(&["run"]);
    let command = command.args(update).current_dir(town.folder.path());
    assert_ends(
        said(command.output().unwrap()),
        2,
        &["no script comes in or goes"],
    );
    assert!(!town.baseline().contains("good.scs"), "{}", town.baseline());
}

#[test]
fn an_interrupted_run_updates_nothing_and_excuses_nothing() {
    let town = Town::new(&["bad", "silent"])
        .with_baseline("'suite/silent.scs' = { reason = 'it says nothing' }\n");
    let before = town.baseline();
    let arguments = with_baseline(&["--update-baseline", "--timeout=60s", "-v"]);
    let mut child = town
        .command(&arguments, town.folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("suite/silent.scs A silent day") || !said.ends_with("Shop receives:\n") {
        assert_ne!(out.read_line(&mut said).unwrap(), 0, "{said}");
    }
    let id = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status();
    assert!(kill.unwrap().success());
    out.read_to_string(&mut said).unwrap();
    let code = child.wait().unwrap().code();
    assert_ends(
        (code, said),
        2,
        &["ERROR A silent day", "known.toml was not updated"],
    );
    assert_eq!(town.baseline(), before);
}

// ---- Retries ------------------------------------------------------------------------------------------------

#[test]
fn a_script_that_passes_in_the_end_is_flaky() {
    let town = Town::new(&["bad", "good", "moody"]);
    let (code, text) = town.run(&["suite/moody.scs", "suite/good.scs", "--retries", "3"]);
    assert_eq!(code, Some(0), "{text}");
    insta::assert_snapshot!(text);
    // One attempt more is not enough for every script.
    let town = Town::new(&["bad", "moody"]);
    assert_ends(
        town.run(&["suite", "--retries=1"]),
        1,
        &[
            "FAIL  A moody day  suite/moody.scs  N s  2 attempts",
            "0 passed, 2 failed",
        ],
    );
}

/// Runs a script whose set-up is refused at first with this error, of this type, then accepted.
fn refused_at_first(condition: &str, kind: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let script = "# A day\n## strict\n[Component] Shop\n\tjid: shop.localhost\n\tsecret: open-sesame\n---\nPrologue\n\
                  Shop connects\nShop receives:\n\t<message type='normal' id='key'/>\nStory\nShop disconnects\n";
    fs::write(folder.path().join("day.scs"), script).unwrap();
    let refusal = format!(
        "<error type='{kind}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    );
    let is_refused = AtomicBool::new(true);
    let server = shop::server_that_says(move |domain| {
        let (kind, error) = match is_refused.swap(false, Ordering::Relaxed) {
            true => ("error", refusal.as_str()),
            false => ("normal", ""),
        };
        format!(
            "<handshake/><message from='localhost' to='{domain}' type='{kind}' id='key'>{error}</message>"
        )
    });
    let mut command = scansion(&[&["run", "--server", &server, "day.scs"], arguments].concat());
    said(command.current_dir(folder.path()).output().unwrap())
}

#[test]
fn what_is_refused_for_the_moment_is_tried_again() {
    for (condition, kind) in [
        ("resource-constraint", "wait"),
        ("internal-server-error", "wait"),
        ("internal-server-error", "cancel"),
    ] {
        let report = ["--retries=1", "--report=json=report.json"];
        for arguments in [&report[..1], &report] {
            let ended = refused_at_first(condition, kind, arguments);
            assert_ends(ended, 0, &["flaky A day", "the set-up was refused"]);
        }
        assert_ends(refused_at_first(condition, kind, &[]), 0, &["1 not tested"]);
    }
    let ended = refused_at_first("forbidden", "auth", &["--retries=1"]);
    assert_ends(ended, 0, &["1 not tested"]);
}

#[test]
fn known_failures_are_not_retried() {
    let town = Town::new(&["moody"]).with_baseline("'suite/moody.scs' = { reason = 'moods' }\n");
    let (code, text) = town.run(&with_baseline(&["--retries=5"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains("attempts"), "{text}");
}

#[test]
fn reports_have_attempts_and_standing() {
    let town = Town::new(&["bad", "good", "moody"])
        .with_baseline("'suite/bad.scs' = { reason = 'rude' }\n");
    let (_, text) = town.run(&with_baseline(&[
        "--retries=2",
        "--report=json=report.json",
    ]));
    let report = json::read(&fs::read_to_string(town.path("report.json")).unwrap()).unwrap();
    let [bad, good, moody] = report.scripts.as_slice() else {
        panic!("{text}");
    };
    assert_eq!(
        (bad.standing(), bad.is_red()),
        (Some(Standing::Known), false)
    );
    assert_eq!((good.attempts, good.flaky), (1, false));
    assert_eq!((moody.attempts, moody.flaky), (3, true));
    assert_eq!(moody.verdict, Verdict::Passed);
    assert!(
        moody.explanation.contains("got 'Begone'"),
        "{}",
        moody.explanation
    );
}

// ---- When to stop -------------------------------------------------------------------------------------------

#[test]
fn a_run_ends_after_so_many_red_scripts() {
    let town =
        Town::new(&["a", "b", "c", "good"]).with_baseline("'suite/a.scs' = { reason = 'x' }\n");
    let stopped = |arguments: &[&str], words: &str| {
        assert_ends(town.run(&with_baseline(arguments)), 1, &[words]);
    };
    stopped(
        &["--max-fail", "1"],
        "0 passed, 1 failed, 1 known not to pass, 2 not run",
    );
    stopped(
        &["--fail-fast"],
        "0 passed, 1 failed, 1 known not to pass, 2 not run",
    );
    stopped(
        &["--max-fail=2"],
        "0 passed, 2 failed, 1 known not to pass, 1 not run",
    );
    stopped(&["--max-fail=3"], "1 passed, 2 failed, 1 known not to pass");
    assert_ends(town.run(&["suite", "--max-fail=0"]), 2, &["--max-fail"]);
    let both = ["suite", "--max-fail=2", "--fail-fast"];
    assert_ends(town.run(&both), 2, &["cannot be used with"]);
}

// ---- Profiles -----------------------------------------------------------------------------------------------

#[test]
fn a_profile_can_have_all_of_it() {
    let town =
        Town::new(&["bad", "moody"]).with_baseline("'suite/bad.scs' = { reason = 'rude' }\n");
    let profile = "[profile.default]\nscripts = [\"suite\"]\nbaseline = \"known.toml\"\nretries = 2\nmax-fail = 1\n";
    fs::write(town.path("scansion.toml"), profile).unwrap();
    let output = town.command(&[], &town.path("suite")).output().unwrap();
    assert_ends(said(output), 0, &["0 passed, 1 flaky, 1 known not to pass"]);
    // The command line wins, also with what does not go with the profile.
    shop::write_scripts(&town.path("suite"), &["worse", "worst"]);
    let arguments = ["--fail-fast", "--retries=0"];
    let output = town.command(&arguments, &town.path("suite")).output();
    assert_ends(
        said(output.unwrap()),
        1,
        &["1 failed, 1 known not to pass, 1 not run"],
    );
}
