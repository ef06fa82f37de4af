//! `--report`: where reports go, and what they are made of while a run goes on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Instant, SystemTime};

use super::file::{Unreadable, unreadable};
use super::output::say;
use crate::report::{End, Format, Report, Run, SCHEMA, ScriptReport, UnknownFormat};

/// A report that is asked for: `FORMAT` or `FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReportTo {
    format: Format,
    /// The file; without one it goes to the standard output.
    path: Option<PathBuf>,
}

impl FromStr for ReportTo {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let (format, path) = match text.split_once('=') {
            Some((format, path)) => (format, Some(PathBuf::from(path))),
            None => (text, None),
        };
        Ok(Self {
            format: format.parse()?,
            path,
        })
    }
}

impl ReportTo {
    /// Writes a report.
    pub(super) fn write(&self, report: &Report) -> Result<(), Unreadable> {
        let text = self.format.write(report);
        match &self.path {
            None => {
                say(&text);
                Ok(())
            }
            Some(path) => fs::write(path, text).map_err(|error| unreadable(path, error)),
        }
    }

    /// Whether it goes to the standard output.
    pub(super) fn is_on_screen(&self) -> bool {
        self.path.is_none()
    }
}

/// What has come of the scripts so far, by their numbers; jobs bring it in any order.
pub(super) struct Results {
    began: Instant,
    started: SystemTime,
    scripts: RefCell<BTreeMap<usize, ScriptReport>>,
}

impl Results {
    /// Nothing has come yet; the run begins now.
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            started: SystemTime::now(),
            scripts: RefCell::default(),
        }
    }

    /// When the run began.
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// Takes in what came of a script.
    pub(super) fn add(&self, number: usize, script: ScriptReport) {
        self.scripts.borrow_mut().insert(number, script);
    }

    /// The beginning of the report.
    pub(super) fn run(&self) -> Run {
        let started = humantime::format_rfc3339_millis(self.started);
        Run {
            schema: SCHEMA,
            scansion: env!("CARGO_PKG_VERSION").to_owned(),
            started: started.to_string(),
            server: None,
            shuffle: None,
            partition: None,
            selected: Vec::new(),
        }
    }

    /// The report of a run that has ended.
    pub(super) fn into_report(self, run: Run, interrupted: bool) -> Report {
        Report {
            run,
            scripts: self.scripts.into_inner().into_values().collect(),
            end: End {
                duration: self.began.elapsed().as_secs_f64(),
                interrupted,
            },
        }
    }
}
