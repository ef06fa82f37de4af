//! What is left alone, and why.

use super::*;
use crate::bless::scope::demands;

/// The last step but one is changed, and the last one needs what it captures.
fn needed(block: &str, came: &str) -> Result<Change, Refusal> {
    let rest = "Juliet sends:\n\t<iq id='$<new>'/>";
    let text = format!("{CAST}Juliet receives:\n\t{block}\n\n{rest}\n");
    let scene = Scene::new(&text);
    let plan = plan::resolve(&scene.script, &scene.options).unwrap();
    let step = plan.steps.len() - 2;
    let expectation = plan.steps[step].verb.expectation();
    let expectation = expectation.expect("the last step but one receives");
    let unmet = UnmetExpectation {
        script: &scene.script,
        options: &scene.options,
        cast: &[],
        step,
        pattern: Some(&expectation.items[0]),
        bindings: &scene.bindings,
        element: &element(came),
    };
    unmet.change()
}

#[test]
fn a_wildcard_that_later_steps_need_is_not_lost() {
    let refusal = needed("<message n='$<new>'/>", "<message/>").unwrap_err();
    insta::assert_snapshot!(refusal, @"the script would no longer be right: the wildcard `new` has no value to send");
}

#[test]
fn no_expectation_becomes_one_of_another_kind() {
    for (block, came) in [
        ("<message n='1'/>", "<presence n='1'/>"),
        ("<message n='1'/>", "<n:message xmlns:n='urn:n' n='1'/>"),
        (
            "<enabled xmlns='urn:xmpp:sm:3'/>",
            "<failed xmlns='urn:xmpp:sm:3'/>",
        ),
        ("<iq type='result'/>", "<iq type='set'/>"),
    ] {
        let refused = refusal(&format!("Juliet receives:\n\t{block}"), came);
        assert!(matches!(refused, Refusal::OtherKind { .. }), "{refused}");
    }
    let refused = refusal(
        "Juliet receives:\n\t<iq type='result'/>",
        "<iq type='get'/>",
    );
    insta::assert_snapshot!(refused, @"<iq of type get> came where <iq of type result> is expected, and `--bless` writes no other kind of stanza in its place");
}

const FORBIDDEN: &str =
    "<error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

#[test]
fn no_result_becomes_an_error() {
    for block in [
        "<iq type='result' id='x'/>",
        "<iq type='mutated' id='x'/>",
        "<iq id='y'/>",
        "<iq type='$<_>' id='x'><query xmlns='urn:q'/></iq>",
    ] {
        let came = format!("<iq type='error' id='x'>{FORBIDDEN}</iq>");
        let refused = refusal(&format!("Juliet receives:\n\t{block}"), &came);
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused, @"an error (forbidden) came where none is expected, and `--bless` makes no error of it");
        }
    }
    let open = "<iq type='$<type>' id='$<id>' n='1'/>";
    let came = format!("<iq type='error' id='a1b2c3d4' n='2'>{FORBIDDEN}</iq>");
    assert_eq!(
        blessed(&format!("Juliet receives:\n\t{open}"), &came),
        "Juliet receives:\n\t<iq type='$<type>' id='$<id>' n='2'/>"
    );
}

#[test]
fn no_error_becomes_a_result() {
    for block in ["<iq type='error' id='x'/>", "<message><error/></message>"] {
        let name = &block[1..block.find([' ', '>']).unwrap()];
        let refused = refusal(
            &format!("Juliet receives:\n\t{block}"),
            &format!("<{name} type='result' id='x'/>"),
        );
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused, @"no error came where one is expected, and `--bless` makes nothing else of it");
        }
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let deep = format!("{}{}", "<a>".repeat(130), "</a>".repeat(130));
    let refused = refusal(
        "Juliet receives: nothing",
        &format!("<message>{deep}</message>"),
    );
    insta::assert_snapshot!(refused, @"the script would no longer be right: elements are nested more than 128 deep");
}

#[test]
fn conditions_stay_or_the_whole_expectation_does() {
    let block = "Juliet receives:\n\t<message a='$<n:int 1..>' b='$<_:not id>' c='x'/>";
    assert_eq!(
        blessed(block, "<message a='5' b='y' c='z'/>"),
        block.replace("'x'", "'z'")
    );
    let refused = refusal(block, "<message a='0' b='y' c='x'/>");
    insta::assert_snapshot!(refused, @"the expectation in line 26 has `$<n:int 1..>`, which `--bless` leaves alone");
    let refused = refusal(block, "<message a='5' b='a1b2c3d4' c='x'/>");
    insta::assert_snapshot!(refused, @"the expectation in line 26 has `$<_:not id>`, which `--bless` leaves alone");
}

#[test]
fn what_is_said_of_several_or_has_a_time_is_left_alone() {
    let came = "<message a='2'/>";
    let refused = refusal("Romeo and Juliet receive:\n\t<message a='1'/>", came);
    insta::assert_snapshot!(refused, @"the expectation in line 25 has several actors, which `--bless` leaves alone");
    for line in [
        "receives within 20 s:\n\t<message a='1'/>",
        "receives within 20 s: nothing",
    ] {
        let refused = refusal(&format!("Juliet {line}"), came);
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused, @"the expectation in line 25 has `within 20 s`, which `--bless` leaves alone");
        }
    }
    let own = "Juliet receives:\n\t<message to=\"${self's JID}\" a='1'/>";
    let kept = blessed(own, "<message to='juliet@localhost' a='2'/>");
    assert_eq!(kept, own.replace("'1'", "'2'"));
    let refused = refusal(own, "<message to='romeo@localhost' a='2'/>");
    insta::assert_snapshot!(refused, @"the expectation in line 26 has `${self's JID}`, which `--bless` leaves alone");
}

#[test]
fn attributes_and_elements_of_ours_that_are_not_on_the_list_stay() {
    let script = |stanza: &str| {
        let text = format!("{CAST}Juliet receives:\n\t{stanza}\n");
        read(SourceFile::new("test.scs", &text)).script
    };
    let written = |stanza: &str| {
        let script = script(stanza);
        let stanzas = script.story.last().unwrap().verb.stanzas();
        let demands = demands(&script, stanzas[0]);
        demands
            .iter()
            .map(|demand| demand.refusal(&script).to_string())
            .collect::<Vec<_>>()
    };
    let listed =
        "<message scansion:strict='true'><x scansion:order='any'/><scansion:any/></message>";
    assert!(written(listed).is_empty());
    let others = "<message><x scansion:times='1'/><y a='$<_:text 1..>'/></message>";
    assert_eq!(
        written(others),
        [
            "the expectation in line 26 has `scansion:times='1'`, which `--bless` leaves alone",
            "the expectation in line 26 has `$<_:text 1..>`, which `--bless` leaves alone",
        ]
    );
}

/// What of an expectation is the reason that it stays as it is.
#[track_caller]
fn left(block: &str, came: &str) -> String {
    match refusal(&format!("Juliet receives:\n\t{block}"), came) {
        Refusal::LeftAlone { what, .. } => what,
        other => panic!("{other}"),
    }
}

#[test]
fn what_says_more_than_one_stanza_tells_is_left_alone() {
    let counted = "<message id='$<_>'><a b='1' scansion:times='1'/><c d='2'/></message>";
    assert_blessed(
        counted,
        "<message id='x'><c d='3'/><a b='1' e='4'/></message>",
        "<message id='$<_>'><a b='1' scansion:times='1'/><c d='3'/></message>",
    );
    let strict = "<message><q xmlns='urn:q'><a scansion:times='0..'/><c d='2'/></q></message>";
    assert_blessed(
        strict,
        "<message><q xmlns='urn:q'><a/><c d='3'/><a/></q></message>",
        "<message><q xmlns='urn:q'><a scansion:times='0..'/><c d='3'/></q></message>",
    );
    let came = "<message id='x'><c d='2'/></message>";
    assert_eq!(left(counted, came), "`scansion:times='1'`");
    let absent = "<message to='a' scansion:absent='type'/>";
    let came = "<message to='b' type='chat'/>";
    assert_eq!(left(absent, came), "`scansion:absent='type'`");
    let each = "<message><a b='1' scansion:each='*'/></message>";
    let came = "<message><a b='2'/></message>";
    assert_eq!(left(each, came), "`scansion:each='*'`");
    let one_of = "<message><scansion:one-of><a/><b/></scansion:one-of></message>";
    assert_eq!(
        left(one_of, "<message><c/></message>"),
        "`<scansion:one-of>`"
    );
    let whole = "<scansion:one-of><message id='1'/><presence/></scansion:one-of>";
    assert_eq!(left(whole, "<message id='2'/>"), "`<scansion:one-of>`");
}

#[test]
fn what_is_computed_is_for_its_author() {
    for (block, written) in [
        ("<message n='${sha1 a}'/>", "${sha1 a}"),
        ("<message><body>${now -1h}</body></message>", "${now -1h}"),
        ("<message n=\"${Romeo's user}\"/>", "${Romeo's user}"),
    ] {
        let came = "<message n='b'><body>c</body></message>";
        let refused = refusal(&format!("Juliet receives:\n\t{block}"), came);
        let Refusal::LeftAlone { what, .. } = refused else {
            panic!("{refused}");
        };
        assert_eq!(what, format!("`{written}`"));
    }
}
