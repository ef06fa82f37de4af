//! A matcher that is slow and obviously right: it tries every way in which a pattern could be meant.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use minidom::Element;
use scansion::matcher::{
    Bindings, ChildOrder, ElementPattern, Mode, Pattern, TextPattern, ValuePattern, ValuePiece,
};

/// White space, as XML has it (XML 1.0 §2.3).
const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// What is left to be compared.
#[derive(Clone)]
enum Goal<'a> {
    Element(&'a Pattern, &'a Element),
    Attribute(&'a ValuePattern, String),
    Text(&'a ValuePattern, String),
}

/// What wildcards stand for, on the way that is tried.
type Wildcards = BTreeMap<String, String>;

/// What a wildcard can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// What is seen of it in each of its places: white space that does not count is no part of it. What matches then
    /// must match.
    Seen,
    /// Any part of anything that came. What does not match then must not match.
    Anything,
}

/// How much is tried: the number of ways grows without bounds, and a fuzzer finds those with the most.
const PATIENCE: usize = 20_000;

/// Whether an element is what a pattern expects; none if there are too many ways to tell.
pub fn accepts(
    pattern: &Pattern,
    element: &Element,
    bindings: &Bindings,
    parts: Parts,
) -> Option<bool> {
    let search = Search {
        bindings,
        anything: match parts {
            Parts::Seen => None,
            Parts::Anything => Some(parts_within(element)),
        },
        tried: Cell::new(0),
    };
    let is_reached = search.reach(&[Goal::Element(pattern, element)], &Wildcards::new());
    (search.tried.get() < PATIENCE).then_some(is_reached)
}

struct Search<'a> {
    bindings: &'a Bindings,
    /// What wildcards can stand for, where that is the same everywhere.
    anything: Option<BTreeSet<String>>,
    tried: Cell<usize>,
}

impl Search<'_> {
    /// Whether all goals can be reached together.
    fn reach(&self, goals: &[Goal<'_>], wildcards: &Wildcards) -> bool {
        let Some((goal, others)) = goals.split_first() else {
            return true;
        };
        if self.gives_up() {
            return false;
        }
        match goal {
            Goal::Element(Pattern::Any(_), _) => self.reach(others, wildcards),
            Goal::Element(Pattern::Element(expected), element) => ways(expected, element)
                .iter()
                .any(|more| self.reach(&[more, others].concat(), wildcards)),
            Goal::Attribute(expected, received) => self
                .values(&expected.pieces, received, wildcards)
                .iter()
                .any(|(value, bound)| unveiled(value) == *received && self.reach(others, bound)),
            Goal::Text(expected, received) => {
                let is_any = matches!(expected.pieces[..], [ValuePiece::Any]);
                let values = self.values(&expected.pieces, received, wildcards);
                !(is_any && received.is_empty())
                    && values.iter().any(|(value, bound)| {
                        unveiled(value.trim_matches(WHITE_SPACE)) == *received
                            && self.reach(others, bound)
                    })
            }
        }
    }

    /// Whether enough has been tried, this time included.
    fn gives_up(&self) -> bool {
        self.tried.set(self.tried.get() + 1);
        self.tried.get() >= PATIENCE
    }

    /// Every value that is expected, where what is free stands for any part of what came; and what it stands for then.
    fn values(
        &self,
        pieces: &[ValuePiece],
        received: &str,
        wildcards: &Wildcards,
    ) -> Vec<(String, Wildcards)> {
        let Some((first, rest)) = pieces.split_first() else {
            return vec![(String::new(), wildcards.clone())];
        };
        let mut values = Vec::new();
        for (begin, bound) in self.piece(first, received, wildcards) {
            if self.gives_up() {
                break;
            }
            for (end, bound) in self.values(rest, received, &bound) {
                values.push((format!("{begin}{end}"), bound));
            }
        }
        values
    }

    fn piece(
        &self,
        piece: &ValuePiece,
        received: &str,
        wildcards: &Wildcards,
    ) -> Vec<(String, Wildcards)> {
        let unchanged = |text: String| (text, wildcards.clone());
        let known = |name: &str| self.bindings.get(name).map(str::to_owned);
        match piece {
            ValuePiece::Literal(text) => vec![unchanged(text.clone())],
            ValuePiece::Variable(name) => known(name).into_iter().map(unchanged).collect(),
            ValuePiece::Any | ValuePiece::Capture(_) => {
                parts(received).into_iter().map(unchanged).collect()
            }
            ValuePiece::Wildcard { name, conditions } => {
                let is_fit = |value: &String| conditions.accept(value, self.bindings);
                let name = name.as_deref().unwrap_or_default();
                let ways = match (known(name), wildcards.get(name)) {
                    (Some(value), _) => vec![unchanged(value)],
                    (None, Some(value)) => vec![(self.shown(value), wildcards.clone())],
                    (None, None) => self
                        .possible(received)
                        .into_iter()
                        .map(|value| (self.shown(&value), with(wildcards, name, value)))
                        .collect(),
                };
                let ways = ways.into_iter();
                ways.filter(|(value, _)| is_fit(&unveiled(value))).collect()
            }
        }
    }

    fn possible(&self, received: &str) -> Vec<String> {
        match &self.anything {
            Some(anything) => anything.iter().cloned().collect(),
            None => parts(received),
        }
    }

    /// What a wildcard stands for. If its white space is to be seen, it is hidden from the code that takes white space
    /// away.
    fn shown(&self, value: &str) -> String {
        match self.anything {
            Some(_) => value.to_owned(),
            None => value.replace(' ', VEILED),
        }
    }
}

/// A space that is not taken for white space.
const VEILED: &str = "\u{e000}";

fn unveiled(value: &str) -> String {
    value.replace(VEILED, " ")
}

/// Every part of every value in an element.
fn parts_within(element: &Element) -> BTreeSet<String> {
    let text: String = element.texts().collect();
    let mut found = BTreeSet::from_iter(parts(text.trim_matches(WHITE_SPACE)));
    for (_, value) in element.attrs() {
        found.extend(parts(value));
    }
    element
        .children()
        .for_each(|child| found.extend(parts_within(child)));
    found
}

/// A wildcard without a name binds nothing.
fn with(wildcards: &Wildcards, name: &str, value: String) -> Wildcards {
    let mut more = wildcards.clone();
    if !name.is_empty() {
        more.insert(name.to_owned(), value);
    }
    more
}

/// Every part of a text, the empty one included.
fn parts(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut parts = vec![String::new()];
    for start in 0..characters.len() {
        for end in start + 1..=characters.len() {
            parts.push(characters[start..end].iter().collect());
        }
    }
    parts
}

/// What has to hold for an element to be what is expected: a way for each assignment of children; none if the
/// rest already tells that it is not.
fn ways<'a>(expected: &'a ElementPattern, element: &'a Element) -> Vec<Vec<Goal<'a>>> {
    let is_strict = expected.mode == Mode::Strict;
    let text: String = element.texts().collect();
    let text = text.trim_matches(WHITE_SPACE).to_owned();
    if element.name() != expected.name
        || element.ns() != expected.namespace
        || is_strict && element.attrs().iter().count() != expected.attributes.len()
        || is_strict && element.children().count() != expected.children.len()
        || matches!(expected.text, TextPattern::Absent) && !text.is_empty()
    {
        return Vec::new();
    }
    let mut goals = Vec::new();
    for attribute in &expected.attributes {
        let mut attributes = element.attrs().iter();
        let received = attributes.find(|((namespace, name), _)| {
            namespace.as_str() == attribute.namespace && name.as_str() == attribute.name
        });
        let Some((_, received)) = received else {
            return Vec::new();
        };
        goals.push(Goal::Attribute(&attribute.value, received.clone()));
    }
    if let TextPattern::Value(value) = &expected.text {
        goals.push(Goal::Text(value, text));
    }
    let is_ordered = is_strict && expected.order == ChildOrder::AsWritten;
    assignments(
        &expected.children,
        &element.children().collect::<Vec<_>>(),
        is_ordered,
    )
    .into_iter()
    .map(|children| [goals.as_slice(), &children].concat())
    .collect()
}

/// Every way of giving each pattern a child of its own.
fn assignments<'a>(
    patterns: &'a [Pattern],
    children: &[&'a Element],
    is_ordered: bool,
) -> Vec<Vec<Goal<'a>>> {
    let Some((first, rest)) = patterns.split_first() else {
        return vec![Vec::new()];
    };
    let choices = if is_ordered {
        children.len().min(1)
    } else {
        children.len()
    };
    let mut all = Vec::new();
    for choice in 0..choices {
        let mut left = children.to_vec();
        let child = left.remove(choice);
        for mut others in assignments(rest, &left, is_ordered) {
            others.insert(0, Goal::Element(first, child));
            all.push(others);
        }
    }
    all
}
