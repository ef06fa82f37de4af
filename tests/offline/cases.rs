//! Rows of a table as cases of their own, wherever scripts are named, chosen, run and told of.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::explain::explain;
use crate::program::{assert_ends, scansion, text};
use crate::shop;

/// A shop wants to be greeted by servers of several kinds; in the second row it is not.
const GREETING: &str = "# A greeting
## strict
[Cases]
	| domain | words         | secret      |
	| good   | \"Good morrow\" | open-sesame |
	| bad    | \"Good morrow\" | open-bad    |
	| bad    | Begone        |             |

[Component] Shop
	jid: ${domain}.localhost
	secret: very-secret-${secret}

---

Shop connects

Shop receives:
	<message><body>${words}</body></message>
";

const RED: &str = "greeting.scs [bad \"Good morrow\" open-bad]";

/// A folder with that script, and the address of a server for it.
struct House {
    folder: TempDir,
    server: String,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("greeting.scs"), GREETING).unwrap();
        let server = shop::server();
        Self { folder, server }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs what the arguments name, in the folder.
    fn run(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = scansion(&["run", "--no-config", "--server", &self.server]);
        command.current_dir(self.folder.path());
        command.args(arguments).output().unwrap()
    }

    fn said(&self, command: &str, arguments: &[&str]) -> std::process::Output {
        let mut command = scansion(&[command, "--no-config"]);
        command.current_dir(self.folder.path());
        command.args(arguments).output().unwrap()
    }
}

#[test]
fn each_row_is_run_and_told_of() {
    let house = House::new();
    let output = house.run(&[
        "greeting.scs",
        "--report",
        "json=r.json",
        "--report",
        "junit=r.xml",
    ]);
    let again = "'greeting.scs [bad \"Good morrow\" open-bad]'";
    assert_ends(&output, 1, &["3 scripts", "2 passed, 1 failed", RED, again]);
    let report = fs::read_to_string(house.path("r.json")).unwrap();
    let junit = fs::read_to_string(house.path("r.xml")).unwrap();
    assert!(
        report.contains(r#""greeting.scs [bad Begone _]""#),
        "{report}"
    );
    let name = r#"name="A greeting [bad Begone _]" classname="greeting""#;
    assert!(junit.contains(name), "{junit}");
    for text in [text(&output), report, junit] {
        assert!(!text.contains("very-secret"), "{text}");
    }
}

#[test]
fn rows_are_named_and_chosen() {
    let house = House::new();
    for (arguments, code, scripts) in [
        (&[RED][..], 1, "1 script"),
        (&["greeting.scs [bad Begone _]"], 0, "1 script"),
        (&["./greeting.scs [bad Begone _]", RED], 1, "2 scripts"),
        (&[RED, "greeting.scs"], 1, "3 scripts"),
        (&["greeting.scs", "--filter", "[bad"], 1, "2 scripts"),
        (&["greeting.scs", "--filter", "begone"], 0, "1 script"),
        (
            &["greeting.scs", "--filter", "greeting.scs"],
            1,
            "3 scripts",
        ),
    ] {
        assert_ends(&house.run(arguments), code, &[scripts]);
    }
    let none = house.run(&["greeting.scs [good]"]);
    assert_ends(
        &none,
        2,
        &["greeting.scs [good]: the table has no such row"],
    );
    let parts = (1..=3).map(|part| {
        let part = format!("--partition={part}/3");
        house.run(&["greeting.scs", "--report", "json=r.json", &part]);
        let report = fs::read_to_string(house.path("r.json")).unwrap();
        report.matches("script-finished").count()
    });
    assert_eq!(parts.sum::<usize>(), 3);
}

#[test]
fn a_baseline_knows_rows() {
    let house = House::new();
    let known = |text: &str| {
        fs::write(house.path("known.toml"), text).unwrap();
        house.run(&["greeting.scs", "--baseline", "known.toml"])
    };
    let own = format!("'{RED}' = {{ reason = 'rude' }}\n");
    assert_ends(&known(&own), 0, &["2 passed, 1 known"]);
    let whole = known("'greeting.scs' = { reason = 'rude' }\n");
    assert_ends(&whole, 1, &["1 known", "2 passing again"]);
    let updated = house.run(&[
        "greeting.scs",
        "--baseline",
        "known.toml",
        "--update-baseline",
    ]);
    assert_ends(&updated, 0, &["1 added, 1 taken out"]);
    let text = fs::read_to_string(house.path("known.toml")).unwrap();
    assert!(text.ends_with(&own), "{text}");
}

#[test]
fn what_was_known_of_rows_that_were_not_run_stays() {
    let house = House::new();
    let (good, begone) = (
        "greeting.scs [good \"Good morrow\" open-sesame]",
        "greeting.scs [bad Begone _]",
    );
    let updated = |arguments: &[&str]| {
        fs::write(
            house.path("known.toml"),
            "'greeting.scs' = { reason = 'rude' }\n",
        )
        .unwrap();
        let update = ["--baseline", "known.toml", "--update-baseline"];
        let output = house.run(&[arguments, &update].concat());
        assert_ends(&output, 0, &["2 added, 1 taken out"]);
        fs::read_to_string(house.path("known.toml")).unwrap()
    };
    for (arguments, left) in [
        (&[good][..], [RED, begone]),
        (&["greeting.scs", "--filter", "Begone"], [RED, good]),
    ] {
        let text = updated(arguments);
        assert_eq!(text.matches("reason = 'rude'").count(), 2, "{text}");
        for row in left {
            assert!(text.contains(row), "{row}: {text}");
        }
    }
}

#[test]
fn a_transcript_is_of_a_row() {
    let house = House::new();
    house.run(&["greeting.scs", "--transcript", "heard"]);
    let script = house.path("greeting.scs");
    let script = script.to_str().unwrap();
    let mut transcripts: Vec<_> = fs::read_dir(house.path("heard")).unwrap().collect();
    transcripts.sort_by_key(|file| file.as_ref().unwrap().file_name());
    for (file, code) in transcripts.into_iter().zip([0, 1, 0]) {
        let path = file.unwrap().path();
        assert!(!fs::read_to_string(&path).unwrap().contains("very-secret"));
        explain(&path, &[script]).ended(code, &["A greeting"]);
        fs::write(
            house.path("other.scs"),
            GREETING.replace("Begone ", "Begone!"),
        )
        .unwrap();
        let other = house.path("other.scs");
        let is_there = !is_of(&path, "Begone");
        let done = explain(&path, &[other.to_str().unwrap()]);
        match is_there {
            true => done.ended(code, &[]),
            false => done.ended(2, &["the table has no such row"]),
        };
    }
}

fn is_of(transcript: &Path, words: &str) -> bool {
    let text = fs::read_to_string(transcript).unwrap();
    text.lines()
        .any(|line| line.starts_with("script: ") && line.contains(words))
}

/// The same with a column of passwords.
fn with_passwords() -> String {
    let secret = GREETING.replace("very-secret-${secret}", "${secret}");
    secret.replace(
        "Begone        |             |",
        "Begone        | open-last   |",
    )
}

#[test]
fn no_case_is_called_by_a_password() {
    let house = House::new();
    fs::write(house.path("greeting.scs"), with_passwords()).unwrap();
    let arguments = ["--transcript", "heard", "--report", "json=r.json"];
    let hidden = "greeting.scs [bad \"Good morrow\" \"[redacted]\"]";
    for row in ["greeting.scs", hidden, RED] {
        let output = house.run(&[&[row], &arguments[..]].concat());
        let again = "'greeting.scs [bad \"Good morrow\" \"[redacted]\"]'";
        assert_ends(&output, 1, &[hidden, again]);
        let report = fs::read_to_string(house.path("r.json")).unwrap();
        assert!(!(text(&output) + &report).contains("open-bad"), "{report}");
    }
    for file in fs::read_dir(house.path("heard")).unwrap() {
        let path = file.unwrap().path();
        let all = path.display().to_string() + &fs::read_to_string(&path).unwrap();
        assert!(!all.contains("open-"), "{all}");
        let script = house.path("greeting.scs");
        let code = i32::from(is_of(&path, "[bad \"Good"));
        explain(&path, &[script.to_str().unwrap()]).ended(code, &[]);
    }
}

#[test]
fn rows_that_differ_in_a_password_have_names_of_their_own() {
    let house = House::new();
    let table = "[Cases]\n\t| secret |\n\t| open-sesame |\n\t| open-bad |\n\t| open-last |\n";
    let (_, story) = GREETING.split_once("\n[Component]").unwrap();
    let script = format!("# A greeting\n{table}\n[Component]{story}")
        .replace("${domain}", "bad")
        .replace("very-secret-${secret}", "${secret}")
        .replace("${words}", "Begone");
    fs::write(house.path("greeting.scs"), script).unwrap();
    let listed = text(&house.said("list", &["greeting.scs"]));
    let names = ["[redacted]", "[redacted] 2", "[redacted] 3"];
    let names = names.map(|cell| format!("greeting.scs [\"{cell}\"]"));
    for name in &names {
        assert!(listed.contains(name.as_str()), "{listed}");
        let output = house.run(&[name, "--transcript", "heard", "--report", "json=r.json"]);
        assert_ends(&output, 0, &["1 script", "1 passed"]);
        let report = fs::read_to_string(house.path("r.json")).unwrap();
        assert!(!(text(&output) + &report).contains("open-"), "{report}");
    }
    let own = house.run(&["greeting.scs [open-last]", "--report", "json=r.json"]);
    assert_ends(&own, 0, &["1 script"]);
    let report = fs::read_to_string(house.path("r.json")).unwrap();
    assert!(report.contains("[redacted] 3"), "{report}");
    let none = house.run(&["greeting.scs [\"[redacted] 4\"]"]);
    assert_ends(&none, 2, &["the table has no such row"]);
}

#[test]
fn a_row_with_a_mistake_shows_no_password() {
    let house = House::new();
    for row in [
        "| bad | Begone | open-heart | 1 |",
        "| bad | \"Begone | open-heart |",
        "| bad | Begone | open-heart",
        "| ${words} | Begone | open-heart |",
        "| bad | Begone | open-last |",
    ] {
        let table = with_passwords().replace("\n[Component]", &format!("\t{row}\n\n[Component]"));
        fs::write(house.path("greeting.scs"), table).unwrap();
        for output in [
            house.run(&["greeting.scs"]),
            house.said("check", &["greeting.scs"]),
            house.said("check", &["greeting.scs", "--format=json"]),
        ] {
            let shown = text(&output);
            assert_eq!(output.status.code(), Some(2), "{shown}");
            assert!(!shown.contains("open-"), "{row}: {shown}");
        }
    }
}

#[test]
fn a_table_is_left_to_its_author() {
    let house = House::new();
    let output = house.run(&["greeting.scs", "--bless", "--yes"]);
    assert_ends(&output, 1, &["a script with a table is left alone"]);
    let text = fs::read_to_string(house.path("greeting.scs")).unwrap();
    assert_eq!(text, GREETING);
}

#[test]
fn what_is_wrong_is_told_once() {
    let house = House::new();
    let listed = text(&house.said("list", &["greeting.scs"]));
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.contains(RED), "{listed}");
    let json = text(&house.said("list", &["greeting.scs", "--format=json"]));
    assert!(
        json.contains(r#""path":"greeting.scs [bad Begone _]""#),
        "{json}"
    );
    let checked = house.said("check", &["greeting.scs"]);
    assert_ends(&checked, 0, &["1 script: no errors, no warnings"]);
    let unused = GREETING.replace("secret-${secret}", "secret");
    fs::write(house.path("greeting.scs"), unused).unwrap();
    let checked = house.said("check", &["greeting.scs"]);
    assert_ends(
        &checked,
        0,
        &[
            "nobody uses the column `secret`",
            "1 script: no errors, 1 warning",
        ],
    );
    let run = text(&house.run(&["greeting.scs"]));
    assert_eq!(run.matches("1 warning").count(), 1, "{run}");
    let wrong = GREETING.replace("${domain}.local", "${words}.local");
    fs::write(house.path("greeting.scs"), wrong).unwrap();
    let checked = house.said("check", &["greeting.scs"]);
    let words = [
        "`Good morrow.localhost` is not a JID",
        "in the case [good \"Good morrow\" open-sesame]",
    ];
    assert_ends(&checked, 2, &words);
    let run = house.run(&["greeting.scs"]);
    assert_ends(&run, 2, &["1 script"]);
}
