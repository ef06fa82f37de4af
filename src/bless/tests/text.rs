//! Text before and after blessing.

use super::*;

#[test]
fn text_is_replaced_within_the_white_space_around_it() {
    assert_blessed(
        "<message><body>\n\t\tGood morrow\n\t</body></message>",
        "<message><body>Good &lt;night&gt; &amp; sleep</body></message>",
        "<message><body>\n\t\tGood &lt;night> &amp; sleep\n\t</body></message>",
    );
}

#[test]
fn text_that_could_end_a_block_or_be_a_comment_is_escaped() {
    assert_blessed(
        "<message><body>x</body><subject>\n\t\ty</subject></message>",
        "<message><body>one\ntwo</body><subject># three</subject></message>",
        "<message><body>one&#10;two</body><subject>\n\t\t&#35; three</subject></message>",
    );
}

#[test]
fn cdata_stays_where_it_can() {
    assert_blessed(
        "<message><body><![CDATA[<a>]]></body></message>",
        "<message><body>&lt;b></body></message>",
        "<message><body><![CDATA[<b>]]></body></message>",
    );
    assert_blessed(
        "<message><body><![CDATA[<a>]]></body></message>",
        "<message><body>]]&gt;</body></message>",
        "<message><body>]]&gt;</body></message>",
    );
}

#[test]
fn text_in_several_runs_becomes_one() {
    assert_blessed(
        "<message><body>one <!-- c --> two</body></message>",
        "<message><body>three</body></message>",
        "<message><body>three <!-- c --> </body></message>",
    );
}

#[test]
fn text_that_did_not_come_goes() {
    assert_blessed(
        "<message><body>x</body></message>",
        "<message><body/></message>",
        "<message><body></body></message>",
    );
}

#[test]
fn text_where_there_must_be_none() {
    assert_blessed(
        "<message><body scansion:strict='true' /></message>",
        "<message><body>x</body></message>",
        "<message><body scansion:strict='true'>x</body></message>",
    );
}

#[test]
fn text_between_elements_gets_no_white_space() {
    assert_blessed(
        "<message>\n\t\t<x xmlns='urn:x'><a/> breaks</x>\n\t</message>",
        "<message><x xmlns='urn:x'><a/> breaks<b/></x></message>",
        "<message>\n\t\t<x xmlns='urn:x'><a/><b/> breaks</x>\n\t</message>",
    );
}
