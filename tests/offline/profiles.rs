//! `scansion.toml`: what is written once, and what the command line says beside it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use crate::program::{assert_ends, scansion, text};

/// A project with this `scansion.toml`, and a script in `plays/`.
fn project(toml: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("scansion.toml"), toml).unwrap();
    let plays = folder.path().join("plays");
    fs::create_dir(&plays).unwrap();
    let script =
        "# A play\n[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: x\n---\nRomeo connects\n";
    fs::write(plays.join("play.scs"), script).unwrap();
    folder
}

fn run(project: &TempDir, below: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = scansion(arguments);
    let folder = project.path().join(below);
    let output = command.current_dir(folder).output().unwrap();
    let text = text(&output);
    let folder = project.path().to_str().unwrap();
    (output.status.code(), text.replace(folder, "[project]"))
}

/// A port where no program listens: a refusal tells where the runner has tried to go.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[track_caller]
fn assert_goes_to(project: &TempDir, below: &str, arguments: &[&str], server: &str) {
    let (code, text) = run(project, below, arguments);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains(&format!("no connection to {server}: connection refused")),
        "{text}"
    );
}

#[test]
fn a_profile_says_where_to_go_and_what_to_run() {
    let (usual, other, given) = (nowhere(), nowhere(), nowhere());
    let project = project(&format!(
        "[profile.default]\nscripts = [\"plays\"]\nserver = \"{usual}\"\ntimeout = 3\n\n\
         [profile.ci]\nserver = \"{other}\"\nquiet = true\n"
    ));
    assert_goes_to(&project, "", &["run"], &usual);
    // From below, and with paths that begin where the file is.
    assert_goes_to(&project, "plays", &["run"], &usual);
    assert_goes_to(&project, "", &["run", "--profile", "ci"], &other);
    // The command line wins.
    assert_goes_to(
        &project,
        "",
        &["run", "--profile=ci", "--server", &given],
        &given,
    );
    assert_goes_to(&project, "plays", &["run", "play.scs"], &usual);
}

#[test]
fn what_does_not_go_with_the_command_line_is_left_out() {
    let given = nowhere();
    let project = project(
        "[profile.default]\nlaunch = \"prosody\"\nisolation = \"script\"\nscripts = \"plays\"\n",
    );
    assert_goes_to(&project, "", &["run", "--server", &given], &given);
}

#[test]
fn a_file_can_be_named_or_left_alone() {
    let usual = nowhere();
    let project = project(&format!("[profile.default]\nserver = \"{usual}\"\n"));
    let file = project.path().join("scansion.toml");
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("other.toml");
    fs::rename(file, &other).unwrap();
    let other = other.to_str().unwrap();
    assert_goes_to(&project, "", &["run", "--config", other, "plays"], &usual);
    fs::write(project.path().join("scansion.toml"), "nonsense = 1").unwrap();
    let given = nowhere();
    let without = ["run", "--no-config", "plays", "--server", &given];
    assert_goes_to(&project, "", &without, &given);
    for command in ["check", "list"] {
        let (code, text) = run(&project, "", &[command, "plays"]);
        assert_eq!(code, Some(2), "{text}");
        let (code, text) = run(&project, "", &[command, "plays", "--no-config"]);
        assert_eq!(code, Some(0), "{text}");
    }
    // Other commands do not read it.
    let (code, text) = run(&project, "", &["completions", "bash"]);
    assert_eq!(code, Some(0), "{text}");
}

/// A project whose `scansion.toml` starts a program, which leaves a file behind.
fn starting() -> TempDir {
    project(
        "[profile.default]\nlaunch-command = \"touch started; sleep 1\"\nlaunch-timeout = \"1s\"\n",
    )
}

fn set_mode(project: &TempDir, name: &str, mode: u32) {
    let path = project.path().join(name);
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_others_can_write_starts_nothing() {
    for (name, mode, words) in [
        (
            "scansion.toml",
            0o666,
            "others than its owner can write it (mode 0666)",
        ),
        (
            "",
            0o777,
            "others than its owner can write its folder (mode 0777)",
        ),
    ] {
        let project = starting();
        set_mode(&project, name, mode);
        let (code, text) = run(&project, "plays", &["run", "play.scs"]);
        assert_eq!(code, Some(2), "{text}");
        let refused = format!("error: [project]/scansion.toml is not read: {words}");
        assert!(text.starts_with(&refused), "{text}");
        assert!(
            text.contains("give `--config [project]/scansion.toml`"),
            "{text}"
        );
        assert!(!project.path().join("plays/started").exists());
        // A user who names it, or wants none, has said so.
        let config = project.path().join("scansion.toml");
        let config = config.to_str().unwrap();
        let (_, text) = run(&project, "plays", &["run", "play.scs", "--config", config]);
        assert!(project.path().join("plays/started").exists(), "{text}");
        assert!(!text.contains("note: options from"), "{text}");
        let nowhere = nowhere();
        let without = ["run", "--no-config", "play.scs", "--server", &nowhere];
        assert_goes_to(&project, "plays", &without, &nowhere);
    }
}

#[test]
fn the_file_that_was_found_is_named() {
    let usual = nowhere();
    let project = project(&format!("[profile.default]\nserver = \"{usual}\"\n"));
    let note = |arguments: &[&str]| {
        let (_, text) = run(&project, "plays", arguments);
        text.contains("note: options from [project]/scansion.toml\n")
    };
    assert!(note(&["run", "play.scs"]));
    assert!(!note(&["run", "play.scs", "-q"]));
    assert!(!note(&["run", "play.scs", "--no-config"]));
    assert!(!note(&["check", "play.scs"]));
}

macro_rules! complaints {
    ($($name:ident: $toml:expr, $arguments:expr;)*) => {
        $(#[test]
        fn $name() {
            let (code, text) = run(&project($toml), "", $arguments);
            assert_eq!(code, Some(2), "{text}");
            insta::assert_snapshot!(text);
        })*
    };
}

complaints! {
    an_unknown_key: "[profile.default]\nquiet-tme = 1\n", &["run", "plays"];
    an_unknown_table: "[profiles.default]\nquiet = true\n", &["run", "plays"];
    a_value_that_cannot_be: "[profile.default]\ntimeout = \"soon\"\n", &["run", "plays"];
    a_flag_with_a_text: "[profile.default]\nquiet = \"yes\"\n", &["run", "plays"];
    an_option_with_a_table: "[profile.default]\nserver = { host = \"a\" }\n", &["run", "plays"];
    no_toml: "[profile.default\n", &["run", "plays"];
    an_unknown_profile: "[profile.a]\n[profile.b]\n", &["run", "plays", "--profile", "c"];
    a_file_that_is_not_there: "", &["run", "plays", "--config", "nowhere.toml"];
}

#[test]
fn a_profile_needs_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = scansion(&["run", "--profile", "ci", "x.scs"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    assert_ends(&output, 2, &["there is no scansion.toml here or above"]);
}

#[test]
fn reports_go_to_the_folder_of_the_file() {
    let usual = nowhere();
    let project = project(&format!(
        "[profile.default]\nscripts = [\"plays\"]\nserver = \"{usual}\"\n\
         report = [\"json=all.json\", \"tap\"]\n"
    ));
    let (code, text) = run(&project, "plays", &["run"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.starts_with("TAP version 13\n1..1\nnot ok 1 - A play"),
        "{text}"
    );
    let report = fs::read_to_string(project.path().join("all.json")).unwrap();
    assert!(report.contains("connection refused"), "{report}");
}

#[test]
fn check_and_list_take_the_scripts_and_what_else_they_have() {
    let project = project(
        "[profile.default]\nscripts = [\"plays\"]\nserver = \"localhost\"\n\n\
         [profile.strict]\ndeny-warnings = true\n\n[profile.none]\nskip-tags = \"slow\"\nfilter = \"masque\"\n",
    );
    let note = "note: options from scansion.toml";
    for (arguments, code, words) in [
        (&["check"][..], 0, "1 script: no errors, 1 warning"),
        (&["list"], 0, "A play  plays/play.scs"),
        (
            &["check", "--profile", "strict"],
            2,
            "this script can never fail",
        ),
        (&["list", "--profile", "strict"], 0, "A play"),
        (&["list", "--profile", "none"], 2, "no script is selected"),
        (&["check", "--config", "scansion.toml"], 0, "1 script: "),
        (&["list", "--no-config"], 2, "FILE_OR_DIR"),
        (&["check", "--no-config"], 2, "FILE_OR_DIR"),
        (
            &["list", "--profile", "moon"],
            2,
            "there is no profile `moon`",
        ),
    ] {
        let (ended, text) = run(&project, "", arguments);
        assert_eq!(ended, Some(code), "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
        let is_told = ["1 script: ", "A play", "is selected"]
            .iter()
            .any(|words| text.contains(words));
        let is_found = is_told && !arguments.contains(&"--config");
        assert_eq!(text.contains(note), is_found, "{arguments:?}: {text}");
    }
    // From below, paths begin where the file is; what is named on the command line wins.
    let (code, text) = run(&project, "plays", &["list"]);
    assert_eq!(
        (code, text.contains("plays/play.scs")),
        (Some(0), true),
        "{text}"
    );
    let (code, text) = run(&project, "plays", &["check", "play.scs"]);
    assert_eq!((code, text.contains("note: ")), (Some(0), false), "{text}");
}
