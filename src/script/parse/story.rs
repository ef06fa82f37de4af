//! The story: all lines below the curtain.

use pest::iterators::Pair;

use super::block::{self, Block};
use super::cast::Opening;
use super::grammar::{self, Rule};
use super::names::Names;
use super::{excerpt, first_line};
use crate::script::ast::{Action, ActorName, Comment, Stanza};
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind;
use crate::script::phrase::{BlockShape, Phrase, Usage, WITH};
use crate::script::verb::{StandingRule, Verb};
use crate::source::{SourceFile, Span, Spanned};

/// What stands below the curtain.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) actions: Vec<Action>,
    /// Comments after the last action.
    pub(super) epilogue: Vec<Comment>,
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
        comments: opening.comments.clone(),
        unanswered: None,
        complaints,
    };
    for line in lines {
        reader.line(line);
    }
    reader.complain_unanswered();
    Story {
        actions: reader.actions,
        epilogue: reader.comments,
    }
}

struct StoryReader<'s, 'c> {
    source: &'s SourceFile,
    names: Names<'s>,
    actions: Vec<Action>,
    /// Comments since the last action.
    comments: Vec<Comment>,
    /// The line of a verb with two blocks of which the second one has not come yet.
    unanswered: Option<Span>,
    complaints: &'c mut Complaints,
}

impl StoryReader<'_, '_> {
    fn line(&mut self, line: Pair<'_, Rule>) {
        match line.as_rule() {
            Rule::comment => self.comments.push(grammar::comment(&line, 0)),
            Rule::action => self.action(line),
            Rule::orphan => self.lines_of(&line, ScriptErrorKind::OrphanBlock),
            _ => {}
        }
    }

    fn action(&mut self, pair: Pair<'_, Rule>) {
        let mut parts = pair.into_inner().peekable();
        let Some(line) = parts.next() else { return };
        let body = parts.next_if(|part| part.as_rule() == Rule::body);
        let unindented = parts.next();
        let words = grammar::trimmed(&line, 0);
        match (Sentence::of(&line), after_with(words)) {
            (Some(sentence), _) => self.sentence(sentence, body, unindented.as_ref()),
            (None, Some(rest)) => self.with(words.span, rest, body, unindented.as_ref()),
            (None, None) => self.misread(words),
        }
        if let Some(unindented) = unindented {
            let span = first_line(self.source, unindented.as_span().start());
            self.complain(ScriptErrorKind::UnindentedBlock, span);
        }
    }

    fn sentence(
        &mut self,
        sentence: Sentence<'_>,
        body: Option<Pair<'_, Rule>>,
        unindented: Option<&Pair<'_, Rule>>,
    ) {
        self.complain_unanswered();
        let Sentence { name, phrase, span } = sentence;
        let actor = self.actor(name);
        let mut comments = std::mem::take(&mut self.comments);
        let verb = match phrase.block {
            BlockShape::None { verb } => {
                self.no_block(phrase, body);
                verb()
            }
            BlockShape::Stanzas {
                usage,
                verb,
                nothing,
                ..
            } => {
                let block = self.block(&actor.value, usage, body);
                if block.is_empty && unindented.is_none() {
                    self.complain(ScriptErrorKind::MissingBlock { verb: phrase }, span);
                }
                self.filled(verb, nothing, block, &mut comments)
            }
            BlockShape::Pair { verb, .. } => {
                let block = self.block(&actor.value, Usage::Receive, body);
                if block.is_empty && unindented.is_none() {
                    self.complain(ScriptErrorKind::MissingBlock { verb: phrase }, span);
                }
                self.unanswered = Some(span);
                let verb = |stanzas| verb(stanzas, Vec::new());
                self.filled(verb, None, block, &mut comments)
            }
        };
        self.actions.push(Action {
            comments,
            actor,
            verb,
            span,
        });
    }

    /// Reads a line `with:`, and the second block of the verb above it.
    fn with(
        &mut self,
        line: Span,
        rest: Spanned<&str>,
        body: Option<Pair<'_, Rule>>,
        unindented: Option<&Pair<'_, Rule>>,
    ) {
        if !rest.value.is_empty() {
            self.complain(ScriptErrorKind::StanzaOnActionLine, rest.span);
        }
        let is_awaited = self.unanswered.take().is_some();
        let Some(mut action) = self.actions.pop_if(|_| is_awaited) else {
            self.complain(ScriptErrorKind::StrayWith, line);
            return self.keep_comments(body.as_ref());
        };
        let block = self.block(&action.actor.value, Usage::Send, body);
        if block.is_empty && unindented.is_none() && rest.value.is_empty() {
            self.complain(ScriptErrorKind::MissingAnswer, line);
        }
        action.comments.append(&mut self.comments);
        action.comments.extend(block.comments);
        self.comments = block.trailing;
        if let Verb::Rules(StandingRule::Answer { with, .. }) = &mut action.verb {
            *with = block.stanzas;
        }
        self.actions.push(action);
    }

    fn complain_unanswered(&mut self) {
        if let Some(line) = self.unanswered.take() {
            self.complain(ScriptErrorKind::MissingWith, line);
        }
    }

    fn actor(&mut self, name: Spanned<&str>) -> Spanned<ActorName> {
        let known = self.names.get(name.value).cloned();
        let actor = known.unwrap_or_else(|| self.unknown_actor(name));
        Spanned::new(actor, name.span)
    }

    fn unknown_actor(&mut self, name: Spanned<&str>) -> ActorName {
        if !self.complaints.is_full() {
            let kind = ScriptErrorKind::UnknownActor {
                found: excerpt(name.value),
                suggestion: self.names.closest(name.value),
            };
            self.complain(kind, name.span);
        }
        ActorName::new(name.value)
    }

    fn block(&mut self, actor: &ActorName, usage: Usage, body: Option<Pair<'_, Rule>>) -> Block {
        let span = body.map_or(Span::default(), |body| grammar::span(&body, 0));
        let role = self.names.role(&actor.0);
        block::read(self.source, span, role, usage, self.complaints)
    }

    fn no_block(&mut self, phrase: &'static Phrase, body: Option<Pair<'_, Rule>>) {
        if let Some(body) = body {
            let kind = ScriptErrorKind::UnexpectedBlock { verb: phrase };
            self.lines_of(&body, kind);
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

    /// Keeps the comments of lines that cannot be a block, and complains of the first other line.
    fn lines_of(&mut self, block: &Pair<'_, Rule>, kind: ScriptErrorKind) {
        self.keep_comments(Some(block));
        let at = block.as_span().start();
        let mut lines = grammar::block_lines(block.as_str());
        if let Some(line) = lines.find(|line| line.as_rule() == Rule::indented) {
            self.complain(kind, grammar::trimmed(&line, at).span);
        }
    }

    fn keep_comments(&mut self, block: Option<&Pair<'_, Rule>>) {
        let Some(block) = block else { return };
        let at = block.as_span().start();
        let lines = grammar::block_lines(block.as_str());
        let comments = lines.filter(|line| line.as_rule() == Rule::comment);
        self.comments
            .extend(comments.map(|line| grammar::comment(&line, at)));
    }

    /// Says why a line is no action.
    fn misread(&mut self, line: Spanned<&str>) {
        if line.value.starts_with('<') {
            self.complain(ScriptErrorKind::UnindentedBlock, line.span);
        } else if line.value.starts_with('[') {
            self.complain(ScriptErrorKind::LateActor, line.span);
        } else if let Some(name) = self.names.prefix_of(line.value) {
            let after = &line.value[name.0.len()..];
            self.misread_verb(grammar::trim(after, line.span.start + name.0.len()), line);
        } else {
            self.misread_name(line);
        }
    }

    fn misread_verb(&mut self, rest: Spanned<&str>, line: Spanned<&str>) {
        let (kind, span) = match Phrase::leading(rest.value) {
            None if rest.value.is_empty() => (ScriptErrorKind::NoAction, line.span),
            None => unknown_verb(rest),
            Some(phrase) => text_after(phrase, rest),
        };
        self.complain(kind, span);
    }

    fn misread_name(&mut self, line: Spanned<&str>) {
        let verb = Phrase::simple()
            .filter_map(|phrase| line.value.find(&format!(" {phrase}")))
            .min();
        match verb {
            Some(end) => {
                self.unknown_actor(grammar::trim(&line.value[..end], line.span.start));
            }
            None => self.complain(ScriptErrorKind::NoAction, line.span),
        }
    }

    fn complain(&mut self, kind: ScriptErrorKind, span: Span) {
        self.complaints.push(kind.at(span));
    }
}

/// A line of the story that says what an actor does.
struct Sentence<'i> {
    name: Spanned<&'i str>,
    phrase: &'static Phrase,
    /// The line.
    span: Span,
}

impl<'i> Sentence<'i> {
    fn of(line: &Pair<'i, Rule>) -> Option<Self> {
        let (name, phrase) = Phrase::split(line.as_str().trim_end_matches('\n'))?;
        Some(Self {
            name: grammar::trim(name, line.as_span().start()),
            phrase,
            span: grammar::trimmed(line, 0).span,
        })
    }
}

/// What follows the word on the line between two blocks, if it is that line.
fn after_with(line: Spanned<&str>) -> Option<Spanned<&str>> {
    let rest = line.value.strip_prefix(WITH)?;
    let rest = grammar::trim(rest, line.span.start + WITH.len());
    let after = rest.value.strip_prefix(':');
    let is_with = rest.value.is_empty() || after.is_some();
    let at = rest.span.end - after.unwrap_or_default().len();
    is_with.then(|| grammar::trim(after.unwrap_or_default(), at))
}

fn unknown_verb(rest: Spanned<&str>) -> (ScriptErrorKind, Span) {
    let words = rest.value.split([':', '<']).next().unwrap_or_default();
    let words = grammar::trim(words, rest.span.start);
    let found = excerpt(words.value);
    (ScriptErrorKind::UnknownVerb { found }, words.span)
}

fn text_after(verb: &'static Phrase, rest: Spanned<&str>) -> (ScriptErrorKind, Span) {
    let after = rest.value[verb.words.len()..].trim_start_matches([' ', '\t', ':']);
    let start = rest.span.end - after.len();
    let kind = match after.starts_with('<') {
        true => ScriptErrorKind::StanzaOnActionLine,
        false => ScriptErrorKind::TextAfterVerb { verb },
    };
    (kind, Span::new(start, rest.span.end))
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, mistake, mistakes, read, sound};
    use crate::script::verb::{Deed, ExpectationMode, Verb};

    fn story(text: &str) -> String {
        format!("[Client] Juliet\n[Client] Juliet's phone\n[Component] Echo\n---\n{text}\n")
    }

    #[track_caller]
    fn acts(line: &str) -> (String, &'static str) {
        let parsed = sound(&story(&format!("{line}\n\t<a/>")));
        let action = &parsed.script.story[0];
        (action.actor.value.to_string(), action.verb.phrase().words)
    }

    fn said(line: &str) -> (String, String) {
        mistake(&story(line))
    }

    #[test]
    fn verbs_have_an_optional_colon() {
        assert_eq!(acts("Juliet sends"), ("Juliet".into(), "sends"));
        assert_eq!(acts("Juliet sends:  "), ("Juliet".into(), "sends"));
        assert_eq!(acts("Juliet  receives :"), ("Juliet".into(), "receives"));
        assert_eq!(
            acts("Juliet receives in  any order:"),
            ("Juliet".into(), "receives in any order")
        );
    }

    #[test]
    fn verbs_without_a_block() {
        let script = sound(&story("Juliet connects:\nJuliet disconnects\t")).script;
        assert!(matches!(script.story[0].verb, Verb::Does(Deed::Connect)));
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
    fn the_longest_name_wins() {
        assert_eq!(acts("Juliet's phone sends").0, "Juliet's phone");
        let script =
            sound("[Client] A\n[Client] A connects\n---\nA connects connects\nA connects").script;
        assert_eq!(script.story[0].actor.value.to_string(), "A connects");
        assert_eq!(script.story[1].actor.value.to_string(), "A");
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
        assert_eq!(script.epilogue[0].text, "six");
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
