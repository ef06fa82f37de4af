//! Scripts of any size: nothing that is read takes more than about as long as it is. If that did not hold, a test here
//! would take hours, or all memory, or the whole stack.

use std::env;
use std::fmt::Write;

use scansion::diagnostic::{Color, Diagnostic};
use scansion::plan::{self, PlanOptions};
use scansion::script;
use scansion::source::SourceFile;

/// A part of each size is tried in every test run, the whole where `SCANSION_SIZES` is `full`, as in `make endurance`.
fn size(whole: usize) -> usize {
    match env::var("SCANSION_SIZES").as_deref() {
        Ok("full") => whole,
        _ => whole / 4,
    }
}

/// The bytes of a long line.
fn long() -> usize {
    size(256 * 1024)
}

/// A large cast.
fn many() -> usize {
    size(10_000)
}

/// A deep element.
fn deep() -> usize {
    size(100_000)
}

const OPENING: &str = "# Play\n[Client] A\n\tjid: a@localhost\n\tpassword: x\n---\nA connects\n";

/// How many problems are drawn: each drawing is of the whole line.
const FEW: usize = 2;

/// Reads a script and does everything with it that needs no server; whether it can be run.
fn bear(text: &str) -> bool {
    let reading = script::read(SourceFile::new("a.scs", text));
    for problem in reading.problems.iter().take(FEW) {
        let drawn = Diagnostic::from(problem).render(&reading.script.source, Color::Plain);
        assert!(!drawn.is_empty());
    }
    let script = &reading.script;
    let printed = script.to_string();
    if reading.is_sound() {
        let plan = plan::resolve(script, &PlanOptions::default());
        let actors = plan.map(|plan| plan.actors.len());
        assert_eq!(actors.ok(), Some(script.cast.len()));
        assert!(script::read(SourceFile::new("a.scs", &printed)).is_sound());
    }
    reading.is_sound()
}

/// A long line made of a text repeated, at each place where a line can be.
fn bear_everywhere(part: &str) {
    let line = part.repeat(long() / part.len());
    bear(&format!(
        "[{line}] A\n[Client] {line}\n\tjid: {line}\n---\n{line} connects\n"
    ));
    bear(&format!("{OPENING}{line}\nA {line}\n"));
    bear(&format!("{OPENING}A receives:\n\t{line}\n"));
    bear(&format!("{OPENING}A sends:\n\t<message id=\"{line}\"/>\n"));
    bear(&format!(
        "{OPENING}A receives:\n\t<message><body>{line}</body></message>\n"
    ));
}

#[test]
fn a_line_of_words() {
    bear_everywhere("A sends ");
    bear_everywhere("a");
}

#[test]
fn a_line_of_openings() {
    bear_everywhere("<a ");
    bear_everywhere("${");
}

#[test]
fn a_line_of_wildcards() {
    bear_everywhere("$<a:/");
    bear_everywhere("$<_>");
}

#[test]
fn a_line_of_marks() {
    bear_everywhere("&a");
    bear_everywhere("é=");
}

#[test]
fn a_line_that_is_right() {
    let body = "a ".repeat(long() / 2);
    let text = format!("{OPENING}A receives:\n\t<message><body>{body}</body></message>\n");
    assert!(bear(&text));
    let children = "<a b='1'/>".repeat(long() / 10);
    let text = format!("{OPENING}A receives:\n\t<message>{children}</message>\n");
    assert!(bear(&text));
}

#[test]
fn a_large_cast() {
    let (mut cast, mut story) = (String::new(), String::new());
    for number in 0..many() {
        let _ = writeln!(
            cast,
            "[Client] Actor {number}\n\tjid: a{number}@localhost\n\tpassword: x\n"
        );
        let _ = writeln!(
            story,
            "Actor {number} connects\n\nActor {number} sends:\n\t<message to=\"${{Actor {number}'s full JID}}\"/>\n"
        );
    }
    assert!(bear(&format!("# Play\n{cast}---\n{story}")));
}

#[test]
fn a_cast_that_is_all_the_same() {
    let actor = "[Client] A\n\tjid: a@localhost/r\n\tpassword: x\n";
    let unknown = "B connects\nA receives:\n\t<a b='${Nobody}'/>\n";
    let text = format!(
        "# Play\n{}---\n{}",
        actor.repeat(many()),
        unknown.repeat(many())
    );
    assert!(!bear(&text));
}

#[test]
fn an_element_of_many_levels() {
    for (open, close) in [
        ("<a>", "</a>"),
        ("<a b='$<_>'>", ""),
        ("<p:a xmlns:p='u'>", "</p:a>"),
    ] {
        let element = format!("{}{}", open.repeat(deep()), close.repeat(deep()));
        for verb in ["sends", "receives"] {
            assert!(!bear(&format!("{OPENING}A {verb}:\n\t{element}\n")));
        }
    }
}

/// A story in which so many names get a value, each in one of these elements.
fn capturing(element: impl Fn(usize) -> String, before: &str, between: &str) -> String {
    let elements: Vec<String> = (0..deep() / 4).map(element).collect();
    format!("{OPENING}{before}{}", elements.join(between))
}

#[test]
fn many_names_that_get_a_value() {
    let child = |number: usize| format!("<b c='$<n{number}>'/>");
    let of_one = |elements: String| format!("{elements}</a>\n");
    assert!(bear(&of_one(capturing(child, "A receives:\n\t<a>", ""))));
    let counted = |number: usize| format!("<b c='$<n{number}>' scansion:times='1'/>");
    assert!(bear(&of_one(capturing(counted, "A receives:\n\t<a>", ""))));
    let receives = |number: usize| format!("A receives:\n\t<a b='$<n{number}>'/>\n");
    assert!(bear(&capturing(receives, "", "")));
    let alternative = |number: usize| format!("\tA receives:\n\t\t<a b='$<n{number}>'>$<x></a>\n");
    assert!(bear(&capturing(alternative, "Either\n", "or\n")));
}

#[test]
fn many_services() {
    let services =
        (0..deep() / 4).map(|number| format!("## requires: conference/text as s{number}\n"));
    let services: String = services.collect();
    assert!(bear(
        &OPENING.replace("[Client]", &format!("{services}[Client]"))
    ));
}
