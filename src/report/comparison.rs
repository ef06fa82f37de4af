//! What was expected and what came, printed the same way and laid over each other: what both have once, and where they
//! differ a line of each. What the expectation does not mention is dimmed.

use std::ops::Range;

use colored::Colorize;
use similar::{ChangeTag, InlineChange, TextDiff};

use super::model::{ComparedLine, LinePart, WhichSide};
use super::stanza_error::ERROR;
use super::xml::{attribute, attribute_name, text_of};
use crate::diagnostic::Color;
use crate::matcher::{Mention, Side, SideValue};
use crate::ns;
use crate::visible::harmless;
use crate::wrapping::{elided, shortened};

/// How many lines that do not differ are shown before and after one that does, where not all are shown.
const CONTEXT: usize = 3;

/// Of how many lines all are shown.
const SHORT: usize = 20;

/// How many characters of a line are shown on the screen, or of what differs in it.
const LONGEST: usize = 2000;

/// A line of an element, and what of it is not mentioned by the expectation.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: String,
    dim: Vec<Range<usize>>,
    /// Whether it is part of what a stanza says of an error.
    is_error: bool,
}

impl Line {
    fn indented(depth: usize) -> Self {
        Self {
            text: "  ".repeat(depth),
            ..Self::default()
        }
    }

    fn push(&mut self, text: &str, mention: Mention) {
        let start = self.text.len();
        self.text.push_str(text);
        if mention == Mention::Unmentioned {
            self.dim.push(start..self.text.len());
        }
    }

    /// The line, dimmed where it should be, unless it is too long to be read.
    fn painted(&self, color: Color) -> String {
        if color == Color::Plain || self.text.len() > LONGEST {
            return shortened(&self.text, LONGEST);
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
    /// Whether it is within what a stanza says of an error.
    is_in_error: bool,
}

impl Printer {
    fn element(&mut self, side: &Side, parent_namespace: &str, depth: usize) {
        if side.namespace == ns::STREAM && side.name == "stream" {
            return self.header(side);
        }
        self.push(&format!("<{}", side.name), side.mention);
        let is_told = side.namespace != parent_namespace || side.is_namesake;
        if is_told && !side.name.contains(':') {
            let namespace = format!(" xmlns=\"{}\"", attribute(&side.namespace));
            self.push(&namespace, side.mention);
        }
        self.attributes(side);
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
                    self.is_in_error |= depth == 0 && child.name == ERROR;
                    self.feed(depth + 1);
                    self.element(child, around, depth + 1);
                    self.is_in_error &= depth > 0;
                }
                self.feed(depth);
                self.push(&format!("</{}>", side.name), side.mention);
            }
        }
    }

    /// The header of a stream, as it is written.
    fn header(&mut self, side: &Side) {
        self.push("<stream:stream", side.mention);
        self.attributes(side);
        self.push(">", side.mention);
    }

    fn attributes(&mut self, side: &Side) {
        for own in &side.attributes {
            let name = attribute_name(&own.namespace, &own.name);
            self.push(
                &format!(" {name}=\"{}\"", in_attribute(&own.value)),
                own.mention,
            );
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
        let next = Line {
            is_error: self.is_in_error,
            ..Line::indented(depth)
        };
        self.lines.push(std::mem::replace(&mut self.line, next));
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

/// What was expected laid over what came, line by line.
pub(super) struct Comparison {
    received: Vec<Line>,
    rows: Vec<Row>,
}

/// A line of one side, or of both.
struct Row {
    line: ComparedLine,
    /// Which line of what came it is, if it is one.
    received: Option<usize>,
}

impl Comparison {
    /// Lays two sides over each other; none if there is no difference to be seen.
    pub(super) fn of((expected, received): &(Side, Side), stream_namespace: &str) -> Option<Self> {
        let expected = lines(expected, stream_namespace);
        let received = lines(received, stream_namespace);
        let (old, new) = (texts(&expected), texts(&received));
        let diff = TextDiff::from_slices(&old, &new);
        let changes = diff.ops().iter();
        let changes = changes.flat_map(|op| diff.iter_inline_changes(op));
        let rows: Vec<Row> = changes.map(|change| Row::of(&change)).collect();
        let differs = rows.iter().any(Row::differs);
        differs.then_some(Self { received, rows })
    }

    /// The lines as data.
    pub(super) fn into_lines(self) -> Vec<ComparedLine> {
        self.rows.into_iter().map(|row| row.line).collect()
    }

    /// The lines for the screen; of many lines those that do not differ are left out where nothing near them does.
    pub(super) fn draw(&self, color: Color) -> String {
        let mut drawn = Vec::new();
        let mut omitted = 0;
        for (at, row) in self.rows.iter().enumerate() {
            if self.is_shown(at) {
                drawn.extend(omission(std::mem::take(&mut omitted)));
                drawn.push(self.line(row, color));
            } else {
                omitted += 1;
            }
        }
        drawn.extend(omission(omitted));
        drawn.join("\n")
    }

    /// Whether a row is shown: the error that came always is.
    fn is_shown(&self, at: usize) -> bool {
        let near = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(self.rows.len());
        let is_error = |row: &Row| {
            row.received
                .is_some_and(|line| self.received[line].is_error)
        };
        self.received.len() <= SHORT
            || is_error(&self.rows[at])
            || self.rows[near].iter().any(Row::differs)
    }

    fn line(&self, row: &Row, color: Color) -> String {
        match (row.line.side, row.received) {
            (WhichSide::Expected, _) => row.changed('-', color),
            (WhichSide::Both, Some(line)) => format!("  {}", self.received[line].painted(color)),
            (WhichSide::Received | WhichSide::Both, _) => row.changed('+', color),
        }
    }
}

fn texts(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

fn omission(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("  … 1 line that does not differ".to_owned()),
        count => Some(format!("  … {count} lines that do not differ")),
    }
}

impl Row {
    fn of(change: &InlineChange<'_, str>) -> Self {
        let side = match change.tag() {
            ChangeTag::Equal => WhichSide::Both,
            ChangeTag::Delete => WhichSide::Expected,
            ChangeTag::Insert => WhichSide::Received,
        };
        let parts = change.iter_strings_lossy();
        let parts = parts.map(|(differs, text)| LinePart {
            text: text.into_owned(),
            differs,
        });
        Self {
            line: ComparedLine {
                side,
                parts: parts.collect(),
            },
            received: change.new_index(),
        }
    }

    fn differs(&self) -> bool {
        self.line.side != WhichSide::Both
    }

    /// A line that differs, with what differs in it brought out. Of one that is very long the beginning of that is shown.
    fn changed(&self, mark: char, color: Color) -> String {
        let mut line = self.paint(&format!("{mark} "), false, color);
        let mut shown = 0;
        for part in &self.line.parts {
            let text = match part.differs {
                true => shortened(&part.text, LONGEST),
                false => elided(&part.text, LONGEST / 4),
            };
            line.push_str(&self.paint(&text, part.differs, color));
            shown += text.len();
            if shown > 2 * LONGEST {
                line.push('…');
                break;
            }
        }
        line
    }

    fn paint(&self, text: &str, emphasised: bool, color: Color) -> String {
        if color == Color::Plain {
            return text.to_owned();
        }
        let painted = match self.line.side {
            WhichSide::Expected => text.red(),
            WhichSide::Received | WhichSide::Both => text.green(),
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

/// The start tag of an element as it came.
pub(super) fn start_tag(mut side: Side, stream_namespace: &str) -> String {
    (side.children, side.text) = (Vec::new(), None);
    one_line(&side, stream_namespace).replace("/>", ">")
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

    fn drawn(sides: &(Side, Side)) -> Option<String> {
        Comparison::of(sides, ns::CLIENT).map(|comparison| comparison.draw(Color::Plain))
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
            drawn(&sides).unwrap(),
            "  <message id=\"1\">\n    <a/>\n    <b>\n      <c/>\n    </b>\n-   <d/>\n  </message>"
        );
        let all_there = pattern("message", vec![pattern("b", vec![])]);
        let sides = side_by_side(&all_there, &came, &Bindings::new());
        assert_eq!(drawn(&sides), None);
    }

    #[test]
    fn of_long_lines_what_differs_is_shown() {
        let long = "art thou ".repeat(100_000);
        let part = |text: &str, differs| LinePart {
            text: text.to_owned(),
            differs,
        };
        let row = |parts| Row {
            line: ComparedLine {
                side: WhichSide::Received,
                parts,
            },
            received: None,
        };
        let far = row(vec![part(&long, false), part("Romeo", true)]);
        let drawn = far.changed('+', Color::Plain);
        assert!(drawn.len() < 2 * LONGEST, "{} bytes", drawn.len());
        assert!(drawn.ends_with("art thou Romeo"), "{drawn}");
        let whole = row(vec![part(&long, true)]);
        assert!(whole.changed('+', Color::Plain).ends_with('…'));
        let often = [part("wherefore ", false), part("art ", true)];
        let often = row(std::iter::repeat_n(often, 100_000).flatten().collect());
        let drawn = often.changed('+', Color::Plain);
        assert!(drawn.len() < 3 * LONGEST, "{} bytes", drawn.len());
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
            drawn(&sides).unwrap(),
            "  … 48 lines that do not differ\n    <n47/>\n    <n48/>\n    <n49/>\n-   <n50/>\n  </iq>"
        );
    }

    #[test]
    fn what_is_said_of_an_error_is_always_shown() {
        let children: String = (0..50).map(|number| format!("<n{number}/>")).collect();
        let error = "<error type='wait'><gone xmlns='urn:e'/></error>";
        let came = element(&format!(
            "<iq xmlns='jabber:client'><q xmlns='urn:q'>{children}<error/></q>{error}</iq>"
        ));
        let expected = pattern("iq", vec![pattern("result", vec![])]);
        let sides = side_by_side(&expected, &came, &Bindings::new());
        assert_eq!(
            drawn(&sides).unwrap(),
            "  … 54 lines that do not differ\n    <error type=\"wait\">\n      <gone xmlns=\"urn:e\"/>\n    \
             </error>\n-   <result/>\n  </iq>"
        );
    }
}
