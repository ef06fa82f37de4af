//! The example of a reporter of one's own, on a server.

#[path = "../../examples/own_reporter.rs"]
#[expect(dead_code, reason = "its `main` is not called")]
mod own_reporter;

use scansion::source::SourceFile;

use crate::launched::Launched;
use crate::program::root;

const PLAY: &str = include_str!("../../examples/first_play.scs");

#[test]
fn own_reporter_reports_a_play() {
    let server = Launched::for_scripts("prosody", &[root().join("examples/first_play.scs")]);
    let mut out = Vec::new();
    let source = SourceFile::new("first_play.scs", PLAY);
    let address = server.address();
    let play = own_reporter::act_out(source, &address, &mut out);
    server.runtime.block_on(play).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains("ms  Juliet's phone receives: nothing\n"),
        "{text}"
    );
    assert!(text.contains("A first play: Passed, "), "{text}");
}
