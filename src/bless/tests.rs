//! Expectations before and after blessing, for each kind of difference.

use std::fmt::Write;

use minidom::Element;
use proptest::prelude::*;

use super::{Blessing, Refusal, UnmetExpectation};
use crate::matcher::{Bindings, Pattern, accepts};
use crate::plan::{self, PlanOptions, Renaming};
use crate::runner::Member;
use crate::script::ast::Script;
use crate::script::read;
use crate::source::SourceFile;

const CAST: &str = "# Title\n[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: x\n\n\
    [Client] Juliet\n\tjid: juliet@localhost/balcony\n\tpassword: x\n\n\
    [Component] Shop\n\tjid: shop.localhost\n\tsecret: x\n\n---\n\n\
    Romeo connects\n\nJuliet connects\n\nShop connects\n\n\
    Juliet receives:\n\t<message id=\"$<id>\" ver=\"{scansion:capture:ver}\"/>\n\n";

/// A script whose last step has failed.
struct Scene {
    script: Script,
    options: PlanOptions,
    bindings: Bindings,
}

impl Scene {
    #[track_caller]
    fn new(text: &str) -> Self {
        let reading = read(SourceFile::new("test.scs", text));
        assert!(reading.is_sound(), "{:?}\n{text}", reading.problems);
        let bindings = [
            ("Romeo's JID", "romeo@localhost"),
            ("Romeo's full JID", "romeo@localhost/orchard"),
            ("Juliet's JID", "juliet@localhost"),
            ("Juliet's full JID", "juliet@localhost/balcony"),
            ("Shop's JID", "shop.localhost"),
            ("Shop's full JID", "shop.localhost"),
            ("id", "a1b2c3d4"),
            ("ver", "v9"),
        ];
        let bindings = bindings
            .iter()
            .fold(Bindings::new(), |all, (name, value)| all.with(name, value));
        Self {
            script: reading.script,
            options: PlanOptions::default(),
            bindings,
        }
    }

    /// What the last step's expectation with this number becomes.
    fn bless(&self, number: usize, came: &Element) -> Result<Blessing, Refusal> {
        let plan = plan::resolve(&self.script, &self.options).unwrap();
        let cast: Vec<Member> = plan
            .actors
            .iter()
            .map(|actor| Member {
                name: actor.name.clone(),
                role: actor.role,
                jid: actor.jid.to_string(),
            })
            .collect();
        let expectation = plan.steps.last().unwrap().verb.expectation();
        let pattern = expectation.unwrap().taken().get(number);
        let unmet = UnmetExpectation {
            script: &self.script,
            options: &self.options,
            cast: &cast,
            step: plan.steps.len() - 1,
            pattern,
            bindings: &self.bindings,
            element: came,
        };
        unmet.bless()
    }
}

fn element(xml: &str) -> Element {
    element_of("jabber:client", xml)
}

fn element_of(namespace: &str, xml: &str) -> Element {
    let root = format!("<root xmlns='{namespace}'>{xml}</root>");
    let root: Element = root.parse().unwrap();
    root.children().next().unwrap().clone()
}

/// The story from the last action on, once it expects what came.
#[track_caller]
fn blessed(action: &str, came: &str) -> String {
    let scene = Scene::new(&format!("{CAST}{action}\n"));
    let after = scene.bless(0, &element(came)).unwrap().text;
    let rest = after.strip_prefix(CAST).expect("what stands before stays");
    rest.strip_suffix('\n')
        .expect("the last line ends")
        .to_owned()
}

#[track_caller]
fn assert_blessed(block: &str, came: &str, after: &str) {
    let action = |block: &str| format!("Juliet receives:\n\t{block}");
    assert_eq!(blessed(&action(block), came), action(after));
}

#[track_caller]
fn refusal(block: &str, came: &str) -> Refusal {
    let scene = Scene::new(&format!("{CAST}{block}\n"));
    scene.bless(0, &element(came)).unwrap_err()
}

// ---- Attributes ----------------------------------------------------------------------------------------------

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

// ---- Values --------------------------------------------------------------------------------------------------

#[test]
fn what_still_holds_stays_to_the_letter() {
    assert_blessed(
        "<message from='${ Romeo&apos;s full JID }' id=\"$<n>\" a='{scansion:any}' b='x'>\n\
         \t\t<!-- a comment -->\n# another\n\t\t<stamp>$<_:datetime></stamp></message>",
        "<message from='romeo@localhost/orchard' id='9' a='1' b='y'><stamp>2026-11-24T22:10:00Z</stamp></message>",
        "<message from='${ Romeo&apos;s full JID }' id=\"$<n>\" a='{scansion:any}' b='y'>\n\
         \t\t<!-- a comment -->\n# another\n\t\t<stamp>$<_:datetime></stamp></message>",
    );
}

#[test]
fn jids_of_the_cast_become_variables() {
    assert_blessed(
        "<message a='' b='' c='' d='' e='' f=''/>",
        "<message f='urn:x#romeo@localhost/orchard!' a='romeo@localhost/orchard' b='juliet@localhost' c='juliet@localhost/crypt' d='shop.localhost' e='tybalt@localhost'/>",
        "<message a='${Romeo's full JID}' b='${Juliet's JID}' c='${Juliet's JID}/crypt' d='${Shop's JID}' e='tybalt@localhost' f='urn:x#${Romeo's full JID}!'/>",
    );
}

#[test]
fn captured_values_become_wildcards_if_they_are_telling() {
    assert_blessed(
        "<message a='' b=''/>",
        "<message a='a1b2c3d4' b='v9'/>",
        "<message a='$<id>' b='v9'/>",
    );
}

#[test]
fn variables_within_a_value_stay_where_they_are_in_it() {
    assert_blessed(
        "<message><body>Hail ${Romeo's JID}, hail</body></message>",
        "<message><body>Farewell romeo@localhost &amp; all</body></message>",
        "<message><body>Farewell ${Romeo's JID} &amp; all</body></message>",
    );
}

#[test]
fn a_wildcard_that_was_too_narrow_becomes_wider() {
    assert_blessed(
        "<message a='$<n:int>'/>",
        "<message a='x'/>",
        "<message a='$<n>'/>",
    );
    assert_blessed(
        "<message a='$<_:int>'/>",
        "<message a='x'/>",
        "<message a='x'/>",
    );
}

#[test]
fn one_wildcard_cannot_be_two_values() {
    assert_blessed(
        "<message a='$<n>' b='$<n>'/>",
        "<message a='x' b='y'/>",
        "<message a='$<n>' b='y'/>",
    );
}

#[test]
fn what_the_server_made_up_is_left_open() {
    assert_blessed(
        "<message a='x'><y xmlns='urn:y'/></message>",
        "<message a='2026-11-24T22:10:00Z'><y xmlns='urn:y'><z id='KQqMjSI-T2g4'>1764022200123456</z></y></message>",
        "<message a='{scansion:any}'><y xmlns='urn:y'><z id='{scansion:any}'>{scansion:any}</z></y></message>",
    );
}

#[test]
fn what_the_script_has_is_not_made_up() {
    let action = "Juliet sends:\n\t<message id='m-1'/>\n\nJuliet receives:\n\t<message id='";
    assert_eq!(
        blessed(&format!("{action}m-2'/>"), "<message id='m-1'/>"),
        format!("{action}m-1'/>")
    );
}

#[test]
fn what_would_be_part_of_the_language_is_escaped() {
    assert_blessed(
        "<message a='x'><body>x</body></message>",
        "<message a='${x}'><body>{scansion:any} $&lt;x></body></message>",
        "<message a='&#36;{x}'><body>&#123;scansion:any} &#36;&lt;x></body></message>",
    );
}

#[test]
fn names_of_the_run_are_undone() {
    let text = format!("{CAST}Juliet receives:\n\t<message from='x' to='y'/>\n");
    let mut scene = Scene::new(&text);
    scene.options.renaming = Renaming {
        suffix: Some("-abc".to_owned()),
        domain: Some("example.org".to_owned()),
        ..Renaming::default()
    };
    let came = element(
        "<message from='room-abc@conference.example.org/nick' to='romeo-abc@example.org'/>",
    );
    let after = scene.bless(0, &came).unwrap().text;
    assert!(
        after.ends_with("<message from='room@conference.localhost/nick' to='romeo@localhost'/>\n"),
        "{after}"
    );
}

/// The last stanza of a script that names a service, with a suffix and another domain, once it expects what came.
#[track_caller]
fn blessed_with_words(block: &str, came: &str) -> String {
    let head = "# T\n## requires: conference/text as rooms\n";
    let cast = CAST.replace("# Title\n", head);
    let uses = "Romeo sends:\n\t<message to='a@${rooms}' id='${unique}'>${domain}</message>\n\n";
    let text = format!("{cast}{uses}Juliet receives:\n\t{block}\n");
    let mut scene = Scene::new(&text);
    scene.options.renaming = Renaming {
        suffix: Some("-abc".to_owned()),
        domain: Some("example.org".to_owned()),
        ..Renaming::default()
    };
    let values = [
        ("rooms", "muc.example.org"),
        ("unique", "q1w2e3"),
        ("domain", "example.org"),
    ];
    for (name, value) in values {
        scene.bindings.bind(name, value);
        scene
            .options
            .given
            .insert(name.to_owned(), value.to_owned());
    }
    let after = scene.bless(0, &element(came)).unwrap().text;
    let (_, stanza) = after.rsplit_once("receives:\n\t").unwrap();
    stanza.trim_end().to_owned()
}

#[test]
fn names_that_have_values_are_written_as_names() {
    let own = "<message from='room@${rooms}/nick' to='y'/>";
    let came = "<message from='room-abc@muc.example.org/other' to='y'/>";
    let after = "<message from='room@${rooms}/other' to='y'/>";
    assert_eq!(blessed_with_words(own, came), after);
    let own = "<message from='x' id='x'><body>x</body></message>";
    let after = "<message from='room@${rooms}/other'/>";
    assert_eq!(blessed_with_words(own, came), after);
    assert_eq!(
        blessed_with_words(
            own,
            "<message from='muc.example.org' id='q1w2e3'><body>example.org</body></message>"
        ),
        "<message from='${rooms}' id='${unique}'><body>${domain}</body></message>"
    );
}

// ---- Text ----------------------------------------------------------------------------------------------------

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

// ---- Children ------------------------------------------------------------------------------------------------

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
    assert_blessed(
        "<presence/>",
        &came,
        &format!(
            "<iq>\n\t\t<query xmlns=\"{info}\" scansion:order=\"any\">\n\t\t\t<feature var=\"b\"/>\n\t\t\t<feature var=\"a\"/>\n\t\t\t<feature var=\"c\"/>\n\t\t</query>\n\t</iq>"
        ),
    );
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
        "<message>\n\t\t<result xmlns='urn:mam:2' id='{scansion:any}'>\n\t\t\t<a/>\n\t\t</result>\n\t</message>",
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

// ---- Stanzas -------------------------------------------------------------------------------------------------

#[test]
fn another_stanza_is_written_anew() {
    assert_eq!(
        blessed(
            "Juliet receives:\n    <message>\n        <body/>\n    </message>",
            "<presence from='romeo@localhost/orchard'><show>away</show><c xmlns='urn:c'><d/></c></presence>"
        ),
        "Juliet receives:\n    <presence from=\"${Romeo's full JID}\">\n        <show>away</show>\n        <c xmlns=\"urn:c\">\n            <d/>\n        </c>\n    </presence>"
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
        .bless(2, &element("<message a='2'/>"))
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
    let after = Scene::new(&text).bless(0, &came).unwrap().text;
    assert!(
        after.ends_with("\t<message><body>y</body></message>\n"),
        "{after}"
    );
    let text = format!("{CAST}Shop receives: nothing\n");
    let after = Scene::new(&text).bless(0, &came).unwrap().text;
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
    let after = Scene::new(&file).bless(0, &came).unwrap();
    let expected = file.replace("<a/>\r\n", "<a/>\r\n\t\t\t<b/>\r\n");
    assert_eq!(after.in_file(&file), expected);
}

// ---- Refusals ------------------------------------------------------------------------------------------------

/// The last step but one is changed, and the last one needs what it captures.
fn needed(block: &str, came: &str) -> Result<Blessing, Refusal> {
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
    unmet.bless()
}

#[test]
fn a_wildcard_that_later_steps_need_is_not_lost() {
    let refusal = needed("<message n='$<new>'/>", "<message/>").unwrap_err();
    insta::assert_snapshot!(refusal, @"the script would no longer be right: the wildcard `new` has no value to send");
}

#[test]
fn another_stanza_keeps_the_wildcards_that_later_steps_need() {
    let after = needed("<message n='$<new>'/>", "<presence n='1'/>").unwrap();
    assert!(after.text.contains("\t<presence n='$<new>'/>\n"));
    let refusal = needed("<message n='$<new>'/>", "<presence/>").unwrap_err();
    insta::assert_snapshot!(refusal, @"the script would no longer be right: the wildcard `new` has no value to send");
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

// ---- Whatever came -------------------------------------------------------------------------------------------

const NAMES: [&str; 3] = ["a", "b", "c"];
const NAMESPACES: [&str; 3] = ["jabber:client", "urn:x", "urn:y"];

/// A tree of elements, of which an expectation and what comes are made.
#[derive(Debug, Clone)]
struct Tree {
    name: usize,
    namespace: usize,
    attributes: Vec<(usize, usize)>,
    text: usize,
    children: Vec<Tree>,
    flavour: usize,
}

fn tree() -> impl Strategy<Value = Tree> {
    let node = || {
        (
            0..NAMES.len(),
            0..NAMESPACES.len(),
            proptest::collection::btree_map(0..3_usize, 0..9_usize, 0..3),
            0..12_usize,
            0..12_usize,
        )
    };
    let tree = |(name, namespace, attributes, text, flavour), children| Tree {
        name,
        namespace,
        attributes: std::collections::BTreeMap::into_iter(attributes).collect(),
        text,
        children,
        flavour,
    };
    let leaf = node().prop_map(move |node| tree(node, Vec::new()));
    leaf.prop_recursive(3, 16, 4, move |inner| {
        (node(), proptest::collection::vec(inner, 0..4))
            .prop_map(move |(node, children)| tree(node, children))
    })
}

/// Values as they come: some are known to the script, some have to be escaped.
const CAME: [&str; 9] = [
    "1",
    "two words",
    "<&>\"'",
    "romeo@localhost/orchard",
    "juliet@localhost",
    "a1b2c3d4",
    "2026-11-24T22:10:00Z",
    "${x} $&lt;y> {scansion:any}",
    "line\nline",
];

/// Values as they are expected.
const EXPECTED: [&str; 9] = [
    "1",
    "two words",
    "$&lt;x>",
    "$<n>",
    "$<m:int>",
    "{scansion:any}",
    "{scansion:capture:c}",
    "${Romeo's JID}/$<_>",
    "id is $<id>, n is $<n>",
];

impl Tree {
    fn xml(&self, expected: bool) -> String {
        let mut out = String::new();
        self.write(expected, 1, &mut out);
        out
    }

    fn write(&self, expected: bool, depth: usize, out: &mut String) {
        let value = |index: usize| match expected {
            true => EXPECTED[index].to_owned(),
            false => crate::escape::attribute(CAME[index]),
        };
        let quote = if self.flavour.is_multiple_of(2) || !expected {
            '"'
        } else {
            '\''
        };
        let name = NAMES[self.name];
        let space = NAMESPACES[self.namespace];
        let _ = write!(out, "<{name} xmlns={quote}{space}{quote}");
        if expected && self.flavour.is_multiple_of(5) {
            let _ = write!(out, " scansion:strict='{}'", self.flavour.is_multiple_of(3));
        }
        for (name, index) in &self.attributes {
            let _ = write!(out, " {}={quote}{}{quote}", NAMES[*name], value(*index));
        }
        let feed = match expected && !self.flavour.is_multiple_of(3) && self.text >= 9 {
            true => format!("\n{}", "\t".repeat(depth + 1)),
            false => String::new(),
        };
        out.push('>');
        if self.text < 9 {
            out.push_str(&value(self.text));
        }
        if expected && self.flavour.is_multiple_of(7) {
            out.push_str("<!-- a comment -->");
        }
        for child in &self.children {
            out.push_str(&feed);
            child.write(expected, depth + 1, out);
        }
        out.push_str(&feed);
        let _ = write!(out, "</{name}>");
    }
}

/// A tree and another that has much of it.
fn trees() -> impl Strategy<Value = (Tree, Tree)> {
    prop_oneof![
        (tree(), tree()).prop_map(|(expected, mut came)| {
            (came.name, came.namespace) = (expected.name, expected.namespace);
            (expected, came)
        }),
        (tree(), tree(), 0..9_usize).prop_map(|(expected, other, turn)| {
            let mut came = expected.clone();
            let count = came.children.len().max(1);
            came.children.rotate_left(turn % count);
            came.children
                .insert(turn % count.min(came.children.len() + 1), other);
            (expected, came)
        }),
    ]
}

proptest! {
    #[test]
    fn a_blessed_script_accepts_what_came((expected, came) in trees()) {
        let before = format!("{CAST}Juliet receives:\n\t");
        let text = format!("{before}{}\n", expected.xml(true));
        let came = element(&came.xml(false));
        let scene = Scene::new(&text);
        let pattern = last_pattern(&scene);
        match scene.bless(0, &came) {
            Ok(blessing) => {
                prop_assert!(blessing.text.starts_with(&before));
                let after = Scene::new(&blessing.text);
                prop_assert!(accepts(&last_pattern(&after), &came, &scene.bindings).unwrap().is_some());
                // What is right already stays, and what was blessed is right.
                prop_assert_eq!(blessing.edits.is_empty(), accepts(&pattern, &came, &scene.bindings).unwrap().is_some());
                prop_assert_eq!(after.bless(0, &came).unwrap().edits, []);
            }
            Err(refusal) => prop_assert!(false, "{refusal}\n{text}"),
        }
    }
}

fn last_pattern(scene: &Scene) -> Pattern {
    let plan = plan::resolve(&scene.script, &scene.options).unwrap();
    let expectation = plan.steps.last().unwrap().verb.expectation();
    expectation.unwrap().items[0].clone()
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
    let refused = |block: &str, came: &str| refusal(&format!("Juliet receives:\n\t{block}"), came);
    let judgement = |word: &'static str| Refusal::Judgement(word);
    for came in ["<message id='x'><c d='2'/></message>", "<presence/>"] {
        assert_eq!(refused(counted, came), judgement("scansion:times"));
    }
    let absent = "<message to='a' scansion:absent='type'/>";
    let came = "<message to='b' type='chat'/>";
    assert_eq!(refused(absent, came), judgement("scansion:absent"));
    let each = "<message><a b='1' scansion:each='*'/></message>";
    let came = "<message><a b='2'/></message>";
    assert_eq!(refused(each, came), judgement("scansion:each"));
    let one_of = "<message><scansion:one-of><a/><b/></scansion:one-of></message>";
    let came = "<message><c/></message>";
    assert_eq!(refused(one_of, came), judgement("scansion:one-of"));
    let whole = "<scansion:one-of><message id='1'/><presence/></scansion:one-of>";
    assert_eq!(
        refused(whole, "<message id='2'/>"),
        judgement("scansion:one-of")
    );
}
