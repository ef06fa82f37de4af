//! When a launched server is ready: not before it has a stream for every domain of the scripts, at each port that they
//! need; and what is said of one that never is.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, available_parallelism, sleep};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program::{assert_ends, scansion, text};

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
     xmlns:stream='http://etherx.jabber.org/streams' id='1' from='localhost' version='1.0'>";
const COMPONENT_HEADER: &str = "<stream:stream xmlns='jabber:component:accept' \
     xmlns:stream='http://etherx.jabber.org/streams' id='1' from='shop.localhost'>";
const FEATURES: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
     <mechanism>PLAIN</mechanism></mechanisms></stream:features>";
/// What tells that the run has got as far as a login.
const REFUSED: &str =
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>";
const LOGIN_REFUSED: &str = "refused by 127.0.0.1";

const ROMEO: &str = "[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: x\n";
const JULIET: &str = "[Client] Juliet\n\tjid: juliet@capulet.example\n\tpassword: x\n";
const SHOP: &str = "[Component] Shop\n\tjid: shop.localhost\n\tsecret: x\n";

fn stream_error(condition: &str) -> String {
    format!(
        "<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
    )
}

/// What a server sends first, or to a stream header and whatever comes with it, so long after its port was there.
type Answer = dyn Fn(&str, Duration) -> String + Send + Sync;

/// A server that listens at a port in the place of the launched command.
fn listen(port: u16, answer: Arc<Answer>) {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let began = Instant::now();
    for stream in listener.incoming() {
        let answer = Arc::clone(&answer);
        thread::spawn(move || serve(stream.unwrap(), began, &*answer));
    }
}

/// Answers the header; and whatever comes after features by a login that is refused.
fn serve(mut stream: TcpStream, began: Instant, answer: &Answer) {
    let mut buffer = [0; 4096];
    let length = stream.read(&mut buffer).unwrap_or_default();
    let heard = String::from_utf8_lossy(&buffer[..length]).into_owned();
    let said = answer(&heard, began.elapsed());
    let _ = stream.write_all(said.as_bytes());
    // After an answer that does not end here, the rest of the conversation follows.
    if said.ends_with(FEATURES) || said.ends_with('>') && !said.ends_with("</stream:stream>") {
        while stream.read(&mut buffer).unwrap_or_default() > 0 {
            let _ = stream.write_all(REFUSED.as_bytes());
        }
    }
}

/// A run of these casts' logins, with servers of the test's own at the ports for clients and components.
fn run(casts: &[&str], clients: Arc<Answer>, components: Arc<Answer>, options: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    let told = folder.path().join("ports");
    for (number, cast) in casts.iter().enumerate() {
        let name = cast.split_whitespace().nth(1).unwrap();
        let script = format!("# T{number}\n{cast}---\n{name} connects\n");
        fs::write(folder.path().join(format!("{number}.scs")), script).unwrap();
    }
    let command = format!(
        "echo {{port}} {{component_port}} >'{0}.new'; mv '{0}.new' '{0}'; exec sleep 1000",
        told.display()
    );
    let run = scansion(&["run", "--no-config", "--color=never", "-j1"])
        .arg("--launch-command")
        .arg(command)
        .args(options)
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ports = ports_told(&told);
    let (for_clients, for_components) = (ports[0], ports[1]);
    thread::spawn(move || listen(for_clients, clients));
    thread::spawn(move || listen(for_components, components));
    run.wait_with_output().unwrap()
}

/// The ports that a server which is started writes into a file.
fn ports_told(told: &Path) -> Vec<u16> {
    while !told.exists() {
        sleep(Duration::from_millis(5));
    }
    let ports = fs::read_to_string(told).unwrap();
    let ports = ports.split_whitespace();
    ports.map(|port| port.parse().unwrap()).collect()
}

fn answer(answer: impl Fn(&str, Duration) -> String + Send + Sync + 'static) -> Arc<Answer> {
    Arc::new(answer)
}

fn features() -> Arc<Answer> {
    answer(|_, _| format!("{HEADER}{FEATURES}"))
}

#[track_caller]
fn assert_becomes_ready(casts: &[&str], clients: Arc<Answer>, components: Arc<Answer>) {
    let output = run(casts, clients, components, &["--launch-timeout=60s"]);
    assert_ends(&output, 2, &[LOGIN_REFUSED]);
    let text = text(&output);
    let messages = text.lines().filter(|line| line.starts_with("error"));
    let refused = messages.filter(|message| message.contains(LOGIN_REFUSED));
    assert_eq!(refused.count(), casts.len(), "{text}");
}

/// While it is not ready a server may say what it likes, as long as it becomes ready.
#[test]
fn a_server_is_ready_when_features_come() {
    const LATE: Duration = Duration::from_millis(800);
    let before: [String; 7] = [
        format!("{HEADER}{}", stream_error("host-unknown")),
        format!("{HEADER}{}", stream_error("internal-server-error")),
        format!("{HEADER}</stream:stream>"),
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "SSH-2.0-OpenSSH_9.2\r\n\0\u{1}\u{202e}".to_owned(),
        String::new(),
        HEADER.to_owned(),
    ];
    for before in before {
        let late = answer(move |_, since| match since < LATE {
            true => before.clone(),
            false => format!("{HEADER}{FEATURES}"),
        });
        assert_becomes_ready(&[ROMEO], late, features());
    }
}

#[test]
fn features_may_take_longer_than_an_attempt() {
    let slow = answer(|_, _| {
        sleep(Duration::from_millis(2500));
        format!("{HEADER}{FEATURES}")
    });
    assert_becomes_ready(&[ROMEO], slow, features());
}

#[test]
fn each_domain_must_be_there() {
    let one_late = answer(|heard, since| {
        let is_late = heard.contains("capulet.example") && since < Duration::from_millis(800);
        let error = format!("{HEADER}{}", stream_error("host-unknown"));
        if is_late {
            error
        } else {
            format!("{HEADER}{FEATURES}")
        }
    });
    assert_becomes_ready(&[ROMEO, JULIET], one_late, features());
}

#[test]
fn each_port_must_be_there() {
    let late = answer(|heard, since| match since < Duration::from_millis(800) {
        true => format!("{COMPONENT_HEADER}{}", stream_error("host-unknown")),
        false if heard.contains("to='shop.localhost'") => {
            format!("{COMPONENT_HEADER}{}", stream_error("not-authorized"))
        }
        false => String::new(),
    });
    let output = run(
        &[ROMEO, SHOP],
        features(),
        late,
        &["--launch-timeout=3s", "--timeout=2s"],
    );
    // A server that answers every stream of a component by an error has none for it.
    assert_ends(
        &output,
        2,
        &[
            "no stream for shop.localhost on 127.0.0.1:",
            "not-authorized",
        ],
    );
    let late = answer(|_, since| match since < Duration::from_millis(800) {
        true => format!("{COMPONENT_HEADER}{}", stream_error("host-unknown")),
        false => COMPONENT_HEADER.to_owned(),
    });
    let output = run(&[ROMEO, SHOP], features(), late, &["--timeout=2s"]);
    assert_ends(
        &output,
        2,
        &["login of romeo@localhost refused", "<handshake/>"],
    );
}

/// What one script needs is not there: it is told so, and the others are played.
#[test]
fn who_does_not_need_what_is_missing_is_played() {
    let none = answer(|_, _| format!("{COMPONENT_HEADER}{}", stream_error("host-unknown")));
    for isolation in ["run", "job", "script"] {
        let options = ["--launch-timeout=700ms", "--isolation", isolation];
        let output = run(&[SHOP, ROMEO], features(), Arc::clone(&none), &options);
        let told = text(&output);
        let shop = "error: the server runs, and has not had what this script needs within 700ms: no stream for shop.localhost";
        assert_eq!(told.matches(shop).count(), 1, "{told}");
        let words = [
            "at the last try: stream error host-unknown; if it only needs longer, give `--launch-timeout`",
            "2 scripts: 0 passed, 2 could not be run",
        ];
        assert_ends(&output, 2, &words);
        // The server of the second script is another one, at which nobody listens here.
        if isolation != "script" {
            assert_ends(&output, 2, &[LOGIN_REFUSED]);
        }
    }
    let one = answer(|heard, _| match heard.contains("capulet.example") {
        true => format!("{HEADER}{}", stream_error("host-unknown")),
        false => format!("{HEADER}{FEATURES}"),
    });
    let options = ["--launch-timeout=700ms", "--isolation=run"];
    let output = run(&[JULIET, ROMEO], one, features(), &options);
    let words = ["no stream features for capulet.example on", LOGIN_REFUSED];
    assert_ends(&output, 2, &words);
}

/// What is said at the end says what was last answered, and where.
#[test]
fn a_server_that_never_gets_ready_is_told_with_its_last_answer() {
    let clients = "no stream features for localhost on 127.0.0.1:";
    let cases: [(String, &str); 6] = [
        (
            format!("{HEADER}{}", stream_error("host-unknown")),
            "at the last try: stream error host-unknown",
        ),
        (
            format!(
                "{HEADER}<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>else\
                 </see-other-host></stream:error></stream:stream>"
            ),
            "stream error see-other-host: else",
        ),
        (
            format!("{HEADER}</stream:stream>"),
            "the server closed the stream",
        ),
        (String::new(), "the connection was lost"),
        (
            "HTTP/1.1 400 Bad Request\r\n\r\n".to_owned(),
            "the server sent ",
        ),
        (HEADER.to_owned(), "no answer within"),
    ];
    for (said, expected) in cases {
        let output = run(
            &[ROMEO],
            answer(move |_, _| said.clone()),
            features(),
            &["--launch-timeout=700ms"],
        );
        let words = [
            "is not ready within 700ms",
            clients,
            expected,
            "`--launch-timeout`",
        ];
        assert_ends(&output, 2, &words);
    }
    let one = answer(|heard, _| match heard.contains("capulet.example") {
        true => format!("{HEADER}{}", stream_error("host-unknown")),
        false => format!("{HEADER}{FEATURES}"),
    });
    let output = run(
        &[ROMEO, JULIET],
        one,
        features(),
        &["--launch-timeout=700ms"],
    );
    let words = ["no stream features for capulet.example on", "host-unknown"];
    assert_ends(&output, 2, &words);
}

/// What is asked last may have no time to be answered.
#[test]
fn a_try_that_is_cut_short_says_less_than_one_before_it() {
    let is_first = AtomicBool::new(true);
    let silent_then = answer(move |_, _| match is_first.swap(false, Ordering::Relaxed) {
        true => format!("{HEADER}{}", stream_error("host-unknown")),
        false => HEADER.to_owned(),
    });
    let options = ["--launch-timeout=1500ms"];
    let output = run(&[ROMEO], silent_then, features(), &options);
    assert_ends(&output, 2, &["at the last try: stream error host-unknown"]);
}

/// A server that does not listen at all, or dies while the program waits for its answer.
#[test]
fn a_server_that_is_gone_is_not_waited_for() {
    let run = |command: &str, options: &[&str]| {
        crate::program::run(
            &[
                &[
                    "--no-config",
                    "--launch-command",
                    command,
                    "spec/xep0199/ping.scs",
                ],
                options,
            ]
            .concat(),
        )
    };
    let nobody = run("exec sleep 1000", &["--launch-timeout=300ms"]);
    assert_ends(&nobody, 2, &["connection refused"]);
    let began = Instant::now();
    let dead = run("sleep 1; echo no luck; exit 7", &["--launch-timeout=300s"]);
    assert_ends(
        &dead,
        2,
        &["ended before it was ready (exit code 7)", "no luck"],
    );
    assert!(began.elapsed() < Duration::from_secs(200));
}

/// Ports of which files in a folder tell by their names.
fn told_in(folder: &Path) -> BTreeSet<u16> {
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name());
    names
        .filter_map(|name| name.to_str()?.parse().ok())
        .collect()
}

/// As many as are started together would have to share the machine until none was ready in time. How long one takes
/// counts from its turn.
#[test]
fn a_few_servers_are_started_at_a_time() {
    const SLOW: Duration = Duration::from_secs(1);
    const PATIENCE: &str = "--launch-timeout=4500ms";
    let few = 2 * available_parallelism().unwrap().get();
    let (scripts, ports) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let many = 5 * few;
    for number in 0..many {
        let script = format!("# T{number}\n{ROMEO}---\nRomeo connects\n");
        fs::write(scripts.path().join(format!("{number}.scs")), script).unwrap();
    }
    let command = format!(": >'{}/{{port}}'; exec sleep 1000", ports.path().display());
    let mut run = scansion(&["run", "--no-config", PATIENCE, "--launch-command", &command])
        .args(["--jobs", &many.to_string()])
        .arg(scripts.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = BTreeSet::new();
    while ready.len() < many && run.try_wait().unwrap().is_none() {
        // All that are to be started together have been started meanwhile.
        sleep(SLOW);
        let told = told_in(ports.path());
        let started: Vec<u16> = told.difference(&ready).copied().collect();
        assert!(started.len() <= few, "{started:?}");
        for port in started {
            thread::spawn(move || listen(port, features()));
        }
        ready = told;
    }
    assert_ends(&run.wait_with_output().unwrap(), 2, &[LOGIN_REFUSED]);
}

/// As long as a server has not said that it has its ports, another may be there in its place.
#[test]
fn who_answers_at_the_port_is_not_the_server_before_that_says_so() {
    let folder = TempDir::new().unwrap();
    let (told, recipe) = (folder.path().join("port"), folder.path().join("s.toml"));
    let text = format!(
        "name = \"Silent\"\n[[start]]\nshell = \"echo {{port}} >'{0}.new'; mv '{0}.new' '{0}'; exec sleep 1000\"\n\
         [ready]\nlogged = [\"listening\"]\n",
        told.display()
    );
    fs::write(&recipe, text).unwrap();
    let run = scansion(&["run", "--no-config", "--launch-timeout=1s", "--launch"])
        .arg(&recipe)
        .arg("spec/xep0199/ping.scs")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let port = ports_told(&told)[0];
    thread::spawn(move || listen(port, features()));
    let output = run.wait_with_output().unwrap();
    let words = [
        "Silent is not ready within 1s",
        "has not said yet that it has its ports",
    ];
    assert_ends(&output, 2, &words);
}
