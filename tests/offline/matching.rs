//! The rules of matching, each with a stanza that obeys it and one that does not.

use minidom::Element;
use proptest::prelude::*;
use scansion::matcher::{self, Bindings, Mismatch, Pattern, Rule};
use scansion::plan::{self, PlanOptions};
use scansion::script;
use scansion::source::SourceFile;

const CLIENT: &str = "jabber:client";

/// The patterns of a `receives` block, under some tags.
#[track_caller]
pub(crate) fn patterns(class: &str, tags: &str, block: &str) -> Vec<Pattern> {
    let plan = plan_of(class, tags, block);
    let expectation = plan.steps[1].verb.expectation();
    expectation.expect("it is one").items.clone()
}

/// The plan of a story that begins with a `receives` block, under some tags.
#[track_caller]
fn plan_of(class: &str, tags: &str, block: &str) -> plan::Plan {
    let text = format!(
        "# test\n{tags}\n[{class}] A\n\tjid: a.localhost\n{}---\n\nA connects\n\nA receives in any order:\n\t{block}\n",
        if class == "Component" {
            "\tsecret: x\n"
        } else {
            ""
        },
        block = block.replace("\n<", "\n\t<")
    );
    let read = script::read(SourceFile::new("test.scs", &text));
    let errors: Vec<_> = read.problems.iter().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{errors:?} in {text}");
    plan::resolve(&read.script, &PlanOptions::default()).unwrap()
}

#[track_caller]
pub(crate) fn pattern(block: &str) -> Pattern {
    patterns("Client", "", block).remove(0)
}

/// The pattern of the last step of a story that begins with a `receives` block.
#[track_caller]
fn last_pattern(class: &str, story: &str) -> Pattern {
    let plan = plan_of(class, "", story);
    let expectation = plan.steps.last().and_then(|step| step.verb.expectation());
    expectation.expect("it is one").items[0].clone()
}

#[track_caller]
pub(crate) fn element(xml: &str) -> Element {
    element_in(CLIENT, xml)
}

#[track_caller]
fn element_in(namespace: &str, xml: &str) -> Element {
    Element::from_reader_with_prefixes(xml.as_bytes(), namespace.to_owned()).unwrap()
}

#[track_caller]
pub(crate) fn matches(pattern: &Pattern, element: &Element, bindings: &Bindings) -> bool {
    let found = matcher::accepts(pattern, element, bindings);
    found.expect("it is not too hard").is_some()
}

#[track_caller]
pub(crate) fn assert_matches(expected: &str, received: &str) -> Bindings {
    match matcher::compare(&pattern(expected), &element(received), &Bindings::new()) {
        Ok(bindings) => bindings,
        Err(mismatch) => panic!("{expected} should match {received}: {mismatch}"),
    }
}

#[track_caller]
pub(crate) fn assert_differs(expected: &str, received: &str) -> Mismatch {
    assert_differs_with(expected, received, &Bindings::new())
}

#[track_caller]
pub(crate) fn assert_differs_with(expected: &str, received: &str, bindings: &Bindings) -> Mismatch {
    match matcher::compare(&pattern(expected), &element(received), bindings) {
        Ok(_) => panic!("{expected} should not match {received}"),
        Err(mismatch) => mismatch.focus().clone(),
    }
}

#[test]
fn elements_are_the_same_by_namespace_and_local_name() {
    assert_matches(
        "<message><x xmlns='urn:x'/></message>",
        "<message><p:x xmlns:p='urn:x'/></message>",
    );
    assert_matches(
        "<message><p:x xmlns:p='urn:x'/></message>",
        "<message><x xmlns='urn:x'/></message>",
    );
    assert_matches("<message xmlns='jabber:client'/>", "<message/>");
    assert_eq!(assert_differs("<message/>", "<presence/>").rule, Rule::Name);
    let other = assert_differs(
        "<message><x xmlns='urn:x'/></message>",
        "<message><x xmlns='urn:y'/></message>",
    );
    assert_eq!(other.rule, Rule::ChildMissing);
    assert_eq!(other.nearest.unwrap().differences[0].rule, Rule::Namespace);
}

#[test]
fn a_components_default_namespace_is_its_own() {
    let expected = patterns("Component", "", "<message/>").remove(0);
    let own = element_in(
        "jabber:component:accept",
        "<message to='a' id='1'><body>x</body></message>",
    );
    assert!(matches(&expected, &own, &Bindings::new()));
    let client = element("<message/>");
    assert!(!matches(&expected, &client, &Bindings::new()));
}

#[test]
fn a_nonstrict_element_may_have_more() {
    let received =
        "<message from='a' id='1' xml:lang='en'>text<body>hello</body><x xmlns='urn:x'/></message>";
    assert_matches("<message/>", received);
    assert_matches("<message from='a'><body>hello</body></message>", received);
    assert_matches("<message><x xmlns='urn:x'/><body/></message>", received);
}

#[test]
fn a_nonstrict_element_has_what_is_expected() {
    let missing = assert_differs("<message from='a'/>", "<message/>");
    assert_eq!(missing.rule, Rule::AttributeMissing);
    let other = assert_differs("<message from='a'/>", "<message from='b'/>");
    assert_eq!(other.rule, Rule::AttributeValue);
    assert_eq!(
        (other.expected.as_deref(), other.received.as_deref()),
        (Some("from='a'"), Some("from='b'"))
    );
    let child = assert_differs("<message><body/></message>", "<message/>");
    assert_eq!((child.rule, child.nearest), (Rule::ChildMissing, None));
}

#[test]
fn attributes_are_the_same_by_namespace_too() {
    assert_matches("<message xml:lang='en'/>", "<message xml:lang='en'/>");
    assert_differs("<message xml:lang='en'/>", "<message lang='en'/>");
    assert_differs("<message lang='en'/>", "<message xml:lang='en'/>");
    assert_matches(
        "<message xmlns:p='urn:p' p:a='1'/>",
        "<message xmlns:q='urn:p' q:a='1'/>",
    );
}

#[test]
fn two_expected_children_never_share_one() {
    let expected = "<message><a/><a/></message>";
    assert_differs(expected, "<message><a/></message>");
    assert_matches(expected, "<message><a/><a/></message>");
}

#[test]
fn children_are_assigned_so_that_all_fit() {
    // The first pattern fits both; taken greedily, it would leave nothing for the second.
    assert_matches(
        "<message><a/><a id='1'/></message>",
        "<message><a id='1'/><a id='2'/></message>",
    );
    assert_matches(
        "<message><a/><a x='1'/><a x='1' y='2'/></message>",
        "<message><a x='1' y='2'/><a x='1'/><a/></message>",
    );
}

#[test]
fn wildcards_leave_to_others_what_only_they_can_have() {
    let expected: String = (0..500)
        .map(|n| {
            if n < 250 {
                "<i n='$<_>'/>".to_owned()
            } else {
                format!("<i n='{n}'/>")
            }
        })
        .collect();
    let received: String = (0..500).rev().map(|n| format!("<i n='{n}'/>")).collect();
    assert_matches(
        &format!("<message>{expected}</message>"),
        &format!("<message>{received}</message>"),
    );
}

#[test]
fn thousands_of_children_in_another_order_are_no_trouble() {
    let item = |n: &usize| format!("<item><jid>{n}@localhost</jid></item>");
    let expected: String = (0..2_000).map(|n| item(&n)).collect();
    let received: String = (0..2_000).rev().map(|n| item(&n)).collect();
    assert_matches(
        &format!("<message>{expected}</message>"),
        &format!("<message>{received}</message>"),
    );
}

#[test]
fn elements_of_other_namespaces_are_strict() {
    let expected = "<iq><query xmlns='urn:q' a='1'><b/></query></iq>";
    assert_matches(expected, "<iq><query xmlns='urn:q' a='1'><b/></query></iq>");
    let attribute = assert_differs(
        expected,
        "<iq><query xmlns='urn:q' a='1' c='2'><b/></query></iq>",
    );
    assert_eq!(attribute.rule, Rule::AttributeUnexpected);
    let child = assert_differs(
        expected,
        "<iq><query xmlns='urn:q' a='1'><b/><c/></query></iq>",
    );
    assert_eq!(child.rule, Rule::ChildUnexpected);
    assert_differs(expected, "<iq><query xmlns='urn:q' a='1'/></iq>");
}

#[test]
fn children_of_strict_elements_have_an_order() {
    let expected = "<iq><query xmlns='urn:q'><a/><b/></query></iq>";
    let swapped = "<iq><query xmlns='urn:q'><b/><a/></query></iq>";
    assert_eq!(assert_differs(expected, swapped).rule, Rule::ChildOrder);
}

#[test]
fn order_any_frees_the_order_and_nothing_else() {
    let expected = "<iq><query xmlns='urn:q' scansion:order='any'><a/><b/></query></iq>";
    assert_matches(expected, "<iq><query xmlns='urn:q'><b/><a/></query></iq>");
    assert_differs(
        expected,
        "<iq><query xmlns='urn:q'><b/><a/><a/></query></iq>",
    );
    assert_differs(expected, "<iq><query xmlns='urn:q'><b/></query></iq>");
    assert_differs(
        expected,
        "<iq><query xmlns='urn:q' c='1'><b/><a/></query></iq>",
    );
}

#[test]
fn order_any_is_for_its_element_alone() {
    let expected = "<iq><query xmlns='urn:q' scansion:order='any'><x><a/><b/></x></query></iq>";
    assert_differs(
        expected,
        "<iq><query xmlns='urn:q'><x><b/><a/></x></query></iq>",
    );
}

#[test]
fn the_tag_child_order_frees_every_strict_element() {
    let block = "<iq><query xmlns='urn:q'><x><a/><b/></x><y/></query></iq>";
    let received = element("<iq><query xmlns='urn:q'><y/><x><b/><a/></x></query></iq>");
    let tagged = patterns("Client", "## child-order: any", block).remove(0);
    assert!(matches(&tagged, &received, &Bindings::new()));
    assert!(!matches(&pattern(block), &received, &Bindings::new()));
}

#[test]
fn the_tag_matching_open_leaves_open_what_does_not_say_that_it_is_strict() {
    let block = "<iq><query xmlns='urn:q'><x a='1'><y/></x><z>here</z></query></iq>";
    let tagged = |block| patterns("Client", "## matching: open", block).remove(0);
    let fits = |pattern: &Pattern, payload: &str| {
        let received = element(&format!("<iq><query xmlns='urn:q'{payload}</query></iq>"));
        matches(pattern, &received, &Bindings::new())
    };
    let more = " b='2'><new/><z c='3'>here</z><x a='1' d='4'><w/>text<y/></x>";
    assert!(fits(&tagged(block), more));
    assert!(!fits(&pattern(block), more));
    for less in [
        "><x a='1'><y/></x><z>there</z>",
        "><x><y/></x><z>here</z>",
        "><x a='1'/><z>here</z>",
    ] {
        assert!(!fits(&tagged(block), less), "{less}");
    }
    let strict = block.replace("<x ", "<x scansion:strict='true' ");
    assert!(fits(
        &tagged(&strict),
        " b='2'><new/><z>here</z><x a='1'><y e='5'/></x>"
    ));
    assert!(!fits(&tagged(&strict), more));
}

#[test]
fn strict_says_the_mode_of_its_element_alone() {
    let expected = "<message scansion:strict='true'><body/></message>";
    assert_matches(expected, "<message><body a='1'/></message>");
    assert_differs(expected, "<message id='1'><body/></message>");
    let expected = "<iq><query xmlns='urn:q' scansion:strict='false'><a/></query></iq>";
    assert_matches(
        expected,
        "<iq><query xmlns='urn:q' b='1'><c/><a/></query></iq>",
    );
    assert_differs(
        expected,
        "<iq><query xmlns='urn:q' b='1'><c/><a d='1'/></query></iq>",
    );
}

#[test]
fn text_is_compared_without_the_white_space_around_it() {
    assert_matches(
        "<message><body>\n\t hello \n</body></message>",
        "<message><body>hello</body></message>",
    );
    assert_matches(
        "<message><body>hello</body></message>",
        "<message><body>\n hello\t</body></message>",
    );
    let inner = assert_differs(
        "<message><body>hello you</body></message>",
        "<message><body>hello  you</body></message>",
    );
    assert_eq!(inner.rule, Rule::Text);
    assert_differs(
        "<message><body>hello</body></message>",
        "<message><body/></message>",
    );
}

#[test]
fn text_that_came_in_pieces_is_one() {
    let expected = pattern("<message><body>a&amp;b<![CDATA[c]]>d</body></message>");
    let mut body = Element::bare("body", CLIENT);
    for part in ["a", "&", "bc", "d"] {
        body.append_text_node(part);
    }
    let mut message = Element::bare("message", CLIENT);
    message.append_child(body);
    assert!(matches(&expected, &message, &Bindings::new()));
}

#[test]
fn without_text_any_is_accepted_unless_the_author_says_strict() {
    assert_matches(
        "<message><body/></message>",
        "<message><body>hello</body></message>",
    );
    assert_matches(
        "<iq><query xmlns='urn:q'/></iq>",
        "<iq><query xmlns='urn:q'>implicitly strict</query></iq>",
    );
    let explicit = "<iq><query xmlns='urn:q' scansion:strict='true'/></iq>";
    assert_eq!(
        assert_differs(explicit, "<iq><query xmlns='urn:q'>x</query></iq>").rule,
        Rule::TextUnexpected
    );
    assert_matches(explicit, "<iq><query xmlns='urn:q'>\n </query></iq>");
}

#[test]
fn any_must_be_there_and_may_be_anything() {
    assert_matches("<message id='{scansion:any}'/>", "<message id=''/>");
    assert_differs("<message id='{scansion:any}'/>", "<message/>");
    assert_matches(
        "<message><body>{scansion:any}</body></message>",
        "<message><body>x</body></message>",
    );
    assert_differs(
        "<message><body>{scansion:any}</body></message>",
        "<message><body> </body></message>",
    );
}

#[test]
fn any_element_is_exactly_one() {
    assert_matches(
        "<iq><q xmlns='urn:q'><scansion:any/></q></iq>",
        "<iq><q xmlns='urn:q'><z xmlns='y'/></q></iq>",
    );
    assert_differs(
        "<iq><q xmlns='urn:q'><scansion:any/></q></iq>",
        "<iq><q xmlns='urn:q'/></iq>",
    );
    assert_differs(
        "<iq><q xmlns='urn:q'><scansion:any/></q></iq>",
        "<iq><q xmlns='urn:q'><a/><b/></q></iq>",
    );
    assert_matches("<scansion:any/>", "<presence/>");
    assert_matches(
        "<message><scansion:any/><b/></message>",
        "<message><b/><a/></message>",
    );
    assert_differs(
        "<message><scansion:any/><b/></message>",
        "<message><b/></message>",
    );
}

#[test]
fn capture_binds_whatever_comes() {
    let bindings = assert_matches("<message id='{scansion:capture:x}'/>", "<message id='7'/>");
    assert_eq!(bindings.get("x"), Some("7"));
    let again = matcher::compare(
        &pattern("<message><body>{scansion:capture:x}</body></message>"),
        &element("<message><body> eight </body></message>"),
        &bindings,
    );
    assert_eq!(again.unwrap().get("x"), Some("eight"));
    assert_differs("<message id='{scansion:capture:x}'/>", "<message/>");
}

#[test]
fn wildcard_remembers() {
    let bindings = assert_matches("<message id='$<x>'/>", "<message id='7'/>");
    assert_eq!(bindings.get("x"), Some("7"));
    let expected = pattern("<message id='a-$<x>-b'/>");
    assert!(matches(
        &expected,
        &element("<message id='a-7-b'/>"),
        &bindings
    ));
    assert!(!matches(
        &expected,
        &element("<message id='a-8-b'/>"),
        &bindings
    ));
    assert_differs("<message id='$<x>'/>", "<message/>");
}

#[test]
fn nameless_wildcard_binds_nothing_and_matches_anything() {
    let bindings = assert_matches("<message id='$<_>' to='$<_>'/>", "<message id='7' to='8'/>");
    assert_eq!(bindings, Bindings::new());
}

#[test]
fn wildcard_stands_for_one_value_within_a_stanza() {
    assert_matches(
        "<message id='$<x>'><body>$<x></body></message>",
        "<message id='7'><body>7</body></message>",
    );
    let conflict = assert_differs(
        "<message id='$<x>'><body>$<x></body></message>",
        "<message id='7'><body>8</body></message>",
    );
    assert_eq!(conflict.rule, Rule::Conflict);
    assert_eq!(conflict.received.as_deref(), Some("'8'"));
}

#[test]
fn wildcard_finds_the_children_that_agree() {
    let expected = "<message><a n='$<x>'/><b n='$<x>'/></message>";
    assert_matches(
        expected,
        "<message><a n='1'/><a n='2'/><b n='2'/></message>",
    );
    assert_differs(
        expected,
        "<message><a n='1'/><a n='2'/><b n='3'/></message>",
    );
    let twice = "<message><a n='$<x>' m='$<y>'/><a n='$<y>' m='$<x>'/></message>";
    assert_matches(
        twice,
        "<message><a n='1' m='1'/><a n='1' m='2'/><a n='2' m='1'/></message>",
    );
}

#[test]
fn narrowed_wildcard_wants_its_kind() {
    assert_matches("<message id='n$<x:int>'/>", "<message id='n12'/>");
    assert_differs("<message id='n$<x:int>'/>", "<message id='n1x'/>");
    assert_differs("<message id='$<x:uuid>'/>", "<message id='12'/>");
    assert_matches("<message from='$<x:jid>'/>", "<message from='a@b/c'/>");
    assert_matches(
        "<message><d>$<x:datetime></d></message>",
        "<message><d>2002-09-10T23:08:25Z</d></message>",
    );
    assert_differs(
        "<message><d>$<_:datetime></d></message>",
        "<message><d>yesterday</d></message>",
    );
    assert_matches(
        r"<message id='$<x:/[a-c]\/[0-9]+/>'/>",
        "<message id='b/42'/>",
    );
    assert_differs(
        r"<message id='$<x:/[a-c]\/[0-9]+/>'/>",
        "<message id='d/42'/>",
    );
}

#[test]
fn an_integer_and_a_length_have_bounds() {
    assert_matches("<message id='n$<x:int 1..>'/>", "<message id='n12'/>");
    assert_matches("<message id='$<x:int -5..5>'/>", "<message id='-5'/>");
    assert_matches("<message id='$<x:text 2..3>'/>", "<message id='äöü'/>");
    for (expected, received, said) in [
        (
            "<message id='$<x:int 1..>'/>",
            "<message id='0'/>",
            "message: expected id='$<x:int 1..>' (an integer from 1), got id='0'",
        ),
        (
            "<message><body>$<x:text 1..3></body></message>",
            "<message><body>long</body></message>",
            "message/body: expected the text '$<x:text 1..3>' (1 to 3 characters long), got 'long'",
        ),
        (
            "<message id='n-$<x:int 1..2>-m'/>",
            "<message id='n-3-m'/>",
            "message: expected id='n-$<x:int 1..2>-m' (an integer from 1 to 2), got id='n-3-m'",
        ),
        (
            "<message id='$<x:int>'/>",
            "<message id='n'/>",
            "message: expected id='$<x:int>', got id='n'",
        ),
    ] {
        assert_eq!(assert_differs(expected, received).to_string(), said);
    }
}

#[test]
fn a_wildcard_can_be_for_any_value_but_some() {
    let bindings = Bindings::new()
        .with("a", "7")
        .with("b", "8")
        .with("A's JID", "a.localhost");
    let of = |value: &str, conditions: &str| {
        let cast = "Client";
        let story = format!(
            "<message id='$<a>' to='$<b>'/>\n\nA receives in any order:\n<message id='$<x:{conditions}>'/>"
        );
        let pattern = last_pattern(cast, &story);
        let received = element(&format!("<message id='{value}'/>"));
        matcher::compare(&pattern, &received, &bindings)
    };
    for (value, conditions) in [
        ("9", "not a"),
        ("9", "not a, b"),
        ("", "not a"),
        ("8", "not a, int 1.."),
        ("a.localhost/r", "not A's JID"),
    ] {
        assert_eq!(of(value, conditions).unwrap().get("x"), Some(value));
    }
    for (value, conditions, same) in [
        ("7", "not a", "a"),
        ("8", "not a, b", "b"),
        ("7", "/[0-9]/, not a", "a"),
        ("a.localhost", "not b, A's JID", "A's JID"),
    ] {
        let said = of(value, conditions).unwrap_err().to_string();
        let end = format!("got id='{value}', the same value as {same}");
        assert!(said.ends_with(&end), "{said}");
    }
    let said = of("x", "/[0-9]/, not a").unwrap_err().to_string();
    assert_eq!(
        said,
        "message: expected id='$<x:/[0-9]/, not a>' (what /[0-9]/ fits), got id='x'"
    );
}

#[test]
fn conditions_hold_for_a_value_that_is_known_as_well() {
    let bindings = Bindings::new().with("x", "0");
    let differs = assert_differs_with(
        "<message id='$<x:int 1..>'/>",
        "<message id='0'/>",
        &bindings,
    );
    assert_eq!(
        differs.to_string(),
        "message: expected id='$<x:int 1..>' (an integer from 1), got id='0'"
    );
}

#[test]
fn conditions_hold_wherever_a_name_stands() {
    let expected = "<message><a n='$<x:int 2..>'/><b n='$<x>'/></message>";
    let bindings = assert_matches(
        expected,
        "<message><a n='1'/><a n='2'/><b n='1'/><b n='2'/></message>",
    );
    assert_eq!(bindings.get("x"), Some("2"));
    assert_differs(
        expected,
        "<message><a n='1'/><a n='3'/><b n='1'/></message>",
    );
}

#[test]
fn a_bound_value_that_is_not_of_the_kind_does_not_match() {
    let bindings = Bindings::new().with("x", "seven");
    assert_differs_with(
        "<message id='$<x:int>'/>",
        "<message id='seven'/>",
        &bindings,
    );
}

#[test]
fn variables_are_filled_in() {
    let bindings = Bindings::new().with("A's full JID", "a.localhost/r&d");
    let expected =
        pattern("<message to=\"${A's full JID}\"><body>for ${A's full JID}!</body></message>");
    let received = element(
        "<message to='a.localhost/r&amp;d'><body>for a.localhost/r&amp;d!</body></message>",
    );
    assert!(matches(&expected, &received, &bindings));
    assert!(!matches(&expected, &received, &Bindings::new()));
}

#[test]
fn a_mismatch_points_into_the_script() {
    let block = "<message><body>hello</body><x xmlns='urn:x'><y a='1'/></x></message>";
    let focus = assert_differs(
        block,
        "<message><body>hello</body><x xmlns='urn:x'><y a='2'/></x></message>",
    );
    assert_eq!(focus.path, "message/x/y");
    assert_eq!(focus.span.end - focus.span.start, "a='1'".len());
    let focus = assert_differs(block, "<message><body>goodbye</body></message>");
    assert_eq!(focus.span.end - focus.span.start, "hello".len());
}

#[test]
fn a_missing_child_names_the_nearest() {
    let mismatch = matcher::compare(
        &pattern("<message><item id='3' name='c'/></message>"),
        &element("<message><item id='1' name='a'/><item id='3' name='x'/><other/></message>"),
        &Bindings::new(),
    )
    .unwrap_err();
    assert_eq!(
        mismatch.to_string(),
        "message: no <item id='3' name='c'> among 3 children; nearest is <item id='3' name='x'>"
    );
    assert_eq!(
        mismatch.focus().to_string(),
        "message/item: expected name='c', got name='x'"
    );
}

#[test]
fn the_nearest_child_is_the_one_whose_attributes_agree_most() {
    let nearest = |children: &str| {
        let expected = "<iq><item id='3' jid='c' name='Charles'><a/><b/><c>d</c></item></iq>";
        let received = element(&format!("<iq>{children}</iq>"));
        let mismatch = matcher::compare(&pattern(expected), &received, &Bindings::new());
        mismatch.unwrap_err().nearest.unwrap().element
    };
    let full = "<a/><b/><c>d</c>";
    let one = "<item id='3' jid='c' name='x'>";
    assert_eq!(
        nearest(&format!(
            "<item id='1' jid='x' name='x'>{full}</item><item id='3' jid='c' name='x'/>"
        )),
        one
    );
    // The id counts for more than another attribute.
    assert_eq!(
        nearest(&format!(
            "<item id='4' jid='c' name='x'>{full}</item><item id='3' jid='y' name='x'/>"
        )),
        "<item id='3' jid='y' name='x'>"
    );
    let many: String = (10..500)
        .map(|number| format!("<item id='{number}' jid='x' name='x'>{full}</item>"))
        .collect();
    assert_eq!(nearest(&format!("{many}{one}</item>{many}")), one);
}

#[test]
fn names_that_differ_only_by_their_namespaces_are_told_with_these() {
    let said = |expected: &str, received: &str| assert_differs(expected, received).to_string();
    assert_eq!(
        said(
            "<message><f xmlns='urn:f'><message/></f></message>",
            "<message><f xmlns='urn:f'><message xmlns='jabber:client'/></f></message>"
        ),
        "message/f: no <message xmlns='urn:f'> among 1 child; nearest is <message xmlns='jabber:client'>"
    );
    assert_eq!(
        said("<message xml:lang='en'/>", "<message lang='en'/>"),
        "message: expected xml:lang='en', got lang='en', which is another attribute"
    );
    assert_eq!(
        said(
            "<enabled xmlns='urn:xmpp:sm:3'/>",
            "<enabled xmlns='urn:xmpp:sm:2'/>"
        ),
        "enabled: expected the namespace 'urn:xmpp:sm:3', got 'urn:xmpp:sm:2'"
    );
}

#[test]
fn all_differences_are_told() {
    let differences = matcher::differences(
        &pattern("<message type='chat' id='1'><body>a</body><thread>t</thread></message>"),
        &element("<message type='normal'><body>b</body></message>"),
        &Bindings::new(),
    );
    let rules: Vec<Rule> = differences
        .iter()
        .map(|mismatch| mismatch.focus().rule)
        .collect();
    assert_eq!(
        rules,
        [
            Rule::AttributeValue,
            Rule::AttributeMissing,
            Rule::Text,
            Rule::ChildMissing
        ]
    );
}

/// A tree from which both a stanza and an expectation can be written.
#[derive(Debug, Clone)]
struct Tree {
    name: usize,
    namespace: usize,
    attributes: Vec<(usize, usize)>,
    text: Option<usize>,
    children: Vec<Tree>,
}

const NAMES: [&str; 3] = ["a", "b", "c"];
const NAMESPACES: [&str; 2] = [CLIENT, "urn:x"];
const VALUES: [&str; 4] = ["", "1", "x &amp; y", "longer text"];

impl Tree {
    fn write(&self, wildcards: bool) -> String {
        let mut attributes: Vec<_> = self.attributes.clone();
        attributes.sort_unstable();
        attributes.dedup_by_key(|(name, _)| *name);
        let value = |value: usize| match (wildcards, value) {
            (true, 0) => "{scansion:any}",
            (true, 1) => "$<_>",
            (_, value) => VALUES[value],
        };
        let attributes: String = attributes
            .iter()
            .map(|(name, number)| format!(" {}='{}'", NAMES[*name], value(*number)))
            .collect();
        let text = self.text.map(|text| VALUES[text]).unwrap_or_default();
        let children: String = self
            .children
            .iter()
            .map(|child| child.write(wildcards))
            .collect();
        let (name, namespace) = (NAMES[self.name], NAMESPACES[self.namespace]);
        format!("<{name} xmlns='{namespace}'{attributes}>{text}{children}</{name}>")
    }

    fn reversed(&self) -> Self {
        let mut children: Vec<Tree> = self.children.iter().map(Tree::reversed).collect();
        // Only non-strict elements ignore the order.
        if self.namespace == 0 {
            children.reverse();
        }
        Self {
            children,
            ..self.clone()
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let node = (
        0..NAMES.len(),
        0..NAMESPACES.len(),
        proptest::collection::vec((0..NAMES.len(), 0..VALUES.len()), 0..3),
        proptest::option::of(0..VALUES.len()),
    );
    let leaf = node
        .clone()
        .prop_map(|(name, namespace, attributes, text)| Tree {
            name,
            namespace,
            attributes,
            text,
            children: Vec::new(),
        });
    leaf.prop_recursive(4, 24, 4, move |inner| {
        (node.clone(), proptest::collection::vec(inner, 0..4)).prop_map(
            |((name, namespace, attributes, text), children)| Tree {
                name,
                namespace,
                attributes,
                text,
                children,
            },
        )
    })
}

proptest! {
    #[test]
    fn a_stanza_made_from_a_pattern_matches_it(tree in tree(), wildcards: bool) {
        let expected = pattern(&tree.write(wildcards));
        for stanza in [tree.write(false), tree.reversed().write(false)] {
            let received = element(&stanza);
            let found = matcher::compare(&expected, &received, &Bindings::new());
            prop_assert!(found.is_ok(), "{}", found.unwrap_err());
        }
    }

    #[test]
    fn a_difference_is_found_just_where_there_is_no_match(one in tree(), other in tree()) {
        let (expected, received) = (pattern(&one.write(true)), element(&other.write(false)));
        let matches = matches(&expected, &received, &Bindings::new());
        let differences = matcher::differences(&expected, &received, &Bindings::new());
        prop_assert_eq!(matches, differences.is_empty());
        for mismatch in &differences {
            prop_assert_ne!(mismatch.rule, Rule::Conflict);
        }
    }
}
