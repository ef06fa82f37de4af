//! What is the same for all scripts of a run, and what becomes of what comes of them. It knows of jobs only that they
//! bring endings.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::SystemTime;

use futures::future::{join_all, try_join_all};
use rand::RngExt;

use super::accounts::method;
use super::args::{RunArgs, Transport};
use super::bless::Proposals;
use super::check::{Counts, render_problems};
use super::exit_code::ExitCode;
use super::folder::Folder;
use super::hidden;
use super::job::{Job, unless_interrupted};
use super::options::{plan_options, run_options};
use super::output::{Unsaid, complain, hide, warn};
use super::people::{Dispute, disputes};
use super::policy::Policy;
use super::reports::Results;
use super::rerun::Rerun;
use super::run::RunFailure;
use super::screen::{
    columns, is_report_on_screen, progress, screen, screen_is_terminal, verbosity,
};
use super::select::Selected;
use super::target::{self, ServerFacts, Target};
use super::transcripts::Transcripts;
use crate::accounts::{AccountError, Network, Registrar};
use crate::blanks::Blanks;
use crate::diagnostic::Color;
use crate::launch::Needs;
use crate::plan::{self, Plan, PlanOptions};
use crate::report::{Console, Ending, OrderedOutput, Progress, Summary};
use crate::requirements::Probe;
use crate::runner::{Interrupt, RunOptions, ScriptOutcome};
use crate::script::{self, ScriptError};
use crate::visible::harmless;
use crate::xmpp::TcpDialer;

/// What is the same for all scripts.
pub(super) struct RunContext<'a> {
    pub(super) arguments: &'a RunArgs,
    pub(super) plan_options: PlanOptions,
    pub(super) run_options: RunOptions,
    pub(super) dialer: TcpDialer,
    pub(super) registrar: Registrar,
    pub(super) progress: Progress,
    pub(super) output: OrderedOutput,
    pub(super) policy: Policy,
    pub(super) probe: Probe,
    server_logs: Option<Folder>,
    transcripts: Option<Transcripts>,
    /// What has been counted so far.
    summary: Cell<Summary>,
    /// Whether all that was asked for has been written.
    written: Cell<ExitCode>,
    pub(super) results: &'a Results,
    pub(super) proposals: Proposals,
    /// The scripts that do not agree with another one, by their numbers.
    pub(super) disputes: BTreeMap<usize, Dispute>,
    pub(super) rerun: Rerun,
    pub(super) color: Color,
    /// How wide the screen is.
    pub(super) columns: usize,
}

impl<'a> RunContext<'a> {
    pub(super) fn gather(
        arguments: &'a RunArgs,
        results: &'a Results,
        color: Color,
        rerun: Rerun,
    ) -> Result<Self, RunFailure> {
        let server_logs = arguments.launch.server_logs.as_deref();
        arguments.bless.check(screen_is_terminal(arguments))?;
        let method = method(&arguments.accounts)?;
        hide(&hidden::of_method(&method));
        let plan_options = plan_options(arguments)?;
        if let Some(Transport::Url(url)) = &arguments.transport {
            hide(&hidden::of_url(url));
        }
        let progress = progress(arguments);
        Ok(Self {
            output: OrderedOutput::new(progress.above(screen(arguments))),
            progress,
            arguments,
            transcripts: Transcripts::of(arguments, &plan_options.renaming)?,
            plan_options,
            run_options: run_options(arguments)?,
            dialer: TcpDialer::new(arguments.timeout),
            registrar: Registrar::new(method),
            policy: Policy::gather(&arguments.policy)?,
            probe: Probe::default(),
            server_logs: server_logs
                .map(|path| Folder::create(path, "log"))
                .transpose()?,
            summary: Cell::default(),
            written: Cell::new(ExitCode::Passed),
            results,
            proposals: Proposals::new(&arguments.bless),
            disputes: BTreeMap::new(),
            rerun,
            color,
            columns: columns(arguments),
        })
    }

    /// Looks which of these scripts, if they meet on one server, do not agree on who is there.
    pub(super) fn settle_disputes(&mut self, scripts: &[&Selected]) {
        self.disputes = disputes(scripts, &self.plan_options);
    }

    /// What a launched server must have for these scripts. Where one has errors it will not be run.
    pub(super) fn needs(&self, scripts: &[&Selected]) -> Needs {
        let plans: Vec<Plan> = scripts
            .iter()
            .filter_map(|selected| plan::resolve(&selected.script, &self.plan_options).ok())
            .collect();
        Needs {
            websocket: target::websocket(self.arguments),
            ..Needs::of_plans(&plans)
        }
    }

    /// Runs scripts, one at a time on each target. Which script is run where does not depend on how long they take.
    pub(super) async fn run(
        &self,
        scripts: &[&Selected],
        targets: &[Target],
        interrupt: Interrupt,
    ) -> Result<Summary, RunFailure> {
        // Where no server can be launched at all, that is said once, and not of each script.
        let first = targets.iter().zip(scripts);
        let first = first.map(|(target, script)| target.prepare(self.needs(&[script])));
        let opened = try_join_all(first);
        if let Some(opened) = unless_interrupted(&interrupt, opened).await {
            for description in opened?.iter().filter_map(ServerFacts::description) {
                self.results.found(description);
            }
        }
        let lines = self.progress.lines(targets.len());
        let jobs = targets.iter().zip(lines).enumerate();
        let jobs = jobs.map(|(number, (target, line))| {
            let job = Job {
                context: self,
                target,
                interrupt: interrupt.clone(),
                line,
            };
            let own = scripts.iter().copied().enumerate().skip(number);
            job.run(own.step_by(targets.len()))
        });
        join_all(jobs).await;
        let mut summary = self.summary.get();
        summary.duration = self.results.began().elapsed();
        Ok(summary)
    }

    /// Whether so many scripts are red that no other one is begun.
    pub(super) fn is_over(&self) -> bool {
        self.policy.is_shut(self.summary.get().red())
    }

    /// Takes in how a script ended that the policy has judged: it is counted, shown, and kept if a report is to be
    /// written.
    pub(super) fn settle(&self, number: usize, ending: Ending, console: &mut Console) {
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
    pub(super) fn keep_files(
        &self,
        number: usize,
        attempt: usize,
        outcome: &ScriptOutcome,
        began: SystemTime,
    ) {
        if outcome.unmet.is_some() {
            return;
        }
        let log = self
            .server_logs
            .as_ref()
            .map(|logs| logs.write(number, attempt, &outcome.case, &outcome.server_log));
        let transcripts = self.transcripts.as_ref();
        let transcript =
            transcripts.map(|transcripts| transcripts.write(number, attempt, outcome, began));
        for error in [log, transcript]
            .into_iter()
            .flatten()
            .filter_map(Result::err)
        {
            self.progress.suspend(|| self.is_lost(&error));
        }
    }

    /// Tells that something which was asked for could not be written.
    fn is_lost(&self, error: &dyn Error) {
        self.written.set(complain(error));
    }

    /// Whether all that was asked for has been written, the screen included. On the standard error there would be
    /// nobody to tell.
    pub(super) fn written(&self) -> ExitCode {
        if let Some(error) = self.output.lost()
            && !is_report_on_screen(self.arguments)
        {
            self.is_lost(&Unsaid(error));
        }
        self.written.get()
    }

    /// Makes the changes of `--bless`.
    pub(super) async fn settle_proposals(&self, interrupt: &Interrupt) {
        for error in self.proposals.settle(&self.output, interrupt).await {
            self.is_lost(&error);
        }
    }

    /// Whether anybody will look at what the server logged during a script.
    pub(super) fn wants_log(&self, outcome: &ScriptOutcome) -> bool {
        let is_kept = self.server_logs.is_some() || !self.arguments.reports.is_empty();
        is_kept || outcome.ended_at().is_some()
    }

    /// Removes the accounts that were made for the scripts.
    pub(super) async fn remove_accounts(&self) {
        let network = Network {
            dialer: &self.dialer,
            options: &self.run_options.connect,
            site: &Blanks::default(),
        };
        for error in self.registrar.remove_all(network).await {
            warn(&account_error(&error));
        }
    }

    /// Ends the servers of the run, or tells how to reach them.
    pub(super) async fn leave(&self, targets: &[Target]) -> Result<(), RunFailure> {
        if self.arguments.launch.keep_server {
            self.output.write(&target::keep(targets).await?);
        } else {
            target::close(targets).await;
        }
        Ok(())
    }

    /// The problems of a script that keep it from being run.
    pub(super) fn judge(&self, selected: &Selected, console: &mut Console) -> Result<(), String> {
        let mut counts = Counts::default();
        counts.add(selected);
        if !counts.is_acceptable(self.arguments.deny_warnings) {
            return Err(self.drawn(selected, &selected.problems));
        }
        console.warned(&selected.script, counts.warnings);
        Ok(())
    }

    pub(super) fn plan(&self, selected: &Selected, facts: &ServerFacts) -> Result<Plan, String> {
        let mut options = self.plan_options.clone();
        facts.direct(&mut options, self.arguments.transport.as_ref());
        options.given = BTreeMap::from([(script::UNIQUE.to_owned(), token())]);
        if self.arguments.unique {
            options.renaming.suffix = Some(suffix());
        }
        plan::resolve(&selected.script, &options)
            .map_err(|problems| self.drawn(selected, &problems))
    }

    fn drawn(&self, selected: &Selected, problems: &[ScriptError]) -> String {
        render_problems(&selected.script.source, problems, self.color)
    }

    pub(super) fn console(&self, number: usize) -> Console {
        let page = self.output.part(number);
        Console::new(page, verbosity(self.arguments))
    }
}

/// What the names of a script's accounts and rooms end in: short, and likely no other script's.
fn suffix() -> String {
    format!("-{}", by_chance(LETTERS_AND_DIGITS, 5))
}

/// What `${unique}` stands for: no other play's, and fit for a localpart, a label of a domain, and an id of XML.
fn token() -> String {
    by_chance(LETTERS, 1) + &by_chance(LETTERS_AND_DIGITS, 9)
}

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const LETTERS_AND_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

fn by_chance(characters: &[u8], length: usize) -> String {
    let mut rng = rand::rng();
    let chosen = (0..length).map(|_| characters[rng.random_range(0..characters.len())]);
    chosen.map(char::from).collect()
}

/// What is wrong with an account, and what to try. The server may have had a hand in the words.
pub(super) fn account_error(error: &AccountError) -> String {
    let advice = error.advice().map(|advice| format!("\n  = help: {advice}"));
    harmless(&format!("{error}{}", advice.unwrap_or_default()))
}
