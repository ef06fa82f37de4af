//! What must be true of an element for what the prefix `scansion` says of it, once the element is read.

use super::{excerpt, grammar};
use crate::ns;
use crate::script::annotation::{ANY, EACH, EVERY, ONE_OF, TIMES};
use crate::script::ast::{Attribute, Element, Node};
use crate::script::error::{ScriptError, ScriptErrorKind as Kind};
use crate::script::phrase::Usage;
use crate::source::SourceFile;

/// Where an element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// In a block.
    Stanza,
    /// In an element.
    Child,
    /// In `<scansion:one-of>`.
    Member,
}

/// What is wrong with an element.
pub(super) fn mistakes(
    element: &Element,
    position: Position,
    usage: Usage,
    source: &SourceFile,
) -> Vec<ScriptError> {
    match usage {
        Usage::Send => own_element(element)
            .map(|found| Kind::OwnElementInSends { found }.at(element.tag))
            .into_iter()
            .collect(),
        Usage::Receive if element.is_any() => of_any(element, position),
        Usage::Receive if element.is_one_of() => of_one_of(element, position, source),
        Usage::Receive if !element.attributes.iter().any(is_own) => Vec::new(),
        Usage::Receive => {
            let mut mistakes = of_counts(element, position);
            mistakes.extend(of_each(element));
            mistakes.extend(of_absent(element));
            mistakes
        }
    }
}

fn own_element(element: &Element) -> Option<&'static str> {
    match element {
        _ if element.is_any() => Some(ANY),
        _ if element.is_one_of() => Some(ONE_OF),
        _ => None,
    }
}

fn of_any(element: &Element, position: Position) -> Vec<ScriptError> {
    if let Some(each) = element.attribute(ns::SCANSION, EACH) {
        return vec![Kind::EachOfAny.at(each.span)];
    }
    let is_empty = element.children.iter().all(is_nothing);
    let mut attributes = element.attributes.iter();
    if !is_empty || !attributes.all(|own| is_annotation(own, TIMES)) {
        return vec![Kind::AnyNotEmpty.at(element.tag)];
    }
    of_counts(element, position)
}

fn of_one_of(element: &Element, position: Position, source: &SourceFile) -> Vec<ScriptError> {
    let mut mistakes = of_counts(element, position);
    mistakes.extend(of_each(element));
    for own in &element.attributes {
        if !is_annotation(own, TIMES) && !is_annotation(own, EACH) {
            let name = own.name.written();
            mistakes.push(Kind::OneOfWithAttribute { name }.at(own.span));
        }
    }
    for child in &element.children {
        if let Node::Text(text) = child
            && !text.value.is_blank()
        {
            let span = text.value.span;
            let text = grammar::trim(source.slice(span), span.start);
            mistakes.push(Kind::TextInOneOf.at(text.span));
        }
    }
    if element.elements().next().is_none() {
        mistakes.push(Kind::EmptyOneOf.at(element.tag));
    }
    mistakes
}

/// Only children can be counted.
fn of_counts(element: &Element, position: Position) -> Vec<ScriptError> {
    let words = [TIMES, EACH].into_iter();
    let found = words.filter_map(|word| {
        let attribute = element.attribute(ns::SCANSION, word)?;
        let kind = match position {
            Position::Child => return None,
            Position::Stanza => Kind::CountOfStanza { word },
            Position::Member => Kind::CountOfMember { word },
        };
        Some(kind.at(attribute.span))
    });
    found.collect()
}

fn of_each(element: &Element) -> Option<ScriptError> {
    let each = element.attribute(ns::SCANSION, EACH)?;
    let written = each.value.literal().unwrap_or_default();
    let mut attributes = element.attributes.iter();
    let is_attribute = attributes.any(|own| !is_own(own) && own.name.is_written(written));
    let found = excerpt(written);
    (written != EVERY && !is_attribute).then(|| Kind::EachOfNothing { found }.at(each.value.span))
}

fn of_absent(element: &Element) -> Vec<ScriptError> {
    let absent = element.absent.iter();
    let found = absent.filter_map(|absent| {
        let expected = element.attribute(&absent.namespace, &absent.local)?.span;
        let name = absent.written();
        Some(Kind::AbsentAndExpected { name, expected }.at(absent.span))
    });
    found.collect()
}

fn is_annotation(attribute: &Attribute, word: &str) -> bool {
    is_own(attribute) && attribute.name.local == word
}

/// Whether it is of the prefix `scansion`.
fn is_own(attribute: &Attribute) -> bool {
    attribute.name.namespace.as_ref() == ns::SCANSION
}

fn is_nothing(node: &Node) -> bool {
    match node {
        Node::Element(_) => false,
        Node::Text(text) => text.value.is_blank(),
        Node::Comment(_) => true,
    }
}
