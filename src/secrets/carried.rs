//! What lets somebody in wherever it comes from, found by the elements that carry it: payloads of SASL, and what is as
//! good as a password.
//!
//! It knows how stanzas and scripts write such an element, and nothing of which passwords there are.

use std::ops::Range;
use std::sync::LazyLock;

use base64::prelude::{BASE64_STANDARD, Engine};
use memchr::{memchr3_iter, memmem};
use minidom::Element;
use regex::bytes::Regex;

use super::markup;
use super::shapes::Shapes;
use super::tags::{Kind, Tag, tags};
use super::view::{Base, View};

/// What elements carry in a text.
#[derive(Default)]
pub(super) struct Carried {
    /// Where it is.
    pub(super) places: Vec<Range<usize>>,
    /// What it is, as it would be shown elsewhere.
    pub(super) values: Vec<String>,
    /// The passwords that are encoded in it.
    pub(super) passwords: Vec<String>,
}

/// How often a text is unescaped.
const DEPTH: usize = 3;

/// A value of fewer bytes says nothing.
const FEWEST: usize = 4;

/// Elements with what they carry, which is called `a`, `b` or `c` in each of them: those of SASL (RFC 6120 §6.4,
/// XEP-0388); tokens of later logins (XEP-0484 §3, XEP-0397); a component's proof (XEP-0114 §3); passwords that are
/// set, or sent in the way of old (XEP-0077, XEP-0078), also in a form (XEP-0004 §3.3); passwords of rooms (XEP-0045
/// §7.2.6, §7.8, §10.9; XEP-0048, XEP-0402, and the attribute of XEP-0249 §2), also in their addresses (XEP-0045
/// §16.7); passwords of other services (the attribute of XEP-0215 §3); what lets one upload (XEP-0363 §4). And a
/// message of PLAIN (RFC 4616 §2) as a script writes it: `${base64 \0romeo\0secret}`.
static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    const OF_SASL: &str = r#"[^<>]*["']urn:(?:ietf:params:xml:ns:xmpp-sasl|xmpp:sasl:\d+)["']"#;
    const START: &str = r"<(?:[\w.\x80-\xff-]+:)?";
    const END: &str = r"(?:[^<>]*[^<>/])?>";
    // Up to the end tag: what is no tag, and what can stand between the parts of a text. Or a word, where the end tag is
    // missing.
    const TEXT: &str = r#"(?:(?<a>(?:\$<[^<>/][^<>]*>|<!--.*?-->|<!\[CDATA\[.*?\]\]>|\$\{[^{}<>]*\}|[^<])+)</|(?:\s*\n\s*)?(?<b>[^\s<>"'&\\]{4,}))"#;
    const SASL: &str = "auth|response|challenge|success|next";
    const SASL_BEGUN: &str = "<auth|:auth|<response|:response|<challenge|:challenge|\
                              <success|:success|<next|:next";
    const TOKEN_BEGUN: &str =
        "<token|:token|<isr-enabled|:isr-enabled|<with-isr-token|:with-isr-token";
    const FIELD: &str =
        r#"["'](?:text-private|(?:[^"'<>]*[#_-])?(?:password(?:-verify)?|(?:room)?secret))["']"#;
    const FIELD_NAMED: &str = "text-private|\"password|'password|#password|_password|-password|\
                               \"secret|'secret|#secret|_secret|-secret|_roomsecret";
    const END_OF_TAG: &str = r#"\\*["'](?:[^<>]*[^<>/])?>"#;
    const IQ: &str = "jabber:iq:(?:register|auth)";
    const ROOM: &str =
        r"(?:protocol/muc(?:#user|#owner)?|storage:bookmarks|urn:xmpp:bookmarks:\d+)";
    // As far as the element goes, or the items of a list.
    const WITHIN_ROOM: &str = "(?:[^<]|<[^/]|</[^xqs])*?";
    const WITHIN: &str = "(?:[^<]|<[^/]|</(?:[^qi]|i[^q]))*?";
    const WITHIN_FIELD: &str = "(?:[^<]|<[^/]|</(?:[^<>:]*:)?[^<>:f][^<>:]*>)*?";
    // The value of an attribute, with the other quotes in it perhaps, unless it has no end. The name of an actor's
    // property has an apostrophe in it.
    let quoted = |name, quote| {
        format!(
            r#"{quote}(?<{name}>(?:\$\{{[^{{}}]*\}}|[^{quote}<>\\]|\\+[^{quote}<>\\])+)\\*{quote}"#
        )
    };
    let value = format!(
        r#"\\*(?:{}|{}|["'](?<c>(?:\$\{{[^{{}}]*\}}|[^"'<>\\])+))"#,
        quoted("a", '"'),
        quoted("b", '\'')
    );
    let shapes = [
        (
            "sasl",
            SASL_BEGUN,
            format!(r"{START}(?:{SASL})\b{OF_SASL}{END}{TEXT}"),
        ),
        (
            "initial-response|additional-data|task-data",
            "",
            format!(r"{START}(?:initial-response|additional-data|task-data)\b{END}{TEXT}"),
        ),
        (
            "handshake",
            "",
            format!(r"{START}handshake\b[^<>]*>\s*(?<a>[0-9A-Fa-f]{{40}})\s*</"),
        ),
        (
            "token",
            TOKEN_BEGUN,
            format!(r#"{START}(?:token|isr-enabled|with-isr-token)\b[^<>]*?\stoken\s*=\s*{value}"#),
        ),
        (
            "token",
            TOKEN_BEGUN,
            format!(
                r#"{START}(?:token|with-isr-token)\b[^<>]*["']urn:xmpp:(?:fast|isr):\d+["']{END}{TEXT}"#
            ),
        ),
        (
            "jabber:iq:",
            "<password|:password|<digest|:digest",
            format!(
                r#"(?:{IQ}\b{END}{WITHIN}{START}(?:password|digest)\b|{START}(?:password|digest)\b[^<>]*["']{IQ}["']){END}{TEXT}"#
            ),
        ),
        (
            "protocol/muc|bookmarks",
            "<password|:password",
            format!(
                r#"(?:{ROOM}{END_OF_TAG}{WITHIN_ROOM}{START}password\b|{START}password\b[^<>]*{ROOM}["']){END}{TEXT}"#
            ),
        ),
        (
            "password=|password =",
            "",
            format!(r#"{START}(?:x|service)\b[^<>]*?\spassword\s*=\s*{value}"#),
        ),
        (
            ";password=",
            "xmpp:",
            r#"xmpp:[^\s"'<>]*?;password=(?<a>(?:\$\{[^{}]*\}|[^\s"'<>;&])+)"#.to_owned(),
        ),
        (
            FIELD_NAMED,
            "<field|:field",
            format!(r"{START}field\b[^<>]*{FIELD}{END}{WITHIN_FIELD}{START}value\b{END}{TEXT}"),
        ),
        (
            "authorization|cookie",
            "<header|:header",
            format!(r#"{START}header\b[^<>]*["'](?i:Authorization|Cookie)["']{END}{TEXT}"#),
        ),
        (
            "base64",
            "${base64 ",
            r"\$\{base64 [^{}\x00]*(?:\x00|\\0)[^\x00]*?(?:\x00|\\0)(?<a>[^{}\x00]+)\}".to_owned(),
        ),
    ];
    Shapes::new(shapes.map(|(hints, companions, shape)| (hints, companions, bytes(&shape))))
});

/// What a script computes in a value: `${base64 n,,n=${Romeo's user}}`.
static COMPUTED: LazyLock<Regex> = LazyLock::new(|| {
    constant(r"\$\{(?:base64|sha1|sha256) (?<argument>(?:[^{}]|\$\{[^{}]*\})*)\}")
});

/// What stands between the parts of a value beside comments: markup, wildcards and names of scripts, and the ends of
/// lines, with what pages draw at the beginning of the next one.
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    constant(
        r"<!\[CDATA\[|\]\]>|\$<[^<>/][^<>]*>|\$\{(?:base64|sha1|sha256) |\$\{[^{}]*\}|\{scansion:[^{}]*\}|\}|\\0|\x00|\s*\n[ \t]*(?:\d*[ \t]*(?:│|\|)[ \t]*)?(?:\^[^\n]*)?(?:[+-][ \t]+)?",
    )
});

fn constant(expression: &str) -> Regex {
    Regex::new(&bytes(expression)).expect("the expressions are constants of this module")
}

/// An expression over bytes.
fn bytes(expression: &str) -> String {
    format!("(?s-u){expression}")
}

/// The local names of elements that carry something, or whose children do.
const NAMES: [&str; 21] = [
    "auth",
    "response",
    "challenge",
    "success",
    "next",
    "initial-response",
    "additional-data",
    "task-data",
    "handshake",
    "token",
    "isr-enabled",
    "with-isr-token",
    "query",
    "password",
    "digest",
    "field",
    "value",
    "header",
    "x",
    "service",
    "conference",
];

/// How the namespaces begin that the expressions look for.
const NAMESPACES: [&str; 9] = [
    "urn:ietf:params:xml:ns:xmpp-sasl",
    "urn:xmpp:sasl:",
    "urn:xmpp:fast:",
    "urn:xmpp:isr:",
    "jabber:iq:register",
    "jabber:iq:auth",
    "http://jabber.org/protocol/muc",
    "storage:bookmarks",
    "urn:xmpp:bookmarks:",
];

/// No such namespace has more bytes.
const LONGEST: usize = 40;

/// What stands in the place of a tag in what an element carries.
const JOINT: &[u8] = b"<!---->";

/// Whether it is worth reading an element as a text.
pub(super) fn may_carry(element: &Element) -> bool {
    NAMES.contains(&element.name()) || element.children().any(may_carry)
}

/// Whether there may be something in a text that elements carry, now or when it is written with its references read.
pub(super) fn may_be_carried(text: &View<'_>) -> bool {
    may_be_read(text, DEPTH)
}

fn may_be_read(view: &View<'_>, depth: usize) -> bool {
    let unescaped = || (depth > 0).then(|| view.unescaped(Base::Ten)).flatten();
    SHAPES.may_be_in(view.bytes())
        || unescaped().is_some_and(|unescaped| may_be_read(&unescaped, depth - 1))
}

/// What elements carry in a text, whoever has sent it.
pub(super) fn carried(text: &View<'_>) -> Carried {
    let mut carried = Carried::default();
    look(text, DEPTH, &mut carried);
    carried
}

fn look(view: &View<'_>, depth: usize, carried: &mut Carried) {
    let may_be_there = find(view, carried) || has_numbers(view.bytes());
    if may_be_there
        && depth > 0
        && let Some(unescaped) = view.unescaped(Base::Ten)
    {
        look(&unescaped, depth - 1, carried);
    }
}

/// Whether a letter may be written by its number or its name, which nobody needs to do: what elements carry can be seen
/// only when that is read.
fn has_numbers(text: &[u8]) -> bool {
    let mut escapes = memchr3_iter(b'&', b'%', b'\\', text);
    escapes.any(|at| match &text[at..] {
        [b'&', rest @ ..] => names_letter(rest),
        [_, next, ..] => next.is_ascii_alphanumeric(),
        _ => false,
    })
}

/// Whether a reference is none of those that XML needs.
fn names_letter(mut reference: &[u8]) -> bool {
    while let Some(rest) = reference.strip_prefix(b"amp;") {
        reference = rest;
    }
    let mut needed = [b"lt;".as_slice(), b"gt;", b"quot;", b"apos;"].into_iter();
    let is_reference = |byte: &u8| *byte == b'#' || byte.is_ascii_alphabetic();
    reference.first().is_some_and(is_reference) && !needed.any(|own| reference.starts_with(own))
}

/// Finds what elements carry in a text as it is written; gives whether it hints at any.
pub(super) fn find(view: &View<'_>, carried: &mut Carried) -> bool {
    let Some(shapes) = SHAPES.hinted_at(view.bytes()) else {
        return false;
    };
    if !shapes.is_empty() {
        find_shapes(&shapes, view, carried);
        // A tag of a text may be none, and so what is found without them stays.
        if let Some(simplified) = simplified(view) {
            find_shapes(&shapes, &simplified, carried);
        }
    }
    true
}

fn find_shapes(shapes: &[&Regex], view: &View<'_>, carried: &mut Carried) {
    for shape in shapes {
        for found in shape.captures_iter(view.bytes()) {
            let values = ["a", "b", "c"].iter().filter_map(|name| found.name(name));
            values.for_each(|value| carried.take(view, value.range()));
        }
    }
}

/// A text as the expressions expect it, which see a start tag and the text behind it: each element has its namespace in
/// its own tag, no attribute has `<` or `>`, and what an element carries has no tags in it. None if it is so already.
fn simplified<'a>(view: &'a View<'a>) -> Option<View<'a>> {
    let text = view.bytes();
    let tags = tags(text);
    let (mut changes, mut end) = (Vec::new(), 0);
    for (at, tag) in tags.iter().enumerate() {
        if at < end {
            changes.push((tag.place.clone(), JOINT.to_vec()));
        } else if tag.kind != Kind::End && NAMES.iter().any(|name| name.as_bytes() == tag.name) {
            changes.extend(namespace(tag, text));
            changes.extend(brackets(tag, text));
            end = carried_until(&tags, at).unwrap_or(end);
        }
    }
    view.changed(&changes)
}

/// Puts the namespace of an element in its tag, if it is declared elsewhere and the expressions look for it.
fn namespace(tag: &Tag<'_>, text: &[u8]) -> Option<(Range<usize>, Vec<u8>)> {
    let own = tag.namespace.filter(|own| is_known(own))?;
    let is_there = memmem::find(&text[tag.place.clone()], own).is_some();
    let declared = [b" xmlns='", own, b"'"].concat();
    (!is_there).then_some((tag.attributes..tag.attributes, declared))
}

fn is_known(namespace: &[u8]) -> bool {
    let mut known = NAMESPACES.iter();
    namespace.len() <= LONGEST && known.any(|known| namespace.starts_with(known.as_bytes()))
}

/// Puts braces in the place of brackets in attributes: a wildcard of a script is then a name.
fn brackets(tag: &Tag<'_>, text: &[u8]) -> impl Iterator<Item = (Range<usize>, Vec<u8>)> {
    (tag.attributes..tag.place.end - 1).filter_map(|at| {
        let brace = match text[at] {
            b'<' => b'{',
            b'>' => b'}',
            _ => return None,
        };
        Some((at..at + 1, vec![brace]))
    })
}

/// The number of the tag at which what an element carries ends, if there are tags in it: children, or the values of a
/// field that come after the first one.
fn carried_until(tags: &[Tag<'_>], at: usize) -> Option<usize> {
    let tag = &tags[at];
    match tag.name {
        b"initial-response" | b"additional-data" | b"task-data" => tag.end(),
        b"auth" | b"response" | b"challenge" | b"next" | b"password" | b"digest" => {
            tag.end().filter(|_| tag.namespace.is_some_and(is_known))
        }
        b"value" => last_value(tags, at),
        _ => None,
    }
}

/// The number of the end tag of the last value in a row.
fn last_value(tags: &[Tag<'_>], at: usize) -> Option<usize> {
    let mut last = tags[at].end()?;
    let mut next = last + 1;
    while let Some(tag) = tags.get(next).filter(|tag| tag.name == b"value") {
        match (tag.kind, tag.end()) {
            (Kind::Empty, _) => next += 1,
            (_, Some(end)) => (last, next) = (end, end + 1),
            (_, None) => break,
        }
    }
    Some(last)
}

impl Carried {
    /// Takes what an element carries: all that is written there itself.
    fn take(&mut self, view: &View<'_>, value: Range<usize>) {
        let bytes = &view.bytes()[value.clone()];
        let parts = parts(bytes);
        if parts.iter().map(Range::len).sum::<usize>() < FEWEST {
            return;
        }
        for part in &parts {
            let place = value.start + part.start..value.start + part.end;
            self.places.extend(view.origin(place));
        }
        let computed: Vec<_> = COMPUTED.captures_iter(bytes).collect();
        let places: Vec<_> = computed.iter().filter_map(|own| own.get(0)).collect();
        let is_computed = |part: &Range<usize>| {
            let first = places.partition_point(|own| own.end() < part.end);
            places
                .get(first)
                .is_some_and(|own| own.start() <= part.start)
        };
        // What is computed of a name and a word is told from these; what is computed of attributes (RFC 5802 §7) is not.
        let is_own =
            |part: &Range<usize>| !is_computed(part) || bytes[part.clone()].contains(&b'=');
        let own = parts.iter().filter(|part| is_own(part));
        let own = own.map(|part| bytes[part.clone()].to_vec());
        let arguments = computed.iter().filter_map(|own| own.name("argument"));
        let known = arguments
            .map(|own| own.as_bytes())
            .filter(|own| !own.contains(&b'{'));
        for payload in own.chain(known.map(encoded)) {
            let message = BASE64_STANDARD.decode(&payload).unwrap_or_default();
            learn(password(&message), &mut self.passwords);
            learn(Some(&payload), &mut self.values);
        }
    }
}

/// Keeps a value, unless it says nothing.
fn learn(value: Option<&[u8]>, values: &mut Vec<String>) {
    let value = value.filter(|value| value.len() >= FEWEST);
    values.extend(value.and_then(|value| String::from_utf8(value.to_vec()).ok()));
}

/// What a script has computed of an argument.
fn encoded(argument: &[u8]) -> Vec<u8> {
    let argument = String::from_utf8_lossy(argument).replace("\\0", "\0");
    BASE64_STANDARD.encode(argument).into_bytes()
}

/// The password in a message of PLAIN (RFC 4616 §2), which is behind two other parts.
fn password(message: &[u8]) -> Option<&[u8]> {
    let parts: Vec<&[u8]> = message.split(|byte| *byte == 0).collect();
    match parts[..] {
        [_, _, password] => Some(password),
        _ => None,
    }
}

/// The parts of a value that are written there, and not hidden yet.
fn parts(value: &[u8]) -> Vec<Range<usize>> {
    let (mut parts, mut at) = (Vec::new(), 0);
    for between in markup::places(&BETWEEN, &[markup::COMMENT], value) {
        parts.push(at..between.start);
        at = between.end;
    }
    parts.push(at..value.len());
    let trimmed = parts.into_iter().map(|part| trimmed(value, part));
    trimmed
        .filter(|part| !is_hidden(&value[part.clone()]))
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
