//! Standing rules: what they take of what has come, and what they send then.
//!
//! A rule acts on what an actor has not received yet, and on all that comes later. It is not an act: it waits for
//! nothing, and nothing is flushed before its answers. What it sends is recorded as its own; a recording has it, so
//! nothing is sent again when a story is judged by one.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use minidom::Element;
use tokio::task::yield_now;
use tokio::time::Instant;

use super::actor::Live;
use super::backend::Backend;
use super::error::RunErrorKind;
use super::event::{Event, Traffic};
use super::inbox::may_take;
use super::recording::Happening;
use super::script_run::ScriptRun;
use super::send::Sent;
use super::stop::Stop;
use crate::matcher::{Bindings, Effort, Pattern, TooHard, ValuePiece, fits};
use crate::plan::{Outgoing, Step};
use crate::script::{Role, StandingRule};

/// The rules of an actor, in the order of the script.
#[derive(Debug, Default)]
pub(super) struct Rules {
    standing: Vec<Standing>,
    /// The step that has begun the one that answered last.
    answering: Option<usize>,
    /// What they took last, with the steps that have begun them: only to be told where that is missing.
    taken: VecDeque<(Arc<Element>, usize)>,
}

/// How much of what rules have taken is remembered.
const FEW: usize = 32;

/// A rule that stands.
#[derive(Debug)]
struct Standing {
    /// The step by which it was begun.
    step: usize,
    /// What it takes, with the values that variables had then.
    takes: Vec<Pattern>,
    /// The values that wildcards must not have. Nothing else is bound: wildcards are the rule's own.
    known: Bindings,
    /// Whether it sends something.
    answers: bool,
    effort: Effort,
}

/// A rule that takes something.
#[derive(Debug)]
pub(super) struct Ruling {
    /// The step by which the rule was begun.
    step: usize,
    /// The values of its wildcards.
    own: Bindings,
}

/// What rules have answered so far.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// How often they did.
    pub(super) count: usize,
    /// The actor that did last.
    pub(super) last: usize,
    /// How many stanzas they would have sent that a recording does not have, and whose actor would have.
    due: usize,
    due_of: usize,
}

impl Rules {
    fn begin(&mut self, step: usize, rule: &StandingRule<Outgoing, Pattern>, bindings: &Bindings) {
        let takes = rule.taken().iter();
        self.standing.push(Standing {
            step,
            known: known_to(rule.taken(), bindings),
            takes: takes
                .map(|pattern| pattern.with_variables(bindings))
                .collect(),
            answers: !rule.sent().is_empty(),
            effort: Effort::new(),
        });
    }

    /// The first rule that takes an element. Where nothing can be sent, only those that send nothing do.
    fn rule_on(
        &self,
        element: &Element,
        role: &Role,
        can_answer: bool,
    ) -> Result<Option<Ruling>, TooHard> {
        let standing = self.standing.iter();
        let able = standing.filter(|rule| can_answer || !rule.answers);
        for rule in able {
            if let Some(own) = rule.takes(element, role)? {
                let step = rule.step;
                return Ok(Some(Ruling { step, own }));
            }
        }
        Ok(None)
    }

    fn remember(&mut self, element: Arc<Element>, step: usize) {
        if self.taken.len() == FEW {
            self.taken.pop_front();
        }
        self.taken.push_back((element, step));
    }

    /// The step that has begun the rule which took something that a pattern awaits, as far as that is remembered.
    pub(super) fn taker_of(&self, pattern: &Pattern, bindings: &Bindings) -> Option<usize> {
        self.taker(|element| fits(pattern, element, bindings))
    }

    /// The same of an error that came in the place of the answer that a pattern awaits.
    pub(super) fn taker_of_error(&self, pattern: &Pattern, bindings: &Bindings) -> Option<usize> {
        let Pattern::Element(awaited) = pattern else {
            return None;
        };
        let id = awaited.only_value_of("id", bindings)?;
        self.taker(|element| {
            let is_error = element.attr("type") == Some("error");
            is_error && element.name() == awaited.name && element.attr("id") == Some(&*id)
        })
    }

    fn taker(&self, is_it: impl Fn(&Element) -> bool) -> Option<usize> {
        let mut taken = self.taken.iter().rev();
        let found = taken.find(|(element, _)| is_it(element));
        found.map(|(_, step)| *step)
    }

    /// Whether so much was compared that others should have their turn.
    fn are_tiring(&self) -> bool {
        self.standing.iter().any(|rule| rule.effort.is_tiring())
    }
}

impl Standing {
    fn takes(&self, element: &Element, role: &Role) -> Result<Option<Bindings>, TooHard> {
        for pattern in self
            .takes
            .iter()
            .filter(|pattern| may_take(pattern, element, role))
        {
            let taken = self.effort.accepts(pattern, element, &self.known)?;
            if taken.is_some() {
                return Ok(taken);
            }
        }
        Ok(None)
    }
}

/// The values that the story has for what wildcards of these patterns must not be.
fn known_to(patterns: &[Pattern], bindings: &Bindings) -> Bindings {
    let (mut own, mut excluded) = (BTreeSet::new(), BTreeSet::new());
    for pattern in patterns {
        pattern.visit_values(&mut |value| {
            for piece in &value.pieces {
                if let ValuePiece::Wildcard { name, conditions } = piece {
                    own.extend(name);
                    excluded.extend(&conditions.not);
                }
            }
        });
    }
    let mut known = Bindings::new();
    for name in excluded.difference(&own) {
        if let Some(value) = bindings.get(name) {
            known.bind(name.as_str(), value);
        }
    }
    known
}

impl ScriptRun<'_> {
    /// Begins a rule, which acts at once on what is in the inbox.
    pub(super) async fn begin_rule(
        &mut self,
        step: &Step,
        rule: &StandingRule<Outgoing, Pattern>,
    ) -> Result<(), Stop> {
        let actor = step.actor;
        self.actors[actor]
            .rules
            .begin(self.step, rule, &self.bindings);
        let mut taken = Vec::new();
        for index in 0..self.actors[actor].inbox.len() {
            let element = self.actors[actor].inbox.element(index);
            let ruling = self.ruling(actor, element);
            let ruling = ruling.map_err(|hard| self.error(actor, RunErrorKind::TooHard(hard)))?;
            taken.extend(ruling.map(|ruling| (index, ruling)));
            self.rest(actor).await;
        }
        let indexes: Vec<usize> = taken.iter().map(|taken| taken.0).collect();
        let elements = self.actors[actor].inbox.remove_all(&indexes);
        for (element, (_, ruling)) in elements.into_iter().zip(taken) {
            self.tell_ruled(&ruling, Some(&element));
            self.actors[actor].rules.remember(element, ruling.step);
            self.answer(actor, ruling).await;
        }
        Ok(())
    }

    /// Lets an actor's rules have what has come during a step, or puts it into the inbox.
    pub(super) async fn heed_rules(&mut self, actor: usize, element: Arc<Element>, during: usize) {
        match self.ruling(actor, &element) {
            Ok(Some(ruling)) => {
                self.tell_ruled(&ruling, None);
                self.actors[actor].rules.remember(element, ruling.step);
                // Few rules answer, and whatever waits for something need not have room for it.
                Box::pin(self.answer(actor, ruling)).await;
            }
            Ok(None) => self.actors[actor].inbox.push(element, during),
            Err(hard) => {
                self.actors[actor].inbox.push(element, during);
                self.make_trouble(actor, RunErrorKind::TooHard(hard));
            }
        }
        self.rest(actor).await;
    }

    /// Whether no rule has answered since there were so many answers. If one has, that has to be settled, too; but not
    /// for ever.
    pub(super) fn is_settled_since(&self, answers: usize, patience: Instant) -> Result<bool, Stop> {
        if self.answers.count == answers {
            return Ok(true);
        }
        if Instant::now() < patience {
            return Ok(false);
        }
        let waited = self.patience();
        let endless = RunErrorKind::EndlessAnswers { waited };
        Err(self.error(self.answers.last, endless).into())
    }

    fn ruling(&self, actor: usize, element: &Element) -> Result<Option<Ruling>, TooHard> {
        let state = &self.actors[actor];
        let live = state.live.as_ref();
        let can_answer = live.is_some_and(Live::can_say_more);
        let role = self.plan.actors[actor].role;
        state.rules.rule_on(element, role, can_answer)
    }

    /// Comparing may take long: meanwhile connections are read, and the run can be interrupted.
    async fn rest(&self, actor: usize) {
        if self.actors[actor].rules.are_tiring() {
            yield_now().await;
        }
    }

    fn make_trouble(&mut self, actor: usize, kind: RunErrorKind) {
        let error = self.error(actor, kind);
        self.trouble.get_or_insert(error);
    }

    fn tell_ruled(&mut self, ruling: &Ruling, earlier: Option<&Element>) {
        self.reporter.event(&Event::Ruled {
            plan: self.plan,
            step: ruling.step,
            earlier: earlier.map(|element| Traffic::element(element, &self.secrets)),
        });
    }

    /// Sends what a rule answers. In a recording that follows by itself.
    async fn answer(&mut self, actor: usize, ruling: Ruling) {
        self.actors[actor].rules.answering = Some(ruling.step);
        let rule = self.plan.steps[ruling.step].verb.rule();
        let stanzas = rule.map_or(&[][..], StandingRule::sent);
        let Backend::Live { .. } = self.backend else {
            self.answers.due += stanzas.len();
            self.answers.due_of = actor;
            return;
        };
        let bindings = self.bindings_of_moment();
        self.hide_computed_of(&bindings);
        for stanza in stanzas {
            let sent = Sent::filled(stanza, |template| {
                template.fill_from(&bindings, &ruling.own)
            });
            match sent {
                Ok(sent) => self.send_answer(actor, ruling.step, sent).await,
                Err(unbound) => return self.make_trouble(actor, RunErrorKind::Unbound(unbound)),
            }
        }
    }

    async fn send_answer(&mut self, actor: usize, step: usize, sent: Sent) {
        self.tell_sent(actor, &sent.text);
        self.note_answer(actor, step, &sent);
        self.write_aside(actor, &sent.text).await;
    }

    /// Takes over from a recording what a rule has answered.
    pub(super) fn take_over_answer(&mut self, actor: usize, text: String) {
        let namespace = self.plan.actors[actor].role.namespace();
        let step = self.actors[actor].rules.answering;
        self.answers.due = self.answers.due.saturating_sub(1);
        self.tell_sent(actor, &text);
        match Sent::recorded(text, namespace) {
            Ok(sent) => self.note_answer(actor, step.unwrap_or(self.step), &sent),
            Err(text) => self.recording.note(actor, Happening::Answered(text)),
        }
    }

    /// Sees that a recording has all that the rules have answered: what would have come because of other answers, it does
    /// not tell.
    pub(super) fn see_that_all_is_answered(&self) -> Result<(), Stop> {
        match self.answers.due {
            0 => Ok(()),
            _ => {
                let kind = RunErrorKind::RecordedOtherwise {
                    actor: self.name(self.answers.due_of).clone(),
                    act: "does not answer".to_owned(),
                };
                Err(self.error(self.answers.due_of, kind).into())
            }
        }
    }

    fn note_answer(&mut self, actor: usize, step: usize, sent: &Sent) {
        self.answers.count += 1;
        self.answers.last = actor;
        self.recording
            .note(actor, Happening::Answered(sent.text.clone()));
        self.note_sent(actor, step, sent);
    }
}
