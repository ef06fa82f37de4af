//! Making the plan.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::actor::{self, ActorPlan, CastContext};
use super::expectation::{self, Defaults};
use super::options::{PlanOptions, Receiving};
use super::rename::Renames;
use super::step::{Name, Outgoing, Step};
use super::template::Template;
use crate::case::CaseId;
use crate::matcher::ChildOrder;
use crate::script::ast::{Action, ActorName, Comment, Element, Script, Stanza, Tag};
use crate::script::{self, Requirement, Role, ScriptError, ScriptErrorKind, Sync, Word, Words};
use crate::secrets::Secrets;
use crate::source::SourceFile;

/// Everything there is to do for a script.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the script is called.
    pub case: CaseId,
    /// The script's text.
    pub source: Arc<SourceFile>,
    /// Its title.
    pub title: String,
    /// What it is about, a line each.
    pub description: Vec<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// The cast.
    pub actors: Vec<ActorPlan>,
    /// The story.
    pub steps: Vec<Step>,
    /// Which stanza a `receives` may take.
    pub receiving: Receiving,
    /// How the order of the story is kept.
    pub sync: Sync,
    /// What the server must have for it.
    pub requirements: Vec<Requirement>,
    /// The names that the story uses without capturing them, with what they stand for; a service has no value until the
    /// server has been asked.
    pub given: BTreeMap<String, Option<String>>,
    /// What the names of accounts and rooms got at their end.
    pub suffix: Option<String>,
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

    /// The names that stand for something, with their values.
    pub fn known(&self) -> impl Iterator<Item = (&str, &str)> {
        let given = self.given.iter();
        given.filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)))
    }

    /// The passwords of its cast, and whose they are.
    pub fn secrets(&self) -> Secrets {
        let secrets = Secrets::owned(self.actors.iter().filter_map(|actor| {
            let secret = actor.secret()?;
            Some((actor.name.to_string(), secret.reveal().to_owned()))
        }));
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
    let (profiles, errors) = script::profiles(&script.cast);
    if !errors.is_empty() {
        return Err(errors);
    }
    let folder = Path::new(script.source.name()).parent();
    let folder = folder.unwrap_or_else(|| Path::new(""));
    let renames = Renames::new(script, &profiles, &options.renaming);
    let context = CastContext {
        cast: &profiles,
        folder,
        renames: &renames,
        story: story(script),
    };
    let cast = profiles.iter();
    let cast = cast.map(|(declared, profile)| actor::actor(declared, profile, &context, options));
    let actors: Vec<ActorPlan> = cast.collect();
    let order = options.child_order.unwrap_or_else(|| tagged_order(script));
    let steps = script
        .story
        .iter()
        .map(|action| step(action, script, order, &renames));
    let given = given(script, renames.words(), &actors, options);
    Ok(Plan {
        case: script.case.clone(),
        source: Arc::clone(&script.source),
        title: script.title().to_owned(),
        description: texts(&script.head.description),
        tags: script.head.tags.clone(),
        actors,
        steps: steps.collect::<Result<Vec<_>, _>>()?,
        receiving: options
            .receiving
            .unwrap_or_else(|| tagged_receiving(script)),
        sync: options.sync.unwrap_or_else(|| tagged_sync(script)),
        requirements: script::requirements(&script.head),
        given,
        suffix: options.renaming.suffix.clone(),
    })
}

/// What the names stand for that the story uses without capturing them, as far as that is known without a server.
fn given(
    script: &Script,
    words: &Words,
    actors: &[ActorPlan],
    options: &PlanOptions,
) -> BTreeMap<String, Option<String>> {
    let user = actors.iter().find(|actor| actor.role.is_user());
    let domain = user.map(|user| user.server.clone());
    let value = |name: &String| match words.get(name) {
        Some(Word::Domain) => domain.clone(),
        Some(Word::Service | Word::Unique) | None => None,
    };
    let names = words.used_in(script).into_iter();
    let given = names.map(|name| {
        let value = options.given.get(&name).cloned().or_else(|| value(&name));
        (name, value)
    });
    given.collect()
}

/// The text of the story, from its first line on.
fn story(script: &Script) -> &str {
    let first = script.story.first();
    first.map_or("", |action| &script.source.text()[action.span.start..])
}

fn tagged_order(script: &Script) -> ChildOrder {
    match script.head.values("child-order").last() {
        Some("any") => ChildOrder::Any,
        _ => ChildOrder::AsWritten,
    }
}

fn tagged_receiving(script: &Script) -> Receiving {
    match script.head.values("strict").last() {
        Some(_) => Receiving::Next,
        None => Receiving::FirstMatch,
    }
}

fn tagged_sync(script: &Script) -> Sync {
    match script.head.values("sync").last() {
        Some("none") => Sync::None,
        _ => Sync::Ping,
    }
}

fn step(
    action: &Action,
    script: &Script,
    order: ChildOrder,
    renames: &Renames<'_>,
) -> Result<Step, Vec<ScriptError>> {
    let name = &action.actor.value;
    let actor = script
        .cast
        .iter()
        .position(|actor| actor.name.value == *name);
    let actor = actor.ok_or_else(|| vec![unknown(name).at(action.actor.span)])?;
    let role = script.cast[actor].role.value;
    let defaults = Defaults {
        role,
        order,
        renames,
    };
    Ok(Step {
        actor,
        verb: action.verb.map(
            |stanza| outgoing(stanza, role, &script.source, renames),
            |stanza| expectation::pattern(&stanza.element, defaults),
        ),
        comments: texts(&action.comments),
        span: action.span,
    })
}

fn texts(comments: &[Comment]) -> Vec<String> {
    comments
        .iter()
        .map(|comment| comment.text.clone())
        .collect()
}

fn unknown(name: &ActorName) -> ScriptErrorKind {
    ScriptErrorKind::UnknownActor {
        found: name.to_string(),
        suggestion: None,
    }
}

fn outgoing(stanza: &Stanza, role: &Role, source: &SourceFile, renames: &Renames<'_>) -> Outgoing {
    let element = &stanza.element;
    Outgoing {
        text: Template::of_stanza(stanza, source, renames),
        to: attribute(element, "to", renames),
        request_id: request_id(element, role, renames),
        name: Name {
            namespace: element.name.namespace.to_string(),
            local: element.name.local.clone(),
        },
        only_asks: is_iq(element, role, &["get"]),
        span: element.tag,
    }
}

fn attribute(element: &Element, name: &str, renames: &Renames<'_>) -> Option<Template> {
    element
        .attribute("", name)
        .map(|attribute| Template::of_value(&attribute.value, renames))
}

fn request_id(element: &Element, role: &Role, renames: &Renames<'_>) -> Option<Template> {
    is_iq(element, role, &["get", "set"])
        .then(|| attribute(element, "id", renames))
        .flatten()
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
