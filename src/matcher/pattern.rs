//! What is expected, made ready to be compared.

use std::borrow::Cow;
use std::fmt;

use super::bindings::Bindings;
use crate::expression::Narrowing;
use crate::source::{Span, Spanned};
use crate::times::Times;

/// An element that is expected.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// `<scansion:any/>`: one element, whatever it is.
    Any(Span),
    /// An element of a name.
    Element(Box<ElementPattern>),
    /// `<scansion:one-of>`: an element that one of its members fits.
    OneOf(Box<OneOf>),
}

impl Pattern {
    /// Where the script says so: the start tag.
    pub fn span(&self) -> Span {
        match self {
            Pattern::Any(span) => *span,
            Pattern::Element(element) => element.tag,
            Pattern::OneOf(one_of) => one_of.tag,
        }
    }

    /// Where the script has the whole element.
    pub fn extent(&self) -> Span {
        match self {
            Pattern::Any(span) => *span,
            Pattern::Element(element) => element.extent,
            Pattern::OneOf(one_of) => one_of.extent,
        }
    }

    /// Whether it says the same as another one, elsewhere in the script. What is said of all children is never the same,
    /// as it is known by its place.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Pattern::Any(_), Pattern::Any(_)) => true,
            (Pattern::Element(own), Pattern::Element(other)) => own.is_alike(other),
            (Pattern::OneOf(own), Pattern::OneOf(other)) => {
                are_alike(&own.members, &other.members, Self::is_alike)
            }
            (Pattern::Any(_) | Pattern::Element(_) | Pattern::OneOf(_), _) => false,
        }
    }

    /// Whether it says something of what is within the children of an element.
    pub(super) fn is_deep(&self) -> bool {
        self.has_children(Self::is_nested)
    }

    /// Whether it says something of what is within an element.
    fn is_nested(&self) -> bool {
        self.has_children(|_| true)
    }

    /// Whether it expects children of a kind; what is said of all children together is about those of each kind.
    fn has_children(&self, is_meant: fn(&Self) -> bool) -> bool {
        match self {
            Pattern::Any(_) => false,
            Pattern::Element(element) => {
                !element.constraints.is_empty() || element.children.iter().any(is_meant)
            }
            Pattern::OneOf(one_of) => {
                let mut members = one_of.members.iter();
                members.any(|member| member.has_children(is_meant))
            }
        }
    }

    /// The same pattern with other values.
    pub fn with_values(&self, change: &dyn Fn(&ValuePattern) -> ValuePattern) -> Self {
        match self {
            Pattern::Any(span) => Pattern::Any(*span),
            Pattern::Element(element) => Pattern::Element(Box::new(element.with_values(change))),
            Pattern::OneOf(one_of) => {
                let members = one_of.members.iter();
                Pattern::OneOf(Box::new(OneOf {
                    members: members.map(|member| member.with_values(change)).collect(),
                    ..(**one_of).clone()
                }))
            }
        }
    }

    /// The same pattern without what is said of all children, and so without saying that a strict element has nothing
    /// but the children that are expected one by one.
    pub fn without_constraints(&self) -> Self {
        match self {
            Pattern::Any(span) => Pattern::Any(*span),
            Pattern::Element(element) => Pattern::Element(Box::new(element.without_constraints())),
            Pattern::OneOf(one_of) => {
                let members = one_of.members.iter();
                Pattern::OneOf(Box::new(OneOf {
                    members: members.map(Pattern::without_constraints).collect(),
                    ..(**one_of).clone()
                }))
            }
        }
    }

    /// The same pattern with values in the place of variables. One that does not have a value stays.
    pub fn with_variables(&self, bindings: &Bindings) -> Self {
        self.with_values(&|value| value.with_variables(bindings))
    }

    /// The named elements that this one can be; none where it can be any element.
    pub fn names(&self) -> Option<Vec<&ElementPattern>> {
        match self {
            Pattern::Any(_) => None,
            Pattern::Element(element) => Some(vec![&**element]),
            Pattern::OneOf(one_of) => {
                let names = one_of.members.iter().map(Pattern::names);
                Some(names.collect::<Option<Vec<_>>>()?.concat())
            }
        }
    }

    /// Calls `visit` with each value in the pattern, those of constraints behind those of the children.
    pub fn visit_values<'a>(&'a self, visit: &mut dyn FnMut(&'a ValuePattern)) {
        match self {
            Pattern::Any(_) => {}
            Pattern::Element(element) => {
                element.visit_own_values(visit);
                let counted = element.constraints.iter();
                let counted = counted.map(|constraint| &constraint.pattern);
                for child in element.children.iter().chain(counted) {
                    child.visit_values(visit);
                }
            }
            Pattern::OneOf(one_of) => {
                let members = one_of.members.iter();
                members.for_each(|member| member.visit_values(visit));
            }
        }
    }

    /// Whether a name has a value afterwards, whichever way the pattern has matched: what only some members of a
    /// [`OneOf`] bind does not, and neither does what stands in a constraint, unless exactly one child meets that.
    pub(super) fn binds(&self, name: &str) -> bool {
        match self {
            Pattern::Any(_) => false,
            Pattern::Element(element) => {
                let mut found = false;
                element.visit_own_values(&mut |value| {
                    found |= value.pieces.iter().any(|piece| piece.binds(name));
                });
                let once = element.constraints.iter();
                let once = once.filter(|constraint| constraint.is_capturing());
                let once = once.map(|constraint| &constraint.pattern);
                found
                    || element
                        .children
                        .iter()
                        .chain(once)
                        .any(|child| child.binds(name))
            }
            Pattern::OneOf(one_of) => one_of.members.iter().all(|member| member.binds(name)),
        }
    }
}

/// Whether two lists have the same, one by one.
fn are_alike<T>(own: &[T], others: &[T], is_alike: fn(&T, &T) -> bool) -> bool {
    let mut pairs = own.iter().zip(others);
    own.len() == others.len() && pairs.all(|(own, other)| is_alike(own, other))
}

impl ElementPattern {
    /// What is expected of an attribute that has no namespace.
    pub fn attribute(&self, name: &str) -> Option<&ValuePattern> {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|own| own.namespace.is_empty() && own.name == name)?;
        Some(&found.value)
    }

    /// The one value that such an attribute can have, if it is expected and no piece of it is free.
    pub fn only_value_of<'a>(&'a self, name: &str, bindings: &'a Bindings) -> Option<Cow<'a, str>> {
        self.attribute(name)?.only_value(bindings)
    }

    fn is_alike(&self, other: &Self) -> bool {
        let ElementPattern {
            namespace,
            name,
            mode,
            order,
            attributes,
            absent,
            text,
            children,
            constraints,
            tag: _,
            extent: _,
            name_span: _,
        } = self;
        (namespace, name, mode, order) == (&other.namespace, &other.name, &other.mode, &other.order)
            && are_alike(attributes, &other.attributes, AttributePattern::is_alike)
            && are_alike(absent, &other.absent, AbsentAttribute::is_alike)
            && text.is_alike(&other.text)
            && constraints.is_empty()
            && other.constraints.is_empty()
            && are_alike(children, &other.children, Pattern::is_alike)
    }

    fn with_values(&self, change: &dyn Fn(&ValuePattern) -> ValuePattern) -> Self {
        let attributes = self.attributes.iter().map(|attribute| AttributePattern {
            value: change(&attribute.value),
            ..attribute.clone()
        });
        let children = self.children.iter();
        let constraints = self.constraints.iter().map(|constraint| Constraint {
            pattern: constraint.pattern.with_values(change),
            ..constraint.clone()
        });
        Self {
            attributes: attributes.collect(),
            text: match &self.text {
                TextPattern::Value(value) => TextPattern::Value(change(value)),
                text @ (TextPattern::Free | TextPattern::Absent) => text.clone(),
            },
            children: children.map(|child| child.with_values(change)).collect(),
            constraints: constraints.collect(),
            ..self.clone()
        }
    }

    fn without_constraints(&self) -> Self {
        let children = self.children.iter();
        Self {
            children: children.map(Pattern::without_constraints).collect(),
            mode: match self.constraints.is_empty() {
                true => self.mode,
                false => Mode::NonStrict,
            },
            constraints: Vec::new(),
            ..self.clone()
        }
    }

    /// Calls `visit` with each value of the element itself: of its attributes, and its text.
    pub(super) fn visit_own_values<'a>(&'a self, visit: &mut dyn FnMut(&'a ValuePattern)) {
        for attribute in &self.attributes {
            visit(&attribute.value);
        }
        if let TextPattern::Value(value) = &self.text {
            visit(value);
        }
    }
}

/// Several elements, one of which is expected; the first that fits is meant.
#[derive(Debug, Clone)]
pub struct OneOf {
    /// The elements; there is at least one.
    pub members: Vec<Pattern>,
    /// The start tag in the script.
    pub tag: Span,
    /// The whole element in the script.
    pub extent: Span,
}

/// What is said of all children of an element, apart from those that are expected one by one.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// What the children are compared with.
    pub pattern: Pattern,
    /// How many of them have to match, and where the script says so.
    pub times: Option<Spanned<Times>>,
    /// Which of them have to match, and where the script says so.
    pub each: Option<Spanned<Each>>,
}

impl Constraint {
    /// Whether there have to be children that match.
    pub fn demands_children(&self) -> bool {
        self.times
            .as_ref()
            .is_some_and(|times| times.value.lacking(0) > 0)
    }

    /// Whether exactly one child matches, so that the names in it have a value afterwards.
    pub fn is_capturing(&self) -> bool {
        self.times
            .as_ref()
            .is_some_and(|times| times.value.is_once())
    }
}

/// Which children each have to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Each {
    /// All of the name that is expected.
    OfName,
    /// Those of the name whose value of this attribute is the expected one.
    Agreeing {
        /// The attribute's namespace, empty for none.
        namespace: String,
        /// The attribute's local name.
        name: String,
    },
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
    /// The attributes that must not be there.
    pub absent: Vec<AbsentAttribute>,
    /// The element's own text.
    pub text: TextPattern,
    /// The child elements, each of which is expected for itself.
    pub children: Vec<Pattern>,
    /// What is said of all children.
    pub constraints: Vec<Constraint>,
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

impl AttributePattern {
    fn is_alike(&self, other: &Self) -> bool {
        (&self.namespace, &self.name) == (&other.namespace, &other.name)
            && self.value.pieces == other.value.pieces
    }
}

/// An attribute that must not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsentAttribute {
    /// The namespace, empty for none.
    pub namespace: String,
    /// The local name.
    pub name: String,
    /// Where the script names it.
    pub span: Span,
}

impl AbsentAttribute {
    fn is_alike(&self, other: &Self) -> bool {
        (&self.namespace, &self.name) == (&other.namespace, &other.name)
    }
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

impl TextPattern {
    fn is_alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Free, Self::Free) | (Self::Absent, Self::Absent) => true,
            (Self::Value(own), Self::Value(other)) => own.pieces == other.pieces,
            (Self::Free | Self::Absent | Self::Value(_), _) => false,
        }
    }
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The variable to which this piece gives a value, where some have one before.
    pub fn captured(&self, before: &Bindings) -> Option<&str> {
        match self {
            ValuePiece::Capture(name) => Some(name),
            ValuePiece::Wildcard { name, .. } => {
                name.as_deref().filter(|name| before.get(name).is_none())
            }
            ValuePiece::Literal(_) | ValuePiece::Variable(_) | ValuePiece::Any => None,
        }
    }

    /// The variable that this piece may bind while comparing.
    pub(super) fn wildcard(&self) -> Option<&str> {
        match self {
            ValuePiece::Wildcard { name, .. } => name.as_deref(),
            _ => None,
        }
    }

    /// Whether a name has a value afterwards.
    fn binds(&self, name: &str) -> bool {
        match self {
            ValuePiece::Wildcard { name: own, .. } => own.as_deref() == Some(name),
            ValuePiece::Capture(own) => own == name,
            ValuePiece::Literal(_) | ValuePiece::Variable(_) | ValuePiece::Any => false,
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
