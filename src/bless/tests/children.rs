//! Children before and after blessing.

use super::*;

#[test]
fn a_child_that_did_not_come_goes_with_its_line() {
    assert_blessed(
        "<message>\n\t\t<body>x</body>\n\t\t<thread>\n\t\t\ty\n\t\t</thread>\n\t</message>",
        "<message><body>x</body></message>",
        "<message>\n\t\t<body>x</body>\n\t</message>",
    );
    assert_blessed(
        "<message><body>x</body><thread>y</thread></message>",
        "<message><body>x</body></message>",
        "<message><body>x</body></message>",
    );
    assert_blessed(
        "<message>\n\t\t<body>x</body>\n\t</message>",
        "<message/>",
        "<message/>",
    );
}

#[test]
fn a_child_more_is_added_where_no_more_are_allowed() {
    assert_blessed(
        "<iq>\n\t\t<query xmlns=\"urn:q\">\n\t\t\t<a/>\n\t\t\t<c/>\n\t\t</query>\n\t</iq>",
        "<iq><query xmlns='urn:q'><a/><b xmlns='urn:b' x='1'><d>t</d></b><c/></query></iq>",
        "<iq>\n\t\t<query xmlns=\"urn:q\">\n\t\t\t<a/>\n\t\t\t<b xmlns=\"urn:b\" x=\"1\">\n\t\t\t\t<d>t</d>\n\t\t\t</b>\n\t\t\t<c/>\n\t\t</query>\n\t</iq>",
    );
    assert_blessed(
        "<iq><query xmlns='urn:q'><a/></query></iq>",
        "<iq><query xmlns='urn:q'><b/><a/></query></iq>",
        "<iq><query xmlns='urn:q'><b/><a/></query></iq>",
    );
}

#[test]
fn new_attributes_have_the_quotes_of_the_first_one() {
    assert_blessed(
        "<message><body>it's</body><q xmlns=\"urn:q\" a='1'/></message>",
        "<message><body>it's</body><q xmlns='urn:q' a='1' b='2'/></message>",
        "<message><body>it's</body><q xmlns=\"urn:q\" a='1' b=\"2\"/></message>",
    );
}

#[test]
fn an_empty_element_is_opened_for_its_children() {
    assert_blessed(
        "<iq>\n\t\t<query xmlns='urn:q' />\n\t</iq>",
        "<iq><query xmlns='urn:q'><a/><b/></query></iq>",
        "<iq>\n\t\t<query xmlns='urn:q'>\n\t\t\t<a/>\n\t\t\t<b/>\n\t\t</query>\n\t</iq>",
    );
    assert_blessed(
        "<iq><query xmlns='urn:q'></query></iq>",
        "<iq><query xmlns='urn:q'><a/></query></iq>",
        "<iq><query xmlns='urn:q'><a/></query></iq>",
    );
}

#[test]
fn an_element_with_only_a_comment_keeps_it() {
    assert_blessed(
        "<iq>\n\t\t<query xmlns='urn:q'>\n\t\t\t<!-- nothing -->\n\t\t</query>\n\t</iq>",
        "<iq><query xmlns='urn:q'><a/></query></iq>",
        "<iq>\n\t\t<query xmlns='urn:q'>\n\t\t\t<a/>\n\t\t\t<!-- nothing -->\n\t\t</query>\n\t</iq>",
    );
}

#[test]
fn children_are_put_in_the_order_they_came_in() {
    assert_blessed(
        "<iq>\n\t\t<q xmlns='urn:q'>\n\t\t\t<a x='$<_>'/>\n# of b\n\t\t\t<b>old</b>\n\t\t\t<c/>\n\t\t</q>\n\t</iq>",
        "<iq><q xmlns='urn:q'><c/><b>new</b><a x='1'/></q></iq>",
        "<iq>\n\t\t<q xmlns='urn:q'>\n\t\t\t<c/>\n# of b\n\t\t\t<b>new</b>\n\t\t\t<a x='$<_>'/>\n\t\t</q>\n\t</iq>",
    );
}

#[test]
fn sets_may_come_in_any_order() {
    let info = "http://jabber.org/protocol/disco#info";
    let came = format!(
        "<iq><query xmlns='{info}'><feature var='b'/><feature var='a'/><feature var='c'/></query></iq>"
    );
    assert_blessed(
        &format!("<iq><query xmlns='{info}'><feature var='a'/><feature var='b'/></query></iq>"),
        &came,
        &format!(
            "<iq><query xmlns='{info}' scansion:order='any'><feature var='a'/><feature var='b'/><feature var='c'/></query></iq>"
        ),
    );
    assert_blessed(
        &format!("<iq><query xmlns='{info}'/></iq>"),
        &came,
        &format!(
            "<iq><query xmlns='{info}' scansion:order='any'><feature var='b'/><feature var='a'/><feature var='c'/></query></iq>"
        ),
    );
    let scene = Scene::new(&format!("{CAST}Juliet receives:\n\t<presence a=\"1\"/>\n"));
    let after = scene.unmet(0, &element(&came), |unmet| unmet.insertion());
    let written = format!(
        "\t<iq>\n\t\t<query xmlns=\"{info}\" scansion:order=\"any\">\n\t\t\t<feature var=\"b\"/>\n\t\t\t<feature var=\"a\"/>\n\t\t\t<feature var=\"c\"/>\n\t\t</query>\n\t</iq>\n\t<presence"
    );
    let text = after.unwrap().text;
    assert!(text.contains(&written), "{text}");
    assert_blessed(
        &format!(
            "<iq><query xmlns='{info}'><feature var='b'/><feature var='x'/><feature var='c'/></query></iq>"
        ),
        &came,
        &format!(
            "<iq><query xmlns='{info}'><feature var='b'/><feature var='a'/><feature var='c'/></query></iq>"
        ),
    );
}

#[test]
fn many_children_get_lines_of_their_own() {
    let long = "x".repeat(80);
    assert_blessed(
        "<iq><q xmlns='urn:q'/></iq>",
        &format!("<iq><q xmlns='urn:q'><a b='{long}'><c/></a></q></iq>"),
        &format!("<iq><q xmlns='urn:q'>\n\t\t<a b='{long}'>\n\t\t\t<c/>\n\t\t</a>\n\t</q></iq>"),
    );
}

#[test]
fn order_stays_where_it_does_not_matter() {
    assert_blessed(
        "<iq><q xmlns='urn:q' scansion:order='any'><a/><b/></q></iq>",
        "<iq><q xmlns='urn:q'><c/><b/><a/></q></iq>",
        "<iq><q xmlns='urn:q' scansion:order='any'><a/><b/><c/></q></iq>",
    );
}

#[test]
fn of_children_that_look_alike_only_what_differs_changes() {
    assert_blessed(
        "<iq><q xmlns='urn:q'><i n='$<_>'/><i n='2'/><scansion:any/></q></iq>",
        "<iq><q xmlns='urn:q'><i n='1'/><i n='3'/><j/></q></iq>",
        "<iq><q xmlns='urn:q'><i n='$<_>'/><i n='3'/><scansion:any/></q></iq>",
    );
}

#[test]
fn one_of_many_is_not_taken_for_the_one_that_is_missing() {
    assert_blessed(
        "<iq><q xmlns='urn:q' scansion:strict='false'><f var='a'/><f var='b'/></q></iq>",
        "<iq><q xmlns='urn:q'><f var='c'/><f var='b'/><f var='d'/></q></iq>",
        "<iq><q xmlns='urn:q' scansion:strict='false'><f var='b'/></q></iq>",
    );
}

#[test]
fn another_condition_takes_the_place_of_one() {
    let stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas";
    assert_blessed(
        &format!(
            "<iq type='error'>\n\t\t<error type='cancel'>\n\t\t\t<item-not-found xmlns='{stanzas}'/>\n\t\t</error>\n\t</iq>"
        ),
        &format!("<iq type='error'><error type='auth'><forbidden xmlns='{stanzas}'/></error></iq>"),
        &format!(
            "<iq type='error'>\n\t\t<error type='auth'>\n\t\t\t<forbidden xmlns='{stanzas}'/>\n\t\t</error>\n\t</iq>"
        ),
    );
}

#[test]
fn an_element_of_another_name_keeps_what_holds() {
    assert_blessed(
        "<iq>\n\t\t<q:old xmlns:q='urn:q' a=\"$<_>\" b='x'>\n\t\t\t<q:i>{scansion:any}</q:i>\n\t\t</q:old>\n\t</iq>",
        "<iq><new xmlns='urn:q' a='1' b='y'><i>2</i></new></iq>",
        "<iq>\n\t\t<q:new xmlns:q='urn:q' a=\"$<_>\" b='y'>\n\t\t\t<q:i>{scansion:any}</q:i>\n\t\t</q:new>\n\t</iq>",
    );
    assert_blessed(
        "<iq><old xmlns='urn:q'><i/></old><old xmlns='urn:p'></old></iq>",
        "<iq><new xmlns='urn:q'/><new xmlns='urn:p'><j/></new></iq>",
        "<iq><new xmlns='urn:q'/><new xmlns='urn:p'><j/></new></iq>",
    );
}

#[test]
fn an_element_of_another_namespace_is_written_anew() {
    assert_blessed(
        "<message>\n\t\t<result xmlns='urn:mam:1' id='x'/>\n\t</message>",
        "<message><result xmlns='urn:mam:2' id='1764022200'><a/></result></message>",
        "<message>\n\t\t<result xmlns='urn:mam:2' id='$<_:int>'>\n\t\t\t<a/>\n\t\t</result>\n\t</message>",
    );
}

#[test]
fn prefixes_stay() {
    assert_blessed(
        "<message><p:x xmlns:p='urn:p' p:a='1'><p:y>1</p:y></p:x></message>",
        "<message><x xmlns='urn:p' xmlns:q='urn:p' q:a='2'><y>2</y><z/></x></message>",
        "<message><p:x xmlns:p='urn:p' p:a='2'><p:y>2</p:y><z xmlns='urn:p'/></p:x></message>",
    );
}
