//! What reports of runs say of servers, as a ledger takes it.

use crate::ledger::{Place, Result, Server};
use crate::report::matrix::{Source, columns};
use crate::report::model::{Clause, Report, Script, Step};
use crate::script::DocumentId;

/// What each report says of its server, no two of which are called the same.
pub fn servers(sources: Vec<Source>) -> Vec<Server> {
    let columns = columns(sources).into_iter();
    columns
        .map(|column| Server {
            results: results(&column.report),
            title: column.title,
        })
        .collect()
}

fn results(report: &Report) -> Vec<Result> {
    report.scripts.iter().flat_map(of_script).collect()
}

fn of_script(script: &Script) -> Vec<Result> {
    let whole = script.clauses.iter();
    let whole = whole.filter_map(|clause| result(script, Some(Place::Script), clause));
    let steps = script.steps.iter().flat_map(|step| {
        let clauses = step.clauses.iter();
        clauses.filter_map(|clause| result(script, place(step), clause))
    });
    whole.chain(steps).collect()
}

fn place(step: &Step) -> Option<Place> {
    let is_own = step.file.is_none();
    is_own.then_some(Place::Line(step.line))
}

fn result(script: &Script, place: Option<Place>, clause: &Clause) -> Option<Result> {
    Some(Result {
        case: script.case.clone(),
        place,
        document: DocumentId::named(&clause.document)?,
        section: clause.section.clone(),
        fingerprint: clause.fingerprint.clone(),
        verdict: clause.verdict,
    })
}
