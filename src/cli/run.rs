//! `scansion run`.

use std::cell::Cell;
use std::fmt::Display;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use anstream::adapter::strip_str;
use colored::Colorize;
use futures::future::{join_all, try_join_all};
use rand::Rng;
use thiserror::Error;

use super::accounts::{AccountsFailure, method};
use super::again::Again;
use super::args::{RunArgs, Transport};
use super::arrange::{Arrangement, arrange};
use super::bless::{BlessError, Proposals};
use super::check::{Counts, render_problems};
use super::exit_code::ExitCode;
use super::file::{self, Unreadable};
use super::folder::Folder;
use super::gate::{Gate, GateError};
use super::output::{complain, complain_of_all, warn};
use super::reports::{Outlets, Results};
use super::screen::{progress, screen, screen_is_terminal, verbosity};
use super::select::{SelectError, Selected, Selection, select};
use super::signals::Signals;
use super::transcripts::Transcripts;
use super::venue::{self, Setting, Venue, VenueError};
use crate::accounts::{self, AccountError, Network, Registrar};
use crate::diagnostic::{Color, Severity};
use crate::launch::Needs;
use crate::plan::{self, Plan, PlanOptions, Renaming};
use crate::report::model::Verdict;
use crate::report::{
    Book, Console, Ending, Line, Manner, Progress, Report, Run, ScriptReport, Summary, harmless,
    write_summary,
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
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error("cannot begin: {0}")]
    Runtime(#[source] io::Error),
}

/// Runs scripts and prints what comes of them.
pub(super) fn run(arguments: &RunArgs, color: Color, again: Again) -> ExitCode {
    let selection = match select(&arguments.select) {
        Ok(selection) => selection,
        Err(error) => return complain(&error),
    };
    let outlets = match Outlets::open(&arguments.reports) {
        Ok(outlets) => outlets,
        Err(error) => return complain(&error),
    };
    let unreadable = complain_of_all(&selection.unreadable);
    let (results, arrangement) = (
        Results::new(),
        arrange(&selection.scripts, &arguments.arrange),
    );
    let code = match run_all(&selection, &arrangement, &results, arguments, color, again) {
        Ok(summary) => unreadable.max(exit_code(&summary)),
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
        selected: selection.paths(),
        ..results.run()
    };
    let mut report = results.into_report(run);
    let unreadable = selection
        .unreadable
        .iter()
        .map(|error| ScriptReport::unreadable(&error.path(), Verdict::Errored, &error.to_string()));
    report.scripts.extend(unreadable);
    report
}

fn exit_code(summary: &Summary) -> ExitCode {
    match summary {
        Summary { errored: 1.., .. } => ExitCode::NotDone,
        summary if summary.red() > 0 => ExitCode::Failed,
        Summary { not_run: 1.., .. } => ExitCode::NotDone,
        _ => ExitCode::Passed,
    }
}

fn run_all(
    selection: &Selection,
    Arrangement { scripts, seed }: &Arrangement<'_>,
    results: &Results,
    arguments: &RunArgs,
    color: Color,
    again: Again,
) -> Result<Summary, RunFailure> {
    if let Some(address) = venue::address(arguments) {
        results.found(&address);
    }
    let mut company = Company::gather(arguments, results, color, again)?;
    if let Some(seed) = seed {
        let told = format!("shuffled; --shuffle={seed} repeats this order\n");
        company.book.write(&told);
    }
    let launcher = venue::launcher(arguments, || company.needs(scripts))?;
    if launcher.is_none() && matches!(arguments.transport, Some(Transport::Launched { .. })) {
        return Err(RunFailure::NothingLaunched);
    }
    company.progress.begin(scripts.len());
    let venues = venue::venues(arguments, launcher, scripts.len());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(RunFailure::Runtime)?;
    let ended = runtime.block_on(async {
        let signals = Signals::listen().map_err(RunFailure::Runtime)?;
        let (interrupter, interrupt) = runner::interrupt();
        tokio::spawn(signals.obey(interrupter, company.progress.curtain()));
        let ran = company.run(scripts, &venues, interrupt.clone()).await;
        company.progress.clear();
        results.set_interrupted(interrupt.is_set());
        let mut summary = ran?;
        company.remove_accounts().await;
        let unreadable = unreadable(&selection.unreadable);
        unreadable.iter().for_each(|script| summary.add(script));
        write_summary(&summary, verbosity(arguments), &company.book);
        company.leave(&venues).await?;
        company.proposals.settle(&company.book, &interrupt).await;
        Ok::<_, RunFailure>(summary)
    });
    // A name that is still being looked up must not keep anybody waiting.
    runtime.shutdown_background();
    let mut summary = ended?;
    if let Some(told) = company.gate.close(&mut summary, results.is_interrupted())? {
        company.book.write(&told);
    }
    Ok(summary)
}

/// What is told of files that cannot be read. A baseline says nothing of them.
fn unreadable(errors: &[SelectError]) -> Vec<ScriptReport> {
    let told = |error: &SelectError| {
        ScriptReport::unreadable(&error.path(), Verdict::Errored, &error.to_string())
    };
    errors.iter().map(told).collect()
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
        receiving: arguments.judging.receiving(),
        sync: arguments.sync.map(plan::Sync::from),
        child_order: arguments.judging.order(),
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
        keep: match (&arguments.transcript, arguments.reports.is_empty()) {
            (Some(_), _) => Keep::Settled,
            (None, true) => Keep::Last,
            (None, false) => Keep::All,
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
    progress: Progress,
    book: Book,
    gate: Gate,
    probe: Probe,
    server_logs: Option<Folder>,
    transcripts: Option<Transcripts>,
    /// What has been counted so far.
    summary: Cell<Summary>,
    results: &'a Results,
    proposals: Proposals,
    again: Again,
    color: Color,
}

impl<'a> Company<'a> {
    fn gather(
        arguments: &'a RunArgs,
        results: &'a Results,
        color: Color,
        again: Again,
    ) -> Result<Self, RunFailure> {
        let server_logs = arguments.launch.server_logs.as_deref();
        arguments.bless.check(screen_is_terminal(arguments))?;
        let progress = progress(arguments);
        Ok(Self {
            book: Book::new(progress.above(screen(arguments))),
            progress,
            arguments,
            plan_options: plan_options(arguments),
            run_options: run_options(arguments)?,
            dialer: TcpDialer::new(arguments.timeout),
            registrar: Registrar::new(method(&arguments.accounts)?),
            gate: Gate::gather(&arguments.gate)?,
            probe: Probe::default(),
            server_logs: server_logs
                .map(|path| Folder::create(path, "log"))
                .transpose()?,
            transcripts: Transcripts::of(arguments)?,
            summary: Cell::default(),
            results,
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
            for description in opened?.iter().filter_map(Setting::description) {
                self.results.found(description);
            }
        }
        let lines = self.progress.lines(venues.len());
        let jobs = venues.iter().zip(lines).enumerate();
        let jobs = jobs.map(|(number, (venue, line))| {
            let job = Job {
                company: self,
                venue,
                interrupt: interrupt.clone(),
                line,
            };
            let own = scripts.iter().copied().enumerate().skip(number);
            job.run(own.step_by(venues.len()))
        });
        join_all(jobs).await;
        let duration = self.results.began().elapsed();
        Ok(Summary {
            duration,
            ..self.summary.get()
        })
    }

    /// Whether so many scripts are red that no other one is begun.
    fn is_over(&self) -> bool {
        self.gate.is_shut(self.summary.get().red())
    }

    /// Takes in how a script ended that has passed the gate: it is counted, shown, and kept if a report is to be
    /// written.
    fn settle(&self, number: usize, ending: Ending, console: &mut Console) {
        let mut summary = self.summary.get();
        summary.add(&ending.report);
        self.summary.set(summary);
        console.ended(&ending);
        self.progress.count(&summary);
        if !self.arguments.reports.is_empty() {
            self.results.add(number, ending.report);
        }
    }

    /// Writes the files of an attempt, those that are asked for. What came of the script is told all the same.
    fn keep_files(
        &self,
        number: usize,
        attempt: usize,
        outcome: &ScriptOutcome,
        began: SystemTime,
    ) {
        if outcome.unmet.is_some() {
            return;
        }
        let path = outcome.source.name();
        let log = self.server_logs.as_ref().map(|logs| {
            let log = outcome.secrets.redact(&outcome.server_log);
            logs.write(number, attempt, path, &log)
        });
        let transcripts = self.transcripts.as_ref();
        let transcript =
            transcripts.map(|transcripts| transcripts.write(number, attempt, outcome, began));
        for error in [log, transcript]
            .into_iter()
            .flatten()
            .filter_map(Result::err)
        {
            self.progress.suspend(|| warn(&error.to_string()));
        }
    }

    /// Whether anybody will look at what the server logged during a script.
    fn wants_log(&self, outcome: &ScriptOutcome) -> bool {
        let is_kept = self.server_logs.is_some() || !self.arguments.reports.is_empty();
        is_kept || outcome.ended_at().is_some()
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

    fn console(&self, number: usize) -> Console {
        let page = self.book.page(number);
        Console::new(page, verbosity(self.arguments))
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
    line: Line,
}

impl Job<'_> {
    async fn run<'s>(mut self, scripts: impl Iterator<Item = (usize, &'s Selected)>) {
        for (number, selected) in scripts {
            let mut console = self.company.console(number);
            let ending = self.play(number, selected, &mut console).await;
            let ending = self.company.gate.pass(ending, self.interrupt.is_set());
            self.company.settle(number, ending, &mut console);
        }
    }

    /// Runs a script, as often as it takes and is asked for; not at all, if the run has ended or the script has errors.
    async fn play(&mut self, number: usize, selected: &Selected, console: &mut Console) -> Ending {
        if self.company.is_over() || self.interrupt.is_set() {
            return Ending::not_run(&selected.script);
        }
        if let Err(problems) = self.company.judge(selected, console) {
            return broken(selected, &problems);
        }
        self.line.begin(selected.script.title());
        let mut attempts = Vec::new();
        while self.company.gate.wants_another(&attempts) && !self.interrupt.is_set() {
            let attempt = self.attempt(number, attempts.len(), selected, console);
            let Some(attempt) = attempt.await else {
                break;
            };
            attempts.push(attempt);
        }
        Ending::of_attempts(attempts).unwrap_or_else(|| Ending::not_run(&selected.script))
    }

    /// Runs a script once. None comes of it when the run is interrupted before its first step.
    async fn attempt(
        &mut self,
        number: usize,
        attempt: usize,
        selected: &Selected,
        console: &mut Console,
    ) -> Option<Ending> {
        let company = self.company;
        console.attempt(attempt + 1);
        let began = company.results.began().elapsed();
        let time = SystemTime::now();
        match self.perform(selected, console).await {
            Ok(outcome) => {
                let outcome = outcome?;
                company.keep_files(number, attempt, &outcome, time);
                let (proposals, options) = (&company.proposals, &company.plan_options);
                proposals.consider(number, selected, &outcome, options);
                let again = company.again.command(outcome.source.name());
                let manner = Manner {
                    color: company.color,
                    again: Some(&again),
                };
                Some(Ending::of_outcome(&outcome, began, manner))
            }
            Err(problems) => Some(broken(selected, &problems)),
        }
    }

    /// Runs a script. None comes of it when the run is interrupted before its first step; what keeps it from being
    /// run comes in words.
    async fn perform(
        &mut self,
        selected: &Selected,
        console: &mut Console,
    ) -> Result<Option<ScriptOutcome>, String> {
        let company = self.company;
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
        let mut audience = (console, &mut self.line);
        let mut outcome = runner.run(&plan, &mut audience).await;
        if company.wants_log(&outcome) {
            outcome.server_log = self.venue.logged_since(&setting).await;
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

/// How a script ends that is not run, for reasons of its own.
pub(super) fn broken(selected: &Selected, problems: &str) -> Ending {
    let errors = selected.problems.iter();
    let mut errors = errors.filter(|problem| problem.severity() == Severity::Error);
    let place = errors.next().map(|problem| problem.span);
    Ending::broken(
        &selected.script,
        place,
        &strip_str(problems).to_string(),
        problems,
    )
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
