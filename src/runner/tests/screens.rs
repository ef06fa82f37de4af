//! What the user sees of a play that does not end well: a snapshot for each kind of ending.

use std::time::Duration;

use super::fake_server::{BOTTOMLESS, ENDLESS, FLOOD, FOOTER, Farewell, HANG_UP, Pong, Welcome};
use super::hostile::SMALL;
use super::stage::{Play, play};
use crate::plan::{PlanOptions, Receiving};
use crate::report::{End, Format, Report, Run, SCHEMA, ScriptReport, Verbosity};
use crate::xmpp::testing;

async fn shown(play: Play) -> String {
    play.screen(Verbosity::Normal).await
}

/// Romeo says that he is there, and expects something.
fn expecting(block: &str) -> Play {
    let block = block.replace('\n', "\n\t");
    play(&format!(
        "Romeo connects\n\nRomeo sends:\n\t<presence/>\n\nRomeo receives:\n\t{block}\n"
    ))
}

/// The same, and something else comes.
fn getting(block: &str, xml: impl Into<String>) -> Play {
    expecting(block).on("<presence/>", "romeo", xml)
}

/// Romeo says something, and it is left open what comes of it.
fn left_open() -> Play {
    play(
        "Romeo connects\n\nRomeo sends:\n\t<presence/>\n\n# Both are lawful\nEither (an error)\n\tRomeo receives:\n\t\t\
         <presence type='error' id='1'/>\nor (silently ignored)\n\t# really nothing\n\tRomeo receives: nothing\n",
    )
}

/// The beginning of an error of a stanza: its type, its condition and its text.
fn error(kind: &str, condition: &str, text: &str) -> String {
    let (ns, text) = (crate::ns::STANZA_ERRORS, text.replace('\'', "&apos;"));
    format!(
        "<error type='{kind}'><{condition} xmlns='{ns}'/><text xmlns='{ns}'>{text}</text></error>"
    )
}

/// A request is refused with an error that has a text.
fn refused() -> Play {
    let error = error(
        "wait",
        "resource-constraint",
        "Unknown field\n 'pubsub#max_items'",
    );
    play(
        "Romeo connects

Romeo sends:
	<iq type='set' id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq>

Romeo receives:
	<iq type='result' id='1'/>
",
    )
    .on(
        "id='1'",
        "romeo",
        format!("<iq type='error' id='1'>{error}</iq>"),
    )
}

macro_rules! screens {
    ($($name:ident: $play:expr;)*) => {
        $(#[tokio::test(start_paused = true)]
        async fn $name() {
            insta::assert_snapshot!(shown($play).await);
        })*
    };
}

screens! {
    attribute_value: getting(
        "<message from='juliet@localhost' type='chat'>\n\t<body>Hello</body>\n</message>",
        "<message from='juliet@localhost' type='normal' id='1'><body>Hello</body></message>",
    );
    attribute_missing: getting("<message type='chat'/>", "<message/>");
    attribute_unexpected: getting(
        "<iq id='1'>\n\t<query xmlns='urn:q'/>\n</iq>",
        "<iq id='1'><query xmlns='urn:q' ver='7'/></iq>",
    );
    text: getting(
        "<message>\n\t<body>Hello Romeo</body>\n</message>",
        "<message><body>Hello Tybalt</body></message>",
    );
    text_of_several_lines: getting(
        "<message>\n\t<body>one\ntwo\nthree</body>\n</message>",
        "<message><body>one\n\t2\n\tthree</body></message>",
    );
    text_unexpected: getting(
        "<message>\n\t<body scansion:strict='true'/>\n</message>",
        "<message><body>Hello</body></message>",
    );
    attribute_forbidden: getting(
        "<message id='1' scansion:absent='to type'/>",
        "<message id='1' type='chat'/>",
    );
    too_many_children: getting(
        "<message>\n\t<a id='$<_>' scansion:times='1'/>\n\t<b/>\n</message>",
        "<message><a id='1'/><b/><c/><a id='2' x='y'/></message>",
    );
    too_few_children: getting(
        "<message>\n\t<a id='2' scansion:times='2..'/>\n</message>",
        "<message><a id='2'/><a id='1'/></message>",
    );
    a_full_roster: getting(
        "<iq>\n\t<query xmlns='jabber:iq:roster' scansion:strict='false'>\n\t\t<item scansion:times='0'/>\n\t</query>\n</iq>",
        "<iq><query xmlns='jabber:iq:roster'><item jid='a@b'/><item jid='c@d'/></query></iq>",
    );
    not_each_child: getting(
        "<iq>\n\t<query xmlns='urn:q'>\n\t\t<item affiliation='owner' jid='{scansion:any}' scansion:each='*'/>\n\t</query>\n</iq>",
        "<iq><query xmlns='urn:q'><item affiliation='owner' jid='a@b'/><item affiliation='none' jid='c@d'/>\
         <item jid='e@f'/></query></iq>",
    );
    a_counted_one_of_several: getting(
        "<message>\n\t<scansion:one-of scansion:times='0'><x xmlns='urn:x'/><y xmlns='urn:y'/></scansion:one-of>\n</message>",
        "<message><x xmlns='urn:x' stamp='1'><z/></x></message>",
    );
    one_of_several_children: getting(
        "<iq>\n\t<error>\n\t\t<scansion:one-of>\n\t\t\t<forbidden/>\n\t\t\t<not-allowed/>\n\t\t</scansion:one-of>\n\t</error>\n</iq>",
        "<iq><error><conflict/></error></iq>",
    );
    one_of_several_stanzas: getting(
        "<scansion:one-of>\n\t<iq type='result' id='1'/>\n\t<message id='1'><body>x</body></message>\n</scansion:one-of>",
        "<message id='1'><body>y</body></message><presence/>",
    );
    no_alternative_holds: left_open().on("<presence/>", "romeo", "<presence type='error' id='2'/>");
    name: getting("<message/>", "<presence/>");
    namespace: getting(
        "<message>\n\t<x xmlns='urn:x'/>\n</message>",
        "<message><x xmlns='urn:y'/></message>",
    );
    child_missing: getting(
        "<message>\n\t<delay xmlns='urn:xmpp:delay' stamp='{scansion:any}'/>\n</message>",
        "<message><body>now</body></message>",
    );
    child_wrong_among_several: getting(
        "<iq id='1'>\n\t<item jid='c@localhost' name='Charles'/>\n</iq>",
        "<iq id='1'><item jid='a@localhost'/><item jid='c@localhost' name='Carl'/></iq>",
    );
    child_unexpected: getting(
        "<iq id='1'>\n\t<query xmlns='urn:q'><a/></query>\n</iq>",
        "<iq id='1'><query xmlns='urn:q'><a/><b n='1'/></query></iq>",
    );
    child_order: getting(
        "<iq id='1'>\n\t<query xmlns='urn:q'><a/><b/></query>\n</iq>",
        "<iq id='1'><query xmlns='urn:q'><b/><a/></query></iq>",
    );
    narrowed_wildcard: getting("<message id='n-$<n:int>'/>", "<message id='n-one'/>");
    integer_out_of_bounds: getting("<message id='n-$<n:int 1..>'/>", "<message id='n-0'/>");
    text_too_long: getting(
        "<message>\n\t<subject>$<_:text 1..5></subject>\n</message>",
        "<message><subject>Verona</subject></message>",
    );
    same_value_again: play("Romeo connects

Romeo sends:
	<presence/>

Romeo receives:
	<message id='$<first>'/>
	<message id='$<second:not first, Romeo's JID>'/>
").on("<presence/>", "romeo", "<message id='a1'/><message id='a1'/>");
    passed_over_and_forbidden: play("Romeo connects

Romeo sends:
	<presence/>

Romeo receives:
	<message id='2'/>

Romeo does not receive:
	<message id='$<_:int>'/>
").on("<presence/>", "romeo", "<message id='1'/><message id='2'/>");
    in_another_order: play("Romeo connects

Romeo sends:
	<presence/>

Romeo receives in this order:
	<message id='1'/>
	<message id='2'/>
").on("<presence/>", "romeo", "<message id='2'/><presence/><message id='1'/>");
    left_over: play("Romeo connects

Juliet connects

Romeo sends:
	<presence/>

Romeo receives:
	<message id='2'/>

Juliet disconnects
").tagged("## complete").on("<presence/>", "romeo", "<message id='1' type='error'><error type='cancel'>\
        <conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message><message id='2'/>")
        .on("<presence/>", "juliet", "<message><body>psst</body></message>");
    ended_before_leaving: play("Romeo connects

Romeo sends:
	<presence/>

Romeo disconnects
").tagged("## complete").on("<presence/>", "romeo", "</stream:stream>");
    namespace_of_a_nonza: getting(
        "<enabled xmlns='urn:xmpp:sm:3' scansion:strict='false'/>",
        "<enabled xmlns='urn:xmpp:sm:2' id='1'/>",
    );
    namespace_of_a_child: getting(
        "<message>\n\t<forwarded xmlns='urn:xmpp:forward:0'>\n\t\t<message><body>Hello</body></message>\n\t</forwarded>\n</message>",
        "<message><forwarded xmlns='urn:xmpp:forward:0'>\
            <message xmlns='jabber:client'><body>Hello</body></message></forwarded></message>",
    );
    prefix_of_an_attribute: getting("<message xml:lang='en'/>", "<message lang='en'/>");
    nearest_by_attributes: getting(
        "<message id='2' type='chat'>\n\t<body>Hello</body>\n\t<thread>1</thread>\n</message>",
        "<message id='1' type='chat'><body>Hello</body><thread>1</thread></message>\
            <message id='2' type='error'><error/></message>",
    );
    nearest_child_by_attributes: getting(
        "<iq>\n\t<item jid='a@localhost'><group>Friends</group><group>Foes</group></item>\n</iq>",
        "<iq><item jid='b@localhost'><group>Friends</group><group>Foes</group></item>\
            <item jid='a@localhost'/></iq>",
    );
    wildcard_conflict: getting(
        "<message id='$<id>'>\n\t<origin xmlns='urn:o' id='$<id>'/>\n</message>",
        "<message id='1'><origin xmlns='urn:o' id='2'/></message>",
    );
    several_candidates: getting(
        "<message type='chat'>\n\t<body>three</body>\n</message>",
        "<presence/><message type='chat'><body>one</body></message><message><body>two</body></message>",
    );
    regular_expression: getting(
        "<message id='$<id:/m-[0-9]+/>'/>",
        "<message id='m-seven'/>",
    );
    wide_characters: getting(
        "<message>\n\t<body>ロミオ 🌹</body>\n</message>",
        "<message><body>ロミオ 🌷</body></message>",
    );
    several_differences: getting(
        "<message type='chat' to='romeo@localhost'>\n\t<body>Hello</body>\n\t<thread>1</thread>\n</message>",
        "<message type='normal' to='romeo@localhost'><thread>2</thread><body>Hello</body><x xmlns='urn:x'/></message>",
    );
    strict_attributes: getting(
        "<iq id='1'>\n\t<query xmlns='urn:q' node='a'/>\n</iq>",
        "<iq id='1'><query xmlns='urn:q' node='b' ver='7'/></iq>",
    );
    passed_over: play("Romeo connects

Romeo sends:
	<presence/>

Romeo receives:
	<message id='2'/>

Romeo receives:
	<message id='3'/>
").on("<presence/>", "romeo", "<message id='1'/><message id='2'/><presence from='juliet@localhost'/>");
    another_actor_acted: play("Romeo connects

Juliet connects

Juliet sends:
	<presence/>

# Romeo has asked for her presence before.
# He is told of it.
Romeo sends:
	<message to='juliet@localhost'/>

Juliet receives:
	<message from='romeo@localhost'/>
").tagged("# Presence and messages\n## rfc: 6121 §8.5\n## xep: 0203\n## slow")
        .on("to='juliet@localhost'", "juliet", "<message from='tybalt@localhost'/>");
    password_is_hidden: getting(
        "<iq id='1'>\n\t<query xmlns='jabber:iq:register'><password>capulet</password></query>\n</iq>",
        "<iq id='1'><query xmlns='jabber:iq:register'><password>montague</password></query></iq>",
    );
    comment_above: play("Romeo connects

# The server knows him, and says so.
Romeo receives:
	<message/>
");
    narrow: getting(
        "<message type='chat' id='a-long-id-that-does-not-matter' from='juliet@localhost/balcony' to='romeo@localhost'/>",
        "<message type='chat' id='a-long-id-that-does-not-matter' from='nurse@localhost/balcony' to='romeo@localhost'/>",
    ).columns(60);
    nothing_came: expecting("<message/>");
    nothing_came_in_the_time_of_the_step: play("Romeo connects

Romeo receives within 300 ms:
	<message/>
");
    iq_error: play("Romeo connects

Romeo sends:
	<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>

Romeo receives:
	<iq type='result' id='1'/>
").on("id='1'", "romeo", "<iq type='error' id='1'><error type='cancel'>\
        <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
    error_with_text: refused();
    error_of_the_application: play("Romeo connects

Romeo sends:
	<iq type='set' id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq>

Romeo receives:
	<iq type='result' id='1'/>
").on("id='1'", "romeo", "<iq type='error' id='1'><error type='cancel'>\
        <feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
        <unsupported xmlns='http://jabber.org/protocol/pubsub#errors' feature='retract-items'/></error></iq>");
    error_of_another_kind: getting(
        "<iq type='error' id='1'>\n\t<error type='auth'>\n\t\t<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\n\t</error>\n</iq>",
        format!("<iq type='error' id='1'>{}</iq>", error("cancel", "not-allowed", "no")),
    );
    error_in_another_stanza: getting(
        "<presence from='room@conference.localhost/Romeo'>\n\t<x xmlns='http://jabber.org/protocol/muc#user'/>\n</presence>",
        format!("<presence type='error' from='room@conference.localhost/Romeo'>{}</presence>",
            error("auth", "registration-required", "members only")),
    );
    error_among_others: getting(
        "<message type='chat'>\n\t<body>Hello</body>\n</message>",
        format!("<message type='chat'><body>Hullo</body></message><message type='error' id='1' to='romeo@localhost'>{}</message>",
            error("cancel", "service-unavailable", "")),
    );
    error_where_nothing_should_come: play("Romeo connects

Romeo sends:
	<presence/>

Romeo receives: nothing
").on("<presence/>", "romeo", format!("<presence type='error'>{}</presence>", error("modify", "bad-request", "Shoo")));
    error_in_a_long_answer: getting(
        "<iq id='1' type='result'/>",
        format!("<iq id='1' type='error'><query xmlns='urn:q'>{}</query>{}</iq>", "<item/>".repeat(30),
            error("modify", "not-acceptable", "too long")),
    ).columns(80);
    several_notes_on_a_narrow_screen: getting(
        "<message type='chat'/>",
        format!("<message type='error' id='a-very-long-id-that-nobody-can-read'>{}</message>",
            error("cancel", "service-unavailable", "The addressee has no inbox")),
    ).columns(40);
    strict_script: getting("<message id='2'/>", "<message id='1'/><message id='2'/>")
        .options(PlanOptions {
            receiving: Some(Receiving::Next),
            ..PlanOptions::default()
        });
    any_order: play("Romeo connects

Romeo sends:
	<presence/>

Romeo receives in any order:
	<message id='1'/>
	<message id='2' type='chat'/>
").on("<presence/>", "romeo", "<message id='2'/><message id='1'/>");
    something_where_nothing_should: play("Romeo connects

Romeo sends:
	<presence/>

Romeo receives: nothing
").on("<presence/>", "romeo", "<message><body>psst</body></message>");
    stream_closed: getting("<message/>", FOOTER);
    stream_error: getting("<message/>", "<stream:error><conflict \
        xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
    silence_after_the_end: play("Romeo connects

Romeo sends text:
	</stream:stream>

Romeo receives: nothing
");
    connection_lost: getting("<message/>", HANG_UP);
    final_sends_lost: play("Romeo connects

Juliet connects

Romeo sends:
	<presence/>

Juliet disconnects
").on("<presence/>", "romeo", HANG_UP);
    stanza_too_large: getting("<message/>", ENDLESS).limits(SMALL);
    stanza_too_deep: getting("<message/>", BOTTOMLESS).limits(SMALL);
    stream_too_large: getting("<iq/>", FLOOD).limits(SMALL);
    second_header: getting("<message/>", "<stream:stream xmlns='jabber:client' version='1.0'>");
    stream_error_with_text: getting("<message/>", testing::stream_error("policy-violation", "slow down"));
    not_xml: getting("<message/>", "<message></presence>");
    never_closes: play("Romeo connects

Romeo receives: nothing

Romeo disconnects
").farewell(Farewell::Never);
    login_refused: expecting("<message/>").welcome("romeo", Welcome::Refusal);
    login_unanswered: expecting("<message/>").welcome("romeo", Welcome::Silence);
    login_cut_off: expecting("<message/>").welcome("romeo", Welcome::HangUp);
    ended_by_another_error: play("Romeo connects

Romeo sends:
	<presence/>

Romeo is disconnected:
	<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>
	</stream:stream>
").on("<presence/>", "romeo", testing::stream_error("policy-violation", "slow down"));
    does_not_end: play("Romeo connects

Romeo is disconnected
");
    refused_otherwise: play("Romeo is refused:
	<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><account-disabled/></failure>
").welcome("romeo", Welcome::Refusal);
    let_in: play("Romeo is refused:
	<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
");
    out_of_turn: play("Romeo opens a stream

Romeo receives:
	<stream:stream xmlns='jabber:server' from='localhost' id='$<id>'>
");
    flush_unanswered: play("Romeo connects

Juliet connects

Romeo sends:
	<message to='room@conference.localhost'/>

Juliet sends:
	<presence/>

Juliet receives:
	<presence/>
").pong("room@conference.localhost", Pong::Silence);
    interrupted: expecting("<message/>").interrupted_after(Duration::from_secs(1));
    escape_sequences: getting(
        "<message>\n\t<body>harmless</body>\n</message>",
        "<message><body>\u{202e}txt.exe</body></message>",
    );
}

#[tokio::test(start_paused = true)]
async fn verbose() {
    let play = getting(
        "<message><body>Hello</body></message>",
        "<message><body>Hello</body></message>",
    );
    insta::assert_snapshot!(play.screen(Verbosity::Verbose).await);
}

#[tokio::test(start_paused = true)]
async fn quiet() {
    let play = getting("<message/>", "<message/>");
    assert_eq!(play.screen(Verbosity::Quiet).await, "");
}

/// The words of an error are in reports of all forms.
#[tokio::test(start_paused = true)]
async fn every_report_tells_an_error_by_its_condition_type_and_text() {
    let outcome = refused().perform().await.outcome;
    let script = ScriptReport::of_outcome(&outcome, Duration::ZERO, None);
    let error = script.received_error.clone().unwrap();
    assert_eq!(error.kind.as_deref(), Some("wait"));
    let words = error.to_string();
    assert_eq!(
        words,
        "resource-constraint (wait): Unknown field 'pubsub#max_items'"
    );
    assert!(script.message.as_ref().unwrap().ends_with(&words));
    let report = Report {
        run: Run {
            schema: SCHEMA,
            scansion: String::new(),
            started: String::new(),
            server: None,
            shuffle: None,
            partition: None,
            selected: Vec::new(),
        },
        scripts: vec![script],
        end: End::default(),
    };
    for format in Format::ALL {
        let text = format.write(&report);
        let told = "in answer to the request: resource-constraint (wait): Unknown field";
        assert!(text.contains(told), "{format}: {text}");
    }
}

/// A message names a value without the element that it stood in, and half a payload is not known by its looks.
#[tokio::test(start_paused = true)]
async fn what_elements_of_a_login_carry_is_never_shown() {
    const SASL: &str = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
    let story = format!(
        "Romeo opens a stream
Romeo sends text:
	<auth {SASL} mechanism='PLAIN'>AHJvbWVvAG1v
Romeo sends text:
	bnRhZ3Vl</auth>
Romeo receives:
	<success {SASL}>cnNwYXV0aD0x</success>
"
    );
    let token = "<token xmlns='urn:xmpp:fast:0' token='a-t0ken-of-theirs'/>";
    let came = format!("<success {SASL}>cnNwYXV0aD0y{token}</success>").leak();
    let played = play(&story).welcome("romeo", Welcome::Says(came));
    let seen = played.screen_only(Verbosity::Verbose).await;
    let words = "expected the text '[redacted]', got '[redacted]'";
    assert!(seen.contains(words), "{seen}");
    for told in ["AHJv", "bnRh", "cnNw", "t0ken"] {
        assert!(!seen.contains(told), "{seen}");
    }
}
