//! `scansion explain`.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use thiserror::Error;

use super::exit_code::ExitCode;
use super::indexes::{IndexArgs, StandardsArgs};
use super::judging::JudgingArgs;
use super::output::{Stream, Unsaid, complain, exit_code, note};
use super::problems::{Counts, broken, render_problems};
use super::screen::{columns, verbosity};
use super::select::{SelectError, Selected, read_back, read_source};
use crate::claims::Library;
use crate::clauses::StandardsError;
use crate::diagnostic::Color;
use crate::matcher::ChildOrder;
use crate::plan::{self, DefaultMode, Plan, PlanOptions, Receiving};
use crate::report::{Console, Ending, Manner, OrderedOutput, Summary};
use crate::runner::{self, Keep, RunOptions, ScriptOutcome};
use crate::script::ScriptError;
use crate::transcript::{Conditions, RecastError, Transcript, TranscriptError};
use crate::xmpp::ConnectOptions;

/// `scansion explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A file that `scansion run --transcript DIR` has written
    pub(super) transcript: PathBuf,
    /// The script; without it, the one that was run
    pub(super) script: Option<PathBuf>,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    #[command(flatten)]
    pub(super) indexes: IndexArgs,
    #[command(flatten)]
    pub(super) standards: StandardsArgs,
    /// Show each step, and all that went over the wires
    #[arg(short, long, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// Show only what did not pass
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// Why a script cannot be judged by a transcript.
#[derive(Debug, Error)]
pub(super) enum ExplainFailure {
    #[error(transparent)]
    Unreadable(#[from] SelectError),
    #[error(
        "{0}; the script was there when it was run, seen from where that was: if it is elsewhere, give it behind the \
         transcript, `scansion explain TRANSCRIPT SCRIPT`"
    )]
    ScriptGone(#[source] SelectError),
    #[error(transparent)]
    Standards(#[from] StandardsError),
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    #[error("{script}: {source}")]
    Cast {
        script: String,
        #[source]
        source: RecastError,
    },
    #[error("cannot begin: {0}")]
    Runtime(#[from] io::Error),
}

/// Judges a script by what was recorded of it, and prints the result.
pub(super) fn explain(arguments: &ExplainArgs, color: Color) -> ExitCode {
    match judge(arguments, color) {
        Ok(code) => code,
        Err(error) => complain(&error),
    }
}

fn judge(arguments: &ExplainArgs, color: Color) -> Result<ExitCode, ExplainFailure> {
    let file = read_back(&arguments.transcript)?;
    let transcript = Transcript::read(file.name(), file.text())?;
    let library = arguments.indexes.library();
    let library = library.with(arguments.standards.copies()?);
    let selected = read_script(arguments.script.as_deref(), &transcript, &library)?;
    library.notes().iter().for_each(|told| note(told));
    let output = OrderedOutput::new(Box::new(Stream::Out));
    let mut console = Console::new(
        output.part(0),
        verbosity(arguments.verbose, arguments.quiet),
        columns(Stream::Out),
    );
    let ending = match plan(arguments, &transcript, &selected, &mut console) {
        Ok(plan) => {
            let outcome = replay(&transcript, &plan, &mut console)?;
            Ending::of_outcome(
                &outcome,
                Duration::ZERO,
                Manner {
                    color,
                    columns: columns(Stream::Out),
                    again: None,
                },
            )
        }
        Err(problems) => broken(
            &selected,
            &render_problems(&selected.script.source, &problems, color),
        ),
    };
    console.ended(&ending);
    match output.lost() {
        Some(error) => Ok(complain(&Unsaid(error))),
        None => Ok(exit_code(&Summary::of([&ending.report]))),
    }
}

/// The plan of a script, or what is wrong with it.
fn plan(
    arguments: &ExplainArgs,
    transcript: &Transcript,
    selected: &Selected,
    console: &mut Console,
) -> Result<Plan, Vec<ScriptError>> {
    let mut counts = Counts::default();
    counts.add(selected);
    if !counts.is_acceptable(false) {
        return Err(selected.problems.clone());
    }
    console.warned(&selected.script, counts.warnings);
    let options = PlanOptions {
        claims: selected.claims.clone(),
        ..plan_options(&arguments.judging, transcript)
    };
    plan::resolve(&selected.script, &options)
}

/// The play of which the transcript is: of the script at this path, or of the one that was run.
pub(super) fn read_script(
    path: Option<&Path>,
    transcript: &Transcript,
    library: &Library,
) -> Result<Selected, ExplainFailure> {
    let source = match path {
        Some(path) => read_source(path)?,
        None => {
            read_source(Path::new(transcript.case.path())).map_err(ExplainFailure::ScriptGone)?
        }
    };
    let case = transcript.case.at(source.name());
    let plays = Selected::read(source, library).into_iter();
    let mut own = plays.filter(|play| play.answers_to(&case));
    own.next()
        .ok_or(ExplainFailure::Unreadable(SelectError::NoRow(case)))
}

/// As it was run, unless the arguments say otherwise.
pub(super) fn plan_options(judging: &JudgingArgs, transcript: &Transcript) -> PlanOptions {
    let conditions = &transcript.conditions;
    let recorded_receiving = conditions.strict.then_some(Receiving::Next);
    let recorded_order = conditions.any_order.then_some(ChildOrder::Any);
    let recorded_matching = conditions.open.then_some(DefaultMode::Open);
    PlanOptions {
        renaming: conditions.renaming.clone(),
        given: conditions.given.clone(),
        receiving: judging.receiving().or(recorded_receiving),
        complete: judging.complete || conditions.complete,
        child_order: judging.order().or(recorded_order),
        matching: judging.matching().or(recorded_matching),
        enforced: judging.enforced().max(conditions.enforced),
        ..PlanOptions::default()
    }
}

fn replay(
    transcript: &Transcript,
    plan: &Plan,
    console: &mut Console,
) -> Result<ScriptOutcome, ExplainFailure> {
    let moments = transcript.moments_for(plan);
    let moments = moments.map_err(|source| ExplainFailure::Cast {
        script: plan.info.source.shown_name(),
        source,
    })?;
    let recorded = transcript.recorded(&moments);
    let options = run_options(&transcript.conditions);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    Ok(runtime.block_on(runner::replay(plan, recorded, &options, console)))
}

/// How long is waited, as it was run.
pub(super) fn run_options(conditions: &Conditions) -> RunOptions {
    RunOptions {
        timeout: conditions.timeout,
        quiet_time: conditions.quiet_time,
        connect: ConnectOptions::default(),
        keep: Keep::Last,
    }
}
