//! Making the plan.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::actor::ActorPlan;
use super::computing::Computing;
use super::expectation::Setting;
use super::options::{Enforced, PlanOptions};
use super::resolver::{Resolver, tag};
use super::step::{Name, Outgoing, Step};
use super::template::Template;
use super::terms::Terms;
use super::unbound::Unbound;
use crate::claims::{Claims, Stakes};
use crate::matcher::Bindings;
use crate::script::ast::{self, Action, ActorName, Element, Script, Stanza};
use crate::script::{
    self, Choice, Deed, ExpectationMode, Lapse, Part, Parts, Requirement, Role, Scene, ScriptError,
    ScriptErrorKind, ScriptInfo, Verb, Word,
};
use crate::secrets::Secrets;

/// Everything there is to do for a script.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What is told of the script.
    pub info: Arc<ScriptInfo>,
    /// The cast.
    pub actors: Vec<ActorPlan>,
    /// The story, in the order of the text; the steps of alternatives and of all parts are among them.
    pub steps: Vec<Step>,
    /// Which of these are alternatives, in the order of the text.
    pub choices: Vec<Choice>,
    /// Which of these prepare what is tested, and which clear away.
    pub parts: Parts,
    /// How its steps are taken.
    pub terms: Terms,
    /// How those of its prologue are, if that is from another script.
    pub lent: Option<Terms>,
    /// Whether nothing may be left that no step takes.
    pub complete: bool,
    /// What the server must have for it.
    pub requirements: Vec<Requirement>,
    /// The names that the story uses without capturing them, with what they stand for; a service does not have a value
    /// until the server has been asked.
    pub given: BTreeMap<String, Option<String>>,
    /// The clauses that it claims to test.
    pub claims: Claims,
    /// Whether it is a failure to depart from what is only recommended.
    pub enforced: Enforced,
    /// What the story computes.
    pub computing: Computing,
    /// What the names of accounts and rooms got at their end.
    pub suffix: Option<String>,
    /// What elements of the story carry that lets somebody in, such as payloads of SASL.
    pub payloads: Secrets,
}

impl Plan {
    /// Lets names stand for these values, as far as the story uses them.
    pub fn give(&mut self, values: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in values {
            if let Some(given) = self.given.get_mut(&name) {
                *given = Some(value);
            }
        }
    }

    /// The parts of the story, in order.
    pub fn scenes(&self) -> impl Iterator<Item = Scene<'_>> {
        script::scenes(&self.choices, self.steps.len())
    }

    /// The first step of the next `Either` behind a step, or of the next part; where there is none, the number of all
    /// steps.
    pub(crate) fn next_break(&self, step: usize) -> usize {
        let before = |choice: &Choice| choice.steps().end <= step;
        let next = self.choices.get(self.choices.partition_point(before));
        let part = self.steps_of(self.part_of(step));
        next.map_or(part.end, |choice| choice.steps().start.min(part.end))
    }

    /// The part that a step belongs to.
    pub fn part_of(&self, step: usize) -> Part {
        self.parts.of(step)
    }

    /// How a step is taken.
    pub fn terms_of(&self, step: usize) -> Terms {
        let lent = self.lent.filter(|_| self.part_of(step) == Part::Prologue);
        lent.unwrap_or(self.terms)
    }

    /// Which clauses a failure at a step can break.
    pub fn stakes(&self, step: usize) -> Stakes {
        let is_lent = self.lent.is_some() && self.part_of(step) == Part::Prologue;
        let script = match is_lent {
            true => &self.claims.lent,
            false => &self.claims.script,
        };
        let mut choices = self.choices.iter();
        let either = choices.find(|choice| choice.steps().start == step);
        let alternatives = either.into_iter().flat_map(|choice| &choice.alternatives);
        let either = alternatives.map(|alternative| self.claims.of_steps(&alternative.steps));
        Stakes {
            step: self.claims.of_step(step),
            either: either.collect(),
            script: Arc::clone(script),
            enforced: self.enforced.level(),
        }
    }

    /// The steps of a part.
    pub fn steps_of(&self, part: Part) -> Range<usize> {
        self.parts.steps(part, self.steps.len())
    }

    /// Whether a step stands in an `Either`.
    pub(crate) fn is_alternative(&self, step: usize) -> bool {
        script::alternative_of(&self.choices, step).is_some()
    }

    /// What a step says, behind the line of the alternative that it belongs to.
    pub fn action(&self, step: usize) -> String {
        let alternative = script::alternative_of(&self.choices, step);
        let line = alternative.map(|alternative| alternative.span);
        let source = &self.info.source;
        script::action_of(source, line, self.steps[step].line(source))
    }

    /// Whether an actor is refused, and connects in no other way.
    pub(crate) fn is_only_refused(&self, actor: usize) -> bool {
        let mut own = self.steps.iter().filter(|step| step.actor == actor);
        let is_refused = |step: &Step| {
            let expected = step.verb.expectation();
            expected.is_some_and(|expected| expected.mode == ExpectationMode::Refusal)
        };
        own.clone().any(is_refused)
            && !own.any(|step| matches!(step.verb, Verb::Does(Deed::Reach(_))))
    }

    /// The names that stand for something, with their values.
    pub fn known(&self) -> impl Iterator<Item = (&str, &str)> {
        let given = self.given.iter();
        given.filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)))
    }

    /// The values that there are before the story begins: the bare JIDs of the cast, the full ones of which the script
    /// gives the resource, the names that stand for something, and what is computed of these.
    pub fn bindings(&self) -> Bindings {
        let mut bindings = Bindings::computing(&self.computing.formulas);
        for actor in &self.actors {
            bindings.bind(actor.bare_jid_variable(), actor.jid.to_bare().to_string());
            if let Some(full) = actor.expected_full_jid() {
                bindings.bind(actor.full_jid_variable(), full);
            }
            self.computing.bind_credentials(actor, &mut bindings);
        }
        for (name, value) in self.known() {
            bindings.bind(name, value);
        }
        bindings
    }

    fn hidden(&self) -> Vec<(String, String)> {
        let hidden = &self.computing.hidden;
        if hidden.is_empty() {
            return Vec::new();
        }
        let bindings = self.bindings();
        let values = hidden
            .iter()
            .filter_map(|name| Some((name, bindings.get(name)?)));
        values
            .map(|(name, value)| (name.clone(), value.to_owned()))
            .collect()
    }

    /// The passwords of its cast, and whose they are; what is computed of them, as far as that is known before the story
    /// begins; and what its elements carry.
    pub fn secrets(&self) -> Secrets {
        let own = self.actors.iter().filter_map(|actor| {
            let secret = actor.secret()?;
            Some((actor.name.to_string(), secret.reveal().to_owned()))
        });
        let secrets = Secrets::owned(own.chain(self.hidden())).and(&self.payloads);
        let names = self.actors.iter();
        let names = names.flat_map(|actor| [actor.name.to_string(), actor.full_name()]);
        secrets.beside(names.collect::<Vec<_>>().iter().map(String::as_str))
    }
}

/// Makes the plan of a script.
///
/// # Errors
///
/// What cannot work. A script in which [`read`](crate::script::read) finds no errors has nothing of the kind.
pub fn resolve(script: &Script, options: &PlanOptions) -> Result<Plan, Vec<ScriptError>> {
    Resolver::new(script, options)?.plan()
}

impl Resolver<'_> {
    fn plan(&self) -> Result<Plan, Vec<ScriptError>> {
        let script = self.script;
        let actors = self.actors();
        let mut unbound = Unbound::default();
        let steps = script.story.iter().enumerate().map(|(index, action)| {
            let step = self.step(action, &unbound);
            unbound.go_on(
                action,
                script::alternative_of(&script.choices, index).is_some(),
            );
            step
        });
        let steps = steps.collect::<Result<Vec<_>, _>>()?;
        Ok(Plan {
            info: Arc::new(ScriptInfo::of(script)),
            given: self.given(&actors),
            computing: self.computing(),
            claims: self
                .options
                .claims
                .clone()
                .unwrap_or_else(|| Claims::of(script)),
            enforced: self.options.enforced,
            actors,
            steps,
            choices: script.choices.clone(),
            parts: script.parts.clone(),
            terms: self.terms(&script.head),
            lent: script
                .lender
                .as_ref()
                .map(|lender| self.terms(&lender.head)),
            complete: self.options.complete || tag(&script.head, "complete").is_some(),
            requirements: self.requirements(),
            suffix: self.options.renaming.suffix.clone(),
            payloads: script::payloads_of_play(script).called("payload"),
        })
    }

    /// What the script requires, with the domains of this run.
    fn requirements(&self) -> Vec<Requirement> {
        let requirements = script::requirements(self.script).into_iter();
        let renamed = requirements.map(|requirement| match requirement {
            Requirement::Domain(domain) => {
                Requirement::Domain(self.renames.text(&domain).into_owned())
            }
            other => other,
        });
        renamed.collect()
    }

    /// What the names stand for that the story uses without capturing them, as far as that is known without a server.
    fn given(&self, actors: &[ActorPlan]) -> BTreeMap<String, Option<String>> {
        let user = actors.iter().find(|actor| actor.role.is_user());
        let domain = user.map(|user| user.server.clone());
        let words = self.renames.words();
        let value = |name: &String| match words.get(name) {
            Some(Word::Domain) => domain.clone(),
            Some(Word::Cell) => self.cell(name),
            Some(Word::Service | Word::Unique) | None => None,
        };
        let given = &self.options.given;
        let names = words.used_in(self.script).into_iter();
        let known = names.map(|name| {
            let value = given.get(&name).cloned().or_else(|| value(&name));
            (name, value)
        });
        known.collect()
    }

    /// What a cell says in this run.
    fn cell(&self, name: &str) -> Option<String> {
        let text = self.script.constants.get(name)?;
        Some(self.literal(text, None).into_owned())
    }

    fn step(&self, action: &Action, unbound: &Unbound<'_>) -> Result<Step, Vec<ScriptError>> {
        let name = &action.actor.value;
        let mut cast = self.script.cast.iter();
        let actor = cast.position(|actor| actor.name.value == *name);
        let actor = actor.ok_or_else(|| vec![unknown(name).at(action.actor.span)])?;
        let role = self.script.cast[actor].role.value;
        let setting = Setting {
            role,
            matching: self.matching_in(action),
            is_unbound: unbound.contains(name),
        };
        Ok(Step {
            actor,
            verb: action.verb.map(
                |stanza| self.outgoing(stanza, role),
                |stanza| self.pattern(stanza, setting),
            ),
            within: action.within.map(Lapse::duration),
            comments: action.remarks(),
            excuses: action.excuses().collect(),
            said: action.said(),
            span: action.span,
        })
    }

    fn outgoing(&self, stanza: &Stanza, role: &Role) -> Outgoing {
        let element = &stanza.element;
        let is_request = is_iq(element, role, &["get", "set"]);
        Outgoing {
            text: match stanza.part {
                ast::Part::Whole | ast::Part::Header | ast::Part::Footer => {
                    self.stanza_template(stanza)
                }
                ast::Part::Text => self.raw_template(stanza),
            },
            to: self.attribute_template(element, "to"),
            request_id: is_request
                .then(|| self.attribute_template(element, "id"))
                .flatten(),
            name: Name {
                namespace: element.name.namespace.to_string(),
                local: element.name.local.to_string(),
            },
            part: stanza.part,
            only_asks: is_iq(element, role, &["get"]),
            span: element.tag,
        }
    }

    fn attribute_template(&self, element: &Element, name: &str) -> Option<Template> {
        let attribute = element.attribute("", name)?;
        Some(self.value_template(&attribute.value))
    }
}

fn unknown(name: &ActorName) -> ScriptErrorKind {
    ScriptErrorKind::UnknownActor {
        found: name.to_string(),
        suggestion: None,
    }
}

/// Whether an element is an iq of one of these types.
fn is_iq(element: &Element, role: &Role, kinds: &[&str]) -> bool {
    let name = &element.name;
    let kind = element.attribute("", "type");
    let kind = kind.and_then(|kind| kind.value.literal());
    name.local == "iq"
        && name.namespace.as_ref() == role.namespace()
        && kind.is_some_and(|kind| kinds.contains(&kind))
}
