//! What the scripts of a report are called for those who read it elsewhere: by paths that do not begin at the root of
//! this machine's file system.

use std::cmp::Reverse;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::paths::relative;
use crate::report::Report;

/// The variable in which GitHub Actions has the folder with the repository.
const WORKSPACE: &str = "GITHUB_WORKSPACE";

/// The path from the root of the file system; links in it stay what they are.
pub(super) fn absolute(path: &Path) -> PathBuf {
    match path.is_absolute() {
        true => path.to_owned(),
        false => env::current_dir().unwrap_or_default().join(path),
    }
}

/// Names scripts by the way from the working directory, also those that the user has named by the way from the root,
/// in all texts about them.
pub(super) fn without_roots(report: &mut Report) {
    let here = absolute(Path::new(""));
    without_roots_seen_from(report, &here);
}

fn without_roots_seen_from(report: &mut Report, here: &Path) {
    let way = |path: &str| way_of(path, here);
    for case in &mut report.run.selected {
        if let Some(way) = way(case.path()) {
            *case = case.at(way);
        }
    }
    for script in &mut report.scripts {
        let paths = script.paths().into_iter();
        let mut ways: Vec<(String, String)> = paths
            .filter_map(|path| Some((path.to_owned(), way(path)?)))
            .collect();
        if ways.is_empty() {
            continue;
        }
        // A path that another one begins with comes later.
        ways.sort_by_key(|(path, _)| Reverse(path.len()));
        script.change_texts(|text| {
            let one = |text: String, (path, way): &(String, String)| text.replace(path, way);
            ways.iter().fold(text.to_owned(), one)
        });
    }
}

/// What a script is called for those who read it elsewhere.
pub(super) fn without_root(path: &str) -> String {
    way_of(path, &absolute(Path::new(""))).unwrap_or_else(|| path.to_owned())
}

/// The way from a folder to what is named by the way from the root.
fn way_of(path: &str, here: &Path) -> Option<String> {
    let path = Path::new(path);
    path.is_absolute().then(|| relative(path, here))
}

/// Names scripts by the way from the root of the repository, as annotations have to, if this is a job of GitHub Actions
/// that runs below it.
pub(super) fn from_repository(report: &Report) -> Report {
    let here = absolute(Path::new(""));
    let root = env::var_os(WORKSPACE).and_then(|root| fs::canonicalize(root).ok());
    match root.filter(|root| here.starts_with(root)) {
        Some(root) => seen_from(report, &root, &here),
        None => report.clone(),
    }
}

fn seen_from(report: &Report, root: &Path, here: &Path) -> Report {
    let mut report = report.clone();
    for script in &mut report.scripts {
        let path = here.join(script.case.path());
        script.case = script.case.at(relative(&path, root));
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::Step;
    use crate::report::testing::sample;
    use crate::script::Part;
    use crate::verdict::Verdict;

    fn paths(report: &Report) -> Vec<&str> {
        report
            .scripts
            .iter()
            .map(|script| script.case.path())
            .collect()
    }

    /// A report of scripts that are called so.
    fn called(paths: [&str; 3]) -> Report {
        let mut report = sample();
        report.scripts.truncate(paths.len());
        for (script, path) in report.scripts.iter_mut().zip(paths) {
            script.case = path.into();
        }
        report
    }

    #[test]
    fn no_script_is_called_by_its_way_from_the_root() {
        let mut report = called(["/p/spec/a.scs", "/p/a.scs", "spec/b.scs"]);
        for script in &mut report.scripts {
            let path = script.case.path();
            script.explanation = format!("{path}:3:1: see {path}:4:1 and /p/c.scs");
        }
        report.scripts[0].steps.push(Step {
            line: 1,
            file: Some("/p/spec/a.scs.d/b.scs".to_owned()),
            action: "line 3 of /p/spec/a.scs.d/b.scs".to_owned(),
            part: Part::Prologue,
            alternative: None,
            clauses: Vec::new(),
            comments: Vec::new(),
            verdict: Verdict::Passed,
            duration: 0.0,
        });
        report.run.selected = vec!["/q/d.scs".into()];
        without_roots_seen_from(&mut report, Path::new("/p/spec"));
        assert_eq!(paths(&report), ["a.scs", "../a.scs", "spec/b.scs"]);
        assert_eq!(
            report.scripts[0].explanation,
            "a.scs:3:1: see a.scs:4:1 and /p/c.scs"
        );
        let step = &report.scripts[0].steps[0];
        assert_eq!(step.file.as_deref(), Some("a.scs.d/b.scs"));
        assert_eq!(step.action, "line 3 of a.scs.d/b.scs");
        assert_eq!(report.run.selected, ["../../q/d.scs".into()]);
    }

    #[test]
    fn annotations_begin_at_the_root_of_the_repository() {
        let report = called(["a.scs", "../b.scs [1 2]", "./c d.scs"]);
        let seen = seen_from(&report, Path::new("/r"), Path::new("/r/xmpp/spec"));
        assert_eq!(
            paths(&seen),
            ["xmpp/spec/a.scs", "xmpp/b.scs", "xmpp/spec/c d.scs"]
        );
        assert_eq!(seen.scripts[1].case.to_string(), "xmpp/b.scs [1 2]");
    }
}
