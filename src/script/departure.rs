//! What a known server does otherwise than a script expects, by its tags `## departs: SERVER [VERSIONS]: …`.
//!
//! It is shown if the script fails, and changes no verdict.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::suggest::is_slip;
use crate::software::{Software, Version};

/// The tag.
pub(super) const TAG: &str = "departs";

/// A known departure of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// The name of the server.
    pub server: String,
    /// The versions of which it is known.
    pub versions: Versions,
    /// What the server does, and which section of a standard says otherwise.
    pub what: String,
}

/// Versions of a server. A bound stands for all versions that begin with it: 24.12.1 is one of `24.12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// All of them.
    All,
    /// This one.
    One(Version),
    /// From this one on.
    From(Version),
    /// Up to this one, itself included.
    To(Version),
    /// From one to another, both included.
    Between(Version, Version),
}

/// Whether a departure is known of a server. Reports write its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bearing {
    /// It is.
    Known,
    /// It is known of other versions.
    OtherVersion,
    /// It is known of another server.
    OtherServer,
    /// Name or version of the server are not known.
    Unknown,
}

/// Servers that have these names in reports, or begin so.
const KNOWN_SERVERS: [&str; 9] = [
    "ejabberd",
    "jabberd",
    "jabberd2",
    "Metronome",
    "MongooseIM",
    "Openfire",
    "Prosody",
    "pyjabber",
    "Tigase",
];

/// Why a text is no departure.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoDeparture {
    /// It names no server.
    #[error("this departure has no server")]
    Server,
    /// It does not say what the server does.
    #[error("this departure does not say what the server does")]
    What,
    /// What should be versions is none.
    #[error("`{0}` are no versions")]
    Versions(String),
}

impl Departure {
    /// The departure that a tag tells of; none if it is another tag.
    pub fn of_tag(key: &str, value: Option<&str>) -> Option<Self> {
        value.filter(|_| key == TAG)?.parse().ok()
    }

    /// The known server that was probably meant, if this one is a slip away from it and none itself.
    pub fn meant_server(&self) -> Option<&'static str> {
        let name = self.server.split_whitespace().next()?;
        let is_known = |known: &&str| name.eq_ignore_ascii_case(known);
        let mut known = KNOWN_SERVERS.into_iter();
        let is_slip = |known: &&str| is_slip(name, &known.to_lowercase());
        match KNOWN_SERVERS.iter().any(is_known) {
            true => None,
            false => known.find(is_slip),
        }
    }

    /// Whether it is known of a server, as far as the server's description tells.
    pub fn bearing(&self, server: &Software) -> Bearing {
        let Some(version) = server.version() else {
            let is_sure = server.is_called(&self.server) && self.versions == Versions::All;
            return if is_sure {
                Bearing::Known
            } else {
                Bearing::Unknown
            };
        };
        match (server.is_called(&self.server), self.versions.hold(version)) {
            (false, _) => Bearing::OtherServer,
            (true, true) => Bearing::Known,
            (true, false) => Bearing::OtherVersion,
        }
    }
}

impl FromStr for Departure {
    type Err = NoDeparture;

    fn from_str(text: &str) -> Result<Self, NoDeparture> {
        let (whose, what) = text.split_once(':').unwrap_or((text, ""));
        let (server, versions) = parted(whose.trim())?;
        match (server.is_empty(), what.trim()) {
            (true, _) => Err(NoDeparture::Server),
            (false, "") => Err(NoDeparture::What),
            (false, what) => Ok(Self {
                server: server.to_owned(),
                versions,
                what: what.to_owned(),
            }),
        }
    }
}

/// The name of a server, and its versions: the last word, if it begins like one.
fn parted(whose: &str) -> Result<(&str, Versions), NoDeparture> {
    let (name, last) = whose
        .rsplit_once(char::is_whitespace)
        .unwrap_or(("", whose));
    match last.starts_with(|first: char| first.is_ascii_digit()) || last.contains("..") {
        true => Ok((name.trim_end(), last.parse()?)),
        false => Ok((whose, Versions::All)),
    }
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.server)?;
        if self.versions != Versions::All {
            write!(f, " {}", self.versions)?;
        }
        write!(f, ": {}", self.what)
    }
}

impl Versions {
    /// Whether a version is one of them.
    fn hold(&self, version: &Version) -> bool {
        let beside = |bound| version.beside(bound);
        match self {
            Self::All => true,
            Self::One(one) => beside(one) == Ordering::Equal,
            Self::From(first) => beside(first) != Ordering::Less,
            Self::To(last) => beside(last) != Ordering::Greater,
            Self::Between(first, last) => {
                beside(first) != Ordering::Less && beside(last) != Ordering::Greater
            }
        }
    }
}

impl FromStr for Versions {
    type Err = NoDeparture;

    fn from_str(word: &str) -> Result<Self, NoDeparture> {
        let bound = |text: &str| match (text, Version::exact(text)) {
            ("", _) => Ok(None),
            (_, Some(version)) => Ok(Some(version)),
            (_, None) => Err(NoDeparture::Versions(word.to_owned())),
        };
        let Some((first, last)) = word.split_once("..") else {
            let one = bound(word)?.map(Self::One);
            return one.ok_or_else(|| NoDeparture::Versions(word.to_owned()));
        };
        match (bound(first)?, bound(last)?) {
            (Some(first), None) => Ok(Self::From(first)),
            (None, Some(last)) => Ok(Self::To(last)),
            (Some(first), Some(last)) if first.order(&last).is_lt() => {
                Ok(Self::Between(first, last))
            }
            (Some(_), Some(_)) | (None, None) => Err(NoDeparture::Versions(word.to_owned())),
        }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::One(one) => write!(f, "{one}"),
            Self::From(first) => write!(f, "{first}.."),
            Self::To(last) => write!(f, "..{last}"),
            Self::Between(first, last) => write!(f, "{first}..{last}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn departures_are_read_and_written() {
        for text in [
            "ejabberd: a result, where XEP-0054 §3.2 demands an error",
            "ejabberd 23.01: no <blocked/>: see XEP-0191 §3.2",
            "ejabberd 23.01..24.12: a result",
            "ejabberd ..24.12: a result",
            "ejabberd 26.07..: a result",
            "Tigase XMPP Server 8: a result",
            "jabberd2: a result",
        ] {
            let departure: Departure = text.parse().unwrap();
            assert_eq!(departure.to_string(), text);
            assert_eq!(Departure::of_tag(TAG, Some(text)), Some(departure));
        }
        let tiger: Departure = "Tigase XMPP Server 8: a: b".parse().unwrap();
        assert_eq!(tiger.server, "Tigase XMPP Server");
        assert_eq!(tiger.what, "a: b");
        assert_eq!(Departure::of_tag("xep", Some("0054")), None);
    }

    #[test]
    fn what_is_no_departure_is_refused() {
        let refused = |text: &str| text.parse::<Departure>().unwrap_err();
        for text in ["", ":", ": a result", "23.01: a result", " ..: x"] {
            let error = refused(text);
            assert!(
                matches!(error, NoDeparture::Server | NoDeparture::Versions(_)),
                "{text}"
            );
        }
        for text in [
            "ejabberd",
            "ejabberd 23.01",
            "ejabberd 23.01:",
            "ejabberd: ",
        ] {
            assert_eq!(refused(text), NoDeparture::What, "{text}");
        }
        for versions in [
            "..",
            "23.x",
            "23.01-1",
            "1...2",
            "2..1",
            "1..1",
            "1,2",
            "0.12.",
            "..24.12-1",
        ] {
            let error = refused(&format!("ejabberd {versions}: a result"));
            assert_eq!(error, NoDeparture::Versions(versions.to_owned()));
        }
    }

    #[test]
    fn whether_it_is_known_of_a_server() {
        use Bearing::{Known, OtherServer, OtherVersion, Unknown};
        for (versions, server, bearing) in [
            ("", "ejabberd 24.12", Known),
            ("", "ejabberd", Known),
            ("", "Ejabberd 1", Known),
            ("", "Prosody 13.0.1", OtherServer),
            ("", "prosody", Unknown),
            ("23.01", "ejabberd 23.01-1~bpo", Known),
            ("23.01", "ejabberd 24.12", OtherVersion),
            ("23.01", "ejabberd", Unknown),
            ("23.01", "ejabberd community", Unknown),
            ("23.01..24.12", "ejabberd 24.02", Known),
            ("23.01..24.12", "ejabberd 24.12.3", Known),
            ("23.01..24.12", "ejabberd 25.03", OtherVersion),
            ("23.01..24.12", "ejabberd 22.10", OtherVersion),
            ("..24.12", "ejabberd 9.9", Known),
            ("..24.12", "ejabberd 26.07", OtherVersion),
            ("26.07..", "ejabberd 26.07.1", Known),
            ("26.07..", "ejabberd 26.6", OtherVersion),
            ("26.07..", "localhost:5222", Unknown),
        ] {
            let departure: Departure = format!("ejabberd {versions}: x").parse().unwrap();
            let found = departure.bearing(&Software::of(server));
            assert_eq!(found, bearing, "{departure} {server}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_and_read_again(text in "[a-zA-Z0-9.: é]{0,24}") {
            if let Ok(departure) = text.parse::<Departure>() {
                prop_assert_eq!(departure.to_string().parse(), Ok(departure));
            }
        }
    }
}
