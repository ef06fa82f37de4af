//! Clauses that are claimed: each is one, and it is known of which document. Which clauses there are is not known here.

use crate::script::ast::{Head, Script};
use crate::script::clause::{Clause, NoClause, is_claim};
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind;
use crate::source::Span;

/// Checks the clauses of the head and of the steps, which may be those of another script.
pub(super) fn check(script: &Script, complaints: &mut Complaints) {
    check_head(&script.head, complaints);
    if let Some(lender) = &script.lender {
        check_head(&lender.head, complaints);
    }
    let comments = script.story.iter().flat_map(|action| &action.comments);
    for comment in comments.filter(|comment| is_claim(&comment.text)) {
        let head = script.head_at(comment.span.start);
        check_text(&comment.text, comment.span, head, complaints);
    }
}

fn check_head(head: &Head, complaints: &mut Complaints) {
    for tag in head.tags.iter().filter(|tag| is_claim(&tag.key)) {
        check_text(&tag.to_string(), tag.span, head, complaints);
    }
}

fn check_text(text: &str, place: Span, head: &Head, complaints: &mut Complaints) {
    if let Some(kind) = mistake(text.parse(), head) {
        complaints.push(kind.at(place));
    }
}

fn mistake(clause: Result<Clause, NoClause>, head: &Head) -> Option<ScriptErrorKind> {
    match clause {
        Ok(clause) if clause.document.or(head.document()).is_some() => None,
        Ok(_) => Some(ScriptErrorKind::NoDocument),
        Err(problem) => Some(ScriptErrorKind::BadClause { problem }),
    }
}

#[cfg(test)]
mod tests {
    use crate::script::testing::objections;

    fn said(head: &str, above: &str) -> Vec<String> {
        let text = format!(
            "# T\n{head}[Client] A\n\tjid: a@b\n---\n{above}\nA connects\nA receives: nothing\n"
        );
        let said = objections(&text).into_iter();
        said.map(|(message, place)| format!("{place}: {message}"))
            .collect()
    }

    #[test]
    fn what_looks_like_a_clause_has_to_be_one() {
        for (above, message) in [
            ("# § 10.5 7c3f", "the fingerprint is missing"),
            (
                "# § 10.5 [zzzz] x",
                "what stands in brackets is no fingerprint",
            ),
            (
                "# § 10.5 [7c3] x",
                "what stands in brackets is no fingerprint",
            ),
            ("# § [7c3f] x", "the section is missing"),
            ("# § rfc [7c3f] x", "the number of the document is missing"),
        ] {
            let said = said("## xep: 0045\n", above);
            assert_eq!(said, [format!("{above}: {message}")]);
        }
        assert_eq!(
            said("## § 10.5\n## xep: 0045\n", ""),
            ["## § 10.5: the fingerprint is missing"]
        );
        assert_eq!(said("## xep: 0045\n", "# § 10.5 [7c3f]"), [""; 0]);
    }

    #[test]
    fn the_document_is_named_or_that_of_the_script() {
        let none = ["# § 10.5 [7c3f]: this clause is of no document"];
        assert_eq!(said("", "# § 10.5 [7c3f]"), none);
        assert_eq!(said("## xep: about rooms\n", "# § 10.5 [7c3f]"), none);
        assert_eq!(said("## rfc: 6120 §4\n", "# § 10.5 [7c3f]"), [""; 0]);
        assert_eq!(said("", "# § xep 45 10.5 [7c3f]"), [""; 0]);
    }
}
