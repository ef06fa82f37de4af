//! XMPP over WebSocket (RFC 7395), on real servers.

use crate::own_scripts::SAMPLE;
use crate::program::{assert_ends, run};

/// But those that tell of bytes, of headers or of TLS, of which there are none within a WebSocket.
#[test]
fn scripts_pass_on_prosody() {
    for transport in ["ws", "wss"] {
        let options = ["--launch=prosody", "--transport", transport];
        let more = ["--jobs=4", "--skip-tags=tcp"];
        assert_ends(&run(&[&options[..], &more, &SAMPLE].concat()), 0, &[]);
    }
}

#[test]
fn scripts_pass_on_ejabberd() {
    for transport in ["--transport=ws", "--transport=wss"] {
        let scripts = [
            "spec/rfc6120/login.scs",
            "spec/xep0045/muc.scs",
            "spec/xep0114/component.scs",
        ];
        let output = run(&[&["--launch=ejabberd", transport], scripts.as_slice()].concat());
        assert_ends(&output, 0, &["3 passed"]);
    }
}
