//! XML as it went over the wire: what to call it in a diagram, and how to lay it out.
//!
//! It goes through the text and builds no tree: the parts of a stream are not well-formed by themselves, prefixes and
//! quotes are to be seen as they were, and no depth of nesting can exhaust the stack.

use std::sync::LazyLock;

use regex::Regex;

use crate::wrapping::shortened;

/// What XML is made of, here: sections and comments, tags, and text. An angle bracket that begins none of them stands
/// for itself.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?s)<!\[CDATA\[.*?\]\]>|<!--.*?-->|<(?:[^<>"']|"[^"]*"|'[^']*')+>|[^<]+|<"#;
    Regex::new(pattern).expect("the pattern is sound")
});

/// An attribute with its value.
static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\s([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')"#).expect("the pattern is sound")
});

/// How deep the indentation can be; what is nested deeper begins there, too.
const DEEPEST: usize = 40;

/// Children that tell nothing of what a stanza is about: that messages have bodies goes without saying, and servers add
/// the others to all that passes.
const NOISE: [&str; 7] = [
    "body",
    "thread",
    "http://jabber.org/protocol/caps",
    "urn:xmpp:delay",
    "urn:xmpp:occupant-id:0",
    "urn:xmpp:sid:0",
    "vcard-temp:x:update",
];

/// How many characters of a label are shown.
const LONGEST: usize = 160;

/// How many characters of the body of a message are.
const BODY: usize = 60;

#[derive(Debug, Clone, Copy)]
enum Token<'a> {
    Open(&'a str),
    Empty(&'a str),
    Close(&'a str),
    Other(&'a str),
}

fn tokens(xml: &str) -> impl Iterator<Item = Token<'_>> {
    let found = TOKEN.find_iter(xml).map(|found| found.as_str());
    found.filter(|text| !text.trim().is_empty()).map(token)
}

fn token(text: &str) -> Token<'_> {
    match text.as_bytes() {
        [b'<', b'!' | b'?', ..] | [b'<'] => Token::Other(text),
        [b'<', b'/', ..] => Token::Close(text),
        [b'<', .., b'/', b'>'] => Token::Empty(text),
        [b'<', ..] => Token::Open(text),
        _ => Token::Other(text),
    }
}

/// One element a line, indented; those that hold text alone are not taken apart.
pub(super) fn laid_out(xml: &str) -> String {
    let tokens: Vec<Token<'_>> = tokens(xml).collect();
    let (mut lines, mut depth, mut next) = (Vec::new(), 0_usize, 0);
    while next < tokens.len() {
        let (line, taken) = line(&tokens[next..]);
        if let Token::Close(_) = tokens[next] {
            depth = depth.saturating_sub(1);
        }
        lines.push(format!("{}{line}", "  ".repeat(depth.min(DEEPEST))));
        if taken == 1 && matches!(tokens[next], Token::Open(_)) {
            depth += 1;
        }
        next += taken;
    }
    lines.join("\n")
}

/// The next line, and how many tokens are in it.
fn line(tokens: &[Token<'_>]) -> (String, usize) {
    match *tokens {
        [Token::Open(open), Token::Close(close), ..] => (format!("{open}{close}"), 2),
        [
            Token::Open(open),
            Token::Other(text),
            Token::Close(close),
            ..,
        ] => (format!("{open}{text}{close}"), 3),
        [
            Token::Open(one) | Token::Empty(one) | Token::Close(one) | Token::Other(one),
            ..,
        ] => (one.trim().to_owned(), 1),
        [] => (String::new(), 0),
    }
}

/// What to call it: `message chat id=m1 "Good morrow"`, `iq get jabber:iq:roster id=1`, `iq error item-not-found`.
pub(super) fn label(xml: &str) -> String {
    let mut tags = tags(xml);
    let Some((_, stanza)) = tags.next() else {
        return shortened(xml.trim(), LONGEST);
    };
    let kind = attribute(stanza, "type").or_else(|| attribute(stanza, "mechanism"));
    let content = match kind {
        Some("error") => error(xml),
        _ if name(stanza).starts_with("stream:") => None,
        _ => content(tags).map(str::to_owned),
    };
    let id = attribute(stanza, "id").map(|id| format!("id={id}"));
    let body = text_of(xml, &["body"]).map(|body| format!("\"{}\"", shortened(&body, BODY)));
    let words = [
        Some(name(stanza)),
        kind,
        content.as_deref(),
        id.as_deref(),
        body.as_deref(),
    ];
    shortened(
        &words.into_iter().flatten().collect::<Vec<_>>().join(" "),
        LONGEST,
    )
}

/// The tags that begin elements, each with the number of those around it.
fn tags(xml: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut depth = 0_usize;
    tokens(xml).filter_map(move |token| match token {
        Token::Open(tag) => {
            depth += 1;
            Some((depth - 1, tag))
        }
        Token::Empty(tag) => Some((depth, tag)),
        Token::Close(_) => {
            depth = depth.saturating_sub(1);
            None
        }
        Token::Other(_) => None,
    })
}

/// What the children make of their stanza: a namespace says more than a name.
fn content<'a>(tags: impl Iterator<Item = (usize, &'a str)>) -> Option<&'a str> {
    let children = tags.filter_map(|(depth, tag)| (depth == 1).then_some(tag));
    let mut said = children.map(|child| attribute(child, "xmlns").unwrap_or_else(|| name(child)));
    said.find(|said| !NOISE.contains(said))
}

/// What an error says (RFC 6120 §8.3.2): `item-not-found (cancel): No such node`.
fn error(xml: &str) -> Option<String> {
    let mut tags = tags(xml).skip_while(|(depth, tag)| *depth != 1 || name(tag) != "error");
    let (_, error) = tags.next()?;
    let parts = tags
        .take_while(|(depth, _)| *depth > 1)
        .map(|(_, tag)| name(tag));
    let condition = parts.into_iter().find(|part| *part != "text");
    let kind = attribute(error, "type").map(|kind| format!(" ({kind})"));
    let text = text_of(xml, &["error", "text"]).map(|text| format!(": {text}"));
    let words = [condition.map(str::to_owned), kind, text];
    Some(words.into_iter().flatten().collect())
}

/// The text of the first element that is reached from the stanza by these names, in one line.
fn text_of(xml: &str, path: &[&str]) -> Option<String> {
    let mut way: Vec<&str> = Vec::new();
    let mut is_there = false;
    for token in tokens(xml) {
        match token {
            Token::Open(tag) => way.push(name(tag)),
            Token::Empty(_) => {}
            Token::Close(_) if is_there => return None,
            Token::Close(_) => {
                way.pop();
            }
            Token::Other(text) if is_there => return Some(plain(text)),
            Token::Other(_) => {}
        }
        is_there = way.get(1..) == Some(path);
    }
    None
}

/// Text as it is read, in one line.
fn plain(text: &str) -> String {
    let text = text.trim_start_matches("<![CDATA[").trim_end_matches("]]>");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    let text = text.replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&amp;", "&")
}

fn name(tag: &str) -> &str {
    let name = tag.trim_start_matches('<');
    let end = name.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>'));
    &name[..end.unwrap_or(name.len())]
}

fn attribute<'a>(tag: &'a str, wanted: &str) -> Option<&'a str> {
    let mut attributes = ATTRIBUTE.captures_iter(tag);
    let found = attributes.find(|attribute| &attribute[1] == wanted)?;
    found
        .get(2)
        .or_else(|| found.get(3))
        .map(|value| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_label(xml: &str, expected: &str) {
        assert_eq!(label(xml), expected, "{xml}");
    }

    #[test]
    fn labels_tell_stanzas_apart() {
        assert_label(
            "<message to=\"a\" type=\"chat\" id='m1'>\n<body>type='x'</body></message>",
            "message chat id=m1 \"type='x'\"",
        );
        assert_label(
            "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>",
            "iq get jabber:iq:roster id=1",
        );
        assert_label(
            "<iq id='1' type='error'><query xmlns='jabber:iq:roster'/><error type='cancel'>\
             <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            "iq error item-not-found (cancel) id=1",
        );
        assert_label(
            "<iq id='1' type='error'><error type='wait'><resource-constraint/>\
             <text xml:lang='en'>Unknown\n field &lt;x&gt;</text></error></iq>",
            "iq error resource-constraint (wait): Unknown field <x> id=1",
        );
        assert_label(
            "<message><body/><forwarded><message><body>not this</body></message></forwarded><body>Good &amp; bad</body></message>",
            "message forwarded \"Good & bad\"",
        );
        assert_label(
            "<presence><priority>-1</priority></presence>",
            "presence priority",
        );
        assert_label("<presence type='unavailable'/>", "presence unavailable");
    }

    #[test]
    fn what_servers_add_is_not_told() {
        assert_label(
            "<presence><x xmlns='vcard-temp:x:update'><photo/></x><x xmlns='http://jabber.org/protocol/muc#user'/></presence>",
            "presence http://jabber.org/protocol/muc#user",
        );
        assert_label(
            "<message><body>a</body><stanza-id xmlns='urn:xmpp:sid:0'/></message>",
            "message \"a\"",
        );
    }

    #[test]
    fn labels_of_what_is_no_stanza() {
        assert_label(
            "<stream:features><sm xmlns='urn:xmpp:sm:3'/></stream:features>",
            "stream:features",
        );
        assert_label(
            "<?xml version='1.0'?><stream:stream to='a'>",
            "stream:stream",
        );
        assert_label(
            "<auth mechanism='PLAIN' xmlns='x'>[redacted]</auth>",
            "auth PLAIN",
        );
        assert_label("</stream:stream>", "</stream:stream>");
        assert_label("  ", "");
        assert_label("a < b", "a < b");
    }

    #[test]
    fn long_labels_are_cut() {
        let label = label(&format!("<message id='{}'/>", "ä".repeat(1000)));
        assert_eq!(label.chars().count(), LONGEST + 1);
    }

    #[test]
    fn elements_stand_on_lines_of_their_own() {
        assert_eq!(
            laid_out("<a x='1>2'>\n\t<b>text </b><c/><d><e></e>mixed</d></a>"),
            "<a x='1>2'>\n  <b>text </b>\n  <c/>\n  <d>\n    <e></e>\n    mixed\n  </d>\n</a>"
        );
        assert_eq!(
            laid_out("<?xml version='1.0'?><stream:stream to='a'><stream:features/>"),
            "<?xml version='1.0'?>\n<stream:stream to='a'>\n  <stream:features/>"
        );
    }

    #[test]
    fn odd_texts_are_left_as_they_are() {
        assert_eq!(laid_out("</a></b>"), "</a>\n</b>");
        assert_eq!(laid_out("<a b='"), "<\na b='");
        assert_eq!(laid_out("<![CDATA[</a>]]>"), "<![CDATA[</a>]]>");
        let deep = "<a>".repeat(100_000);
        assert_eq!(laid_out(&deep).lines().count(), 100_000);
    }
}
