//! Which elements are worth comparing with which patterns.
//!
//! Comparing everything with everything takes a second where a stanza has a thousand children. Most patterns have
//! a *mark*: something fixed, an attribute or a text, in the element itself or below it. Only elements that have the
//! same there can match, and they are found by looking them up.

use std::cell::{LazyCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use minidom::Element;

use super::bindings::Bindings;
use super::effort::Steps;
use super::element::text_of;
use super::pattern::{ElementPattern, Pattern, TextPattern};
use crate::escape::WHITE_SPACE;

/// For each pattern the elements that it may match, in the order they came.
pub(super) struct Candidates(Vec<Rc<Vec<usize>>>);

/// Of many patterns those that an element may match. They are looked up for each element that comes, where
/// [`Candidates`] are looked up for each pattern.
#[derive(Debug)]
pub(super) struct Seekers<'p> {
    /// The patterns by where they have a mark, and by what it is.
    marked: HashMap<Place<'p>, HashMap<String, Vec<usize>>>,
    /// The patterns that may match any element.
    unmarked: Vec<usize>,
}

/// The elements by what they have in some place.
type Index = HashMap<String, Rc<Vec<usize>>>;

/// What was looked up already, of each list of elements, which is known by where it is. A search looks at the same
/// elements again and again, and what they have does not change.
#[derive(Default)]
pub(super) struct Indexes<'p> {
    by_place: RefCell<HashMap<(*const u8, Place<'p>), Rc<Index>>>,
    by_name: RefCell<HashMap<*const u8, Rc<Index>>>,
}

/// Something that tells elements apart at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Mark<'a> {
    place: Place<'a>,
    value: String,
}

/// Where a mark is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place<'a> {
    /// The names from the element down to the one that has the mark.
    path: Vec<&'a str>,
    field: Field<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Field<'a> {
    /// The name itself is all.
    Name,
    Text,
    Attribute(&'a str),
}

/// Elements that are compared with patterns: the children of one, or stanzas.
#[derive(Clone, Copy)]
pub(super) struct List<'l> {
    /// Where it is: no two that are compared at the same time are in one place.
    id: *const u8,
    pub(super) elements: &'l [&'l Element],
}

impl<'l> List<'l> {
    /// The children of an element.
    pub(super) fn children_of(parent: &Element, elements: &'l [&'l Element]) -> Self {
        Self {
            id: std::ptr::from_ref(parent).cast(),
            elements,
        }
    }

    /// Stanzas.
    pub(super) fn stanzas(elements: &'l [&'l Element]) -> Self {
        Self {
            id: elements.as_ptr().cast(),
            elements,
        }
    }
}

impl Candidates {
    pub(super) fn new<'p>(
        patterns: &'p [Pattern],
        list: List<'_>,
        bindings: &Bindings,
        indexes: &Indexes<'p>,
        steps: &Steps<'_>,
    ) -> Self {
        let everything = LazyCell::new(|| Rc::new((0..list.elements.len()).collect()));
        let found = patterns.iter().map(|pattern| {
            if let Some(found) = among_few(pattern, list.elements, bindings) {
                return Rc::new(found);
            }
            let found = indexes.look_up(pattern, list, bindings, steps);
            found.unwrap_or_else(|| Rc::clone(&everything))
        });
        Self(found.collect())
    }

    /// The candidates for a pattern.
    pub(super) fn of(&self, pattern: usize) -> &[usize] {
        &self.0[pattern]
    }
}

impl<'p> Seekers<'p> {
    /// Each pattern is found by the mark of its own that it shares with the fewest others.
    pub(super) fn new(patterns: &'p [Pattern], bindings: &Bindings) -> Self {
        let marks: Vec<_> = patterns
            .iter()
            .map(|pattern| marks_of_members(pattern, bindings))
            .collect();
        let mut sharing: HashMap<Mark<'p>, usize> = HashMap::new();
        for mark in marks.iter().flatten().flatten().flatten() {
            *sharing.entry(mark.clone()).or_default() += 1;
        }
        let mut seekers = Self {
            marked: HashMap::new(),
            unmarked: Vec::new(),
        };
        for (pattern, members) in marks.into_iter().enumerate() {
            match members {
                Some(members) => members
                    .into_iter()
                    .filter_map(|marks| marks.into_iter().min_by_key(|mark| sharing[mark]))
                    .for_each(|mark| seekers.mark(pattern, mark)),
                None => seekers.unmarked.push(pattern),
            }
        }
        seekers
    }

    fn mark(&mut self, pattern: usize, mark: Mark<'p>) {
        let by_value = self.marked.entry(mark.place).or_default();
        by_value.entry(mark.value).or_default().push(pattern);
    }

    /// The patterns that an element may match, in order.
    pub(super) fn of(&self, element: &Element) -> Vec<usize> {
        let mut found = self.unmarked.clone();
        for (place, by_value) in &self.marked {
            let values = place.values_in(element).into_iter();
            found.extend(values.filter_map(|value| by_value.get(&value)).flatten());
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The marks of a pattern, or of each member of a one-of; none where it may match any element.
fn marks_of_members<'p>(pattern: &'p Pattern, bindings: &Bindings) -> Option<Vec<Vec<Mark<'p>>>> {
    match pattern {
        Pattern::Any(_) => None,
        Pattern::Element(_) => Some(vec![Mark::of(pattern, bindings, FEW)]),
        Pattern::OneOf(one_of) => {
            let members = one_of.members.iter();
            let marks = members.map(|member| marks_of_members(member, bindings));
            Some(marks.collect::<Option<Vec<_>>>()?.concat())
        }
    }
}

impl<'p> Indexes<'p> {
    /// The elements that a pattern may match, in the order they came; none where these may be any, or are so few that
    /// it is not worth the trouble.
    pub(super) fn look_up(
        &self,
        pattern: &'p Pattern,
        list: List<'_>,
        bindings: &Bindings,
        steps: &Steps<'_>,
    ) -> Option<Rc<Vec<usize>>> {
        if list.elements.len() <= HANDFUL {
            return None;
        }
        match pattern {
            Pattern::Any(_) => None,
            Pattern::Element(_) => self.of_element(pattern, list, bindings, steps),
            Pattern::OneOf(one_of) => self.of_any(&one_of.members, list, bindings, steps),
        }
    }

    /// The elements that have one of the marks, the one that the fewest have.
    fn of_element(
        &self,
        pattern: &'p Pattern,
        list: List<'_>,
        bindings: &Bindings,
        steps: &Steps<'_>,
    ) -> Option<Rc<Vec<usize>>> {
        let mut fewest: Option<Rc<Vec<usize>>> = None;
        for mark in Mark::of(pattern, bindings, FEW) {
            if fewest
                .as_ref()
                .is_some_and(|fewest| fewest.len() <= HANDFUL)
            {
                break;
            }
            let index = self.of(&mark.place, list, steps);
            let found = index.get(&mark.value).cloned().unwrap_or_default();
            if fewest
                .as_ref()
                .is_none_or(|fewest| found.len() < fewest.len())
            {
                fewest = Some(found);
            }
        }
        fewest
    }

    /// The elements that any of several patterns may match, where they are no more than half of all: a list of its own
    /// is no gain otherwise.
    fn of_any(
        &self,
        members: &'p [Pattern],
        list: List<'_>,
        bindings: &Bindings,
        steps: &Steps<'_>,
    ) -> Option<Rc<Vec<usize>>> {
        let mut found = Vec::new();
        for member in members {
            let own = self.look_up(member, list, bindings, steps)?;
            steps.spend(1 + own.len() / 8)?;
            found.extend_from_slice(&own);
            if found.len() > list.elements.len() / 2 {
                return None;
            }
        }
        found.sort_unstable();
        found.dedup();
        Some(Rc::new(found))
    }

    /// The elements by what they have in a place. Where each child has a name of its own, there are as many places:
    /// each looks only at its own elements.
    fn of(&self, place: &Place<'p>, list: List<'_>, steps: &Steps<'_>) -> Rc<Index> {
        let key = (list.id, place.clone());
        if let Some(known) = self.by_place.borrow().get(&key) {
            return Rc::clone(known);
        }
        let by_name = self.by_name(list, steps);
        let named = by_name.get(place.path[0]);
        let named = named.map_or(&[][..], |named| named.as_slice());
        let index = Rc::new(place.index(list.elements, named, steps));
        self.by_place.borrow_mut().insert(key, Rc::clone(&index));
        index
    }

    /// The elements by their local names.
    fn by_name(&self, list: List<'_>, steps: &Steps<'_>) -> Rc<Index> {
        if let Some(known) = self.by_name.borrow().get(&list.id) {
            return Rc::clone(known);
        }
        let _ = steps.spend(list.elements.len());
        let names = list.elements.iter().enumerate();
        let index = Rc::new(collected(
            names.map(|(index, element)| (element.name().to_owned(), index)),
        ));
        self.by_name.borrow_mut().insert(list.id, Rc::clone(&index));
        index
    }
}

fn collected(pairs: impl Iterator<Item = (String, usize)>) -> Index {
    let mut by_value: HashMap<String, Vec<usize>> = HashMap::new();
    for (value, index) in pairs {
        by_value.entry(value).or_default().push(index);
    }
    let by_value = by_value.into_iter();
    by_value
        .map(|(value, found)| (value, Rc::new(found)))
        .collect()
}

/// Of a handful of elements those that have a pattern's first mark, if that is in the elements themselves: an index of
/// so few would cost more than to look.
fn among_few(pattern: &Pattern, elements: &[&Element], bindings: &Bindings) -> Option<Vec<usize>> {
    if elements.len() > HANDFUL {
        return None;
    }
    let marks = Mark::of(pattern, bindings, 1);
    let [Mark { place, value }] = marks.as_slice() else {
        return None;
    };
    let [name] = place.path[..] else {
        return None;
    };
    let elements = elements.iter().enumerate();
    let marked =
        elements.filter(|(_, element)| element.name() == name && place.field.is_in(element, value));
    Some(marked.map(|(index, _)| index).collect())
}

/// How many marks of a pattern are looked up.
const FEW: usize = 4;

/// So few candidates are better compared than looked up in a further place.
pub(super) const HANDFUL: usize = 4;

impl<'a> Mark<'a> {
    /// So many marks of a pattern at most: its name, if it does not have better ones.
    fn of(pattern: &'a Pattern, bindings: &Bindings, most: usize) -> Vec<Self> {
        let Pattern::Element(expected) = pattern else {
            return Vec::new();
        };
        let mut marks = Vec::new();
        let path = &mut vec![expected.name.as_str()];
        Self::collect(expected, path, bindings, most, &mut marks);
        if marks.is_empty() {
            marks.push(Mark {
                place: Place {
                    path: vec![&expected.name],
                    field: Field::Name,
                },
                value: String::new(),
            });
        }
        marks
    }

    /// Collects a few marks with a value, of the element and of those below it.
    fn collect(
        expected: &'a ElementPattern,
        path: &mut Vec<&'a str>,
        bindings: &Bindings,
        most: usize,
        marks: &mut Vec<Self>,
    ) {
        for (field, value) in own_marks(expected, bindings).take(most.saturating_sub(marks.len())) {
            let path = path.clone();
            let place = Place { path, field };
            marks.push(Mark { place, value });
        }
        for child in &expected.children {
            if let Pattern::Element(child) = child
                && marks.len() < most
            {
                path.push(&child.name);
                Self::collect(child, path, bindings, most, marks);
                path.pop();
            }
        }
    }
}

fn own_marks<'a>(
    expected: &'a ElementPattern,
    bindings: &Bindings,
) -> impl Iterator<Item = (Field<'a>, String)> {
    let attributes = expected.attributes.iter();
    let plain = attributes.filter(|attribute| attribute.namespace.is_empty());
    let by_attribute = plain.filter_map(|attribute| {
        let value = attribute.value.only_value(bindings)?;
        Some((Field::Attribute(&attribute.name), value.into_owned()))
    });
    let by_text = match &expected.text {
        TextPattern::Value(value) => value.only_value(bindings).map(|value| {
            let value = value.trim_matches(WHITE_SPACE).to_owned();
            (Field::Text, value)
        }),
        TextPattern::Free | TextPattern::Absent => None,
    };
    by_attribute.chain(by_text)
}

impl Place<'_> {
    /// The elements of the right name, by the values they have there.
    fn index(&self, elements: &[&Element], named: &[usize], steps: &Steps<'_>) -> Index {
        let values = named.iter().flat_map(|index| {
            let values = self.values_in(elements[*index]);
            let _ = steps.spend(1 + values.len());
            values.into_iter().map(|value| (value, *index))
        });
        collected(values)
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

/// Whether an element has this text, white space around it left out.
fn has_text(element: &Element, text: &str) -> bool {
    let mut own = element.texts();
    match (own.next(), own.next()) {
        (None, _) => text.is_empty(),
        (Some(only), None) => only.trim_matches(WHITE_SPACE) == text,
        (Some(_), Some(_)) => text_of(element).trim_matches(WHITE_SPACE) == text,
    }
}

impl Field<'_> {
    /// Whether an element has a value there.
    fn is_in(self, element: &Element, value: &str) -> bool {
        match self {
            Field::Name => true,
            Field::Text => has_text(element, value),
            Field::Attribute(name) => element.attr(name) == Some(value),
        }
    }

    fn value_in(self, element: &Element) -> Option<String> {
        match self {
            Field::Name => Some(String::new()),
            Field::Text => Some(text_of(element).trim_matches(WHITE_SPACE).to_owned()),
            Field::Attribute(name) => element.attr(name).map(str::to_owned),
        }
    }
}
