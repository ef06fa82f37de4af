//! The clauses that a script claims to test, and what came of each: which the server keeps to, and which it breaks.

use super::links::spec_link;
use super::model::{Clause, Verdict};
use crate::claims::{Breach, Claim};
use crate::runner::{ScriptOutcome, StepOutcome, StepStatus};
use crate::script::DocumentId;

/// The clauses that the server broke, if that is why the script ended.
pub(super) fn broken(outcome: &ScriptOutcome) -> Vec<Clause> {
    let Some(ended) = outcome.ended_at() else {
        return Vec::new();
    };
    let broken = ended.broken().into_iter();
    broken
        .map(|claim| Clause {
            sentence: claim.sentence.clone(),
            ..clause(claim, broken_as(claim, ended), outcome)
        })
        .collect()
}

/// What it is to break a clause.
fn broken_as(claim: &Claim, ended: &StepOutcome) -> Verdict {
    match ended.stakes.is_only_recommended(claim) {
        true => Verdict::Deviated,
        false => Verdict::Failed,
    }
}

/// What came of a clause that is broken, if it is.
fn if_broken(claim: &Claim, outcome: &ScriptOutcome) -> Option<Verdict> {
    let ended = outcome.ended_at()?;
    let mut broken = ended.broken().into_iter();
    let known = broken.find(|broken| broken.is_of_clause_of(claim))?;
    Some(broken_as(known, ended))
}

/// The clauses of the whole script.
pub(super) fn of_script(outcome: &ScriptOutcome) -> Vec<Clause> {
    let claims = outcome.claims.script.iter();
    let verdicts = claims.map(|claim| {
        let verdict = if_broken(claim, outcome).unwrap_or_else(|| match outcome.verdict() {
            // What else was to come is not known.
            Verdict::Failed | Verdict::Deviated => Verdict::NotRun,
            verdict => verdict,
        });
        clause(claim, verdict, outcome)
    });
    verdicts.collect()
}

/// The clauses of a step.
pub(super) fn of_step(step: &StepOutcome, outcome: &ScriptOutcome) -> Vec<Clause> {
    let claims = step.stakes.step.iter();
    let verdicts = claims.map(|claim| {
        let broken = if_broken(claim, outcome);
        let verdict = match &step.status {
            StepStatus::Passed if is_of_end(outcome) => broken.unwrap_or(Verdict::NotRun),
            StepStatus::Passed => Verdict::Passed,
            StepStatus::Failed(_) if step.refusal().is_some() => Verdict::NotTested,
            StepStatus::Failed(_) => broken.unwrap_or(Verdict::NotRun),
            StepStatus::Errored(_) => Verdict::Errored,
            StepStatus::NotRun if outcome.verdict() == Verdict::NotSupported => {
                Verdict::NotSupported
            }
            StepStatus::NotRun => broken.unwrap_or(Verdict::NotRun),
        };
        clause(claim, verdict, outcome)
    });
    verdicts.collect()
}

/// Whether the script failed by what was left at its end, so that nobody knows of which step that is.
fn is_of_end(outcome: &ScriptOutcome) -> bool {
    let ended = outcome.ended_at().map(|step| &step.status);
    match ended {
        Some(StepStatus::Failed(failure)) => matches!(failure.breach(), Breach::End(_)),
        Some(StepStatus::Passed | StepStatus::Errored(_) | StepStatus::NotRun) | None => false,
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
