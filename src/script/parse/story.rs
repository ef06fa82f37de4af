//! The story: all lines below the curtain.

use pest::iterators::Pair;

use super::block::{self, Block, Usage};
use super::cast::Opening;
use super::complaints::Complaints;
use super::grammar::{self, Rule};
use super::names::Names;
use super::{excerpt, first_line};
use crate::script::ast::{Action, ActorName, Comment, Stanza, Verb};
use crate::script::error::ScriptErrorKind;
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
        complaints,
    };
    for line in lines {
        reader.line(line);
    }
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
    complaints: &'c mut Complaints,
}

impl StoryReader<'_, '_> {
    fn line(&mut self, line: Pair<'_, Rule>) {
        match line.as_rule() {
            Rule::comment => self.comments.push(grammar::comment(&line, 0)),
            Rule::action => self.action(line),
            Rule::orphan => self.lines_of(line, ScriptErrorKind::OrphanBlock),
            _ => {}
        }
    }

    fn action(&mut self, pair: Pair<'_, Rule>) {
        let mut parts = pair.into_inner().peekable();
        let Some(line) = parts.next() else { return };
        let body = parts.next_if(|part| part.as_rule() == Rule::body);
        let unindented = parts.next();
        match line.as_rule() {
            Rule::sentence => self.sentence(line, body, unindented.as_ref()),
            _ => self.misread(grammar::trimmed(&line, 0)),
        }
        if let Some(unindented) = unindented {
            let span = first_line(self.source, unindented.as_span().start());
            self.complain(ScriptErrorKind::UnindentedBlock, span);
        }
    }

    fn sentence(
        &mut self,
        line: Pair<'_, Rule>,
        body: Option<Pair<'_, Rule>>,
        unindented: Option<&Pair<'_, Rule>>,
    ) {
        let span = grammar::trimmed(&line, 0).span;
        let mut words = line.into_inner();
        let (Some(subject), Some(predicate)) = (words.next(), words.next()) else {
            return;
        };
        let actor = self.actor(grammar::trimmed(&subject, 0));
        let mut comments = std::mem::take(&mut self.comments);
        let verb = match usage(predicate.as_rule()) {
            None => self.verb_alone(predicate.as_rule(), body),
            Some(usage) => {
                let block = self.block(&actor.value, usage, body);
                comments.extend(block.comments);
                self.comments = block.trailing;
                let verb = verb_with(predicate.as_rule(), block.stanzas, block.nothing);
                if block.is_empty && unindented.is_none() {
                    let verb = verb.keyword();
                    self.complain(ScriptErrorKind::MissingBlock { verb }, span);
                }
                verb
            }
        };
        self.actions.push(Action {
            comments,
            actor,
            verb,
            span,
        });
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
        let class = self.names.class(&actor.0);
        block::read(self.source, span, class, usage, self.complaints)
    }

    fn verb_alone(&mut self, rule: Rule, body: Option<Pair<'_, Rule>>) -> Verb {
        let verb = match rule {
            Rule::connects => Verb::Connects,
            Rule::disconnects => Verb::Disconnects,
            _ => Verb::ReceivesNothing,
        };
        if let Some(body) = body {
            let verb = verb.keyword();
            self.lines_of(body, ScriptErrorKind::UnexpectedBlock { verb });
        }
        verb
    }

    /// Keeps the comments of lines that cannot be a block, and complains of the first other line.
    fn lines_of(&mut self, lines: Pair<'_, Rule>, kind: ScriptErrorKind) {
        let (comments, others): (Vec<_>, Vec<_>) = lines
            .into_inner()
            .partition(|line| line.as_rule() == Rule::comment);
        self.comments
            .extend(comments.iter().map(|line| grammar::comment(line, 0)));
        if let Some(line) = others.first() {
            self.complain(kind, grammar::trimmed(line, 0).span);
        }
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
        let known = LEADING_VERBS
            .into_iter()
            .find(|verb| begins_with(rest.value, verb));
        let (kind, span) = match known {
            None if rest.value.is_empty() => (ScriptErrorKind::NoAction, line.span),
            None => unknown_verb(rest),
            Some(verb) => text_after(verb, rest),
        };
        self.complain(kind, span);
    }

    fn misread_name(&mut self, line: Spanned<&str>) {
        let verb = LEADING_VERBS
            .into_iter()
            .filter_map(|verb| line.value.find(&format!(" {verb}")))
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

/// What the block of a verb is for; none for the verbs that take no block.
fn usage(rule: Rule) -> Option<Usage> {
    match rule {
        Rule::sends => Some(Usage::Send),
        Rule::receives | Rule::receives_in_any_order => Some(Usage::Receive),
        _ => None,
    }
}

/// A verb with its block, in which the word `nothing` may stand instead of a stanza.
fn verb_with(rule: Rule, stanzas: Vec<Stanza>, nothing: Option<Span>) -> Verb {
    match rule {
        Rule::sends => Verb::Sends(stanzas),
        Rule::receives_in_any_order => Verb::ReceivesInAnyOrder(stanzas),
        _ if nothing.is_some() => Verb::ReceivesNothing,
        _ => Verb::Receives(stanzas),
    }
}

/// The verbs that something can follow, longer ones first.
const LEADING_VERBS: [&str; 5] = [
    "receives in any order",
    "receives",
    "sends",
    "connects",
    "disconnects",
];

fn begins_with(line: &str, verb: &str) -> bool {
    line.strip_prefix(verb)
        .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

fn unknown_verb(rest: Spanned<&str>) -> (ScriptErrorKind, Span) {
    let words = rest.value.split([':', '<']).next().unwrap_or_default();
    let words = grammar::trim(words, rest.span.start);
    let found = excerpt(words.value);
    (ScriptErrorKind::UnknownVerb { found }, words.span)
}

fn text_after(verb: &'static str, rest: Spanned<&str>) -> (ScriptErrorKind, Span) {
    let after = rest.value[verb.len()..].trim_start_matches([' ', '\t', ':']);
    let start = rest.span.end - after.len();
    let kind = match after.starts_with('<') {
        true => ScriptErrorKind::StanzaOnActionLine,
        false => ScriptErrorKind::TextAfterVerb { verb },
    };
    (kind, Span::new(start, rest.span.end))
}
