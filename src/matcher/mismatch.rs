//! What is wrong with an element, in words and as data.

use std::fmt;

use crate::source::Span;

/// One way in which an element is not what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The way to the element from the stanza, such as `message/body`.
    pub path: String,
    /// Where the script says what was expected.
    pub span: Span,
    /// The rule that is broken.
    pub rule: Rule,
    /// What was expected, variables filled in; none where something is too much.
    pub expected: Option<String>,
    /// What came; none where nothing did.
    pub received: Option<String>,
    /// For a missing child, or too few of them, the child that comes closest; where each has to match, the first that
    /// does not.
    pub nearest: Option<Box<Nearest>>,
}

/// The rules of matching that can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The element must have this name.
    Name,
    /// The element must be of this namespace.
    Namespace,
    /// The attribute must be there.
    AttributeMissing,
    /// The attribute must have this value.
    AttributeValue,
    /// A strict element must not have an attribute that is not expected.
    AttributeUnexpected,
    /// The attribute must not be there.
    AttributeForbidden,
    /// The text must be this.
    Text,
    /// An element that the author marked as strict must not have text that is not expected.
    TextUnexpected,
    /// Each expected child must be there, in a child of its own.
    ChildMissing,
    /// A strict element must not have a child that is not expected.
    ChildUnexpected,
    /// So many children must match.
    Times,
    /// Each child that the author speaks of must match.
    Each,
    /// The children of a strict element have the order of the script.
    ChildOrder,
    /// A wildcard stands for one value wherever it stands.
    Conflict,
}

/// The received element that comes closest to an expected one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Its start tag, shortened.
    pub element: String,
    /// Among how many elements it was chosen.
    pub among: usize,
    /// What is wrong with it.
    pub differences: Vec<Mismatch>,
}

impl Mismatch {
    /// The mismatch worth pointing at: where a child is missing and another of its name is there, what is
    /// wrong with that one. What is said of all children is pointed at where the author says it.
    pub fn focus(&self) -> &Mismatch {
        if self.is_of_all_children() {
            return self;
        }
        match self
            .nearest
            .as_deref()
            .and_then(|nearest| nearest.differences.first())
        {
            Some(inner) if !inner.is_of_name() => inner.focus(),
            _ => self,
        }
    }

    /// Whether it is about the element being another one altogether.
    pub fn is_of_name(&self) -> bool {
        matches!(self.rule, Rule::Name | Rule::Namespace)
    }

    /// Whether it is about all children of the element, and so has no other one behind it that says it better.
    pub fn is_of_all_children(&self) -> bool {
        matches!(self.rule, Rule::Times | Rule::Each)
    }

    /// How far the element is from what was expected; only good to compare with others. Its own attributes say what it
    /// is about, and count for more than all of its content.
    pub fn distance(&self) -> usize {
        match self.rule {
            Rule::Name => 1_000_000,
            // The right name in another namespace is more likely to be what was meant than another name.
            Rule::Namespace => 100_000,
            Rule::AttributeMissing | Rule::AttributeValue if self.is_of_id() => 3_000,
            Rule::AttributeMissing | Rule::AttributeValue => 1_000,
            Rule::AttributeUnexpected
            | Rule::AttributeForbidden
            | Rule::Times
            | Rule::Each
            | Rule::Text
            | Rule::TextUnexpected
            | Rule::ChildMissing
            | Rule::ChildUnexpected
            | Rule::ChildOrder
            | Rule::Conflict => self.weight(),
        }
    }

    /// How much it counts within an element.
    fn weight(&self) -> usize {
        const WHOLE: usize = 10;
        match (self.rule, self.nearest.as_deref()) {
            (Rule::Name | Rule::Namespace, _) | (Rule::ChildMissing, None) => WHOLE,
            (Rule::ChildMissing, Some(nearest)) => {
                let weights = nearest.differences.iter().map(Mismatch::weight);
                weights.sum::<usize>().min(WHOLE)
            }
            _ => 1,
        }
    }

    /// Whether it is about the attribute by which elements are told apart.
    fn is_of_id(&self) -> bool {
        let expected = self.expected.as_deref();
        expected.is_some_and(|expected| expected.starts_with("id="))
    }
}

/// How far an element is from what was expected, all in all.
pub(crate) fn distance(differences: &[Mismatch]) -> usize {
    differences.iter().map(Mismatch::distance).sum()
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path)?;
        let expected = self.expected.as_deref().unwrap_or("nothing");
        let received = self.received.as_deref().unwrap_or("nothing");
        match self.rule {
            Rule::Name | Rule::AttributeValue => write!(f, "expected {expected}, got {received}"),
            Rule::Namespace => write!(f, "expected the namespace {expected}, got {received}"),
            Rule::AttributeMissing => match &self.received {
                None => write!(f, "expected {expected}, but the attribute is not there"),
                Some(other) => write!(
                    f,
                    "expected {expected}, got {other}, which is another attribute"
                ),
            },
            Rule::AttributeUnexpected => {
                write!(f, "unexpected attribute {received} in a strict element")
            }
            Rule::AttributeForbidden => {
                write!(f, "expected no attribute {expected}, got {received}")
            }
            Rule::Times => {
                write!(f, "expected {expected}, got {received}")?;
                self.fmt_nearest(f)
            }
            Rule::Each => {
                write!(f, "expected each to be {expected}, but {received}")?;
                self.fmt_nearest(f)
            }
            Rule::Text => write!(f, "expected the text {expected}, got {received}"),
            Rule::TextUnexpected => write!(f, "unexpected text {received} in a strict element"),
            Rule::ChildMissing => self.fmt_missing(f, expected),
            Rule::ChildUnexpected => write!(f, "unexpected child {received} in a strict element"),
            Rule::ChildOrder => write!(
                f,
                "the children are in another order: expected {expected}, got {received}"
            ),
            Rule::Conflict => write!(f, "expected {expected} everywhere, got {received}"),
        }
    }
}

impl Mismatch {
    /// Tells what is wrong with the nearest child, or one of those that do not match.
    fn fmt_nearest(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nearest = self.nearest.as_deref();
        let first = nearest.and_then(|nearest| Some((nearest, nearest.differences.first()?)));
        match first {
            Some((nearest, first)) if self.rule == Rule::Times => {
                write!(f, "; nearest is {}: {}", nearest.element, first.focus())
            }
            Some((_, first)) => write!(f, "; {}", first.focus()),
            None => Ok(()),
        }
    }

    fn fmt_missing(&self, f: &mut fmt::Formatter<'_>, expected: &str) -> fmt::Result {
        match &self.nearest {
            None => write!(f, "expected a child {expected}, but there is none"),
            Some(nearest) => {
                let children = if nearest.among == 1 {
                    "child"
                } else {
                    "children"
                };
                write!(
                    f,
                    "no {expected} among {} {children}; nearest is {}",
                    nearest.among, nearest.element
                )
            }
        }
    }
}
