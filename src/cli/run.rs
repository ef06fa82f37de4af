//! `scansion run`.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use thiserror::Error;

use super::args::{ChildOrderChoice, RunArgs};
use super::check::{Counts, render_problems};
use super::exit_code::ExitCode;
use super::file::{self, Unreadable};
use super::output::{complain, complain_of_all};
use super::select::{Selected, Selection, select};
use crate::diagnostic::Color;
use crate::matcher::ChildOrder;
use crate::plan::{self, Plan, PlanOptions, Receiving};
use crate::report::{Console, Summary, Verbosity};
use crate::runner::{self, Interrupt, RunOptions, Runner};
use crate::script::ScriptError;
use crate::xmpp::{Authorities, ConnectOptions, PlaintextPolicy, TcpDialer, TlsError, Trust};

/// Why a run cannot begin.
#[derive(Debug, Error)]
enum RunFailure {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("{}: {source}", path.display())]
    Certificates {
        path: PathBuf,
        #[source]
        source: TlsError,
    },
    #[error("cannot begin: {0}")]
    Runtime(#[source] io::Error),
}

/// Runs scripts and prints what comes of them.
pub(super) fn run(arguments: &RunArgs, color: Color) -> ExitCode {
    let selection = match select(&arguments.select) {
        Ok(selection) => selection,
        Err(error) => return complain(&error),
    };
    let unreadable = complain_of_all(&selection.unreadable);
    match run_all(&selection, arguments, color) {
        Ok(summary) => unreadable.max(exit_code(&summary)),
        Err(error) => complain(&error),
    }
}

fn exit_code(summary: &Summary) -> ExitCode {
    match summary {
        Summary { errored: 1.., .. } => ExitCode::NotDone,
        Summary { failed: 1.., .. } => ExitCode::Failed,
        Summary { not_run: 1.., .. } => ExitCode::NotDone,
        _ => ExitCode::Passed,
    }
}

fn run_all(
    selection: &Selection,
    arguments: &RunArgs,
    color: Color,
) -> Result<Summary, RunFailure> {
    let options = run_options(arguments)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(RunFailure::Runtime)?;
    let mut console = Console::new(Box::new(io::stdout()), verbosity(arguments), color);
    let (interrupter, interrupt) = runner::interrupt();
    let company = Company {
        arguments,
        options: plan_options(arguments),
        color,
        interrupt: interrupt.clone(),
    };
    let dialer = TcpDialer::new(arguments.timeout);
    let runner = Runner::new(&dialer, options, interrupt);
    let mut summary = runtime.block_on(async {
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                interrupter.interrupt();
            }
            // Whoever asks twice does not want to wait for connections to close.
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(ExitCode::NotDone as i32);
            }
        });
        company.run(&selection.scripts, &runner, &mut console).await
    });
    summary.errored += selection.unreadable.len();
    console.summary(&summary);
    // A name that is still being looked up must not keep anybody waiting.
    runtime.shutdown_background();
    Ok(summary)
}

fn verbosity(arguments: &RunArgs) -> Verbosity {
    match (arguments.verbose, arguments.quiet) {
        (true, _) => Verbosity::Verbose,
        (_, true) => Verbosity::Quiet,
        _ => Verbosity::Normal,
    }
}

fn plan_options(arguments: &RunArgs) -> PlanOptions {
    PlanOptions {
        server: arguments.server.clone(),
        component_server: arguments.component_server.clone(),
        receiving: arguments.strict.then_some(Receiving::Next),
        sync: arguments.sync.map(plan::Sync::from),
        child_order: arguments.child_order.map(|choice| match choice {
            ChildOrderChoice::Any => ChildOrder::Any,
        }),
    }
}

fn run_options(arguments: &RunArgs) -> Result<RunOptions, RunFailure> {
    let plaintext = match arguments.allow_plaintext {
        true => PlaintextPolicy::Anywhere,
        false => PlaintextPolicy::LoopbackOnly,
    };
    Ok(RunOptions {
        timeout: arguments.timeout,
        quiet_time: arguments.quiet_time,
        connect: ConnectOptions {
            plaintext,
            trust: trust(arguments)?,
            step_timeout: arguments.timeout,
            ..ConnectOptions::default()
        },
    })
}

fn trust(arguments: &RunArgs) -> Result<Trust, RunFailure> {
    let Some(path) = &arguments.ca else {
        return Ok(if arguments.insecure {
            Trust::Anything
        } else {
            Trust::System
        });
    };
    let authorities =
        Authorities::from_pem(&file::read(path)?).map_err(|source| RunFailure::Certificates {
            path: path.clone(),
            source,
        })?;
    Ok(Trust::Authorities(authorities))
}

/// What is the same for all scripts.
struct Company<'a> {
    arguments: &'a RunArgs,
    options: PlanOptions,
    color: Color,
    interrupt: Interrupt,
}

impl Company<'_> {
    async fn run(
        &self,
        scripts: &[Selected],
        runner: &Runner<'_>,
        console: &mut Console,
    ) -> Summary {
        let started = Instant::now();
        let mut summary = Summary::default();
        for script in scripts {
            let stopped = self.arguments.fail_fast && summary.failed + summary.errored > 0;
            if stopped || self.interrupt.is_set() {
                summary.not_run += 1;
            } else {
                self.run_one(script, runner, console, &mut summary).await;
            }
        }
        summary.duration = started.elapsed();
        summary
    }

    async fn run_one(
        &self,
        selected: &Selected,
        runner: &Runner<'_>,
        console: &mut Console,
        summary: &mut Summary,
    ) {
        match self.plan(selected, console) {
            Ok(plan) => summary.add(&runner.run(&plan, console).await),
            Err(problems) => {
                let drawn = render_problems(&selected.script.source, &problems, self.color);
                console.broken(&selected.script, &drawn);
                summary.errored += 1;
            }
        }
    }

    fn plan(&self, selected: &Selected, console: &mut Console) -> Result<Plan, Vec<ScriptError>> {
        let mut counts = Counts::default();
        counts.add(selected);
        if !counts.is_acceptable(self.arguments.deny_warnings) {
            return Err(selected.problems.clone());
        }
        let plan = plan::resolve(&selected.script, &self.options)?;
        console.warned(&selected.script, counts.warnings);
        Ok(plan)
    }
}
