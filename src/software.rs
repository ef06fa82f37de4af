//! A server's program and its version, as far as a description tells them, and which version comes before which.
//!
//! Descriptions are the texts by which reports name servers, as `Prosody 13.0.1`. Nothing is asked of a server here.

use std::cmp::Ordering;
use std::fmt;

/// A server's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Software {
    /// The description, as it was given.
    description: String,
    /// Its version, if the description has one.
    version: Option<Version>,
}

impl Software {
    /// Reads a description: words, of which the first one after the name that begins with a digit is the version.
    pub fn of(description: &str) -> Self {
        let mut words = description.split_whitespace().skip(1);
        Self {
            description: description.to_owned(),
            version: words.find_map(Version::leading),
        }
    }

    /// Its version, if the description has one.
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// Whether it is the program of this name, in upper or lower case: the description begins with it.
    pub fn is_called(&self, name: &str) -> bool {
        let mut own = self.description.split_whitespace();
        let mut words = name.split_whitespace();
        words.all(|word| {
            own.next()
                .is_some_and(|own| own.to_lowercase() == word.to_lowercase())
        })
    }

    /// Whether another description is of the same program, perhaps in another version: the first words are the same.
    pub fn is_like(&self, other: &Self) -> bool {
        let first = other.description.split_whitespace().next();
        first.is_some_and(|first| self.is_called(first))
    }
}

/// A version: numbers with dots between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    text: String,
    parts: Vec<u64>,
}

impl Version {
    /// Reads a text that is a version and nothing else.
    pub fn exact(text: &str) -> Option<Self> {
        let parts = text.split('.').map(number);
        Some(Self {
            text: text.to_owned(),
            parts: parts.collect::<Option<_>>()?,
        })
    }

    /// Reads the version with which a word begins, whatever follows it, as in `24.12-1~bpo12`.
    pub fn leading(word: &str) -> Option<Self> {
        let end = word.find(|character: char| !character.is_ascii_digit() && character != '.');
        let digits = &word[..end.unwrap_or(word.len())];
        Self::exact(digits.trim_end_matches('.'))
    }

    /// How a version stands to a bound, of which it may be a part: 24.12.3 is neither before nor after 24.12.
    pub fn beside(&self, bound: &Self) -> Ordering {
        let own = self.parts.iter().copied().chain(std::iter::repeat(0));
        own.take(bound.parts.len()).cmp(bound.parts.iter().copied())
    }

    /// How two versions compare; numbers that are missing at the end count as 0, so 13.0 is 13.0.0.
    pub fn order(&self, other: &Self) -> Ordering {
        let length = self.parts.len().max(other.parts.len());
        let filled = |version: &Self| {
            let parts = version.parts.iter().copied();
            parts
                .chain(std::iter::repeat(0))
                .take(length)
                .collect::<Vec<u64>>()
        };
        filled(self).cmp(&filled(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A part of a version: digits alone, without a sign.
fn number(part: &str) -> Option<u64> {
    let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| part.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ordering::{Equal, Greater, Less};

    fn version(text: &str) -> Version {
        Version::exact(text).unwrap()
    }

    #[test]
    fn versions_are_compared_part_by_part_as_numbers() {
        for (one, other, order) in [
            ("23.01", "24.12", Less),
            ("0.12.3", "13.0.1", Less),
            ("13.0.1", "13.0.10", Less),
            ("23.10", "23.9", Greater),
            ("13.0", "13.0.0", Equal),
            ("23.01", "23.1", Equal),
        ] {
            assert_eq!(version(one).order(&version(other)), order, "{one} {other}");
            assert_eq!(version(other).order(&version(one)), order.reverse());
        }
    }

    #[test]
    fn a_bound_stands_for_all_that_begins_with_it() {
        for (one, bound, order) in [
            ("24.12.3", "24.12", Equal),
            ("24.12", "24.12.3", Less),
            ("24.2", "24.12", Less),
            ("13.0.1", "13", Equal),
            ("14", "13.0", Greater),
        ] {
            assert_eq!(version(one).beside(&version(bound)), order, "{one} {bound}");
        }
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in [
            "",
            ".",
            "1.",
            ".1",
            "1..2",
            "+1",
            "1a",
            "99999999999999999999999",
        ] {
            assert_eq!(Version::exact(text), None, "{text}");
        }
        assert_eq!(Version::leading("24.12-1~bpo12"), Some(version("24.12")));
        assert_eq!(Version::leading("13.0.1,"), Some(version("13.0.1")));
        assert_eq!(Version::leading("trunk"), None);
    }

    #[test]
    fn a_description_has_a_name_and_perhaps_a_version() {
        let software = Software::of("Tigase XMPP Server 8.4.0-b1");
        assert_eq!(software.version(), Some(&version("8.4.0")));
        assert!(software.is_called("tigase"));
        assert!(software.is_called("Tigase XMPP"));
        assert!(!software.is_called("XMPP"));
        let [old, new, other] =
            ["Prosody 0.12.3", "prosody trunk", "Prosodic 13"].map(Software::of);
        assert!(old.is_like(&new) && !old.is_like(&other));
        assert_eq!(new.version(), None);
        assert_eq!(Software::of("5222 1.2").version(), Some(&version("1.2")));
        assert!(!Software::of("").is_like(&Software::of("")));
    }
}
