//! Reading transcripts.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use super::escape::unescaped;
use super::mark;
use super::{
    Conditions, End, FORM, LATE, TIME, TITLE, Transcript, TranscriptError, TranscriptErrorKind,
};
use crate::case::CaseId;
use crate::plan::{Enforced, Renaming};
use crate::runner::{Member, Moment, StoryEnd, TakenStep};
use crate::script::ROLES;
use crate::script::ast::ActorName;

/// A line of the transcript's own, and the text below it.
struct Entry<'a> {
    line: usize,
    head: &'a str,
    body: Vec<&'a str>,
}

impl Entry<'_> {
    fn text(&self) -> String {
        let lines: Vec<String> = self.body.iter().map(|line| unescaped(line)).collect();
        lines.join("\n")
    }
}

impl Transcript {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// When it is no transcript, is of another version, or is damaged.
    pub fn read(file: &str, text: &str) -> Result<Self, TranscriptError> {
        let error = |line, kind| TranscriptError {
            file: file.to_owned(),
            line,
            kind,
        };
        check_form(text).map_err(|kind| error(1, kind))?;
        let mut reader = Reader::default();
        let entries = entries(text);
        for entry in entries.iter().skip(1) {
            reader
                .entry(entry)
                .map_err(|kind| error(entry.line, kind))?;
        }
        let last = text.lines().count();
        reader.finish().map_err(|kind| error(last, kind))
    }
}

fn check_form(text: &str) -> Result<(), TranscriptErrorKind> {
    let first = text.lines().next().unwrap_or_default();
    let form = first
        .strip_prefix(TITLE)
        .ok_or(TranscriptErrorKind::Other)?;
    match form.trim() == FORM.to_string() {
        true => Ok(()),
        false => Err(TranscriptErrorKind::Form(form.trim().to_owned())),
    }
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let lines = text.split('\n').enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(text), Some(entry)) => entry.body.push(text),
            _ => entries.push(Entry {
                line: index + 1,
                head: line,
                body: Vec::new(),
            }),
        }
    }
    entries
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    case: Option<CaseId>,
    title: Option<String>,
    began: Option<String>,
    timeout: Option<Duration>,
    quiet_time: Option<Duration>,
    strict: bool,
    complete: bool,
    any_order: bool,
    open: bool,
    enforced: Enforced,
    renaming: Renaming,
    given: BTreeMap<String, String>,
    cast: Vec<Member>,
    steps: Vec<TakenStep>,
    /// Whether what follows came too late for the last step.
    is_late: bool,
    moments: Vec<Moment>,
    end: Option<(StoryEnd, End)>,
}

impl Reader {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<(), TranscriptErrorKind> {
        if entry.head.starts_with(|first: char| first.is_ascii_digit()) {
            return self.moment(entry);
        }
        let (key, value) = entry
            .head
            .split_once(':')
            .ok_or(TranscriptErrorKind::NoEntry)?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match key.strip_prefix("line ") {
            Some(line) => self.step(line, value),
            None if key == "end" => self.end(value, entry),
            None => self.property(key, unescaped(value), entry),
        }
    }

    fn property(
        &mut self,
        key: &str,
        value: String,
        entry: &Entry<'_>,
    ) -> Result<(), TranscriptErrorKind> {
        match key {
            "script" => self.case = Some(value.into()),
            "title" => self.title = Some(value),
            "began" => self.began = Some(value),
            "timeout" => self.timeout = Some(duration(&value)?),
            "quiet-time" => self.quiet_time = Some(duration(&value)?),
            "strict" => self.strict = only(&value, "yes", "`yes`")?,
            "complete" => self.complete = only(&value, "yes", "`yes`")?,
            "child-order" => self.any_order = only(&value, "any", "`any`")?,
            "matching" => self.open = only(&value, "open", "`open`")?,
            "level" => {
                only(&value, "should", "`should`")?;
                self.enforced = Enforced::Should;
            }
            "domain" => self.renaming.domain = Some(value),
            "map" => {
                let (from, to) = value
                    .split_once('=')
                    .ok_or_else(|| unfit(&value, "two domains, as in a.localhost=b.localhost"))?;
                self.renaming.map.insert(from.to_owned(), to.to_owned());
            }
            "suffix" => self.renaming.suffix = Some(value),
            LATE => self.is_late = true,
            TIME if !self.steps.is_empty() => self.time_of_step(&value)?,
            other => match given_name(other) {
                Some(name) => {
                    self.given.insert(name.to_owned(), value);
                }
                None => self.member(other, &value, entry)?,
            },
        }
        Ok(())
    }

    fn member(
        &mut self,
        key: &str,
        name: &str,
        entry: &Entry<'_>,
    ) -> Result<(), TranscriptErrorKind> {
        let role = ROLES.iter().find(|role| role.keyword.to_lowercase() == key);
        self.cast.push(Member {
            name: ActorName::new(name),
            role: role.ok_or_else(|| TranscriptErrorKind::UnknownProperty(key.to_owned()))?,
            jid: entry.text(),
        });
        Ok(())
    }

    fn step(&mut self, line: &str, action: &str) -> Result<(), TranscriptErrorKind> {
        self.is_late = false;
        self.steps.push(TakenStep {
            line: number(line)?,
            action: unescaped(action),
            time: None,
        });
        Ok(())
    }

    fn time_of_step(&mut self, value: &str) -> Result<(), TranscriptErrorKind> {
        let time = humantime::parse_rfc3339(value);
        let time = time.map_err(|_| unfit(value, "a time, as in 2026-07-28T12:00:00Z"))?;
        if let Some(step) = self.steps.last_mut() {
            step.time = Some(time);
        }
        Ok(())
    }

    fn end(&mut self, value: &str, entry: &Entry<'_>) -> Result<(), TranscriptErrorKind> {
        let (at, verdict) = value.split_once(' ').unwrap_or((value, ""));
        let story_end = StoryEnd {
            moments: self.moments.len(),
            at: time(at)?,
        };
        let end = End {
            verdict: verdict.to_owned(),
            message: entry.text(),
        };
        self.end = Some((story_end, end));
        self.is_late = false;
        Ok(())
    }

    fn moment(&mut self, entry: &Entry<'_>) -> Result<(), TranscriptErrorKind> {
        let mut parts = entry.head.splitn(2, "  ");
        let at = time(parts.next().unwrap_or_default())?;
        let (word, name) = parts
            .next()
            .and_then(|rest| rest.split_once("  "))
            .ok_or(TranscriptErrorKind::NoEntry)?;
        let kind = mark::kind(word.trim()).ok_or(TranscriptErrorKind::NoEntry)?;
        let actor = self.actor(&unescaped(name.trim()))?;
        let happening = mark::happening(kind, entry.text(), self.cast[actor].role);
        self.moments.push(Moment {
            at,
            actor,
            step: self.last_step()?,
            is_late: self.is_late,
            happening: happening.map_err(TranscriptErrorKind::Stanza)?,
        });
        Ok(())
    }

    fn last_step(&self) -> Result<usize, TranscriptErrorKind> {
        let steps = self.steps.len();
        steps.checked_sub(1).ok_or(TranscriptErrorKind::NoStep)
    }

    fn actor(&self, name: &str) -> Result<usize, TranscriptErrorKind> {
        let mut cast = self.cast.iter();
        let actor = cast.position(|member| &*member.name.0 == name);
        actor.ok_or_else(|| TranscriptErrorKind::UnknownActor(name.to_owned()))
    }

    fn finish(self) -> Result<Transcript, TranscriptErrorKind> {
        let (story_end, end) = self.end.ok_or(TranscriptErrorKind::Incomplete)?;
        Ok(Transcript {
            case: self.case.ok_or(TranscriptErrorKind::Missing("script"))?,
            title: self.title.ok_or(TranscriptErrorKind::Missing("title"))?,
            began: self.began.ok_or(TranscriptErrorKind::Missing("began"))?,
            conditions: Conditions {
                renaming: self.renaming,
                given: self.given,
                strict: self.strict,
                complete: self.complete,
                any_order: self.any_order,
                open: self.open,
                enforced: self.enforced,
                timeout: self
                    .timeout
                    .ok_or(TranscriptErrorKind::Missing("timeout"))?,
                quiet_time: self
                    .quiet_time
                    .ok_or(TranscriptErrorKind::Missing("quiet-time"))?,
            },
            cast: self.cast,
            steps: self.steps,
            moments: self.moments,
            story_end,
            end,
        })
    }
}

/// The name in `${…}`.
fn given_name(key: &str) -> Option<&str> {
    key.strip_prefix("${")?.strip_suffix('}')
}

fn only(value: &str, word: &str, wanted: &'static str) -> Result<bool, TranscriptErrorKind> {
    match value == word {
        true => Ok(true),
        false => Err(unfit(value, wanted)),
    }
}

/// A time that a run could have waited: no run waits longer than a day.
fn duration(value: &str) -> Result<Duration, TranscriptErrorKind> {
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
    let read = humantime::parse_duration(value).ok();
    let read = read.filter(|time| *time <= LONGEST);
    read.ok_or_else(|| unfit(value, "a time of a day at most, for example 5s"))
}

/// A time from the beginning: seconds and six places.
fn time(value: &str) -> Result<Duration, TranscriptErrorKind> {
    let read = value.split_once('.').and_then(|(seconds, micros)| {
        let micros: u32 = Some(micros)
            .filter(|micros| micros.len() == 6)?
            .parse()
            .ok()?;
        Some(Duration::new(seconds.parse().ok()?, micros * 1000))
    });
    read.ok_or_else(|| unfit(value, "a time in seconds, for example 0.000102"))
}

fn number<T: FromStr>(value: &str) -> Result<T, TranscriptErrorKind> {
    let read = value.parse();
    read.map_err(|_| unfit(value, "the number of a line"))
}

fn unfit(value: &str, wanted: &'static str) -> TranscriptErrorKind {
    TranscriptErrorKind::Value {
        value: value.to_owned(),
        wanted,
    }
}
