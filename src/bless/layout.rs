//! How a block is laid out: its indentation and its quotes.

use crate::script::ast::Element;
use crate::source::{SourceFile, Span};

/// The habits of an author, as far as one block shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// What one level of nesting is indented by.
    pub(super) unit: String,
    /// The quotes around attributes.
    pub(super) quote: char,
}

impl Layout {
    /// The layout of a stanza.
    pub(super) fn of(source: &SourceFile, stanza: &Element) -> Self {
        let indent = source.indentation(stanza.extent.start).unwrap_or("\t");
        Self {
            unit: unit(indent, source.slice(stanza.extent)).to_owned(),
            quote: quote(source, stanza).unwrap_or('"'),
        }
    }
}

/// The quotes of the first attribute or declaration.
fn quote(source: &SourceFile, element: &Element) -> Option<char> {
    let attributes = element.attributes.iter().map(|attribute| attribute.span);
    let declarations = element.declarations.iter();
    let declarations = declarations.map(|declaration| declaration.span);
    match attributes.chain(declarations).min() {
        Some(first) => source.slice(first).chars().next_back(),
        None => element.elements().find_map(|child| quote(source, child)),
    }
}

/// What the second line of a block is indented by more than the first; if it is not, what the first one is.
fn unit<'a>(first: &'a str, block: &'a str) -> &'a str {
    let lines = block.lines().skip(1);
    let indents =
        lines.map(|line| &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]);
    let mut more = indents.filter_map(|indent| indent.strip_prefix(first));
    more.find(|more| !more.is_empty()).unwrap_or(first)
}

/// A part of a block with the rest of its lines, if there is nothing else in them: from the line end before it to the
/// one after it.
pub(super) fn whole_lines(source: &SourceFile, part: Span) -> Option<Span> {
    let indent = source.indentation(part.start)?;
    let after = &source.text()[part.end..];
    let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
    let ends = after[blanks..].is_empty() || after[blanks..].starts_with('\n');
    let start = (part.start - indent.len()).checked_sub(1)?;
    ends.then(|| Span::new(start, part.end + blanks))
}

/// The last attribute or declaration of an element.
pub(super) fn last_in_tag(own: &Element) -> Option<Span> {
    let attributes = own.attributes.iter().map(|attribute| attribute.span);
    let declarations = own.declarations.iter().map(|declaration| declaration.span);
    attributes.chain(declarations).max()
}
