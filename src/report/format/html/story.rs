//! What a sequence diagram is made of, row by row: the steps, and below each what happened on the connections.

use serde::Serialize;

use super::wire;
use crate::report::model::{Moment, MomentKind, Part, Script, Step, Verdict};
use crate::visible::{harmless, harmless_line};

/// A diagram.
#[derive(Debug, Serialize)]
pub(super) struct Story {
    /// The actors that have a lane, beside the server's.
    cast: Vec<Lane>,
    rows: Vec<Row>,
}

/// The lane of an actor.
#[derive(Debug, Serialize)]
struct Lane {
    name: String,
    /// More about it.
    about: String,
}

/// A row of a diagram.
#[derive(Debug, Serialize)]
#[serde(tag = "row", rename_all = "kebab-case")]
enum Row {
    Step(StepRow),
    Moment(Arrow),
}

#[derive(Debug, Serialize)]
struct StepRow {
    /// The part of the play that begins with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'static str>,
    /// Whether its verdict decides nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    aside: bool,
    line: usize,
    action: String,
    comments: Vec<String>,
    verdict: Verdict,
    /// The verdict in words, where it is to be shown.
    word: String,
    duration: String,
}

/// Something that happened between an actor and the server.
#[derive(Debug, Serialize)]
struct Arrow {
    at: String,
    actor: usize,
    kind: ArrowKind,
    label: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    xml: String,
    /// What a login consists of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Arrow>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum ArrowKind {
    Login,
    Sent,
    Received,
    Pinged,
    Closed,
    Left,
}

impl Story {
    /// The diagram of a script.
    pub(super) fn of(script: &Script) -> Self {
        let mut rows = Vec::new();
        let mut moments = script.moments.iter().peekable();
        let mut file = None;
        for (index, step) in script.steps.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| script.steps[before].part);
            let mut row = StepRow::of(step, before.unwrap_or_default());
            if std::mem::replace(&mut file, step.file.as_deref()) != step.file.as_deref() {
                let own = step.file.as_deref().unwrap_or(script.case.path());
                row.comments
                    .insert(0, format!("from {}", harmless_line(own)));
            }
            rows.push(Row::Step(row));
            let mut own = Vec::new();
            while let Some(moment) = moments.next_if(|moment| moment.step <= index) {
                add(&mut own, moment);
            }
            rows.extend(own.into_iter().map(Row::Moment));
        }
        let mut rest = Vec::new();
        moments.for_each(|moment| add(&mut rest, moment));
        rows.extend(rest.into_iter().map(Row::Moment));
        Self {
            cast: lanes(script),
            rows,
        }
    }

    /// Whether there is nothing to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The same as text.
    pub(super) fn text(&self) -> String {
        let lines = self.rows.iter().map(|row| match row {
            Row::Step(step) => step.text(),
            Row::Moment(arrow) => arrow.text(self.cast.get(arrow.actor)),
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The lanes of the actors in the cast. What happened to an actor that is not in the cast stands at the edge.
fn lanes(script: &Script) -> Vec<Lane> {
    let lanes = script.cast.iter().map(|actor| Lane {
        name: harmless(&actor.name),
        about: harmless(&format!("[{}] {}, {}", actor.class, actor.name, actor.jid)),
    });
    lanes.collect()
}

impl StepRow {
    /// The row of a step, behind one of this part.
    fn of(step: &Step, before: Part) -> Self {
        Self {
            part: (step.part != before).then(|| step.part.word()),
            aside: step.part == Part::Epilogue,
            line: step.line,
            action: harmless(&action(step)),
            comments: step.comments.iter().map(|line| harmless(line)).collect(),
            verdict: step.verdict,
            word: match step.verdict {
                Verdict::Passed => String::new(),
                other => other.to_string(),
            },
            duration: match step.duration {
                short if short < 0.005 => String::new(),
                duration => format!("{duration:.2} s"),
            },
        }
    }

    fn text(&self) -> String {
        let comments = self.comments.iter().map(|comment| format!("# {comment}\n"));
        let verdict = match self.word.as_str() {
            "" => String::new(),
            word => format!("  [{word}]"),
        };
        let comments: String = comments.collect();
        let part = self
            .part
            .map_or_else(String::new, |part| format!("{part}\n"));
        format!("{part}{comments}{}: {}{verdict}", self.line, self.action)
    }
}

/// What a step says, behind the line of the alternative that it belongs to.
fn action(step: &Step) -> String {
    match &step.alternative {
        Some(line) => format!("{line}: {}", step.action),
        None => step.action.clone(),
    }
}

/// Adds a moment to those of its step. What belongs to a login becomes one arrow.
fn add(arrows: &mut Vec<Arrow>, moment: &Moment) {
    match moment.kind {
        MomentKind::LoginSent => add_to_login(arrows, moment, ArrowKind::Sent),
        MomentKind::LoginReceived => add_to_login(arrows, moment, ArrowKind::Received),
        MomentKind::Connected => {
            login(arrows, moment).label = format!("login as {}", harmless(&moment.text));
        }
        MomentKind::Reached => {
            login(arrows, moment).label = format!("up to {}", harmless(&moment.text));
        }
        MomentKind::Secured => {
            login(arrows, moment).label = "TLS begins".to_owned();
        }
        MomentKind::Sent => arrows.push(Arrow::xml(moment, ArrowKind::Sent)),
        MomentKind::SentText => arrows.push(Arrow::raw(moment)),
        MomentKind::Answered => arrows.push(Arrow::by_rule(moment)),
        MomentKind::Received => arrows.push(Arrow::xml(moment, ArrowKind::Received)),
        MomentKind::Pinged | MomentKind::AskedStream => {
            let label = format!("ping {}", moment.text);
            arrows.push(Arrow::new(moment, ArrowKind::Pinged, &label));
        }
        MomentKind::Silent => {
            let label = format!("no answer from {}", moment.text);
            arrows.push(Arrow::new(moment, ArrowKind::Pinged, &label));
        }
        MomentKind::Ponged => {
            arrows.push(Arrow::new(moment, ArrowKind::Pinged, "answer to a ping"));
        }
        MomentKind::Closed => arrows.push(Arrow::new(moment, ArrowKind::Closed, &moment.text)),
        MomentKind::Left => {
            arrows.push(Arrow::new(
                moment,
                ArrowKind::Left,
                "scansion closes the stream",
            ));
        }
        MomentKind::Dropped => {
            let label = "scansion drops the connection";
            arrows.push(Arrow::new(moment, ArrowKind::Left, label));
        }
    }
}

fn add_to_login(arrows: &mut Vec<Arrow>, moment: &Moment, kind: ArrowKind) {
    let part = Arrow::xml(moment, kind);
    login(arrows, moment).parts.push(part);
}

/// The login that goes on, or a new one: an actor that is logged in begins another only in another step.
fn login<'a>(arrows: &'a mut Vec<Arrow>, moment: &Moment) -> &'a mut Arrow {
    let known = arrows
        .iter()
        .rposition(|arrow| arrow.kind == ArrowKind::Login && arrow.actor == moment.actor);
    let index = known.unwrap_or_else(|| {
        arrows.push(Arrow::new(moment, ArrowKind::Login, "login, not completed"));
        arrows.len() - 1
    });
    &mut arrows[index]
}

impl Arrow {
    fn new(moment: &Moment, kind: ArrowKind, label: &str) -> Self {
        Self {
            at: format!("{:.3}", moment.at),
            actor: moment.actor,
            kind,
            label: harmless(label).replace('\n', " "),
            xml: String::new(),
            parts: Vec::new(),
        }
    }

    fn xml(moment: &Moment, kind: ArrowKind) -> Self {
        Self {
            xml: harmless(&wire::laid_out(&moment.text)),
            ..Self::new(moment, kind, &wire::label(&moment.text))
        }
    }

    /// Text that need not be XML.
    fn raw(moment: &Moment) -> Self {
        Self {
            xml: harmless(&moment.text),
            ..Self::new(moment, ArrowKind::Sent, "text")
        }
    }

    fn by_rule(moment: &Moment) -> Self {
        let arrow = Self::xml(moment, ArrowKind::Sent);
        Self {
            label: format!("{}, by a rule", arrow.label),
            ..arrow
        }
    }

    fn text(&self, lane: Option<&Lane>) -> String {
        let sign = match self.kind {
            ArrowKind::Sent | ArrowKind::Pinged => "→",
            ArrowKind::Received => "←",
            ArrowKind::Login => "↔",
            ArrowKind::Closed | ArrowKind::Left => "×",
        };
        let name = lane.map_or("?", |lane| &lane.name);
        format!("  {:>8}  {name} {sign} {}", self.at, self.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(step: usize, actor: usize, kind: MomentKind, text: &str) -> Moment {
        Moment {
            at: 0.25,
            actor,
            step,
            kind,
            text: text.to_owned(),
        }
    }

    fn script(lines: &[usize], moments: Vec<Moment>) -> Script {
        let step = |line: &usize| Step {
            file: None,
            line: *line,
            action: "Romeo acts".to_owned(),
            part: Part::Story,
            alternative: None,
            clauses: Vec::new(),
            comments: vec!["Now".to_owned()],
            verdict: Verdict::Failed,
            duration: 0.0,
        };
        Script {
            steps: lines.iter().map(step).collect(),
            moments,
            ..Script::unreadable("a.scs", Verdict::Failed, "it did not")
        }
    }

    #[test]
    fn moments_stand_below_their_steps_and_logins_are_one() {
        use MomentKind::{Closed, Connected, LoginReceived, LoginSent, Received};
        let moments = vec![
            moment(0, 0, LoginSent, "<starttls/>"),
            moment(0, 1, Received, "<presence/>"),
            moment(0, 0, LoginReceived, "<proceed/>"),
            moment(0, 0, Connected, "romeo@localhost/x"),
            moment(1, 0, LoginSent, "<starttls/>"),
            moment(7, 0, Closed, "gone"),
        ];
        let story = Story::of(&script(&[3, 5], moments));
        assert_eq!(
            story.text(),
            "# Now\n3: Romeo acts  [failed]\n     0.250  ? ↔ login as romeo@localhost/x\n     0.250  ? ← presence\n\
             # Now\n5: Romeo acts  [failed]\n     0.250  ? ↔ login, not completed\n     0.250  ? × gone"
        );
    }
}
