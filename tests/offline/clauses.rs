//! The indexes of the project, and the commands that make and show them. How many sentences a section has was counted
//! by reading it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use scansion::clauses::{Indexes, Subject, Testable, read_copy};
use scansion::script::DocumentId;
use tempfile::TempDir;

use crate::program::{assert_ends, root, scansion, text};

/// How many normative sentences sections have.
const COUNTED: [(&str, &[(&str, usize)]); 4] = [
    ("rfc6120", &[("4.3.2", 6), ("4.9.1.1", 2), ("10.5.3.2", 5)]),
    (
        "rfc6121",
        &[
            ("2.1.5", 3),
            ("2.1.6", 5),
            ("2.2", 4),
            ("2.5.2", 4),
            ("3.1.1", 4),
            ("4.2.2", 3),
            ("4.4.2", 2),
            ("4.5.3", 2),
            ("8.1", 1),
            ("8.5.1", 5),
        ],
    ),
    (
        "xep0045",
        &[
            ("7.2.8", 3),
            ("7.2.9", 2),
            ("7.2.10", 1),
            ("7.2.15", 5),
            ("7.6", 7),
            ("7.12", 9),
            ("7.14", 5),
            ("8.1", 7),
            ("8.2", 5),
            ("8.3", 3),
            ("9.1", 8),
            ("10.9", 10),
        ],
    ),
    (
        "xep0313",
        &[
            ("3.1", 1),
            ("3.2", 4),
            ("4.1.2", 5),
            ("4.1.3", 1),
            ("4.3.1", 4),
            ("4.3.2", 8),
            ("4.3.3", 0),
            ("8.1", 5),
            ("8.2", 2),
            ("8.3", 0),
            ("8.4", 1),
        ],
    ),
];

fn indexes() -> Indexes {
    Indexes::in_folder(&root().join("clauses")).unwrap()
}

#[test]
fn sections_have_as_many_sentences_as_were_counted() {
    let indexes = indexes();
    for (document, sections) in COUNTED {
        let index = indexes
            .index(DocumentId::named(document).unwrap())
            .unwrap()
            .unwrap();
        for (section, count) in sections {
            let found = index.in_section(section).count();
            assert_eq!(found, *count, "{document} {section}");
        }
    }
}

/// With copies of the documents in the folder that this variable names, the indexes are compared with them.
#[test]
fn copies_have_the_sentences_of_the_indexes() {
    let Some(folder) = env::var_os("SCANSION_STANDARDS") else {
        return;
    };
    let indexes = indexes();
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let copies = files.filter_map(|path| {
        let document = DocumentId::named(path.file_stem()?.to_str()?)?;
        Some((path, indexes.index(document).unwrap()?))
    });
    for (path, index) in copies {
        let copy = read_copy(&path).unwrap();
        let of_copy = copy
            .sentences
            .iter()
            .map(|one| (one.section.as_str(), one.fingerprint.as_str()));
        let of_index = index
            .entries
            .iter()
            .map(|one| (one.section.as_str(), one.fingerprint.as_str()));
        assert!(of_copy.eq(of_index), "{}", path.display());
    }
}

#[test]
fn indexes_are_written_as_they_are_read() {
    let indexes = indexes();
    assert!(indexes.documents().count() >= 50);
    for document in indexes.documents() {
        let index = indexes.index(document).unwrap().unwrap();
        let path = root()
            .join("clauses")
            .join(scansion::clauses::file_stem(document));
        let written = fs::read_to_string(path.with_extension("tsv")).unwrap();
        assert!(index.to_string() == written, "{}", document.title());
    }
}

#[test]
fn what_cannot_be_tested_says_why() {
    let indexes = indexes();
    for document in indexes.documents() {
        for entry in &indexes.index(document).unwrap().unwrap().entries {
            let place = format!(
                "{} {} [{}]",
                document.title(),
                entry.section,
                entry.fingerprint
            );
            let is_outside = entry.testable == Testable::Outside;
            assert!(is_outside || !entry.reason.is_empty(), "{place}");
            let is_tested = is_outside && entry.subject == Subject::Client;
            assert!(!is_tested, "{place}: a client is not what is tested");
        }
    }
}

// ---- The commands -------------------------------------------------------------------------------------------

const XEP: &str = "<xep><header><number>0999</number></header>
<section1 topic='Lamps'><p>A server MUST glow. A client MAY look.</p></section1>
<section1 topic='Rules'><p>If it rains, the server SHOULD NOT smoke.</p></section1></xep>";

/// A folder to work in, with a copy of a document.
struct Place(TempDir);

impl Place {
    fn new(copy: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("xep-0999.xml", copy);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn index(&self) -> String {
        fs::read_to_string(self.path("clauses/xep0999.tsv")).unwrap()
    }

    #[track_caller]
    fn assert_says(&self, arguments: &[&str], code: i32, words: &[&str]) -> String {
        let all = [&["clauses"], arguments].concat();
        let output = scansion(&all).current_dir(self.0.path()).output().unwrap();
        assert_ends(&output, code, words);
        text(&output)
    }
}

#[test]
fn an_index_is_made_of_a_copy_and_kept_up_to_date() {
    let place = Place::new(XEP);
    let extract = ["extract", "xep-0999.xml"];
    place.assert_says(&["extract", "--check", "xep-0999.xml"], 1, &["a new index"]);
    assert!(!place.path("clauses").exists());
    let first = "XEP-0999: 3 sentences, a new index (clauses/xep0999.tsv)\n";
    assert_eq!(place.assert_says(&extract, 0, &[]), first);
    assert!(
        !place.index().contains("glow"),
        "a sentence is in the index"
    );
    place.assert_says(&["extract", "--check", "xep-0999.xml"], 0, &["no change"]);

    let decided = place
        .index()
        .replacen("server\toutside", "both\toutside\tit shines", 1);
    place.write("clauses/xep0999.tsv", &decided);
    place.write("xep-0999.xml", &XEP.replace("rains", "snows"));
    place.assert_says(&["extract", "--dry-run", "xep-0999.xml"], 0, &["1 change"]);
    assert_eq!(place.index(), decided);
    let changed = [
        "1 change",
        "  changed § 2 [",
        "in the place of [",
        ": If it snows,",
    ];
    place.assert_says(&extract, 0, &changed);
    assert!(place.index().contains("both\toutside\tit shines"));
    assert!(place.index().contains(": see whether all this still holds"));
}

#[test]
fn a_copy_that_is_none_leaves_the_index_alone() {
    let place = Place::new(XEP);
    place.assert_says(&["extract", "xep-0999.xml"], 0, &[]);
    let before = place.index();
    for (copy, wrong) in [
        (
            &XEP[..XEP.len() - 6],
            "xep-0999.xml: the copy is cut off: <xep> has no end",
        ),
        ("nothing", "neither the text of an RFC nor the XML of a XEP"),
        (
            "<xep><number>0999</number></xep>",
            "no sentence of it has a key word",
        ),
    ] {
        place.write("xep-0999.xml", copy);
        place.assert_says(&["extract", "xep-0999.xml"], 2, &[wrong]);
        assert_eq!(place.index(), before);
    }
    place.write("clauses/xep0999.tsv", "fingerprint\nx");
    place.write("xep-0999.xml", XEP);
    place.assert_says(
        &["extract", "xep-0999.xml"],
        2,
        &["clauses/xep0999.tsv:1: a fingerprint has"],
    );
}

#[test]
fn sentences_are_shown_and_quoted() {
    let place = Place::new(XEP);
    place.assert_says(&["extract", "xep-0999.xml"], 0, &[]);
    let shown = place.assert_says(&["show", "XEP-0999", "§ 1."], 0, &["MUST, server, outside"]);
    assert!(
        !shown.contains('“') && shown.contains("MAY, client, never: the client's part"),
        "{shown}"
    );
    let fingerprint = &place.index().lines().last().unwrap()[..4].to_owned();
    let quoted = [
        "XEP-0999 § 2 [",
        "“If it rains, the server SHOULD NOT smoke.”",
    ];
    place.assert_says(
        &["show", "xep", "999", fingerprint, "--standards", "."],
        0,
        &quoted,
    );
    place.assert_says(
        &["show", "xep999", "7"],
        2,
        &["XEP-0999 has no sentence in a section 7"],
    );
    place.assert_says(
        &["show", "999", "7"],
        2,
        &["`999` is no document; write it as `xep0045`"],
    );
    place.assert_says(&["show", "rfc1", "7"], 2, &["there is no index of RFC 1;"]);
    place.assert_says(&["show", "rfc1", "7", "--clauses", "none"], 2, &["none: "]);
}

#[test]
fn sentences_are_listed_by_what_is_decided() {
    let place = Place::new(XEP);
    place.assert_says(&["extract", "xep-0999.xml"], 0, &[]);
    let count = |arguments: &[&str]| {
        let all = [&["list"], arguments].concat();
        place.assert_says(&all, 0, &[]).lines().count()
    };
    assert_eq!(count(&[]), 3);
    assert_eq!(count(&["xep0999", "--section", "1"]), 2);
    assert_eq!(count(&["--level", "should"]), 1);
    assert_eq!(count(&["--subject", "client"]), 1);
    assert_eq!(count(&["--testable", "never"]), 1);
    let object = [
        "\"document\":\"xep0999\",\"section\":\"2\",\"fingerprint\":\"",
        "\"level\":\"SHOULD\"",
    ];
    place.assert_says(&["list", "--format", "json", "--section", "2"], 0, &object);
    place.assert_says(
        &["list", "--level", "ought"],
        2,
        &["it is one of MUST, SHOULD, MAY"],
    );
}

#[test]
fn the_folder_of_the_project_is_the_one_that_its_scripts_have() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/xep0045/none.scs");
    let folder = scansion::clauses::folder_above(&script).unwrap();
    assert_eq!(folder, root().join("clauses"));
}
