//! Plays that were doubted, for tests of the forms of reports.

use crate::case::CaseId;
use crate::doubt::{Doubted, Excuse, Fault, Finding, Tried};
use crate::fault_kind::FaultKind;
use crate::script::ast::ActorName;
use crate::source::Span;

/// A play with each kind of finding, and one that notices all.
pub(super) fn plays() -> Vec<Doubted> {
    let excuse = |step, kind| Excuse {
        step,
        kind,
        reason: "an error comes back".to_owned(),
        span: Span::default(),
    };
    let unread = || "no line reads <from>".to_owned();
    let reason = || "an error comes back".to_owned();
    let first = Doubted {
        case: CaseId::from("spec/a.scs".to_owned()),
        title: "Messages & more".to_owned(),
        faults: vec![
            tried(3, 31, FaultKind::Missing, "", Finding::Noticed),
            tried(
                3,
                31,
                FaultKind::Twice,
                "",
                Finding::Survived { unread: unread() },
            ),
            tried(
                3,
                31,
                FaultKind::Sender,
                "",
                Finding::Survived { unread: unread() },
            ),
            tried(5, 35, FaultKind::Missing, "", Finding::Noticed),
            tried(5, 35, FaultKind::Attribute, "iq@id", Finding::Noticed),
            tried(
                5,
                35,
                FaultKind::ErrorForResult,
                "",
                Finding::Excused { reason: reason() },
            ),
            tried(
                7,
                40,
                FaultKind::Forbidden,
                "",
                Finding::Open {
                    why: "nothing comes to mind".to_owned(),
                },
            ),
        ],
        excuses: vec![
            excuse(5, FaultKind::ErrorForResult),
            excuse(9, FaultKind::Not),
        ],
    };
    let second = Doubted {
        case: CaseId::from("spec/b.scs".to_owned()),
        title: "Presence".to_owned(),
        faults: vec![tried(
            1,
            12,
            FaultKind::Child,
            "presence/show",
            Finding::Noticed,
        )],
        excuses: Vec::new(),
    };
    vec![first, second]
}

fn tried(step: usize, line: usize, kind: FaultKind, what: &str, finding: Finding) -> Tried {
    Tried {
        fault: Fault {
            kind,
            step,
            line,
            actor: ActorName::new("Juliet"),
            what: what.to_owned(),
            place: Span::default(),
        },
        finding,
        broken: Vec::new(),
    }
}
