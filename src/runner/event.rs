//! What the runner tells while it runs.

use crate::plan::Plan;
use crate::script::ast::ActorName;
use crate::xmpp::Direction;

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
        /// Whose wire.
        actor: &'a ActorName,
        /// Which way.
        direction: Direction,
        /// The XML.
        xml: &'a str,
    },
    /// Pings of the runner's own go out, which are no part of the script.
    Flush {
        /// Over whose wire.
        actor: &'a ActorName,
        /// To whom.
        entities: &'a [String],
    },
    /// Something the user should know, for instance that a certificate was not verified.
    Notice {
        /// Whom it concerns.
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

/// Somebody who listens.
pub trait Reporter: Send {
    /// Takes note of an event.
    fn event(&mut self, event: &Event<'_>);
}

/// Nobody listens.
impl Reporter for () {
    fn event(&mut self, _: &Event<'_>) {}
}
