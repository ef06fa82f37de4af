//! Several actors in one line, `self`, times of steps and `waits`, on two servers: each script passes, its doctored twin
//! fails, and by the transcripts both come out the same.

use crate::judging::assert_all_judged;

#[test]
fn prosody_serves_several_at_once() {
    assert_all_judged("several", "prosody");
}

#[test]
fn ejabberd_serves_several_at_once() {
    assert_all_judged("several", "ejabberd");
}
