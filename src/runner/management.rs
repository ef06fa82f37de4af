//! Stream management (XEP-0198) on an actor's stream, as far as it concerns the runner: how many stanzas have gone and
//! come, and which `<r/>` still waits for its `<a/>`. It only keeps count: it knows neither the wire nor the script.

use std::collections::VecDeque;

use minidom::Element;

use crate::ns;
use crate::plan::Name;

/// What is known of stream management on an actor's stream. The counts outlive the session, as a stream can be resumed.
#[derive(Debug, Default)]
pub(super) struct Management {
    /// In the version of which namespace the server has agreed to it, if it has.
    on: Option<String>,
    /// What the script has asked for and is not answered yet, the oldest first.
    asked: VecDeque<Asked>,
    /// Stanzas that went out since `<enable/>`, the runner's own included.
    sent: u32,
    /// Stanzas that came since `<enabled/>`, those for the runner included.
    received: u32,
    /// What the answer to the script's latest `<r/>` is to be compared with, until the script sends another stanza.
    asked_at: Option<u32>,
    /// How many `<r/>` of the script are not answered yet.
    asked_by_script: usize,
    /// How many `<r/>` of the runner are not answered yet.
    asked_by_runner: usize,
}

/// What the script has asked of stream management.
#[derive(Debug, Clone, Copy)]
enum Asked {
    /// To begin it, when so many stanzas had gone out. On a stream that has it, that is to be refused, and changes
    /// nothing.
    Enable(u32),
    /// To resume a session.
    Resume,
}

/// What something that came means for stream management.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// Nothing that would settle anything.
    Other,
    /// The server has handled all stanzas that the script has sent.
    Acknowledgement,
    /// The answer to an `<r/>` of the runner, which the script is not to see.
    OwnAcknowledgement,
}

impl Came {
    /// What an answer means that shows that all is handled, or only some of it.
    fn settling(all: bool) -> Self {
        match all {
            true => Self::Acknowledgement,
            false => Self::Other,
        }
    }
}

/// Whether a namespace is one of stream management.
fn is_of_it(namespace: &str) -> bool {
    [ns::STREAM_MANAGEMENT, ns::OLD_STREAM_MANAGEMENT].contains(&namespace)
}

/// Whether an element is the answer to an `<r/>`.
pub(super) fn is_acknowledgement(element: &Element) -> bool {
    element.name() == "a" && is_of_it(&element.ns())
}

/// What an element says of stream management: itself, or what is in it where stream management comes with a login
/// (XEP-0198 §9, XEP-0386).
pub(super) fn counted(element: &Element) -> &Element {
    let within = |parent: &'_ Element| parent.has_ns(ns::SASL_2) && parent.name() == "success";
    if !within(element) {
        return element;
    }
    let bound = element.get_child("bound", ns::BIND_2);
    let mut said = bound
        .into_iter()
        .chain([element])
        .flat_map(Element::children);
    said.find(|said| is_of_it(&said.ns())).unwrap_or(element)
}

/// Whether an element is a request for an answer.
pub(super) fn is_request(name: &Name) -> bool {
    name.local == "r" && is_of_it(&name.namespace)
}

impl Management {
    /// Begins a session, which is without stream management at first.
    pub(super) fn begin_session(&mut self) {
        self.on = None;
        self.asked.clear();
        self.asked_at = None;
        self.asked_by_script = 0;
        self.asked_by_runner = 0;
    }

    /// Whether stanzas are counted.
    pub(super) fn is_counting(&self) -> bool {
        self.on.is_some() || !self.asked.is_empty()
    }

    /// How many stanzas the server is to have received.
    pub(super) fn sent(&self) -> u32 {
        self.asked_at.unwrap_or(self.sent)
    }

    /// How many stanzas the server has sent.
    pub(super) fn received(&self) -> u32 {
        self.received
    }

    /// What the runner has to wait for before it may ask itself: an answer to the script's own request.
    pub(super) fn is_awaited(&self) -> bool {
        self.on.is_none() && !self.asked.is_empty() || self.asked_by_script > 0
    }

    /// The request by which the runner asks whether everything is handled, in place of a ping to the server; none on a
    /// stream without stream management.
    pub(super) fn ask(&mut self) -> Option<String> {
        let namespace = self.on.as_ref()?;
        self.asked_by_runner += 1;
        Some(format!("<r xmlns='{namespace}'/>"))
    }

    /// Takes note of stanzas that the runner sends on its own behalf.
    pub(super) fn note_own(&mut self, stanzas: u32) {
        if self.is_counting() {
            self.sent = self.sent.wrapping_add(stanzas);
        }
    }

    /// Takes note of stanzas that come for the runner.
    pub(super) fn note_for_runner(&mut self, stanzas: u32) {
        if self.on.is_some() {
            self.received = self.received.wrapping_add(stanzas);
        }
    }

    /// Takes note of what the script sends.
    pub(super) fn note_sent(&mut self, name: &Name, is_stanza: bool) {
        if is_stanza {
            self.note_own(1);
            self.asked_at = None;
        } else if is_request(name) {
            self.asked_by_script += 1;
            self.asked_at = Some(self.sent);
        } else if is_of_it(&name.namespace) {
            match name.local.as_str() {
                "enable" => self.note_enable(),
                "resume" => self.asked.push_back(Asked::Resume),
                _ => {}
            }
        }
    }

    fn note_enable(&mut self) {
        if !self.is_counting() {
            self.sent = 0;
            self.received = 0;
            self.asked_at = None;
        }
        self.asked.push_back(Asked::Enable(self.sent));
    }

    /// Whether it is the answer to what the script has asked for last but not yet heard of; what the server says unasked
    /// changes nothing.
    fn is_asked_for(&self, answer: &str) -> bool {
        match (answer, self.asked.front()) {
            ("enabled", Some(Asked::Enable(_))) | ("resumed", Some(Asked::Resume)) => true,
            (_, Some(Asked::Enable(_) | Asked::Resume) | None) => false,
        }
    }

    /// The server counts from the request on to which it agrees.
    fn begin_counting(&mut self, namespace: String) {
        let before = match self.asked.pop_front() {
            Some(Asked::Enable(before)) => before,
            // It was asked for as part of a login, before which there was nothing to count.
            Some(Asked::Resume) | None => self.sent,
        };
        for asked in &mut self.asked {
            if let Asked::Enable(sent) = asked {
                *sent = sent.wrapping_sub(before);
            }
        }
        self.asked_at = self.asked_at.map(|at| at.wrapping_sub(before));
        self.sent = self.sent.wrapping_sub(before);
        self.received = 0;
        self.on = Some(namespace);
    }

    /// Takes note of what came for the script, and tells what it means. What stream management has been asked for may not
    /// be known, as it was as part of a login or by text.
    pub(super) fn note_received(
        &mut self,
        element: &Element,
        is_stanza: bool,
        may_be_asked_for: bool,
    ) -> Came {
        if is_stanza {
            self.note_for_runner(1);
            return Came::Other;
        }
        let namespace = element.ns();
        if !is_of_it(&namespace) {
            return Came::Other;
        }
        match element.name() {
            answer @ ("enabled" | "resumed")
                if !(may_be_asked_for || self.is_asked_for(answer)) =>
            {
                Came::Other
            }
            "enabled" => {
                self.begin_counting(namespace);
                Came::settling(self.sent == 0)
            }
            "resumed" => {
                self.asked.pop_front();
                let handled = element.attr("h").and_then(|h| h.parse().ok());
                self.sent = handled.unwrap_or(self.sent);
                self.on = Some(namespace);
                Came::Other
            }
            "failed" => {
                self.asked.pop_front();
                Came::Other
            }
            // In the other version's namespace it answers nothing that the runner has asked.
            "a" if self.asked_by_runner > 0 && self.on.as_deref() == Some(&*namespace) => {
                self.asked_by_runner -= 1;
                Came::OwnAcknowledgement
            }
            "a" if self.asked_by_script > 0 => {
                self.asked_by_script -= 1;
                Came::settling(self.asked_by_script == 0 && self.asked_at == Some(self.sent))
            }
            _ => Came::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(local: &str, namespace: &str) -> Name {
        Name {
            namespace: namespace.to_owned(),
            local: local.to_owned(),
        }
    }

    fn send(management: &mut Management, local: &str) {
        let is_stanza = local == "message";
        let namespace = if is_stanza {
            ns::CLIENT
        } else {
            ns::STREAM_MANAGEMENT
        };
        management.note_sent(&name(local, namespace), is_stanza);
    }

    fn come(management: &mut Management, local: &str) -> Came {
        let is_stanza = local == "message";
        let namespace = if is_stanza {
            ns::CLIENT
        } else {
            ns::STREAM_MANAGEMENT
        };
        management.note_received(&Element::bare(local, namespace), is_stanza, false)
    }

    fn enabled() -> Management {
        let mut management = Management::default();
        send(&mut management, "message");
        send(&mut management, "enable");
        assert_eq!(come(&mut management, "enabled"), Came::Acknowledgement);
        management
    }

    #[test]
    fn stanzas_count_from_where_each_side_begins_to() {
        let mut management = Management::default();
        send(&mut management, "message");
        come(&mut management, "message");
        send(&mut management, "enable");
        send(&mut management, "message");
        come(&mut management, "message");
        assert_eq!(come(&mut management, "enabled"), Came::Other);
        assert_eq!((management.sent(), management.received()), (1, 0));
        management.note_own(2);
        management.note_for_runner(2);
        come(&mut management, "message");
        assert_eq!((management.sent(), management.received()), (3, 3));
    }

    #[test]
    fn an_answer_to_the_runner_is_told_from_one_to_the_script() {
        let mut management = enabled();
        send(&mut management, "message");
        assert!(management.ask().is_some());
        assert_eq!(come(&mut management, "a"), Came::OwnAcknowledgement);
        assert_eq!(come(&mut management, "a"), Came::Other);
        send(&mut management, "r");
        assert!(management.is_awaited());
        assert_eq!(come(&mut management, "a"), Came::Acknowledgement);
        assert!(!management.is_awaited());
    }

    #[test]
    fn what_is_of_another_version_does_not_answer_the_runner() {
        let mut management = enabled();
        assert!(management.ask().is_some());
        let other = Element::bare("a", ns::OLD_STREAM_MANAGEMENT);
        assert_eq!(management.note_received(&other, false, false), Came::Other);
        assert_eq!(come(&mut management, "a"), Came::OwnAcknowledgement);
    }

    #[test]
    fn what_the_runner_sends_after_a_request_is_not_part_of_its_answer() {
        let mut management = enabled();
        send(&mut management, "message");
        send(&mut management, "r");
        management.note_own(1);
        assert_eq!(management.sent(), 1);
        assert_eq!(come(&mut management, "a"), Came::Other);
        send(&mut management, "message");
        assert_eq!(management.sent(), 3);
    }

    #[test]
    fn a_resumed_stream_goes_on_from_what_the_server_has_handled() {
        let mut management = enabled();
        send(&mut management, "message");
        send(&mut management, "message");
        come(&mut management, "message");
        management.begin_session();
        assert!(management.ask().is_none());
        send(&mut management, "resume");
        let resumed = "<resumed xmlns='urn:xmpp:sm:3' h='1' previd='p'/>";
        management.note_received(&resumed.parse().unwrap(), false, false);
        assert_eq!((management.sent(), management.received()), (1, 1));
    }

    #[test]
    fn what_is_refused_on_a_stream_that_is_managed_changes_nothing() {
        for request in ["enable", "resume"] {
            let mut management = enabled();
            send(&mut management, "message");
            come(&mut management, "message");
            send(&mut management, request);
            send(&mut management, "message");
            assert!(!management.is_awaited());
            assert_eq!((management.sent(), management.received()), (2, 1));
            assert_eq!(come(&mut management, "failed"), Came::Other);
            assert_eq!((management.sent(), management.received()), (2, 1));
            assert!(management.ask().is_some());
        }
    }

    #[test]
    fn the_server_counts_from_the_request_to_which_it_agrees() {
        let mut management = enabled();
        send(&mut management, "message");
        send(&mut management, "enable");
        send(&mut management, "message");
        come(&mut management, "message");
        come(&mut management, "enabled");
        assert_eq!((management.sent(), management.received()), (1, 0));
        let mut management = Management::default();
        for sent in ["enable", "message", "enable", "message"] {
            send(&mut management, sent);
        }
        come(&mut management, "enabled");
        come(&mut management, "failed");
        assert_eq!(management.sent(), 2);
    }

    #[test]
    fn what_was_not_asked_for_begins_nothing() {
        let resumed: Element = "<resumed xmlns='urn:xmpp:sm:3' h='7' previd='p'/>"
            .parse()
            .unwrap();
        let mut management = Management::default();
        for _ in 0..2 {
            come(&mut management, "enabled");
            management.note_received(&resumed, false, false);
            assert!(!management.is_counting() && management.ask().is_none());
            // The answer to another request is none to this one.
            send(&mut management, "resume");
            come(&mut management, "enabled");
            assert!(management.ask().is_none());
            come(&mut management, "failed");
        }
        let mut management = enabled();
        send(&mut management, "message");
        come(&mut management, "enabled");
        management.note_received(&resumed, false, false);
        assert_eq!(management.sent(), 1);
        let mut by_login = Management::default();
        let enabled = Element::bare("enabled", ns::STREAM_MANAGEMENT);
        by_login.note_received(&enabled, false, true);
        assert!(by_login.ask().is_some());
    }

    #[test]
    fn without_stream_management_nothing_is_asked_or_counted() {
        let mut management = Management::default();
        send(&mut management, "message");
        management.note_own(1);
        assert!(!management.is_counting() && management.ask().is_none());
        assert_eq!(management.sent(), 0);
        send(&mut management, "enable");
        assert!(management.is_awaited() && management.ask().is_none());
        come(&mut management, "failed");
        assert!(!management.is_awaited() && !management.is_counting());
    }
}
