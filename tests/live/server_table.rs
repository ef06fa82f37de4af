//! `tests/servers/table`, which puts what reports say of servers into `docs/servers.md`.

use std::fs;
use std::process::Command;

use scansion::case::CaseId;
use scansion::report::json;
use scansion::report::model::{Clause, End, Report, Run, SCHEMA, Script, Verdict};

use crate::program::{assert_ends, root};

/// Scripts, by their tags.
const SCRIPTS: [(&str, &str); 4] = [
    (
        "xep0045/enter.scs",
        "## departs: Globe 1.2..1.4: no <status/>, where XEP-0045 §7.2.2 demands one\n\
         ## departs: globe: and no | subject\n\
         ## departs: Globe ..1.3: nothing at all\n",
    ),
    ("rfc6121/probe.scs", "## departs: Rose 2: silence\n"),
    ("rfc6121/roster.scs", "## departs: Globe 1.4: a result\n"),
    ("rfc6121/message.scs", ""),
];

/// What came of their plays on one server, in two rounds, the second of which is no better.
const GLOBE: [(&str, Verdict); 6] = [
    ("spec/xep0045/enter.scs [a]", Verdict::Failed),
    ("spec/xep0045/enter.scs [b]", Verdict::Passed),
    ("spec/rfc6121/probe.scs", Verdict::Passed),
    ("spec/rfc6121/roster.scs", Verdict::NotSupported),
    ("spec/rfc6121/message.scs", Verdict::Passed),
    ("spec/rfc6121/message.scs", Verdict::Failed),
];

/// And on another one.
const ROSE: [(&str, Verdict); 5] = [
    ("spec/xep0045/enter.scs [a]", Verdict::NotTested),
    ("spec/xep0045/enter.scs [b]", Verdict::Errored),
    ("spec/rfc6121/probe.scs", Verdict::Failed),
    ("spec/rfc6121/roster.scs", Verdict::Deviated),
    ("spec/rfc6121/message.scs", Verdict::Passed),
];

fn script((path, verdict): &(&str, Verdict)) -> Script {
    let breaks = Clause {
        document: "RFC 6121".to_owned(),
        section: "8.5".to_owned(),
        fingerprint: "7c3f".to_owned(),
        level: None,
        words: String::new(),
        verdict: *verdict,
        link: String::new(),
        sentence: None,
    };
    let case: CaseId = serde_json::from_value((*path).into()).unwrap();
    Script {
        case,
        breaks: vec![breaks],
        ..Script::unreadable(*path, *verdict, "waited 3.00 s for romeo-4f2k1@localhost")
    }
}

fn report(server: Option<&str>, scripts: &[(&str, Verdict)]) -> String {
    json::write(&Report {
        run: Run {
            schema: SCHEMA,
            scansion: "0.0.0".to_owned(),
            started: "2024-02-29T12:00:00.000Z".to_owned(),
            server: server.map(str::to_owned),
            shuffle: None,
            partition: None,
            selected: Vec::new(),
        },
        scripts: scripts.iter().map(script).collect(),
        end: End::default(),
    })
}

#[test]
fn what_came_of_servers_is_counted_and_what_is_known_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for (path, tags) in SCRIPTS {
        write(&format!("spec/{path}"), &format!("# A title\n{tags}"));
    }
    write("globe.json", &report(Some("Globe 1.4-2~a"), &GLOBE));
    write("rose.json", &report(Some("Rose 2"), &ROSE));
    write("gone.json", &report(None, &[]));
    write(
        "page.md",
        "# Servers\n\n<!-- table -->\nold\n<!-- end of the table -->\n\nThe end.\n",
    );
    let mut table = Command::new("python3");
    table.arg(root().join("tests/servers/table"));
    table.args(["page.md", "globe.json", "rose.json", "gone.json"]);
    assert_ends(&table.current_dir(folder.path()).output().unwrap(), 0, &[]);
    insta::assert_snapshot!(fs::read_to_string(folder.path().join("page.md")).unwrap());
}
