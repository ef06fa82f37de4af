//! Several reports made one, for machines that each ran a part of the scripts.
//!
//! A script that is in several reports of the same server is taken for one that was tried again: it passed if it passed
//! in one of them. The results of one script on several servers stay apart.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use super::model::{End, Report, Run, SCHEMA, Script, Verdict};
use crate::case::CaseId;

/// Several reports as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// All of it.
    pub report: Report,
    /// The scripts that were selected, and that none of the reports knows of.
    pub missing: Vec<CaseId>,
}

/// What tells one script of a report from the others: what it is called; how often this came before, as with
/// `--repeat`; and the server it was run on.
type Key = (CaseId, usize, Option<String>);

/// Makes one report of several. Its scripts are in the order in which they were selected.
pub fn merge(reports: &[Report]) -> Merged {
    let began = reports.iter().filter_map(began).min();
    let selected = selected(reports);
    let mut scripts = gathered(reports, began);
    let known: BTreeSet<&CaseId> = scripts.iter().map(|(key, _)| &key.0).collect();
    let is_missing = |case: &&CaseId| !known.contains(&case.normal());
    let missing: Vec<CaseId> = selected.iter().filter(is_missing).cloned().collect();
    scripts.extend(missing.iter().map(|case| {
        let script = Script::unreadable(case.clone(), Verdict::NotRun, "no machine ran it");
        ((case.normal(), 0, None), script)
    }));
    let places = selected.iter().enumerate();
    let places: BTreeMap<CaseId, usize> = places.map(|(at, case)| (case.normal(), at)).collect();
    scripts.sort_by_key(|(key, _)| (places.get(&key.0).copied().unwrap_or(usize::MAX), key.1));
    Merged {
        report: Report {
            run: run(reports, selected),
            scripts: scripts.into_iter().map(|(_, script)| script).collect(),
            end: end(reports, began),
        },
        missing,
    }
}

/// All scripts, those that are the same put together, in the order in which they come.
fn gathered(reports: &[Report], began: Option<SystemTime>) -> Vec<(Key, Script)> {
    let mut scripts: Vec<(Key, Script)> = Vec::new();
    let mut places: BTreeMap<Key, usize> = BTreeMap::new();
    for report in reports {
        let later = since(began, report);
        let mut seen: BTreeMap<CaseId, usize> = BTreeMap::new();
        for script in &report.scripts {
            let case = script.case.normal();
            let before = seen.entry(case.clone()).or_default();
            let key = (case, *before, report.run.server.clone());
            *before += 1;
            let mut script = script.clone();
            script.started += later;
            match places.get(&key) {
                Some(place) => {
                    let (_, known) = &mut scripts[*place];
                    *known = together(known, &script);
                }
                None => {
                    places.insert(key.clone(), scripts.len());
                    scripts.push((key, script));
                }
            }
        }
    }
    scripts
}

/// A script that is in two reports: the run of it that counts.
fn together(first: &Script, second: &Script) -> Script {
    let (earlier, later) = match first.started <= second.started {
        true => (first, second),
        false => (second, first),
    };
    let has_passed = |script: &Script| script.verdict == Verdict::Passed;
    match (earlier.verdict, later.verdict) {
        (_, Verdict::NotRun) => return earlier.clone(),
        (Verdict::NotRun, _) => return later.clone(),
        _ => {}
    }
    let counting = match has_passed(earlier) && !has_passed(later) {
        true => earlier,
        false => later,
    };
    Script {
        attempts: earlier.attempts.saturating_add(later.attempts),
        flaky: earlier.flaky || later.flaky || has_passed(earlier) != has_passed(later),
        ..counting.clone()
    }
}

fn run(reports: &[Report], selected: Vec<CaseId>) -> Run {
    let runs = || reports.iter().map(|report| &report.run);
    let starts = runs().map(|run| &run.started);
    let shuffles = different(runs().map(|run| run.shuffle.clone().unwrap_or_default()));
    Run {
        schema: SCHEMA,
        scansion: different(runs().map(|run| run.scansion.clone())).join(", "),
        started: starts.min().cloned().unwrap_or_default(),
        server: some(different(runs().filter_map(|run| run.server.clone())).join(", ")),
        shuffle: some(shuffles.join(", ")).filter(|_| shuffles.len() == 1),
        partition: None,
        selected,
    }
}

/// How long it took from the first beginning to the last end.
fn end(reports: &[Report], began: Option<SystemTime>) -> End {
    let ends = reports
        .iter()
        .map(|report| since(began, report) + report.end.duration);
    End {
        duration: ends.fold(0.0, f64::max),
        interrupted: reports.iter().any(|report| report.end.interrupted),
    }
}

fn began(report: &Report) -> Option<SystemTime> {
    humantime::parse_rfc3339(&report.run.started).ok()
}

/// How long after the first report another began, in seconds.
fn since(first: Option<SystemTime>, report: &Report) -> f64 {
    let later = began(report).zip(first);
    let later = later.and_then(|(began, first)| began.duration_since(first).ok());
    later.as_ref().map_or(0.0, Duration::as_secs_f64)
}

fn selected(reports: &[Report]) -> Vec<CaseId> {
    let mut selected = Vec::new();
    let mut seen = BTreeSet::new();
    for case in reports.iter().flat_map(|report| &report.run.selected) {
        if seen.insert(case.normal()) {
            selected.push(case.clone());
        }
    }
    selected
}

/// Each of some texts once, in the order in which they come.
fn different(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut different = Vec::new();
    for text in texts {
        if !different.contains(&text) {
            different.push(text);
        }
    }
    different
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{sample, script};
    use crate::verdict::Status;
    use Verdict::{Errored, Failed, NotRun, Passed};

    const SELECTED: [&str; 3] = ["suite/a.scs", "suite/b.scs", "./suite/c.scs"];

    /// A report of a machine that began in that minute.
    fn machine(minute: u8, scripts: &[(&str, Verdict)]) -> Report {
        let scripts = scripts.iter();
        let mut report = Report {
            scripts: scripts
                .map(|(title, verdict)| script(title, *verdict))
                .collect(),
            ..sample()
        };
        report.run.started = format!("2026-03-01T12:0{minute}:00.000Z");
        report.run.selected = SELECTED.map(CaseId::from).to_vec();
        report.end.interrupted = false;
        report
    }

    fn verdicts(report: &Report) -> Vec<(&str, Verdict, bool)> {
        let scripts = report.scripts.iter();
        scripts
            .map(|script| (script.title.as_str(), script.verdict, script.flaky))
            .collect()
    }

    #[test]
    fn parts_become_a_whole_in_the_order_of_the_selection() {
        let first = machine(1, &[("c", Passed), ("a", Failed)]);
        let second = machine(0, &[("b", Passed)]);
        let Merged { report, missing } = merge(&[first, second]);
        assert_eq!(missing, []);
        assert_eq!(
            verdicts(&report),
            [
                ("a", Failed, false),
                ("b", Passed, false),
                ("c", Passed, false)
            ]
        );
        assert_eq!(report.run.started, "2026-03-01T12:00:00.000Z");
        assert_eq!(report.run.partition, None);
        assert_eq!(report.scripts[0].started, 60.5);
        assert_eq!(report.end.duration, 62.25);
    }

    #[test]
    fn a_script_that_no_machine_ran_is_missed() {
        let Merged { report, missing } = merge(&[machine(0, &[("a", Passed), ("b", NotRun)])]);
        assert_eq!(missing, ["./suite/c.scs".into()]);
        assert_eq!(
            report.scripts[2].message.as_deref(),
            Some("no machine ran it")
        );
        assert_eq!(report.scripts[1].verdict, NotRun);
    }

    #[test]
    fn a_script_of_two_machines_counts_by_what_it_came_to() {
        for (first, second, verdict, flaky, attempts) in [
            (Passed, NotRun, Passed, false, 1),
            (NotRun, Failed, Failed, false, 1),
            (Passed, Failed, Passed, true, 2),
            (Failed, Passed, Passed, true, 2),
            (Errored, Failed, Failed, false, 2),
            (Passed, Passed, Passed, false, 2),
        ] {
            let reports = [machine(0, &[("a", first)]), machine(1, &[("a", second)])];
            let script = merge(&reports).report.scripts.remove(0);
            let came = (script.verdict, script.flaky, script.attempts);
            assert_eq!(came, (verdict, flaky, attempts), "{first} {second}");
        }
    }

    #[test]
    fn repetitions_and_other_servers_stay_apart() {
        let twice = machine(0, &[("a", Passed), ("a", Failed)]);
        let mut other = machine(0, &[("a", Failed)]);
        other.run.server = Some("ejabberd 23.01".to_owned());
        let report = merge(&[twice, other]).report;
        assert_eq!(report.summary().count(Status::Failed), 2);
        assert_eq!(report.summary().count(Status::Passed), 1);
        assert_eq!(
            report.run.server.as_deref(),
            Some("Prosody 0.12.3, ejabberd 23.01")
        );
    }

    #[test]
    fn one_report_stays_what_it_is() {
        let mut report = sample();
        report.run.partition = None;
        assert_eq!(merge(std::slice::from_ref(&report)).report, report);
    }
}
