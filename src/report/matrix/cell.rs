//! The results of one script on one server, in one round or several.

use std::collections::BTreeSet;

use crate::report::model::Script;
use crate::verdict::{Status, Verdict};

/// The result of a script in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) status: Status,
    /// The place of the script in its report, counted from 0.
    pub(super) index: usize,
    verdict: Verdict,
}

impl Round {
    pub(super) fn of(script: &Script, index: usize) -> Self {
        Self {
            status: script.status(),
            index,
            verdict: script.verdict,
        }
    }
}

/// The results of a script in all rounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cell(Vec<Round>);

impl Cell {
    pub(super) fn add(&mut self, round: Round) {
        self.0.push(round);
    }

    pub(super) fn rounds(&self) -> impl Iterator<Item = &Round> {
        self.0.iter()
    }

    /// The results of the rounds that were run, each kind once.
    pub(super) fn statuses(&self) -> BTreeSet<Status> {
        let statuses = self.0.iter().map(|round| round.status);
        statuses
            .filter(|status| *status != Status::NotRun)
            .collect()
    }

    /// Whether any round was run.
    pub(super) fn tells(&self) -> bool {
        !self.statuses().is_empty()
    }

    /// Whether all rounds that were run have to be looked at.
    pub(super) fn is_red(&self) -> bool {
        let mut ran = self.0.iter().filter(|round| round.status != Status::NotRun);
        ran.all(|round| round.status.is_red())
    }

    /// Whether the server was seen not to have what the script is about.
    pub(super) fn is_unsupported(&self) -> bool {
        self.tells()
            && self
                .0
                .iter()
                .all(|round| matches!(round.verdict, Verdict::NotSupported | Verdict::NotRun))
    }

    /// Whether the server had what the script is about, as it did something that could be judged.
    pub(super) fn is_supported(&self) -> bool {
        let judged = |round: &Round| {
            matches!(
                round.verdict,
                Verdict::Passed | Verdict::Failed | Verdict::Deviated
            )
        };
        self.0.iter().any(judged)
    }

    /// The round to look at first: one that is red, or at least did not just pass. None if all passed.
    pub(super) fn telling(&self) -> Option<&Round> {
        let red = self.0.iter().find(|round| round.status.is_red());
        red.or_else(|| self.0.iter().find(|round| round.status != Status::Passed))
    }

    /// It in words: one if all rounds came to the same, or else how many came to what.
    pub(super) fn words(&self, is_lost: bool) -> String {
        let all = self.0.len();
        let Some(status) = self.only() else {
            let others = Status::ALL
                .into_iter()
                .map(|status| (status, self.count(status)));
            let others = others.filter(|(status, count)| *status != Status::Passed && *count > 0);
            let others = others.map(|(status, count)| format!(", {count} {}", word(status)));
            let passed = self.count(Status::Passed);
            return format!("{passed} of {all} passed{}", others.collect::<String>());
        };
        let now = if is_lost { " any more" } else { "" };
        match all {
            1 => format!("{}{now}", word(status)),
            _ => format!("{}{now}, {all} of {all}", word(status)),
        }
    }

    /// The sign before the words, each of another shape.
    pub(super) fn sign(&self) -> &'static str {
        match self.only() {
            Some(Status::Passed) => "✓",
            Some(Status::Failed | Status::PassesAgain | Status::Expired) => "✕",
            Some(Status::Errored) => "!",
            Some(Status::Known) => "◇",
            Some(Status::Deviated) => "≠",
            Some(Status::NotSupported) => "–",
            Some(Status::NotTested) => "⊘",
            Some(Status::NotRun) => "○",
            Some(Status::Flaky) | None => "~",
        }
    }

    /// What it comes to if all rounds came to the same.
    fn only(&self) -> Option<Status> {
        let first = self.0.first()?.status;
        let mut all = self.0.iter();
        all.all(|round| round.status == first).then_some(first)
    }

    fn count(&self, status: Status) -> usize {
        let rounds = self.0.iter();
        rounds.filter(|round| round.status == status).count()
    }
}

/// The word for the result of one round.
pub(super) fn word(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Flaky => "flaky",
        Status::Known => "known",
        Status::Deviated => "deviates",
        Status::NotSupported => "not supported",
        Status::NotTested => "not tested",
        Status::Failed => "failed",
        Status::PassesAgain => "passes again",
        Status::Expired => "known for too long",
        Status::Errored => "error",
        Status::NotRun => "not run",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::script;
    use Verdict::{Errored, Failed, NotRun, NotSupported, Passed};

    fn cell(verdicts: &[Verdict]) -> Cell {
        let mut cell = Cell::default();
        for (index, verdict) in verdicts.iter().enumerate() {
            cell.add(Round::of(&script("a", *verdict), index));
        }
        cell
    }

    #[test]
    fn rounds_are_counted_and_one_round_is_a_word() {
        for (verdicts, said) in [
            ([Passed].as_slice(), "✓ passed"),
            (&[Errored], "! error"),
            (&[NotSupported], "– not supported"),
            (&[NotRun], "○ not run"),
            (&[Passed, Passed, Passed], "✓ passed, 3 of 3"),
            (&[Failed, Failed], "✕ failed, 2 of 2"),
            (&[Passed, Failed, Passed], "~ 2 of 3 passed, 1 failed"),
            (
                &[NotRun, Failed, Errored],
                "~ 0 of 3 passed, 1 failed, 1 error, 1 not run",
            ),
        ] {
            let cell = cell(verdicts);
            assert_eq!(format!("{} {}", cell.sign(), cell.words(false)), said);
        }
    }

    #[test]
    fn what_was_there_before_is_told_as_such() {
        assert_eq!(cell(&[NotSupported]).words(true), "not supported any more");
        let rounds = cell(&[NotSupported, NotSupported]);
        assert_eq!(rounds.words(true), "not supported any more, 2 of 2");
    }

    #[test]
    fn the_round_to_look_at_is_a_red_one() {
        let telling = |verdicts| cell(verdicts).telling().map(|round| round.index);
        assert_eq!(telling(&[Passed, NotRun, Failed]), Some(2));
        assert_eq!(telling(&[Passed, NotSupported]), Some(1));
        assert_eq!(telling(&[Passed, Passed]), None);
    }

    #[test]
    fn what_was_not_run_tells_nothing_of_the_server() {
        assert!(!cell(&[NotRun]).is_unsupported());
        assert!(!cell(&[NotRun]).tells());
        assert!(cell(&[NotRun, NotSupported]).is_unsupported());
        assert!(!cell(&[Passed, NotSupported]).is_unsupported());
        assert!(cell(&[Failed]).is_supported());
        assert!(!cell(&[Errored]).is_supported());
    }
}
