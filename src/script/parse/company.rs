//! The actors of a line: one, or several.

use fnv::FnvHashSet;

use super::excerpt;
use super::sentence::Sentence;
use super::story::StoryReader;
use crate::script::ast::ActorName;
use crate::script::error::ScriptErrorKind;
use crate::script::phrase::Number;
use crate::source::Spanned;

impl StoryReader<'_, '_> {
    /// The actors that a line names: the first one, and the others.
    pub(super) fn actors(
        &mut self,
        sentence: &Sentence<'_>,
    ) -> (Spanned<ActorName>, Vec<Spanned<ActorName>>) {
        let names = match &sentence.company {
            Some(names) => {
                self.check_number(sentence, names.len());
                names.clone()
            }
            None => self.unknown_company(sentence),
        };
        let mut names = names.into_iter();
        let own = names.next().unwrap_or(sentence.names);
        let first = self.actor(own);
        let mut known = FnvHashSet::default();
        let mut others = Vec::new();
        for name in names {
            match name.value != own.value && known.insert(name.value) {
                true => others.push(self.actor(name)),
                false => {
                    let name_text = excerpt(name.value);
                    self.complain(ScriptErrorKind::NamedTwice { name: name_text }, name.span);
                }
            }
        }
        (first, others)
    }

    /// The names of a line where not all are of the cast. Where none is, they may as well be one.
    fn unknown_company<'i>(&self, sentence: &Sentence<'i>) -> Vec<Spanned<&'i str>> {
        let names = self.names.company_roughly(sentence.names);
        let is_known = |name: &Spanned<&str>| self.names.get(name.value).is_some();
        match sentence.wording.number == Number::Plural || names.iter().any(is_known) {
            true => names,
            false => vec![sentence.names],
        }
    }

    /// Sees that the verb is worded for as many actors as there are.
    fn check_number(&mut self, sentence: &Sentence<'_>, actors: usize) {
        let number = Number::of(actors);
        if sentence.wording.number != number {
            let kind = ScriptErrorKind::WrongNumber {
                verb: sentence.wording.phrase,
                number,
                names: excerpt(sentence.names.value),
            };
            self.complain(kind, sentence.verb);
        }
    }
}
