//! What is done, step by step.

use std::time::Duration;

use super::template::Template;
use crate::matcher::Pattern;
use crate::script::ast::Part;
use crate::script::{Excuse, ExpectationMode, Verb};
use crate::source::{SourceFile, Span, Spanned};

/// One action of the story.
#[derive(Debug, Clone)]
pub struct Step {
    /// The actor: an index into the plan's actors.
    pub actor: usize,
    /// What it does.
    pub verb: Verb<Outgoing, Pattern>,
    /// How long it waits, if the script says so.
    pub within: Option<Duration>,
    /// The comment lines above the action.
    pub comments: Vec<String>,
    /// The faults that it need not notice, each where the script says so.
    pub excuses: Vec<Spanned<Excuse>>,
    /// What it says by itself, if its line names several actors, each of whom has a step of its own.
    pub said: Option<String>,
    /// The line of the action in the script.
    pub span: Span,
}

impl Step {
    /// What it says: its line, or its part of it.
    pub fn line<'s>(&'s self, source: &'s SourceFile) -> &'s str {
        self.said
            .as_deref()
            .unwrap_or_else(|| source.slice(self.span))
    }

    /// Whether it is of the line of another one, which names several actors.
    pub(crate) fn shares_line_with(&self, other: &Self) -> bool {
        self.said.is_some() && self.span == other.span
    }

    /// Whether it waits for silence in the same while as one next to it that does: both are of one line, or some stanzas
    /// must not come by either, and they wait as long.
    pub(crate) fn is_silent_with(&self, other: &Self) -> bool {
        let are_forbidding = self.forbids() && other.forbids() && self.within == other.within;
        self.shares_line_with(other) || are_forbidding
    }

    /// Whether some stanzas must not come by it.
    pub(crate) fn forbids(&self) -> bool {
        let expected = self.verb.expectation();
        expected.is_some_and(|expected| expected.mode == ExpectationMode::NoneOf)
    }
}

/// The name of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Its namespace.
    pub namespace: String,
    /// Its local name.
    pub local: String,
}

/// A stanza to send.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its text.
    pub text: Template,
    /// Its `to` attribute.
    pub to: Option<Template>,
    /// The `id` of an iq of type get or set, which will be answered (RFC 6120 §8.2.3).
    pub request_id: Option<Template>,
    /// What kind of element it is.
    pub name: Name,
    /// How much of the element is sent.
    pub part: Part,
    /// Whether it is an iq of type get, which only asks and changes nothing.
    pub only_asks: bool,
    /// Its start tag in the script.
    pub span: Span,
}
