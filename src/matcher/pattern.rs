//! What is expected, made ready to be compared.

use std::sync::LazyLock;

use xmpp_parsers::date::DateTime;

use crate::expression::{Automaton, Expression};
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
    /// `$<name:narrowing>`; without a name it binds nothing.
    Wildcard {
        /// The variable.
        name: Option<String>,
        /// What the value must look like.
        narrowing: Option<Narrowing>,
    },
    /// `{scansion:any}`: any value, but it must be there.
    Any,
    /// `{scansion:capture:name}`: any value, to be remembered.
    Capture(String),
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

/// What the value of a wildcard must look like.
#[derive(Debug, Clone)]
pub enum Narrowing {
    /// A decimal integer, perhaps with a sign.
    Int,
    /// A UUID (RFC 9562 §4).
    Uuid,
    /// A JID (RFC 7622).
    Jid,
    /// A date and time (XEP-0082 §3.2).
    DateTime,
    /// What the expression fits.
    Regex(Expression),
}

static INT: LazyLock<Expression> = LazyLock::new(|| constant("[+-]?[0-9]+"));
static UUID: LazyLock<Expression> =
    LazyLock::new(|| constant("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"));
static DATE_TIME: LazyLock<Expression> = LazyLock::new(|| {
    constant(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})",
    )
});

fn constant(expression: &str) -> Expression {
    Expression::new(expression).expect("the expression is a constant of this module")
}

/// The longest JID, in bytes: three parts and what is between them (RFC 7622 §3.1).
const LONGEST_JID: usize = 3 * 1023 + 2;

impl Narrowing {
    /// Whether a value looks like this.
    pub fn accepts(&self, value: &str) -> bool {
        match self {
            Narrowing::Int => INT.fits(value),
            Narrowing::Uuid => UUID.fits(value),
            Narrowing::Jid => jid::Jid::new(value).is_ok(),
            // The shape alone would let the 31st of February pass, the parser alone a lower-case "t".
            Narrowing::DateTime => DATE_TIME.fits(value) && value.parse::<DateTime>().is_ok(),
            Narrowing::Regex(expression) => expression.fits(value),
        }
    }

    /// What finds all values in a text that have the shape.
    pub(super) fn shape(&self) -> Option<&Automaton> {
        match self {
            Narrowing::Int => INT.automaton(),
            Narrowing::Uuid => UUID.automaton(),
            Narrowing::DateTime => DATE_TIME.automaton(),
            Narrowing::Regex(expression) => expression.automaton(),
            Narrowing::Jid => None,
        }
    }

    /// Whether a value of the shape is accepted, whatever else it is.
    pub(super) fn is_shape_enough(&self) -> bool {
        match self {
            Narrowing::Int | Narrowing::Uuid | Narrowing::Regex(_) => true,
            Narrowing::DateTime | Narrowing::Jid => false,
        }
    }

    /// How long a value can be, in bytes.
    pub(super) fn longest(&self) -> usize {
        match self {
            Narrowing::Jid => LONGEST_JID,
            Narrowing::Int | Narrowing::Uuid | Narrowing::DateTime | Narrowing::Regex(_) => {
                usize::MAX
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_accepts(narrowing: &Narrowing, good: &[&str], bad: &[&str]) {
        for value in good {
            assert!(narrowing.accepts(value), "{value:?} should be accepted");
        }
        for value in bad {
            assert!(!narrowing.accepts(value), "{value:?} should be refused");
        }
    }

    #[test]
    fn narrowings_accept_what_their_names_say() {
        assert_accepts(
            &Narrowing::Int,
            &["0", "-12", "+7"],
            &["", "1.0", "x", "1 "],
        );
        assert_accepts(
            &Narrowing::Uuid,
            &["f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
            &[
                "f81d4fae7dec11d0a76500a0c91e6bf6",
                "f81d4fae-7dec-11d0-a765-00a0c91e6bfg",
            ],
        );
        assert_accepts(
            &Narrowing::Jid,
            &["localhost", "a@b", "a@b/c d"],
            &["", "@b", "a@", "a@b/"],
        );
        assert_accepts(
            &Narrowing::DateTime,
            &["1969-07-21T02:56:15Z", "1969-07-20T21:56:15.123-05:00"],
            &[
                "1969-07-21",
                "1969-07-21T02:56:15",
                "1969-02-31T02:56:15Z",
                "1969-07-21t02:56:15z",
            ],
        );
    }

    #[test]
    fn expressions_fit_whole_values() {
        let narrowing = Narrowing::Regex(Expression::new("a|bc").unwrap());
        assert_accepts(&narrowing, &["a", "bc"], &["ab", "abc", "xa", "a\n"]);
    }
}
