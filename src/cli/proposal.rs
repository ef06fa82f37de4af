//! A changed script that is proposed by `--bless`: how it is shown, and what became of it when it was played once more.

use std::sync::Arc;

use super::diff::{unified, without};
use super::select::Selected;
use crate::bless::{Blessing, Refusal, Undone};
use crate::plan::PlanOptions;
use crate::report;
use crate::runner::ScriptOutcome;
use crate::secrets::Secrets;
use crate::source::{SourceFile, Span};

/// What could be done about a script that failed.
pub(super) struct Proposal {
    pub(super) source: Arc<SourceFile>,
    pub(super) blessing: Result<Blessing, Refusal>,
    pub(super) trial: Trial,
    /// What must not be shown: the places of passwords in the script, and the passwords.
    pub(super) hidden: Vec<Span>,
    pub(super) secrets: Secrets,
}

/// What became of a changed script when it was played once more.
pub(super) enum Trial {
    /// It was not, or not to an end.
    Missing,
    /// It passes.
    Passed,
    /// The change holds, and the script fails behind it.
    GoesOn,
    /// The change does not hold: why, in words.
    Undone(String),
}

/// How many scripts were changed, and how many of these pass.
#[derive(Default)]
pub(super) struct Changed {
    all: usize,
    passing: usize,
}

impl Trial {
    /// Why the change is not written, if it is not.
    pub(super) fn speaks_against(&self) -> Option<String> {
        match self {
            Self::Missing => Some(Undone::NotPlayed.to_string()),
            Self::Undone(reason) => Some(reason.clone()),
            Self::Passed | Self::GoesOn => None,
        }
    }
}

impl Changed {
    pub(super) fn count(&mut self, is_changed: bool, trial: &Trial) {
        self.all += usize::from(is_changed);
        self.passing += usize::from(is_changed && matches!(trial, Trial::Passed));
    }

    pub(super) fn told(&self) -> Option<String> {
        let Self { all, passing } = *self;
        let changed = match all {
            0 => return None,
            1 => "1 script was changed".to_owned(),
            _ => format!("{all} scripts were changed"),
        };
        let rest = match (all, passing) {
            (1, 1) => "played once more, it passes".to_owned(),
            (1, 0) => "run it again, it goes on from there".to_owned(),
            _ if passing == all => "played once more, they pass".to_owned(),
            (_, 0) => "run them again, they go on from there".to_owned(),
            _ => format!(
                "played once more, {passing} of them pass; run the others again, they go on from there"
            ),
        };
        Some(format!("{changed}; {rest}\n"))
    }
}

impl Proposal {
    /// The change as a unified diff.
    pub(super) fn shown(&self, blessing: &Blessing) -> String {
        let path = &self.source.shown_name();
        // The passwords of the cast stand above the story, where nothing changes.
        let (old, new) = (
            without(self.source.text(), &self.hidden),
            without(&blessing.text, &self.hidden),
        );
        unified(path, &old, &new, &self.secrets)
    }
}

/// The options of a script's plan, with what only the play of this outcome gave it.
pub(super) fn options_of(outcome: &ScriptOutcome, options: &PlanOptions) -> PlanOptions {
    let mut options = options.clone();
    options.renaming.suffix.clone_from(&outcome.suffix);
    options.given.clone_from(&outcome.given);
    options
}

/// What the outcome of a changed script, if it came to one, says of the change.
pub(super) fn trial(
    blessing: &Blessing,
    selected: &Selected,
    played: &Result<Option<ScriptOutcome>, String>,
    options: &PlanOptions,
) -> Trial {
    let outcome = match played {
        Ok(Some(outcome)) => outcome,
        Ok(None) => return Trial::Missing,
        Err(problems) => return Trial::Undone(with_reason(&Undone::NotPlayed, Some(problems))),
    };
    let options = options_of(outcome, options);
    match blessing.judge(&selected.script, outcome, &options) {
        Ok(()) if outcome.ended_at().is_none() => Trial::Passed,
        Ok(()) => Trial::GoesOn,
        Err(undone) => Trial::Undone(with_reason(&undone, report::reason(outcome).as_deref())),
    }
}

/// Why a change is undone, and what was told of the play.
fn with_reason(undone: &Undone, told: Option<&str>) -> String {
    let first = told.and_then(|told| told.lines().next());
    let reason = first.filter(|_| !matches!(undone, Undone::Robbed { .. }));
    match reason {
        Some(reason) => format!("{undone}: {}", reason.trim_start_matches("error: ")),
        None => undone.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bless::{Change, Edit};
    use crate::cli::diff::passwords;
    use crate::script::read;

    const SCRIPT: &str = "[Client] A\n\tjid: a@b\n\tpassword: open-sesame\n---\nA connects\n";

    #[test]
    fn no_password_is_shown_beside_a_change() {
        let text = SCRIPT.replace("connects", "disconnects\n");
        let change = Change {
            edits: Vec::<Edit>::new(),
            text: text.clone(),
            item: 0,
        };
        let blessing = Blessing {
            changes: vec![change],
            text,
            step: 0,
            item: 0,
        };
        let source = SourceFile::new("play.scs", SCRIPT);
        let proposal = Proposal {
            hidden: passwords(&read(source.clone()).script),
            source: Arc::new(source),
            blessing: Ok(blessing.clone()),
            trial: Trial::Passed,
            secrets: Secrets::default(),
        };
        let shown = proposal.shown(&blessing);
        assert!(
            shown.contains(" \tpassword: [redacted]\n ---\n-A connects\n+A disconnects\n"),
            "{shown}"
        );
    }

    #[test]
    fn the_last_line_says_how_many_pass() {
        let told = |trials: &[Trial]| {
            let mut changed = Changed::default();
            for trial in trials {
                changed.count(true, trial);
            }
            changed.told().unwrap_or_default()
        };
        let texts = [
            told(&[]),
            told(&[Trial::Passed]),
            told(&[Trial::GoesOn]),
            told(&[Trial::Passed, Trial::Passed]),
            told(&[Trial::GoesOn, Trial::GoesOn]),
            told(&[Trial::Passed, Trial::GoesOn]),
        ];
        insta::assert_snapshot!(texts.concat(), @"
        1 script was changed; played once more, it passes
        1 script was changed; run it again, it goes on from there
        2 scripts were changed; played once more, they pass
        2 scripts were changed; run them again, they go on from there
        2 scripts were changed; played once more, 1 of them pass; run the others again, they go on from there
        ");
    }
}
