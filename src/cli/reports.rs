//! `--report`: where reports go, and what they are made of while a run goes on.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Instant, SystemTime};

use thiserror::Error;

use super::atomic_file::{Intended, place};
use super::descriptors::Descriptor;
use super::output::{command, hand_over, see_output, without_hidden};
use super::places::{from_repository, without_roots};
use super::queue::Queued;
use crate::open_files::in_words;
use crate::paths::shown;
use crate::report::{End, Format, Report, Run, SCHEMA, ScriptReport, listed};
use crate::verdict::Verdict;

/// The identifier of the option in each command that has it.
pub(super) const REPORTS: &str = "reports";

/// A report that is asked for: `FORMAT` or `FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReportTo<F = Format> {
    format: F,
    /// The file; without one it goes to the standard output, as it also does if that is what its path means.
    path: Option<PathBuf>,
}

impl<F: FromStr> FromStr for ReportTo<F> {
    type Err = F::Err;

    fn from_str(text: &str) -> Result<Self, F::Err> {
        let (format, path) = match text.split_once('=') {
            Some((format, path)) => (format, Some(PathBuf::from(path))),
            None => (text, None),
        };
        let is_screen = |path: &PathBuf| Descriptor::of(&place(path)) == Some(Descriptor::OUTPUT);
        Ok(Self {
            format: format.parse()?,
            path: path.filter(|path| !is_screen(path)),
        })
    }
}

impl ReportTo {
    /// What is asked for in a file in a folder, where the paths in it begin.
    pub(super) fn below(folder: &Path, text: &str) -> OsString {
        let Some((format, path)) = text.split_once('=') else {
            return text.into();
        };
        let mut text = OsString::from(format!("{format}="));
        text.push(folder.join(path));
        text
    }
}

impl<F> ReportTo<F> {
    /// The same in a form of another kind of report.
    ///
    /// # Errors
    ///
    /// When that does not have it.
    pub(super) fn in_form<G: TryFrom<F>>(self) -> Result<ReportTo<G>, G::Error> {
        Ok(ReportTo {
            format: self.format.try_into()?,
            path: self.path,
        })
    }

    /// One that goes to the standard output.
    pub(super) fn to_screen(format: F) -> Self {
        Self { format, path: None }
    }

    /// The file, if it goes to one.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Whether it goes to the standard output.
    pub(super) fn is_on_screen(&self) -> bool {
        self.path.is_none()
    }
}

/// The file in a value of the option as it is written, if it goes to one.
pub(super) fn named_in(value: &OsStr) -> Option<PathBuf> {
    let (_, path) = value.to_str()?.split_once('=')?;
    Some(path.into())
}

/// The help of a `--report` option that does this, in one of these forms.
pub(super) fn help(does: &str, forms: &str) -> String {
    format!(
        "{does}: FORMAT to the standard output, or FORMAT=FILE; can be given several times. FORMAT is {forms}"
    )
}

/// The forms of a report, for such a help.
pub(super) fn formats() -> String {
    listed(Format::ALL.map(Format::name))
}

/// Why reports cannot be written.
#[derive(Debug, Error)]
pub(super) enum ReportError {
    #[error(
        "two reports cannot both go to the standard output; give one of them a file: `--report {0}=FILE`"
    )]
    Screen(String),
    #[error("two reports cannot both go to {}", shown(.0))]
    SameFile(PathBuf),
    #[error("cannot write the report to the standard output: {}", in_words(.0))]
    Lost(#[source] io::Error),
    #[error("cannot write the report {}: {}", shown(path), in_words(source))]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl ReportError {
    fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}

/// Where reports go. That their files can be written is seen before the run, so that one that cannot costs no time.
pub(super) struct Outlets<'a, F = Format>(Vec<Outlet<'a, F>>);

enum Outlet<'a, F> {
    Screen(F),
    File(F, &'a Path, Intended),
}

impl<'a, F: Copy + Display> Outlets<'a, F> {
    /// Sees that the files can be written. What is there stays until there is a report to take its place.
    pub(super) fn open(reports: &'a [ReportTo<F>]) -> Result<Self, ReportError> {
        let mut on_screen = reports.iter().filter(|to| to.is_on_screen()).skip(1);
        if let Some(second) = on_screen.next() {
            return Err(ReportError::Screen(second.format.to_string()));
        }
        refuse_same_files(reports)?;
        let outlets = reports.iter().map(|to| match &to.path {
            None => match see_output() {
                Ok(()) => Ok(Outlet::Screen(to.format)),
                Err(error) => Err(ReportError::Lost(error)),
            },
            Some(path) => match Intended::see(path) {
                Ok(file) => Ok(Outlet::File(to.format, path, file)),
                Err(error) => Err(ReportError::file(path, error)),
            },
        });
        Ok(Self(outlets.collect::<Result<_, _>>()?))
    }

    /// Writes to each outlet the text for its place and form, as far as that is possible; gives the first error.
    pub(super) fn write_each(self, text: impl Fn(usize, F) -> String) -> Result<(), ReportError> {
        self.write_by(text, |_, text| hand_over(text))
    }

    fn write_by(
        self,
        text: impl Fn(usize, F) -> String,
        show: impl Fn(F, &str) -> io::Result<()>,
    ) -> Result<(), ReportError> {
        let outlets = self.0.into_iter().enumerate();
        let written = outlets.map(|(at, outlet)| match outlet {
            Outlet::Screen(form) => show(form, &text(at, form)).map_err(ReportError::Lost),
            Outlet::File(form, path, file) => file
                .write(text(at, form).as_bytes())
                .map_err(|error| ReportError::file(path, error)),
        });
        let written: Vec<_> = written.collect();
        written.into_iter().collect()
    }
}

impl Outlets<'_> {
    /// Writes a report to all outlets, as far as that is possible; gives the first error.
    pub(super) fn write(self, mut report: Report) -> Result<(), ReportError> {
        if self.0.is_empty() {
            return Ok(());
        }
        report.change_texts(without_hidden);
        without_roots(&mut report);
        self.write_by(
            |_, format| match format.has_commands() {
                true => format.write(&from_repository(&report)),
                false => format.write(&report),
            },
            |format, text| match format.has_commands() {
                true => command(text),
                false => hand_over(text),
            },
        )
    }
}

fn refuse_same_files<F>(reports: &[ReportTo<F>]) -> Result<(), ReportError> {
    let paths: Vec<&PathBuf> = reports.iter().filter_map(|to| to.path.as_ref()).collect();
    for (index, path) in paths.iter().enumerate() {
        let before = &paths[..index];
        if is_kept(path) && before.iter().any(|other| meet(other, path)) {
            return Err(ReportError::SameFile((*path).clone()));
        }
    }
    Ok(())
}

/// Whether two paths mean the same file. One name of a file can get another file while another name keeps its own, but
/// not if one of them means where it is open.
fn meet(one: &Path, other: &Path) -> bool {
    let places = [place(one), place(other)];
    let is_open = places.iter().any(|place| Descriptor::of(place).is_some());
    let [first, second] = &places;
    first == second || is_open && is_same_file(first, second)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    let file = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
    file(one).is_some_and(|one| file(other) == Some(one))
}

/// Whether what is written there is kept, as it is not in a pipe or a device.
pub(super) fn is_kept(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |metadata| metadata.is_file())
}

/// The results of the scripts so far, by their numbers; jobs bring them in any order.
pub(super) struct Results {
    began: Instant,
    started: SystemTime,
    server: RefCell<Option<String>>,
    scripts: RefCell<BTreeMap<usize, ScriptReport>>,
    interrupted: Cell<bool>,
}

impl Results {
    /// Without any results; the run begins now.
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            started: SystemTime::now(),
            server: RefCell::default(),
            scripts: RefCell::default(),
            interrupted: Cell::default(),
        }
    }

    /// When the run began.
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// Takes in the result of a script.
    pub(super) fn add(&self, number: usize, script: ScriptReport) {
        self.scripts.borrow_mut().insert(number, script);
    }

    /// Notes what is tested.
    pub(super) fn found(&self, server: &str) {
        *self.server.borrow_mut() = Some(server.to_owned());
    }

    /// Notes what the server that is tested says it is, beside its address.
    pub(super) fn is_called(&self, description: &str) {
        let mut server = self.server.borrow_mut();
        *server = Some(match &*server {
            Some(address) => format!("{description} ({address})"),
            None => description.to_owned(),
        });
    }

    /// Notes whether the user has stopped the run.
    pub(super) fn set_interrupted(&self, interrupted: bool) {
        self.interrupted.set(interrupted);
    }

    /// Whether the user has stopped the run.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.get()
    }

    /// Takes in that the scripts of which nothing is known were not run, because of this.
    pub(super) fn give_up(&self, scripts: &[&Queued], reason: &str) {
        let message = reason.lines().next().unwrap_or_default();
        let details = if message == reason { "" } else { reason };
        let mut known = self.scripts.borrow_mut();
        for (number, queued) in scripts.iter().enumerate() {
            known.entry(number).or_insert_with(|| {
                ScriptReport::not_begun(&queued.headline, Verdict::NotRun, message, details)
            });
        }
    }

    /// The beginning of the report.
    pub(super) fn run(&self) -> Run {
        let started = humantime::format_rfc3339_millis(self.started);
        Run {
            schema: SCHEMA,
            scansion: env!("CARGO_PKG_VERSION").to_owned(),
            started: started.to_string(),
            server: self.server.borrow().clone(),
            shuffle: None,
            partition: None,
            selected: Vec::new(),
        }
    }

    /// The report of a run that has ended.
    pub(super) fn into_report(self, run: Run) -> Report {
        Report {
            run,
            scripts: self.scripts.into_inner().into_values().collect(),
            end: End {
                duration: self.began.elapsed().as_secs_f64(),
                interrupted: self.interrupted.get(),
            },
        }
    }
}
