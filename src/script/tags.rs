//! The tags that mean something to the program: one table of them, and how one that is meant is told from an author's
//! own.
//!
//! Authors may invent tags, so an unknown one is no mistake. A slip in one that means something does nothing, and
//! nobody would notice. Nothing here knows what a tag does.

use super::departure::{self, Departure};
use super::requirement::{self, Requirement};

/// The tag by which two actors may have one full JID.
pub(super) const SAME_FULL_JID: &str = "same-full-jid";

/// A tag that means something to the program.
#[derive(Debug, PartialEq, Eq)]
pub struct TagKey {
    /// What stands before the colon.
    pub key: &'static str,
    /// What has to stand behind it.
    pub takes: Takes,
}

/// What a tag has behind its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: the key alone says it.
    Nothing,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// What the server must have.
    Requirement,
    /// What a known server does otherwise.
    Departure,
}

/// All of them.
pub(super) const TAGS: [TagKey; 8] = [
    TagKey::new("strict", Takes::Nothing),
    TagKey::new("complete", Takes::Nothing),
    TagKey::new("child-order", Takes::OneOf(&["any"])),
    TagKey::new("matching", Takes::OneOf(&["open"])),
    TagKey::new("sync", Takes::OneOf(&["ping", "none"])),
    TagKey::new("allow", Takes::OneOf(&[SAME_FULL_JID])),
    TagKey::new(requirement::TAG, Takes::Requirement),
    TagKey::new(departure::TAG, Takes::Departure),
];

impl TagKey {
    const fn new(key: &'static str, takes: Takes) -> Self {
        Self { key, takes }
    }

    /// The tag of a key.
    pub(super) fn of(key: &str) -> Option<&'static Self> {
        TAGS.iter().find(|known| known.key == key)
    }

    /// Whether this can stand behind the key.
    fn fits(&self, value: &str) -> bool {
        match self.takes {
            Takes::Nothing => {
                let is_of_comment = value.starts_with('#');
                is_of_comment
                    || Self::of(value).is_some()
                    || ["", "yes", "true", "on"].contains(&value)
            }
            Takes::OneOf(words) => words.iter().any(|word| word.eq_ignore_ascii_case(value)),
            Takes::Requirement => value.parse::<Requirement>().is_ok(),
            Takes::Departure => value.parse::<Departure>().is_ok(),
        }
    }

    /// The whole tag, with what stands behind the key or could stand there.
    fn written(&self, value: &str) -> String {
        let key = self.key;
        match self.takes {
            Takes::Nothing => key.to_owned(),
            Takes::Requirement | Takes::Departure if value.is_empty() => format!("{key}: …"),
            Takes::Requirement | Takes::Departure => format!("{key}: {value}"),
            Takes::OneOf(words) => {
                let mut words = words.iter().copied();
                let known = words.clone().find(|word| word.eq_ignore_ascii_case(value));
                let first = || if value.is_empty() { words.next() } else { None };
                format!("{key}: {}", known.or_else(first).unwrap_or(value))
            }
        }
    }
}

/// The tag that was most likely meant by one that is the author's own, as it would be written. `text` is the tag without
/// its mark. The key of a tag that is meant is right but for one letter, for upper case or for a blank, or it is not
/// parted from the value by a colon. What would not even then be a tag of the program is taken for the author's.
pub(super) fn meant(text: &str) -> Option<String> {
    let splits = splits(text);
    TAGS.iter().find_map(|key| {
        // Most are told apart by how long they are, which takes far less time than a comparison.
        let length = letters(key.key).count();
        let mut alike = splits
            .iter()
            .filter(|split| split.length.abs_diff(length) <= 1);
        let split = alike.find(|split| is_meant(key, split))?;
        Some(key.written(split.value))
    })
}

/// The tag that a comment would be if its mark had two `#`, if that can be told from a sentence. A key that says all
/// stands alone.
pub(super) fn unmarked(text: &str) -> Option<String> {
    let alone = TagKey::of(text.trim()).filter(|known| known.takes == Takes::Nothing);
    if let Some(known) = alone {
        return Some(known.key.to_owned());
    }
    let (key, value) = text.split_once(':')?;
    let (key, value) = (TagKey::of(key.trim())?, value.trim());
    let is_sentence = match key.takes {
        Takes::Nothing | Takes::Departure => true,
        Takes::OneOf(_) => false,
        Takes::Requirement => !value.contains(['/', ':']),
    };
    (!is_sentence && key.fits(value)).then(|| key.written(value))
}

/// Whether a text is a tag of the program with a value that it can have.
pub(super) fn is_one(text: &str) -> bool {
    let (key, value) = text.split_once(':').unwrap_or((text, ""));
    TagKey::of(key.trim()).is_some_and(|key| key.fits(value.trim()))
}

/// A way to part a tag.
struct Split<'a> {
    key: &'a str,
    /// How many letters the key has.
    length: usize,
    value: &'a str,
    /// Whether a colon parts them, or nothing has to.
    is_regular: bool,
}

/// The ways to part a tag: at the colon, and where one of the first words ends.
fn splits(text: &str) -> Vec<Split<'_>> {
    let is_mark = |mark: char| mark.is_whitespace() || "=;,:".contains(mark);
    let ends = text.match_indices(is_mark).take(3);
    let words = ends.map(|(at, _)| (text.split_at(at), false));
    let colon = text.split_once(':').unwrap_or((text, ""));
    let all = [(colon, true)].into_iter().chain(words);
    all.map(|((key, value), is_regular)| Split {
        key,
        length: letters(key).count(),
        value: value.trim_matches(is_mark),
        is_regular,
    })
    .collect()
}

/// Whether a tag parted so is a slip of this one. A key that is right but for case and blanks says enough; one that is
/// almost right needs a value that goes with it, as `async` and `required` are words, too.
fn is_meant(key: &TagKey, split: &Split<'_>) -> bool {
    // Most tags are the author's own and far from all others; how far takes long to find out. With one slip, they begin
    // or end alike.
    let (mut found, mut known) = (lower(split.key), lower(key.key));
    if found.clone().next() != known.clone().next() && found.next_back() != known.next_back() {
        return false;
    }
    let distance = strsim::damerau_levenshtein(&squeezed(split.key), &squeezed(key.key));
    let is_word = matches!(key.takes, Takes::Nothing | Takes::OneOf(_));
    match distance {
        0 => !is_word || split.is_regular || key.fits(split.value),
        1 => key.fits(split.value),
        _ => false,
    }
}

/// The letters of a key, in lower case.
fn squeezed(key: &str) -> String {
    lower(key).collect()
}

fn lower(key: &str) -> impl DoubleEndedIterator<Item = char> + Clone {
    letters(key).flat_map(char::to_lowercase)
}

fn letters(key: &str) -> impl DoubleEndedIterator<Item = char> + Clone {
    key.chars().filter(|letter| letter.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_meant(text: &str, wanted: &str) {
        assert_eq!(meant(text).as_deref(), Some(wanted), "{text}");
    }

    #[test]
    fn a_slip_is_told_from_a_tag_of_the_authors_own() {
        for (text, wanted) in [
            ("requires urn:xmpp:mam:2", "requires: urn:xmpp:mam:2"),
            ("require: urn:xmpp:mam:2", "requires: urn:xmpp:mam:2"),
            ("strict # no loose ends", "strict"),
            ("strict, complete", "strict"),
            ("require urn:xmpp:mam:2", "requires: urn:xmpp:mam:2"),
            ("required: sasl PLAIN", "requires: sasl PLAIN"),
            (
                "Requires: conference/text as rooms",
                "requires: conference/text as rooms",
            ),
            (
                "requires conference/text as rooms",
                "requires: conference/text as rooms",
            ),
            ("requires = urn:xmpp:mam:2", "requires: urn:xmpp:mam:2"),
            (
                "requires a server with rooms",
                "requires: a server with rooms",
            ),
            ("Requires", "requires: …"),
            (
                "departs ejabberd 23.01: a result",
                "departs: ejabberd 23.01: a result",
            ),
            (
                "depart: ejabberd 23.01: a result",
                "departs: ejabberd 23.01: a result",
            ),
            ("Strict", "strict"),
            ("stict", "strict"),
            ("strict yes", "strict"),
            ("sync none", "sync: none"),
            ("sync=none", "sync: none"),
            ("synch: none", "sync: none"),
            ("Sync", "sync: ping"),
            ("Sync: off", "sync: off"),
            ("child order: any", "child-order: any"),
            ("childorder any", "child-order: any"),
            ("child_order: Any", "child-order: any"),
            ("allow same-full-jid", "allow: same-full-jid"),
            ("allows: same-full-jid", "allow: same-full-jid"),
        ] {
            assert_meant(text, wanted);
        }
    }

    #[test]
    fn words_that_are_only_like_those_of_the_program_are_the_authors_own() {
        for text in [
            "slow",
            "fast",
            "xep: 0313",
            "rfc: 6121",
            "rfc:",
            "rfc",
            "async",
            "async: yes",
            "required",
            "require",
            "strict mode",
            "strict order of stanzas",
            "sync slow",
            "sync to disk",
            "allow anonymous login",
            "complex",
            "order: any",
            "author: me",
            "district",
            "depart",
            "room: a/b",
            "mam",
            "needs: urn:xmpp:mam:2",
            "bug: #12",
            "http://example.com/",
            "skip",
            "todo",
            "2",
            ":",
            "=",
            "status: complete?",
        ] {
            assert_eq!(meant(text), None, "{text}");
        }
    }

    #[test]
    fn every_tag_of_the_program_is_described() {
        let page = include_str!("../../docs/language.md");
        for known in &TAGS {
            let row = format!("| `## {}", known.key);
            assert!(page.contains(&row), "{}", known.key);
        }
    }

    #[test]
    fn no_tag_of_the_program_is_taken_for_another() {
        for key in TAGS.iter().map(|known| known.key) {
            let others = TAGS.iter().filter(|known| known.key != key);
            for other in others {
                let distance = strsim::damerau_levenshtein(&squeezed(key), &squeezed(other.key));
                assert!(distance > 1, "{key} and {}", other.key);
            }
        }
    }

    #[test]
    fn a_comment_that_lacks_a_mark_is_told_from_a_sentence() {
        for (text, wanted) in [
            ("sync: none", Some("sync: none")),
            (
                "requires: conference/text as rooms",
                Some("requires: conference/text as rooms"),
            ),
            ("requires: urn:xmpp:mam:2", Some("requires: urn:xmpp:mam:2")),
            ("requires: mod_mam", None),
            ("requires: two users", None),
            ("Requires: urn:xmpp:mam:2", None),
            ("strict", Some("strict")),
            ("complete", Some("complete")),
            ("complete at last", None),
            ("Complete", None),
            ("sync", None),
            ("sync: to be done", None),
            ("departs: for Verona: then comes back", None),
        ] {
            assert_eq!(unmarked(text).as_deref(), wanted, "{text}");
        }
    }
}
