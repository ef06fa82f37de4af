//! What happened on the connections of a script's actors, in order of time.
//!
//! It only keeps what happened. No payload of SASL can be read here; the passwords of the cast can be in it, and are
//! taken out by what shows it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use minidom::Element;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::xmpp::{Closed, Direction, Milestone, WireXml};

/// How much of a recording is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keep {
    /// The last few moments of each actor, enough to see how a script ended.
    #[default]
    Last,
    /// Everything.
    All,
    /// Everything, also what comes after the last steps: the runner waits until the server has handled what was sent,
    /// and some quiet time more.
    Settled,
}

/// How many moments of an actor are its last few.
const FEW: usize = 8;

/// Something that happened on an actor's connection.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When, counted from the beginning of the script.
    pub at: Duration,
    /// The actor of the connection: an index into the cast.
    pub actor: usize,
    /// During which step: an index into the plan's steps. What happens after the last one is told of that.
    pub step: usize,
    /// Whether it is too late for that step, which had waited as long as it could, or had been quiet for long enough. What
    /// the runner asks after that is, too.
    pub is_late: bool,
    /// What.
    pub happening: Happening,
}

/// What can happen on a connection.
#[derive(Debug, Clone)]
pub enum Happening {
    /// Something of a login went over the wire, as it is on the wire but for payloads of SASL.
    Login(Direction, WireXml),
    /// A new connection was made, or an old one led on, up to this milestone; a session has a full JID
    /// ([`Happening::Connected`]).
    Reached(Milestone),
    /// The connection went over to TLS.
    Secured,
    /// The actor is logged in, under this full JID.
    Connected(String),
    /// The script sent this.
    Sent(String),
    /// The script sent these bytes, which need not be XML.
    SentText(Vec<u8>),
    /// This came, and is the script's.
    Received(Arc<Element>),
    /// Pings of the runner's own went to these entities.
    Pinged(Vec<String>),
    /// The runner asked by an `<r/>` of its own whether everything was handled (XEP-0198 §4).
    AskedStream,
    /// These entities did not answer what the runner asked in time.
    Silent(Vec<String>),
    /// The runner answered a ping of the server that was not for the script.
    Ponged,
    /// A rule of the script sent this.
    Answered(String),
    /// The server closed the stream; how.
    Closed(Closed),
    /// The script, or its end, closed the stream.
    Left,
    /// The script ended the connection without closing the stream.
    Dropped,
}

/// What can happen on a connection, without what it was about. Reports write its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MomentKind {
    /// Part of a login was sent.
    LoginSent,
    /// Part of a login came.
    LoginReceived,
    /// The connection has come to a milestone before that of a session.
    Reached,
    /// The connection went over to TLS.
    Secured,
    /// The actor was logged in.
    Connected,
    /// The script sent something.
    Sent,
    /// The script sent text that need not be XML.
    SentText,
    /// Something came.
    Received,
    /// Pings went out that keep the order of the story.
    Pinged,
    /// The server was asked by an `<r/>` for the same purpose; in reports that is a ping.
    #[serde(rename(serialize = "pinged"), skip_deserializing)]
    AskedStream,
    /// The server did not answer that in time.
    Silent,
    /// The runner answered a ping of the server that was not for the script.
    Ponged,
    /// A rule of the script sent something.
    Answered,
    /// The server closed the stream.
    Closed,
    /// The script, or its end, closed the stream.
    Left,
    /// The script ended the connection without closing the stream.
    Dropped,
}

impl MomentKind {
    /// All of them; the last one stays the last.
    pub const ALL: [Self; Self::Dropped as usize + 1] = [
        Self::LoginSent,
        Self::LoginReceived,
        Self::Reached,
        Self::Secured,
        Self::Connected,
        Self::Sent,
        Self::SentText,
        Self::Received,
        Self::Pinged,
        Self::AskedStream,
        Self::Silent,
        Self::Ponged,
        Self::Answered,
        Self::Closed,
        Self::Left,
        Self::Dropped,
    ];
}

impl Happening {
    /// How far a login has come with it.
    pub(super) fn milestone(&self) -> Option<Milestone> {
        match self {
            Self::Reached(milestone) => Some(*milestone),
            Self::Connected(_) => Some(Milestone::Session),
            Self::Login(..)
            | Self::Secured
            | Self::Sent(_)
            | Self::SentText(_)
            | Self::Received(_)
            | Self::Pinged(_)
            | Self::AskedStream
            | Self::Silent(_)
            | Self::Ponged
            | Self::Answered(_)
            | Self::Closed(_)
            | Self::Left
            | Self::Dropped => None,
        }
    }

    /// Of what kind it is.
    pub fn kind(&self) -> MomentKind {
        match self {
            Self::Login(Direction::Sent, _) => MomentKind::LoginSent,
            Self::Login(Direction::Received, _) => MomentKind::LoginReceived,
            Self::Reached(_) => MomentKind::Reached,
            Self::Secured => MomentKind::Secured,
            Self::Connected(_) => MomentKind::Connected,
            Self::Sent(_) => MomentKind::Sent,
            Self::SentText(_) => MomentKind::SentText,
            Self::Received(_) => MomentKind::Received,
            Self::Pinged(_) => MomentKind::Pinged,
            Self::AskedStream => MomentKind::AskedStream,
            Self::Silent(_) => MomentKind::Silent,
            Self::Ponged => MomentKind::Ponged,
            Self::Answered(_) => MomentKind::Answered,
            Self::Closed(_) => MomentKind::Closed,
            Self::Left => MomentKind::Left,
            Self::Dropped => MomentKind::Dropped,
        }
    }
}

/// The end of a story. Connections that are still open end after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoryEnd {
    /// How many of the moments belong to the story.
    pub moments: usize,
    /// When it ended, counted from the beginning of the script.
    pub at: Duration,
}

/// In a few words, for a sentence about the actor.
impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Login(..) | Self::Connected(_) => f.write_str("connects"),
            Self::Reached(Milestone::Connection) => f.write_str("opens a connection"),
            Self::Reached(Milestone::Stream) => f.write_str("opens a stream"),
            Self::Reached(Milestone::Login | Milestone::Session) => f.write_str("logs in"),
            Self::Secured => f.write_str("starts TLS"),
            Self::Sent(xml) => write!(
                f,
                "sends {}",
                xml.split_whitespace().collect::<Vec<_>>().join(" ")
            ),
            Self::SentText(_) => f.write_str("sends text"),
            Self::Received(_) => f.write_str("receives something"),
            Self::Pinged(_) | Self::AskedStream => f.write_str("pings"),
            Self::Silent(_) => f.write_str("has no answer to a ping"),
            Self::Ponged => f.write_str("answers a ping"),
            Self::Answered(_) => f.write_str("answers by a rule"),
            Self::Closed(how) => write!(f, "is told that {how}"),
            Self::Left => f.write_str("disconnects"),
            Self::Dropped => f.write_str("drops the connection"),
        }
    }
}

/// What has happened so far.
#[derive(Debug)]
pub(super) struct Recording {
    keep: Keep,
    started: Instant,
    /// What time it is, in a recording of what was recorded before.
    told: Option<Duration>,
    /// The step that is being taken.
    step: usize,
    /// Whether that has ended because its time was up.
    is_time_up: bool,
    count: usize,
    /// How many moments there were when the story ended, and when that was.
    ended: Option<(usize, Duration)>,
    /// The moments of each actor, with their numbers.
    moments: Vec<VecDeque<(usize, Moment)>>,
    /// What has come, and for whom, since all was heard by which it is judged what is left.
    held_back: Option<Vec<(usize, Happening)>>,
}

impl Recording {
    /// Nothing has happened to this many actors.
    pub(super) fn new(actors: usize, keep: Keep) -> Self {
        Self {
            keep,
            started: Instant::now(),
            told: None,
            step: 0,
            is_time_up: false,
            count: 0,
            ended: None,
            moments: vec![VecDeque::new(); actors],
            held_back: None,
        }
    }

    /// Goes on to a step.
    pub(super) fn go_on(&mut self, step: usize) {
        self.step = step;
        self.is_time_up = false;
    }

    /// Ends the step because its time is up: what happens until the next one is begun is too late for it.
    pub(super) fn give_up(&mut self) {
        self.is_time_up = true;
    }

    /// Goes on to a time that is told, as what happens from here on has happened then.
    pub(super) fn go_to(&mut self, at: Duration) {
        self.told = Some(at);
    }

    /// Ends the story. What happens after that does not belong to it.
    pub(super) fn end_story(&mut self) {
        self.ended = Some((self.count, self.now()));
        self.let_go();
    }

    /// All is heard by which it is judged what is left. What comes before a session or the story ends with that is told
    /// behind its end, as it does not count. That a stream breaks does.
    pub(super) fn hold_back(&mut self) {
        self.held_back.get_or_insert_default();
    }

    /// Lets all count again that has come since then, and that comes.
    pub(super) fn let_go(&mut self) {
        let held_back = self.held_back.take();
        for (actor, happening) in held_back.into_iter().flatten() {
            self.note(actor, happening);
        }
    }

    /// Where the story has ended, among the moments that are kept.
    pub(super) fn story_end(&self) -> StoryEnd {
        let (count, at) = self.ended.unwrap_or((self.count, self.now()));
        let kept = self.moments.iter().flatten();
        let moments = kept.filter(|(number, _)| *number < count).count();
        StoryEnd { moments, at }
    }

    /// In whole microseconds, as it is written.
    fn now(&self) -> Duration {
        let elapsed = self.started.elapsed();
        let whole = Duration::new(elapsed.as_secs(), elapsed.subsec_micros() * 1000);
        self.told.unwrap_or(whole)
    }

    /// How many moments there were so far.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Lets what happened since there were so many moments belong to another step.
    pub(super) fn assign(&mut self, since: usize, step: usize) {
        self.step = step;
        let moments = self.moments.iter_mut();
        let late = moments.flat_map(|own| {
            own.iter_mut()
                .rev()
                .take_while(|(number, _)| *number >= since)
        });
        late.for_each(|(_, moment)| moment.step = step);
    }

    /// Goes on to another one of the steps that have ended together.
    pub(super) fn end_with(&mut self, step: usize) {
        self.step = step;
    }

    /// Takes note of what happens now. If only the last moments are kept, those of the story are.
    pub(super) fn note(&mut self, actor: usize, happening: Happening) {
        if self.keep == Keep::Last && self.ended.is_some() {
            return;
        }
        let is_break = matches!(&happening, Happening::Closed(how) if !how.is_by_server());
        let ends_session = matches!(happening, Happening::Left | Happening::Dropped);
        if let Some(held_back) = &mut self.held_back
            && !is_break
            && !ends_session
        {
            held_back.push((actor, happening));
            return;
        }
        let moment = Moment {
            at: self.now(),
            actor,
            step: self.step,
            is_late: self.is_time_up,
            happening,
        };
        let own = &mut self.moments[actor];
        if self.keep == Keep::Last && own.len() == FEW {
            own.pop_front();
        }
        own.push_back((self.count, moment));
        self.count += 1;
        if ends_session {
            self.let_go();
        }
    }

    /// All that was kept, in order.
    pub(super) fn into_moments(self) -> Vec<Moment> {
        let mut all: Vec<(usize, Moment)> = self.moments.into_iter().flatten().collect();
        all.sort_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, moment)| moment).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(keep: Keep) -> Vec<(usize, String)> {
        let mut recording = Recording::new(2, keep);
        for number in 0..20 {
            let actor = usize::from(number == 0);
            recording.note(actor, Happening::Sent(number.to_string()));
        }
        let moments = recording.into_moments().into_iter();
        let text = |happening| match happening {
            Happening::Sent(text) => text,
            other => panic!("{other:?}"),
        };
        moments
            .map(|moment| (moment.actor, text(moment.happening)))
            .collect()
    }

    #[test]
    fn the_last_of_each_actor_is_kept_in_order() {
        let moments = recorded(Keep::Last);
        assert_eq!(moments.len(), 1 + FEW);
        assert_eq!(moments[0], (1, "0".to_owned()));
        assert_eq!(moments[1], (0, "12".to_owned()));
        assert_eq!(moments[FEW], (0, "19".to_owned()));
    }

    #[test]
    fn what_comes_after_the_story_does_not_drive_out_its_last_moments() {
        let mut recording = Recording::new(1, Keep::Last);
        recording.note(0, Happening::Sent("1".to_owned()));
        recording.end_story();
        (0..2 * FEW).for_each(|_| recording.note(0, Happening::Left));
        assert_eq!(recording.story_end().moments, 1);
        let kinds = recording.into_moments().into_iter();
        let kinds: Vec<MomentKind> = kinds.map(|moment| moment.happening.kind()).collect();
        assert_eq!(kinds, [MomentKind::Sent]);
    }

    #[test]
    fn what_comes_when_all_was_heard_stands_behind_the_end_of_the_session() {
        let came = || Happening::Received(Arc::new(Element::bare("message", "jabber:client")));
        let broke = || Happening::Closed(Closed::NotXmpp("text".to_owned()));
        let mut recording = Recording::new(2, Keep::All);
        for _ in 0..2 {
            recording.hold_back();
            let all = [(0, came()), (1, came()), (1, broke()), (0, Happening::Left)];
            all.into_iter()
                .for_each(|(actor, happening)| recording.note(actor, happening));
        }
        recording.hold_back();
        recording.note(0, came());
        recording.end_story();
        assert_eq!(recording.story_end().moments, 8);
        let kinds = recording.into_moments().into_iter();
        let kinds: Vec<MomentKind> = kinds.map(|moment| moment.happening.kind()).collect();
        let (left, came) = (MomentKind::Left, MomentKind::Received);
        let session = [MomentKind::Closed, left, came, came];
        assert_eq!(kinds, [&session[..], &session, &[came]].concat());
    }

    #[test]
    fn everything_is_kept_for_those_who_ask() {
        assert_eq!(recorded(Keep::All).len(), 20);
    }
}
