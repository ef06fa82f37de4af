//! Where a play claims which clause. What another script prepares for it is claimed there.

use std::collections::BTreeMap;
use std::fmt;

use crate::claims::{Claim, Claims};
use crate::script::DocumentId;
use crate::script::ast::Script;

/// A place in a script that can claim a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The script as a whole.
    Script,
    /// The steps of this line.
    Line(usize),
}

/// A clause that a play claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedClause {
    /// Where.
    pub place: Place,
    /// The steps that claim it: indexes into the steps of the play. All of them, where the whole script does.
    pub steps: Vec<usize>,
    /// The document.
    pub document: DocumentId,
    /// The section.
    pub section: String,
    /// The beginning of the hash of the sentence.
    pub fingerprint: String,
    /// What it says.
    pub words: String,
}

/// What a play claims, each clause once for each place.
pub fn claimed(play: &Script, claims: &Claims) -> Vec<ClaimedClause> {
    let mut found: BTreeMap<_, ClaimedClause> = BTreeMap::new();
    let mut add = |place: Place, claim: &Claim, steps: &[usize]| {
        let key = (
            place,
            claim.document,
            claim.section.clone(),
            claim.fingerprint.to_ascii_lowercase(),
        );
        let known = found.entry(key).or_insert_with(|| of_claim(place, claim));
        known.steps.extend_from_slice(steps);
    };
    let own = own_steps(play);
    let every: Vec<usize> = own.iter().map(|(step, _)| *step).collect();
    for claim in claims.script.iter() {
        add(Place::Script, claim, &every);
    }
    for (step, line) in own {
        for claim in claims.of_step(step).iter() {
            add(Place::Line(line), claim, &[step]);
        }
    }
    found.into_values().collect()
}

/// The steps that stand in the script itself, with their lines.
fn own_steps(play: &Script) -> Vec<(usize, usize)> {
    let places = play.story.iter().map(|action| action.span.start);
    let steps = places.enumerate();
    let own = steps.filter(|(_, place)| play.source.other_file(*place).is_none());
    own.map(|(step, place)| (step, play.source.position(place).line))
        .collect()
}

fn of_claim(place: Place, claim: &Claim) -> ClaimedClause {
    ClaimedClause {
        place,
        steps: Vec::new(),
        document: claim.document,
        section: claim.section.clone(),
        fingerprint: claim.fingerprint.clone(),
        words: claim.words.clone(),
    }
}

impl Place {
    /// The number of the line, if it is one.
    pub fn line(self) -> Option<usize> {
        match self {
            Self::Script => None,
            Self::Line(line) => Some(line),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Script => Ok(()),
            Self::Line(line) => write!(f, ":{line}"),
        }
    }
}
