//! Plays are doubted by what was recorded of them: each kind of fault is noticed by one and passes another.

use std::time::Duration;

use super::*;
use crate::ns;
use crate::plan::{self, Plan, PlanOptions};
use crate::runner::{Happening, InRecordedOrder, Keep, Moment, Recorded, RunOptions, TakenStep};
use crate::script;
use crate::source::SourceFile;
use crate::verdict::Verdict;
use crate::xmpp::{Closed, ConnectOptions, read_element};

/// The cast of every play.
const CAST: &str = "# A play
## matching: open
[Client] Romeo
	jid: romeo@localhost
	password: montague
[Client] Juliet
	jid: juliet@localhost
	password: capulet
---
";

/// Where both connect; their steps are the first two.
const BEGIN: &str = "Romeo connects\nJuliet connects\n";

/// A story with what happened in it: the number of a step, the actor, and what it sends (`> `) or gets (`< `), or `closed`.
/// What is `late ` came when the step's time was up.
fn doubted(
    tags: &str,
    story: &str,
    happened: &[(usize, &str, &str)],
) -> Result<Doubted, NotDoubted> {
    doubted_script(&format!("{tags}{CAST}{BEGIN}{story}"), happened)
}

/// The same for a whole script.
fn doubted_script(text: &str, happened: &[(usize, &str, &str)]) -> Result<Doubted, NotDoubted> {
    doubted_up_to(usize::MAX, text, happened)
}

/// The same, so many of whose steps were taken.
fn doubted_up_to(
    taken: usize,
    text: &str,
    happened: &[(usize, &str, &str)],
) -> Result<Doubted, NotDoubted> {
    let plan = planned(text);
    let connected = [(0, "Romeo", "connected"), (1, "Juliet", "connected")];
    let all = connected.iter().chain(happened).enumerate();
    let moments: Vec<Moment> = all.map(|(at, told)| moment(&plan, at, told)).collect();
    let steps = (0..plan.steps.len()).take(taken).map(|step| TakenStep {
        line: 1,
        action: plan.action(step),
        time: None,
    });
    let options = RunOptions {
        timeout: Duration::from_secs(5),
        quiet_time: Duration::from_millis(200),
        connect: ConnectOptions::default(),
        keep: Keep::Last,
    };
    let recording = Recording {
        plan: &InRecordedOrder::of(&plan),
        recorded: Recorded {
            moments: &moments,
            steps: &steps.collect::<Vec<_>>(),
            ended: Duration::MAX,
            is_cut_off: false,
        },
        options: &options,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(doubt(recording))
}

#[track_caller]
fn planned(text: &str) -> Plan {
    let reading = script::read(SourceFile::new("play.scs", text));
    let errors: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
    assert!(reading.is_sound(), "{errors:?}");
    plan::resolve(&reading.plays[0], &PlanOptions::default()).unwrap()
}

fn moment(plan: &Plan, at: usize, (step, actor, what): &(usize, &str, &str)) -> Moment {
    let mut actors = plan.actors.iter();
    let actor = actors
        .position(|own| own.name.to_string() == *actor)
        .unwrap();
    let late = what.strip_prefix("late ");
    let happening = match late.unwrap_or(what).split_at_checked(2) {
        Some(("> ", xml)) => Happening::Sent(xml.to_owned()),
        Some(("< ", xml)) => Happening::Received(read_element(xml, ns::CLIENT).unwrap().into()),
        _ if *what == "closed" => Happening::Closed(Closed::ByPeer),
        _ => Happening::Connected(format!("{}/x", plan.actors[actor].jid)),
    };
    Moment {
        at: Duration::from_millis(at as u64),
        actor,
        step: *step,
        is_late: late.is_some(),
        happening,
    }
}

/// What came of all faults, with what each is about.
#[track_caller]
fn findings(doubted: Result<Doubted, NotDoubted>) -> Vec<String> {
    let faults = doubted.unwrap().faults.into_iter();
    let told = faults.map(|Tried { fault, finding, .. }| {
        let word = match finding {
            Finding::Noticed => "noticed",
            Finding::Survived { .. } => "survived",
            Finding::Excused { .. } => "excused",
            Finding::Open { .. } => "open",
        };
        format!("{} {}: {word}", fault.kind, fault.what).replace(" :", ":")
    });
    told.collect()
}

#[track_caller]
fn assert_finds(doubted: Result<Doubted, NotDoubted>, expected: &[&str]) {
    assert_eq!(findings(doubted), expected);
}

#[test]
fn a_stanza_that_is_read_whole() {
    let story = "Juliet receives:
	<message from='${Romeo's full JID}' id='a'>
		<body>x</body>
	</message>
";
    let came = [(
        2,
        "Juliet",
        "< <message from='romeo@localhost/x' id='a'><body>x</body></message>",
    )];
    assert_finds(
        doubted("", story, &came),
        &[
            "missing: noticed",
            "sender: noticed",
            "attribute message@id: noticed",
            "child message/body: noticed",
            "text message/body: noticed",
        ],
    );
}

#[test]
fn a_stanza_of_which_nobody_reads_the_sender() {
    let came = [(2, "Juliet", "< <message from='romeo@localhost/x' id='a'/>")];
    let found = doubted("", "Juliet receives:\n\t<message id='a'/>\n", &came).unwrap();
    let survivors: Vec<_> = found.survivors().collect();
    assert_eq!(survivors.len(), 1);
    assert_eq!(survivors[0].fault.to_string(), "Juliet line 12: sender");
    let unread = "no line reads `from` of this <message>".to_owned();
    assert_eq!(survivors[0].finding, Finding::Survived { unread });
    assert!(!found.is_shown_to_fail(2));
    assert!(!found.is_shown_to_fail(1));
}

#[test]
fn what_is_no_stanza_has_no_sender_but_may_be_said_to_be_from_someone() {
    let came = [(2, "Juliet", "< <hello xmlns='urn:x' from='a'/>")];
    let story = "Juliet receives:\n\t<hello xmlns='urn:x' from='a'/>\n";
    let found = findings(doubted("", story, &came));
    let from = found.iter().find(|told| told.contains("@from"));
    assert_eq!(from.unwrap(), "attribute hello@from: noticed", "{found:?}");
}

#[test]
fn what_comes_too_often_or_to_others_is_seen_by_complete_plays() {
    let story = "Juliet receives:\n\t<message from='${Romeo's full JID}'/>\n";
    let came = [(2, "Juliet", "< <message from='romeo@localhost/x'/>")];
    let always = ["missing: noticed", "sender: noticed"];
    assert_finds(doubted("", story, &came), &always);
    let complete = doubted("## complete\n", story, &came);
    let more = [
        "missing: noticed",
        "twice: noticed",
        "elsewhere to Romeo: noticed",
        "sender: noticed",
    ];
    assert_finds(complete, &more);
    let ignored = "Romeo ignores:\n\t<message/>\n".to_owned() + story;
    let came = [(3, "Juliet", "< <message from='romeo@localhost/x'/>")];
    let found = findings(doubted("## complete\n", &ignored, &came));
    assert!(
        found.contains(&"elsewhere to Romeo: survived".to_owned()),
        "{found:?}"
    );
}

#[test]
fn answers_are_results_or_errors() {
    let asks =
        "Juliet sends:\n\t<iq type='get' id='a'><query xmlns='urn:x'/></iq>\nJuliet receives:\n";
    let sent = (
        2,
        "Juliet",
        "> <iq type='get' id='a'><query xmlns='urn:x'/></iq>",
    );
    let result = [sent, (3, "Juliet", "< <iq type='result' id='a'/>")];
    let unread = format!("{asks}\t<iq id='a'/>\n");
    let found = findings(doubted("", &unread, &result));
    assert!(
        found.contains(&"error-for-result: survived".to_owned()),
        "{found:?}"
    );
    assert!(found.contains(&"sender: open".to_owned()), "{found:?}");
    let either = format!("{asks}\t<iq id='a' type='$<_:/result|error/>'/>\n");
    let found = findings(doubted("", &either, &result));
    assert!(
        !found
            .iter()
            .any(|told| told.starts_with("error-for-result")),
        "{found:?}"
    );
    let error = [
        sent,
        (
            3,
            "Juliet",
            "< <iq type='error' id='a'><error type='cancel'/></iq>",
        ),
    ];
    let read = format!("{asks}\t<iq id='a' type='error'/>\n");
    let found = findings(doubted("", &read, &error));
    assert!(
        found.contains(&"result-for-error: noticed".to_owned()),
        "{found:?}"
    );
}

#[test]
fn neighbours_change_places() {
    let from = "from='romeo@localhost/x'";
    let came = [
        (2, "Juliet", format!("< <message {from} id='a'/>")),
        (2, "Juliet", format!("< <message {from} id='b'/>")),
    ];
    let came = came
        .each_ref()
        .map(|(step, actor, what)| (*step, *actor, what.as_str()));
    let story = |mode: &str, items: [&str; 2]| {
        let [one, other] =
            items.map(|id| format!("\t<message from='${{Romeo's full JID}}' id='{id}'/>\n"));
        format!("Juliet receives{mode}:\n{one}{other}")
    };
    let swapped = |story: &str| {
        let found = findings(doubted("", story, &came));
        let mut swaps = found.into_iter().filter(|told| told.starts_with("swapped"));
        swaps.next()
    };
    let told = swapped(&story(" in this order", ["a", "b"]));
    assert_eq!(told.as_deref(), Some("swapped 1 and 2: noticed"));
    assert_eq!(
        swapped(&story(
            " in this order",
            ["{scansion:any}", "{scansion:any}"]
        )),
        None
    );
    assert_eq!(swapped(&story(" in any order", ["a", "b"])), None);
}

#[test]
fn what_must_not_come_does() {
    let story = "Romeo sends:\n\t<message to='juliet@localhost'/>
Juliet does not receive:\n\t<message id='$<_:/a[0-9]+/>'/>
Juliet receives: nothing
";
    let sent = [(2, "Romeo", "> <message to='juliet@localhost'/>")];
    assert_finds(
        doubted("", story, &sent),
        &["forbidden: noticed", "forbidden: noticed"],
    );
    let several =
        "Juliet does not receive:\n\t<message/>\nRomeo does not receive:\n\t<presence/>\n";
    assert_finds(
        doubted("", several, &[]),
        &["forbidden: noticed", "forbidden: noticed"],
    );
}

#[test]
fn what_must_not_come_comes_before_what_is_too_late() {
    let late = [(2, "Juliet", "late < <presence from='romeo@localhost/x'/>")];
    for silence in ["receives: nothing", "does not receive:\n\t<message/>"] {
        let story = format!("Juliet {silence}\n");
        assert_finds(doubted("", &story, &late), &["forbidden: noticed"]);
    }
}

#[test]
fn what_a_rule_takes_is_no_fault_where_it_must_not_come() {
    let story = |ignored: &str| {
        format!(
            "Juliet ignores:{ignored}\nRomeo sends:\n\t<iq type='get' id='1' to='juliet@localhost'/>\n\
             Juliet receives: nothing\nJuliet does not receive:\n\t<iq type='set'/>\n\t<message/>\n"
        )
    };
    let sent = [(
        3,
        "Romeo",
        "> <iq type='get' id='1' to='juliet@localhost'/>",
    )];
    let silences =
        |nothing, iq, message| [nothing, iq, message].map(|came: &str| format!("forbidden{came}"));
    for (ignored, found) in [
        (
            "\n\t<iq/>",
            silences(": noticed", " iq: open", " message: noticed"),
        ),
        (
            "\n\t<iq/>\n\t<message/>\n\t<presence/>",
            silences(": open", " iq: open", " message: open"),
        ),
        (
            "\n\t<presence/>",
            silences(": noticed", " iq: noticed", " message: noticed"),
        ),
    ] {
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_finds(doubted("", &story(ignored), &sent), &found);
    }
}

#[test]
fn children_are_counted() {
    let story = "Juliet receives:
	<message from='${Romeo's full JID}' scansion:absent='type'>
		<x scansion:times='1'/>
		<item a='1' scansion:each='*'/>
		<b c='$<_:not ${Romeo's full JID}>'/>
	</message>
"
    .replace("not ${Romeo's full JID}", "not Romeo's full JID");
    let came = "< <message from='romeo@localhost/x'><x/><item a='1'/><b c='1'/></message>";
    let found = findings(doubted("", &story, &[(2, "Juliet", came)]));
    for kind in ["one-more", "one-fewer", "sibling", "absent", "not"] {
        let noticed = found
            .iter()
            .any(|told| told.starts_with(kind) && told.ends_with("noticed"));
        assert!(noticed, "{kind}: {found:?}");
    }
    assert!(
        found.iter().all(|told| told.ends_with("noticed")),
        "{found:?}"
    );
}

#[test]
fn streams_end_in_a_way() {
    let error = "< <stream:error xmlns:stream='http://etherx.jabber.org/streams'>\
                 <conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    let came = [(2, "Juliet", error), (2, "Juliet", "closed")];
    let story = "Juliet is disconnected:
	<stream:error>
		<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>
	</stream:error>
";
    assert_finds(
        doubted("", story, &came),
        &[
            "missing: noticed",
            "child error/conflict: noticed",
            "no-end: noticed",
            "condition: noticed",
        ],
    );
    let loose = doubted("", "Juliet is disconnected\n", &came);
    assert_finds(loose, &["no-end: noticed", "condition: survived"]);
}

#[test]
fn each_alternative_is_made_true() {
    let story = "Either
	Juliet receives:
		<message from='${Romeo's full JID}' id='a'/>
or (silence)
	Juliet receives: nothing
or
	Juliet receives:
		<presence from='${Romeo's full JID}'/>
";
    let came = [(2, "Juliet", "< <message from='romeo@localhost/x' id='a'/>")];
    assert_finds(
        doubted("", story, &came),
        &[
            "sender: noticed",
            "attribute message@id: noticed",
            "alternative silence: noticed",
            "forbidden: noticed",
            "alternative alternative 3: noticed",
            "sender: noticed",
        ],
    );
}

#[test]
fn a_silence_that_was_not_chosen_is_disturbed() {
    let story = "Either
	Juliet receives:
		<message from='${Romeo's full JID}' id='a'/>
or (silence)
	Juliet receives: nothing
";
    let came = [(2, "Juliet", "< <message from='romeo@localhost/x' id='a'/>")];
    let text = format!("{CAST}{BEGIN}{story}");
    // A recording ends with the alternative that was chosen.
    let found = findings(doubted_up_to(3, &text, &came));
    assert!(
        found.contains(&"forbidden: noticed".to_owned()),
        "{found:?}"
    );
}

#[test]
fn the_set_up_is_not_what_is_tested() {
    let text = format!(
        "{CAST}Prologue\n{BEGIN}Juliet receives:\n\t<message/>\nStory\nJuliet receives: nothing\n"
    );
    let came = [(2, "Juliet", "< <message from='a@b'/>")];
    assert_finds(
        doubted_script(&text, &came),
        &["missing: noticed", "sender: open", "forbidden: noticed"],
    );
}

#[test]
fn an_excuse_is_for_its_kind_and_its_step() {
    let story = "# doubt: sender is fine (anybody may write)
Juliet receives:\n\t<message id='a'/>\nJuliet receives:\n\t<message id='b'/>\n";
    let came = [
        (2, "Juliet", "< <message from='a@b' id='a'/>"),
        (3, "Juliet", "< <message from='a@b' id='b'/>"),
    ];
    let found = doubted("", story, &came).unwrap();
    assert_eq!(found.survivors().count(), 1);
    assert!(found.is_shown_to_fail(2) && !found.is_shown_to_fail(3));
    assert!(found.is_used(&found.excuses[0]));
    let unused = story.replace("sender", "twice");
    let found = doubted("", &unused, &came).unwrap();
    assert!(!found.is_used(&found.excuses[0]));
}

#[test]
fn what_is_sent_later_may_depend_on_a_fault() {
    let story =
        "Juliet receives:\n\t<message from='$<who>'/>\nJuliet sends:\n\t<message to='${who}'/>\n";
    let came = [
        (2, "Juliet", "< <message from='a@b'/>"),
        (3, "Juliet", "> <message to='a@b'/>"),
    ];
    assert_finds(
        doubted("", story, &came),
        &["missing: noticed", "sender: open"],
    );
}

#[test]
fn what_does_not_pass_is_not_doubted() {
    let failed = doubted("", "Juliet receives:\n\t<message/>\n", &[]).unwrap_err();
    assert_eq!(failed.verdict, Verdict::Failed);
    assert!(failed.to_string().starts_with("it fails by its recording"));
}
