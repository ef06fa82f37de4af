//! XMPP over WebSocket (RFC 7395) where there is none, or one that does not keep to it.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::program::{assert_ends, run, text};
use tokio_tungstenite::tungstenite;
use tungstenite::Message;
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::HeaderValue;

const SCRIPT: &str = "tests/scripts/live/one_login.scs";

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

/// What a client sends after the features of a server's WebSocket.
fn answer_to(features: &'static str, tls: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    let (answers, answer) = mpsc::channel();
    thread::spawn(move || {
        let (connection, _) = listener.accept().unwrap();
        let mut socket = tungstenite::accept_hdr(connection, choose_xmpp).unwrap();
        socket.read().unwrap();
        let open =
            "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='localhost' version='1.0'/>";
        for text in [open, features] {
            socket.send(Message::text(text)).unwrap();
        }
        let _ = answers.send(socket.read().unwrap().to_string());
    });
    let output = run(&["--transport", &url, "--tls", tls, SCRIPT]);
    // A client that has not come does not come any more: nobody waits for it.
    let answer = answer.recv_timeout(Duration::from_secs(60));
    answer.unwrap_or_else(|_| panic!("the client sent nothing: {}", text(&output)))
}

/// One script is for streams of both kinds: the header that it expects is an `<open/>` in a WebSocket.
#[test]
fn a_header_is_received_in_a_websocket() {
    let folder = tempfile::tempdir().unwrap();
    let judged = |header: &str| {
        let script = folder.path().join("header.scs");
        let story = format!(
            "[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: secret\n---\nRomeo opens a stream\n\nRomeo receives within 1 s:\n\t{header}\n\t<stream:features/>\n\nRomeo drops the connection\n"
        );
        std::fs::write(&script, story).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}/ws", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (connection, _) = listener.accept().unwrap();
            let mut socket = tungstenite::accept_hdr(connection, choose_xmpp).unwrap();
            socket.read().unwrap();
            for text in [
                "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='localhost' version='1.0'/>",
                "<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>",
            ] {
                socket.send(Message::text(text)).unwrap();
            }
            while socket.read().is_ok() {}
        });
        run(&[
            "--transport",
            &url,
            "--tls",
            "none",
            script.to_str().unwrap(),
        ])
    };
    for header in [
        "<stream:stream xmlns='jabber:client' from='localhost' version='1.0'>",
        "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='localhost'/>",
    ] {
        assert_ends(&judged(header), 0, &["passed"]);
    }
    assert_ends(
        &judged("<stream:stream from='elsewhere'>"),
        1,
        &["elsewhere"],
    );
}

#[expect(clippy::result_large_err, reason = "the library wants it so")]
fn choose_xmpp(_: &Request, mut answer: Response) -> Result<Response, ErrorResponse> {
    let subprotocol = HeaderValue::from_static("xmpp");
    let headers = answer.headers_mut();
    headers.insert("Sec-WebSocket-Protocol", subprotocol);
    Ok(answer)
}

/// A server must not offer it there, and a client has to pass it over (RFC 7395 §3.9).
#[test]
fn starttls_is_not_for_websockets() {
    let features = "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>\
                    <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>\
                    <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>\
                    </stream:features>";
    for tls in ["auto", "none"] {
        let sent = answer_to(features, tls);
        assert!(sent.starts_with("<auth "), "{sent}");
    }
}
