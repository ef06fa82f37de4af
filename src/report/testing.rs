//! A report in which there is one script of each kind, with texts that would break a careless writer.

use super::model::{
    Actor, Baseline, Bearing, Choice, Clause, ComparedLine, Departure, Difference, End, LinePart,
    Moment, MomentKind, Part, Place, Report, Run, SCHEMA, Script, Standing, Step, Tag, Unexpected,
    Verdict, WhichSide,
};
use super::stanza_error::StanzaError;

/// The report.
pub(crate) fn sample() -> Report {
    Report {
        run: Run {
            schema: SCHEMA,
            scansion: "0.1.0".to_owned(),
            started: "2026-03-01T12:00:00.000Z".to_owned(),
            server: Some("Prosody 0.12.3".to_owned()),
            shuffle: None,
            partition: Some("1/2".to_owned()),
            selected: scripts().into_iter().map(|script| script.case).collect(),
        },
        scripts: scripts(),
        end: End {
            duration: 2.25,
            interrupted: true,
        },
    }
}

fn scripts() -> Vec<Script> {
    let known = |standing| {
        Some(Baseline {
            reason: "no carbons, #12".to_owned(),
            expires: Some("2026-02-01".to_owned()),
            standing,
        })
    };
    vec![
        script("passed", Verdict::Passed),
        failed(),
        Script {
            explanation: "error: <here>\n```\n--> b.scs:1:1\n".to_owned(),
            ..script("errored", Verdict::Errored)
        },
        script("deviates", Verdict::Deviated),
        script("not supported", Verdict::NotSupported),
        script("not tested", Verdict::NotTested),
        script("not run", Verdict::NotRun),
        Script {
            flaky: true,
            attempts: 3,
            message: None,
            ..script("flaky", Verdict::Passed)
        },
        Script {
            baseline: known(Standing::Known),
            ..script("known", Verdict::Failed)
        },
        Script {
            baseline: known(Standing::PassesAgain),
            ..script("passes again", Verdict::Passed)
        },
        Script {
            baseline: known(Standing::Expired),
            ..script("expired", Verdict::Failed)
        },
    ]
}

/// A script of which this came, and not more is known.
pub(super) fn script(title: &str, verdict: Verdict) -> Script {
    let message = format!("message of {title}");
    Script {
        title: title.to_owned(),
        tags: ["xep: 0280", "slow"]
            .map(|tag| Tag::from(tag.to_owned()))
            .to_vec(),
        message: (verdict != Verdict::Passed).then_some(message),
        started: 0.5,
        duration: 0.1,
        attempts: 1,
        ..Script::unreadable(format!("suite/{title}.scs"), verdict, "")
    }
}

fn failed() -> Script {
    Script {
        title: "Romeo & <Juliet>, 100% # TODO | `x` \u{1b}[31m\u{ffff}\nnot ok".to_owned(),
        description: "Two\nlines".to_owned(),
        place: Some(Place { line: 7, column: 9 }),
        explanation: "  error: a, b: 100%\n\n  # no: - \"x\n::error::no\n</failure>]]>\u{1}\u{fffe}\n````\nend\n"
            .to_owned(),
        expected: Some("<presence/>".to_owned()),
        received: Some("<message/>".to_owned()),
        comparison: vec![
            compared(WhichSide::Expected, &[("<presence", false), (" \u{1b}", true)]),
            compared(WhichSide::Received, &[("<message/>", true)]),
        ],
        clauses: vec![clause("8.2", Verdict::NotRun)],
        breaks: vec![clause("10.5", Verdict::Failed)],
        differences: vec![Difference {
            file: None,
            line: 7,
            text: "expected <this>".to_owned(),
        }],
        received_error: Some(StanzaError {
            condition: Some("resource-constraint".to_owned()),
            kind: Some("wait".to_owned()),
            application: None,
            text: Some("Unknown field 'pubsub#max_items'".to_owned()),
        }),
        help: Some("try <that>".to_owned()),
        notes: vec!["know & do".to_owned()],
        again: Some("scansion run 'suite/failed.scs'".to_owned()),
        cast: vec![Actor {
            name: "Romeo".to_owned(),
            class: "Client".to_owned(),
            jid: "romeo@localhost".to_owned(),
        }],
        steps: vec![Step {
            file: None,
            line: 7,
            action: "Romeo receives:".to_owned(),
            part: Part::Prologue,
            alternative: None,
            comments: vec!["At last".to_owned()],
            clauses: vec![clause("10.5", Verdict::Failed)],
            verdict: Verdict::Failed,
            duration: 0.1 + 0.2,
        }],
        choices: vec![Choice {
            file: None,
            line: 5,
            chose: "an error | <b>".to_owned(),
        }],
        moments: vec![Moment {
            at: 1.0 / 3.0,
            actor: 0,
            step: 0,
            kind: MomentKind::Received,
            text: "<message/>".to_owned(),
        }],
        unexpected: vec![Unexpected {
            actor: 0,
            xml: "<iq/>".to_owned(),
        }],
        departures: vec![Departure {
            server: "ejabberd".to_owned(),
            versions: Some("..24.12".to_owned()),
            what: "a <result>".to_owned(),
            bearing: Bearing::OtherServer,
            sentence: "known departure of ejabberd ..24.12: a <result>\u{1}".to_owned(),
        }],
        server_log: "c2s\tinfo \u{1b}[0m]]>\n".to_owned(),
        ..script("failed", Verdict::Failed)
    }
}

/// A clause of this section, of which this came.
pub(super) fn clause(section: &str, verdict: Verdict) -> Clause {
    Clause {
        document: "XEP-0045".to_owned(),
        section: section.to_owned(),
        fingerprint: "7c3f".to_owned(),
        level: Some("MUST".to_owned()),
        words: "the last <owner> \u{1b} stays".to_owned(),
        verdict,
        link: "https://xmpp.org/extensions/xep-0045.html".to_owned(),
        sentence: (verdict == Verdict::Failed).then(|| "An <owner> MUST stay.".to_owned()),
    }
}

fn compared(side: WhichSide, parts: &[(&str, bool)]) -> ComparedLine {
    let parts = parts.iter().map(|(text, differs)| LinePart {
        text: (*text).to_owned(),
        differs: *differs,
    });
    ComparedLine {
        side,
        parts: parts.collect(),
    }
}
