//! What stories compute: encoded, hashed, told by the clock; and that nothing of a password is shown.

use std::time::{Duration, SystemTime};

use super::stage::{Performed, play};

/// What the server heard of stanzas.
fn heard(played: &Performed) -> Vec<String> {
    let log = played.server.log().into_iter();
    log.filter(|line| line.contains(": <")).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_and_expected_is_computed() {
    let played = play(
        "Romeo connects
Romeo sends:
	<message id='${sha1 abc}'>${base64 a&lt;${Romeo's JID}}</message>
Romeo receives:
	<message id='$<x>'/>
	<message id='${base64 ${x}}' type='$<type:not base64 ${x}>'/>
Romeo sends:
	<message id='${sha1 ${base64 ${x}}-${Romeo's user}}'/>
",
    );
    let said = "<message id='1'/><message id='MQ==' type='MQ=='/><message id='MQ==' type='2'/>";
    let played = played.on("a9993e36", "romeo", said).perform().await;
    assert_eq!(played.passed().unexpected(), ["Romeo: MQ=="]);
    assert_eq!(
        heard(&played),
        [
            "romeo: <message id='a9993e364706816aba3e25717850c26c9cd0d89d'>YTxyb21lb0Bsb2NhbGhvc3Q=</message>",
            "romeo: <message id='fcde88c05ef168ff806eb4717f0d4ed171a710d2'/>",
        ]
    );
}

/// The time that a server was told, in milliseconds since 1970.
fn told(line: &str) -> u128 {
    let stamp = line.split('>').nth(1).unwrap();
    let stamp = stamp.split('<').next().unwrap();
    let time = humantime::parse_rfc3339(stamp).unwrap();
    since_1970(time)
}

fn since_1970(time: SystemTime) -> u128 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_millis()
}

#[tokio::test(start_paused = true)]
async fn the_time_is_that_of_the_step() {
    let before = since_1970(SystemTime::now());
    let story = "Romeo connects
Romeo sends:
	<message>${now}</message>
	<message>${now}</message>
	<message>${now -1h}</message>
Romeo receives:
	<message/>
";
    let played = play(story).on("message", "romeo", "<message/>");
    let played = played.perform().await;
    let after = since_1970(SystemTime::now());
    let times: Vec<u128> = heard(played.passed())
        .iter()
        .map(|line| told(line))
        .collect();
    assert!((before..=after).contains(&times[0]), "{times:?}");
    assert_eq!(times[1], times[0]);
    assert_eq!(times[0] - times[2], 3_600_000);
    let taken = played.outcome.steps[1].time.unwrap();
    assert_eq!(since_1970(taken), times[0]);
}

/// A recording has the time, so the story that is judged by it sends the same; here its last step is another one.
#[tokio::test(start_paused = true)]
async fn a_recorded_time_is_the_time_of_a_story_that_is_judged_by_it() {
    let story = "Romeo connects
Romeo sends:
	<message>${now}</message>
Romeo receives:
	<message type='$<_:not now>'/>
Romeo receives:
	<message id='1'/>
";
    let said = "<message type='x' id='2'/><message id='3'/>";
    let recorded = || play(story).on("message", "romeo", said);
    let edited = play(&story.replace("id='1'", "id='3'"));
    recorded().judge(edited).await.passed();
}

#[tokio::test(start_paused = true)]
async fn what_rules_answer_is_computed_then() {
    let played = play(
        "Romeo connects
Romeo answers:
	<iq id='$<id>' type='get'/>
with:
	<iq id='$<id>' type='result'>${base64 ${x}}</iq>
Romeo sends:
	<presence/>
Romeo receives:
	<message id='$<x>'/>
Romeo receives:
	<message id='end'/>
",
    );
    let played = played.on("<presence/>", "romeo", "<message id='1'/>");
    let asked = "<iq id='q' type='get'/>";
    let played = played.later(Duration::from_millis(5), "<presence/>", "romeo", asked);
    let played = played.on("result", "romeo", "<message id='end'/>");
    let played = played.perform().await;
    let answered = "romeo: <iq id='q' type='result'>MQ==</iq>".to_owned();
    assert!(heard(played.passed()).contains(&answered));
}

/// What came is judged in a recording as it was, though the recording has no password, and nothing computed of one.
#[tokio::test(start_paused = true)]
async fn what_is_computed_of_passwords_is_hidden_and_judged_again() {
    let block = "<body>${base64 x${Romeo's password}}</body><z>${sha1 ${x}${Romeo's password}}</z>";
    let story = format!(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='$<x>'/>
Romeo sends:
	<message>{block}</message>
Romeo receives:
	<message>{block}</message>
"
    );
    let echo = "<message><body>eG1vbnRhZ3Vl</body>\
                <z>2cc880b0758f18fdd69abbc64d17551ac6f7e967</z></message>";
    let played = play(&story).on("<presence/>", "romeo", "<message id='1'/>");
    let played = played.on("<message", "romeo", echo);
    let played = played.perform().await;
    for sent in played.passed().events("wire Romeo") {
        assert!(
            !sent.contains("eG1vbnRhZ3Vl")
                && !sent.contains("2cc880b0758f18fdd69abbc64d17551ac6f7e967"),
            "{sent}"
        );
    }
}
