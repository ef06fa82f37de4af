//! What the story itself shows of why something did not come: the pages, and plays in which it shows nothing.

use super::super::Obstacle;
use super::stage::{Play, play};
use crate::report::Verbosity;

macro_rules! screens {
    ($($name:ident: $play:expr;)*) => {
        $(#[tokio::test(start_paused = true)]
        async fn $name() {
            insta::assert_snapshot!($play.screen(Verbosity::Normal).await);
        })*
    };
}

/// Romeo and Juliet connect, and something happens.
fn both(story: &str) -> Play {
    play(&format!("Romeo connects\n\nJuliet connects\n\n{story}"))
}

const ROOM: &str = "orchard@conference.localhost";

/// An actor enters the room.
fn enters(actor: &str) -> String {
    format!(
        "{actor} sends:\n\t<presence to='{ROOM}/{actor}'><x xmlns='http://jabber.org/protocol/muc'/></presence>\n\n"
    )
}

const WRITES: &str =
    "Romeo sends:\n\t<message to='juliet@localhost' type='chat'><body>Hello</body></message>\n\n";

const READS: &str = "Juliet receives:\n\t<message from='${Romeo's full JID}'/>\n";

/// Romeo writes into the room, and Juliet waits for it.
fn writes_there() -> String {
    format!(
        "Romeo sends:\n\t<message to='{ROOM}' type='groupchat'/>\n\nJuliet receives:\n\t<message from='{ROOM}/Romeo' type='groupchat'/>\n"
    )
}

fn service_unavailable(stanza: &str) -> String {
    format!(
        "<{stanza} type='error'><error type='cancel'><service-unavailable xmlns='{}'/></error></{}>",
        crate::ns::STANZA_ERRORS,
        stanza.split(' ').next().unwrap_or_default()
    )
}

screens! {
    taken_by_a_rule: both(
        "Juliet ignores:\n\t<presence/>\n\nRomeo sends:\n\t<message id='cue'/>\n\nJuliet receives:\n\t<presence id='1'/>\n"
    )
    .on("id='cue'", "juliet", "<presence id='1'/>");
    error_taken_by_a_rule: both(
        "Juliet ignores:\n\t<iq type='error'/>\n\nJuliet sends:\n\t<iq type='get' id='q'/>\n\nJuliet receives:\n\t<iq type='result' id='q'/>\n"
    )
    .on("id='q'", "juliet", "<iq type='error' id='q'/>");
    message_without_presence: both(&format!("{WRITES}{READS}"));
    message_without_presence_on_a_narrow_screen: both(&format!("{WRITES}{READS}")).columns(60);
    message_to_whoever_has_gone: both(&format!(
        "Juliet sends:\n\t<presence/>\n\t<presence type='unavailable'/>\n\n{WRITES}{READS}"
    ));
    message_to_a_negative_priority: both(&format!(
        "Juliet sends:\n\t<presence><priority>-1</priority></presence>\n\n{WRITES}{READS}"
    ));
    presence_without_presence: both(
        "Romeo sends:\n\t<presence to='juliet@localhost' type='subscribe'/>\n\nJuliet receives:\n\t<presence type='subscribe'/>\n"
    );
    room_that_was_not_entered: both(&writes_there());
    room_that_the_author_has_not_entered: both(&format!("{}{}", enters("Juliet"), writes_there()));
    room_whose_occupant_is_awaited_outside: both(&format!(
        "{}Juliet receives:\n\t<presence from='{ROOM}/Romeo'/>\n", enters("Romeo")
    ));
    roster_push_without_roster: both(
        "Juliet receives:\n\t<iq type='set'>\n\t\t<query xmlns='jabber:iq:roster'/>\n\t</iq>\n"
    );
    roster_push_to_whoever_only_changes_it: both(
        "Juliet sends:\n\t<iq type='set' id='1'>\n\t\t<query xmlns='jabber:iq:roster'/>\n\t</iq>\n\n\
         Juliet receives:\n\t<iq type='set'>\n\t\t<query xmlns='jabber:iq:roster'/>\n\t</iq>\n"
    );
    carbon_where_they_are_switched_off: both(&format!(
        "Juliet sends:\n\t<iq type='set' id='1'>\n\t\t<disable xmlns='urn:xmpp:carbons:2'/>\n\t</iq>\n\n\
         {WRITES}Juliet receives:\n\t<message>\n\t\t<received xmlns='urn:xmpp:carbons:2'/>\n\t</message>\n"
    ));
    carbon_without_carbons: both(&format!(
        "{WRITES}Juliet receives:\n\t<message>\n\t\t<received xmlns='urn:xmpp:carbons:2'/>\n\t</message>\n"
    ));
    message_to_another_resource: both(&format!(
        "Juliet sends:\n\t<presence/>\n\n{}{READS}", WRITES.replace("juliet@localhost", "juliet@localhost/balcony")
    ));
    request_to_whoever_is_not_connected: play(
        "Romeo connects\n\nRomeo sends:\n\t<iq to='juliet@localhost/phone' type='get' id='1'><query xmlns='jabber:iq:version'/></iq>\n\n\
         Romeo receives:\n\t<iq type='result' id='1'/>\n"
    ).on("id='1'", "romeo", service_unavailable("iq id='1' from='juliet@localhost/phone'"));
    message_refused_as_nobody_is_available: both(&format!(
        "{WRITES}Romeo receives:\n\t<message type='chat'/>\n"
    )).on("Hello", "romeo", service_unavailable("message from='juliet@localhost'"));
}

/// The obstacle that the story of a play shows.
async fn obstacle(play: Play) -> Option<Obstacle> {
    let outcome = play.perform().await.outcome;
    let end = outcome.ended_at().expect("it must not have passed");
    end.obstacle.clone()
}

#[tokio::test(start_paused = true)]
async fn whoever_is_available_has_no_obstacle() {
    let present = "Juliet sends:\n\t<presence/>\n\n";
    let directly = WRITES.replace("juliet@localhost", "${Juliet's full JID}");
    for story in [
        format!("{present}{WRITES}{READS}"),
        format!("{directly}{READS}"),
        // It is not what was sent that is awaited.
        format!("{WRITES}Juliet receives:\n\t<message from='localhost'/>\n"),
        // A room sees the actor, and nobody else does.
        format!("{}{}{}", enters("Juliet"), enters("Romeo"), writes_there()),
        format!("{}Juliet receives:\n\t<presence/>\n", enters("Juliet")),
        "Juliet receives:\n\t<presence type='error'/>\n".to_owned(),
        // It is not known what the earlier session was like.
        format!(
            "Juliet sends:\n\t<resume xmlns='urn:xmpp:sm:3' h='0' previd='1'/>\n\n{WRITES}{READS}"
        ),
        // It is not said that this is a room.
        "Juliet sends:\n\t<presence/>\n\nJuliet receives:\n\t<presence from='tybalt@localhost'/>\n"
            .to_owned(),
        "Juliet receives:\n\t<iq type='result' id='1'/>\n".to_owned(),
        "Juliet sends:\n\t<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>\n\n\
         Juliet receives:\n\t<iq type='set'><query xmlns='jabber:iq:roster'/></iq>\n"
            .to_owned(),
        format!(
            "Juliet sends:\n\t<iq type='set' id='1'><enable xmlns='urn:xmpp:carbons:2'/></iq>\n\n\
             {WRITES}Juliet receives:\n\t<message><sent xmlns='urn:xmpp:carbons:2'/></message>\n"
        ),
    ] {
        assert_eq!(obstacle(both(&story)).await, None, "{story}");
    }
}

/// What has come shows that nothing kept it from coming.
#[tokio::test(start_paused = true)]
async fn what_came_had_no_obstacle() {
    let story =
        format!("{WRITES}Juliet receives:\n\t<message from='${{Romeo's full JID}}' id='1'/>\n");
    let play = both(&story).on("Hello", "juliet", "<message id='2'/>");
    assert_eq!(obstacle(play).await, None);
}

/// Who was refused can be reached.
#[tokio::test(start_paused = true)]
async fn whoever_is_connected_may_refuse() {
    let asks = "Romeo sends:\n\t<iq to='${Juliet's full JID}' type='get' id='1'><query xmlns='jabber:iq:version'/></iq>\n\n\
                Romeo receives:\n\t<iq type='result' id='1'/>\n";
    let refusal = service_unavailable("iq id='1' from='juliet@localhost/stage-1'");
    assert_eq!(
        obstacle(both(asks).on("id='1'", "romeo", refusal)).await,
        None
    );
}
