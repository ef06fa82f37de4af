//! `scansion run`, from its arguments to its exit code. How scripts are run is known to [`super::context`] and
//! [`super::job`].

use std::io;
use std::path::Path;

use thiserror::Error;

use super::args::RunArgs;
use super::arrange::{Arrangement, arrange};
use super::context::RunContext;
use super::exit_code::ExitCode;
use super::file::Unreadable;
use super::hidden;
use super::job::{run_on, try_changes};
use super::output::{complain, complain_of_all, exit_code, hide, note, warn};
use super::policy::{Policy, PolicyError};
use super::queue::{Queue, Queued};
use super::recipes::Recipes;
use super::reports::{Outlets, Results};
use super::rerun::Rerun;
use super::running_server::ServerError;
use super::select::{SelectError, Selected, Selection, select};
use super::settings::{RunSettings, SettingsError, address, see_one_script};
use super::signals;
use super::targets::Targets;
use crate::claims::Library;
use crate::diagnostic::Color;
use crate::launch::LaunchError;
use crate::open_files::{in_words, see_room};
use crate::report::{self, Report, ScriptReport, Summary};
use crate::runner;
use crate::verdict::Verdict;

/// Why a run cannot begin.
#[derive(Debug, Error)]
enum RunFailure {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Launch(#[from] LaunchError),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("cannot begin: {}", in_words(.0))]
    Runtime(#[source] io::Error),
}

/// Runs scripts and prints their results.
pub(super) fn run(arguments: &RunArgs, recipes: &Recipes, color: Color, rerun: Rerun) -> ExitCode {
    let library = match arguments.standards.copies() {
        Ok(copies) => arguments.indexes.library().with(copies),
        Err(error) => return complain(&error),
    };
    let settings = RunSettings::of(arguments, recipes, color, rerun);
    let known = settings.as_ref().ok();
    let mut queue = Queue::new(known.and_then(RunSettings::planned_ahead));
    let keep = |path: &Path, plays: Vec<Selected>| {
        hide_password(&plays, known);
        queue.take_in(path, plays)
    };
    let selection = match select(&arguments.select, &library, keep) {
        Ok(selection) => selection,
        Err(error) => return complain(&error),
    };
    library.notes().iter().for_each(|told| note(told));
    if !arguments.quiet {
        selection.tell_of_idle_tags();
    }
    let outlets = match Outlets::open(&arguments.reports) {
        Ok(outlets) => outlets,
        Err(error) => return complain(&error),
    };
    let unreadable = complain_of_all(&selection.unreadable);
    let run = Run {
        results: Results::new(),
        arrangement: arrange(&selection.scripts, &arguments.arrange),
        selection: &selection,
        library: &library,
    };
    if let Some(address) = address(arguments) {
        run.results.found(&address);
    }
    let settings = see_one_script(arguments, &selection).and(settings);
    let code = run.all_or_none(settings).max(unreadable);
    match outlets.write(run.into_report(arguments)) {
        Ok(()) => code,
        Err(error) => complain(&error),
    }
}

/// Hides the password that all clients of these plays have, if there is one. If the run cannot begin, there are no
/// settings.
fn hide_password(plays: &[Selected], settings: Option<&RunSettings>) {
    if let Some(password) = settings.and_then(|settings| settings.plan.password.as_ref()) {
        let scripts = plays.iter().map(|play| &play.script);
        hide(&hidden::of_password(password, scripts));
    }
}

/// The scripts of a run, and their results.
struct Run<'a> {
    selection: &'a Selection<Queued>,
    library: &'a Library,
    arrangement: Arrangement<'a>,
    results: Results,
}

impl Run<'_> {
    /// Runs all scripts; or none, and says of all of them why.
    fn all_or_none(&self, settings: Result<RunSettings, SettingsError>) -> ExitCode {
        let settings = settings.map_err(RunFailure::from);
        let ended = settings.and_then(|settings| self.all(&settings));
        ended.unwrap_or_else(|error| {
            let scripts = &self.arrangement.scripts;
            self.results.give_up(scripts, &error.to_string());
            complain(&error)
        })
    }

    /// Runs all scripts, as often as it is asked for.
    fn all(&self, settings: &RunSettings) -> Result<ExitCode, RunFailure> {
        let scripts = &self.arrangement.scripts;
        let policy = Policy::gather(&settings.policy, &self.selection.rows)?;
        let mut context = RunContext::gather(settings, self.library, policy, &self.results)?;
        if let Some(seed) = self.arrangement.seed {
            let told = format!("shuffled; --shuffle={seed} repeats this order\n");
            context.output.write(&told);
        }
        let demands = || scripts.iter().flat_map(|queued| &queued.demand);
        let targets = Targets::of(settings, scripts.len(), || context.needs(demands()))?;
        context.progress.begin(scripts.len());
        if targets.shares_accounts {
            context.find_conflicts(scripts);
        }
        let mut summary = self.in_runtime(&context, &targets)?;
        context.tell_of_earlier_files();
        let is_interrupted = self.results.is_interrupted();
        if let Some(told) = context.policy.close(&mut summary, is_interrupted)? {
            context.output.write(&told);
        }
        let code = exit_code(&summary).max(context.written());
        Ok(match code {
            // What the signal was to stop was done just then; the report says interrupted all the same.
            ExitCode::Passed if is_interrupted => ExitCode::NotDone,
            code => code,
        })
    }

    fn in_runtime(
        &self,
        context: &RunContext<'_>,
        targets: &Targets,
    ) -> Result<Summary, RunFailure> {
        see_room().map_err(RunFailure::Runtime)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(RunFailure::Runtime)?;
        let ended = runtime.block_on(self.run_jobs(context, targets));
        // A name that is still being looked up must not keep the user waiting.
        runtime.shutdown_background();
        ended
    }

    /// Runs the scripts; afterwards accounts are removed and servers ended, and the sum is shown.
    async fn run_jobs(
        &self,
        context: &RunContext<'_>,
        targets: &Targets,
    ) -> Result<Summary, RunFailure> {
        let (interrupter, interrupt) = runner::interrupt();
        signals::obey(interrupter, context.progress.curtain()).map_err(RunFailure::Runtime)?;
        let scripts = &self.arrangement.scripts;
        let ran = run_on(targets, context, scripts, &interrupt).await;
        if ran.is_ok() {
            try_changes(&targets.all, context, &interrupt).await;
        }
        self.results.set_interrupted(interrupt.is_set());
        let left = match &ran {
            Ok(()) => context.remove_accounts(targets.all.len()).await,
            Err(_) => Vec::new(),
        };
        context.progress.clear();
        ran?;
        left.iter().for_each(|told| warn(told));
        // What the user has waited for, accounts included.
        let mut summary = context.summary();
        let unreadable = unreadable(&self.selection.unreadable);
        unreadable.iter().for_each(|script| summary.add(script));
        context.write_end(&summary, &unreadable);
        context.leave(targets).await?;
        context.settle_proposals(&interrupt).await;
        Ok(summary)
    }

    /// The report of a run that has ended, however it did.
    fn into_report(self, arguments: &RunArgs) -> Report {
        let seed = self.arrangement.seed;
        let run = report::Run {
            shuffle: seed.map(|seed| seed.to_string()),
            partition: arguments.arrange.partition.map(|part| part.to_string()),
            selected: self.selection.cases(),
            ..self.results.run()
        };
        let mut report = self.results.into_report(run);
        report
            .scripts
            .extend(unreadable(&self.selection.unreadable));
        report
    }
}

/// What is told of files that cannot be read. A baseline says nothing of them.
fn unreadable(errors: &[SelectError]) -> Vec<ScriptReport> {
    let told = |error: &SelectError| {
        ScriptReport::unreadable(error.case(), Verdict::Errored, &error.to_string())
    };
    errors.iter().map(told).collect()
}
