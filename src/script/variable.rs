//! What stands in `${…}`: names of values, and what is computed, as it was written: `${Juliet's full JID}`, `${now -1h}`,
//! `${base64 \0romeo\0${Romeo's password}}`.
//!
//! It must not know how anything is computed (that is [`Formula`](crate::formula::Formula)).

use std::fmt;

use super::ast::ActorName;
use super::display;
use super::suggest::closest;
use crate::formula::{Function, Offset};
use crate::raw_text;
use crate::source::{Span, Spanned};

/// What `${…}` names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Variable {
    /// `NAME's full JID`
    FullJid(ActorName),
    /// `NAME's JID`, the bare one.
    BareJid(ActorName),
    /// `NAME's user`: the localpart of its JID.
    User(ActorName),
    /// `NAME's password`, or the secret of a component.
    Password(ActorName),
    /// `NAME's sent count`: the stanzas that have gone to the server since stream management was enabled (XEP-0198 §4).
    SentCount(ActorName),
    /// `NAME's received count`: the stanzas that have come since then.
    ReceivedCount(ActorName),
    /// The name of a captured value.
    Captured(String),
    /// What is computed: `base64 …`, `now`.
    Computed(Computed),
}

/// The word for the time.
pub(super) const NOW: &str = "now";

/// What a variable of an actor is called behind the actor's name, and which one it is.
type OfActor = (&'static str, fn(ActorName) -> Variable);

const OF_ACTORS: [OfActor; 6] = [
    ("'s full JID", Variable::FullJid),
    ("'s JID", Variable::BareJid),
    ("'s user", Variable::User),
    ("'s password", Variable::Password),
    ("'s sent count", Variable::SentCount),
    ("'s received count", Variable::ReceivedCount),
];

/// A value that is computed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Computed {
    /// The time, so far from now.
    Now(Offset),
    /// A function of an argument, which is not empty.
    Of(Function, Vec<ArgumentPiece>),
}

/// A part of an argument.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ArgumentPiece {
    /// Bytes, with references and escapes replaced; two such pieces never follow each other.
    Bytes(Vec<u8>),
    /// `${…}` within `${…}`
    Variable(Spanned<Variable>),
}

impl ArgumentPiece {
    /// Adds a piece, to the last one where both are bytes.
    pub(super) fn push(argument: &mut Vec<Self>, piece: Self) {
        match (argument.last_mut(), piece) {
            (Some(Self::Bytes(before)), Self::Bytes(more)) => before.extend(more),
            (_, piece) => argument.push(piece),
        }
    }
}

impl Computed {
    /// The parts of the argument, if there is one.
    pub fn argument(&self) -> &[ArgumentPiece] {
        match self {
            Self::Now(_) => &[],
            Self::Of(_, argument) => argument,
        }
    }

    /// The characters between `${` and `}` where these could be the name of something else.
    pub(super) fn as_name(&self) -> Option<String> {
        match self {
            Self::Now(offset) => Some(format!("{NOW}{offset}")),
            Self::Of(function, argument) => {
                let literal = literal(argument)?;
                Some(format!("{} {literal}", function.word()))
            }
        }
    }

    /// The argument, if it is nothing but a text.
    pub(super) fn literal(&self) -> Option<&str> {
        literal(self.argument())
    }
}

fn literal(argument: &[ArgumentPiece]) -> Option<&str> {
    match argument {
        [ArgumentPiece::Bytes(bytes)] => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

impl Variable {
    /// The variable of an actor that a name means, and the name of the actor, which may be empty.
    pub(super) fn of_actor(name: &str) -> Option<(&str, Self)> {
        OF_ACTORS.iter().find_map(|(suffix, variable)| {
            let actor = name.strip_suffix(suffix)?.trim();
            Some((actor, variable(ActorName::new(actor))))
        })
    }

    /// What a variable of an actor is called that is most like a name, if it is much like one.
    pub(super) fn closest_of_actor(name: &str) -> Option<String> {
        let start = name.rfind("'s ")?;
        let suffixes = OF_ACTORS.iter().map(|(suffix, _)| *suffix);
        let meant = closest(&name[start..], suffixes)?;
        (start > 0).then(|| format!("{}{meant}", &name[..start]))
    }

    /// The actor that it is about; what is computed is about those of its arguments.
    pub fn actor(&self) -> Option<&ActorName> {
        match self {
            Self::FullJid(actor)
            | Self::BareJid(actor)
            | Self::User(actor)
            | Self::Password(actor)
            | Self::SentCount(actor)
            | Self::ReceivedCount(actor) => Some(actor),
            Self::Captured(_) | Self::Computed(_) => None,
        }
    }

    /// The same, to be changed.
    pub(super) fn actor_mut(&mut self) -> Option<&mut ActorName> {
        match self {
            Self::FullJid(actor)
            | Self::BareJid(actor)
            | Self::User(actor)
            | Self::Password(actor)
            | Self::SentCount(actor)
            | Self::ReceivedCount(actor) => Some(actor),
            Self::Captured(_) | Self::Computed(_) => None,
        }
    }

    /// The name, if it is one that the script captures or has a value for.
    pub fn captured(&self) -> Option<&str> {
        match self {
            Self::Captured(name) => Some(name),
            Self::FullJid(_)
            | Self::BareJid(_)
            | Self::User(_)
            | Self::Password(_)
            | Self::SentCount(_)
            | Self::ReceivedCount(_)
            | Self::Computed(_) => None,
        }
    }

    /// The variables that it is computed of, with their places; itself, at this place, if it is not computed.
    pub(crate) fn leaves(&self, span: Span) -> Vec<(&Variable, Span)> {
        match self {
            Self::Computed(computed) => {
                let argument = computed.argument().iter();
                let inner = argument.filter_map(|piece| match piece {
                    ArgumentPiece::Bytes(_) => None,
                    ArgumentPiece::Variable(inner) => Some(inner.value.leaves(inner.span)),
                });
                inner.flatten().collect()
            }
            _ => vec![(self, span)],
        }
    }

    /// How it is written, from `${` to `}`.
    pub(crate) fn written(&self) -> String {
        match self {
            // Its name has references already where they are needed.
            Self::Computed(computed) => format!("${{{computed}}}"),
            _ => display::variable(&self.to_string()),
        }
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Variable::FullJid(actor) => write!(f, "{actor}'s full JID"),
            Variable::BareJid(actor) => write!(f, "{actor}'s JID"),
            Variable::User(actor) => write!(f, "{actor}'s user"),
            Variable::Password(actor) => write!(f, "{actor}'s password"),
            Variable::SentCount(actor) => write!(f, "{actor}'s sent count"),
            Variable::ReceivedCount(actor) => write!(f, "{actor}'s received count"),
            Variable::Captured(name) => f.write_str(name),
            Variable::Computed(computed) => computed.fmt(f),
        }
    }
}

impl fmt::Display for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(offset) => write!(f, "{NOW}{offset}"),
            Self::Of(function, argument) => {
                write!(f, "{} ", function.word())?;
                f.write_str(&written(argument))
            }
        }
    }
}

/// How an argument is written.
fn written(argument: &[ArgumentPiece]) -> String {
    let mut text = String::new();
    for piece in argument {
        match piece {
            ArgumentPiece::Bytes(bytes) => raw_text::push(&mut text, bytes, escaped),
            ArgumentPiece::Variable(variable) => text.push_str(&variable.value.written()),
        }
    }
    // Blanks at both ends do not count.
    let inner = text.trim_matches(' ');
    let start = text.len() - text.trim_start_matches(' ').len();
    let blanks = |count: usize| "&#32;".repeat(count);
    let end = text.len() - start - inner.len();
    blanks(start) + inner + &blanks(end)
}

/// How a character of an argument is written that does not stand for itself there.
fn escaped(character: char) -> Option<&'static str> {
    Some(match character {
        '\0' => "\\0",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\\' => "\\\\",
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '$' => "&#36;",
        '}' => "&#125;",
        _ => return None,
    })
}
