//! The prefix `scansion`: by its attributes and elements an author says how an expected element is compared.
//!
//! This module must not know where they may stand, nor what the matcher makes of them.

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
