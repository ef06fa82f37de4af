//! `scansion run`, from its arguments to its exit code. How scripts are run is known to [`super::context`] and
//! [`super::job`].

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::accounts::AccountsFailure;
use super::args::{RunArgs, Transport};
use super::arrange::{Arrangement, arrange};
use super::bless::BlessError;
use super::context::RunContext;
use super::exit_code::ExitCode;
use super::file::Unreadable;
use super::hidden;
use super::launch::Recipes;
use super::names::NamesFailure;
use super::output::{complain, complain_of_all, hide};
use super::policy::PolicyError;
use super::reports::{Outlets, Results};
use super::rerun::Rerun;
use super::screen::verbosity;
use super::select::{SelectError, Selection, select};
use super::signals;
use super::target::{self, TargetError};
use crate::diagnostic::Color;
use crate::open_files::{in_words, see_room};
use crate::paths::shown;
use crate::report::{Report, Run, ScriptReport, write_summary};
use crate::runner::{self};
use crate::verdict::Verdict;
use crate::xmpp::TlsError;

/// Why a run cannot begin.
#[derive(Debug, Error)]
pub(super) enum RunFailure {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("{}: {source}", shown(path))]
    Certificates {
        path: PathBuf,
        #[source]
        source: TlsError,
    },
    #[error(transparent)]
    Bless(#[from] BlessError),
    #[error(transparent)]
    Accounts(#[from] AccountsFailure),
    #[error(transparent)]
    Names(#[from] NamesFailure),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(
        "`--transport ws` and `wss` are for launched servers; for others give a URL, for example ws://localhost:5280/ws"
    )]
    NothingLaunched,
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("cannot begin: {}", in_words(.0))]
    Runtime(#[source] io::Error),
}

/// Runs scripts and prints what comes of them.
pub(super) fn run(arguments: &RunArgs, recipes: &Recipes, color: Color, rerun: Rerun) -> ExitCode {
    let selection = match select(&arguments.select) {
        Ok(selection) => selection,
        Err(error) => return complain(&error),
    };
    hide(&hidden::of_scripts(
        selection.scripts.iter().map(|selected| &selected.script),
    ));
    let outlets = match Outlets::open(&arguments.reports) {
        Ok(outlets) => outlets,
        Err(error) => return complain(&error),
    };
    let unreadable = complain_of_all(&selection.unreadable);
    let (results, arrangement) = (
        Results::new(),
        arrange(&selection.scripts, &arguments.arrange),
    );
    let ended = run_all(
        &selection,
        &arrangement,
        &results,
        arguments,
        recipes,
        color,
        rerun,
    );
    let code = match ended {
        Ok(code) => unreadable.max(code),
        Err(error) => {
            results.give_up(&arrangement.scripts, &error.to_string());
            complain(&error)
        }
    };
    match outlets.write(&report(results, &arrangement, &selection, arguments)) {
        Ok(()) => code,
        Err(error) => complain(&error),
    }
}

/// The report of a run that has ended, however it did.
fn report(
    results: Results,
    arrangement: &Arrangement<'_>,
    selection: &Selection,
    arguments: &RunArgs,
) -> Report {
    let run = Run {
        shuffle: arrangement.seed.map(|seed| seed.to_string()),
        partition: arguments.arrange.partition.map(|part| part.to_string()),
        selected: selection.cases(),
        ..results.run()
    };
    let mut report = results.into_report(run);
    report.scripts.extend(unreadable(&selection.unreadable));
    report
}

fn run_all(
    selection: &Selection,
    Arrangement { scripts, seed }: &Arrangement<'_>,
    results: &Results,
    arguments: &RunArgs,
    recipes: &Recipes,
    color: Color,
    rerun: Rerun,
) -> Result<ExitCode, RunFailure> {
    if let Some(address) = target::address(arguments) {
        results.found(&address);
    }
    let mut context = RunContext::gather(arguments, results, color, rerun)?;
    if let Some(password) = &context.plan_options.password {
        let scripts = selection.scripts.iter().map(|selected| &selected.script);
        hide(&hidden::of_password(password, scripts));
    }
    if let Some(seed) = seed {
        let told = format!("shuffled; --shuffle={seed} repeats this order\n");
        context.output.write(&told);
    }
    let launcher = target::launcher(arguments, recipes, || context.needs(scripts))?;
    if launcher.is_none() && matches!(arguments.transport, Some(Transport::Launched { .. })) {
        return Err(RunFailure::NothingLaunched);
    }
    context.progress.begin(scripts.len());
    let targets = target::targets(arguments, launcher, scripts.len());
    if target::shares_accounts(arguments, &targets) {
        context.settle_disputes(scripts);
    }
    see_room().map_err(RunFailure::Runtime)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(RunFailure::Runtime)?;
    let ended = runtime.block_on(async {
        let (interrupter, interrupt) = runner::interrupt();
        signals::obey(interrupter, context.progress.curtain()).map_err(RunFailure::Runtime)?;
        let ran = context.run(scripts, &targets, interrupt.clone()).await;
        context.progress.clear();
        results.set_interrupted(interrupt.is_set());
        let mut summary = ran?;
        context.remove_accounts().await;
        let unreadable = unreadable(&selection.unreadable);
        unreadable.iter().for_each(|script| summary.add(script));
        write_summary(&summary, verbosity(arguments), &context.output);
        context.leave(&targets).await?;
        context.settle_proposals(&interrupt).await;
        Ok::<_, RunFailure>(summary)
    });
    // A name that is still being looked up must not keep anybody waiting.
    runtime.shutdown_background();
    let mut summary = ended?;
    if let Some(told) = context
        .policy
        .close(&mut summary, results.is_interrupted())?
    {
        context.output.write(&told);
    }
    let code = ExitCode::of(&summary).unwrap_or_else(|error| complain(&error));
    Ok(code.max(context.written()))
}

/// What is told of files that cannot be read. A baseline says nothing of them.
fn unreadable(errors: &[SelectError]) -> Vec<ScriptReport> {
    let told = |error: &SelectError| {
        ScriptReport::unreadable(error.case(), Verdict::Errored, &error.to_string())
    };
    errors.iter().map(told).collect()
}
