//! What shells and manual pages are told of the program.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::program::{assert_ends, scansion};

#[track_caller]
fn said(arguments: &[&str]) -> String {
    let output = scansion(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The long options that the help of a command names at the beginning of a line.
fn options(command: &str) -> Vec<String> {
    let help = said(&[command, "--help"]);
    let words = help.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        words.find(|word| word.starts_with("--") || !word.starts_with('-'))
    });
    let options = words.filter(|word| word.starts_with("--"));
    options
        .map(|word| word.split(['[', ',']).next().unwrap_or(word).to_owned())
        .collect()
}

/// Gives a text to a program; what it complains of, or none if there is no such program here.
fn complaints(program: &str, arguments: &[&str], text: &str) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(format!(
        "{told}{}",
        if output.status.success() {
            ""
        } else {
            "it has failed"
        }
    ))
}

#[test]
fn every_shell_gets_all_options() {
    let options = options("run");
    assert!(options.len() > 30, "{options:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = said(&["completions", shell]);
        for option in &options {
            // The one of fish has them without the dashes.
            let name = option.trim_start_matches('-');
            assert!(script.contains(name), "{option} is not in that of {shell}");
        }
    }
    assert_eq!(
        complaints("bash", &["-n"], &said(&["completions", "bash"])).unwrap(),
        ""
    );
    // `FORMAT[=FILE]`: the forms are known, a file can be any.
    for shell in ["bash", "zsh", "fish"] {
        let script = said(&["completions", shell]);
        for words in ["junit", "SCRAM-SHA-256", "starttls", "prosody-suite"] {
            assert!(script.contains(words), "{words} is not in that of {shell}");
        }
    }
    let unknown = scansion(&["completions", "abacus"]).output().unwrap();
    assert_ends(&unknown, 2, &[]);
}

#[test]
fn the_manual_page_has_all_commands_and_options() {
    let page = said(&["man"]);
    for command in ["run", "check", "list", "completions", "man"] {
        let heading = format!(".SH \"SCANSION {}\"\n", command.to_uppercase());
        let section = page
            .split(&heading)
            .nth(1)
            .unwrap_or_else(|| panic!("no {heading}"));
        let section = section.split("\n.SH ").next().unwrap();
        for option in options(command) {
            let written = option.replace('-', "\\-");
            assert!(section.contains(&written), "no {option} in {section}");
        }
    }
    assert!(page.contains("[\\fB\\-d\\fR]"), "{page}");
    assert_eq!(
        page.matches("\n.TH ").count() + usize::from(page.starts_with(".TH ")),
        1
    );
    let warnings = complaints("man", &["--local-file", "--warnings", "-"], &page);
    assert_eq!(warnings.unwrap_or_default(), "");
}

#[test]
fn pages_are_written_to_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    assert_eq!(said(&["man", "--out", pages.to_str().unwrap()]), "");
    for page in [
        "scansion.1",
        "scansion-run.1",
        "scansion-check.1",
        "scansion-list.1",
    ] {
        let text = fs::read_to_string(pages.join(page)).unwrap();
        assert!(text.contains(".TH "), "{text}");
        assert!(!text.contains(" \\fR]"), "{text}");
    }
    let file = pages.join("scansion.1");
    let refused = scansion(&["man", "--out", file.to_str().unwrap()]).output();
    assert_ends(&refused.unwrap(), 2, &["scansion.1: "]);
}
