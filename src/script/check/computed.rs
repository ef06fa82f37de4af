//! What is computed of the cast: whether actors have a user and a password, and arguments that look like their names.

use jid::Jid;

use super::story::Walk;
use crate::formula::Function;
use crate::script::ast::{ActorName, Piece, Variable};
use crate::script::error::ScriptErrorKind as Kind;
use crate::script::property;
use crate::script::variable::{ArgumentPiece, Computed};
use crate::source::Span;

impl<'s> Walk<'s, '_> {
    /// Sees that an actor has a user. What is wrong with its JID is told where that is.
    pub(super) fn user_of(&mut self, name: &'s ActorName, span: Span) {
        let Some(actor) = self.known_actor(name, span) else {
            return;
        };
        let jid = actor.property(&property::JID);
        let jid = jid.and_then(|jid| jid.value.parse::<Jid>().ok());
        if jid.is_some_and(|jid| jid.node().is_none()) {
            let name = name.to_string();
            self.complain(Kind::NoUser { name }, span);
        }
    }

    /// Sees that an actor has a password, or a secret.
    pub(super) fn password_of(&mut self, name: &'s ActorName, span: Span) {
        let Some(actor) = self.known_actor(name, span) else {
            return;
        };
        let mut keys = [&property::PASSWORD, &property::SECRET].into_iter();
        if !keys.any(|key| actor.property(key).is_some()) {
            let name = name.to_string();
            self.complain(Kind::NoPassword { name }, span);
        }
    }

    /// Warns where all of an argument reads like a variable of the cast: `${sha1 Romeo's JID}`.
    pub(super) fn literal_arguments(&mut self, piece: &Piece) {
        for (variable, span) in piece.named() {
            if let Variable::Computed(computed @ Computed::Of(function, _)) = variable
                && let Some(found) = computed.literal().filter(|text| self.is_of_cast(text))
            {
                let meant = format!("${{{} ${{{found}}}}}", function.word());
                let found = found.to_owned();
                self.complain(Kind::LiteralVariable { found, meant }, span);
            }
        }
    }

    /// Hints where a payload of PLAIN (RFC 4616 §2) spells out a password of the cast.
    pub(super) fn literal_passwords(&mut self, piece: &Piece) {
        for (variable, span) in piece.named() {
            if let Variable::Computed(computed @ Computed::Of(Function::Base64, _)) = variable
                && let Some(name) = self.whose_password(computed.argument().last())
            {
                self.complain(Kind::LiteralPassword { name }, span);
            }
        }
    }

    fn whose_password(&self, last: Option<&ArgumentPiece>) -> Option<String> {
        let Some(ArgumentPiece::Bytes(bytes)) = last else {
            return None;
        };
        let behind = bytes.iter().rposition(|byte| *byte == 0)? + 1;
        let mut cast = self.script.cast.iter();
        let owner = cast.find(|actor| {
            let password = actor.property(&property::PASSWORD);
            password.is_some_and(|password| password.value.as_bytes() == &bytes[behind..])
        });
        owner.map(|own| own.name.value.to_string())
    }

    fn is_of_cast(&self, text: &str) -> bool {
        let of_actor = Variable::of_actor(text);
        of_actor.is_some_and(|(name, _)| self.cast.contains_key(&ActorName::new(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::story::tests::said_then;
    use crate::script::testing::{at, objections};

    #[test]
    fn what_is_computed_needs_values() {
        let send = |text: &str| said_then(&format!("A sends:\n\t<a b=\"{text}\"/>"));
        assert_eq!(send("${now}${now -1h}${base64 ${A's JID}${domain}}"), []);
        assert_eq!(
            send("${base64 ${x}}"),
            [at("the variable `x` has no value here", "${x}")]
        );
        assert_eq!(
            send("${sha1 ${sha256 ${C's JID}}}"),
            [at("unknown actor `C`", "${C's JID}")]
        );
        let block = "A receives:\n\t<a b='$<x>'>${sha1 ${x}}</a>";
        assert_eq!(
            said_then(block),
            [at("the variable `x` has no value here", "${x}")]
        );
        let block = "A receives:\n\t<a b='$<_:not sha1 ${x}>'/>";
        assert_eq!(
            said_then(block),
            [at("behind `not`, `x` has no value here", "sha1 ${x}")]
        );
    }

    #[test]
    fn users_and_passwords_are_those_of_the_cast() {
        let cast = "[Client] A\n\tjid: a@b\n\tpassword: p\n[Client] N\n\tjid: b\n\
                    [Component] S\n\tjid: s.b\n\tsecret: t\n---\nA connects\nA receives nothing\n";
        let send = |text: &str| {
            let said = objections(&format!(
                "{cast}N connects\nS connects\nA sends:\n\t<a>{text}</a>\n"
            ));
            said.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(send("${A's user}${A's password}${S's password}"), []);
        assert_eq!(
            send("${N's user}${S's user}"),
            [
                at("`N` has no user: its JID is a domain", "${N's user}"),
                at("`S` has no user: its JID is a domain", "${S's user}")
            ]
        );
        assert_eq!(
            send("${base64 ${N's password}}"),
            [at("`N` has no password", "${N's password}")]
        );
    }

    #[test]
    fn a_password_of_the_cast_that_is_spelt_out_is_hinted_at() {
        let cast = "[Client] A\n\tjid: a@b\n\tpassword: p\n---\nA connects\nA receives nothing\n";
        let send = |text: &str| objections(&format!("{cast}A sends:\n\t<a>{text}</a>\n"));
        let hint = "the password of `A` is spelt out here";
        for literal in ["${base64 \\0a\\0p}", "${base64 \\0${A's user}\\0p}"] {
            assert_eq!(send(literal), [at(hint, literal)]);
        }
        for other in [
            "${base64 \\0a\\0q}",
            "${base64 p}",
            "${base64 \\0a\\0${A's password}}",
        ] {
            assert_eq!(send(other), [], "{other}");
        }
    }

    #[test]
    fn names_of_the_cast_as_arguments_are_suspicious() {
        let send = |text: &str| said_then(&format!("A sends:\n\t<a>{text}</a>"));
        assert_eq!(
            send("${sha1 A's JID}"),
            [at("`A's JID` stands for itself here", "${sha1 A's JID}")]
        );
        assert_eq!(send("${sha1 C's JID}"), []);
    }
}
