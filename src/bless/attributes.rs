//! What has to be changed in the attributes of an element.

use minidom::Element as Received;

use super::edit::Edit;
use super::layout::last_in_tag;
use super::rewrite::Rewriter;
use crate::escape::WHITE_SPACE;
use crate::matcher::{AttributePattern, ElementPattern, Mode, ValueKind, attribute_of};
use crate::ns;
use crate::script::ast::{Attribute, Element};
use crate::source::Span;

impl Rewriter<'_> {
    /// What has to be changed in the attributes of an element.
    pub(super) fn attributes(
        &mut self,
        own: &Element,
        expected: &ElementPattern,
        came: &Received,
    ) -> Vec<Edit> {
        let written = own.attributes.iter();
        let written = written.filter(|attribute| attribute.name.namespace.as_ref() != ns::SCANSION);
        let mut edits = Vec::new();
        for (attribute, pattern) in written.zip(&expected.attributes) {
            edits.extend(match attribute_of(came, pattern) {
                Some(value) => self.attribute(attribute, pattern, value),
                None => Some(Edit::remove(self.with_blanks(attribute.span))),
            });
        }
        if expected.mode == Mode::Strict {
            edits.extend(self.more_attributes(own, expected, came));
        }
        edits
    }

    fn attribute(
        &mut self,
        own: &Attribute,
        pattern: &AttributePattern,
        came: &str,
    ) -> Option<Edit> {
        if self.holds(&pattern.value, ValueKind::Attribute, came) {
            return None;
        }
        let (name, value) = (&pattern.name, Some(&own.value));
        let text = self
            .values
            .attribute(name, came, value, own.quote, &self.bindings);
        self.widen(&pattern.value, came);
        Some(Edit::replace(own.value.span, text))
    }

    /// An attribute with the white space before it, unless that ends a comment line.
    fn with_blanks(&self, attribute: Span) -> Span {
        let before = &self.source().text()[..attribute.start];
        let start = before.trim_end_matches(WHITE_SPACE).len();
        let ends_comment = |comment: &Span| comment.start < attribute.start && comment.end > start;
        match self.omitted.iter().any(ends_comment) {
            true => attribute,
            false => Span::new(start, attribute.end),
        }
    }

    /// The attributes that a strict element lacks, behind those it has and laid out like the last of them.
    fn more_attributes(
        &self,
        own: &Element,
        expected: &ElementPattern,
        came: &Received,
    ) -> Option<Edit> {
        let is_expected = |namespace: &str, name: &str| {
            let mut attributes = expected.attributes.iter();
            let mut absent = expected.absent.iter();
            attributes.any(|attribute| attribute.namespace == namespace && attribute.name == name)
                || absent.any(|absent| absent.namespace == namespace && absent.name == name)
        };
        let mut text = String::new();
        let blank = self.blank_before_last(own);
        for ((namespace, name), value) in came.attrs() {
            let (namespace, name) = (namespace.as_str(), name.as_str());
            if !is_expected(namespace, name) {
                text.push_str(blank);
                text.push_str(self.writer().attribute(namespace, name, value).trim_start());
            }
        }
        let at = last_in_tag(own).map_or(own.name.span.end, |last| last.end);
        (!text.is_empty()).then(|| Edit::insert(at, text))
    }

    /// The white space before the last attribute.
    fn blank_before_last(&self, own: &Element) -> &str {
        let Some(last) = last_in_tag(own) else {
            return " ";
        };
        let start = self.with_blanks(last).start;
        Some(&self.source().text()[start..last.start])
            .filter(|blank| !blank.is_empty())
            .unwrap_or(" ")
    }
}
