//! What has come for an actor and was not taken, in the order it came.
//!
//! Knows nothing of time: it only tells what can be said of what is there now.

use std::collections::HashMap;
use std::sync::Arc;

use minidom::Element;

use crate::matcher::{Bindings, Gathering, Pattern, TooHard};
use crate::plan::Receiving;
use crate::script::ast::Class;

/// Stanzas, and elements that are none, which came over an actor's stream.
#[derive(Debug)]
pub(super) struct Inbox {
    class: Class,
    entries: Vec<Entry>,
    requests: HashMap<String, Request>,
}

#[derive(Debug)]
struct Entry {
    element: Arc<Element>,
    /// Whether a `receives` has looked at it and taken something that came later.
    passed_over: bool,
}

/// How often an id was used for a request, and how many answers came. Scripts use ids again, and with other
/// addressees.
#[derive(Debug, Default)]
struct Request {
    sent: usize,
    answered: usize,
}

/// What can be said of an expectation.
#[derive(Debug, PartialEq)]
pub(super) enum Progress {
    /// It is fulfilled, and this is what is bound now.
    Fulfilled(Bindings),
    /// It can still be fulfilled.
    Open,
    /// The request was answered with something else.
    WrongAnswer {
        /// Which of the expectations it is.
        pattern: usize,
        /// The answer.
        culprit: usize,
    },
    /// Something else came next.
    NotNext {
        /// Which of the expectations it is.
        pattern: usize,
        /// What came.
        culprit: usize,
    },
}

impl Inbox {
    /// An empty inbox.
    pub(super) fn new(class: Class) -> Self {
        Self {
            class,
            entries: Vec::new(),
            requests: HashMap::new(),
        }
    }

    /// Takes in what came.
    pub(super) fn push(&mut self, element: Arc<Element>) {
        if let Some(id) = self.answered_id(&element) {
            self.requests.entry(id.to_owned()).or_default().answered += 1;
        }
        self.entries.push(Entry {
            element,
            passed_over: false,
        });
    }

    /// Takes note of a request that will be answered.
    pub(super) fn expect_answer(&mut self, id: String) {
        self.requests.entry(id).or_default().sent += 1;
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Everything that is there, and whether it was passed over.
    pub(super) fn elements(&self) -> impl Iterator<Item = (&Element, bool)> {
        let entries = self.entries.iter();
        entries.map(|entry| (&*entry.element, entry.passed_over))
    }

    /// The stanzas that no `receives` has looked at yet.
    pub(super) fn news(&self) -> impl Iterator<Item = &Element> {
        self.entries
            .iter()
            .filter(|entry| !entry.passed_over && self.is_stanza(&entry.element))
            .map(|entry| &*entry.element)
    }

    /// Empties the inbox and gives what was passed over.
    pub(super) fn drain_passed_over(&mut self) -> Vec<Element> {
        self.requests.clear();
        let entries = self.entries.drain(..);
        entries
            .filter(|entry| entry.passed_over)
            .map(|entry| Arc::unwrap_or_clone(entry.element))
            .collect()
    }

    /// Compares the next element that was not compared yet with the patterns; tells whether there was one that could
    /// matter.
    pub(super) fn compare_next(
        &self,
        gathering: &mut Gathering<'_>,
        receiving: Receiving,
    ) -> Result<bool, TooHard> {
        let is_next_known = gathering.compared().len() == gathering.patterns().len();
        let is_enough = gathering.is_complete() || receiving == Receiving::Next && is_next_known;
        let Some(entry) = self.entries.get(gathering.offered()).filter(|_| !is_enough) else {
            return Ok(false);
        };
        match self.is_eligible(&entry.element, gathering.patterns()) {
            true => gathering.offer(&entry.element)?,
            false => gathering.pass(),
        }
        Ok(true)
    }

    /// Takes the stanzas that fulfil the patterns, in whatever order they are there, if they all are. They were
    /// compared; the first `seen` of them also at an earlier call.
    pub(super) fn receive(
        &mut self,
        gathering: &Gathering<'_>,
        receiving: Receiving,
        seen: usize,
    ) -> Result<Progress, TooHard> {
        let is_new = (seen..gathering.offered()).any(|index| gathering.fits_any(index));
        let found = match is_new {
            true => gathering.result(&|index| &self.entries[index].element)?,
            false => None,
        };
        Ok(match (found, receiving) {
            (Some((taken, bindings)), _) => {
                self.take(taken);
                Progress::Fulfilled(bindings)
            }
            (None, Receiving::FirstMatch) => {
                self.wrong_answer(gathering, seen).unwrap_or(Progress::Open)
            }
            (None, Receiving::Next) => not_next(gathering).unwrap_or(Progress::Open),
        })
    }

    /// Whether patterns may take an element: it is a stanza, or one of them asks for it by name.
    fn is_eligible(&self, element: &Element, patterns: &[Pattern]) -> bool {
        self.is_stanza(element)
            || patterns.iter().any(|pattern| match pattern {
                Pattern::Any(_) => false,
                Pattern::Element(expected) => {
                    element.name() == expected.name && element.has_ns(expected.namespace.as_str())
                }
            })
    }

    /// Removes elements and marks those before the last of them as passed over.
    fn take(&mut self, mut taken: Vec<usize>) {
        taken.sort_unstable();
        let Some(last) = taken.last() else { return };
        for entry in &mut self.entries[..*last] {
            entry.passed_over = true;
        }
        for index in taken.into_iter().rev() {
            self.entries.remove(index);
        }
    }

    /// Finds an expected answer to a request that was answered already, and with something else; the last
    /// answer is among the unseen elements.
    fn wrong_answer(&self, gathering: &Gathering<'_>, seen: usize) -> Option<Progress> {
        let mut patterns = gathering.patterns().iter().enumerate();
        patterns.find_map(|(pattern, expected)| {
            let id = self.expected_answer(expected, gathering.bindings())?;
            self.answers(&id, seen).next()?;
            let culprit = self.answers(&id, 0).next()?;
            let fits = |index: usize| gathering.fits(index, pattern);
            let hopeless = self.is_all_answered(&id) && !self.answers(&id, 0).any(fits);
            hopeless.then_some(Progress::WrongAnswer { pattern, culprit })
        })
    }

    /// The answers to a request after the first few elements.
    fn answers(&self, id: &str, after: usize) -> impl Iterator<Item = usize> {
        let entries = self.entries.iter().enumerate();
        entries
            .skip(after)
            .filter(move |(_, entry)| self.answered_id(&entry.element) == Some(id))
            .map(|(index, _)| index)
    }

    fn is_all_answered(&self, id: &str) -> bool {
        self.requests
            .get(id)
            .is_some_and(|request| request.sent > 0 && request.answered >= request.sent)
    }

    /// The id of an answer (RFC 6120 §8.2.3).
    fn answered_id<'a>(&self, element: &'a Element) -> Option<&'a str> {
        let is_ours = is_answer(element) && element.has_ns(self.class.namespace());
        is_ours.then(|| element.attr("id")).flatten()
    }

    /// The id of the answer that a pattern expects, if that is what it expects.
    fn expected_answer(&self, pattern: &Pattern, bindings: &Bindings) -> Option<String> {
        let Pattern::Element(expected) = pattern else {
            return None;
        };
        let is_iq = expected.name == "iq" && expected.namespace == self.class.namespace();
        let value = |name: &str| {
            let mut attributes = expected.attributes.iter();
            attributes.find(|attribute| attribute.namespace.is_empty() && attribute.name == name)
        };
        let kind = value("type").and_then(|kind| kind.value.only_value(bindings));
        let is_request = matches!(kind.as_deref(), Some("get" | "set"));
        let id = value("id")?.value.only_value(bindings)?.into_owned();
        (is_iq && !is_request).then_some(id)
    }

    fn is_stanza(&self, element: &Element) -> bool {
        element.has_ns(self.class.namespace())
            && matches!(element.name(), "message" | "presence" | "iq")
    }
}

/// Something else that came where only what is expected may come.
fn not_next(gathering: &Gathering<'_>) -> Option<Progress> {
    let next = gathering.compared();
    let foreign = next.iter().find(|index| !gathering.fits_any(**index));
    let are_all = next.len() == gathering.patterns().len();
    let last = next.last().filter(|_| are_all);
    Some(Progress::NotNext {
        pattern: gathering.missing().unwrap_or_default(),
        culprit: *foreign.or(last)?,
    })
}

/// Whether an element is the answer to a request (RFC 6120 §8.2.3).
pub(super) fn is_answer(element: &Element) -> bool {
    element.name() == "iq" && matches!(element.attr("type"), Some("result" | "error"))
}
