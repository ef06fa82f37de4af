//! `scansion doubt`: which faults of a server the scripts would not have noticed. The scripts are run as `run` does, or
//! have been; what follows has no server.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use thiserror::Error;

use super::args::RunArgs;
use super::exit_code::ExitCode;
use super::explain::read_script;
use super::output::{
    Unsaid, complain, complain_of_all, hand_over, say_aside, warn, without_hidden,
};
use super::recipes::Recipes;
use super::recorded::{self, DoubtFailure, Transcripts, read_transcript};
use super::reports::{Outlets, ReportTo};
use super::rerun::Rerun;
use super::run::run;
use super::screen::{columns, verbosity};
use super::select::{Selected, select};
use crate::claims::Library;
use crate::diagnostic::Color;
use crate::doubt::{Doubted, Excuse};
use crate::report::doubt::{Counts, Form, NoForm, page, summary};
use crate::report::{Manner, Verbosity};
use crate::transcript::Transcript;

/// `scansion doubt`.
#[derive(Debug, Args)]
pub(super) struct DoubtArgs {
    #[command(flatten)]
    pub(super) run: RunArgs,
    /// Take what `run --transcript DIR` has kept there, and run nothing
    #[arg(long, value_name = "DIR", conflicts_with = "transcript")]
    pub(super) transcripts: Option<PathBuf>,
    /// Exit with 1 if scripts pass with more faults than this
    #[arg(long, value_name = "N")]
    pub(super) max_survivors: Option<usize>,
}

/// A play with what was recorded of it.
struct Kept {
    selected: Selected,
    transcript: Transcript,
}

/// Doubts scripts, and prints what they do not notice.
pub(super) fn doubt(
    mut arguments: DoubtArgs,
    recipes: &Recipes,
    color: Color,
    rerun: Rerun,
) -> ExitCode {
    let verbosity = verbosity(arguments.run.verbose, arguments.run.quiet);
    let is_transcript = |path: &PathBuf| path.extension().is_some_and(|own| own == "transcript");
    let named: Vec<PathBuf> = arguments
        .run
        .select
        .paths
        .extract_if(.., |path| is_transcript(path))
        .collect();
    if arguments.run.fault.is_some() {
        return complain(&OneFault);
    }
    let reports = match reports(&mut arguments.run) {
        Ok(reports) => reports,
        Err(error) => return complain(&error),
    };
    let outlets = match Outlets::open(&reports) {
        Ok(outlets) => outlets,
        Err(error) => return complain(&error),
    };
    let kept = named.iter();
    let library = arguments.run.indexes.library();
    let mut kept: Vec<_> = kept.map(|path| of_transcript(path, &library)).collect();
    if !arguments.run.select.paths.is_empty() || !arguments.run.select.directories.is_empty() {
        match of_scripts(&mut arguments, recipes, color, rerun) {
            Ok(found) => kept.extend(found),
            Err(error) => return complain(&error),
        }
    }
    let doubting = Doubting {
        arguments,
        color,
        verbosity,
        is_report_on_screen: reports.iter().any(ReportTo::is_on_screen),
    };
    doubting.all(kept, outlets)
}

/// The reports of what is found; none are left for the run that comes before.
fn reports(arguments: &mut RunArgs) -> Result<Vec<ReportTo<Form>>, NoForm> {
    let reports = std::mem::take(&mut arguments.reports).into_iter();
    reports.map(ReportTo::in_form).collect()
}

/// The play of a transcript.
fn of_transcript(path: &Path, library: &Library) -> Result<Kept, DoubtFailure> {
    let transcript = read_transcript(path)?;
    let selected = read_script(None, &transcript, library)?;
    Ok(Kept {
        selected,
        transcript,
    })
}

/// The plays of scripts, which are run unless that was done before.
fn of_scripts(
    arguments: &mut DoubtArgs,
    recipes: &Recipes,
    color: Color,
    rerun: Rerun,
) -> Result<Vec<Result<Kept, DoubtFailure>>, DoubtFailure> {
    let scratch;
    let folder = match &arguments.transcripts {
        Some(folder) => folder.clone(),
        None => {
            scratch = tempfile::tempdir()?;
            let own = arguments.run.transcript.clone();
            let folder = own.unwrap_or_else(|| scratch.path().to_owned());
            arguments.run.transcript = Some(folder.clone());
            (arguments.run.quiet, arguments.run.verbose) = (true, false);
            run(&arguments.run, recipes, color, rerun);
            folder
        }
    };
    let transcripts = Transcripts::in_folder(&folder)?;
    let selection = select(
        &arguments.run.select,
        &arguments.run.indexes.library(),
        |_, plays| plays,
    )?;
    complain_of_all(&selection.unreadable);
    let plays = selection.scripts.into_iter();
    Ok(plays
        .map(|selected| with_transcript(selected, &transcripts))
        .collect())
}

/// A play with the last transcript of it.
fn with_transcript(selected: Selected, transcripts: &Transcripts) -> Result<Kept, DoubtFailure> {
    let transcript = transcripts.of(&selected).next().cloned();
    match transcript {
        Some(transcript) => Ok(Kept {
            selected,
            transcript,
        }),
        None => Err(DoubtFailure::NoTranscript(selected.script.case)),
    }
}

/// What is the same for all plays.
struct Doubting {
    arguments: DoubtArgs,
    color: Color,
    verbosity: Verbosity,
    /// Whether the standard output is for a report.
    is_report_on_screen: bool,
}

impl Doubting {
    /// Doubts plays one after the other.
    fn all(&self, kept: Vec<Result<Kept, DoubtFailure>>, outlets: Outlets<'_, Form>) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_current_thread().build() {
            Ok(runtime) => runtime,
            Err(error) => return complain(&DoubtFailure::Runtime(error)),
        };
        let mut plays = Vec::new();
        for kept in kept {
            let doubted = kept.and_then(|kept| runtime.block_on(self.one(&kept)));
            match doubted {
                Ok(doubted) => plays.push(doubted),
                Err(DoubtFailure::Broken(drawn)) => say_aside(&drawn),
                Err(error) => warn(&error.to_string()),
            }
        }
        warn_of_unused(&plays);
        if let Err(error) = outlets.write_each(|_, form| without_hidden(&form.write(&plays))) {
            return complain(&error);
        }
        if plays.is_empty() {
            return complain(&NothingDoubted);
        }
        match self.show(&summary(&plays)) {
            Ok(()) => self.code(&plays),
            Err(error) => complain(&Unsaid(error)),
        }
    }

    /// Doubts a play, and shows what it does not notice.
    async fn one(&self, kept: &Kept) -> Result<Doubted, DoubtFailure> {
        let Kept {
            selected,
            transcript,
        } = kept;
        let judging = &self.arguments.run.judging;
        let doubted = recorded::doubted(selected, transcript, judging, self.color).await?;
        let manner = Manner {
            color: self.color,
            columns: columns(super::output::Stream::Out),
            again: None,
        };
        let page = page(&doubted, &selected.script.source, manner, self.verbosity);
        self.show(&page).map_err(DoubtFailure::Kept)?;
        Ok(doubted)
    }

    /// Shows something where no report is.
    fn show(&self, text: &str) -> io::Result<()> {
        match self.is_report_on_screen {
            true => {
                say_aside(text);
                Ok(())
            }
            false => hand_over(text),
        }
    }

    fn code(&self, plays: &[Doubted]) -> ExitCode {
        let survivors = Counts::of(plays).survived;
        let most = self.arguments.max_survivors;
        match most.is_some_and(|most| survivors > most) {
            true => ExitCode::Failed,
            false => ExitCode::Passed,
        }
    }
}

/// The error that one fault is named where all are tried.
#[derive(Debug, Error)]
#[error("`doubt` tries all faults; `run --fault` puts one in")]
struct OneFault;

/// The error that there is nothing to be said.
#[derive(Debug, Error)]
#[error("no play could be doubted")]
struct NothingDoubted;

/// Warns of what excuses nothing in any play of its script.
fn warn_of_unused(plays: &[Doubted]) {
    let told = |doubted: &Doubted, excuse: &Excuse| {
        (
            doubted.case.path().to_owned(),
            excuse.span.start,
            excuse.kind,
        )
    };
    let every = || {
        plays
            .iter()
            .flat_map(|doubted| doubted.excuses.iter().map(move |excuse| (doubted, excuse)))
    };
    let used = every().filter(|(doubted, excuse)| doubted.is_used(excuse));
    let used: BTreeSet<_> = used
        .map(|(doubted, excuse)| told(doubted, excuse))
        .collect();
    let unused: BTreeSet<_> = every()
        .map(|(doubted, excuse)| told(doubted, excuse))
        .collect();
    for (path, _, kind) in unused.difference(&used) {
        warn(&format!(
            "{path}: `# doubt: {kind} is fine` excuses nothing"
        ));
    }
}
