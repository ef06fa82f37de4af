//! Which actor of a transcript is which one of a plan, and the secrets that only the plan knows.

use std::sync::Arc;

use minidom::Element;
use thiserror::Error;

use super::Transcript;
use crate::plan::{ActorPlan, Plan};
use crate::raw_text;
use crate::runner::{Happening, Member, Moment, ScriptOutcome};
use crate::script::ast::ActorName;
use crate::secrets::Secrets;
use crate::xmpp::{self, Closed};

/// Why a plan cannot be judged by a transcript: its cast is another one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecastError {
    /// An actor of the script is not in the transcript.
    #[error("{0} is not in the transcript; {ADVICE}")]
    New(ActorName),
    /// An actor of the transcript is not in the script.
    #[error("{0} is in the transcript, and not in the script; {ADVICE}")]
    Gone(ActorName),
    /// An actor of the same name has another class or JID.
    #[error("{name} is {recorded} in the transcript, and {planned} in the script; {ADVICE}")]
    Other {
        /// The actor.
        name: ActorName,
        /// Its class and JID in the transcript.
        recorded: String,
        /// Its class and JID in the plan.
        planned: String,
    },
    /// A name of the story does not have a value.
    #[error("`${{{0}}}` has no value in the transcript; {ADVICE}")]
    NoValue(String),
}

/// What to try when the cast is another one.
const ADVICE: &str = "run the script again, with `--transcript`";

impl Transcript {
    /// What happened, to the actors of a plan, and with the secrets that they have there.
    ///
    /// # Errors
    ///
    /// When the cast is another one.
    pub fn moments_for(&self, plan: &Plan) -> Result<Vec<Moment>, RecastError> {
        for planned in &plan.actors {
            self.compare(planned)?;
        }
        let mut given = plan.given.iter();
        if let Some((name, _)) = given.find(|(_, value)| value.is_none()) {
            return Err(RecastError::NoValue(name.clone()));
        }
        let actors = self.cast.iter().map(|member| place(member, plan));
        let actors = actors.collect::<Result<Vec<_>, _>>()?;
        let secrets = plan.secrets();
        let moments = self.moments.iter().map(|moment| Moment {
            actor: actors[moment.actor],
            happening: unsealed(&moment.happening, &secrets),
            ..moment.clone()
        });
        Ok(moments.collect())
    }

    fn compare(&self, planned: &ActorPlan) -> Result<(), RecastError> {
        let mut cast = self.cast.iter();
        let member = cast.find(|member| member.name == planned.name);
        let Some(member) = member else {
            return Err(RecastError::New(planned.name.clone()));
        };
        let recorded = format!("[{}] {}", member.role.keyword, member.jid);
        let planned_as = format!("[{}] {}", planned.role.keyword, planned.jid);
        match recorded == planned_as {
            true => Ok(()),
            false => Err(RecastError::Other {
                name: planned.name.clone(),
                recorded,
                planned: planned_as,
            }),
        }
    }
}

fn place(member: &Member, plan: &Plan) -> Result<usize, RecastError> {
    let mut actors = plan.actors.iter();
    let place = actors.position(|actor| actor.name == member.name);
    place.ok_or_else(|| RecastError::Gone(member.name.clone()))
}

/// What happened in a script, without its secrets.
pub(super) fn sealed(outcome: &ScriptOutcome) -> Vec<Moment> {
    let moments = outcome.moments.iter().map(|moment| {
        let role = outcome.cast[moment.actor].role;
        let seal = |xml: &str| outcome.secrets.seal(xml).into_owned();
        let happening = match &moment.happening {
            Happening::Login(direction, xml) => {
                Happening::Login(*direction, seal(&xml.shown()).into())
            }
            Happening::Sent(xml) => Happening::Sent(seal(xml)),
            Happening::SentText(bytes) => Happening::SentText(raw_text::rewritten(bytes, seal)),
            Happening::Answered(xml) => Happening::Answered(seal(xml)),
            Happening::Received(element) => {
                let xml = seal(&xmpp::write_element(element));
                let sealed = xmpp::read_element(&xml, role.namespace());
                // What could not be read again would have to be left out, rather than shown with its secrets.
                let sealed = sealed.unwrap_or_else(|_| Element::bare(element.name(), element.ns()));
                Happening::Received(Arc::new(sealed))
            }
            Happening::Connected(jid) => Happening::Connected(seal(jid)),
            Happening::Closed(how) => Happening::Closed(Closed::of_words(&seal(&how.to_string()))),
            other @ (Happening::Reached(_)
            | Happening::Secured
            | Happening::Dropped
            | Happening::Pinged(_)
            | Happening::AskedStream
            | Happening::Silent(_)
            | Happening::Ponged
            | Happening::Left) => other.clone(),
        };
        Moment {
            happening,
            ..moment.clone()
        }
    });
    moments.collect()
}

fn unsealed(happening: &Happening, secrets: &Secrets) -> Happening {
    match happening {
        Happening::Received(element) => {
            let mut element = (**element).clone();
            secrets.unseal(&mut element);
            Happening::Received(Arc::new(element))
        }
        other => other.clone(),
    }
}
