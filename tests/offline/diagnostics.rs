//! What authors are told of their mistakes: one script and one snapshot for each case.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scansion::diagnostic::{Color, Diagnostic};
use scansion::script::read_with;
use scansion::source::SourceFile;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/bad")
}

/// Everything that is said of a script, as on a terminal without colours.
fn said_of(name: &str) -> String {
    let file = format!("{name}.scs");
    let text = std::fs::read_to_string(folder().join(&file)).expect("the case has a script");
    let read = read_with(SourceFile::new(file, &text), &|path| {
        let text = std::fs::read_to_string(folder().join(path));
        let text = text.map_err(|_| format!("{}: it is not there", path.display()))?;
        Ok(SourceFile::new(path.display().to_string(), &text))
    });
    let drawn = read
        .problems
        .iter()
        .map(|problem| Diagnostic::from(problem).render(&read.script.source, Color::Plain));
    drawn.collect::<Vec<_>>().join("\n\n")
}

macro_rules! cases {
    ($($name:ident)*) => {
        const CASES: &[&str] = &[$(stringify!($name)),*];
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), said_of(stringify!($name)));
        })*
    };
}

cases! {
    absence
    attributes
    blocks
    captures
    cast_mistakes
    cast_values
    clauses
    computed
    computed_text
    conditions
    counted_captures
    counts
    declarations
    deeds
    departures
    domains
    directives
    either
    either_meaning
    endings
    excuses
    empty_file
    empty_story
    entities
    forbidden_markup
    less_than
    mismatched_end_tag
    missing_curtain
    names
    namespaces
    never_fails
    one_of
    other_password
    parts
    parts_meaning
    parts_missing
    passed_over
    prologue_cast
    prologue_error
    prologue_file
    prologue_headings
    prologue_lines
    prologue_names
    prologue_of_prologue
    prologue_player
    prologue_unread
    prologue_without_story
    requirements
    rules
    rules_values
    same_full_jid
    scansion_in_sends
    scansion_names
    service_captured
    service_literal
    service_names
    service_unknown
    several
    stage
    stanza_names
    story_lines
    table_cells
    table_column
    table_empty
    table_lines
    table_meaning
    table_misplaced
    table_named
    table_unused
    tags
    text_outside
    times
    too_deep
    unclosed_cdata
    unclosed_comment
    unclosed_element
    unclosed_inner_element
    unclosed_quote
    unclosed_tag
    unclosed_variable
    unmatched_end_tag
    nearly
    nearly_a_value
    variables
    wide_line
    wildcards
}

#[test]
fn every_script_is_a_case() {
    let files = folder().read_dir().expect("there is a folder of cases");
    let names = files.map(|file| {
        let path = file.expect("the folder can be read").path();
        path.file_stem()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned()
    });
    let cases = CASES.iter().map(|case| (*case).to_owned());
    assert_eq!(names.collect::<BTreeSet<_>>(), cases.collect());
}
