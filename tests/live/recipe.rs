//! Servers that users describe: recipes, settings, places and commands.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::program::{assert_ends, scansion, text};
use tempfile::TempDir;

/// A script that says what the server is called, which a configuration can change.
const CONFIGURED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/scripts/live/configured.scs"
);
const LOGIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/spec/rfc6120/login.scs");
/// A small configuration of Prosody, for any account.
const CONFIG: &str = include_str!("../launch/prosody.cfg.lua");

/// A folder with files, in which commands are typed.
struct Desk(TempDir);

impl Desk {
    fn new(files: &[(&str, &str)]) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for (name, content) in files {
            fs::write(desk.path(name), content).unwrap();
        }
        desk
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn scansion(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_scansion"))
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.scansion(&[&["run"], arguments].concat())
    }

    #[track_caller]
    fn assert_run(&self, arguments: &[&str], code: i32, words: &[&str]) {
        assert_ends(&self.run(arguments), code, words);
    }
}

// ---- Recipes --------------------------------------------------------------------------------------------------

#[test]
fn a_recipe_that_is_shown_can_be_used() {
    let desk = Desk::new(&[]);
    let listed = desk.scansion(&["launch", "list", "--no-config"]);
    assert_ends(&listed, 0, &["\nprosody ", "\nprosody-suite ", "ejabberd "]);
    for name in text(&listed).lines().map(|line| line.split(' ').next()) {
        let shown = desk.scansion(&["launch", "show", name.unwrap()]);
        assert_ends(
            &shown,
            0,
            &["[[start]]"][..usize::from(!text(&shown).contains("extends"))],
        );
        fs::write(desk.path("mine.toml"), shown.stdout).unwrap();
        if name == Some("prosody") || name == Some("ejabberd") {
            desk.assert_run(&["--launch", "./mine.toml", LOGIN], 0, &["1 passed"]);
        }
    }
}

#[test]
fn a_recipe_begins_with_another_and_has_a_name_in_the_settings_of_a_project() {
    let extended = "extends = \"prosody\"\nname = \"Ours\"\nabout = \"Prosody with another name\"\n\
                    [[blank]]\nname = \"hosts\"\neach = \"domain\"\n\
                    text = \"VirtualHost {domain:lua}\\n\\tname = \\\"configured by hand\\\"\\n\"\n";
    let config = format!(
        "[recipe]\nours = \"ours.toml\"\n[recipe.inline]\n{extended}[recipe.wrong]\nname = 1\n"
    );
    let inline = config.replace("[[blank]]", "[[recipe.inline.blank]]");
    let desk = Desk::new(&[("ours.toml", extended), ("scansion.toml", &inline)]);
    for name in ["ours", "inline", "ours.toml"] {
        desk.assert_run(&["--launch", name, CONFIGURED, "-v"], 0, &["1 passed"]);
    }
    desk.assert_run(&["--launch", "wrong", CONFIGURED], 2, &["name = 1"]);
    desk.assert_run(
        &["--launch", "ours", "--no-config", CONFIGURED],
        2,
        &["no recipe `ours`"],
    );
    let listed = desk.scansion(&["launch", "list"]);
    assert_ends(&listed, 2, &["name = 1"]);
    fs::write(desk.path("other.toml"), "[recipe]\nours = \"ours.toml\"\n").unwrap();
    let listed = desk.scansion(&["launch", "list", "--config", "other.toml"]);
    assert_ends(&listed, 0, &["ours           Prosody with another name"]);
}

#[test]
fn a_profile_names_a_recipe_from_its_folder_on() {
    let config = "[profile.default]\nlaunch = \"servers/ours.toml\"\n";
    let desk = Desk::new(&[("scansion.toml", config)]);
    fs::create_dir_all(desk.path("servers")).unwrap();
    fs::create_dir_all(desk.path("below")).unwrap();
    fs::write(desk.path("servers/ours.toml"), "extends = \"prosody\"\n").unwrap();
    let mut command = scansion(&["run", LOGIN]);
    let output = command.current_dir(desk.path("below")).output().unwrap();
    assert_ends(&output, 0, &["1 passed"]);
}

#[test]
fn what_is_wrong_with_a_recipe_is_shown_in_it() {
    let desk = Desk::new(&[
        ("typo.toml", "name = \"x\"\n[[start]]\nword = [\"x\"]\n"),
        ("base.toml", "extends = \"nothing\"\n"),
        ("unfit.toml", "extends = \"prosody\"\nstart = []\n"),
        (
            "gone.toml",
            "name = \"Gone\"\n[[start]]\nwords = [\"no-such-server\"]\n",
        ),
    ]);
    for (recipe, words) in [
        (
            "typo.toml",
            ["typo.toml:3:1", "unknown field `word`"].as_slice(),
        ),
        (
            "base.toml",
            &["base.toml: it extends `nothing`", "`prosody`"],
        ),
        ("unfit.toml", &["no `[[start]]`"]),
        (
            "gone.toml",
            &["Gone is not installed (there is no `no-such-server` in PATH)"],
        ),
        ("nowhere.toml", &["nowhere.toml: No such file"]),
        (
            "ejaberd",
            &["did you mean `ejabberd`?", "`scansion launch list`"],
        ),
    ] {
        desk.assert_run(&["--launch", recipe, LOGIN], 2, words);
    }
    assert_ends(
        &desk.scansion(&["launch", "show", "typo.toml"]),
        2,
        &["unknown field"],
    );
}

/// Accounts made in band, by SQL and by a command, each on a Prosody that has none.
#[test]
fn accounts_are_made_as_a_recipe_says() {
    let record = "return { [\\\"password\\\"] = {password:lua} };";
    let write = "mkdir -p \"$SCANSION_DIR/data/localhost/accounts\" && \
                 cat >\"$SCANSION_DIR/data/localhost/accounts/$1.dat\"";
    let command = format!(
        "by = \"command\"\nwords = [\"sh\", \"-c\", '{write}', \"sh\", \"{{user:percent}}\"]\ninput = \"{record}\"\n"
    );
    let admin = "by = \"admin\"\njid = \"root@{domain}\"\npassword = \"secret\"\n";
    for accounts in ["by = \"in-band\"\n", &command] {
        let recipe = format!("extends = \"prosody\"\n[accounts]\n{accounts}");
        let desk = Desk::new(&[("mine.toml", &recipe)]);
        desk.assert_run(&["--launch", "./mine.toml", LOGIN], 0, &["1 passed"]);
    }
    let recipe = format!("extends = \"prosody\"\n[accounts]\n{admin}");
    let desk = Desk::new(&[("mine.toml", &recipe)]);
    let refused = desk.run(&["--launch", "./mine.toml", LOGIN]);
    assert_ends(&refused, 2, &["cannot make the account", "root@localhost"]);
    assert!(!text(&refused).contains("secret"), "{}", text(&refused));
    let sql = "by = \"sql\"\ndatabase = \"{dir}/x.db\"\nstatement = \"CREATE TABLE t (a); INSERT INTO u VALUES ({password:sql});\"\n";
    let recipe = format!("extends = \"prosody\"\n[accounts]\n{sql}");
    let desk = Desk::new(&[("mine.toml", &recipe)]);
    desk.assert_run(
        &["--launch", "./mine.toml", LOGIN],
        2,
        &["`sqlite3` ended with"],
    );
}

/// Two scripts that do not agree on a password are not both run where an account keeps the first one it has got.
#[test]
fn an_account_that_keeps_its_password_has_one() {
    let play = |password: &str| {
        format!(
            "# {password}\n\n[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: {password}\n\n---------\n\nRomeo connects\n"
        )
    };
    let desk = Desk::new(&[
        (
            "mine.toml",
            "extends = \"prosody\"\naccounts = { by = \"in-band\" }\n",
        ),
        ("a.scs", &play("montague")),
        ("b.scs", &play("capulet")),
    ]);
    let scripts = ["--launch", "./mine.toml", "--jobs", "1", "a.scs", "b.scs"];
    desk.assert_run(&scripts, 2, &["1 passed, 1 could not be run", "a.scs"]);
    desk.assert_run(
        &[&scripts[..], &["--isolation", "script"]].concat(),
        0,
        &["2 passed"],
    );
}

/// The script asks for rooms at `conference.localhost`, which are elsewhere.
#[test]
fn services_are_where_a_recipe_says() {
    let recipe = "extends = \"prosody\"\n[services]\nconference = \"rooms.{domain}\"\n";
    let play = "# Rooms\n\n[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: p\n\n---------\n\nRomeo connects\n\n\
                Romeo sends:\n\t<iq type='get' id='a' to='conference.localhost'>\n\t\t\
                <query xmlns='http://jabber.org/protocol/disco#info'/>\n\t</iq>\n\nRomeo receives:\n\t\
                <iq type='result' id='a' from='conference.localhost'>\n\t\t\
                <query xmlns='http://jabber.org/protocol/disco#info' scansion:strict='false'/>\n\t</iq>\n";
    let desk = Desk::new(&[("mine.toml", recipe), ("rooms.scs", play)]);
    let run = ["--launch", "./mine.toml", "-v", "rooms.scs"];
    desk.assert_run(&run, 0, &["to='rooms.localhost'"]);
    desk.assert_run(
        &[&run[..], &["--domain=example.org"]].concat(),
        0,
        &["to='rooms.example.org'"],
    );
    let nowhere = [&run[..], &["--map=conference.localhost=nowhere.localhost"]].concat();
    desk.assert_run(&nowhere, 1, &["to='nowhere.localhost'"]);
}

// ---- Settings -------------------------------------------------------------------------------------------------

#[test]
fn a_single_setting_can_be_changed() {
    let desk = Desk::new(&[("own.lua", CONFIG), ("own.yml", "- 1\n")]);
    let renamed = "host_config.localhost={}";
    desk.assert_run(
        &["--launch", "ejabberd", "--launch-set", renamed, LOGIN],
        0,
        &["1 passed"],
    );
    let off = [
        "--launch",
        "prosody",
        "--launch-set",
        "modules_disabled={\"s2s\", \"disco\"}",
    ];
    desk.assert_run(
        &[&off[..], &[CONFIGURED]].concat(),
        1,
        &["service-unavailable"],
    );
    for (arguments, words) in [
        (
            [
                "--launch=prosody",
                "--launch-config=own.lua",
                "--launch-set=a=1",
            ],
            ["`a` cannot be set", "{settings}"],
        ),
        (
            [
                "--launch=ejabberd",
                "--launch-config=own.yml",
                "--launch-set=a.b=1",
            ],
            ["`a.b` cannot be set", "has no keys"],
        ),
        (
            [
                "--launch=jabberd2",
                "--launch-timeout=1s",
                "--launch-set=a=1",
            ],
            ["jabberd2 has no setting `a`", "`--launch-config`"],
        ),
        (
            ["--launch=prosody", "--launch-timeout=1s", "--launch-set=a"],
            ["NAME=VALUE", "mam_smart_enable=true"],
        ),
    ] {
        desk.assert_run(&[&arguments[..], &[LOGIN]].concat(), 2, &words);
    }
}

// ---- Places ---------------------------------------------------------------------------------------------------

#[test]
fn a_server_is_started_from_where_it_is_said_to_be() {
    let desk = Desk::new(&[(
        "not-prosody",
        "#!/bin/sh\necho this is another program; exit 9\n",
    )]);
    let prosody = which::which("prosody").expect("`make test` installs it");
    let of = |path: &str| format!("prosody={path}");
    let program = of(prosody.to_str().unwrap());
    desk.assert_run(&["--launch", &program, LOGIN], 0, &["1 passed"]);
    let script = desk.path("not-prosody");
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    desk.assert_run(
        &["--launch", "prosody=not-prosody", LOGIN],
        2,
        &["another program", "exit code 9"],
    );
    desk.assert_run(
        &["--launch", "jabberd2=not-prosody", LOGIN],
        2,
        &["/not-prosody cannot take the place of jabberd2"],
    );
    fs::create_dir(desk.path("empty")).unwrap();
    let words = ["does not hold Prosody: there is no ", "/empty/prosody"];
    desk.assert_run(&["--launch", "prosody=empty", LOGIN], 2, &words);
    desk.assert_run(
        &["--launch", "prosody=nowhere", LOGIN],
        2,
        &["nowhere: No such file"],
    );
    desk.assert_run(&["--launch", "prosody=", LOGIN], 2, &["RECIPE=PATH"]);
}

/// A system of its own is made of links to this one.
#[test]
fn a_server_is_started_in_a_system_of_its_own() {
    let desk = Desk::new(&[]);
    let root = desk.path("system");
    for folder in ["etc", "proc", "dev", "tmp", "usr/bin"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    fs::write(root.join("etc/os-release"), "ID=test\n").unwrap();
    let recipe = "name = \"Inner\"\n[[start]]\nwords = [\"inner-server\", \"{dir}\"]\n";
    fs::write(desk.path("inner.toml"), recipe).unwrap();
    std::os::unix::fs::symlink("usr/bin", root.join("bin")).unwrap();
    install_shell(&root);
    let launch = ["--launch", "./inner.toml=system", LOGIN];
    desk.assert_run(
        &launch,
        2,
        &["Inner is not installed", "no `inner-server` in PATH"],
    );
    let server = root.join("usr/bin/inner-server");
    fs::write(
        &server,
        "#!/bin/sh\necho \"in $PWD of $1\"; echo /*; exit 8\n",
    )
    .unwrap();
    fs::set_permissions(&server, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let output = desk.run(&launch);
    assert_ends(&output, 2, &["exit code 8", "/bin /dev /etc /lib"]);
    let said = text(&output);
    let (_, folder) = said.split_once("in /").unwrap();
    let (inner, outer) = folder.lines().next().unwrap().split_once(" of /").unwrap();
    assert_eq!(inner, outer, "it begins in its own folder");
    assert_eq!(fs::read_dir(root.join("tmp")).unwrap().count(), 0);
}

/// Puts a shell, and what it needs, into a system.
fn install_shell(root: &Path) {
    let shell = fs::canonicalize("/bin/sh").unwrap();
    fs::copy(&shell, root.join("usr/bin/sh")).unwrap();
    let needs = Command::new("ldd").arg(&shell).output().unwrap();
    let needs = String::from_utf8(needs.stdout).unwrap();
    for library in needs
        .split_whitespace()
        .filter(|word| word.starts_with('/'))
    {
        let place = root.join(library.trim_start_matches('/'));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(library, place).unwrap();
    }
}

// ---- Commands -------------------------------------------------------------------------------------------------

#[test]
fn a_command_is_told_who_there_is_to_be() {
    let cast = "# Three\n\n[Client] Romeo\n\tjid: romeo@b.example\n\tpassword: it's \"he\"\n\n\
                [Client] Juliet\n\tjid: juliet@a.example\n\tpassword: p\n\n\
                [Component] Shop\n\tjid: shop.a.example\n\tsecret: s t\n\n---------\n\nRomeo connects\n";
    let desk = Desk::new(&[("cast.scs", cast)]);
    let told = desk.path("told");
    let command = format!(
        "exec >{}; echo {{domains}}; for x in {{components}}; do echo $x; done; cat {{accounts_file}} \
         {{components_file}}; echo {{s2s_port}}; exit 1",
        told.display()
    );
    desk.assert_run(
        &["--launch-command", &command, "cast.scs"],
        2,
        &["exit code 1"],
    );
    let told = fs::read_to_string(told).unwrap();
    let (told, port) = told.trim_end().rsplit_once('\n').unwrap();
    assert!(port.parse::<u16>().is_ok(), "{port}");
    insta::assert_snapshot!(told, @r#"
    a.example b.example
    shop.a.example=s t
    {"domain":"a.example","jid":"juliet@a.example","password":"p","user":"juliet"}
    {"domain":"b.example","jid":"romeo@b.example","password":"it's \"he\"","user":"romeo"}
    {"domain":"shop.a.example","secret":"s t"}
    "#);
}

/// A server that has one domain can serve scripts for several, one after the other.
#[test]
fn a_server_for_one_script_has_what_that_one_needs() {
    let play = |domain: &str| {
        format!(
            "# One\n\n[Client] Romeo\n\tjid: romeo@{domain}\n\tpassword: p\n\n---------\n\nRomeo connects\n"
        )
    };
    let desk = Desk::new(&[("a.scs", &play("a.example")), ("b.scs", &play("b.example"))]);
    for (isolation, expected) in [("script", "a.example"), ("job", "a.example b.example")] {
        let told = desk.path(isolation);
        let command = format!("echo {{domains}} >{}; exit 1", told.display());
        let run = ["--isolation", isolation, "--jobs=1", "a.scs", "b.scs"];
        desk.assert_run(
            &[&["--launch-command", &command], &run[..]].concat(),
            2,
            &[],
        );
        assert_eq!(fs::read_to_string(told).unwrap().trim(), expected);
    }
}

#[test]
fn accounts_are_made_where_the_launched_server_is() {
    let config = CONFIG.replace("insecure\"", "internal_plain\"").replace(
        "default_storage = \"memory\"",
        "default_storage = \"internal\"",
    );
    let desk = Desk::new(&[("prosody.cfg.lua", &config)]);
    let register = "sh -c 'test \"$SCANSION_PORT\" = \"$3\" && mkdir -p \"$2/data/localhost/accounts\" && \
                    printf \"return { password = \\\"%s\\\" }\" \"$SCANSION_PASSWORD\" \
                    >\"$2/data/localhost/accounts/$1.dat\"' - romeo {dir} {port}";
    desk.assert_run(
        &[
            "--launch-command=mkdir {dir}/data {dir}/certs && exec prosody -F --config {config}",
            "--launch-config=prosody.cfg.lua",
            "--accounts=command",
            "--accounts-command",
            register,
            CONFIGURED,
        ],
        0,
        &["1 passed"],
    );
}

#[test]
fn the_certificate_that_a_server_has_of_its_own_is_believed() {
    let mut names = rcgen::CertificateParams::new(vec!["elsewhere.example".to_owned()]).unwrap();
    names.not_after = rcgen::date_time_ymd(2049, 12, 31);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = names.self_signed(&key).unwrap();
    let desk = Desk::new(&[
        ("own.crt", &certificate.pem()),
        ("own.key", &key.serialize_pem()),
    ]);
    let of = |name: &str| desk.path(name).display().to_string();
    let tls = format!(
        "modules_enabled = {{ \"saslauth\"; \"disco\"; \"tls\"; \"roster\" }}\nssl = {{ certificate = \"{}\"; key = \
         \"{}\" }}\n",
        of("own.crt"),
        of("own.key")
    );
    let config = CONFIG.replace("VirtualHost", &format!("{tls}VirtualHost"));
    fs::write(desk.path("own.lua"), &config).unwrap();
    fs::write(
        desk.path("given.lua"),
        format!("-- {{certificate}}\n{config}"),
    )
    .unwrap();
    let run = |config: &str| {
        desk.run(&[
            "--launch-command=mkdir {dir}/data {dir}/certs && exec prosody -F --config {config}",
            "--launch-config",
            config,
            "--tls=starttls",
            CONFIGURED,
        ])
    };
    assert_ends(&run("own.lua"), 0, &["1 passed"]);
    assert_ends(&run("given.lua"), 2, &["certificate"]);
}
