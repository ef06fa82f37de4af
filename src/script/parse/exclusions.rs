//! Words behind `not` that name a kind of wildcard, and a captured value as well: the names of the script win.
//!
//! What a script captures is known when all of it was read, so this is done at the end.

use std::collections::BTreeSet;

use crate::script::ast::{Action, Condition, Piece, Variable, Wildcard, captured};
use crate::source::{SourceFile, Spanned};

/// Takes such words for names, in all wildcards of a story.
pub(super) fn settle(story: &mut [Action], source: &SourceFile) {
    let captured: BTreeSet<String> = captured(story)
        .into_iter()
        .filter(|name| Condition::of_word(name).is_some())
        .map(str::to_owned)
        .collect();
    if captured.is_empty() {
        return;
    }
    for action in story {
        action.verb.each_piece_mut(&mut |piece| {
            if let Piece::Wildcard(wildcard) = piece {
                settle_wildcard(&mut wildcard.value, &captured, source);
            }
        });
    }
}

fn settle_wildcard(wildcard: &mut Wildcard, captured: &BTreeSet<String>, source: &SourceFile) {
    let is_not = |condition: &Spanned<Condition>| matches!(condition.value, Condition::Not(_));
    let mut conditions = wildcard.conditions.clone();
    let Some(not) = conditions.iter().find(|condition| is_not(condition)) else {
        return;
    };
    let start = not.span.start;
    for condition in &mut conditions {
        let word = source.slice(condition.span);
        if condition.span.start > start && captured.contains(word) {
            condition.value = Condition::Not(Variable::Captured(word.to_owned()));
        }
    }
    *wildcard = Wildcard::new(wildcard.name.take(), conditions);
}

#[cfg(test)]
mod tests {
    use crate::script::ast::{Piece, Stanza};
    use crate::script::parse;
    use crate::source::SourceFile;

    /// How the last wildcard of a story is read.
    #[track_caller]
    fn read(story: &str) -> String {
        let text = format!("[Client] A\n\tjid: a@b\n---\n{story}\n");
        let parsed = parse(SourceFile::new("a.scs", &text));
        assert_eq!(parsed.errors, []);
        let stanzas = parsed.script.story.iter();
        let stanzas = stanzas.flat_map(|action| action.verb.stanzas());
        let piece = stanzas.flat_map(Stanza::pieces).last().unwrap();
        match piece {
            Piece::Wildcard(wildcard) => wildcard.value.to_string(),
            other => panic!("no wildcard: {other:?}"),
        }
    }

    #[test]
    fn behind_not_the_names_of_the_script_win() {
        let block = "A receives:\n\t<a b='$<y:not a, int, uuid>'/>";
        assert_eq!(read(block), "$<y:int, uuid, not a>");
        for capture in ["$<int>", "$<int:int>", "{scansion:capture:int}"] {
            let story = format!("A receives:\n\t<a b='{capture}'/>\n{block}");
            assert_eq!(read(&story), "$<y:uuid, not a, not int>", "{capture}");
        }
    }

    #[test]
    fn before_not_kinds_are_kinds() {
        let story = "A receives:\n\t<a b='$<int>'/>\n\t<a b='$<y:int, not a>'/>";
        assert_eq!(read(story), "$<y:int, not a>");
    }
}
