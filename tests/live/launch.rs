//! Servers of the run's own: `--launch` and what belongs to it.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::foreign::foreign_scripts;
use crate::own_scripts::SAMPLE;
use crate::program::{assert_ends, root, text};

const SERVERS: [&str; 2] = ["prosody", "ejabberd"];
const TRACES: &str = "tests/scripts/live/leaves_traces.scs";

/// A run whose servers live in a folder of the test's own, where they can be counted.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let words = [&["run"], arguments].concat();
    let mut command = crate::program::scansion(&words);
    command.env("TMPDIR", folder);
    command
}

/// Runs to the end, and looks whether anything is left behind.
fn scansion(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path(), arguments).output().unwrap();
    assert_eq!(left_behind(folder.path()), Vec::<String>::new());
    output
}

/// What servers have left: their folders, and processes that were started for one of these.
fn left_behind(folder: &Path) -> Vec<String> {
    let folders = fs::read_dir(folder).unwrap();
    let mut left: Vec<String> = folders
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    let mark = folder.to_str().unwrap();
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        if command.contains(mark) {
            left.push(command);
        }
    }
    left
}

#[test]
fn a_launched_server_has_what_scripts_need() {
    for server in SERVERS {
        let scripts = [
            "spec/rfc6120/login.scs",
            "spec/xep0175/login_anonymous.scs",
            "spec/rfc6120/login_scram.scs",
            "spec/xep0114/component.scs",
            "spec/xep0045/muc.scs",
            "examples",
        ];
        let output = scansion(&[&["--launch", server], scripts.as_slice()].concat());
        assert_ends(&output, 0, &["6 scripts: 6 passed"]);
    }
}

#[test]
fn a_script_that_wants_the_server_otherwise_than_another_gets_its_own() {
    let scripts = tempfile::tempdir().unwrap();
    let casts = [
        (
            "first",
            "[Component] A\n\tjid: shop.localhost\n\tsecret: one",
        ),
        (
            "other",
            "[Component] A\n\tjid: shop.localhost\n\tsecret: two",
        ),
        ("user", "[Client] A\n\tjid: a@localhost\n\tpassword: a"),
        ("guest", "[Client] A\n\tjid: localhost"),
    ];
    for (name, cast) in casts {
        let text = format!("{cast}\n---\nA connects\nA receives: nothing\n");
        fs::write(scripts.path().join(name).with_extension("scs"), text).unwrap();
    }
    let folder = scripts.path().to_str().unwrap();
    for server in SERVERS {
        let output = scansion(&["--launch", server, "--jobs=1", folder]);
        assert_ends(&output, 0, &["4 passed"]);
    }
}

/// Prosody's own scripts pass on it, where the clock stands still that one of them looks at.
#[test]
fn scripts_of_others_pass_on_prosody() {
    let Some(folder) = foreign_scripts() else {
        return;
    };
    let scripts = ["basic_message.scs", "prosody-0.12", "order"];
    let scripts = scripts.map(|name| folder.join(name).display().to_string());
    let scripts = scripts.each_ref().map(String::as_str);
    let output = scansion(&[&["--launch=prosody-suite"], scripts.as_slice()].concat());
    assert_ends(&output, 0, &[]);
}

#[test]
fn scripts_pass_on_prosody_however_they_are_shared_out() {
    for isolation in ["run", "job", "script"] {
        let arguments = ["--launch", "prosody", "--isolation", isolation, "-j", "3"];
        let output = scansion(&[&arguments[..], &SAMPLE].concat());
        assert_ends(&output, 0, &[]);
    }
}

/// A script that passes once on a server, three times.
fn three_times(server: &str, isolation: &str) -> Output {
    let scripts = tempfile::tempdir().unwrap();
    for number in 1..=3 {
        let copy = scripts.path().join(format!("{number}.scs"));
        fs::copy(root().join(TRACES), copy).unwrap();
    }
    let folder = scripts.path().to_str().unwrap();
    let isolated = ["--isolation", isolation, "--jobs", "1"];
    scansion(&[&["--launch", server, folder], isolated.as_slice()].concat())
}

#[test]
fn a_fresh_server_knows_nothing_of_the_last_script() {
    for server in SERVERS {
        assert_ends(&three_times(server, "script"), 0, &["3 passed"]);
        for isolation in ["run", "job"] {
            assert_ends(&three_times(server, isolation), 1, &["1 passed, 2 failed"]);
        }
    }
}

/// A server remembers what entities can do by its hash (XEP-0115 §8.3), whichever entity sent that, and does not store
/// it.
#[test]
fn a_fresh_server_asks_again_what_it_has_been_told() {
    const HASH: &str = "QgayPKawpkPSDYmwT/WM94uAlu0=";
    let scripts = tempfile::tempdir().unwrap();
    for name in ["romeo", "juliet"] {
        let script = format!(
            "# Capabilities of {name}\n\
             [Client] A\n\tjid: {name}@localhost\n\tpassword: x\n---\nA connects\n\
             A sends:\n\t<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1'\n\t\
             node='http://example.org' ver='{HASH}'/></presence>\n\
             A receives:\n\t<iq type='get' id='$<id>' from='$<from>'>\
             <query xmlns='http://jabber.org/protocol/disco#info' node='http://example.org#{HASH}'/></iq>\n\
             A sends:\n\t<iq type='result' id='$<id>' to='$<from>'>\
             <query xmlns='http://jabber.org/protocol/disco#info' node='http://example.org#{HASH}'>\
             <identity category='client' name='Exodus 0.9.1' type='pc'/>\
             <feature var='http://jabber.org/protocol/caps'/>\
             <feature var='http://jabber.org/protocol/disco#info'/>\
             <feature var='http://jabber.org/protocol/disco#items'/>\
             <feature var='http://jabber.org/protocol/muc'/></query></iq>\n"
        );
        fs::write(scripts.path().join(format!("{name}.scs")), script).unwrap();
    }
    let folder = scripts.path().to_str().unwrap();
    let run = |isolation: &str| {
        let isolation = ["--isolation", isolation, "--timeout=5s", "--jobs=1"];
        scansion(&[&["--launch=ejabberd", folder], isolation.as_slice()].concat())
    };
    assert_ends(&run("script"), 0, &["2 passed"]);
    assert_ends(&run("job"), 1, &["1 passed, 1 failed"]);
}

/// The lines about scripts, without times.
fn lines_about_scripts(output: &Output) -> Vec<String> {
    let text = text(output);
    let about = text.lines().filter(|line| {
        ["pass ", "FAIL ", "ERROR"]
            .iter()
            .any(|word| line.starts_with(word))
    });
    about
        .map(|line| line.rsplit_once("  ").unwrap().0.to_owned())
        .collect()
}

#[test]
fn reports_do_not_depend_on_which_job_is_faster() {
    let scripts = [
        &["tests/scripts/live/wrong_password.scs"],
        &SAMPLE[..],
        &["tests/scripts/live/never_there.scs"],
    ];
    let scripts = scripts.concat();
    let run = |jobs: &str| {
        let arguments = ["--launch", "prosody", "--timeout", "10s", "--jobs", jobs];
        scansion(&[arguments.as_slice(), &scripts].concat())
    };
    let (one, four) = (run("1"), run("4"));
    assert!(lines_about_scripts(&one).len() > 20, "{}", text(&one));
    assert_eq!(lines_about_scripts(&one), lines_about_scripts(&four));
    // One job's failures are not another's.
    assert_ends(&four, 1, &["1 failed"]);
}

#[test]
fn the_log_of_the_server_is_shown_under_a_failure_and_kept_for_each_script() {
    for server in SERVERS {
        let logs = tempfile::tempdir().unwrap();
        let output = scansion(&[
            "--launch",
            server,
            "--jobs=1",
            "--timeout=4s",
            "--server-logs",
            logs.path().to_str().unwrap(),
            "tests/scripts/live/never_there.scs",
            "spec/rfc6120/login.scs",
        ]);
        assert_ends(&output, 1, &["the server's log"]);
        let log = |name: &str| fs::read_to_string(logs.path().join(name)).unwrap();
        let failed = log("001-tests-scripts-live-never_there.log");
        let passed = log("002-spec-rfc6120-login.log");
        assert!(failed.contains("romeo-never"), "{failed}");
        assert!(!failed.contains("romeo-login"), "{failed}");
        assert!(passed.contains("romeo-login"), "{passed}");
        assert!(!passed.contains("romeo-never"), "{passed}");
    }
}

#[test]
fn a_configuration_of_the_users_is_filled_in() {
    let output = scansion(&[
        "--launch=prosody",
        "--launch-config=tests/launch/prosody.cfg.lua",
        "-v",
        "tests/scripts/live/configured.scs",
    ]);
    assert_ends(&output, 0, &["configured by hand"]);
}

#[test]
fn a_command_starts_any_server() {
    let output = scansion(&[
        "--launch-command",
        "mkdir {dir}/data {dir}/certs && exec prosody -F --config {config}",
        "--launch-config=tests/launch/prosody.cfg.lua",
        "tests/scripts/live/configured.scs",
        "--jobs=2",
    ]);
    assert_ends(&output, 0, &["1 passed"]);
}

#[test]
fn a_command_may_leave_its_server_in_the_background() {
    let output = scansion(&[
        "--no-config",
        "--launch-command",
        "mkdir {dir}/data {dir}/certs && { setsid prosody -F --config {config} & }",
        "--launch-config=tests/launch/prosody.cfg.lua",
        "tests/scripts/live/configured.scs",
        "--jobs=1",
    ]);
    assert_ends(&output, 0, &["1 passed"]);
}

#[test]
fn a_server_that_does_not_start_says_why() {
    let script = "spec/rfc6120/login.scs";
    let ended = scansion(&["--launch-command", "echo no luck; exit 7", script]);
    assert_ends(&ended, 2, &["exit code 7", "no luck"]);
    let deaf = scansion(&[
        "--launch-command",
        "exec sleep 1000",
        "--launch-timeout=1s",
        script,
    ]);
    assert_ends(
        &deaf,
        2,
        &[
            "is not ready within 1s",
            "connection refused",
            "`--launch-timeout`",
        ],
    );
}

#[test]
fn a_server_that_is_not_installed_can_be() {
    let empty = tempfile::tempdir().unwrap();
    for (server, advice) in [
        ("prosody", "apt-get install prosody"),
        ("ejabberd", "apt-get install ejabberd"),
    ] {
        let output = command(
            empty.path(),
            &["--launch", server, "spec/rfc6120/login.scs"],
        )
        .env("PATH", empty.path())
        .output()
        .unwrap();
        assert_ends(&output, 2, &["is not installed", advice]);
    }
}

#[test]
fn a_server_that_is_kept_can_be_used_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "--launch=ejabberd",
        "--keep-server",
        "spec/rfc6120/login.scs",
    ];
    let output = command(folder.path(), &arguments).output().unwrap();
    let told = text(&output);
    assert_ends(&output, 0, &["the server runs on"]);
    let again = told
        .lines()
        .find_map(|line| line.split_once("scansion run "));
    let options: Vec<&str> = again.unwrap().1.trim_end_matches(" …").split(' ').collect();
    let again = command(folder.path(), &options)
        .arg("spec/xep0199/ping.scs")
        .output();
    // The account of another script is not there; but the server is.
    assert_ends(
        &again.unwrap(),
        2,
        &["login of romeo-ping@localhost refused"],
    );
    let again = command(folder.path(), &options)
        .arg("spec/rfc6120/login.scs")
        .output();
    assert_ends(&again.unwrap(), 0, &["1 passed"]);
    let process = told
        .split_once("`kill ")
        .unwrap()
        .1
        .split_once('`')
        .unwrap()
        .0;
    assert!(
        Command::new("kill")
            .arg(process)
            .status()
            .unwrap()
            .success()
    );
    await_nothing_left(folder.path());
}

/// Waits until servers that are ending have ended.
fn await_nothing_left(folder: &Path) {
    while !left_behind(folder).is_empty() {
        thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Begins a run, and sends it a signal as soon as it has printed some lines.
fn run_and_signal(folder: &Path, arguments: &[&str], signal: &str, lines: usize) -> Child {
    let mut run = command(folder, arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(run.stdout.take().unwrap()).lines();
    let seen = output.by_ref().take(lines).count();
    let pid = run.id().to_string();
    if signal != "none" && seen == lines {
        let _ = Command::new("kill").args(["-s", signal, &pid]).status();
    }
    output.for_each(drop);
    run
}

/// However a run ends, its servers end with it: twenty runs, three quarters of which are told to stop or killed, at
/// one moment or another. SCANSION_RUNS has another number.
#[test]
fn nothing_is_left_behind_after_many_runs() {
    let runs = env::var("SCANSION_RUNS").map_or(20, |runs| runs.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= runs {
                return;
            }
            let server = SERVERS[usize::from(number % 10 == 9)];
            let isolation = ["job", "script"][number / 4 % 2];
            let signal = ["none", "KILL", "TERM", "INT"][number % 4];
            let scripts = [
                "spec/xep0199/ping.scs",
                "spec/rfc6120/login.scs",
                "spec/xep0045/muc.scs",
            ];
            let options = [
                "-v",
                "--launch",
                server,
                "--isolation",
                isolation,
                "-j",
                "2",
            ];
            let arguments = [options.as_slice(), &scripts].concat();
            let mut run = run_and_signal(folder.path(), &arguments, signal, number);
            let code = run.wait().unwrap().code();
            match signal {
                "none" => assert_eq!(code, Some(0)),
                "KILL" => {}
                // It may have been done before the signal came.
                _ => assert!(matches!(code, Some(0 | 2)), "{signal} {code:?}"),
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    await_nothing_left(folder.path());
}

/// Real servers are found ready, at whichever listener scripts connect.
#[test]
fn every_way_into_a_real_server_is_found() {
    for server in ["prosody", "ejabberd"] {
        for options in [
            ["--transport=ws", "spec/xep0199/ping.scs"],
            ["--transport=wss", "spec/xep0199/ping.scs"],
            ["--tls=direct", "spec/xep0199/ping.scs"],
            ["--tls=auto", "spec/xep0114/component.scs"],
        ] {
            let output = scansion(&[&["--no-config", "--launch", server], &options[..]].concat());
            assert_ends(&output, 0, &["1 passed"]);
        }
    }
}
