//! A step that did not go well, in a sentence or two: what was expected, what came, and what to try.

use minidom::Element;

use crate::diagnostic::{Diagnostic, Severity};
use crate::matcher::{Mismatch, Pattern, Rule};
use crate::ns;
use crate::open_files::advice_for_server;
use crate::runner::{Candidate, Failure, Reason, RunError, ScriptOutcome, StepOutcome, StepStatus};
use crate::source::Span;
use crate::visible::harmless;

/// What went wrong at a step, ready to be drawn; none if nothing did.
pub(super) fn diagnostic(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<Diagnostic> {
    let diagnostic = match &step.status {
        StepStatus::Failed(failure) => failed(outcome, failure, step),
        StepStatus::Errored(error) => errored(error, step),
        StepStatus::Passed | StepStatus::NotRun => return None,
    };
    // If a server ran out of files, that is the cause, whatever it says.
    let ran_out = advice_for_server(&outcome.server.log, Some(outcome.cast.len()));
    Some(Diagnostic {
        help: ran_out.or(diagnostic.help),
        ..diagnostic
    })
}

fn failed(outcome: &ScriptOutcome, failure: &Failure, step: &StepOutcome) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        message: harmless(&format!("{} {}", step.actor, sentence(failure, outcome))),
        primary: (failure.focus(), label(failure, outcome)),
        secondary: behind(failure),
        help: advice(failure),
        notes: notes(step),
    }
}

/// What a stanza has to come behind, where it came before that.
fn behind(failure: &Failure) -> Vec<(Span, String)> {
    match &failure.reason {
        Reason::CameBefore { other } => vec![(*other, "this came later".to_owned())],
        _ => Vec::new(),
    }
}

/// Which rule is broken.
fn label(failure: &Failure, outcome: &ScriptOutcome) -> Option<String> {
    match failure.nearest_difference() {
        Some(mismatch) => Some(in_words(mismatch, outcome)),
        None if failure.reason == Reason::Forbidden => Some("this must not come".to_owned()),
        None => failure
            .expectation
            .as_ref()
            .map(|_| "expected here".to_owned()),
    }
}

/// What the author says of the step.
fn notes(step: &StepOutcome) -> Vec<String> {
    let comments = step.comments.join(" ");
    let said = match comments.trim() {
        "" => None,
        comments => Some(format!("the script says: {}", harmless(comments))),
    };
    let pinged = match &step.status {
        StepStatus::Failed(failure) if !matches!(failure.reason, Reason::NoAnswer { .. }) => {
            pings(step.pings)
        }
        StepStatus::Failed(_)
        | StepStatus::Errored(_)
        | StepStatus::Passed
        | StepStatus::NotRun => None,
    };
    said.into_iter().chain(pinged).collect()
}

/// Says that the runner has sent something on the stream that is not in the script.
fn pings(count: usize) -> Option<String> {
    let times = match count {
        0 => return None,
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    };
    Some(format!(
        "scansion had pinged {times} over this actor's stream, to keep the order of the story"
    ))
}

fn sentence(failure: &Failure, outcome: &ScriptOutcome) -> String {
    let wanted = failure.expectation.as_ref();
    let wanted = wanted.map_or_else(String::new, |expectation| name(&expectation.pattern));
    match &failure.reason {
        Reason::Timeout { waited } => {
            let received = received_in_vain(failure.candidates.len());
            format!("waited {waited:?} for {wanted}, and received {received}")
        }
        Reason::WrongAnswer if failure.candidates.first().is_some_and(is_nonza) => {
            format!("received another {wanted} than expected")
        }
        Reason::WrongAnswer => match failure.candidates.first().and_then(condition) {
            Some(condition) => format!("received an error in answer to the request: {condition}"),
            None => "received another answer to the request than expected".to_owned(),
        },
        Reason::NotNext => "received another stanza next, and the script is strict".to_owned(),
        Reason::NotConnected => {
            "cannot receive anything any more: the actor is not connected".to_owned()
        }
        Reason::Closed { how } => format!("cannot receive anything any more: {how}"),
        Reason::Broken { how } => format!("did this on a stream that broke afterwards: {how}"),
        Reason::NoAnswer {
            stream,
            silent,
            waited,
        } => format!(
            "did this, and then no answer came from {} to what was asked on the stream of {stream} within {waited:?}",
            silent.join(", ")
        ),
        Reason::BoundAs { wanted, bound } => {
            format!("logged in as {wanted}, and the server bound the session as {bound}")
        }
        Reason::Unwanted => match failure.candidates.len() {
            1 => "received a stanza where nothing should come".to_owned(),
            count => format!("received {count} stanzas where nothing should come"),
        },
        Reason::CameBefore { other } => {
            let line = outcome.info.source.position(other.start).line;
            format!("received {wanted} in another order: it came, but before line {line}'s")
        }
        Reason::Forbidden => match failure.candidates.first() {
            Some(came) if came.passed_over => {
                "received what must not come; an earlier step has passed it over".to_owned()
            }
            Some(_) | None => "received what must not come".to_owned(),
        },
        Reason::StillOpen { waited } => {
            format!("closed the stream, and the server did not close its side within {waited:?}")
        }
    }
}

/// A number of stanzas, in words, none of which is what was waited for.
fn received_in_vain(count: usize) -> String {
    match count {
        0 => "nothing".to_owned(),
        1 => "one stanza, which does not match".to_owned(),
        count => format!("{count} stanzas, none of which matches"),
    }
}

/// Whether something that came is no stanza.
fn is_nonza(candidate: &Candidate) -> bool {
    !matches!(candidate.element.name(), "iq" | "message" | "presence")
}

/// The condition of a stanza error (RFC 6120 §8.3.3).
fn condition(answer: &Candidate) -> Option<&str> {
    let mut children = answer.element.children();
    let error = children.find(|child| child.name() == "error")?;
    let mut conditions = error.children();
    let condition =
        conditions.find(|child| child.has_ns(ns::STANZA_ERRORS) && child.name() != "text");
    condition.map(Element::name)
}

/// What is waited for, in a word.
fn name(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Any(_) => "a stanza".to_owned(),
        Pattern::Element(expected) => format!("<{}>", expected.name),
    }
}

fn advice(failure: &Failure) -> Option<String> {
    if failure.nearest_difference().map(|mismatch| mismatch.rule) == Some(Rule::ChildOrder) {
        let advice = "where the order does not matter, write `scansion:order=\"any\"`; for all scripts it is \
                      `--child-order any`";
        return Some(advice.to_owned());
    }
    let advice = match failure.reason {
        Reason::Timeout { .. } if failure.candidates.is_empty() => {
            "if the server needs longer, give `--timeout`; `-v` shows all that goes over the wires"
        }
        Reason::NotNext => {
            "without `--strict` and the tag `## strict`, other stanzas may come before"
        }
        Reason::NotConnected | Reason::Closed { .. } | Reason::Broken { .. } => {
            "the server's log may tell more of how the stream ended"
        }
        Reason::NoAnswer { .. } => {
            "the server's log may tell whether it broke off here; a server that never answers XEP-0199 pings can be \
             tested with `--sync none` or the tag `## sync: none`, and `--timeout` waits longer"
        }
        Reason::BoundAs { .. } => {
            "only the resource is the server's to choose (RFC 6120 §7); `${NAME's full JID}` goes by what it chose"
        }
        Reason::Unwanted => {
            "receive it above, if it belongs to the story; what an earlier `receives` has passed over does not count \
             here, but does for `does not receive:`"
        }
        Reason::CameBefore { .. } => {
            "where any order will do, write `receives in any order:`, or `receives:` for each of them"
        }
        Reason::StillOpen { .. } => {
            "a server has to close its side, too (RFC 6120 §4.4); give `--timeout` if it needs longer"
        }
        Reason::Timeout { .. } | Reason::WrongAnswer | Reason::Forbidden => return None,
    };
    Some(advice.to_owned())
}

fn errored(error: &RunError, step: &StepOutcome) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        message: harmless(&error.to_string()),
        primary: (error.focus().unwrap_or(step.span), None),
        secondary: Vec::new(),
        help: error.advice(),
        notes: notes(step),
    }
}

/// Where the script says what went wrong at a step.
pub(super) fn focus(step: &StepOutcome) -> Span {
    match &step.status {
        StepStatus::Failed(failure) => failure.focus(),
        StepStatus::Errored(error) => error.focus().unwrap_or(step.span),
        StepStatus::Passed | StepStatus::NotRun => step.span,
    }
}

/// What went wrong at a step, in a sentence.
pub(super) fn message(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<String> {
    let message = diagnostic(outcome, step)?.message;
    let StepStatus::Failed(failure) = &step.status else {
        return Some(message);
    };
    Some(match failure.nearest_difference() {
        Some(mismatch) => format!("{message}: {}", in_words(mismatch, outcome)),
        None => message,
    })
}

/// A difference in one line, without secrets.
pub(super) fn in_words(mismatch: &Mismatch, outcome: &ScriptOutcome) -> String {
    let words = mismatch
        .to_string()
        .replace('\n', "\\n")
        .replace('\t', "\\t");
    harmless(&outcome.secrets.redact(&words))
}
