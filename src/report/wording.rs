//! A step that did not go well, in a sentence or two: what was expected, what came, and what to try.

use std::time::Duration;

use minidom::Element;

use super::obstacles::told;
use super::stanza_error::{self, ERROR, StanzaError};
use crate::diagnostic::{Diagnostic, Severity};
use crate::matcher::{Mismatch, Pattern, Rule, names_of};
use crate::ns;
use crate::open_files::advice_for_server;
use crate::runner::{
    ABOUT_HIDDEN, Candidate, Failure, Left, Reason, RunError, ScriptOutcome, StepOutcome,
    StepStatus, Unheld,
};
use crate::script::ast::ActorName;
use crate::source::Span;
use crate::verdict::Verdict;
use crate::visible::harmless;
use crate::wrapping::shortened;

/// What went wrong at a step, ready to be drawn; none if nothing did.
pub(super) fn diagnostic(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<Diagnostic> {
    let diagnostic = match &step.status {
        StepStatus::Failed(failure) => failed(outcome, failure, step),
        StepStatus::Errored(error) => errored(outcome, error, step),
        StepStatus::Passed | StepStatus::NotRun => return None,
    };
    // If a server ran out of files, that is the cause, whatever it says.
    let ran_out = advice_for_server(&outcome.server.log.text, Some(outcome.cast.len()));
    let first = failed_first(outcome).into_iter();
    Some(Diagnostic {
        help: ran_out.or(diagnostic.help),
        notes: first.chain(diagnostic.notes).collect(),
        ..diagnostic
    })
}

/// What failed before that was known which ended the script, and is not as grave.
fn failed_first(outcome: &ScriptOutcome) -> Option<String> {
    let (step, failure, verdict) = outcome.failed_first()?;
    let line = outcome.info.source.line(step.span.start);
    let message = message_of(failure, outcome, step);
    let verdict = match verdict {
        Verdict::Failed => String::new(),
        verdict => format!(", which by itself is {verdict}"),
    };
    let told = format!("before, {line} failed{verdict}: {message}");
    Some(shown(&told, outcome))
}

fn failed(outcome: &ScriptOutcome, failure: &Failure, step: &StepOutcome) -> Diagnostic {
    let obstacle = step.obstacle.as_ref();
    let told = obstacle.map(|obstacle| told(obstacle, &outcome.info.source));
    let sentence = message_of(failure, outcome, step);
    let (mut message, cause) = match step.refusal() {
        Some(error) => (refused(error, outcome, step), Some(sentence)),
        None => (sentence, None),
    };
    if let Some(told) = &told {
        message.push_str(&format!("; {}", told.clause));
    }
    let (help, note) = told.map(|told| (told.help, harmless(&told.note))).unzip();
    Diagnostic {
        severity: Severity::Error,
        message: shown(&message, outcome),
        primary: (failure.focus(), label(failure, outcome)),
        secondary: elsewhere(failure, outcome),
        help: help.or_else(|| Some(for_time_of(step, advice(failure)?))),
        notes: cause
            .map(|cause| shown(&cause, outcome))
            .into_iter()
            .chain(note)
            .chain(notes(step))
            .collect(),
    }
}

/// That the server has refused what the prologue prepares.
fn refused(error: &Element, outcome: &ScriptOutcome, step: &StepOutcome) -> String {
    let condition = StanzaError::of(error).and_then(|error| error.condition);
    let condition = condition.unwrap_or_else(|| "an error without a condition".to_owned());
    let line = outcome.info.source.line(step.span.start);
    format!("the set-up was refused: {condition}, {line}")
}

/// The actor that a failure is told of: that of the step, or the one that was left with something.
fn who<'a>(failure: &'a Failure, step: &'a StepOutcome) -> &'a ActorName {
    match &failure.reason {
        Reason::LeftOver { left } => left.first().map_or(&step.actor, |left| &left.actor),
        _ => &step.actor,
    }
}

fn message_of(failure: &Failure, outcome: &ScriptOutcome, step: &StepOutcome) -> String {
    let sentence = sentence(failure, outcome);
    match failure.reason {
        Reason::NoneHolds => sentence,
        _ => format!("{} {sentence}", who(failure, step)),
    }
}

/// What a stanza has to come behind, where it came before that; and what each alternative lacks.
fn elsewhere(failure: &Failure, outcome: &ScriptOutcome) -> Vec<(Span, String)> {
    match &failure.reason {
        Reason::CameBefore { other } => vec![(*other, "this came later".to_owned())],
        Reason::NoneHolds => {
            let alternatives = failure.alternatives.iter();
            let unheld = alternatives.map(|unheld| {
                let failure = &unheld.failure;
                let what = label(failure, outcome);
                (
                    failure.focus(),
                    what.unwrap_or_else(|| "does not hold".to_owned()),
                )
            });
            unheld.collect()
        }
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
    let nearest = failure.candidates.first();
    let wanted = wanted.map_or_else(String::new, |wanted| name(&wanted.pattern, nearest));
    match &failure.reason {
        Reason::Timeout { waited } => {
            let received = received_in_vain(&failure.candidates);
            let waited = length(*waited);
            format!("waited {waited} for {wanted}, and received {received}")
        }
        Reason::WrongAnswer => wrong_answer(failure, &wanted),
        Reason::NotNext => format!(
            "received another stanza next, and the script is strict{}",
            and_error(&failure.candidates)
        ),
        Reason::NotNextElement => not_next_element(failure),
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
            "did this, and then no answer came from {} to what was asked on the stream of {stream} within {}",
            silent.join(", "),
            length(*waited)
        ),
        Reason::BoundAs { wanted, bound } => {
            format!("logged in as {wanted}, and the server bound the session as {bound}")
        }
        Reason::Unwanted => unwanted(&failure.candidates),
        Reason::CameBefore { other } => {
            let line = outcome.info.source.line(other.start);
            format!("received {wanted} in another order: it came, but before {line}'s")
        }
        Reason::NotEnded { waited } => {
            format!(
                "waited {}, and the server did not end the stream",
                length(*waited)
            )
        }
        Reason::EndedOtherwise { how } => {
            let error = failure
                .candidates
                .first()
                .filter(|came| came.element.name() == ERROR);
            let by = error.and_then(|error| condition(&error.element));
            let how = by.map_or_else(|| how.to_string(), |by| format!("stream error {by}"));
            format!("saw the stream end in another way than expected: {how}")
        }
        Reason::RefusedOtherwise => refused_otherwise(failure),
        Reason::LetIn { bound } => format!("was to be refused, and was let in as {bound}"),
        Reason::NotRefused { waited } => {
            format!(
                "was to be refused, and had no answer to the login within {}",
                length(*waited)
            )
        }
        Reason::NoneHolds => none_holds(failure, outcome),
        Reason::Forbidden => forbidden(&failure.candidates),
        Reason::LeftOver { left } => left_over(left, outcome),
        Reason::Ended { how } => {
            format!("did this on a stream that ended afterwards, which no line expects: {how}")
        }
        Reason::StillOpen { waited } => {
            format!(
                "closed the stream, and the server did not close its side within {}",
                length(*waited)
            )
        }
    }
}

/// What each alternative lacks.
fn none_holds(failure: &Failure, outcome: &ScriptOutcome) -> String {
    let alternatives = failure.alternatives.iter();
    let alternatives =
        alternatives.map(|unheld| format!("{}: {}", unheld.label, alternative(unheld, outcome)));
    let alternatives: Vec<String> = alternatives.collect();
    format!(
        "none of the alternatives holds; {}",
        alternatives.join("; ")
    )
}

/// Why an alternative does not hold.
pub(super) fn alternative(unheld: &Unheld, outcome: &ScriptOutcome) -> String {
    let actor = &outcome.steps[unheld.step].actor;
    format!("{actor} {}", sentence(&unheld.failure, outcome))
}

/// What came where each element has its turn.
fn not_next_element(failure: &Failure) -> String {
    let came = failure.candidates.first().map(|came| &came.element);
    let said = match (came, came.and_then(condition)) {
        (Some(came), Some(condition)) if matches!(came.name(), "error" | "failure") => {
            format!("<{}>: {condition}", came.name())
        }
        (Some(came), _) if came.is("stream", ns::STREAM) => "<stream:stream>".to_owned(),
        (Some(came), _) => format!("<{}>", came.name()),
        (None, _) => "something else".to_owned(),
    };
    format!("received {said} next, where the stream is not bound and each element has its turn")
}

/// What the server said instead, in a few words.
fn refused_otherwise(failure: &Failure) -> String {
    let condition = failure
        .candidates
        .first()
        .and_then(|said| condition(&said.element));
    let said = condition.map_or_else(String::new, |condition| format!(": {condition}"));
    format!("was refused in another way than expected{said}")
}

/// The condition that a server gives for a refusal (RFC 6120 §4.9.2, §6.4.5, §8.3.2).
fn condition(refusal: &Element) -> Option<&str> {
    let error = refusal.children().find(|child| child.name() == ERROR);
    let mut conditions = error.unwrap_or(refusal).children();
    let condition = conditions.find(|child| child.name() != "text");
    condition.map(Element::name)
}

fn wrong_answer(failure: &Failure, wanted: &str) -> String {
    match (
        failure.candidates.first(),
        stanza_error::among(&failure.candidates),
    ) {
        (Some(first), _) if is_nonza(first) => format!("received another {wanted} than expected"),
        (_, Some((error, true))) => {
            format!("received an error in answer to the request: {error}")
        }
        (_, _) => "received another answer to the request than expected".to_owned(),
    }
}

fn unwanted(stanzas: &[Candidate]) -> String {
    let count = match stanzas.len() {
        1 => "a stanza".to_owned(),
        count => format!("{count} stanzas"),
    };
    let error = and_error(stanzas);
    format!("received {count} where nothing should come{error}")
}

fn forbidden(stanzas: &[Candidate]) -> String {
    let first = stanzas.first();
    let before = match first.is_some_and(|came| came.passed_over) {
        true => "; an earlier step has passed it over",
        false => "",
    };
    let error = and_error(stanzas);
    format!("received what must not come{before}{error}")
}

/// What nobody expected: the first of it, and how much more there is.
fn left_over(left: &[Left], outcome: &ScriptOutcome) -> String {
    let source = &outcome.info.source;
    let Some(first) = left.first() else {
        return "received what nobody expected".to_owned();
    };
    let line = source.line(first.during.start);
    let error = StanzaError::of(&first.element);
    let error = error.map_or_else(String::new, |error| format!("; it is an error: {error}"));
    let more = match left.len().saturating_sub(1) {
        0 => String::new(),
        1 => "; another stanza is left, too".to_owned(),
        more => format!("; {more} more stanzas are left, too"),
    };
    format!("received what nobody expected (came during {line}){error}{more}")
}

/// How long it was waited, as authors would write it: no time at all has no unit of its own.
fn length(waited: Duration) -> String {
    match waited.is_zero() {
        true => "0s".to_owned(),
        false => format!("{waited:?}"),
    }
}

/// Stanzas, in words, none of which is what was waited for.
fn received_in_vain(stanzas: &[Candidate]) -> String {
    match (stanzas.len(), stanza_error::among(stanzas)) {
        (0, _) => "nothing".to_owned(),
        (1, None) => "one stanza, which does not match".to_owned(),
        (1, Some((error, _))) => format!("an error: {error}"),
        (count, _) => format!(
            "{count} stanzas, none of which matches{}",
            and_error(stanzas)
        ),
    }
}

/// The error that is among stanzas, for the end of a sentence about them; nothing if there is none.
fn and_error(stanzas: &[Candidate]) -> String {
    match (stanza_error::among(stanzas), stanzas.len()) {
        (None, _) => String::new(),
        (Some((error, _)), 1) => format!("; it is an error: {error}"),
        (Some((error, true)), _) => format!("; the nearest is an error: {error}"),
        (Some((error, false)), _) => format!("; one of them is an error: {error}"),
    }
}

/// Whether something that came is no stanza.
fn is_nonza(candidate: &Candidate) -> bool {
    !matches!(candidate.element.name(), "iq" | "message" | "presence")
}

/// What is waited for, in a word; with its namespace, if an element of this name in another one has come.
fn name(pattern: &Pattern, nearest: Option<&Candidate>) -> String {
    let differs = nearest.and_then(|nearest| nearest.differences.first());
    let is_namesake = differs.is_some_and(|difference| difference.rule == Rule::Namespace);
    match pattern {
        Pattern::Any(_) => "a stanza".to_owned(),
        Pattern::Element(expected) if is_namesake => {
            format!("<{} xmlns='{}'>", expected.name, expected.namespace)
        }
        Pattern::Element(_) | Pattern::OneOf(_) => names_of(pattern),
    }
}

/// Advice for a step: where it says itself how long it waits, the option that advice names would not change that.
fn for_time_of(step: &StepOutcome, advice: String) -> String {
    match step.within {
        Some(_) => advice
            .replace("give `--timeout`", "write a longer time behind `within`")
            .replace("a longer --timeout", "a longer time behind `within`"),
        None => advice,
    }
}

fn advice(failure: &Failure) -> Option<String> {
    if failure.is_of_hidden() {
        return Some(ABOUT_HIDDEN.to_owned());
    }
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
        Reason::NotNextElement => {
            "until a session is bound or resumed, `receives` takes the next element; only features and headers that \
             the step does not name may come before"
        }
        Reason::NotConnected => {
            "the actor has left in the story above, or was never let in: write `connects` before this step"
        }
        // That nothing comes, or the end itself, is expected without a stanza.
        Reason::Closed { .. } if failure.expectation.is_none() => {
            "where the stream is to end, expect that by `is disconnected`, behind which nothing comes; else the server's \
             log may tell more of how it ended"
        }
        Reason::Closed { .. } | Reason::Broken { .. } => {
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
        Reason::LeftOver { .. } => {
            "receive it, if it belongs to the story; without `--complete` and the tag `## complete` it may be left"
        }
        Reason::Ended { .. } => {
            "the server's log may tell more of how the stream ended; without `--complete` and the tag `## complete` it \
             may end"
        }
        Reason::CameBefore { .. } => {
            "where any order will do, write `receives in any order:`, or `receives:` for each of them"
        }
        Reason::StillOpen { .. } => {
            "a server has to close its side, too (RFC 6120 §4.4); give `--timeout` if it needs longer"
        }
        Reason::NotEnded { .. } => {
            "if the server needs longer, give `--timeout`; it may have sent a stream error and left the connection \
             open, which `-v` shows"
        }
        Reason::EndedOtherwise { .. } => {
            "without a block, `is disconnected` takes every end by `</stream:stream>` or of the connection"
        }
        Reason::LetIn { .. } => {
            "what an actor logs in with stands in the cast; where a `<failure>` is expected, its password makes no \
             account"
        }
        Reason::NotRefused { .. } => {
            "a server answers each attempt to log in (RFC 6120 §6.4.5); give `--timeout` if it needs longer"
        }
        Reason::Timeout { .. }
        | Reason::WrongAnswer
        | Reason::RefusedOtherwise
        | Reason::Forbidden
        | Reason::NoneHolds => {
            return None;
        }
    };
    Some(advice.to_owned())
}

fn errored(outcome: &ScriptOutcome, error: &RunError, step: &StepOutcome) -> Diagnostic {
    let has_ended = outcome.server.is_launched && error.found_no_server();
    let help = match has_ended {
        true => Some("has the launched server ended? its log may tell why".to_owned()),
        false => error.advice().map(|advice| for_time_of(step, advice)),
    };
    let help = help.map(|help| shown(&help, outcome));
    Diagnostic {
        severity: Severity::Error,
        message: shown(&error.to_string(), outcome),
        primary: (error.focus().unwrap_or(step.span), None),
        secondary: Vec::new(),
        help,
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
    if step.refusal().is_some() {
        return Some(message);
    }
    let difference = failure.nearest_difference();
    let untold = difference.filter(|mismatch| !tells_of_error(failure, mismatch));
    Some(match untold {
        Some(mismatch) => format!("{message}: {}", in_words(mismatch, outcome)),
        None => message,
    })
}

/// Whether a difference is no more than that an error came, which has been said.
fn tells_of_error(failure: &Failure, mismatch: &Mismatch) -> bool {
    let is_of_type = mismatch.rule == Rule::AttributeValue
        && mismatch.received.as_deref() == Some("type='error'");
    let error = stanza_error::among(&failure.candidates);
    is_of_type && matches!(error, Some((_, true)))
}

/// What to try after a step that did not go well, and what else there is to know; without secrets.
pub(super) fn advice_for(
    outcome: &ScriptOutcome,
    step: &StepOutcome,
) -> (Option<String>, Vec<String>) {
    let shown = |text: &str| shown(text, outcome);
    match diagnostic(outcome, step) {
        None => (None, Vec::new()),
        Some(told) => (
            told.help.as_deref().map(shown),
            told.notes.iter().map(|note| shown(note)).collect(),
        ),
    }
}

/// A difference in one line, without secrets.
pub(super) fn in_words(mismatch: &Mismatch, outcome: &ScriptOutcome) -> String {
    let words = mismatch
        .to_string()
        .replace('\n', "\\n")
        .replace('\t', "\\t");
    shown(&words, outcome)
}

/// Words as they are shown, without secrets: those of a server may have no end.
fn shown(words: &str, outcome: &ScriptOutcome) -> String {
    const LONGEST: usize = 2000;
    harmless(&outcome.secrets.redact(&shortened(words, LONGEST)))
}
