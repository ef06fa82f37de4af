//! A script before and after a change, side by side for people.

use colored::Colorize;
use similar::TextDiff;

use crate::script::Holds;
use crate::script::ast::Script;
use crate::secrets::Secrets;
use crate::source::Span;
use crate::visible::harmless;

/// A unified diff between two texts of a file, without these secrets.
pub(super) fn unified(path: &str, old: &str, new: &str, secrets: &Secrets) -> String {
    let diff = TextDiff::from_lines(old, new);
    let diff = diff.unified_diff().header(path, path).to_string();
    let diff = harmless(&secrets.redact(&diff));
    let lines = diff.lines().map(painted);
    lines.map(|line| line + "\n").collect()
}

/// A text without what stands in these places, which are in the order of the text.
pub(super) fn without(text: &str, places: &[Span]) -> String {
    let mut text = text.to_owned();
    for place in places.iter().rev() {
        text.replace_range(place.range(), "[redacted]");
    }
    text
}

/// The places of the passwords in a script.
pub(super) fn passwords(script: &Script) -> Vec<Span> {
    let properties = script.cast.iter().flat_map(|actor| &actor.properties);
    let secret = properties.filter(|property| property.key.value.holds == Holds::Secret);
    secret.map(|property| property.value.span).collect()
}

fn painted(line: &str) -> String {
    match line.as_bytes() {
        [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => line.bold().to_string(),
        [b'@', ..] => line.cyan().to_string(),
        [b'-', ..] => line.red().to_string(),
        [b'+', ..] => line.green().to_string(),
        _ => line.to_owned(),
    }
}
