//! What a server logs of logins, hidden by what it looks like: not all passwords that its log could have are known.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::carried::{self, Carried, is_hidden};
use super::cipher::{ALIGNMENTS, Plain, each_base64, each_hexadecimal, each_list};
use super::search::budget;
use super::shapes::Shapes;
use super::view::View;
use super::without;

/// What a log calls a password or a payload: what is hidden is called `a`, `b` or `c` in it.
static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    const SASL: &str = "auth|response|challenge|success|handshake|initial-response|additional-data";
    const KEY: &str = r"[\w.-]*(?:password|passwd|passphrase|secret|stored_?key|server_?key)";
    const VALUE: &str = r#"(?:<<)?\s*(?:"(?<a>(?:\\.|[^"\\])*)"|'(?<b>(?:\\.|[^'\\])*)'|(?<c><?<?[^\s"'<>,;&(){}\[\]]+))"#;
    let keys = "password|passwd|passphrase|secret|storedkey|stored_key|serverkey|server_key";
    let elements = format!("{SASL}|password|passwd|digest|secret");
    let begun = format!(
        "<{0}|:{1}",
        elements.replace('|', "|<"),
        elements.replace('|', "|:")
    );
    let shapes = [
        // Elements with payloads of SASL or passwords: the text up to the end tag; if that is cut off, the payload
        // alone.
        (
            begun.as_str(),
            format!(
                r"<(?:[\w.-]+:)?(?:{elements})\b[^<>]*>(?:(?<a>[^<>]+)</|\s*(?<b>[A-Za-z0-9+/=_-]{{4,}}))"
            ),
        ),
        // The same as Erlang has them.
        (
            "xmlel",
            format!(
                r#"xmlel,\s*<<"(?:{SASL}|password|digest)">>[^"{{}}]*(?:"[^"]*"[^"{{}}]*|\{{[^{{}}]*\}}[^"{{}}]*)*?\{{xmlcdata,\s*<<(?<a>.*?)>>"#
            ),
        ),
        (
            "#sasl_",
            r"#sasl_\w+\{[^{}]*?text\s*=\s*<<(?<a>.*?)>>".to_owned(),
        ),
        // Keys with values: `password=x`, `"password": "x"`, `[password] => x`, `{password,<<"x">>}`.
        (
            keys,
            format!(r#"(?:{KEY})["'\]]*[ \t]*(?:=>|=|:)[ \t]*{VALUE}"#),
        ),
        (keys, format!(r#"\{{\s*(?:{KEY})\s*,\s*{VALUE}"#)),
        // URLs with a user's name and password (RFC 3986 §3.2.1).
        ("://", r"[a-z]://[^/\s:@]*:(?<a>[^/\s@]+)@".to_owned()),
        // Proofs of SCRAM (RFC 5802 §5.1).
        ("p=|v=", r"\b[pv]=(?<a>[A-Za-z0-9+/]{26,}={0,2})".to_owned()),
    ];
    Shapes::new(
        shapes
            .iter()
            .map(|(words, pattern)| (*words, "", format!("(?is-u){pattern}"))),
    )
});

/// What the first message of PLAIN (RFC 4616 §2) and all messages of SCRAM (RFC 5802 §7) look like.
static PAYLOAD: LazyLock<Regex> = LazyLock::new(|| {
    let plain = r"[^\x00-\x1f]*\x00[^\x00-\x1f]+\x00[^\x00-\x1f]+";
    let scram = r"(?:[ny]|p=[\w.-]+),(?:a=[^,]*)?,n=.*|r=[^,]+,s=[^,]+,i=\d.*|c=[A-Za-z0-9+/=]+,r=.*|v=[A-Za-z0-9+/=]{20,}.*";
    Regex::new(&format!("(?s-u)^(?:{plain}|{scram})$"))
        .expect("the expression is a constant of this module")
});

/// Whether digits can say such a message from one of the places where it could begin: `n,`, `y,`, `p=`, `r=`, `c=` or
/// `v=` there, or the two NULs of PLAIN anywhere.
fn may_say_payload(digits: &[u8]) -> bool {
    let mut beginnings = digits.windows(2).take(ALIGNMENTS);
    let is_of_scram = |two: &[u8]| matches!(two, b"bi" | b"eS" | b"cD" | b"cj" | b"Yz" | b"dj");
    let is_of_nul = |digit: &&u8| matches!(digit, b'A'..=b'D');
    digits.iter().filter(is_of_nul).count() > 1 || beginnings.any(is_of_scram)
}

/// Whether bytes have what all that looks like such a message has; most words can be read as base64 of something. To
/// compile the expression takes longer than to run a script.
fn may_be_payload(bytes: &[u8]) -> bool {
    let is_of_scram = matches!(
        bytes,
        [b'n' | b'y', b',', ..] | [b'p' | b'r' | b'c' | b'v', b'=', ..]
    );
    let has_two_zeros = || bytes.iter().filter(|byte| **byte == 0).count() == 2;
    (is_of_scram || has_two_zeros()) && str::from_utf8(bytes).is_ok()
}

/// Whether numbers to some base can say a text in some bytes: each letter of ASCII takes a decimal digit at least.
fn says_text(bytes: &[u8]) -> bool {
    bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= TELLING
}

/// How often what was read in another way is so again.
const DEPTH: usize = 3;

/// The fewest digits of a payload that is worth hiding.
const SHORTEST: usize = 8;

/// The fewest bytes that hexadecimal digits or numbers say in which there is a payload, or an element with one.
const TELLING: usize = 10;

/// The fewest digits in base64 in which there can be more than a word.
const NO_WORD: usize = 24;

/// A log, or a piece of one, without payloads of SASL and without whatever it calls a password.
pub fn without_payloads(log: &str) -> Cow<'_, str> {
    without(log, Search::of(&View::of(log), Some(&SHAPES)))
}

/// Where in a text there are payloads of SASL, and whatever else lets somebody in, whoever has sent them.
pub(super) fn payloads(text: &View<'_>) -> Vec<Range<usize>> {
    Search::of(text, None)
}

/// A search in one text.
struct Search<'a> {
    /// What is looked for beside payloads and what elements carry.
    shapes: Option<&'a Shapes>,
    carried: Carried,
    /// How many bytes more are looked at that digits say.
    budget: usize,
}

impl<'a> Search<'a> {
    fn of(text: &View<'_>, shapes: Option<&'a Shapes>) -> Vec<Range<usize>> {
        let mut search = Self {
            shapes,
            carried: Carried::default(),
            budget: budget(text.bytes().len()),
        };
        search.look(text, DEPTH);
        search.carried.places
    }

    fn look(&mut self, view: &View<'_>, depth: usize) {
        carried::find(view, &mut self.carried);
        self.find_shapes(view);
        let is_worth_it = |digits: &[u8]| may_say_payload(digits) || digits.len() >= NO_WORD;
        each_base64(view, SHORTEST, is_worth_it, |plain| {
            self.decipher(view, &plain, depth);
        });
        if depth == 0 {
            return;
        }
        if says_text(view.bytes()) {
            let mut decipher = |plain: Plain<'_>| self.decipher(view, &plain, depth);
            each_hexadecimal(view, TELLING * 2, &mut decipher);
            each_list(view, TELLING, &mut decipher);
        }
        for reading in view.readings() {
            self.look(&reading, depth - 1);
        }
    }

    fn find_shapes(&mut self, view: &View<'_>) {
        let hinted_at = self
            .shapes
            .and_then(|shapes| shapes.hinted_at(view.bytes()));
        for shape in hinted_at.into_iter().flatten() {
            for found in shape.captures_iter(view.bytes()) {
                let values = ["a", "b", "c"].iter().filter_map(|name| found.name(name));
                let values = values.filter(|value| !is_hidden(value.as_bytes()));
                let places = values.flat_map(|value| view.origin(value.range()));
                self.carried.places.extend(places);
            }
        }
    }

    /// Looks at what some digits say. Where a text was made to be read in too many ways, all of the digits are hidden.
    fn decipher(&mut self, view: &View<'_>, plain: &Plain<'_>, depth: usize) {
        let bytes = plain.bytes;
        let is_payload = may_be_payload(bytes) && PAYLOAD.is_match(bytes);
        let may_tell = depth > 0 && bytes.len() >= TELLING && View::is_text(bytes);
        if !is_payload && !may_tell {
            return;
        }
        let deciphered = plain.view(view);
        match self.budget.checked_sub(bytes.len()) {
            Some(left) if !is_payload => {
                self.budget = left;
                self.look(&deciphered, depth - 1);
            }
            _ => self
                .carried
                .places
                .extend(deciphered.origin(0..bytes.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine};
    use proptest::prelude::*;

    use super::*;
    use crate::secrets::REDACTED;

    const SASL: &str = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";

    #[test]
    fn what_looks_like_a_secret_is_hidden_in_any_spelling() {
        for log in [
            "<auth xmlns='urn:x' mechanism='PLAIN'>AGEAaHVudGVyMg==</auth>",
            r#"got <<"<auth mechanism=\"PLAIN\">AGEAaHVudGVyMg==</auth>">>"#,
            "<response xmlns='x'>\n  YWFhaHVudGVyMmFh\n</response>",
            "&lt;challenge&gt;aHVudGVyMg&lt;/challenge&gt;",
            r"\u003cauth\u003eaHVudGVyMg\u003c/auth\u003e",
            "<sasl2:initial-response>aHVudGVyMg==</sasl2:initial-response>",
            "<auth>aHVudGVyMg==",
            r#"{xmlel,<<"auth">>,[{<<"mechanism">>,<<"PLAIN">>}],[{xmlcdata,<<"aHVudGVyMg==">>}]}"#,
            r#"#sasl_auth{mechanism = <<"PLAIN">>,text = <<0,97,0,104,117,110,116,101,114,50>>}"#,
            "password=hunter2",
            "Password: hunter2",
            r#"{"user":"a","password":"hunter2"}"#,
            r#"{\"password\":\"hunter2\"}"#,
            r#"[{password,<<"hunter2">>}]"#,
            r#"component_secret = "hunter2";"#,
            "/register?user=a&password=hunter2&x=y",
            "<password>hunter2</password>",
            "payload AGEAaHVudGVyMg== came",
            "c=biws,r=abc,p=hunter2hunter2hunter2hunter2=",
        ] {
            let shown = without_payloads(log);
            assert!(shown.contains("[redacted]"), "{log}");
            for told in ["hunter2", "aHVudGVyMg", "104,117"] {
                assert!(!shown.contains(told), "{shown}");
            }
            assert_eq!(without_payloads(&shown), shown);
        }
    }

    #[test]
    fn payloads_of_an_exchange_are_found_in_any_spelling() {
        for text in [
            &format!("<auth {SASL} mechanism='PLAIN'>AHJvbWVvAG90aGVy</auth>"),
            &format!(
                "<s:auth mechanism='X' xmlns:{}>\n\tYWJj </s:auth>",
                SASL.replace("xmlns", "s")
            ),
            &format!("<challenge {SASL}>YWJjZGVm</challenge>"),
            &format!("<success {SASL}><![CDATA[YWJjZGVm]]></success>"),
            "<response xmlns=\"urn:xmpp:sasl:2\">YWJjZGVm</response>",
            r#"<response xmlns=\"urn:xmpp:sasl:2\">YWJjZGVm</response>"#,
            "&lt;initial-response&gt;YWJjZGVm&lt;/initial-response&gt;",
            "<additional-data>YWJjZGVm</additional-data>",
            "<handshake>0123456789abcdef0123456789abcdef01234567</handshake>",
            "it sends AHJvbWVvAG90aGVy",
            r"<auth>${base64 \0romeo\0other}</auth>",
            r"<auth>${base64 a@b\0${Romeo's user}\0other}</auth>",
            r#""<auth>${base64 \\0romeo\\0other}</auth>""#,
            &format!("<auth {SASL} mechanism='X'>YWJjZGVm${{zz}}</auth>"),
            &format!("<auth {SASL} mechanism='X'>YWJj<!-- x -->YWJj</auth>"),
            &format!("<auth {SASL} mechanism='X'>YWJj.YWJj-YWJj</aut>"),
            &format!("<auth {SASL} mechanism='X'>\n 7 │ YWJjZGVm\n 8 │ </auth>"),
            &format!("<response {SASL}>${{base64 c=biws,r=x,p=YWJj}}</response>"),
            "<success xmlns='urn:xmpp:sasl:2'><token token='YWJjZGVm' xmlns='urn:xmpp:fast:0'/></success>",
            r#""<token expiry=\"1\" token=\"YWJjZGVm\"/>""#,
            "<token xmlns='urn:xmpp:fast:0'>YWJjZGVm</token>",
            "<f:token token='YWJjZGVm'/>",
            "<isr-enabled token='YWJjZGVm'/>",
            "<i:isr-enabled token='YWJjZGVm'/>",
            "<i:with-isr-token xmlns:i='urn:xmpp:isr:0'>YWJjZGVm</i:with-isr-token>",
            "<r:query xmlns:r='jabber:iq:register'><r:password>YWJj</r:password></r:query>",
            "<x:field var='x#secret'><x:value>YWJj</x:value></x:field>",
            "<u:header name='Cookie'>YWJj</u:header>",
            "<query xmlns='jabber:iq:register'><username>a</username><password>YWJj</password></query>",
            "<query xmlns='jabber:iq:register'><instructions>Choose.</instructions><password>YWJj</password></query>",
            "<query xmlns='jabber:iq:auth'><username>a</username><digest>YWJj</digest></query>",
            "<x xmlns='http://jabber.org/protocol/muc'><history since='1'/><password>YWJj</password></x>",
            "<m:x xmlns:m=\"http://jabber.org/protocol/muc#user\"><m:password>YWJj</m:password></m:x>",
            "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy><password>YWJj</password></destroy></query>",
            "<storage xmlns='storage:bookmarks'><conference><nick>a</nick><password>YWJj</password></conference></storage>",
            "<conference xmlns='urn:xmpp:bookmarks:1' name='a'><nick>a</nick><password>YWJj</password></conference>",
            "<x xmlns='jabber:x:conference' jid='a@b' password='YWJj'/>",
            "<services xmlns='urn:xmpp:extdisco:2'><service host='a' password='YWJj'/></services>",
            "at xmpp:a@b?join;password=YWJj",
            "<a b='xmpp:a@b?invite;jid=c@d;password=YWJj'/>",
            "<x password='abcd\"YWJj'/>",
            r"<x password='abcd\YWJj\'/>",
            r#"<x password=\"abcd'YWJj\" jid=\"a\"/>"#,
            "<x password='YWJj",
            r#"<x password = \"YWJj\" xmlns=\"jabber:x:conference\"/>"#,
            "<field var='x' type='text-private'><required/><value>YWJj</value></field>",
            "<field var='password'>\n<value>YWJj</value></field>",
            "<field var='muc#roomconfig_roomsecret'><value>YWJj</value></field>",
            "<field type='text-private'><value/><vx/><value>YWJj</value></field>",
            "<query xmlns='jabber:iq:register'><password>YWJj$</password></query>",
            "<header name='Authorization'>Basic YWJjZGVm</header>",
            "<header name='authorization'>Basic YWJjZGVm</header>",
        ] {
            let shown = without(text, payloads(&View::of(text)));
            assert!(shown.contains("[redacted]"), "{text}");
            for told in ["YWJj", "AHJv", "0123", "other}"] {
                assert!(!shown.contains(told), "{shown}");
            }
            assert!(payloads(&View::of(&shown)).is_empty(), "{shown}");
        }
    }

    /// A server and a script can declare a namespace where they like.
    #[test]
    fn payloads_are_found_wherever_their_namespace_is_declared() {
        for text in [
            &format!("<w {SASL}><a xmlns='urn:a'/><response>YWJj</response></w>"),
            &format!(
                "<w {}><a><s-1:response>YWJj</s-1:response></a></w>",
                SASL.replace("xmlns", "xmlns:s-1")
            ),
            "<w xmlns:s='urn:xmpp:sasl:2'><s:challenge>YWJj</s:challenge></w>",
            "<stream:stream xmlns:s='urn:xmpp:sasl:2'><a></a><s:success>YWJj</s:success>",
            "<w xmlns='urn:xmpp:sasl:2'><next task='a'>YWJj</next></w>",
            "<w xmlns='urn:xmpp:fast:0'><token>YWJj</token></w>",
            "<w xmlns:r='jabber:iq:auth'><a></a><query></query><r:digest>YWJj</r:digest></w>",
            "<w xmlns='http://jabber.org/protocol/muc'><x></x><x><password>YWJj</password></x></w>",
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-&#115;asl'>YWJj</auth>",
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-s&#x61;sl'>YWJj</auth>",
            "&lt;auth xmlns='urn:ietf:params:xml:ns:xmpp-&amp;#115;asl'&gt;YWJj&lt;/auth&gt;",
            "<field type='text-priv&#97;te'><value>YWJj</value></field>",
            &format!("<auth a='b > c' d=\"$<e>\" {SASL}>YWJj</auth>"),
            "<field label='a > b' type='text-private'><value>YWJj</value></field>",
        ] {
            let shown = without(text, payloads(&View::of(text)));
            assert!(
                shown.contains("[redacted]") && !shown.contains("YWJj"),
                "{shown}"
            );
            assert!(payloads(&View::of(&shown)).is_empty(), "{shown}");
        }
    }

    /// An element in all ways in which one can be told in a text.
    fn ways(element: &str) -> Vec<String> {
        let each = |write: &dyn Fn(char) -> String| element.chars().map(write).collect::<String>();
        let bytes = |write: &dyn Fn(u8) -> String| element.bytes().map(write).collect::<String>();
        let escaped = |text: &str| {
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
        };
        let in_url = |text: &str| {
            let mut url = String::new();
            for byte in text.bytes() {
                match byte.is_ascii_alphanumeric() || byte == b'-' {
                    true => url.push(byte.into()),
                    false => url.push_str(&format!("%{byte:02X}")),
                }
            }
            url
        };
        let in_json = |text: &str| serde_json::to_string(text).unwrap();
        let named = [
            ('<', "&LT;"),
            ('>', "&GT;"),
            ('=', "&equals;"),
            (':', "&colon;"),
            ('/', "&sol;"),
        ];
        let named = named.iter().fold(element.to_owned(), |text, (own, name)| {
            text.replace(*own, name)
        });
        vec![
            escaped(element),
            escaped(&escaped(&escaped(element))),
            named,
            in_url(element),
            in_url(&in_url(element)),
            in_json(&in_json(element)),
            in_json(&escaped(element)).replace('&', "\\u0026"),
            each(&|own| format!("\\u{:04x}", u32::from(own))),
            each(&|own| format!("&#{};", u32::from(own))),
            element
                .replace('<', "\\074")
                .replace('>', "\\076")
                .replace('/', "\\057"),
            element
                .replace('=', "=3D")
                .replace('<', "=3C")
                .replace('>', "=3E"),
            element.replace('=', "=3D").replace("xmlns", "xm=\nlns"),
            bytes(&|byte| format!("{byte:02x}")),
            bytes(&|byte| format!("{byte:02X} ")),
            bytes(&|byte| format!("{byte:02x}00")),
            bytes(&|byte| format!("00 {byte:02x} ")),
            bytes(&|byte| format!("{byte}, ")),
            BASE64_STANDARD.encode(element),
            BASE64_STANDARD.encode(BASE64_STANDARD.encode(element)),
            BASE64_STANDARD.encode(escaped(element)),
            BASE64_STANDARD.encode(each(&|own| format!("{own}\0"))),
            each(&|own| format!("{own}\\0")),
        ]
    }

    /// How nobody could read it without reading its tags is no reason to show it.
    #[test]
    fn payloads_are_found_however_their_element_is_written() {
        for element in [
            format!("<auth {SASL} mechanism='X'>YWJjZGVm</auth>"),
            "<response xmlns='urn:xmpp:sasl:2'>YWJjZGVm".to_owned(),
            "<initial-response>YWJjZGVm</initial-response>".to_owned(),
            "<token xmlns='urn:xmpp:fast:0' token='YWJjZGVm".to_owned(),
            "<query xmlns='jabber:iq:register'><password>YWJjZGVm</password></query>".to_owned(),
            "<query xmlns='jabber:iq:auth'><password>YWJjZGVm".to_owned(),
            "<field type='text-private'><value>YWJjZGVm</value></field>".to_owned(),
            "it sends AHJvbWVvAG90aGVy".to_owned(),
        ] {
            let payload = match element.contains("YWJjZGVm") {
                true => "YWJjZGVm",
                false => "AHJvbWVvAG90aGVy",
            };
            let telling = ways(payload).into_iter().chain([payload.to_owned()]);
            let telling: Vec<String> = telling
                .map(|way| way.trim_matches(['"', ' ', ',']).to_owned())
                .collect();
            for way in ways(&element) {
                let text = format!("it came: {way}");
                for shown in [
                    without(&text, payloads(&View::of(&text))),
                    without_payloads(&text),
                ] {
                    assert!(
                        shown.starts_with("it came: ") && shown.contains(REDACTED),
                        "{text}: {shown}"
                    );
                    let told = telling
                        .iter()
                        .find(|telling| shown.contains(telling.as_str()));
                    assert_eq!(told, None, "{text}: {shown}");
                }
            }
        }
    }

    /// Nothing of what surrounds it goes with it.
    #[test]
    fn all_text_of_a_payload_is_hidden_and_no_other() {
        const R: &str = REDACTED;
        for (text, expected) in [
            (
                "<task-data a='b'><c d='e'>YWJj</c>\n<f>YWJjZGVm</f></task-data><g>hijk</g>",
                format!("<task-data a='b'><c d='e'>{R}</c>\n<f>{R}</f></task-data><g>hijk</g>"),
            ),
            (
                "<next xmlns='urn:xmpp:sasl:2' task='a'><c>YWJj</c></next><next>page</next>",
                format!("<next xmlns='urn:xmpp:sasl:2' task='a'><c>{R}</c></next><next>page</next>"),
            ),
            (
                "<success xmlns='urn:xmpp:sasl:2'><additional-data>YWJj</additional-data><a>b@c.d</a></success>",
                format!("<success xmlns='urn:xmpp:sasl:2'><additional-data>{R}</additional-data><a>b@c.d</a></success>"),
            ),
            (
                "<field type='text-private' var='a'><value>YWJj</value><value/>\n<value>YWJjZGVm</value></field><field var='b'><value>body</value><value>text</value></field>",
                format!("<field type='text-private' var='a'><value>{R}</value><value/>\n<value>{R}</value></field><field var='b'><value>body</value><value>text</value></field>"),
            ),
            (
                "<x:field type='text-private'><x:a>b</x:a></x:field><x:field><x:value>body</x:value></x:field>",
                "<x:field type='text-private'><x:a>b</x:a></x:field><x:field><x:value>body</x:value></x:field>".to_owned(),
            ),
            (
                "<storage xmlns='storage:bookmarks'><conference><password>YWJj</password></conference><conference><nick>body</nick><password>YWJjZGVm</password></conference></storage>",
                format!("<storage xmlns='storage:bookmarks'><conference><password>{R}</password></conference><conference><nick>body</nick><password>{R}</password></conference></storage>"),
            ),
            (
                "<query xmlns='jabber:iq:auth'><username>a</username><password>YWJj</password><digest>YWJjZGVm</digest><resource>body</resource></query>",
                format!("<query xmlns='jabber:iq:auth'><username>a</username><password>{R}</password><digest>{R}</digest><resource>body</resource></query>"),
            ),
            (
                "<query xmlns='jabber:iq:register'><password>YWJj<b/>YWJj</password></query>",
                format!("<query xmlns='jabber:iq:register'><password>{R}<b/>{R}</password></query>"),
            ),
            (
                "<token xmlns='urn:xmpp:fast:0' token='$<token>'/>",
                "<token xmlns='urn:xmpp:fast:0' token='$<token>'/>".to_owned(),
            ),
        ] {
            assert_eq!(without(text, payloads(&View::of(text))), expected);
        }
    }

    /// In texts that were made to be read for long.
    #[test]
    fn what_elements_carry_is_looked_for_once() {
        let times = 20_000;
        for text in [
            "<task-data>".to_owned() + &"${base64 abcd}".repeat(times),
            "<task-data>".repeat(times) + &"</task-data>".repeat(times),
            format!("<w {SASL}>") + &"<auth>abcd</auth>".repeat(times) + "</w>",
            format!("<w {SASL}>") + &"<auth>".repeat(times) + &"</auth>".repeat(times),
            "<field type='text-private'>".to_owned() + &"<value>abcd</value>".repeat(times),
            "<field type='text-private'>".repeat(times) + "<value>abcd</value>",
            "<token a='>>>>'>".repeat(times),
            "&amp;#97;".repeat(times),
        ] {
            payloads(&View::of(&text));
        }
    }

    #[test]
    fn what_is_no_payload_stays_in_an_exchange() {
        for text in [
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>=</auth>",
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>${base64 \\0${A's user}\\0${A's password}}</auth>",
            "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><text>Password</text></failure>",
            "<response>Certainly</response>",
            "<success xmlns='urn:x'>Certainly</success>",
            "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/> it said</td>",
            "nearest is <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>, which is another",
            "<field var='muc#roomconfig_passwordprotectedroom'><value>true</value></field>",
            "<query xmlns='jabber:iq:register'><password/></query><a>text</a>",
            "<x xmlns='http://jabber.org/protocol/muc'/><password>hunter2</password>",
            "<x xmlns='http://jabber.org/protocol/muc'><password/><history seconds='180'/></x>",
            "<x xmlns='http://jabber.org/protocol/muc'><history/></x><query><password>hunter2</password></query>",
            "<feature var='http://jabber.org/protocol/muc'/><feature var='muc_passwordprotected'/>",
            "<handshake>{scansion:any}</handshake>",
            r#"<x password="${Romeo's password}"/><token token="${Romeo's JID}"/>"#,
            "<x b=\"xmpp:a@b?join;password=${Romeo's password}\"/>",
            "<password>hunter2</password>",
            "http://a.b/?x;password=hunter2",
            "${base64 some text}",
            "<w xmlns='urn:xmpp:sasl:2'><response xmlns='urn:x'>Certainly</response></w>",
            "<w xmlns='urn:xmpp:sasl:2'>, as in <response>Certainly</response>",
            "<w xmlns:s='urn:xmpp:sasl:2'></w><s:response>Certainly</s:response>",
            "<w xmlns='urn:xmpp:sasl:2'></w><response>Certainly</response>",
            "<continue xmlns='urn:xmpp:sasl:2'><text>Certainly</text></continue>",
        ] {
            assert!(payloads(&View::of(text)).is_empty(), "{text}");
        }
    }

    proptest! {
        /// The digits of payloads tell that they may be some, wherever they begin.
        #[test]
        fn no_payload_is_passed_over(
            before in "[a-z]{0,3}",
            user in "[a-z@.é]{1,20}",
            secret in r#"[!-~é]{6,20}"#,
            kind in 0..8_usize,
        ) {
            let payload = match kind {
                0 => format!("\0{user}\0{secret}"),
                1 => format!("{user}\0{user}\0{secret}"),
                2 => format!("n,,n={user},r={secret}"),
                3 => format!("p=tls-exporter,a={user},n={user},r={secret}"),
                4 => format!("r={user},s=QSXCR+Q6sek8bf92,i=4096,{secret}"),
                5 => format!("c=biws,r={user},p={secret}"),
                6 => format!("y,,n={user},r={secret}"),
                _ => format!("v={}", BASE64_STANDARD.encode(format!("{user}{secret:>20}"))),
            };
            let digits = BASE64_STANDARD.encode(&payload);
            let shown = without_payloads(&format!("{before}{digits} came")).into_owned();
            prop_assert!(!shown.contains(digits.trim_end_matches('=')), "{}", shown);
        }
    }

    #[test]
    fn the_rest_of_a_log_stays() {
        for log in [
            "wrong password, giving up",
            "Authentication failed for romeo@localhost (PLAIN)",
            "<auth mechanism='PLAIN'/>",
            "<success xmlns='x'></success>",
            "a client authenticated as romeo@localhost/balcony",
            "module auth_internal_hashed loaded from /usr/lib/prosody/modules",
        ] {
            assert_eq!(without_payloads(log), log);
        }
    }
}
