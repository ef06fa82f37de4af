//! `Prologue`, `Story` and `Epilogue`: the lines that begin the parts of a play.

use super::grammar;
use super::story::{Row, StoryReader};
use crate::script::closest;
use crate::script::error::ScriptErrorKind;
use crate::script::part::{Heading, Part};
use crate::source::{Span, Spanned};

/// A line that begins a part.
pub(super) struct HeadingLine<'i> {
    pub(super) part: Part,
    /// The word as it is written.
    written: &'i str,
    /// What follows the colon: for a prologue, the path of a script.
    rest: Spanned<&'i str>,
    /// The word.
    pub(super) span: Span,
}

impl<'i> HeadingLine<'i> {
    /// Reads a line: the word, perhaps a colon, and perhaps something behind it that does not belong there. The path of a
    /// script stands also behind the word alone.
    pub(super) fn of(line: Spanned<&'i str>) -> Option<Self> {
        let line = grammar::trim(line.value, line.span.start);
        let (word, rest) = line.value.split_once(':').unwrap_or((line.value, ""));
        let headed = part_of(word.trim_end()).map(|part| (part, word.trim_end(), rest));
        let (part, written, rest) = headed.or_else(|| {
            let (word, rest) = line.value.split_once(BLANKS)?;
            let part = part_of(word).filter(|part| *part == Part::Prologue)?;
            let path = unquoted(grammar::trim(rest, 0));
            path.value.ends_with(ENDING).then_some((part, word, rest))
        })?;
        Some(Self {
            part,
            written,
            rest: grammar::trim(rest, line.span.end - rest.len()),
            span: Span::new(line.span.start, line.span.start + written.len()),
        })
    }
}

/// The blanks of a line.
const BLANKS: [char; 2] = [' ', '\t'];

/// What the paths of scripts end in.
const ENDING: &str = ".scs";

/// The part that a word begins, in upper or lower case.
fn part_of(word: &str) -> Option<Part> {
    let is_it = |part: &Part| word.eq_ignore_ascii_case(part.word());
    Part::ALL.into_iter().find(is_it)
}

/// A path without the quotes around it, if there are any.
fn unquoted(path: Spanned<&str>) -> Spanned<&str> {
    let within = |quote: char| path.value.strip_prefix(quote)?.strip_suffix(quote);
    match within('"').or_else(|| within('\'')) {
        Some(text) => grammar::trim(text, path.span.start + 1),
        None => path,
    }
}

/// What is wrong with a line that is almost a heading.
pub(super) fn misread(line: &str) -> Option<ScriptErrorKind> {
    if let Some((word, _)) = line.trim_end().split_once(BLANKS)
        && let Some(part) = part_of(word.trim_end_matches(':'))
    {
        return Some(ScriptErrorKind::TextAfterHeading { part });
    }
    let found = line.trim_end_matches([' ', '\t', ':']);
    let word = closest(found, Part::ALL.into_iter().map(Part::word))?;
    let part = Part::ALL.into_iter().find(|part| part.word() == word)?;
    let found = found.to_owned();
    Some(ScriptErrorKind::MisspeltHeading { found, part })
}

impl StoryReader<'_, '_> {
    /// Begins a part of the play.
    pub(super) fn heading(&mut self, line: HeadingLine<'_>, row: &Row<'_>) {
        let HeadingLine { part, span, .. } = line;
        self.complain_unanswered();
        self.end_choice();
        let comments = std::mem::take(&mut self.comments);
        if line.written != part.word() {
            let found = line.written.to_owned();
            self.complain(ScriptErrorKind::MisspeltHeading { found, part }, span);
        }
        let borrows = part == Part::Prologue && !line.rest.value.is_empty();
        if !line.rest.value.is_empty() && !borrows {
            self.complain(ScriptErrorKind::TextAfterHeading { part }, line.rest.span);
        }
        let file = borrows.then(|| self.borrowing(unquoted(line.rest), row.body));
        if self.is_in_place(part, span) {
            self.parts.headings.push(Heading {
                comments,
                part,
                first: self.actions.len(),
                file,
                span,
            });
        }
        if let Some(body) = row.body.filter(|_| !borrows) {
            self.is_mixed_up |= self.lines_of(body, ScriptErrorKind::IndentedPart { part });
        }
    }

    /// Sees that a part begins behind those that come before it, and behind no steps that belong to none.
    fn is_in_place(&mut self, part: Part, span: Span) -> bool {
        match self.parts.headings.last() {
            Some(last) if last.part >= part => {
                let (last, above) = (last.part, last.span);
                self.is_mixed_up = true;
                self.complain(
                    ScriptErrorKind::MisplacedHeading { part, last, above },
                    span,
                );
                false
            }
            None if part == Part::Prologue && !self.actions.is_empty() => {
                self.is_mixed_up = true;
                self.complain(ScriptErrorKind::StepsAbovePrologue, span);
                true
            }
            Some(_) | None => true,
        }
    }

    /// Complains of parts that are not there though they have to be.
    pub(super) fn complain_of_parts(&mut self) {
        if self.is_mixed_up {
            return;
        }
        if let Some(prologue) = self.parts.heading(Part::Prologue)
            && self.parts.heading(Part::Story).is_none()
        {
            let span = prologue.span;
            let kind = match prologue.file {
                Some(_) => ScriptErrorKind::PrologueWithoutStory,
                None => ScriptErrorKind::NothingTested,
            };
            self.complain(kind, span);
        }
        let all = self.actions.len();
        for heading in self.parts.headings.clone() {
            let part = heading.part;
            let first = self.parts.steps(part, all).next();
            match (first, heading.file) {
                (None, None) => self.complain(ScriptErrorKind::EmptyPart { part }, heading.span),
                (Some(first), Some(file)) => {
                    let path = file.path.value;
                    let span = self.actions[first].span;
                    self.complain(ScriptErrorKind::StepsBesideFile { path }, span);
                }
                (Some(_), None) | (None, Some(_)) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;
    use crate::script::Part;
    use crate::script::ast::{Comment, Script};
    use crate::script::testing::{at, mistake, mistakes, read, sound};

    fn story(text: &str) -> String {
        format!("[Client] A\n[Client] Story\n---\n{text}\n")
    }

    fn said(text: &str) -> (String, String) {
        mistake(&story(text).replace("[Client] Story\n", ""))
    }

    /// The parts, with the number of their steps.
    fn parts(script: &Script) -> Vec<(Part, usize)> {
        let headings = script.parts.headings.iter();
        let parts = headings.map(|heading| {
            let steps = script.parts.steps(heading.part, script.story.len());
            (heading.part, steps.len())
        });
        parts.collect()
    }

    #[test]
    fn parts_stand_under_headings() {
        use Part::{Epilogue, Prologue, Story};
        let text = "Prologue\nA connects\nStory connects\nStory:\nA receives nothing\n\nEpilogue : \nA disconnects";
        let script = sound(&story(text)).script;
        assert_eq!(parts(&script), [(Prologue, 2), (Story, 1), (Epilogue, 1)]);
        let lines = script.parts.headings.iter();
        let lines: Vec<&str> = lines.map(|it| script.source.slice(it.span)).collect();
        assert_eq!(lines, ["Prologue", "Story", "Epilogue"]);
        let script = sound(&story("A connects\nEpilogue\nStory disconnects")).script;
        assert_eq!(parts(&script), [(Epilogue, 1)]);
        let script = sound(&story("A connects\nStory\nA disconnects")).script;
        assert_eq!(parts(&script), [(Story, 1)]);
        assert_eq!(script.parts.of(0), Prologue);
        let script = sound(&story("Story\nStory connects")).script;
        assert_eq!(parts(&script), [(Story, 1)]);
    }

    #[test]
    fn comments_belong_to_what_follows_them() {
        let text = "# 1\nPrologue\n# 2\nA connects\n\t# 3\nStory\n\t# 4\n# 5\nA disconnects\n# 6";
        let script = sound(&story(text)).script;
        let texts = |comments: &[Comment]| {
            let texts = comments.iter().map(|comment| comment.text.as_str());
            texts.collect::<String>()
        };
        let headings = script.parts.headings.iter();
        let headings: Vec<String> = headings.map(|it| texts(&it.comments)).collect();
        assert_eq!(headings, ["1", "3"]);
        let steps = script.story.iter();
        let steps: Vec<String> = steps.map(|step| texts(&step.comments)).collect();
        assert_eq!(steps, ["2", "45"]);
        assert_eq!(texts(&script.afterword), "6");
    }

    #[test]
    fn a_heading_ends_an_either() {
        let either = "Either\n\tA receives nothing\nor\n\tA receives nothing\n";
        let script = sound(&story(&format!("Prologue\n{either}Story\n{either}"))).script;
        assert_eq!(script.choices.len(), 2);
        assert_eq!(
            said(&format!(
                "Prologue\n{either}Story\nor\n\tA receives nothing"
            ))
            .0,
            "`or` without an `Either` above it"
        );
    }

    #[test]
    fn parts_have_an_order() {
        assert_eq!(
            said("Prologue\nA connects\nEpilogue\nA disconnects\nStory\nA connects"),
            at("`Story` cannot stand below `Epilogue`", "Story")
        );
        assert_eq!(
            mistakes(&story("Story\nA connects\nStory\nA disconnects"))[0]
                .0
                .help(),
            Some(
                "each part stands there once: `Prologue`, `Story`, `Epilogue`, in this order"
                    .to_owned()
            )
        );
        assert_eq!(
            said("A connects\nPrologue\nA connects\nStory\nA disconnects"),
            at("the steps above `Prologue` belong to no part", "Prologue")
        );
        assert_eq!(
            said("Prologue: a.scs\nEpilogue\nA disconnects"),
            at("this `Prologue` has no `Story`", "Prologue")
        );
        assert_eq!(
            said("A connects\nEpilogue\n# A disconnects"),
            at("there is no step under `Epilogue`", "Epilogue")
        );
    }

    #[test]
    fn a_prologue_can_be_all_there_is() {
        use Part::{Epilogue, Prologue};
        let text = story("Prologue\nA connects\nEpilogue\nStory disconnects");
        let parsed = read(&text);
        assert_eq!(parts(&parsed.script), [(Prologue, 1), (Epilogue, 1)]);
        assert_eq!(
            said("Prologue\nA connects\nEpilogue\nA disconnects"),
            at("nothing is tested below this `Prologue`", "Prologue")
        );
        assert_eq!(parsed.errors[0].severity(), Severity::Warning);
    }

    #[test]
    fn a_file_is_named_in_several_ways() {
        for line in [
            "Prologue: b c.scs",
            "Prologue b c.scs",
            "Prologue:\"b c.scs\"",
            "Prologue :  'b c.scs' ",
            "Prologue \t \"b c.scs\"",
        ] {
            let text = story(&format!("{line}\nStory\nA connects"));
            let script = sound(&text).script;
            let path = &script.parts.borrowing().unwrap().path;
            assert_eq!(path.value, "b c.scs", "{line}");
            assert_eq!(script.source.slice(path.span), "b c.scs", "{line}");
            assert!(script.to_string().contains("\nPrologue: b c.scs\n"));
        }
    }

    #[test]
    fn headings_stand_alone_at_the_margin() {
        for line in ["Story a room is open", "Prologue b", "Epilogue: b c.scs"] {
            let (message, _) = said(&format!("A connects\n{line}\nA disconnects"));
            let word = line.split([' ', ':']).next().unwrap();
            assert_eq!(message, format!("nothing may follow `{word}` on its line"));
        }
        assert_eq!(
            said("Prologue\n\tA connects\n\tA disconnects\nStory\nA connects"),
            at("the steps of a part stand at the margin", "A connects")
        );
        assert_eq!(
            said("story\nA connects"),
            at("`story` is written `Story`", "story")
        );
        assert_eq!(
            said("A connects\nEpilog:\nA disconnects"),
            at("`Epilog` is written `Epilogue`", "Epilog:")
        );
        assert_eq!(
            said("Story: a room is open\nA disconnects"),
            at("nothing may follow `Story` on its line", "a room is open")
        );
        assert_eq!(
            said("Either\n\tStory\n\tA receives nothing\nor\n\tA receives nothing"),
            at("`Story` stands at the margin", "Story")
        );
    }
}
