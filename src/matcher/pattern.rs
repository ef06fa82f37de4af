//! What is expected, made ready to be compared.

use std::fmt;

use super::bindings::Bindings;
use crate::expression::Narrowing;
use crate::source::Span;

/// An element that is expected.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// `<scansion:any/>`: one element, whatever it is.
    Any(Span),
    /// An element of a name.
    Element(Box<ElementPattern>),
}

impl Pattern {
    /// Where the script says so: the start tag.
    pub fn span(&self) -> Span {
        match self {
            Pattern::Any(span) => *span,
            Pattern::Element(element) => element.tag,
        }
    }

    /// Where the script has the whole element.
    pub fn extent(&self) -> Span {
        match self {
            Pattern::Any(span) => *span,
            Pattern::Element(element) => element.extent,
        }
    }

    /// The same pattern with other values.
    pub fn with_values(&self, change: &dyn Fn(&ValuePattern) -> ValuePattern) -> Self {
        let Pattern::Element(element) = self else {
            return self.clone();
        };
        let attribute = |attribute: &AttributePattern| AttributePattern {
            value: change(&attribute.value),
            ..attribute.clone()
        };
        let children = element.children.iter();
        Pattern::Element(Box::new(ElementPattern {
            attributes: element.attributes.iter().map(attribute).collect(),
            text: match &element.text {
                TextPattern::Value(value) => TextPattern::Value(change(value)),
                text @ (TextPattern::Free | TextPattern::Absent) => text.clone(),
            },
            children: children.map(|child| child.with_values(change)).collect(),
            ..(**element).clone()
        }))
    }

    /// The same pattern with values in the place of variables. One that does not have a value stays.
    pub fn with_variables(&self, bindings: &Bindings) -> Self {
        self.with_values(&|value| value.with_variables(bindings))
    }

    /// Calls `visit` with each value in the pattern, in the order of the script.
    pub fn visit_values<'a>(&'a self, visit: &mut dyn FnMut(&'a ValuePattern)) {
        let Pattern::Element(element) = self else {
            return;
        };
        for attribute in &element.attributes {
            visit(&attribute.value);
        }
        if let TextPattern::Value(value) = &element.text {
            visit(value);
        }
        for child in &element.children {
            child.visit_values(visit);
        }
    }
}

/// A named element that is expected.
#[derive(Debug, Clone)]
pub struct ElementPattern {
    /// The namespace.
    pub namespace: String,
    /// The local name.
    pub name: String,
    /// How much more than what is expected may be there.
    pub mode: Mode,
    /// Whether the order of the children counts; it never does in a non-strict element.
    pub order: ChildOrder,
    /// The attributes.
    pub attributes: Vec<AttributePattern>,
    /// The element's own text.
    pub text: TextPattern,
    /// The child elements.
    pub children: Vec<Pattern>,
    /// The start tag in the script.
    pub tag: Span,
    /// The whole element in the script, from its start tag to its end tag.
    pub extent: Span,
    /// The element's name in the script.
    pub name_span: Span,
}

/// How much more than what is expected may be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// More attributes and children are ignored.
    NonStrict,
    /// No more and no fewer.
    Strict,
}

/// Whether the children of a strict element have an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChildOrder {
    /// The order of the script.
    AsWritten,
    /// Any order.
    Any,
}

/// An attribute that is expected.
#[derive(Debug, Clone)]
pub struct AttributePattern {
    /// The namespace, empty for none.
    pub namespace: String,
    /// The local name.
    pub name: String,
    /// The value.
    pub value: ValuePattern,
    /// Name and value in the script.
    pub span: Span,
}

/// What is expected of an element's text.
#[derive(Debug, Clone)]
pub enum TextPattern {
    /// Any text or none.
    Free,
    /// No text, as the element is strict by the author's own word.
    Absent,
    /// This text.
    Value(ValuePattern),
}

/// A value that is expected.
#[derive(Debug, Clone)]
pub struct ValuePattern {
    /// The parts of the value.
    pub pieces: Vec<ValuePiece>,
    /// Where the script has it.
    pub span: Span,
}

/// A part of a value.
#[derive(Debug, Clone)]
pub enum ValuePiece {
    /// Exactly these characters.
    Literal(String),
    /// The value of a variable, under the name by which [`Bindings`](super::Bindings) know it.
    Variable(String),
    /// `$<name:conditions>`; without a name it binds nothing.
    Wildcard {
        /// The variable.
        name: Option<String>,
        /// What the value must be like.
        conditions: Conditions,
    },
    /// `{scansion:any}`: any value, but it must be there.
    Any,
    /// `{scansion:capture:name}`: any value, to be remembered.
    Capture(String),
}

impl ValuePattern {
    fn with_variables(&self, bindings: &Bindings) -> Self {
        let mut pieces: Vec<ValuePiece> = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let known = match piece {
                ValuePiece::Variable(name) => bindings.get(name),
                ValuePiece::Literal(text) => Some(text.as_str()),
                ValuePiece::Wildcard { .. } | ValuePiece::Any | ValuePiece::Capture(_) => None,
            };
            match (pieces.last_mut(), known) {
                (Some(ValuePiece::Literal(before)), Some(text)) => before.push_str(text),
                (_, Some(text)) => pieces.push(ValuePiece::Literal(text.to_owned())),
                (_, None) => pieces.push(piece.clone()),
            }
        }
        let span = self.span;
        Self { pieces, span }
    }
}

/// What the value of a wildcard must be like. Where nothing is said, it may be any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// What it must look like, in all of these ways.
    pub narrowings: Vec<Narrowing>,
    /// The variables whose values it must not have, under the names by which [`Bindings`](super::Bindings) know them.
    pub not: Vec<String>,
}

impl Conditions {
    /// That the value looks like this, and nothing else.
    pub fn of(narrowing: Narrowing) -> Self {
        Self {
            narrowings: vec![narrowing],
            not: Vec::new(),
        }
    }

    /// Whether any value will do.
    pub fn is_empty(&self) -> bool {
        self.narrowings.is_empty() && self.not.is_empty()
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let narrowings = self.narrowings.iter().map(Narrowing::to_string);
        let not = (!self.not.is_empty()).then(|| format!("not {}", self.not.join(", ")));
        f.write_str(&narrowings.chain(not).collect::<Vec<_>>().join(", "))
    }
}

impl ValuePiece {
    /// The variable that this piece may bind while comparing.
    pub(super) fn wildcard(&self) -> Option<&str> {
        match self {
            ValuePiece::Wildcard { name, .. } => name.as_deref(),
            _ => None,
        }
    }
}

/// What kind of value it is, which decides what counts as being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Attribute,
    /// White space around it does not count.
    Text,
}
