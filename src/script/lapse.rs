//! A lapse of time, as authors write it: `500 ms`, `1.5 s`, `20 s` or `2 min`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// The longest one in milliseconds: a day.
const LONGEST: u64 = 24 * 60 * 60 * 1000;

/// More digits behind a point than any whole number of milliseconds has.
const DECIMALS: usize = 9;

/// A lapse of time in a unit: a whole number of milliseconds, a day at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Lapse {
    milliseconds: u64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Unit {
    Milliseconds,
    #[default]
    Seconds,
    Minutes,
}

/// What is written is no lapse of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoLapse {
    /// It is not a number and a unit.
    #[error("it is not a number and a unit")]
    Form,
    /// It is a number alone.
    #[error("it has no unit")]
    NoUnit,
    /// It has parts of milliseconds.
    #[error("it is not a whole number of milliseconds")]
    TooFine,
    /// It is more than a day.
    #[error("it is more than a day")]
    TooLong,
}

impl Lapse {
    /// How long it is.
    pub fn duration(self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }
}

impl Unit {
    const ALL: [Self; 3] = [Self::Milliseconds, Self::Seconds, Self::Minutes];

    fn word(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Minutes => "min",
        }
    }

    fn milliseconds(self) -> u64 {
        match self {
            Self::Milliseconds => 1,
            Self::Seconds => 1000,
            Self::Minutes => 60_000,
        }
    }
}

impl FromStr for Lapse {
    type Err = NoLapse;

    fn from_str(text: &str) -> Result<Self, NoLapse> {
        let number = text.trim_end_matches(|other: char| !other.is_ascii_digit());
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) {
            return Err(NoLapse::Form);
        }
        let written = text[number.len()..].trim_start();
        let mut units = Unit::ALL.into_iter();
        let unit = match units.find(|known| known.word() == written) {
            Some(unit) => unit,
            None if written.is_empty() => return Err(NoLapse::NoUnit),
            None => return Err(NoLapse::Form),
        };
        let milliseconds = milliseconds(whole, decimals.trim_end_matches('0'), unit)?;
        match milliseconds {
            0..=LONGEST => Ok(Self { milliseconds, unit }),
            _ => Err(NoLapse::TooLong),
        }
    }
}

/// How many milliseconds a decimal number of units is, of which no digit more than needed stands behind the point.
fn milliseconds(whole: &str, decimals: &str, unit: Unit) -> Result<u64, NoLapse> {
    if decimals.len() > DECIMALS {
        return Err(NoLapse::TooFine);
    }
    let unit = unit.milliseconds();
    let whole: u64 = whole.parse().map_err(|_| NoLapse::TooLong)?;
    let whole = whole.checked_mul(unit).ok_or(NoLapse::TooLong)?;
    let numerator = decimals.parse::<u64>().unwrap_or_default() * unit;
    let denominator = decimals.bytes().fold(1, |power, _| 10 * power);
    match numerator % denominator {
        0 => whole
            .checked_add(numerator / denominator)
            .ok_or(NoLapse::TooLong),
        _ => Err(NoLapse::TooFine),
    }
}

impl fmt::Display for Lapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit.milliseconds();
        write!(f, "{}", self.milliseconds / unit)?;
        let mut rest = self.milliseconds % unit;
        if rest > 0 {
            f.write_str(".")?;
        }
        // It was written as a decimal number, and so there is an end to it.
        while rest > 0 {
            write!(f, "{}", 10 * rest / unit)?;
            rest = 10 * rest % unit;
        }
        write!(f, " {}", self.unit.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lapses_are_read_and_written() {
        for (text, written, milliseconds) in [
            ("500 ms", "500 ms", 500),
            ("2 s", "2 s", 2000),
            ("2s", "2 s", 2000),
            ("02  min", "2 min", 120_000),
            ("0 s", "0 s", 0),
            ("1440 min", "1440 min", LONGEST),
            ("1.5 s", "1.5 s", 1500),
            ("0.250s", "0.25 s", 250),
            ("2.0 s", "2 s", 2000),
            ("0.00005 min", "0.00005 min", 3),
            ("01.001 s", "1.001 s", 1001),
        ] {
            let lapse: Lapse = text.parse().unwrap();
            assert_eq!(lapse.to_string(), written);
            assert_eq!(lapse.duration(), Duration::from_millis(milliseconds));
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "", "s", "2 h", "1. s", ".5 s", "1.5.5 s", "1,5 s", "-1 s", "2 s 3", "2 S", "٢ s",
        ] {
            assert_eq!(text.parse::<Lapse>(), Err(NoLapse::Form), "{text}");
        }
        for text in ["2", "1.5", "2 "] {
            assert_eq!(text.parse::<Lapse>(), Err(NoLapse::NoUnit), "{text}");
        }
        for text in ["1.5 ms", "0.0005 s", "0.00001 min", "1.0000000001 s"] {
            assert_eq!(text.parse::<Lapse>(), Err(NoLapse::TooFine), "{text}");
        }
        for text in [
            "86400001 ms",
            "1441 min",
            "1440.01 min",
            "99999999999 s",
            "99999999999999999999 s",
            "18446744073709551615 ms",
            "307445734561825.9 min",
        ] {
            assert_eq!(text.parse::<Lapse>(), Err(NoLapse::TooLong), "{text}");
        }
    }
}
