//! The wire is sacred: the server sees what the script says, to the letter, and nothing else but pings.

use super::stage::{Performed, assert_lines, play};

/// Without pings, all that is on the wire is the script's.
const UNDISTURBED: &str = "## sync: none";

/// What came over a connection after the login.
fn after_login(played: &Performed, connection: usize) -> String {
    let bytes = played.server.bytes(connection);
    let (_, rest) = bytes
        .split_once("urn:ietf:params:xml:ns:xmpp-bind")
        .unwrap();
    let (_, rest) = rest.split_once("</iq>").unwrap();
    rest.to_owned()
}

#[tokio::test(start_paused = true)]
async fn stanzas_go_out_to_the_letter() {
    let played = play(
        r#"Romeo connects
Romeo sends:
	<message   to='juliet@localhost'  id="1"
	    type = 'chat' >
		<body>  2 &lt; 3 &#38; <![CDATA[<b>&amp;</b>]]>	"it's"  </body>
		<x:y xmlns:x="urn:x" x:a="'"/><empty></empty>
	</message>
"#,
    );
    let played = played.tagged(UNDISTURBED).perform().await;
    let wanted = r#"<message   to='juliet@localhost'  id="1"
	    type = 'chat' >
		<body>  2 &lt; 3 &#38; <![CDATA[<b>&amp;</b>]]>	"it's"  </body>
		<x:y xmlns:x="urn:x" x:a="'"/><empty></empty>
	</message></stream:stream>"#;
    assert_eq!(after_login(played.passed(), 0), wanted);
    assert_eq!(played.events("wire Romeo > <message").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_for_the_wire_is_left_out() {
    let played = play(
        "Romeo connects
Romeo sends:
	<message id='1' scansion:strict='false'><!-- aside --><body>hi</body></message>
",
    );
    let played = played.tagged(UNDISTURBED).perform().await;
    let seen = after_login(played.passed(), 0);
    assert_eq!(
        seen,
        "<message id='1'><body>hi</body></message></stream:stream>"
    );
}

#[tokio::test(start_paused = true)]
async fn values_are_filled_in_and_escaped() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='$<x>'/>
Romeo sends:
	<message id='$<x>' to=\"${Juliet's JID}\"><body>-${x}-</body><b><![CDATA[$<x>]]></b></message>
",
    );
    let said = "<message id='&lt;a&amp;&apos;&quot;&gt;'/>";
    let played = played.tagged(UNDISTURBED).on("<presence/>", "romeo", said);
    let played = played.perform().await;
    let seen = after_login(played.passed(), 0);
    assert_eq!(
        seen,
        "<presence/><message id='&lt;a&amp;&apos;&quot;&gt;' to=\"juliet@localhost\">\
         <body>-&lt;a&amp;'\"&gt;-</body><b><![CDATA[<a&'\">]]></b></message></stream:stream>"
    );
}

#[tokio::test(start_paused = true)]
async fn several_elements_go_out_in_their_order() {
    let played = play(
        "Romeo connects
Romeo sends:
	<message id='1'/>

	<presence/>
	<message id='2'/>
",
    );
    let played = played.tagged(UNDISTURBED).perform().await;
    assert_eq!(
        after_login(played.passed(), 0),
        "<message id='1'/><presence/><message id='2'/></stream:stream>"
    );
    assert_lines(
        &played.events("wire Romeo > <")[4..],
        &[
            "wire Romeo > <message id='1'/>",
            "wire Romeo > <presence/>",
            "wire Romeo > <message id='2'/>",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn a_login_sends_what_it_must_and_no_more() {
    let played = play("Romeo connects\n").perform().await;
    let bytes = played.passed().server.bytes(0);
    let tags: Vec<&str> = bytes
        .split('<')
        .skip(1)
        .map(|tag| tag.split([' ', '>']).next().unwrap())
        .collect();
    assert_eq!(
        tags,
        [
            "?xml",
            "stream:stream",
            "auth",
            "/auth",
            "?xml",
            "stream:stream",
            "iq",
            "bind",
            "/iq",
            "/stream:stream"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn everything_is_told_in_order_and_passwords_are_not() {
    let played = play(
        "Romeo connects
Romeo sends:
	<iq type='set' id='1'><password>montague</password></iq>
Romeo receives:
	<iq type='result' id='1'/>
",
    );
    let answer = "<iq type='result' id='1'><x note='capulet'>montague</x></iq>";
    let played = played.on("<iq", "romeo", answer).perform().await;
    let all = played.passed().events("");
    let begin = all.iter().position(|event| *event == "step 1").unwrap();
    assert_lines(
        &all[begin..],
        &[
            "step 1",
            "wire Romeo > <iq type='set' id='1'><password>[redacted]</password></iq>",
            "step 1 passed",
            "step 2",
            all[begin + 4],
            "step 2 passed",
            "flush Romeo: localhost",
            "script finished",
        ],
    );
    assert_eq!(all[begin + 4].matches("[redacted]").count(), 2);
    for secret in ["montague", "capulet", "AHJvbWVvAG1vbnRhZ3Vl"] {
        let shows = |event: &&str| event.contains(secret);
        assert!(!all.iter().any(shows), "{secret} is shown in {all:#?}");
    }
    assert!(played.server.bytes(0).contains("AHJvbWVvAG1vbnRhZ3Vl"));
}

#[tokio::test(start_paused = true)]
async fn a_plain_login_without_tls_is_noticed() {
    let played = play("Romeo connects\n").perform().await;
    assert_eq!(
        played.events("notice"),
        ["notice Romeo: the password was sent in clear, without TLS"]
    );
}
