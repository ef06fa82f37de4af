//! What the runner sends on its own behalf does not change what is tested: stream management counts right, a client
//! that has gone inactive is left alone, and the server's pings are answered where the script cannot.

use super::super::Reason;
use super::fake_server::Pong;
use super::stage::{PATIENCE, Performed, play};
use crate::runner::Happening;

const ENABLE: &str = "Romeo connects
Juliet connects
Romeo sends:
	<enable xmlns='urn:xmpp:sm:3'/>
Romeo receives:
	<enabled xmlns='urn:xmpp:sm:3'/>
";
const ENABLED: &str = "<enabled xmlns='urn:xmpp:sm:3'/>";

fn acknowledged(h: u32) -> String {
    format!("<a xmlns='urn:xmpp:sm:3' h='{h}'/>")
}

fn log(played: &Performed) -> Vec<String> {
    let log = played.server.log();
    let enabled = log.iter().position(|line| line.contains("<enable "));
    let is_story = |line: &String| !line.ends_with(" leaves");
    log.into_iter()
        .skip(enabled.unwrap() + 1)
        .filter(is_story)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_managed_stream_is_asked_for_an_acknowledgement_that_nobody_sees() {
    let story = format!(
        "{ENABLE}Romeo sends:
	<message to='a@b' id='one'/>
Juliet sends:
	<presence/>
Romeo sends:
	<message to='a@b' id='two'/>
	<r xmlns='urn:xmpp:sm:3'/>
Romeo receives:
	<a xmlns='urn:xmpp:sm:3' h=\"${{Romeo's sent count}}\"/>
"
    );
    let answered = |h| {
        play(&story)
            .on("<enable ", "romeo", ENABLED)
            .on("<r ", "romeo", acknowledged(h))
            .perform()
    };
    // The room is a stanza as well: `a@b` is pinged for itself.
    let played = answered(3).await;
    assert_eq!(
        log(played.passed())[..4],
        [
            "romeo: <message to='a@b' id='one'/>",
            "romeo pings a@b",
            "romeo: <r xmlns='urn:xmpp:sm:3'/>",
            "juliet: <presence/>",
        ]
    );
    let asked =
        |moment: &&crate::runner::Moment| matches!(moment.happening, Happening::AskedStream);
    // Before Juliet acts, and when the story is over.
    assert_eq!(played.outcome.moments.iter().filter(asked).count(), 2);
    // The answers to the runner's own requests are not reported.
    assert_eq!(played.events("wire Romeo < <a ").len(), 1);
    let played = answered(2).await;
    assert_eq!(played.failure().reason, Reason::WrongAnswer);
}

#[tokio::test(start_paused = true)]
async fn a_scripts_own_request_is_waited_for_and_settles_what_was_sent_before() {
    let story = format!(
        "{ENABLE}Romeo sends:
	<message/>
	<r xmlns='urn:xmpp:sm:3'/>
Juliet sends:
	<presence/>
Romeo receives:
	<a xmlns='urn:xmpp:sm:3' h='1'/>
"
    );
    let played = play(&story).on("<enable ", "romeo", ENABLED).later(
        PATIENCE / 2,
        "<r ",
        "romeo",
        acknowledged(1),
    );
    let played = played.perform().await;
    assert_eq!(
        log(played.passed())[..3],
        [
            "romeo: <message/>",
            "romeo: <r xmlns='urn:xmpp:sm:3'/>",
            "juliet: <presence/>"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_never_answered_is_a_failure_of_who_asked() {
    let story = format!("{ENABLE}Romeo sends:\n\t<r xmlns='urn:xmpp:sm:3'/>\nJuliet disconnects\n");
    let played = play(&story)
        .on("<enable ", "romeo", ENABLED)
        .perform()
        .await;
    assert!(matches!(played.failure().reason, Reason::NoAnswer { .. }));
    assert_eq!(played.statuses()[4..], ["failed", "not run"]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_for_the_runner_counts_as_received() {
    let story = format!(
        "{ENABLE}Romeo sends:
	<message to='a@b'/>
Juliet sends:
	<presence/>
Romeo receives:
	<message id='1'/>
Romeo sends:
	<a xmlns='urn:xmpp:sm:3' h=\"${{Romeo's received count}}\"/>
"
    );
    let played = play(&story)
        .on("<enable ", "romeo", ENABLED)
        .on("<r ", "romeo", acknowledged(2))
        .on("<presence/>", "romeo", "<message id='1'/>");
    let played = played.perform().await;
    // The answer to the ping of the room, and the message.
    assert!(log(played.passed()).contains(&"romeo: <a xmlns='urn:xmpp:sm:3' h=\"2\"/>".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn who_is_inactive_is_not_pinged_until_active_again() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
	<inactive xmlns='urn:xmpp:csi:0'/>
Juliet sends:
	<message to='romeo@localhost'/>
Romeo receives: nothing
Romeo sends:
	<active xmlns='urn:xmpp:csi:0'/>
Juliet sends:
	<presence/>
";
    let log = play(story).perform().await.passed().server.log();
    let active = log
        .iter()
        .position(|line| line.contains("<active "))
        .unwrap();
    let of_romeo = |lines: &[String]| lines.iter().any(|line| line == "romeo pings localhost");
    assert!(
        !of_romeo(&log[..active]) && of_romeo(&log[active..]),
        "{log:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_actor_can_be_left_unpinged_by_the_cast() {
    let cast = "
[Client] Romeo
	jid: romeo@localhost
	password: montague
	sync: none
[Client] Juliet
	jid: juliet@localhost
	password: capulet
";
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Juliet sends:
	<presence/>
Romeo receives: nothing
";
    let log = play(story).cast(cast).perform().await.passed().server.log();
    assert!(
        !log.contains(&"romeo pings localhost".to_owned()),
        "{log:#?}"
    );
    assert!(
        log.contains(&"juliet pings localhost".to_owned()),
        "{log:#?}"
    );
}

const PING: &str = "<iq type='get' id='p' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq>";

/// Romeo is pinged by this, in a story of which this is the end; what the server has heard of him.
async fn pinged(ping: &'static str, end: &str) -> (Performed, Vec<String>) {
    let story =
        format!("Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo receives: nothing\n{end}");
    let played = play(&story)
        .on("<presence/>", "romeo", ping)
        .perform()
        .await;
    let log = played.server.log();
    let answers = log
        .into_iter()
        .filter(|line| line.contains("type='result'"));
    let answers = answers.collect();
    (played, answers)
}

#[tokio::test(start_paused = true)]
async fn a_ping_of_the_server_is_answered_where_no_step_could_take_it() {
    for ping in [
        PING,
        "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<iq type='get' id='p' from='romeo@localhost'><ping xmlns='urn:xmpp:ping'/></iq>",
    ] {
        let (played, answers) = pinged(ping, "").await;
        played.passed();
        assert_eq!(answers.len(), 1, "{ping}");
        assert!(answers[0].contains("id='p'"), "{answers:?}");
        assert_eq!(answers[0].contains("to='"), ping.contains("from='"));
    }
    let later = "Romeo receives:\n\t<message/>\n";
    let (_, answers) = pinged(PING, later).await;
    assert_eq!(answers.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_ping_that_is_the_scripts_or_not_the_servers_is_left_alone() {
    for awaits in [
        "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<iq type='$<kind>' id=\"${Juliet's JID}\"/>",
        "<iq><scansion:any/></iq>",
        "<scansion:any/>",
        "<scansion:one-of><message/><iq type='get' id='$<_>'/></scansion:one-of>",
        "<iq type='get'><ping xmlns='urn:xmpp:ping' scansion:times='1'/></iq>",
        "<iq type='get' id='$<_>' from='{scansion:any}' scansion:absent='to' scansion:strict='true'>\
         <scansion:any scansion:times='1'/></iq>",
    ] {
        let (played, answers) = pinged(PING, &format!("Romeo receives:\n\t{awaits}\n")).await;
        assert!(answers.is_empty(), "{awaits}");
        assert_eq!(played.failure().reason, Reason::Unwanted, "{awaits}");
    }
    for other in [
        "<iq type='get' id='p' from='juliet@localhost/x'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<iq type='get' id='p' from='localhost'><query xmlns='jabber:iq:version'/></iq>",
        "<iq type='get' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq>",
    ] {
        let (played, answers) = pinged(other, "").await;
        assert!(answers.is_empty(), "{other}");
        assert_eq!(played.failure().reason, Reason::Unwanted, "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_tells_of_pings_that_went_before() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Juliet sends:
	<presence/>
Romeo receives:
	<message/>
";
    let played = play(story).pong("localhost", Pong::Result).perform().await;
    assert_eq!(played.outcome.ended_at().unwrap().pings, 1);
}
