//! The page of a step that did not go well: its message under the line that it is about, the expectation beside what
//! came, and what else there is to know.

use std::time::Duration;

use colored::Colorize;
use minidom::Element;

use super::comparison;
use super::departures::departures;
use super::links::spec_link;
use super::wording::{diagnostic, in_words};
use super::xml;
use crate::diagnostic::Color;
use crate::matcher::{Mention, Mismatch, Side, SideValue, received, side_by_side};
use crate::ns;
use crate::runner::{
    Candidate, Failure, Happening, Moment, ScriptOutcome, StepOutcome, StepStatus,
};
use crate::secrets::Secrets;
use crate::source::{SourceFile, Span};
use crate::visible::{harmless, harmless_line};

/// How many lines of the server's log are shown, the last ones.
const LOG_LINES: usize = 10;

/// How many other stanzas are shown beside the nearest one, of each kind.
const OTHERS: usize = 5;

/// How many differences are listed, where there are several.
const DIFFERENCES: usize = 8;

/// The longest line for a stanza that is only mentioned, in characters, where there is room.
const MENTION: usize = 100;

/// The longest one where there is hardly any.
const SHORTEST: usize = 24;

/// What stands beside such a line: indentation, time, actor and direction.
const BESIDE: usize = 26;

/// How a page is made.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// Whether for a terminal that shows colours.
    pub color: Color,
    /// How many columns there are, or [`COLUMNS`](crate::diagnostic::COLUMNS).
    pub columns: usize,
    /// The command that runs this script alone, where one is known.
    pub again: Option<&'a str>,
}

/// All that is shown of a step that did not go well.
pub(super) fn page(outcome: &ScriptOutcome, step: &StepOutcome, manner: Manner<'_>) -> String {
    let page = Page {
        outcome,
        step,
        color: manner.color,
        mention: manner
            .columns
            .saturating_sub(BESIDE)
            .clamp(SHORTEST, MENTION),
    };
    let drawn = diagnostic(outcome, step).map(|diagnostic| {
        let drawn = diagnostic.render_within(&outcome.info.source, manner.color, manner.columns);
        format!("{}\n", drawn.trim_end())
    });
    let mut sections: Vec<String> = drawn.into_iter().collect();
    sections.extend(page.departures());
    sections.extend(page.stanzas());
    sections.extend(page.exchanges());
    sections.extend(page.server_log());
    sections.extend(page.names());
    sections.extend(page.links());
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
    let expected = dedented(&outcome.info.source, failure.expected()?);
    Some(outcome.secrets.redact(&expected).into_owned())
}

/// The stanza that came instead of what was expected at a step.
pub(super) fn received_instead(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<String> {
    let StepStatus::Failed(failure) = &step.status else {
        return None;
    };
    Some(pretty(failure.candidates.first()?, outcome))
}

struct Page<'a> {
    outcome: &'a ScriptOutcome,
    step: &'a StepOutcome,
    color: Color,
    /// The longest line for a stanza that is only mentioned, in characters.
    mention: usize,
}

impl Page<'_> {
    /// What was expected, what came, and what else did.
    fn stanzas(&self) -> Vec<String> {
        let StepStatus::Failed(failure) = &self.step.status else {
            return Vec::new();
        };
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
        let Some(expectation) = &failure.expectation else {
            return Vec::new();
        };
        let Some(nearest) = nearest else {
            let expected = expected(self.outcome, self.step).unwrap_or_default();
            return vec![self.section("expected", &harmless(&expected))];
        };
        let (pattern, bindings) = (&expectation.pattern, &expectation.bindings);
        let sides = side_by_side(pattern, &nearest.element, bindings);
        let sides = (self.redacted(sides.0), self.redacted(sides.1));
        let namespace = stream_namespace(&nearest.element);
        let which = match failure.candidates.len() {
            1 => String::new(),
            count => format!("the nearest of {count} "),
        };
        let before = match nearest.passed_over {
            true => ", passed over before",
            false => "",
        };
        let title = format!("expected (-) and {which}received (+){before}");
        let drawn = comparison::draw(&sides, namespace, self.color);
        let mut sections = match drawn {
            Some(drawn) => vec![self.section(&title, &drawn)],
            None => vec![self.section("received", &pretty(nearest, self.outcome))],
        };
        sections.extend(self.differences(nearest));
        sections
    }

    /// The differences, where there are several: one has been told of.
    fn differences(&self, nearest: &Candidate) -> Option<String> {
        let mut found = Vec::new();
        collect(&nearest.differences, &mut found);
        if found.len() < 2 || found[0].is_of_name() {
            return None;
        }
        let shown = found.iter().take(DIFFERENCES).map(|mismatch| {
            let line = self.outcome.info.source.position(mismatch.span.start).line;
            format!("line {line}: {}", in_words(mismatch, self.outcome))
        });
        let mut lines: Vec<String> = shown.collect();
        lines.extend(and_more(found.len(), DIFFERENCES));
        Some(self.section("differences", &lines.join("\n")))
    }

    fn unwanted(&self, stanzas: &[Candidate]) -> Option<String> {
        if stanzas.is_empty() {
            return None;
        }
        let shown = stanzas.iter().take(OTHERS);
        let mut shown: Vec<String> = shown.map(|stanza| pretty(stanza, self.outcome)).collect();
        shown.extend(and_more(stanzas.len(), OTHERS));
        Some(self.section("received", &shown.join("\n")))
    }

    /// Stanzas that are only mentioned, a line each.
    fn others(&self, title: &str, stanzas: &[&Candidate]) -> Option<String> {
        if stanzas.is_empty() {
            return None;
        }
        let shown = stanzas.iter().take(OTHERS);
        let shown = shown.map(|stanza| self.mentioned_element(&stanza.element));
        let mut lines: Vec<String> = shown.collect();
        lines.extend(and_more(stanzas.len(), OTHERS));
        Some(self.section(title, &lines.join("\n")))
    }

    /// What is known of servers that do not do what the script says.
    fn departures(&self) -> Vec<String> {
        let known = departures(self.outcome, self.step).into_iter();
        known
            .map(|known| format!("  {}\n", harmless_line(&known.sentence)))
            .collect()
    }

    /// The last that each actor sent and received.
    fn exchanges(&self) -> Option<String> {
        let actors = 0..self.outcome.cast.len();
        let lines: Vec<String> = actors.flat_map(|actor| self.last_of(actor)).collect();
        (!lines.is_empty()).then(|| self.section("last on the wires", &lines.join("\n")))
    }

    fn last_of(&self, actor: usize) -> Vec<String> {
        let own = self.outcome.moments.iter().enumerate();
        let own = own.filter(|(_, moment)| moment.actor == actor);
        let (mut sent, mut came, mut end) = (None, None, None);
        let mut left = false;
        for (number, moment) in own {
            match moment.happening {
                Happening::Sent(_) | Happening::Answered(_) => sent = Some((number, moment)),
                Happening::Received(_) => came = Some((number, moment)),
                // It is in order that the server closes its side after ours.
                Happening::Closed(_) if left => {}
                Happening::Closed(_) => end = Some((number, moment)),
                Happening::Left => left = true,
                // What a login was made of is nothing to look at once the actor is in.
                Happening::Connected(_) => {
                    (sent, came, end) = (None, None, Some((number, moment)));
                    left = false;
                }
                Happening::Login(..) => end = Some((number, moment)),
                Happening::Pinged(_) | Happening::AskedStream | Happening::Ponged => {}
            }
        }
        if sent.is_some() || came.is_some() {
            end = end.filter(|(_, moment)| matches!(moment.happening, Happening::Closed(_)));
        }
        let mut last: Vec<(usize, &Moment)> = [sent, came, end].into_iter().flatten().collect();
        last.sort_by_key(|(number, _)| *number);
        last.iter()
            .map(|(_, moment)| self.exchange(moment))
            .collect()
    }

    fn exchange(&self, moment: &Moment) -> String {
        use crate::xmpp::Direction::{Received, Sent};
        let (mark, text) = match &moment.happening {
            Happening::Sent(xml) | Happening::Answered(xml) | Happening::Login(Sent, xml) => {
                ("->", self.mentioned(xml))
            }
            Happening::Login(Received, xml) => ("<-", self.mentioned(xml)),
            Happening::Received(element) => ("<-", self.mentioned_element(element)),
            Happening::Closed(how) => ("<-", harmless(&how.to_string())),
            Happening::Connected(jid) => ("--", format!("logged in as {}", harmless(jid))),
            Happening::Pinged(_) | Happening::AskedStream | Happening::Ponged | Happening::Left => {
                ("--", String::new())
            }
        };
        let name = &self.outcome.cast[moment.actor].name;
        let name = harmless(&name.to_string());
        format!("{} {name} {mark} {text}", self.dimmed(&seconds(moment.at)))
    }

    fn mentioned_element(&self, element: &Element) -> String {
        let side = received(element, Mention::Mentioned);
        self.mentioned(&comparison::one_line(&side, stream_namespace(element)))
    }

    /// Some XML in a line that is not too long, without secrets.
    fn mentioned(&self, xml: &str) -> String {
        let line = xml::one_line(&self.outcome.secrets.redact(xml));
        match line.char_indices().nth(self.mention) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }

    /// The last that the server wrote to its log; nothing where that is not known.
    fn server_log(&self) -> Option<String> {
        let log = self.outcome.server.log.lines();
        let lines: Vec<&str> = log.filter(|line| !line.trim().is_empty()).collect();
        let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
        let last: Vec<String> = last.iter().map(|line| harmless(line)).collect();
        (!last.is_empty()).then(|| self.section("the server's log, last lines", &last.join("\n")))
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

    /// A side of a comparison without secrets.
    fn redacted(&self, mut side: Side) -> Side {
        let secrets = &self.outcome.secrets;
        for attribute in &mut side.attributes {
            redact(&mut attribute.value, secrets);
        }
        if let Some((text, _)) = &mut side.text {
            redact(text, secrets);
        }
        side.children = side
            .children
            .into_iter()
            .map(|child| self.redacted(child))
            .collect();
        side
    }
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

fn pretty(candidate: &Candidate, outcome: &ScriptOutcome) -> String {
    let side = received(&candidate.element, Mention::Mentioned);
    let pretty = comparison::pretty(&side, stream_namespace(&candidate.element));
    outcome.secrets.redact(&pretty).into_owned()
}

/// The differences proper: where a child is missing and another of its name is there, what is wrong with that one.
fn collect<'a>(differences: &'a [Mismatch], found: &mut Vec<&'a Mismatch>) {
    for mismatch in differences {
        match &mismatch.nearest {
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
    let line_start = source.text()[..span.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let indent = &source.text()[line_start..span.start];
    source
        .slice(span)
        .lines()
        .map(|line| line.strip_prefix(indent).unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}
