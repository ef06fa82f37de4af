//! Text with places that are filled in when the time comes.

use thiserror::Error;

use super::resolver::{Resolver, with_next};
use crate::escape;
use crate::matcher::Bindings;
use crate::raw_text;
use crate::script::ast::{Element, Node, Piece, Stanza, Text, TextKind, Value};
use crate::source::Span;

/// Text with places for the values of variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Value {
        name: String,
        source: Source,
        context: Context,
        span: Span,
    },
}

/// How the script names a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Variable,
    Wildcard,
}

/// What a filled-in value stands in, which decides how it is written (XML 1.0 §2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Attribute,
    Text,
    Cdata,
    /// Not XML: the value as it is.
    Raw,
    /// A text in which bytes are written behind backslashes.
    Bytes,
}

/// A variable that should be filled in and does not have a value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{name}` has no value yet")]
pub struct Unbound {
    /// The variable.
    pub name: String,
    /// Where the script uses it.
    pub span: Span,
}

impl Template {
    /// The text with all values filled in.
    ///
    /// # Errors
    ///
    /// When a variable does not have a value.
    pub fn fill(&self, bindings: &Bindings) -> Result<String, Unbound> {
        self.fill_from(bindings, bindings)
    }

    /// The text with all values filled in, where wildcards have values of their own.
    ///
    /// # Errors
    ///
    /// When a variable or wildcard does not have a value.
    pub fn fill_from(&self, variables: &Bindings, wildcards: &Bindings) -> Result<String, Unbound> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Value {
                    name,
                    source,
                    context,
                    span,
                } => {
                    let values = match source {
                        Source::Variable => variables,
                        Source::Wildcard => wildcards,
                    };
                    let value = values.get(name).ok_or_else(|| Unbound {
                        name: name.clone(),
                        span: *span,
                    })?;
                    push_escaped(&mut text, value, *context);
                }
            }
        }
        Ok(text)
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

/// What a part of a stanza's text becomes; nothing where it is left out.
type Change = (Span, Option<Part>);

impl Resolver<'_> {
    /// The text of a stanza as the author wrote it, to the letter, but for what is not for the wire.
    pub(super) fn stanza_template(&self, stanza: &Stanza) -> Template {
        let mut changes: Vec<Change> = stanza.omitted.iter().map(|span| (*span, None)).collect();
        self.change_values(&stanza.element, &mut changes);
        changes.sort_by_key(|(span, _)| *span);
        let text = |from, to| self.source().slice(Span::new(from, to));
        let mut parts = Vec::new();
        let mut at = stanza.element.extent.start;
        for (span, part) in changes {
            // A variable may stand in an attribute that is left out as a whole.
            if span.start < at {
                continue;
            }
            push_text(&mut parts, text(at, span.start));
            parts.extend(part);
            at = span.end;
        }
        push_text(&mut parts, text(at, stanza.element.extent.end));
        Template { parts }
    }

    /// A value by itself, without any quoting.
    pub(super) fn value_template(&self, value: &Value) -> Template {
        let parts = self.value_parts(value, Context::Raw).collect();
        Template { parts }
    }

    /// A text that need not be XML, as the author wrote it.
    pub(super) fn raw_template(&self, text: &Stanza) -> Template {
        let values = text.values().into_iter();
        let parts = values.flat_map(|value| self.value_parts(value, Context::Bytes));
        let parts = parts.collect();
        Template { parts }
    }

    fn value_parts(&self, value: &Value, context: Context) -> impl Iterator<Item = Part> {
        with_next(&value.pieces).filter_map(move |(piece, next)| match piece {
            Piece::Literal(text) => Some(Part::Text(self.literal(&text.value, next).into_owned())),
            piece => variable(piece, context),
        })
    }

    /// Finds what is not sent as the author wrote it.
    fn change_values(&self, element: &Element, changes: &mut Vec<Change>) {
        self.change_name(element, changes);
        change_namespaces(element, changes);
        for attribute in &element.attributes {
            self.change_pieces(&attribute.value, Context::Attribute, changes);
        }
        for child in &element.children {
            match child {
                Node::Element(child) => self.change_values(child, changes),
                Node::Text(text) => self.change_pieces(&text.value, Context::of(text), changes),
                Node::Comment(_) => {}
            }
        }
    }

    /// A name that stood in a cell is another one than the text has.
    fn change_name(&self, element: &Element, changes: &mut Vec<Change>) {
        let name = element.name.written();
        if self.source().slice(element.name.span) == name {
            return;
        }
        let mut change = |span| changes.push((span, Some(Part::Text(name.clone()))));
        change(element.name.span);
        if element.extent != element.tag {
            change(self.end_name(element.extent));
        }
    }

    /// Where the name stands in the end tag of an element.
    fn end_name(&self, element: Span) -> Span {
        let text = self.source().slice(element);
        let start = text.rfind("</").map_or(text.len(), |at| at + 2);
        let name = text[start..].trim_end_matches('>').trim_end();
        Span::new(element.start + start, element.start + start + name.len())
    }

    /// A value into which cells were filled is written anew, in the place of the one in the text.
    fn change_value(&self, value: &Value, context: Context, changes: &mut Vec<Change>) {
        changes.push((value.span, None));
        let behind = Span::new(value.span.end, value.span.end);
        for (piece, next) in with_next(&value.pieces) {
            let part = match piece {
                Piece::Literal(text) => {
                    let mut written = String::new();
                    push_escaped(&mut written, &self.literal(&text.value, next), context);
                    Some(Part::Text(written))
                }
                piece => variable(piece, context),
            };
            changes.push((behind, part));
        }
    }

    fn change_pieces(&self, value: &Value, context: Context, changes: &mut Vec<Change>) {
        if value.is_filled() {
            return self.change_value(value, context, changes);
        }
        for (piece, next) in with_next(&value.pieces) {
            let part = match piece {
                Piece::Literal(text) => self.written(text.span, next).map(Part::Text),
                piece => variable(piece, context),
            };
            if let Some(part) = part {
                changes.push((piece.span(), Some(part)));
            }
        }
    }
}

/// A namespace into which cells were filled is no name that could be changed otherwise.
fn change_namespaces(element: &Element, changes: &mut Vec<Change>) {
    let declarations = element.declarations.iter();
    for own in declarations.filter(|own| own.value.is_filled()) {
        let uri = escape::attribute(&own.uri);
        changes.push((own.value.span, Some(Part::Text(uri))));
    }
}

impl Context {
    fn of(text: &Text) -> Self {
        match text.kind {
            TextKind::Plain => Context::Text,
            TextKind::Cdata => Context::Cdata,
        }
    }
}

fn variable(piece: &Piece, context: Context) -> Option<Part> {
    let (name, source) = match piece {
        Piece::Variable(variable) => (variable.value.to_string(), Source::Variable),
        Piece::Wildcard(wildcard) => (wildcard.value.name.clone()?, Source::Wildcard),
        Piece::Literal(_) | Piece::Any(_) | Piece::Capture(_) => return None,
    };
    let span = piece.span();
    Some(Part::Value {
        name,
        source,
        context,
        span,
    })
}

fn push_escaped(text: &mut String, value: &str, context: Context) {
    match context {
        Context::Raw => text.push_str(value),
        Context::Bytes => text.push_str(&raw_text::value(value)),
        // The one thing that cannot stand in a CDATA section is its end; it is spread over two sections.
        Context::Cdata => text.push_str(&value.replace("]]>", "]]]]><![CDATA[>")),
        Context::Attribute => text.push_str(&escape::attribute(value)),
        Context::Text => text.push_str(&escape::text(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanOptions;
    use crate::script::read;
    use crate::source::SourceFile;

    /// The template of the only stanza of a `sends` block.
    #[track_caller]
    fn template(block: &str) -> Template {
        let cast = "[Client] A\n\tjid: a@localhost\n\tresource: r\n\n---\n\n";
        let receives = "A receives:\n\t<message id='$<x>'/>\n\n";
        let block = block.replace('\n', "\n\t");
        let text = format!("{cast}A connects\n\n{receives}A sends:\n\t{block}\n");
        let script = read(SourceFile::new("test.scs", &text)).script;
        let sends = script.story.last().unwrap();
        let options = PlanOptions::default();
        let resolver = Resolver::new(&script, &options).unwrap();
        resolver.stanza_template(sends.verb.stanzas()[0])
    }

    fn bindings(value: &str) -> Bindings {
        Bindings::new()
            .with("x", value)
            .with("A's JID", "a@localhost")
    }

    #[track_caller]
    fn assert_sent(block: &str, value: &str, sent: &str) {
        assert_eq!(template(block).fill(&bindings(value)).unwrap(), sent);
    }

    #[test]
    fn a_stanza_is_sent_to_the_letter() {
        let stanza = "<p:message  xmlns:p='jabber:client' to=\"b\" id = 'it&apos;s'  >\n  <body>&#x41; &amp;\n\n</body><![CDATA[<x>]]></p:message >";
        assert_sent(stanza, "", &stanza.replace('\n', "\n\t"));
    }

    #[test]
    fn what_is_not_for_the_wire_is_left_out() {
        assert_sent(
            "<message scansion:strict='true' to='b'><!-- no -->\n# neither\n<body/></message>",
            "",
            "<message to='b'>\n\t<body/></message>",
        );
    }

    #[test]
    fn values_are_written_as_their_place_needs() {
        assert_sent(
            "<message id='${x}' to=\"a-$<x>\"><body>${x}</body><![CDATA[${x}]]></message>",
            "<&\"'>]]>",
            "<message id='&lt;&amp;&quot;&apos;&gt;]]&gt;' to=\"a-&lt;&amp;&quot;&apos;&gt;]]&gt;\">\
             <body>&lt;&amp;\"'&gt;]]&gt;</body><![CDATA[<&\"'>]]]]><![CDATA[>]]></message>",
        );
        assert_sent(
            "<message id='${x}'>${x}</message>",
            "a\n\tb",
            "<message id='a&#10;&#9;b'>a\n\tb</message>",
        );
        assert_sent(
            "<message to=\"${A's JID}\"/>",
            "",
            "<message to=\"a@localhost\"/>",
        );
    }

    /// A stanza that is sent, in which `a` is `<1>`, `e` an empty cell, `n` is `name`, and `j` is `a@localhost/${x}`.
    #[track_caller]
    fn assert_filled(block: &str, sent: &str) {
        let table = "[Cases]\n\t|a|e|n|j|\n\t|<1>||name|a@localhost/${x}|\n";
        let receives = "A connects\nA receives:\n\t<message id='$<x>'/>\n";
        let cast = "[Client] A\n\tjid: a@localhost\n---\n";
        let text = format!("{table}{cast}{receives}A sends:\n\t{block}\n");
        let reading = read(SourceFile::new("test.scs", &text));
        let mut options = PlanOptions::default();
        options.renaming.suffix = Some("-1".to_owned());
        let resolver = Resolver::new(reading.play(), &options).unwrap();
        let sends = reading.play().story.last().unwrap();
        let template = resolver.stanza_template(sends.verb.stanzas()[0]);
        assert_eq!(template.fill(&bindings("'x'")).unwrap(), sent);
    }

    #[test]
    fn cells_are_written_as_their_place_needs() {
        assert_filled(
            "<m  to='${e}' a='b${a}&#x41;' id=\"&#x41;\">\n\t\t${a}<![CDATA[${a}]]><${n}  b='c'>d</${n} ></m>",
            "<m a='b&lt;1&gt;A' id=\"&#x41;\">\n\t\t&lt;1&gt;<![CDATA[<1>]]><name  b='c'>d</name ></m>",
        );
        assert_filled("<${n} a='${e}' />", "<name />");
        assert_filled(
            "<p:${n} xmlns:p='u'></p:${n}>",
            "<p:name xmlns:p='u'></p:name>",
        );
        assert_filled(
            "<m xmlns='${e}' xmlns:p=\"u:${n}&amp;${a}\"  xmlns:q='&#x41;'/>",
            "<m xmlns:p=\"u:name&amp;&lt;1&gt;\"  xmlns:q='&#x41;'/>",
        );
        assert_filled(
            "<m xmlns='a@localhost/${n}'/>",
            "<m xmlns='a@localhost/name'/>",
        );
        assert_filled("<m to='${j}/'/>", "<m to='a-1@localhost/&apos;x&apos;/'/>");
    }

    #[test]
    fn a_variable_without_value_is_named_with_its_place() {
        let unbound = template("<message id='${x}'/>")
            .fill(&Bindings::new())
            .unwrap_err();
        assert_eq!(unbound.name, "x");
        assert_eq!(unbound.span.end - unbound.span.start, "${x}".len());
    }
}
