//! A transcript as text: a head, then what happened, each time with its text indented below it.
//!
//! Nothing that was said on a wire can be taken for the transcript's own words: its own lines begin in the first
//! column, and all others with a tab.

use std::fmt::{self, Write};
use std::time::Duration;

use super::escape::escaped;
use super::mark;
use super::{Conditions, FORM, LATE, TIME, TITLE, Transcript};
use crate::plan::Enforced;
use crate::runner::{Member, Moment, TakenStep};

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}{FORM}\n")?;
        self.write_head(f)?;
        let (story, after) = self
            .moments
            .split_at(self.story_end.moments.min(self.moments.len()));
        for (number, step) in self.steps.iter().enumerate() {
            write_step(f, step)?;
            let own = story.iter().filter(|moment| moment.step == number);
            let (late, in_time): (Vec<_>, Vec<_>) = own.partition(|moment| moment.is_late);
            self.write_moments(f, in_time)?;
            if !late.is_empty() {
                writeln!(f, "\n{LATE}:")?;
            }
            self.write_moments(f, late)?;
        }
        let end = format!("end: {} {}", seconds(self.story_end.at), self.end.verdict);
        write_entry(f, &format!("\n{end}"), &self.end.message)?;
        self.write_moments(f, after)
    }
}

impl Transcript {
    fn write_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        property(f, "script", &self.case.to_string())?;
        property(f, "title", &self.title)?;
        property(f, "began", &self.began)?;
        self.conditions.write(f)?;
        self.cast
            .iter()
            .try_for_each(|member| write_member(f, member))
    }

    fn write_moments<'a>(
        &self,
        f: &mut fmt::Formatter<'_>,
        moments: impl IntoIterator<Item = &'a Moment>,
    ) -> fmt::Result {
        moments.into_iter().try_for_each(|moment| {
            let (word, text) = (
                mark::word(moment.happening.kind()),
                mark::text(&moment.happening),
            );
            let at = seconds(moment.at);
            let actor = escaped(&self.cast[moment.actor].name.to_string());
            write_entry(f, &format!("{at}  {word:<9}  {actor}"), &text)
        })
    }
}

impl Conditions {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duration = |time| humantime::format_duration(time).to_string();
        property(f, "timeout", &duration(self.timeout))?;
        property(f, "quiet-time", &duration(self.quiet_time))?;
        if self.strict {
            property(f, "strict", "yes")?;
        }
        if self.complete {
            property(f, "complete", "yes")?;
        }
        if self.any_order {
            property(f, "child-order", "any")?;
        }
        if self.open {
            property(f, "matching", "open")?;
        }
        if self.enforced == Enforced::Should {
            property(f, "level", "should")?;
        }
        if let Some(domain) = &self.renaming.domain {
            property(f, "domain", domain)?;
        }
        for (from, to) in &self.renaming.map {
            property(f, "map", &format!("{from}={to}"))?;
        }
        if let Some(suffix) = &self.renaming.suffix {
            property(f, "suffix", suffix)?;
        }
        let mut given = self.given.iter();
        given.try_for_each(|(name, value)| property(f, &format!("${{{name}}}"), value))
    }
}

fn property(f: &mut fmt::Formatter<'_>, key: &str, value: &str) -> fmt::Result {
    writeln!(f, "{key}: {}", escaped(value))
}

fn write_member(f: &mut fmt::Formatter<'_>, member: &Member) -> fmt::Result {
    let class = member.role.keyword.to_lowercase();
    let name = escaped(&member.name.to_string());
    write_entry(f, &format!("{class}: {name}"), &member.jid)
}

fn write_step(f: &mut fmt::Formatter<'_>, step: &TakenStep) -> fmt::Result {
    writeln!(f, "\nline {}: {}", step.line, escaped(&step.action))?;
    let time = step.time.map(humantime::format_rfc3339_millis);
    time.map_or(Ok(()), |time| property(f, TIME, &time.to_string()))
}

fn write_entry(f: &mut fmt::Formatter<'_>, head: &str, text: &str) -> fmt::Result {
    writeln!(f, "{head}")?;
    if text.is_empty() {
        return Ok(());
    }
    text.split('\n').try_for_each(|line| {
        f.write_char('\t')?;
        writeln!(f, "{}", escaped(line))
    })
}

/// In seconds, with six places.
fn seconds(time: Duration) -> String {
    format!("{}.{:06}", time.as_secs(), time.subsec_micros())
}
