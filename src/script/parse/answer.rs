//! `with:`, and what is sent under it: the second block of `answers`.

use super::grammar;
use super::story::{Row, StoryReader};
use crate::script::error::ScriptErrorKind;
use crate::script::phrase::{Usage, WITH};
use crate::script::verb::{StandingRule, Verb};
use crate::source::{Span, Spanned};

/// The line between the two blocks.
pub(super) struct AnswerLine<'i> {
    /// What follows the word.
    rest: Spanned<&'i str>,
    span: Span,
}

impl<'i> AnswerLine<'i> {
    /// Reads a line: the word, perhaps a colon, behind which something may stand that does not belong there.
    pub(super) fn of(line: Spanned<&'i str>) -> Option<Self> {
        let line = grammar::trim(line.value, line.span.start);
        let rest = line.value.strip_prefix(WITH)?.trim_start();
        let rest = match rest {
            "" => "",
            rest => rest.strip_prefix(':')?,
        };
        Some(Self {
            rest: grammar::trim(rest, line.span.end - rest.len()),
            span: line.span,
        })
    }
}

impl StoryReader<'_, '_> {
    /// Adds the second block to the verb above it.
    pub(super) fn answer(&mut self, line: AnswerLine<'_>, row: &Row<'_>) {
        let AnswerLine { rest, span } = line;
        if !rest.value.is_empty() {
            self.complain(ScriptErrorKind::StanzaOnActionLine, rest.span);
        }
        let is_awaited = self.unanswered.take().is_some();
        let Some(mut action) = self.actions.pop_if(|_| is_awaited) else {
            self.complain(ScriptErrorKind::StrayWith, span);
            self.keep_comments(row.body.unwrap_or_default());
            return;
        };
        let block = self.block(&action.actor.value, Usage::Send, row);
        if block.is_empty && row.misplaced.is_none() && rest.value.is_empty() {
            self.complain(ScriptErrorKind::MissingAnswer, span);
        }
        action.comments.append(&mut self.comments);
        action.comments.extend(block.comments);
        self.comments = block.trailing;
        if let Verb::Rules(StandingRule::Answer { with, .. }) = &mut action.verb {
            *with = block.stanzas;
        }
        self.actions.push(action);
    }

    /// Complains where the second block does not follow the first one.
    pub(super) fn complain_unanswered(&mut self) {
        if let Some(line) = self.unanswered.take() {
            self.complain(ScriptErrorKind::MissingWith, line);
        }
    }
}
