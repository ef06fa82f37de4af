//! How steps are taken, as the tags of the script say it that they are from.

use super::options::Receiving;
use crate::script::Sync;

/// How steps are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Which stanza a `receives` may take.
    pub receiving: Receiving,
    /// How the order of the story is kept.
    pub sync: Sync,
}
