//! The clauses that a script claims to test, and what came of each: which the server keeps to, and which it breaks.

use super::links::spec_link;
use super::model::{Clause, Verdict};
use crate::claims::{Breach, Claim};
use crate::runner::{ScriptOutcome, StepOutcome, StepStatus};
use crate::script::DocumentId;

/// What came of a script's clauses, by how it ended. That is looked for once, among all steps.
pub(super) struct Judgement<'o> {
    outcome: &'o ScriptOutcome,
    ended: Option<&'o StepOutcome>,
    /// The clauses that are broken, if that is why it ended.
    broken: Vec<&'o Claim>,
}

impl<'o> Judgement<'o> {
    pub(super) fn of(outcome: &'o ScriptOutcome) -> Self {
        let ended = outcome.ended_at();
        Self {
            outcome,
            ended,
            broken: ended.map(StepOutcome::broken).unwrap_or_default(),
        }
    }

    /// The clauses that the server broke, if that is why the script ended.
    pub(super) fn broken(&self) -> Vec<Clause> {
        let broken = self.broken.iter().map(|claim| Clause {
            sentence: claim.sentence.clone(),
            ..clause(claim, self.broken_as(claim), self.outcome)
        });
        broken.collect()
    }

    /// What it is to break a clause.
    fn broken_as(&self, claim: &Claim) -> Verdict {
        match self
            .ended
            .is_some_and(|ended| ended.stakes.is_only_recommended(claim))
        {
            true => Verdict::Deviated,
            false => Verdict::Failed,
        }
    }

    /// What came of a clause that is broken, if it is.
    fn if_broken(&self, claim: &Claim) -> Option<Verdict> {
        let mut broken = self.broken.iter();
        let known = broken.find(|broken| broken.is_of_clause_of(claim))?;
        Some(self.broken_as(known))
    }

    /// The clauses of the whole script.
    pub(super) fn of_script(&self) -> Vec<Clause> {
        let claims = self.outcome.claims.script.iter();
        let verdicts = claims.map(|claim| {
            let verdict = self
                .if_broken(claim)
                .unwrap_or_else(|| match self.outcome.verdict() {
                    // What else was to come is not known.
                    Verdict::Failed | Verdict::Deviated => Verdict::NotRun,
                    verdict => verdict,
                });
            clause(claim, verdict, self.outcome)
        });
        verdicts.collect()
    }

    /// The clauses of a step.
    pub(super) fn of_step(&self, step: &StepOutcome) -> Vec<Clause> {
        let claims = step.stakes.step.iter();
        let verdicts = claims.map(|claim| {
            let broken = self.if_broken(claim);
            let verdict = match &step.status {
                StepStatus::Passed if self.is_of_end() => broken.unwrap_or(Verdict::NotRun),
                StepStatus::Passed => Verdict::Passed,
                StepStatus::Failed(_) if step.refusal().is_some() => Verdict::NotTested,
                StepStatus::Failed(_) => broken.unwrap_or(Verdict::NotRun),
                StepStatus::Errored(_) => Verdict::Errored,
                StepStatus::NotRun if self.outcome.verdict() == Verdict::NotSupported => {
                    Verdict::NotSupported
                }
                StepStatus::NotRun => broken.unwrap_or(Verdict::NotRun),
            };
            clause(claim, verdict, self.outcome)
        });
        verdicts.collect()
    }

    /// Whether the script failed by what was left at its end, so that nobody knows of which step that is.
    fn is_of_end(&self) -> bool {
        match self.ended.map(|step| &step.status) {
            Some(StepStatus::Failed(failure)) => matches!(failure.breach(), Breach::End(_)),
            Some(StepStatus::Passed | StepStatus::Errored(_) | StepStatus::NotRun) | None => false,
        }
    }
}

fn clause(claim: &Claim, verdict: Verdict, outcome: &ScriptOutcome) -> Clause {
    Clause {
        document: claim.document.title(),
        section: claim.section.clone(),
        fingerprint: claim.fingerprint.clone(),
        level: claim.level.map(|level| level.word().to_owned()),
        words: outcome.secrets.redact(&claim.words).into_owned(),
        verdict,
        link: link(claim),
        sentence: None,
    }
}

fn link(claim: &Claim) -> String {
    section_link(claim.document, &claim.section)
}

/// Where a section can be read. The addresses of XEPs do not have the numbers of sections, so there it is the beginning.
pub(super) fn section_link(document: DocumentId, section: &str) -> String {
    let (key, number) = match document {
        DocumentId::Rfc(number) => ("rfc", number),
        DocumentId::Xep(number) => ("xep", number),
    };
    let value = format!("{number} §{section}");
    spec_link(key, Some(&value)).unwrap_or_default()
}
