//! How far a time is from now.

use std::fmt;
use std::time::{Duration, SystemTime};

use thiserror::Error;

/// A time before now, or behind it, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Offset {
    is_past: bool,
    /// How far.
    length: Duration,
}

/// Why a text does not say how far a time is from now.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadOffset {
    /// It is no sign with a duration.
    #[error("`{0}` does not say how far from now")]
    Form(String),
    /// The time would be before 1970 or behind 9999 whenever the script is played.
    #[error("`{0}` is too far from now")]
    TooFar(String),
}

/// The last second that has a date of four digits for its year: 9999-12-31T23:59:59Z.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// How far the past goes at least: from the beginning of 1970 to that of 2026.
const PAST: Duration = Duration::from_secs(1_767_225_600);

impl Offset {
    /// Now itself.
    pub const NONE: Self = Self {
        is_past: false,
        length: Duration::ZERO,
    };

    /// Reads `-1h` or `+2min 30s`, and nothing for now itself.
    ///
    /// # Errors
    ///
    /// When there is no sign, or no duration behind it, or one that leads out of the years that can be written.
    pub fn read(text: &str) -> Result<Self, BadOffset> {
        if text.is_empty() {
            return Ok(Self::NONE);
        }
        let bad = || BadOffset::Form(text.to_owned());
        let (is_past, length) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
            (Some(length), _) => (true, length),
            (None, Some(length)) => (false, length),
            (None, None) => return Err(bad()),
        };
        let length = humantime::parse_duration(length.trim_start()).map_err(|_| bad())?;
        let longest = if is_past { PAST } else { LAST - PAST * 2 };
        match length > longest {
            true => Err(BadOffset::TooFar(text.to_owned())),
            false => Ok(Self { is_past, length }),
        }
    }

    /// The time so far from another one, as XEP-0082 writes it, in UTC and with milliseconds. One before 1970 is the
    /// beginning of that year, and one behind 9999 the end of that.
    pub(super) fn from(self, now: SystemTime) -> String {
        let since = now.duration_since(SystemTime::UNIX_EPOCH);
        let since = since.unwrap_or_default();
        let at = match self.is_past {
            true => since.saturating_sub(self.length),
            false => since.saturating_add(self.length),
        };
        let at = SystemTime::UNIX_EPOCH + at.min(LAST);
        humantime::format_rfc3339_millis(at).to_string()
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return Ok(());
        }
        let sign = if self.is_past { '-' } else { '+' };
        write!(f, " {sign}{}", humantime::format_duration(self.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a time is called that is so far from 2026-02-28T23:59:59.5Z.
    fn told(offset: &str) -> String {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_772_323_199_500);
        Offset::read(offset).unwrap().from(now)
    }

    #[test]
    fn times_before_and_behind_now_are_told() {
        assert_eq!(told(""), "2026-02-28T23:59:59.500Z");
        assert_eq!(told("-1h"), "2026-02-28T22:59:59.500Z");
        assert_eq!(told("- 1d"), "2026-02-27T23:59:59.500Z");
        assert_eq!(told("+1s"), "2026-03-01T00:00:00.500Z");
        assert_eq!(told("-2min 500ms"), "2026-02-28T23:57:59.000Z");
    }

    #[test]
    fn times_without_a_date_are_the_nearest_with_one() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(3600);
        let early = Offset::read("-1d").unwrap().from(now);
        assert_eq!(early, "1970-01-01T00:00:00.000Z");
        let late = Offset::read("+1d").unwrap();
        let last = SystemTime::UNIX_EPOCH + LAST;
        assert_eq!(late.from(last), "9999-12-31T23:59:59.000Z");
    }

    #[test]
    fn what_has_no_date_whenever_it_is_played_is_refused() {
        assert!(Offset::read("-50years").is_ok());
        assert!(Offset::read("+1000years").is_ok());
        for far in ["-30000d", "-1000years", "+10000years"] {
            assert_eq!(Offset::read(far), Err(BadOffset::TooFar(far.to_owned())));
        }
    }

    #[test]
    fn offsets_are_written_as_they_are_read() {
        for written in ["", "-1h", "+2min 30s", "-1h 500ms", "+3days"] {
            let offset = Offset::read(written).unwrap();
            assert_eq!(Offset::read(offset.to_string().trim()), Ok(offset));
        }
        assert_eq!(Offset::read("-1h").unwrap().to_string(), " -1h");
        for bad in ["1h", "-", "-h", "-1", "-1x", "tomorrow"] {
            assert!(Offset::read(bad).is_err(), "{bad}");
        }
    }
}
