//! What a server, a script or a file's name says is seen wherever it is shown, and obeyed nowhere; and no secret is in
//! it, however it is written.

use std::fs;
use std::path::Path;
use std::thread;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE};

use crate::program::scansion;
use crate::shop;

const FORMATS: [&str; 6] = ["json", "html", "junit", "tap", "markdown", "github"];

/// Long enough for what comes at once.
const WAIT: &str = "--timeout=1s";

// ---- A server -----------------------------------------------------------------------------------------------

/// A server for components (XEP-0114) that answers the handshake with these words, and nothing else. Gives its address.
fn server(words: String) -> String {
    shop::server_that_says(move |_| words.clone())
}

// ---- All that is shown --------------------------------------------------------------------------------------

/// Something that was shown or written, and what it is.
struct Shown {
    what: String,
    text: String,
}

fn command(arguments: &[&str], folder: &Path) -> Vec<Shown> {
    let mut command = scansion(arguments);
    let output = command.current_dir(folder).output().unwrap();
    let shown = |stream: &str, bytes: Vec<u8>| Shown {
        what: format!("{stream} of {arguments:?}"),
        text: String::from_utf8(bytes).unwrap(),
    };
    vec![
        shown("stdout", output.stdout),
        shown("stderr", output.stderr),
    ]
}

/// All that is shown of a script that is run against a server: on the screen, in reports, in a transcript, by the other
/// commands.
fn all_outputs(folder: &Path, script: &str, address: &str) -> Vec<Shown> {
    let place = ["--component-server", address, WAIT];
    let run = |options: &[&str]| {
        let arguments = [&["run", script], options, &place].concat();
        command(&arguments, folder)
    };
    let mut all = Vec::new();
    for format in FORMATS {
        all.extend(run(&["--report", format]));
    }
    let files = FORMATS.map(|format| format!("--report={format}=report.{format}"));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    all.extend(run(&[
        &["-v", "--transcript=transcripts"],
        files.as_slice(),
    ]
    .concat()));
    for format in FORMATS {
        let text = fs::read_to_string(folder.join(format!("report.{format}"))).unwrap();
        let what = format!("the {format} file");
        all.push(Shown { what, text });
    }
    for entry in fs::read_dir(folder.join("transcripts")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let what = "the transcript".to_owned();
        all.push(Shown { what, text });
        all.extend(command(
            &["explain", "-v", path.to_str().unwrap(), script],
            folder,
        ));
    }
    all.extend(command(
        &[
            "--color=always",
            "run",
            "-v",
            script,
            WAIT,
            "--component-server",
            address,
        ],
        folder,
    ));
    all.extend(command(&["check", script], folder));
    all.extend(command(&["list", script], folder));
    all.extend(command(&["report", "merge", "report.json"], folder));
    for form in ["markdown", "html"] {
        let arguments = ["report", "compare", "report.json", "--report", form];
        all.extend(command(&arguments, folder));
    }
    all.extend(run(&["--bless", "--yes"]));
    all
}

// ---- Secrets ------------------------------------------------------------------------------------------------

const SECRET: &str = "open&sesame>17";

/// The secret as a hostile server could write it, each with the part that tells the secret.
fn encodings() -> Vec<(String, String)> {
    let same = |text: String| (text.clone(), text);
    let xml = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let bytes = |write: fn(u8) -> String| SECRET.bytes().map(write).collect::<String>();
    let list: Vec<String> = SECRET.bytes().map(|byte| byte.to_string()).collect();
    let plain = format!("\0shop\0{SECRET}");
    let mut all = vec![
        (xml(SECRET), SECRET.to_owned()),
        (format!("it is {}!", xml(SECRET)), SECRET.to_owned()),
        (xml(SECRET).replace('>', "&gt;"), SECRET.to_owned()),
        (bytes(|byte| format!("&#{byte};")), SECRET.to_owned()),
        (
            "open&amp;<![CDATA[sesame]]>>17".to_owned(),
            SECRET.to_owned(),
        ),
        same(bytes(|byte| format!("%{byte:02x}"))),
        same(bytes(|byte| format!("\\u{byte:04x}"))),
        same(bytes(|byte| format!("\\{byte:03}"))),
        same(bytes(|byte| format!("{byte:02x}"))),
        same(bytes(|byte| format!("{byte:02X}:"))),
        same(bytes(|byte| format!("{byte:02x}00"))),
        same(bytes(|byte| format!("={byte:02X}"))),
        same(list.join(",")),
    ];
    for before in ["", "a", "ab"] {
        let text = format!("{before}{plain}{before}");
        all.push(same(BASE64_STANDARD.encode(&text)));
        all.push(same(BASE64_STANDARD_NO_PAD.encode(&text)));
        all.push(same(BASE64_URL_SAFE.encode(&text)));
    }
    all.push(same(BASE64_STANDARD.encode(SECRET)));
    all.push(same(BASE64_STANDARD.encode(&plain)));
    all
}

#[track_caller]
fn assert_tells_no_secret(shown: &[Shown]) {
    let written = [
        SECRET.replace('&', "&amp;"),
        SECRET.replace('&', "&amp;").replace('>', "&gt;"),
    ];
    let encodings = encodings().into_iter().map(|(_, telling)| telling);
    let telling: Vec<String> = encodings.chain(written).collect();
    for Shown { what, text } in shown {
        for secret in &telling {
            assert!(
                !text.contains(secret.as_str()),
                "{secret} is in {what}:\n{text}"
            );
        }
    }
}

fn script(title: &str, tag: &str, name: &str) -> String {
    format!(
        "# {title}\n## {tag}\n\n[Component] {name}\n\tjid: shop.localhost\n\tsecret: {SECRET}\n\n---\n\n\
         {name} connects\n\n{name} receives:\n\t<message>\n\t\t<body>Good morrow</body>\n\t</message>\n"
    )
}

#[test]
fn no_output_tells_a_secret_in_any_encoding() {
    let mut words = String::from("<handshake/>");
    for (encoding, _) in encodings() {
        words.push_str(&format!(
            "<message to='shop.localhost' id='{0}'><body>{0}</body></message>",
            encoding.replace("<![CDATA[", "").replace("]]>", "")
        ));
        words.push_str(&format!(
            "<message to='shop.localhost'><subject>x</subject><body>{encoding}</body></message>"
        ));
    }
    let refusals = encodings().into_iter().map(|(encoding, _)| {
        format!(
            "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
             <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{encoding} is wrong</text></stream:error></stream:stream>"
        )
    });
    // What is said in a refusal goes another way; three of them stand for all.
    thread::scope(|scope| {
        for words in [words].into_iter().chain(refusals.step_by(8)) {
            scope.spawn(move || {
                let shown = outputs_for_a_server_that_says(words);
                assert_tells_no_secret(&shown);
                assert!(shown.iter().any(|shown| shown.text.contains("[redacted]")));
            });
        }
    });
}

/// All that is shown of a play for a server that says these words.
fn outputs_for_a_server_that_says(words: String) -> Vec<Shown> {
    let folder = tempfile::tempdir().unwrap();
    let text = script("Play", "slow", "Shop");
    fs::write(folder.path().join("play.scs"), text).unwrap();
    all_outputs(folder.path(), "play.scs", &server(words))
}

/// A password that comes by an option is hidden before anything else is read, here a recipe that has it as well.
#[test]
fn a_file_with_a_mistake_tells_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let play = script("Play", "slow", "Shop");
    fs::write(folder.path().join("play.scs"), play).unwrap();
    let recipe = "password = moonlit-balcony\n";
    fs::write(folder.path().join("own.toml"), recipe).unwrap();
    let run = ["run", "play.scs", "--launch=./own.toml"];
    let arguments = [&run[..], &["--password=moonlit-balcony"]].concat();
    let shown = command(&arguments, folder.path());
    assert!(shown.iter().any(|shown| shown.text.contains("own.toml")));
    for Shown { what, text } in shown {
        assert!(!text.contains("moonlit"), "{what}: {text}");
    }
}

#[test]
fn what_a_server_says_before_it_ends_tells_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("play.scs"),
        script("Play", "slow", "Shop"),
    )
    .unwrap();
    for (encoding, _) in encodings() {
        let log = folder.path().join("log");
        fs::write(
            &log,
            format!(
                "secret={SECRET}\nit is {}\n<auth>{encoding}</auth>\n",
                encoding
            ),
        )
        .unwrap();
        let shown = command(
            &[
                "run",
                "play.scs",
                "--launch-command",
                "cat log; exit 1",
                "--report=json",
            ],
            folder.path(),
        );
        assert_tells_no_secret(&shown);
    }
}

/// A script with mistakes is drawn, and the line with the password may be one of them.
#[test]
fn no_script_is_drawn_with_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let good = script("Play", "slow", "Shop");
    let line = format!("\tsecret: {SECRET}");
    for wrong in [
        format!("\tsecret {SECRET}"),
        format!("secret: {SECRET}"),
        format!("\tsecert: {SECRET}"),
        format!("\tSecret = {SECRET}"),
        format!("\tpasword: {SECRET}"),
        format!("\tpassword: {SECRET}\n\tsecret: {SECRET}"),
        format!("\tsecret: {SECRET}\n\tconnect_url: ws://a:{SECRET}@b:99999/"),
        format!("\tsecret: {SECRET}\n\tjid: {SECRET}@x y"),
    ] {
        let text = good.replace(&line, &wrong);
        let text = format!("{text}\nNobody sends:\n\t<a b='{SECRET}'>\n");
        fs::write(folder.path().join("play.scs"), text).unwrap();
        let shown = command(&["check", "play.scs"], folder.path());
        assert_tells_no_secret(&shown);
        assert!(shown[0].text.contains("error"), "{}", shown[0].text);
        let shown = command(&["run", "play.scs", "--report=json"], folder.path());
        assert_tells_no_secret(&shown);
    }
}

// ---- What could be obeyed -----------------------------------------------------------------------------------

/// Characters that XML lets a server send, and that are not to reach a terminal.
const UNSEEN: &str = "\u{7f}\u{80}\u{85}\u{9b}\u{9d}\u{ad}\u{61c}\u{180e}\u{200b}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\
                      \u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{feff}\u{fff9}\u{e0001}\u{e0041}\u{e007f}";

/// Those that scripts, names of files and arguments could have as well.
const COMMANDS: &str = "\u{1b}[31m\u{1b}]0;x\u{7}\u{8}\u{b}\u{c}";

#[track_caller]
fn assert_nothing_is_obeyed(shown: &[Shown]) {
    for Shown { what, text } in shown {
        let is_github = what.contains(r#""--report", "github""#);
        // The colours of the program itself.
        let plain = match what.contains("--color=always") {
            true => colourless(text),
            false => text.clone(),
        };
        let is_obeyed = |character: &char| {
            UNSEEN.contains(*character)
                || character.is_control() && !matches!(character, '\n' | '\t')
        };
        let obeyed: Vec<char> = plain.chars().filter(is_obeyed).collect();
        assert!(obeyed.is_empty(), "{obeyed:?} in {what}:\n{text}");
        assert!(!plain.contains("\u{1b}[31mx"), "{what}");
        if what.starts_with("std") && !is_github {
            let mut lines = plain.lines().map(str::trim_start);
            assert!(!lines.any(|line| line.starts_with("::")), "{what}:\n{text}");
        }
        for line in plain
            .lines()
            .filter(|_| is_github && what.starts_with("stdout"))
        {
            let is_own = ["::error ", "::warning ", "::notice "]
                .iter()
                .any(|own| line.starts_with(own));
            assert!(is_own, "{what}: {line}");
        }
        let is_file = !what.starts_with("std");
        assert!(is_file || !plain.contains("##[error]"), "{what}:\n{text}");
    }
}

/// A text without colours; a colour directly before a sign of ours would be another's.
fn colourless(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| !(c.is_ascii_digit() || c == ';'))
            .unwrap();
        assert_eq!(&part[end..=end], "m", "{part:?}");
        plain.push_str(&part[end + 1..]);
    }
    plain
}

#[test]
fn nothing_that_a_server_says_is_obeyed() {
    let evil = format!("{UNSEEN}&#x85;&#x9b;31mx\n::error::x\n   ::error::x ##[error]x");
    let message = format!(
        "<handshake/><message to='shop.localhost' id='{UNSEEN}'><body>{evil}</body><x xmlns='urn:{UNSEEN}' a='{evil}'/></message>"
    );
    let refusal = format!(
        "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{evil}</see-other-host></stream:error></stream:stream>"
    );
    thread::scope(|scope| {
        for words in [message, refusal] {
            scope.spawn(|| assert_nothing_is_obeyed(&outputs_for_a_server_that_says(words)));
        }
    });
}

/// What matters would not be found among it.
#[test]
fn what_a_server_says_without_end_does_not_fill_a_message() {
    let long = "x".repeat(200_000);
    let error = |condition: &str| {
        format!(
            "<stream:error>{condition}<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{long}</text></stream:error></stream:stream>"
        )
    };
    let moved = format!(
        "<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{long}</see-other-host>"
    );
    let refusals = [
        error(&moved),
        error(&format!(
            "<{long} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        )),
        format!("<{long}/>"),
        format!("<a xmlns='{long}'/>"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let text = script("Play", "slow", "Shop");
    fs::write(folder.path().join("play.scs"), text).unwrap();
    let shown_of = |words: &str| {
        let address = server(words.to_owned());
        let arguments = ["run", "play.scs", "--component-server", &address, WAIT];
        command(&arguments, folder.path())
    };
    for words in refusals {
        for Shown { what, text } in shown_of(&words) {
            let start: String = text.chars().take(3000).collect();
            assert!(text.len() < 20_000, "{} in {what}: {start}", text.len());
        }
        // What came instead of a stanza is drawn as a whole, below the message.
        for Shown { what, text } in shown_of(&format!("<handshake/>{words}")) {
            let mut messages = text.lines().filter(|line| line.starts_with("error: "));
            assert!(messages.all(|line| line.len() < 5000), "{what}");
        }
    }
}

#[test]
fn nothing_that_a_script_or_its_name_says_is_obeyed() {
    let evil = format!("{UNSEEN}{COMMANDS}x ##[error]x");
    // A line feed or U+2028 is no part of a line of a script.
    let inside: String = evil
        .chars()
        .filter(|c| !matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}'))
        .collect();
    let sound = script(
        &format!("Play {inside}"),
        &format!("slow: {inside}"),
        "Shop",
    );
    let sound = sound.replace("Shop connects", &format!("# {inside}\nShop connects"));
    let broken = format!("{sound}\nNo{UNSEEN}body connects\n\nShop {evil}\n");
    let names = [
        "a\n::error::x.scs",
        "a\n  ::error::x\u{1b}[31mx\u{202e}\u{9b}.scs",
        "##[error]x.scs",
    ];
    for (text, name) in [sound, broken]
        .iter()
        .flat_map(|text| names.map(|name| (text, name)))
    {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        let shown = command(&["check", name], folder.path());
        assert_nothing_is_obeyed(&shown);
        assert_nothing_is_obeyed(&command(&["--color=always", "check", name], folder.path()));
        assert_nothing_is_obeyed(&command(&["list", "."], folder.path()));
        let address = server("<handshake/>".to_owned());
        for format in FORMATS {
            let arguments = [
                "run",
                ".",
                "--report",
                format,
                "--component-server",
                &address,
                "--timeout=200ms",
            ];
            assert_nothing_is_obeyed(&command(&arguments, folder.path()));
        }
        let arguments = [
            "--color=always",
            "run",
            "-v",
            ".",
            "--component-server",
            &address,
            "--timeout=200ms",
        ];
        assert_nothing_is_obeyed(&command(&arguments, folder.path()));
    }
}

#[test]
fn nothing_that_an_argument_says_is_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let evil = format!("{UNSEEN}{COMMANDS}\n::error::x ##[error]x");
    for arguments in [
        ["run", &evil].as_slice(),
        &["run", "--retries", &evil, "x.scs"],
        &["run", &format!("--{evil}")],
        &["run", "--report", &evil, "x.scs"],
        &["explain", &evil],
        &["report", "merge", &evil],
        &["report", "compare", &evil],
        &["report", "compare", "x", "--report", &evil],
        &["run", "--config", &evil],
        &[&evil],
    ] {
        let shown = command(arguments, folder.path());
        let unnamed = shown.into_iter().map(|shown| Shown {
            what: shown.what.split(' ').next().unwrap().to_owned(),
            ..shown
        });
        assert_nothing_is_obeyed(&unnamed.collect::<Vec<_>>());
    }
}
