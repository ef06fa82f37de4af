//! Transcripts are read as they were written, whatever was said in them; and of other texts it is said what is wrong.

use std::sync::Arc;
use std::time::Duration;

use minidom::Element;
use proptest::prelude::*;
use rxml::{Namespace, NcName};

use super::*;
use crate::ns;
use crate::runner::Happening;
use crate::script::Role;
use crate::script::ast::ActorName;
use crate::xmpp::{Closed, Direction};

/// What could be taken for a transcript's own words.
const HOSTILE: &str =
    "\n0.000001  ->  Juliet\n\t<presence/>\n\nend: 0.1 passed\nline 1: x\r\n\u{1b}[2J\\u{1b}\n";

fn member(name: &str, class: &str, jid: &str) -> Member {
    Member {
        name: ActorName::new(name),
        role: Role::of_keyword(class).unwrap(),
        jid: jid.to_owned(),
    }
}

fn element(namespace: &str, text: &str) -> Happening {
    let mut element = Element::bare("message", namespace);
    let name = NcName::try_from("subject").unwrap();
    let attributes = element.attrs_mut();
    attributes.insert(Namespace::NONE, name, text.to_owned());
    element.append_child(Element::bare("body", "urn:example"));
    // An empty text is none.
    element.append_text(format!(".{text}"));
    Happening::Received(Arc::new(element))
}

/// A transcript in which `said` is said everywhere.
fn transcript(said: &str, micros: u64) -> Transcript {
    let happenings = [
        (0, Happening::Login(Direction::Sent, said.to_owned().into())),
        (
            1,
            Happening::Login(Direction::Received, said.to_owned().into()),
        ),
        (0, Happening::Connected("juliet@localhost/a b".to_owned())),
        (1, Happening::Sent(said.to_owned())),
        (0, element(ns::CLIENT, said)),
        (1, element(ns::COMPONENT, said)),
        (0, Happening::Pinged(vec!["a".to_owned(), "b".to_owned()])),
        (0, Happening::Left),
        (1, Happening::Closed(Closed::of_words(said))),
    ];
    let happenings = happenings.into_iter().enumerate();
    let moments = happenings.map(|(number, (actor, happening))| Moment {
        at: Duration::from_micros(micros * number as u64),
        actor,
        step: (number / 3).min(1),
        is_late: (5..7).contains(&number),
        happening,
    });
    Transcript {
        case: format!("a/{said}.scs").into(),
        title: said.to_owned(),
        began: "2026-01-01T00:00:00Z".to_owned(),
        conditions: Conditions {
            renaming: Renaming {
                suffix: Some("-1".to_owned()),
                domain: Some("example.org".to_owned()),
                map: [("a.b".to_owned(), "c.d".to_owned())].into(),
            },
            given: [("rooms".to_owned(), said.to_owned())].into(),
            strict: true,
            complete: true,
            any_order: true,
            open: true,
            enforced: Enforced::Should,
            timeout: Duration::from_millis(1500),
            quiet_time: Duration::from_micros(micros),
        },
        cast: vec![
            member("Juliet's  phone", "Client", "juliet@localhost/a b"),
            member("Shop", "Component", "shop.localhost"),
        ],
        steps: [(3, said), (9, "Shop receives:")]
            .map(|(line, action)| TakenStep {
                line,
                action: action.to_owned(),
                time: None,
            })
            .to_vec(),
        moments: moments.collect(),
        story_end: StoryEnd {
            moments: 7,
            at: Duration::from_micros(micros * 7),
        },
        end: End {
            verdict: "could not be found out".to_owned(),
            message: said.to_owned(),
        },
    }
}

fn read(text: &str) -> Result<Transcript, TranscriptError> {
    Transcript::read("a.transcript", text)
}

#[track_caller]
fn assert_reads_back(written: &Transcript) {
    let read = read(&written.to_string()).unwrap();
    assert_eq!(format!("{read:?}"), format!("{written:?}"));
}

#[test]
fn hostile_words_are_no_words_of_the_transcript() {
    // An escape character cannot be in XML, but everywhere else.
    let mut written = transcript(&HOSTILE.replace('\u{1b}', ""), 1_000_001);
    written.title = HOSTILE.to_owned();
    written.end.message = HOSTILE.to_owned();
    assert_reads_back(&written);
    assert!(!written.to_string().contains('\u{1b}'));
}

proptest! {
    #[test]
    fn what_is_written_can_be_read(
        said in r"([a-z<>&'\\{}]|[\t\n\r \u{85}\u{202e}\u{2028}]|\PC)*",
        micros in 0..u64::from(u32::MAX),
    ) {
        // What XML cannot have does not come over a wire.
        let said: String = said.chars().filter(|char| !matches!(char, '\u{fffe}' | '\u{ffff}')).collect();
        assert_reads_back(&transcript(&said, micros));
    }

    #[test]
    fn no_damage_makes_it_panic(at in 0..4000_usize, with in r"(\PC|\n|\t){0,3}") {
        let mut text = transcript("said", 1).to_string();
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        text.insert_str(at, &with);
        let _ = read(&text);
        let _ = read(&text[..at]);
    }
}

#[track_caller]
fn assert_wrong(from: &str, to: &str, wanted: &str) {
    let text = transcript("said", 1).to_string();
    assert!(text.contains(from), "{from}");
    let error = read(&text.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(error.contains(wanted), "{error}");
}

#[test]
fn what_is_no_transcript_is_told_so() {
    let other = "a.transcript:1: this is no transcript";
    assert_wrong("scansion transcript 1\n", "# A script\n", other);
    assert!(read("").unwrap_err().to_string().starts_with(other));
    assert_wrong(
        "transcript 1\n",
        "transcript 2\n",
        "a.transcript:1: this transcript has form 2",
    );
}

#[test]
fn damage_is_told_with_its_place() {
    for (from, to, wanted) in [
        ("strict: yes", "strict: no", ":8: `no` is not `yes`"),
        ("timeout: 1s", "timeout: x", ":6: `x"),
        ("map: a.b=c.d", "map: a.b", "`a.b` is not two domains"),
        (
            "timeout: 1s",
            "timeout: 100000years",
            "is not a time of a day at most",
        ),
        (
            "timeout: 1s",
            "tmeout: 1s",
            ":6: `tmeout` is nothing that the head",
        ),
        ("title: said\n", "", "the head has no `title:`"),
        (
            "component: Shop",
            "component: Shed",
            "nobody in the cast is called `Shop`",
        ),
        ("line 9", "line x", "`x` is not the number of a line"),
        (
            "\n0.000001  login",
            "\n0.01  login",
            "`0.01` is not a time in seconds",
        ),
        ("  login ->", "  logout", "neither a step"),
        ("line 3: said\n", "", "this happened before the first step"),
        (
            "<message",
            "<massage",
            "what came here is not well-formed XML",
        ),
        ("\nend:", "\nbend:", "`bend` is nothing"),
    ] {
        assert_wrong(from, to, wanted);
    }
    let text = transcript("said", 1).to_string();
    let (begun, _) = text.split_once("end:").unwrap();
    let error = read(begun).unwrap_err().to_string();
    assert!(error.contains("it was not written as a whole"), "{error}");
}
