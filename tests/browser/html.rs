//! The report as a page, in a real browser: what users see of a run, and what a server cannot do to them.

use std::fs;

use scansion::report::Format;
use scansion::report::matrix::{Form, Matrix, Source};
use scansion::report::model::{
    Actor, Baseline, ComparedLine, Difference, End, LinePart, Moment, MomentKind, Place, Report,
    Run, SCHEMA, Script, Standing, Step, Tag, Unexpected, Verdict, WhichSide,
};
use scansion::script::Part;
use serde_json::{Value, json};

use crate::driver::{DOWN, ENTER, TAB};
use crate::page::Page;
use crate::program::run;

// ---- Reports ------------------------------------------------------------------------------------------------

fn report(scripts: Vec<Script>) -> Report {
    Report {
        run: Run {
            schema: SCHEMA,
            scansion: "0.0.0".to_owned(),
            started: "2024-02-29T12:00:00.000Z".to_owned(),
            server: Some("Prosody 13".to_owned()),
            shuffle: None,
            partition: None,
            selected: Vec::new(),
        },
        scripts,
        end: End {
            duration: 61.0,
            interrupted: true,
        },
    }
}

fn script(path: &str, verdict: Verdict) -> Script {
    Script {
        attempts: 1,
        ..Script::unreadable(path, verdict, "so it ended")
    }
}

fn actor(name: &str) -> Actor {
    Actor {
        name: name.to_owned(),
        class: "Client".to_owned(),
        jid: format!("{name}@localhost"),
    }
}

fn step(action: &str, verdict: Verdict) -> Step {
    Step {
        file: None,
        line: 7,
        action: action.to_owned(),
        alternative: None,
        part: Part::Story,
        comments: vec![action.to_owned()],
        clauses: Vec::new(),
        verdict,
        duration: 1.0,
    }
}

fn moment(kind: MomentKind, text: &str) -> Moment {
    Moment {
        at: 0.5,
        actor: 0,
        step: 0,
        kind,
        text: text.to_owned(),
    }
}

/// A script in which that many stanzas come, to an actor that is not in the cast.
fn busy(path: &str, moments: usize) -> Script {
    let stanza = |index| {
        let text = format!("<message id='m{index}'><body>Good morrow</body></message>");
        moment(MomentKind::Received, &text)
    };
    Script {
        steps: vec![step("Romeo receives:", Verdict::Passed)],
        moments: (0..moments).map(stanza).collect(),
        ..script(path, Verdict::Passed)
    }
}

// ---- A table ------------------------------------------------------------------------------------------------

/// The page of several servers: nothing of it is kept out by its policy, and what they say is text.
#[test]
fn a_table_of_servers_is_a_page_that_leads_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("of one.html");
    let failed = report(vec![
        script("<script>alert(1)</script>.scs", Verdict::Failed),
        script("good.scs", Verdict::Passed),
    ]);
    fs::write(&page, Format::Html.write(&failed)).unwrap();
    let mut newer = report(vec![script("good.scs", Verdict::NotSupported)]);
    newer.run.server = Some("Prosody <i>13.1</i>".to_owned());
    let source = |name: &str, report| Source {
        report,
        path: name.into(),
        title: None,
        page: (name == "of one.json").then(|| page.clone()),
    };
    let sources = vec![source("of one.json", failed), source("b.json", newer)];
    let table = Matrix::new(sources).write(Form::Html, folder.path());
    fs::write(folder.path().join("report.html"), table).unwrap();
    let page = Page::in_folder(folder);
    page.assert("document.querySelector('i, main script')", Value::Null);
    page.assert_contains("thead", &["Prosody 13", "Prosody <i>13.1</i>"]);
    page.assert_contains(".losses", &["good.scs"]);
    page.assert(
        "getComputedStyle(document.querySelector('table')).borderCollapse",
        "collapse",
    );
    page.assert("document.querySelector('td.failed').innerText", "✕ failed");
    page.browser
        .run("document.querySelector('td.failed a').click()");
    page.assert("location.pathname.endsWith('/of%20one.html')", true);
    page.assert("location.hash", "#script-1");
    page.assert_quiet();
}

// ---- A run --------------------------------------------------------------------------------------------------

/// The results of a run on a real server, with scripts that pass, one that fails and one that has errors.
fn real() -> Page {
    let folder = tempfile::tempdir().unwrap();
    let report = format!("html={}", folder.path().join("report.html").display());
    let output = run(&[
        "--launch=prosody",
        "--timeout=5",
        "--report",
        &report,
        "spec/rfc6121/roster.scs",
        "spec/xep0045/muc.scs",
        "spec/rfc6120/login.scs",
        "tests/cli/doctored/message_full_jid.scs",
        "tests/cli/broken.scs",
    ]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    Page::in_folder(folder)
}

#[test]
fn a_run_can_be_read_in_a_browser() {
    let page = real();
    what_failed_is_seen_first(&page);
    filters_choose_what_is_shown(&page);
    stanzas_open(&page);
    scripts_are_reached_by_keys(&page);
    page.assert_quiet();
}

fn what_failed_is_seen_first(page: &Page) {
    assert_eq!(page.text("h1"), "2 of 5 scripts need attention");
    page.assert_count(".script[open]", 1);
    let failed = ".script[open] .step.is-failed";
    assert_eq!(page.text(&format!("{failed} .number")), "39");
    assert_eq!(page.text(&format!("{failed} .word")), "failed");
    page.assert_contains(
        &format!("{failed} .problem"),
        &["expected direction='west'"],
    );
    page.assert_contains(
        &format!("{failed} figure:nth-child(1)"),
        &["Expected", "west"],
    );
    page.assert_contains(
        &format!("{failed} figure:nth-child(2)"),
        &["Received", "east"],
    );
    page.assert_contains(&format!("{failed} .missing mark"), &["west"]);
    page.assert_contains(&format!("{failed} .other mark"), &["east"]);
    page.assert_contains(&format!("{failed} .again"), &["scansion run"]);
    told_once(page);
    page.assert(
        "[...document.querySelectorAll('.script[open] .lanes span')].map((one) => one.textContent)",
        json!(["Server", "Romeo", "Juliet", "Juliet's phone"]),
    );
    page.assert(
        "document.querySelector('.tags a').href",
        "https://www.rfc-editor.org/rfc/rfc6120#section-8.1.2.1",
    );
    page.assert_contains(".script[open] .more", &["Server log", "Authenticated as"]);
}

/// The message stands at the step that failed, and neither the log nor the wires are told twice.
fn told_once(page: &Page) {
    let shown = "[...document.querySelectorAll('.script[open] .message, .script[open] .problem')]\
                 .filter((one) => one.checkVisibility()).length";
    page.assert(shown, 1);
    let section = page.text(".script[open] .failure");
    for other in ["last on the wires", "the server's log", "error: "] {
        assert!(!section.contains(other), "{section}");
    }
    let labels = "[...document.querySelectorAll('.script[open] .moment.sent .label')]";
    page.assert(
        &format!("{labels}.some((one) => one.textContent.includes('\"She speaks\"'))"),
        true,
    );
}

fn filters_choose_what_is_shown(page: &Page) {
    page.browser.click("#filters [data-verdict=errored]");
    assert_eq!(page.shown(), json!(["Broken"]));
    assert_eq!(page.text("#shown"), "1 of 5 scripts");
    page.browser.click("#filters [data-verdict=failed]");
    assert_eq!(page.shown(), json!(["Messages to a full JID", "Broken"]));
    page.browser.click("#filters [data-verdict=failed]");
    page.browser.click("#filters [data-verdict=errored]");
    choose_tag(page, "rfc: 6121");
    let tagged = [
        "Messages to a full JID",
        "Roster management",
        "Login and presence",
    ];
    assert_eq!(page.shown(), json!(tagged));
    choose_tag(page, "rfc: 6121 §8.5.3.1");
    assert_eq!(page.shown(), json!(["Messages to a full JID"]));
    choose_tag(page, "xep: 0045");
    assert_eq!(page.shown(), json!(["A room"]));
    choose_tag(page, "");
    page.browser.press("/spEc/xep0045/muc");
    assert_eq!(page.shown(), json!(["A room"]));
    page.browser
        .run("text.value = ''; text.dispatchEvent(new Event('input')); text.blur()");
    assert_eq!(page.shown().as_array().unwrap().len(), 5);
}

fn choose_tag(page: &Page, tag: &str) {
    let script =
        format!("tag.value = {tag:?}; tag.dispatchEvent(new Event('change')); return tag.value");
    assert_eq!(page.browser.run(&script), json!(tag));
}

/// By click and by key; a login opens to its parts, and these to their XML.
fn stanzas_open(page: &Page) {
    let row = |kind: &str| format!(".script[open] button.moment.{kind}");
    page.browser.click(&row("sent"));
    page.assert_contains(".opened pre", &["  <priority>-1</priority>"]);
    page.browser.click(&row("sent"));
    page.assert_count(".opened", 0);

    let received = format!("document.querySelector({:?})", row("received"));
    page.browser.run(&format!("{received}.focus()"));
    page.browser.press(ENTER);
    page.assert_contains(".opened pre", &["<presence xmlns='jabber:client'"]);
    page.assert(&format!("{received}.ariaExpanded"), "true");
    page.browser.press(" ");
    page.assert_count(".opened", 0);

    page.assert_contains(&row("login"), &["login as romeo-full@localhost/"]);
    page.browser.click(&row("login"));
    page.assert_at_least(".parts .moment", 11);
    page.browser.click(".parts button.moment.sent");
    page.assert_contains(".parts pre", &["<stream:stream to='localhost'"]);
}

fn scripts_are_reached_by_keys(page: &Page) {
    let here = "document.activeElement.querySelector('.title')?.textContent";
    page.browser.run("text.focus()");
    page.browser.press(TAB);
    page.assert(here, "Messages to a full JID");
    page.browser.press(TAB);
    page.assert("document.activeElement.textContent", "rfc: 6120 §8.1.2.1");
    page.browser.run("document.activeElement.blur()");
    page.browser.press("j");
    page.assert(here, "Messages to a full JID");
    page.browser.press("jj");
    page.assert(here, "Roster management");
    page.browser.press("k");
    page.assert(here, "Broken");
    page.browser.press(DOWN);
    page.assert(here, "Roster management");
    page.assert_count("#script-1 .moment", 0);
    page.browser.press(ENTER);
    page.assert("document.getElementById('script-1').open", true);
    page.assert_at_least("#script-1 .moment", 6);
}

// ---- Hostile texts ------------------------------------------------------------------------------------------

/// What is run of it changes the title, and nothing of it is to be an element.
const NASTY: &str = "</script></pre></title><img src=x onerror='document.title=1'><b class=evil>\
    <script>document.title=2</script><!--\u{1b}[31m\u{0}\u{202e}olleh\u{2066}\u{2028}&lt;i&gt;' onfocus=x \"";

fn hostile() -> Script {
    let nasty = || NASTY.to_owned();
    let message = format!(
        "<message id='{}'><body>{NASTY}</body></message>",
        NASTY.replace('\'', "")
    );
    use MomentKind::{Closed, Connected, Left, LoginSent, Pinged, Received, Sent};
    let kinds = [LoginSent, Connected, Sent, Received, Pinged, Closed, Left];
    let moments = kinds
        .iter()
        .flat_map(|kind| [moment(*kind, NASTY), moment(*kind, &message)]);
    Script {
        case: nasty().into(),
        title: nasty(),
        description: nasty(),
        tags: [
            nasty(),
            format!("rfc: 6120 §{NASTY}"),
            format!("xep: 1{NASTY}"),
        ]
        .map(Tag::from)
        .to_vec(),
        message: Some(nasty()),
        place: Some(Place { line: 1, column: 1 }),
        explanation: nasty(),
        expected: Some(nasty()),
        received: Some("x".repeat(100_000)),
        comparison: [WhichSide::Both, WhichSide::Expected, WhichSide::Received]
            .map(|side| ComparedLine {
                side,
                parts: [false, true]
                    .map(|differs| LinePart {
                        text: nasty(),
                        differs,
                    })
                    .to_vec(),
            })
            .to_vec(),
        differences: vec![Difference {
            file: None,
            line: 1,
            text: nasty(),
        }],
        help: Some(nasty()),
        notes: vec![nasty()],
        again: Some(nasty()),
        cast: vec![actor(NASTY), actor(&"Romeo".repeat(1000))],
        steps: vec![step(NASTY, Verdict::Failed), step(NASTY, Verdict::NotRun)],
        moments: moments.collect(),
        unexpected: vec![Unexpected {
            actor: 9,
            xml: nasty(),
        }],
        server_log: nasty(),
        flaky: true,
        baseline: Some(Baseline {
            reason: nasty(),
            expires: Some(nasty()),
            standing: Standing::Expired,
        }),
        ..script("", Verdict::Failed)
    }
}

#[test]
fn nothing_that_is_said_is_obeyed() {
    let mut report = report(vec![hostile()]);
    report.run.server = Some(NASTY.to_owned());
    report.run.started = NASTY.to_owned();
    let page = Page::of(&report);
    let title = page.get("document.title");
    page.browser
        .run("document.querySelectorAll('details').forEach((one) => one.open = true)");
    page.assert_at_least("button.moment", 1);
    page.browser
        .run("document.querySelectorAll('button.moment').forEach((one) => one.click())");
    page.browser
        .run("document.querySelectorAll('.parts button').forEach((one) => one.click())");
    page.assert_at_least(".opened pre", 6);
    assert_eq!(
        page.count("img, b, .evil, [onfocus], [onerror], body script:not(:last-child)"),
        0
    );
    assert_eq!(page.get("document.title"), title);
    page.assert_contains(
        ".opened pre.xml",
        &["<img src=x", "\\u{1b}[31m\\u{0}\\u{202e}olleh"],
    );
    page.assert_contains(".tags", &["</script></pre>", "\\u{202e}"]);
    let raw = r"/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/";
    page.assert(
        &format!("{raw}.test(document.documentElement.textContent)"),
        false,
    );
    page.assert(
        "[...document.querySelectorAll('.tags a')].map((one) => one.href)",
        json!([
            "https://www.rfc-editor.org/rfc/rfc6120",
            "https://xmpp.org/extensions/xep-0001.html"
        ]),
    );
    page.assert("document.documentElement.scrollWidth <= innerWidth", true);
    page.assert_quiet();
}

/// What would get in by a mistake of the page is stopped by its policy.
#[test]
fn the_policy_lets_nothing_else_in() {
    let page = Page::of(&report(vec![busy("a.scs", 1)]));
    let add = "const added = document.createElement('div'); document.body.append(added);";
    page.browser.run(&format!(
        "{add} added.innerHTML = '<img src=\"data:,\" onerror=\"document.title=1\"><p style=\"color:red\">'"
    ));
    page.browser.run("const s = document.createElement('script'); s.textContent = 'document.title=2'; document.body.append(s)");
    page.assert("document.title", "The script needs no attention – scansion");
    assert_eq!(page.browser.complaints().len(), 4);
}

// ---- Many ---------------------------------------------------------------------------------------------------

#[test]
fn many_scripts_are_little_until_they_are_opened() {
    let scripts = (0..500).map(|number| Script {
        tags: vec![format!("xep: {:04}", number % 10).into()],
        ..busy(&format!("plays/{number}.scs"), 40)
    });
    let page = Page::of(&report(scripts.collect()));
    let small = page.count("*");
    assert!(small < 500 * 25, "{small} elements");
    page.browser.press("/");
    page.browser.press("plays/49");
    assert_eq!(page.text("#shown"), "11 of 500 scripts");
    choose_tag(&page, "xep: 0009");
    assert_eq!(page.shown(), json!(["plays/49.scs", "plays/499.scs"]));
    page.browser.click("#script-500 > summary");
    page.assert_count(".moment", 40);
    // A link to a script opens it.
    page.load("#script-3");
    page.assert("document.getElementById('script-3').open", true);
    page.assert_quiet();
}

#[test]
fn many_moments_are_drawn_by_and_by() {
    let page = Page::of(&report(vec![busy("a.scs", 10_000)]));
    page.browser.click(".script > summary");
    page.assert_count(".moment", 499);
    assert_eq!(page.text(".rest"), "Show 500 more of 9501");
    page.browser.click(".rest");
    page.assert_count(".moment", 999);
    page.assert_contains(".moment:focus", &["message id=m499"]);
    page.assert_quiet();
}

// ---- Ways to look at it -------------------------------------------------------------------------------------

#[test]
fn it_is_dark_or_light_as_people_like() {
    let page = Page::of(&report(vec![busy("a.scs", 1)]));
    let back = || page.get("getComputedStyle(document.body).backgroundColor");
    let (light, dark) = (json!("rgb(255, 255, 255)"), json!("rgb(21, 24, 28)"));
    page.browser.prefer("light");
    page.load("");
    assert_eq!(back(), light);
    page.browser.click("#theme");
    assert_eq!(back(), dark);
    page.browser.prefer("dark");
    page.load("");
    assert_eq!(back(), dark);
    page.assert("theme.ariaPressed", "true");
    page.browser.click("#theme");
    assert_eq!(back(), light);
}

#[test]
fn marks_and_facts_are_in_words() {
    let mut flaky = busy("a.scs", 1);
    (flaky.flaky, flaky.attempts) = (true, 3);
    let known = Script {
        baseline: Some(Baseline {
            reason: "bug 1749".to_owned(),
            expires: None,
            standing: Standing::Known,
        }),
        ..script("b.scs", Verdict::Failed)
    };
    let all = [flaky, known]
        .into_iter()
        .chain(Verdict::ALL.map(|verdict| script("c.scs", verdict)));
    let page = Page::of(&report(all.collect()));
    page.assert_contains(
        ".top",
        &[
            "Prosody 13",
            "2024-02-29 12:00:00 UTC",
            "1 min 1 s",
            "interrupted",
        ],
    );
    page.assert_contains("#script-1", &["flaky", "Run 3 times"]);
    page.assert_contains("#script-2", &["known", "In the baseline: bug 1749"]);
    page.assert(
        "[...document.querySelectorAll('#filters [data-verdict]')].map((one) => one.textContent)",
        json!([
            "✓ passed 2",
            "✕ failed 2",
            "≠ deviating 1",
            "! could not be run 1",
            "– not supported 1",
            "⊘ not tested 1",
            "○ not run 1"
        ]),
    );
}

#[test]
fn without_javascript_it_is_text() {
    let mut shown = busy("a.scs", 1);
    shown.cast = vec![actor("Romeo")];
    let page = Format::Html.write(&report(vec![shown]));
    assert!(
        page.contains(
            "7: Romeo receives:\n     0.500  Romeo ← message id=m0 &quot;Good morrow&quot;</pre>"
        ),
        "{page}"
    );
}

/// Nothing is loaded from anywhere.
#[test]
fn it_needs_nothing_else() {
    let page = Format::Html.write(&report(vec![busy("a.scs", 1)]));
    for word in ["src=", "<link", "@import", "url(", "http://", "fetch("] {
        assert!(!page.contains(word), "{word}");
    }
}
