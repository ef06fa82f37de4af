//! The story: all lines below the curtain.

use pest::iterators::{Pair, Pairs};

use super::answer::AnswerLine;
use super::block::{self, Block, Tokens};
use super::cast::Opening;
use super::choice::{self, ChoiceLine, Open};
use super::grammar::{self, Rule};
use super::heading::HeadingLine;
use super::sentence::Sentence;
use super::{excerpt, first_line, text};
use crate::script::ast::{Action, ActorName, Comment, Stanza};
use crate::script::choice::Choice;
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind;
use crate::script::names::Names;
use crate::script::part::Parts;
use crate::script::phrase::{BlockShape, Phrase, Usage};
use crate::script::verb::Verb;
use crate::script::wording::Wording;
use crate::source::{SourceFile, Span, Spanned};

/// What stands below the curtain.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) actions: Vec<Action>,
    pub(super) choices: Vec<Choice>,
    pub(super) parts: Parts,
    /// Comments after the last action.
    pub(super) afterword: Vec<Comment>,
}

/// Reads the lines below the curtain.
pub(super) fn read<'i>(
    lines: impl Iterator<Item = Pair<'i, Rule>>,
    source: &SourceFile,
    opening: &Opening,
    complaints: &mut Complaints,
) -> Story {
    let mut reader = StoryReader {
        source,
        names: Names::new(&opening.cast),
        actions: Vec::new(),
        choices: Vec::new(),
        parts: Parts::default(),
        is_mixed_up: false,
        open: Open::Nothing,
        comments: opening.comments.clone(),
        unanswered: None,
        complaints,
    };
    for line in lines {
        reader.line(line);
    }
    reader.complain_unanswered();
    reader.end_choice();
    reader.complain_of_parts();
    Story {
        actions: reader.actions,
        choices: reader.choices,
        parts: reader.parts,
        afterword: reader.comments,
    }
}

pub(super) struct StoryReader<'s, 'c> {
    pub(super) source: &'s SourceFile,
    pub(super) names: Names<'s>,
    pub(super) actions: Vec<Action>,
    pub(super) choices: Vec<Choice>,
    pub(super) parts: Parts,
    /// Whether a heading stands where it cannot.
    pub(super) is_mixed_up: bool,
    /// What an `or` would belong to.
    pub(super) open: Open,
    /// Comments since the last action.
    pub(super) comments: Vec<Comment>,
    /// The line of a verb with two blocks of which the second one has not come yet.
    pub(super) unanswered: Option<Span>,
    pub(super) complaints: &'c mut Complaints,
}

/// A line of the story and what stands below it.
pub(super) struct Row<'i> {
    pub(super) line: Spanned<&'i str>,
    pub(super) body: Option<Span>,
    /// The tokens of the body, if it is a plain block.
    tokens: Option<Pairs<'i, Rule>>,
    /// What seems to be its block, and does not stand where a block does.
    pub(super) misplaced: Option<Span>,
}

impl<'i> Row<'i> {
    /// The row of an action or a step, when the text that was parsed begins at an offset.
    pub(super) fn of(pair: Pair<'i, Rule>, at: usize) -> Option<Self> {
        let mut parts = pair.into_inner().peekable();
        let line = grammar::placed(&parts.next()?, at);
        let is_plain = |part: &Pair<'_, Rule>| part.as_rule() == Rule::plain_body;
        let is_body =
            |part: &Pair<'_, Rule>| matches!(part.as_rule(), Rule::body | Rule::step_body);
        let body = parts.next_if(|part| is_plain(part) || is_body(part));
        Some(Self {
            line,
            body: body.as_ref().map(|body| grammar::span(body, at)),
            tokens: body.filter(is_plain).map(Pair::into_inner),
            misplaced: parts.next().map(|part| grammar::span(&part, at)),
        })
    }
}

impl StoryReader<'_, '_> {
    fn line(&mut self, line: Pair<'_, Rule>) {
        let at = self.source.start();
        match line.as_rule() {
            Rule::comment => self.comments.push(grammar::comment(&line, at)),
            Rule::action => self.action(line),
            Rule::orphan => {
                self.lines_of(grammar::span(&line, at), ScriptErrorKind::OrphanBlock);
            }
            _ => {}
        }
    }

    fn action(&mut self, pair: Pair<'_, Rule>) {
        let Some(row) = Row::of(pair, self.source.start()) else {
            return;
        };
        let misplaced = row.misplaced;
        if let Some(sentence) = Sentence::of(row.line, &self.names) {
            self.end_choice();
            self.sentence(sentence, &row);
        } else if let Some(line) = ChoiceLine::of(row.line) {
            self.alternative(line, row.body);
        } else if let Some(line) = AnswerLine::of(row.line) {
            self.answer(line, &row);
        } else if let Some(line) = HeadingLine::of(row.line) {
            self.heading(line, &row);
        } else {
            self.misread(grammar::trim(row.line.value, row.line.span.start));
        }
        if let Some(misplaced) = misplaced {
            let span = first_line(self.source, misplaced.start);
            self.complain(ScriptErrorKind::UnindentedBlock, span);
        }
    }

    /// Adds what actors do to the story.
    pub(super) fn sentence(&mut self, sentence: Sentence<'_>, row: &Row<'_>) {
        self.complain_unanswered();
        let (actor, others) = self.actors(&sentence);
        let Sentence { wording, span, .. } = sentence;
        let mut comments = std::mem::take(&mut self.comments);
        let verb = self.verb(&actor.value, &sentence, row, &mut comments);
        self.actions.push(Action {
            comments,
            actor,
            others,
            verb,
            number: wording.number,
            within: wording.lapse.filter(|_| wording.phrase.waits),
            span,
        });
    }

    /// What the words of a line make of its block. The comments in it stay with the action.
    fn verb(
        &mut self,
        actor: &ActorName,
        sentence: &Sentence<'_>,
        row: &Row<'_>,
        comments: &mut Vec<Comment>,
    ) -> Verb<Stanza, Stanza> {
        let Wording { phrase, lapse, .. } = sentence.wording;
        match phrase.block {
            BlockShape::None { verb } => {
                self.no_block(phrase, row.body);
                verb()
            }
            BlockShape::Lapse { verb } => {
                self.no_block(phrase, row.body);
                verb(lapse.unwrap_or_default())
            }
            BlockShape::Stanzas {
                usage,
                if_missing,
                verb,
                nothing,
            } => {
                let block = self.block(actor, usage, row);
                self.need_block(block.is_empty && if_missing.is_some(), sentence, row);
                self.filled(verb, nothing, block, comments)
            }
            BlockShape::Text { verb, .. } => self.text_block(verb, sentence, row, comments),
            BlockShape::Pair { verb, .. } => {
                let block = self.block(actor, Usage::Receive, row);
                self.need_block(block.is_empty, sentence, row);
                self.unanswered = Some(sentence.span);
                let verb = |stanzas| verb(stanzas, Vec::new());
                self.filled(verb, None, block, comments)
            }
        }
    }

    fn text_block(
        &mut self,
        verb: fn(Stanza) -> Verb<Stanza, Stanza>,
        sentence: &Sentence<'_>,
        row: &Row<'_>,
        comments: &mut Vec<Comment>,
    ) -> Verb<Stanza, Stanza> {
        let margin = self.source.line_before(sentence.span.start);
        let body = row.body.unwrap_or_default();
        let block = text::read(self.source, body, margin, self.complaints);
        self.need_block(block.is_empty, sentence, row);
        comments.extend(block.comments);
        self.comments = block.trailing;
        verb(block.stanza)
    }

    /// Complains if a block is missing, unless something else is wrong with its place.
    fn need_block(&mut self, is_missing: bool, sentence: &Sentence<'_>, row: &Row<'_>) {
        if is_missing && row.misplaced.is_none() {
            let verb = sentence.wording.phrase;
            self.complain(ScriptErrorKind::MissingBlock { verb }, sentence.span);
        }
    }

    pub(super) fn actor(&mut self, name: Spanned<&str>) -> Spanned<ActorName> {
        let known = self.names.get(name.value).cloned();
        let actor = known.unwrap_or_else(|| self.unknown_actor(name));
        Spanned::new(actor, name.span)
    }

    pub(super) fn unknown_actor(&mut self, name: Spanned<&str>) -> ActorName {
        if let Some(word) = choice::before_step(name.value, &self.names) {
            self.complain(ScriptErrorKind::StepOnChoiceLine { word }, name.span);
        } else if !self.complaints.is_full() {
            let kind = ScriptErrorKind::UnknownActor {
                found: excerpt(name.value),
                suggestion: self.names.closest(name.value),
            };
            self.complain(kind, name.span);
        }
        ActorName::new(name.value)
    }

    pub(super) fn block(&mut self, actor: &ActorName, usage: Usage, row: &Row<'_>) -> Block {
        let role = self.names.role(&actor.0);
        let span = row.body.unwrap_or_default();
        let tokens = match &row.tokens {
            Some(tokens) => Tokens::of_script(tokens.clone(), self.source),
            None => Tokens::of_block(self.source, span),
        };
        block::read(self.source, span, tokens, role, usage, self.complaints)
    }

    fn no_block(&mut self, phrase: &'static Phrase, body: Option<Span>) {
        if let Some(body) = body {
            let kind = ScriptErrorKind::UnexpectedBlock { verb: phrase };
            self.lines_of(body, kind);
        }
    }

    /// A verb with its block. The comments in it stay with the action, those below it are for the next.
    fn filled(
        &mut self,
        verb: impl FnOnce(Vec<Stanza>) -> Verb<Stanza, Stanza>,
        nothing: Option<fn() -> Verb<Stanza, Stanza>>,
        block: Block,
        comments: &mut Vec<Comment>,
    ) -> Verb<Stanza, Stanza> {
        comments.extend(block.comments);
        self.comments = block.trailing;
        if let Some(span) = block.nothing {
            if let Some(verb) = nothing {
                return verb();
            }
            self.complain(ScriptErrorKind::TextOutside, span);
        }
        verb(block.stanzas)
    }

    /// Keeps the comments of lines that cannot be a block, and complains of the first other line. Tells whether there is
    /// one.
    pub(super) fn lines_of(&mut self, block: Span, kind: ScriptErrorKind) -> bool {
        let first = self.keep_comments(block);
        if let Some(line) = first {
            self.complain(kind, line);
        }
        first.is_some()
    }

    /// Keeps the comments of some lines, and gives the first other line.
    pub(super) fn keep_comments(&mut self, block: Span) -> Option<Span> {
        let text = self.source.slice(block);
        let mut first = None;
        // Most are blank lines, in which there is nothing to be read.
        let lines = (!text.trim().is_empty()).then(|| grammar::block_lines(text));
        for line in lines.into_iter().flatten() {
            match line.as_rule() {
                Rule::comment => self.comments.push(grammar::comment(&line, block.start)),
                Rule::indented => {
                    first.get_or_insert(grammar::trimmed(&line, block.start).span);
                }
                _ => {}
            }
        }
        first
    }

    pub(super) fn complain(&mut self, kind: ScriptErrorKind, span: Span) {
        self.complaints.push(kind.at(span));
    }
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, mistake, mistakes, read, sound};
    use crate::script::verb::{Deed, ExpectationMode, Verb};

    fn story(text: &str) -> String {
        format!("[Client] Juliet\n[Client] Juliet's phone\n[Component] Echo\n---\n{text}\n")
    }

    fn said(line: &str) -> (String, String) {
        mistake(&story(line))
    }

    #[test]
    fn verbs_without_a_block() {
        let script = sound(&story("Juliet connects:\nJuliet disconnects\t")).script;
        assert!(matches!(script.story[0].verb, Verb::Does(Deed::Reach(_))));
        assert!(matches!(script.story[1].verb, Verb::Does(Deed::Disconnect)));
        assert_eq!(
            script.source.slice(script.story[1].span),
            "Juliet disconnects"
        );
    }

    #[test]
    fn nothing_can_be_received_in_three_ways() {
        let text = story(
            "Juliet receives: nothing\nJuliet receives nothing\nJuliet receives:\n\tnothing\n# c",
        );
        let script = sound(&text).script;
        assert_eq!(script.story.len(), 3);
        assert!(
            script
                .story
                .iter()
                .map(|action| action.verb.expectation().map(|expected| expected.mode))
                .all(|mode| mode == Some(ExpectationMode::Nothing))
        );
        assert_eq!(
            said("Juliet sends:\n\tnothing"),
            at("text outside of an element", "nothing")
        );
    }

    #[test]
    fn nothing_comes_in_no_order() {
        let outside = at("text outside of an element", "nothing");
        assert_eq!(said("Juliet receives in any order:\n\tnothing"), outside);
        let after = at(
            "nothing may follow `receives in any order` on its line",
            "nothing",
        );
        assert_eq!(said("Juliet receives in any order: nothing"), after);
    }

    #[test]
    fn comments_may_stand_anywhere() {
        let text = story(
            "# one\nJuliet sends:\n\t# two\n\t<a\n// three\n\tb='c'>\n-- four\n\t</a>\n----\n\t<b/>\n\n# five\n#\t<c/>\nJuliet connects\n\t# six",
        );
        let script = sound(&text).script;
        let comments = |at: usize| {
            script.story[at]
                .comments
                .iter()
                .map(|c| c.text.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(script.story[0].verb.stanzas().len(), 2);
        assert_eq!(comments(0), ["one", "two", "three", ""]);
        assert_eq!(comments(1), ["five", "<c/>"]);
        assert_eq!(script.afterword[0].text, "six");
    }

    #[test]
    fn only_the_first_line_of_dashes_is_the_curtain() {
        let script =
            sound("[Client] A\n--- not yet\n  ----  \nA connects\n---\nA disconnects").script;
        assert_eq!(script.story.len(), 2);
        assert_eq!(script.story[0].comments[0].text, "not yet");
    }

    #[test]
    fn a_missing_curtain_does_not_hide_the_story() {
        let parsed = read("[Client] A\n\tjid: a@b\nA connects\nA sends:\n\t<a/>");
        assert_eq!(parsed.script.story.len(), 2);
        assert_eq!(
            mistake("[Client] A\nA connects\n"),
            at("the curtain is missing", "A connects")
        );
        assert_eq!(mistake(""), at("the curtain is missing", ""));
    }

    #[test]
    fn unknown_actors_and_verbs() {
        assert_eq!(said("Julia connects"), at("unknown actor `Julia`", "Julia"));
        assert_eq!(
            said("Julia sends: <a/>"),
            at("unknown actor `Julia`", "Julia")
        );
        assert_eq!(
            said("Juliet's tablet connects"),
            at("unknown actor `Juliet's tablet`", "Juliet's tablet")
        );
        assert_eq!(
            said("Juliet recieves:\n\t<a/>"),
            at("unknown verb `recieves`", "recieves")
        );
        assert_eq!(said("Juliet"), at("this line is not an action", "Juliet"));
        assert_eq!(
            said("Enter Juliet"),
            at("this line is not an action", "Enter Juliet")
        );
        let help = |line| mistakes(&story(line))[0].0.help().unwrap();
        assert_eq!(help("Juliett connects"), "did you mean `Juliet`?");
        assert!(
            help("Juliet recieves:")
                .starts_with("did you mean `receives`? known verbs: `connects`, ")
        );
    }

    #[test]
    fn missing_and_misplaced_blocks() {
        assert_eq!(
            said("Juliet sends:\n\t# <a/>\n"),
            at("`sends` needs a stanza", "Juliet sends:")
        );
        assert_eq!(
            said("Juliet connects\n\n\t<a/>\n\t<b/>"),
            at("`connects` takes no block", "<a/>")
        );
        assert_eq!(
            said("Juliet receives nothing\n\t<a/>"),
            at("`receives: nothing` takes no block", "<a/>")
        );
        assert_eq!(
            said("\t<a/>\nJuliet connects"),
            at(
                "this text is indented, but there is no action above it",
                "<a/>"
            )
        );
        assert_eq!(
            said("Juliet sends:\n<a>\n\t<b/>\n</a>\n"),
            at("a stanza must be indented", "<a>")
        );
        assert_eq!(
            said("Juliet sends: <a/>"),
            at("a stanza cannot stand on the line of its action", "<a/>")
        );
        assert_eq!(
            said("Juliet connects now"),
            at("nothing may follow `connects` on its line", "now")
        );
        assert_eq!(
            said("[Client] Late\n\tjid: x"),
            at("an actor cannot enter after the curtain", "[Client] Late")
        );
    }

    #[test]
    fn a_bad_line_does_not_hide_the_next() {
        let text =
            story("Julia connects\nJuliet flies\nJuliet sends:\n\t<a>\nJuliet receives:\n\t<b");
        assert_eq!(mistakes(&text).len(), 4);
        assert_eq!(read(&text).script.story.len(), 3);
    }

    #[test]
    fn the_default_namespace_is_that_of_the_class() {
        let script = sound(&story("Echo sends:\n\t<a/>\nJuliet sends:\n\t<a/>")).script;
        let namespace = |at: usize| {
            script.story[at].verb.stanzas()[0]
                .element
                .name
                .namespace
                .to_string()
        };
        assert_eq!(namespace(0), "jabber:component:accept");
        assert_eq!(namespace(1), "jabber:client");
    }
}
