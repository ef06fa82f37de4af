//! An expected element and the one that came: what has to be changed in the text of the first.
//!
//! Only what does not hold is touched. Elements of the script, their patterns and what came are walked side by side.

use minidom::Element as Received;

use super::child_changes::{ChildChange, ChildChanges};
use super::edit::{Edit, apply_to};
use super::layout::{Layout, last_in_tag, whole_lines};
use super::unordered::{any_order, is_set};
use super::values::Values;
use super::written::Writer;
use crate::escape::WHITE_SPACE;
use crate::matcher::{
    Bindings, ChildOrder, ElementPattern, Mode, Pattern, TextPattern, ValueKind, ValuePattern,
    ValuePiece, accepts, text_of, value_binds,
};
use crate::script::ast::{Element, Node};
use crate::source::{SourceFile, Span};

/// How many characters children may have to follow each other in the line of their parent.
const LONG: usize = 80;

/// Rewrites the expectations of one block.
pub(super) struct Rewriter<'a> {
    pub(super) values: &'a Values<'a>,
    pub(super) layout: &'a Layout,
    /// Comments and the like in the block, in order.
    pub(super) omitted: &'a [Span],
    /// The namespace of the stream.
    pub(super) stream: &'a str,
    /// What is bound, wildcards of this expectation that hold included.
    pub(super) bindings: Bindings,
}

impl Rewriter<'_> {
    /// What has to be changed in an element of the same namespace as the one that came. `default` is the default
    /// namespace around it.
    pub(super) fn element(
        &mut self,
        own: &Element,
        pattern: &Pattern,
        came: &Received,
        default: &str,
    ) -> Vec<Edit> {
        if let Ok(Some(after)) = accepts(pattern, came, &self.bindings) {
            pattern.visit_values(&mut |value| self.remember(value, |name| after.get(name)));
            return Vec::new();
        }
        let Pattern::Element(expected) = pattern else {
            return Vec::new();
        };
        let default = default_within(own, default);
        let mut edits = self.attributes(own, expected, came);
        edits.extend(renamed(own, came).map(|name| Edit::replace(own.name.span, name)));
        edits.extend(match is_hollow(own) {
            true => Vec::from_iter(self.filled(own, expected, came, &default)),
            false => self.content(own, expected, came, &default),
        });
        edits.extend(self.end_tag(own, came, &edits));
        edits.sort_by_key(|edit| edit.span);
        edits
    }

    /// Renames the end tag of an element, if there still is one.
    fn end_tag(&self, own: &Element, came: &Received, edits: &[Edit]) -> Option<Edit> {
        let name = renamed(own, came)?;
        let at = self.source().slice(own.extent).rfind("</")?;
        let start = own.extent.start + at + "</".len();
        let is_left =
            own.extent.end > own.tag.end && edits.iter().all(|edit| edit.span.end < own.extent.end);
        let end = start + own.name.written().len();
        is_left.then(|| Edit::replace(Span::new(start, end), name))
    }

    pub(super) fn source(&self) -> &SourceFile {
        self.values.source
    }

    /// Binds the wildcards of a value that holds: in other places they mean the same.
    fn remember<'v>(&mut self, value: &ValuePattern, found: impl Fn(&str) -> Option<&'v str>) {
        let wildcards = value.pieces.iter().filter_map(|piece| match piece {
            ValuePiece::Wildcard { name, .. } => name.as_deref(),
            _ => None,
        });
        for name in wildcards {
            if let Some(value) = found(name) {
                self.bindings.bind(name, value);
            }
        }
    }

    /// Whether a value holds; if it does, its wildcards are bound.
    pub(super) fn holds(&mut self, value: &ValuePattern, kind: ValueKind, came: &str) -> bool {
        let captures = value_binds(value, kind, came, &self.bindings);
        if let Some(captures) = &captures {
            let found = |name: &str| captures.iter().find(|(captured, _)| captured == name);
            self.remember(value, |name| found(name).map(|(_, value)| value.as_str()));
        }
        captures.is_some()
    }

    /// Binds the wildcard that is all of a value and does not hold: it is written without what narrows it.
    pub(super) fn widen(&mut self, value: &ValuePattern, came: &str) {
        if let [
            ValuePiece::Wildcard {
                name: Some(name), ..
            },
        ] = value.pieces.as_slice()
            && self.bindings.get(name).is_none()
        {
            self.bindings.bind(name, came);
        }
    }

    pub(super) fn writer(&self) -> Writer<'_> {
        Writer {
            values: self.values,
            layout: self.layout,
            bindings: &self.bindings,
        }
    }

    // Elements in which there is nothing yet.

    /// Puts text and children into an element that has none.
    fn filled(
        &mut self,
        own: &Element,
        expected: &ElementPattern,
        came: &Received,
        default: &str,
    ) -> Option<Edit> {
        let is_strict = expected.mode == Mode::Strict;
        let children: Vec<&Received> = came.children().filter(|_| is_strict).collect();
        let tag = self.source().slice(own.tag);
        let head = tag.strip_suffix("/>").or(tag.strip_suffix('>'))?;
        let head = head.trim_end_matches(WHITE_SPACE);
        let start = own.tag.start + head.len();
        let text = self.absent_text(expected, came, &format!("{head}>"));
        let children = self.first_children(own, &children, default, text.is_empty());
        if text.is_empty() && children.is_empty() {
            return None;
        }
        let order = match is_free_to_order(expected, came) && came.children().count() > 1 {
            true => format!(" {}", any_order(self.layout.quote)),
            false => String::new(),
        };
        let name = renamed(own, came).unwrap_or_else(|| own.name.written());
        let content = format!("{order}>{text}{children}</{name}>");
        Some(Edit::replace(Span::new(start, own.extent.end), content))
    }

    /// The children of an element that has none yet: each in a line of its own, if the element begins its line or they
    /// are too long to follow each other, and no text stands before them.
    fn first_children(
        &self,
        own: &Element,
        children: &[&Received],
        default: &str,
        may_have_lines: bool,
    ) -> String {
        let in_one_line = self.new_children(children, default, None);
        let begins_line = self.source().indentation(own.tag.start).is_some();
        if children.is_empty() || !may_have_lines || (!begins_line && in_one_line.len() < LONG) {
            return in_one_line;
        }
        let indent = self.source().indentation_of_line(own.tag.start);
        let in_lines = self.new_children(children, default, Some(indent));
        format!("{in_lines}\n{indent}")
    }

    /// The children of an element that begins its line, each in a line of its own; without an indentation they follow
    /// each other.
    fn new_children(&self, children: &[&Received], default: &str, indent: Option<&str>) -> String {
        let deeper = indent.map(|indent| format!("{indent}{}", self.layout.unit));
        let children = children
            .iter()
            .map(|child| self.new_child(child, default, deeper.as_deref()));
        children.collect()
    }

    /// A child with the line break before it.
    fn new_child(&self, child: &Received, default: &str, indent: Option<&str>) -> String {
        let written = self.writer().element(child, default, indent);
        match indent {
            Some(indent) => format!("\n{indent}{written}"),
            None => written,
        }
    }

    /// The text that came where there must be none.
    fn absent_text(&self, expected: &ElementPattern, came: &Received, before: &str) -> String {
        match expected.text {
            TextPattern::Absent => {
                let text = text_of(came);
                let text = text.trim_matches(WHITE_SPACE);
                self.values.text(text, None, before, &self.bindings)
            }
            TextPattern::Free | TextPattern::Value(_) => String::new(),
        }
    }

    // Elements with content.

    fn content(
        &mut self,
        own: &Element,
        expected: &ElementPattern,
        came: &Received,
        default: &str,
    ) -> Vec<Edit> {
        let mut edits = self.text(own, expected, came);
        let mut changes = ChildChanges::of(expected, came, &self.bindings, self.stream);
        if is_free_to_order(expected, came) && changes.is_disordered() {
            changes = changes.in_any_order();
            let at = last_in_tag(own).map_or(own.name.span.end, |last| last.end);
            edits.push(Edit::insert(
                at,
                format!(" {}", any_order(self.layout.quote)),
            ));
        }
        let is_judged = own.elements().any(|child| child.judgement().is_some());
        if changes.is_empty() && edits.is_empty() && has_only_elements(own) && !is_judged {
            return vec![emptied(own, self.source())];
        }
        edits.extend(self.children(own, expected, &changes, default));
        edits
    }

    fn text(&mut self, own: &Element, expected: &ElementPattern, came: &Received) -> Vec<Edit> {
        let text = text_of(came);
        let text = text.trim_matches(WHITE_SPACE);
        match &expected.text {
            TextPattern::Value(value) if !self.holds(value, ValueKind::Text, text) => {
                let edits = self.other_text(own, text);
                self.widen(value, text);
                edits
            }
            TextPattern::Absent if !text.is_empty() => {
                let before = self.source().slice(own.tag);
                let text = self.absent_text(expected, came, before);
                vec![Edit::insert(own.tag.end, text)]
            }
            _ => Vec::new(),
        }
    }

    // Children.

    fn children(
        &mut self,
        own: &Element,
        expected: &ElementPattern,
        changes: &ChildChanges<'_>,
        default: &str,
    ) -> Vec<Edit> {
        let expected_ones = own.elements().filter(|child| !child.is_constraint());
        let written: Vec<&Element> = expected_ones.collect();
        let is_mixed = matches!(expected.text, TextPattern::Value(_));
        let indent = self.indent_of_children(own).filter(|_| !is_mixed);
        let mut edits = Vec::new();
        for (child, change) in written.iter().zip(&changes.of_children) {
            if *change == ChildChange::Gone && child.judgement().is_none() {
                let lines = whole_lines(self.source(), child.extent).filter(|_| !is_mixed);
                edits.push(Edit::remove(lines.unwrap_or(child.extent)));
            }
        }
        for (slot, occupant) in changes.slots() {
            let indent = indent.as_deref();
            edits.extend(self.slot(
                &written,
                expected,
                changes,
                (slot, occupant),
                default,
                indent,
            ));
        }
        for (slot, newcomers) in changes.newcomers() {
            let at = slot.map_or(own.tag.end, |slot| written[slot].extent.end);
            let newcomers = newcomers.iter();
            let text = newcomers.map(|child| self.new_child(child, default, indent.as_deref()));
            edits.push(Edit::insert(at, text.collect::<String>()));
        }
        edits
    }

    /// What the children of an element are indented by, if they do not follow each other in one line.
    fn indent_of_children(&self, own: &Element) -> Option<String> {
        match own.elements().next() {
            Some(first) => self
                .source()
                .indentation(first.extent.start)
                .map(str::to_owned),
            None => {
                let indent = self.source().indentation(own.extent.start)?;
                Some(format!("{indent}{}", self.layout.unit))
            }
        }
    }

    /// What has to be changed in the place of an expected child, which is for that one or for another.
    fn slot(
        &mut self,
        written: &[&Element],
        expected: &ElementPattern,
        changes: &ChildChanges<'_>,
        (slot, occupant): (usize, usize),
        default: &str,
        indent: Option<&str>,
    ) -> Vec<Edit> {
        let own = written[occupant];
        let place = written[slot].extent;
        let text = match changes.of_children[occupant] {
            ChildChange::Gone => return Vec::new(),
            ChildChange::Replaced(_) if own.judgement().is_some() => return Vec::new(),
            ChildChange::Replaced(came) => {
                self.writer()
                    .element(changes.elements[came], default, indent)
            }
            ChildChange::Kept(came) | ChildChange::Renamed(came) => {
                let pattern = &expected.children[occupant];
                let edits = self.element(own, pattern, changes.elements[came], default);
                if slot == occupant {
                    return edits;
                }
                apply_to(self.source().text(), own.extent, &edits)
            }
        };
        vec![Edit::replace(place, text)]
    }
}

/// The name of what came, as it is written in the place of another one.
fn renamed(own: &Element, came: &Received) -> Option<String> {
    let prefix = own.name.prefix.as_ref();
    let prefix = prefix.map_or_else(String::new, |prefix| format!("{prefix}:"));
    (came.name() != own.name.local).then(|| format!("{prefix}{}", came.name()))
}

/// Whether it can be left open in which order the children of an element come.
fn is_free_to_order(expected: &ElementPattern, came: &Received) -> bool {
    let is_ordered = expected.mode == Mode::Strict && expected.order == ChildOrder::AsWritten;
    is_ordered && is_set(came)
}

/// The default namespace within an element.
fn default_within(own: &Element, around: &str) -> String {
    let mut declarations = own.declarations.iter();
    let declared = declarations.find(|declaration| declaration.prefix.is_none());
    declared.map_or_else(|| around.to_owned(), |declared| declared.uri.to_string())
}

/// Whether there is nothing but white space in an element.
fn is_hollow(own: &Element) -> bool {
    own.children.iter().all(|node| match node {
        Node::Text(text) => text.value.is_blank(),
        Node::Element(_) | Node::Comment(_) => false,
    })
}

/// Whether there is nothing but elements and white space in an element.
fn has_only_elements(own: &Element) -> bool {
    own.children.iter().all(|node| match node {
        Node::Text(text) => text.value.is_blank(),
        Node::Element(_) => true,
        Node::Comment(_) => false,
    })
}

/// Takes all content out of an element.
fn emptied(own: &Element, source: &SourceFile) -> Edit {
    let tag = source.slice(own.tag);
    let head = tag.strip_suffix('>').unwrap_or(tag);
    let start = own.tag.start + head.trim_end_matches(WHITE_SPACE).len();
    Edit::replace(Span::new(start, own.extent.end), "/>")
}
