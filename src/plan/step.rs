//! What is done, step by step.

use super::template::Template;
use crate::matcher::Pattern;
use crate::source::Span;

/// One action of the story.
#[derive(Debug, Clone)]
pub struct Step {
    /// Who acts: an index into the plan's actors.
    pub actor: usize,
    /// What it does.
    pub action: StepAction,
    /// The comment lines above the action.
    pub comments: Vec<String>,
    /// The line of the action in the script.
    pub span: Span,
}

/// What an actor does.
#[derive(Debug, Clone)]
pub enum StepAction {
    /// Connects and logs in.
    Connect,
    /// Closes its stream.
    Disconnect,
    /// Sends stanzas, in this order.
    Send(Vec<Outgoing>),
    /// Receives stanzas, one after the other.
    Receive(Vec<Pattern>),
    /// Receives stanzas in whatever order they come.
    ReceiveInAnyOrder(Vec<Pattern>),
    /// Receives nothing for a while.
    ReceiveNothing,
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
    /// Whether it is an iq of type get, which only asks and changes nothing.
    pub only_asks: bool,
    /// Its start tag in the script.
    pub span: Span,
}
