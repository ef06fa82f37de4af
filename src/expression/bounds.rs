//! From one number to another: what integers, and the lengths of texts, are narrowed to.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The numbers from one to another, both included. Where an end is none, they go on without end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Bounds {
    from: Option<i64>,
    to: Option<i64>,
}

/// Why a text gives no bounds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadBounds {
    /// It is neither a number nor two dots with a number on one side or on both.
    #[error("`{0}` does not say from which number to which")]
    Form(String),
    /// A number that is too large, or too far below zero.
    #[error("`{0}` is too large a number")]
    TooLarge(String),
    /// No number is within them.
    #[error("no number is from {from} to {to}")]
    Empty {
        /// The lower one, which is the larger number.
        from: i64,
        /// The upper one.
        to: i64,
    },
    /// A length below zero.
    #[error("no text has a length of {0}")]
    Negative(i64),
}

impl Bounds {
    /// All numbers.
    pub const NONE: Self = Self {
        from: None,
        to: None,
    };

    /// The first of the numbers, if there is a first one.
    pub fn first(self) -> Option<i64> {
        self.from
    }

    /// The last of the numbers, if there is a last one.
    pub fn last(self) -> Option<i64> {
        self.to
    }

    /// Whether a number is one of them.
    pub fn contain(self, number: i128) -> bool {
        self.from.is_none_or(|from| i128::from(from) <= number)
            && self.to.is_none_or(|to| number <= i128::from(to))
    }

    /// The same bounds for lengths.
    ///
    /// # Errors
    ///
    /// When one of them is below zero.
    pub(super) fn of_lengths(self) -> Result<Self, BadBounds> {
        let ends = self.from.into_iter().chain(self.to);
        match ends.min() {
            Some(least) if least < 0 => Err(BadBounds::Negative(least)),
            Some(_) | None => Ok(self),
        }
    }
}

impl FromStr for Bounds {
    type Err = BadBounds;

    /// Reads `1..`, `..5`, `1..5` or `3`.
    fn from_str(text: &str) -> Result<Self, BadBounds> {
        let form = || BadBounds::Form(text.to_owned());
        let number = |text: &str| match text.trim() {
            "" => Ok(None),
            text => number(text).map(Some),
        };
        let (from, to) = match text.split_once("..") {
            None => (number(text)?, number(text)?),
            Some((from, to)) => (number(from)?, number(to)?),
        };
        match (from, to) {
            (None, None) => Err(form()),
            (Some(from), Some(to)) if from > to => Err(BadBounds::Empty { from, to }),
            _ => Ok(Self { from, to }),
        }
    }
}

/// A decimal integer, perhaps with a sign.
fn number(text: &str) -> Result<i64, BadBounds> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadBounds::Form(text.to_owned()));
    }
    let number = text.parse();
    number.map_err(|_| BadBounds::TooLarge(text.to_owned()))
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (None, None) => Ok(()),
            (Some(from), Some(to)) if from == to => write!(f, "{from}"),
            (Some(from), Some(to)) => write!(f, "{from}..{to}"),
            (Some(from), None) => write!(f, "{from}.."),
            (None, Some(to)) => write!(f, "..{to}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_within() {
        let within = |text: &str, numbers: [i128; 4]| {
            let bounds: Bounds = text.parse().unwrap();
            assert_eq!(bounds.to_string(), text);
            numbers.map(|number| bounds.contain(number))
        };
        assert_eq!(within("1..", [0, 1, 2, 9]), [false, true, true, true]);
        assert_eq!(within("..-2", [-3, -2, -1, 0]), [true, true, false, false]);
        assert_eq!(within("-1..1", [-2, -1, 1, 2]), [false, true, true, false]);
        assert_eq!(within("3", [2, 3, 4, -3]), [false, true, false, false]);
        let beyond = i128::from(i64::MAX) + 1;
        assert_eq!(within("0..", [beyond, 0, 1, -1]), [true, true, true, false]);
    }

    #[test]
    fn blanks_and_signs_make_no_difference() {
        let read: Bounds = " +1 .. 05".parse().unwrap();
        assert_eq!(read.to_string(), "1..5");
    }

    #[test]
    fn what_gives_no_bounds_says_why() {
        let said = |text: &str| text.parse::<Bounds>().unwrap_err().to_string();
        for text in ["five", "1...5", "..", "1-5", "1,5", "0x5", "- 1", ""] {
            let reason = said(text);
            assert!(reason.ends_with("from which number to which"), "{reason}");
        }
        assert_eq!(
            said("1..9223372036854775808"),
            "`9223372036854775808` is too large a number"
        );
        assert_eq!(said("5..1"), "no number is from 5 to 1");
        let lengths = "-1..5".parse::<Bounds>().unwrap().of_lengths();
        let reason = lengths.unwrap_err().to_string();
        assert_eq!(reason, "no text has a length of -1");
    }
}
