//! `scansion run`.

use std::cell::Cell;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use anstream::adapter::strip_str;
use colored::Colorize;
use futures::future::{join_all, try_join_all};
use rand::Rng;
use thiserror::Error;

use super::accounts::{AccountsFailure, method};
use super::again::Again;
use super::args::{ChildOrderChoice, RunArgs, Transport};
use super::arrange::{Arrangement, arrange};
use super::bless::{BlessError, Proposals};
use super::check::{Counts, render_problems};
use super::exit_code::ExitCode;
use super::file::{self, Unreadable};
use super::output::{complain, complain_of_all, warn};
use super::reports::{ReportTo, Results};
use super::select::{SelectError, Selected, Selection, select};
use super::server_logs::ServerLogs;
use super::signals::Signals;
use super::venue::{self, Setting, Venue, VenueError};
use crate::accounts::{self, AccountError, Network, Registrar};
use crate::diagnostic::Color;
use crate::launch::Needs;
use crate::matcher::ChildOrder;
use crate::plan::{self, Plan, PlanOptions, Receiving, Renaming};
use crate::report::model::Verdict;
use crate::report::{
    Book, Console, Run, ScriptReport, Summary, Verbosity, harmless, write_summary,
};
use crate::requirements::Probe;
use crate::runner::{self, Interrupt, Keep, RunOptions, Runner, ScriptOutcome, Unmet};
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
    #[error(transparent)]
    Bless(#[from] BlessError),
    #[error(transparent)]
    Accounts(#[from] AccountsFailure),
    #[error(transparent)]
    Venue(#[from] VenueError),
    #[error(
        "`--transport ws` and `wss` are for launched servers; for others give a URL, for example ws://localhost:5280/ws"
    )]
    NothingLaunched,
    #[error("cannot begin: {0}")]
    Runtime(#[source] io::Error),
}

/// Runs scripts and prints what comes of them.
pub(super) fn run(arguments: &RunArgs, color: Color, again: Again) -> ExitCode {
    let selection = match select(&arguments.select) {
        Ok(selection) => selection,
        Err(error) => return complain(&error),
    };
    let unreadable = complain_of_all(&selection.unreadable);
    match run_all(&selection, arguments, color, again) {
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
    again: Again,
) -> Result<Summary, RunFailure> {
    let company = Company::gather(arguments, color, again)?;
    let Arrangement { scripts, seed } = arrange(&selection.scripts, &arguments.arrange);
    if let Some(seed) = seed {
        let told = format!("shuffled; --shuffle={seed} repeats this order\n");
        company.book.write(&told);
    }
    let run = Run {
        shuffle: seed.map(|seed| seed.to_string()),
        partition: arguments.arrange.partition.map(|part| part.to_string()),
        selected: selection.paths(),
        ..company.results.run()
    };
    let launcher = venue::launcher(arguments, company.needs(&scripts))?;
    if launcher.is_none() && matches!(arguments.transport, Some(Transport::Launched { .. })) {
        return Err(RunFailure::NothingLaunched);
    }
    let venues = venue::venues(arguments, launcher, scripts.len());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(RunFailure::Runtime)?;
    let ended = runtime.block_on(async {
        let signals = Signals::listen().map_err(RunFailure::Runtime)?;
        let (interrupter, interrupt) = runner::interrupt();
        tokio::spawn(signals.obey(interrupter));
        let mut summary = company.run(&scripts, &venues, interrupt.clone()).await?;
        company.remove_accounts().await;
        summary.errored += selection.unreadable.len();
        write_summary(&summary, verbosity(arguments), &company.book);
        company.leave(&venues).await?;
        let interrupted = interrupt.is_set();
        company.proposals.settle(&company.book, &interrupt).await;
        Ok::<_, RunFailure>((summary, interrupted))
    });
    // A name that is still being looked up must not keep anybody waiting.
    runtime.shutdown_background();
    let (summary, interrupted) = ended?;
    company.report(run, &selection.unreadable, interrupted)?;
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
        direct_tls_server: None,
        websocket: match &arguments.transport {
            Some(Transport::Url(url)) => Some(url.clone()),
            Some(Transport::Launched { .. }) | None => None,
        },
        tls: arguments.tls,
        renaming: Renaming {
            suffix: None,
            domain: arguments.domain.clone(),
        },
        mechanism: arguments.mechanism,
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
        keep: match arguments.reports.is_empty() {
            true => Keep::Last,
            false => Keep::All,
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
    plan_options: PlanOptions,
    run_options: RunOptions,
    dialer: TcpDialer,
    registrar: Registrar,
    book: Book,
    probe: Probe,
    server_logs: Option<ServerLogs>,
    results: Results,
    proposals: Proposals,
    again: Again,
    color: Color,
}

impl<'a> Company<'a> {
    fn gather(arguments: &'a RunArgs, color: Color, again: Again) -> Result<Self, RunFailure> {
        let server_logs = arguments.launch.server_logs.as_deref();
        arguments.bless.check(screen_is_terminal(arguments))?;
        Ok(Self {
            arguments,
            plan_options: plan_options(arguments),
            run_options: run_options(arguments)?,
            dialer: TcpDialer::new(arguments.timeout),
            registrar: Registrar::new(method(&arguments.accounts)?),
            book: Book::new(screen(arguments)),
            probe: Probe::default(),
            server_logs: server_logs.map(ServerLogs::create).transpose()?,
            results: Results::new(),
            proposals: Proposals::new(&arguments.bless),
            again,
            color,
        })
    }

    /// What a launched server must have for these scripts. Where one has errors it will not be run.
    fn needs(&self, scripts: &[&Selected]) -> Needs {
        let plans: Vec<Plan> = scripts
            .iter()
            .filter_map(|selected| plan::resolve(&selected.script, &self.plan_options).ok())
            .collect();
        Needs::of_plans(&plans)
    }

    /// Runs scripts, one at a time on each venue. Which script is run where does not depend on how long they take.
    async fn run(
        &self,
        scripts: &[&Selected],
        venues: &[Venue],
        interrupt: Interrupt,
    ) -> Result<Summary, RunFailure> {
        // Where no server can be launched at all, that is said once, and not of each script.
        let opened = try_join_all(venues.iter().map(Venue::prepare));
        if let Some(opened) = unless_interrupted(&interrupt, opened).await {
            opened?;
        }
        let stopped = Cell::new(false);
        let jobs = venues.iter().enumerate().map(|(number, venue)| {
            let job = Job {
                company: self,
                venue,
                interrupt: interrupt.clone(),
                stopped: &stopped,
            };
            let own = scripts.iter().copied().enumerate().skip(number);
            job.run(own.step_by(venues.len()))
        });
        let mut summary = Summary::default();
        for job in join_all(jobs).await {
            summary.join(&job);
        }
        summary.duration = self.results.began().elapsed();
        Ok(summary)
    }

    /// Keeps what came of a script, if a report is to be written.
    fn keep(&self, number: usize, script: impl FnOnce() -> ScriptReport) {
        if !self.arguments.reports.is_empty() {
            self.results.add(number, script());
        }
    }

    /// Writes the reports of the run.
    fn report(
        self,
        run: Run,
        unreadable: &[SelectError],
        interrupted: bool,
    ) -> Result<(), RunFailure> {
        let mut report = self.results.into_report(run, interrupted);
        let unreadable = unreadable.iter().map(|error| {
            ScriptReport::unreadable(&error.path(), Verdict::Errored, &error.to_string())
        });
        report.scripts.extend(unreadable);
        for to in &self.arguments.reports {
            to.write(&report)?;
        }
        Ok(())
    }

    /// Removes the accounts that were made for the scripts.
    async fn remove_accounts(&self) {
        let network = Network {
            dialer: &self.dialer,
            options: &self.run_options.connect,
        };
        for error in self.registrar.remove_all(network).await {
            warn(&account_error(&error));
        }
    }

    /// Ends the servers of the run, or tells how to reach them.
    async fn leave(&self, venues: &[Venue]) -> Result<(), RunFailure> {
        if self.arguments.launch.keep_server {
            self.book.write(&venue::keep(venues).await?);
        } else {
            venue::close(venues).await;
        }
        Ok(())
    }

    /// The problems of a script that keep it from being run.
    fn judge(&self, selected: &Selected, console: &mut Console) -> Result<(), String> {
        let mut counts = Counts::default();
        counts.add(selected);
        if !counts.is_acceptable(self.arguments.deny_warnings) {
            return Err(self.drawn(selected, &selected.problems));
        }
        console.warned(&selected.script, counts.warnings);
        Ok(())
    }

    fn plan(&self, selected: &Selected, setting: &Setting) -> Result<Plan, String> {
        let mut options = self.plan_options.clone();
        setting.direct(&mut options, self.arguments.transport.as_ref());
        if self.arguments.unique {
            options.renaming.suffix = Some(suffix());
        }
        plan::resolve(&selected.script, &options)
            .map_err(|problems| self.drawn(selected, &problems))
    }

    fn drawn(&self, selected: &Selected, problems: &[ScriptError]) -> String {
        render_problems(&selected.script.source, problems, self.color)
    }

    fn console(&self, number: usize, script: &Selected) -> Console {
        let page = self.book.page(number);
        let console = Console::new(page, verbosity(self.arguments), self.color);
        console.with_command(self.again.command(script.script.source.name()))
    }
}

/// What comes of some work, unless the run is told to stop before it is done.
async fn unless_interrupted<T>(interrupt: &Interrupt, work: impl Future<Output = T>) -> Option<T> {
    let mut interrupt = interrupt.clone();
    tokio::select! {
        biased;
        () = interrupt.wait() => None,
        done = work => Some(done),
    }
}

/// The scripts that are run one after the other, on one venue.
struct Job<'a> {
    company: &'a Company<'a>,
    venue: &'a Venue,
    interrupt: Interrupt,
    /// Whether a script of some job has ended the run by failing.
    stopped: &'a Cell<bool>,
}

impl Job<'_> {
    async fn run<'s>(self, scripts: impl Iterator<Item = (usize, &'s Selected)>) -> Summary {
        let mut summary = Summary::default();
        for (number, selected) in scripts {
            let mut console = self.company.console(number, selected);
            if self.stopped.get() || self.interrupt.is_set() {
                self.leave_out(number, selected, &mut summary);
                continue;
            }
            let began = self.company.results.began().elapsed();
            match self.perform(number, selected, &mut console).await {
                Ok(Some(outcome)) => {
                    summary.add(&outcome);
                    let (proposals, options) =
                        (&self.company.proposals, &self.company.plan_options);
                    proposals.consider(number, selected, &outcome, options);
                    self.company.keep(number, || {
                        let again = self.company.again.command(outcome.source.name());
                        ScriptReport::of_outcome(&outcome, began, Some(&again))
                    });
                }
                Ok(None) => self.leave_out(number, selected, &mut summary),
                Err(problems) => {
                    console.broken(&selected.script, &problems);
                    summary.errored += 1;
                    self.company.keep(number, || broken(selected, &problems));
                }
            }
            let is_bad = summary.failed + summary.errored > 0;
            if self.company.arguments.fail_fast && is_bad {
                self.stopped.set(true);
            }
        }
        summary
    }

    /// Does not run a script, as the run has ended.
    fn leave_out(&self, number: usize, selected: &Selected, summary: &mut Summary) {
        summary.not_run += 1;
        self.company.keep(number, || {
            let message = "the run ended before";
            ScriptReport::not_begun(&selected.script, Verdict::NotRun, message, "")
        });
    }

    /// Runs a script. None comes of it when the run is interrupted before its first step; what keeps it from being
    /// run comes in words.
    async fn perform(
        &self,
        number: usize,
        selected: &Selected,
        console: &mut Console,
    ) -> Result<Option<ScriptOutcome>, String> {
        let company = self.company;
        company.judge(selected, console)?;
        let staged = unless_interrupted(&self.interrupt, self.stage(selected)).await;
        let Some(staged) = staged else {
            return Ok(None);
        };
        let (plan, setting) = staged?;
        let mut options = company.run_options.clone();
        options.connect.trust = setting.trust(&options.connect.trust);
        self.register(&plan, &setting, &options, console).await?;
        let lacks = company
            .probe
            .lacks(&plan, &company.dialer, &options.connect);
        let Some(lacks) = unless_interrupted(&self.interrupt, lacks).await else {
            return Ok(None);
        };
        let lacks = lacks.map_err(in_words)?;
        let runner = Runner::new(&company.dialer, options, self.interrupt.clone());
        if let Some(reason) = lacks {
            let is_failure = company.arguments.no_skip;
            let unmet = Unmet { reason, is_failure };
            return Ok(Some(runner.pass_over(&plan, unmet, console)));
        }
        let outcome = runner.with_log(setting.log()).run(&plan, console).await;
        if let Some(logs) = &company.server_logs {
            // What came of the script is told all the same.
            if let Err(error) = logs.write(number, &outcome) {
                warn(&error.to_string());
            }
        }
        Ok(Some(outcome))
    }

    /// Sees to it that a script's people have accounts. This is not interrupted, so that none stays that is not known
    /// of. On a launched server, which takes all accounts with it, nothing is remembered.
    async fn register(
        &self,
        plan: &Plan,
        setting: &Setting,
        options: &RunOptions,
        console: &mut Console,
    ) -> Result<(), String> {
        let network = Network {
            dialer: &self.company.dialer,
            options: &options.connect,
        };
        let registrar = &self.company.registrar;
        let ensured = match setting.is_launched() {
            true => registrar.afresh().ensure(plan, network).await,
            false => registrar.ensure(plan, network).await,
        };
        for notice in ensured.map_err(|error| in_words(account_error(&error)))? {
            console.notice(&notice.to_string());
        }
        Ok(())
    }

    /// Gets the venue ready for a script: a server, its plan there, and its people let in.
    async fn stage(&self, selected: &Selected) -> Result<(Plan, Setting), String> {
        let setting = self.venue.prepare().await.map_err(in_words)?;
        let plan = self.company.plan(selected, &setting)?;
        let accounts = accounts::of_plan(&plan);
        self.venue.admit(&accounts).await.map_err(in_words)?;
        Ok((plan, setting))
    }
}

/// What is told of a script that is not run, for reasons of its own.
fn broken(selected: &Selected, problems: &str) -> ScriptReport {
    let plain = strip_str(problems).to_string();
    let message = plain.lines().next().unwrap_or_default();
    let message = message.trim_start_matches("error: ");
    ScriptReport::not_begun(&selected.script, Verdict::Errored, message, &plain)
}

/// The console's place: where no report is.
fn screen(arguments: &RunArgs) -> Box<dyn Write + Send> {
    match arguments.reports.iter().any(ReportTo::is_on_screen) {
        true => Box::new(io::stderr()),
        false => Box::new(io::stdout()),
    }
}

fn screen_is_terminal(arguments: &RunArgs) -> bool {
    match arguments.reports.iter().any(ReportTo::is_on_screen) {
        true => io::stderr().is_terminal(),
        false => io::stdout().is_terminal(),
    }
}

/// What the names of a script's accounts and rooms end in: short, and likely no other script's.
fn suffix() -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    let letters = (0..5).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]));
    std::iter::once('-').chain(letters).collect()
}

/// What is wrong with an account, and what to try. The server may have had a hand in the words.
fn account_error(error: &AccountError) -> String {
    let advice = error.advice().map(|advice| format!("\n  = help: {advice}"));
    harmless(&format!("{error}{}", advice.unwrap_or_default()))
}

/// What is wrong apart from the script, in its place.
fn in_words(error: impl Display) -> String {
    format!("{}: {error}", "error".red().bold())
}
