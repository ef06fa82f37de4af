//! What is said of a login at the wrong port of a real server, with the wrong secret, or without an account: what
//! answers there, and what leads to the right place.

use crate::launched::Launched;
use crate::program::{assert_ends, run};

const CLIENT: &str = "tests/scripts/live/one_login.scs";
const COMPONENT: &str = "tests/scripts/live/one_component.scs";

/// Each wrong way to a server that has what both scripts need.
fn tells_wrong_doors(recipe: &str) {
    let server = Launched::for_scripts(recipe, &[CLIENT, COMPONENT]);
    let ports = server.ports();
    let at = |port: u16| format!("127.0.0.1:{port}");
    let [client, component, http, direct] =
        [ports.client, ports.component, ports.http, ports.direct_tls].map(at);
    for (arguments, words) in [
        (
            ["--component-server", &client, COMPONENT],
            [
                "; XMPP for clients answers at this port",
                "often 5347: try --component-server HOST:PORT",
            ],
        ),
        (
            ["--server", &component, CLIENT],
            [
                "; XMPP for components answers at this port",
                "by default 5222: try --server HOST:PORT",
            ],
        ),
        (
            ["--server", &http, CLIENT],
            ["HTTP (`HTTP/1.", "by default 5222: try --server HOST:PORT"],
        ),
        (
            ["--component-server", &http, COMPONENT],
            ["HTTP (`HTTP/1.", "try --component-server HOST:PORT"],
        ),
        (
            ["--server", &direct, CLIENT],
            [
                "; TLS answers at this port",
                "begin with TLS, by `--tls direct`",
            ],
        ),
        (
            ["--component-server", &direct, COMPONENT],
            [
                "; TLS answers at this port",
                "components connect without TLS",
            ],
        ),
        (
            ["--component-server", "127.0.0.1:1", COMPONENT],
            [
                "connection refused",
                "try --component-server HOST:PORT; `--launch prosody` starts one",
            ],
        ),
    ] {
        let output = run(&[&arguments[..], &["--timeout", "2s"]].concat());
        assert_ends(&output, 2, &words);
    }
    for (port, words) in [
        (
            &client,
            ["XMPP answered in the place of TLS", "give `--tls starttls`"],
        ),
        (&http, ["HTTP (`HTTP/1.", "by default 5222"]),
    ] {
        let output = run(&["--server", port, "--tls=direct", "--timeout=2s", CLIENT]);
        assert_ends(&output, 2, &words);
    }
    let output = run(&["--server", &client, "--password", "fresh-wrong", CLIENT]);
    assert_ends(&output, 2, &["refused by 127", "`--accounts register`"]);
}

#[test]
fn prosody_at_the_wrong_port_is_told() {
    tells_wrong_doors("prosody");
}

#[test]
fn ejabberd_at_the_wrong_port_is_told() {
    tells_wrong_doors("ejabberd");
}
