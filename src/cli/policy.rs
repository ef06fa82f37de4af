//! What is red: how the results of scripts count, after how many red ones the run ends, and what the baseline says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use thiserror::Error;

use super::atomic_file::{self, Readers};
use super::file::{self, Unreadable, draw, unreadable};
use super::number;
use super::output::warn;
use super::places::absolute;
use crate::baseline::{Baseline, Changes, Day, Entry, Problem, Seen};
use crate::case::CaseId;
use crate::paths::relative;
use crate::report::model::{self, Bearing};
use crate::report::{Ending, ScriptReport, Summary};
use crate::software::Software;
use crate::source::SourceFile;
use crate::verdict::{Standing, Status, Verdict};
use crate::visible::{harmless, harmless_line};

/// Which scripts may fail, and how many.
#[derive(Debug, Clone, Args)]
pub(super) struct PolicyArgs {
    /// Scripts in this file are known to fail: one that does is not red, one that passes again is
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Write the scripts that fail into the baseline and take those out that pass
    #[arg(long, requires = "baseline")]
    pub(super) update_baseline: bool,
    /// A script that fails where its tag `## departs` says that this server does is known to fail, and not red
    #[arg(long)]
    pub(super) known_departures: bool,
    /// Run a script up to N times more if it does not pass; one that passes then is flaky, and not red
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse_retries)]
    pub(super) retries: usize,
    /// Stop after N red scripts
    #[arg(long, value_name = "N", conflicts_with = "fail_fast", value_parser = number::count)]
    pub(super) max_fail: Option<NonZeroUsize>,
    /// Stop after the first red script
    #[arg(long)]
    pub(super) fail_fast: bool,
}

fn parse_retries(text: &str) -> Result<usize, String> {
    number::within(text, 0..=100)
}

impl PolicyArgs {
    /// How many scripts may be red before the run ends.
    fn limit(&self) -> Option<NonZeroUsize> {
        match self.fail_fast {
            true => Some(NonZeroUsize::MIN),
            false => self.max_fail,
        }
    }
}

/// Why it cannot be decided what is red.
#[derive(Debug, Error)]
pub(super) enum PolicyError {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("{0}; --update-baseline begins one")]
    NoBaseline(Unreadable),
    /// Something in the baseline is wrong: the messages are drawn under their lines.
    #[error("{0}")]
    Wrong(String),
}

/// Judges how scripts ended by the baseline, and decides whether the run goes on.
pub(super) struct Policy {
    file: Option<BaselineFile>,
    is_update: bool,
    excuses_departures: bool,
    retries: usize,
    limit: Option<NonZeroUsize>,
}

impl Policy {
    /// What the arguments say; warns of scripts in the baseline that are gone. Of the tables of the run these are all
    /// rows, be they run or not.
    pub(super) fn gather(arguments: &PolicyArgs, rows: &[CaseId]) -> Result<Self, PolicyError> {
        let file = match &arguments.baseline {
            Some(path) => Some(BaselineFile::read(path, arguments.update_baseline, rows)?),
            None => None,
        };
        for gone in file.iter().flat_map(BaselineFile::gone) {
            warn(&gone);
        }
        Ok(Self {
            file,
            is_update: arguments.update_baseline,
            excuses_departures: arguments.known_departures,
            retries: arguments.retries,
            limit: arguments.limit(),
        })
    }

    /// Whether the run ends as so many scripts are red.
    pub(super) fn is_shut(&self, red: usize) -> bool {
        self.limit.is_some_and(|limit| red >= limit.get())
    }

    /// Whether a script is to be run once more after these attempts: the first time, or if it may do better then. One
    /// that is known to fail is not expected to.
    pub(super) fn wants_another(&self, attempts: &[Ending]) -> bool {
        let Some(attempt) = attempts.last() else {
            return true;
        };
        let last = &attempt.report;
        let may_do_better = last.verdict.is_red() || attempt.is_put_off;
        let file = self.file.as_ref();
        let is_known = file.is_some_and(|file| file.excuses(&last.case, last.verdict))
            || self.departure(last).is_some();
        may_do_better && !is_known && attempts.len() <= self.retries
    }

    /// How a script ended, with what the baseline says of it, or else its tags. An interruption is no failure that could
    /// be known.
    pub(super) fn pass(&self, mut ending: Ending, is_interrupted: bool) -> Ending {
        let is_cut_off = is_interrupted && ending.report.verdict == Verdict::Errored;
        if let Some(file) = &self.file
            && !is_cut_off
        {
            file.judge(&mut ending);
        }
        if ending.report.baseline.is_none() {
            ending.report.baseline = self.departure(&ending.report);
        }
        ending
    }

    /// What is to be said of a server that says it is this, if known departures are not found by that.
    pub(super) fn unknown(&self, name: Option<&str>) -> Option<String> {
        let is_enough = |name: &str| Software::of(name).version().is_some();
        let told = match name {
            _ if !self.excuses_departures => return None,
            Some(name) if is_enough(name) => return None,
            Some(name) => format!("the server says that it is {name}, and not which version"),
            None => "the server does not say what it is".to_owned(),
        };
        Some(format!(
            "{told} (XEP-0092): --known-departures excuses nothing that is known of some versions only"
        ))
    }

    /// What excuses that a script failed: that this server is known to depart from it.
    fn departure(&self, report: &ScriptReport) -> Option<model::Baseline> {
        let mut departures = report.departures.iter();
        let known = departures.find(|departure| departure.bearing == Bearing::Known)?;
        let is_excused = self.excuses_departures && report.verdict == Verdict::Failed;
        is_excused.then(|| model::Baseline {
            reason: known.what.clone(),
            expires: None,
            standing: Standing::Known,
        })
    }

    /// Updates the baseline, if that is asked for, and tells what has changed. What is in it now is not red any more.
    pub(super) fn close(
        &self,
        summary: &mut Summary,
        is_interrupted: bool,
    ) -> Result<Option<String>, PolicyError> {
        let Some(file) = self.file.as_ref().filter(|_| self.is_update) else {
            return Ok(None);
        };
        if is_interrupted {
            let name = file.source.name();
            return Ok(Some(format!(
                "{name} was not updated: the run was interrupted\n"
            )));
        }
        let told = file.update()?;
        summary.forgive(Status::Failed);
        summary.forgive(Status::PassesAgain);
        Ok(Some(told))
    }
}

/// The file of a baseline, and the results of scripts so far.
struct BaselineFile {
    path: PathBuf,
    source: SourceFile,
    baseline: Baseline,
    today: Day,
    seen: RefCell<BTreeMap<CaseId, Seen>>,
}

impl BaselineFile {
    fn read(path: &Path, may_be_new: bool, rows: &[CaseId]) -> Result<Self, PolicyError> {
        let (source, baseline) = parsed(path, may_be_new)?;
        let file = Self {
            path: path.to_owned(),
            source,
            baseline,
            today: today(),
            seen: RefCell::default(),
        };
        let unseen = rows.iter().map(|row| (file.key(row), Seen::default()));
        file.seen.borrow_mut().extend(unseen);
        Ok(file)
    }

    /// Paths in the file begin in its folder.
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// How the file names a script.
    fn key(&self, case: &CaseId) -> CaseId {
        let path = absolute(Path::new(case.path()));
        case.at(relative(&path, &absolute(self.folder()))).normal()
    }

    fn excuses(&self, case: &CaseId, verdict: Verdict) -> bool {
        let entry = self.baseline.entry(&self.key(case));
        entry.is_some_and(|entry| entry.excuses(verdict))
    }

    fn judge(&self, ending: &mut Ending) {
        let (key, report) = (self.key(&ending.report.case), &mut ending.report);
        report.baseline = self.baseline.judge(&key, report.verdict, &self.today);
        let entry = self.baseline.entry(&key);
        ending.advice = entry.and_then(|entry| self.advice(entry, report));
        let mut seen = self.seen.borrow_mut();
        let seen = seen.entry(key).or_default();
        seen.add(report.verdict, report.message.as_deref());
    }

    fn advice(&self, entry: &Entry, report: &ScriptReport) -> Option<String> {
        let place = self.place(entry);
        match (report.standing(), report.verdict) {
            (Some(Standing::Known), _) => None,
            (Some(Standing::PassesAgain), _) => {
                Some(format!("take it out of {place}, or by --update-baseline"))
            }
            (Some(Standing::Expired), _) => {
                Some(format!("have it mended, or give a later day in {place}"))
            }
            (None, Verdict::Errored) => Some(format!(
                "{place} excuses that it fails, and not that it cannot be run; that would be `outcome = \"error\"`"
            )),
            (None, Verdict::Failed) => Some(format!(
                "{place} excuses that it cannot be run, and not that it fails"
            )),
            (
                None,
                Verdict::Passed
                | Verdict::Deviated
                | Verdict::NotSupported
                | Verdict::NotTested
                | Verdict::NotRun,
            ) => None,
        }
    }

    fn place(&self, entry: &Entry) -> String {
        let line = self.source.position(entry.span.start).line;
        format!("{}:{line}", self.source.shown_name())
    }

    /// What is to be said of scripts that are not there any more.
    fn gone(&self) -> Vec<String> {
        let entries = self.baseline.entries();
        let is_there = |name: &str| self.folder().join(name).exists();
        let gone =
            entries.filter(|(case, _)| !is_there(&case.to_string()) && !is_there(case.path()));
        gone.map(|(case, entry)| {
            let place = self.source.locate(entry.span);
            format!(
                "{place}: there is no {} any more; take it out",
                harmless_line(&case.to_string())
            )
        })
        .collect()
    }

    /// Changes the file as it is now: another process may have changed it since it was read, and none does so
    /// meanwhile.
    fn update(&self) -> Result<String, PolicyError> {
        let _alone =
            atomic_file::alone(&self.path).map_err(|error| unreadable(&self.path, error))?;
        let (source, baseline) = parsed(&self.path, true)?;
        let (text, changes) = baseline.update(&self.seen.borrow());
        if text != source.text() {
            atomic_file::write(&self.path, text.as_bytes(), Readers::AsBefore)
                .map_err(|error| unreadable(&self.path, error))?;
        }
        Ok(harmless(&told(&source.shown_name(), &changes)))
    }
}

/// A baseline that is there, or may not be there yet.
fn parsed(path: &Path, may_be_new: bool) -> Result<(SourceFile, Baseline), PolicyError> {
    let text = match file::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if !error.is_not_found() => return Err(error.into()),
        Err(_) if may_be_new => String::new(),
        Err(error) => return Err(PolicyError::NoBaseline(error)),
    };
    let source = SourceFile::new(path.display().to_string(), &text);
    let baseline = Baseline::parse(&source).map_err(|problems| wrong(&source, &problems))?;
    Ok((source, baseline))
}

/// What has changed in a baseline.
fn told(name: &str, changes: &Changes) -> String {
    let Changes {
        added,
        removed,
        kept,
    } = changes;
    if added.is_empty() && removed.is_empty() {
        return format!("{name}: no script comes in or goes\n");
    }
    let mut told = format!(
        "{name}: {} added, {} taken out\n",
        added.len() + kept.len(),
        removed.len()
    );
    let shown = |case: &CaseId| harmless_line(&case.to_string());
    for (case, reason) in added.iter().chain(kept) {
        told.push_str(&format!("  + {}: {reason}\n", shown(case)));
    }
    for case in removed {
        told.push_str(&format!("  - {}\n", shown(case)));
    }
    if !added.is_empty() {
        told.push_str("  write there why, and until when\n");
    }
    told
}

fn wrong(source: &SourceFile, problems: &[Problem]) -> PolicyError {
    let drawn = problems.iter().map(|problem| {
        let (message, help) = (problem.message.clone(), problem.help.clone());
        draw(source, message, problem.span.range(), help)
    });
    PolicyError::Wrong(drawn.collect::<Vec<_>>().join("\n\nerror: "))
}

/// Today, in UTC.
fn today() -> Day {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let day = now.split('T').next().unwrap_or_default();
    day.parse().expect("RFC 3339 begins with the day")
}
