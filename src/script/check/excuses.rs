//! Excuses for faults: each names a kind of fault and says why. Whether there is such a fault is not known here.

use crate::script::ast::Script;
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind;
use crate::script::excuse::Excuse;
use crate::script::notes::Note;

/// Checks the excuses of the steps.
pub(super) fn check(script: &Script, complaints: &mut Complaints) {
    let comments = script.story.iter().flat_map(|action| &action.comments);
    for comment in comments.filter(|comment| Note::of(&comment.text) == Some(Note::Doubt)) {
        if let Err(problem) = comment.text.parse::<Excuse>() {
            complaints.push(ScriptErrorKind::BadExcuse { problem }.at(comment.span));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::script::testing::objections;

    #[test]
    fn an_excuse_names_a_kind_and_a_reason() {
        let said = |excuse: &str| {
            let text =
                format!("[Client] A\n\tjid: a@b\n---\n{excuse}\nA connects\nA receives: nothing\n");
            let said = objections(&text).into_iter();
            said.map(|(message, _)| message).collect::<Vec<_>>()
        };
        assert_eq!(said("# doubt: twice is fine (x)"), [""; 0]);
        assert_eq!(
            said("# doubt: twise is fine (x)\n# doubt: twice is fine"),
            [
                "unknown kind of fault `twise`",
                "this does not say why `twice` is fine"
            ]
        );
    }
}
