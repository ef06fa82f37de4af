//! What an expectation says of all children of an element, of attributes that must not be there, and of several
//! elements of which one is expected; each with a stanza that obeys it and one that does not.

use scansion::matcher::{self, Bindings, Mismatch, Rule};

use crate::matching::{
    assert_differs, assert_differs_with, assert_matches, element, matches, pattern, patterns,
};

/// The stanza with these children.
fn message(children: &str) -> String {
    format!("<message>{children}</message>")
}

/// The stanza with these children in a strict element.
fn query(children: &str) -> String {
    message(&format!("<q xmlns='urn:q'>{children}</q>"))
}

/// Sees that a number is said of siblings that some numbers of siblings keep, and others do not.
#[track_caller]
fn assert_allows(times: &str, allowed: &[usize], denied: &[usize]) {
    let expected = message(&format!("<a scansion:times='{times}'/>"));
    for count in allowed {
        assert_matches(&expected, &message(&"<a/>".repeat(*count)));
    }
    for count in denied {
        let mismatch = assert_differs(&expected, &message(&"<a/>".repeat(*count)));
        assert_eq!(mismatch.rule, Rule::Times);
    }
}

#[test]
fn siblings_are_counted() {
    assert_allows("0", &[0], &[1, 2]);
    assert_allows("0..0", &[0], &[1]);
    assert_allows("1", &[1], &[0, 2]);
    assert_allows("3", &[3], &[2, 4]);
    assert_allows("1..2", &[1, 2], &[0, 3]);
    assert_allows("2..", &[2, 3, 9], &[0, 1]);
    assert_allows("0..", &[0, 1, 9], &[]);
}

#[test]
fn only_those_that_match_are_counted() {
    let expected = message("<a b='1' scansion:times='1'><c/></a>");
    assert_matches(
        &expected,
        &message("<a b='2'/><a b='1'><c/></a><a b='1'/><d b='1'><c/></d>"),
    );
    assert_differs(
        &expected,
        &message("<a b='1'><c/></a><a b='1' e=''><c/></a>"),
    );
    let any = message("<scansion:any scansion:times='2'/>");
    assert_matches(&any, &message("<a/>text<b xmlns='urn:b'/>"));
    assert_differs(&any, &message("<a/>"));
    assert_differs(
        &message("<scansion:any scansion:times='0'/>"),
        &message("<a/>"),
    );
    assert_matches(
        &message("<scansion:any scansion:times='0'/>"),
        &message("text"),
    );
}

#[test]
fn what_is_counted_takes_no_child_from_the_assignment() {
    let expected = message("<a b='1'/><a scansion:times='2'/>");
    assert_matches(&expected, &message("<a b='1'/><a/>"));
    assert_differs(&expected, &message("<a b='1'/>"));
    assert_matches(&message("<a/><a scansion:times='1'/>"), &message("<a/>"));
}

#[test]
fn each_sibling_of_the_name_has_to_match() {
    let expected = message("<a b='1' scansion:each='*'/>");
    assert_matches(&expected, &message(""));
    assert_matches(
        &expected,
        &message("<a b='1'/><c/><a b='1' d='2'/><a xmlns='urn:a' b='2'/>"),
    );
    let mismatch = assert_differs(&expected, &message("<a b='1'/><a b='2'/><a/>"));
    assert_eq!(mismatch.rule, Rule::Each);
    assert_eq!(
        mismatch.received.as_deref(),
        Some("2 are not: <a b='2'>, <a>")
    );
    assert_eq!(
        mismatch.to_string(),
        "message: expected each to be <a b='1'>, but 2 are not: <a b='2'>, <a>; message/a: expected b='1', got b='2'"
    );
}

#[test]
fn each_sibling_that_agrees_in_an_attribute_has_to_match() {
    let expected = message("<a var='x' type='t' scansion:each='var'/>");
    assert_matches(
        &expected,
        &message("<a var='y'/><a type='u'/><a var='x' type='t'/>"),
    );
    assert_matches(&expected, &message(""));
    assert_eq!(
        assert_differs(&expected, &message("<a var='x' type='t'/><a var='x'/>")).rule,
        Rule::Each
    );
    let prefixed = message("<a xmlns:p='urn:p' p:v='1' b='2' scansion:each='p:v'/>");
    assert_matches(
        &prefixed,
        &message("<a v='1'/><a xmlns:r='urn:p' r:v='1' b='2'/>"),
    );
    assert_differs(&prefixed, &message("<a xmlns:r='urn:p' r:v='1' b='3'/>"));
    let loosely = message("<a var='$<_:/x.*/>' type='t' scansion:each='var'/>");
    assert_matches(&loosely, &message("<a var='y'/><a var='x1' type='t'/>"));
    assert_differs(&loosely, &message("<a var='x1' type='t'/><a var='x2'/>"));
}

#[test]
fn each_and_a_number_may_stand_together() {
    let expected = message("<a b='1' scansion:each='*' scansion:times='1'/>");
    assert_matches(&expected, &message("<a b='1'/><c/>"));
    assert_eq!(
        assert_differs(&expected, &message("<c/>")).rule,
        Rule::Times
    );
    assert_eq!(
        assert_differs(&expected, &message("<a b='1'/><a/>")).rule,
        Rule::Each
    );
}

#[test]
fn attributes_can_be_forbidden() {
    let expected = "<message id='1' scansion:absent='type xml:lang'/>";
    assert_matches(expected, "<message id='1' to='a' lang='en'/>");
    for received in [
        "<message id='1' type='chat'/>",
        "<message id='1' xml:lang='en'/>",
    ] {
        let mismatch = assert_differs(expected, received);
        assert_eq!(mismatch.rule, Rule::AttributeForbidden);
    }
    assert_eq!(
        assert_differs(expected, "<message id='1' type='chat'/>").to_string(),
        "message: expected no attribute type, got type='chat'"
    );
    let inner = message("<a xmlns:p='urn:p' scansion:absent='p:b'/>");
    assert_matches(&inner, &message("<a b='1'/>"));
    assert_differs(&inner, &message("<a xmlns:r='urn:p' r:b='1'/>"));
    // A strict element has no attributes but those that are expected; one difference is enough.
    let strict = "<message scansion:strict='true' scansion:absent='type'/>";
    let found = matcher::differences(
        &pattern(strict),
        &element("<message type='chat'/>"),
        &Bindings::new(),
    );
    assert_eq!(rules(&found), [Rule::AttributeForbidden]);
}

fn rules(found: &[Mismatch]) -> Vec<Rule> {
    found.iter().map(|mismatch| mismatch.rule).collect()
}

#[test]
fn one_of_several_elements_is_expected() {
    let one_of = "<scansion:one-of><a/>\n<!-- or --><b c='1'/></scansion:one-of>";
    let expected = message(one_of);
    assert_matches(&expected, &message("<a/>"));
    assert_matches(&expected, &message("<b c='1'/>"));
    let mismatch = assert_differs(&expected, &message("<b c='2'/>"));
    assert_eq!(mismatch.to_string(), "message/b: expected c='1', got c='2'");
    let mismatch = assert_differs(&expected, &message("<d/>"));
    assert_eq!(
        mismatch.to_string(),
        "message: no <a> or <b c='1'> among 1 child; nearest is <d>"
    );
    let whole = "<scansion:one-of><iq id='1'/><message id='$<_:int>'/></scansion:one-of>";
    assert_matches(whole, "<iq id='1'/>");
    assert_matches(whole, "<message id='7'/>");
    assert_eq!(
        assert_differs(whole, "<message id='x'/>").to_string(),
        "message: expected id='$<_:int>', got id='x'"
    );
    assert_eq!(
        assert_differs(whole, "<presence/>").to_string(),
        "iq: expected <iq> or <message>, got <presence>"
    );
}

#[test]
fn a_one_of_takes_one_child() {
    let expected = message("<scansion:one-of><a/><b/></scansion:one-of><b/>");
    assert_matches(&expected, &message("<b/><a/>"));
    assert_matches(&expected, &message("<b/><b/>"));
    assert_differs(&expected, &message("<b/>"));
    let strict = query("<scansion:one-of><a/><b/></scansion:one-of>");
    assert_matches(&strict, &query("<b/>"));
    assert_differs(&strict, &query("<a/><b/>"));
    let nested = message(
        "<scansion:one-of><a/><scansion:one-of><b/><c/></scansion:one-of></scansion:one-of>",
    );
    assert_matches(&nested, &message("<c/>"));
    assert_differs(&nested, &message("<d/>"));
}

#[test]
fn one_ofs_can_be_counted_and_demanded_of_each() {
    let once = message("<scansion:one-of scansion:times='1'><a/><b/></scansion:one-of>");
    assert_matches(&once, &message("<b/><c/>"));
    assert_differs(&once, &message("<b/><a/>"));
    assert_differs(&once, &message("<c/>"));
    let each = message("<scansion:one-of scansion:each='*'><a b='1'/><a b='2'/></scansion:one-of>");
    assert_matches(&each, &message("<a b='1'/><a b='2'/><a b='1'/><c b='3'/>"));
    assert_eq!(
        assert_differs(&each, &message("<a b='3'/>")).rule,
        Rule::Each
    );
}

#[test]
fn a_strict_element_has_what_is_counted() {
    let expected = query("<a/><b scansion:times='0..2'/><c/>");
    for received in [
        "<a/><c/>",
        "<b/><a/><c/>",
        "<a/><b/><c/>",
        "<b/><a/><c/><b/>",
    ] {
        assert_matches(&expected, &query(received));
    }
    let rule = |received: &str| assert_differs(&expected, &query(received)).rule;
    assert_eq!(rule("<c/><b/><a/>"), Rule::ChildOrder);
    assert_eq!(rule("<a/><c/><d/>"), Rule::ChildUnexpected);
    assert_eq!(rule("<a/><b/><b/><b/><c/>"), Rule::Times);
    let each = query("<a b='1' scansion:each='*'/>");
    assert_matches(&each, &query(""));
    assert_matches(&each, &query("<a b='1'/><a b='1'/>"));
    let found = matcher::differences(
        &pattern(&each),
        &element(&query("<a b='1'/><a/>")),
        &Bindings::new(),
    );
    let inner = &found[0].nearest.as_ref().unwrap().differences;
    assert_eq!(rules(inner), [Rule::Each]);
    assert_eq!(rule_of(&each, &query("<c/>")), Rule::ChildUnexpected);
}

#[track_caller]
fn rule_of(expected: &str, received: &str) -> Rule {
    assert_differs(expected, received).rule
}

#[test]
fn a_strict_element_may_have_what_is_counted_and_expected_at_once() {
    let in_order = query("<a b='1'/><a b='2'/><a scansion:times='3'/>");
    assert_matches(&in_order, &query("<a b='3'/><a b='1'/><a b='2'/>"));
    assert_matches(&in_order, &query("<a b='1'/><a b='1'/><a b='2'/>"));
    assert_eq!(
        rule_of(&in_order, &query("<a b='2'/><a b='3'/><a b='1'/>")),
        Rule::ChildOrder
    );
    let any_order = "<message><q xmlns='urn:q' scansion:order='any'><a scansion:strict='false'/><a b='1'/><a b='2' scansion:times='1'/></q></message>";
    assert_matches(any_order, &query("<a b='2'/><a b='1'/><a b='3'/>"));
    assert_matches(any_order, &query("<a b='1'/><a b='2'/>"));
    // The one that may stay is not the one that is left.
    assert_matches(any_order, &query("<a b='2'/><a b='3'/><a b='1'/>"));
    assert_eq!(
        rule_of(
            any_order,
            &query("<a b='2'/><a b='1'/><a b='3'/><a b='4'/>")
        ),
        Rule::ChildUnexpected
    );
}

#[test]
fn what_is_counted_may_have_more() {
    let expected = query("<a b='1' scansion:times='1'/><scansion:any scansion:times='0..'/>");
    assert_matches(&expected, &query("<a b='1' c='2'>text<d/></a>"));
    let strict = query("<a scansion:strict='true' scansion:times='1'/><a scansion:times='2'/>");
    assert_matches(&strict, &query("<a b='1'/><a/>"));
    assert_differs(&strict, &query("<a b='1'/><a b='2'/>"));
    let inner = query("<a scansion:times='1'><b/></a>");
    assert_differs(&inner, &query("<a><b c='1'/></a>"));
}

#[test]
fn empty_answers_can_be_told_from_full_ones() {
    let empty = "<message><q xmlns='urn:q' scansion:strict='false'><item scansion:times='0'/></q></message>";
    assert_matches(empty, &query("<other/>"));
    assert_eq!(rule_of(empty, &query("<item a='b'/>")), Rule::Times);
}

#[test]
fn only_one_that_is_there_once_gives_a_value() {
    let expected = message("<a b='$<x>' scansion:times='1'>$<y></a>");
    let bindings = assert_matches(&expected, &message("<c/><a b='1'>z</a>"));
    assert_eq!(
        (bindings.get("x"), bindings.get("y")),
        (Some("1"), Some("z"))
    );
    let capture = message("<a b='{scansion:capture:x}' scansion:times='1'/>");
    let bindings = matcher::compare(
        &pattern(&capture),
        &element(&message("<a b='2'/>")),
        &Bindings::new().with("x", "1"),
    );
    assert_eq!(bindings.unwrap().get("x"), Some("2"));
    let twice = message("<a b='$<x>' scansion:times='1'><c>$<x></c></a>");
    let received = message("<a b='1'><c>2</c></a><a b='3'><c>3</c></a>");
    assert_eq!(assert_matches(&twice, &received).get("x"), Some("3"));
}

#[test]
fn bindings_from_outside_come_first() {
    let expected = "<message id='$<x>'><a b='$<x>' scansion:times='1'/></message>";
    assert_matches(expected, "<message id='1'><a b='1'/><a b='2'/></message>");
    assert_eq!(
        rule_of(expected, "<message id='1'><a b='2'/></message>"),
        Rule::Times
    );
    let bound = Bindings::new().with("x", "2");
    assert_differs_with(
        &message("<a b='$<x>' scansion:times='1'/>"),
        &message("<a b='1'/>"),
        &bound,
    );
    // The first child that fits gives the value, although the count would need the other one.
    let chosen = message("<a b='$<x>'/><c d='$<x>' scansion:times='1'/>");
    assert_matches(&chosen, &message("<a b='1'/><a b='2'/><c d='1'/>"));
    assert_eq!(
        rule_of(&chosen, &message("<a b='1'/><a b='2'/><c d='2'/>")),
        Rule::Times
    );
    // A name with one value outside is settled there, whatever is counted.
    let shared = "<message id='$<x>'><a b='$<x>'/><c d='$<x>' scansion:times='0'/></message>";
    assert_matches(
        shared,
        "<message id='2'><a b='1'/><a b='2'/><c d='1'/></message>",
    );
    assert_differs(
        shared,
        "<message id='2'><a b='1'/><a b='2'/><c d='2'/></message>",
    );
}

#[test]
fn what_is_counted_deeper_knows_names_from_above_and_beside() {
    let deeper =
        "<message id='$<x>'><q xmlns='urn:q'><a><b scansion:times='0'>$<x></b></a></q></message>";
    let received =
        |text: &str| format!("<message id='1'><q xmlns='urn:q'><a><b>{text}</b></a></q></message>");
    assert_eq!(rule_of(deeper, &received("1")), Rule::Times);
    let other = "<message id='$<x>'><q xmlns='urn:q'><a scansion:strict='false'><b scansion:times='0'>$<x></b></a></q></message>";
    assert_matches(other, &received("2"));
    let beside = message("<a scansion:times='1'>$<x></a><b scansion:times='0'>$<x></b>");
    assert_matches(&beside, &message("<a>1</a><b>2</b>"));
    assert_eq!(rule_of(&beside, &message("<a>1</a><b>1</b>")), Rule::Times);
}

#[test]
fn counting_decides_which_child_is_meant() {
    // The first of the two is not the one without a child.
    let expected = message("<a><b scansion:times='0'/></a><a><b/></a>");
    assert_matches(&expected, &message("<a><b/></a><a/>"));
    assert_differs(&expected, &message("<a><b/></a><a><b/></a>"));
    let nested = message("<a scansion:times='1'><b scansion:times='2'/></a>");
    assert_matches(&nested, &message("<a><b/><b/></a><a><b/></a>"));
    assert_differs(&nested, &message("<a><b/><b/></a><a><b/><b/></a>"));
}

#[test]
fn what_only_some_members_bind_has_no_value() {
    let some = "<scansion:one-of><message id='$<x>'/><iq/></scansion:one-of>";
    assert_eq!(assert_matches(some, "<message id='1'/>").get("x"), None);
    let all = "<scansion:one-of><message id='$<x>'/><iq to='$<x>'/></scansion:one-of>";
    assert_eq!(assert_matches(all, "<message id='1'/>").get("x"), Some("1"));
    assert_eq!(assert_matches(all, "<iq to='2'/>").get("x"), Some("2"));
    let counted = "<scansion:one-of><message><a b='$<x>' scansion:times='1'/></message><iq to='$<x>'/></scansion:one-of>";
    assert_eq!(
        assert_matches(counted, "<message><a b='3'/></message>").get("x"),
        Some("3")
    );
    let first =
        "<scansion:one-of><message id='$<x>' to='$<_>'/><message to='$<x>'/></scansion:one-of>";
    assert_eq!(
        assert_matches(first, "<message id='1' to='2'/>").get("x"),
        Some("1")
    );
}

#[test]
fn names_in_members_are_shared_with_others() {
    let outside = "<message id='$<x>'><scansion:one-of><a>$<x></a><b/></scansion:one-of></message>";
    assert_matches(outside, "<message id='1'><a>1</a></message>");
    assert_matches(outside, "<message id='1'><b/></message>");
    assert_differs(outside, "<message id='1'><a>2</a></message>");
    let two = message(
        "<scansion:one-of><a>$<x></a><b>$<x></b></scansion:one-of>\
         <scansion:one-of><c>$<x></c><d>$<x></d></scansion:one-of>",
    );
    assert_matches(&two, &message("<b>1</b><d>2</d><c>1</c>"));
    assert_differs(&two, &message("<b>1</b><d>2</d>"));
    let within = message("<scansion:one-of><a b='$<x>'>$<x></a><c/></scansion:one-of>");
    assert_matches(&within, &message("<a b='1'>1</a>"));
    assert_differs(&within, &message("<a b='1'>2</a>"));
    let counted = message(
        "<scansion:one-of><a b='$<x>'><d scansion:times='0'>$<x></d></a><c/></scansion:one-of>",
    );
    assert_matches(&counted, &message("<a b='1'><d>2</d></a>"));
    assert_differs(&counted, &message("<a b='1'><d>1</d></a>"));
}

#[test]
fn stanzas_that_come_together_share_names_with_what_is_counted() {
    let both = "<message id='$<x>'/>\n<iq><a b='$<x>' scansion:times='0'/></iq>";
    let patterns = patterns("Client", "", both);
    let assigned = |first: &str, second: &str| {
        let elements = [element(first), element(second)];
        let elements: Vec<_> = elements.iter().collect();
        let found = matcher::Effort::new().assign(&patterns, &elements, &Bindings::new());
        let mut gathering = matcher::Gathering::new(&patterns, &Bindings::new());
        elements
            .iter()
            .for_each(|element| gathering.offer(element).unwrap());
        let gathered = gathering.result(&|index| elements[index]).unwrap();
        assert_eq!(found.as_ref().unwrap(), &gathered);
        gathered.is_some()
    };
    assert!(assigned("<iq><a b='2'/></iq>", "<message id='1'/>"));
    assert!(!assigned("<iq><a b='1'/></iq>", "<message id='1'/>"));
    assert!(matches(&patterns[1], &element("<iq/>"), &Bindings::new()));
}

#[test]
fn a_page_names_the_siblings() {
    let expected = message("<a b='1' scansion:times='1'/>");
    assert_eq!(
        assert_differs(&expected, &message("<a b='1'/><c/><a b='1' d='2'/>")).to_string(),
        "message: expected exactly 1 <a b='1'>, got 2: <a b='1'>, <a b='1' d='2'>"
    );
    assert_eq!(
        assert_differs(&expected, &message("<c/><a b='2'/>")).to_string(),
        "message: expected exactly 1 <a b='1'>, got none; nearest is <a b='2'>: message/a: expected b='1', got b='2'"
    );
    let none = message("<a scansion:times='0'/>");
    assert_eq!(
        assert_differs(&none, &message(&"<a/>".repeat(10))).to_string(),
        format!(
            "message: expected no <a>, got 10: {}and 2 more",
            "<a>, ".repeat(8)
        )
    );
}

#[test]
fn a_mismatch_points_at_what_is_said() {
    for (block, received, place) in [
        (
            "<message><a scansion:times='1'/></message>",
            "<message/>",
            "scansion:times='1'",
        ),
        (
            "<message><a b='1' scansion:each=\"*\"/></message>",
            "<message><a/></message>",
            "scansion:each=\"*\"",
        ),
        (
            "<message scansion:absent='id type'/>",
            "<message type='chat'/>",
            "type",
        ),
    ] {
        let text = format!(
            "# test\n\n[Client] A\n\tjid: a.localhost\n---\n\nA connects\n\nA receives in any order:\n\t{block}\n"
        );
        let span = assert_differs(block, received).span;
        assert_eq!(&text[span.range()], place);
    }
}

#[test]
fn many_children_are_counted_in_time() {
    let children: String = (0..2_000).map(|n| format!("<a b='{n}'/>")).collect();
    let expected =
        query("<a scansion:times='1990..'/><a b='7'/><a b='1999'/><c scansion:times='0'/>");
    assert_matches(&expected, &query(&children));
    assert_differs(&expected, &query(&format!("{children}<c/>")));
}
