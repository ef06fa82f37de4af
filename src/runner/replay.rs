//! A recording that is played back in the place of a server.
//!
//! What was recorded happened one after the other. What came between two acts of the actors came before the story had
//! gone on, so it is there for a step that receives then; what came later is not, nor what came when the same step had
//! waited as long as it could. From the place on where a story does something else than the recorded one, the recording
//! says nothing.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use minidom::{Element, Node};

use super::arrival::{Arrival, Arrived};
use super::error::RunErrorKind;
use super::recording::{Happening, Moment};
use crate::ns;
use crate::plan::Plan;
use crate::xmpp::{self, Closed, Milestone};

/// What was recorded of a script, up to the end of its story.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// What happened on the connections, in order, the actors being those of the plan that is to be judged.
    pub moments: &'a [Moment],
    /// The steps that were taken.
    pub steps: &'a [TakenStep],
    /// When the story ended, counted from the beginning of the script.
    pub ended: Duration,
    /// Whether it ended because the run could not be done, so that nobody knows what would have come of it.
    pub is_cut_off: bool,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenStep {
    /// The number of its line in the script.
    pub line: usize,
    /// The text of that line.
    pub action: String,
    /// The time that it was for the step, if the story tells the time.
    pub time: Option<SystemTime>,
}

/// What an actor does, which has to be the same as in the recording.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act<'a> {
    /// Leads its connection on to a milestone, be it a new one or not.
    Reach(Milestone, Begins),
    /// Leads its connection on as far as the server lets it.
    BeRefused(Begins),
    /// Goes over to TLS.
    Secure,
    /// Sends this stanza, on a stream with this default namespace.
    Send(&'a str, &'a str),
    /// Sends these bytes.
    SendText(&'a [u8]),
    /// Closes its stream.
    Leave,
    /// Ends its connection.
    Drop,
}

/// With which connection an actor comes to a milestone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begins {
    /// A new one.
    Anew,
    /// The one that it has.
    WhereItStands,
}

/// Why a recording cannot tell what comes of an act.
#[derive(Debug)]
pub(super) enum NotReplayed<'a> {
    /// Nothing more is recorded.
    Ended,
    /// Something else was done.
    Otherwise(&'a Moment),
}

/// A recording that is played back.
#[derive(Debug)]
pub(super) struct Replay<'a> {
    recorded: Recorded<'a>,
    /// For each recorded step, the one of the plan that it is, or that comes before it.
    steps: Vec<usize>,
    /// The next moment.
    at: usize,
    /// How many sessions each actor has had.
    sessions: Vec<u32>,
    /// The steps of the plan that are being taken.
    current: Range<usize>,
    /// The recorded step after which nothing comes for now.
    hold: Option<usize>,
    /// The first recorded step that has not been held at.
    unheld: usize,
    /// How far the story has come at least, by what was done, came while it was waited for, and by the time it let pass.
    passed: Duration,
    /// The last moment of the last act.
    acted: Option<&'a Moment>,
}

/// How exact recorded times are.
const EXACT_TO: Duration = Duration::from_millis(1);

impl<'a> Replay<'a> {
    /// A recording from its beginning, by which a plan is judged.
    pub(super) fn new(recorded: Recorded<'a>, plan: &Plan) -> Self {
        Self {
            recorded,
            steps: steps_in(plan, recorded.steps),
            at: 0,
            sessions: vec![0; plan.actors.len()],
            current: 0..0,
            hold: None,
            unheld: 0,
            passed: Duration::ZERO,
            acted: None,
        }
    }

    /// The time that it was for one of these steps of the plan.
    pub(super) fn time_of(&self, steps: Range<usize>) -> Option<SystemTime> {
        let first = self.steps.partition_point(|step| *step < steps.start);
        let taken = self.steps.iter().zip(self.recorded.steps).skip(first);
        let mut taken = taken.take_while(|(step, _)| **step < steps.end);
        taken.find_map(|(_, taken)| taken.time)
    }

    /// What came next, if it came before the next act.
    pub(super) fn next(&mut self) -> Option<Arrival> {
        let moment = self.recorded.moments.get(self.at)?;
        if self.is_held(moment) {
            return None;
        }
        let arrived = match &moment.happening {
            Happening::Received(element) => Arrived::Element(Arc::clone(element)),
            Happening::Closed(how) => Arrived::Closed(how.clone()),
            Happening::Pinged(entities) => Arrived::Kept {
                stanzas: u32::try_from(entities.len()).unwrap_or(u32::MAX),
                pings: entities.len(),
            },
            Happening::AskedStream => Arrived::Kept {
                stanzas: 0,
                pings: 1,
            },
            Happening::Silent(entities) => Arrived::Silence(entities.clone()),
            Happening::Ponged => Arrived::Kept {
                stanzas: 1,
                pings: 0,
            },
            Happening::Answered(text) => Arrived::Answered(text.clone()),
            Happening::Login(..)
            | Happening::Reached(_)
            | Happening::Secured
            | Happening::Connected(_)
            | Happening::Sent(_)
            | Happening::SentText(_)
            | Happening::Left
            | Happening::Dropped => return None,
        };
        self.at += 1;
        Some(Arrival {
            actor: moment.actor,
            session: self.sessions[moment.actor],
            at: Some(moment.at),
            during: self.steps.get(moment.step).copied(),
            arrived,
        })
    }

    /// What came next, if it came no later than during the steps that are being taken.
    pub(super) fn next_of_current(&mut self) -> Option<Arrival> {
        let moment = self.recorded.moments.get(self.at)?;
        let own = self.steps.get(moment.step)?;
        match *own < self.current.end {
            true => self.next(),
            false => None,
        }
    }

    /// Whether something comes only after the steps that are being taken.
    fn is_held(&self, moment: &Moment) -> bool {
        let own = self.steps.get(moment.step);
        let is_too_late = moment.is_late && own.is_some_and(|own| self.current.contains(own));
        is_too_late || self.hold.is_some_and(|step| moment.step > step)
    }

    /// Goes on to some steps of the plan.
    pub(super) fn go_on(&mut self, steps: Range<usize>) {
        self.current = steps;
        self.hold = None;
    }

    /// Takes an act for the next one that is recorded, if it is the same, and gives its moments.
    pub(super) fn act(
        &mut self,
        actor: usize,
        act: Act<'_>,
    ) -> Result<&'a [Moment], NotReplayed<'a>> {
        let rest = &self.recorded.moments[self.at..];
        let next = rest.first().ok_or(NotReplayed::Ended)?;
        let length = match act {
            _ if next.actor != actor => return Err(NotReplayed::Otherwise(next)),
            Act::Reach(milestone, _) => login(rest, |reached| reached == milestone)?,
            // That a connection comes about says nothing of a login.
            Act::BeRefused(_) if next.happening.milestone().is_some() => {
                return Err(NotReplayed::Otherwise(next));
            }
            Act::BeRefused(_) => login(rest, |_| true)?,
            Act::Send(xml, namespace) => match &next.happening {
                Happening::Sent(sent) if is_same(xml, sent, namespace) => 1,
                _ => return Err(NotReplayed::Otherwise(next)),
            },
            Act::SendText(bytes) => match &next.happening {
                Happening::SentText(sent) if sent == bytes => 1,
                _ => return Err(NotReplayed::Otherwise(next)),
            },
            Act::Secure if matches!(next.happening, Happening::Secured) => 1,
            Act::Leave if matches!(next.happening, Happening::Left) => 1,
            Act::Drop if matches!(next.happening, Happening::Dropped) => 1,
            Act::Secure | Act::Leave | Act::Drop => return Err(NotReplayed::Otherwise(next)),
        };
        if let Act::Reach(_, Begins::Anew) | Act::BeRefused(Begins::Anew) = act {
            self.sessions[actor] += 1;
        }
        self.at += length;
        self.acted = Some(&rest[length - 1]);
        self.note_waited();
        Ok(&rest[..length])
    }

    /// Takes note that the story has come as far as what came or was done last.
    pub(super) fn note_waited(&mut self) {
        if let Some(last) = self.at.checked_sub(1) {
            self.passed = self.passed.max(self.recorded.moments[last].at);
        }
    }

    /// Lets some time pass in which nothing is done.
    ///
    /// # Errors
    ///
    /// When something was done sooner, or the story ended: after which time. What would have come then is not known.
    pub(super) fn let_pass(&mut self, time: Duration) -> Result<(), Duration> {
        let mut rest = self.recorded.moments[self.at..].iter();
        let next = rest.find(|moment| moment.happening.is_act());
        let until = next.map_or(self.recorded.ended, |next| next.at);
        let recorded = until.saturating_sub(self.passed);
        self.passed += time;
        match recorded + EXACT_TO < time {
            true => Err(recorded),
            false => Ok(()),
        }
    }

    /// How the connection of an actor is recorded to have been lost by the last act, while that was done.
    pub(super) fn lost_by_act(&self, actor: usize) -> Option<Closed> {
        let done = self.recorded.moments.get(self.at.checked_sub(1)?)?;
        let next = self.recorded.moments.get(self.at)?;
        match &next.happening {
            Happening::Closed(how @ Closed::ConnectionLost(_)) => {
                let is_it = next.actor == actor && next.step == done.step;
                is_it.then(|| how.clone())
            }
            _ => None,
        }
    }

    /// Begins a step that receives nothing, the line of which is `line`. If it is recorded here, it ended without an act:
    /// after some time, or as there was nothing to do. So only what came before it ended comes before it ends.
    /// Tells whether it is.
    pub(super) fn hold(&mut self, line: &str) -> bool {
        let before = self.at.checked_sub(1).map(|at| &self.recorded.moments[at]);
        let behind_act = self.acted.map_or(0, |moment| moment.step + 1);
        let first = before.map_or(0, |moment| moment.step);
        let first = first.max(behind_act).max(self.unheld);
        let rest = &self.recorded.moments[self.at..];
        let last = rest
            .iter()
            .find(|moment| moment.happening.is_act())
            .map_or(self.recorded.steps.len(), |moment| moment.step);
        let steps = self.recorded.steps.iter().enumerate();
        self.hold = steps
            .take(last)
            .skip(first)
            .find(|(_, step)| step.action == line.trim())
            .map(|(step, _)| step);
        if let Some(step) = self.hold {
            self.unheld = step + 1;
        }
        self.hold.is_some()
    }

    /// Lets nothing come that came during a step of the plan or later.
    pub(super) fn hold_before(&mut self, step: usize) {
        self.current = 0..0;
        self.hold = self.steps.iter().rposition(|own| *own < step);
    }

    /// Whether all that is recorded has come, of a run that could not be done any further.
    pub(super) fn is_cut_off(&self) -> bool {
        self.recorded.is_cut_off && self.at == self.recorded.moments.len()
    }

    /// Whether all that is recorded has come, and the recorded story ended sooner after its last act than that.
    pub(super) fn ends_within(&self, patience: Duration) -> bool {
        let is_over = self.at == self.recorded.moments.len();
        let acted = self.acted.map_or(Duration::ZERO, |moment| moment.at);
        is_over && self.recorded.ended.saturating_sub(acted) < patience
    }

    /// The error that the recording ends here.
    pub(super) fn end(&self) -> RunErrorKind {
        let last = self.recorded.steps.last();
        RunErrorKind::RecordingEnds {
            line: last.map_or(0, |step| step.line),
            step: last.map_or_else(String::new, |step| step.action.clone()),
        }
    }
}

/// For each step that was taken, the one of a plan that it is, found by the text of its line, or else the one of the
/// step before it.
fn steps_in(plan: &Plan, taken: &[TakenStep]) -> Vec<usize> {
    let steps = (0..plan.steps.len()).map(|step| plan.action(step));
    let actions: Vec<String> = steps.collect();
    let mut next = 0;
    let in_plan = taken.iter().map(|taken| {
        let mut rest = actions[next..].iter();
        if let Some(ahead) = rest.position(|action| *action == taken.action) {
            next += ahead + 1;
        }
        next.saturating_sub(1)
    });
    in_plan.collect()
}

impl Happening {
    /// Whether it is what an actor does by the script.
    fn is_act(&self) -> bool {
        match self {
            Self::Login(..)
            | Self::Reached(_)
            | Self::Secured
            | Self::Connected(_)
            | Self::Sent(_)
            | Self::SentText(_)
            | Self::Left
            | Self::Dropped => true,
            Self::Received(_)
            | Self::Pinged(_)
            | Self::AskedStream
            | Self::Silent(_)
            | Self::Ponged
            | Self::Answered(_)
            | Self::Closed(_) => false,
        }
    }
}

/// How many of these moments are a login that begins with the first and leads to such a milestone.
fn login(
    moments: &[Moment],
    is_wanted: impl Fn(Milestone) -> bool,
) -> Result<usize, NotReplayed<'_>> {
    for (index, moment) in moments.iter().enumerate() {
        match &moment.happening {
            _ if moment.actor != moments[0].actor => return Err(NotReplayed::Otherwise(moment)),
            // The server has ended the connection before.
            Happening::Closed(_) => return Ok(index + 1),
            Happening::Login(..) => {}
            other if other.milestone().is_some_and(&is_wanted) => return Ok(index + 1),
            _ => return Err(NotReplayed::Otherwise(moment)),
        }
    }
    Err(NotReplayed::Ended)
}

/// Whether a text of a script is the same stanza as one that was sent: the same XML, but for white space between elements.
fn is_same(one_text: &str, other_text: &str, namespace: &str) -> bool {
    // So it is nearly always, and reading both takes much longer.
    if one_text == other_text {
        return true;
    }
    let read = |xml| xmpp::read_element(xml, namespace);
    match (read(one_text), read(other_text)) {
        (Ok(one), Ok(other)) => is_same_element(&one, &other) || is_framed(one_text, &other),
        (Err(_), Ok(other)) => is_framed(one_text, &other),
        (_, Err(_)) => false,
    }
}

/// Whether an element is what a WebSocket has in the place of this header or end of a stream (RFC 7395 §3.3).
fn is_framed(text: &str, element: &Element) -> bool {
    match xmpp::read_header(text) {
        Some(header) => is_same_element(&header.open_element(), element),
        None => text.starts_with("</") && element.is("close", ns::FRAMING),
    }
}

fn is_same_element(one: &Element, other: &Element) -> bool {
    let (nodes, others) = (content(one), content(other));
    one.name() == other.name()
        && one.ns() == other.ns()
        && one.attrs().eq(other.attrs())
        && nodes.len() == others.len()
        && nodes.iter().zip(others).all(|pair| match (pair.0, pair.1) {
            (Node::Element(one), Node::Element(other)) => is_same_element(one, other),
            (one, other) => one.as_text() == other.as_text(),
        })
}

/// What is in an element, without what only parts its children.
fn content(element: &Element) -> Vec<&Node> {
    let parts = element.children().next().is_some();
    let is_blank = |node: &Node| node.as_text().is_some_and(|text| text.trim().is_empty());
    let nodes = element.nodes();
    nodes.filter(|node| !(parts && is_blank(node))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_same(one: &str, other: &str, same: bool) {
        assert_eq!(is_same(one, other, ns::CLIENT), same, "{one} {other}");
    }

    #[test]
    fn stanzas_are_compared_as_xml() {
        let stanza = "<message to='a' id=\"1\"><body>x &amp; y</body><z xmlns='urn:z'/></message>";
        let written = "<message  id='1' to='a'>\n\t<body>x &#38; y</body>\n\t<p:z xmlns:p='urn:z'></p:z>\n</message>";
        assert_same(stanza, written, true);
        assert_same(stanza, &stanza.replace("x &", "x&"), false);
        assert_same(stanza, &stanza.replace("urn:z", "urn:y"), false);
        assert_same(stanza, &stanza.replace("'a'", "'b'"), false);
        assert_same(stanza, "<message to='a' id='1'/>", false);
        assert_same("<z>a<y/></z>", "<z><y/>a</z>", false);
        assert_same("<z> </z>", "<z/>", false);
    }

    #[test]
    fn headers_and_ends_are_elements_in_a_websocket() {
        let header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
                      xmlns:stream='http://etherx.jabber.org/streams' to='a'>";
        let open = format!("<open xmlns='{}' to='a'/>", ns::FRAMING);
        let close = format!("<close xmlns='{}'/>", ns::FRAMING);
        assert_same(header, &open, true);
        assert_same(&open, &open, true);
        assert_same(header, &open.replace("'a'", "'b'"), false);
        assert_same(&open, header, false);
        assert_same("</stream:stream>", &close, true);
        assert_same("</stream:stream>", "</stream:stream>", true);
        assert_same(header, &close, false);
        assert_same("</stream:stream>", &open, false);
    }
}
