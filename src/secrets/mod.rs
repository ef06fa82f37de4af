//! Keeping passwords off the screen.
//!
//! It knows texts and which values in them are secrets, and nothing of where either comes from.

mod carried;
mod cipher;
mod dump;
mod log;
mod markup;
mod search;
mod shapes;
mod tags;
mod view;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::OnceLock;

use carried::{carried, may_be_carried, may_carry};
use minidom::{Element, Node};
use zeroize::Zeroizing;

use crate::escape;
pub use log::without_payloads;
use search::{Finder, Hit, LONG, Needles, Standing};
use view::View;

/// The passwords of a cast, say, to be taken out of whatever is shown.
///
/// They are found by what a text decodes to: as they are or escaped in any way, in base64 and within more of it, in
/// digits and so on, also where markup is between their parts.
///
/// A password can be an ordinary word, and what is shown has to be readable. So one that is an ordinary word, or has
/// fewer than four characters, is taken out only where it is a whole text, a whole attribute value, something else
/// between quotes, or a value in a payload of SASL. One of fewer than six characters is taken out where it is a word of
/// its own.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Each secret, with the name of its owner.
    owned: Vec<Owned>,
    /// What finds them. It is made when it is first needed, which for most scripts is never.
    finder: OnceLock<Option<std::sync::Arc<Finder>>>,
}

#[derive(Clone)]
struct Owned {
    owner: String,
    secret: Zeroizing<String>,
    standing: Standing,
}

/// What is shown instead.
pub(crate) const REDACTED: &str = "[redacted]";

/// The sign that a value goes on.
const CUT: char = '…';

/// No value that is shown has more bytes before that sign.
const REACH: usize = 8192;

/// For so few secrets, names are looked through one by one.
const FEW: usize = 8;

/// A value of fewer characters is a part of too many words.
const SHORT: usize = 4;

/// No word has as many characters.
const NO_WORD: usize = 24;

/// Words that every report on XMPP has, and that are passwords in many scripts.
const ORDINARY: [&str; 20] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "message",
    "presence",
    "localhost",
    "stream:stream",
    "features",
    "component",
    "client",
    "server",
    "jabber:client",
    "jabber:server",
    "username",
    "resource",
    "connects",
    "disconnects",
    "receives",
    "scansion",
];

impl Secrets {
    /// These values are secrets.
    pub fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        Self::owned(secrets.map(|secret| (String::new(), secret.to_owned())))
    }

    /// These values are secrets, each after the name of its owner.
    pub fn owned(secrets: impl Iterator<Item = (String, String)>) -> Self {
        let secrets = secrets.filter(|(_, secret)| !secret.is_empty());
        let owned = secrets.map(|(owner, secret)| Owned {
            owner,
            standing: standing(&secret),
            secret: Zeroizing::new(secret),
        });
        Self {
            owned: owned.collect(),
            finder: OnceLock::new(),
        }
    }

    /// What elements carry in a text that lets somebody in, such as payloads of SASL: where that stands elsewhere, it is
    /// not known by its surroundings. The text is that of several parts, in which it may be shown.
    pub fn carried_in(parts: &[&str]) -> Self {
        let text = parts.concat();
        let found = carried(&View::of(&text));
        let mut joint = 0;
        let mut values = found.values;
        for part in parts {
            let place = joint..joint + part.len();
            let cut = found.places.iter().filter(|own| is_cut(own, &place));
            values.extend(cut.map(|own| text[common(own, &place)].trim().to_owned()));
            joint = place.end;
        }
        values.extend(found.passwords);
        values.retain(|value| value.chars().count() >= SHORT);
        let owned = values.into_iter().map(|value| Owned {
            owner: String::new(),
            standing: standing_of_carried(&value),
            secret: Zeroizing::new(value),
        });
        Self {
            owned: owned.collect(),
            finder: OnceLock::new(),
        }
    }

    /// Whether elements in a text may carry something of the kind, also if its references are read before.
    pub fn may_be_carried_in(text: &str) -> bool {
        may_be_carried(&View::of(text))
    }

    /// The same of an element.
    pub fn carried_by(element: &Element) -> Self {
        match may_carry(element) {
            true => Self::carried_in(&[&String::from(element)]),
            false => Self::default(),
        }
    }

    /// The same secrets, each with a name by which it can be put back.
    #[must_use]
    pub fn called(mut self, name: &str) -> Self {
        for (number, owned) in self.owned.iter_mut().enumerate() {
            owned.owner = format!("{name} {}", number + 1);
        }
        self
    }

    /// Whether each of these is among others.
    pub fn are_among(&self, others: &Self) -> bool {
        let mut owned = self.owned.iter();
        owned.all(|owned| others.has(&owned.secret))
    }

    /// The same, beside these names, which are shown whatever a password may be: one that is in a name is ordinary.
    #[must_use]
    pub fn beside<'a>(mut self, names: impl Iterator<Item = &'a str>) -> Self {
        match self.owned.len() {
            ..=FEW => names.for_each(|name| self.be_ordinary_in(name)),
            _ => self.be_ordinary_in_all(names),
        }
        self.finder = OnceLock::new();
        self
    }

    fn be_ordinary_in(&mut self, name: &str) {
        let owned = self.owned.iter_mut();
        let found = owned.filter(|owned| name.contains(owned.secret.as_str()));
        found.for_each(|owned| owned.standing = Standing::Ordinary);
    }

    /// The same for each of many names, and many secrets.
    fn be_ordinary_in_all<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        let secrets = self
            .owned
            .iter()
            .map(|owned| owned.secret.as_bytes().to_vec());
        let Some(known) = Needles::new(&secrets.collect::<Vec<_>>()) else {
            return;
        };
        for (secret, _) in names.flat_map(|name| known.places(name.as_bytes())) {
            self.owned[secret].standing = Standing::Ordinary;
        }
    }

    /// These and others. What is ordinary for one of them is ordinary for both.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        let mut known = BTreeMap::new();
        for (number, owned) in self.owned.iter().enumerate() {
            known.entry(owned.secret.to_string()).or_insert(number);
        }
        for other in &others.owned {
            match known.get(other.secret.as_str()) {
                // What is looked for stays the same, and so does what finds it.
                Some(number) if self.owned[*number].standing <= other.standing => continue,
                Some(number) => self.owned[*number].standing = other.standing,
                None => self.owned.push(other.clone()),
            }
            self.finder = OnceLock::new();
        }
        self
    }

    /// Whether this is one of them.
    pub fn has(&self, secret: &str) -> bool {
        let mut owned = self.owned.iter();
        owned.any(|owned| owned.secret.as_str() == secret)
    }

    /// What finds them, if there are any.
    fn finder(&self) -> Option<&Finder> {
        let finder = self.finder.get_or_init(|| {
            let mut seen = BTreeSet::new();
            let secrets = self.owned.iter().enumerate();
            let secrets = secrets.filter(|(_, owned)| seen.insert(owned.secret.as_str()));
            let secrets =
                secrets.map(|(number, owned)| (number, owned.secret.as_str(), owned.standing));
            Finder::new(secrets).map(std::sync::Arc::new)
        });
        finder.as_deref()
    }

    fn find(&self, view: &View<'_>) -> Vec<Hit> {
        let finder = self.finder();
        finder.map_or_else(Vec::new, |finder| finder.find(view))
    }

    /// Where the beginnings of secrets are, before the sign that a value was cut.
    fn cut(&self, text: &str) -> Vec<Range<usize>> {
        let (mut places, mut from) = (Vec::new(), 0);
        for (at, _) in text.match_indices(CUT) {
            let piece = from.max(whole(text, at.saturating_sub(REACH)..at).start);
            let finder = self.finder();
            let start = finder.and_then(|finder| finder.find_cut(&View::of(&text[piece..at])));
            places.extend(start.map(|start| piece + start..at));
            from = at + CUT.len_utf8();
        }
        places
    }

    /// A value that stands alone, or what is shown in its place.
    pub fn redact_value<'a>(&self, value: &'a str) -> Cow<'a, str> {
        let found = places(self.find(&View::of_value(value)));
        let payloads = log::payloads(&View::of(value));
        without(value, found.chain(payloads).collect())
    }

    /// Where in a text the secrets are, and payloads of SASL, which may hold others.
    pub fn places(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        let view = View::of(text);
        places(self.find(&view))
            .chain(self.cut(text))
            .chain(log::payloads(&view))
    }

    /// A text without the secrets.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        without(text, self.places(text).collect())
    }

    /// Some XML without the secrets, which can be put back with the script at hand: in the place of each one that
    /// stands there unencoded is the name of its owner.
    pub fn seal<'a>(&self, xml: &'a str) -> Cow<'a, str> {
        let view = View::of(xml);
        let hits = self.find(&view);
        let mut sealed = BTreeMap::new();
        for Hit { secret, places } in &hits {
            let Owned { owner, secret, .. } = &self.owned[*secret];
            if let [place] = places.as_slice()
                && !owner.is_empty()
                && forms(secret)
                    .iter()
                    .any(|form| *form == xml[whole(xml, place.clone())])
            {
                let seal = escape::attribute(&seal(owner));
                sealed.insert((place.start, place.end), seal);
            }
        }
        let shown = |place: Range<usize>| {
            let seal = sealed.get(&(place.start, place.end));
            let seal = seal.cloned().unwrap_or_else(|| REDACTED.to_owned());
            (place, seal)
        };
        let hidden = places(hits).chain(log::payloads(&view));
        let sealed: Vec<_> = hidden.map(shown).collect();
        replaced(xml, sealed)
    }

    /// An element as it was before its secrets were taken out, as far as the actors still have them.
    pub fn unseal(&self, element: &mut Element) {
        let places = element.attrs_mut().iter_mut().map(|(_, value)| value);
        places.for_each(|place| self.unseal_text(place));
        for node in element.nodes_mut() {
            match node {
                Node::Element(child) => self.unseal(child),
                Node::Text(text) => self.unseal_text(text),
            }
        }
    }

    fn unseal_text(&self, text: &mut String) {
        // One that was computed anew is the latest of its name.
        let named = self.owned.iter().filter(|owned| !owned.owner.is_empty());
        for Owned { owner, secret, .. } in named.rev() {
            if text.contains(&seal(owner)) {
                *text = text.replace(&seal(owner), secret);
            }
        }
    }
}

/// How much of a secret a value is, by itself.
fn standing(secret: &str) -> Standing {
    let is_ordinary = ORDINARY.iter().any(|word| word.contains(secret));
    match secret.chars().count() {
        _ if is_ordinary => Standing::Ordinary,
        ..SHORT => Standing::Ordinary,
        SHORT..LONG => Standing::Short,
        _ => Standing::Distinctive,
    }
}

/// How much of a secret a value is that an element carries. Passwords that are set there are words of a script, and
/// payloads are not.
fn standing_of_carried(value: &str) -> Standing {
    let is_wordy =
        |character: char| character.is_lowercase() || matches!(character, '-' | '_' | ' ');
    match value.chars().count() {
        ..LONG => Standing::Ordinary,
        ..NO_WORD if value.chars().all(is_wordy) => Standing::Ordinary,
        _ => standing(value),
    }
}

/// Whether a place is only in part within a part of a text.
fn is_cut(place: &Range<usize>, part: &Range<usize>) -> bool {
    let is_apart = place.end <= part.start || part.end <= place.start;
    !is_apart && (place.start < part.start || part.end < place.end)
}

/// What two places have in common that overlap.
fn common(one: &Range<usize>, other: &Range<usize>) -> Range<usize> {
    one.start.max(other.start)..one.end.min(other.end)
}

/// All places that were found.
fn places(hits: Vec<Hit>) -> impl Iterator<Item = Range<usize>> {
    hits.into_iter().flat_map(|hit| hit.places)
}

/// A text without what is at some places.
fn without(text: &str, places: Vec<Range<usize>>) -> Cow<'_, str> {
    let places = places.into_iter().map(|place| (place, REDACTED.to_owned()));
    replaced(text, places.collect())
}

/// A text with others in some places. Where those overlap, all that they cover is gone.
fn replaced(text: &str, mut places: Vec<(Range<usize>, String)>) -> Cow<'_, str> {
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    places.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
    let (mut shown, mut at) = (String::with_capacity(text.len()), 0);
    for (place, instead) in places {
        let Range { start, end } = whole(text, place);
        if start >= at {
            shown.push_str(&text[at..start]);
            shown.push_str(&instead);
        }
        at = at.max(end);
    }
    shown.push_str(&text[at..]);
    Cow::Owned(shown)
}

/// A place with the whole of the characters at its ends.
fn whole(text: &str, place: Range<usize>) -> Range<usize> {
    let (mut start, mut end) = (place.start, place.end);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// What stands for the secret of this actor.
fn seal(owner: &str) -> String {
    format!("[redacted: {owner}]")
}

/// How a secret is written in XML.
fn forms(secret: &str) -> [String; 3] {
    [
        secret.to_owned(),
        escape::text(secret),
        escape::attribute(secret),
    ]
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn what_is_sealed_can_be_had_again_by_those_who_know_it() {
        for (secret, count) in [("password", 3), ("a&b'<", 4), ("open-sesame", 4)] {
            let secrets =
                Secrets::owned(std::iter::once(("Romeo's".to_owned(), secret.to_owned())));
            let xml = format!(
                "<z xmlns='urn:z' a='{0}' b='x {0}'><y> {0}\n</y>{0}<y/></z>",
                escape::attribute(secret)
            );
            let sealed = secrets.seal(&xml).into_owned();
            assert_eq!(sealed.matches("[redacted: Romeo").count(), count);
            let mut element: Element = sealed.parse().unwrap();
            secrets.unseal(&mut element);
            assert_eq!(element, xml.parse().unwrap());
        }
    }

    fn redacted(secret: &str, text: &str) -> String {
        Secrets::new([secret].into_iter()).redact(text).into_owned()
    }

    fn hexadecimal(bytes: &[u8], between: &str) -> String {
        let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.join(between)
    }

    fn base32(text: &str) -> String {
        let bits: String = text.bytes().map(|byte| format!("{byte:08b}")).collect();
        let values = bits.as_bytes().chunks(5).map(|bits| {
            let bits = format!("{:0<5}", String::from_utf8_lossy(bits));
            usize::from_str_radix(&bits, 2).unwrap()
        });
        values
            .map(|value| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[value]))
            .collect()
    }

    /// A text in UTF-16, whose bytes are written in some way.
    fn wide(text: &str, bytes: fn(u16) -> [u8; 2], write: &dyn Fn(&[u8]) -> String) -> String {
        write(&text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>())
    }

    fn html_name(character: char) -> Option<&'static str> {
        Some(match character {
            '&' => "AMP",
            '>' => "GT",
            '<' => "LT",
            '"' => "QUOT",
            '%' => "percnt",
            '\\' => "bsol",
            ';' => "semi",
            _ => return None,
        })
    }

    /// The common encodings of a secret, each on its own.
    fn encodings(secret: &str) -> Vec<String> {
        use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, Engine};
        let each = |write: &dyn Fn(char) -> String| secret.chars().map(write).collect::<String>();
        let bytes = |write: &dyn Fn(u8) -> String, between: &str| {
            let all: Vec<String> = secret.bytes().map(write).collect();
            all.join(between)
        };
        let mut all = vec![
            secret.to_owned(),
            escape::text(secret),
            escape::attribute(secret),
            each(&|c| format!("&#{};", u32::from(c))),
            each(&|c| format!("&#x{:X};", u32::from(c))),
            each(&|c| format!("\\u{{{:x}}}", u32::from(c))),
            each(&|c| format!("\\u{:04x}", u32::from(c))),
            each(&|c| format!("\\x{{{:X}}}", u32::from(c))),
            serde_json::to_string(secret).unwrap(),
            serde_json::to_string(&escape::attribute(secret)).unwrap(),
            serde_json::to_string(&serde_json::to_string(secret).unwrap()).unwrap(),
            bytes(&|b| format!("%{b:02X}"), ""),
            bytes(&|b| format!("\\{b:03}"), ""),
            bytes(&|b| format!("\\{b:03o}"), ""),
            bytes(&|b| format!("\\x{b:02x}"), ""),
            bytes(&|b| format!("{b:02x}"), ""),
            bytes(&|b| format!("{b:02X}"), ":"),
            bytes(&|b| format!("{b:02x}"), " "),
            bytes(&|b| format!("0x{b:02x}"), ", "),
            format!("<<{}>>", bytes(&|b| b.to_string(), ",")),
            secret.nfd().collect(),
            secret.nfkd().collect(),
            bytes(&|b| format!("={b:02X}"), ""),
            bytes(&|b| format!("={b:02X}"), "=\r\n"),
            each(&|c| format!("{c}\0")),
            serde_json::to_string(&each(&|c| format!("{c}\0"))).unwrap(),
            each(&|c| format!("{c}\0\0\0")),
            each(&|c| match c {
                '-' | '\u{7f}'.. => c.to_string(),
                _ => format!(
                    "&{};",
                    html_name(c).unwrap_or(&format!("#{}", u32::from(c)))
                ),
            }),
            base32(&format!("\0romeo\0{secret}")),
            base32(secret).to_lowercase() + "======",
            wide(secret, u16::to_le_bytes, &|bytes| hexadecimal(bytes, " ")),
            wide(secret, u16::to_be_bytes, &|bytes| hexadecimal(bytes, "")),
            wide(secret, u16::to_le_bytes, &|bytes| {
                BASE64_STANDARD.encode(bytes)
            }),
            wide(secret, u16::to_be_bytes, &|bytes| {
                BASE64_STANDARD.encode(bytes)
            }),
        ];
        let (start, end) = secret.split_at(secret.char_indices().nth(3).unwrap().0);
        let (start, end) = (escape::text(start), escape::text(end));
        all.push(format!("{start}<![CDATA[]]>{end}"));
        all.push(format!("{start}<!-- x --><b>{end}</b>"));
        for before in [
            "",
            "\0romeo\0",
            "romeo\0romeo\0",
            "romeo@localhost\0romeo\0",
            "a",
            "ab",
            "abc, ",
        ] {
            for after in ["", " and more of it"] {
                let text = format!("{before}{secret}{after}");
                all.push(BASE64_STANDARD.encode(&text));
                all.push(BASE64_STANDARD_NO_PAD.encode(&text));
                all.push(BASE64_URL_SAFE.encode(&text));
                all.push(format!("x/{}", BASE64_STANDARD.encode(&text)));
                let wrapped = BASE64_STANDARD.encode(&text);
                let lines: Vec<&str> = wrapped
                    .as_bytes()
                    .chunks(7)
                    .map(|line| std::str::from_utf8(line).unwrap())
                    .collect();
                all.push(lines.join("\r\n  "));
                all.push(BASE64_STANDARD.encode(BASE64_STANDARD.encode(&text)));
            }
        }
        all
    }

    #[test]
    fn a_secret_is_hidden_in_every_encoding() {
        for secret in [
            "open-sesame",
            "a&b>c\"d'<e",
            "pässwörd 字",
            "50%41\\u0041&amp;more",
            "back\\slash\\",
        ] {
            for written in encodings(secret) {
                for (before, after) in [
                    ("", ""),
                    ("<text>wrong: ", " it is</text>"),
                    ("log {\"", "\"}"),
                    ("a='", "'"),
                ] {
                    let text = format!("{before}{written}{after}");
                    let shown = redacted(secret, &text);
                    assert!(shown.contains(REDACTED), "{secret}: {text}: {shown}");
                    assert!(!shown.contains(secret), "{shown}");
                    // What is left of the secret does not reveal it.
                    assert_eq!(redacted(secret, &shown), shown, "{text}");
                }
            }
        }
    }

    /// A server can write a hash that a script has computed as it likes.
    #[test]
    fn a_secret_of_hexadecimal_digits_is_hidden_however_its_bytes_are_written() {
        let hash = "61a247449a871a4d9b57cc3bcc4e45753c3468b3";
        for text in [
            "61A247449A871A4D9B57CC3BCC4E45753C3468B3",
            "61a247449A871A4D9B57CC3BCC4E45753c3468b3",
            "61:a2:47:44:9a:87:1a:4d:9b:57:cc:3b:cc:4e:45:75:3c:34:68:b3",
            "YaJHRJqHGk2bV8w7zE5FdTw0aLM=",
        ] {
            let shown = redacted(hash, &format!("got '{text}'"));
            assert!(shown.starts_with("got '[redacted]"), "{shown}");
            assert!(!shown.contains(&text[8..12]), "{shown}");
        }
        assert_eq!(redacted("abc123", "a6vBI 97q97q"), "a6vBI 97q97q");
    }

    /// A login compares passwords as they are prepared.
    #[test]
    fn a_secret_is_hidden_in_every_form_of_unicode() {
        for (secret, texts) in [
            (
                "ﬁ\u{3000}néw",
                ["ﬁ néw", "fi ne\u{301}w", "ﬁ\u{3000}ne\u{301}w"],
            ),
            ("ﬁx\u{ad}it!", ["ﬁxit!", "fixit!", "ﬁx\u{200b}it!"]),
            (
                "Ⅳ\u{221}-word",
                ["IV\u{221}-word", "Ⅳ\u{221}-word", "Ⅳ&#x221;-word"],
            ),
        ] {
            for text in texts {
                let shown = redacted(secret, &format!("not '{text}'"));
                assert_eq!(shown.replace("[redacted]\u{200b}", ""), "not '[redacted]'");
            }
        }
    }

    /// No line of it has all of the secret.
    #[test]
    fn a_secret_is_hidden_where_its_bytes_are_dumped() {
        let letters = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let line = |(number, bytes): (usize, &[u8])| {
            let (first, last) = bytes.split_at(bytes.len().min(4));
            let [first, last] = [first, last].map(|bytes| hexadecimal(bytes, " "));
            format!("{number:07x}0  {first}  {last}  |{}|\n", letters(bytes))
        };
        let short = |(number, bytes): (usize, &[u8])| {
            let groups: Vec<String> = bytes.chunks(2).map(|two| hexadecimal(two, "")).collect();
            format!("{number:07x}0: {}  {}\n", groups.join(" "), letters(bytes))
        };
        for text in ["open-sesame", "it is open-sesame!"] {
            for lines in [
                text.as_bytes()
                    .chunks(8)
                    .enumerate()
                    .map(line)
                    .collect::<String>(),
                text.as_bytes()
                    .chunks(8)
                    .enumerate()
                    .map(short)
                    .collect::<String>(),
            ] {
                let shown = redacted("open-sesame", &format!("sent:\n{lines}"));
                for told in ["open", "sesa", "ame", "6f", "61"] {
                    assert!(!shown.contains(told), "{told}: {shown}");
                }
            }
        }
    }

    #[test]
    fn the_beginning_of_a_secret_is_hidden_however_it_is_written() {
        use base64::prelude::{BASE64_STANDARD, Engine};
        let payload = BASE64_STANDARD.encode("\0romeo\0open-sesame");
        for written in [
            "open-ses",
            "x open-ses",
            "open-s&#101;s",
            &payload[..payload.len() - 6],
            &payload[..payload.len() - 7],
            &payload[..payload.len() - 8],
            "6f70656e2d73",
            "6F70656E2D7",
            "6f:70:65:6e:2d:73",
        ] {
            let shown = redacted(
                "open-sesame",
                &format!("it is '{written}…', not '{written}…'"),
            );
            assert_eq!(shown.matches("[redacted]…'").count(), 2, "{shown}");
            assert!(!shown.contains(&written[written.len() - 4..]), "{shown}");
        }
        let hash = "61a247449a871a4d9b57cc3bcc4e45753c3468b3";
        for written in [
            &hash[..20],
            &hash.to_uppercase()[..20],
            &hash.to_uppercase()[..21],
        ] {
            assert_eq!(redacted(hash, &format!("'{written}…'")), "'[redacted]…'");
        }
        for other in ["ope…", "sesame…, romeo…", "…"] {
            assert_eq!(redacted("open-sesame", other), other);
        }
    }

    /// What stands between its parts is not seen, and so would not keep anybody from reading it.
    #[test]
    fn a_secret_is_hidden_where_what_cannot_be_seen_is_between_its_parts() {
        for text in [
            "open-\u{ad}sesame",
            r"open-\u{ad}sesame",
            r"open-\u00adsesame",
            "open-&#xad;ses<b/>ame",
        ] {
            let shown = redacted("open-sesame", text);
            assert!(shown.starts_with(REDACTED), "{shown}");
            assert!(!shown.contains("sesame"), "{shown}");
        }
        let spread: Vec<String> = "open-sesame".chars().map(String::from).collect();
        let shown = redacted("open-sesame", &spread.join("\u{200b}"));
        assert_eq!(shown, vec![REDACTED; spread.len()].join("\u{200b}"));
    }

    #[test]
    fn what_surrounds_a_secret_stays() {
        assert_eq!(
            redacted(
                "open-sesame",
                "<text>wrong password open-sesame for romeo</text>"
            ),
            "<text>wrong password [redacted] for romeo</text>"
        );
        assert_eq!(
            redacted("open-sesame", "a 6f70656e2d736573616d65 b"),
            "a [redacted] b"
        );
        assert_eq!(
            redacted("open-sesame", "it is 'open-ses…'"),
            "it is '[redacted]…'"
        );
        assert_eq!(redacted("open-sesame", "<open-sesame/>"), "<[redacted]/>");
    }

    #[test]
    fn only_whole_values_of_an_ordinary_word_are_taken_out() {
        let secrets = Secrets::new(["password", "a", "juliet"].into_iter());
        let secrets = secrets.beside(["juliet@localhost/x"].into_iter());
        assert_eq!(
            secrets.redact("<password>password</password><x y='password' z=\"a\">my password</x>"),
            "<password>[redacted]</password><x y='[redacted]' z=\"[redacted]\">my password</x>"
        );
        assert_eq!(
            secrets.redact("<p> password\n</p><p><![CDATA[a]]></p><p>a juliet</p>"),
            "<p> [redacted]\n</p><p><![CDATA[[redacted]]]></p><p>a juliet</p>"
        );
        for payload in [
            "AHJvbWVvAHBhc3N3b3Jk",
            "AHJvbWVvAGE=",
            "AHJvbWVvAGp1bGlldA==",
        ] {
            let shown = secrets.redact(payload);
            assert!(shown.contains(REDACTED), "{shown}");
        }
    }

    #[test]
    fn the_payload_that_a_script_writes_is_one() {
        let secrets = Secrets::new(["secret", "1234"].into_iter());
        assert_eq!(
            secrets.redact(r"<auth>${base64 \0romeo\0secret}</auth> a secret"),
            r"<auth>${base64 \0romeo\0[redacted]}</auth> a secret"
        );
        let in_json = secrets
            .redact(r#""${base64 \\0romeo\\0secret}""#)
            .into_owned();
        assert!(!in_json.contains("secret"), "{in_json}");
        for written in [r"\01234}", r"\01234\01", r"\x001234}"] {
            let shown = secrets.redact(written).into_owned();
            assert!(!shown.contains("1234"), "{shown}");
        }
    }

    /// A mismatch names the value alone, and a text can come in pieces.
    #[test]
    fn what_an_element_carries_is_taken_out_elsewhere_as_well() {
        const SASL: &str = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
        for (carrying, elsewhere) in [
            (
                format!("<success {SASL}>cnNwYXV0aD1l</success>"),
                "expected 'cnNwYXV0aD1l'",
            ),
            (
                format!("<success {SASL}>cnNw</success>"),
                "expected the text 'cnNw', got 'cnNw'",
            ),
            (
                format!("<success {SASL}>${{base64 rspauth=e}}</success>"),
                "got 'cnNwYXV0aD1l'",
            ),
            (
                "<token token='a-token&amp;0'/>".to_owned(),
                "got token='a-token&0'",
            ),
            (
                "<auth mechanism='X' xmlns='urn:xmpp:sasl:2'>a_tok${zz}</auth>".to_owned(),
                "is 'a_tok'",
            ),
        ] {
            let shown = Secrets::carried_in(&[&carrying])
                .redact(elsewhere)
                .into_owned();
            assert!(shown.contains("'[redacted]'"), "{shown}");
            assert!(
                !shown.contains("cnNw") && !shown.contains("tok0"),
                "{shown}"
            );
        }
        for payload in ["AHJvbWVvAE90aGVyLTE3", r"${base64 \0romeo\0Other-17}"] {
            let carrying = format!("<auth {SASL}>{payload}</auth>");
            let secrets = Secrets::carried_in(&[&carrying]);
            assert_eq!(secrets.redact("not Other-17!"), "not [redacted]!");
        }
        let parts = [&format!("<auth {SASL}>YWJjZGVm"), "Z2hpamts</auth>"];
        let secrets = Secrets::carried_in(&parts);
        assert_eq!(secrets.redact(parts[1]), "[redacted]</auth>");
        let words =
            Secrets::carried_in(&["<query xmlns='jabber:iq:auth'><password>changed</password>"]);
        assert_eq!(
            words.redact("changed to 'changed'"),
            "changed to '[redacted]'"
        );
    }

    #[test]
    fn a_short_one_is_taken_out_where_it_is_a_word() {
        assert_eq!(
            redacted("pass1", "pass1, pass12 (pass1)"),
            "[redacted], pass12 ([redacted])"
        );
    }

    #[test]
    fn a_value_that_stands_alone_is_taken_out() {
        let secrets = Secrets::new(["open-sesame", "password"].into_iter());
        assert_eq!(secrets.redact_value("open-sesame"), "[redacted]");
        assert_eq!(secrets.redact_value("open-sesame!"), "[redacted]!");
        assert_eq!(secrets.redact_value("password"), "[redacted]");
        assert_eq!(secrets.redact_value("password!"), "password!");
    }

    /// Digits that say digits in several ways, again and again.
    #[test]
    fn what_can_be_read_in_many_ways_is_not_read_without_end() {
        for digits in ["MTEx", "AAAA", "333333", "4d54", "33,"] {
            let text = digits.repeat(20_000);
            let shown = redacted("open-sesame", &format!("{text} open-sesame"));
            assert!(shown.ends_with(" [redacted]"));
        }
    }

    #[test]
    fn what_is_ordinary_to_one_is_so_to_all() {
        let one = Secrets::new(["montague"].into_iter());
        let other = one.clone().beside(["montague.example"].into_iter());
        let both = one.and(&other);
        assert_eq!(both.redact("at montague.example"), "at montague.example");
        assert_eq!(both.redact("<p>montague</p>"), "<p>[redacted]</p>");
    }

    #[test]
    fn without_secrets_nothing_is_taken_out() {
        let none = Secrets::new([""].into_iter());
        assert_eq!(none.redact("<p></p><q a=''/>"), "<p></p><q a=''/>");
    }
}
