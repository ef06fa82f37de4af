//! Scripts that are run one after the other: each gets its server, accounts and plan, and as many attempts as it takes.

use std::fmt::Display;
use std::time::SystemTime;

use anstream::adapter::strip_str;
use colored::Colorize;

use super::context::{RunContext, account_error};
use super::output::without_hidden;
use super::select::Selected;
use super::target::{ServerFacts, Target};
use crate::accounts::{self, Network};
use crate::diagnostic::Severity;
use crate::open_files::advice_for_server;
use crate::plan::Plan;
use crate::report::{Console, Ending, Line, Manner};
use crate::requirements::Finding;
use crate::runner::{Interrupt, RunOptions, Runner, ScriptOutcome, TestedServer, Unmet};
use crate::secrets::without_payloads;
use crate::visible::harmless;

/// The scripts that are run one after the other, on one target.
pub(super) struct Job<'a> {
    pub(super) context: &'a RunContext<'a>,
    pub(super) target: &'a Target,
    pub(super) interrupt: Interrupt,
    pub(super) line: Line,
}

impl Job<'_> {
    /// Runs scripts with these numbers.
    pub(super) async fn run<'s>(mut self, scripts: impl Iterator<Item = (usize, &'s Selected)>) {
        for (number, selected) in scripts {
            let mut console = self.context.console(number);
            let ending = self.play(number, selected, &mut console).await;
            let ending = self.context.policy.pass(ending, self.interrupt.is_set());
            self.context.settle(number, ending, &mut console);
        }
    }

    /// Runs a script, as often as it takes and is asked for; not at all, if the run has ended or the script has errors.
    async fn play(&mut self, number: usize, selected: &Selected, console: &mut Console) -> Ending {
        if self.context.is_over() || self.interrupt.is_set() {
            return Ending::not_run(&selected.script);
        }
        if let Err(problems) = self.context.judge(selected, console) {
            return broken(selected, &problems);
        }
        if let Some(dispute) = self.context.disputes.get(&number) {
            return broken(selected, &in_words(dispute));
        }
        self.line.begin(&without_hidden(selected.script.title()));
        let mut attempts = Vec::new();
        while self.context.policy.wants_another(&attempts) && !self.interrupt.is_set() {
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
        let context = self.context;
        console.attempt(attempt + 1);
        let began = context.results.began().elapsed();
        let time = SystemTime::now();
        match self.perform(selected, console).await {
            Ok(outcome) => {
                let outcome = outcome?;
                context.keep_files(number, attempt, &outcome, time);
                let (proposals, options) = (&context.proposals, &context.plan_options);
                proposals.consider(number, selected, &outcome, options);
                let again = context.rerun.command(&outcome.info.case);
                let manner = Manner {
                    color: context.color,
                    columns: context.columns,
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
        let staged = unless_interrupted(&self.interrupt, self.stage(selected)).await;
        let Some(staged) = staged else {
            return Ok(None);
        };
        let (mut plan, facts) = staged?;
        match self.act(&mut plan, &facts, console).await {
            Err(problems) => Err(self.with_advice(problems, &facts).await),
            acted => acted,
        }
    }

    /// Runs a script for which all is there.
    async fn act(
        &mut self,
        plan: &mut Plan,
        facts: &ServerFacts,
        console: &mut Console,
    ) -> Result<Option<ScriptOutcome>, String> {
        let context = self.context;
        let mut options = context.run_options.clone();
        options.connect.trust = facts.trust(&options.connect.trust);
        self.register(plan, facts, &options, console).await?;
        let (dialer, connect) = (&context.dialer, &options.connect);
        let finding = context.probe.inquire(plan, dialer, connect);
        let Some(finding) = unless_interrupted(&self.interrupt, finding).await else {
            return Ok(None);
        };
        let finding = finding.map_err(in_words)?;
        let runner = Runner::new(dialer, options, self.interrupt.clone());
        match finding {
            Finding::Met(services) => plan.give(services),
            Finding::Lacking(reason) => {
                let is_failure = context.arguments.no_skip;
                let unmet = Unmet { reason, is_failure };
                return Ok(Some(runner.pass_over(plan, unmet, console)));
            }
        }
        let mut audience = (console, &mut self.line);
        let mut outcome = runner.run(plan, &mut audience).await;
        outcome.server = self.tested_server(facts, &outcome).await;
        Ok(Some(outcome))
    }

    /// What is known of the server after a script, the log as far as it will be looked at.
    async fn tested_server(&self, facts: &ServerFacts, outcome: &ScriptOutcome) -> TestedServer {
        let log = match self.context.wants_log(outcome) {
            true => self.target.logged_since(facts).await,
            false => String::new(),
        };
        TestedServer {
            description: facts.description().map(without_hidden),
            log: without_hidden(&without_payloads(&log)),
        }
    }

    /// What keeps a script from being run, with what to do about it if the server has said that.
    async fn with_advice(&self, problems: String, facts: &ServerFacts) -> String {
        let log = self.target.logged_since(facts).await;
        match advice_for_server(&log, None) {
            Some(advice) => format!("{problems}\n  = help: {advice}"),
            None => problems,
        }
    }

    /// Sees to it that a script's people have accounts. This is not interrupted, so that none stays that is not known
    /// of. On a launched server, which takes all accounts with it, nothing is remembered.
    async fn register(
        &self,
        plan: &Plan,
        facts: &ServerFacts,
        options: &RunOptions,
        console: &mut Console,
    ) -> Result<(), String> {
        let network = Network {
            dialer: &self.context.dialer,
            options: &options.connect,
            site: &facts.blanks(),
        };
        let registrar = &self.context.registrar;
        let ensured = match facts.is_launched() {
            true => registrar.afresh().ensure(plan, network).await,
            false => registrar.ensure(plan, network).await,
        };
        for notice in ensured.map_err(|error| in_words(account_error(&error)))? {
            console.notice(&notice.to_string());
        }
        Ok(())
    }

    /// Gets the target ready for a script: a server, its plan there, and its accounts made.
    async fn stage(&self, selected: &Selected) -> Result<(Plan, ServerFacts), String> {
        let facts = self.target.prepare(self.context.needs(&[selected])).await;
        let facts = facts.map_err(in_words)?;
        let plan = self.context.plan(selected, &facts)?;
        let accounts = accounts::of_plan(&plan);
        self.target.admit(&accounts).await.map_err(in_words)?;
        Ok((plan, facts))
    }
}

/// What comes of some work, unless the run is told to stop before it is done.
pub(super) async fn unless_interrupted<T>(
    interrupt: &Interrupt,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut interrupt = interrupt.clone();
    tokio::select! {
        biased;
        () = interrupt.wait() => None,
        done = work => Some(done),
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

/// What is wrong apart from the script, in its place.
fn in_words(error: impl Display) -> String {
    let error = harmless(&error.to_string());
    format!("{}: {error}", "error".red().bold())
}
