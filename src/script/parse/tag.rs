//! Start tags: attributes, namespace declarations, and the prefixes they bring into scope (Namespaces in
//! XML 1.0).

use std::sync::Arc;

use compact_str::CompactString;
use fnv::FnvHashMap;
use pest::iterators::Pair;

use super::excerpt;
use super::grammar::{self, Rule};
use super::plain::{PlainAttribute, PlainTag};
use super::value::{self, ValueReader};
use crate::ns;
use crate::script::annotation::{Annotation, ELEMENTS, Takes};
use crate::script::ast::{Attribute, Comment, Declaration, Element, Filled, Name, Piece, Value};
use crate::script::error::ScriptErrorKind;
use crate::script::phrase::Usage;
use crate::script::scope::{Scope, is_declarable};
use crate::source::{Span, Spanned};

/// A start tag that was read.
pub(super) struct Tag {
    pub(super) element: Element,
    pub(super) end: TagEnd,
}

/// How a start tag ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagEnd {
    /// Content follows.
    Open,
    /// It was `/>`.
    Empty,
    /// It was not there; this is complained of already.
    Missing,
}

/// Reads one start tag.
pub(super) struct TagReader<'s, 'c, 'b> {
    pub(super) values: ValueReader<'s, 'c>,
    pub(super) scope: &'b mut Scope,
    pub(super) omitted: &'b mut Vec<Span>,
    /// Takes the comment lines between attributes.
    pub(super) comments: &'b mut Vec<Comment>,
}

/// An attribute as written.
struct Raw<'i> {
    name: Spanned<&'i str>,
    value: Value,
    quote: char,
    span: Span,
}

impl TagReader<'_, '_, '_> {
    /// Reads the tag and declares its prefixes.
    pub(super) fn read(mut self, token: Pair<'_, Rule>, span: Span) -> Tag {
        let mut end = None;
        let mut raw = Vec::new();
        let mut items = token.into_inner();
        let name = items
            .next()
            .map_or(Spanned::new("", span), |name| self.spanned(&name));
        for item in items {
            match item.as_rule() {
                Rule::attribute => raw.push(self.attribute(item)),
                Rule::tag_end => end = Some(TagEnd::Open),
                Rule::empty_end => end = Some(TagEnd::Empty),
                Rule::comment => self.comment(&item),
                _ => self.mistake(item),
            }
        }
        let end = end.unwrap_or_else(|| self.without_end(&raw, span));
        self.tag(name, raw, span, end)
    }

    /// The same of a plain tag.
    pub(super) fn read_plain(mut self, tag: PlainTag<'_>, span: Span) -> Tag {
        let name = placed(tag.name, span.start);
        let attributes = tag.attributes.into_iter();
        let raw = attributes.map(|own| self.plain_attribute(own, span.start));
        let raw = raw.collect();
        self.tag(name, raw, span, tag.end)
    }

    fn tag(
        mut self,
        name: Spanned<&str>,
        mut attributes: Vec<Raw<'_>>,
        span: Span,
        end: TagEnd,
    ) -> Tag {
        let declares = |raw: &mut Raw<'_>| declared_prefix(raw.name.value).is_some();
        let declarations = attributes.extract_if(.., declares).collect();
        let declarations = self.declarations(declarations);
        let name = self.element_name(name);
        let mut absent = Vec::new();
        let attributes = self.attributes(attributes, &mut absent);
        Tag {
            end,
            element: Element {
                name,
                declarations,
                attributes,
                absent,
                children: Vec::new(),
                tag: span,
                extent: span,
            },
        }
    }

    fn spanned<'i>(&self, pair: &Pair<'i, Rule>) -> Spanned<&'i str> {
        Spanned::new(pair.as_str(), grammar::span(pair, self.values.at))
    }

    fn complain(&mut self, kind: ScriptErrorKind, span: Span) {
        self.values.complaints.push(kind.at(span));
    }

    fn comment(&mut self, item: &Pair<'_, Rule>) {
        self.comments.push(grammar::comment(item, self.values.at));
        self.omitted.push(grammar::span(item, self.values.at));
    }

    // What is written.

    fn attribute<'i>(&mut self, item: Pair<'i, Rule>) -> Raw<'i> {
        let span = grammar::span(&item, self.values.at);
        self.check_blank_before(span);
        let mut name = Spanned::new("", span);
        let mut quoted = (
            Value {
                pieces: Vec::new(),
                span,
                filled: Filled::No,
            },
            '"',
        );
        for part in item.into_inner() {
            match part.as_rule() {
                Rule::xml_name => name = self.spanned(&part),
                Rule::comment => self.comment(&part),
                _ => quoted = self.quoted(part),
            }
        }
        let (value, quote) = quoted;
        Raw {
            name,
            value,
            quote,
            span,
        }
    }

    /// An attribute of a plain tag, which begins at a place.
    fn plain_attribute<'i>(&mut self, own: PlainAttribute<'i>, tag: usize) -> Raw<'i> {
        let value = placed(own.value, tag);
        let name = placed(own.name, tag);
        Raw {
            name,
            quote: own.quote,
            span: Span::new(name.span.start, value.span.end + 1),
            value: Value {
                pieces: self.values.plain(value.value, value.span.start),
                span: value.span,
                filled: Filled::No,
            },
        }
    }

    fn check_blank_before(&mut self, span: Span) {
        let before = self.values.source.before(span.start);
        if !before.ends_with(value::is_white) {
            self.complain(ScriptErrorKind::MissingBlank, span);
        }
    }

    fn quoted(&mut self, quoted: Pair<'_, Rule>) -> (Value, char) {
        let span = grammar::span(&quoted, self.values.at);
        let (quote, is_closed) = match quoted.as_str().strip_prefix('"') {
            Some(rest) => ('"', rest.ends_with('"')),
            None => ('\'', quoted.as_str()[1..].ends_with('\'')),
        };
        if !is_closed {
            self.complain(
                ScriptErrorKind::UnclosedQuote,
                Span::new(span.start, span.start + 1),
            );
        }
        let mut pieces = Vec::new();
        // What an open quote has swallowed is not complained of.
        for part in quoted.into_inner().filter(|_| is_closed) {
            self.values.add(part, &mut pieces);
        }
        self.values.settle(&mut pieces);
        let span = Span::new(span.start + 1, span.end - usize::from(is_closed));
        let value = Value {
            pieces,
            span,
            filled: Filled::No,
        };
        (value, quote)
    }

    fn mistake(&mut self, item: Pair<'_, Rule>) {
        let place = self.spanned(&item);
        let is_attribute = item.as_rule() == Rule::bare_attribute;
        let mut parts = item
            .into_inner()
            .filter(|part| part.as_rule() != Rule::comment);
        let name = parts
            .next()
            .map_or_else(String::new, |name| excerpt(name.as_str()));
        let kind = match (is_attribute, parts.next()) {
            (true, Some(_)) => ScriptErrorKind::MissingQuotes { name },
            (true, None) => ScriptErrorKind::MissingValue { name },
            (false, _) => ScriptErrorKind::StrayInTag {
                found: excerpt(place.value),
            },
        };
        self.complain(kind, place.span);
    }

    /// Complains of the missing `>`, unless a quote that was never closed has swallowed it.
    fn without_end(&mut self, raw: &[Raw<'_>], span: Span) -> TagEnd {
        let is_quoted = raw
            .last()
            .is_some_and(|last| last.value.span.end == last.span.end);
        if !is_quoted {
            let tag = grammar::trim(self.values.source.slice(span), span.start);
            self.complain(ScriptErrorKind::UnclosedTag, tag.span);
        }
        TagEnd::Missing
    }

    // What it means.

    fn declarations(&mut self, raw: Vec<Raw<'_>>) -> Vec<Declaration> {
        let mut first = FnvHashMap::default();
        let are_several = raw.len() > 1;
        let mut declarations = Vec::with_capacity(raw.len());
        for raw in raw {
            if are_several {
                self.check_unique(&mut first, raw.name.value, &raw);
            }
            if raw.name.value == "xmlns:scansion" {
                self.omit(raw.span);
            } else if let Some(declaration) = self.declaration(raw) {
                self.scope.declare(&declaration);
                declarations.push(declaration);
            }
        }
        declarations
    }

    /// Which namespace the columns in it make is known when their cells are filled in.
    fn declaration(&mut self, raw: Raw<'_>) -> Option<Declaration> {
        let prefix = declared_prefix(raw.name.value).unwrap_or_default();
        let literal = raw.value.literal();
        if literal.is_none() && !raw.value.pieces.iter().all(may_be_of_namespace) {
            self.complain(ScriptErrorKind::VariableNamespace, raw.value.span);
            return None;
        }
        if literal.is_some_and(|uri| !is_declarable(prefix, uri)) || raw.name.value.ends_with(':') {
            let kind = ScriptErrorKind::BadDeclaration {
                prefix: excerpt(prefix),
            };
            self.complain(kind, raw.span);
            return None;
        }
        Some(Declaration {
            prefix: Some(CompactString::from(prefix)).filter(|prefix| !prefix.is_empty()),
            uri: literal
                .unwrap_or_else(|| self.values.source.slice(raw.value.span))
                .into(),
            value: raw.value,
            span: raw.span,
        })
    }

    /// The attributes, and the names of those that must be absent.
    fn attributes(&mut self, raw: Vec<Raw<'_>>, absent: &mut Vec<Name>) -> Vec<Attribute> {
        let mut first = FnvHashMap::default();
        let are_several = raw.len() > 1;
        let mut attributes = Vec::with_capacity(raw.len());
        for raw in raw {
            let name = self.name(raw.name, Arc::default());
            if are_several {
                let (_, local) = parts_of(raw.name.value);
                self.check_unique(&mut first, (Arc::clone(&name.namespace), local), &raw);
            }
            if name.namespace.as_ref() == ns::SCANSION {
                absent.extend(self.annotation(&name, &raw.value, raw.span));
            }
            let Raw {
                value, quote, span, ..
            } = raw;
            attributes.push(Attribute {
                name,
                value,
                quote,
                span,
            });
        }
        attributes
    }

    fn check_unique<K: Eq + std::hash::Hash>(
        &mut self,
        first: &mut FnvHashMap<K, Span>,
        key: K,
        raw: &Raw<'_>,
    ) {
        let first = *first.entry(key).or_insert(raw.span);
        if first != raw.span {
            let name = excerpt(raw.name.value);
            self.complain(
                ScriptErrorKind::DuplicateAttribute { name, first },
                raw.span,
            );
        }
    }

    fn element_name(&mut self, written: Spanned<&str>) -> Name {
        let default = self.scope.resolve("").unwrap_or_default();
        let name = self.name(written, default);
        if name.namespace.as_ref() == ns::SCANSION && !ELEMENTS.contains(&name.local.as_str()) {
            let found = excerpt(&name.local);
            self.complain(ScriptErrorKind::UnknownScansionElement { found }, name.span);
        }
        name
    }

    fn name(&mut self, written: Spanned<&str>, default: Arc<str>) -> Name {
        let (prefix, local) = parts_of(written.value);
        let namespace = match prefix {
            _ if !is_qualified(prefix, local) => self.bad_name(written),
            Some(prefix) => self.resolve(prefix, written.span),
            None => default,
        };
        Name {
            prefix: prefix.map(CompactString::from),
            local: local.into(),
            namespace,
            span: written.span,
        }
    }

    fn bad_name(&mut self, written: Spanned<&str>) -> Arc<str> {
        let found = excerpt(written.value);
        self.complain(ScriptErrorKind::BadName { found }, written.span);
        "".into()
    }

    fn resolve(&mut self, prefix: &str, span: Span) -> Arc<str> {
        self.scope.resolve(prefix).unwrap_or_else(|| {
            let prefix = excerpt(prefix);
            self.complain(ScriptErrorKind::UndeclaredPrefix { prefix }, span);
            "".into()
        })
    }

    // What begins with `scansion`.

    /// Checks an attribute of the prefix, and gives the names of attributes that must be absent.
    fn annotation(&mut self, name: &Name, value: &Value, span: Span) -> Vec<Name> {
        self.omit(span);
        let Some(annotation) = Annotation::of(&name.local) else {
            let found = excerpt(&name.local);
            let kind = ScriptErrorKind::UnknownScansionAttribute { found };
            self.complain(kind, name.span);
            return Vec::new();
        };
        let attribute = annotation.word;
        if self.values.usage == Usage::Send {
            let attribute = attribute.to_owned();
            let kind = ScriptErrorKind::ScansionAttributeInSends { attribute };
            self.complain(kind, span);
            return Vec::new();
        }
        if annotation.takes == Takes::Attributes {
            return self.absent(value.span);
        }
        // What a cell will say is checked when it has been filled in.
        let mut pieces = value.pieces.iter();
        if !pieces.any(|piece| matches!(piece, Piece::Variable(_))) {
            let found = excerpt(self.values.source.slice(value.span));
            let mistake = annotation.mistake(value.literal(), found);
            mistake
                .into_iter()
                .for_each(|kind| self.complain(kind, value.span));
        }
        Vec::new()
    }

    /// The names of attributes that must be absent.
    fn absent(&mut self, value: Span) -> Vec<Name> {
        let source = self.values.source;
        let text = source.slice(value);
        let words = text.split(value::is_white).filter(|word| !word.is_empty());
        let mut names = Vec::new();
        for word in words {
            let start = value.start + (word.as_ptr() as usize - text.as_ptr() as usize);
            let span = Span::new(start, start + word.len());
            match may_be_attribute(word) {
                true => names.push(self.name(Spanned::new(word, span), Arc::default())),
                false => {
                    let found = excerpt(word);
                    self.complain(ScriptErrorKind::BadAbsent { found }, span);
                }
            }
        }
        if text.trim_matches(value::is_white).is_empty() {
            let found = excerpt(text);
            self.complain(ScriptErrorKind::BadAbsent { found }, value);
        }
        names
    }

    /// Keeps an attribute, with the white space before it, off the wire.
    fn omit(&mut self, attribute: Span) {
        let before = self.values.source.before(attribute.start);
        let white = before.len() - before.trim_end_matches(value::is_white).len();
        let start = attribute.start - white;
        self.omitted.push(Span::new(start, attribute.end));
    }
}

/// A part of a tag that begins at a place.
fn placed((offset, part): (usize, &str), tag: usize) -> Spanned<&str> {
    let start = tag + offset;
    Spanned::new(part, Span::new(start, start + part.len()))
}

/// The prefix of a name, if it has one, and the local part.
fn parts_of(written: &str) -> (Option<&str>, &str) {
    match written.split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, written),
    }
}

/// The prefix that an attribute declares, empty for the default namespace; none for other attributes.
fn declared_prefix(name: &str) -> Option<&str> {
    match name {
        "xmlns" => Some(""),
        _ => name.strip_prefix("xmlns:"),
    }
}

/// Whether a namespace can hold this: a text, or what may be a column of the table.
fn may_be_of_namespace(piece: &Piece) -> bool {
    match piece {
        Piece::Literal(_) => true,
        Piece::Variable(variable) => variable.value.captured().is_some(),
        Piece::Wildcard(_) | Piece::Any(_) | Piece::Capture(_) => false,
    }
}

/// Whether a word can be the name of an attribute that something is said of: declarations and annotations are none.
fn may_be_attribute(word: &str) -> bool {
    let is_name_character =
        |character: char| character.is_alphanumeric() || "-_.:\u{b7}".contains(character);
    word.chars().all(is_name_character)
        && declared_prefix(word).is_none()
        && !word.starts_with("scansion:")
}

fn is_qualified(prefix: Option<&str>, local: &str) -> bool {
    let starts_well = |part: &str| part.starts_with(|c: char| c == '_' || c.is_alphabetic());
    let is_column = local.starts_with("${");
    prefix.is_none_or(starts_well) && (is_column || starts_well(local)) && !local.contains(':')
}

#[cfg(test)]
mod tests {
    use crate::script::ast::{Element, Node};
    use crate::script::testing::{at, mistake, mistakes, receiving, sending, stanza};

    fn said(block: &str) -> (String, String) {
        mistake(&receiving(block))
    }

    fn child(element: &Element) -> &Element {
        match &element.children[0] {
            Node::Element(child) => child,
            other => panic!("no element: {other:?}"),
        }
    }

    #[test]
    fn namespaces_have_a_scope() {
        let root = stanza(&receiving(
            "<a xmlns='u' xmlns:p='v'><p:b xmlns:p='w' p:c=''/><p:d/></a>",
        ))
        .element;
        assert_eq!(root.name.namespace.as_ref(), "u");
        assert_eq!(child(&root).name.namespace.as_ref(), "w");
        assert_eq!(child(&root).attributes[0].name.namespace.as_ref(), "w");
        assert_eq!(root.elements().nth(1).unwrap().name.namespace.as_ref(), "v");
    }

    #[test]
    fn attributes_without_prefix_have_no_namespace() {
        let root = stanza(&receiving("<a xmlns='u' b='c'><d xmlns=''/></a>")).element;
        assert_eq!(root.attribute("", "b").unwrap().value.literal(), Some("c"));
        assert_eq!(child(&root).name.namespace.as_ref(), "");
    }

    #[test]
    fn three_prefixes_need_no_declaration() {
        let root = stanza(&receiving(
            "<stream:error xml:lang='en' scansion:strict='true'/>",
        ))
        .element;
        assert_eq!(
            root.name.namespace.as_ref(),
            "http://etherx.jabber.org/streams"
        );
        assert!(
            root.attribute("http://www.w3.org/XML/1998/namespace", "lang")
                .is_some()
        );
        assert!(root.attribute("scansion:", "strict").is_some());
    }

    #[test]
    fn quotes_of_both_kinds_and_blanks_around_the_equals_sign() {
        let root = stanza(&receiving("<a b = '\"' c\n\t=\"'\"/>")).element;
        let attribute = |at: usize| {
            (
                root.attributes[at].value.literal().unwrap(),
                root.attributes[at].quote,
            )
        };
        assert_eq!(attribute(0), ("\"", '\''));
        assert_eq!(attribute(1), ("'", '"'));
    }

    #[test]
    fn white_space_in_values_is_made_blanks() {
        let root = stanza(&receiving("<a b='\tc\n\td&#10;'/>")).element;
        assert_eq!(root.attributes[0].value.literal(), Some(" c  d\n"));
    }

    #[test]
    fn attributes_must_be_unique_by_namespace_and_name() {
        assert_eq!(
            said("<a b='c' b='d'/>"),
            at("the attribute `b` is given twice", "b='d'")
        );
        assert_eq!(
            said("<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>"),
            at("the attribute `q:b` is given twice", "q:b=''")
        );
        assert_eq!(
            said("<a xmlns='u' xmlns='u'/>"),
            at("the attribute `xmlns` is given twice", "xmlns='u'")
        );
        stanza(&receiving("<a xmlns:p='u' p:b='' b=''/>"));
    }

    #[test]
    fn prefixes_must_be_declared() {
        assert_eq!(said("<p:a/>"), at("the prefix `p` is not declared", "p:a"));
        assert_eq!(
            said("<a p:b=''/>"),
            at("the prefix `p` is not declared", "p:b")
        );
        assert_eq!(
            said("<a><b xmlns:p='u'/><p:c/></a>"),
            at("the prefix `p` is not declared", "p:c")
        );
        assert_eq!(
            said("<a xmlns:p=''/>").0,
            "the prefix `p` cannot be declared as this"
        );
        for value in ["$<x>", "u:${Romeo's JID}", "${now}", "{scansion:any}"] {
            assert_eq!(
                said(&format!("<a xmlns=\"{value}\"/>")),
                at("a namespace must be plain text", value)
            );
        }
    }

    #[test]
    fn malformed_attributes() {
        assert_eq!(
            said("<a b=c/>"),
            at("the value of `b` must stand in quotes", "b=c")
        );
        assert_eq!(said("<a b/>"), at("the attribute `b` has no value", "b"));
        assert_eq!(
            said("<a b='c'd='e'/>"),
            at("there must be a blank between attributes", "d='e'")
        );
        assert_eq!(
            said("<a 1b=''/>"),
            at("`1b=''` is not an attribute", "1b=''")
        );
        assert_eq!(
            said("<a b='<'/>"),
            at("`<` cannot stand in an attribute", "<")
        );
        assert_eq!(
            said("<a:b:c xmlns:a='u'/>"),
            at("`a:b:c` is not a name", "a:b:c")
        );
    }

    #[test]
    fn attributes_of_scansion() {
        stanza(&receiving(
            "<a scansion:strict='false' scansion:order=\"any\"/>",
        ));
        assert_eq!(
            said("<a scansion:strickt='true'/>"),
            at("unknown attribute `scansion:strickt`", "scansion:strickt")
        );
        assert_eq!(
            said("<a scansion:strict='yes'/>"),
            at("`yes` is not a value of `scansion:strict`", "yes")
        );
        assert_eq!(
            said("<a scansion:order='all'/>"),
            at("`all` is not a value of `scansion:order`", "all")
        );
        assert_eq!(
            said("<scansion:some/>"),
            at("unknown element `<scansion:some>`", "scansion:some")
        );
        let help = mistakes(&receiving("<a scansion:strickt='true'/>"))[0]
            .0
            .help()
            .unwrap();
        assert!(help.starts_with("did you mean `strict`?"), "{help}");
    }

    #[test]
    fn attributes_of_scansion_are_not_sent() {
        let (message, place) = mistake(&sending("<a scansion:strict='true'/>"));
        assert_eq!(message, "`scansion:strict` has no meaning in `sends`");
        assert_eq!(place, "scansion:strict='true'");
    }
}
