//! `scansion ledger`: which clauses of the standards scripts test, whether these are shown to be able to fail, and which
//! servers keep to them. Nothing is run.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;
use thiserror::Error;

use super::compare::{Named, read_all, without_page};
use super::exit_code::ExitCode;
use super::indexes::{IndexArgs, StandardsArgs};
use super::judging::JudgingArgs;
use super::output::{
    Unsaid, complain, complain_of_all, hand_over, say_aside, warn, without_hidden,
};
use super::problems::{Counts as Problems, render_problems};
use super::recorded::{DoubtFailure, Transcripts, doubted};
use super::reports::{Outlets, ReportTo, help};
use super::screen::verbosity;
use super::select::{SelectArgs, Selected, Selection, select};
use super::words::words;
use crate::claims::Library;
use crate::clauses::{IndexError, Indexes, Standards, StandardsError};
use crate::diagnostic::Color;
use crate::ledger::{Builder, Counts, Found, Ledger, Weakness, claimed};
use crate::paths::{ByTail, shown};
use crate::report::ledger::{Form, servers, sums, text};
use crate::report::listed;
use crate::report::matrix::Source;

/// `scansion ledger`.
#[derive(Debug, Args)]
pub(super) struct LedgerArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
    /// What `run --transcript DIR` has kept, by which it is tried what scripts would notice; can be given several times,
    /// the best one first
    #[arg(long, value_name = "DIR")]
    pub(super) transcripts: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    #[command(flatten)]
    pub(super) indexes: IndexArgs,
    #[command(flatten)]
    pub(super) standards: StandardsArgs,
    #[arg(long = "report", value_name = "FORMAT[=FILE]", help = help("Write the ledger", &listed(Form::ALL.map(Form::name))), value_parser = words::<ReportTo<Form>>(Form::ALL.map(Form::name)), hide_possible_values = true)]
    pub(super) reports: Vec<ReportTo<Form>>,
    /// Exit with 1 if fewer clauses than this are covered in all
    #[arg(long, value_name = "N")]
    pub(super) min_covered: Option<usize>,
    /// List all clauses
    #[arg(short, long, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// Show only the table of documents
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// Why there is no ledger.
#[derive(Debug, Error)]
enum NoLedger {
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Standards(#[from] StandardsError),
    #[error(transparent)]
    Transcripts(#[from] DoubtFailure),
    #[error("cannot begin: {0}")]
    Runtime(#[from] io::Error),
    #[error(
        "there is no index of clauses: `clauses` is the folder that is looked for above each script; `--clauses DIR` \
         names another one"
    )]
    NoIndex,
}

/// Shows which clauses are tested.
pub(super) fn ledger(mut arguments: LedgerArgs, color: Color) -> ExitCode {
    let reports = std::mem::take(&mut arguments.reports);
    let outlets = match Outlets::open(&reports) {
        Ok(outlets) => outlets,
        Err(error) => return complain(&error),
    };
    let ledger = match made(&mut arguments, color) {
        Ok(ledger) => ledger,
        Err(code) => return code,
    };
    if let Err(error) = outlets.write_each(|_, form| without_hidden(&form.write(&ledger))) {
        return complain(&error);
    }
    let is_on_screen = reports.iter().any(ReportTo::is_on_screen);
    match show(&arguments, &ledger, is_on_screen) {
        Ok(()) => code(&arguments, &ledger),
        Err(error) => complain(&Unsaid(error)),
    }
}

/// Shows it, where no report is.
fn show(arguments: &LedgerArgs, ledger: &Ledger, is_on_screen: bool) -> io::Result<()> {
    let verbosity = verbosity(arguments.verbose, arguments.quiet);
    match is_on_screen {
        true => {
            say_aside(&sums(ledger));
            Ok(())
        }
        false => hand_over(&text(ledger, verbosity)),
    }
}

fn code(arguments: &LedgerArgs, ledger: &Ledger) -> ExitCode {
    let covered = Counts::of_all(ledger).all.covered;
    match arguments.min_covered {
        Some(least) if covered < least => {
            let are = if covered == 1 {
                "clause is"
            } else {
                "clauses are"
            };
            say_aside(&format!(
                "{covered} {are} covered, and {least} have to be\n"
            ));
            ExitCode::Failed
        }
        Some(_) | None => ExitCode::Passed,
    }
}

/// Reads all, and puts it together. What is wrong with scripts or reports is told here.
fn made(arguments: &mut LedgerArgs, color: Color) -> Result<Ledger, ExitCode> {
    let named = reports(&mut arguments.select);
    let library = arguments.indexes.library();
    let selection =
        select(&arguments.select, &library, |_, plays| plays).map_err(|error| complain(&error))?;
    let (sources, unreadable) = read_all(&named, without_page);
    let told = tell_problems(&selection, color).max(complain_of_all(&unreadable));
    if told != ExitCode::Passed {
        return Err(told);
    }
    warn_of_other_scripts(&sources, &selection);
    let ledger = put_together(arguments, &selection, &library, sources, color);
    let ledger = ledger.map_err(|error| complain(&error))?;
    warn_of_unindexed(&ledger);
    Ok(ledger)
}

fn put_together(
    arguments: &LedgerArgs,
    selection: &Selection,
    library: &Library,
    sources: Vec<Source>,
    color: Color,
) -> Result<Ledger, NoLedger> {
    let standards = arguments.standards.copies()?;
    let mut builder = Builder::default();
    add_indexes(&mut builder, selection, library, standards.as_ref())?;
    add_plays(&mut builder, selection, arguments, color)?;
    for server in servers(sources) {
        builder.add_server(&server);
    }
    Ok(builder.finish())
}

/// Takes the reports out of what is given.
fn reports(select: &mut SelectArgs) -> Vec<Named> {
    let is_report = |path: &mut PathBuf| {
        let is_json = path.extension().is_some_and(|own| own == "json");
        is_json && !path.is_dir()
    };
    let paths = select.paths.extract_if(.., is_report);
    paths
        .map(|path| Named::of(path.into_os_string(), Path::exists))
        .collect()
}

/// Tells what is wrong with scripts; warnings are for `check`.
fn tell_problems(selection: &Selection, color: Color) -> ExitCode {
    let mut code = complain_of_all(&selection.unreadable);
    for selected in selection.files() {
        let mut problems = Problems::default();
        problems.add(selected);
        if !problems.is_acceptable(false) {
            let source = &selected.script.source;
            say_aside(&render_problems(source, &selected.problems, color));
            code = ExitCode::NotDone;
        }
    }
    code
}

/// Adds the indexes that scripts have, each folder once.
fn add_indexes(
    builder: &mut Builder,
    selection: &Selection,
    library: &Library,
    standards: Option<&Standards>,
) -> Result<(), NoLedger> {
    let mut seen: Vec<Rc<Indexes>> = Vec::new();
    for script in selection.files() {
        let indexes = library.indexes_for(Path::new(script.script.source.name()))?;
        if !seen.iter().any(|known| Rc::ptr_eq(known, &indexes)) {
            add_folder(builder, &indexes, standards)?;
            seen.push(indexes);
        }
    }
    let mut documents = seen.iter().flat_map(|indexes| indexes.documents());
    documents.next().map(drop).ok_or(NoLedger::NoIndex)
}

fn add_folder(
    builder: &mut Builder,
    indexes: &Indexes,
    standards: Option<&Standards>,
) -> Result<(), NoLedger> {
    for document in indexes.documents() {
        if let Some(index) = indexes.index(document)? {
            let entries = index.entries.iter();
            let sentences = entries.map(|entry| match standards {
                Some(standards) => standards.sentence(document, entry),
                None => Ok(None),
            });
            builder.add_index(index, &sentences.collect::<Result<Vec<_>, _>>()?);
        }
    }
    Ok(())
}

/// Adds what the plays claim, and what doubt finds of those that claim anything.
fn add_plays(
    builder: &mut Builder,
    selection: &Selection,
    arguments: &LedgerArgs,
    color: Color,
) -> Result<(), NoLedger> {
    let folders = arguments.transcripts.iter();
    let transcripts = folders.map(|folder| Transcripts::in_folder(folder));
    let transcripts: Vec<Transcripts> = transcripts.collect::<Result<_, _>>()?;
    warn_of_other_plays(arguments, &transcripts, selection);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    for selected in &selection.scripts {
        let claims = selected.claims.clone().unwrap_or_default();
        let claimed = claimed(&selected.script, &claims);
        if !claimed.is_empty() {
            let found = found(selected, &transcripts, &arguments.judging, color);
            builder.add_play(&selected.script.case, &claimed, &runtime.block_on(found));
        }
    }
    Ok(())
}

/// Warns of folders with transcripts of nothing that is selected.
fn warn_of_other_plays(arguments: &LedgerArgs, transcripts: &[Transcripts], selection: &Selection) {
    for (folder, transcripts) in arguments.transcripts.iter().zip(transcripts) {
        let mut scripts = selection.scripts.iter();
        if !scripts.any(|selected| transcripts.of(selected).next().is_some()) {
            let folder = shown(folder);
            warn(&format!("no transcript in {folder} is of these scripts"));
        }
    }
}

/// What doubt finds of a play, by the first folder, and there by the last transcript, by which that can be told.
async fn found(
    selected: &Selected,
    transcripts: &[Transcripts],
    judging: &JudgingArgs,
    color: Color,
) -> Found {
    let mut weakness = None;
    for transcript in transcripts.iter().flat_map(|own| own.of(selected)) {
        match doubted(selected, transcript, judging, color).await {
            Ok(doubted) => return Found::Doubted(doubted),
            Err(error) => {
                weakness.get_or_insert(Weakness::NotDoubted(reason(error)));
            }
        }
    }
    Found::Not(weakness.unwrap_or(Weakness::NotRecorded))
}

/// Why a play is not doubted, where it is known which play it is.
fn reason(failure: DoubtFailure) -> String {
    match failure {
        DoubtFailure::NotDoubted { source, .. } => source.to_string(),
        DoubtFailure::Cast { source, .. } => format!("it does not fit its transcript: {source}"),
        DoubtFailure::Broken(_) => "it cannot be planned by its transcript".to_owned(),
        other @ (DoubtFailure::Unreadable(_)
        | DoubtFailure::Script(_)
        | DoubtFailure::Transcript(_)
        | DoubtFailure::Kept(_)
        | DoubtFailure::Runtime(_)
        | DoubtFailure::NoTranscript(_)) => other.to_string(),
    }
}

/// Warns of claims that do not count.
fn warn_of_unindexed(ledger: &Ledger) {
    for (document, count) in &ledger.unindexed {
        let document = document.title();
        warn(&format!(
            "{document} has no index, so what is claimed of it does not count ({count} times)"
        ));
    }
}

/// Warns of reports that say nothing of any of the scripts.
fn warn_of_other_scripts(sources: &[Source], selection: &Selection) {
    let mut paths = ByTail::default();
    for selected in &selection.scripts {
        paths.insert(selected.script.case.path(), ());
    }
    for source in sources {
        let mut scripts = source.report.scripts.iter();
        if !scripts.any(|script| paths.find(script.case.path()).next().is_some()) {
            warn(&format!(
                "{} has none of these scripts",
                shown(&source.path)
            ));
        }
    }
}
