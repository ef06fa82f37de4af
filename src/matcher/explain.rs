//! Why an element is not what a pattern expects.
//!
//! Slower than the comparison and only used where that has failed. It must find a difference exactly
//! where the comparison finds no match; a property test holds the two together.

use minidom::Element;

use super::bindings::Bindings;
use super::candidates::List;
use super::compare::{Search, match_element};
use super::constraints::Tallies;
use super::effort::Effort;
use super::element::{attribute_named, attribute_of, same_name, text_of};
use super::exact::{Round, accepts};
use super::mismatch::{Mismatch, Rule};
use super::names::shared_names;
use super::pattern::{
    AttributePattern, ElementPattern, Mode, Pattern, TextPattern, ValueKind, ValuePattern,
};
use super::shown::{attribute_name, namesake, quoted, shown_attribute, shown_namespace};
use super::value::{Objection, match_value, objection, render};
use crate::escape::WHITE_SPACE;
use crate::source::Span;

/// Compares an element with a pattern: the bindings afterwards, or what is wrong, the first thing first.
///
/// # Errors
///
/// The first of the [`differences`].
pub fn compare(
    pattern: &Pattern,
    element: &Element,
    bindings: &Bindings,
) -> Result<Bindings, Mismatch> {
    match accepts(pattern, element, bindings) {
        Ok(Some(bindings)) => Ok(bindings),
        Ok(None) | Err(_) => Err(differences(pattern, element, bindings).remove(0)),
    }
}

/// Everything in which an element is not what a pattern expects; empty if it matches. Where it is too hard to tell,
/// that is the difference.
pub fn differences(pattern: &Pattern, element: &Element, bindings: &Bindings) -> Vec<Mismatch> {
    Effort::new().differences(pattern, element, bindings)
}

impl Effort {
    /// Everything in which an element is not what a pattern expects; empty if it matches. Where it is too hard to
    /// tell, that is the difference, and where enough is spent already, less is told.
    pub fn differences(
        &self,
        pattern: &Pattern,
        element: &Element,
        bindings: &Bindings,
    ) -> Vec<Mismatch> {
        match self.accepts(pattern, element, bindings) {
            Ok(Some(_)) => Vec::new(),
            Ok(None) => self.explain(element, |steps| {
                explained(pattern, element, "", bindings, &Search::new(steps))
            }),
            Err(_) => vec![unfitting(pattern)],
        }
    }
}

/// The same, as a part of something larger.
pub(super) fn all_differences<'s>(
    pattern: &'s Pattern,
    element: &Element,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Vec<Mismatch> {
    match search.captures(pattern, element, bindings) {
        Some(_) => Vec::new(),
        None => explained(pattern, element, "", bindings, search),
    }
}

/// Why an element does not match. After too many steps less is told, but never nothing.
pub(super) fn explained<'s>(
    pattern: &'s Pattern,
    element: &Element,
    parent: &str,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Vec<Mismatch> {
    let Round { bindings, search } = search.last_round(pattern, element, bindings);
    let explanation = Explanation {
        bindings: &bindings,
        search: &search,
    };
    let found = explanation.element(pattern, element, parent);
    if found.is_empty() {
        // Each part fits alone, so it is a wildcard that would need two values at once.
        return vec![conflict(pattern, element, &bindings, &search)];
    }
    found
}

/// Finds where a wildcard that stands in several places is given two values.
fn conflict<'s>(
    pattern: &'s Pattern,
    element: &Element,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Mismatch {
    let mut bindings = bindings.clone();
    for name in shared_names(std::slice::from_ref(pattern), &bindings) {
        let captured = match_element(pattern, element, &bindings, search).unwrap_or_default();
        let Some((_, value)) = captured.into_iter().find(|(captured, _)| *captured == name) else {
            continue;
        };
        let fixed = bindings.with(&name, &value);
        let explanation = Explanation {
            bindings: &fixed,
            search,
        };
        let found = explanation.element(pattern, element, "");
        if let Some(first) = found.first() {
            let focus = first.focus();
            return Mismatch {
                rule: Rule::Conflict,
                expected: Some(format!("$<{name}> to be {}", quoted(&value))),
                received: focus.received.clone(),
                nearest: None,
                ..focus.clone()
            };
        }
        bindings = fixed;
    }
    unfitting(pattern)
}

/// What is left to say when no single place is to blame.
fn unfitting(pattern: &Pattern) -> Mismatch {
    Mismatch {
        path: pattern_name(pattern),
        span: pattern.span(),
        rule: Rule::Conflict,
        expected: Some("each wildcard to have one value".to_owned()),
        received: Some("no values that fit together".to_owned()),
        nearest: None,
    }
}

pub(super) struct Explanation<'a, 's> {
    pub(super) bindings: &'a Bindings,
    pub(super) search: &'a Search<'s>,
}

/// An element under examination: what is expected, what came, and the way there.
pub(super) struct Place<'a, 's> {
    pub(super) expected: &'s ElementPattern,
    pub(super) element: &'a Element,
    pub(super) path: String,
}

impl Place<'_, '_> {
    pub(super) fn mismatch(
        &self,
        rule: Rule,
        span: Span,
        expected: Option<String>,
        received: Option<String>,
    ) -> Mismatch {
        Mismatch {
            path: self.path.clone(),
            span,
            rule,
            expected,
            received,
            nearest: None,
        }
    }
}

impl<'s> Explanation<'_, 's> {
    pub(super) fn element(
        &self,
        pattern: &'s Pattern,
        element: &Element,
        parent: &str,
    ) -> Vec<Mismatch> {
        let expected = match pattern {
            Pattern::Any(_) => return Vec::new(),
            Pattern::OneOf(one_of) => return self.one_of(one_of, pattern, element, parent),
            Pattern::Element(expected) => expected,
        };
        let path = match parent {
            "" => expected.name.clone(),
            parent => format!("{parent}/{}", expected.name),
        };
        let place = Place {
            expected,
            element,
            path,
        };
        if !same_name(expected, element) {
            return vec![self.name(&place)];
        }
        let mut found = self.attributes(&place);
        found.extend(self.text(&place));
        found.extend(self.children(&place));
        found
    }

    fn name(&self, place: &Place<'_, 's>) -> Mismatch {
        let (expected, element) = (place.expected, place.element);
        let span = expected.name_span;
        if element.name() == expected.name {
            let namespaces = (quoted(&expected.namespace), quoted(&element.ns()));
            return place.mismatch(
                Rule::Namespace,
                span,
                Some(namespaces.0),
                Some(namespaces.1),
            );
        }
        let names = (
            format!("<{}>", expected.name),
            format!("<{}>", element.name()),
        );
        place.mismatch(Rule::Name, span, Some(names.0), Some(names.1))
    }

    fn attributes(&self, place: &Place<'_, 's>) -> Vec<Mismatch> {
        let mut found: Vec<Mismatch> = place
            .expected
            .attributes
            .iter()
            .filter_map(|attribute| self.attribute(place, attribute))
            .collect();
        found.extend(self.forbidden_attributes(place));
        if place.expected.mode == Mode::Strict {
            found.extend(self.unexpected_attributes(place));
        }
        found
    }

    fn forbidden_attributes(&self, place: &Place<'_, 's>) -> Vec<Mismatch> {
        let absent = place.expected.absent.iter();
        let found = absent.filter_map(|absent| {
            let value = attribute_named(place.element, &absent.namespace, &absent.name)?;
            let received = shown_attribute(&absent.namespace, &absent.name, value);
            let expected = attribute_name(&absent.namespace, &absent.name);
            let (expected, received) = (Some(expected), Some(received));
            Some(place.mismatch(Rule::AttributeForbidden, absent.span, expected, received))
        });
        found.collect()
    }

    fn attribute(&self, place: &Place<'_, 's>, attribute: &AttributePattern) -> Option<Mismatch> {
        let value = render(&attribute.value, self.bindings);
        let expected = shown_attribute(&attribute.namespace, &attribute.name, &value);
        let Some(received) = attribute_of(place.element, attribute) else {
            let (rule, other) = (Rule::AttributeMissing, namesake(place.element, attribute));
            return Some(place.mismatch(rule, attribute.span, Some(expected), other));
        };
        let kind = ValueKind::Attribute;
        self.why_not(&attribute.value, kind, received).map(|why| {
            let received = shown_attribute(&attribute.namespace, &attribute.name, received);
            let (expected, received) = (expected + &why.0, received + &why.1);
            let rule = Rule::AttributeValue;
            place.mismatch(rule, attribute.span, Some(expected), Some(received))
        })
    }

    /// What is to be said of a value that does not match, behind what is expected and behind what came; none if it
    /// matches.
    fn why_not(
        &self,
        expected: &ValuePattern,
        kind: ValueKind,
        received: &str,
    ) -> Option<Objection> {
        let steps = self.search.steps;
        match match_value(expected, kind, received, self.bindings, steps) {
            Some(_) => None,
            None => Some(objection(expected, kind, received, self.bindings).unwrap_or_default()),
        }
    }

    fn unexpected_attributes(&self, place: &Place<'_, 's>) -> Vec<Mismatch> {
        place
            .element
            .attrs()
            .iter()
            .filter(|((namespace, name), _)| {
                let (namespace, name) = (namespace.as_str(), name.as_str());
                let expected = place.expected;
                let mut attributes = expected.attributes.iter();
                let mut absent = expected.absent.iter();
                !attributes.any(|own| own.namespace == namespace && own.name == name)
                    && !absent.any(|own| own.namespace == namespace && own.name == name)
            })
            .map(|((namespace, name), value)| {
                let received = shown_attribute(namespace.as_str(), name.as_str(), value);
                place.mismatch(
                    Rule::AttributeUnexpected,
                    place.expected.tag,
                    None,
                    Some(received),
                )
            })
            .collect()
    }

    fn text(&self, place: &Place<'_, 's>) -> Option<Mismatch> {
        let text = text_of(place.element);
        let text = text.trim_matches(WHITE_SPACE);
        let received = (!text.is_empty()).then(|| quoted(text));
        match &place.expected.text {
            TextPattern::Free => None,
            TextPattern::Absent if text.is_empty() => None,
            TextPattern::Absent => {
                Some(place.mismatch(Rule::TextUnexpected, place.expected.tag, None, received))
            }
            TextPattern::Value(value) => self.text_value(place, value, text, received),
        }
    }

    fn text_value(
        &self,
        place: &Place<'_, 's>,
        value: &ValuePattern,
        text: &str,
        received: Option<String>,
    ) -> Option<Mismatch> {
        let why = self.why_not(value, ValueKind::Text, text)?;
        let expected = quoted(&render(value, self.bindings)) + &why.0;
        let received = received.map(|received| received + &why.1);
        Some(place.mismatch(Rule::Text, value.span, Some(expected), received))
    }

    fn children(&self, place: &Place<'_, 's>) -> Vec<Mismatch> {
        let (expected, bindings, search) = (place.expected, self.bindings, self.search);
        let elements: Vec<&Element> = place.element.children().collect();
        let list = List::children_of(place.element, &elements);
        let tallies = Tallies::new(&expected.constraints, list, bindings, search);
        let mut found = self.assigned_children(place, &elements, &tallies);
        found.extend(self.counted_children(place, &elements, &tallies));
        found
    }

    /// The start tag of a child that is expected, variables filled in; with its namespace, unless that is the one of
    /// the parent.
    pub(super) fn shown_pattern(&self, parent: Option<&Element>, pattern: &Pattern) -> String {
        let expected = match pattern {
            Pattern::Any(_) => return "<scansion:any/>".to_owned(),
            Pattern::OneOf(one_of) => {
                let members = one_of.members.iter();
                let shown: Vec<_> = members.map(|own| self.shown_pattern(parent, own)).collect();
                return shown.join(" or ");
            }
            Pattern::Element(expected) => expected,
        };
        let attributes: String = expected
            .attributes
            .iter()
            .map(|attribute| {
                let value = render(&attribute.value, self.bindings);
                format!(
                    " {}",
                    shown_attribute(&attribute.namespace, &attribute.name, &value)
                )
            })
            .collect();
        let namespace = shown_namespace(&expected.namespace, parent);
        format!("<{}{namespace}{attributes}>", expected.name)
    }
}

fn pattern_name(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Any(_) => "stanza".to_owned(),
        Pattern::Element(expected) => expected.name.clone(),
        Pattern::OneOf(_) => "one-of".to_owned(),
    }
}
