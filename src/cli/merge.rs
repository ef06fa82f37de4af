//! `scansion report merge`, and how reports are read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use colored::Colorize;
use thiserror::Error;

use super::exit_code::ExitCode;
use super::file::{self, Unreadable};
use super::output::{complain, complain_of_all, exit_code, say, say_aside, warn};
use super::reports::{Outlets, ReportTo, formats, help};
use super::words::words;
use crate::case::CaseId;
use crate::paths::shown;
use crate::report::json::{self, ReadError};
use crate::report::{Format, Merged, Report, ScriptReport, Status, merge};
use crate::visible::{harmless, harmless_line};

/// `scansion report merge`.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Reports, written by `scansion run --report json=FILE`
    #[arg(value_name = "FILE", required = true)]
    paths: Vec<PathBuf>,
    #[arg(long = "report", value_name = "FORMAT[=FILE]", help = help("Write the whole as a report", &formats()), value_parser = words::<ReportTo>(Format::ALL.map(Format::name)), hide_possible_values = true)]
    reports: Vec<ReportTo>,
}

/// A file that is no report.
#[derive(Debug, Error)]
pub(super) enum NoReport {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(
        "{}: {source}; a report that can be read is written by `scansion run --report json=FILE`",
        shown(path)
    )]
    Other {
        path: PathBuf,
        #[source]
        source: ReadError,
    },
}

/// Makes one report of several.
pub(super) fn merge_all(arguments: &MergeArgs) -> ExitCode {
    let (reports, unreadable) = read_all(&arguments.paths);
    // A report of some of the parts would look like one of all of them.
    if !unreadable.is_empty() {
        return complain_of_all(&unreadable);
    }
    let outlets = match Outlets::open(&arguments.reports) {
        Ok(outlets) => outlets,
        Err(error) => return complain(&error),
    };
    warn_of_versions(&reports);
    let Merged { report, missing } = merge(&reports);
    warn_of_missing(&missing);
    let shown = show(
        &report,
        arguments.reports.iter().any(ReportTo::is_on_screen),
    );
    let summary = report.summary();
    if let Err(error) = outlets.write(report) {
        return complain(&error);
    }
    match missing.is_empty() {
        true => exit_code(&summary).max(shown),
        false => ExitCode::NotDone,
    }
}

/// Reads the files, each once.
fn read_all(paths: &[PathBuf]) -> (Vec<Report>, Vec<NoReport>) {
    let (mut reports, mut unreadable, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for path in paths {
        if !seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
            continue;
        }
        match read(path) {
            Ok(report) => reports.push(report),
            Err(error) => unreadable.push(error),
        }
    }
    (reports, unreadable)
}

/// Reads a report.
pub(super) fn read(path: &Path) -> Result<Report, NoReport> {
    let bytes = file::read_back(path)?;
    // What is no UTF-8 is no JSON, either: the reader will say in which line.
    json::read(&String::from_utf8_lossy(&bytes)).map_err(|source| NoReport::Other {
        path: path.to_owned(),
        source,
    })
}

fn warn_of_versions(reports: &[Report]) {
    let versions: BTreeSet<&str> = reports
        .iter()
        .map(|report| report.run.scansion.as_str())
        .collect();
    if versions.len() > 1 {
        let versions = Vec::from_iter(versions).join(", ");
        warn(&format!(
            "the reports are of different versions of scansion: {versions}"
        ));
    }
}

fn warn_of_missing(missing: &[CaseId]) {
    if !missing.is_empty() {
        let told: Vec<String> = missing.iter().map(CaseId::to_string).collect();
        let told = told.join("\n  ");
        warn(&format!(
            "no machine ran these scripts, though they were selected; is a report missing?\n  {told}"
        ));
    }
}

/// Shows what did not go well, and the sum.
fn show(report: &Report, aside: bool) -> ExitCode {
    let red = report.scripts.iter().filter(|script| script.is_red());
    let text = red.map(line).collect::<String>() + &report.tally() + "\n";
    match aside {
        true => {
            say_aside(&text);
            ExitCode::Passed
        }
        false => say(&text),
    }
}

fn line(script: &ScriptReport) -> String {
    let word = match script.status() {
        Status::Errored => "ERROR".yellow().bold(),
        _ => "FAIL ".red().bold(),
    };
    let (title, location) = (
        harmless_line(&script.title),
        harmless_line(&script.location()),
    );
    let reason = harmless(&script.reason()).replace('\n', "\n      ");
    format!("{word} {title}  {}\n      {reason}\n", location.dimmed())
}
