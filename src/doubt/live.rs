//! A fault that a run puts in, by the name that `doubt` has for it: at a step of a plan, of a kind that there can be.
//!
//! It does not know how a run puts it in.

use std::collections::BTreeSet;

use minidom::Element;
use thiserror::Error;

use super::fault::FaultName;
use super::made::made;
use super::stanza::{Change, changes, changes_as_one, numbered, with_other_condition};
use super::unasked::{RulesThere, anything, forbidden, passed_on};
use crate::fault_kind::FaultKind;
use crate::matcher::{Bindings, Pattern};
use crate::plan::{ActorPlan, Plan};
use crate::runner::{Instead, KnownThen, Taken, Tamper};
use crate::script::{Expectation, ExpectationMode, Role};
use crate::xmpp::read_element;

/// A fault for a step of a plan.
#[derive(Debug, Clone)]
pub struct LiveFault {
    name: FaultName,
    step: usize,
    actor: usize,
    /// The domain of the actor's server.
    server: String,
    role: &'static Role,
    expected: Expectation<Pattern>,
    /// What the actor's rules take there.
    rules: RulesThere,
    /// The cast, by name.
    cast: Vec<String>,
    /// Of each of the cast, the variable that has its full JID, and what it is called without one.
    jids: Vec<(String, String)>,
}

/// Why a fault cannot be put into the run of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoLiveFault {
    /// The plan has no such actor.
    #[error("`--fault` names `{actor}`, who is not in the cast: {}", .cast.join(", "))]
    Actor {
        /// The name.
        actor: String,
        /// Who is.
        cast: Vec<String>,
    },
    /// The actor expects nothing there.
    #[error("`{actor}` expects nothing in line {line}; {}", where_else(.lines))]
    Line {
        /// The actor.
        actor: String,
        /// The line.
        line: usize,
        /// The lines where it expects something.
        lines: Vec<usize>,
    },
    /// What the script allows is none.
    #[error("that another alternative holds is no fault; `doubt` tells whether it can")]
    Alternative,
    /// There is no such fault there.
    #[error("there is no fault `{kind}` in line {line}; {}", instead(.kinds))]
    Kind {
        /// The kind.
        kind: FaultKind,
        /// The line.
        line: usize,
        /// The kinds that there are.
        kinds: Vec<FaultKind>,
    },
}

fn where_else(lines: &[usize]) -> String {
    let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
    match lines.is_empty() {
        true => "nor anywhere else".to_owned(),
        false => format!("it does in {}", lines.join(", ")),
    }
}

fn instead(kinds: &[FaultKind]) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
    format!("there are {}", words.join(", "))
}

impl LiveFault {
    /// The fault of a name, for a plan.
    ///
    /// # Errors
    ///
    /// When the plan does not have what it names.
    pub fn of(name: &FaultName, plan: &Plan) -> Result<Self, NoLiveFault> {
        if name.kind == FaultKind::Alternative {
            return Err(NoLiveFault::Alternative);
        }
        let cast: Vec<String> = plan.actors.iter().map(|own| own.name.to_string()).collect();
        let Some(actor) = cast.iter().position(|own| *own == name.actor) else {
            let actor = name.actor.clone();
            return Err(NoLiveFault::Actor { actor, cast });
        };
        let (step, expected) = step_at(name, actor, plan)?;
        let fault = Self {
            name: name.clone(),
            step,
            actor,
            server: plan.actors[actor].server.clone(),
            role: plan.actors[actor].role,
            rules: RulesThere::at(step, plan),
            jids: plan.actors.iter().map(jid).collect(),
            expected: expected.clone(),
            cast,
        };
        let kinds = fault.kinds(&plan.bindings());
        match kinds.contains(&name.kind) {
            true => Ok(fault),
            false => Err(NoLiveFault::Kind {
                kind: name.kind,
                line: name.line,
                kinds: kinds.into_iter().collect(),
            }),
        }
    }

    /// The kinds of faults that there can be. Where no example of what is expected comes to mind, or one does not show
    /// what there is in others, all that a stanza can have are among them.
    fn kinds(&self, bindings: &Bindings) -> BTreeSet<FaultKind> {
        let mut kinds = match self.expected.mode {
            ExpectationMode::Nothing | ExpectationMode::NoneOf => {
                return BTreeSet::from([FaultKind::Forbidden]);
            }
            ExpectationMode::Disconnection | ExpectationMode::Refusal => self.kinds_of_end(),
            ExpectationMode::Each | ExpectationMode::AllInAnyOrder => WHOLE.to_vec(),
            ExpectationMode::InThisOrder => [&WHOLE[..], &[FaultKind::Swapped]].concat(),
        };
        for pattern in &self.expected.items {
            match made(pattern, bindings).filter(|_| !is_of_several(pattern)) {
                Some(example) => {
                    let all = self.all_changes(pattern, &example, bindings, "");
                    kinds.extend(all.iter().map(|change| change.kind));
                }
                None => kinds.extend(WITHIN),
            }
        }
        kinds.into_iter().collect()
    }

    /// Without a block it does not matter what is said at the end.
    fn kinds_of_end(&self) -> Vec<FaultKind> {
        match self.expected.items.is_empty() {
            true => vec![FaultKind::NoEnd],
            false => OF_END.to_vec(),
        }
    }

    fn all_changes(
        &self,
        pattern: &Pattern,
        element: &Element,
        bindings: &Bindings,
        label: &str,
    ) -> Vec<Change> {
        let mut all = match self.expected.mode.is_of_end() {
            true => Vec::new(),
            false => changes_as_one(pattern, element, bindings, &self.server),
        };
        all.extend(changes(pattern, element, bindings, label));
        all
    }

    /// What an actor is called now.
    fn jid_of<'a>(&'a self, actor: usize, bindings: &'a Bindings) -> &'a str {
        let (variable, jid) = &self.jids[actor];
        bindings.get(variable).unwrap_or(jid)
    }

    /// What was sent last, passed on to the actor, if it can be.
    fn passed_on(&self, known: &KnownThen<'_>) -> Option<Element> {
        let (sender, xml) = known.sent?;
        let element = read_element(xml, self.role.namespace()).ok()?;
        let is_stanza = self.role.is_stanza(element.name(), &element.ns());
        let jid = |actor| self.jid_of(actor, known.bindings);
        is_stanza.then(|| passed_on(element, jid(sender), jid(self.actor)))
    }

    /// What an item of the step is called in paths.
    fn label(&self, item: usize, element: &Element) -> String {
        let is_namesake = |pattern: &&Pattern| {
            let names = pattern.names().unwrap_or_default();
            names.iter().any(|name| name.name == element.name())
        };
        let before = self.expected.items[..item].iter().filter(is_namesake);
        let mut seen = vec![element.name().to_owned(); before.count()];
        numbered(element.name().to_owned(), &mut seen)
    }

    /// Whether the name means something that is called so.
    fn is_about(&self, what: &str) -> bool {
        self.name.what.as_ref().is_none_or(|own| own == what)
    }

    /// Whom something goes to as well, and what that is called.
    fn other(&self, whole: &str, present: &BTreeSet<usize>) -> Option<usize> {
        let count = self.cast.len();
        let mut others = (1..count).map(|more| (self.actor + more) % count);
        others.find(|other| {
            let what = format!("{whole} to {}", self.cast[*other]);
            present.contains(other) && self.is_about(what.trim())
        })
    }

    /// The item behind an item, if they can be swapped.
    fn next(&self, item: usize) -> Option<usize> {
        let what = format!("{} and {}", item + 1, item + 2);
        (item + 1 < self.expected.items.len() && self.is_about(&what)).then_some(item + 1)
    }

    fn changed(&self, taken: &Taken, label: &str) -> Option<Element> {
        let pattern = &self.expected.items[taken.item];
        let all = self.all_changes(pattern, &taken.element, &taken.before, label);
        let mut own = all.into_iter().filter(|own| own.kind == self.name.kind);
        let change = own.find(|own| self.is_about(&own.what) || own.what.is_empty())?;
        Some(change.element)
    }
}

/// Whether stanzas that a pattern accepts can be unlike each other: there is a `<scansion:one-of>` in it.
fn is_of_several(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Any(_) => false,
        Pattern::OneOf(_) => true,
        Pattern::Element(element) => {
            let counted = element.constraints.iter();
            let counted = counted.map(|constraint| &constraint.pattern);
            element.children.iter().chain(counted).any(is_of_several)
        }
    }
}

/// The faults of a stanza as one.
const WHOLE: [FaultKind; 4] = [
    FaultKind::Missing,
    FaultKind::Twice,
    FaultKind::Elsewhere,
    FaultKind::Sender,
];

/// The faults of what is said at the end of a stream, or when a login is refused.
const OF_END: [FaultKind; 3] = [FaultKind::Missing, FaultKind::NoEnd, FaultKind::Condition];

/// The faults that a stanza can have, if its pattern reads that.
const WITHIN: [FaultKind; 10] = [
    FaultKind::ErrorForResult,
    FaultKind::ResultForError,
    FaultKind::Attribute,
    FaultKind::Text,
    FaultKind::Child,
    FaultKind::OneMore,
    FaultKind::OneFewer,
    FaultKind::Sibling,
    FaultKind::Absent,
    FaultKind::Not,
];

/// The variable that has an actor's full JID, and what it is called without one.
fn jid(actor: &ActorPlan) -> (String, String) {
    (actor.full_jid_variable(), actor.jid.to_string())
}

/// The step of an actor at a line, and what it expects.
fn step_at<'p>(
    name: &FaultName,
    actor: usize,
    plan: &'p Plan,
) -> Result<(usize, &'p Expectation<Pattern>), NoLiveFault> {
    let line = |step: usize| {
        let start = plan.steps[step].span.start;
        plan.info.source.own_position(start).line
    };
    let steps = plan.steps.iter().enumerate();
    let own = steps.filter(|(_, step)| step.actor == actor);
    let own = own.filter_map(|(index, step)| Some((index, step.verb.expectation()?)));
    let mut at = own.clone().filter(|(step, _)| line(*step) == name.line);
    at.next().ok_or_else(|| NoLiveFault::Line {
        actor: name.actor.clone(),
        line: name.line,
        lines: own.map(|(step, _)| line(step)).collect(),
    })
}

impl Tamper for LiveFault {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn step(&self) -> usize {
        self.step
    }

    fn instead(&self, taken: &Taken, present: &BTreeSet<usize>) -> Option<Instead> {
        let label = self.label(taken.item, &taken.element);
        let whole = match self.expected.items.len() {
            1 => "",
            _ => label.as_str(),
        };
        let own = || (self.actor, (*taken.element).clone());
        let these = match self.name.kind {
            FaultKind::Missing => self.is_about(whole).then(Vec::new)?,
            FaultKind::Twice => self.is_about(whole).then(|| vec![own(), own()])?,
            FaultKind::Elsewhere => vec![own(), (self.other(whole, present)?, own().1)],
            FaultKind::Swapped => return self.next(taken.item).map(Instead::Behind),
            FaultKind::Sender | FaultKind::ErrorForResult | FaultKind::ResultForError => {
                let changed = self.is_about(whole).then(|| self.changed(taken, &label))?;
                vec![(self.actor, changed?)]
            }
            FaultKind::Attribute
            | FaultKind::Text
            | FaultKind::Child
            | FaultKind::OneMore
            | FaultKind::OneFewer
            | FaultKind::Sibling
            | FaultKind::Absent
            | FaultKind::Not => vec![(self.actor, self.changed(taken, &label)?)],
            FaultKind::Condition => vec![(self.actor, with_other_condition(&taken.element)?)],
            FaultKind::Forbidden | FaultKind::NoEnd | FaultKind::Alternative => return None,
        };
        Some(Instead::These(these))
    }

    fn unasked(&self, known: &KnownThen<'_>) -> Option<Element> {
        let all: Vec<Element> = match self.expected.mode {
            ExpectationMode::NoneOf => {
                let all = forbidden(&self.expected, known.bindings).into_iter();
                let own = all.filter(|own| self.is_about(&own.what));
                own.filter_map(|own| own.element).collect()
            }
            ExpectationMode::Nothing => {
                let sent = self.passed_on(known);
                anything(sent, &self.server, self.role.namespace())
            }
            ExpectationMode::Each
            | ExpectationMode::AllInAnyOrder
            | ExpectationMode::InThisOrder
            | ExpectationMode::Disconnection
            | ExpectationMode::Refusal => Vec::new(),
        };
        let is_free = |element: &Element| !self.rules.take(element, known.bindings);
        all.into_iter().find(is_free)
    }

    fn withholds_end(&self) -> bool {
        self.name.kind == FaultKind::NoEnd
    }
}
