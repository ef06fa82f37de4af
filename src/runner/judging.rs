//! Whether an expectation holds, in each mode, on what has come for its actor and was not taken.
//!
//! It knows nothing of time, streams or steps: a judgement is true of one inbox and the values that variables have, be
//! these the actor's own or copies. How long is waited for more is up to the caller.

use std::sync::Arc;

use minidom::Element;
use tokio::task::yield_now;

use super::inbox::{Awaited, Inbox, Progress};
use super::outcome::{Candidate, Expectation, Failure, Reason};
use super::taken::Took;
use crate::matcher::{self, Bindings, Effort, Gathering, Pattern, TooHard, distance};
use crate::ns;
use crate::plan::Receiving;
use crate::script::{Expectation as Expected, ExpectationMode, Footer};
use crate::source::Span;
use crate::xmpp::Closed;

/// An expectation that is judged again and again, as more comes.
#[derive(Debug)]
pub(super) struct Judging<'p> {
    mode: ExpectationMode,
    /// Whether it expects a stream header as it is written where there is no WebSocket.
    expects_header: bool,
    /// Which stanza it may take.
    receiving: Receiving,
    /// All items.
    items: &'p [Pattern],
    /// The items that are still due.
    due: &'p [Pattern],
    /// The end of the stream, where it has to come behind them.
    footer: Option<Footer>,
    /// Those of them that are compared now, with what has come.
    gathering: Option<Gathering<'p>>,
    /// Which of those are answers.
    awaited: Awaited,
    /// In order, the item that was taken last, and behind how many elements the next one has to be.
    before: Option<(&'p Pattern, usize)>,
}

/// How far an expectation has been met.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark<'p> {
    due: &'p [Pattern],
    before: Option<(&'p Pattern, usize)>,
}

/// What can be said of an expectation.
#[derive(Debug)]
pub(super) enum Standing<'p> {
    /// One or several of its items are taken. It has to be judged again.
    Took(Took),
    /// It holds.
    Holds,
    /// It does not hold yet.
    Open,
    /// It cannot hold any more.
    Hopeless(Hopeless<'p>),
}

/// Why an expectation cannot hold any more.
#[derive(Debug)]
pub(super) struct Hopeless<'p> {
    /// Why.
    pub(super) reason: Reason,
    /// The item that is not fulfilled; none where there are no items.
    pattern: Option<&'p Pattern>,
    /// What in the inbox shows it.
    culprit: Option<usize>,
    /// Where the script demands the end of the stream, if that is what is not fulfilled.
    footer: Option<Span>,
}

impl<'p> Judging<'p> {
    /// Nothing has been looked at yet.
    pub(super) fn new(expected: &'p Expected<Pattern>, receiving: Receiving) -> Self {
        Self {
            mode: expected.mode,
            expects_header: expects_header(&expected.items),
            receiving,
            items: &expected.items,
            due: &expected.items,
            footer: expected.footer,
            gathering: None,
            awaited: Awaited::default(),
            before: None,
        }
    }

    /// How far it has been met.
    pub(super) fn mark(&self) -> Mark<'p> {
        Mark {
            due: self.due,
            before: self.before,
        }
    }

    /// Goes back to where it has been met so far, and looks again at all that has come.
    pub(super) fn go_back(&mut self, mark: Mark<'p>) {
        self.due = mark.due;
        self.before = mark.before;
        self.look_again();
    }

    /// Looks again at what was looked at, as variables have other values now or other items are due.
    pub(super) fn look_again(&mut self) {
        self.gathering = None;
        self.awaited = Awaited::default();
    }

    /// Judges by what is there now, and takes what it may take. Between calls, an inbox may only grow.
    ///
    /// # Errors
    ///
    /// When it is too hard to tell.
    pub(super) async fn judge(
        &mut self,
        inbox: &mut Inbox,
        bindings: &Bindings,
    ) -> Result<Standing<'p>, TooHard> {
        if self.expects_header {
            inbox.unframe_headers();
        }
        match self.mode {
            ExpectationMode::Each
            | ExpectationMode::AllInAnyOrder
            | ExpectationMode::InThisOrder => self.judge_due(inbox, bindings).await,
            ExpectationMode::Nothing => Ok(match inbox.news().next() {
                None => Standing::Holds,
                Some(_) => Standing::Hopeless(self.given_up(Reason::Unwanted)),
            }),
            ExpectationMode::NoneOf => self.judge_forbidden(inbox, bindings).await,
            ExpectationMode::Disconnection => self.judge_end(inbox, bindings).await,
            ExpectationMode::Refusal if self.due.is_empty() => Ok(Standing::Holds),
            ExpectationMode::Refusal => self.pick(inbox, bindings, Reason::RefusedOtherwise).await,
        }
    }

    /// How many elements of the inbox have been looked at.
    pub(super) fn seen(&self) -> usize {
        self.gathering.as_ref().map_or(0, Gathering::offered)
    }

    /// Whether there is something in the inbox that was not looked at.
    pub(super) fn has_news(&self, inbox: &Inbox) -> bool {
        match self.awaits_end() {
            true => inbox.end().is_some(),
            false => inbox.len() > self.seen(),
        }
    }

    /// Whether the end of the stream is what is waited for.
    pub(super) fn awaits_end(&self) -> bool {
        match self.mode {
            ExpectationMode::Disconnection => true,
            ExpectationMode::Each
            | ExpectationMode::AllInAnyOrder
            | ExpectationMode::InThisOrder => self.due.is_empty() && self.footer.is_some(),
            ExpectationMode::Nothing | ExpectationMode::NoneOf | ExpectationMode::Refusal => false,
        }
    }

    /// Whether each look is a search, so that one for all that came at once costs less.
    pub(super) fn is_costly(&self) -> bool {
        let gathering = self.gathering.as_ref();
        gathering.is_some_and(Gathering::is_bound_together)
    }

    /// What is to be said if nothing more is waited for.
    pub(super) fn given_up(&self, reason: Reason) -> Hopeless<'p> {
        let missing = self.gathering.as_ref().and_then(Gathering::missing);
        let reason = match reason {
            Reason::Timeout { waited } if self.awaits_end() => Reason::NotEnded { waited },
            reason => reason,
        };
        Hopeless {
            reason,
            pattern: self.due.get(missing.unwrap_or_default()),
            culprit: None,
            footer: self.footer.map(|footer| footer.span),
        }
    }

    async fn judge_due(
        &mut self,
        inbox: &mut Inbox,
        bindings: &Bindings,
    ) -> Result<Standing<'p>, TooHard> {
        let together = self.due_together();
        if together.is_empty() {
            return Ok(self.judge_footer(inbox));
        }
        let seen = self.seen();
        let first = self.before.map_or(0, |(_, behind)| behind);
        let gathering = self
            .gathering
            .get_or_insert_with(|| Gathering::new(together, bindings).behind(first));
        while inbox.compare_next(gathering, self.receiving, self.items)? {
            if gathering.is_tiring() {
                yield_now().await;
            }
        }
        let progress = inbox.receive(gathering, &mut self.awaited, self.receiving, seen)?;
        let (reason, pattern, culprit) = match progress {
            Progress::Fulfilled {
                bindings,
                elements,
                behind,
            } => {
                if self.mode == ExpectationMode::InThisOrder {
                    self.before = together.last().map(|taken| (taken, behind));
                }
                return Ok(self.took(elements, bindings));
            }
            Progress::Open => return Ok(Standing::Open),
            Progress::WrongAnswer { pattern, culprit } => (Reason::WrongAnswer, pattern, culprit),
            Progress::NotNext { pattern, culprit } => (not_next(inbox, culprit), pattern, culprit),
        };
        Ok(Standing::Hopeless(Hopeless {
            reason,
            pattern: together.get(pattern),
            culprit: Some(culprit),
            footer: None,
        }))
    }

    /// The items that are compared now.
    fn due_together(&self) -> &'p [Pattern] {
        match self.mode {
            ExpectationMode::AllInAnyOrder
            | ExpectationMode::Nothing
            | ExpectationMode::NoneOf
            | ExpectationMode::Disconnection
            | ExpectationMode::Refusal => self.due,
            ExpectationMode::Each | ExpectationMode::InThisOrder => {
                &self.due[..self.due.len().min(1)]
            }
        }
    }

    /// Whether the stream has ended in due form, where that has to come behind all else.
    fn judge_footer(&self, inbox: &mut Inbox) -> Standing<'p> {
        let foreign = inbox.next_due(self.items);
        if let Some(culprit) = foreign.filter(|_| self.footer.is_some()) {
            return Standing::Hopeless(Hopeless {
                culprit: Some(culprit),
                ..self.given_up(Reason::NotNextElement)
            });
        }
        match (self.footer, inbox.end()) {
            (None, _) => Standing::Holds,
            (Some(_), None) => Standing::Open,
            (Some(_), Some(Closed::ByPeer)) => {
                inbox.expect_end();
                Standing::Holds
            }
            (Some(_), Some(how)) => {
                let how = how.clone();
                Standing::Hopeless(self.given_up(Reason::EndedOtherwise { how }))
            }
        }
    }

    /// Whether the stream has ended, and what had to be said before was. Only that is taken out of the inbox.
    async fn judge_end(
        &mut self,
        inbox: &mut Inbox,
        bindings: &Bindings,
    ) -> Result<Standing<'p>, TooHard> {
        let Some(how) = inbox.end().cloned() else {
            return Ok(Standing::Open);
        };
        if !self.due.is_empty() {
            inbox.recall_error();
            return self
                .pick(inbox, bindings, Reason::EndedOtherwise { how })
                .await;
        }
        let is_due_form = how == Closed::ByPeer;
        if is_due_form || self.footer.is_none() && matches!(how, Closed::ConnectionLost(_)) {
            inbox.expect_end();
            return Ok(Standing::Holds);
        }
        Ok(Standing::Hopeless(
            self.given_up(Reason::EndedOtherwise { how }),
        ))
    }

    /// Takes the next item out of the inbox, where it is now or never.
    async fn pick(
        &mut self,
        inbox: &mut Inbox,
        bindings: &Bindings,
        otherwise: Reason,
    ) -> Result<Standing<'p>, TooHard> {
        let next = &self.due[..1];
        let gathering = self
            .gathering
            .get_or_insert_with(|| Gathering::new(next, bindings));
        while inbox.compare_any(gathering)? {
            if gathering.is_tiring() {
                yield_now().await;
            }
        }
        let Some((elements, bindings)) = inbox.pick(gathering)? else {
            return Ok(Standing::Hopeless(Hopeless {
                culprit: inbox.last_named(&next[0]),
                ..self.given_up(otherwise)
            }));
        };
        Ok(self.took(elements, bindings))
    }

    /// Takes note of what was taken for the first items that are due.
    fn took(&mut self, elements: Vec<Arc<Element>>, bindings: Bindings) -> Standing<'p> {
        self.look_again();
        let first = self.items.len() - self.due.len();
        self.due = &self.due[elements.len()..];
        Standing::Took(Took {
            first,
            elements,
            bindings,
        })
    }

    /// Looks for what must not be there, among what was passed over, too.
    async fn judge_forbidden(
        &mut self,
        inbox: &Inbox,
        bindings: &Bindings,
    ) -> Result<Standing<'p>, TooHard> {
        let gathering = self
            .gathering
            .get_or_insert_with(|| Gathering::new(self.due, bindings));
        while inbox.compare_any(gathering)? {
            let last = gathering.offered() - 1;
            let mut patterns = self.due.iter().enumerate();
            if let Some((_, pattern)) = patterns.find(|(index, _)| gathering.fits(last, *index)) {
                return Ok(Standing::Hopeless(Hopeless {
                    reason: Reason::Forbidden,
                    pattern: Some(pattern),
                    culprit: Some(last),
                    footer: None,
                }));
            }
            if gathering.is_tiring() {
                yield_now().await;
            }
        }
        Ok(Standing::Holds)
    }

    /// The failure that this is; `span` is the place of the whole expectation.
    pub(super) async fn failure(
        &self,
        hopeless: Hopeless<'p>,
        inbox: &Inbox,
        bindings: &Bindings,
        span: Span,
    ) -> Failure {
        let place = hopeless.pattern.map(Pattern::span).or(hopeless.footer);
        let span = place.unwrap_or(span);
        let candidates = match (self.mode, hopeless.pattern) {
            (_, None) if self.awaits_end() => {
                let culprit = hopeless.culprit.map(|culprit| inbox.element(culprit));
                culprit.map(unwanted).into_iter().collect()
            }
            (ExpectationMode::Nothing, _) | (_, None) => inbox.news().map(unwanted).collect(),
            (ExpectationMode::NoneOf, Some(_)) => {
                let mut came = inbox.elements();
                let culprit = hopeless.culprit.and_then(|culprit| came.nth(culprit));
                let culprit = culprit.map(|(element, passed_over)| Candidate {
                    passed_over,
                    ..unwanted(element)
                });
                culprit.into_iter().collect()
            }
            (
                ExpectationMode::Each
                | ExpectationMode::AllInAnyOrder
                | ExpectationMode::InThisOrder
                | ExpectationMode::Disconnection
                | ExpectationMode::Refusal,
                Some(pattern),
            ) => return self.unfulfilled(pattern, hopeless, inbox, bindings).await,
        };
        Failure {
            candidates,
            ..Failure::without_stanza(hopeless.reason, span)
        }
    }

    /// The failure that an item is not fulfilled.
    async fn unfulfilled(
        &self,
        pattern: &Pattern,
        hopeless: Hopeless<'p>,
        inbox: &Inbox,
        bindings: &Bindings,
    ) -> Failure {
        let came_before = self.came_before(pattern, inbox, bindings);
        let (reason, culprit) = came_before.unwrap_or((hopeless.reason, hopeless.culprit));
        Failure {
            expectation: Some(Box::new(Expectation {
                pattern: pattern.clone(),
                bindings: bindings.clone(),
            })),
            candidates: candidates(pattern, culprit, inbox, bindings).await,
            ..Failure::without_stanza(reason, pattern.span())
        }
    }

    /// Whether what is missing came, but before what it has to be behind.
    fn came_before(
        &self,
        pattern: &Pattern,
        inbox: &Inbox,
        bindings: &Bindings,
    ) -> Option<(Reason, Option<usize>)> {
        let (taken, behind) = self.before?;
        let mut early = inbox.elements().take(behind);
        let culprit = early.position(|(element, _)| matcher::fits(pattern, element, bindings))?;
        let reason = Reason::CameBefore {
            other: taken.span(),
        };
        Some((reason, Some(culprit)))
    }
}

/// What it is called that something else came next.
fn not_next(inbox: &Inbox, culprit: usize) -> Reason {
    match inbox.has_turn(culprit) {
        true => Reason::NotNextElement,
        false => Reason::NotNext,
    }
}

fn unwanted(element: &Element) -> Candidate {
    Candidate {
        element: element.clone(),
        passed_over: false,
        is_own: false,
        differences: Vec::new(),
    }
}

/// What came and is not what a pattern expects: the culprit first, then the nearest.
async fn candidates(
    pattern: &Pattern,
    culprit: Option<usize>,
    inbox: &Inbox,
    bindings: &Bindings,
) -> Vec<Candidate> {
    let effort = Effort::new();
    let mut candidates = Vec::new();
    for (index, (element, passed_over)) in inbox.elements().enumerate() {
        if Some(index) != culprit && !inbox.can_be_meant(element, pattern) {
            continue;
        }
        let candidate = Candidate {
            element: element.clone(),
            passed_over,
            is_own: false,
            differences: effort.differences(pattern, element, bindings),
        };
        candidates.push((Some(index) != culprit, candidate));
        if effort.is_tiring() {
            yield_now().await;
        }
    }
    candidates.sort_by_key(|(innocent, candidate)| (*innocent, distance(&candidate.differences)));
    let candidates = candidates.into_iter();
    candidates.map(|(_, candidate)| candidate).collect()
}

/// Whether a stream header is expected, and nowhere the `<open/>` that it is in a WebSocket (RFC 7395 §3.4).
fn expects_header(items: &[Pattern]) -> bool {
    let names = || items.iter().filter_map(Pattern::names).flatten();
    let is_any = |local: &str, namespace: &str| {
        names().any(|own| own.name == *local && own.namespace.as_str() == namespace)
    };
    is_any("stream", ns::STREAM) && !is_any("open", ns::FRAMING)
}
