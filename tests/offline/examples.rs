//! The programs in `examples/` do what they say.

#[path = "../../examples/match_stanza.rs"]
#[expect(dead_code, reason = "its `main` is not called")]
mod match_stanza;
#[path = "../../examples/own_reporter.rs"]
#[expect(dead_code, reason = "its `main` is not called")]
mod own_reporter;
#[path = "../../examples/print_script.rs"]
#[expect(dead_code, reason = "its `main` is not called")]
mod print_script;

use std::net::TcpListener;

use scansion::source::SourceFile;

const PLAY: &str = include_str!("../../examples/first_play.scs");

fn text(out: Vec<u8>) -> String {
    String::from_utf8(out).unwrap()
}

#[test]
fn print_script_shows_and_prints_a_script() {
    let mut out = Vec::new();
    print_script::print("first_play.scs", PLAY, &mut out).unwrap();
    let text = text(out);
    assert!(
        text.starts_with("title: A first play\ntag:   rfc: 6121\n"),
        "{text}"
    );
    assert!(text.contains("actor: Juliet's phone (Client)\n"), "{text}");
    assert!(text.contains(":1: Romeo connects\n"), "{text}");
    assert!(text.contains("\t<presence/>\n"), "{text}");
}

#[test]
fn print_script_tells_what_is_wrong() {
    let mut out = Vec::new();
    print_script::print(
        "bad.scs",
        &PLAY.replace("Romeo connects", "Rome connects"),
        &mut out,
    )
    .unwrap();
    let text = text(out);
    assert!(text.contains("error: unknown actor `Rome`"), "{text}");
}

#[test]
fn match_stanza_tells_what_matches_and_what_does_not() {
    let mut out = Vec::new();
    match_stanza::compare_both(&mut out).unwrap();
    assert_eq!(
        text(out),
        "it matches, and the friend is benvolio@example.org\n\
         message/body: expected the text 'Good morrow', got 'Good den'\n"
    );
}

#[tokio::test]
async fn own_reporter_reports_a_server_that_is_not_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap().to_string();
    drop(listener);
    let mut out = Vec::new();
    let source = SourceFile::new("first_play.scs", PLAY);
    own_reporter::act_out(source, &server, &mut out)
        .await
        .unwrap();
    let text = text(out);
    assert!(
        text.contains("ms  Romeo connects: Romeo could not connect"),
        "{text}"
    );
    assert!(
        text.ends_with("A first play: Errored, 0 bytes of XML\n"),
        "{text}"
    );
}
