//! `--transcript`: keeping what went over the wires during each script.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::file::Unreadable;
use super::folder::Folder;
use super::settings::RunSettings;
use crate::matcher::ChildOrder;
use crate::plan::{DefaultMode, Receiving};
use crate::report;
use crate::runner::ScriptOutcome;
use crate::transcript::{Conditions, Transcript};

/// A folder with a transcript of each script.
pub(super) struct Transcripts {
    folder: Folder,
    /// How the scripts are run, but for what each has of its own.
    conditions: Conditions,
}

impl Transcripts {
    /// Makes the folder, if it is asked for.
    pub(super) fn of(settings: &RunSettings) -> Result<Option<Self>, Unreadable> {
        let Some(path) = &settings.transcript else {
            return Ok(None);
        };
        Ok(Some(Self {
            folder: Folder::create(path, "transcript")?,
            conditions: Conditions {
                renaming: settings.plan.renaming.clone(),
                given: BTreeMap::new(),
                strict: settings.plan.receiving == Some(Receiving::Next),
                complete: settings.plan.complete,
                any_order: settings.plan.child_order == Some(ChildOrder::Any),
                open: settings.plan.matching == Some(DefaultMode::Open),
                enforced: settings.plan.enforced,
                timeout: settings.run.timeout,
                quiet_time: settings.run.quiet_time,
            },
        }))
    }

    /// What is to be known of transcripts that are there and are not of this run.
    pub(super) fn told_of_earlier(&self) -> Option<String> {
        self.folder.told_of_earlier()
    }

    /// Writes the transcript of an attempt of a script, the `number`th of the run.
    pub(super) fn write(
        &self,
        number: usize,
        attempt: usize,
        outcome: &ScriptOutcome,
        began: SystemTime,
    ) -> Result<(), Unreadable> {
        let mut conditions = self.conditions.clone();
        conditions.renaming.suffix.clone_from(&outcome.suffix);
        conditions.given.clone_from(&outcome.given);
        let began = humantime::format_rfc3339_millis(began).to_string();
        let transcript = Transcript::of(outcome, conditions, began, report::reason(outcome));
        self.folder.write(
            number,
            attempt,
            &outcome.info.headline.case,
            &transcript.to_string(),
        )
    }
}
