//! `## departs`: what a server is known to do stands where a script fails, and changes no verdict.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use scansion::report::model::{Bearing, Report, Verdict};
use scansion::report::{Format, json};
use tempfile::TempDir;

use crate::launched::Launched;
use crate::program::scansion;

/// A script that fails wherever it is run, and what is known of servers.
const SCRIPT: &str = "# A letter to nobody\n\
    ## departs: Prosody: no answer, where <RFC 1> §2 demands one\n\
    ## departs: Prosody ..0.1: nothing at all\n\
    ## departs: Globe 1.4..: another answer\n\
    [Client] Romeo\n\tjid: romeo-departs@localhost\n\tpassword: password\n---\n\
    Romeo connects\nRomeo receives:\n\t<message/>\n";

/// The script in a folder, and reports of it in all forms.
struct Place(TempDir);

impl Place {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("nobody.scs"), script).unwrap();
        Self(folder)
    }

    fn path(&self, format: Format) -> PathBuf {
        self.0.path().join(format.name())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let reports = Format::ALL.map(|format| {
            let path = self.path(format);
            format!("--report={format}={}", path.display())
        });
        scansion(&["run", "--timeout=3s", "nobody.scs"])
            .args(arguments)
            .args(reports)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    fn read(&self, format: Format) -> String {
        fs::read_to_string(self.path(format)).unwrap()
    }

    fn report(&self) -> Report {
        json::read(&self.read(Format::Json)).unwrap()
    }
}

#[test]
fn a_failure_tells_what_is_known_and_of_which_server() {
    let place = Place::new(SCRIPT);
    let output = place.run(&["--launch=prosody"]);
    let screen = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{screen}");
    let report = place.report();
    let server = report.run.server.as_deref().unwrap();
    let sentences = [
        format!(
            "known departure of Prosody: no answer, where <RFC 1> §2 demands one; this server is {server}: of that it \
             is known"
        ),
        format!(
            "known departure of Prosody ..0.1: nothing at all; this server is {server}: that is another version"
        ),
        format!(
            "known departure of Globe 1.4..: another answer; this server is {server}: that is another server"
        ),
    ];
    let script = &report.scripts[0];
    assert_eq!(script.verdict, Verdict::Failed);
    let departures = script.departures.iter();
    let told: Vec<_> = departures
        .map(|known| (known.sentence.clone(), known.bearing))
        .collect();
    let bearings = [Bearing::Known, Bearing::OtherVersion, Bearing::OtherServer];
    assert_eq!(
        told,
        Vec::from_iter(sentences.clone().into_iter().zip(bearings))
    );
    assert_eq!(script.departures[1].versions.as_deref(), Some("..0.1"));
    assert_eq!(script.departures[0].versions, None);
    for sentence in &sentences {
        assert!(screen.contains(&format!("  {sentence}\n")), "{screen}");
        let in_xml = sentence.replace('<', "&lt;").replace('>', "&gt;");
        for (format, sentence) in [
            (Format::Html, &in_xml),
            (Format::Junit, &in_xml),
            (Format::Markdown, sentence),
            (Format::Tap, sentence),
            (Format::Github, sentence),
        ] {
            let text = place.read(format);
            assert!(
                text.contains(sentence),
                "{format} has no {sentence}: {text}"
            );
        }
    }
    assert!(place.read(Format::Html).contains("<p class=\"departure\">"));
}

#[test]
fn what_is_known_is_not_red_if_that_is_asked_for() {
    let place = Place::new(SCRIPT);
    let known = place.run(&["--launch=prosody", "--known-departures", "--retries=3"]);
    let screen = String::from_utf8(known.stdout).unwrap();
    assert_eq!(known.status.code(), Some(0), "{screen}");
    assert!(
        screen.contains("no answer, where <RFC 1> §2 demands one"),
        "{screen}"
    );
    assert!(screen.contains("1 known not to pass"), "{screen}");
    let script = place.report().scripts.remove(0);
    assert_eq!((script.verdict, script.attempts), (Verdict::Failed, 1));
    // What is known of other servers, and of none, excuses nothing.
    let other = SCRIPT.replace("departs: Prosody:", "departs: Globe:");
    let output = Place::new(&other).run(&["--launch=prosody", "--known-departures"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

/// Of a server that the user runs, nothing is known but where it is.
#[test]
fn of_a_server_that_is_not_known_it_is_told_without_judgement() {
    let place = Place::new(SCRIPT);
    place.run(&[
        "--launch-command",
        "exec prosody -F --config {config}",
        "--launch-config",
        CONFIG,
    ]);
    let script = place.report().scripts.remove(0);
    let bearings: Vec<Bearing> = script
        .departures
        .iter()
        .map(|known| known.bearing)
        .collect();
    // It is called by its program, whose version is not known.
    let expected = [Bearing::Known, Bearing::Unknown, Bearing::Unknown];
    assert_eq!(
        (script.verdict, bearings.as_slice()),
        (Verdict::Failed, expected.as_slice())
    );
    assert!(
        script
            .explanation
            .contains("known departure of Globe 1.4..: another answer\n")
    );
}

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/launch/prosody.cfg.lua");

#[test]
fn where_nothing_failed_nothing_is_told() {
    let passes = SCRIPT.replace("receives:\n\t<message/>", "receives: nothing");
    let place = Place::new(&passes);
    let output = place.run(&["--launch=prosody"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(place.report().scripts[0].departures, []);
    // A server that cannot be reached has not departed from anything.
    let place = Place::new(SCRIPT);
    let output = place.run(&["--server=127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(place.report().scripts[0].departures, []);
    assert!(
        !String::from_utf8(output.stdout)
            .unwrap()
            .contains("known departure")
    );
}

/// A server that the user runs is asked what it is, once, before the first script that wants to know.
#[test]
fn a_server_that_runs_already_says_what_it_is() {
    let launched = Launched::with_accounts("prosody", &[], &[("romeo-departs", "password")]);
    let server = format!("--server={}", launched.address());
    let place = Place::new(SCRIPT);
    let output = place.run(&[&server, "--known-departures"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report = place.report();
    let told = report.run.server.unwrap();
    assert!(
        told.starts_with("Prosody ") && told.ends_with(&format!("({})", launched.address())),
        "{told}"
    );
    assert_eq!(report.scripts[0].departures[0].bearing, Bearing::Known);
    let hidden = Launched::with_accounts(
        "prosody",
        &[("modules_disabled", "{ \"s2s\", \"version\" }")],
        &[("romeo-departs", "password")],
    );
    let server = format!("--server={}", hidden.address());
    let output = place.run(&[&server, "--known-departures"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let aside = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        aside
            .matches("the server does not say what it is (XEP-0092)")
            .count(),
        1,
        "{aside}"
    );
}
