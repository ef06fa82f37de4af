//! Standing rules: what they may hold, and what they hide from later lines.

use std::collections::HashSet;
use std::slice;

use super::captures::Captures;
use super::hiding::takes_all;
use super::story::Walk;
use crate::script::ast::{Action, ActorName, Piece, Stanza, Variable, Wildcard};
use crate::script::error::ScriptErrorKind as Kind;
use crate::script::suggest::closest;
use crate::script::verb::StandingRule;
use crate::source::{Span, Spanned};

/// A rule that stands from its line on.
pub(super) struct Standing<'s> {
    action: &'s Action,
    takes: &'s [Stanza],
}

impl<'s> Walk<'s, '_> {
    /// A rule may stand before its actor has connected.
    pub(super) fn begins(&mut self, action: &'s Action, rule: &'s StandingRule<Stanza, Stanza>) {
        for stanza in rule.taken() {
            self.variables_of(stanza);
            self.services_of(stanza);
            let captures = Captures::of(slice::from_ref(stanza), &|_| false);
            for (name, span) in captures.misplaced {
                let name = name.to_owned();
                self.complain(Kind::CaptureInCount { name }, span);
            }
        }
        match rule {
            StandingRule::Ignore(stanzas) => stanzas.iter().for_each(|stanza| self.ignores(stanza)),
            StandingRule::Answer { to, with } => {
                let own = common_names(to);
                with.iter().for_each(|stanza| self.answers(stanza, &own));
            }
        }
        self.rules
            .entry(&action.actor.value)
            .or_default()
            .push(Standing {
                action,
                takes: rule.taken(),
            });
    }

    fn ignores(&mut self, stanza: &Stanza) {
        for piece in stanza.pieces().filter(|piece| piece.captured().is_some()) {
            self.complain(Kind::CaptureInIgnores, piece.span());
        }
    }

    /// What is sent when a rule acts. Variables have the values of that moment, and wildcards those of what is answered.
    fn answers(&mut self, stanza: &'s Stanza, own: &HashSet<&'s str>) {
        for piece in stanza.pieces() {
            match piece {
                Piece::Variable(_) => {
                    self.literal_arguments(piece);
                    self.literal_passwords(piece);
                    for (variable, span) in piece.variables() {
                        self.variable_of_answer(variable, span, piece, own);
                    }
                }
                Piece::Wildcard(wildcard) => self.wildcard_of_answer(wildcard, own),
                Piece::Literal(_) | Piece::Any(_) | Piece::Capture(_) => {}
            }
        }
    }

    fn variable_of_answer(
        &mut self,
        variable: &'s Variable,
        span: Span,
        piece: &'s Piece,
        own: &HashSet<&'s str>,
    ) {
        match variable {
            Variable::FullJid(actor)
            | Variable::BareJid(actor)
            | Variable::SentCount(actor)
            | Variable::ReceivedCount(actor) => {
                self.known_actor(actor, span);
            }
            Variable::Captured(name) if self.captured_ever.contains(name.as_str()) => {}
            Variable::Captured(name) if own.contains(name.as_str()) && !self.has_value(name) => {
                let found = name.clone();
                self.complain(Kind::OwnWildcard { found }, span);
            }
            Variable::User(_)
            | Variable::Password(_)
            | Variable::Captured(_)
            | Variable::Computed(_) => self.variable(variable, span, piece),
        }
    }

    fn wildcard_of_answer(&mut self, wildcard: &Spanned<Wildcard>, own: &HashSet<&'s str>) {
        match wildcard.value.name.as_deref() {
            None => self.complain(Kind::NamelessWildcardInSends, wildcard.span),
            Some(name) if own.contains(name) => {}
            Some(name) => {
                let kind = Kind::UnboundAnswer {
                    found: name.to_owned(),
                    suggestion: closest(name, own.iter().copied()).map(str::to_owned),
                    is_captured: self.captured_ever.contains(name),
                };
                self.complain(kind, wildcard.span);
            }
        }
    }

    /// Warns where a rule takes all that a line below it is about.
    pub(super) fn heed_rules(&mut self, actor: &ActorName, stanza: &Stanza) {
        let Some(default) = self.default_namespace(actor) else {
            return;
        };
        let mut rules = self.rules.get(actor).into_iter().flatten();
        let takes = |taken: &Stanza| {
            !repeats_a_name(taken) && takes_all(&taken.element, &stanza.element, default)
        };
        let hiding = rules.find(|rule| rule.takes.iter().any(takes));
        if let Some(Standing { action, .. }) = hiding {
            let kind = Kind::HiddenByRule {
                name: actor.to_string(),
                verb: action.verb.phrase(),
                rule: action.span,
            };
            self.complain(kind, stanza.element.tag);
        }
    }
}

/// The names that have a value in whichever of the stanzas comes.
fn common_names(stanzas: &[Stanza]) -> HashSet<&str> {
    let names = |stanza| -> HashSet<&str> {
        let captures = Captures::of(slice::from_ref(stanza), &|_| false);
        captures.names.into_iter().collect()
    };
    let mut all = stanzas.iter().map(names);
    let first = all.next().unwrap_or_default();
    all.fold(first, |common, own| {
        common.intersection(&own).copied().collect()
    })
}

/// Whether values of a rule have to be the same, so that it takes only some of the stanzas that are written like it.
fn repeats_a_name(taken: &Stanza) -> bool {
    let mut known = HashSet::new();
    let mut names = taken.pieces().filter_map(Piece::captured);
    names.any(|name| !known.insert(name))
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, objections};

    const CAST: &str = "# T\n[Client] A\n\tjid: a@b\n[Client] B\n\tjid: b@b/r\n---\nA connects\n";

    /// What is said of a story that begins with a rule.
    #[track_caller]
    fn said(story: &str) -> Vec<(String, String)> {
        objections(&format!("{CAST}{story}\nB connects\nB receives nothing\n"))
    }

    #[track_caller]
    fn said_of_answer(to: &str, with: &str) -> Vec<(String, String)> {
        said(&format!("A answers:\n\t{to}\nwith:\n\t{with}"))
    }

    #[test]
    fn rules_stand_anywhere() {
        let rule = "B ignores:\n\t<presence from='$<_>' to='{scansion:any}'/>\n";
        assert_eq!(said(rule), []);
        assert_eq!(
            said_of_answer("<iq id='$<x>' type='$<_>'/>", "<iq id='$<x>'/>"),
            []
        );
    }

    #[test]
    fn nothing_is_captured_by_what_is_ignored() {
        for capture in ["$<x>", "{scansion:capture:x}"] {
            assert_eq!(
                said(&format!("A ignores:\n\t<a b='{capture}'/>")),
                [at("`ignores` captures nothing", capture)]
            );
        }
    }

    #[test]
    fn an_answer_knows_what_is_in_everything_that_is_answered() {
        let unbound = |name: &str, place: &str| {
            let message = format!("the wildcard `{name}` is not in everything that is answered");
            [(message, place.to_owned())]
        };
        assert_eq!(
            said_of_answer("<a b='$<x>'/>", "<a b='$<y>'/>"),
            unbound("y", "$<y>")
        );
        assert_eq!(
            said_of_answer("<a b='$<x>'/>\n\t<c d='$<y>'/>", "<a b='$<x>'/>"),
            unbound("x", "$<x>")
        );
        assert_eq!(
            said_of_answer(
                "<a b='$<x>'/>\n\t<c d='{scansion:capture:x}'/>",
                "<a b='$<x>'/>"
            ),
            []
        );
        assert_eq!(
            said_of_answer("<a/>", "<a b='$<_>'/>"),
            [at("a wildcard without a name cannot be sent", "$<_>")]
        );
    }

    #[test]
    fn variables_of_an_answer_have_the_value_of_its_moment() {
        let later = "A answers:\n\t<a b='$<x>'/>\nwith:\n\t<a b='${y}' c='${B\'s full JID}'/>\n\
                     A receives:\n\t<z y='$<y>'/>";
        assert_eq!(said(&later.replace("\\'", "'")), []);
        let undefined = |name: &str| {
            let message = format!("the variable `{name}` has no value here");
            [(message, format!("${{{name}}}"))]
        };
        assert_eq!(
            said_of_answer("<a b='$<x>'/>", "<a b='${x}'/>"),
            undefined("x")
        );
        assert_eq!(
            said_of_answer("<a b='$<x>'/>", "<a b='${y}'/>"),
            undefined("y")
        );
        let above = "A ignores:\n\t<a b='${y}'/>\nA receives:\n\t<z y='$<y>'/>";
        assert_eq!(said(above), undefined("y"));
    }

    #[test]
    fn the_names_of_a_rule_are_its_own() {
        let story = "A answers:\n\t<a b='$<x>'/>\nwith:\n\t<a/>\nA sends:\n\t<b c='${x}'/>";
        assert_eq!(
            said(story),
            [at("the variable `x` has no value here", "${x}")]
        );
        let story =
            "A answers:\n\t<a b='$<domain>'/>\nwith:\n\t<a/>\nA sends:\n\t<b c='${domain}'/>";
        assert_eq!(said(story), []);
    }

    #[test]
    fn what_a_rule_takes_cannot_be_received_below_it() {
        let hidden = [at("`A ignores` takes this first", "<presence type='x'>")];
        let rule = "A ignores:\n\t<presence/>\n";
        let expected = "<presence type='x'>y</presence>";
        assert_eq!(said(&format!("{rule}A receives:\n\t{expected}")), hidden);
        assert_eq!(said(&format!("A receives:\n\t{expected}\n{rule}")), []);
        let others = said(&format!(
            "{rule}B connects\nB receives:\n\t{expected}\nB disconnects"
        ));
        assert_eq!(others, []);
        let answered =
            "A answers:\n\t<iq id='$<id>'/>\nwith:\n\t<iq/>\nA receives:\n\t<iq id='1'/>";
        assert_eq!(
            said(answered),
            [at("`A answers` takes this first", "<iq id='1'/>")]
        );
    }
}
