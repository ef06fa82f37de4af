//! The prefix `scansion`: by its attributes and elements an author says how an expected element is compared.
//!
//! This module must not know where they may stand, nor what the matcher makes of them.

use super::error::ScriptErrorKind as Kind;
use crate::times::Times;

/// An attribute of the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Annotation {
    /// Its local name.
    pub(super) word: &'static str,
    /// What its value is.
    pub(super) takes: Takes,
}

/// What the value of an attribute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// How many times: `1`, `2..5`, `1..`.
    Times,
    /// The name of an attribute of the element, or [`EVERY`].
    Attribute,
    /// Names of attributes, with blanks between them.
    Attributes,
}

impl Annotation {
    /// The attribute of a name.
    pub(super) fn of(word: &str) -> Option<Self> {
        ANNOTATIONS.into_iter().find(|known| known.word == word)
    }

    /// What is wrong with a value that has been found, if it is a plain one.
    pub(super) fn mistake(self, literal: Option<&str>, found: String) -> Option<Kind> {
        match self.takes {
            Takes::OneOf(known) => {
                let is_known = literal.is_some_and(|value| known.contains(&value));
                let attribute = self.word;
                (!is_known).then_some(Kind::BadScansionValue {
                    attribute,
                    found,
                    known,
                })
            }
            Takes::Times => {
                let is_one = literal.is_some_and(|value| value.parse::<Times>().is_ok());
                (!is_one).then_some(Kind::BadTimes { found })
            }
            // These are about the other attributes of the element.
            Takes::Attribute | Takes::Attributes => None,
        }
    }
}

/// How many siblings match.
pub(super) const TIMES: &str = "times";
/// Which siblings each have to match.
pub(super) const EACH: &str = "each";
/// Which attributes must not be there.
pub(super) const ABSENT: &str = "absent";

/// Every sibling of the name.
pub(super) const EVERY: &str = "*";

/// All attributes.
pub(super) const ANNOTATIONS: [Annotation; 5] = [
    Annotation {
        word: "strict",
        takes: Takes::OneOf(&["true", "false"]),
    },
    Annotation {
        word: "order",
        takes: Takes::OneOf(&["any"]),
    },
    Annotation {
        word: TIMES,
        takes: Takes::Times,
    },
    Annotation {
        word: EACH,
        takes: Takes::Attribute,
    },
    Annotation {
        word: ABSENT,
        takes: Takes::Attributes,
    },
];

/// Stands for one element, whatever it is.
pub(super) const ANY: &str = "any";
/// Stands for one of the elements in it.
pub(super) const ONE_OF: &str = "one-of";

/// All elements.
pub(super) const ELEMENTS: [&str; 2] = [ANY, ONE_OF];
