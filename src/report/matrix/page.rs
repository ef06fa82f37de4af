//! The pages of single reports, to which a table of several leads.

use std::fmt::Write;
use std::path::Path;

use super::cell::Cell;
use super::column::Column;
use crate::paths::relative;
use crate::report::model::Report;

/// Whether a text is a report as a page: one that began at that second, and has so many scripts.
pub fn is_page_of(text: &str, report: &Report) -> bool {
    let scripts = report.scripts.len();
    let has = |number: usize| text.contains(&format!("id=\"script-{number}\""));
    text.contains(&format!("<dd>{}</dd>", report.run.started_in_words()))
        && (scripts == 0 || has(scripts))
        && !has(scripts + 1)
}

/// The address of what a cell is about, from a folder, if it is more than that everything passed and there is a page.
pub(super) fn address(cell: &Cell, column: &Column, folder: &Path) -> Option<String> {
    let page = column.page.as_deref()?;
    let number = cell.telling()?.index + 1;
    Some(format!(
        "{}#script-{number}",
        encoded(&relative(page, folder))
    ))
}

/// A path as a relative reference (RFC 3986 §4.2): nothing in it is taken for anything but a name.
fn encoded(path: &str) -> String {
    let mut address = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                address.push(char::from(byte));
            }
            other => {
                let _ = write!(address, "%{other:02X}");
            }
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Format;
    use crate::report::testing::sample;

    #[test]
    fn a_page_is_known_by_its_run() {
        let report = sample();
        let page = Format::Html.write(&report);
        assert!(is_page_of(&page, &report));
        let mut other = sample();
        other.run.started = "2026-03-01T12:00:01.000Z".to_owned();
        assert!(!is_page_of(&page, &other));
        for longer in [true, false] {
            let mut other = sample();
            match longer {
                true => other.scripts.extend(sample().scripts.pop()),
                false => drop(other.scripts.pop()),
            }
            assert!(!is_page_of(&page, &other));
        }
    }

    #[test]
    fn an_address_is_only_a_path() {
        assert_eq!(
            encoded("../a b/é(1):2.html"),
            "../a%20b/%C3%A9%281%29%3A2.html"
        );
    }
}
