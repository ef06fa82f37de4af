//! The outcome of a script: plain data for reports.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use minidom::Element;

use super::error::RunError;
use super::obstacle::Obstacle;
use super::recording::{Keep, Moment, StoryEnd};
use super::refusal::can_refuse;
use super::taken::Taken;
use super::tamper::Tampered;
use crate::claims::{Breach, Claim, Claims, Stakes};
use crate::logged::Logged;
use crate::matcher::{Bindings, ElementPattern, Mismatch, Pattern, Rule};
use crate::ns;
use crate::script::ast::ActorName;
use crate::script::{self, Part, Role, ScriptInfo};
use crate::secrets::{REDACTED, Secrets};
use crate::source::{SourceFile, Span};
use crate::verdict::Verdict;
use crate::xmpp::Closed;

/// The outcome of a script.
#[derive(Debug)]
pub struct ScriptOutcome {
    /// What is told of the script.
    pub info: Arc<ScriptInfo>,
    /// The cast.
    pub cast: Vec<Member>,
    /// The steps, those that were not run included.
    pub steps: Vec<StepOutcome>,
    /// The clauses that it claims to test.
    pub claims: Claims,
    /// Which alternative was chosen at each `Either` that was reached and at which one held.
    pub chosen: Vec<Chosen>,
    /// Which stanzas the steps have taken, if it was judged by a recording.
    pub taken: Vec<Taken>,
    /// The fault that was to be put in, if there was one.
    pub tampered: Option<Tampered>,
    /// What happened on the actors' connections, as far as it was to be kept.
    pub moments: Vec<Moment>,
    /// How much was to be kept of them.
    pub kept: Keep,
    /// Where in them the story ended.
    pub story_end: StoryEnd,
    /// Stanzas that were passed over and that no `receives` took later.
    pub unexpected: Vec<Stray>,
    /// How long it took, connecting and closing included.
    pub duration: Duration,
    /// What is known of the server.
    pub server: TestedServer,
    /// Why it was not begun, though nothing is wrong with it: the server does not have what it requires.
    pub unmet: Option<Unmet>,
    /// Whether it is a failure of the server that it refused what the prologue prepares.
    pub must_be_tested: bool,
    /// What the names of its accounts and rooms got at their end in this run.
    pub suffix: Option<String>,
    /// What the names stood for that it uses without capturing them.
    pub given: BTreeMap<String, String>,
    /// The values that variables and wildcards had when it ended.
    pub bindings: Bindings,
    /// What must not be shown.
    pub secrets: Secrets,
}

/// The alternative that was chosen at an `Either`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The line of the `Either`.
    pub either: Span,
    /// What the alternative is called: its name, or its number.
    pub label: String,
}

/// A server that a script was run on, without secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestedServer {
    /// Its name and version, as it was launched or as it says.
    pub description: Option<String>,
    /// Whether the run launched it.
    pub is_launched: bool,
    /// What the server wrote to its log during the script.
    pub log: Logged,
}

/// A member of the cast.
#[derive(Debug, Clone)]
pub struct Member {
    /// What the story calls it.
    pub name: ActorName,
    /// What kind of actor it is.
    pub role: &'static Role,
    /// Its JID, as the script gives it.
    pub jid: String,
}

/// A requirement that is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// Which one, in words.
    pub reason: String,
    /// Whether that is a failure of the server.
    pub is_failure: bool,
}

impl ScriptOutcome {
    /// What it came to.
    pub fn verdict(&self) -> Verdict {
        match (&self.unmet, self.ended_at()) {
            (Some(unmet), _) if unmet.is_failure => Verdict::Failed,
            (Some(_), _) => Verdict::NotSupported,
            (None, None) => Verdict::Passed,
            (None, Some(step)) => match step.verdict() {
                Verdict::NotTested if self.must_be_tested => Verdict::Failed,
                verdict => verdict,
            },
        }
    }

    /// The step at which it ended before its time, or the graver thing that was known after that. How those of the
    /// epilogue end does not matter.
    pub fn ended_at(&self) -> Option<&StepOutcome> {
        let steps = self.steps.iter();
        let stopped = steps.filter(|step| step.part != Part::Epilogue && step.has_stopped());
        stopped.min_by_key(|step| (step.is_less_than_failure(), step.can_be_departure()))
    }

    /// What had failed at first, where something graver was known after that, and what that would have come to.
    pub fn failed_first(&self) -> Option<(&StepOutcome, &Failure, Verdict)> {
        let ended = self.ended_at()?;
        let mut steps = self.steps.iter();
        let first = match &ended.overruled {
            Some(failure) => (ended, &**failure),
            None => steps.find_map(|step| match &step.status {
                StepStatus::Failed(failure) if step.step != ended.step => Some((step, &**failure)),
                StepStatus::Failed(_)
                | StepStatus::Passed
                | StepStatus::Errored(_)
                | StepStatus::NotRun => None,
            })?,
        };
        let (step, failure) = first;
        (step.part != Part::Epilogue).then(|| (step, failure, step.verdict_of(failure)))
    }
}

/// The outcome of a step.
#[derive(Debug)]
pub struct StepOutcome {
    /// The step: an index into the plan's steps.
    pub step: usize,
    /// The actor.
    pub actor: ActorName,
    /// The line of the script.
    pub span: Span,
    /// What it says by itself, if its line names several actors, each of whom has a step of its own.
    pub said: Option<String>,
    /// The part of the play that it belongs to.
    pub part: Part,
    /// The line of the alternative that it belongs to, if it belongs to an `Either`.
    pub alternative: Option<Span>,
    /// The comment lines above it.
    pub comments: Vec<String>,
    /// How it ended.
    pub status: StepStatus,
    /// How long it took.
    pub duration: Duration,
    /// How long it waits by its own words, if it says so.
    pub within: Option<Duration>,
    /// What in the story itself kept from coming what it waited for.
    pub obstacle: Option<Obstacle>,
    /// How often the runner had asked over the actor's streams, by pings of its own, whether everything was handled.
    pub pings: usize,
    /// The time that it was for the step, in whole milliseconds, if the story tells the time.
    pub time: Option<SystemTime>,
    /// Which clauses a failure of it breaks.
    pub stakes: Stakes,
    /// How it had failed before something graver was known of it.
    pub overruled: Option<Box<Failure>>,
}

impl StepOutcome {
    /// What it says, behind the line of the alternative that it belongs to.
    pub fn action(&self, source: &SourceFile) -> String {
        script::action_of(source, self.alternative, self.line(source))
    }

    /// What it says: its line, or its part of it.
    pub fn line<'s>(&'s self, source: &'s SourceFile) -> &'s str {
        self.said
            .as_deref()
            .unwrap_or_else(|| source.slice(self.span))
    }

    /// What it came to.
    pub fn verdict(&self) -> Verdict {
        match &self.status {
            StepStatus::Failed(failure) => self.verdict_of(failure),
            status => status.verdict(),
        }
    }

    /// What a failure of it comes to.
    fn verdict_of(&self, failure: &Failure) -> Verdict {
        match failure {
            _ if self.refusal_in(failure).is_some() => Verdict::NotTested,
            failure if self.stakes.is_deviation(&failure.breach()) => Verdict::Deviated,
            _ => Verdict::Failed,
        }
    }

    /// Whether the script ended here before its time, by less than a failure.
    pub fn is_less_than_failure(&self) -> bool {
        self.has_stopped() && !self.verdict().is_red()
    }

    /// Whether what a server is known to do otherwise can be why it failed: neither a refused set-up, nor a stream that
    /// is lost, nor a server that answers no more is that.
    pub fn can_be_departure(&self) -> bool {
        match &self.status {
            StepStatus::Failed(failure) => {
                self.refusal_in(failure).is_none() && !failure.is_of_lost_stream()
            }
            StepStatus::Passed | StepStatus::Errored(_) | StepStatus::NotRun => false,
        }
    }

    /// Takes note of what is graver than how it has ended, and known only now.
    pub(super) fn overrule(&mut self, status: StepStatus) {
        if let StepStatus::Failed(before) = std::mem::replace(&mut self.status, status) {
            self.overruled = Some(before);
            self.obstacle = None;
        }
    }

    /// The clauses that the server broke, if that is why the step failed.
    pub fn broken(&self) -> Vec<&Claim> {
        match &self.status {
            StepStatus::Failed(failure) if self.refusal().is_none() => {
                self.stakes.broken(&failure.breach())
            }
            StepStatus::Failed(_)
            | StepStatus::Passed
            | StepStatus::Errored(_)
            | StepStatus::NotRun => Vec::new(),
        }
    }

    /// The error by which the server refused what the prologue prepares, if that is why the step failed.
    pub fn refusal(&self) -> Option<&Element> {
        match &self.status {
            StepStatus::Failed(failure) => self.refusal_in(failure),
            StepStatus::Passed | StepStatus::Errored(_) | StepStatus::NotRun => None,
        }
    }

    fn refusal_in<'f>(&self, failure: &'f Failure) -> Option<&'f Element> {
        (self.part == Part::Prologue).then(|| failure.error())?
    }

    /// Whether the script ended here before its time.
    pub fn has_stopped(&self) -> bool {
        self.status.verdict().is_red()
    }
}

/// How a step ended.
#[derive(Debug)]
pub enum StepStatus {
    /// As it should.
    Passed,
    /// The server did something else.
    Failed(Box<Failure>),
    /// We could not find out.
    Errored(RunError),
    /// The script had ended before.
    NotRun,
}

impl StepStatus {
    /// What the step came to by itself.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Passed => Verdict::Passed,
            Self::Failed(_) => Verdict::Failed,
            Self::Errored(_) => Verdict::Errored,
            Self::NotRun => Verdict::NotRun,
        }
    }
}

/// How the server departed from the script.
#[derive(Debug)]
pub struct Failure {
    /// Why it is a failure.
    pub reason: Reason,
    /// The place in the script: of what was expected, or of the action.
    pub span: Span,
    /// What was expected; none where nothing was.
    pub expectation: Option<Box<Expectation>>,
    /// What came instead, the nearest first.
    pub candidates: Vec<Candidate>,
    /// Why none of the alternatives holds, if it is about an `Either`.
    pub alternatives: Vec<Unheld>,
}

/// An alternative that does not hold.
#[derive(Debug)]
pub struct Unheld {
    /// What it is called: its name, or its number.
    pub label: String,
    /// Its line.
    pub span: Span,
    /// Its first step that does not hold: an index into the plan's steps.
    pub step: usize,
    /// Why that does not.
    pub failure: Failure,
}

/// A stanza that was expected.
#[derive(Debug)]
pub struct Expectation {
    /// The pattern that it has to match.
    pub pattern: Pattern,
    /// The values that variables and wildcards had.
    pub bindings: Bindings,
}

impl Failure {
    /// One that no stanza shows.
    pub(super) fn without_stanza(reason: Reason, span: Span) -> Self {
        Self {
            reason,
            span,
            expectation: None,
            candidates: Vec::new(),
            alternatives: Vec::new(),
        }
    }

    /// Which clauses it is about.
    pub fn breach(&self) -> Breach<'_> {
        match &self.reason {
            Reason::LeftOver { left } => {
                Breach::End(left.iter().map(|left| &*left.claimed).collect())
            }
            // It is like nothing that a step expects.
            Reason::Ended { .. } => Breach::End(vec![&[]]),
            Reason::NoneHolds if self.is_of_stream() => Breach::Stream,
            Reason::NoneHolds => Breach::Either,
            Reason::NotConnected
            | Reason::Closed { .. }
            | Reason::Broken { .. }
            | Reason::NoAnswer { .. }
            | Reason::EndedOtherwise {
                how: Closed::NotXmpp(_),
            } => Breach::Stream,
            Reason::Timeout { .. }
            | Reason::WrongAnswer
            | Reason::NotNext
            | Reason::NotNextElement
            | Reason::BoundAs { .. }
            | Reason::CameBefore { .. }
            | Reason::Unwanted
            | Reason::Forbidden
            | Reason::NotEnded { .. }
            | Reason::EndedOtherwise { .. }
            | Reason::RefusedOtherwise
            | Reason::LetIn { .. }
            | Reason::NotRefused { .. }
            | Reason::StillOpen { .. } => Breach::Step,
        }
    }

    /// Whether a stream is what keeps an `Either` from holding, whose end no alternative expects.
    fn is_of_stream(&self) -> bool {
        let unheld = || self.alternatives.iter().map(|unheld| &unheld.failure);
        let is_of_end =
            |failure: &Failure| failure.breach() != Breach::Stream && failure.tells_of_end();
        unheld().any(|failure| failure.breach() == Breach::Stream) && !unheld().any(is_of_end)
    }

    /// Whether a stream is lost, which the server has ended neither in due form nor by a stream error, or the server
    /// answers no more. How a stream ends by which nothing else is expected than what is of the stream itself may be what
    /// is known, unless it is not XMPP.
    fn is_of_lost_stream(&self) -> bool {
        match (&self.reason, self.breach()) {
            (Reason::Closed { how }, _) => {
                how.is_garbled() || !how.is_by_server() && !self.is_about_stream()
            }
            (Reason::EndedOtherwise { how }, _) => how.is_garbled(),
            (Reason::NoneHolds, _) => {
                let is_of_end = |failure: &&Self| {
                    failure.tells_of_end() || matches!(failure.reason, Reason::NotEnded { .. })
                };
                let unheld = self.alternatives.iter().map(|unheld| &unheld.failure);
                let mut of_end = unheld.filter(is_of_end).peekable();
                of_end.peek().is_some() && of_end.all(Self::is_of_lost_stream)
            }
            (Reason::Ended { .. }, _) | (_, Breach::Stream) => true,
            (_, Breach::Step | Breach::Either | Breach::End(_)) => false,
        }
    }

    /// The steps whose streams have ended, if that is why they, or the alternatives that begin with them, do not hold;
    /// `own` is the step that has failed.
    pub(super) fn steps_at_end(&self, own: usize) -> Vec<usize> {
        let unheld = self.alternatives.iter();
        let steps = unheld.map(|unheld| (unheld.step, &unheld.failure));
        let steps = steps
            .chain([(own, self)])
            .filter(|(_, own)| own.reason != Reason::NoneHolds);
        let at_end =
            steps.filter(|(_, failure)| failure.tells_of_end() || failure.has_stream_error());
        at_end.map(|(step, _)| step).collect()
    }

    /// Whether that the stream has ended is why it is one.
    fn tells_of_end(&self) -> bool {
        self.breach() == Breach::Stream || matches!(self.reason, Reason::EndedOtherwise { .. })
    }

    /// Whether what came in the place of what is expected is a stream error, which ends the stream.
    fn has_stream_error(&self) -> bool {
        let mut came = self.candidates.iter();
        came.any(|candidate| candidate.element.is("error", ns::STREAM))
    }

    /// Whether what is expected is of a stream itself: its header, what it offers, or its error.
    fn is_about_stream(&self) -> bool {
        let expectation = self.expectation.as_deref();
        let names = expectation.and_then(|expected| expected.pattern.names());
        let of_stream =
            |name: &&ElementPattern| [ns::STREAM, ns::FRAMING].contains(&name.namespace.as_str());
        names.is_some_and(|names| names.iter().any(of_stream))
    }

    /// Finds among what came the errors that the script itself has sent.
    pub(super) fn note_own(&mut self, is_own: impl Fn(&Element) -> bool + Copy) {
        for candidate in &mut self.candidates {
            candidate.is_own = is_error(&candidate.element) && is_own(&candidate.element);
        }
        for unheld in &mut self.alternatives {
            unheld.failure.note_own(is_own);
        }
    }

    /// The element that was expected, from its start tag to its end tag; none where nothing was.
    pub fn expected(&self) -> Option<Span> {
        Some(self.expectation.as_ref()?.pattern.extent())
    }

    /// Where to look: at what is wrong with the nearest candidate if it can have been meant, else at the
    /// expectation.
    pub fn focus(&self) -> Span {
        self.nearest_difference()
            .map_or(self.span, |mismatch| mismatch.span)
    }

    /// The error stanza that came in the place of what was expected, or where nothing should come (RFC 6120 §8.3), and
    /// that is not of the script itself.
    pub fn error(&self) -> Option<&Element> {
        match &self.reason {
            Reason::Timeout { .. } | Reason::Unwanted => {
                let expectation = self.expectation.as_deref();
                let mut candidates = self.candidates.iter();
                let refusal = candidates.find(|candidate| candidate.is_refusal_of(expectation));
                refusal.map(|candidate| &candidate.element)
            }
            Reason::WrongAnswer
            | Reason::NotNext
            | Reason::NotNextElement
            | Reason::RefusedOtherwise
            | Reason::Forbidden => {
                let first = self.candidates.first().filter(|first| !first.is_own)?;
                Some(&first.element).filter(|it| is_error(it))
            }
            Reason::LeftOver { left } => Some(&left.first()?.element).filter(|it| is_error(it)),
            Reason::NoneHolds => self
                .alternatives
                .iter()
                .find_map(|unheld| unheld.failure.error()),
            Reason::CameBefore { .. }
            | Reason::NotConnected
            | Reason::Closed { .. }
            | Reason::Broken { .. }
            | Reason::Ended { .. }
            | Reason::NoAnswer { .. }
            | Reason::BoundAs { .. }
            | Reason::NotEnded { .. }
            | Reason::EndedOtherwise { .. }
            | Reason::LetIn { .. }
            | Reason::NotRefused { .. }
            | Reason::StillOpen { .. } => None,
        }
    }

    /// What is wrong with the nearest candidate, if it can have been meant.
    pub fn nearest_difference(&self) -> Option<&Mismatch> {
        let first = self.candidates.first()?.differences.first()?;
        (first.rule != Rule::Name).then(|| first.focus())
    }

    /// Whether what did not match was hidden before it was compared, as it is in a recording.
    pub(crate) fn is_of_hidden(&self) -> bool {
        let received = self
            .nearest_difference()
            .and_then(|mismatch| mismatch.received.as_deref());
        let mut alternatives = self.alternatives.iter();
        received.is_some_and(|received| received.contains(REDACTED))
            || alternatives.any(|unheld| unheld.failure.is_of_hidden())
    }
}

/// Why what is hidden does not match, and what to try.
pub(crate) const ABOUT_HIDDEN: &str = "a transcript has only `[redacted]` of SASL payloads and encoded passwords, so that \
     what is expected of them can be judged by `scansion run` alone; a wildcard that takes any text, `$<NAME>`, takes \
     that, too";

/// Why it is a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Nothing that matches came in time.
    Timeout {
        /// How long we waited.
        waited: Duration,
    },
    /// The request has been answered, and with something else.
    WrongAnswer,
    /// Something else came next, and the script is strict.
    NotNext,
    /// Something else came next, on a stream that is not bound.
    NotNextElement,
    /// The actor does not have a stream.
    NotConnected,
    /// The stream was closed.
    Closed {
        /// How.
        how: Closed,
    },
    /// The stream broke after this, without its end and without a stream error.
    Broken {
        /// How.
        how: Closed,
    },
    /// The server did not show that it had handled this: it did not answer what the runner asked after it.
    NoAnswer {
        /// The actor over whose stream it was asked.
        stream: ActorName,
        /// The entities that did not answer.
        silent: Vec<String>,
        /// How long we waited.
        waited: Duration,
    },
    /// The session is not one of the user who logged in, or not the one that the story spells out.
    BoundAs {
        /// The JID that it should have, a bare or full one.
        wanted: String,
        /// The full JID that it has.
        bound: String,
    },
    /// What was expected came, but before what it has to come behind.
    CameBefore {
        /// The place in the script of what it has to come behind.
        other: Span,
    },
    /// Something came where nothing should.
    Unwanted,
    /// Something came that must not.
    Forbidden,
    /// Stanzas were left at the end of a session, or of the story, that no step took, and the script is complete.
    LeftOver {
        /// These, at least one, in the order of the steps during which they came.
        left: Vec<Left>,
    },
    /// The server ended the stream after this, and the script is complete.
    Ended {
        /// How.
        how: Closed,
    },
    /// The server did not end the stream in time.
    NotEnded {
        /// How long we waited.
        waited: Duration,
    },
    /// The server ended the stream, and not in the way that is expected.
    EndedOtherwise {
        /// How.
        how: Closed,
    },
    /// The server refused the login, and not in the way that is expected.
    RefusedOtherwise,
    /// The server let the actor in, which was to be refused.
    LetIn {
        /// As whom.
        bound: String,
    },
    /// The server neither let the actor in nor refused it.
    NotRefused {
        /// How long we waited.
        waited: Duration,
    },
    /// No alternative of an `Either` holds.
    NoneHolds,
    /// The server did not close its side of the stream.
    StillOpen {
        /// How long we waited.
        waited: Duration,
    },
}

/// A stanza that no step took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The actor that it came for.
    pub actor: ActorName,
    /// What it is.
    pub element: Element,
    /// The line of the step during which it came.
    pub during: Span,
    /// The clauses of the steps that expect its like.
    pub claimed: Arc<[Claim]>,
}

/// Something that came and does not match.
#[derive(Debug)]
pub struct Candidate {
    /// What came.
    pub element: Element,
    /// Whether an earlier `receives` has passed it over.
    pub passed_over: bool,
    /// Whether it is an error that another actor of the script has sent.
    pub is_own: bool,
    /// In what it differs; empty where nothing was expected.
    pub differences: Vec<Mismatch>,
}

impl Candidate {
    /// The error among stanzas that were not what was expected: the nearest one if that is an error, else the first one
    /// that no step has passed over before.
    pub(crate) fn error_among(candidates: &[Self]) -> Option<&Element> {
        let mut candidates = candidates.iter().enumerate();
        let error = candidates.find(|(place, candidate)| {
            let counts = *place == 0 || !candidate.passed_over;
            counts && is_error(&candidate.element)
        });
        error.map(|(_, candidate)| &candidate.element)
    }

    /// Whether it is an error stanza that came in the place of what was expected, if anything was: of the same kind, not
    /// about something else, and not passed over by an earlier step.
    fn is_refusal_of(&self, expected: Option<&Expectation>) -> bool {
        let is_of_other_kind = self.differences.iter().any(Mismatch::is_of_name);
        let is_new = !self.passed_over && !self.is_own;
        let is_meant = || expected.is_none_or(|it| can_refuse(&self.element, it));
        is_new && is_error(&self.element) && !is_of_other_kind && is_meant()
    }
}

/// Whether something is an error stanza (RFC 6120 §8.3).
pub(crate) fn is_error(element: &Element) -> bool {
    let is_stanza = matches!(element.name(), "iq" | "message" | "presence");
    is_stanza && element.attr("type") == Some("error")
}

/// A stanza that no step expected.
#[derive(Debug)]
pub struct Stray {
    /// The actor that it came for.
    pub actor: ActorName,
    /// What it is.
    pub element: Element,
}
