//! Scripts in which one thing of one expectation is changed.

use std::fmt;
use std::path::{Path, PathBuf};

use scansion::script;
use scansion::script::ast::{Element, Node, Script};
use scansion::source::{SourceFile, Span};

/// What is changed in an expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    AttributeValue,
    Text,
    Name,
    Namespace,
    ChildMore,
    ChildFewer,
    /// Of what is said of all children, only the number: a change of the rest may hold as well.
    Times,
}

/// A script with one thing changed.
pub struct Mutation {
    /// The script.
    pub path: PathBuf,
    /// Its changed text.
    pub text: String,
    /// What is changed.
    pub kind: Kind,
    /// The step that must fail.
    pub step: usize,
    line: usize,
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {:?}", self.path.display(), self.line, self.kind)
    }
}

pub fn read(path: &Path, text: &str) -> Script {
    script::read(SourceFile::new(path.display().to_string(), text)).script
}

/// All changes of a script.
pub fn mutations(path: &Path) -> Vec<Mutation> {
    let text = std::fs::read_to_string(path).unwrap();
    let script = read(path, &text);
    let mut found = Vec::new();
    for (step, action) in script.story.iter().enumerate() {
        if action.verb.expectation().is_none() {
            continue;
        }
        for stanza in action.verb.stanzas() {
            let mut edits = Vec::new();
            collect(&stanza.element, &script, &mut edits);
            found.extend(edits.into_iter().map(|(kind, span, new)| Mutation {
                path: path.to_owned(),
                text: replaced(script.source.text(), span, &new),
                kind,
                step,
                line: script.source.position(span.start).line,
            }));
        }
    }
    found
}

fn replaced(text: &str, span: Span, new: &str) -> String {
    format!("{}{new}{}", &text[..span.start], &text[span.end..])
}

fn collect(element: &Element, script: &Script, edits: &mut Vec<(Kind, Span, String)>) {
    if element.is_constraint() {
        let times = element.attribute("scansion:", "times");
        edits.extend(times.map(|times| (Kind::Times, times.value.span, "999..".into())));
        return;
    }
    // Where one member is changed, another one may fit.
    if element.is_any() || element.is_one_of() {
        return;
    }
    for attribute in &element.attributes {
        if attribute.name.prefix.as_deref() != Some("scansion") {
            edits.push((Kind::AttributeValue, attribute.value.span, "mutated".into()));
        }
    }
    edits.push((Kind::Name, element.extent, renamed(element, script)));
    edits.push((Kind::Namespace, element.extent, moved(element, script)));
    edits.push((Kind::ChildMore, element.extent, grown(element, script)));
    if is_strict(element) {
        let fewer = element
            .elements()
            .filter(|child| !child.is_constraint())
            .map(|child| (Kind::ChildFewer, child.extent, String::new()));
        edits.extend(fewer);
    }
    for node in &element.children {
        match node {
            Node::Element(child) => collect(child, script, edits),
            Node::Text(text) if !text.value.is_blank() => {
                edits.push((Kind::Text, text.value.span, "mutated".into()));
            }
            Node::Text(_) | Node::Comment(_) => {}
        }
    }
}

/// The default namespaces of streams, whose elements are non-strict by themselves.
const STREAMS: [&str; 2] = ["jabber:client", "jabber:component:accept"];

fn is_strict(element: &Element) -> bool {
    match element
        .attribute("scansion:", "strict")
        .and_then(|mode| mode.value.literal())
    {
        Some(mode) => mode == "true",
        None => !STREAMS.contains(&element.name.namespace.as_ref()),
    }
}

/// The element's source text with another name.
fn renamed(element: &Element, script: &Script) -> String {
    let source = script.source.slice(element.extent);
    let name = element.name.written();
    let source = source.replacen(&format!("<{name}"), &format!("<{name}-mutated"), 1);
    match source.strip_suffix(&end_tag(element, script)) {
        Some(rest) => format!("{rest}</{name}-mutated>"),
        None => source,
    }
}

/// The element's source text in another namespace; what was in its default namespace goes with it.
fn moved(element: &Element, script: &Script) -> String {
    let source = script.source.slice(element.extent);
    let own = element
        .declarations
        .iter()
        .find(|declaration| declaration.prefix == element.name.prefix);
    if let Some(own) = own {
        let start = own.span.start - element.extent.start;
        let span = Span::new(start, own.span.end - element.extent.start);
        return replaced(source, span, &declaration(element));
    }
    let at = element.name.span.end - element.extent.start;
    replaced(
        source,
        Span::new(at, at),
        &format!(" {}", declaration(element)),
    )
}

fn declaration(element: &Element) -> String {
    match &element.name.prefix {
        Some(prefix) => format!("xmlns:{prefix}='urn:mutated'"),
        None => "xmlns='urn:mutated'".to_owned(),
    }
}

/// The element's source text with a child more.
fn grown(element: &Element, script: &Script) -> String {
    let source = script.source.slice(element.extent);
    let child = "<mutated xmlns='urn:mutated'/>";
    match source.strip_suffix("/>") {
        Some(rest) if element.children.is_empty() => {
            format!("{rest}>{child}</{}>", element.name.written())
        }
        _ => {
            let end = end_tag(element, script);
            let rest = source.strip_suffix(&end).unwrap();
            format!("{rest}{child}{end}")
        }
    }
}

fn end_tag(element: &Element, script: &Script) -> String {
    let source = script.source.slice(element.extent);
    source[source.rfind('<').unwrap_or_default()..].to_owned()
}
