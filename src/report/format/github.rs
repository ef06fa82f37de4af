//! The report as workflow commands of GitHub Actions, which become annotations beside the scripts' lines.

use crate::report::model::{Report, Script};
use crate::report::xml::one_line;
use crate::verdict::Status;
use crate::visible::harmless;

/// Writes a report.
pub(super) fn write(report: &Report) -> String {
    let commands = report.scripts.iter().filter_map(annotation);
    let summary = command(
        "notice",
        &[("title", "scansion".to_owned())],
        &report.tally(),
    );
    commands.chain([summary]).collect()
}

/// What is said of a script; nothing if the user does not need to look at it.
fn annotation(script: &Script) -> Option<String> {
    let level = match script.status() {
        Status::Passed | Status::NotSupported => return None,
        Status::Flaky | Status::Known | Status::Deviated | Status::NotTested | Status::NotRun => {
            "warning"
        }
        Status::Failed | Status::PassesAgain | Status::Expired | Status::Errored => "error",
    };
    let mut properties = vec![("file", script.case.path().to_owned())];
    if let Some(place) = script.place {
        properties.push(("line", place.line.to_string()));
        properties.push(("col", place.column.to_string()));
    }
    properties.push((
        "title",
        format!("{} ({})", one_line(&script.name()), script.status()),
    ));
    let message = format!("{}\n{}", script.reason(), script.explanation);
    Some(command(level, &properties, message.trim()))
}

fn command(level: &str, properties: &[(&str, String)], message: &str) -> String {
    let properties = properties.iter();
    let properties = properties.map(|(key, value)| format!("{key}={}", property(&harmless(value))));
    let properties = properties.collect::<Vec<_>>().join(",");
    format!("::{level} {properties}::{}\n", data(&harmless(message)))
}

/// A text after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A text before it, where colons and commas part things.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_command() {
        let written = command(
            "error",
            &[("file", "a,b:c%".to_owned())],
            "100%\n::error::x",
        );
        assert_eq!(written, "::error file=a%2Cb%3Ac%25::100%25%0A::error::x\n");
    }
}
