//! How many times something is to be there, as authors write it: `1`, `0`, `2..5` or `1..`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// How many times something is to be there: a number, or a range of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Times {
    at_least: usize,
    at_most: Option<usize>,
}

/// What is written says no number of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("it is neither a number nor a range of numbers")]
pub struct NoTimes;

impl Times {
    /// Whether something that is there so many times is there often enough and not too often.
    pub fn allows(self, count: usize) -> bool {
        self.lacking(count) == 0 && self.surplus(count) == 0
    }

    /// How many more there would have to be.
    pub fn lacking(self, count: usize) -> usize {
        self.at_least.saturating_sub(count)
    }

    /// How many fewer there would have to be.
    pub fn surplus(self, count: usize) -> usize {
        self.at_most
            .map_or(0, |at_most| count.saturating_sub(at_most))
    }

    /// Whether it is to be there exactly once, so that it is known which one is meant.
    pub fn is_once(self) -> bool {
        (self.at_least, self.at_most) == (1, Some(1))
    }

    /// The number in words.
    pub fn in_words(self) -> String {
        match (self.at_least, self.at_most) {
            (_, Some(0)) => "no".to_owned(),
            (least, Some(most)) if least == most => format!("exactly {least}"),
            (0, Some(most)) => format!("at most {most}"),
            (least, Some(most)) => format!("{least} to {most}"),
            (0, None) => "any number of".to_owned(),
            (least, None) => format!("at least {least}"),
        }
    }
}

impl FromStr for Times {
    type Err = NoTimes;

    fn from_str(text: &str) -> Result<Self, NoTimes> {
        let (at_least, at_most) = match text.split_once("..") {
            None => (number(text)?, Some(number(text)?)),
            Some((at_least, "")) => (number(at_least)?, None),
            Some((at_least, at_most)) => (number(at_least)?, Some(number(at_most)?)),
        };
        match at_most.is_some_and(|at_most| at_most < at_least) {
            true => Err(NoTimes),
            false => Ok(Self { at_least, at_most }),
        }
    }
}

/// A number of digits alone: the standard library would also take a sign.
fn number(text: &str) -> Result<usize, NoTimes> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number);
    number.ok_or(NoTimes)
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at_most {
            Some(at_most) if at_most == self.at_least => write!(f, "{at_most}"),
            Some(at_most) => write!(f, "{}..{at_most}", self.at_least),
            None => write!(f, "{}..", self.at_least),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges_are_read_and_written() {
        for (text, words) in [
            ("0", "no"),
            ("1", "exactly 1"),
            ("2..5", "2 to 5"),
            ("0..5", "at most 5"),
            ("1..", "at least 1"),
            ("0..", "any number of"),
        ] {
            let times: Times = text.parse().unwrap();
            assert_eq!(times.to_string(), text);
            assert_eq!(times.in_words(), words);
        }
        let zero: Times = "0..0".parse().unwrap();
        assert_eq!(zero, "0".parse().unwrap());
    }

    #[test]
    fn what_is_no_number_of_times() {
        for text in [
            "",
            "x",
            "-1",
            "+1",
            " 1",
            "1 ",
            "..",
            "..2",
            "2..1",
            "1..x",
            "1...2",
            "1.5",
            "*",
            "99999999999999999999999",
        ] {
            assert_eq!(text.parse::<Times>(), Err(NoTimes), "{text}");
        }
    }

    #[test]
    fn counts_are_held_against_it() {
        let times: Times = "1..2".parse().unwrap();
        let allowed = (0..4).map(|count| times.allows(count));
        assert!(allowed.eq([false, true, true, false]));
        assert_eq!((times.lacking(0), times.surplus(4)), (1, 2));
        assert!("1..1".parse::<Times>().unwrap().is_once());
        assert!(!times.is_once());
    }
}
