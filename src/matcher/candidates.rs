//! Which elements are worth comparing with which patterns.
//!
//! Comparing everything with everything takes a second where a stanza has a thousand children. Most patterns have
//! a *mark*: something fixed, an attribute or a text, in the element itself or below it. Only elements that have the
//! same there can match, and they are found by looking them up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use minidom::Element;

use super::bindings::Bindings;
use super::compare::text_of;
use super::pattern::{ElementPattern, Pattern, TextPattern};
use crate::escape::WHITE_SPACE;

/// For each pattern the elements that it may match, in the order they came.
pub(super) struct Candidates<'a> {
    everything: Vec<usize>,
    /// The elements by what they have in each place that some mark is in.
    by_place: BTreeMap<Place<'a>, HashMap<String, Vec<usize>>>,
    marks: Vec<Option<Mark<'a>>>,
}

/// Something that tells elements apart at a glance.
#[derive(Debug)]
struct Mark<'a> {
    place: Place<'a>,
    value: String,
}

/// Where a mark is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    /// The names from the element down to the one that has the mark.
    path: Vec<&'a str>,
    field: Field<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field<'a> {
    /// The name itself is all.
    Name,
    Text,
    Attribute(&'a str),
}

impl<'a> Candidates<'a> {
    pub(super) fn new(patterns: &'a [Pattern], elements: &[&Element], bindings: &Bindings) -> Self {
        let marks: Vec<_> = patterns
            .iter()
            .map(|pattern| Mark::of(pattern, bindings))
            .collect();
        // Where each child has a name of its own, there are as many places: each looks only at its own elements.
        let by_name = by_name(elements);
        let mut by_place: BTreeMap<Place<'_>, HashMap<String, Vec<usize>>> = BTreeMap::new();
        for mark in marks.iter().flatten() {
            if !by_place.contains_key(&mark.place) {
                let named = by_name
                    .get(mark.place.path[0])
                    .map_or(&[][..], Vec::as_slice);
                by_place.insert(mark.place.clone(), mark.place.index(elements, named));
            }
        }
        Self {
            everything: (0..elements.len()).collect(),
            by_place,
            marks,
        }
    }

    /// The candidates for a pattern.
    pub(super) fn of(&self, pattern: usize) -> &[usize] {
        match &self.marks[pattern] {
            None => &self.everything,
            Some(mark) => {
                let by_value = self.by_place.get(&mark.place);
                by_value
                    .and_then(|values| values.get(&mark.value))
                    .map_or(&[], Vec::as_slice)
            }
        }
    }
}

/// The elements by their local names.
fn by_name<'e>(elements: &[&'e Element]) -> HashMap<&'e str, Vec<usize>> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, element) in elements.iter().enumerate() {
        by_name.entry(element.name()).or_default().push(index);
    }
    by_name
}

impl<'a> Mark<'a> {
    fn of(pattern: &'a Pattern, bindings: &Bindings) -> Option<Self> {
        let Pattern::Element(expected) = pattern else {
            return None;
        };
        let name_alone = || Mark {
            place: Place {
                path: vec![expected.name.as_str()],
                field: Field::Name,
            },
            value: String::new(),
        };
        Some(Self::fixed(expected, bindings).unwrap_or_else(name_alone))
    }

    /// A mark with a value, of the element or, where it has none, below it.
    fn fixed(expected: &'a ElementPattern, bindings: &Bindings) -> Option<Self> {
        let path = vec![expected.name.as_str()];
        if let Some((field, value)) = own_mark(expected, bindings) {
            let place = Place { path, field };
            return Some(Mark { place, value });
        }
        expected.children.iter().find_map(|child| {
            let Pattern::Element(child) = child else {
                return None;
            };
            let mut mark = Self::fixed(child, bindings)?;
            mark.place.path.insert(0, &expected.name);
            Some(mark)
        })
    }
}

fn own_mark<'a>(expected: &'a ElementPattern, bindings: &Bindings) -> Option<(Field<'a>, String)> {
    let attributes = expected.attributes.iter();
    let mut plain = attributes.filter(|attribute| attribute.namespace.is_empty());
    let by_attribute = plain.find_map(|attribute| {
        let value = attribute.value.only_value(bindings)?;
        Some((Field::Attribute(&attribute.name), value.into_owned()))
    });
    by_attribute.or_else(|| match &expected.text {
        TextPattern::Value(value) => {
            let value = value.only_value(bindings)?;
            Some((Field::Text, value.trim_matches(WHITE_SPACE).to_owned()))
        }
        TextPattern::Free | TextPattern::Absent => None,
    })
}

impl Place<'_> {
    /// The elements of the right name, by the values they have there.
    fn index(&self, elements: &[&Element], named: &[usize]) -> HashMap<String, Vec<usize>> {
        let mut by_value: HashMap<String, Vec<usize>> = HashMap::new();
        for index in named {
            for value in self.values_in(elements[*index]) {
                by_value.entry(value).or_default().push(*index);
            }
        }
        by_value
    }

    /// The values that an element has there, none twice.
    fn values_in(&self, element: &Element) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.collect(&self.path, element, &mut found);
        found
    }

    fn collect(&self, path: &[&str], element: &Element, found: &mut BTreeSet<String>) {
        match path {
            [name, ..] if *name != element.name() => {}
            [_, rest @ ..] if !rest.is_empty() => {
                for child in element.children() {
                    self.collect(rest, child, found);
                }
            }
            _ => found.extend(self.field.value_in(element)),
        }
    }
}

impl Field<'_> {
    fn value_in(self, element: &Element) -> Option<String> {
        match self {
            Field::Name => Some(String::new()),
            Field::Text => Some(text_of(element).trim_matches(WHITE_SPACE).to_owned()),
            Field::Attribute(name) => element.attr(name).map(str::to_owned),
        }
    }
}
