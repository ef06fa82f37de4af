//! What counts as covered, and what as shown to be able to fail.

use super::*;
use crate::case::CaseId;
use crate::claims::{Claim, Claims};
use crate::clauses::Index;
use crate::doubt::{Doubted, Fault, FaultKind, Finding, Tried};
use crate::script::ast::ActorName;
use crate::script::{DocumentId, read_with};
use crate::source::{SourceFile, Span};
use crate::verdict::Verdict;

const INDEX: &str = "7c3f\t10.5\tMUST\tserver\toutside\n\
    91ab00\t10.5\tSHOULD\tboth\ts2s\ton the index\n\
    00bb\t8.2\tMUST\tclient\tnever: the client's part\n";

/// Line 10 has two steps, 12 and 16 have one each; the connections are steps 0 and 1.
const SCRIPT: &str = "# T\n## xep: 0045\n## § 10.5 [91ab]\n[Client] A\n\tjid: a@b\n\tpassword: c\n\
    [Client] B\n\tjid: b@b\n\tpassword: c\n---\nA connects\nB connects\n\n\
    # § 10.5 [7C3F] both hear it\nA and B receive:\n\t<message/>\n\n\
    # § 10.5 [7c3f] ours\n# § rfc 6120 4 [aaaa] x\nA receives:\n\t<presence/>\n";

fn claims() -> Vec<ClaimedClause> {
    let reading = read_with(SourceFile::new("spec/a.scs", SCRIPT), &|_| {
        Err(String::new())
    });
    let play = &reading.plays[0];
    claimed(play, &Claims::of(play))
}

/// What comes of faults, by steps; what is noticed breaks the two clauses.
fn doubted(findings: &[(usize, bool)]) -> Found {
    doubted_of(findings, &["7C3F", "91ab00", "91ab"])
}

fn doubted_of(findings: &[(usize, bool)], prints: &[&str]) -> Found {
    let broken = prints.iter().map(|print| Claim {
        document: DocumentId::Xep(45),
        section: "10.5".to_owned(),
        fingerprint: (*print).to_owned(),
        level: None,
        words: String::new(),
        sentence: None,
    });
    let broken: Vec<Claim> = broken.collect();
    let faults = findings.iter().map(|(step, is_noticed)| Tried {
        fault: Fault {
            kind: FaultKind::Twice,
            step: *step,
            line: 7,
            actor: ActorName::new("A"),
            what: String::new(),
            place: Span::default(),
        },
        finding: match is_noticed {
            true => Finding::Noticed,
            false => Finding::Survived {
                unread: String::new(),
            },
        },
        broken: match is_noticed {
            true => broken.clone(),
            false => Vec::new(),
        },
    });
    Found::Doubted(Doubted {
        case: CaseId::from("spec/a.scs"),
        title: "T".to_owned(),
        faults: faults.collect(),
        excuses: Vec::new(),
    })
}

fn ledger(found: &Found, servers: &[Server]) -> Ledger {
    let mut builder = Builder::default();
    let index = Index::read(DocumentId::Xep(45), INDEX).unwrap();
    builder.add_index(&index, &[Some("quoted".to_owned())]);
    builder.add_index(&index, &[]);
    builder.add_play(&CaseId::from("spec/a.scs"), &claims(), found);
    servers.iter().for_each(|server| builder.add_server(server));
    builder.finish()
}

/// Whether each place that claims the first clause, and the one that claims the second, is shown to be able to fail.
#[track_caller]
fn assert_shown(findings: &[(usize, bool)], expected: [bool; 3]) {
    let ledger = ledger(&doubted(findings), &[]);
    let uses = ledger.documents[0]
        .clauses
        .iter()
        .flat_map(|clause| &clause.uses);
    assert_eq!(uses.map(Use::is_shown).collect::<Vec<_>>(), expected);
}

#[test]
fn each_line_claims_a_clause_once() {
    let claims = claims();
    let told: Vec<_> = claims
        .iter()
        .map(|claim| {
            (
                claim.place.line(),
                claim.section.as_str(),
                claim.steps.len(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (None, "10.5", 5),
            (Some(15), "10.5", 2),
            (Some(20), "4", 1),
            (Some(20), "10.5", 1)
        ]
    );
}

#[test]
fn a_line_is_shown_to_fail_if_all_its_steps_notice_all() {
    assert_shown(&[], [false, false, false]);
    assert_shown(&[(2, true), (3, true)], [true, false, true]);
    assert_shown(&[(2, true), (3, false)], [false, false, true]);
    assert_shown(&[(4, true), (4, false)], [false, false, false]);
    assert_shown(&[(0, true), (4, true)], [false, true, true]);
}

#[test]
fn a_fault_shows_only_the_clauses_that_it_breaks() {
    let shown = |prints: &[&str]| {
        let ledger = ledger(&doubted_of(&[(4, true)], prints), &[]);
        let clauses = ledger.documents[0].clauses.iter();
        let covered = clauses.map(Clause::is_covered);
        covered.collect::<Vec<_>>()
    };
    assert_eq!(shown(&["7c3f"]), [true, false, false]);
    assert_eq!(shown(&["91ab"]), [false, true, false]);
    assert_eq!(shown(&[]), [false, false, false]);
}

#[test]
fn why_nothing_is_shown_is_known() {
    let shown = |found: &Found| {
        let ledger = ledger(found, &[]);
        ledger.documents[0].clauses[0].uses[1].shown.clone()
    };
    assert_eq!(shown(&doubted(&[])), Shown::Not(Weakness::Unnoticed));
    let survivors = Weakness::Survivors(vec!["A line 7: twice".to_owned()]);
    assert_eq!(shown(&doubted(&[(4, false)])), Shown::Not(survivors));
    let none = Found::Not(Weakness::NotRecorded);
    assert_eq!(shown(&none), Shown::Not(Weakness::NotRecorded));
}

#[test]
fn clauses_of_servers_are_counted() {
    let ledger = ledger(&doubted(&[(2, true)]), &[]);
    let counts = Counts::of_all(&ledger);
    assert_eq!(counts.all.numbers(), [3, 2, 1, 2, 2]);
    assert_eq!(counts.must.numbers(), [2, 1, 1, 1, 1]);
    assert_eq!(ledger.unindexed[&DocumentId::Rfc(6120)], 1);
    let clauses = &ledger.documents[0].clauses;
    assert_eq!(
        (clauses[0].words.as_str(), clauses[1].words.as_str()),
        ("both hear it", "on the index")
    );
    assert_eq!(clauses[0].sentence.as_deref(), Some("quoted"));
}

fn server(title: &str, results: &[(&str, Place, &str, Verdict)]) -> Server {
    let results = results.iter().map(|(case, place, print, verdict)| Result {
        case: CaseId::from(*case),
        place: Some(*place),
        document: DocumentId::Xep(45),
        section: "10.5".to_owned(),
        fingerprint: (*print).to_owned(),
        verdict: *verdict,
    });
    Server {
        title: title.to_owned(),
        results: results.collect(),
    }
}

#[test]
fn a_server_that_breaks_a_clause_shows_that_it_can_be_broken() {
    let line = Place::Line(20);
    let servers = [
        server("kept", &[("a.scs", line, "7c3f", Verdict::Passed)]),
        server("elsewhere", &[("b.scs", line, "7c3f", Verdict::Failed)]),
        server(
            "broken",
            &[
                ("/x/spec/a.scs", line, "7c3f", Verdict::Failed),
                ("/x/spec/a.scs", Place::Line(15), "7c3f", Verdict::Passed),
                ("/x/spec/a.scs", Place::Script, "91ab", Verdict::NotRun),
            ],
        ),
    ];
    let ledger = ledger(&Found::Not(Weakness::NotRecorded), &servers);
    let [first, second, _] = &ledger.documents[0].clauses[..] else {
        panic!("there are three clauses");
    };
    let shown: Vec<_> = first.uses.iter().map(|used| used.shown.clone()).collect();
    let expected = [
        Shown::Not(Weakness::NotRecorded),
        Shown::ByServer("broken".to_owned()),
    ];
    assert_eq!(shown, expected);
    let (passed, failed) = (Some(Verdict::Passed), Some(Verdict::Failed));
    assert_eq!(first.verdicts, [passed, failed, failed]);
    assert_eq!(second.verdicts, [None, None, Some(Verdict::NotRun)]);
    assert!(first.is_covered() && !second.is_covered());
}
