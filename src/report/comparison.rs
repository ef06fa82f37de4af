//! What was expected and what came, printed the same way and laid over each other: what both have once, and where they
//! differ a line of each. What the expectation does not mention is dimmed.

use std::ops::Range;

use colored::Colorize;
use similar::{ChangeTag, DiffOp, InlineChange, TextDiff};

use super::xml::{attribute, attribute_name, text_of};
use crate::diagnostic::Color;
use crate::matcher::{Mention, Side, SideValue};
use crate::visible::harmless;

/// How many lines that do not differ are shown before and after one that does, where not all are shown.
const CONTEXT: usize = 3;

/// Of how many lines all are shown.
const SHORT: usize = 20;

/// A line of an element, and what of it is not mentioned by the expectation.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: String,
    dim: Vec<Range<usize>>,
}

impl Line {
    fn indented(depth: usize) -> Self {
        Self {
            text: "  ".repeat(depth),
            dim: Vec::new(),
        }
    }

    fn push(&mut self, text: &str, mention: Mention) {
        let start = self.text.len();
        self.text.push_str(text);
        if mention == Mention::Unmentioned {
            self.dim.push(start..self.text.len());
        }
    }

    /// The line, dimmed where it should be.
    fn painted(&self, color: Color) -> String {
        if color == Color::Plain {
            return self.text.clone();
        }
        let (mut painted, mut at) = (String::new(), 0);
        for range in &self.dim {
            painted.push_str(&self.text[at..range.start]);
            painted.push_str(&self.text[range.clone()].dimmed().to_string());
            at = range.end;
        }
        painted + &self.text[at..]
    }
}

/// An element over as many lines as it needs; namespaces are shown where they change.
pub(super) fn lines(side: &Side, stream_namespace: &str) -> Vec<Line> {
    let mut printer = Printer::default();
    printer.element(side, stream_namespace, 0);
    printer.lines.push(printer.line);
    printer.lines
}

#[derive(Default)]
struct Printer {
    lines: Vec<Line>,
    line: Line,
}

impl Printer {
    fn element(&mut self, side: &Side, parent_namespace: &str, depth: usize) {
        self.push(&format!("<{}", side.name), side.mention);
        if side.namespace != parent_namespace && !side.name.contains(':') {
            let namespace = format!(" xmlns=\"{}\"", attribute(&side.namespace));
            self.push(&namespace, side.mention);
        }
        for own in &side.attributes {
            let name = attribute_name(&own.namespace, &own.name);
            self.push(
                &format!(" {name}=\"{}\"", in_attribute(&own.value)),
                own.mention,
            );
        }
        match (&side.text, side.children.is_empty()) {
            (None, true) => self.push("/>", side.mention),
            (Some((text, mention)), true) => {
                self.push(">", side.mention);
                self.text(text, *mention);
                self.push(&format!("</{}>", side.name), side.mention);
            }
            (text, false) => {
                self.push(">", side.mention);
                if let Some((text, mention)) = text {
                    self.feed(depth + 1);
                    self.text(text, *mention);
                }
                // Elements of the language's own are no part of what could come.
                let around = match side.name.contains(':') {
                    true => parent_namespace,
                    false => &side.namespace,
                };
                for child in &side.children {
                    self.feed(depth + 1);
                    self.element(child, around, depth + 1);
                }
                self.feed(depth);
                self.push(&format!("</{}>", side.name), side.mention);
            }
        }
    }

    /// Text of several lines stays as it is, so that it can be compared line by line.
    fn text(&mut self, text: &SideValue, mention: Mention) {
        for (number, line) in in_text(text).split('\n').enumerate() {
            if number > 0 {
                self.feed(0);
            }
            self.push(line, mention);
        }
    }

    fn push(&mut self, text: &str, mention: Mention) {
        self.line.push(text, mention);
    }

    fn feed(&mut self, depth: usize) {
        let done = std::mem::replace(&mut self.line, Line::indented(depth));
        self.lines.push(done);
    }
}

fn in_attribute(value: &SideValue) -> String {
    match value {
        SideValue::Came(value) => attribute(value),
        // Wildcards are not XML, and to be read rather than sent.
        SideValue::Expected(value) => harmless(value),
    }
}

fn in_text(value: &SideValue) -> String {
    match value {
        SideValue::Came(value) => text_of(value),
        SideValue::Expected(value) => harmless(value),
    }
}

/// Both sides, laid over each other; none if there is no difference to be seen.
pub(super) fn draw(
    (expected, received): &(Side, Side),
    stream_namespace: &str,
    color: Color,
) -> Option<String> {
    let expected = lines(expected, stream_namespace);
    let received = lines(received, stream_namespace);
    let texts = |lines: &[Line]| {
        lines
            .iter()
            .map(|line| line.text.clone())
            .collect::<Vec<_>>()
    };
    let (old, new) = (texts(&expected), texts(&received));
    let (old, new): (Vec<&str>, Vec<&str>) = (
        old.iter().map(String::as_str).collect(),
        new.iter().map(String::as_str).collect(),
    );
    let diff = TextDiff::from_slices(&old, &new);
    let is_short = received.len() <= SHORT;
    let groups = diff.grouped_ops(if is_short { SHORT } else { CONTEXT });
    if groups.is_empty() {
        return None;
    }
    let drawing = Drawing {
        received: &received,
        color,
    };
    let mut drawn = Vec::new();
    let mut at = 0;
    for group in &groups {
        let (first, last) = (group.first()?, group.last()?);
        drawn.extend(omitted(first.new_range().start - at));
        at = last.new_range().end;
        for op in group {
            drawn.extend(drawing.changes(&diff, op));
        }
    }
    drawn.extend(omitted(received.len() - at));
    Some(drawn.join("\n"))
}

fn omitted(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("  … 1 line that does not differ".to_owned()),
        count => Some(format!("  … {count} lines that do not differ")),
    }
}

struct Drawing<'a> {
    received: &'a [Line],
    color: Color,
}

impl Drawing<'_> {
    fn changes(&self, diff: &TextDiff<'_, '_, str>, op: &DiffOp) -> Vec<String> {
        let changes = diff.iter_inline_changes(op);
        changes.map(|change| self.line(&change)).collect()
    }

    fn line(&self, change: &InlineChange<'_, str>) -> String {
        match (change.tag(), change.new_index()) {
            (ChangeTag::Equal, Some(index)) => {
                format!("  {}", self.received[index].painted(self.color))
            }
            (ChangeTag::Delete, _) => self.changed('-', change),
            _ => self.changed('+', change),
        }
    }

    /// A line that differs, with what differs in it brought out.
    fn changed(&self, mark: char, change: &InlineChange<'_, str>) -> String {
        let mut line = self.paint(&format!("{mark} "), change.tag(), false);
        for (emphasised, text) in change.iter_strings_lossy() {
            line.push_str(&self.paint(&text, change.tag(), emphasised));
        }
        line
    }

    fn paint(&self, text: &str, tag: ChangeTag, emphasised: bool) -> String {
        if self.color == Color::Plain {
            return text.to_owned();
        }
        let painted = match tag {
            ChangeTag::Delete => text.red(),
            _ => text.green(),
        };
        match emphasised {
            true => painted.bold().underline().to_string(),
            false => painted.to_string(),
        }
    }
}

/// An element as it came, in one line.
pub(super) fn one_line(side: &Side, stream_namespace: &str) -> String {
    let lines = lines(side, stream_namespace);
    let lines: Vec<&str> = lines.iter().map(|line| line.text.trim()).collect();
    lines.concat()
}

/// An element as it came, over as many lines as it needs.
pub(super) fn pretty(side: &Side, stream_namespace: &str) -> String {
    let lines = lines(side, stream_namespace);
    let lines: Vec<String> = lines.into_iter().map(|line| line.text).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use minidom::Element;

    use super::*;
    use crate::matcher::{
        Bindings, ChildOrder, ElementPattern, Mode, Pattern, TextPattern, received, side_by_side,
    };
    use crate::ns;
    use crate::source::Span;

    fn element(xml: &str) -> Element {
        xml.parse().unwrap()
    }

    #[test]
    fn namespaces_are_shown_where_they_change() {
        let element = element(
            "<message xmlns='jabber:client' to='a'>\n <body>x &lt; y</body><x xmlns='urn:x'><y/></x></message>",
        );
        assert_eq!(
            pretty(&received(&element, Mention::Mentioned), ns::CLIENT),
            "<message to=\"a\">\n  <body>x &lt; y</body>\n  <x xmlns=\"urn:x\">\n    <y/>\n  </x>\n</message>"
        );
    }

    fn pattern(name: &str, children: Vec<Pattern>) -> Pattern {
        let span = Span::new(0, 0);
        Pattern::Element(Box::new(ElementPattern {
            namespace: ns::CLIENT.to_owned(),
            name: name.to_owned(),
            mode: Mode::NonStrict,
            order: ChildOrder::AsWritten,
            attributes: Vec::new(),
            absent: Vec::new(),
            text: TextPattern::Free,
            children,
            constraints: Vec::new(),
            tag: span,
            extent: span,
            name_span: span,
        }))
    }

    #[test]
    fn what_is_not_mentioned_is_no_difference() {
        let came = element("<message xmlns='jabber:client' id='1'><a/><b><c/></b></message>");
        let expected = pattern("message", vec![pattern("a", vec![]), pattern("d", vec![])]);
        let sides = side_by_side(&expected, &came, &Bindings::new());
        assert_eq!(
            draw(&sides, ns::CLIENT, Color::Plain).unwrap(),
            "  <message id=\"1\">\n    <a/>\n    <b>\n      <c/>\n    </b>\n-   <d/>\n  </message>"
        );
        let all_there = pattern("message", vec![pattern("b", vec![])]);
        let sides = side_by_side(&all_there, &came, &Bindings::new());
        assert_eq!(draw(&sides, ns::CLIENT, Color::Plain), None);
    }

    #[test]
    fn what_is_not_mentioned_is_dimmed() {
        let came = element("<message xmlns='jabber:client' id='1'><a/></message>");
        let expected = pattern("message", Vec::new());
        let (_, came) = side_by_side(&expected, &came, &Bindings::new());
        let dimmed: Vec<String> = lines(&came, ns::CLIENT)
            .into_iter()
            .flat_map(|line| {
                let parts = line.dim.clone().into_iter();
                parts.map(move |range| line.text[range].to_owned())
            })
            .collect();
        assert_eq!(dimmed, [" id=\"1\"", "<a", "/>"]);
    }

    #[test]
    fn of_long_elements_only_what_differs_and_its_neighbours_are_shown() {
        let children: String = (0..50).map(|number| format!("<n{number}/>")).collect();
        let came = element(&format!("<iq xmlns='jabber:client'>{children}</iq>"));
        let names = (0..51).map(|number| pattern(&format!("n{number}"), vec![]));
        let expected = pattern("iq", names.collect());
        let sides = side_by_side(&expected, &came, &Bindings::new());
        assert_eq!(
            draw(&sides, ns::CLIENT, Color::Plain).unwrap(),
            "  … 48 lines that do not differ\n    <n47/>\n    <n48/>\n    <n49/>\n-   <n50/>\n  </iq>"
        );
    }
}
