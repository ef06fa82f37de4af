//! Lines that name several actors: each of them gets an action of its own, with what stands for all of them. In each
//! action `self` is its actor.

use std::collections::HashMap;
use std::sync::Arc;

use crate::script::ast::{Action, ActorName, Element, Node, Piece, Script};
use crate::script::role::Role;

/// The name by which a block calls its actor, unless somebody in the cast is called so.
const SELF: &str = "self";

impl Script {
    /// Lets each actor of a line act by itself.
    pub(super) fn part_companies(&mut self) {
        if self.story.iter().all(|action| action.others.is_empty()) {
            return self.keep_steps();
        }
        let cast = self.cast.iter();
        let roles = cast.map(|actor| (actor.name.value.clone(), actor.role.value));
        let roles: HashMap<ActorName, &Role> = roles.collect();
        self.replace_steps(|action| parted(action, &roles));
    }

    /// Calls each actor by its own name where its block says `self`.
    pub(super) fn name_selves(&mut self) {
        if self.knows_self() && self.names_selves() {
            let story = Arc::make_mut(&mut self.story);
            story.iter_mut().for_each(Action::name_self);
        }
    }

    /// Whether a block says `self`.
    fn names_selves(&self) -> bool {
        let pieces = self.pieces().filter(|piece| !piece.is_literal());
        let variables = pieces.flat_map(Piece::variables);
        let mut actors = variables.filter_map(|(variable, _)| variable.actor());
        actors.any(|actor| &*actor.0 == SELF)
    }

    /// Whether `self` is the actor whose block it stands in.
    pub(crate) fn knows_self(&self) -> bool {
        self.actor(&ActorName::new(SELF)).is_none()
    }
}

impl Action {
    fn name_self(&mut self) {
        let own = &self.actor.value;
        self.verb.each_variable_mut(&mut |variable| {
            if let Some(actor) = variable.actor_mut().filter(|actor| &*actor.0 == SELF) {
                actor.clone_from(own);
            }
        });
    }
}

fn parted(mut action: Action, roles: &HashMap<ActorName, &'static Role>) -> Vec<Action> {
    let role = |name: &ActorName| roles.get(name).copied().unwrap_or_default();
    let others = std::mem::take(&mut action.others);
    let mut actions = vec![action];
    for actor in others {
        let mut own = actions[0].clone();
        let (from, to) = (role(&own.actor.value), role(&actor.value));
        own.actor = actor;
        if from.namespace() != to.namespace() {
            for stanza in own.verb.stanzas_mut() {
                stanza.element.move_to(from.namespace(), to.namespace());
            }
        }
        actions.push(own);
    }
    actions
}

impl Element {
    /// Moves what has the default namespace of one stream to that of another one.
    fn move_to(&mut self, from: &str, to: &'static str) {
        if self.declarations.iter().any(|own| own.prefix.is_none()) {
            return;
        }
        if self.name.prefix.is_none() && self.name.namespace.as_ref() == from {
            self.name.namespace = Arc::from(to);
        }
        for child in &mut self.children {
            if let Node::Element(child) = child {
                child.move_to(from, to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::script::ast::{Action, Piece, Script, Stanza};
    use crate::script::stage;
    use crate::script::testing::sound;

    const CAST: &str = "[Client] A\n[Client] B\n[Component] C\n---\n";

    #[track_caller]
    fn staged(story: &str) -> Script {
        let script = sound(&format!("{CAST}{story}\n")).script;
        stage(&script).plays.remove(0)
    }

    #[test]
    fn each_actor_acts_in_the_order_of_the_line() {
        let text = "A, B and C connect\nEither\n\tB and A receive within 2 s: nothing\nor\n\tB receives nothing\nA disconnects";
        let script = staged(text);
        let lines = script.story.iter();
        let lines: Vec<String> = lines
            .map(|action| {
                action
                    .said()
                    .unwrap_or_else(|| script.source.slice(action.span).to_owned())
            })
            .collect();
        assert_eq!(
            lines,
            [
                "A connects",
                "B connects",
                "C connects",
                "B receives within 2 s: nothing",
                "A receives within 2 s: nothing",
                "B receives nothing",
                "A disconnects"
            ]
        );
        assert_eq!(script.choices[0].alternatives[0].steps, 3..5);
    }

    #[test]
    fn who_takes_no_part_drops_out_of_the_line() {
        let cast = "[Cases]\n\t| low |\n\t| 1 |\n\t|   |\n[Client] Low\n\tif: ${low}\n[Client] High\n---\n";
        let story = "High and Low send:\n\t<presence to=\"${self's JID}\" from='${low}'/>\nLow and High disconnect\n";
        let plays = stage(&sound(&format!("{cast}{story}")).script).plays;
        let lines =
            |play: &Script| -> Vec<String> { play.story.iter().filter_map(Action::said).collect() };
        let all = [
            "High sends:",
            "Low sends:",
            "Low disconnects",
            "High disconnects",
        ];
        assert_eq!(lines(&plays[0]), all);
        assert_eq!(lines(&plays[1]), ["High sends:", "High disconnects"]);
    }

    #[test]
    fn each_block_is_for_the_stream_of_its_actor() {
        let block = "<message><body/><x xmlns='jabber:client'><y/></x></message>\n\t<p:a xmlns:p='jabber:client'><b/></p:a>";
        let script = staged(&format!("A and C send:\n\t{block}"));
        let namespaces = |step: usize| -> Vec<String> {
            let stanzas = script.story[step].verb.stanzas().into_iter();
            stanzas.flat_map(namespaces_of).collect()
        };
        let (client, component) = ("jabber:client", "jabber:component:accept");
        assert_eq!(namespaces(0), [client; 6]);
        assert_eq!(
            namespaces(1),
            [component, component, client, client, client, component]
        );
    }

    #[test]
    fn self_is_the_actor_of_the_block() {
        let names = |cast: &str, story: &str| -> Vec<String> {
            let script = sound(&format!("{cast}{story}\n")).script;
            let play = stage(&script).plays.remove(0);
            let variables = play.pieces().flat_map(Piece::variables);
            variables
                .map(|(variable, _)| variable.to_string())
                .collect()
        };
        let block = "\n\t<a b=\"${self's JID}\" c=\"${A's JID}\">$<_:not self's full JID></a>";
        let story = format!("B and A receive:{block}");
        assert_eq!(
            names(CAST, &story),
            [
                "B's JID",
                "A's JID",
                "B's full JID",
                "A's JID",
                "A's JID",
                "A's full JID"
            ]
        );
        assert_eq!(
            names(
                CAST,
                &format!("B answers:{block}\nwith:\n\t<a>${{self's JID}}</a>")
            )
            .last()
            .unwrap(),
            "B's JID"
        );
        let own = "[Client] self\n[Client] A\n[Client] B\n---\n";
        assert_eq!(names(own, &format!("B receives:{block}"))[0], "self's JID");
    }

    fn namespaces_of(stanza: &Stanza) -> Vec<String> {
        let mut all = Vec::new();
        let mut open = vec![&stanza.element];
        while let Some(element) = open.pop() {
            all.push(element.name.namespace.to_string());
            let children: Vec<_> = element.elements().collect();
            open.extend(children.into_iter().rev());
        }
        all
    }
}
