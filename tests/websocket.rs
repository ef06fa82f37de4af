//! XMPP over WebSocket (RFC 7395), on real servers and where there is none.

#[path = "support/program.rs"]
mod program;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use program::{assert_ends, run};

const SCRIPT: &str = "tests/scripts/live/one_login.scs";

#[test]
fn all_own_scripts_pass_on_prosody() {
    for transport in ["ws", "wss"] {
        let arguments = [
            "--launch=prosody",
            "--transport",
            transport,
            "spec",
            "examples",
        ];
        assert_ends(&run(&arguments), 0, &["33 scripts: 33 passed"]);
    }
}

#[test]
fn scripts_pass_on_ejabberd() {
    for transport in ["--transport=ws", "--transport=wss"] {
        let scripts = ["spec/login.scs", "spec/muc.scs", "spec/component.scs"];
        let output = run(&[&["--launch=ejabberd", transport], scripts.as_slice()].concat());
        assert_ends(&output, 0, &["3 passed"]);
    }
}

/// An HTTP server that answers this to every request.
fn http_server(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let reader = BufReader::new(stream.try_clone().unwrap());
            let head = reader.lines().map_while(Result::ok);
            head.take_while(|line| !line.is_empty()).for_each(drop);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

#[test]
fn a_path_without_a_websocket_is_told() {
    let address = http_server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let url = format!("ws://{address}/nowhere");
    let output = run(&["--transport", &url, SCRIPT]);
    let words = ["answered 404", "check the path", "/xmpp-websocket"];
    assert_ends(&output, 2, &words);
}

#[test]
fn a_server_that_does_not_speak_http_is_told() {
    let address = http_server("<stream:stream>\r\n\r\n");
    let url = format!("ws://{address}/x");
    let output = run(&["--transport", &url, SCRIPT]);
    assert_ends(&output, 2, &["no WebSocket", "the port for HTTP"]);
    let silent = http_server("");
    let url = format!("ws://{silent}/x");
    let output = run(&["--transport", &url, "--timeout=300ms", SCRIPT]);
    assert_ends(&output, 2, &["the opening of the WebSocket"]);
}

#[test]
fn a_wrong_url_tells_how_a_right_one_looks() {
    let output = run(&["--transport=http://localhost:5280/ws", SCRIPT]);
    assert_ends(&output, 2, &["wss://HOST[:PORT]/PATH"]);
    let output = run(&["--transport=ws", SCRIPT]);
    assert_ends(
        &output,
        2,
        &["for launched servers", "ws://localhost:5280/ws"],
    );
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let nowhere = http_server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    for address in [nobody.unwrap(), nowhere] {
        let url = format!("ws://romeo:secret@{address}/x?token=secret");
        let report = "--report=json";
        let output = run(&["--transport", &url, "-v", report, SCRIPT]);
        assert_ends(&output, 2, &[&format!("{address}")]);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains("secret"), "{said}");
    }
}
