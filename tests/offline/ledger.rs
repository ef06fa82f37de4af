//! `ledger`: which clauses scripts claim, by what was recorded of them, and by reports.

use std::fs;
use std::path::Path;

use scansion::report::json;
use scansion::report::model::{Clause, End, Report, Run, SCHEMA, Script, Step, Verdict};
use serde_json::Value;
use tempfile::TempDir;

use crate::explain::Done;
use crate::program;

const SCRIPT: &str = include_str!("../scripts/doubt/greeting.scs");
const TRANSCRIPT: &str = include_str!("../scripts/doubt/greeting.transcript");

const INDEX: &str = "7c3f\t10.5\tMUST\tserver\toutside\tgreetings arrive\n\
    91ab\t10.5\tSHOULD\tserver\toutside\tgreetings are not refused\n\
    00bb\t10.6\tMUST\tboth\ts2s\n\
    00cc\t10.6\tMUST\tclient\tnever: the client's part\n";

/// The line of the step that claims the first clause.
const LINE: usize = 26;

/// A folder with a script `doubt/greeting.scs` that claims two clauses, what was recorded of it, and an index.
struct Suite(TempDir);

impl Suite {
    fn new() -> Self {
        let suite = Self(tempfile::tempdir().unwrap());
        let script = SCRIPT
            .replace("## complete\n", "## complete\n## xep: 0045\n")
            .replace("\nJuliet receives:", "\n# § 10.5 [7c3f]\nJuliet receives:")
            .replace(
                "\nRomeo does not",
                "\n# § 10.5 [91ab] no error\nRomeo does not",
            );
        suite.write("doubt/greeting.scs", &script);
        suite.write("heard/001.transcript", TRANSCRIPT);
        suite.write("clauses/xep0045.tsv", INDEX);
        suite
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    /// Writes a report of a server that has broken the first clause, or not, in a script at this path.
    fn report(&self, name: &str, server: &str, path: &str, verdict: Verdict) {
        let clause = Clause {
            document: "XEP-0045".to_owned(),
            section: "10.5".to_owned(),
            fingerprint: "7c3f".to_owned(),
            level: None,
            words: String::new(),
            verdict,
            link: String::new(),
            sentence: None,
        };
        let step = Step {
            line: LINE,
            file: None,
            action: "Juliet receives:".to_owned(),
            part: scansion::script::Part::Story,
            alternative: None,
            comments: Vec::new(),
            clauses: vec![clause],
            verdict,
            duration: 0.0,
        };
        let script = Script {
            steps: vec![step],
            ..Script::unreadable(path, verdict, "so it ended")
        };
        let report = Report {
            run: Run {
                schema: SCHEMA,
                scansion: "0.0.0".to_owned(),
                started: "2024-02-29T12:00:00.000Z".to_owned(),
                server: Some(server.to_owned()),
                shuffle: None,
                partition: None,
                selected: Vec::new(),
            },
            scripts: vec![script],
            end: End::default(),
        };
        self.write(name, &json::write(&report));
    }

    fn ledger(&self, arguments: &[&str]) -> Done {
        let mut program = program::scansion(&[&["ledger", "doubt"], arguments].concat());
        let output = program.current_dir(self.0.path()).output().unwrap();
        output.into()
    }
}

#[test]
fn what_is_shown_to_fail_is_covered() {
    let suite = Suite::new();
    suite.ledger(&[]).ended(
        0,
        &["2 clauses are claimed by scripts without a transcript"],
    );
    let done = suite.ledger(&["--transcripts", "heard"]).ended(0, &[]);
    insta::assert_snapshot!(done.text);
    let all = suite.ledger(&["--transcripts", "heard", "--verbose"]);
    all.ended(
        0,
        &["covered  XEP-0045 § 10.5 [91ab] SHOULD greetings are not refused"],
    );
    let quiet = suite
        .ledger(&["--transcripts", "heard", "-q"])
        .ended(0, &["in all"]);
    assert!(
        !quiet.text.contains("not shown to be able"),
        "{}",
        quiet.text
    );
}

#[test]
fn a_server_that_breaks_a_clause_shows_it() {
    let suite = Suite::new();
    suite.report("kept.json", "Kept 1", "doubt/greeting.scs", Verdict::Passed);
    suite.report(
        "broken.json",
        "Broken 2",
        "/far/doubt/greeting.scs",
        Verdict::Failed,
    );
    let told = [
        "Kept 1: 1 kept",
        "mine: 1 broken",
        "mine broke it",
        "2 of 3 clauses for servers are covered, 1 of 2 that demand something",
    ];
    let reports = [
        "kept.json",
        "mine=broken.json",
        "--transcripts",
        "heard",
        "-v",
    ];
    suite.ledger(&reports).ended(0, &told);
}

#[test]
fn it_is_written_in_several_forms() {
    let suite = Suite::new();
    let forms = [
        "--report",
        "json=l.json",
        "--report",
        "markdown=l.md",
        "--report",
        "html=l.html",
    ];
    suite
        .ledger(&[&forms[..], &["--transcripts", "heard"]].concat())
        .ended(0, &["in all"]);
    let ledger: Value = serde_json::from_str(&suite.read("l.json")).unwrap();
    assert_eq!(ledger["counts"]["all"]["covered"], 1);
    assert!(
        suite
            .read("l.md")
            .contains("| `91ab` | SHOULD | greetings are not refused | ✓ |")
    );
    assert!(
        suite.read("l.html").contains("no line reads")
            || suite.read("l.html").contains("passes with")
    );
    let before = suite.read("l.md");
    let screen = suite.ledger(&["--report", "markdown", "--transcripts", "heard"]);
    let screen = screen.ended(0, &[&before]);
    assert!(
        screen
            .text
            .contains("1 of 3 clauses for servers are covered"),
        "{}",
        screen.text
    );
}

#[test]
fn too_few_can_be_covered() {
    let suite = Suite::new();
    let heard = ["--transcripts", "heard"];
    suite
        .ledger(&[&heard[..], &["--min-covered", "1"]].concat())
        .ended(0, &[]);
    let few = suite.ledger(&[&heard[..], &["--min-covered", "2"]].concat());
    few.ended(1, &["1 clause is covered, and 2 have to be"]);
}

#[test]
fn what_is_wrong_is_told() {
    let suite = Suite::new();
    suite.write("none/a.txt", "");
    suite.write("no.json", "{}");
    suite.report("other.json", "Other", "other.scs", Verdict::Passed);
    suite.write(
        "odd/001.transcript",
        &TRANSCRIPT.replace("doubt/greeting", "b"),
    );
    suite.write("bad/001.transcript", "x");
    suite.ledger(&["no.json"]).ended(2, &["no.json: "]);
    suite.ledger(&["gone.json"]).ended(2, &["gone.json: "]);
    suite
        .ledger(&["other.json"])
        .ended(0, &["other.json has none of these scripts"]);
    let odd = suite.ledger(&["--transcripts", "odd"]);
    odd.ended(0, &["no transcript in odd is of these scripts"]);
    let both = suite.ledger(&["--transcripts", "odd", "--transcripts", "heard"]);
    both.ended(0, &["1 of 3 clauses for servers are covered"]);
    suite
        .ledger(&["--transcripts", "bad"])
        .ended(2, &["this is no transcript"]);
    suite.ledger(&["--transcripts", "gone"]).ended(2, &["gone"]);
    suite
        .ledger(&["--clauses", "none"])
        .ended(2, &["there is no index of clauses"]);
    suite.ledger(&["--standards", "gone"]).ended(2, &["gone"]);
    suite
        .ledger(&["--filter", "nothing"])
        .ended(2, &["no script is selected"]);
    let program = program::scansion(&["ledger", "none"])
        .current_dir(suite.0.path())
        .output();
    Done::from(program.unwrap()).ended(2, &["no script is selected"]);
}

#[test]
fn clauses_that_are_not_there_are_errors_of_scripts() {
    let suite = Suite::new();
    suite.write("clauses/xep0045.tsv", &INDEX.replace("7c3f", "7c3e"));
    suite
        .ledger(&[])
        .ended(2, &["XEP-0045 has no clause `7c3f`"]);
    fs::remove_file(suite.0.path().join("clauses/xep0045.tsv")).unwrap();
    suite.write("clauses/xep0030.tsv", "");
    suite.ledger(&[]).ended(
        0,
        &["XEP-0045 has no index, so what is claimed of it does not count"],
    );
}

#[test]
fn how_it_is_judged_can_be_said() {
    let suite = Suite::new();
    for more in [
        &["--strict"][..],
        &["--complete"],
        &["--child-order", "any"],
        &["--matching", "open"],
        &["--level", "should"],
        &["-d", "doubt"],
        &["--only-tags", "xep"],
        &["--skip-tags", "slow"],
    ] {
        suite
            .ledger(&[more, &["--transcripts", "heard"]].concat())
            .ended(0, &["in all"]);
    }
    assert!(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs/ledger.schema.json")
            .exists()
    );
}

/// What each row of a page's tables says of a clause, without what servers and recordings have shown of it: for one
/// thing, by which scripts it is not covered, which stand in parentheses.
fn claims_in(page: &str) -> Vec<String> {
    let rows = page.lines().filter(|line| line.starts_with("| ["));
    let claims = rows.map(|row| {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let scripts = cells[5].replace("(`", "`").replace("`)", "`");
        [&cells[..4], &[&*scripts]].concat().join(" | ")
    });
    claims.collect()
}

#[test]
fn the_ledger_of_the_project_has_the_claims_of_its_scripts() {
    let page = fs::read_to_string(program::root().join("docs/ledger.md")).unwrap();
    let now = program::scansion(&["ledger", "spec", "--report=markdown"]).output();
    let now = String::from_utf8(now.unwrap().stdout).unwrap();
    let (old, new) = (claims_in(&page), claims_in(&now));
    assert!(new.len() > 900, "{now}");
    let other = old.iter().find(|row| !new.contains(row));
    assert_eq!(other, None, "`make ledger` makes docs/ledger.md anew");
    assert_eq!(
        old.len(),
        new.len(),
        "`make ledger` makes docs/ledger.md anew"
    );
}
