//! Jobs, each of which runs scripts one after the other: each script gets its server, accounts and plan, and as many
//! attempts as it takes.

use std::fmt::Display;
use std::io;
use std::pin::pin;
use std::time::SystemTime;

use colored::Colorize;
use futures::future::{join_all, try_join_all};

use super::context::{RunContext, account_error};
use super::output::without_hidden;
use super::problems::{broken, unread};
use super::queue::{OpenFile, Queued, demand};
use super::running_server::ServerError;
use super::select::Selected;
use super::server_facts::ServerFacts;
use super::share::{Share, share_out};
use super::signals::unless_interrupted;
use super::target::Target;
use super::targets::Targets;
use crate::accounts::{self, Network};
use crate::doubt::LiveFault;
use crate::logged::Logged;
use crate::open_files::advice_for_server;
use crate::plan::Plan;
use crate::report::{self, Console, Ending, Line, OrderedOutput, Verbosity};
use crate::requirements::{Finding, ProbeError};
use crate::runner::{Interrupt, RunOptions, Runner, ScriptOutcome, Tampered, TestedServer, Unmet};
use crate::secrets::without_payloads;
use crate::verdict::Verdict;
use crate::visible::harmless;

/// The scripts that are run one after the other, on one target.
struct Job<'a> {
    context: &'a RunContext<'a>,
    target: &'a Target,
    interrupt: Interrupt,
    line: Line,
    /// Whether another script tells why the last one could not be run.
    is_told: bool,
    /// The script of the last play, which may be that of the next one.
    open: OpenFile,
}

/// Runs scripts, one at a time on each target. Which script is run where does not depend on how long they take.
pub(super) async fn run_on(
    targets: &Targets,
    context: &RunContext<'_>,
    scripts: &[&Queued],
    interrupt: &Interrupt,
) -> Result<(), ServerError> {
    let shares = share_out(scripts, targets.all.len(), targets.meeting);
    prepare_all(&targets.all, context, &shares, interrupt).await?;
    let jobs = jobs(&targets.all, context, interrupt).zip(shares);
    join_all(jobs.map(|(job, share)| job.run(share))).await;
    Ok(())
}

/// Plays the scripts that `--bless` has changed once more, none of which is written yet. Nothing of it is shown.
pub(super) async fn try_changes(
    targets: &[Target],
    context: &RunContext<'_>,
    interrupt: &Interrupt,
) {
    let changed = context.proposals.changed();
    if changed.is_empty() {
        return;
    }
    let jobs = jobs(targets, context, interrupt).enumerate();
    let jobs = jobs.map(|(number, job)| {
        let own = changed.iter().skip(number);
        job.try_all(own.step_by(targets.len()))
    });
    join_all(jobs).await;
}

/// A job for each target.
fn jobs<'a>(
    targets: &'a [Target],
    context: &'a RunContext<'_>,
    interrupt: &Interrupt,
) -> impl Iterator<Item = Job<'a>> {
    let lines = context.progress.lines(targets.len());
    targets.iter().zip(lines).map(move |(target, line)| Job {
        context,
        target,
        interrupt: interrupt.clone(),
        line,
        is_told: false,
        open: OpenFile::default(),
    })
}

/// Gets all targets ready for their first scripts. Where no server can be launched at all, that is said once, and not
/// of each script.
async fn prepare_all(
    targets: &[Target],
    context: &RunContext<'_>,
    shares: &[Share<'_>],
    interrupt: &Interrupt,
) -> Result<(), ServerError> {
    if let Some(what) = targets.iter().find_map(Target::beginning) {
        context.progress.wait_for(&what);
    }
    let first = targets.iter().zip(shares);
    let first = first.filter_map(|(target, share)| Some((target, share.first()?.1)));
    let first = first.map(|(target, first)| target.prepare(move || context.needs(&first.demand)));
    if let Some(opened) = unless_interrupted(interrupt, pin!(try_join_all(first))).await {
        for description in opened?.iter().filter_map(ServerFacts::description) {
            context.results.found(description);
        }
        context.progress.count(&context.summary());
    }
    Ok(())
}

impl Job<'_> {
    /// Runs scripts with these numbers.
    async fn run(mut self, scripts: Share<'_>) {
        for (number, queued) in scripts {
            let mut console = self.context.console(number);
            let ending = self.run_one(number, queued, &mut console).await;
            let ending = self.context.policy.pass(ending, self.interrupt.is_set());
            self.context.settle(number, ending, &mut console);
        }
    }

    /// Plays changed scripts with these numbers, each on a server that does not remember how it failed, if there can be
    /// one.
    async fn try_all<'s>(mut self, changed: impl Iterator<Item = &'s (usize, Selected)>) {
        let context = self.context;
        for (number, selected) in changed {
            if self.interrupt.is_set() {
                return;
            }
            self.target.renew().await;
            self.begin_line(selected, self.target.beginning());
            let nowhere = OrderedOutput::new(Box::new(io::sink()));
            let mut console = Console::new(nowhere.part(0), Verbosity::Quiet, None);
            let played = self.run_once(selected, &mut console).await;
            let options = &context.settings.plan;
            context.proposals.tried(*number, selected, &played, options);
        }
    }

    /// Runs a script, as often as it takes and is asked for; not at all, if the run has ended or the script has errors.
    async fn run_one(&mut self, number: usize, queued: &Queued, console: &mut Console) -> Ending {
        if self.context.is_over() || self.interrupt.is_set() {
            return Ending::not_run(&queued.headline);
        }
        let selected = &match self.context.call(queued, &mut self.open) {
            Ok(selected) => selected,
            Err(error) => return unread(queued, &in_words(error)),
        };
        if let Err(problems) = self.context.judge(selected, console) {
            return broken(selected, &problems);
        }
        if let Some(conflict) = self.context.conflicts.get(&number) {
            return broken(selected, &in_words(conflict));
        }
        let getting_ready = self.target.between_scripts();
        self.begin_line(selected, getting_ready);
        let mut attempts = Vec::new();
        while self.context.policy.wants_another(&attempts) && !self.interrupt.is_set() {
            let attempt = self.attempt(number, attempts.len(), selected, console);
            let Some(attempt) = attempt.await else {
                break;
            };
            attempts.push(attempt);
        }
        Ending::of_attempts(attempts).unwrap_or_else(|| Ending::not_run(&queued.headline))
    }

    /// Says on the line of the job which script is next, and what is being done until it begins.
    fn begin_line(&mut self, selected: &Selected, getting_ready: Option<String>) {
        if !self.line.is_shown() {
            return;
        }
        let getting_ready = getting_ready.as_deref().unwrap_or("getting ready");
        let script = &selected.script;
        let row = script.case.row().map(|row| format!(" {row}"));
        let title = format!("{}{}", script.title(), row.unwrap_or_default());
        self.line.begin(&without_hidden(&title), getting_ready);
    }

    /// Runs a script once. Gives none when the run is interrupted before its first step.
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
        self.is_told = false;
        let played = self.run_once(selected, console).await;
        let ending = match played {
            Ok(outcome) => {
                let outcome = outcome?;
                context.keep_files(number, attempt, &outcome, time);
                let (proposals, settings) = (&context.proposals, context.settings);
                proposals
                    .consider(number, selected, &outcome, settings)
                    .await;
                let again = context.settings.rerun.command(&outcome.info.headline.case);
                let manner = context.manner(&again);
                match context.tells_all() {
                    true => Ending::of_outcome(&outcome, began, manner),
                    false => Ending::on_screen(&outcome, began, manner),
                }
            }
            Err(problems) => broken(selected, &problems),
        };
        Some(Ending {
            is_told: self.is_told,
            ..ending
        })
    }

    /// Runs a script. Gives none when the run is interrupted before its first step, and an error in words if something
    /// keeps the script from being run.
    async fn run_once(
        &mut self,
        selected: &Selected,
        console: &mut Console,
    ) -> Result<Option<ScriptOutcome>, String> {
        let prepared = unless_interrupted(&self.interrupt, pin!(self.prepare(selected))).await;
        let Some(prepared) = prepared else {
            return Ok(None);
        };
        let (mut plan, facts) = prepared?;
        match self.run_prepared(&mut plan, &facts, console).await {
            Err(problems) => Err(self.with_advice(problems, &facts).await),
            done => done,
        }
    }

    /// Runs a script for which all is there.
    async fn run_prepared(
        &mut self,
        plan: &mut Plan,
        facts: &ServerFacts,
        console: &mut Console,
    ) -> Result<Option<ScriptOutcome>, String> {
        let context = self.context;
        let mut options = context.settings.run.clone();
        options.connect.trust = facts.trust(&options.connect.trust);
        let Some(finding) = self.find_out(plan, facts, &options, console).await? else {
            return Ok(None);
        };
        let software = match &finding {
            Finding::Met(_) => self.software(plan, facts, &options).await,
            Finding::Lacking(_) => None,
        };
        let runner = Runner::new(&context.dialer, options, self.interrupt.clone());
        match finding {
            Finding::Met(services) => plan.give(services),
            Finding::Lacking(reason) => {
                let is_failure = context.settings.no_skip;
                let unmet = Unmet { reason, is_failure };
                return Ok(Some(runner.pass_over(plan, unmet, console)));
            }
        }
        let name = context.settings.fault.as_ref();
        let fault = name.map(|name| LiveFault::of(name, plan)).transpose();
        let fault = fault.map_err(in_words)?;
        let runner = runner.with_fault(fault.as_ref().map(|fault| fault as _));
        let mut reporters = (&mut *console, &mut self.line);
        // A run takes much room, which would be moved with each of the futures that this one is in.
        let mut outcome = Box::pin(runner.run(plan, &mut reporters)).await;
        tell_of_fault(&outcome, console)?;
        if !facts.is_launched() {
            self.is_told = context.doors.after(plan, &outcome);
        }
        outcome.must_be_tested = context.settings.no_skip;
        outcome.server = self.tested_server(facts, software, &outcome).await;
        Ok(Some(outcome))
    }

    /// Whether the server has what a script requires. Its users get their accounts for that, unless a domain is missing.
    /// Gives none when the run is interrupted.
    async fn find_out(
        &mut self,
        plan: &Plan,
        facts: &ServerFacts,
        options: &RunOptions,
        console: &mut Console,
    ) -> Result<Option<Finding>, String> {
        let (dialer, connect) = (&self.context.dialer, &options.connect);
        let probe = &self.context.probe;
        let missing = probe.missing_domain(plan, dialer, connect);
        match unless_interrupted(&self.interrupt, pin!(missing)).await {
            None => return Ok(None),
            Some(Some(reason)) => return Ok(Some(Finding::Lacking(reason))),
            Some(None) => {}
        }
        if let Some(reason) = self.kept_out(plan, facts) {
            return Err(in_words(reason));
        }
        self.register(plan, facts, options, console).await?;
        let finding = probe.inquire(plan, dialer, connect);
        let finding = unless_interrupted(&self.interrupt, pin!(finding)).await;
        finding.transpose().map_err(|error| {
            if let ProbeError::Connect(refused) = &error {
                self.is_told = !facts.is_launched() && self.context.doors.keeps_out(plan, refused);
            }
            in_words(error)
        })
    }

    /// Why a script need not be tried, as another one has found out that nobody gets in where it would. A launched server
    /// is started anew.
    fn kept_out(&mut self, plan: &Plan, facts: &ServerFacts) -> Option<String> {
        let context = self.context;
        let reason = match facts.is_launched() {
            true => None,
            false => context
                .doors
                .closed(plan, context.registrar.makes_accounts()),
        };
        self.is_told = reason.is_some();
        reason
    }

    /// What a server that was not launched says it is, if the script knows something of servers.
    async fn software(
        &self,
        plan: &Plan,
        facts: &ServerFacts,
        options: &RunOptions,
    ) -> Option<String> {
        let knows_of_servers = plan.info.headline.departures().next().is_some();
        if facts.is_launched() || !knows_of_servers {
            return None;
        }
        let context = self.context;
        let asked = context
            .probe
            .software(plan, &context.dialer, &options.connect);
        let told = unless_interrupted(&self.interrupt, pin!(asked)).await??;
        context.hear(told)
    }

    /// What is known of the server after a script, the log as far as it will be looked at.
    async fn tested_server(
        &self,
        facts: &ServerFacts,
        software: Option<String>,
        outcome: &ScriptOutcome,
    ) -> TestedServer {
        let log = match self.context.wants_log(outcome) {
            true => {
                let log = self.target.logged_since(facts).await;
                log.map(|text| without_hidden(&without_payloads(text)))
            }
            false => Logged::default(),
        };
        TestedServer {
            description: facts.description().map(without_hidden).or(software),
            is_launched: facts.is_launched(),
            log,
        }
    }

    /// What keeps a script from being run, with what to do about it if the server has said that.
    async fn with_advice(&self, problems: String, facts: &ServerFacts) -> String {
        let log = self.target.logged_since(facts).await;
        match advice_for_server(&log.text, None) {
            Some(advice) => format!("{problems}\n  = help: {advice}"),
            None => problems,
        }
    }

    /// Sees to it that the users of a script have accounts. This is not interrupted, so that every account that was
    /// made is known and can be removed. Accounts on a launched server are not remembered, as they end with it.
    async fn register(
        &mut self,
        plan: &Plan,
        facts: &ServerFacts,
        options: &RunOptions,
        console: &mut Console,
    ) -> Result<(), String> {
        let network = Network {
            dialer: &self.context.dialer,
            options: &options.connect,
            server: &facts.blanks(),
        };
        let (registrar, doors) = (&self.context.registrar, &self.context.doors);
        let ensured = match facts.is_launched() {
            true => registrar.afresh().ensure(plan, network).await,
            false => registrar.ensure(plan, network).await,
        };
        let notices = ensured.map_err(|error| {
            self.is_told = !facts.is_launched() && doors.refuses(plan, &error.account, &error.kind);
            in_words(account_error(&error))
        })?;
        if registrar.makes_accounts() {
            doors.let_in(plan);
        }
        notices
            .iter()
            .for_each(|notice| console.notice(&notice.to_string()));
        Ok(())
    }

    /// Gets the target ready for a script: a server, its plan there, and its accounts made.
    async fn prepare(&self, selected: &Selected) -> Result<(Plan, ServerFacts), String> {
        let context = self.context;
        let needs = || context.needs(&demand(selected, &context.settings.plan));
        let facts = self.target.prepare(needs).await.map_err(in_words)?;
        if let Some(why) = self.target.lacking(needs).await {
            return Err(in_words(why));
        }
        let plan = context.plan(selected, &facts)?;
        let accounts = accounts::of_plan(&plan);
        self.target
            .make_accounts(&accounts)
            .await
            .map_err(in_words)?;
        Ok((plan, facts))
    }
}

/// Tells that a script passes with the fault that was put in. Nothing is said by a script that passes without, or that
/// has ended before.
fn tell_of_fault(outcome: &ScriptOutcome, console: &mut Console) -> Result<(), String> {
    let Some(Tampered {
        fault,
        is_put_in,
        is_lawful,
    }) = &outcome.tampered
    else {
        return Ok(());
    };
    let passed_over = |why: &str| {
        Err(in_words(format!(
            "the fault `{fault}` was not put in, {why}"
        )))
    };
    match (outcome.verdict(), *is_put_in) {
        (Verdict::Passed, true) => {
            let why = match is_lawful {
                true => "another alternative holds then",
                false => "nothing notices it",
            };
            console.notice(&format!("it passes with the fault `{fault}`: {why}"));
            Ok(())
        }
        (Verdict::Passed, false) => passed_over("as the step took nothing that can be changed so"),
        (Verdict::Failed | Verdict::Deviated | Verdict::NotTested, false) => {
            let why = report::reason(outcome).unwrap_or_default();
            passed_over(&format!("as the script does not pass without it: {why}"))
        }
        (Verdict::Failed | Verdict::Deviated | Verdict::NotTested, true)
        | (Verdict::Errored | Verdict::NotSupported | Verdict::NotRun, _) => Ok(()),
    }
}

/// The message of an error that is not the script's own, drawn as the problems of a script are.
fn in_words(error: impl Display) -> String {
    let error = harmless(&error.to_string());
    format!("{}: {error}", "error".red().bold())
}
