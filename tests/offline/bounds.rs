//! Comparing ends, however large or intricate what comes is. Steps are counted and not time: where a comparison gives
//! an answer at all, it took few.

use minidom::Element;
use rxml::{Namespace, NcName};
use scansion::matcher::{self, Bindings, Effort, Gathering, Pattern};
use scansion::plan::{self, PlanOptions};
use scansion::script;
use scansion::source::SourceFile;

#[track_caller]
fn patterns(block: &str) -> Vec<Pattern> {
    let text = format!(
        "# test\n[Client] A\n\tjid: a@localhost\n\tpassword: a\n---\n\nA connects\n\nA receives in any order:\n\t{block}\n"
    );
    let read = script::read(SourceFile::new("test.scs", &text));
    let plan = plan::resolve(&read.script, &PlanOptions::default()).unwrap();
    let expectation = plan.steps[1].verb.expectation();
    expectation.expect("it is one").items.clone()
}

fn element(xml: &str) -> Element {
    Element::from_reader_with_prefixes(xml.as_bytes(), "jabber:client".to_owned()).unwrap()
}

/// What is bound where a message matches; none where it does not. It is never too hard.
#[track_caller]
fn compared(expected: &str, received: &str) -> Option<Bindings> {
    let (expected, received) = (patterns(expected).remove(0), element(received));
    let found = matcher::accepts(&expected, &received, &Bindings::new());
    let found = found.unwrap_or_else(|hard| panic!("{hard}"));
    let differences = matcher::differences(&expected, &received, &Bindings::new());
    assert_eq!(found.is_some(), differences.is_empty());
    matcher::side_by_side(&expected, &received, &Bindings::new());
    found
}

/// The same for the id of a message, which is longer than any that a server could send.
#[track_caller]
fn compared_id(expected: &str, received: &str) -> Option<Bindings> {
    let expected = patterns(&format!("<message id='{expected}'/>")).remove(0);
    let found = matcher::accepts(&expected, &message_of(received), &Bindings::new());
    found.unwrap_or_else(|hard| panic!("{hard}"))
}

/// A message with an id.
fn message_of(id: &str) -> Element {
    let mut message = element("<message/>");
    let name = NcName::try_from("id").unwrap();
    let attributes = message.attrs_mut();
    attributes.insert(Namespace::NONE, name, id.to_owned());
    message
}

/// A long text in which nothing long stands twice.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
    };
    (0..length).map(|_| next()).collect()
}

/// A message with children.
fn message(children: impl Iterator<Item = String>) -> String {
    format!(
        "<message><x xmlns='urn:x'>{}</x></message>",
        children.collect::<String>()
    )
}

/// That some of the children of a non-strict element are these.
fn expecting(children: &str) -> String {
    format!("<message><x xmlns='urn:x' scansion:strict='false'>{children}</x></message>")
}

#[test]
fn a_name_that_is_all_that_is_free_has_a_length() {
    assert!(compared_id("$<a>-$<a>", &format!("{}b", "a-".repeat(50_000))).is_none());
    let half = noise(50_000);
    let found = compared_id("$<a>-$<a>", &format!("{half}-{half}")).unwrap();
    assert_eq!(found.get("a"), Some(half.as_str()));
    assert!(compared_id("$<a>$<a>$<a>", &"ab".repeat(30_000)).is_some());
    assert!(compared_id("$<a>$<a>$<a>", &"a".repeat(100_000)).is_none());
    let text = |text: &str| {
        compared(
            "<message><body>$<a> and $<a></body></message>",
            &format!("<message><body>{text}</body></message>"),
        )
    };
    let found = text(&format!(" {half} y and {half} y\n")).unwrap();
    assert_eq!(found.get("a"), Some(format!("{half} y").as_str()));
    assert!(text(&format!("{half} and {half}a")).is_none());
}

#[test]
fn a_name_is_known_from_the_place_that_tells_most() {
    let nick = "n".repeat(4_000);
    for (expected, received) in [
        (
            "<message from='room@localhost/$<nick>'><x xmlns='urn:x'><item nick='$<nick>'/></x></message>",
            format!(
                "<message from='room@localhost/{nick}'><x xmlns='urn:x'><item nick='{nick}'/></x></message>"
            ),
        ),
        (
            "<message from='$<_>/$<nick>'><x xmlns='urn:x'><item nick='$<nick>' of='$<_>$<nick>$<_>'/></x></message>",
            format!(
                "<message from='room@localhost/{nick}'><x xmlns='urn:x'><item nick='{nick}' of='{nick}{nick}'/></x></message>"
            ),
        ),
    ] {
        let found = compared(expected, &received).unwrap();
        assert_eq!(found.get("nick"), Some(nick.as_str()));
        assert!(compared(expected, &received.replace("item nick='n", "item nick='m")).is_none());
    }
}

#[test]
fn wildcards_that_share_a_value_do_so_in_one_go() {
    let value = "a-".repeat(250_000);
    assert!(compared_id("$<a>-$<b>-$<c>", &value).is_some());
    assert!(compared_id("$<a>-$<b>-$<c>!", &value).is_none());
    assert!(compared_id("$<a>!$<b>-$<c>-", &value).is_none());
    let long = "a".repeat(50_000);
    assert!(
        compared_id(
            &format!("$<a>{long}$<b>"),
            &format!("{long}b{}", &long[1..])
        )
        .is_some()
    );
}

#[test]
fn narrowed_wildcards_share_a_value_in_one_go_as_well() {
    let value = format!("{}!", noise(100_000));
    assert!(compared_id("$<a:/[a-z]*/>$<b:/[a-z]+/>", &value).is_none());
    let found = compared_id("$<a:/[a-z]{2,}/>$<b:/[a-z!]+/>", &value).unwrap();
    assert_eq!(found.get("a"), Some(&value[..2]));
    assert!(compared_id("$<a:/.*/>-$<b:/.*/>-$<c:/.*/>!", &"a-".repeat(10_000)).is_none());
    assert!(compared_id("$<a:int>$<b:int>", &"1".repeat(50_000)).is_some());
    assert!(compared_id("$<a:int>$<b:datetime>", &"1".repeat(50_000)).is_none());
    let stamp = "1969-07-21T02:56:15Z";
    let stamped = format!("{}{stamp}", "1".repeat(10_000));
    let found = compared_id("$<a:int>$<b:datetime>", &stamped).unwrap();
    assert_eq!(found.get("b"), Some(stamp));
    let found = compared_id("$<a>,$<b:jid>", &format!("{},a@b/c", noise(10_000))).unwrap();
    assert_eq!(found.get("b"), Some("a@b/c"));
}

#[test]
fn conditions_are_looked_for_in_one_go_as_well() {
    let value = "a".repeat(100_000);
    let bindings = Bindings::new().with("known", &value);
    let of = |expected: &str, value: &str| {
        let story = format!("<message id='$<known>'/>\n\t<message id='{expected}'/>");
        let pattern = patterns(&story).remove(1);
        let found = matcher::accepts(&pattern, &message_of(value), &bindings);
        found.expect("it is not too hard")
    };
    let found = of("$<a:not known>$<b:not known>", &value).unwrap();
    assert_eq!(
        (found.get("a"), found.get("b")),
        (Some("a"), Some(&value[1..]))
    );
    assert!(of("x$<a:not known>", &format!("x{value}")).is_none());
    assert!(of("x$<a:not known>y", &format!("xa{value}y")).is_some());
    let found = of("$<a:text 2..3>$<b:text 99998>", &value).unwrap();
    assert_eq!(found.get("a"), Some("aa"));
    assert!(of("$<a:text 1..3>$<b:text ..99996>", &value).is_none());
    assert!(of("$<a:text 5..>!$<b>", &value).is_none());
    assert!(of("n$<a:int 1..>", &format!("n{}", "9".repeat(100_000))).is_some());
}

#[test]
fn several_conditions_at_once_are_tried() {
    let bindings = Bindings::new().with("known", "b");
    let of = |expected: &str, value: &str| {
        let story = format!("<message id='$<known>'/>\n\t<message id='{expected}'/>");
        let pattern = patterns(&story).remove(1);
        let found = matcher::accepts(&pattern, &message_of(value), &bindings);
        found.expect("it is not too hard")
    };
    let found = of("$<a>-$<b:/[a-z]+/, not known>", "a-b-c").unwrap();
    assert_eq!((found.get("a"), found.get("b")), (Some("a-b"), Some("c")));
    assert!(of("$<a>-$<b:/[a-z]+/, not known>", "a-c-b").is_none());
    let found = of("$<a:text 1..2, /[a-z]*/>$<b:int 10..>", "abc9910").is_none();
    assert!(found);
    let found = of("$<a:text 3.., /[a-z0-9]*/>$<b:int 10..>", "abc9910").unwrap();
    assert_eq!(
        (found.get("a"), found.get("b")),
        (Some("abc"), Some("9910"))
    );
    let found = of("$<a:int 10..99>$<b:int>", "12345").unwrap();
    assert_eq!((found.get("a"), found.get("b")), (Some("12"), Some("345")));
}

#[test]
fn siblings_that_share_names_are_looked_up() {
    let item = |a: usize, b: usize| format!("<item a='{a}' b='{b}'/>");
    let expected = expecting(&"<item a='$<x>' b='$<y>'/>".repeat(10));
    let all_different = message((0..500).map(|number| item(number, number)));
    assert!(compared(&expected, &all_different).is_none());
    let some_alike = (0..500).map(|number| match number % 40 {
        0 => item(7, 8),
        _ => item(number, 8),
    });
    let found = compared(&expected, &message(some_alike)).unwrap();
    assert_eq!(found.get("x"), Some("7"));
    let expected = expecting("<item type='t' a='$<x>'/><link to='$<x>'/>");
    let pairs = |shift: usize| {
        message((0..300).map(move |number| {
            let to = number + shift;
            format!("<item type='t' a='{number}'/><link to='{to}'/>")
        }))
    };
    assert!(compared(&expected, &pairs(300)).is_none());
    let found = compared(&expected, &pairs(299)).unwrap();
    assert_eq!(found.get("x"), Some("299"));
}

#[test]
fn a_name_without_a_value_is_found_out_without_the_others() {
    let expected = expecting("<a a='$<x>'/><b b='$<x>'/><c c='$<y>'/><d d='$<y>'/>");
    let received = message((0..100).map(|number| {
        format!("<a a='{number}'/><b b='{number}'/><c c='{number}'/><d d='{number}x'/>")
    }));
    assert!(compared(&expected, &received).is_none());
}

#[test]
fn what_is_large_is_compared_all_the_same() {
    let text = noise(500_000);
    let body = |text: &str| format!("<message><body>{text}</body></message>");
    assert!(compared(&body("$<a>x$<b>"), &body(&text)).is_some());
    assert!(compared(&body(&text), &body(&text)).is_some());
    let depth = 100;
    let deep = |inner: &str| {
        let (open, close) = ("<x xmlns='urn:x'>".repeat(depth), "</x>".repeat(depth));
        format!("<message id='{inner}'>{open}<y a='{inner}'/>{close}</message>")
    };
    assert!(compared(&deep("$<a>"), &deep("1")).is_some());
    assert!(compared(&deep("$<a>"), &deep("1").replace("y a='1'", "y a='2'")).is_none());
    let any = format!(
        "<message><x xmlns='urn:x' scansion:order='any'>{}</x></message>",
        "<scansion:any/>".repeat(400)
    );
    assert!(compared(&any, &message((0..400).map(|_| "<y/>".to_owned()))).is_some());
    assert!(compared(&any, &message((0..401).map(|_| "<y/>".to_owned()))).is_none());
}

#[test]
fn what_lies_deep_is_compared_no_more_than_what_lies_high() {
    let nested = |tag: &str, end: &str, within: &str| {
        let (tags, ends) = (tag.repeat(40), end.repeat(40));
        format!("<message>{tags}{within}{ends}</message>")
    };
    let came = nested("<a xmlns='urn:x'>", "</a>", "<b/>");
    for (tag, end) in [
        ("<a xmlns='urn:x'>", "</a>"),
        ("<a xmlns='urn:x' scansion:strict='false'>", "</a>"),
        ("<a xmlns='urn:x' scansion:order='any'>", "</a>"),
        (
            "<scansion:one-of><a xmlns='urn:x' scansion:order='any'>",
            "</a></scansion:one-of>",
        ),
    ] {
        let expecting = |within| nested(tag, end, within);
        assert!(compared(&expecting("<b/>"), &came).is_some(), "{tag}");
        assert!(compared(&expecting("<c/>"), &came).is_none(), "{tag}");
    }
}

#[test]
fn what_is_said_many_times_of_many_children_is_no_search() {
    let many = message(["<f v='x'/>".repeat(4_000)].into_iter());
    let sayings = |saying: &str| -> String {
        let saying = |number| format!("<f v='{number}' scansion:{saying}/>");
        (0..400).map(saying).collect()
    };
    let counted = |times: usize| {
        let none = sayings("times='0'");
        format!("<f v='$<_>' scansion:times='{times}'/>{none}")
    };
    assert!(compared(&expecting(&counted(4_000)), &many).is_some());
    assert!(compared(&expecting(&counted(3_999)), &many).is_none());
    let members: String = (0..400)
        .map(|number| format!("<f v='{number}'/>"))
        .collect();
    let one_of = format!("<scansion:one-of scansion:times='0'>{members}</scansion:one-of>");
    assert!(compared(&expecting(&one_of), &many).is_some());
}

/// Whether a pattern fits many children, in a non-strict element and in a strict one.
#[track_caller]
fn fits(children: &str, received: &str) -> bool {
    let expected = expecting(children);
    let received = message([received.to_owned()].into_iter());
    let is_fitting = compared(&expected, &received).is_some();
    let strict = expected.replace("strict='false'", "order='any'");
    assert_eq!(compared(&strict, &received).is_some(), is_fitting);
    is_fitting
}

#[test]
fn many_children_of_which_the_same_is_expected_are_no_search() {
    let count = 1_500;
    let named = "<f v='$<a>'/>".repeat(count);
    assert!(fits(&named, &"<f v='1'/>".repeat(count)));
    let other = format!("<f v='2'/>{}", "<f v='1'/>".repeat(count - 1));
    assert!(!fits(&named, &other));
    let any = "<f v='$<_>'/>".repeat(count);
    assert!(fits(&any, &other));
    assert!(!fits(&any, &other.replace("<f v='2'/>", "<g v='1'/>")));
    // The first ones have to leave to the last one the only child that it can have.
    let with_last = format!("{any}<f v='$<_:int>'/>");
    assert!(fits(
        &with_last,
        &format!("<f v='1'/>{}", "<f v='x'/>".repeat(count))
    ));
    let one_of = "<scansion:one-of><f v='1'/><f v='2'/></scansion:one-of>".repeat(count);
    assert!(fits(&one_of, &other));
    assert!(!fits(&one_of, &other.replace('2', "3")));
}

#[test]
fn what_is_too_hard_is_told_and_why() {
    let (expected, received) = (
        patterns("<message id='$<a>$<b>$<a>$<b>$<b>'/>").remove(0),
        message_of(&noise(40_000)),
    );
    let hard = matcher::accepts(&expected, &received, &Bindings::new()).unwrap_err();
    assert_eq!(hard.span, expected.span());
    assert_eq!(
        hard.to_string(),
        "$<a> and $<b> stand in several places, and too many values can be meant"
    );
    let told = matcher::compare(&expected, &received, &Bindings::new()).unwrap_err();
    assert_eq!(
        told.to_string(),
        "message: expected each wildcard to have one value everywhere, got no values that fit together"
    );
    matcher::side_by_side(&expected, &received, &Bindings::new());
}

#[test]
fn many_that_are_hard_are_too_hard_together() {
    let expected = patterns("<message id='$<a>$<b>$<a>$<b>$<b>'/>").remove(0);
    let received = message_of(&noise(3_000));
    let effort = Effort::new();
    let compare = || effort.accepts(&expected, &received, &Bindings::new());
    assert!(compare().is_ok());
    assert!((0..1_000).any(|_| compare().is_err()));
    // What is easy still can be told.
    let easy = element("<message/>");
    assert_eq!(effort.accepts(&expected, &easy, &Bindings::new()), Ok(None));
}

#[test]
fn stanzas_in_any_order_are_compared_once_each() {
    let patterns = patterns("<message type='groupchat'/>\n\t<message id='last'/>");
    let mut gathering = Gathering::new(&patterns, &Bindings::new());
    let (chat, last) = (
        element("<message type='groupchat'/>"),
        element("<message id='last'/>"),
    );
    for _ in 0..20_000 {
        gathering.offer(&chat).unwrap();
    }
    assert_eq!(gathering.missing(), Some(1));
    gathering.offer(&last).unwrap();
    assert!(gathering.is_complete());
    let found = gathering.result(&|_| &chat).unwrap();
    assert_eq!(found.map(|found| found.0), Some(vec![0, 20_000]));
}

#[test]
fn stanzas_in_any_order_are_compared_only_with_what_they_may_match() {
    for stanza in [
        "<message type='chat' id='N'/>",
        "<message from='romeo@localhost/N'/>",
        "<message><body>N</body></message>",
        "<message><aN xmlns='urn:x' b='c'/></message>",
    ] {
        let numbered = |number: usize| stanza.replace('N', &number.to_string());
        let block: Vec<String> = (0..1_000).map(numbered).collect();
        let patterns = patterns(&block.join("\n\t"));
        let mut gathering = Gathering::new(&patterns, &Bindings::new());
        // Comparing each with each would take a million steps, and so be tiring ten times.
        let is_tiring = block.iter().rev().any(|stanza| {
            gathering.offer(&element(stanza)).unwrap();
            gathering.is_tiring()
        });
        assert!(gathering.is_complete() && !is_tiring, "{stanza}");
    }
}

#[test]
fn what_stanzas_in_any_order_are_not_compared_with_does_not_match() {
    let patterns = patterns(
        "<message id='1'/>\n\t<message id='$<_>'/>\n\t<message type='chat'><body>1</body></message>\n\t\
         <message><body/></message>\n\t<iq/>\n\t<iq id='1'><a xmlns='urn:x' b='1'/><a xmlns='urn:x' b='2'/></iq>\n\t\
         <scansion:one-of><message id='1'/><iq id='2'/></scansion:one-of>\n\t\
         <scansion:one-of><message/><iq id='1'/></scansion:one-of>",
    );
    let stanzas = [
        "<message/>",
        "<message id='1'/>",
        "<message id='2'><body> 1 </body></message>",
        "<message type='chat' id='1'><body>2</body><body>1</body></message>",
        "<iq/>",
        "<iq id='2'/>",
        "<iq id='1'><a xmlns='urn:x' b='2'/><a xmlns='urn:x' b='1'/></iq>",
        "<presence id='1'/>",
    ];
    let mut gathering = Gathering::new(&patterns, &Bindings::new());
    for (index, stanza) in stanzas.into_iter().map(element).enumerate() {
        gathering.offer(&stanza).unwrap();
        for (wanted, pattern) in patterns.iter().enumerate() {
            let accepts = matcher::accepts(pattern, &stanza, &Bindings::new()).unwrap();
            assert_eq!(gathering.fits(index, wanted), accepts.is_some());
        }
    }
}

#[test]
fn stanzas_that_share_a_name_are_looked_up() {
    let patterns =
        patterns("<message id='$<id>' type='chat'/>\n\t<message id='$<id>' type='error'/>");
    let stanza = |id: usize, kind| element(&format!("<message id='{id}' type='{kind}'/>"));
    let stanzas: Vec<Element> = (0..1_000)
        .flat_map(|number| [stanza(number, "chat"), stanza(number + 999, "error")])
        .collect();
    let mut gathering = Gathering::new(&patterns, &Bindings::new());
    stanzas
        .iter()
        .for_each(|stanza| gathering.offer(stanza).unwrap());
    assert!(!gathering.is_complete());
    let (chosen, bindings) = gathering.result(&|index| &stanzas[index]).unwrap().unwrap();
    assert_eq!((chosen, bindings.get("id")), (vec![1_998, 1], Some("999")));
}
