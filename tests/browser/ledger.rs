//! The ledger as a page: which clauses are shown by its filters.

use scansion::case::CaseId;
use scansion::clauses::Index;
use scansion::ledger::{Builder, ClaimedClause, Found, Place, Result, Server, Weakness};
use scansion::report::ledger::Form;
use scansion::report::model::Verdict;
use scansion::script::DocumentId;
use serde_json::json;

use crate::page::Page;

const MUC: DocumentId = DocumentId::Xep(45);

/// Shows two documents; a server has broken the first clause, and kept another one that is only claimed.
fn page() -> Page {
    let mut builder = Builder::default();
    for (document, lines) in [
        (
            MUC,
            "7c3f\t10.5\tMUST\tserver\toutside\tthe last owner stays\n91ab\t10.6\tSHOULD\tserver\toutside\n",
        ),
        (
            DocumentId::Rfc(6120),
            "aaaa\t8.2.3\tMUST\tboth\toutside\tan answer comes <b>\n",
        ),
    ] {
        builder.add_index(&Index::read(document, lines).unwrap(), &[]);
    }
    let (first, other) = (
        claim(MUC, "10.5", "7c3f"),
        claim(DocumentId::Rfc(6120), "8.2.3", "aaaa"),
    );
    let case = CaseId::from("spec/a.scs");
    let results = [(&first, Verdict::Failed), (&other, Verdict::Passed)];
    let results = results.map(|(claim, verdict)| Result {
        case: case.clone(),
        place: Some(claim.place),
        document: claim.document,
        section: claim.section.clone(),
        fingerprint: claim.fingerprint.clone(),
        verdict,
    });
    builder.add_play(&case, &[first, other], &Found::Not(Weakness::NotRecorded));
    builder.add_server(&Server {
        title: "Prosody <13>".to_owned(),
        results: results.into(),
    });
    Page::of_text(&Form::Html.write(&builder.finish()))
}

fn claim(document: DocumentId, section: &str, print: &str) -> ClaimedClause {
    ClaimedClause {
        place: Place::Line(7),
        steps: vec![3],
        document,
        section: section.to_owned(),
        fingerprint: print.to_owned(),
        words: String::new(),
    }
}

impl Page {
    /// Chooses a value of a filter, and has these clauses shown.
    #[track_caller]
    fn assert_filters(&self, filter: &str, value: &str, expected: &[&str]) {
        self.browser.run(&format!(
            "const field = document.getElementById({filter:?}); field.value = {value:?}; \
             field.dispatchEvent(new Event('input', {{bubbles: true}}))"
        ));
        let shown = "[...document.querySelectorAll('.clause')].filter((one) => one.checkVisibility())\
                     .map((one) => one.querySelector('.print').textContent)";
        self.assert(shown, json!(expected));
    }
}

#[test]
fn clauses_are_found_by_all_that_is_said_of_them() {
    let page = page();
    let all = ["[aaaa]", "[7c3f]", "[91ab]"];
    for (filter, value, expected) in [
        ("document", "XEP-0045", &["[7c3f]", "[91ab]"][..]),
        ("level", "SHOULD", &["[91ab]"]),
        ("state", "covered", &["[7c3f]"]),
        ("state", "only claimed", &["[aaaa]"]),
        ("state", "not claimed", &["[91ab]"]),
        ("verdict", "0:broken", &["[7c3f]"]),
        ("verdict", "0:kept", &["[aaaa]"]),
        ("text", "OWNER last", &["[7c3f]"]),
        ("text", "a.scs:7", &["[aaaa]", "[7c3f]"]),
        ("text", "nothing", &[]),
    ] {
        page.assert_filters(filter, value, expected);
        page.assert_filters(filter, "", &all);
    }
    page.assert_quiet();
}

#[test]
fn filters_add_up() {
    let page = page();
    page.assert_filters("level", "MUST", &["[aaaa]", "[7c3f]"]);
    page.assert_filters("text", "answer", &["[aaaa]"]);
    assert_eq!(page.text("#shown"), "1 clause");
    page.assert(
        "document.querySelectorAll('.clauses tbody:not([hidden])').length",
        1,
    );
}

#[test]
fn the_field_is_reached_by_a_key() {
    let page = page();
    page.browser.press("/owner");
    page.assert("document.getElementById('text').value", "owner");
    page.assert_count(".clause:not([hidden])", 1);
}

#[test]
fn what_others_say_is_text() {
    let page = page();
    page.assert_count("main b", 0);
    page.assert_contains("main", &["an answer comes <b>", "Prosody <13>"]);
    page.assert_quiet();
}
