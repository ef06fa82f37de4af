//! Accounts on real servers: made in each of the ways, used, and gone afterwards.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use scansion::launch::Server;

use crate::launched::Launched;
use crate::program::{root, scansion};

/// What no output may have: the passwords of the scripts and of the admin begin like this.
const SECRET: &str = "fresh-";
const ADMIN_PASSWORD: &str = "fresh-admin";

/// A server with an admin and with Paris, an ordinary user.
struct Host(Launched);

impl Host {
    fn open(recipe: &str, settings: &[(&str, &str)]) -> Self {
        let accounts = [("admin", ADMIN_PASSWORD), ("paris", "fresh-county")];
        Self(Launched::with_accounts(recipe, settings, &accounts))
    }

    fn server(&self) -> &Server {
        self.0.server()
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let address = self.0.address();
        let fixed = ["run", "--color", "never", "--server", &address];
        let mut command = scansion(&[&fixed, arguments].concat());
        command.current_dir(root().join("tests/scripts/accounts"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Done {
        self.program(arguments).output().unwrap().into()
    }

    /// No actor of the scripts has an account.
    #[track_caller]
    fn assert_empty(&self) {
        for script in ["newcomers.scs", "failing.scs"] {
            self.run(&[script])
                .assert(2, &["login of newromeo@localhost refused"]);
        }
    }

    /// Accounts are made in this way, and removed however the scripts end.
    #[track_caller]
    fn assert_makes(&self, way: &[&str]) {
        let run = |arguments: &[&str]| self.run(&[way, arguments].concat());
        run(&["-v", "newcomers.scs"]).assert(0, &["1 script: 1 passed", "-> <message"]);
        self.assert_empty();
        run(&["newcomers.scs", "failing.scs"]).assert(1, &["2 scripts: 1 passed, 1 failed"]);
        self.assert_empty();
        run(&["resident.scs"]).assert(0, &["1 script: 1 passed"]);
        let other = run(&["resident.scs", "--password", "fresh-guess"]);
        other.assert(2, &["cannot make the account paris@localhost: "]);
        assert!(other.said.contains("`--unique`"), "{}", other.said);
        self.run(&["resident.scs"])
            .assert(0, &["1 script: 1 passed"]);
        let clash = run(&["newcomers.scs", "other_password.scs"]);
        clash.assert(
            2,
            &[
                "the account newromeo@localhost has another password in newcomers.scs",
                "2 scripts: 1 passed, 1 could not be run",
            ],
        );
        self.assert_empty();
    }
}

/// What the program has said and done.
struct Done {
    code: Option<i32>,
    said: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let said = [output.stdout, output.stderr].concat();
        Self {
            code: output.status.code(),
            said: String::from_utf8(said).unwrap(),
        }
    }
}

impl Done {
    #[track_caller]
    fn assert(&self, code: i32, words: &[&str]) {
        let said = &self.said;
        assert_eq!(self.code, Some(code), "{said}");
        assert!(!said.contains(SECRET), "{said}");
        for word in words {
            assert!(said.contains(word), "no {word:?} in:\n{said}");
        }
    }
}

fn password_file(password: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{password}").unwrap();
    file
}

fn makes_accounts(recipe: &str) {
    let host = Host::open(recipe, &[]);
    host.assert_empty();
    host.assert_makes(&["--accounts", "register"]);
    let file = password_file(ADMIN_PASSWORD);
    let path = file.path().to_str().unwrap();
    let admin = ["--accounts", "admin", "--admin", "admin@localhost"];
    host.assert_makes(&[&admin[..], &["--admin-password-file", path]].concat());
    refuses_admins(&host, &admin);
    an_interrupted_run_removes_accounts(&host);
}

fn refuses_admins(host: &Host, admin: &[&str]) {
    let with_password = |admin: &[&str], password: &str| -> Done {
        let mut program = host.program(admin);
        program.arg("newcomers.scs");
        program.env("SCANSION_ADMIN_PASSWORD", password);
        program.output().unwrap().into()
    };
    with_password(admin, ADMIN_PASSWORD).assert(0, &["1 passed"]);
    with_password(admin, "fresh-wrong").assert(
        2,
        &[
            "the admin got no session: login of admin@localhost refused",
            "check --admin",
        ],
    );
    let paris = ["--accounts", "admin", "--admin", "paris@localhost"];
    with_password(&paris, "fresh-county").assert(
        2,
        &[
            "cannot make the account newjuliet@localhost: the server refused: forbidden",
            "is --admin an admin of this domain?",
        ],
    );
}

fn an_interrupted_run_removes_accounts(host: &Host) {
    let mut program = host.program(&["--accounts", "register", "-v", "waiting.scs"]);
    program.args(["--timeout", "1h"]).stdout(Stdio::piped());
    let mut running = program.stderr(Stdio::null()).spawn().unwrap();
    let stdout = BufReader::new(running.stdout.take().unwrap());
    let mut lines = stdout.lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("Romeo receives")));
    let process = running.id().to_string();
    let killed = Command::new("kill").args(["-INT", &process]).status();
    assert!(killed.unwrap().success());
    lines.for_each(drop);
    assert_eq!(running.wait().unwrap().code(), Some(2));
    host.assert_empty();
}

#[test]
fn prosody_makes_and_removes_accounts() {
    makes_accounts("prosody");
}

#[test]
fn ejabberd_makes_and_removes_accounts() {
    makes_accounts("ejabberd");
}

fn refuses_registration(recipe: &str, settings: &[(&str, &str)], words: &[&str]) {
    let host = Host::open(recipe, settings);
    let done = host.run(&["--accounts", "register", "newcomers.scs"]);
    done.assert(2, words);
    done.assert(2, &["cannot make the account new", "1 could not be run"]);
    host.assert_empty();
}

#[test]
fn a_prosody_that_registers_nobody_says_so() {
    let words = ["refused: service-unavailable", "turn registration on"];
    refuses_registration("prosody", &[("allow_registration", "false")], &words);
}

#[test]
fn a_prosody_that_registers_slowly_says_so() {
    let slowly = [
        ("registration_allowlist", "{}"),
        ("registration_throttle_max", "1"),
        ("registration_throttle_period", "3600"),
    ];
    let words = [
        "newromeo@localhost: the server refused",
        "how fast one registers",
    ];
    refuses_registration("prosody", &slowly, &words);
}

#[test]
fn an_ejabberd_that_registers_nobody_says_so() {
    let words = ["refused: forbidden", "turn registration on"];
    let nobody = [("modules.mod_register.access", "none")];
    refuses_registration("ejabberd", &nobody, &words);
}

#[test]
fn an_ejabberd_that_registers_slowly_says_so() {
    let words = [
        "newromeo@localhost: the server refused",
        "how fast one registers",
    ];
    refuses_registration("ejabberd", &[("registration_timeout", "3600")], &words);
}

#[test]
fn commands_make_and_remove_accounts() {
    let host = Host::open("prosody", &[]);
    let folder = host.server().folder();
    let accounts = folder.join("data/localhost/accounts");
    let file = |accounts: &Path| format!("{}/{{user}}.dat", accounts.display());
    let make = format!(
        r#"sh -c 'test $1 = localhost && printf "return {{ [\"password\"] = \"%s\"; }};" "$2" > $3' - {{domain}} {{password}} {}"#,
        file(&accounts)
    );
    let remove = format!("rm {}", file(&accounts));
    let way = ["--accounts", "command", "--accounts-command"];
    let both = [&way[..], &[&make, "--accounts-remove-command", &remove]].concat();
    host.run(&[&both[..], &["-v", "newcomers.scs"]].concat())
        .assert(0, &["1 script: 1 passed"]);
    host.assert_empty();
    let failing = "sh -c 'echo no room for $1:$SCANSION_PASSWORD >&2; exit 7' - {user}";
    host.run(&[&way[..], &[failing, "newcomers.scs"]].concat())
        .assert(
            2,
            &["exit code 7, and says: no room for newjuliet:[redacted]"],
        );
    host.run(
        &[
            &way[..],
            &[&make, "--accounts-remove-command", "false", "newcomers.scs"],
        ]
        .concat(),
    )
    .assert(
        0,
        &["warning: cannot remove the account newromeo@localhost: `false` ended with exit code 1"],
    );
    host.run(&["newcomers.scs"]).assert(0, &["1 passed"]);
}
