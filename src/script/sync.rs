//! How the order of a story is kept, as scripts and options name it.

use std::str::FromStr;

use thiserror::Error;

/// How the order of the story is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// Before an actor acts, what the others have sent is known to be handled (pings of the runner's own, XEP-0199).
    Ping,
    /// Not at all.
    None,
}

/// The error that a word is no way to keep the order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no way to keep the order of the story; write `ping` or `none`")]
pub struct UnknownSync(String);

impl FromStr for Sync {
    type Err = UnknownSync;

    fn from_str(word: &str) -> Result<Self, UnknownSync> {
        match word {
            "ping" => Ok(Self::Ping),
            "none" => Ok(Self::None),
            _ => Err(UnknownSync(word.to_owned())),
        }
    }
}
