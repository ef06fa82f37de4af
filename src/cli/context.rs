//! What is the same for all scripts of a run; and the way of each script's result through policy, counts, screen and
//! reports. Of jobs it knows only that they bring results.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use rand::RngExt;

use super::bless::Proposals;
use super::doors::Doors;
use super::exit_code::ExitCode;
use super::file::Unreadable;
use super::folder::Folder;
use super::output::{Stream, Unsaid, complain, note, without_hidden};
use super::password_conflicts::{PasswordConflict, password_conflicts};
use super::policy::Policy;
use super::problems::{Counts, render_problems};
use super::queue::{NotAsBefore, OpenFile, Queued};
use super::reports::Results;
use super::running_server::ServerError;
use super::select::Selected;
use super::server_facts::ServerFacts;
use super::settings::RunSettings;
use super::targets::Targets;
use super::transcripts::Transcripts;
use super::transport::Transport;
use crate::accounts::{AccountError, Network, Registrar};
use crate::blanks::Blanks;
use crate::claims::Library;
use crate::launch::{Demand, Needs};
use crate::plan::{self, Plan};
use crate::report::{
    Console, Ending, Manner, OrderedOutput, Progress, ScriptReport, Summary, Verbosity, in_a_line,
    write_list, write_summary,
};
use crate::requirements::{Probe, Told};
use crate::runner::{Interrupt, ScriptOutcome};
use crate::script::{self, Lenders, ScriptError};
use crate::visible::{harmless, harmless_line};
use crate::xmpp::TcpDialer;

/// The context of a run: what is the same for all scripts.
pub(super) struct RunContext<'a> {
    pub(super) settings: &'a RunSettings,
    /// The indexes of the clauses that scripts claim.
    library: &'a Library,
    /// The scripts that others take their prologue from, for those that are read when their turn comes.
    lenders: Lenders,
    pub(super) dialer: TcpDialer,
    pub(super) registrar: Registrar,
    pub(super) progress: Progress,
    pub(super) output: OrderedOutput,
    pub(super) policy: Policy,
    pub(super) probe: Probe,
    pub(super) doors: Doors,
    /// How many scripts could not be run for a reason that another one tells.
    told: Cell<usize>,
    /// Whether the server has said what it is.
    has_heard: Cell<bool>,
    server_logs: Option<Folder>,
    transcripts: Option<Transcripts>,
    /// What has been counted so far.
    summary: Cell<Summary>,
    /// The scripts that have to be looked at, a line each, by their numbers.
    red: RefCell<BTreeMap<usize, String>>,
    /// Whether all that was asked for has been written.
    written: Cell<ExitCode>,
    pub(super) results: &'a Results,
    pub(super) proposals: Proposals,
    /// The scripts that do not agree with another one, by their numbers.
    pub(super) conflicts: BTreeMap<usize, PasswordConflict>,
    /// How wide the screen is, where that is known.
    columns: Option<usize>,
}

impl<'a> RunContext<'a> {
    /// What these settings make of a run. The folders are made that they name.
    pub(super) fn gather(
        settings: &'a RunSettings,
        library: &'a Library,
        policy: Policy,
        results: &'a Results,
    ) -> Result<Self, Unreadable> {
        let (screen, server_logs) = (settings.screen, settings.server_logs.as_deref());
        let progress = screen.progress();
        Ok(Self {
            settings,
            library,
            lenders: Lenders::default(),
            dialer: TcpDialer::new(settings.run.timeout),
            registrar: Registrar::new(Arc::clone(&settings.method)),
            output: OrderedOutput::new(progress.above(screen.writer())),
            progress,
            policy,
            probe: Probe::default(),
            doors: Doors::default(),
            told: Cell::new(0),
            has_heard: Cell::new(false),
            server_logs: server_logs
                .map(|path| Folder::create(path, "log"))
                .transpose()?,
            transcripts: Transcripts::of(settings)?,
            summary: Cell::default(),
            red: RefCell::default(),
            written: Cell::new(ExitCode::Passed),
            results,
            proposals: Proposals::new(settings.bless),
            conflicts: BTreeMap::new(),
            columns: screen.columns(),
        })
    }

    /// Looks which of these scripts, if they meet on one server, do not agree on the password of an account.
    pub(super) fn find_conflicts(&mut self, scripts: &[&Queued]) {
        self.conflicts = password_conflicts(scripts);
    }

    /// What a launched server must have for scripts of which this is known.
    pub(super) fn needs<'d>(&self, demands: impl IntoIterator<Item = &'d Demand>) -> Needs {
        Needs {
            websocket: self.settings.transport.as_ref().map(Transport::websocket),
            ..Needs::of(demands)
        }
    }

    /// Takes in what the server says it is, and gives it. What that leaves open is told once.
    pub(super) fn hear(&self, told: Told) -> Option<String> {
        let name = match told {
            Told::Name(name) => Some(without_hidden(&harmless_line(&name))),
            Told::Nothing => None,
        };
        if !self.has_heard.replace(true) {
            name.iter().for_each(|name| self.results.is_called(name));
            let unknown = self.policy.unknown(name.as_deref());
            unknown
                .iter()
                .for_each(|told| self.progress.suspend(|| note(told)));
        }
        name
    }

    /// The play of a script whose turn has come.
    pub(super) fn call(
        &self,
        queued: &Queued,
        open: &mut OpenFile,
    ) -> Result<Rc<Selected>, NotAsBefore> {
        queued.call(self.library, &self.lenders, open)
    }

    /// What has been counted so far.
    pub(super) fn summary(&self) -> Summary {
        let mut summary = self.summary.get();
        summary.duration = self.results.began().elapsed();
        summary
    }

    /// Writes which scripts have to be looked at, those that cannot be read included, and the sum.
    pub(super) fn write_end(&self, summary: &Summary, unreadable: &[ScriptReport]) {
        let red = self.red.borrow();
        let unreadable = unreadable.iter();
        let unreadable = unreadable.map(|script| in_a_line(script, self.columns));
        let told = match self.told.get() {
            0 => None,
            told => Some(format!(
                "  and {told} more that could not be run, for the same reason"
            )),
        };
        let lines = red.values().cloned().chain(unreadable).chain(told);
        let lines: Vec<String> = lines.collect();
        write_list(&lines, &self.output);
        let verbosity = self.settings.screen.verbosity;
        write_summary(summary, verbosity, self.columns, &self.output);
    }

    /// Whether so many scripts are red that no other one is begun.
    pub(super) fn is_over(&self) -> bool {
        self.policy.is_shut(self.summary.get().red())
    }

    /// Takes in how a script ended, after the policy has judged it: it is counted, shown, and kept if a report is to be
    /// written.
    pub(super) fn settle(&self, number: usize, ending: Ending, console: &mut Console) {
        let mut summary = self.summary.get();
        summary.add(&ending.report);
        self.summary.set(summary);
        self.progress.count(&summary);
        let is_loud = self.settings.screen.verbosity == Verbosity::Verbose;
        let is_told = ending.is_told && ending.report.is_red() && !is_loud;
        self.told.update(|told| told + usize::from(is_told));
        if !is_told {
            console.ended(&ending);
        }
        if ending.report.is_red() && !is_told {
            let line = in_a_line(&ending.report, self.columns);
            self.red.borrow_mut().insert(number, line);
        }
        if self.settings.has_reports {
            self.results.add(number, ending.report);
        }
    }

    /// Writes the files of an attempt that are asked for. If that fails, the result of the script is told all the same.
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
        let log = self.server_logs.as_ref().map(|logs| {
            logs.write(
                number,
                attempt,
                &outcome.info.headline.case,
                &outcome.server.log.to_string(),
            )
        });
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

    /// Tells which files in the folders of the run are not of this run.
    pub(super) fn tell_of_earlier_files(&self) {
        let transcripts = self
            .transcripts
            .iter()
            .filter_map(Transcripts::told_of_earlier);
        let logs = self.server_logs.iter().filter_map(Folder::told_of_earlier);
        if self.settings.screen.verbosity != Verbosity::Quiet {
            transcripts.chain(logs).for_each(|told| note(&told));
        }
    }

    /// Tells that something which was asked for could not be written.
    fn is_lost(&self, error: &dyn Error) {
        self.written.set(complain(error));
    }

    /// Whether all that was asked for has been written, the screen included. That the standard error is lost could be
    /// told nowhere.
    pub(super) fn written(&self) -> ExitCode {
        if let Some(error) = self.output.lost()
            && self.settings.screen.stream == Stream::Out
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

    /// Whether all that happened in a script is told, in a report or on the screen.
    pub(super) fn tells_all(&self) -> bool {
        self.settings.has_reports || self.settings.screen.verbosity == Verbosity::Verbose
    }

    /// Whether what the server logged during a script is shown or kept.
    pub(super) fn wants_log(&self, outcome: &ScriptOutcome) -> bool {
        let is_kept = self.server_logs.is_some() || self.settings.has_reports;
        is_kept || outcome.ended_at().is_some()
    }

    /// Removes the accounts that were made for the scripts, so many at a time; gives what is to be said of those that
    /// stay.
    pub(super) async fn remove_accounts(&self, at_once: usize) -> Vec<String> {
        self.progress.wait_for("removing the accounts");
        let network = Network {
            dialer: &self.dialer,
            options: &self.settings.run.connect,
            server: &Blanks::default(),
        };
        let errors = self.registrar.remove_all(network, at_once).await;
        errors.iter().map(account_error).collect()
    }

    /// Ends the servers of the run, or tells how to reach them.
    pub(super) async fn leave(&self, targets: &Targets) -> Result<(), ServerError> {
        if self.settings.keep_server {
            self.output.write(&targets.keep().await?);
        } else {
            targets.close().await;
        }
        Ok(())
    }

    /// The problems of a script that keep it from being run.
    pub(super) fn judge(&self, selected: &Selected, console: &mut Console) -> Result<(), String> {
        let mut counts = Counts::default();
        counts.add(selected);
        if !counts.is_acceptable(self.settings.deny_warnings) {
            return Err(self.drawn(selected, &selected.problems));
        }
        if !selected.is_told {
            console.warned(&selected.script, counts.warnings);
        }
        Ok(())
    }

    pub(super) fn plan(&self, selected: &Selected, facts: &ServerFacts) -> Result<Plan, String> {
        let mut options = self.settings.plan.clone();
        facts.direct(&mut options, self.settings.transport.as_ref());
        options.claims = selected.claims.clone();
        options.given = BTreeMap::from([(script::UNIQUE.to_owned(), token())]);
        if self.settings.unique {
            options.renaming.suffix = Some(suffix());
        }
        plan::resolve(&selected.script, &options)
            .map_err(|problems| self.drawn(selected, &problems))
    }

    fn drawn(&self, selected: &Selected, problems: &[ScriptError]) -> String {
        render_problems(&selected.script.source, problems, self.settings.color)
    }

    /// How the failures of a script are shown, with the command that runs it again.
    pub(super) fn manner<'s>(&self, again: &'s str) -> Manner<'s> {
        Manner {
            color: self.settings.color,
            columns: self.columns,
            again: Some(again),
        }
    }

    pub(super) fn console(&self, number: usize) -> Console {
        let page = self.output.part(number);
        Console::new(page, self.settings.screen.verbosity, self.columns)
    }
}

/// What the names of a script's accounts and rooms end in: short, and most likely different for each script.
fn suffix() -> String {
    format!("-{}", by_chance(LETTERS_AND_DIGITS, 5))
}

/// What `${unique}` stands for: different for each run of a script, and fit for a localpart, a label of a domain, and
/// an id of XML.
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
