//! How streams end, how logins are refused, and what comes before a session is bound, on two servers: each script passes,
//! its doctored twin fails, and by the transcripts both come out the same.

use crate::judging::assert_all_judged;

#[test]
fn prosody_ends_streams_and_refuses_logins() {
    assert_all_judged("ends", "prosody");
}

#[test]
fn ejabberd_ends_streams_and_refuses_logins() {
    assert_all_judged("ends", "ejabberd");
}
