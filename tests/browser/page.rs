//! A page in a browser, and what is to be seen there.

use std::time::Duration;
use std::{fs, thread};

use scansion::report::Format;
use scansion::report::model::Report;
use serde_json::Value;
use tempfile::TempDir;

use crate::driver::Browser;

/// A page in a browser; nothing else is there.
pub struct Page {
    pub browser: Browser,
    pub folder: TempDir,
}

impl Page {
    /// Shows a report, of which the browser has nothing to complain.
    #[track_caller]
    pub fn of(report: &Report) -> Self {
        Self::of_text(&Format::Html.write(report))
    }

    /// Shows a page.
    #[track_caller]
    pub fn of_text(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("report.html"), text).unwrap();
        Self::in_folder(folder)
    }

    #[track_caller]
    pub fn in_folder(folder: TempDir) -> Self {
        let page = Self {
            browser: Browser::start(),
            folder,
        };
        page.load("");
        page
    }

    /// Loads it, from the disk.
    #[track_caller]
    pub fn load(&self, fragment: &str) {
        let path = self.folder.path().join("report.html");
        self.browser.open("about:blank");
        self.browser
            .open(&format!("file://{}{fragment}", path.display()));
        self.assert_quiet();
    }

    /// The browser has had nothing to complain, which it would of all that its policy does not let in.
    #[track_caller]
    pub fn assert_quiet(&self) {
        assert_eq!(self.browser.complaints(), Vec::<String>::new());
    }

    #[track_caller]
    pub fn get(&self, expression: &str) -> Value {
        self.browser.run(&format!("return {expression}"))
    }

    #[track_caller]
    pub fn assert(&self, expression: &str, expected: impl Into<Value>) {
        let expected = expected.into();
        soon(|| self.get(expression) == expected);
        assert_eq!(self.get(expression), expected, "{expression}");
    }

    /// The text of the first element that a selector finds.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        let text = self.get(&format!(
            "document.querySelector({selector:?})?.textContent"
        ));
        text.as_str()
            .unwrap_or_else(|| panic!("no {selector}"))
            .to_owned()
    }

    #[track_caller]
    pub fn count(&self, selector: &str) -> u64 {
        let count = self.get(&format!("document.querySelectorAll({selector:?}).length"));
        count.as_u64().unwrap()
    }

    /// The titles of the scripts that are shown.
    pub fn shown(&self) -> Value {
        self.get(
            "[...document.querySelectorAll('.script')].filter((one) => one.checkVisibility())\
             .map((one) => one.querySelector('.title').textContent)",
        )
    }

    #[track_caller]
    pub fn assert_count(&self, selector: &str, count: u64) {
        soon(|| self.count(selector) == count);
        assert_eq!(self.count(selector), count, "{selector}");
    }

    #[track_caller]
    pub fn assert_at_least(&self, selector: &str, least: u64) {
        soon(|| self.count(selector) >= least);
        let count = self.count(selector);
        assert!(count >= least, "{selector}: {count}");
    }

    #[track_caller]
    pub fn assert_contains(&self, selector: &str, words: &[&str]) {
        soon(|| self.count(selector) > 0);
        let text = self.text(selector);
        for word in words {
            assert!(text.contains(word), "no {word:?} in {selector}: {text}");
        }
    }
}

/// Waits for what is to hold, as the page does some things only when an event has reached it. Whether it holds in the
/// end is for the caller to say.
fn soon(holds: impl Fn() -> bool) {
    for _ in 0..100 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
}
