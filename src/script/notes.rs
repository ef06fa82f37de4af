//! Notes: comments that say something of the step below them, and where they may stand.
//!
//! What a note says is not known here.

use super::ast::{Action, Comment, Script, Tag};
use super::clause::{self, is_claim};
use super::complaints::Complaints;
use super::error::ScriptErrorKind;
use super::excuse;
use super::verb::Verb;
use crate::source::{SourceFile, Span};

/// What a comment begins with that excuses a fault.
pub(super) const DOUBT: &str = "doubt:";

/// The kinds of notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// `# § 10.5 [7c3f] …`: a clause that is tested.
    Clause,
    /// `# doubt: …`: a fault that need not be noticed.
    Doubt,
}

impl Note {
    /// The kind of note that a comment is, if it is one; its mark is not part of the text.
    pub(super) fn of(comment: &str) -> Option<Self> {
        match comment {
            text if is_claim(text) => Some(Self::Clause),
            text if text.starts_with(DOUBT) => Some(Self::Doubt),
            _ => None,
        }
    }

    /// Whether nothing is left of a note of the kind when the cells of a row are filled in.
    pub(super) fn is_left_empty(self, text: &str) -> bool {
        match self {
            Self::Clause => clause::is_left_empty(text),
            Self::Doubt => excuse::is_left_empty(text),
        }
    }

    /// The mistake that a note of the kind is about no step.
    fn misplaced(self) -> ScriptErrorKind {
        match self {
            Self::Clause => ScriptErrorKind::MisplacedClause,
            Self::Doubt => ScriptErrorKind::MisplacedExcuse,
        }
    }

    /// The mistake that a note of the kind has one mark and stands in the head.
    fn in_head(self) -> ScriptErrorKind {
        match self {
            Self::Clause => ScriptErrorKind::ClauseInHead,
            Self::Doubt => ScriptErrorKind::MisplacedExcuse,
        }
    }

    /// The mistake that a note of the kind has two marks and stands above a step.
    fn as_tag(self) -> ScriptErrorKind {
        match self {
            Self::Clause => ScriptErrorKind::ClauseAsTag,
            Self::Doubt => ScriptErrorKind::MisplacedExcuse,
        }
    }
}

impl Action {
    /// The comments that are no notes, which are told beside the step.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let comments = self.comments.iter();
        let remarks = comments.filter(|comment| Note::of(&comment.text).is_none());
        remarks.map(|comment| comment.text.clone()).collect()
    }
}

/// Complains of notes that stand elsewhere than directly above a step. Clauses of the whole script are tags.
pub(super) fn check_places(script: &Script, complaints: &mut Complaints) {
    let head = script.head.title.iter().chain(&script.head.description);
    let head = head.map(|comment| (comment, Note::in_head as fn(Note) -> ScriptErrorKind));
    let below = below_head(script).map(|comment| (comment, Note::misplaced as _));
    for (comment, mistake) in head.chain(below) {
        if let Some(note) = Note::of(&comment.text) {
            complaints.push(mistake(note).at(comment.span));
        }
    }
    let excuses = script.head.tags.iter().filter(|tag| is_excuse(tag));
    excuses.for_each(|tag| complaints.push(Note::Doubt.misplaced().at(tag.span)));
    for action in script.story.iter() {
        for comment in &action.comments {
            if let Some(kind) = misplaced(comment, action, &script.source) {
                complaints.push(kind.at(comment.span));
            }
        }
    }
}

/// Whether a tag would be an excuse above a step.
fn is_excuse(tag: &Tag) -> bool {
    Note::of(&tag.to_string()) == Some(Note::Doubt)
}

/// What is wrong with the place of a comment of an action, if it is a note.
fn misplaced(comment: &Comment, action: &Action, source: &SourceFile) -> Option<ScriptErrorKind> {
    let note = Note::of(&comment.text)?;
    let is_step = match action.verb {
        Verb::Does(_) | Verb::Expects(_) => true,
        Verb::Rules(_) => false,
    };
    if !is_step || !is_directly_above(comment, action.span, source) {
        return Some(note.misplaced());
    }
    let is_tag = source.slice(comment.span).starts_with("##");
    is_tag.then(|| note.as_tag())
}

/// Whether nothing but other notes stands between a comment and the line of a step.
fn is_directly_above(comment: &Comment, step: Span, source: &SourceFile) -> bool {
    if comment.span.end > step.start {
        return false;
    }
    let between = source.slice(Span::new(comment.span.end, step.start));
    let mut lines = between.split('\n').skip(1).collect::<Vec<_>>();
    // What stands before the step on its own line.
    lines.pop();
    lines.into_iter().all(|line| {
        let text = line.trim();
        let unmarked = text.trim_start_matches(['#', '/', '-']).trim_start();
        unmarked.len() < text.len() && Note::of(unmarked).is_some()
    })
}

/// The comments behind the head that belong to no action.
fn below_head(script: &Script) -> impl Iterator<Item = &Comment> {
    let table = script.table.iter().flat_map(|table| table.comments());
    let cast = script.cast.iter().flat_map(|actor| &actor.comments);
    let choices = script.choices.iter();
    let alternatives = choices.flat_map(|choice| &choice.alternatives);
    let alternatives = alternatives.flat_map(|alternative| &alternative.comments);
    let headings = script.parts.headings.iter();
    let given = headings.clone().filter_map(|heading| heading.file.as_ref());
    let given = given.flat_map(|file| &file.given);
    let given = given.flat_map(|given| &given.comments);
    let headings = headings.flat_map(|heading| &heading.comments);
    let above = table.chain(cast).chain(alternatives);
    above.chain(headings).chain(given).chain(&script.afterword)
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{mistakes, sound};

    /// The messages about a story, each with its line.
    fn told(story: &str) -> Vec<String> {
        let text = format!("[Client] A\n\tjid: a@b\n[Client] B\n---\n{story}\n");
        let told = mistakes(&text).into_iter();
        told.map(|(kind, place)| format!("{place}: {kind}"))
            .collect()
    }

    #[test]
    fn clauses_stand_directly_above_steps() {
        for story in [
            "# § 1 [1234] x\nA connects",
            "# of it all\n# § 1 [1234] x\n# doubt: twice is fine (carbons)\n# § 2 [1234]\nA and B receive: nothing",
            "A receives:\n\t<a/>\n\t# § 1 [1234] x\nB connects",
            "Either\n\t# § 1 [1234] x\n\tA receives: nothing\nor\n\tA receives:\n\t\t<a/>",
            "// § 1 [1234] x\nA receives: nothing\n-- § 1 [1234]\nA disconnects",
        ] {
            assert_eq!(told(story), [""; 0], "{story}");
        }
    }

    #[test]
    fn any_other_place_is_an_error() {
        const WRONG: [&str; 1] = ["# § 1 [1234] x: this clause stands above no step"];
        let either = "Either\n\tA receives: nothing\n";
        for story in [
            "# § 1 [1234] x\n\nA connects",
            "# § 1 [1234] x\n# another comment\nA connects",
            "A connects\n# § 1 [1234] x",
            "A receives:\n\t# § 1 [1234] x\n\t<a/>",
            "A receives:\n\t<a\n\t# § 1 [1234] x\n\tb='c'/>",
            "# § 1 [1234] x\nA ignores:\n\t<a/>",
            "# § 1 [1234] x\nStory\nA connects",
            &format!("# § 1 [1234] x\n{either}or\n\tB receives: nothing"),
            &format!("{either}# § 1 [1234] x\nor\n\tB receives: nothing"),
        ] {
            assert_eq!(told(story), WRONG, "{story}");
        }
        for text in [
            "[Cases]\n# § 1 [1234] x\n\t| a |\n\t| 1 |\n[Client] A\n---\nA connects",
            "[Client] A\n# § 1 [1234] x\n[Client] B\n---\nA connects",
            "[Client] A\n# § 1 [1234] x\n---\nA connects",
        ] {
            let told = mistakes(text).into_iter();
            let told = told.map(|(kind, place)| format!("{place}: {kind}"));
            assert_eq!(told.collect::<Vec<_>>(), WRONG, "{text}");
        }
    }

    #[test]
    fn what_is_told_beside_a_step_are_the_other_comments() {
        let story = "# told\n# § 1 [1234] x\n# doubt: twice is fine (carbons)\nA connects\n";
        let script = sound(&format!("[Client] A\n\tjid: a@b\n---\n{story}")).script;
        assert_eq!(script.story[0].remarks(), ["told"]);
    }

    #[test]
    fn excuses_stand_only_above_steps() {
        let told = mistakes(
            "# doubt: a\n## doubt: b\n[Client] A\n---\n# doubt: c\n\nA connects\n## doubt: d\nA disconnects\n\
             # doubt: e\n",
        );
        let places: Vec<&str> = told.iter().map(|(_, place)| place.as_str()).collect();
        assert_eq!(
            places,
            [
                "# doubt: a",
                "## doubt: b",
                "# doubt: c",
                "## doubt: d",
                "# doubt: e"
            ]
        );
        for (kind, _) in told {
            assert_eq!(kind.to_string(), "this excuse stands above no step");
        }
    }

    #[test]
    fn those_of_the_whole_script_have_two_marks() {
        sound("## § 1 [1234] x\n[Client] A\n---\nA connects");
        let told = mistakes("# § 1 [1234] x\n[Client] A\n---\nA connects");
        assert_eq!(
            told[0].0.to_string(),
            "a clause of the whole script is written `## §`"
        );
        assert_eq!(
            super::super::testing::mistake("[Client] A\n---\n## § 1 [1234] x\nA connects").0,
            "a clause of a step is written `# §`"
        );
    }
}
