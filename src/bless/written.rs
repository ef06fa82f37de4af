//! Elements that came, written as an author would write them.

use minidom::{Element, Node};

use super::layout::Layout;
use super::unordered::{any_order, is_set};
use super::values::Values;
use crate::escape::WHITE_SPACE;
use crate::matcher::{Bindings, text_of};
use crate::ns;
use crate::script::display;

/// Writes elements.
pub(super) struct Writer<'a> {
    pub(super) values: &'a Values<'a>,
    pub(super) layout: &'a Layout,
    pub(super) bindings: &'a Bindings,
}

impl Writer<'_> {
    /// An element over as many lines as it needs, of which the later ones are indented by `indent`; without an
    /// indentation all of it stands in one line. A namespace is declared where it is not the default one.
    pub(super) fn element(&self, element: &Element, default: &str, indent: Option<&str>) -> String {
        let mut out = String::new();
        self.write(element, default, indent, &mut out);
        out
    }

    fn write(&self, element: &Element, default: &str, indent: Option<&str>, out: &mut String) {
        let namespace = element.ns();
        out.push('<');
        out.push_str(element.name());
        if namespace != default {
            out.push_str(&self.declaration("xmlns", &namespace));
        }
        for ((namespace, name), value) in element.attrs() {
            out.push_str(&self.attribute(namespace.as_str(), name.as_str(), value));
        }
        if is_set(element) && element.children().count() > 1 {
            out.push(' ');
            out.push_str(&any_order(self.layout.quote));
        }
        let text = text_of(element);
        let text = text.trim_matches(WHITE_SPACE);
        match (element.children().next(), text) {
            (None, "") => return out.push_str("/>"),
            (None, text) => {
                out.push('>');
                out.push_str(&self.values.text(text, None, out, self.bindings));
            }
            (Some(_), "") => {
                out.push('>');
                self.children(element, &namespace, indent, out);
            }
            (Some(_), _) => {
                out.push('>');
                self.mixed(element, &namespace, out);
            }
        }
        out.push_str("</");
        out.push_str(element.name());
        out.push('>');
    }

    fn children(&self, element: &Element, default: &str, indent: Option<&str>, out: &mut String) {
        let deeper = indent.map(|indent| format!("{indent}{}", self.layout.unit));
        for child in element.children() {
            if let Some(deeper) = &deeper {
                out.push('\n');
                out.push_str(deeper);
            }
            self.write(child, default, deeper.as_deref(), out);
        }
        if let Some(indent) = indent {
            out.push('\n');
            out.push_str(indent);
        }
    }

    /// White space between text and elements is text, so none is added.
    fn mixed(&self, element: &Element, default: &str, out: &mut String) {
        for node in element.nodes() {
            match node {
                Node::Element(child) => self.write(child, default, None, out),
                Node::Text(text) => out.push_str(&self.values.plain_text(text, out)),
            }
        }
    }

    /// An attribute with the blank before it.
    pub(super) fn attribute(&self, namespace: &str, name: &str, value: &str) -> String {
        let quote = self.layout.quote;
        let written = self
            .values
            .attribute(name, value, None, quote, self.bindings);
        match namespace {
            "" => format!(" {name}={quote}{written}{quote}"),
            ns::XML => format!(" xml:{name}={quote}{written}{quote}"),
            // Several attributes of one element can be in namespaces, and each prefix is declared only once.
            other => {
                let prefix = format!("of-{name}");
                let declaration = self.declaration(&format!("xmlns:{prefix}"), other);
                format!("{declaration} {prefix}:{name}={quote}{written}{quote}")
            }
        }
    }

    fn declaration(&self, name: &str, namespace: &str) -> String {
        let quote = self.layout.quote;
        let namespace = display::attribute_value(namespace, quote);
        format!(" {name}={quote}{namespace}{quote}")
    }
}
