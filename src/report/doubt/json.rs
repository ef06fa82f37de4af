//! What was found of plays as JSON, which `docs/doubt.schema.json` describes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::counts::Counts;
use crate::case::CaseId;
use crate::doubt::{Doubted, Excuse, Finding, Tried};
use crate::report::json::visible;

/// The version of the form. It changes when something that is there changes its meaning or goes away, and not when
/// something is added.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'d> {
    schema: u32,
    scansion: &'static str,
    counts: Counted,
    kinds: BTreeMap<&'static str, Counted>,
    plays: Vec<Play<'d>>,
}

#[derive(Serialize)]
struct Counted {
    noticed: usize,
    survived: usize,
    excused: usize,
    open: usize,
}

#[derive(Serialize)]
struct Play<'d> {
    path: &'d CaseId,
    title: &'d str,
    counts: Counted,
    steps: Vec<Step<'d>>,
    faults: Vec<Fault<'d>>,
    excuses: Vec<Excused<'d>>,
}

#[derive(Serialize)]
struct Step<'d> {
    line: usize,
    actor: &'d str,
    shown_to_fail: bool,
}

#[derive(Serialize)]
struct Fault<'d> {
    name: String,
    actor: &'d str,
    line: usize,
    kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    what: &'d str,
    finding: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'d str>,
}

#[derive(Serialize)]
struct Excused<'d> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    kind: &'static str,
    reason: &'d str,
    used: bool,
}

/// Writes it.
pub(super) fn write(plays: &[Doubted]) -> String {
    let kinds = Counts::by_kind(plays).into_iter();
    let document = Document {
        schema: SCHEMA,
        scansion: env!("CARGO_PKG_VERSION"),
        counts: Counts::of(plays).into(),
        kinds: kinds
            .map(|(kind, counts)| (kind.word(), counts.into()))
            .collect(),
        plays: plays.iter().map(play).collect(),
    };
    let json = serde_json::to_string(&document).expect("all keys are texts");
    format!("{}\n", visible(&json))
}

fn play(doubted: &Doubted) -> Play<'_> {
    Play {
        path: &doubted.case,
        title: &doubted.title,
        counts: Counts::of([doubted]).into(),
        steps: steps(doubted),
        faults: doubted.faults.iter().map(fault).collect(),
        excuses: doubted
            .excuses
            .iter()
            .map(|excuse| excused(excuse, doubted))
            .collect(),
    }
}

/// The steps of which there are faults.
fn steps(doubted: &Doubted) -> Vec<Step<'_>> {
    let mut seen = BTreeSet::new();
    let faults = doubted.faults.iter().map(|tried| &tried.fault);
    let firsts = faults.filter(|fault| seen.insert(fault.step));
    let steps = firsts.map(|fault| Step {
        line: fault.line,
        actor: &fault.actor.0,
        shown_to_fail: doubted.is_shown_to_fail(fault.step),
    });
    steps.collect()
}

fn fault(tried: &Tried) -> Fault<'_> {
    let (finding, reason) = match &tried.finding {
        Finding::Noticed => ("noticed", None),
        Finding::Survived { unread } => ("survived", Some(unread)),
        Finding::Excused { reason } => ("excused", Some(reason)),
        Finding::Open { why } => ("open", Some(why)),
    };
    let fault = &tried.fault;
    Fault {
        name: fault.to_string(),
        actor: &fault.actor.0,
        line: fault.line,
        kind: fault.kind.word(),
        what: &fault.what,
        finding,
        reason: reason.map(String::as_str),
    }
}

fn excused<'d>(excuse: &'d Excuse, doubted: &Doubted) -> Excused<'d> {
    let mut faults = doubted.faults.iter().map(|tried| &tried.fault);
    let line = faults.find(|fault| fault.step == excuse.step);
    Excused {
        line: line.map(|fault| fault.line),
        kind: excuse.kind.word(),
        reason: &excuse.reason,
        used: doubted.is_used(excuse),
    }
}

impl From<Counts> for Counted {
    fn from(counts: Counts) -> Self {
        let Counts {
            noticed,
            survived,
            excused,
            open,
        } = counts;
        Self {
            noticed,
            survived,
            excused,
            open,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::testing::plays;
    use super::*;

    /// By the schema, to which only later versions may add.
    #[test]
    fn what_is_written_keeps_to_the_schema() {
        let schema = include_str!("../../../docs/doubt.schema.json");
        let mut schema: Value = serde_json::from_str(schema).unwrap();
        schema["additionalProperties"] = false.into();
        for definition in schema["$defs"].as_object_mut().unwrap().values_mut() {
            if definition["type"] == "object" && definition.get("additionalProperties").is_none() {
                definition["additionalProperties"] = false.into();
            }
        }
        let schema = jsonschema::validator_for(&schema).unwrap();
        for plays in [plays(), Vec::new()] {
            let written: Value = serde_json::from_str(&write(&plays)).unwrap();
            let error = schema.iter_errors(&written).next();
            assert!(error.is_none(), "{}\n{written}", error.unwrap());
        }
    }

    #[test]
    fn all_that_was_found_is_written() {
        insta::assert_snapshot!(write(&plays()).replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }
}
