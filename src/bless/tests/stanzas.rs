//! Whole stanzas, and where none was expected.

use super::*;

/// The last block, once it expects the stanza before what it expects first.
#[track_caller]
fn with_more(action: &str, came: &str) -> String {
    let scene = Scene::new(&format!("{CAST}{action}\n"));
    let after = scene.unmet(0, &element(came), |unmet| unmet.insertion());
    let after = after.unwrap();
    assert_eq!(after.item, 0);
    let rest = after.text.strip_prefix(CAST).unwrap();
    rest.trim_end().to_owned()
}

#[test]
fn a_stanza_more_gets_lines_of_its_own() {
    assert_eq!(
        with_more(
            "Juliet receives:\n    <message>\n        <body/>\n    </message>",
            "<presence from='romeo@localhost/orchard'><show>away</show><c xmlns='urn:c'><d/></c></presence>"
        ),
        "Juliet receives:\n    <presence from=\"${Romeo's full JID}\">\n        <show>away</show>\n        <c xmlns=\"urn:c\">\n            <d/>\n        </c>\n    </presence>\n    <message>\n        <body/>\n    </message>"
    );
}

#[test]
fn nothing_becomes_something() {
    let came = "<presence type='away'/>";
    let after = "Juliet receives:\n\t<presence type=\"away\"/>";
    for before in [
        "Juliet receives: nothing",
        "Juliet receives nothing",
        "Juliet receives: nothing:",
        "Juliet receives:\n\tnothing",
    ] {
        assert_eq!(blessed(before, came), after);
    }
    assert_eq!(
        blessed("Juliet receives:\n\n# nothing\n\tnothing", came),
        "Juliet receives:\n\n# nothing\n\t<presence type=\"away\"/>"
    );
}

#[test]
fn any_of_several_expectations_is_changed_alone() {
    let text = format!(
        "{CAST}Juliet receives in any order:\n\t<message a='1'/>\n\t<presence a='1'/>\n\t<message a='1'/>\n"
    );
    let after = Scene::new(&text)
        .change(2, &element("<message a='2'/>"))
        .unwrap();
    assert_eq!(after.edits.len(), 1);
    assert!(
        after
            .text
            .ends_with("\t<presence a='1'/>\n\t<message a='2'/>\n")
    );
}

#[test]
fn a_component_has_a_namespace_of_its_own() {
    let text = format!("{CAST}Shop receives:\n\t<message><body>x</body></message>\n");
    let came = element_of(
        "jabber:component:accept",
        "<message><body>y</body></message>",
    );
    let after = Scene::new(&text).change(0, &came).unwrap().text;
    assert!(
        after.ends_with("\t<message><body>y</body></message>\n"),
        "{after}"
    );
    let text = format!("{CAST}Shop receives: nothing\n");
    let after = Scene::new(&text).change(0, &came).unwrap().text;
    assert!(
        after.ends_with("Shop receives:\n\t<message>\n\t\t<body>y</body>\n\t</message>\n"),
        "{after}"
    );
}

#[test]
fn a_file_with_other_line_ends_keeps_them() {
    let text = format!(
        "\u{feff}{CAST}Juliet receives:\n\t<iq>\n\t\t<q xmlns='urn:q'>\n\t\t\t<a/>\n\t\t</q>\n\t</iq>\n"
    );
    let file = text.replace('\n', "\r\n");
    let came = element("<iq><q xmlns='urn:q'><a/><b/></q></iq>");
    let after = Scene::new(&file).change(0, &came).unwrap();
    let expected = file.replace("<a/>\r\n", "<a/>\r\n\t\t\t<b/>\r\n");
    assert_eq!(after.in_file(&file), expected);
}
