//! The page of a step that did not go well: its message under the line that it is about, the expectation beside what
//! came, and what else there is to know.

use std::time::Duration;

use colored::Colorize;
use minidom::Element;

use super::clauses::Judgement;
use super::comparison::{self, Comparison};
use super::departures::departures;
use super::exchanges::last_moments;
use super::gather::other_file;
use super::links::spec_link;
use super::model::Difference;
use super::server_log::excerpt;
use super::stanza_error::{self, StanzaError};
use super::wording::{alternative, diagnostic, in_words};
use super::xml;
use crate::diagnostic::{COLUMNS, Color};
use crate::matcher::{Mention, Mismatch, Side, SideValue, received, side_by_side};
use crate::ns;
use crate::raw_text;
use crate::runner::{
    Candidate, Failure, Happening, Left, Moment, Reason, ScriptOutcome, StepOutcome, StepStatus,
    Unheld,
};
use crate::secrets::Secrets;
use crate::source::{SourceFile, Span};
use crate::visible::{harmless, harmless_line};
use crate::wrapping::{shortened, wrapped};

/// How many lines of the server's log are shown at most; there are fewer than what was expected and came has.
const LOG_LINES: usize = 10;

/// How many of them are shown however little came.
const FEWEST_LOG_LINES: usize = 3;

/// By how much sections are indented, and what goes on in the next line.
const INDENT: usize = 4;

/// How many other stanzas are shown beside the nearest one, of each kind.
const OTHERS: usize = 5;

/// How many differences are listed, where there are several.
const DIFFERENCES: usize = 8;

/// The longest line for a stanza that is only mentioned, in characters, where there is room.
const MENTION: usize = 100;

/// The most characters of how a stream ended, in words of the server perhaps.
const ENDING: usize = 500;

/// The longest one where there is hardly any.
const SHORTEST: usize = 24;

/// What stands beside such a line: indentation, time, actor and direction.
const BESIDE: usize = 26;

/// How a page is made.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// Whether for a terminal that shows colours.
    pub color: Color,
    /// How many columns there are, where that is known.
    pub columns: Option<usize>,
    /// The command that runs this script alone, where one is known.
    pub again: Option<&'a str>,
}

/// All that is shown of a step that did not go well.
pub(super) fn page(outcome: &ScriptOutcome, step: &StepOutcome, manner: Manner<'_>) -> String {
    let page = Page {
        outcome,
        step,
        color: manner.color,
        columns: manner.columns,
    };
    let drawn = diagnostic(outcome, step).map(|diagnostic| {
        let drawn = diagnostic.render_within(&outcome.info.source, manner.color, manner.columns);
        format!("{}\n", drawn.trim_end())
    });
    let mut sections: Vec<String> = drawn.into_iter().collect();
    sections.extend(page.broken());
    sections.extend(page.departures());
    let stanzas = page.stanzas().concat();
    let log = page.server_log(stanzas.lines().count());
    sections.push(stanzas);
    sections.extend(page.choices());
    sections.extend(page.exchanges());
    sections.extend(log);
    sections.extend(page.names());
    sections.extend(page.links());
    // A command can be copied only as a whole, so it is the terminal that breaks it.
    let again = manner
        .again
        .map(|command| format!("  run it alone: {}\n", harmless_line(command)));
    sections.extend(again);
    sections.concat()
}

/// The element that was expected at a step, as the script has it.
pub(super) fn expected(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<String> {
    let StepStatus::Failed(failure) = &step.status else {
        return None;
    };
    expected_of(outcome, failure)
}

fn expected_of(outcome: &ScriptOutcome, failure: &Failure) -> Option<String> {
    let expected = dedented(&outcome.info.source, failure.expected()?);
    Some(outcome.secrets.redact(&expected).into_owned())
}

/// The stanza that came instead of what was expected at a step.
pub(super) fn received_instead(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<String> {
    let StepStatus::Failed(failure) = &step.status else {
        return None;
    };
    let received = match &failure.reason {
        Reason::LeftOver { left } => &left.first()?.element,
        _ => &failure.candidates.first()?.element,
    };
    Some(pretty(received, outcome))
}

/// In what the nearest stanza that came at a step differs from what was expected, where that is more than one thing.
pub(super) fn differences(outcome: &ScriptOutcome, step: &StepOutcome) -> Vec<Difference> {
    match &step.status {
        StepStatus::Failed(failure) => differences_of(outcome, failure),
        StepStatus::Passed | StepStatus::Errored(_) | StepStatus::NotRun => Vec::new(),
    }
}

fn differences_of(outcome: &ScriptOutcome, failure: &Failure) -> Vec<Difference> {
    let mut found = Vec::new();
    if let Some(nearest) = failure.candidates.first() {
        collect(&nearest.differences, &mut found);
    }
    if found.len() < 2 || found[0].is_of_name() {
        return Vec::new();
    }
    let differences = found.into_iter().map(|mismatch| Difference {
        line: outcome.info.source.position(mismatch.span.start).line,
        file: other_file(&outcome.info.source, mismatch.span.start),
        text: in_words(mismatch, outcome),
    });
    differences.collect()
}

/// The error that came at a step instead of what was expected, or where nothing should come.
pub(super) fn received_error(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<StanzaError> {
    let StepStatus::Failed(failure) = &step.status else {
        return None;
    };
    let mut error = match &failure.reason {
        Reason::LeftOver { left } => StanzaError::of(&left.first()?.element)?,
        _ => match step.refusal() {
            Some(error) => StanzaError::of(error)?,
            None => stanza_error::among(&failure.candidates)?.0,
        },
    };
    for text in error.texts_mut() {
        *text = outcome.secrets.redact(text).into_owned();
    }
    Some(error)
}

/// What was expected at a step laid over the nearest stanza that came.
pub(super) fn comparison(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<Comparison> {
    let StepStatus::Failed(failure) = &step.status else {
        return None;
    };
    comparison_of(outcome, failure)
}

fn comparison_of(outcome: &ScriptOutcome, failure: &Failure) -> Option<Comparison> {
    let (expectation, nearest) = (failure.expectation.as_ref()?, failure.candidates.first()?);
    let (pattern, bindings) = (&expectation.pattern, &expectation.bindings);
    let sides = side_by_side(pattern, &nearest.element, bindings);
    let sides = (redacted(sides.0, outcome), redacted(sides.1, outcome));
    Comparison::of(&sides, stream_namespace(&nearest.element))
}

struct Page<'a> {
    outcome: &'a ScriptOutcome,
    step: &'a StepOutcome,
    color: Color,
    /// How many columns there are, where that is known.
    columns: Option<usize>,
}

impl Page<'_> {
    /// What was expected, what came, and what else did.
    fn stanzas(&self) -> Vec<String> {
        let StepStatus::Failed(failure) = &self.step.status else {
            return Vec::new();
        };
        if let Reason::LeftOver { left } = &failure.reason {
            return vec![self.left_over(left)];
        }
        let alternatives = failure.alternatives.iter();
        let alternatives = alternatives.flat_map(|unheld| self.alternative(unheld));
        let own = self.stanzas_of(failure).into_iter();
        own.chain(alternatives).collect()
    }

    /// Why an alternative does not hold.
    fn alternative(&self, unheld: &Unheld) -> Vec<String> {
        let line = self.outcome.info.source.line(unheld.span.start);
        let title = format!("  {} ({line}):\n", harmless_line(&unheld.label));
        let sections = self.stanzas_of(&unheld.failure).into_iter();
        let indented = sections.map(|section| self.indented(&section));
        let why = alternative(unheld, self.outcome);
        let why = self.outcome.secrets.redact(&why);
        [title, format!("    {}\n", harmless(&why))]
            .into_iter()
            .chain(indented)
            .collect()
    }

    fn indented(&self, section: &str) -> String {
        let lines = section.lines().map(|line| format!("  {line}\n"));
        lines.collect()
    }

    fn stanzas_of(&self, failure: &Failure) -> Vec<String> {
        if failure.expectation.is_none() {
            return self.unwanted(&failure.candidates).into_iter().collect();
        }
        let mut others = failure.candidates.iter();
        let mut sections = self.expectation(failure, others.next());
        let (passed_over, waiting): (Vec<&Candidate>, Vec<&Candidate>) =
            others.partition(|other| other.passed_over);
        sections.extend(self.others("passed over before", &passed_over));
        sections.extend(self.others("also waiting", &waiting));
        sections
    }

    /// The expectation and what is nearest to it, laid over each other.
    fn expectation(&self, failure: &Failure, nearest: Option<&Candidate>) -> Vec<String> {
        let Some(nearest) = nearest else {
            let expected = expected_of(self.outcome, failure).unwrap_or_default();
            return vec![self.section("expected", &harmless(&expected))];
        };
        let which = match failure.candidates.len() {
            1 => String::new(),
            count => format!("the nearest of {count} "),
        };
        let before = match nearest.passed_over {
            true => ", passed over before",
            false => "",
        };
        let title = format!("expected (-) and {which}received (+){before}");
        let mut sections = match comparison_of(self.outcome, failure) {
            Some(comparison) => vec![self.section(&title, &comparison.draw(self.color))],
            None => vec![self.section("received", &pretty(&nearest.element, self.outcome))],
        };
        sections.extend(self.differences(failure));
        sections
    }

    /// The differences, where there are several: one has been told of.
    fn differences(&self, failure: &Failure) -> Option<String> {
        let found = differences_of(self.outcome, failure);
        let shown = found.iter().take(DIFFERENCES);
        let mut lines: Vec<String> = shown.map(|one| self.wrapped(&one.to_string())).collect();
        lines.extend(and_more(found.len(), DIFFERENCES));
        (!found.is_empty()).then(|| self.section("differences", &lines.join("\n")))
    }

    fn unwanted(&self, stanzas: &[Candidate]) -> Option<String> {
        if stanzas.is_empty() {
            return None;
        }
        let shown = stanzas.iter().take(OTHERS);
        let shown = shown.map(|stanza| pretty(&stanza.element, self.outcome));
        let mut shown: Vec<String> = shown.collect();
        shown.extend(and_more(stanzas.len(), OTHERS));
        Some(self.section("received", &shown.join("\n")))
    }

    /// What nobody expected, each with the actor that it came for and the line during which it came.
    fn left_over(&self, left: &[Left]) -> String {
        let shown = left.iter().take(OTHERS).map(|left| {
            let line = self.outcome.info.source.line(left.during.start);
            let stanza = pretty(&left.element, self.outcome);
            format!(
                "{}, during {line}:\n{stanza}",
                harmless(&left.actor.to_string())
            )
        });
        let mut shown: Vec<String> = shown.collect();
        shown.extend(and_more(left.len(), OTHERS));
        self.section("nobody expected", &shown.join("\n"))
    }

    /// Stanzas that are only mentioned, a line each.
    fn others(&self, title: &str, stanzas: &[&Candidate]) -> Option<String> {
        if stanzas.is_empty() {
            return None;
        }
        let shown = stanzas.iter().take(OTHERS);
        let shown = shown.map(|stanza| self.wrapped(&self.mentioned_element(&stanza.element)));
        let mut lines: Vec<String> = shown.collect();
        lines.extend(and_more(stanzas.len(), OTHERS));
        Some(self.section(title, &lines.join("\n")))
    }

    /// The clauses that the server breaks, each with where it can be read.
    fn broken(&self) -> Vec<String> {
        let broken = Judgement::of(self.outcome).broken().into_iter();
        let told = broken.map(|clause| {
            let line = self.told(&format!("breaks {clause}"));
            let link = harmless_line(&clause.link);
            let sentence = clause.sentence.map(|sentence| {
                let quoted = format!("    \"{}\"", harmless_line(&sentence));
                wrapped(&quoted, self.columns.unwrap_or(COLUMNS), INDENT) + "\n"
            });
            format!("{line}    {link}\n{}", sentence.unwrap_or_default())
        });
        told.collect()
    }

    /// What is known of servers that do not do what the script says.
    fn departures(&self) -> Vec<String> {
        let known = departures(self.outcome, self.step).into_iter();
        known.map(|known| self.told(&known.sentence)).collect()
    }

    /// The last that the actors sent and received, in the order of time.
    fn exchanges(&self) -> Option<String> {
        let moments = last_moments(self.outcome, self.step).into_iter();
        let lines: Vec<String> = moments
            .map(|moment| self.wrapped(&self.exchange(moment)))
            .collect();
        (!lines.is_empty()).then(|| self.section("last on the wires", &lines.join("\n")))
    }

    fn exchange(&self, moment: &Moment) -> String {
        use crate::xmpp::Direction::{Received, Sent};
        let (mark, text) = match &moment.happening {
            Happening::Sent(xml) | Happening::Answered(xml) => ("->", self.mentioned(xml)),
            Happening::Login(Sent, xml) => ("->", self.mentioned(&xml.shown())),
            Happening::SentText(bytes) => ("->", self.mentioned(&raw_text::write(bytes))),
            Happening::Login(Received, xml) => ("<-", self.mentioned(&xml.shown())),
            Happening::Received(element) => ("<-", self.mentioned_element(element)),
            Happening::Closed(how) => {
                let words = shortened(&how.to_string(), ENDING);
                ("<-", harmless_line(&words))
            }
            Happening::Connected(jid) => ("--", format!("logged in as {}", harmless(jid))),
            Happening::Reached(milestone) => ("--", format!("has come to {milestone}")),
            Happening::Secured => ("--", "went over to TLS".to_owned()),
            Happening::Dropped => ("--", "dropped the connection".to_owned()),
            Happening::Pinged(_)
            | Happening::AskedStream
            | Happening::Silent(_)
            | Happening::Ponged
            | Happening::Left => ("--", String::new()),
        };
        let name = &self.outcome.cast[moment.actor].name;
        let name = harmless(&name.to_string());
        format!("{} {name} {mark} {text}", self.dimmed(&seconds(moment.at)))
    }

    /// A stanza in a line that is not too long. Of an error there is what it says.
    fn mentioned_element(&self, element: &Element) -> String {
        let side = received(element, Mention::Mentioned);
        let namespace = stream_namespace(element);
        match StanzaError::of(element) {
            None => self.mentioned(&comparison::one_line(&side, namespace)),
            Some(error) => {
                let tag = self.mentioned(&comparison::start_tag(side, namespace));
                let words = self.outcome.secrets.redact(&error.to_string()).into_owned();
                format!("{tag} {}", harmless_line(&words))
            }
        }
    }

    /// Some XML in a line that is not too long, without secrets.
    fn mentioned(&self, xml: &str) -> String {
        let line = xml::one_line(&self.outcome.secrets.redact(xml));
        let columns = self.columns.unwrap_or(COLUMNS);
        let room = columns.saturating_sub(BESIDE).clamp(SHORTEST, MENTION);
        shortened(&line, room)
    }

    /// What the server wrote to its log meanwhile, in fewer lines than those before it; nothing where that is not known.
    fn server_log(&self, before: usize) -> Option<String> {
        let most = match before {
            0 => LOG_LINES,
            before => before.saturating_sub(2).clamp(FEWEST_LOG_LINES, LOG_LINES),
        };
        let columns = self.columns.unwrap_or(COLUMNS).saturating_sub(INDENT);
        let log = &self.outcome.server.log;
        let excerpt = excerpt(&log.text, most, columns)?;
        let title = match (excerpt.shown, excerpt.all) {
            (shown, all) if log.left_out > 0 => {
                format!("the server's log, {shown} of the last {all} entries")
            }
            (shown, all) if shown == all => "the server's log".to_owned(),
            (shown, all) => format!("the server's log, {shown} of {all} entries"),
        };
        Some(self.section(&title, &excerpt.lines.join("\n")))
    }

    /// Which alternatives held before.
    fn choices(&self) -> Option<String> {
        let source = &self.outcome.info.source;
        let lines = self.outcome.chosen.iter().map(|chosen| {
            let line = source.line(chosen.either.start);
            format!("{line}: {}", harmless_line(&chosen.label))
        });
        let lines: Vec<String> = lines.collect();
        (!lines.is_empty()).then(|| self.section("chosen before", &lines.join("\n")))
    }

    /// Under which names the script was run, where these are not its own, and what its other names stood for.
    fn names(&self) -> Option<String> {
        let suffix = self.outcome.suffix.as_ref();
        let suffix = suffix
            .map(|suffix| format!("  names of accounts and rooms ended in {suffix} (--unique)\n"));
        let given = self.outcome.given.iter();
        let given =
            given.map(|(name, value)| format!("  ${{{name}}} was {}\n", harmless_line(value)));
        let names: String = suffix.into_iter().chain(given).collect();
        (!names.is_empty()).then_some(names)
    }

    /// Where the specifications that the script is about can be read.
    fn links(&self) -> Option<String> {
        let links: Vec<String> = self
            .outcome
            .info
            .headline
            .tags
            .iter()
            .filter_map(|tag| {
                let link = spec_link(&tag.key, tag.value.as_deref())?;
                Some(format!("{}  {link}", harmless_line(&tag.to_string())))
            })
            .collect();
        (!links.is_empty()).then(|| self.section("about", &links.join("\n")))
    }

    fn section(&self, title: &str, text: &str) -> String {
        let mut section = format!("  {title}:\n");
        for line in text.lines() {
            section.push_str("    ");
            section.push_str(line);
            section.push('\n');
        }
        section
    }

    fn dimmed(&self, text: &str) -> String {
        match self.color {
            Color::Plain => text.to_owned(),
            Color::Styled => text.dimmed().to_string(),
        }
    }

    /// A line of a section, or several where the screen is too narrow for one.
    fn wrapped(&self, line: &str) -> String {
        let columns = self.columns.unwrap_or(usize::MAX);
        wrapped(line, columns.saturating_sub(INDENT), INDENT)
    }

    /// A line by itself, or several where the screen is too narrow for one.
    fn told(&self, text: &str) -> String {
        let line = format!("  {}", harmless_line(text));
        let columns = self.columns.unwrap_or(usize::MAX);
        wrapped(&line, columns, INDENT) + "\n"
    }
}

/// A side of a comparison without secrets.
fn redacted(mut side: Side, outcome: &ScriptOutcome) -> Side {
    let secrets = &outcome.secrets;
    for attribute in &mut side.attributes {
        redact(&mut attribute.value, secrets);
    }
    if let Some((text, _)) = &mut side.text {
        redact(text, secrets);
    }
    let children = side.children.into_iter();
    side.children = children.map(|child| redacted(child, outcome)).collect();
    side
}

fn redact(value: &mut SideValue, secrets: &Secrets) {
    let (SideValue::Came(text) | SideValue::Expected(text)) = value;
    *text = secrets.redact_value(text).into_owned();
}

fn stream_namespace(element: &Element) -> &'static str {
    match element.ns().as_str() {
        ns::COMPONENT => ns::COMPONENT,
        _ => ns::CLIENT,
    }
}

fn pretty(element: &Element, outcome: &ScriptOutcome) -> String {
    let side = received(element, Mention::Mentioned);
    let pretty = comparison::pretty(&side, stream_namespace(element));
    outcome.secrets.redact(&pretty).into_owned()
}

/// The differences proper: where a child is missing and another of its name is there, what is wrong with that one.
fn collect<'a>(differences: &'a [Mismatch], found: &mut Vec<&'a Mismatch>) {
    for mismatch in differences {
        match &mismatch.nearest {
            _ if mismatch.is_of_all_children() => found.push(mismatch),
            Some(nearest) if !nearest.differences.iter().any(Mismatch::is_of_name) => {
                collect(&nearest.differences, found);
            }
            _ => found.push(mismatch),
        }
    }
}

fn and_more(count: usize, shown: usize) -> Option<String> {
    (count > shown).then(|| format!("… and {} more", count - shown))
}

fn seconds(at: Duration) -> String {
    format!("{:.3} s", at.as_secs_f64())
}

/// Lines of the script without the indentation that all of them have.
fn dedented(source: &SourceFile, span: Span) -> String {
    let indent = source.line_before(span.start);
    source
        .slice(span)
        .lines()
        .map(|line| line.strip_prefix(indent).unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}
