//! What has come for an actor and was not taken, in the order it came.
//!
//! Knows nothing of time: it only tells what can be said of what is there now.

mod wrong_answer;

use std::sync::Arc;

pub(super) use self::wrong_answer::{Awaited, can_be_request};
use minidom::Element;

use super::management::is_acknowledgement;
use super::requests::Requests;
use crate::matcher::{Bindings, ElementPattern, Gathering, Pattern, TooHard};
use crate::ns;
use crate::plan::Receiving;
use crate::script::Role;
use crate::xmpp::{Closed, Header, Home};

/// Stanzas, and elements that are none, which came over an actor's stream.
#[derive(Debug, Clone)]
pub(super) struct Inbox {
    role: &'static Role,
    entries: Vec<Entry>,
    requests: Requests,
    /// How many acknowledgements the script has asked for and not got yet (XEP-0198 §4).
    acknowledgements_due: usize,
    /// Whether what comes now has its turn, as the stream is not bound.
    is_by_turns: bool,
    /// Whether the server has agreed to TLS, which has to begin at once (RFC 6120 §5.4.2.3).
    is_tls_due: bool,
    /// The stream error that came, whether it was taken or not.
    error: Option<Arc<Element>>,
    /// How the stream has ended, if it has.
    end: Option<End>,
    /// Whether a refusal has come behind which the stream has to end.
    is_end_due: bool,
    /// Whether the connection may be lost, as an alternative that was not chosen has expected it.
    may_be_lost: bool,
}

/// The end of a stream, which comes behind all that is in its inbox.
#[derive(Debug, Clone)]
struct End {
    how: Closed,
    /// Whether a step has expected it.
    is_expected: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    element: Arc<Element>,
    /// Whether a `receives` has looked at it and taken something that came later.
    passed_over: bool,
    /// Whether it has its turn: it came on a stream that was not bound, so nothing behind it can be taken before it.
    /// These are the first ones of an inbox.
    has_turn: bool,
    /// Whether it came in the place of TLS, so that anybody on the way may have put it there.
    is_in_place_of_tls: bool,
    /// The step during which it came.
    during: usize,
}

/// What was taken for each of some expectations, and what is bound then.
pub(super) type Picked = (Vec<Arc<Element>>, Bindings);

/// What can be said of an expectation.
#[derive(Debug, PartialEq)]
pub(super) enum Progress {
    /// It is fulfilled.
    Fulfilled {
        /// What is bound now.
        bindings: Bindings,
        /// What was taken for each of the expectations.
        elements: Vec<Arc<Element>>,
        /// How many elements are left before and among what was taken.
        behind: usize,
    },
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
    pub(super) fn new(role: &'static Role) -> Self {
        Self {
            role,
            entries: Vec::new(),
            requests: Requests::default(),
            acknowledgements_due: 0,
            is_by_turns: false,
            is_tls_due: false,
            error: None,
            end: None,
            is_end_due: false,
            may_be_lost: false,
        }
    }

    /// Begins a session, in which nothing is asked yet.
    pub(super) fn begin_session(&mut self, home: Home) {
        self.requests.begin_session(home);
        self.acknowledgements_due = 0;
        self.is_tls_due = false;
        self.error = None;
        self.end = None;
        self.is_end_due = false;
        self.may_be_lost = false;
    }

    /// Takes note of whether what comes from now on has its turn.
    pub(super) fn go_by_turns(&mut self, is_by_turns: bool) {
        self.is_by_turns = is_by_turns;
    }

    /// The same for all that is there, too.
    pub(super) fn let_all_go_by_turns(&mut self, is_by_turns: bool) {
        self.is_by_turns = is_by_turns;
        let entries = self.entries.iter_mut();
        entries.for_each(|entry| entry.has_turn = is_by_turns);
    }

    /// How many elements have their turn: the first ones.
    fn turns(&self) -> usize {
        self.entries.partition_point(|entry| entry.has_turn)
    }

    /// Whether an element has its turn.
    pub(super) fn has_turn(&self, index: usize) -> bool {
        self.entries[index].has_turn
    }

    /// Whether something is there that came in the place of TLS.
    pub(super) fn has_any_in_place_of_tls(&self) -> bool {
        self.entries.iter().any(|entry| entry.is_in_place_of_tls)
    }

    /// Takes note that TLS has begun, in the place of which nothing is there.
    pub(super) fn note_secured(&mut self) {
        self.is_tls_due = false;
    }

    /// Takes note of how the stream has ended. That it will end, by a stream error or as nothing can be written any
    /// more, is not the end yet.
    pub(super) fn note_end(&mut self, how: &Closed) {
        if self.end.is_none() && how.is_end() {
            self.end = Some(End {
                how: how.clone(),
                is_expected: false,
            });
        }
    }

    /// Takes note of where the actor is at home from now on.
    pub(super) fn move_home(&mut self, home: Home) {
        self.requests.move_home(home);
    }

    /// Where the actor is at home: its account and its server.
    pub(super) fn home(&self) -> &Home {
        self.requests.home()
    }

    /// How the stream has ended, if it has.
    pub(super) fn end(&self) -> Option<&Closed> {
        self.end.as_ref().map(|end| &end.how)
    }

    /// Takes note that a step has expected the end.
    pub(super) fn expect_end(&mut self) {
        if let Some(end) = &mut self.end {
            end.is_expected = true;
        }
    }

    /// Takes note that a login was refused by a stream error, behind which a server has to end the stream (RFC 6120
    /// §4.9.1.1): what expects the one expects the other.
    pub(super) fn expect_end_after_refusal(&mut self) {
        self.is_end_due = true;
    }

    /// Takes note that an alternative would take the end of the connection, whether it was chosen or not.
    pub(super) fn excuse_loss(&mut self) {
        self.may_be_lost = true;
    }

    /// Whether the connection may be lost.
    pub(super) fn may_be_lost(&self) -> bool {
        self.may_be_lost
    }

    /// Whether a step has expected that the stream ends.
    pub(super) fn is_end_expected(&self) -> bool {
        let end = self.end.as_ref();
        self.is_end_due || end.is_some_and(|end| end.is_expected)
    }

    /// Writes the headers that came as messages of a WebSocket as where there is none (RFC 7395 §3.4).
    pub(super) fn unframe_headers(&mut self) {
        let entries = self.entries.iter_mut();
        for entry in entries.filter(|entry| entry.element.is("open", ns::FRAMING)) {
            entry.element = Arc::new(Header::of_open(&entry.element).element());
        }
    }

    /// Takes in what came during a step.
    pub(super) fn push(&mut self, element: Arc<Element>, during: usize) {
        self.take_in(Entry {
            element,
            passed_over: false,
            has_turn: self.is_by_turns,
            is_in_place_of_tls: self.is_tls_due,
            during,
        });
    }

    fn take_in(&mut self, entry: Entry) {
        let element = &entry.element;
        if let Some(id) = self.answered_id(element) {
            self.requests.note_answer(id, element.attr("from"));
        }
        if is_acknowledgement(element) {
            self.acknowledgements_due = self.acknowledgements_due.saturating_sub(1);
        }
        if element.is("error", ns::STREAM) {
            self.error = Some(Arc::clone(element));
        }
        self.is_tls_due |= element.is("proceed", ns::TLS);
        self.entries.push(entry);
    }

    /// Puts the stream error back, if it was taken: how a stream has ended can be judged more than once.
    pub(super) fn recall_error(&mut self) {
        let is_it = |entry: &Entry| entry.element.is("error", ns::STREAM);
        if let Some(error) = self.error.clone()
            && !self.entries.iter().any(is_it)
        {
            self.entries.push(Entry {
                element: error,
                passed_over: true,
                has_turn: false,
                is_in_place_of_tls: false,
                during: 0,
            });
        }
    }

    /// Takes in the header and the features of a new stream, in the place of those of an older one.
    pub(super) fn greet(
        &mut self,
        greeting: impl IntoIterator<Item = Arc<Element>>,
        during: usize,
    ) {
        self.entries.retain(|entry| !is_greeting(&entry.element));
        for element in greeting {
            self.push(element, during);
        }
    }

    /// Takes the end of the stream back. Tells whether there was one.
    pub(super) fn withhold_end(&mut self) -> bool {
        self.end.take().is_some()
    }

    /// Puts others in the place of an element.
    pub(super) fn exchange(&mut self, element: &Arc<Element>, others: Vec<Arc<Element>>) {
        let is_it = |error: &Arc<Element>| Arc::ptr_eq(error, element);
        if self.error.as_ref().is_some_and(is_it) {
            self.error = others.first().cloned();
        }
        if let Some(place) = self.place_of(element) {
            let entry = self.entries.remove(place);
            let others = others.into_iter().map(|element| Entry {
                element,
                ..entry.clone()
            });
            self.entries.splice(place..place, others);
        }
    }

    /// Moves an element behind the one at a place, if it is before that.
    pub(super) fn move_behind(&mut self, element: &Arc<Element>, place: usize) {
        if let Some(own) = self.place_of(element).filter(|own| *own < place) {
            self.entries[own..=place].rotate_left(1);
        }
    }

    fn place_of(&self, element: &Arc<Element>) -> Option<usize> {
        let mut entries = self.entries.iter();
        entries.position(|entry| Arc::ptr_eq(&entry.element, element))
    }

    /// Takes note of a request to an address, or to none, that will be answered.
    pub(super) fn expect_answer(&mut self, id: String, to: Option<&str>) {
        self.requests.note_sent(id, to);
    }

    /// Takes note of a request for an acknowledgement.
    pub(super) fn expect_acknowledgement(&mut self) {
        self.acknowledgements_due += 1;
    }

    /// Takes in what has come for another inbox behind the first few elements there.
    pub(super) fn push_all_behind(&mut self, first: usize, other: &Self) {
        for entry in &other.entries[first..] {
            self.take_in(entry.clone());
        }
        if self.end.is_none() {
            self.end.clone_from(&other.end);
        }
    }

    /// Takes what came during one step for what came during another.
    pub(super) fn assign(&mut self, from: usize, to: usize) {
        let came = self.entries.iter_mut().filter(|entry| entry.during == from);
        came.for_each(|entry| entry.during = to);
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How much has come, the end included.
    pub(super) fn heard(&self) -> usize {
        self.len() + usize::from(self.end.is_some())
    }

    /// Everything that is there, and whether it was passed over.
    pub(super) fn elements(&self) -> impl Iterator<Item = (&Element, bool)> {
        let entries = self.entries.iter();
        entries.map(|entry| (&*entry.element, entry.passed_over))
    }

    /// The stanzas that are there, each with the step during which it came.
    pub(super) fn stanzas(&self) -> impl Iterator<Item = (&Element, usize)> {
        let entries = self.entries.iter();
        let stanzas = entries.filter(|entry| self.is_stanza(&entry.element));
        stanzas.map(|entry| (&*entry.element, entry.during))
    }

    /// The stanzas that no `receives` has looked at yet.
    pub(super) fn news(&self) -> impl Iterator<Item = &Element> {
        self.entries
            .iter()
            .filter(|entry| !entry.passed_over && self.is_stanza(&entry.element))
            .map(|entry| &*entry.element)
    }

    /// Empties the inbox. How the stream has ended is still known.
    pub(super) fn forget(&mut self) {
        self.entries.clear();
    }

    /// The stanzas that were passed over.
    pub(super) fn passed_over(&self) -> impl Iterator<Item = &Element> {
        let entries = self.entries.iter();
        let entries = entries.filter(|entry| entry.passed_over && self.is_stanza(&entry.element));
        entries.map(|entry| &*entry.element)
    }

    /// Empties the inbox and gives the stanzas that were passed over.
    pub(super) fn drain_passed_over(&mut self) -> Vec<Element> {
        self.end = None;
        let entries = self.entries.drain(..);
        let is_stray =
            |entry: &Entry| entry.passed_over && self.role.stream.carries(&entry.element);
        entries
            .filter(is_stray)
            .map(|entry| Arc::unwrap_or_clone(entry.element))
            .collect()
    }

    /// Compares the next element that was not compared yet with the patterns; tells whether there was one that could
    /// matter. The patterns are among the items of a whole step.
    pub(super) fn compare_next(
        &self,
        gathering: &mut Gathering<'_>,
        receiving: Receiving,
        items: &[Pattern],
    ) -> Result<bool, TooHard> {
        let are_next = gathering.compared().len() == gathering.patterns().len();
        if receiving == Receiving::Next && are_next {
            return Ok(false);
        }
        self.compare(gathering, |entry, patterns| match entry.has_turn {
            true => is_due(entry, items),
            false => self.is_eligible(&entry.element, patterns),
        })
    }

    /// The same where none has its turn.
    pub(super) fn compare_any(&self, gathering: &mut Gathering<'_>) -> Result<bool, TooHard> {
        self.compare(gathering, |entry, patterns| {
            self.is_eligible(&entry.element, patterns)
        })
    }

    fn compare<'p>(
        &self,
        gathering: &mut Gathering<'p>,
        is_eligible: impl Fn(&Entry, &'p [Pattern]) -> bool,
    ) -> Result<bool, TooHard> {
        let is_enough = gathering.is_complete();
        let Some(entry) = self.entries.get(gathering.offered()).filter(|_| !is_enough) else {
            return Ok(false);
        };
        match is_eligible(entry, gathering.patterns()) {
            true => gathering.offer(&entry.element)?,
            false => gathering.pass(),
        }
        Ok(true)
    }

    /// Takes the stanzas that fulfil the patterns, in whatever order they are there, if they all are. They were
    /// compared; the first `seen` of them also at an earlier call. What is awaited is kept from call to call.
    pub(super) fn receive(
        &mut self,
        gathering: &Gathering<'_>,
        awaited: &mut Awaited,
        receiving: Receiving,
        seen: usize,
    ) -> Result<Progress, TooHard> {
        let is_new = (seen..gathering.offered()).any(|index| gathering.fits_any(index));
        let found = match is_new {
            true => gathering.result(&|index| &self.entries[index].element)?,
            false => None,
        };
        if let Some(progress) = self.out_of_turn(gathering, found.as_ref().map(|found| &*found.0)) {
            return Ok(progress);
        }
        Ok(match (found, receiving) {
            (Some((taken, bindings)), _) => {
                let elements = self.elements_at(&taken);
                let behind = self.take(taken);
                Progress::Fulfilled {
                    bindings,
                    elements,
                    behind,
                }
            }
            (None, Receiving::FirstMatch) => self
                .wrong_answer(gathering, awaited, seen)
                .or_else(|| self.wrong_nonza(gathering.patterns(), seen))
                .unwrap_or(Progress::Open),
            (None, Receiving::Next) => {
                not_next(gathering, gathering.compared()).unwrap_or(Progress::Open)
            }
        })
    }

    /// Finds an element that has its turn and is not what is expected, or would be left out if these were taken.
    fn out_of_turn(&self, gathering: &Gathering<'_>, taken: Option<&[usize]>) -> Option<Progress> {
        let turns = self.turns();
        let compared = gathering.compared();
        let next = &compared[..compared.partition_point(|index| *index < turns)];
        let Some(taken) = taken else {
            return not_next(gathering, next);
        };
        let culprit = next.iter().find(|index| !taken.contains(index))?;
        Some(Progress::NotNext {
            pattern: 0,
            culprit: *culprit,
        })
    }

    /// The next element of those that have their turn, where none of a step's items may leave it out.
    pub(super) fn next_due(&self, items: &[Pattern]) -> Option<usize> {
        let next = &self.entries[..self.turns()];
        next.iter().position(|entry| is_due(entry, items))
    }

    /// Takes the elements that fulfil the patterns, if all are there, and leaves the others as they are. Gives what is
    /// taken, and what is bound then.
    pub(super) fn pick(&mut self, gathering: &Gathering<'_>) -> Result<Option<Picked>, TooHard> {
        let found = gathering.result(&|index| &self.entries[index].element)?;
        Ok(found.map(|(mut taken, bindings)| {
            let elements = self.elements_at(&taken);
            taken.sort_unstable();
            self.remove_all(&taken);
            (elements, bindings)
        }))
    }

    /// The last element of a pattern's name.
    pub(super) fn last_named(&self, pattern: &Pattern) -> Option<usize> {
        let names = pattern.names().unwrap_or_default();
        let is_namesake = |entry: &Entry| names.iter().any(|name| is_named(&entry.element, name));
        self.entries.iter().rposition(is_namesake)
    }

    /// Whether patterns may take an element.
    fn is_eligible(&self, element: &Element, patterns: &[Pattern]) -> bool {
        let mut patterns = patterns.iter();
        patterns.any(|pattern| may_take(pattern, element, self.role))
    }

    /// Whether an element can be what an author has meant by a pattern: what a server says when a stream is opened is
    /// there all the time.
    pub(super) fn can_be_meant(&self, element: &Element, pattern: &Pattern) -> bool {
        let names = pattern.names().unwrap_or_default();
        !is_greeting(element)
            || may_take(pattern, element, self.role)
            || names.iter().any(|name| is_meant(element, name))
    }

    /// An element.
    pub(super) fn element(&self, index: usize) -> &Element {
        &self.entries[index].element
    }

    fn elements_at(&self, indexes: &[usize]) -> Vec<Arc<Element>> {
        let entries = indexes.iter().map(|index| &self.entries[*index]);
        entries.map(|entry| Arc::clone(&entry.element)).collect()
    }

    /// Removes some elements, which are given in order, and gives them.
    pub(super) fn remove_all(&mut self, indexes: &[usize]) -> Vec<Arc<Element>> {
        let (Some(first), Some(last)) = (indexes.first(), indexes.last()) else {
            return Vec::new();
        };
        let (mut next, mut wanted) = (*first, indexes.iter().peekable());
        let removed = self.entries.extract_if(*first..=*last, |_| {
            let is_wanted = wanted.next_if_eq(&&next).is_some();
            next += 1;
            is_wanted
        });
        removed.map(|entry| entry.element).collect()
    }

    /// Removes elements and marks those before the last of them as passed over. Gives how many these are.
    fn take(&mut self, mut taken: Vec<usize>) -> usize {
        taken.sort_unstable();
        let Some(last) = taken.last() else { return 0 };
        for entry in &mut self.entries[..*last] {
            entry.passed_over = true;
        }
        self.remove_all(&taken);
        last + 1 - taken.len()
    }

    /// The id of an answer (RFC 6120 §8.2.3).
    fn answered_id<'a>(&self, element: &'a Element) -> Option<&'a str> {
        let is_ours = is_answer(element) && element.has_ns(self.role.namespace());
        is_ours.then(|| element.attr("id")).flatten()
    }

    fn is_stanza(&self, element: &Element) -> bool {
        self.role.stream.carries(element)
    }
}

/// Whether a pattern may take an element that came for an actor of a role: it is a stanza, or the pattern asks for it by
/// name.
pub(super) fn may_take(pattern: &Pattern, element: &Element, role: &Role) -> bool {
    role.stream.carries(element)
        || pattern
            .names()
            .unwrap_or_default()
            .iter()
            .any(|expected| is_named(element, expected))
}

/// Whether an element has its turn where each has: it was not left out before, and is nothing that a server says when it
/// opens a stream and that no item names.
fn is_due(entry: &Entry, items: &[Pattern]) -> bool {
    let mut names = items
        .iter()
        .flat_map(|item| item.names().unwrap_or_default());
    let is_left_out =
        is_greeting(&entry.element) && !names.any(|name| is_meant(&entry.element, name));
    !entry.passed_over && !is_left_out
}

/// Whether an element is called as it is expected to be, or is a header where one is expected that is written in the
/// other way (RFC 7395 §3.3).
fn is_meant(element: &Element, expected: &ElementPattern) -> bool {
    const HEADERS: [(&str, &str); 2] = [("stream", ns::STREAM), ("open", ns::FRAMING)];
    let is_header = |(name, namespace): &(&str, &str)| element.is(*name, *namespace);
    let is_expected = |(name, namespace): &(&str, &str)| {
        expected.name == *name && expected.namespace.as_str() == *namespace
    };
    is_named(element, expected) || HEADERS.iter().any(is_header) && HEADERS.iter().any(is_expected)
}

fn is_named(element: &Element, expected: &ElementPattern) -> bool {
    element.name() == expected.name && element.has_ns(expected.namespace.as_str())
}

/// Something else that came where only what is expected may come: among these elements, which come one after the other.
fn not_next(gathering: &Gathering<'_>, next: &[usize]) -> Option<Progress> {
    let foreign = next.iter().find(|index| !gathering.fits_any(**index));
    let are_all = next.len() >= gathering.patterns().len();
    let last = next.last().filter(|_| are_all);
    Some(Progress::NotNext {
        pattern: gathering.missing().unwrap_or_default(),
        culprit: *foreign.or(last)?,
    })
}

/// Whether an element is what a server says when a stream is opened: its header, or what it offers (RFC 6120 §4.2).
fn is_greeting(element: &Element) -> bool {
    element.is("features", ns::STREAM)
        || element.is("stream", ns::STREAM)
        || element.is("open", ns::FRAMING)
}

/// Whether an element is the answer to a request (RFC 6120 §8.2.3).
pub(super) fn is_answer(element: &Element) -> bool {
    element.name() == "iq" && matches!(element.attr("type"), Some("result" | "error"))
}
