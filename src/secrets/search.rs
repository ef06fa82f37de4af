//! Finding secrets in a text by what it decodes to, whatever the ways and however many of them, up to a depth.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use memchr::memmem;
use stringprep::saslprep;
use unicode_normalization::UnicodeNormalization;

use super::cipher::{Plain, each_base64, each_hexadecimal, each_list, hexadecimal};
use super::view::{Base, View};
use crate::visible::is_unseen;

/// How often a text is decoded that came of decoding.
const DEPTH: usize = 3;

/// The fewest bytes that are looked at among those that digits say. There is no shorter payload with a user and a
/// password.
const FEWEST: usize = 4;

/// How often a value is decoded that was cut.
const DEPTH_OF_CUT: usize = 2;

/// The beginning of a secret is a part of too many words if it has fewer bytes.
const BEGINNING: usize = 4;

/// How much of what the digits of a text say is looked at, as a multiple of the length of the text.
const TIMES: usize = 8;

/// How much is looked at of them in any case, in bytes.
const LITTLE: usize = 64 * 1024;

/// The same multiple for what is longer than a text that people read.
const FEW_TIMES: usize = 1;

/// How long such a text is, in bytes.
const LARGE: usize = 1024 * 1024;

/// How many bytes are looked at that the digits of a text of this length say.
pub(super) fn budget(length: usize) -> usize {
    let large = length.saturating_sub(LARGE);
    (length - large) * TIMES + large.saturating_mul(FEW_TIMES) + LITTLE
}

/// How much of a secret a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It is as good as any word. Only where it is a whole value, it is taken for the secret.
    Ordinary,
    /// It is short, and could be a part of any word.
    Short,
    /// It does not stand in a text by chance.
    Distinctive,
}

/// Where a secret is in a text.
pub(super) struct Hit {
    /// Which one.
    pub(super) secret: usize,
    /// Its places; several where something is between its parts.
    pub(super) places: Vec<Range<usize>>,
}

/// What finds secrets.
#[derive(Debug)]
pub(super) struct Finder {
    needles: Needles,
    /// For each of them, which secret it is, and how much of one.
    patterns: Vec<(usize, Standing)>,
    /// What does not stand in a text by chance, so that its beginning does not, either.
    distinctive: Vec<Vec<u8>>,
    /// The fewest bytes of a secret.
    fewest: usize,
}

impl Finder {
    /// A finder of these secrets, each with its number; none if there is no secret.
    pub(super) fn new<'a>(
        secrets: impl Iterator<Item = (usize, &'a str, Standing)>,
    ) -> Option<Self> {
        let (mut forms, mut patterns) = (Vec::new(), Vec::new());
        for (number, secret, standing) in secrets {
            for form in written(secret) {
                forms.push(form);
                patterns.push((number, standing));
            }
        }
        let fewest = forms.iter().map(Vec::len).min()?;
        let needles = Needles::new(&forms)?;
        let forms = forms.into_iter().zip(&patterns);
        let distinctive = forms.filter(|(_, (_, standing))| *standing == Standing::Distinctive);
        let distinctive = distinctive.map(|(form, _)| form).collect();
        Some(Self {
            needles,
            patterns,
            distinctive,
            fewest: fewest.max(FEWEST),
        })
    }

    /// All that is found in a text.
    pub(super) fn find(&self, text: &View<'_>) -> Vec<Hit> {
        let mut search = Search {
            finder: self,
            hits: Vec::new(),
            budget: budget(text.bytes().len()),
        };
        search.look(text, DEPTH);
        search.hits
    }

    /// From where on there is nothing in a text but the beginning of a secret: the rest was cut off.
    pub(super) fn find_cut(&self, text: &View<'_>) -> Option<usize> {
        let mut start = None;
        self.look_at_end(text, DEPTH_OF_CUT, &mut start);
        start
    }

    fn look_at_end(&self, view: &View<'_>, depth: usize, start: &mut Option<usize>) {
        let length = view.bytes().len();
        let own = self.distinctive.iter();
        let longest = own.filter_map(|form| beginning(view.bytes(), form)).max();
        let origin = longest.map_or_else(Vec::new, |own| view.origin(length - own..length));
        let starts = origin.iter().map(|place| place.start);
        *start = starts.chain(*start).min();
        if depth == 0 {
            return;
        }
        for reading in view.readings() {
            self.look_at_end(&reading, depth - 1, start);
        }
        let mut look = |plain: Plain<'_>| {
            let last = plain.origins().last();
            // A last digit may say too little to be read.
            if last.is_some_and(|last| last.end + 1 >= length) {
                self.look_at_end(&plain.view(view), depth - 1, start);
            }
        };
        each_base64(view, (BEGINNING * 8).div_ceil(6), |_| true, &mut look);
        each_hexadecimal(view, BEGINNING * 2, &mut look);
    }

    /// What is there without any decoding.
    fn plain(&self, view: &View<'_>) -> impl Iterator<Item = Hit> {
        let found = self.needles.places(view.bytes());
        found.into_iter().filter_map(|(needle, place)| {
            let (secret, standing) = self.patterns[needle];
            let is_meant = match standing {
                Standing::Distinctive => true,
                Standing::Short => is_word(view.bytes(), place.clone()),
                Standing::Ordinary => is_value(view, place.clone()),
            };
            is_meant.then(|| Hit {
                secret,
                places: view.origin(place),
            })
        })
    }

    /// Whether there is a secret in some bytes, or a text in which something is encoded. Most runs of digits are
    /// ordinary words, and what they would say is neither.
    fn is_worth_a_look(&self, bytes: &[u8], depth: usize) -> bool {
        self.needles.are_in(bytes) || depth > 0 && View::is_text(bytes)
    }
}

/// What is looked for.
#[derive(Debug)]
pub(super) enum Needles {
    /// They are looked for one by one. To make an automaton of them takes longer than to search most texts.
    Few(Vec<memmem::Finder<'static>>),
    /// In each automaton so many of them: the time that it takes to make one grows with the square of its size.
    Many(Vec<AhoCorasick>),
}

impl Needles {
    const FEW: usize = 8;
    const EACH: usize = 4096;

    pub(super) fn new(forms: &[Vec<u8>]) -> Option<Self> {
        Some(match forms.len() {
            ..=Self::FEW => {
                let needles = forms.iter().map(memmem::Finder::new);
                Self::Few(needles.map(memmem::Finder::into_owned).collect())
            }
            _ => {
                let automata = forms.chunks(Self::EACH).map(AhoCorasick::new);
                Self::Many(automata.collect::<Result<_, _>>().ok()?)
            }
        })
    }

    fn are_in(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Few(needles) => needles.iter().any(|needle| needle.find(bytes).is_some()),
            Self::Many(automata) => automata.iter().any(|automaton| automaton.is_match(bytes)),
        }
    }

    /// Where each of them is, by its number, also within another one.
    pub(super) fn places(&self, bytes: &[u8]) -> Vec<(usize, Range<usize>)> {
        match self {
            Self::Few(needles) => {
                let needles = needles.iter().enumerate();
                let places = needles.flat_map(|(number, needle)| {
                    overlapping(needle, bytes).map(move |place| (number, place))
                });
                places.collect()
            }
            Self::Many(automata) => {
                let automata = automata.iter().enumerate();
                let places = automata.flat_map(|(number, automaton)| {
                    let first = number * Self::EACH;
                    let found = automaton.find_overlapping_iter(bytes);
                    found.map(move |found| (first + found.pattern().as_usize(), found.range()))
                });
                places.collect()
            }
        }
    }
}

/// All places of a needle, also those that begin in another one.
fn overlapping(needle: &memmem::Finder<'_>, bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + needle.find(bytes.get(at..)?)?;
        at = start + 1;
        Some(start..start + needle.needle().len())
    })
}

/// A search in one text.
struct Search<'a> {
    finder: &'a Finder,
    hits: Vec<Hit>,
    /// How many bytes more are looked at that digits say.
    budget: usize,
}

impl Search<'_> {
    fn look(&mut self, view: &View<'_>, depth: usize) {
        self.hits.extend(self.finder.plain(view));
        if depth == 0 {
            return;
        }
        let readings = view.readings().into_iter();
        for reading in readings.chain(view.stripped()) {
            self.look(&reading, depth - 1);
        }
        let fewest = self.finder.fewest;
        let mut look = |plain: Plain<'_>| self.decipher(view, &plain, depth - 1);
        each_base64(view, (fewest * 8).div_ceil(6), |_| true, &mut look);
        each_hexadecimal(view, fewest * 2, &mut look);
        each_list(view, fewest, &mut look);
    }

    /// Looks at what some digits say. Where a text was made to be read in too many ways, all of the digits are taken
    /// for a secret.
    fn decipher(&mut self, view: &View<'_>, plain: &Plain<'_>, depth: usize) {
        if !self.finder.is_worth_a_look(plain.bytes, depth) {
            return;
        }
        let deciphered = plain.view(view);
        match self.budget.checked_sub(plain.bytes.len()) {
            Some(left) => {
                self.budget = left;
                self.look(&deciphered, depth);
            }
            None => self.hits.push(Hit {
                secret: self.finder.patterns[0].0,
                places: deciphered.origin(0..plain.bytes.len()),
            }),
        }
    }
}

/// How many bytes of the beginning of a secret a text ends with, if it is not too few to be told from others.
fn beginning(text: &[u8], secret: &[u8]) -> Option<usize> {
    let last = text.last_chunk::<BEGINNING>()?;
    let ends = secret.windows(BEGINNING).enumerate().rev();
    let ends = ends.filter(|(_, window)| window == last);
    let mut ends = ends.map(|(at, _)| at + BEGINNING);
    ends.find(|end| text.ends_with(&secret[..*end]))
}

/// How a secret is written without any encoding: as it is, in a form of a web page, and in other ways if it has letters
/// beside those of ASCII; and as it reads if it looks encoded itself.
fn written(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![
        secret.as_bytes().to_vec(),
        secret.replace(' ', "+").into_bytes(),
    ];
    if !secret.is_ascii() {
        forms.extend(prepared(secret).into_iter().map(String::into_bytes));
        forms.extend(transcoded(secret));
    }
    let read = forms.iter().flat_map(|form| {
        // If it is encoded as often as is looked for, each of these may be what is read in the end.
        std::iter::successors(read(form), |form| read(form)).take(DEPTH)
    });
    let mut all: Vec<Vec<u8>> = forms.iter().cloned().chain(read).collect();
    all.retain(|form| !form.is_empty());
    all.sort();
    all.dedup();
    all
}

/// A secret as it is prepared for a login (RFC 4013, RFC 8265 §4.2), and in the forms of Unicode.
fn prepared(secret: &str) -> Vec<String> {
    let seen: String = secret.chars().filter(|own| !is_unseen(*own)).collect();
    let spaced: String = secret
        .chars()
        .map(|own| if own.is_whitespace() { ' ' } else { own })
        .collect();
    let mut forms: Vec<String> = saslprep(secret).into_iter().map(Into::into).collect();
    for form in [secret, &seen, &spaced] {
        forms.push(form.nfc().collect());
        forms.push(form.nfd().collect());
        forms.push(form.nfkc().collect());
        forms.push(form.nfkd().collect());
    }
    forms
}

/// A secret in encodings that are not UTF-8: Latin-1, and UTF-16, as without NUL it cannot be told from other bytes.
fn transcoded(secret: &str) -> Vec<Vec<u8>> {
    let latin1: Result<Vec<u8>, _> = secret.chars().map(u8::try_from).collect();
    let units = || secret.encode_utf16();
    vec![
        latin1.unwrap_or_default(),
        units().flat_map(u16::to_le_bytes).collect(),
        units().flat_map(u16::to_be_bytes).collect(),
    ]
}

/// What a secret reads that looks encoded. It must not be much shorter, or it would be found by chance.
fn read(form: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(form).ok()?;
    let view = View::of(text);
    let unescaped = view.unescaped(Base::Ten);
    let read = match unescaped {
        Some(unescaped) => unescaped.bytes().to_vec(),
        // A hash, say, which a server may write with other digits, or not by digits at all.
        None => hexadecimal(form)?,
    };
    (read.len() >= LONG).then_some(read)
}

/// A value of so many characters does not stand in a text by chance.
pub(super) const LONG: usize = 6;

/// Whether there is no letter or digit around a place.
fn is_word(bytes: &[u8], place: Range<usize>) -> bool {
    let is_wordy = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let before = bytes[..place.start].last();
    !before.is_some_and(is_wordy) && !bytes.get(place.end).is_some_and(is_wordy)
}

/// Whether a place is all of a value: of a text between tags, of an attribute or of something else between quotes, or
/// of what digits say, where a payload parts its values by NUL (RFC 4616 §2).
fn is_value(view: &View<'_>, place: Range<usize>) -> bool {
    let (before, after) = (&view.bytes()[..place.start], &view.bytes()[place.end..]);
    let begins = match before.last() {
        None => view.is_value(),
        Some(b'"' | b'\'' | 0) => true,
        Some(_) => {
            let before = before.trim_ascii_end();
            before.ends_with(b">") || before.ends_with(b"<![CDATA[")
        }
    };
    let ends = match after.first() {
        None => view.is_value(),
        Some(b'"' | b'\'' | 0) => true,
        // The text of a script has such a payload between braces: `${base64 \0romeo\0secret}`.
        Some(b'}') => before.last() == Some(&0),
        Some(_) => {
            let after = after.trim_ascii_start();
            after.starts_with(b"<") || after.starts_with(b"]]>")
        }
    };
    begins && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Few and many are found alike.
    #[test]
    fn needles_are_found_within_one_another() {
        let few: Vec<Vec<u8>> = ["aba", "ab", "b"].map(Into::into).into();
        let padding = (0..Needles::FEW).map(|number| format!("none {number}").into_bytes());
        let many: Vec<Vec<u8>> = few.iter().cloned().chain(padding).collect();
        let places = |forms: &[Vec<u8>]| {
            let needles = Needles::new(forms).unwrap();
            assert!(needles.are_in(b"xb") && !needles.are_in(b"xa"));
            let mut places = needles.places(b"ababa");
            places.sort_by_key(|(needle, place)| (*needle, place.start));
            places
        };
        assert_eq!(
            places(&few),
            [
                (0, 0..3),
                (0, 2..5),
                (1, 0..2),
                (1, 2..4),
                (2, 1..2),
                (2, 3..4),
            ]
        );
        assert_eq!(places(&many), places(&few));
    }

    /// Nobody reads so many digits, and a run waits for each of them.
    #[test]
    fn less_is_looked_at_of_what_is_very_large() {
        assert!(budget(1000) > 8 * 1000);
        assert!(budget(LARGE) > 8 * LARGE);
        assert!(budget(16 * LARGE) < 2 * 16 * LARGE);
    }
}
