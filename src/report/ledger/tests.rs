//! What the forms of a ledger look like, and that one form is as its schema says.

use serde_json::Value;

use super::testing::ledger;
use super::{Form, servers, text};
use crate::ledger::{Builder, Ledger, Place};
use crate::report::Verbosity;
use crate::report::matrix::Source;
use crate::report::testing::{clause, sample};
use crate::verdict::Verdict;

#[test]
fn the_screen_shows_what_is_missing() {
    colored::control::set_override(false);
    insta::assert_snapshot!("screen", text(&ledger(), Verbosity::Normal));
    insta::assert_snapshot!("screen_verbose", text(&ledger(), Verbosity::Verbose));
    let quiet = text(&ledger(), Verbosity::Quiet);
    assert!(
        quiet
            .trim_end()
            .lines()
            .last()
            .unwrap()
            .starts_with("in all")
    );
}

#[test]
fn what_is_kept_has_no_sentence() {
    let markdown = Form::Markdown.write(&ledger());
    assert!(!markdown.contains("itself"), "{markdown}");
    insta::assert_snapshot!("markdown", markdown);
}

#[test]
fn a_page_is_text() {
    let page = Form::Html.write(&ledger());
    let (head, body) = page.split_once("</head>").unwrap();
    assert!(head.contains("default-src 'none'; style-src 'sha256-"));
    let body = body.split("<script>").next().unwrap();
    let lines = body.replace("<tr", "\n<tr").replace("<t", "\n<t");
    insta::assert_snapshot!("html", lines.replace("\n\n", "\n"));
    for word in ["src=", "<link", "@import", "url(", "fetch("] {
        assert!(!page.contains(word), "{word}");
    }
}

/// By the schema, to which only later versions may add.
#[test]
fn what_is_written_keeps_to_the_schema() {
    let schema = include_str!("../../../docs/ledger.schema.json");
    let mut schema: Value = serde_json::from_str(schema).unwrap();
    schema["additionalProperties"] = false.into();
    for definition in schema["$defs"].as_object_mut().unwrap().values_mut() {
        if definition["type"] == "object" && definition.get("additionalProperties").is_none() {
            definition["additionalProperties"] = false.into();
        }
    }
    let schema = jsonschema::validator_for(&schema).unwrap();
    let nothing = Ledger {
        documents: Vec::new(),
        servers: Vec::new(),
        ..ledger()
    };
    for ledger in [ledger(), nothing] {
        let written: Value = serde_json::from_str(&Form::Json.write(&ledger)).unwrap();
        let error = schema.iter_errors(&written).next();
        assert!(error.is_none(), "{}\n{written}", error.unwrap());
    }
}

#[test]
fn all_is_written() {
    let json = Form::Json
        .write(&ledger())
        .replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!("json", json.replace("{\"section\"", "\n{\"section\""));
}

#[test]
fn words_are_forms() {
    for form in Form::ALL {
        assert_eq!(form.to_string().parse(), Ok(form));
    }
    let error = "tap".parse::<Form>().unwrap_err().to_string();
    assert_eq!(
        error,
        "\"tap\" is not a form of ledgers; there are json, markdown, html"
    );
}

#[test]
fn reports_tell_what_came_of_each_place() {
    let mut report = sample();
    report.scripts.truncate(1);
    let script = &mut report.scripts[0];
    script.clauses = vec![clause("10.5", Verdict::Passed)];
    let mut step = sample().scripts[1].steps[0].clone();
    step.clauses = vec![clause("8.2", Verdict::Failed)];
    let mut lent = step.clone();
    lent.file = Some("room.scs".to_owned());
    script.steps = vec![step.clone(), lent];
    let source = Source {
        report,
        path: "a.json".into(),
        title: None,
        page: None,
    };
    let servers = servers(vec![source.clone(), source]);
    let titles: Vec<_> = servers.iter().map(|server| server.title.as_str()).collect();
    assert_eq!(
        titles,
        ["Prosody 0.12.3 (a.json), 1", "Prosody 0.12.3 (a.json), 2"]
    );
    let places: Vec<_> = servers[0]
        .results
        .iter()
        .map(|result| result.place)
        .collect();
    let line = Place::Line(step.line);
    assert_eq!(places, [Some(Place::Script), Some(line), None]);
    let mut builder = Builder::default();
    builder.add_server(&servers[0]);
    assert!(builder.finish().documents.is_empty());
}
