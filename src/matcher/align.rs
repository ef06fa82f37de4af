//! What was expected and what came, side by side.
//!
//! Two trees that differ only where a rule of matching is broken: what the expectation leaves open stands in both as
//! it came, and what it does not mention is marked.

use minidom::Element;

use super::align_children::Beside;
use super::bindings::Bindings;
use super::compare::Search;
use super::effort::Steps;
use super::element::{attribute_of, same_name, text_of};
use super::exact::Round;
use super::one_of::nearest_member;
use super::pattern::{
    AttributePattern, ElementPattern, Mode, OneOf, Pattern, TextPattern, ValueKind, ValuePattern,
};
use super::shown::is_namesake;
use super::value::{match_value, render};
use crate::escape::WHITE_SPACE;
use crate::ns;

/// Whether an expectation says anything of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mention {
    /// It does.
    Mentioned,
    /// It does not, and more is allowed there.
    Unmentioned,
}

/// An element on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The namespace.
    pub namespace: String,
    /// The local name.
    pub name: String,
    /// Whether the namespace is to be told, though it is the one of its parent: the other side has this name in another.
    pub is_namesake: bool,
    /// Its attributes.
    pub attributes: Vec<SideAttribute>,
    /// Its own text, without white space around it.
    pub text: Option<(SideValue, Mention)>,
    /// Its children.
    pub children: Vec<Side>,
    /// Whether the expectation says anything of it.
    pub mention: Mention,
}

/// An attribute on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideAttribute {
    /// The namespace, empty for none.
    pub namespace: String,
    /// The local name.
    pub name: String,
    /// The value.
    pub value: SideValue,
    /// Whether the expectation says anything of it.
    pub mention: Mention,
}

/// A value on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SideValue {
    /// It came.
    Came(String),
    /// It is expected, with wildcards as the script has them.
    Expected(String),
}

/// Lays what was expected beside what came: the two sides, in this order.
pub fn side_by_side(pattern: &Pattern, element: &Element, bindings: &Bindings) -> (Side, Side) {
    let steps = Steps::of_explanation(element);
    let Round { bindings, search } = Search::new(&steps).last_round(pattern, element, bindings);
    let comparison = Comparison {
        bindings: &bindings,
        search: &search,
    };
    comparison.of(pattern, element)
}

/// An element that came, as it is.
pub fn received(element: &Element, mention: Mention) -> Side {
    let text = text_of(element).trim_matches(WHITE_SPACE).to_owned();
    Side {
        namespace: element.ns(),
        name: element.name().to_owned(),
        is_namesake: false,
        attributes: element
            .attrs()
            .iter()
            .map(|((namespace, name), value)| {
                side_attribute(
                    namespace.as_str(),
                    name.as_str(),
                    SideValue::Came(value.to_string()),
                    mention,
                )
            })
            .collect(),
        text: (!text.is_empty()).then_some((SideValue::Came(text), mention)),
        children: element
            .children()
            .map(|child| received(child, mention))
            .collect(),
        mention,
    }
}

pub(super) fn side_attribute(
    namespace: &str,
    name: &str,
    value: SideValue,
    mention: Mention,
) -> SideAttribute {
    SideAttribute {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        value,
        mention,
    }
}

pub(super) struct Comparison<'a, 's> {
    pub(super) bindings: &'a Bindings,
    pub(super) search: &'a Search<'s>,
}

impl<'s> Comparison<'_, 's> {
    pub(super) fn of(&self, pattern: &'s Pattern, element: &Element) -> (Side, Side) {
        match pattern {
            Pattern::OneOf(one_of) => self.one_of(one_of, pattern, element),
            Pattern::Element(expected) if same_name(expected, element) => {
                self.both(expected, element)
            }
            Pattern::Element(_) | Pattern::Any(_) => {
                let is_namesake = is_namesake(pattern, element);
                let sides = [
                    self.expected(pattern),
                    received(element, Mention::Mentioned),
                ];
                let [expected, received] = sides.map(|side| Side {
                    is_namesake,
                    ..side
                });
                (expected, received)
            }
        }
    }

    /// Both sides of an element that a member of a one-of fits, or comes nearest to.
    fn one_of(&self, one_of: &'s OneOf, pattern: &'s Pattern, element: &Element) -> (Side, Side) {
        let nearest = nearest_member(one_of, element, "", self.bindings, self.search);
        let nearest = nearest.filter(|(_, differences)| {
            let first = differences.first();
            !first.is_some_and(super::Mismatch::is_of_name)
        });
        match nearest {
            Some((member, _)) => self.of(member, element),
            None => (
                self.expected(pattern),
                received(element, Mention::Mentioned),
            ),
        }
    }

    /// Both sides of an element that has the expected name.
    fn both(&self, expected: &'s ElementPattern, element: &Element) -> (Side, Side) {
        let (wanted_attributes, attributes) = self.attributes(expected, element);
        let (wanted_text, text) = self.text(expected, element);
        let (wanted_children, children) = self.children(expected, element);
        let side = |attributes, text, children| Side {
            namespace: expected.namespace.clone(),
            name: expected.name.clone(),
            is_namesake: false,
            attributes,
            text,
            children,
            mention: Mention::Mentioned,
        };
        (
            side(wanted_attributes, wanted_text, wanted_children),
            side(attributes, text, children),
        )
    }

    fn attributes(
        &self,
        expected: &ElementPattern,
        element: &Element,
    ) -> (Vec<SideAttribute>, Vec<SideAttribute>) {
        let (mut wanted, mut came) = (Vec::new(), Vec::new());
        for ((namespace, name), value) in element.attrs() {
            let name = (namespace.as_str(), name.as_str());
            let (own, side) = self.attribute(expected, name, value);
            wanted.extend(own);
            came.push(side);
        }
        for pattern in &expected.attributes {
            let declared = attribute_of(element, pattern);
            if let Some(value) = declared.filter(|_| pattern.namespace == ns::XMLNS) {
                let side =
                    |value| side_attribute(ns::XMLNS, &pattern.name, value, Mention::Mentioned);
                wanted.push(side(self.value(pattern, value)));
                came.push(side(SideValue::Came(value.to_owned())));
            }
        }
        let missing = expected
            .attributes
            .iter()
            .filter(|attribute| attribute_of(element, attribute).is_none());
        wanted.extend(missing.map(|attribute| self.expected_attribute(attribute)));
        (wanted, came)
    }

    /// An attribute that came: on the side of what is expected, if it stands there, and on its own.
    fn attribute(
        &self,
        expected: &ElementPattern,
        (namespace, name): (&str, &str),
        value: &str,
    ) -> (Option<SideAttribute>, SideAttribute) {
        let mut attributes = expected.attributes.iter();
        let pattern = attributes.find(|own| own.namespace == namespace && own.name == name);
        let mut absent = expected.absent.iter();
        let is_forbidden = absent.any(|own| own.namespace == namespace && own.name == name);
        let came = || SideValue::Came(value.to_owned());
        let (mention, wanted) = match (pattern, expected.mode) {
            (None, _) if is_forbidden => (Mention::Mentioned, None),
            (Some(pattern), _) => (Mention::Mentioned, Some(self.value(pattern, value))),
            (None, Mode::NonStrict) => (Mention::Unmentioned, Some(came())),
            (None, Mode::Strict) => (Mention::Mentioned, None),
        };
        let side = |value| side_attribute(namespace, name, value, mention);
        (wanted.map(side), side(came()))
    }

    /// The value that is expected: the one that came, if that will do.
    fn value(&self, attribute: &AttributePattern, received: &str) -> SideValue {
        self.value_of(&attribute.value, ValueKind::Attribute, received)
    }

    fn value_of(&self, value: &ValuePattern, kind: ValueKind, received: &str) -> SideValue {
        match match_value(value, kind, received, self.bindings, self.search.steps) {
            Some(_) => SideValue::Came(received.to_owned()),
            None => SideValue::Expected(render(value, self.bindings)),
        }
    }

    fn text(&self, expected: &ElementPattern, element: &Element) -> (Texts, Texts) {
        let text = text_of(element);
        let text = text.trim_matches(WHITE_SPACE);
        let came =
            |mention| (!text.is_empty()).then(|| (SideValue::Came(text.to_owned()), mention));
        match &expected.text {
            TextPattern::Free => (came(Mention::Unmentioned), came(Mention::Unmentioned)),
            TextPattern::Absent => (None, came(Mention::Mentioned)),
            TextPattern::Value(value) => {
                let wanted = self.value_of(value, ValueKind::Text, text);
                (Some((wanted, Mention::Mentioned)), came(Mention::Mentioned))
            }
        }
    }

    fn children(&self, expected: &'s ElementPattern, element: &Element) -> (Vec<Side>, Vec<Side>) {
        Beside::new(self, expected, element).sides()
    }

    /// What is expected and did not come.
    pub(super) fn expected(&self, pattern: &Pattern) -> Side {
        let expected = match pattern {
            Pattern::Any(_) => return own_element("any", Vec::new()),
            Pattern::OneOf(one_of) => {
                let members = one_of.members.iter();
                let members = members.map(|member| self.expected(member));
                return own_element("one-of", members.collect());
            }
            Pattern::Element(expected) => expected,
        };
        let text = match &expected.text {
            TextPattern::Value(value) => {
                let wanted = SideValue::Expected(render(value, self.bindings));
                Some((wanted, Mention::Mentioned))
            }
            TextPattern::Free | TextPattern::Absent => None,
        };
        let attributes = expected.attributes.iter();
        Side {
            namespace: expected.namespace.clone(),
            name: expected.name.clone(),
            is_namesake: false,
            attributes: attributes
                .map(|attribute| self.expected_attribute(attribute))
                .collect(),
            text,
            children: expected
                .children
                .iter()
                .map(|child| self.expected(child))
                .collect(),
            mention: Mention::Mentioned,
        }
    }

    fn expected_attribute(&self, attribute: &AttributePattern) -> SideAttribute {
        side_attribute(
            &attribute.namespace,
            &attribute.name,
            SideValue::Expected(render(&attribute.value, self.bindings)),
            Mention::Mentioned,
        )
    }
}

type Texts = Option<(SideValue, Mention)>;

/// An element of the prefix `scansion`, where nothing is there for it.
fn own_element(name: &str, children: Vec<Side>) -> Side {
    Side {
        namespace: ns::SCANSION.to_owned(),
        name: format!("scansion:{name}"),
        is_namesake: false,
        attributes: Vec::new(),
        text: None,
        children,
        mention: Mention::Mentioned,
    }
}
