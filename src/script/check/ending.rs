//! How streams end and logins are refused: what may stand in such blocks, and where actors are afterwards.

use fnv::{FnvHashMap, FnvHashSet};

use super::story::{Place, Walk};
use crate::ns;
use crate::script::ast::{Action, ActorName, Element, Part, Stanza};
use crate::script::choice::Choice;
use crate::script::error::ScriptErrorKind as Kind;
use crate::script::verb::{Expectation, ExpectationMode, Verb};
use crate::xmpp::Milestone;

impl<'s> Walk<'s, '_> {
    /// A stream that has ended can be judged again, but not one that the actor itself has left.
    pub(super) fn is_disconnected(
        &mut self,
        action: &'s Action,
        expectation: &'s Expectation<Stanza>,
    ) {
        let name = &action.actor.value;
        match self.places.get(name) {
            None => self.never_connected(action),
            Some(Place::Gone) => {
                let name = name.to_string();
                self.complain(Kind::DisconnectedWhileGone { name }, action.span);
            }
            Some(Place::OnStage(_) | Place::Ended | Place::PerhapsEnded(_)) => {
                self.places.insert(name, Place::Ended);
                self.release_jid(name);
            }
        }
        for (number, element) in elements(expectation).enumerate() {
            if !is_any_of(element, &is_stream_error) {
                self.complain(Kind::NoEnd, element.tag);
            } else if number > 0 {
                self.complain(Kind::SecondEnd, element.tag);
            }
        }
    }

    /// The stream stays as the refusal leaves it.
    pub(super) fn is_refused(&mut self, action: &'s Action, expectation: &'s Expectation<Stanza>) {
        let name = &action.actor.value;
        self.receivers.remove(name);
        self.leaving.remove(name);
        self.release_jid(name);
        let before = self.places.insert(name, Place::OnStage(Milestone::Stream));
        if before == Some(Place::OnStage(Milestone::Session)) {
            let name = name.to_string();
            self.complain(Kind::AlreadyConnected { name }, action.span);
        }
        let default = self.default_namespace(name).unwrap_or_default();
        for (number, element) in elements(expectation).enumerate() {
            if !is_any_of(element, &|own| is_refusal(own, default)) {
                let found = element.name.written();
                self.complain(Kind::NoRefusal { found }, element.tag);
            } else if number > 0 {
                self.complain(Kind::SecondRefusal, element.tag);
            }
        }
        if let Some(footer) = &expectation.footer {
            self.complain(Kind::FooterHere, footer.span);
        }
    }

    /// Takes note of whether an actor ends its stream, or begins another one, by what it sends.
    pub(super) fn may_leave(&mut self, name: &'s ActorName, stanza: &Stanza) {
        let text = self.script.source.slice(stanza.element.extent);
        if stanza.footer().is_some()
            || stanza.part == Part::Text && text.trim_end().ends_with("</stream:stream>")
        {
            self.leaving.insert(name);
        } else if stanza.part == Part::Header {
            self.leaving.remove(name);
        }
    }

    /// Sees that nothing is to be shown not to come over a stream that is over: its end fails that.
    pub(super) fn must_not_have_ended(&mut self, action: &Action) {
        let name = &action.actor.value;
        let is_leaving = self.leaving.contains(name);
        let is_over = match self.places.get(name) {
            Some(Place::Ended) => true,
            Some(Place::OnStage(_) | Place::PerhapsEnded(_)) => is_leaving,
            None | Some(Place::Gone) => false,
        };
        if is_over {
            let name = name.to_string();
            self.complain(Kind::SilenceAfterEnd { name }, action.span);
        }
    }

    /// Sees that the header and the end of a stream stand only where they can come or go.
    pub(super) fn parts_of(&mut self, action: &'s Action) {
        let is_of_end = |expected: &Expectation<Stanza>| expected.mode.is_of_end();
        let can_have_header = match &action.verb {
            Verb::Does(_) => true,
            Verb::Expects(expected) => !is_of_end(expected),
            Verb::Rules(_) => false,
        };
        for stanza in action.verb.stanzas() {
            match stanza.part {
                Part::Header if !can_have_header => {
                    self.complain(Kind::HeaderHere, stanza.element.tag);
                }
                // In what is expected, one that stands in its place is none of the items.
                Part::Footer if !matches!(action.verb, Verb::Does(_)) => {
                    self.complain(Kind::FooterHere, stanza.element.tag);
                }
                Part::Whole | Part::Header | Part::Footer | Part::Text => {}
            }
        }
        let expected = action.verb.expectation();
        let absent = expected.filter(|expected| expected.mode == ExpectationMode::NoneOf);
        if let Some(footer) = absent.and_then(|expected| expected.footer) {
            self.complain(Kind::FooterHere, footer.span);
        }
    }

    /// The actors whose streams have ended, where they were in these places before.
    pub(super) fn ended_since(
        &self,
        before: &FnvHashMap<&'s ActorName, Place>,
    ) -> FnvHashSet<&'s ActorName> {
        let now = self.places.iter();
        let ended = now.filter(|(name, place)| {
            **place == Place::Ended && before.get(*name) != Some(&Place::Ended)
        });
        ended.map(|(name, _)| *name).collect()
    }

    /// Where actors are after an `Either`: those whose streams have ended only in some alternatives may be gone.
    pub(super) fn places_after(&mut self, choice: &'s Choice, ended: &[FnvHashSet<&'s ActorName>]) {
        for name in ended.iter().flatten().copied() {
            let in_all = ended.iter().all(|own| own.contains(name));
            let place = match in_all {
                true => Place::Ended,
                false => Place::PerhapsEnded(choice.span()),
            };
            self.places.insert(name, place);
            self.release_jid(name);
        }
    }
}

/// The elements of a block, without headers and ends of streams.
fn elements(expectation: &Expectation<Stanza>) -> impl Iterator<Item = &Element> {
    let stanzas = expectation.items.iter();
    let whole = stanzas.filter(|stanza| stanza.part == Part::Whole);
    whole.map(|stanza| &stanza.element)
}

/// Whether an element, or each of those of which one is expected, is of a kind.
fn is_any_of(element: &Element, is_it: &dyn Fn(&Element) -> bool) -> bool {
    match element.is_one_of() {
        true => element.elements().all(|member| is_any_of(member, is_it)),
        false => is_it(element),
    }
}

fn is_stream_error(element: &Element) -> bool {
    element.is("error", ns::STREAM)
}

/// Whether a server refuses a login by it on a stream with this default namespace: SASL does (RFC 6120 §6.4.5), and
/// so do stream errors (§4.9) and the answer to the request to bind (§7).
fn is_refusal(element: &Element, default: &str) -> bool {
    is_stream_error(element) || element.is("iq", default) || element.is_sasl_failure()
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, objections, objections_to_two as said};

    const CONFLICT: &str =
        "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";

    #[test]
    fn a_stream_error_and_the_end_are_all_that_is_said_of_an_end() {
        for block in [
            "",
            CONFLICT,
            "</stream:stream>",
            "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
            &format!("{CONFLICT}\n\t</stream:stream>"),
            &format!("<scansion:one-of>{CONFLICT}<stream:error/></scansion:one-of>"),
        ] {
            assert_eq!(
                said(&format!("A is disconnected:\n\t{block}")),
                [],
                "{block}"
            );
        }
        let stanza = said("A is disconnected:\n\t<message/>");
        let no_end = "a stream does not end by this";
        assert_eq!(stanza, [at(no_end, "<message/>")]);
        let members = "<scansion:one-of><stream:error/><presence/></scansion:one-of>";
        let said_of_members = said(&format!("A is disconnected:\n\t{members}"));
        assert_eq!(said_of_members, [at(no_end, "<scansion:one-of>")]);
        let twice = said(&format!("A is disconnected:\n\t{CONFLICT}\n\t{CONFLICT}"));
        assert_eq!(
            twice,
            [at("a stream ends by one stream error", "<stream:error>")]
        );
        let early = said(&format!(
            "A is disconnected:\n\t</stream:stream>\n\t{CONFLICT}"
        ));
        let misplaced = "the end of a stream cannot stand here";
        assert_eq!(early, [at(misplaced, "</stream:stream>")]);
    }

    #[test]
    fn after_the_end_what_came_before_can_still_be_received() {
        let ended = "A is disconnected\nA is disconnected\nA receives:\n\t<message/>\n";
        assert_eq!(said(ended), []);
        let sends = said(&format!("{ended}A sends:\n\t<message/>"));
        assert_eq!(sends, [at("`A` sends, but has disconnected", "A sends:")]);
        assert_eq!(
            said(&format!("{ended}A connects\nA sends:\n\t<message/>")),
            []
        );
    }

    #[test]
    fn who_has_left_or_never_came_is_not_disconnected() {
        let left = said("A disconnects\nA is disconnected");
        assert_eq!(
            left,
            [at(
                "`A` is disconnected, but has left before",
                "A is disconnected"
            )]
        );
        let cast = "# T\n[Client] A\n\tjid: a@b\n---\n";
        let never = objections(&format!("{cast}A is disconnected\n"));
        assert_eq!(never, [at("`A` has not connected", "A is disconnected")]);
    }

    #[test]
    fn who_is_disconnected_in_only_some_alternatives_acts_no_more() {
        let either = "Either\n\tA is disconnected\nor\n\tA receives:\n\t\t<message/>\n";
        let perhaps = "only in some alternatives of an `Either` `A` is still connected";
        let then = |line: &str| said(&format!("{either}{line}"));
        assert_eq!(then("A receives:\n\t<message/>\nA disconnects"), []);
        assert_eq!(then("A is disconnected"), []);
        assert_eq!(then("A connects\nA sends:\n\t<message/>"), []);
        let sends = then("A sends:\n\t<message/>");
        assert_eq!(sends, [at(perhaps, "A sends:")]);
        let all = "Either\n\tA is disconnected\nor\n\tA is disconnected:\n\t\t</stream:stream>\n";
        let sends = said(&format!("{all}A sends:\n\t<message/>"));
        assert_eq!(sends, [at("`A` sends, but has disconnected", "A sends:")]);
    }

    #[test]
    fn a_stream_that_is_over_cannot_be_silent() {
        let words = "nothing can come for `A`, whose stream has ended above";
        let ends = "A is disconnected\n";
        let leaves = "A sends:\n\t</stream:stream>\n";
        let closes = "A sends:\n\t<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>\n";
        let by_text = "A sends text:\n\t<message/></stream:stream>\n";
        let silent = ["A receives: nothing", "A does not receive:\n\t<a/>"];
        for before in [ends, leaves, closes, by_text] {
            for silence in silent {
                let line = silence.lines().next().unwrap();
                let told = said(&format!("{before}{silence}"));
                assert_eq!(told, [at(words, line)], "{before}");
            }
        }
        for between in [
            "A connects\n",
            "A sends:\n\t<stream:stream to='b'>\n",
            "A opens a stream\n",
        ] {
            let told = said(&format!("{leaves}{between}A receives: nothing"));
            assert!(told.iter().all(|(told, _)| told != words), "{told:?}");
        }
        let either = "Either\n\tA is disconnected\nor\n\tA receives: nothing\n";
        assert_eq!(said(either), []);
        assert_eq!(said("A sends text:\n\t<<<\nA receives: nothing"), []);
    }

    #[test]
    fn a_login_is_refused_once_and_in_one_of_three_ways() {
        let refused = |block: &str| {
            let cast = "# T\n[Client] A\n\tjid: a@b\n---\n";
            objections(&format!("{cast}A is refused:\n\t{block}\n"))
        };
        let failure = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
        for block in [
            failure,
            CONFLICT,
            "<iq type='error'/>",
            &format!("<scansion:one-of>{failure}<iq type='error'/></scansion:one-of>"),
        ] {
            assert_eq!(refused(block), [], "{block}");
        }
        let slip = refused("<failure/>");
        assert_eq!(
            slip,
            [at(
                "a login is not refused by `<failure>` of this namespace",
                "<failure/>"
            )]
        );
        let twice = refused(&format!("{failure}\n\t{CONFLICT}"));
        assert_eq!(twice, [at("a login is refused once", "<stream:error>")]);
        let footer = refused(&format!("{failure}\n\t</stream:stream>"));
        assert_eq!(
            footer,
            [at(
                "the end of a stream cannot stand here",
                "</stream:stream>"
            )]
        );
    }

    #[test]
    fn headers_and_ends_are_for_what_goes_and_comes() {
        let header = "the header of a stream cannot stand here";
        let open = "<stream:stream to='b'>";
        assert_eq!(
            said(&format!("A is disconnected:\n\t{open}")),
            [at(header, open)]
        );
        assert_eq!(
            said(&format!("A ignores:\n\t{open}\nA receives nothing")),
            [at(header, open)]
        );
        let footer = at("the end of a stream cannot stand here", "</stream:stream>");
        assert_eq!(
            said("A does not receive:\n\t<a/>\n\t</stream:stream>"),
            [footer]
        );
        assert_eq!(
            said(&format!(
                "A receives:\n\t{open}\n\t<a/>\n\t</stream:stream>"
            )),
            []
        );
    }
}
