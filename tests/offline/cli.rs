//! The whole program, from its arguments to its exit code. No XMPP server is needed: what little is said to
//! the actors, a server made for it says.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::program::root;
use crate::shop;

/// A secret of the scripts in `tests/cli/`; the program must never show it.
const SECRET: &str = "open-sesame";

/// A message that fits the first and the second play, and a presence that fits the third.
const LINES: &str = "<message from='romeo@localhost' to='shop.localhost'>\
    <body>Good morrow</body><order xmlns='urn:example:order'><wine/><bread/></order></message>\
    <presence from='romeo@localhost' to='shop.localhost' type='unavailable'/>";

// ---- The program --------------------------------------------------------------------------------------------

/// What the program has said and done.
struct Done {
    code: i32,
    out: String,
    err: String,
}

impl Done {
    fn both(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let done = Done {
            code: output.status.code().expect("it ends by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!done.both().contains(SECRET), "{}", done.both());
        assert!(!done.err.contains("panicked"), "{}", done.err);
        done
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = crate::program::scansion(arguments);
    command.current_dir(root().join("tests/cli"));
    command
}

fn scansion(arguments: &[&str]) -> Done {
    program(arguments).output().unwrap().into()
}

/// Runs scripts against a server.
fn run(address: &str, arguments: &[&str]) -> Done {
    scansion(&[&["run", "--server", address], arguments].concat())
}

#[track_caller]
fn assert_code(done: &Done, code: i32) {
    assert_eq!(done.code, code, "{}", done.both());
}

#[track_caller]
fn assert_says(done: &Done, words: &[&str]) {
    let both = done.both();
    for word in words {
        assert!(both.contains(word), "no {word:?} in:\n{both}");
    }
}

/// The program does not do what it is asked to, and says why in these words.
#[track_caller]
fn assert_refuses(arguments: &[&str], words: &[&str]) {
    let done = scansion(arguments);
    assert_code(&done, 2);
    assert_says(&done, words);
}

// ---- Servers ------------------------------------------------------------------------------------------------

/// A server for components (XEP-0114). It lets every component in, sends its lines, and answers nothing.
fn server(lines: &'static str) -> String {
    shop::deaf_server_that_says(move |_| format!("<handshake/>{lines}"))
}

/// A port that takes connections and says nothing.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

// ---- Exit codes ---------------------------------------------------------------------------------------------

#[test]
fn it_is_0_when_all_pass() {
    let done = run(&server(LINES), &["plays"]);
    assert_code(&done, 0);
    assert_says(
        &done,
        &[
            "pass  A greeting  plays/a_greeting.scs  ",
            "pass  An order  plays/b_order.scs  ",
            "pass  A farewell  plays/later/c_farewell.scs  ",
            "3 scripts: 3 passed, ",
        ],
    );
    assert_eq!(done.err, "");
}

#[test]
fn it_is_1_when_one_fails() {
    let lines = "<message from='romeo@localhost'><body>Good morrow</body></message>";
    let done = run(&server(lines), &["plays", "--timeout", "1"]);
    assert_code(&done, 1);
    assert_says(
        &done,
        &[
            "pass  A greeting",
            "FAIL  An order",
            "plays/b_order.scs:15:",
            "no <order xmlns='urn:example:order'> among 1 child",
            "FAIL  A farewell",
            "3 scripts: 1 passed, 2 failed",
        ],
    );
}

#[test]
fn it_is_2_when_one_cannot_be_run() {
    let done = run(&server(LINES), &["plays", "broken.scs"]);
    assert_code(&done, 2);
    assert_says(
        &done,
        &["3 passed", "1 could not be run", "unknown actor `Rome`"],
    );
}

#[test]
fn it_is_2_when_nothing_is_selected() {
    let nothing = "no script is selected";
    let empty = tempfile::tempdir().unwrap();
    let empty = empty.path().to_str().unwrap();
    for command in ["run", "check", "list"] {
        assert_refuses(&[command, empty], &[nothing, "no *.scs file"]);
        assert_refuses(
            &[command, "plays", "--only-tags", "fast"],
            &[nothing, "none of 3"],
        );
        assert_refuses(
            &[command, "plays", "--skip-tags", "slow", "--filter", "greet"],
            &[nothing],
        );
        assert_refuses(&[command, "plays", "--filter", "masque"], &[nothing]);
    }
}

#[test]
fn it_is_2_when_a_file_cannot_be_read() {
    for command in ["run", "check", "list"] {
        assert_refuses(&[command, "missing.scs"], &["error: missing.scs: "]);
        assert_refuses(
            &[command, "latin.scs"],
            &["error: latin.scs:2: this is not UTF-8 text"],
        );
    }
}

#[test]
fn other_scripts_run_when_one_cannot_be_read() {
    let done = run(&server(LINES), &["latin.scs", "plays/a_greeting.scs"]);
    assert_code(&done, 2);
    assert_says(
        &done,
        &[
            "pass  A greeting",
            "latin.scs:2",
            "2 scripts: 1 passed, 1 could not be run",
        ],
    );
    let done = scansion(&["check", "latin.scs", "plays"]);
    assert_eq!(done.out, "4 scripts: 1 error, no warnings\n");
}

#[test]
fn a_link_to_nowhere_hides_no_script() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("a.scs")).unwrap();
    std::fs::write(folder.path().join("b.scs"), "").unwrap();
    let done = scansion(&["list", folder.path().to_str().unwrap()]);
    assert_code(&done, 2);
    assert_says(&done, &["b.scs", "No such file"]);
}

#[test]
fn it_is_2_when_the_usage_is_wrong() {
    assert_refuses(&[], &["Usage: scansion"]);
    assert_refuses(&["run"], &["FILE_OR_DIR"]);
    assert_refuses(&["chek", "plays"], &["chek", "'check'"]);
    assert_refuses(&["run", "plays", "--frobnicate"], &["--frobnicate"]);
    assert_refuses(&["run", "plays", "--sync", "maybe"], &["ping", "none"]);
    assert_refuses(&["run", "plays", "--child-order", "none"], &["any"]);
    assert_refuses(&["run", "plays", "--matching", "strict"], &["open"]);
    assert_refuses(
        &["run", "plays", "--color", "green"],
        &["auto, always, never"],
    );
    assert_refuses(&["run", "plays", "-v", "-q"], &["--verbose", "--quiet"]);
    assert_refuses(
        &["run", "plays", "--ca", "ca.pem", "--insecure"],
        &["--insecure"],
    );
    assert_refuses(
        &["run", "plays", "--server", ":5222"],
        &["there is no host"],
    );
    assert_refuses(
        &["run", "plays", "--server", "localhost:http"],
        &["is not a port"],
    );
    assert_refuses(
        &["run", "plays", "--component-server", "[::1"],
        &["[ADDRESS]:PORT"],
    );
    for time in [
        "1e19",
        "25h",
        "0",
        "0s",
        "-1",
        "soon",
        "1 fortnight",
        "inf",
        "nan",
    ] {
        let timeout = format!("--timeout={time}");
        assert_refuses(&["run", "plays", &timeout], &["--timeout"]);
    }
}

#[test]
fn a_server_that_sends_too_much() {
    let address = server(LINES);
    for (limit, words) in [
        (["--max-stanza-size", "140"], "more than 140 bytes"),
        (["--max-depth", "2"], "deeper than 2 levels"),
        (
            ["--max-stream-size", "1KiB"],
            "more than 1024 bytes over one connection",
        ),
    ] {
        let done = run(&address, &[&["plays/b_order.scs"], &limit[..]].concat());
        assert_code(&done, 1);
        let limit = format!("the limit set by {}", limit[0]);
        assert_says(&done, &["cannot receive anything any more", words, &limit]);
    }
    let limits = ["--max-stanza-size", "64KiB", "--max-depth", "3"];
    let done = run(&address, &[&["plays/b_order.scs"], &limits[..]].concat());
    assert_code(&done, 0);
}

#[test]
fn limits_that_are_none() {
    for size in ["0", "-1", "much", "16 stones"] {
        for option in ["--max-stanza-size", "--max-stream-size"] {
            assert_refuses(&["run", "plays", &format!("{option}={size}")], &[option]);
        }
    }
    assert_refuses(
        &["run", "plays", "--max-stanza-size", "2GiB"],
        &["1GiB at most"],
    );
    for depth in ["0", "1001", "deep"] {
        let depth = format!("--max-depth={depth}");
        assert_refuses(
            &["run", "plays", &depth],
            &["a whole number from 1 to 1000"],
        );
    }
}

#[test]
fn numbers_that_are_none() {
    for (option, words) in [
        ("--jobs=0", "give a whole number, 1 or more"),
        ("--jobs=many", "give a whole number, 1 or more"),
        ("-j-1", "give a whole number, 1 or more"),
        ("--repeat=0", "give a whole number, 1 or more"),
        ("--max-fail=1.5", "give a whole number, 1 or more"),
        ("--retries=101", "give a whole number from 0 to 100"),
        ("--retries=some", "give a whole number from 0 to 100"),
        (
            "--shuffle=abc",
            "give the number that an earlier run has told",
        ),
        (
            "--shuffle=-1",
            "give the number that an earlier run has told",
        ),
        ("--partition=1/x", "give K/N"),
    ] {
        assert_refuses(&["run", "plays", option], &[words]);
    }
}

#[test]
fn a_number_behind_shuffle_is_its_seed_and_no_file() {
    let told = |arguments: &[&str]| {
        let fixed = ["run", "client.scs", "--server", "127.0.0.1:1"];
        scansion(&[&fixed[..], arguments].concat()).both()
    };
    for seed in [&["--shuffle", "42"][..], &["--shuffle=42"]] {
        let told = told(seed);
        assert!(told.contains("--shuffle=42 repeats"), "{told}");
        assert!(told.contains("1 script: "), "{told}");
    }
    for file in [&["--shuffle", "plays"][..], &["--shuffle", "--", "42"]] {
        let told = told(file);
        assert!(told.contains("shuffled; --shuffle="), "{told}");
        // A seed by chance may begin with these digits.
        assert!(!told.contains("--shuffle=42 "), "{told}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["help", "run"],
        &["list", "--help"],
    ] {
        let done = scansion(arguments);
        assert_code(&done, 0);
        assert_says(&done, &["Usage: scansion"]);
    }
    for flag in ["--version", "-V"] {
        assert_eq!(
            scansion(&[flag]).out,
            concat!("scansion ", env!("CARGO_PKG_VERSION"), "\n")
        );
    }
}

// ---- Servers that are not there -----------------------------------------------------------------------------

#[test]
fn a_server_that_is_not_there() {
    let done = run("127.0.0.1:1", &["client.scs"]);
    assert_code(&done, 2);
    assert_says(
        &done,
        &[
            "ERROR A client",
            "Romeo could not connect: no connection to 127.0.0.1:1: connection refused",
            "client.scs:9:1",
            "help: is the server running?",
        ],
    );
}

#[test]
fn accounts_cannot_be_made_where_no_server_is() {
    let way = [
        &["--accounts", "register"][..],
        &[
            "--accounts",
            "admin",
            "--admin",
            "admin@localhost",
            "--admin-password-file",
            "plays/notes.txt",
        ],
    ];
    for way in way {
        let done = run("127.0.0.1:1", &[way, &["client.scs"]].concat());
        assert_code(&done, 2);
        assert_says(
            &done,
            &[
                "ERROR A client",
                "error: cannot make the account romeo@localhost: ",
                "no connection to 127.0.0.1:1: connection refused",
                "help: is the server running?",
            ],
        );
    }
}

#[test]
fn a_way_to_accounts_has_to_be_complete() {
    let accounts = |way: &str, arguments: &[&str], words: &[&str]| {
        let arguments = [&["run", "client.scs", "--accounts", way], arguments].concat();
        assert_refuses(&arguments, words);
    };
    accounts("magic", &[], &["existing, register, admin, command"]);
    accounts("admin", &[], &["--admin <JID>"]);
    accounts("admin", &["--admin", "localhost"], &["admin@example.org"]);
    let admin = ["--admin", "admin@localhost"];
    accounts(
        "admin",
        &admin,
        &["--admin-password-file", "SCANSION_ADMIN_PASSWORD"],
    );
    let empty = [&admin[..], &["--admin-password-file", "/dev/null"]].concat();
    accounts("admin", &empty, &["/dev/null: the file has no password"]);
    accounts("command", &[], &["--accounts-command <CMD>"]);
    accounts(
        "command",
        &["--accounts-command", "add 'x"],
        &["a quote is not closed"],
    );
    let removing = ["--accounts-command", "add", "--accounts-remove-command", ""];
    accounts("command", &removing, &["must not be empty"]);
    assert_refuses(
        &["run", "client.scs", "--admin", "a@b"],
        &["--accounts <HOW>"],
    );
}

#[test]
fn a_host_that_nobody_knows() {
    let done = run("nobody.invalid", &["client.scs", "--timeout", "10s"]);
    assert_code(&done, 2);
    assert_says(
        &done,
        &[
            "Romeo could not connect",
            "nobody.invalid:5222: no address found",
        ],
    );
}

#[test]
fn a_server_that_says_nothing() {
    let (_listener, address) = silent();
    let done = run(&address, &["client.scs", "--timeout", "200ms"]);
    assert_code(&done, 2);
    assert_says(
        &done,
        &[
            "failed during the stream header: no answer within 0.2 s",
            "client.scs:9:1",
        ],
    );
}

#[test]
fn a_server_that_hangs_up() {
    let (listener, address) = silent();
    thread::spawn(move || listener.incoming().for_each(drop));
    let done = run(&address, &["client.scs"]);
    assert_code(&done, 2);
    assert_says(&done, &["Romeo could not", "client.scs:9:1"]);
}

#[test]
fn a_server_that_speaks_something_else() {
    let (listener, address) = silent();
    thread::spawn(move || {
        for stream in listener.incoming() {
            // The program may be gone before it has heard all of it.
            let _ = stream
                .unwrap()
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let done = run(&address, &["client.scs"]);
    assert_code(&done, 2);
    assert_says(
        &done,
        &[
            "Romeo could not connect",
            "HTTP (`HTTP/1.1 400 Bad Request`) answered in the place of XMPP",
            "help: XMPP has a port of its own, by default 5222: try --server HOST:PORT",
        ],
    );
}

/// Most HTTP servers wait for the end of a line, and some hang up if it is no request.
#[test]
fn a_server_that_speaks_something_else_when_it_is_spoken_to() {
    let (listener, address) = silent();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut lines = BufReader::new(stream.unwrap());
            let mut line = String::new();
            // The program may be gone before it has heard all of it.
            let _ = lines.read_line(&mut line);
            if line.ends_with("HTTP/1.1\r\n") {
                let _ = lines
                    .into_inner()
                    .write_all(b"HTTP/1.1 404 Not Found\r\n\r\n");
            }
        }
    });
    for tls in ["--tls=auto", "--tls=direct"] {
        let done = run(&address, &["client.scs", "--timeout", "500ms", tls]);
        assert_code(&done, 2);
        let words = [
            "HTTP (`HTTP/1.1 404 Not Found`) answer",
            "XMPP has a port of its own",
        ];
        assert_says(&done, &words);
    }
}

#[test]
fn component_servers_are_elsewhere() {
    let arguments = ["plays", "--component-server", &server(LINES)];
    assert_code(&run("127.0.0.1:1", &arguments), 0);
}

#[test]
fn ctrl_c_ends_a_run_at_once() {
    let (_listener, address) = silent();
    let arguments = ["run", "client.scs", "plays", "-v", "--server", &address];
    let mut child = program(&[&arguments[..], &["--timeout", "60s"]].concat())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("Romeo ->") {
        assert_ne!(out.read_line(&mut said).unwrap(), 0, "{said}");
    }
    let begun = Instant::now();
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    out.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(30), "{said}");
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    for words in [
        "Romeo was interrupted",
        "client.scs:9:1",
        "1 could not be run, 3 not run",
    ] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn nobody_needs_to_read_the_output() {
    let mut child = program(&["list", "plays"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = Done::from(child.wait_with_output().unwrap());
    assert_eq!(done.err, "");
}

// ---- Which scripts ------------------------------------------------------------------------------------------

/// The files that `list` names, without their folders and endings.
fn listed(arguments: &[&str]) -> String {
    let done = scansion(&[&["list"], arguments].concat());
    assert_code(&done, 0);
    let stem = |line: &str| line.rsplit(['/', ' ']).next().unwrap().replace(".scs", "");
    let stems: Vec<String> = done.out.lines().map(stem).collect();
    stems.join(" ")
}

const ALL: &str = "a_greeting b_order c_farewell";

#[test]
fn folders_are_searched_in_the_order_of_names() {
    assert_eq!(listed(&["plays"]), ALL);
    assert_eq!(listed(&["plays/"]), ALL);
    assert_eq!(listed(&["-d", "plays"]), ALL);
}

#[test]
fn what_is_named_first_comes_first_and_nothing_twice() {
    assert_eq!(listed(&["plays", "./plays", "plays/later/../later"]), ALL);
    assert_eq!(
        listed(&["plays/later", "client.scs", "plays", "plays/b_order.scs"]),
        "c_farewell client a_greeting b_order"
    );
    assert_eq!(
        listed(&["plays/b_order.scs", "-d", "plays"]),
        "b_order a_greeting c_farewell"
    );
}

#[test]
fn tags_choose_scripts() {
    assert_eq!(listed(&["plays", "--only-tags", "slow"]), "a_greeting");
    assert_eq!(listed(&["plays", "--only-tags", "xep: 0313"]), "b_order");
    assert_eq!(
        listed(&["plays", "--only-tags", "xep:0114"]),
        "a_greeting b_order"
    );
    assert_eq!(
        listed(&["plays", "--only-tags", "xep"]),
        "a_greeting b_order"
    );
    assert_eq!(
        listed(&["plays", "--only-tags", "slow,xep: 0313"]),
        "a_greeting b_order"
    );
    assert_eq!(
        listed(&["plays", "--only-tags", "slow", "--only-tags", "xep: 0313"]),
        "a_greeting b_order"
    );
    assert_eq!(
        listed(&["plays", "--skip-tags", "slow"]),
        "b_order c_farewell"
    );
    assert_eq!(
        listed(&["plays", "--skip-tags", "slow,xep: 0313"]),
        "c_farewell"
    );
    assert_eq!(
        listed(&["plays", "--only-tags", "xep", "--skip-tags", "slow"]),
        "b_order"
    );
}

#[test]
fn a_tag_is_chosen_by_how_its_value_begins() {
    let folder = tempfile::tempdir().unwrap();
    let story = "[Client] A\n\tjid: a@localhost\n---\nA connects\nA receives nothing\n";
    for (name, tag) in [("part", "xep: 0313 §4, §5"), ("other", "xep: 03131")] {
        let text = format!("# {name}\n## {tag}\n{story}");
        std::fs::write(folder.path().join(name).with_extension("scs"), text).unwrap();
    }
    let path = folder.path().to_str().unwrap();
    for (option, tag, left) in [
        ("--only-tags", "xep: 0313", "part"),
        ("--skip-tags", "xep: 0313", "other"),
        ("--skip-tags", "xep: 0313 §4", "other"),
        ("--skip-tags", "xep", ""),
    ] {
        let done = scansion(&["list", path, option, tag]);
        assert_eq!(
            done.out.contains("part.scs"),
            left == "part",
            "{option} {tag}"
        );
        assert_eq!(
            done.out.contains("other.scs"),
            left == "other",
            "{option} {tag}"
        );
    }
    let done = scansion(&["list", path, "--skip-tags", "xep: 0313,xep: 031"]);
    assert!(
        done.err
            .contains("note: no script has the tag `xep: 031`\n"),
        "{}",
        done.err
    );
    assert_eq!(done.err.lines().count(), 1, "{}", done.err);
}

#[test]
fn titles_and_paths_choose_scripts() {
    assert_eq!(listed(&["plays", "--filter", "An ORDER"]), "b_order");
    assert_eq!(listed(&["plays", "--filter", "later/"]), "c_farewell");
    assert_eq!(
        listed(&["plays", "--filter", "order", "--filter", "well"]),
        "b_order c_farewell"
    );
    assert_eq!(
        listed(&["plays", "--filter", "a", "--skip-tags", "xep"]),
        "c_farewell"
    );
}

#[test]
fn list_shows_titles_tags_and_paths() {
    insta::assert_snapshot!(scansion(&["list", "plays"]).out);
}

#[test]
fn list_tells_programs_in_json() {
    let done = scansion(&["list", "plays", "--format", "json"]);
    assert_code(&done, 0);
    let lines = done.out.lines();
    let lines = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let paths: Vec<_> = lines.clone().map(|line| line["path"].clone()).collect();
    assert_eq!(paths.len(), 3, "{}", done.out);
    assert_eq!(paths[0], "plays/a_greeting.scs");
    insta::assert_snapshot!(done.out);
    let text = scansion(&["list", "plays", "--format=text"]);
    assert_eq!(text.out, scansion(&["list", "plays"]).out);
    let rooted = root().join("tests/cli/plays");
    let named = scansion(&["list", rooted.to_str().unwrap(), "--format", "json"]);
    assert_eq!(named.out, done.out);
    assert_refuses(&["list", "plays", "--format", "yaml"], &["text, json"]);
}

#[test]
fn without_a_command_scripts_are_run() {
    let address = server(LINES);
    for arguments in [
        &["plays"][..],
        &["-d", "plays"],
        &["run", "-d", "plays"],
        &["--timeout", "4", "-d", "plays"],
        &["--color", "never", "plays"],
        &["--color=never", "-d", "plays"],
    ] {
        let done = scansion(&[arguments, &["--server", &address]].concat());
        assert_code(&done, 0);
        assert_says(&done, &["3 scripts: 3 passed"]);
    }
}

// ---- check --------------------------------------------------------------------------------------------------

#[test]
fn check_reports_all_problems() {
    let done = scansion(&["check", "broken.scs", "suspicious.scs", "plays"]);
    assert_code(&done, 2);
    insta::assert_snapshot!(done.out);
}

#[test]
fn check_is_content_with_sound_scripts() {
    let done = scansion(&["check", "plays"]);
    assert_code(&done, 0);
    assert_eq!(done.out, "3 scripts: no errors, no warnings\n");
}

#[test]
fn check_takes_warnings_for_errors_when_asked_to() {
    let warning = "warning: this script can never fail";
    let lenient = scansion(&["check", "suspicious.scs"]);
    assert_code(&lenient, 0);
    assert_says(&lenient, &[warning, "1 script: no errors, 1 warning"]);
    assert_refuses(&["check", "suspicious.scs", "--deny-warnings"], &[warning]);
}

// ---- run ----------------------------------------------------------------------------------------------------

#[test]
fn run_takes_warnings_for_errors_when_asked_to() {
    let address = server("");
    let lenient = run(&address, &["suspicious.scs"]);
    assert_code(&lenient, 0);
    assert_says(
        &lenient,
        &["suspicious.scs: 1 warning", "1 script: 1 passed"],
    );
    let denied = run(&address, &["suspicious.scs", "--deny-warnings"]);
    assert_code(&denied, 2);
    assert_says(
        &denied,
        &["this script can never fail", "1 could not be run"],
    );
}

#[test]
fn fail_fast_stops_at_the_first_that_does_not_pass() {
    let arguments = ["plays", "--timeout", "1", "--fail-fast"];
    let done = run(&server("<presence type='unavailable'/>"), &arguments);
    assert_code(&done, 1);
    assert_says(
        &done,
        &[
            "FAIL  A greeting",
            "3 scripts: 0 passed, 1 failed, 2 not run",
        ],
    );
    assert!(!done.out.contains("A farewell"), "{}", done.out);
}

#[test]
fn quiet_shows_only_what_did_not_pass() {
    for flag in ["-q", "--quiet"] {
        let passed = run(&server(LINES), &["plays", flag]);
        assert_code(&passed, 0);
        assert_eq!(passed.both(), "");
    }
    let lines = "<presence type='unavailable'/>";
    let failed = run(
        &server(lines),
        &["plays/later", "client.scs", "-q", "--timeout", "1"],
    );
    assert_code(&failed, 2);
    assert!(!failed.out.contains("A farewell"), "{}", failed.out);
    assert_says(
        &failed,
        &["A client", "2 scripts: 1 passed, 1 could not be run"],
    );
}

#[test]
fn verbose_shows_steps_and_stanzas() {
    for flag in ["-v", "--verbose"] {
        let done = run(&server(LINES), &["plays/later", flag]);
        assert_code(&done, 0);
        assert_says(
            &done,
            &[
                "   9 Shop connects",
                "Shop -> <handshake xmlns='jabber:component:accept'>[redacted]</handshake>",
                "  11 Shop receives:",
                "Shop <- <presence",
                "unexpected, to Shop: <message",
            ],
        );
    }
    let normal = run(&server(LINES), &["plays/later"]);
    assert_says(&normal, &["1 unexpected stanza (-v shows them)"]);
    assert!(!normal.out.contains("<presence"), "{}", normal.out);
}

#[test]
fn complete_takes_what_is_left_for_a_failure() {
    let complete = run(
        &server(LINES),
        &["plays/later", "--complete", "--sync=none"],
    );
    assert_code(&complete, 1);
    assert_says(
        &complete,
        &["received what nobody expected (came during line"],
    );
}

#[test]
fn strict_takes_only_the_next_stanza() {
    assert_code(&run(&server(LINES), &["plays/later"]), 0);
    let strict = run(&server(LINES), &["plays/later", "--strict"]);
    assert_code(&strict, 1);
    assert_says(&strict, &["the script is strict", "c_farewell.scs:12:"]);
}

#[test]
fn child_order_can_be_any() {
    let lines = "<message from='romeo@localhost'>\
        <order xmlns='urn:example:order'><bread/><wine/></order></message>";
    let address = server(lines);
    let written = run(&address, &["plays/b_order.scs", "--timeout", "1"]);
    assert_code(&written, 1);
    assert_says(&written, &["the children are in another order"]);
    assert_code(
        &run(&address, &["plays/b_order.scs", "--child-order", "any"]),
        0,
    );
}

#[test]
fn matching_can_be_open() {
    let lines = "<message from='romeo@localhost'>\
        <order xmlns='urn:example:order' date='today'><wine/><roses/><bread/></order></message>";
    let address = server(lines);
    let written = run(&address, &["plays/b_order.scs", "--timeout", "1"]);
    assert_code(&written, 1);
    assert_says(&written, &["in a strict element"]);
    let open = ["plays/b_order.scs", "--matching", "open"];
    assert_code(&run(&address, &open), 0);
}

#[test]
fn sync_waits_for_the_server_or_does_not() {
    let address = server(LINES);
    let arguments = ["two_shops.scs", "--timeout", "1"];
    let ping = run(
        &address,
        &[&arguments[..], &["-v", "--sync", "ping"]].concat(),
    );
    assert_code(&ping, 1);
    assert_says(
        &ping,
        &["Shop ~  pings", "no answer came from", "`--sync none`"],
    );
    let none = run(&address, &[&arguments[..], &["--sync", "none"]].concat());
    assert_code(&none, 0);
}

#[test]
fn quiet_time_is_how_long_nothing_may_come() {
    let arguments = ["silence.scs", "--sync", "none"];
    let one = "<message from='romeo@localhost'/>";
    let begun = Instant::now();
    let patient = [&arguments[..], &["--quiet-time", "700ms"]].concat();
    assert_code(&run(&server(one), &patient), 0);
    assert!(begun.elapsed() >= Duration::from_millis(700));
    let more = run(&server(LINES), &arguments);
    assert_code(&more, 1);
    assert_says(
        &more,
        &["received a stanza where nothing should come", "<presence"],
    );
    assert_refuses(
        &["run", "silence.scs", "--quiet-time", "0"],
        &["longer than nothing"],
    );
}

#[test]
fn authorities_come_from_a_pem_file() {
    assert_refuses(
        &["run", "client.scs", "--ca", "missing.pem"],
        &["error: missing.pem: "],
    );
    assert_refuses(
        &["run", "client.scs", "--ca", "client.scs"],
        &["client.scs: no certificate found"],
    );
}

#[test]
fn less_safety_can_be_asked_for() {
    let arguments = ["plays", "--insecure", "--allow-plaintext"];
    assert_code(&run(&server(LINES), &arguments), 0);
}

// ---- Colours ------------------------------------------------------------------------------------------------

const ESCAPE: char = '\u{1b}';

fn is_coloured(command: &mut Command) -> bool {
    let done = Done::from(command.output().unwrap());
    done.both().contains(ESCAPE)
}

#[test]
fn colours_are_for_terminals_and_those_who_ask() {
    for command in ["check", "list"] {
        let with = |color: &str| program(&[command, "suspicious.scs", "--color", color]);
        assert!(is_coloured(&mut with("always")));
        assert!(!is_coloured(&mut with("never")));
        assert!(!is_coloured(&mut with("auto")));
        assert!(!is_coloured(with("auto").env("NO_COLOR", "1")));
    }
    assert!(is_coloured(&mut program(&[
        "--color=always",
        "list",
        "plays"
    ])));
}

#[test]
fn failures_are_coloured_too() {
    let address = server("");
    let coloured = |color: &str| {
        let arguments = ["plays", "--timeout", "1", "--color", color];
        run(&address, &arguments).out.contains(ESCAPE)
    };
    assert!(coloured("always"));
    assert!(!coloured("never"));
}

// ---- What is promised ---------------------------------------------------------------------------------------

/// All flags that the help of a command names.
fn flags(command: &str) -> BTreeSet<String> {
    let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
    let help = scansion(&words).out;
    let words = help.split(|c: char| c.is_whitespace() || matches!(c, ',' | '`' | '[' | ']' | ')'));
    let is_flag = |word: &&str| {
        let name = word.trim_start_matches('-');
        word.starts_with('-') && name.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    words.filter(is_flag).map(str::to_owned).collect()
}

/// The order in which scripts of `tests/cli/plays` are run; no program listens at the port.
fn order_of(arguments: &[&str]) -> Vec<String> {
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let server = nowhere.unwrap().to_string();
    let fixed = [
        "run",
        "plays",
        "client.scs",
        "two_shops.scs",
        // Each of them tells that nobody is there.
        "-v",
        "--server",
        &server,
    ];
    let done = scansion(&[fixed.as_slice(), arguments].concat());
    let lines = done.out.lines().filter(|line| line.starts_with("ERROR"));
    lines
        .map(|line| line.rsplit("  ").nth(1).unwrap().to_owned())
        .collect()
}

#[test]
fn scripts_are_shuffled_repeated_and_divided() {
    let all = order_of(&[]);
    assert!(all.len() > 3, "{all:?}");
    let shuffled = order_of(&["--shuffle=3"]);
    assert_eq!(shuffled, order_of(&["--shuffle=3"]));
    let seeds = ["--shuffle=1", "--shuffle=2", "--shuffle=3", "--shuffle=4"];
    assert!(seeds.iter().any(|seed| order_of(&[seed]) != all));
    assert_eq!(
        order_of(&["--repeat", "2"]),
        [all.clone(), all.clone()].concat()
    );
    let mut parts = [
        order_of(&["--partition", "1/3"]),
        order_of(&["--partition", "2/3"]),
        order_of(&["--partition", "3/3"]),
    ]
    .concat();
    parts.sort();
    let mut sorted = all;
    sorted.sort();
    assert_eq!(parts, sorted);
}

#[test]
fn a_shuffle_tells_its_seed_and_a_wrong_part_is_refused() {
    let done = scansion(&["run", "client.scs", "--server", "127.0.0.1:1", "--shuffle"]);
    assert!(done.out.starts_with("shuffled; --shuffle="), "{}", done.out);
    let done = scansion(&["run", "client.scs", "--partition", "5/4"]);
    assert_eq!(done.code, 2);
    assert!(
        done.err.contains("the parts are 1/4 to 4/4"),
        "{}",
        done.err
    );
}

/// The text of all integration tests.
fn all_tests() -> String {
    let files = walkdir::WalkDir::new(root().join("tests")).into_iter();
    let paths = files.map(|entry| entry.unwrap().into_path());
    let rust = paths.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    rust.map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

#[test]
fn every_flag_is_tried_and_described() {
    let tests = all_tests();
    let page = concat!(
        include_str!("../../docs/running.md"),
        include_str!("../../docs/launching.md"),
        include_str!("../../docs/doubt.md"),
        include_str!("../../docs/clauses.md")
    );
    for command in [
        "run",
        "doubt",
        "ledger",
        "explain",
        "check",
        "fmt",
        "list",
        "report merge",
        "report compare",
        "launch list",
        "launch show",
        "completions",
        "man",
        "--color=auto",
    ] {
        let flags = flags(command);
        assert!(flags.contains("--help"), "{flags:?}");
        for flag in flags {
            let in_quotes = [format!("\"{flag}\""), format!("\"{flag}=")];
            assert!(
                in_quotes.iter().any(|quoted| tests.contains(quoted)),
                "{flag} is not tried"
            );
            let in_code = [format!("`{flag}`"), format!("`{flag} ")];
            assert!(
                in_code.iter().any(|code| page.contains(code)),
                "{flag} is not described"
            );
        }
    }
}
