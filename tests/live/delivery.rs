//! What RFC 6121 §8.5 says of stanzas to users: the scripts of it pass (see `own_scripts`), and each has a doctored twin
//! here, which expects of the server what it must not do. Every case of a twin fails at that line.

use std::fs;
use std::path::Path;

use scansion::report::json;
use scansion::report::model::Verdict;

use crate::program::{root, run, text};

/// A script, what is written otherwise in its twin, and the line at which that fails.
struct Twin {
    script: &'static str,
    from: &'static str,
    to: &'static str,
    line: &'static str,
}

const fn twin(
    script: &'static str,
    from: &'static str,
    to: &'static str,
    line: &'static str,
) -> Twin {
    Twin {
        script,
        from,
        to,
        line,
    }
}

const TWINS: [Twin; 20] = [
    twin(
        "iq_bare",
        "<service-unavailable ",
        "<item-not-found ",
        "Romeo receives:",
    ),
    twin(
        "iq_full_answers",
        "<not-allowed xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/>\n\t\t</error>\n\t</iq>\n\nRomeo",
        "<not-authorized xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/>\n\t\t</error>\n\t</iq>\n\nRomeo",
        "Juliet receives:",
    ),
    twin(
        "iq_full_gone",
        "<service-unavailable ",
        "<item-not-found ",
        "Romeo receives:",
    ),
    twin(
        "iq_no_such_user",
        "<service-unavailable ",
        "<item-not-found ",
        "Romeo receives:",
    ),
    twin(
        "message_bare_available",
        "Romeo does not receive:",
        "Romeo receives:",
        "Romeo receives:",
    ),
    twin(
        "message_bare_headline",
        "High receives:\n\t<message from=\"${Romeo's full JID}\"",
        "High receives:\n\t<message from=\"${Romeo's JID}\"",
        "High receives:",
    ),
    twin(
        "message_bare_negative",
        "Negative does not receive:",
        "Negative receives:",
        "Negative receives:",
    ),
    twin(
        "message_full_available",
        "Juliet's phone does not receive:",
        "Juliet's phone receives:",
        "Juliet's phone receives:",
    ),
    twin(
        "message_full_connected",
        "Juliet receives:\n\t<message from=\"${Romeo's full JID}\" to=\"${Juliet's full JID}\"",
        "Juliet receives:\n\t<message from=\"${Romeo's full JID}\" to=\"${Juliet's JID}\"",
        "Juliet receives:",
    ),
    twin(
        "message_full_gone",
        "Either (refused)\n\tRomeo receives:\n\t\t<message",
        "Either (refused)\n\tRomeo receives:\n\t\t<message to=\"nobody\"",
        "Either",
    ),
    twin(
        "message_full_gone_chat",
        "Romeo does not receive:",
        "Romeo receives:",
        "Romeo receives:",
    ),
    twin(
        "message_full_gone_kept",
        "id=\"letter\"/>\nor (kept)\n\tJuliet receives:\n\t\t<message ",
        "id=\"lost\"/>\nor (kept)\n\tJuliet receives:\n\t\t<message to=\"nobody\" ",
        "Either",
    ),
    twin(
        "message_groupchat",
        "Romeo receives:",
        "Romeo does not receive:",
        "Romeo does not receive:",
    ),
    twin(
        "message_ignored",
        "Romeo does not receive:",
        "Romeo receives:",
        "Romeo receives:",
    ),
    twin(
        "message_no_such_user",
        "<service-unavailable ",
        "<item-not-found ",
        "Either",
    ),
    twin(
        "presence_bare",
        "receives:\n\t<presence from=\"${Romeo's full JID}\"",
        "receives:\n\t<presence from=\"${Romeo's JID}\"",
        "receives:",
    ),
    twin(
        "presence_full",
        "Juliet receives:\n\t<presence from=\"${Romeo's full JID}\"",
        "Juliet receives:\n\t<presence from=\"${Romeo's JID}\"",
        "Juliet receives:",
    ),
    twin(
        "presence_full_gone",
        "Romeo does not receive:",
        "Romeo receives:",
        "Romeo receives:",
    ),
    twin(
        "presence_no_such_user",
        "Romeo does not receive:",
        "Romeo receives:",
        "Romeo receives:",
    ),
    twin(
        "presence_probe_no_such_user",
        "or (ignored)\n\tRomeo does not receive:\n\t\t<presence/>",
        "or (ignored)\n\tRomeo receives:\n\t\t<presence type=\"subscribed\"/>",
        "Either",
    ),
];

/// Writes all twins to a folder.
fn write(folder: &Path) {
    for twin in &TWINS {
        let name = format!("{}.scs", twin.script);
        let script = fs::read_to_string(root().join("spec/rfc6121").join(&name)).unwrap();
        assert!(script.contains(twin.from), "{name}: {}", twin.from);
        fs::write(folder.join(name), script.replace(twin.from, twin.to)).unwrap();
    }
}

#[test]
fn all_cases_of_a_twin_fail_where_it_is_doctored() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let path = folder.path().to_str().unwrap();
    let arguments = ["--launch=prosody", "--timeout=1s", "--report=json", path];
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let report = json::read(&String::from_utf8(output.stdout).unwrap()).unwrap();
    assert!(report.scripts.len() > 150);
    for case in &report.scripts {
        let name = case.case.to_string();
        assert_eq!(case.verdict, Verdict::Failed, "{name}: {:?}", case.message);
        let lines = fs::read_to_string(case.case.path()).unwrap();
        let place = case.place.unwrap();
        let line = lines.lines().nth(place.line - 1).unwrap();
        let twin = TWINS.iter().find(|twin| {
            let file = format!("/{}.scs", twin.script);
            case.case.path().ends_with(&file)
        });
        let expected = twin.unwrap().line;
        assert!(line.contains(expected), "{name}:{}: {line}", place.line);
    }
}

/// What both servers do not do, in a folder of its own.
const DEPARTS: &str = "tests/scripts/live/departs";

#[test]
fn departures_are_known() {
    for server in ["--launch=prosody", "--launch=ejabberd"] {
        let output = run(&[server, "--report=json", DEPARTS]);
        let report = json::read(&String::from_utf8(output.stdout).unwrap()).unwrap();
        assert!(report.scripts.len() > 5);
        for case in &report.scripts {
            assert_eq!(case.verdict, Verdict::Failed, "{}", case.case);
        }
    }
}
