//! `Either` and `or`, and the steps under them.

use pest::iterators::Pair;

use super::answer::AnswerLine;
use super::first_line;
use super::grammar::{self, Rule};
use super::heading::HeadingLine;
use super::sentence::Sentence;
use super::story::{Row, StoryReader};
use crate::script::choice::{Alternative, Choice, ChoiceWord};
use crate::script::error::ScriptErrorKind;
use crate::script::names::Names;
use crate::source::{Span, Spanned};

/// A line that begins an alternative.
pub(super) struct ChoiceLine<'i> {
    word: ChoiceWord,
    /// The word as it is written.
    written: &'i str,
    name: Option<&'i str>,
    /// The line, without a colon at its end.
    span: Span,
}

/// What an `or` belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// There is no `Either` above.
    Nothing,
    /// There is one.
    Choice,
    /// There is one, and a mistake in it was complained of: what follows may have been meant to be in it.
    Mistaken,
}

impl<'i> ChoiceLine<'i> {
    /// Reads a line: the word, perhaps a name in parentheses, perhaps a colon.
    pub(super) fn of(line: Spanned<&'i str>) -> Option<Self> {
        let text = line.value.trim_end();
        let text = text.strip_suffix(':').unwrap_or(text).trim_end();
        let (word, rest) = split(text)?;
        let name = match rest.trim_start() {
            "" => None,
            rest => Some(rest.strip_prefix('(')?.strip_suffix(')')?.trim()),
        };
        Some(Self {
            word,
            written: &text[..text.len() - rest.len()],
            name: name.filter(|name| !name.is_empty()),
            span: Span::new(line.span.start, line.span.start + text.len()),
        })
    }
}

/// The word that a text begins with, in whatever case, and what follows.
fn split(text: &str) -> Option<(ChoiceWord, &str)> {
    ChoiceWord::ALL.into_iter().find_map(|word| {
        let (written, rest) = text.split_at_checked(word.word().len())?;
        let is_it = written.eq_ignore_ascii_case(word.word());
        let ends = !rest.starts_with(char::is_alphanumeric);
        (is_it && ends).then_some((word, rest))
    })
}

/// The word that stands before the line of a step.
pub(super) fn before_step(text: &str, names: &Names<'_>) -> Option<ChoiceWord> {
    let (word, rest) = split(text)?;
    names.leading(rest.trim_start()).map(|_| word)
}

/// What is wrong with a line that begins as that of an alternative does.
pub(super) fn misread(line: &str, names: &Names<'_>) -> Option<ScriptErrorKind> {
    let (word, _) = split(line)?;
    Some(match before_step(line, names) {
        Some(word) => ScriptErrorKind::StepOnChoiceLine { word },
        None => ScriptErrorKind::TextOnChoiceLine { word },
    })
}

impl StoryReader<'_, '_> {
    /// Adds an alternative to the story.
    pub(super) fn alternative(&mut self, line: ChoiceLine<'_>, body: Option<Span>) {
        let ChoiceLine { word, span, .. } = line;
        self.complain_unanswered();
        self.begin_alternative(&line);
        let comments = std::mem::take(&mut self.comments);
        let start = self.actions.len();
        let indent = body.and_then(|body| self.steps(body));
        self.complain_unanswered();
        if indent.is_none() {
            self.mistaken(ScriptErrorKind::EmptyAlternative { word }, span);
        }
        let alternative = Alternative {
            comments,
            name: line.name.map(str::to_owned),
            indent: indent.unwrap_or_default(),
            steps: start..self.actions.len(),
            span,
        };
        if let Some(choice) = self.choices.last_mut() {
            choice.alternatives.push(alternative);
        }
    }

    /// Begins a choice, or goes on with the one that is open.
    fn begin_alternative(&mut self, line: &ChoiceLine<'_>) {
        let ChoiceLine { word, span, .. } = *line;
        if word == ChoiceWord::Either {
            self.end_choice();
        }
        if word == ChoiceWord::Either || self.open == Open::Nothing {
            self.open = Open::Choice;
            self.choices.push(Choice {
                alternatives: Vec::new(),
            });
            if word == ChoiceWord::Or {
                self.mistaken(ScriptErrorKind::OrWithoutEither, span);
            }
        }
        if line.written != word.word() {
            let found = line.written.to_owned();
            self.mistaken(ScriptErrorKind::MisspeltChoiceWord { found, word }, span);
        }
    }

    /// Ends the choice that is open, if none of its lines was mistaken: then the next line is not for it.
    pub(super) fn end_choice(&mut self) {
        if self.open != Open::Choice {
            return;
        }
        self.open = Open::Nothing;
        let only = self
            .choices
            .last()
            .map(|choice| choice.alternatives.as_slice());
        if let Some([only]) = only {
            let span = only.span;
            self.mistaken(ScriptErrorKind::LoneEither, span);
        }
    }

    fn mistaken(&mut self, kind: ScriptErrorKind, span: Span) {
        self.open = Open::Mistaken;
        self.complain(kind, span);
    }

    /// Reads the steps of an alternative; gives the blanks before them, and none if there are no steps.
    fn steps(&mut self, body: Span) -> Option<String> {
        let source = self.source;
        let mut indent = None;
        let mut is_astray = false;
        for part in grammar::steps(source.slice(body)) {
            match part.as_rule() {
                Rule::comment => self.comments.push(grammar::comment(&part, body.start)),
                Rule::indentation => indent = Some(part.as_str().to_owned()),
                Rule::step => self.step(part, body.start),
                Rule::astray if !is_astray => {
                    is_astray = true;
                    let step = self.without_blanks(grammar::span(&part, body.start).start);
                    self.complain(ScriptErrorKind::StepAstray, step);
                }
                _ => {}
            }
        }
        indent
    }

    /// A line without the blanks around it.
    fn without_blanks(&self, start: usize) -> Span {
        let line = first_line(self.source, start);
        grammar::trim(self.source.slice(line), line.start).span
    }

    fn step(&mut self, pair: Pair<'_, Rule>, at: usize) {
        let Some(row) = Row::of(pair, at) else { return };
        if let Some(sentence) = Sentence::of(row.line, &self.names) {
            self.sentence(sentence, &row);
        } else if let Some(line) = AnswerLine::of(row.line) {
            self.answer(line, &row);
        } else if let Some(line) = ChoiceLine::of(row.line) {
            self.complain(ScriptErrorKind::ChoiceWithin { word: line.word }, line.span);
        } else if let Some(line) = HeadingLine::of(row.line) {
            let kind = ScriptErrorKind::IndentedHeading { part: line.part };
            self.complain(kind, line.span);
        } else {
            self.misread(grammar::trim(row.line.value, row.line.span.start));
        }
        if let Some(misplaced) = row.misplaced {
            let stanza = self.without_blanks(misplaced.start);
            self.complain(ScriptErrorKind::ShallowBlock, stanza);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::script::ast::Script;
    use crate::script::testing::{at, mistake, mistakes, read, sound};

    fn story(text: &str) -> String {
        format!("[Client] A\n[Client] Either x\n[Client] or\n---\n{text}\n")
    }

    fn said(text: &str) -> (String, String) {
        mistake(&story(text).replace("[Client] or\n", ""))
    }

    /// The alternatives of each choice: name, blanks, and the verbs of the steps.
    fn choices(script: &Script) -> Vec<Vec<String>> {
        let alternatives = script.choices.iter().map(|choice| {
            let lines = choice.alternatives.iter().map(|alternative| {
                let actions = &script.story[alternative.steps.clone()];
                let verbs = actions.iter().map(|action| action.verb.phrase().words);
                let verbs = verbs.collect::<Vec<_>>().join(", ");
                let name = alternative.name.as_deref().unwrap_or("-");
                format!("{name} {:?} {verbs}", alternative.indent)
            });
            lines.collect()
        });
        alternatives.collect()
    }

    #[test]
    fn alternatives_have_steps_and_perhaps_a_name() {
        let text = "A connects\nEither\n\tA receives:\n\t\t<a>\n\t\t\tb</a>\n\n\tA receives nothing\n\n\
                    or ( silently (ignored) ) :\n  A receives:\n   nothing\nor(x)\n A receives in any order\n\t<a/>\n \t<b/>\nA disconnects";
        // The last alternative has a block that is not indented as its step is.
        assert_eq!(
            said(text),
            at("a stanza must be indented deeper than its step", "<a/>")
        );
        let text = text.replace("\n\t<a/>\n \t", "\n  <a/>\n \t");
        let script = sound(&story(&text)).script;
        assert_eq!(
            choices(&script),
            [[
                "- \"\\t\" receives, receives: nothing",
                "silently (ignored) \"  \" receives: nothing",
                "x \" \" receives in any order"
            ]]
        );
        assert_eq!(script.story.len(), 6);
        let choice = &script.choices[0];
        let lines = choice.alternatives.iter();
        let lines: Vec<&str> = lines.map(|it| script.source.slice(it.span)).collect();
        assert_eq!(lines, ["Either", "or ( silently (ignored) )", "or(x)"]);
        assert_eq!(choice.label(0), "alternative 1");
        assert_eq!(choice.label(2), "x");
    }

    #[test]
    fn comments_belong_to_what_follows_them() {
        let text = "# 1\nEither\n\t# 2\n# 3\n\tA receives:\n\t\t<a/>\n\t\t# 4\n\tA receives nothing\n\t# 5\n# 6\nor\n\
                    \tA receives nothing\n\t\t# 7\n# 8";
        let script = sound(&story(text)).script;
        let texts = |comments: &[crate::script::ast::Comment]| {
            let texts = comments.iter().map(|comment| comment.text.as_str());
            texts.collect::<String>()
        };
        let lines = script.choices[0].alternatives.iter();
        let lines: Vec<String> = lines.map(|it| texts(&it.comments)).collect();
        assert_eq!(lines, ["1", "56"]);
        let steps = script.story.iter();
        let steps: Vec<String> = steps.map(|step| texts(&step.comments)).collect();
        assert_eq!(steps, ["23", "4", ""]);
        assert_eq!(texts(&script.afterword), "78");
    }

    #[test]
    fn actors_of_such_names_win() {
        let script = sound(&story("Either x connects\nor connects\nor\tdisconnects")).script;
        assert_eq!(script.story.len(), 3);
        assert!(script.choices.is_empty());
        let text = "Either\n\tor receives nothing\nor\n\tEither x receives nothing";
        let script = sound(&story(text)).script;
        assert_eq!(script.choices[0].steps(), 0..2);
    }

    #[test]
    fn several_choices_stand_one_after_the_other() {
        let either = "Either\n\tA receives nothing\nor\n\tA receives:\n\t\t<a/>\n";
        let script = sound(&story(&format!("{either}{either}A connects\n{either}"))).script;
        let steps: Vec<_> = script.choices.iter().map(|choice| choice.steps()).collect();
        assert_eq!(steps, [0..2, 2..4, 5..7]);
        assert_eq!(script.scenes().count(), 4);
    }

    #[test]
    fn lines_of_alternatives_say_what_is_wrong_with_them() {
        let steps = "\n\tA receives nothing\n";
        let with = |line: &str| said(&format!("{line}{steps}or{steps}"));
        let text = at(
            "only a name in parentheses may follow `Either` on its line",
            "Either an error",
        );
        assert_eq!(
            mistakes(&story("Either an error\nA connects"))[0]
                .0
                .to_string(),
            text.0
        );
        assert_eq!(
            said(&format!("Either{steps}or{steps}or silent")),
            at(
                "only a name in parentheses may follow `or` on its line",
                "or silent"
            )
        );
        assert_eq!(with("either"), at("`either` is written `Either`", "either"));
        assert_eq!(
            said(&format!("Either{steps}OR (x):{steps}")),
            at("`OR` is written `or`", "OR (x)")
        );
        assert_eq!(
            said(&format!("Either{steps}A connects\nor{steps}")).0,
            "this `Either` has only one alternative"
        );
        assert_eq!(
            said(&format!("or{steps}or{steps}")),
            at("`or` without an `Either` above it", "or")
        );
        assert_eq!(
            said(&format!("Either\nA connects\nor{steps}")),
            at("`Either` needs a step", "Either")
        );
        assert_eq!(
            said("Either A receives nothing"),
            at("a step cannot stand on the line of `Either`", "Either A")
        );
        assert_eq!(
            said("or A flies"),
            at("a step cannot stand on the line of `or`", "or A flies")
        );
        let help = |text| {
            mistakes(&format!("[Client] A\n---\n{text}\n"))[0]
                .0
                .help()
                .unwrap()
        };
        assert_eq!(
            help("or silent"),
            "write `or (an error)`, and the steps under it, indented"
        );
    }

    #[test]
    fn what_stands_in_alternatives_has_to_be_steps() {
        let or = "\nor\n\tA receives nothing";
        let first = |steps: &str| said(&format!("Either\n\t{steps}{or}"));
        assert_eq!(
            first("Either\n\t\tA receives nothing"),
            at("an alternative has no alternatives of its own", "Either")
        );
        assert_eq!(
            first("A receives nothing\n\tor\n\t\tA receives nothing"),
            at("an alternative has no alternatives of its own", "or")
        );
        assert_eq!(
            first("A receives:\n\t<a>\n\t\t<b/>\n\t</a>"),
            at("a stanza must be indented deeper than its step", "<a>")
        );
        assert_eq!(first("B receives nothing"), at("unknown actor `B`", "B"));
        assert_eq!(first("A flies"), at("unknown verb `flies`", "flies"));
        assert_eq!(
            first("A receives nothing\n\t\t<a/>"),
            at("`receives: nothing` takes no block", "<a/>")
        );
        assert_eq!(
            first("\tA receives nothing\n\tA receives nothing\n\tA receives nothing"),
            at(
                "this line is indented less than the first step of its alternative",
                "A receives nothing"
            )
        );
        let unindented = mistakes(&story(&format!("Either\n\tA receives:\n<a/>{or}")));
        assert_eq!(unindented.len(), 2, "{unindented:?}");
        assert_eq!(
            read(&story("Either\n\tA flies\nor\n\tA sends"))
                .errors
                .len(),
            2
        );
    }
}
