//! A lapse of time, as authors write it: `500 ms`, `20 s` or `2 min`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// The longest one in milliseconds: a day.
const LONGEST: u64 = 24 * 60 * 60 * 1000;

/// A lapse of time: a whole number of units, a day at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Lapse {
    count: u32,
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
    /// It is not a whole number and a unit.
    #[error("it is not a whole number and a unit")]
    Form,
    /// It is more than a day.
    #[error("it is more than a day")]
    TooLong,
}

impl Lapse {
    /// How long it is.
    pub fn duration(self) -> Duration {
        Duration::from_millis(self.milliseconds())
    }

    fn milliseconds(self) -> u64 {
        u64::from(self.count) * self.unit.milliseconds()
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
        let is_digit = |character: char| character.is_ascii_digit();
        let unit = text.trim_start_matches(is_digit);
        let count = &text[..text.len() - unit.len()];
        let mut units = Unit::ALL.into_iter();
        let unit = units.find(|known| known.word() == unit.trim_start());
        let unit = unit.filter(|_| !count.is_empty()).ok_or(NoLapse::Form)?;
        let count = count.parse().map_err(|_| NoLapse::TooLong)?;
        let lapse = Self { count, unit };
        match lapse.milliseconds() {
            0..=LONGEST => Ok(lapse),
            _ => Err(NoLapse::TooLong),
        }
    }
}

impl fmt::Display for Lapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.count, self.unit.word())
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
        ] {
            let lapse: Lapse = text.parse().unwrap();
            assert_eq!(lapse.to_string(), written);
            assert_eq!(lapse.duration(), Duration::from_millis(milliseconds));
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "2", "s", "2 h", "1.5 s", "-1 s", "2 s 3", "2 S", "٢ s"] {
            assert_eq!(text.parse::<Lapse>(), Err(NoLapse::Form), "{text}");
        }
        for text in ["86400001 ms", "1441 min", "99999999999 s"] {
            assert_eq!(text.parse::<Lapse>(), Err(NoLapse::TooLong), "{text}");
        }
    }
}
