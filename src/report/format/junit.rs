//! The report as JUnit's XML, which most continuous integration systems read.
//!
//! There is no standard; this keeps to the schema that Jenkins checks by (`junit-10.xsd` of its xUnit plugin). There
//! only a test suite can have a file and properties. So each script is a suite, with one test case, and its tags are
//! the suite's properties.

use std::fmt::Write;
use std::path::{Component, Path};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestRerun, TestSuite};

use crate::case::CaseId;
use crate::report::model::{Report, Run, Script};
use crate::report::xml::one_line;
use crate::verdict::Status;
use crate::visible::harmless;

/// Writes a report.
pub(super) fn write(report: &Report) -> String {
    let mut document = quick_junit::Report::new("scansion");
    document.set_time(seconds(report.end.duration));
    let suites = report.scripts.iter().map(|script| suite(script, report));
    document.add_test_suites(suites);
    let xml = document.to_string();
    let xml = xml.expect("what is written to memory has no control characters in it");
    // The schema does not count skipped ones in the root.
    let skipped = format!(" skipped=\"{}\"", document.skipped);
    xml.replacen(&skipped, "", 1)
}

fn suite(script: &Script, report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(shown(&script.case.to_string()));
    suite.set_time(seconds(script.duration));
    let timestamp = timestamp(&report.run, script);
    let attributes = timestamp.map(|time| ("timestamp", time));
    let attributes = attributes
        .into_iter()
        .chain([("file", shown(script.case.path()))]);
    suite
        .extra
        .extend(attributes.map(|(name, value)| (name.into(), value.into())));
    suite.add_properties(properties(script, &report.run));
    suite.add_test_case(case(script));
    suite
}

fn timestamp(run: &Run, script: &Script) -> Option<String> {
    let began = humantime::parse_rfc3339(&run.started).ok()?;
    let began = began.checked_add(seconds(script.started))?;
    let mut written = String::new();
    // RFC 3339 does not have years after 9999.
    write!(written, "{}", humantime::format_rfc3339_millis(began)).ok()?;
    Some(written)
}

/// The server, the script's tags, and which alternatives it went by.
fn properties(script: &Script, run: &Run) -> Vec<Property> {
    let choices = script.choices.iter();
    let choices = choices.map(|choice| Property::new("chose", shown(&choice.to_string())));
    let broken = script.breaks.iter();
    let broken = broken.map(|clause| Property::new("breaks", shown(&clause.to_string())));
    let server = run.server.iter().map(|server| ("server", server.as_str()));
    let tags = script.tags.iter();
    let tags = tags.map(|tag| (tag.key.as_str(), tag.value.as_deref().unwrap_or_default()));
    server
        .chain(tags)
        .map(|(name, value)| Property::new(shown(name), shown(value)))
        .chain(choices)
        .chain(broken)
        .collect()
}

fn case(script: &Script) -> TestCase {
    let mut case = TestCase::new(one_line(&script.name()), status(script));
    case.set_classname(shown(&class_name(&script.case)));
    case.set_time(seconds(script.duration));
    if !script.server_log.is_empty() && script.status() != Status::Passed {
        case.set_system_out(shown(&script.server_log));
    }
    case
}

fn status(script: &Script) -> TestCaseStatus {
    let status = script.status();
    let kind = status.word();
    let mut written = match status {
        Status::Passed => return TestCaseStatus::success(),
        Status::Flaky => return flaky(script),
        Status::Known
        | Status::Deviated
        | Status::NotSupported
        | Status::NotTested
        | Status::NotRun => TestCaseStatus::skipped(),
        Status::Failed | Status::PassesAgain | Status::Expired => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        Status::Errored => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    written
        .set_type(kind)
        .set_message(shown(&script.reason()))
        .set_description(shown(&text(script)));
    written
}

/// A success after an attempt that did not pass. Of that attempt no more is known.
fn flaky(script: &Script) -> TestCaseStatus {
    let mut rerun = TestRerun::new(NonSuccessKind::Failure);
    rerun
        .set_type(Status::Flaky.word())
        .set_message(script.reason());
    let mut status = TestCaseStatus::success();
    status.add_rerun(rerun);
    status
}

/// All that the screen tells, or else where and why: some readers show no more than the text.
fn text(script: &Script) -> String {
    match script.explanation.trim().is_empty() {
        true => format!("{}\n{}", script.location(), script.reason()),
        false => script.explanation.clone(),
    }
}

/// A text as it can stand in the file; tabs would be taken out as control characters.
fn shown(text: &str) -> String {
    harmless(&text.replace('\t', "    "))
}

/// A path as the name of a class: readers take the part before the last dot for a package.
fn class_name(case: &CaseId) -> String {
    let path = Path::new(case.path()).with_extension("");
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().replace('.', "_")),
        _ => None,
    });
    parts.collect::<Vec<_>>().join(".")
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_a_path_with_dots() {
        assert_eq!(
            class_name(&"./suite/muc/v1.2 join.scs".into()),
            "suite.muc.v1_2 join"
        );
        assert_eq!(class_name(&"/a/../b.scs".into()), "a.b");
    }
}
