//! What the runner tells while it runs.

use std::fmt;

use minidom::Element;

use crate::plan::Plan;
use crate::raw_text;
use crate::script::ast::ActorName;
use crate::script::{Choice, Heading};
use crate::secrets::Secrets;
use crate::xmpp::{Direction, WireXml, write_element};

use super::outcome::{ScriptOutcome, StepOutcome};

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A script begins.
    ScriptStarted(&'a Plan),
    /// A step of it begins.
    StepStarted {
        /// The plan.
        plan: &'a Plan,
        /// The step: an index into the plan's steps.
        step: usize,
    },
    /// Something went over an actor's wire. Secrets are taken out.
    Wire {
        /// The actor whose wire it is.
        actor: &'a ActorName,
        /// Which way.
        direction: Direction,
        /// The XML.
        xml: Traffic<'a>,
    },
    /// A rule has taken a stanza.
    Ruled {
        /// The plan.
        plan: &'a Plan,
        /// The step by which the rule was begun: an index into the plan's steps.
        step: usize,
        /// The stanza, if it was in the inbox before; else it is the one that has just come.
        earlier: Option<Traffic<'a>>,
    },
    /// Pings of the runner's own go out, which are no part of the script.
    Flush {
        /// The actor over whose wire they go.
        actor: &'a ActorName,
        /// The entities that are pinged; an `<r/>` (XEP-0198 §4) in place of a ping to the server is named as such.
        entities: &'a [String],
    },
    /// Something the user should know, for instance that a certificate was not verified.
    Notice {
        /// The actor that it concerns.
        actor: &'a ActorName,
        /// A sentence.
        text: String,
    },
    /// A step did not do all that the script says, through no fault of the server.
    Warning {
        /// The plan.
        plan: &'a Plan,
        /// The step: an index into the plan's steps.
        step: usize,
        /// A sentence.
        text: &'a str,
    },
    /// A part of the play begins.
    PartStarted {
        /// The plan.
        plan: &'a Plan,
        /// Its heading.
        heading: &'a Heading,
    },
    /// An `Either` begins.
    ChoiceStarted {
        /// The plan.
        plan: &'a Plan,
        /// Its alternatives.
        choice: &'a Choice,
    },
    /// An alternative of an `Either` holds. That its steps begin and end is told after this.
    Chose {
        /// The plan.
        plan: &'a Plan,
        /// The alternatives.
        choice: &'a Choice,
        /// Which of them, counted from 0.
        alternative: usize,
    },
    /// A step has ended.
    StepFinished {
        /// The plan.
        plan: &'a Plan,
        /// How it ended.
        outcome: &'a StepOutcome,
    },
    /// A script has ended.
    ScriptFinished(&'a ScriptOutcome),
}

/// What went over a wire. It is written out, without secrets, only for reporters that ask: most do not.
#[derive(Clone, Copy)]
pub struct Traffic<'a> {
    content: Content<'a>,
    secrets: &'a Secrets,
}

#[derive(Clone, Copy)]
enum Content<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
    Element(&'a Element),
    Login(&'a WireXml),
}

impl<'a> Traffic<'a> {
    pub(super) fn text(text: &'a str, secrets: &'a Secrets) -> Self {
        let content = Content::Text(text);
        Self { content, secrets }
    }

    /// Bytes that need not be XML, as a script has them.
    pub(super) fn bytes(bytes: &'a [u8], secrets: &'a Secrets) -> Self {
        let content = Content::Bytes(bytes);
        Self { content, secrets }
    }

    pub(super) fn login(xml: &'a WireXml, secrets: &'a Secrets) -> Self {
        let content = Content::Login(xml);
        Self { content, secrets }
    }

    pub(super) fn element(element: &'a Element, secrets: &'a Secrets) -> Self {
        let content = Content::Element(element);
        Self { content, secrets }
    }
}

/// Bytes that need not be XML, as a script has them, and without secrets.
pub(crate) fn shown(bytes: &[u8], secrets: &Secrets) -> String {
    let redacted = raw_text::rewritten(bytes, |text| secrets.redact(text).into_owned());
    raw_text::write(&redacted)
}

impl fmt::Display for Traffic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            Content::Text(text) => f.write_str(&self.secrets.redact(text)),
            Content::Bytes(bytes) => f.write_str(&shown(bytes, self.secrets)),
            Content::Login(xml) => f.write_str(&self.secrets.redact(&xml.shown())),
            Content::Element(element) => f.write_str(&self.secrets.redact(&write_element(element))),
        }
    }
}

impl fmt::Debug for Traffic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A listener that is told what happens in a run.
pub trait Reporter: Send {
    /// Takes note of an event.
    fn event(&mut self, event: &Event<'_>);
}

/// A reporter that ignores all events.
impl Reporter for () {
    fn event(&mut self, _: &Event<'_>) {}
}

impl<R: Reporter + ?Sized> Reporter for &mut R {
    fn event(&mut self, event: &Event<'_>) {
        (**self).event(event);
    }
}

/// Both reporters get each event.
impl<A: Reporter, B: Reporter> Reporter for (A, B) {
    fn event(&mut self, event: &Event<'_>) {
        self.0.event(event);
        self.1.event(event);
    }
}
