//! What a `receives` binds, later steps know.

use super::super::{Reason, RunErrorKind};
use super::stage::{PATIENCE, play};
use crate::plan::PlanOptions;
use crate::report::Verbosity;
use crate::verdict::Verdict;

#[tokio::test(start_paused = true)]
async fn a_capture_is_bound_anew_every_time() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='{scansion:capture:x}'/>
Romeo receives:
	<message id='{scansion:capture:x}'/>
Romeo sends:
	<message to='${x}@localhost'/>
",
    );
    let said = "<message id='1'/><message id='2'/>";
    let played = played.on("<presence/>", "romeo", said).perform().await;
    assert_eq!(
        played.passed().server.log()[2],
        "romeo: <message to='2@localhost'/>"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wildcard_is_bound_once_and_compared_from_then_on() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='a-$<x:int>'/>
Juliet receives:
	<message><body>$<x></body></message>
Romeo sends:
	<message id='b-$<x>'/>
";
    let said = "<message id='a-b'/><message id='a-1'/>";
    let told = |body| {
        let body = format!("<message><body>{body}</body></message>");
        let play = play(story).on("<presence/>", "romeo", said);
        play.on("<presence/>", "juliet", body)
    };
    let played = told("1").perform().await;
    assert_eq!(played.passed().unexpected(), ["Romeo: a-b"]);
    assert!(
        played
            .server
            .log()
            .contains(&"romeo: <message id='b-1'/>".to_owned())
    );
    let played = told("2").perform().await;
    let timeout = Reason::Timeout { waited: PATIENCE };
    assert_eq!(played.failure().reason, timeout);
}

#[tokio::test(start_paused = true)]
async fn a_failed_receive_of_one_stanza_leaves_no_value_to_the_next() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='$<x>' type='chat'/>
	<message id='$<x>'/>
Romeo sends:
	<message id='$<x>'/>
",
    );
    let said = "<message id='1'/><message id='2' type='chat'/><message id='2'/>";
    let played = played.on("<presence/>", "romeo", said).perform().await;
    assert_eq!(played.passed().unexpected(), ["Romeo: 1"]);
    assert_eq!(played.server.log()[2], "romeo: <message id='2'/>");
}

#[tokio::test(start_paused = true)]
async fn a_nameless_wildcard_binds_nothing() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='$<_>' type='$<_>'/>
",
    );
    let said = "<message id='1' type='chat'/>";
    let played = played.on("<presence/>", "romeo", said);
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn the_jids_of_the_cast_are_known_to_everybody() {
    let played = play(
        "Romeo connects
Romeo sends:
	<message to=\"${Juliet's JID}\" id=\"${Juliet's phone's full JID}\"/>
Romeo receives:
	<message from=\"${Romeo's full JID}\" to=\"${Romeo's JID}\"/>
",
    );
    let said = "<message from='romeo@localhost/stage-0' to='romeo@localhost'/>";
    let played = played.on("<message", "romeo", said).perform().await;
    assert_eq!(
        played.passed().server.log()[1],
        "romeo: <message to=\"juliet@localhost\" id=\"juliet@localhost/phone\"/>"
    );
}

#[tokio::test(start_paused = true)]
async fn a_full_jid_that_nobody_knows_yet_is_a_run_error() {
    let played = play(
        "Romeo connects
Romeo sends:
	<message to=\"${Juliet's full JID}\"/>
",
    );
    let played = played.perform().await;
    let RunErrorKind::Unbound(unbound) = &*played.error().kind else {
        panic!("{:?}", played.error());
    };
    assert_eq!(
        played.outcome.info.source.slice(unbound.span),
        "${Juliet's full JID}"
    );
    assert!(played.events("wire Romeo > <message").is_empty());
}

#[tokio::test(start_paused = true)]
async fn names_have_values_from_the_beginning_unless_they_are_captured() {
    let story = "Romeo connects
Romeo sends:
	<message to='${domain}' id='${unique}'/>
Romeo receives:
	<message from='${domain}'/>
";
    let mut options = PlanOptions::default();
    options.given.insert("unique".to_owned(), "q1w2".to_owned());
    let said = "<message from='localhost'/>";
    let played = play(story)
        .options(options.clone())
        .on("q1w2", "romeo", said);
    let log = played.perform().await.passed().server.log();
    assert_eq!(log[1], "romeo: <message to='localhost' id='q1w2'/>");
    let captured = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='$<unique>'/>
Romeo sends:
	<message id='${unique}'/>
";
    let said = "<message id='captured'/>";
    let played = play(captured)
        .options(options)
        .on("<presence/>", "romeo", said);
    let log = played.perform().await.passed().server.log();
    assert_eq!(log[2], "romeo: <message id='captured'/>");
}

#[tokio::test(start_paused = true)]
async fn a_failure_tells_what_such_names_stood_for() {
    let story = "Romeo connects
Romeo sends:
	<presence id='${unique}'/>
Romeo receives:
	<message from='${domain}'/>
";
    let mut options = PlanOptions::default();
    options.given.insert("unique".to_owned(), "q1w2".to_owned());
    let screen = play(story).options(options).screen(Verbosity::Normal).await;
    let told = "  ${domain} was localhost\n  ${unique} was q1w2\n";
    assert!(screen.contains(told), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_cell_can_give_the_empty_text() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message><body>${text}</body></message>
";
    let (none, empty, blank) = (
        "[Cases]\n\t|text|\n\t||",
        "[Cases]\n\t|text|\n\t|\"\"|",
        "[Cases]\n\t|text|\n\t|\" \"|",
    );
    for (table, body, holds) in [
        (none, "", true),
        (none, "x", true),
        (empty, " ", true),
        (empty, "x", false),
        (blank, "", true),
        (blank, "x", false),
    ] {
        let came = format!("<message><body>{body}</body></message>");
        let played = play(story).tagged(table).on("<presence", "romeo", came);
        let verdict = played.perform().await.outcome.verdict();
        assert_eq!(verdict == Verdict::Passed, holds, "{table} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_column_is_a_namespace() {
    let story = "Romeo connects
Romeo sends:
	<iq type='get' id='1'><query xmlns='${ns}:x'/></iq>
Romeo receives:
	<iq id='1'><p:query xmlns:p='${ns}:x'/></iq>
";
    let table = "[Cases]\n\t| ns |\n\t| urn |";
    for (namespace, holds) in [("urn:x", true), ("urn:y", false)] {
        let came = format!("<iq id='1' type='result'><query xmlns='{namespace}'/></iq>");
        let played = play(story).tagged(table);
        let played = played.on("<query xmlns='urn:x'/>", "romeo", came);
        let verdict = played.perform().await.outcome.verdict();
        assert_eq!(verdict == Verdict::Passed, holds, "{namespace}");
    }
}
