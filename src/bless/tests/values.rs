//! Values before and after blessing, and what they become.

use super::*;

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
        "<message a='$<n:int>'/>",
        "<message a='f81d4fae-7dec-11d0-a765-00a0c91e6bf6'/>",
        "<message a='$<n:uuid>'/>",
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
        "<message a='$<_:datetime>'><y xmlns='urn:y'><z id='$<_:/[0-9A-Za-z_-]+/>'>$<_:int></z></y></message>",
    );
}

#[test]
fn what_the_server_made_up_and_repeats_gets_a_name() {
    assert_blessed(
        "<message><y xmlns='urn:y'/></message>",
        "<message><y xmlns='urn:y'><put url='http://localhost:1234/V1CTjaXslvkcaK/x.png'/><get url='http://localhost:1234/V1CTjaXslvkcaK/x.png'/></y></message>",
        "<message><y xmlns='urn:y'>\n\t\t<put url='http://localhost:$<port:int>/$<token:/[0-9A-Za-z_-]+/>/x.png'/>\n\t\t<get url='http://localhost:$<port:int>/$<token:/[0-9A-Za-z_-]+/>/x.png'/>\n\t</y></message>",
    );
}

#[test]
fn a_resource_that_the_server_made_up_is_left_open() {
    assert_blessed(
        "<message from='x' to='y'/>",
        "<message from='juliet@localhost/KQqMjSI-T2g4' to='nurse@localhost/KQqMjSI-T2g5'/>",
        "<message from='${Juliet's JID}/$<_:/[0-9A-Za-z_-]+/>' to='nurse@localhost/$<_:/[0-9A-Za-z_-]+/>'/>",
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
    let after = scene.change(0, &came).unwrap().text;
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
    let after = scene.change(0, &element(came)).unwrap().text;
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
