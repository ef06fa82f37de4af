//! What lets somebody in wherever it comes from, found by the elements that carry it: payloads of SASL, and what is as
//! good as a password.
//!
//! It knows how stanzas and scripts write such an element, and nothing of which passwords there are.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use base64::prelude::{BASE64_STANDARD, Engine};
use memchr::{memchr_iter, memmem};
use minidom::Element;
use regex::bytes::{Match, Regex};

use super::markup::{self, Attribute, Mark, Marks, Tag};
use super::places::{self, Holds, Place, has_place};
use super::view::{Base, View};

/// What elements carry in a text.
#[derive(Default)]
pub(super) struct Carried {
    /// Where it is.
    pub(super) places: Vec<Range<usize>>,
    /// What it is, as it would be shown elsewhere.
    pub(super) values: Vec<String>,
}

/// How often a text is unescaped.
const DEPTH: usize = 2;

/// A part of a value of fewer bytes says nothing.
const FEWEST: usize = 4;

/// How far an end tag may be from the last tag that it can be of, in elements.
const FAR: usize = 64;

/// What is a secret without an element: a message of PLAIN (RFC 4616 §2) as a script writes it, as in
/// `${base64 \0romeo\0secret}`, and a password in the address of a room (XEP-0045 §17.3). None is without its word.
static ALONE: [(&str, LazyLock<Regex>); 2] = [
    (
        "${base64 ",
        LazyLock::new(|| {
            constant(r"\$\{base64 [^{}\x00]*(?:\x00|\\0)[^\x00]*?(?:\x00|\\0)(?<a>[^{}\x00]+)\}")
        }),
    ),
    (
        ";password=",
        LazyLock::new(|| constant(r#"xmpp:[^\s"'<>]*;password=(?<a>[^\s"'<>;&]+)"#)),
    ),
];

/// What a script computes in a value: `${base64 n,,n=${Romeo's user}}`.
static COMPUTED: LazyLock<Regex> = LazyLock::new(|| {
    constant(r"\$\{(?:base64|sha1|sha256) (?<argument>(?:[^{}]|\$\{[^{}]*\})*)\}")
});

/// What stands between the parts of a value: markup, wildcards and names of scripts, and the ends of lines, with what
/// pages draw at the beginning of the next one.
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    constant(
        r"<!--.*?-->|<!\[CDATA\[|\]\]>|\$<[^<>]*>|\$\{(?:base64|sha1|sha256) |\$\{[^{}]*\}|\{scansion:[^{}]*\}|\}|\\0|\x00|\s*\n[ \t]*(?:\d*[ \t]*(?:│|\|)[ \t]*)?(?:\^[^\n]*)?(?:[+-][ \t]+)?",
    )
});

fn constant(expression: &str) -> Regex {
    let expression = format!("(?s-u){expression}");
    Regex::new(&expression).expect("the expressions are constants of this module")
}

/// Whether it is worth reading an element as a text.
pub(super) fn may_carry(element: &Element) -> bool {
    has_place(element) || element.children().any(may_carry)
}

/// What elements carry in a text, whoever has sent it.
pub(super) fn carried(text: &View<'_>) -> Carried {
    let mut carried = Carried::default();
    look(text, DEPTH, &mut carried);
    carried
}

fn look(view: &View<'_>, depth: usize, carried: &mut Carried) {
    if is_worth_reading(view.bytes()) {
        Reader::new(view, carried).read();
    }
    for (word, shape) in &ALONE {
        if memmem::find(view.bytes(), word.as_bytes()).is_some() {
            let found = shape.captures_iter(view.bytes());
            for value in found.filter_map(|found| found.name("a")) {
                carried.take(view, &[value.range()], FEWEST);
            }
        }
    }
    if depth > 0
        && let Some(unescaped) = view.unescaped(Base::Ten)
    {
        look(&unescaped, depth - 1, carried);
    }
}

/// Whether a text has what looks like the beginning of an element or an attribute that may carry something: most have not.
fn is_worth_reading(text: &[u8]) -> bool {
    let mut tags = memchr_iter(b'<', text);
    tags.any(|at| places::is_in(markup::local_name(text, at + 1)))
        || places::of_any_element().any(|name| markup::has_attribute(text, name))
}

/// Goes through the elements of a text.
struct Reader<'a> {
    view: &'a View<'a>,
    carried: &'a mut Carried,
    /// The elements that are open.
    open: Vec<Open<'a>>,
    /// The namespaces that they declare, each after its prefix.
    declared: Vec<(&'a [u8], Cow<'a, str>)>,
    /// The comments and CDATA sections that are open: where each ends, and how many elements were open before.
    quotes: Vec<(usize, usize)>,
    /// The fields that have been called private, as what is submitted does not say it.
    private: BTreeSet<Cow<'a, str>>,
}

/// An element that is open.
struct Open<'a> {
    name: &'a [u8],
    /// How many namespaces were declared before.
    declared: usize,
    /// Which of the elements that are open carries its text, if one does, and whether that is all text in it.
    carrier: Option<(usize, Extent)>,
    /// The children whose text is carried.
    children: Option<&'static str>,
    /// Where the text is that it carries.
    text: Vec<Range<usize>>,
    fewest: usize,
}

/// How much of the text in an element it carries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    All,
    Own,
    Digest,
}

impl<'a> Reader<'a> {
    fn new(view: &'a View<'a>, carried: &'a mut Carried) -> Self {
        Self {
            view,
            carried,
            open: Vec::new(),
            declared: Vec::new(),
            quotes: Vec::new(),
            private: BTreeSet::new(),
        }
    }

    fn read(mut self) {
        let (mut marks, mut at) = (Marks::of(self.view.bytes()), 0);
        while let Some(mark) = marks.next() {
            let place = mark.place();
            self.leave_quotes(place.start);
            at = match mark {
                // What is between the parts of a text is taken out of it later.
                Mark::Quote(..) if self.carrier().is_some() => continue,
                Mark::Quote(_, quoted) => {
                    self.quotes.push((quoted.end, self.open.len()));
                    marks.enter(&quoted);
                    quoted.start
                }
                Mark::Start(tag) => {
                    self.take_text(at..place.start);
                    self.begin(&tag);
                    place.end
                }
                Mark::End(name, _) => {
                    self.take_text(at..place.start);
                    self.end(name);
                    place.end
                }
            };
        }
        self.take_text(at..self.view.bytes().len());
        self.cut_off(0);
    }

    /// Which element carries what comes next, and how much of it.
    fn carrier(&self) -> Option<(usize, Extent)> {
        self.open.last()?.carrier
    }

    fn take_text(&mut self, text: Range<usize>) {
        if let Some((carrier, _)) = self.carrier() {
            self.open[carrier].text.push(text);
        }
    }

    /// Leaves the comments and CDATA sections that end before a place.
    fn leave_quotes(&mut self, place: usize) {
        while let Some((_, open)) = self.quotes.pop_if(|(end, _)| *end <= place) {
            self.cut_off(open);
        }
    }

    fn begin(&mut self, tag: &Tag<'a>) {
        let declared = self.declared.len();
        self.declare(tag);
        let mut open = Open {
            name: tag.name,
            declared,
            carrier: self.carrier().filter(|(_, extent)| *extent == Extent::All),
            children: None,
            text: Vec::new(),
            fewest: FEWEST,
        };
        self.look_at(tag, &mut open);
        match tag.is_empty {
            true => self.declared.truncate(declared),
            false => self.open.push(open),
        }
    }

    fn declare(&mut self, tag: &Tag<'a>) {
        for attribute in &tag.attributes {
            let prefix = match markup::split(attribute.name) {
                (b"", b"xmlns") => b"".as_slice(),
                (b"xmlns", prefix) => prefix,
                _ => continue,
            };
            let namespace = self.said(attribute);
            self.declared.push((prefix, namespace));
        }
    }

    fn said(&self, attribute: &Attribute<'a>) -> Cow<'a, str> {
        markup::read(&self.view.bytes()[attribute.value.clone()])
    }

    /// Looks at what an element that begins carries.
    fn look_at(&mut self, tag: &Tag<'a>, open: &mut Open<'a>) {
        let (prefix, local) = markup::split(tag.name);
        let Ok(local) = str::from_utf8(local) else {
            return;
        };
        if let Some(parent) = self.open.last().filter(|own| own.children == Some(local)) {
            open.fewest = parent.fewest;
            open.carrier = Some((self.open.len(), Extent::All));
        }
        for place in places::places_in(local, |name| tag.attribute(name).is_some()) {
            if self.is_place(place, prefix, tag, open) {
                self.look_at_place(place, tag, open);
            }
        }
        let field = tag.attribute("var").filter(|_| local == "field");
        if let Some(name) = field.map(|name| self.said(name)) {
            match open.children {
                Some(_) => drop(self.private.insert(name)),
                None if self.private.contains(&name) => open.children = Some("value"),
                None => (),
            }
        }
    }

    fn is_place(&self, place: &Place, prefix: &[u8], tag: &Tag<'a>, open: &Open<'a>) -> bool {
        // A prefix that is declared nowhere may be one that is declared beside it.
        let own = self.declared[open.declared..].iter();
        let declared = self.declared.iter().rev().take(FAR);
        let named = declared.filter(|(own, _)| *own == prefix).take(1);
        let namespaces: Vec<&str> = named.chain(own).map(|(_, name)| name.as_ref()).collect();
        place.is_in(&namespaces, |name| {
            tag.attribute(name).map(|own| self.said(own))
        })
    }

    fn look_at_place(&mut self, place: &Place, tag: &Tag<'a>, open: &mut Open<'a>) {
        let mut carries = |extent| {
            open.fewest = place.fewest;
            open.carrier = Some((self.open.len(), extent));
        };
        match place.holds {
            Holds::Text => carries(Extent::All),
            Holds::OwnText => carries(Extent::Own),
            Holds::Digest => carries(Extent::Digest),
            Holds::TextOf(children) => {
                open.fewest = place.fewest;
                open.children = Some(children);
            }
            Holds::Attribute(name) => {
                if let Some(attribute) = tag.attribute(name) {
                    let value = attribute.value.clone();
                    self.carried.take(self.view, &[value], place.fewest);
                }
            }
        }
    }

    /// Comes to an end tag, which may be of another element than the last one, or of none.
    fn end(&mut self, name: &[u8]) {
        let floor = self.quotes.last().map_or(0, |(_, open)| *open);
        let floor = floor.max(self.open.len().saturating_sub(FAR));
        let among = self.open[floor..].iter().rposition(|own| own.name == name);
        let is_last = |(carrier, _)| carrier + 1 == self.open.len();
        let ended = match among {
            Some(number) => floor + number,
            None if self.carrier().is_some_and(is_last) => self.open.len() - 1,
            None => return,
        };
        self.cut_off(ended + 1);
        if let Some(open) = self.open.pop() {
            self.declared.truncate(open.declared);
            if let Some((carrier, extent)) = open.carrier
                && carrier == ended
                && (extent != Extent::Digest || self.is_digest(&open.text))
            {
                self.carried.take(self.view, &open.text, open.fewest);
            }
        }
    }

    fn is_digest(&self, text: &[Range<usize>]) -> bool {
        let [text] = text else { return false };
        let text = self.view.bytes()[text.clone()].trim_ascii();
        text.len() == 40 && text.iter().all(u8::is_ascii_hexdigit)
    }

    /// Leaves all elements but so many, which have no end tags. A text can be cut in the middle of an element, and a
    /// message can have a start tag alone: only what looks like a payload is one there.
    fn cut_off(&mut self, left: usize) {
        let bytes = self.view.bytes();
        for (number, open) in self.open.iter().enumerate().skip(left) {
            let is_own = |(carrier, extent)| carrier == number && extent != Extent::Digest;
            if open.carrier.is_some_and(is_own) {
                for text in &open.text {
                    let digits = text.start..text.start + digits(&bytes[text.clone()]);
                    self.carried.take(self.view, &[digits], FEWEST);
                }
            }
        }
        if let Some(first) = self.open.get(left) {
            self.declared.truncate(first.declared);
        }
        self.open.truncate(left);
    }
}

/// How many bytes there are at the beginning of a text that a payload can have.
fn digits(text: &[u8]) -> usize {
    let is_digit = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=_.~-".contains(byte);
    text.iter().take_while(is_digit).count()
}

impl Carried {
    /// Takes what an element carries, in these pieces: all that is written there itself.
    fn take(&mut self, view: &View<'_>, pieces: &[Range<usize>], fewest: usize) {
        let bytes = view.bytes();
        let parts = pieces.iter().flat_map(|piece| parts(bytes, piece.clone()));
        let parts: Vec<_> = parts.collect();
        if parts.iter().map(Range::len).sum::<usize>() < fewest {
            return;
        }
        let places = parts.iter().flat_map(|part| view.origin(part.clone()));
        self.places.extend(places);
        let computed = pieces.iter().flat_map(|piece| computed(bytes, piece));
        let computed: Vec<_> = computed.collect();
        let is_computed = |part: &Range<usize>| {
            let mut all = computed.iter().map(|(all, _)| all);
            all.any(|all| all.start <= part.start && part.end <= all.end)
        };
        // What is computed of a name and a word is told from these; what is computed of attributes (RFC 5802 §7) is not.
        let is_own =
            |part: &&Range<usize>| !is_computed(part) || bytes[(*part).clone()].contains(&b'=');
        let own = parts.iter().filter(is_own);
        let own = own.map(|part| bytes[part.clone()].to_vec());
        self.learn(own, if parts.len() == 1 { fewest } else { FEWEST });
        let arguments = computed.iter().map(|(_, argument)| *argument);
        let known = arguments.filter(|own| !own.contains(&b'{'));
        self.learn(known.map(encoded), FEWEST);
        if parts.len() > 1 && pieces.iter().all(|piece| is_whole(&bytes[piece.clone()])) {
            let whole: Vec<&[u8]> = parts.iter().map(|part| &bytes[part.clone()]).collect();
            self.learn(std::iter::once(whole.concat()), fewest);
        }
    }

    /// Learns values, also as they are read.
    fn learn(&mut self, values: impl Iterator<Item = Vec<u8>>, fewest: usize) {
        for value in values.filter(|value| value.len() >= fewest) {
            if let Cow::Owned(read) = markup::read(&value) {
                self.values.push(read);
            }
            self.values.extend(String::from_utf8(value));
        }
    }
}

/// Whether all of a value is written there, and no script or run puts anything into it.
fn is_whole(value: &[u8]) -> bool {
    let mut put_in = ["${", "$<", "{scansion:"].iter();
    !put_in.any(|sign| memmem::find(value, sign.as_bytes()).is_some())
}

/// What a script computes in a piece of a text: where, and of which argument.
fn computed<'a>(text: &'a [u8], piece: &Range<usize>) -> Vec<(Range<usize>, &'a [u8])> {
    let value = &text[piece.clone()];
    if memmem::find(value, b"${").is_none() {
        return Vec::new();
    }
    let found = COMPUTED.captures_iter(value);
    let found = found.filter_map(|own| {
        let (all, argument) = (own.get(0)?, own.name("argument")?);
        let all = piece.start + all.start()..piece.start + all.end();
        Some((all, argument.as_bytes()))
    });
    found.collect()
}

/// What a script has computed of an argument.
fn encoded(argument: &[u8]) -> Vec<u8> {
    let argument = String::from_utf8_lossy(argument).replace("\\0", "\0");
    BASE64_STANDARD.encode(argument).into_bytes()
}

/// The parts of a piece of a text that are written there, and not hidden yet.
fn parts(text: &[u8], piece: Range<usize>) -> Vec<Range<usize>> {
    let (mut parts, mut at) = (Vec::new(), 0);
    let value = &text[piece.clone()];
    // To compile the expression takes longer than to read most texts, and few values have any of it.
    if value.iter().any(|byte| b"<]${\n".contains(byte)) {
        // A password can have what ends a computed value.
        let is_computed = memmem::find(value, b"${").is_some();
        let is_between =
            |own: &Match<'_>| is_computed || !matches!(own.as_bytes(), b"}" | b"\0" | b"\\0");
        for between in BETWEEN.find_iter(value).filter(is_between) {
            parts.push(at..between.start());
            at = between.end();
        }
    }
    parts.push(at..value.len());
    let trimmed = parts.into_iter().map(|part| trimmed(value, part));
    let shown = trimmed.filter(|part| !is_hidden(&value[part.clone()]));
    shown
        .map(|part| piece.start + part.start..piece.start + part.end)
        .collect()
}

fn trimmed(value: &[u8], part: Range<usize>) -> Range<usize> {
    let own = &value[part.clone()];
    let before = own.len() - own.trim_ascii_start().len();
    let length = own.trim_ascii().len();
    part.start + before..part.start + before + length
}

/// Whether there is nothing in it but what was put in the place of a secret.
pub(super) fn is_hidden(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let is_redacted = value.starts_with(b"[redacted") && value.ends_with(b"]");
    is_redacted || value.iter().all(|byte| *byte == b'*')
}
