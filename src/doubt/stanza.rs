//! What can be wrong with a stanza by itself: copies of one that a pattern has accepted, each with one thing changed.
//!
//! Pure functions of a pattern, a stanza and the values that variables had before. What is changed within the stanza is
//! always something that the pattern reads, so that it accepts none of these copies.

use minidom::Element;

use super::edit;
use super::made::made;
use super::value::{excluded, others};
use crate::fault_kind::FaultKind;
use crate::matcher::{
    AbsentAttribute, AttributePattern, Bindings, Constraint, ElementPattern, Pattern, TextPattern,
    ValuePattern, accepts, attribute_of, fits, partners, text_of,
};
use crate::ns;
use crate::source::{Span, Spanned};
use crate::times::Times;
use crate::xmpp::StreamKind;

/// A stanza with one thing changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// What kind of fault it is.
    pub kind: FaultKind,
    /// What is changed, as a path; empty where it is about the whole stanza.
    pub what: String,
    /// The place in the script of what reads it.
    pub place: Span,
    /// The changed stanza.
    pub element: Element,
}

/// All that can be wrong with an element that a pattern has accepted, with values that variables had before. Paths begin
/// with what the element is called.
pub fn changes(
    pattern: &Pattern,
    element: &Element,
    before: &Bindings,
    called: &str,
) -> Vec<Change> {
    let Ok(Some(after)) = accepts(pattern, element, before) else {
        return Vec::new();
    };
    let mut reading = Reading {
        pattern,
        element,
        before,
        after: &after,
        changes: Vec::new(),
    };
    reading.read(pattern, &[], called);
    reading.changes
}

/// What can be wrong with a stanza as one, whether a pattern reads that or not: who has sent it, and whether it is a
/// result or an error. Where the pattern reads that and allows both, neither is wrong. `server` is the domain of the
/// one who has received it.
pub fn changes_as_one(
    pattern: &Pattern,
    element: &Element,
    before: &Bindings,
    server: &str,
) -> Vec<Change> {
    let change = |kind, element| Change {
        kind,
        what: String::new(),
        place: pattern.span(),
        element,
    };
    let senders = strangers(element.attr("from"), server);
    let [near, far] = senders.map(|jid| edit::with_attribute(element, &[], ("", "from"), &jid));
    let sender = match fits(pattern, &near, before) {
        true => far,
        false => near,
    };
    let answer = match (element.name(), element.attr("type")) {
        ("iq", Some("result")) => Some(change(FaultKind::ErrorForResult, as_error(element))),
        ("iq", Some("error")) => Some(change(FaultKind::ResultForError, as_result(element))),
        _ => None,
    };
    let is_allowed = |change: &Change| {
        let reads = |expected: &&ElementPattern| expected.attribute("type").is_some();
        let is_read = pattern.names().unwrap_or_default().iter().any(reads);
        is_read && fits(pattern, &change.element, before)
    };
    answer
        .filter(|change| !is_allowed(change))
        .into_iter()
        .chain([change(FaultKind::Sender, sender)])
        .collect()
}

/// An error with another condition (RFC 6120 §4.9.3, §6.5, §8.3.3): of a stream, of SASL, or of a stanza.
pub(super) fn with_other_condition(element: &Element) -> Option<Element> {
    let path = match element.name() {
        "iq" | "message" | "presence" => vec![
            element
                .children()
                .position(|child| child.name() == "error")?,
        ],
        _ => Vec::new(),
    };
    let error = edit::at(element, &path)?;
    let condition = error.children().position(|child| child.name() != "text")?;
    let place = [path, vec![condition]].concat();
    let other = match edit::at(element, &place)?.name() {
        "undefined-condition" => "policy-violation",
        _ => "undefined-condition",
    };
    Some(edit::edited(element, &place, |child| {
        *child = edit::renamed(child, other);
    }))
}

/// Two JIDs that are not this one: one that looks like it, and one that does not.
fn strangers(jid: Option<&str>, server: &str) -> [String; 2] {
    let near = match jid.map(|jid| (jid, jid.split_once('@'))) {
        None => format!("someone-else@{server}"),
        Some((_, Some((_, rest)))) => format!("someone-else@{rest}"),
        Some((jid, None)) => format!("elsewhere.{jid}"),
    };
    [near, "someone.else@elsewhere.example/away".to_owned()]
}

fn as_error(element: &Element) -> Element {
    let mut error = Element::bare("error", element.ns());
    edit::set_attribute(&mut error, ("", "type"), "cancel");
    error.append_child(Element::bare("undefined-condition", ns::STANZA_ERRORS));
    let changed = edit::with_attribute(element, &[], ("", "type"), "error");
    edit::with_child(&changed, &[], error)
}

fn as_result(element: &Element) -> Element {
    let changed = edit::with_attribute(element, &[], ("", "type"), "result");
    let error = changed.children().position(|child| child.name() == "error");
    error.map_or(changed.clone(), |error| edit::without(&changed, &[error]))
}

/// The streams that stanzas come on.
const STREAMS: [StreamKind; 2] = [StreamKind::Client, StreamKind::Component];

/// A pattern that is read alongside the element that it has accepted.
struct Reading<'a> {
    pattern: &'a Pattern,
    element: &'a Element,
    before: &'a Bindings,
    after: &'a Bindings,
    changes: Vec<Change>,
}

impl Reading<'_> {
    /// Reads a part of the pattern, which has accepted the element at a path that is called so.
    fn read(&mut self, pattern: &Pattern, path: &[usize], label: &str) {
        match pattern {
            Pattern::Any(_) => {}
            Pattern::OneOf(one_of) => {
                let Some(element) = edit::at(self.element, path) else {
                    return;
                };
                let mut members = one_of.members.iter();
                if let Some(member) = members.find(|member| fits(member, element, self.after)) {
                    self.read(member, path, label);
                }
            }
            Pattern::Element(expected) => self.read_element(expected, path, label),
        }
    }

    fn read_element(&mut self, expected: &ElementPattern, path: &[usize], label: &str) {
        // Who has sent a stanza is a fault of its own.
        let is_stanza = path.is_empty() && STREAMS.iter().any(|kind| kind.carries(self.element));
        let is_sender = |attribute: &AttributePattern| is_stanza && attribute.name == "from";
        for attribute in &expected.attributes {
            if attribute.namespace != ns::XMLNS && !is_sender(attribute) {
                self.read_attribute(attribute, path, label);
            }
        }
        for absent in &expected.absent {
            self.read_absent(absent, path, label);
        }
        self.read_text(expected, path, label);
        self.read_children(expected, path, label);
        for constraint in &expected.constraints {
            self.read_constraint(constraint, path, label);
        }
    }

    fn read_attribute(&mut self, attribute: &AttributePattern, path: &[usize], label: &str) {
        let element = edit::at(self.element, path);
        let Some(value) = element.and_then(|element| attribute_of(element, attribute)) else {
            return;
        };
        let name = (attribute.namespace.as_str(), attribute.name.as_str());
        let root = self.element;
        let what = format!("{label}@{}", attribute.name);
        let set = |value: &str| edit::with_attribute(root, path, name, value);
        self.add_first(
            FaultKind::Attribute,
            &what,
            attribute.span,
            others(value).iter().map(|other| set(other)),
        );
        self.read_excluded(&attribute.value, &what, attribute.span, set);
    }

    fn read_excluded(
        &mut self,
        value: &ValuePattern,
        what: &str,
        place: Span,
        set: impl Fn(&str) -> Element,
    ) {
        for (name, value) in excluded(value, self.after) {
            let what = format!("{what} {name}");
            self.add_first(FaultKind::Not, &what, place, [set(&value)]);
        }
    }

    fn read_absent(&mut self, absent: &AbsentAttribute, path: &[usize], label: &str) {
        let value = match absent.name.as_str() {
            "from" | "to" => "someone-else@example.net",
            _ => "other",
        };
        let name = (absent.namespace.as_str(), absent.name.as_str());
        let added = edit::with_attribute(self.element, path, name, value);
        let what = format!("{label}@{}", absent.name);
        self.add_first(FaultKind::Absent, &what, absent.span, [added]);
    }

    fn read_text(&mut self, expected: &ElementPattern, path: &[usize], label: &str) {
        let text = edit::at(self.element, path)
            .map(text_of)
            .unwrap_or_default();
        let root = self.element;
        let set = |text: &str| edit::with_text(root, path, text);
        match &expected.text {
            TextPattern::Free => {}
            TextPattern::Absent => {
                self.add_first(FaultKind::Text, label, expected.tag, [set("other")]);
            }
            TextPattern::Value(value) => {
                let other = others(&text);
                self.add_first(
                    FaultKind::Text,
                    label,
                    value.span,
                    other.iter().map(|other| set(other)),
                );
                self.read_excluded(value, label, value.span, set);
            }
        }
    }

    fn read_children(&mut self, expected: &ElementPattern, path: &[usize], label: &str) {
        let Some(element) = edit::at(self.element, path) else {
            return;
        };
        let partners = partners(&expected.children, element, self.after);
        let children: Vec<&Element> = element.children().collect();
        let mut seen = Vec::new();
        for (child, partner) in expected.children.iter().zip(partners) {
            let Some(index) = partner else { continue };
            let label = format!(
                "{label}/{}",
                numbered(name_of(child, children[index]), &mut seen)
            );
            let path = [path, &[index]].concat();
            let without = edit::without(self.element, &path);
            self.add_first(FaultKind::Child, &label, child.span(), [without]);
            self.read(child, &path, &label);
        }
    }

    fn read_constraint(&mut self, constraint: &Constraint, path: &[usize], label: &str) {
        let Some(element) = edit::at(self.element, path) else {
            return;
        };
        let pattern = &constraint.pattern;
        let children = element.children().enumerate();
        let matching = children.filter(|(_, child)| fits(pattern, child, self.after));
        let matching: Vec<(usize, &Element)> = matching.collect();
        let example = matching.first().map(|(_, child)| (*child).clone());
        let example = example.or_else(|| made(pattern, self.after));
        let Some(example) = example else { return };
        let label = format!("{label}/{}", example.name());
        if let Some(times) = &constraint.times {
            let matching: Vec<usize> = matching.iter().map(|(index, _)| *index).collect();
            self.read_times(times, &matching, &example, path, &label);
        }
        if let Some(each) = &constraint.each {
            let changed = changes(pattern, &example, self.after, &label);
            let changed = changed.iter();
            let (root, place) = (self.element, each.span);
            let siblings =
                changed.map(|change| edit::with_child(root, path, change.element.clone()));
            self.add_first(FaultKind::Sibling, &label, place, siblings);
        }
    }

    /// Reads how many children match, which are these; the example is one of them, or could be.
    fn read_times(
        &mut self,
        times: &Spanned<Times>,
        matching: &[usize],
        example: &Element,
        path: &[usize],
        label: &str,
    ) {
        let root = self.element;
        let is_too_many = |more: &usize| times.value.surplus(matching.len() + more) > 0;
        let more = (1..MANY).find(is_too_many).map(|more| {
            (0..more).fold(root.clone(), |root, _| {
                edit::with_child(&root, path, example.clone())
            })
        });
        self.add_first(FaultKind::OneMore, label, times.span, more);
        let spare = (matching.len() + 1).saturating_sub(times.value.lacking(0));
        let fewer = matching
            .iter()
            .rev()
            .take(spare)
            .fold(root.clone(), |root, index| {
                edit::without(&root, &[path, &[*index]].concat())
            });
        self.add_first(FaultKind::OneFewer, label, times.span, [fewer]);
    }

    /// Adds the first of several changes that the whole pattern does not accept: one that it does is no fault.
    fn add_first(
        &mut self,
        kind: FaultKind,
        what: &str,
        place: Span,
        changed: impl IntoIterator<Item = Element>,
    ) {
        let refused =
            |element: &Element| matches!(accepts(self.pattern, element, self.before), Ok(None));
        if let Some(element) = changed.into_iter().find(refused) {
            self.changes.push(Change {
                kind,
                what: what.to_owned(),
                place,
                element,
            });
        }
    }
}

/// How many more of what is counted are tried.
const MANY: usize = 100;

/// What a part of a pattern is called in paths.
fn name_of(pattern: &Pattern, element: &Element) -> String {
    match pattern {
        Pattern::Element(expected) => expected.name.clone(),
        Pattern::Any(_) | Pattern::OneOf(_) => element.name().to_owned(),
    }
}

/// A name, with its number where it is not the first one.
pub(super) fn numbered(name: String, seen: &mut Vec<String>) -> String {
    let before = seen.iter().filter(|own| **own == name).count();
    seen.push(name.clone());
    match before {
        0 => name,
        before => format!("{name}[{}]", before + 1),
    }
}
