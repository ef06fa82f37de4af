//! Attributes before and after blessing.

use super::*;

#[test]
fn a_value_is_written_between_the_authors_quotes() {
    assert_blessed(
        "<message type='chat' to=\"x\"/>",
        "<message type=\"it's\" to='\"&amp;'/>",
        "<message type='it&apos;s' to=\"&quot;&amp;\"/>",
    );
}

#[test]
fn an_attribute_that_did_not_come_goes_with_the_blank_before_it() {
    assert_blessed(
        "<message  type='chat'\n\t\tid='1'>\n\t</message>",
        "<message type='chat'/>",
        "<message  type='chat'>\n\t</message>",
    );
    assert_blessed(
        "<message\n# a comment\n\t\tid='1'/>",
        "<message/>",
        "<message\n# a comment\n\t\t/>",
    );
}

#[test]
fn an_attribute_more_is_added_where_no_more_are_allowed() {
    assert_blessed(
        "<message><x xmlns='urn:x' a='1'/></message>",
        "<message><x xmlns='urn:x' a='1' b='2' xml:lang='en'/></message>",
        "<message><x xmlns='urn:x' a='1' b='2' xml:lang='en'/></message>",
    );
    assert_blessed(
        "<message>\n\t\t<x xmlns=\"urn:x\"\n\t\t   a=\"1\"/></message>",
        "<message><x xmlns='urn:x' a='1' b='2'/></message>",
        "<message>\n\t\t<x xmlns=\"urn:x\"\n\t\t   a=\"1\"\n\t\t   b=\"2\"/></message>",
    );
    assert_blessed(
        "<message a='1'/>",
        "<message a='2' b='2'/>",
        "<message a='2'/>",
    );
}

#[test]
fn an_attribute_in_a_namespace_gets_a_prefix() {
    assert_blessed(
        "<message><x xmlns='urn:x'/></message>",
        "<message><x xmlns='urn:x' xmlns:p='urn:p' p:b='2'/></message>",
        "<message><x xmlns='urn:x' xmlns:of-b='urn:p' of-b:b='2'/></message>",
    );
}
