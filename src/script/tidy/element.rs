//! An element with its tags in order; what is between them stays.

use crate::script::ast::{Attribute, Declaration, Element};
use crate::script::display;
use crate::source::{SourceFile, Span};

/// How an element is written, which is a part of the file.
pub(super) fn written(element: &Element, source: &SourceFile) -> String {
    let mut text = String::new();
    write(&mut text, element, source);
    text
}

fn write(out: &mut String, element: &Element, source: &SourceFile) {
    let text = source.slice(element.extent);
    let is_whole = element.extent.end > element.tag.end;
    let is_empty = is_whole && element.children.is_empty();
    start_tag(out, element, source, is_empty);
    if !is_whole || is_empty {
        return;
    }
    let mut at = element.tag.end;
    for child in element.elements() {
        out.push_str(source.slice(Span::new(at, child.extent.start)));
        write(out, child, source);
        at = child.extent.end;
    }
    let end = element.extent.start + text.rfind("</").unwrap_or(text.len());
    out.push_str(source.slice(Span::new(at, end)));
    out.push_str("</");
    out.push_str(source.slice(element.name.span));
    out.push('>');
}

/// Writes a start tag, as that of an empty element if it is one whose end tag can be left out.
fn start_tag(out: &mut String, element: &Element, source: &SourceFile, is_empty: bool) {
    out.push('<');
    out.push_str(source.slice(element.name.span));
    let mut at = element.name.span.end;
    for item in items(element) {
        let span = item.span();
        out.push_str(gap(source.slice(Span::new(at, span.start)), " "));
        item.write(out, source);
        at = span.end;
    }
    let rest = source.slice(Span::new(at, element.tag.end));
    let closed = rest.strip_suffix("/>");
    let blanks = closed.or(rest.strip_suffix('>')).unwrap_or(rest);
    out.push_str(gap(blanks, ""));
    out.push_str(match is_empty || closed.is_some() {
        true => "/>",
        false => ">",
    });
}

/// What stands between two attributes: if they are on several lines, what stood there.
fn gap<'t>(text: &'t str, blank: &'t str) -> &'t str {
    match text.contains('\n') {
        true => text,
        false => blank,
    }
}

/// What a start tag has behind its name.
enum Item<'e> {
    Declaration(&'e Declaration),
    Attribute(&'e Attribute),
}

/// The items of a tag, in the order of the text.
fn items(element: &Element) -> Vec<Item<'_>> {
    let declarations = element.declarations.iter().map(Item::Declaration);
    let attributes = element.attributes.iter().map(Item::Attribute);
    let mut items: Vec<Item<'_>> = declarations.chain(attributes).collect();
    items.sort_by_key(Item::span);
    items
}

impl Item<'_> {
    fn span(&self) -> Span {
        match self {
            Item::Declaration(declaration) => declaration.span,
            Item::Attribute(attribute) => attribute.span,
        }
    }

    fn write(&self, out: &mut String, source: &SourceFile) {
        match self {
            Item::Declaration(declaration) => out.push_str(&display::declaration(declaration)),
            Item::Attribute(Attribute {
                name, value, quote, ..
            }) => {
                out.push_str(source.slice(name.span));
                out.push('=');
                out.push(*quote);
                out.push_str(source.slice(value.span));
                out.push(*quote);
            }
        }
    }
}
