//! `--bless`: scripts that failed are changed so that they expect what came, once the run is over. Each changed script is
//! played once more before it is written: what does not hold then never gets into a file.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use clap::Args;
use thiserror::Error;

use super::atomic_file::{self, Readers};
use super::diff::passwords;
use super::proposal::{Changed, Proposal, Trial, options_of, trial};
use super::select::Selected;
use super::settings::RunSettings;
use crate::bless::{Blessing, Terms, bless};
use crate::bounded::{self, Most};
use crate::plan::PlanOptions;
use crate::report::OrderedOutput;
use crate::runner::{Interrupt, ScriptOutcome};
use crate::script::reread;
use crate::source::SourceFile;
use crate::verdict::Verdict;
use crate::visible::harmless;

/// Whether failed scripts are changed.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct BlessArgs {
    /// Change scripts that fail so that they expect what came; each change is shown, and made if you agree
    #[arg(long)]
    pub(super) bless: bool,
    /// Make the changes of `--bless` without asking
    #[arg(long, requires = "bless")]
    pub(super) yes: bool,
}

/// Why there can be no question of changing scripts.
#[derive(Debug, Error)]
pub(super) enum BlessError {
    #[error(
        "`--bless` asks before it changes a script, and there is no terminal to ask on; with `--yes` it does not ask"
    )]
    NoTerminal,
}

impl BlessArgs {
    /// Sees that the user can be asked, on a screen that is a terminal or not.
    pub(super) fn check(self, screen_is_terminal: bool) -> Result<(), BlessError> {
        let can_ask = screen_is_terminal && io::stdin().is_terminal();
        match self.bless && !self.yes && !can_ask {
            true => Err(BlessError::NoTerminal),
            false => Ok(()),
        }
    }
}

/// A change that was to be made and was not written.
#[derive(Debug, Error)]
#[error("{path} was not written: {source}")]
pub(super) struct Unchanged {
    path: String,
    source: NotWritten,
}

/// Why a change was not written.
#[derive(Debug, Error)]
enum NotWritten {
    #[error("it has changed since it was read, and is left as it is")]
    Changed,
    #[error("it is read-only")]
    ReadOnly,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What could be done about the scripts that failed, by their numbers; jobs bring it in any order.
pub(super) struct Proposals {
    wanted: bool,
    yes: bool,
    proposals: RefCell<BTreeMap<usize, Proposal>>,
}

impl Proposals {
    pub(super) fn new(arguments: BlessArgs) -> Self {
        Self {
            wanted: arguments.bless,
            yes: arguments.yes,
            proposals: RefCell::default(),
        }
    }

    /// Takes in the outcome of a script that was run with these settings.
    pub(super) async fn consider(
        &self,
        number: usize,
        selected: &Selected,
        outcome: &ScriptOutcome,
        settings: &RunSettings,
    ) {
        if !self.wanted {
            return;
        }
        let options = options_of(outcome, &settings.plan);
        let terms = Terms {
            plan: &options,
            run: &settings.run,
        };
        // What is only recommended is not given up because a server departs from it.
        let blessing = match outcome.verdict() {
            Verdict::Deviated => None,
            Verdict::Passed
            | Verdict::Failed
            | Verdict::Errored
            | Verdict::NotSupported
            | Verdict::NotTested
            // Replays take much room, and most runs bless nothing.
            | Verdict::NotRun => Box::pin(bless(&selected.script, outcome, terms)).await,
        };
        let mut proposals = self.proposals.borrow_mut();
        if let Some(blessing) = blessing {
            let proposal = Proposal {
                source: Arc::clone(&selected.script.source),
                blessing,
                trial: Trial::Missing,
                hidden: passwords(&selected.script),
                secrets: outcome.secrets.clone(),
            };
            proposals.insert(number, proposal);
        } else {
            // It has passed at a later attempt.
            proposals.remove(&number);
        }
    }

    /// The changed scripts that are to be played once more, with their numbers. Of a script that was run several times
    /// it is the first.
    pub(super) fn changed(&self) -> Vec<(usize, Selected)> {
        let mut proposals = self.proposals.borrow_mut();
        let mut seen = BTreeSet::new();
        proposals.retain(|_, proposal| seen.insert(proposal.source.name().to_owned()));
        let changed = proposals.iter().filter_map(|(number, proposal)| {
            let blessing = proposal.blessing.as_ref().ok()?;
            let reading = reread(&proposal.source, &blessing.text);
            Some((*number, Selected::first_of(reading)))
        });
        changed.collect()
    }

    /// Takes in what became of a changed script when it was played once more: its outcome, if it came to one, or what
    /// kept it from being run.
    pub(super) fn tried(
        &self,
        number: usize,
        selected: &Selected,
        played: &Result<Option<ScriptOutcome>, String>,
        options: &PlanOptions,
    ) {
        if let Some(proposal) = self.proposals.borrow_mut().get_mut(&number)
            && let Ok(blessing) = &proposal.blessing
        {
            proposal.trial = trial(blessing, selected, played, options);
        }
    }

    /// Shows the changes one after the other and makes those that hold and are wanted; gives those that were not
    /// written.
    pub(super) async fn settle(
        &self,
        output: &OrderedOutput,
        interrupt: &Interrupt,
    ) -> Vec<Unchanged> {
        let (mut changed, mut unchanged) = (Changed::default(), Vec::new());
        let proposals = self.proposals.take();
        for proposal in proposals.into_values() {
            if interrupt.is_set() {
                break;
            }
            match self.settle_one(&proposal, output, interrupt).await {
                Ok(is_changed) => changed.count(is_changed, &proposal.trial),
                Err(error) => unchanged.push(error),
            }
        }
        if let Some(told) = changed.told() {
            output.write(&told);
        }
        unchanged
    }

    /// Whether the script was changed.
    async fn settle_one(
        &self,
        proposal: &Proposal,
        output: &OrderedOutput,
        interrupt: &Interrupt,
    ) -> Result<bool, Unchanged> {
        let path = &proposal.source.shown_name();
        let blessing = match &proposal.blessing {
            Ok(blessing) => blessing,
            Err(refusal) => {
                output.write(&harmless(&format!("{path} stays as it is: {refusal}\n")));
                return Ok(false);
            }
        };
        output.write(&proposal.shown(blessing));
        if let Some(reason) = proposal.trial.speaks_against() {
            let told = format!("{path} stays as it is, the change is undone: {reason}\n");
            output.write(&harmless(&proposal.secrets.redact(&told)));
            return Ok(false);
        }
        if !self.yes && !agrees(path, output, interrupt).await {
            return Ok(false);
        }
        let written = write(&proposal.source, blessing).map(|()| true);
        written.map_err(|source| Unchanged {
            path: harmless(path),
            source,
        })
    }
}

/// Asks whether a change is to be written. Being told to stop is a no.
async fn agrees(path: &str, output: &OrderedOutput, interrupt: &Interrupt) -> bool {
    output.write(&format!("write this change to {path}? [y/N] "));
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let mut interrupt = interrupt.clone();
    let answer = tokio::select! {
        () = interrupt.wait() => None,
        answer = answer => answer.ok().and_then(Result::ok),
    };
    let answer = answer.unwrap_or_default();
    if !answer.ends_with('\n') {
        output.write("\n");
    }
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// Writes a changed script in the place of the old one, all at once. A link stays, and so do the permissions.
fn write(source: &SourceFile, blessing: &Blessing) -> Result<(), NotWritten> {
    let path = fs::canonicalize(source.name())?;
    let old =
        String::from_utf8(bounded::read(&path, Most::ByHand)?).map_err(|_| NotWritten::Changed)?;
    if SourceFile::new(source.name(), &old).text() != source.text() {
        return Err(NotWritten::Changed);
    }
    let permissions = fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(NotWritten::ReadOnly);
    }
    atomic_file::write(&path, blessing.in_file(&old).as_bytes(), Readers::AsBefore)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::*;
    use crate::bless::{Change, Edit};
    use crate::source::Span;

    const SCRIPT: &str = "[Client] A\n\tjid: a@b\n\tpassword: open-sesame\n---\nA connects\n";

    /// A script, a change in it, and the name of a file with it.
    fn file(folder: &Path, text: &str) -> (SourceFile, Blessing) {
        let path = folder.join("play.scs");
        fs::write(&path, text).unwrap();
        let source = SourceFile::new(path.display().to_string(), text);
        let at = source.text().find("connects").unwrap();
        let edit = Edit {
            span: Span::new(at, at + "connects".len()),
            text: "disconnects\n".to_owned(),
        };
        let text = source.text().replace("connects", "disconnects\n");
        let change = Change {
            edits: vec![edit],
            text: text.clone(),
            item: 0,
        };
        let blessing = Blessing {
            changes: vec![change],
            text,
            step: 0,
            item: 0,
        };
        (source, blessing)
    }

    #[test]
    fn a_file_keeps_its_permissions_and_its_line_ends() {
        let folder = tempfile::tempdir().unwrap();
        let (source, blessing) = file(folder.path(), &SCRIPT.replace('\n', "\r\n"));
        let mode = fs::Permissions::from_mode(0o640);
        fs::set_permissions(source.name(), mode.clone()).unwrap();
        write(&source, &blessing).unwrap();
        let text = fs::read_to_string(source.name()).unwrap();
        assert!(text.ends_with("---\r\nA disconnects\r\n\r\n"), "{text:?}");
        let now = fs::metadata(source.name()).unwrap().permissions();
        assert_eq!(now.mode() & 0o777, mode.mode());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_stays_and_its_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (source, blessing) = file(folder.path(), SCRIPT);
        let link = folder.path().join("link.scs");
        symlink("play.scs", &link).unwrap();
        let linked = SourceFile::new(link.display().to_string(), SCRIPT);
        write(&linked, &blessing).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(source.name()).unwrap(), blessing.text);
    }

    #[test]
    fn a_file_that_somebody_else_has_changed_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (source, blessing) = file(folder.path(), SCRIPT);
        fs::write(source.name(), "another text").unwrap();
        let error = write(&source, &blessing).unwrap_err();
        insta::assert_snapshot!(error, @"it has changed since it was read, and is left as it is");
        assert_eq!(fs::read_to_string(source.name()).unwrap(), "another text");
    }

    #[test]
    fn a_file_that_is_read_only_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (source, blessing) = file(folder.path(), SCRIPT);
        fs::set_permissions(source.name(), fs::Permissions::from_mode(0o444)).unwrap();
        let error = write(&source, &blessing).unwrap_err();
        insta::assert_snapshot!(error, @"it is read-only");
        assert_eq!(fs::read_to_string(source.name()).unwrap(), SCRIPT);
    }
}
