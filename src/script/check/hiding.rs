//! Whether a rule takes everything that another line is about.
//!
//! Both are compared as they are written: the other line stands for the least that it expects. So this is for warnings;
//! what really comes can be more.

use crate::escape::WHITE_SPACE;
use crate::ns;
use crate::script::ast::{Attribute, Condition, Element, Node, Piece, Value};

/// Whether what is expected, and no more than that, is one of the stanzas that a rule takes. Elements of the default
/// namespace of the stream are non-strict by themselves.
pub(super) fn takes_all(rule: &Element, expected: &Element, default: &str) -> bool {
    if rule.is_any() || expected.is_any() {
        return rule.is_any();
    }
    if expected.is_one_of() {
        let mut members = expected.elements();
        return members.all(|member| takes_all(rule, member, default));
    }
    if rule.is_one_of() {
        let mut members = rule.elements();
        return members.any(|member| takes_all(member, expected, default));
    }
    // What is counted, or must not be there, can be otherwise than it is written.
    if !rule.absent.is_empty() || rule.elements().any(Element::is_constraint) {
        return false;
    }
    is_same_name(rule, expected)
        && (!is_strict(rule, default) || is_as_large(rule, expected))
        && attributes(rule).all(|attribute| has_attribute(expected, attribute))
        && has_texts(rule, expected)
        && rule.elements().all(|child| {
            let mut others = expected.elements();
            others.any(|other| takes_all(child, other, default))
        })
}

fn is_same_name(one: &Element, other: &Element) -> bool {
    one.name.local == other.name.local && one.name.namespace == other.name.namespace
}

fn is_strict(rule: &Element, default: &str) -> bool {
    let said = rule.attribute(ns::SCANSION, "strict");
    match said.and_then(|said| said.value.literal()) {
        Some(said) => said == "true",
        None => rule.name.namespace.as_ref() != default,
    }
}

fn is_as_large(rule: &Element, expected: &Element) -> bool {
    attributes(rule).count() == attributes(expected).count()
        && rule.elements().count() == expected.elements().count()
}

/// The attributes that are to be compared.
fn attributes(element: &Element) -> impl Iterator<Item = &Attribute> {
    let all = element.attributes.iter();
    all.filter(|attribute| attribute.name.namespace.as_ref() != ns::SCANSION)
}

fn has_attribute(expected: &Element, attribute: &Attribute) -> bool {
    let other = expected.attribute(&attribute.name.namespace, &attribute.name.local);
    other.is_some_and(|other| takes_value(&attribute.value, &other.value))
}

fn has_texts(rule: &Element, expected: &Element) -> bool {
    let (own, others) = (texts(rule), texts(expected));
    own.is_empty()
        || own.len() == others.len()
            && own
                .iter()
                .zip(others)
                .all(|(own, other)| takes_value(own, other))
}

fn texts(element: &Element) -> Vec<&Value> {
    let texts = element.children.iter().filter_map(|child| match child {
        Node::Text(text) => Some(&text.value),
        Node::Element(_) | Node::Comment(_) => None,
    });
    texts.filter(|value| !value.is_blank()).collect()
}

fn takes_value(rule: &Value, expected: &Value) -> bool {
    match (rule.pieces.as_slice(), expected.literal()) {
        ([Piece::Any(_) | Piece::Capture(_)], _) => true,
        ([Piece::Wildcard(wildcard)], literal) => {
            let conditions = &wildcard.value.conditions;
            let accepts = |literal: &str| {
                let literal = literal.trim_matches(WHITE_SPACE);
                conditions.iter().all(|condition| match &condition.value {
                    Condition::Is(narrowing) => narrowing.accepts(literal),
                    Condition::Not(_) => false,
                })
            };
            conditions.is_empty()
                || literal.is_some_and(accepts)
                || is_alike(&rule.pieces, &expected.pieces)
        }
        (pieces, _) => is_alike(pieces, &expected.pieces),
    }
}

/// Whether two values are written alike, but for the names of wildcards.
fn is_alike(pieces: &[Piece], others: &[Piece]) -> bool {
    pieces.len() == others.len()
        && pieces.iter().zip(others).all(|pair| match pair {
            (Piece::Literal(one), Piece::Literal(other)) => {
                one.value.trim_matches(WHITE_SPACE) == other.value.trim_matches(WHITE_SPACE)
            }
            (Piece::Variable(one), Piece::Variable(other)) => one.value == other.value,
            (Piece::Wildcard(one), Piece::Wildcard(other)) => {
                let conditions = one.value.conditions.iter().map(|own| &own.value);
                conditions.eq(other.value.conditions.iter().map(|own| &own.value))
            }
            (one, other) => one == other,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::testing::sound;

    #[track_caller]
    fn assert_takes(rule: &str, expected: &str, takes: bool) {
        let cast = "[Client] A\n\tjid: a@b\n---\nA connects\n";
        let story = format!("A receives:\n\t<z y='$<v>'/>\nA receives:\n\t{rule}\n\t{expected}\n");
        let script = sound(&format!("{cast}{story}")).script;
        let stanzas = script.story[2].verb.stanzas();
        let found = takes_all(&stanzas[0].element, &stanzas[1].element, ns::CLIENT);
        assert_eq!(found, takes, "{rule} {expected}");
    }

    #[test]
    fn the_rule_has_to_ask_for_no_more_than_is_expected() {
        assert_takes("<message/>", "<message/>", true);
        assert_takes("<message/>", "<presence/>", false);
        assert_takes("<scansion:any/>", "<presence/>", true);
        assert_takes("<presence/>", "<scansion:any/>", false);
        assert_takes("<message id='1'/>", "<message id='1' to='$<_>'/>", true);
        assert_takes("<message id='1'/>", "<message to='x'/>", false);
        assert_takes(
            "<message><body/></message>",
            "<message><a/><body>x</body></message>",
            true,
        );
        assert_takes(
            "<message><body/></message>",
            "<message><a/></message>",
            false,
        );
        assert_takes(
            "<message><x xmlns='urn:x'/></message>",
            "<message><x xmlns='urn:y'/></message>",
            false,
        );
    }

    #[test]
    fn a_strict_rule_takes_nothing_that_is_more() {
        assert_takes(
            "<message scansion:strict='true'/>",
            "<message id='1'/>",
            false,
        );
        assert_takes(
            "<message><x xmlns='urn:x'/></message>",
            "<message><x xmlns='urn:x' a='1'/></message>",
            false,
        );
        assert_takes(
            "<message><x xmlns='urn:x'/></message>",
            "<message><x xmlns='urn:x'><y/></x></message>",
            false,
        );
        let free = "<message><x xmlns='urn:x' scansion:strict='false'/></message>";
        assert_takes(
            free,
            "<message><x xmlns='urn:x' a='1'><y/></x></message>",
            true,
        );
    }

    #[test]
    fn values_are_compared_as_they_are_written() {
        assert_takes("<a b='$<_>'/>", "<a b='${v}'/>", true);
        assert_takes("<a b='{scansion:any}'/>", "<a b='1'/>", true);
        assert_takes("<a b='1'/>", "<a b='$<_>'/>", false);
        assert_takes("<a b='$<_:int>'/>", "<a b='1'/>", true);
        assert_takes("<a b='$<_:int>'/>", "<a b='x'/>", false);
        assert_takes("<a b='$<_:int>'/>", "<a b='$<n:int>'/>", true);
        assert_takes("<a b='$<_:int>'/>", "<a b='$<n>'/>", false);
        assert_takes("<a b='${v}x'/>", "<a b='${v}x'/>", true);
        assert_takes("<a>x</a>", "<a>\n\tx</a>", true);
        assert_takes("<a>x</a>", "<a>y</a>", false);
        assert_takes("<a>x</a>", "<a/>", false);
    }
}
