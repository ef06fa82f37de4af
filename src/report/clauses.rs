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
    let verdict = outcome.verdict();
    let broken = ended.broken().into_iter();
    broken
        .map(|claim| Clause {
            sentence: claim.sentence.clone(),
            ..clause(claim, verdict, outcome)
        })
        .collect()
}

/// The clauses of the whole script.
pub(super) fn of_script(outcome: &ScriptOutcome) -> Vec<Clause> {
    let ended = outcome.ended_at();
    let broken = ended.map(StepOutcome::broken).unwrap_or_default();
    let claims = outcome.claims.script.iter();
    let verdicts = claims.map(|claim| {
        let verdict = match outcome.verdict() {
            verdict if broken.contains(&claim) => verdict,
            // What else was to come is not known.
            Verdict::Failed | Verdict::Deviated => Verdict::NotRun,
            verdict => verdict,
        };
        clause(claim, verdict, outcome)
    });
    verdicts.collect()
}

/// The clauses of a step.
pub(super) fn of_step(step: &StepOutcome, outcome: &ScriptOutcome) -> Vec<Clause> {
    let claims = step.stakes.step.iter();
    // How the script ended is looked for among all steps, and most of them claim nothing.
    let ended = (claims.len() > 0).then(|| outcome.ended_at()).flatten();
    let broken = ended.map(StepOutcome::broken).unwrap_or_default();
    let verdicts = claims.map(|claim| {
        let verdict = match &step.status {
            StepStatus::Passed => Verdict::Passed,
            // The step was over and held when something was left.
            StepStatus::Failed(failure) if failure.breach() == Breach::End => Verdict::Passed,
            StepStatus::Failed(_) | StepStatus::NotRun if broken.contains(&claim) => {
                outcome.verdict()
            }
            StepStatus::Failed(_) => match step.refusal() {
                Some(_) => Verdict::NotTested,
                None => Verdict::NotRun,
            },
            StepStatus::Errored(_) => Verdict::Errored,
            StepStatus::NotRun if outcome.verdict() == Verdict::NotSupported => {
                Verdict::NotSupported
            }
            StepStatus::NotRun => Verdict::NotRun,
        };
        clause(claim, verdict, outcome)
    });
    verdicts.collect()
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
