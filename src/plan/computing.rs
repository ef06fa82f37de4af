//! What a story computes, made ready: how, of what, and which of it must not be shown.

use std::collections::BTreeSet;

use super::actor::ActorPlan;
use super::resolver::Resolver;
use crate::formula::{Formula, Formulas, Part};
use crate::matcher::Bindings;
use crate::script::ast::Variable;
use crate::script::{ArgumentPiece, Computed};

/// What a story computes.
#[derive(Debug, Clone, Default)]
pub struct Computing {
    /// How.
    pub formulas: Formulas,
    /// The variables of users and passwords that the story uses.
    credentials: BTreeSet<String>,
    /// The names of what is computed of passwords.
    pub hidden: Vec<String>,
}

impl Computing {
    /// Gives the variables of an actor's user and password their values, where the story uses them.
    pub(super) fn bind_credentials(&self, actor: &ActorPlan, bindings: &mut Bindings) {
        if self.credentials.is_empty() {
            return;
        }
        let user = actor.identity.localpart.as_deref();
        let secret = actor.secret().map(|secret| secret.reveal());
        let values = [
            (Variable::User(actor.name.clone()), user),
            (Variable::Password(actor.name.clone()), secret),
        ];
        for (variable, value) in values {
            let name = variable.to_string();
            if let Some(value) = value.filter(|_| self.credentials.contains(&name)) {
                bindings.bind(name, value);
            }
        }
    }
}

impl Resolver<'_> {
    /// What the story computes.
    pub(super) fn computing(&self) -> Computing {
        let mut computing = Computing::default();
        let mut formulas = Vec::new();
        for piece in self.script.pieces() {
            for (variable, span) in piece.named() {
                let leaves = variable.leaves(span);
                let is_secret = |(leaf, _): &(&Variable, _)| matches!(leaf, Variable::Password(_));
                let is_hidden = leaves.iter().any(is_secret);
                let credentials = leaves.into_iter().filter(|(leaf, _)| is_credential(leaf));
                let credentials = credentials.map(|(leaf, _)| leaf.to_string());
                computing.credentials.extend(credentials);
                if let Variable::Computed(computed) = variable {
                    let name = variable.to_string();
                    computing.hidden.extend(is_hidden.then(|| name.clone()));
                    formulas.push((name, self.formula(computed)));
                }
            }
        }
        computing.formulas = Formulas::new(formulas);
        computing
    }

    fn formula(&self, computed: &Computed) -> Formula {
        match computed {
            Computed::Now(offset) => Formula::Now(*offset),
            Computed::Of(function, argument) => {
                let next = argument.iter().skip(1).map(Some).chain([None]);
                let parts = argument.iter().zip(next);
                let parts = parts.map(|(piece, next)| self.part(piece, next));
                Formula::Of(*function, parts.collect())
            }
        }
    }

    /// A part of an argument; the literal ones are renamed with a view to what stands behind them.
    fn part(&self, piece: &ArgumentPiece, next: Option<&ArgumentPiece>) -> Part {
        match piece {
            ArgumentPiece::Bytes(bytes) => {
                let next = next.and_then(|next| match next {
                    ArgumentPiece::Variable(next) => self.renames.words().of_variable(&next.value),
                    ArgumentPiece::Bytes(_) => None,
                });
                Part::Bytes(self.renames.argument(bytes, next))
            }
            ArgumentPiece::Variable(variable) => match &variable.value {
                Variable::Computed(computed) => Part::Formula(self.formula(computed)),
                variable => Part::Name(variable.to_string()),
            },
        }
    }
}

fn is_credential(variable: &Variable) -> bool {
    matches!(variable, Variable::User(_) | Variable::Password(_))
}

#[cfg(test)]
mod tests {
    use super::super::{PlanOptions, Renaming, resolve};
    use crate::script::read;
    use crate::source::SourceFile;
    use crate::xmpp::Password;

    /// What is computed of these arguments by `base64`, decoded, under other names.
    fn computed(arguments: &[&str]) -> Vec<String> {
        use base64::prelude::{BASE64_STANDARD, Engine};
        let head = "## requires: conference/text as rooms\n";
        let cast = "[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: montague\n---\n";
        let texts = arguments.iter();
        let texts: Vec<String> = texts
            .map(|text| format!("<a>${{base64 {text}}}</a>"))
            .collect();
        let story = format!("Romeo sends:\n\t{}\n", texts.join("\n\t"));
        let text = format!("{head}{cast}{story}");
        let script = read(SourceFile::new("a.scs", &text)).script;
        let options = PlanOptions {
            renaming: Renaming {
                suffix: Some("-1".to_owned()),
                domain: Some("example.org".to_owned()),
                ..Renaming::default()
            },
            password: Some(Password::from("capulet")),
            ..PlanOptions::default()
        };
        let mut plan = resolve(&script, &options).unwrap();
        plan.give([("rooms".to_owned(), "muc.example.org".to_owned())]);
        let bindings = plan.bindings();
        let sent = plan.steps[0].verb.sent().iter();
        let sent = sent.map(|stanza| stanza.text.fill(&bindings).unwrap());
        let decoded = sent.map(|xml| {
            let digits = xml.trim_start_matches("<a>").trim_end_matches("</a>");
            String::from_utf8(BASE64_STANDARD.decode(digits).unwrap()).unwrap()
        });
        decoded.collect()
    }

    #[test]
    fn arguments_are_renamed() {
        assert_eq!(
            computed(&[
                "\\0romeo\\0secret",
                "romeo\\0romeo",
                "romeo@localhost\\0romeo\\0x\\x1fromeo@localhost",
                "hall@${rooms}",
                "\\0${Romeo's user}\\0${Romeo's password}",
            ]),
            [
                "\0romeo-1\0secret",
                "romeo\0romeo",
                "romeo-1@example.org\0romeo-1\0x\u{1f}romeo-1@example.org",
                "hall-1@muc.example.org",
                "\0romeo-1\0capulet",
            ]
        );
    }
}
