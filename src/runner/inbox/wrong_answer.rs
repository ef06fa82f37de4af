//! Why an expectation cannot be fulfilled any more, whatever else comes: something has come that comes once, and is not
//! what was expected.

use std::collections::{BTreeSet, HashMap};

use minidom::Element;

use super::super::management::is_acknowledgement;
use super::{Entry, Inbox, Progress, is_named};
use crate::matcher::{Bindings, ElementPattern, Gathering, Pattern, ValuePattern, ValuePiece};
use crate::xmpp::Entity;

/// Which of some patterns expect answers, by the ids of the requests. It is made when the first answer has come.
#[derive(Debug, Default)]
pub(in crate::runner) struct Awaited(Option<HashMap<String, Vec<usize>>>);

impl Awaited {
    /// The patterns that expect an answer with one of some ids, in order.
    fn with_ids<'i>(
        &mut self,
        ids: impl Iterator<Item = &'i str>,
        by_id: impl FnOnce() -> HashMap<String, Vec<usize>>,
    ) -> BTreeSet<usize> {
        let mut ids = ids.peekable();
        if ids.peek().is_none() {
            return BTreeSet::new();
        }
        let by_id = self.0.get_or_insert_with(by_id);
        let patterns = ids.filter_map(|id| by_id.get(id)).flatten();
        patterns.copied().collect()
    }
}

impl Inbox {
    /// Finds an expected answer to a request that was answered already, and with something else; the last
    /// answer is among the unseen elements.
    pub(super) fn wrong_answer(
        &self,
        gathering: &Gathering<'_>,
        awaited: &mut Awaited,
        seen: usize,
    ) -> Option<Progress> {
        let unseen = self.entries.iter().skip(seen);
        let ids = unseen.filter_map(|entry| self.answered_id(&entry.element));
        let mut patterns = awaited
            .with_ids(ids, || self.awaited(gathering))
            .into_iter();
        patterns.find_map(|pattern| {
            let expected = &gathering.patterns()[pattern];
            let (id, by) = self.expected_answer(expected, gathering.bindings())?;
            let by = self.requests.answered(&id, by.as_ref());
            let fits = |index: usize| gathering.fits(index, pattern);
            let mut unseen = self.answers(&id, &by, seen).peekable();
            if unseen.peek().is_none() || unseen.any(fits) {
                return None;
            }
            let culprit = self.answers(&id, &by, 0).next()?;
            let hopeless = !self.answers(&id, &by, 0).any(fits);
            hopeless.then_some(Progress::WrongAnswer { pattern, culprit })
        })
    }

    /// The patterns that expect answers, by the ids of the requests.
    fn awaited(&self, gathering: &Gathering<'_>) -> HashMap<String, Vec<usize>> {
        let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
        for (pattern, expected) in gathering.patterns().iter().enumerate() {
            if let Some((id, _)) = self.expected_answer(expected, gathering.bindings()) {
                by_id.entry(id).or_default().push(pattern);
            }
        }
        by_id
    }

    /// The answers of some entities to a request, after the first few elements.
    fn answers(&self, id: &str, by: &[&Entity], after: usize) -> impl Iterator<Item = usize> {
        let entries = self.entries.iter().enumerate();
        let is_answer = |element: &Element| {
            let from = || self.requests.entity(element.attr("from"));
            self.answered_id(element) == Some(id) && by.contains(&&from())
        };
        entries
            .skip(after)
            .filter(move |(_, entry)| is_answer(&entry.element))
            .map(|(index, _)| index)
    }

    /// Finds an element that is no stanza, has the name of the one expected, and is not it: the server says such a
    /// thing once. An acknowledgement may still come as long as one is due, and where several names are expected, an
    /// element of another one.
    pub(super) fn wrong_nonza(&self, patterns: &[Pattern], seen: usize) -> Option<Progress> {
        let [pattern] = patterns else {
            return None;
        };
        let names = pattern.names()?;
        let (expected, others) = names.split_first()?;
        let is_same = |other: &&ElementPattern| {
            (&other.namespace, &other.name) == (&expected.namespace, &expected.name)
        };
        if !others.iter().all(is_same) {
            return None;
        }
        let is_due =
            |element: &Element| is_acknowledgement(element) && self.acknowledgements_due > 0;
        let is_wrong = |entry: &Entry| {
            let is_it = is_named(&entry.element, expected) && !self.is_stanza(&entry.element);
            is_it && !entry.passed_over && !is_due(&entry.element)
        };
        let culprit = (seen..self.entries.len()).rfind(|index| is_wrong(&self.entries[*index]))?;
        Some(Progress::WrongAnswer {
            pattern: 0,
            culprit,
        })
    }

    /// The id of the answer that a pattern expects, if it can expect nothing else, and of whom it expects it, if it
    /// says so.
    fn expected_answer(
        &self,
        pattern: &Pattern,
        bindings: &Bindings,
    ) -> Option<(String, Option<Entity>)> {
        let expected = match pattern {
            Pattern::Any(_) => return None,
            Pattern::OneOf(one_of) => {
                let members = one_of.members.iter();
                let mut answers = members.map(|member| self.expected_answer(member, bindings));
                let (id, by) = answers.next()??;
                return answers.try_fold((id, by), |(id, by), other| {
                    let (other, from) = other?;
                    (other == id).then_some((id, by.filter(|by| from.as_ref() == Some(by))))
                });
            }
            Pattern::Element(expected) => expected,
        };
        let is_iq = expected.name == "iq" && expected.namespace == self.role.namespace();
        if !is_iq || can_be_request(expected.attribute("type")?, bindings) {
            return None;
        }
        let id = expected.only_value_of("id", bindings)?.into_owned();
        let from = expected.only_value_of("from", bindings);
        Some((id, from.map(|from| self.requests.entity(Some(&from)))))
    }
}

/// Whether the `type` that is expected of an iq can be that of a request.
pub(in crate::runner) fn can_be_request(kind: &ValuePattern, bindings: &Bindings) -> bool {
    if let Some(kind) = kind.only_value(bindings) {
        return matches!(kind.as_ref(), "get" | "set");
    }
    match kind.pieces.as_slice() {
        [ValuePiece::Wildcard { conditions, .. }] => ["get", "set"]
            .iter()
            .any(|kind| conditions.accept(kind, bindings)),
        _ => true,
    }
}
