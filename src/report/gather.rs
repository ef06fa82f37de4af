//! From outcomes to the data that reports are made of. Secrets are taken out here.

use std::time::Duration;

use super::clauses::Judgement;
use super::comparison::Comparison;
use super::departures::departures;
use super::failure::{self, Manner};
use super::model::{Actor, Choice, Moment, Place, Script, Step, Tag, Unexpected, Verdict};
use super::wording;
use crate::case::CaseId;
use crate::diagnostic::Color;
use crate::runner::{Chosen, Happening, Keep, Member, ScriptOutcome, StepOutcome, Stray};
use crate::script::{Headline, ast};
use crate::secrets::Secrets;
use crate::source::SourceFile;
use crate::xmpp::write_element;

/// The most of a server's log during a script that a report keeps, in bytes.
const MOST_LOG: usize = 256 * 1024;

impl Script {
    /// The result of a script that was run, or that the server does not support. It began that long after the run, and
    /// this command runs it `again`.
    pub fn of_outcome(outcome: &ScriptOutcome, started: Duration, again: Option<&str>) -> Self {
        let clauses = Judgement::of(outcome);
        let steps = outcome.steps.iter();
        let choices = outcome.chosen.iter();
        let strays = outcome.unexpected.iter();
        let told = Self {
            clauses: clauses.of_script(),
            steps: steps.map(|taken| step(taken, outcome, &clauses)).collect(),
            choices: choices
                .map(|chosen| choice(chosen, &outcome.info.source))
                .collect(),
            // The last few are for the screen; a report has all that happened, or none of it.
            moments: match outcome.kept {
                Keep::Last => Vec::new(),
                Keep::All | Keep::Settled => moments(outcome),
            },
            unexpected: strays.map(|stray| unexpected(stray, outcome)).collect(),
            server_log: outcome.server.log.end(MOST_LOG).to_string(),
            ..Self::in_short(outcome, started)
        };
        match outcome.ended_at() {
            Some(step) => told.with_end(outcome, step, again),
            None => told,
        }
    }

    /// The same where nobody wants to know all: what is counted, and what the screen tells beside the page of the step
    /// that ended the script. Of what was unexpected there is only for whom it came.
    pub fn in_short(outcome: &ScriptOutcome, started: Duration) -> Self {
        let ended = outcome.ended_at();
        let strays = outcome.unexpected.iter();
        Self {
            started: started.as_secs_f64(),
            duration: outcome.duration.as_secs_f64(),
            attempts: 1,
            message: message(outcome, ended),
            place: ended.map(|step| Place::of(&outcome.info.source, wording::focus(step).start)),
            breaks: Judgement::of(outcome).broken(),
            departures: ended.map_or_else(Vec::new, |step| departures(outcome, step)),
            notes: fault(outcome).into_iter().collect(),
            cast: outcome.cast.iter().map(actor).collect(),
            unexpected: strays.map(|stray| counted(stray, outcome)).collect(),
            ..Self::with_head(&outcome.info.headline, outcome.verdict())
        }
    }

    /// The same with all that is told of the step that ended it.
    fn with_end(self, outcome: &ScriptOutcome, step: &StepOutcome, again: Option<&str>) -> Self {
        let manner = Manner {
            color: Color::Plain,
            columns: None,
            again,
        };
        let (help, mut notes) = wording::advice_for(outcome, step);
        notes.extend(self.notes);
        let comparison = failure::comparison(outcome, step);
        Self {
            help,
            notes,
            again: again.map(str::to_owned),
            explanation: failure::page(outcome, step, manner),
            expected: failure::expected(outcome, step),
            received: failure::received_instead(outcome, step),
            comparison: comparison.map(Comparison::into_lines).unwrap_or_default(),
            differences: failure::differences(outcome, step),
            received_error: failure::received_error(outcome, step),
            ..self
        }
    }

    /// A script that was not begun: because of what is wrong with it, or because the run ended before.
    pub fn not_begun(told: &Headline, verdict: Verdict, message: &str, details: &str) -> Self {
        Self {
            message: Some(message.to_owned()),
            explanation: details.to_owned(),
            ..Self::with_head(told, verdict)
        }
    }

    /// A script of which only its head and what it came to are known.
    fn with_head(told: &Headline, verdict: Verdict) -> Self {
        Self {
            title: told.title.clone(),
            description: told.description.join("\n"),
            tags: tags(&told.tags),
            ..Self::unreadable(told.case.clone(), verdict, "")
        }
    }

    /// A script of which only its name is known.
    pub fn unreadable(case: impl Into<CaseId>, verdict: Verdict, message: &str) -> Self {
        let case = case.into();
        Self {
            title: case.to_string(),
            case,
            description: String::new(),
            tags: Vec::new(),
            clauses: Vec::new(),
            verdict,
            started: 0.0,
            duration: 0.0,
            attempts: 0,
            flaky: false,
            baseline: None,
            message: Some(message.to_owned()),
            place: None,
            breaks: Vec::new(),
            help: None,
            notes: Vec::new(),
            again: None,
            explanation: String::new(),
            expected: None,
            received: None,
            comparison: Vec::new(),
            differences: Vec::new(),
            received_error: None,
            cast: Vec::new(),
            steps: Vec::new(),
            choices: Vec::new(),
            moments: Vec::new(),
            unexpected: Vec::new(),
            departures: Vec::new(),
            server_log: String::new(),
        }
    }
}

/// What a report says of the fault that a run has put in.
fn fault(outcome: &ScriptOutcome) -> Option<String> {
    let tampered = outcome.tampered.as_ref()?;
    Some(match tampered.is_put_in {
        true => format!("the fault `{}` was put in", tampered.fault),
        false => format!(
            "the fault `{}` was to be put in, and was not",
            tampered.fault
        ),
    })
}

/// Why a script did not pass, in a sentence; none if it did.
pub fn reason(outcome: &ScriptOutcome) -> Option<String> {
    message(outcome, outcome.ended_at())
}

fn message(outcome: &ScriptOutcome, ended_at: Option<&StepOutcome>) -> Option<String> {
    match (&outcome.unmet, ended_at) {
        (Some(unmet), _) => Some(unmet.reason.clone()),
        (None, Some(step)) => {
            let source = &outcome.info.source;
            let place = wording::focus(step).start;
            let message = wording::message(outcome, step)?;
            Some(match source.named(place) {
                // That something was refused is told with its line.
                Some(_) if step.refusal().is_none() => {
                    format!("{message} (in {})", source.line(place))
                }
                Some(_) | None => message,
            })
        }
        (None, None) => None,
    }
}

impl Place {
    /// The place of an offset in a text, in bytes.
    pub fn of(source: &SourceFile, offset: usize) -> Self {
        let position = source.own_position(offset);
        Self {
            line: position.line,
            column: position.column,
        }
    }
}

fn tags(tags: &[ast::Tag]) -> Vec<Tag> {
    let tags = tags.iter().filter(|tag| !tag.is_claim()).map(|tag| Tag {
        key: tag.key.clone(),
        value: tag.value.clone(),
    });
    tags.collect()
}

fn actor(member: &Member) -> Actor {
    Actor {
        name: member.name.to_string(),
        class: member.role.keyword.to_owned(),
        jid: member.jid.clone(),
    }
}

/// The name of the file that a place is in, if that is not the script's own.
pub(super) fn other_file(source: &SourceFile, place: usize) -> Option<String> {
    source.other_file(place).map(|file| file.name().to_owned())
}

fn step(step: &StepOutcome, outcome: &ScriptOutcome, clauses: &Judgement<'_>) -> Step {
    let source = &outcome.info.source;
    Step {
        line: source.position(step.span.start).line,
        file: other_file(source, step.span.start),
        action: step.line(source).to_owned(),
        part: step.part,
        alternative: step.alternative.map(|line| source.slice(line).to_owned()),
        comments: step.comments.clone(),
        clauses: clauses.of_step(step),
        verdict: step.verdict(),
        duration: step.duration.as_secs_f64(),
    }
}

fn choice(chosen: &Chosen, source: &SourceFile) -> Choice {
    Choice {
        line: source.position(chosen.either.start).line,
        file: other_file(source, chosen.either.start),
        chose: chosen.label.clone(),
    }
}

fn moments(outcome: &ScriptOutcome) -> Vec<Moment> {
    let moments = outcome.moments.iter();
    let moments = moments.map(|moment| Moment {
        at: moment.at.as_secs_f64(),
        actor: moment.actor,
        step: moment.step,
        kind: moment.happening.kind(),
        text: text(&moment.happening, &outcome.secrets),
    });
    moments.collect()
}

/// What happened, without its kind.
fn text(happening: &Happening, secrets: &Secrets) -> String {
    let shown = |xml: &str| secrets.redact(xml).into_owned();
    match happening {
        Happening::Login(_, xml) => shown(&xml.shown()),
        Happening::Sent(xml) | Happening::Answered(xml) => shown(xml),
        Happening::SentText(bytes) => crate::runner::shown(bytes, secrets),
        Happening::Received(element) => shown(&write_element(element)),
        Happening::Connected(jid) => jid.clone(),
        Happening::Pinged(entities) | Happening::Silent(entities) => entities.join(", "),
        Happening::AskedStream => "the stream, by <r/>".to_owned(),
        Happening::Closed(how) => how.to_string(),
        Happening::Reached(milestone) => milestone.to_string(),
        Happening::Secured | Happening::Ponged | Happening::Left | Happening::Dropped => {
            String::new()
        }
    }
}

fn unexpected(stray: &Stray, outcome: &ScriptOutcome) -> Unexpected {
    let xml = write_element(&stray.element);
    Unexpected {
        xml: outcome.secrets.redact(&xml).into_owned(),
        ..counted(stray, outcome)
    }
}

fn counted(stray: &Stray, outcome: &ScriptOutcome) -> Unexpected {
    let mut cast = outcome.cast.iter();
    let actor = cast.position(|member| member.name == stray.actor);
    Unexpected {
        actor: actor.unwrap_or_default(),
        xml: String::new(),
    }
}
