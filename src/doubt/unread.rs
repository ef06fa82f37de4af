//! What no line reads, if a play passes with a fault: the words for it.

use super::fault::Fault;
use crate::fault_kind::FaultKind;

/// What no line reads, for a fault of an element of this name.
pub(super) fn unread(fault: &Fault, about: &str) -> String {
    let what = match fault.what.as_str() {
        "" => about,
        what => what,
    };
    match fault.kind {
        FaultKind::Missing => format!("another <{about}> is taken in its place"),
        FaultKind::Twice => format!("no line counts how often this <{about}> comes"),
        FaultKind::Elsewhere => {
            let other = fault
                .what
                .rsplit_once("to ")
                .map_or("others", |(_, name)| name);
            format!("no line looks at what {other} receives")
        }
        FaultKind::ErrorForResult | FaultKind::ResultForError => {
            format!("no line reads `type` of this <{about}>")
        }
        FaultKind::Attribute
        | FaultKind::Text
        | FaultKind::Child
        | FaultKind::Absent
        | FaultKind::Not
        | FaultKind::OneMore
        | FaultKind::OneFewer
        | FaultKind::Sibling => {
            format!("something else is taken that fits, so that {what} is not read")
        }
        FaultKind::Sender => format!("no line reads `from` of this <{about}>"),
        FaultKind::Swapped => {
            "something else is taken that fits, so that the order is not read".to_owned()
        }
        FaultKind::Forbidden => format!("no line looks for this <{about}> there"),
        FaultKind::NoEnd => "no line waits for the end".to_owned(),
        FaultKind::Condition => "no line reads the condition of the error".to_owned(),
        FaultKind::Alternative => "no line tells the alternatives apart".to_owned(),
    }
}
