//! The places that claim a clause, in words: the rows of a table that claim it in one line are told together.

use std::collections::BTreeMap;

use crate::ledger::{Place, Shown, Use, Weakness};

/// The rows of a script that claim a clause in one place.
pub(super) struct Rows<'l> {
    pub(super) path: &'l str,
    pub(super) place: Place,
    pub(super) uses: Vec<&'l Use>,
}

/// What claims a clause, by places.
pub(super) fn by_place(uses: &[Use]) -> Vec<Rows<'_>> {
    let mut places: BTreeMap<(&str, Place), Vec<&Use>> = BTreeMap::new();
    for used in uses {
        let key = (used.case.path(), used.place);
        places.entry(key).or_default().push(used);
    }
    let places = places.into_iter();
    places
        .map(|((path, place), uses)| Rows { path, place, uses })
        .collect()
}

impl Rows<'_> {
    /// Whether one of them is shown to be able to fail.
    pub(super) fn is_shown(&self) -> bool {
        self.uses.iter().any(|used| used.is_shown())
    }

    /// `spec/a.scs:12`, and how many rows, if it is more than one.
    pub(super) fn in_words(&self) -> String {
        let rows = match self.uses.len() {
            1 => String::new(),
            count => format!(" ({count} rows)"),
        };
        format!("{}{}{rows}", self.path, self.place)
    }

    /// What shows that one of them can fail, or why none is shown to.
    pub(super) fn why(&self) -> String {
        let shown = self.uses.iter().find(|used| used.is_shown());
        let told = shown.or_else(|| self.uses.first());
        told.map_or_else(String::new, |used| why(&used.shown))
    }
}

/// What shows that a step can fail, or why it is not shown to.
pub(super) fn why(shown: &Shown) -> String {
    match shown {
        Shown::ByDoubt => "notices all faults".to_owned(),
        Shown::ByServer(server) => format!("{server} broke it"),
        Shown::Not(weakness) => weak(weakness),
    }
}

fn weak(weakness: &Weakness) -> String {
    match weakness {
        Weakness::Survivors(faults) => format!("passes with {}", faults.join("; ")),
        Weakness::Unnoticed => "no fault of it breaks the clause".to_owned(),
        Weakness::NotRecorded => "there is no transcript of it".to_owned(),
        Weakness::NotDoubted(why) => why.clone(),
    }
}
