//! Runs that cannot tell: logins that fail, and a user who stops the run. Everything is closed then.

use std::time::Duration;

use super::super::RunErrorKind;
use super::fake_server::{Farewell, Pong, Welcome};
use super::stage::{PATIENCE, Performed, assert_took, play};
use crate::xmpp::{ConnectError, ConnectErrorKind, LoginStep};

const LOGINS: &str = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
";

/// Sees that Juliet could not log in, and that Romeo has left in due form.
#[track_caller]
fn not_connected(played: &Performed) -> &ConnectError {
    assert_eq!(played.statuses(), ["passed", "errored", "not run"]);
    assert_eq!(played.error().actor.to_string(), "Juliet");
    assert_eq!(played.server.log(), ["romeo comes", "romeo leaves"]);
    match &*played.error().kind {
        RunErrorKind::Connect(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_a_run_error() {
    let played = play(LOGINS).welcome("juliet", Welcome::Refusal);
    let played = played.perform().await;
    let error = not_connected(&played);
    assert_eq!(error.step, LoginStep::Authenticate);
    assert!(matches!(error.kind, ConnectErrorKind::LoginRefused { .. }));
    assert_took(played.duration(1), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_login_in_the_middle_of_which_the_server_goes_is_a_run_error() {
    for welcome in [Welcome::Footer, Welcome::HangUp] {
        let played = play(LOGINS).welcome("juliet", welcome).perform().await;
        let error = not_connected(&played);
        assert!(matches!(error.kind, ConnectErrorKind::Closed(_)));
        assert_took(played.duration(1), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_without_an_answer_is_a_run_error_after_a_while() {
    let played = play(LOGINS).welcome("juliet", Welcome::Silence);
    let played = played.perform().await;
    let error = not_connected(&played);
    assert_eq!(error.kind, ConnectErrorKind::Timeout(PATIENCE));
    assert_took(played.duration(1), PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_reached_is_a_run_error() {
    let cast = "
[Client] Romeo
	jid: romeo@localhost
	password: montague
[Client] Juliet
	jid: juliet@localhost
	password: capulet
	connect_host: nowhere
";
    let played = play(LOGINS).cast(cast).perform().await;
    assert_eq!(not_connected(&played).step, LoginStep::Dial);
}

/// Plays until the user stops the run, a second after the beginning of the last step but one, and sees that it ended
/// there.
async fn interrupted(play: super::stage::Play) -> Performed {
    let after = Duration::from_secs(1);
    let played = play.interrupted_after(after).perform().await;
    assert!(matches!(&*played.error().kind, RunErrorKind::Interrupted));
    let statuses = played.statuses();
    let (ended, rest) = statuses.split_at(statuses.len() - 2);
    assert!(ended.iter().all(|status| *status == "passed"));
    assert_eq!(rest, ["errored", "not run"]);
    assert_took(played.duration(ended.len()), after);
    played
}

#[tokio::test(start_paused = true)]
async fn a_receive_can_be_interrupted() {
    for story in [
        "Romeo connects\nRomeo receives:\n\t<message/>\nRomeo disconnects\n",
        "Romeo connects\nRomeo receives in any order:\n\t<message/>\n\t<message/>\nRomeo disconnects\n",
    ] {
        let played = interrupted(play(story)).await;
        assert_eq!(played.server.log(), ["romeo comes", "romeo leaves"]);
        assert_eq!(played.error().to_string(), "Romeo was interrupted");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flush_can_be_interrupted() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Juliet connects
Juliet disconnects
";
    let played = play(story).pong("localhost", Pong::Silence);
    let played = interrupted(played).await;
    assert_eq!(
        played.server.log()[1..],
        [
            "romeo: <presence/>",
            "romeo pings localhost",
            "romeo leaves"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_login_can_be_interrupted() {
    let played = play("Romeo connects\nJuliet connects\nJuliet disconnects\n");
    let played = interrupted(played.welcome("juliet", Welcome::Silence)).await;
    assert_eq!(played.server.connections(), (2, 2));
    assert_eq!(played.server.log(), ["romeo comes", "romeo leaves"]);
}

#[tokio::test(start_paused = true)]
async fn a_farewell_can_be_interrupted() {
    let played = play("Romeo connects\nRomeo disconnects\nRomeo connects\n");
    let played = interrupted(played.farewell(Farewell::Never)).await;
    assert_eq!(played.server.log(), ["romeo comes", "romeo leaves"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_interrupted_at_once_does_nothing_more() {
    let played = play("Romeo connects\nRomeo disconnects\n");
    let played = played.interrupted_after(Duration::ZERO);
    let played = played.perform().await;
    assert_eq!(played.statuses(), ["errored", "not run"]);
    assert_eq!(played.server.connections(), (0, 0));
}
