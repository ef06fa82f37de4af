//! Scripts in `spec/` about what RFC 6121 §8.5 says of stanzas to users, and about streams, pass (see `own_scripts`); each
//! has a doctored twin here, which expects of the server what it must not do. Every case of a twin fails at that line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use scansion::report::json;
use scansion::report::model::{Report, Verdict};
use serde::Deserialize;

use crate::program::{root, run, text};

const TWINS: &str = include_str!("../scripts/twins.toml");

/// What both servers do otherwise.
const DEPARTS: &str = "tests/scripts/live/departs";

const PROSODY: &str = "--launch=prosody";
const EJABBERD: &str = "--launch=ejabberd";

#[derive(Deserialize)]
struct Twin {
    /// What stands in the script, and what in the twin.
    changes: Vec<(String, String)>,
    /// What is in the line at which the twin fails.
    fails: String,
}

/// The twins, by the folder and the name of the script.
fn twins() -> BTreeMap<String, Twin> {
    toml::from_str(TWINS).unwrap()
}

/// Writes a twin to a folder, and what it borrows beside it; gives its path.
fn write(folder: &Path, name: &str, twin: &Twin) -> String {
    let name = format!("{name}.scs");
    let original = root().join("spec").join(&name);
    let mut script = fs::read_to_string(&original).unwrap();
    for (from, to) in &twin.changes {
        assert!(script.contains(from), "{name}: {from}");
        script = script.replace(from, to);
    }
    // What one twin borrows may be another one.
    let path = folder.join(name.replace(['/', '.'], "-")).join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    for file in script
        .lines()
        .filter_map(|line| line.strip_prefix("Prologue: "))
    {
        fs::copy(original.with_file_name(file), path.with_file_name(file)).unwrap();
    }
    fs::write(&path, script).unwrap();
    path.display().to_string()
}

fn reported(server: &str, arguments: &[&str]) -> Report {
    let output = run(&[&[server, "--report=json"], arguments].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    json::read(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

#[test]
fn all_cases_of_a_twin_fail_where_it_is_doctored() {
    let folder = tempfile::tempdir().unwrap();
    let twins = twins();
    let paths = twins
        .iter()
        .map(|(name, twin)| write(folder.path(), name, twin));
    let paths: Vec<String> = paths.collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let report = reported(
        PROSODY,
        &[
            &["--timeout=4s", "--jobs=16", "--isolation=run", "--unique"],
            &paths[..],
        ]
        .concat(),
    );
    assert!(report.scripts.len() > 200);
    for case in &report.scripts {
        let (name, path) = (case.case.to_string(), Path::new(case.case.path()));
        assert_eq!(case.verdict, Verdict::Failed, "{name}: {:?}", case.message);
        let mut own = twins.iter();
        let own = own.find(|(script, _)| path.ends_with(format!("{script}.scs")));
        let (_, twin) = own.unwrap();
        let text = fs::read_to_string(path).unwrap();
        let place = case.place.unwrap();
        // The place may be in the block.
        let lines = text.lines().take(place.line);
        let line = lines.filter(|line| !line.starts_with('\t')).last().unwrap();
        assert!(line.contains(&twin.fails), "{name}:{}: {line}", place.line);
    }
}

#[test]
fn departures_are_known() {
    for server in [PROSODY, EJABBERD] {
        let report = reported(server, &["--timeout=2s", DEPARTS]);
        assert!(report.scripts.len() > 5);
        for case in &report.scripts {
            assert_eq!(case.verdict, Verdict::Failed, "{}", case.case);
        }
    }
}
