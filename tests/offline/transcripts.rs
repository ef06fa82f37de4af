//! `explain`: scripts are judged by a transcript, without a server.

use std::fs;
use std::path::Path;

use regex::Regex;

use crate::explain::{explain, file, scansion};

/// The transcript of a shop that gets a presence, and then an order with the wares in another order.
const ORDER: &str = "tests/cli/order.transcript";
const ORDER_SCRIPT: &str = "tests/cli/plays/b_order.scs";

#[test]
fn more_or_less_can_be_expected() {
    let order = Path::new(ORDER);
    let script = ORDER_SCRIPT;
    explain(order, &[script]).ended(1, &["the children are in another order", "b_order.scs:16:"]);
    explain(order, &[script, "--child-order", "any"]).ended(0, &["pass  An order"]);
    explain(order, &[script, "--matching", "open"]).ended(0, &["pass  An order"]);
    explain(order, &[script, "--child-order=any", "--strict"]).ended(1, &["the script is strict"]);
    explain(order, &[script, "--child-order=any", "--complete"])
        .ended(1, &["Shop received what nobody expected (came during line"]);
    for quiet in ["-q", "--quiet"] {
        let done = explain(order, &[script, "--child-order=any", quiet]).ended(0, &[]);
        assert_eq!(done.text, "");
    }
    for verbose in ["-v", "--verbose"] {
        let words = [
            "  11 Shop connects",
            "Shop <- <presence",
            "unexpected, to Shop: <presence",
        ];
        explain(order, &[script, "--child-order=any", verbose]).ended(0, &words);
    }
}

#[test]
fn what_was_asked_for_in_the_run_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(ORDER).unwrap();
    let with = |line: &str| text.replace("timeout: 1s\n", &format!("timeout: 1s\n{line}\n"));
    let lenient = file(folder.path(), "lenient", with("child-order: any"));
    explain(Path::new(&lenient), &[ORDER_SCRIPT]).ended(0, &[]);
    let open = file(folder.path(), "open", with("matching: open"));
    explain(Path::new(&open), &[ORDER_SCRIPT]).ended(0, &[]);
    let strict = file(folder.path(), "strict", with("strict: yes"));
    explain(Path::new(&strict), &[ORDER_SCRIPT]).ended(1, &["the script is strict"]);
    let complete = file(
        folder.path(),
        "complete",
        with("complete: yes\nchild-order: any"),
    );
    explain(Path::new(&complete), &[ORDER_SCRIPT]).ended(1, &["received what nobody expected"]);
}

#[test]
fn what_cannot_be_judged_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let new = |name: &str, text: &str| file(folder.path(), name, text);
    let text = fs::read_to_string(ORDER).unwrap();
    let script = fs::read_to_string(ORDER_SCRIPT).unwrap();
    for (transcript, script, words) in [
        (
            "nowhere".to_owned(),
            ORDER_SCRIPT.to_owned(),
            "nowhere: No such file",
        ),
        (
            ORDER_SCRIPT.to_owned(),
            ORDER_SCRIPT.to_owned(),
            "b_order.scs:1: this is no transcript",
        ),
        (
            new("newer", &text.replace("transcript 1", "transcript 7")),
            ORDER_SCRIPT.to_owned(),
            "newer:1: this transcript has form 7",
        ),
        (
            new(
                "hostile",
                &text.replace("timeout: 1s", "timeout: \u{1b}[2J"),
            ),
            ORDER_SCRIPT.to_owned(),
            "hostile:6: `\\u{1b}[2J` is not a time",
        ),
        (
            ORDER.to_owned(),
            "nowhere.scs".to_owned(),
            "nowhere.scs: No such file",
        ),
        (
            ORDER.to_owned(),
            new("tavern.scs", &script.replace("Shop", "Tavern")),
            "tavern.scs: Tavern is not in the transcript; run the script again",
        ),
        (
            new(
                "two",
                &text.replace(
                    "component: Shop",
                    "component: Tavern\n\ttavern.localhost\ncomponent: Shop",
                ),
            ),
            ORDER_SCRIPT.to_owned(),
            "b_order.scs: Tavern is in the transcript, and not in the script; run the script again",
        ),
        (
            ORDER.to_owned(),
            new("moved.scs", &script.replace("jid: shop", "jid: tavern")),
            "Shop is [Component] shop.localhost in the transcript, and [Component] tavern.localhost in the script",
        ),
        (
            ORDER.to_owned(),
            new("broken.scs", "Shop connects\n"),
            "error: ",
        ),
    ] {
        explain(Path::new(&transcript), &[&script]).ended(2, &[words]);
    }
    let bytes = [text.as_bytes(), b"\xff"].concat();
    let latin = file(folder.path(), "latin", bytes);
    explain(Path::new(&latin), &[]).ended(2, &[":36: this is not UTF-8 text"]);
    // Without a script it is the one that was run, from where it was run.
    let words = [
        "plays/b_order.scs: No such file",
        "`scansion explain TRANSCRIPT SCRIPT`",
    ];
    explain(Path::new(ORDER), &[]).ended(2, &words);
}

#[test]
fn a_folder_that_cannot_be_made_is_told_before_anything_is_run() {
    let done = scansion(&[
        "run",
        "spec/rfc6120/login.scs",
        "--launch=prosody",
        "--transcript",
        "/proc/none",
    ]);
    let done = done.ended(2, &["/proc/none: "]);
    assert!(!Regex::new("pass|FAIL|ERROR").unwrap().is_match(&done.text));
}

#[test]
fn what_is_hidden_in_a_transcript_is_told_where_a_script_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("plays")).unwrap();
    let challenge = |text: &str| {
        format!("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{text}</challenge>")
    };
    let script = |text: &str| {
        let head = fs::read_to_string(ORDER_SCRIPT).unwrap();
        let (head, _) = head.split_once("<message").unwrap();
        let text = format!("{head}<message>{}</message>\n", challenge(text));
        file(folder.path(), "plays/b_order.scs", text)
    };
    let order = "<order xmlns='urn:example:order'><bread/><wine/></order>";
    let transcript = fs::read_to_string(ORDER).unwrap();
    let transcript = transcript.replace(order, &challenge("[redacted]"));
    let transcript = file(folder.path(), "order.transcript", transcript);
    let told = "a transcript has only `[redacted]` of SASL payloads";
    let narrow = script("$<c:/cj1.*/>");
    explain(Path::new(&transcript), &[&narrow]).ended(1, &[told]);
    let doubt = |script: &str| {
        let folder = folder.path().to_str().unwrap();
        scansion(&["doubt", script, "--transcripts", folder])
    };
    doubt(&narrow).ended(2, &["it fails by its recording", told]);
    let wide = script("$<c>");
    explain(Path::new(&transcript), &[&wide]).ended(0, &["pass  An order"]);
    doubt(&wide).ended(0, &[]);
}

#[test]
fn transcripts_of_earlier_runs_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let heard = folder.path().join("heard");
    let run = |scripts: &[&str], more: &[&str]| {
        let fixed = [
            "run",
            "--server",
            "127.0.0.1:1",
            "--transcript",
            heard.to_str().unwrap(),
        ];
        scansion(&[&fixed[..], scripts, more].concat()).ended(2, &[])
    };
    let (client, order) = ("tests/cli/client.scs", ORDER_SCRIPT);
    let note = "not of this run, but of an earlier one, in ";
    let first = run(&[client, order], &[]);
    assert!(!first.text.contains(note), "{}", first.text);
    let second = run(&[client], &[]);
    let told = format!(
        "{note}{}: 002-tests-cli-plays-b_order.transcript\n",
        heard.display()
    );
    assert!(second.text.contains(&told), "{}", second.text);
    for quiet in [&["-q"][..], &["--quiet"]] {
        assert!(!run(&[client], quiet).text.contains(note));
    }
}
