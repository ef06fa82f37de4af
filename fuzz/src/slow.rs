//! A matcher that is slow and obviously right: it tries every way in which a pattern could be meant.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use minidom::Element;
use scansion::matcher::{
    Bindings, ChildOrder, Constraint, Each, ElementPattern, Mode, Pattern, TextPattern,
    ValuePattern, ValuePiece,
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
            Goal::Element(Pattern::OneOf(one_of), element) => one_of.members.iter().any(|member| {
                let more = [Goal::Element(member, element)];
                self.reach(&[&more, others].concat(), wildcards)
            }),
            Goal::Element(Pattern::Element(expected), element) => self
                .ways(expected, element)
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

impl Search<'_> {
    /// What has to hold for an element to be what is expected: a way for each assignment of children; none if the
    /// rest already tells that it is not.
    fn ways<'a>(&self, expected: &'a ElementPattern, element: &'a Element) -> Vec<Vec<Goal<'a>>> {
        let is_strict = expected.mode == Mode::Strict;
        let text: String = element.texts().collect();
        let text = text.trim_matches(WHITE_SPACE).to_owned();
        let mut absent = expected.absent.iter();
        if element.name() != expected.name
            || element.ns() != expected.namespace
            || is_strict && element.attrs().iter().count() != expected.attributes.len()
            || matches!(expected.text, TextPattern::Absent) && !text.is_empty()
            || absent.any(|absent| attribute(element, &absent.namespace, &absent.name).is_some())
            || !expected
                .constraints
                .iter()
                .all(|own| self.holds(own, element))
        {
            return Vec::new();
        }
        let mut goals = Vec::new();
        for own in &expected.attributes {
            let Some(received) = attribute(element, &own.namespace, &own.name) else {
                return Vec::new();
            };
            goals.push(Goal::Attribute(&own.value, received));
        }
        if let TextPattern::Value(value) = &expected.text {
            goals.push(Goal::Text(value, text));
        }
        let is_accounted = |child: &Element| {
            let mut constraints = expected.constraints.iter();
            !is_strict || constraints.any(|own| self.matches(&own.pattern, child))
        };
        let children: Vec<_> = element.children().collect();
        let spare: Vec<bool> = children.iter().map(|child| is_accounted(child)).collect();
        let is_ordered = is_strict && expected.order == ChildOrder::AsWritten;
        assignments(&expected.children, &children, &spare, is_ordered)
            .into_iter()
            .map(|children| [goals.as_slice(), &children].concat())
            .collect()
    }

    /// Whether an element matches by itself.
    fn matches(&self, pattern: &Pattern, element: &Element) -> bool {
        self.reach(&[Goal::Element(pattern, element)], &Wildcards::new())
    }

    fn holds(&self, constraint: &Constraint, element: &Element) -> bool {
        let (matching, others): (Vec<_>, Vec<_>) = element
            .children()
            .partition(|child| self.matches(&constraint.pattern, child));
        let times = constraint.times.as_ref();
        times.is_none_or(|times| times.value.allows(matching.len()))
            && !others
                .iter()
                .any(|child| self.must_match(constraint, child))
    }

    fn must_match(&self, constraint: &Constraint, child: &Element) -> bool {
        let Some(each) = &constraint.each else {
            return false;
        };
        let names = constraint.pattern.names().unwrap_or_default();
        names.iter().any(|expected| {
            let is_named = child.name() == expected.name && child.ns() == expected.namespace;
            is_named
                && match &each.value {
                    Each::OfName => true,
                    Each::Agreeing { namespace, name } => expected.attributes.iter().any(|own| {
                        let is_it = own.namespace == *namespace && own.name == *name;
                        let received = attribute(child, namespace, name).filter(|_| is_it);
                        received.is_some_and(|received| {
                            let goal = Goal::Attribute(&own.value, received);
                            self.reach(&[goal], &Wildcards::new())
                        })
                    }),
                }
        })
    }
}

fn attribute(element: &Element, namespace: &str, name: &str) -> Option<String> {
    let mut attributes = element.attrs().iter();
    let found =
        attributes.find(|((own, local), _)| own.as_str() == namespace && local.as_str() == name);
    found.map(|(_, value)| value.clone())
}

/// Every way of giving each pattern a child of its own, where all children get one that are not spare.
fn assignments<'a>(
    patterns: &'a [Pattern],
    children: &[&'a Element],
    spare: &[bool],
    is_ordered: bool,
) -> Vec<Vec<Goal<'a>>> {
    let Some((first, rest)) = patterns.split_first() else {
        return match spare.iter().all(|spare| *spare) {
            true => vec![Vec::new()],
            false => Vec::new(),
        };
    };
    let mut all = Vec::new();
    for choice in 0..children.len() {
        let is_skipping_needed = spare[..choice].contains(&false);
        if is_ordered && is_skipping_needed {
            break;
        }
        let (mut left, mut left_spare) = (children.to_vec(), spare.to_vec());
        let child = left.remove(choice);
        left_spare.remove(choice);
        if is_ordered {
            left.drain(..choice);
            left_spare.drain(..choice);
        }
        for mut others in assignments(rest, &left, &left_spare, is_ordered) {
            others.insert(0, Goal::Element(first, child));
            all.push(others);
        }
    }
    all
}
