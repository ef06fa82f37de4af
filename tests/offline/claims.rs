//! Scripts that claim clauses: which there are says an index, and its levels decide what a failure is.

use std::fs;

use tempfile::TempDir;

use crate::program::{assert_ends, scansion};
use crate::shop;

const INDEX: &str = "fingerprint\tsection\tlevel\tsubject\ttested\twords\n\
    7c3f\t10.5\tMUST\tserver\toutside\tgreets\n\
    91ab\t10.5\tSHOULD\tserver\toutside\tgreets nicely\n";

/// A folder `suite` with a script that claims this clause of a document whose index is in a folder.
struct Suite(TempDir);

impl Suite {
    fn new(index: &str, clause: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["suite", index] {
            fs::create_dir_all(path(name)).unwrap();
        }
        fs::write(path(index).join("xep0045.tsv"), INDEX).unwrap();
        let script = shop::script("A day", "Shop", "bad");
        let script = script.replace("## strict\n", "## strict\n## xep: 0045\n");
        let above = format!("\n# § {clause}\nShop receives:");
        let script = script.replace("\nShop receives:", &above);
        fs::write(path("suite/day.scs"), script).unwrap();
        Self(folder)
    }

    #[track_caller]
    fn assert_says(&self, arguments: &[&str], code: i32, words: &[&str]) {
        let output = scansion(arguments).current_dir(self.0.path()).output();
        assert_ends(&output.unwrap(), code, words);
    }
}

#[test]
fn the_level_of_a_clause_decides_what_a_failure_is() {
    let server = shop::server();
    let run = [
        "run",
        "suite",
        "--server",
        &server,
        "--component-server",
        &server,
    ];
    let must = Suite::new("clauses", "10.5 [7c3f]");
    let broken = "breaks XEP-0045 §10.5 (MUST): greets";
    must.assert_says(&run, 1, &["FAIL  A day", broken, "1 failed"]);
    let should = Suite::new("clauses", "10.5 [91ab]");
    let broken = "breaks XEP-0045 §10.5 (SHOULD): greets nicely";
    should.assert_says(&run, 0, &["devi. A day", broken, "1 deviating"]);
    let strict = [&run[..], &["--level", "should"]].concat();
    should.assert_says(&strict, 1, &["FAIL  A day", broken]);
}

#[test]
fn a_transcript_is_judged_by_the_same_levels() {
    let server = shop::server();
    let run = [
        "run",
        "suite",
        "--component-server",
        &server,
        "--transcript",
        "heard",
    ];
    let suite = Suite::new("clauses", "10.5 [91ab]");
    let explain = ["explain", "heard/001-suite-day.transcript"];
    suite.assert_says(&run, 0, &["1 deviating"]);
    suite.assert_says(&explain, 0, &["devi. A day"]);
    suite.assert_says(
        &[&explain[..], &["--level", "should"]].concat(),
        1,
        &["FAIL"],
    );
    suite.assert_says(&[&run[..], &["--level", "should"]].concat(), 1, &["FAIL"]);
    suite.assert_says(&explain, 1, &["FAIL"]);
}

#[test]
fn clauses_are_looked_up_in_the_nearest_index_or_in_one_that_is_named() {
    let suite = Suite::new("clauses", "10.5 [ffff] greets");
    let told = [
        "XEP-0045 has no clause `ffff`",
        "suite/day.scs:13:1",
        "§10.5 has: § 10.5 [7c3f] MUST greets; § 10.5 [91ab] SHOULD greets nicely",
    ];
    suite.assert_says(&["check", "suite"], 2, &told);
    let elsewhere = Suite::new("elsewhere", "10.5 [ffff] greets");
    elsewhere.assert_says(&["check", "suite"], 0, &[]);
    let named = ["check", "suite", "--clauses", "elsewhere"];
    elsewhere.assert_says(&named, 2, &told[..1]);
}

#[test]
fn the_sentence_is_quoted_where_a_copy_of_the_document_is_at_hand() {
    let server = shop::server();
    let suite = Suite::new("clauses", "1 [b52c] greets");
    let index = suite.0.path().join("clauses/xep0045.tsv");
    fs::write(index, "b52c\t1\tMUST\tserver\toutside\n").unwrap();
    let copies = suite.0.path().join("copies");
    fs::create_dir_all(&copies).unwrap();
    let run = [
        "run",
        "suite",
        "--component-server",
        &server,
        "--transcript",
        "heard",
        "--standards",
        "copies",
    ];
    let missing = "note: there is no copy of XEP-0045 to quote";
    suite.assert_says(&run, 1, &[missing, "breaks XEP-0045 §1 (MUST): greets"]);
    let copy = "<xep><header><number>0045</number></header><section1 topic='Shops'>\
                <p>A shop MUST greet the guest. It SHOULD smile.</p></section1></xep>";
    fs::write(copies.join("xep-0045.xml"), copy).unwrap();
    let quoted = "    \"A shop MUST greet the guest.\"\n";
    suite.assert_says(&run, 1, &[quoted]);
    let heard = "heard/001-suite-day.transcript";
    let explain = ["explain", heard, "--standards", "copies"];
    suite.assert_says(&explain, 1, &[quoted]);
    let nowhere = ["explain", heard, "--standards", "nowhere"];
    suite.assert_says(&nowhere, 2, &["nowhere"]);
}
