//! Scripts that are right: they are read without errors, and what is printed is read back as the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use scansion::diagnostic::{Color, Diagnostic, Severity};
use scansion::expression::{Expression, Narrowing};
use scansion::formula::{Function, Offset};
use scansion::script::ast::*;
use scansion::script::{
    Alternative, ArgumentPiece, BlockShape, Cell, Choice, Computed, Deed, Heading, Lapse, Number,
    PHRASES, Parsed, Part, Parts, ROLES, Role, Row, StandingRule, Table, Untidy, Verb, check,
    parse, stage, tidy,
};
use scansion::source::{SourceFile, Span, Spanned};

use crate::scripts::scripts_below;

fn read(text: &str) -> Parsed {
    parse(SourceFile::new("a.scs", text))
}

/// What a script says, places left out.
fn shape(script: &Script) -> String {
    let Script {
        case: _,
        source: _,
        head,
        table,
        constants: _,
        cast,
        story,
        choices,
        parts,
        lender: _,
        afterword,
    } = script;
    let head = format!("{head:#?}\n{table:#?}\n{cast:#?}");
    let text = format!("{head}\n{story:#?}\n{choices:#?}\n{parts:#?}\n{afterword:#?}");
    let text = regex::Regex::new(r"Span \{[^}]*\}")
        .expect("it is valid")
        .replace_all(&text, "_")
        .into_owned();
    let omitted = regex::Regex::new(r"omitted: \[[^\]]*\]").expect("it is valid");
    omitted.replace_all(&text, "omitted: _").into_owned()
}

#[track_caller]
fn assert_survives_printing(script: &Script) {
    let printed = script.to_string();
    let again = read(&printed);
    assert_eq!(again.errors, [], "{printed}");
    assert_eq!(shape(&again.script), shape(script), "{printed}");
    assert_eq!(again.script.to_string(), printed);
}

#[track_caller]
fn assert_good(path: &Path) {
    let text = std::fs::read_to_string(path).expect("the script can be read");
    let parsed = read(&text);
    assert_eq!(parsed.errors, [], "{}", path.display());
    let plays = stage(&parsed.script).plays;
    let mut objections: Vec<_> = plays.iter().flat_map(check).collect();
    objections.retain(|error| error.severity() == Severity::Error);
    assert_eq!(objections, [], "{}", path.display());
    assert_survives_printing(&parsed.script);
}

#[test]
fn good_scripts_survive_printing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/good");
    let scripts = scripts_below(&folder);
    assert!(!scripts.is_empty());
    scripts.iter().for_each(|path| assert_good(path));
}

/// Scripts of other projects, which are not part of this one, where a developer has put them beside it.
#[test]
fn scripts_from_the_wild_survive_printing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/scripts");
    scripts_below(&folder)
        .iter()
        .for_each(|path| assert_good(path));
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    let text = format!(
        "[Client] A\n---\nA receives:\n\t{}\n",
        "<a>".repeat(100_000)
    );
    assert_eq!(read(&text).errors.len(), 1);
}

#[test]
fn many_mistakes_are_cut_short() {
    let text = format!("[Client] A\n---\n{}", "A\n".repeat(10_000));
    assert_eq!(read(&text).errors.len(), 101);
}

// ---- Arbitrary scripts ---------------------------------------------------------------------------------------

const COMMENT: &str = "<!-- c -->";
const NAMES: [&str; 5] = ["A", "A b", "A's phone", "A connects", "A and A b"];

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

fn words() -> impl Strategy<Value = String> {
    "[a-z#/:.\\-]{1,4}( [a-z#/:'\\-]{1,4}){0,2}"
}

fn comment() -> impl Strategy<Value = Comment> {
    words().prop_map(|text| Comment {
        text,
        span: Span::default(),
    })
}

fn comments() -> impl Strategy<Value = Vec<Comment>> {
    vec(comment(), 0..3)
}

fn tag() -> impl Strategy<Value = Tag> {
    ("[a-z]{1,4}( [a-z]{1,2})?", option::of(words())).prop_map(|(key, value)| Tag {
        key,
        value,
        span: Span::default(),
    })
}

fn head() -> impl Strategy<Value = Head> {
    (comment(), comments(), vec(tag(), 0..3)).prop_map(|(title, description, tags)| Head {
        title: Some(title),
        description,
        tags,
    })
}

fn properties(role: &Role) -> impl Strategy<Value = Vec<Property>> {
    let keys = subsequence(role.properties.to_vec(), 0..=role.properties.len()).prop_shuffle();
    (keys, vec(words(), 5)).prop_map(|(keys, values)| {
        let property = |(key, value)| Property {
            key: spanned(key),
            value: spanned(value),
        };
        keys.into_iter().zip(values).map(property).collect()
    })
}

fn actor(name: &'static str) -> impl Strategy<Value = Actor> {
    select(ROLES.iter().collect::<Vec<_>>())
        .prop_flat_map(|role| (Just(role), comments(), properties(role)))
        .prop_map(move |(role, comments, properties)| Actor {
            comments,
            role: spanned(role),
            name: spanned(ActorName::new(name)),
            properties,
        })
}

/// Comments above the first actor would be of the head.
fn cast() -> impl Strategy<Value = Vec<Actor>> {
    NAMES.map(actor).prop_map(|mut cast| {
        cast[0].comments.clear();
        cast.into()
    })
}

fn cell() -> impl Strategy<Value = Spanned<Cell>> {
    let text = prop_oneof![r#"[a"\\|_ ]{0,6}"#, "\\PC{1,4}"].prop_map(|text: String| {
        let pieces = match text.as_str() {
            "" => Vec::new(),
            text => vec![Piece::Literal(spanned(text.into()))],
        };
        let text = Some(text);
        Cell { text, pieces }
    });
    let text = text.prop_filter("it is a variable", |cell| {
        cell.text.as_ref().is_none_or(|text| !text.contains("${"))
    });
    option::of(text).prop_map(|cell| spanned(cell.unwrap_or_default()))
}

/// A table; the first cell of each row is its number, so that no two rows are equal.
fn table() -> impl Strategy<Value = Table> {
    let row = (comments(), vec(cell(), 2)).prop_map(|(comments, cells)| Row {
        comments,
        cells,
        span: Span::default(),
    });
    (comments(), vec(row, 1..4)).prop_map(|(comments, mut rows)| {
        for (number, row) in rows.iter_mut().enumerate() {
            let text = number.to_string();
            row.cells[0].value = Cell {
                pieces: vec![Piece::Literal(spanned(text.as_str().into()))],
                text: Some(text),
            };
        }
        Table {
            heading: Span::default(),
            comments,
            columns: ["number", "it"].map(|name| spanned(name.to_owned())).into(),
            rows,
            lost: Vec::new(),
        }
    })
}

fn literal() -> impl Strategy<Value = Piece> {
    const TOKENS: &[&str] = &[
        "a",
        "é",
        " ",
        "\t",
        "\n",
        "\n\t",
        "\n\n ",
        "\r",
        "#",
        "//",
        "--",
        "$",
        "${",
        "$<x>",
        "$<",
        "{",
        "<",
        ">",
        "&",
        "]]>",
        "\"",
        "'",
        "{scansion:any}",
        "&amp;",
    ];
    vec(select(TOKENS), 1..5).prop_map(|tokens| Piece::Literal(spanned(tokens.concat().into())))
}

fn variable() -> impl Strategy<Value = Piece> {
    variable_name().prop_map(|variable| Piece::Variable(spanned(variable)))
}

fn variable_name() -> impl Strategy<Value = Variable> {
    let of = |make: fn(ActorName) -> Variable| {
        select(&NAMES[..]).prop_map(move |name| make(ActorName::new(name)))
    };
    let captured = "[a-z][a-z<>&\"\\-]{0,3}".prop_map(Variable::Captured);
    let plain = prop_oneof![
        of(Variable::FullJid),
        of(Variable::BareJid),
        of(Variable::User),
        of(Variable::Password),
        captured
    ];
    plain.prop_recursive(3, 8, 3, |inner| {
        computed(inner).prop_map(Variable::Computed)
    })
}

fn computed(inner: impl Strategy<Value = Variable>) -> impl Strategy<Value = Computed> {
    const BYTES: &[&[u8]] = &[
        b"a",
        b" ",
        b"\0",
        b"\\",
        b"}",
        b"{",
        b"$",
        b"<",
        b">",
        b"&amp;",
        b"\xff",
        b"\n",
        b"'",
        b"\"",
        b",",
        b"=",
        "\u{e9}".as_bytes(),
        b"\x1f",
        b"'s JID",
    ];
    let bytes = vec(select(BYTES), 1..4).prop_map(|bytes| bytes.concat());
    let bytes = bytes.prop_map(ArgumentPiece::Bytes);
    let variable = inner.prop_map(|inner| ArgumentPiece::Variable(spanned(inner)));
    let argument = (
        option::of(bytes.clone()),
        variable,
        option::of(bytes.clone()),
    );
    let argument = argument.prop_map(|(before, variable, after)| {
        let parts = before.into_iter().chain([variable]).chain(after);
        parts.collect::<Vec<_>>()
    });
    let argument = prop_oneof![argument, bytes.prop_map(|bytes| vec![bytes])];
    let function = select(&Function::ALL[..]);
    let offset = select(&["", "-1h", "+2min 30s", "-1day 5ms"][..]);
    prop_oneof![
        offset.prop_map(|offset: &str| Computed::Now(Offset::read(offset).unwrap())),
        (function, argument).prop_map(|(function, argument)| Computed::Of(function, argument)),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let regex = select(&["a/b", r"\\d+", "[\"'>]", r"\\\\/", "<a> b"][..])
        .prop_map(|source: &str| Narrowing::Regex(Expression::new(source).unwrap()));
    let bounded = select(&["int -3..", "int 3", "text ..5", "text 1..128"][..])
        .prop_map(|words: &str| Narrowing::read(words).unwrap());
    let narrowing = prop_oneof![select(&Narrowing::NAMED[..]), regex, bounded];
    let odd = select(&["int", "text message", "not a", "/a", "a,b", "not", "a=b"][..])
        .prop_map(|name: &str| Variable::Captured(name.to_owned()));
    prop_oneof![
        narrowing.prop_map(Condition::Is),
        prop_oneof![variable_name(), odd].prop_map(Condition::Not),
    ]
}

fn wildcard() -> impl Strategy<Value = Piece> {
    let conditions = vec(condition().prop_map(spanned), 0..4);
    (option::of("[a-z][a-z.\\-]{0,3}"), conditions)
        .prop_map(|(name, conditions)| Piece::Wildcard(spanned(Wildcard::new(name, conditions))))
}

/// The whole of a value.
fn directive() -> impl Strategy<Value = Piece> {
    let capture = "[a-z]{1,3}".prop_map(|name| Piece::Capture(spanned(name)));
    prop_oneof![Just(Piece::Any(Span::default())), capture]
}

fn value() -> impl Strategy<Value = Value> {
    let piece = prop_oneof![3 => literal(), 1 => variable(), 1 => wildcard()];
    vec(piece, 1..4).prop_map(|mut pieces| {
        pieces
            .dedup_by(|one, other| matches!((one, other), (Piece::Literal(_), Piece::Literal(_))));
        Value {
            pieces,
            span: Span::default(),
            filled: Filled::No,
        }
    })
}

fn whole(piece: Piece) -> Value {
    Value {
        pieces: vec![piece],
        span: Span::default(),
        filled: Filled::No,
    }
}

fn text(value: Value) -> Node {
    Node::Text(Text {
        value,
        kind: TextKind::Plain,
    })
}

fn cdata() -> impl Strategy<Value = Node> {
    vec(
        select(&["a", "<", "&", "\n\t", "\n# ", " $5", "'"][..]),
        1..4,
    )
    .prop_map(|tokens| {
        let value = whole(Piece::Literal(spanned((tokens.concat() + ".").into())));
        Node::Text(Text {
            value,
            kind: TextKind::Cdata,
        })
    })
}

fn name(prefix: Option<&str>, local: String) -> Name {
    Name {
        prefix: prefix.map(Into::into),
        local: local.into(),
        namespace: "".into(),
        span: Span::default(),
    }
}

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    let value = prop_oneof![4 => value(), 1 => directive().prop_map(whole)];
    let attribute = (
        select(&["b", "p:b", "c", "xml:d"][..]),
        value,
        select(&['"', '\''][..]),
    );
    vec(attribute, 0..3).prop_map(|attributes| {
        let mut result: Vec<Attribute> = Vec::new();
        for (written, value, quote) in attributes {
            let (prefix, local) = match written.split_once(':') {
                Some((prefix, local)) => (Some(prefix), local),
                None => (None, written),
            };
            if result
                .iter()
                .all(|attribute| attribute.name.written() != written)
            {
                let name = name(prefix, local.to_owned());
                result.push(Attribute {
                    name,
                    value,
                    quote,
                    span: Span::default(),
                });
            }
        }
        result
    })
}

fn declarations() -> impl Strategy<Value = Vec<Declaration>> {
    let column = || Piece::Variable(spanned(Variable::Captured("c".to_owned())));
    let uri = || select(&["u", "u:'\"<&", "v", "${c}", "w:${c}"][..]);
    (option::of(uri()), option::of(uri())).prop_map(move |(default, prefixed)| {
        let declaration = |prefix: Option<&str>, uri: &str| {
            let (literal, column) = match uri.strip_suffix("${c}") {
                Some(literal) => (literal, Some(column())),
                None => (uri, None),
            };
            let literal = Piece::Literal(spanned(literal.into()));
            let literal = Some(literal).filter(|_| uri != "${c}");
            Declaration {
                prefix: prefix.map(Into::into),
                uri: uri.into(),
                value: Value {
                    pieces: literal.into_iter().chain(column).collect(),
                    span: Span::default(),
                    filled: Filled::No,
                },
                span: Span::default(),
            }
        };
        let default = default.map(|uri| declaration(None, uri));
        default
            .into_iter()
            .chain(prefixed.map(|uri| declaration(Some("p"), uri)))
            .collect()
    })
}

/// An element whose namespaces are not resolved yet.
fn element() -> impl Strategy<Value = Element> {
    let leaf = (tag_of_element(), directive()).prop_map(|(mut element, piece)| {
        element.children = vec![text(whole(piece))];
        element
    });
    let leaf = prop_oneof![tag_of_element(), leaf];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let node = prop_oneof![
            inner.prop_map(Node::Element),
            value().prop_map(text),
            cdata(),
            Just(Node::Comment(Span::new(0, COMMENT.len()))),
        ];
        (tag_of_element(), vec(node, 0..4)).prop_map(|(mut element, mut children)| {
            children.dedup_by(|one, other| is_plain(one) && is_plain(other));
            element.children = children;
            element
        })
    })
}

fn is_plain(node: &Node) -> bool {
    matches!(
        node,
        Node::Text(Text {
            kind: TextKind::Plain,
            ..
        })
    )
}

fn tag_of_element() -> impl Strategy<Value = Element> {
    (
        any::<bool>(),
        "[a-z][a-z0-9.\\-]{0,2}",
        declarations(),
        attributes(),
    )
        .prop_map(|(prefixed, local, declarations, attributes)| Element {
            name: name(prefixed.then_some("p"), local),
            declarations,
            attributes,
            absent: Vec::new(),
            children: Vec::new(),
            tag: Span::default(),
            extent: Span::default(),
        })
}

/// Gives every name its namespace; a prefix that is not declared is dropped or declared.
fn resolve(element: &mut Element, default: &Arc<str>, prefixed: Option<&Arc<str>>) {
    let declared = |prefix: Option<&str>| {
        let mut declarations = element.declarations.iter();
        declarations
            .find(|it| it.prefix.as_deref() == prefix)
            .map(|it| Arc::clone(&it.uri))
    };
    let default = declared(None).unwrap_or_else(|| Arc::clone(default));
    let prefixed = declared(Some("p")).or(prefixed.cloned());
    element
        .attributes
        .retain(|it| it.name.prefix.as_deref() != Some("p") || prefixed.is_some());
    for attribute in &mut element.attributes {
        attribute.name.namespace = match attribute.name.prefix.as_deref() {
            None => "".into(),
            Some("xml") => scansion::ns::XML.into(),
            Some(_) => prefixed.clone().unwrap_or_default(),
        };
    }
    if prefixed.is_none() {
        element.name.prefix = None;
    }
    element.name.namespace = match (&element.name.prefix, &prefixed) {
        (Some(_), Some(uri)) => Arc::clone(uri),
        _ => Arc::clone(&default),
    };
    for child in &mut element.children {
        if let Node::Element(child) = child {
            resolve(child, &default, prefixed.as_ref());
        }
    }
}

/// Any verb of the language; those with a block have a stanza or two in it.
fn verb() -> impl Strategy<Value = Verb<Stanza, Stanza>> {
    let stanza = element().prop_map(|element| Stanza {
        part: scansion::script::ast::Part::Whole,
        element,
        omitted: Vec::new(),
    });
    let parts = (
        select(&PHRASES[..]),
        vec(stanza, 1..3),
        sent_text(),
        lapse(),
    );
    parts.prop_map(|(phrase, stanzas, text, lapse)| match phrase.block {
        BlockShape::None { verb } => verb(),
        BlockShape::Lapse { verb } => verb(lapse),
        BlockShape::Text { verb, .. } => verb(text),
        BlockShape::Stanzas { verb, .. } => verb(stanzas),
        BlockShape::Pair { verb, .. } => verb(stanzas.clone(), stanzas),
    })
}

/// Text that need not be XML, as it is read.
fn sent_text() -> impl Strategy<Value = Stanza> {
    const LINE: &str = r"[a-z#<&/-][ -#%-\[\]-~]{0,6}";
    let lines = (LINE, vec(prop_oneof![LINE, " b", ""], 0..3), LINE);
    lines.prop_map(|(first, between, last)| {
        let lines: Vec<String> = [first].into_iter().chain(between).chain([last]).collect();
        let script = format!("---\nA sends text:\n\t{}${{x}}\n", lines.join("\n\t"));
        let parsed = parse(SourceFile::new("text.scs", &script)).script;
        match &parsed.story[0].verb {
            Verb::Does(Deed::SendText(text)) => (**text).clone(),
            other => panic!("{other:?}"),
        }
    })
}

fn lapse() -> impl Strategy<Value = Lapse> {
    let written = select(&["0 s", "20 s", "500 ms", "1440 min", "1.5 s", "0.25 min"][..]);
    written.prop_map(|written| written.parse().expect("it is a lapse of time"))
}

/// An action of one actor or of several.
fn action() -> impl Strategy<Value = Action> {
    let actors = subsequence(NAMES.to_vec(), 1..=NAMES.len()).prop_shuffle();
    let actors = prop_oneof![select(&NAMES[..]).prop_map(|name| vec![name]), actors];
    (comments(), actors, verb(), option::of(lapse())).prop_map(|(comments, names, verb, lapse)| {
        let mut names = names.into_iter().map(ActorName::new).map(spanned);
        let actor = names.next().expect("there is at least one");
        let others: Vec<Spanned<ActorName>> = names.collect();
        Action {
            comments,
            actor,
            number: match others.is_empty() {
                true => Number::Singular,
                false => Number::Plural,
            },
            others,
            within: lapse.filter(|_| verb.phrase().waits),
            verb,
            span: Span::default(),
        }
    })
}

/// What is free in an expectation cannot be sent.
fn make_sendable(element: &mut Element) {
    let is_directive =
        |value: &Value| matches!(value.pieces.as_slice(), [Piece::Any(_) | Piece::Capture(_)]);
    element
        .attributes
        .retain(|attribute| !is_directive(&attribute.value));
    element
        .children
        .retain(|node| !matches!(node, Node::Text(text) if is_directive(&text.value)));
    for child in &mut element.children {
        if let Node::Element(child) = child {
            make_sendable(child);
        }
    }
}

fn finish_sent(stanzas: &mut [Stanza], default: &Arc<str>) {
    for stanza in stanzas {
        make_sendable(&mut stanza.element);
        resolve(&mut stanza.element, default, None);
    }
}

fn finish_expected(stanzas: &mut [Stanza], default: &Arc<str>) {
    for stanza in stanzas {
        resolve(&mut stanza.element, default, None);
    }
}

fn finish(cast: &[Actor], action: &mut Action) {
    let actor = cast
        .iter()
        .find(|actor| actor.name.value == action.actor.value);
    let default = actor
        .map_or("", |actor| actor.role.value.namespace())
        .into();
    match &mut action.verb {
        Verb::Does(Deed::Send(stanzas)) => finish_sent(stanzas, &default),
        Verb::Does(_) => {}
        Verb::Expects(expectation) => finish_expected(&mut expectation.items, &default),
        Verb::Rules(StandingRule::Ignore(stanzas)) => finish_expected(stanzas, &default),
        Verb::Rules(StandingRule::Answer { to, with }) => {
            finish_expected(to, &default);
            finish_sent(with, &default);
        }
    }
}

/// A part of the story: an action by itself, or the alternatives of an `Either`.
#[derive(Debug, Clone)]
enum Passage {
    Action(Box<Action>),
    Choice(Vec<(Alternative, Vec<Action>)>),
}

impl Passage {
    fn steps(&self) -> usize {
        match self {
            Self::Action(_) => 1,
            Self::Choice(alternatives) => alternatives.iter().map(|(_, own)| own.len()).sum(),
        }
    }
}

fn passage() -> impl Strategy<Value = Passage> {
    let action_alone = action().prop_map(|action| Passage::Action(Box::new(action)));
    prop_oneof![2 => action_alone, 1 => vec(alternative(), 2..4).prop_map(Passage::Choice)]
}

/// An alternative whose steps have no numbers yet.
fn alternative() -> impl Strategy<Value = (Alternative, Vec<Action>)> {
    let name = option::of("[a-z(][a-z():]{0,3}( [a-z#)]{1,3})?");
    let indent = select(&["\t", " ", "    ", " \t"][..]);
    (comments(), name, indent, vec(action(), 1..3)).prop_map(|(comments, name, indent, actions)| {
        let alternative = Alternative {
            comments,
            name,
            indent: indent.to_owned(),
            steps: 0..0,
            span: Span::default(),
        };
        (alternative, actions)
    })
}

fn elements(action: &mut Action) -> impl Iterator<Item = &mut Element> {
    let none: &mut [Stanza] = &mut [];
    let (first, second) = match &mut action.verb {
        Verb::Does(Deed::Send(stanzas)) | Verb::Rules(StandingRule::Ignore(stanzas)) => {
            (stanzas.as_mut_slice(), none)
        }
        Verb::Does(_) => (&mut [][..], none),
        Verb::Expects(expectation) => (expectation.items.as_mut_slice(), none),
        Verb::Rules(StandingRule::Answer { to, with }) => (to.as_mut_slice(), with.as_mut_slice()),
    };
    let stanzas = first.iter_mut().chain(second);
    stanzas.map(|stanza| &mut stanza.element)
}

/// Lets lines within CDATA sections, where no line feed can be written as a number, stand behind some blanks.
fn indent(element: &mut Element, blanks: &str) {
    for node in &mut element.children {
        match node {
            Node::Element(child) => indent(child, blanks),
            Node::Text(Text {
                value,
                kind: TextKind::Cdata,
            }) => {
                for piece in &mut value.pieces {
                    if let Piece::Literal(text) = piece {
                        text.value = text.value.replace("\n\t", &format!("\n{blanks}\t")).into();
                    }
                }
            }
            Node::Text(_) | Node::Comment(_) => {}
        }
    }
}

/// The steps of all passages, and the choices over them.
fn story(passages: Vec<Passage>) -> (Vec<Action>, Vec<Choice>) {
    let (mut story, mut choices) = (Vec::new(), Vec::new());
    for passage in passages {
        match passage {
            Passage::Action(action) => story.push(*action),
            Passage::Choice(alternatives) => {
                let numbered = alternatives
                    .into_iter()
                    .map(|(mut alternative, mut actions)| {
                        for element in actions.iter_mut().flat_map(elements) {
                            indent(element, &alternative.indent);
                        }
                        alternative.steps = story.len()..story.len() + actions.len();
                        story.extend(actions);
                        alternative
                    });
                choices.push(Choice {
                    alternatives: numbered.collect(),
                });
            }
        }
    }
    (story, choices)
}

/// What stands under a heading, and the comments above that, if it is there.
type Section = Option<(Vec<Comment>, Vec<Passage>)>;

fn section() -> impl Strategy<Value = Section> {
    option::of((comments(), vec(passage(), 1..3)))
}

/// The headings of sections, and all that stands under them, and above them where there is no prologue; without a story
/// there is none.
fn sections(unheaded: Vec<Passage>, sections: [Section; 3]) -> (Parts, Vec<Passage>) {
    let (first, mut all) = match &sections {
        [Some(_), Some(_), _] => (0, Vec::new()),
        [None, Some(_), _] => (1, unheaded),
        [_, None, _] => (2, unheaded),
    };
    let mut headings = Vec::new();
    for (part, section) in Part::ALL.into_iter().zip(sections).skip(first) {
        if let Some((comments, passages)) = section {
            headings.push(Heading {
                comments,
                part,
                first: all.iter().map(Passage::steps).sum(),
                file: None,
                span: Span::default(),
            });
            all.extend(passages);
        }
    }
    (Parts { headings }, all)
}

fn script() -> impl Strategy<Value = Script> {
    let all = [section(), section(), section()];
    let opening = (head(), option::of(table()), cast());
    (opening, vec(passage(), 0..4), all, comments()).prop_map(
        |((head, table, cast), unheaded, all, afterword)| {
            let (parts, passages) = sections(unheaded, all);
            let (mut story, choices) = story(passages);
            story.iter_mut().for_each(|action| finish(&cast, action));
            let source = Arc::new(SourceFile::new("a.scs", COMMENT));
            Script {
                case: "a.scs".into(),
                source,
                head,
                table: table.map(Arc::new),
                constants: BTreeMap::new(),
                cast,
                story: story.into(),
                choices,
                parts,
                lender: None,
                afterword,
            }
        },
    )
}

// ---- Arbitrary text ------------------------------------------------------------------------------------------

const EVERYTHING: &str = include_str!("../scripts/good/everything.scs");

/// Pieces of the language, to be put where they do not belong.
const SCRAPS: [&str; 41] = [
    " and Echo",
    " within 2 s",
    "\nPrologue\n",
    "\nStory:",
    "\nEither\n\t",
    "\nor (",
    "\n\tor\n",
    "\n",
    "\n\t",
    "\n---\n",
    "#",
    "//",
    "--",
    " ",
    "<",
    ">",
    "/>",
    "</",
    "<a>",
    "</a>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE [",
    "<?",
    "'",
    "\"",
    "&",
    "&#",
    ";",
    "${",
    "}",
    "$<",
    "$<x:/",
    "{scansion:",
    "scansion:any",
    "xmlns:p=",
    "[Client] ",
    "\u{feff}é\r",
    "Echo receives: nothing",
];

fn scraps() -> impl Strategy<Value = String> {
    vec(select(&SCRAPS[..]), 0..40).prop_map(|scraps| scraps.concat())
}

/// A script with a part cut out and scraps put in its place.
fn mutated() -> impl Strategy<Value = String> {
    let cuts = vec(
        (
            0..EVERYTHING.len(),
            0..20_usize,
            vec(select(&SCRAPS[..]), 0..3),
        ),
        1..4,
    );
    cuts.prop_map(|cuts| {
        let mut text: Vec<char> = EVERYTHING.chars().collect();
        for (start, length, scraps) in cuts {
            let start = start.min(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, scraps.concat().chars());
        }
        text.into_iter().collect()
    })
}

/// Whatever the text, something is said of it; and what is right stays so.
fn assert_bearable(text: &str) {
    let Parsed { script, errors } = read(text);
    for error in errors.iter().chain(&check(&script)) {
        assert!(
            !Diagnostic::from(error)
                .render(&script.source, Color::Plain)
                .is_empty()
        );
    }
    let printed = script.to_string();
    if errors.is_empty() {
        let again = read(&printed);
        assert_eq!(again.errors, [], "{printed}");
        assert_eq!(again.script.to_string(), printed);
    }
    match tidy(SourceFile::new("a.scs", text)) {
        Err(Untidy::Broken(_)) => {}
        tidied => {
            let tidied = tidied.unwrap();
            assert_eq!(tidy(SourceFile::new("a.scs", &tidied)).unwrap(), tidied);
        }
    }
}

proptest! {
    #[test]
    fn what_is_printed_is_in_order(script in script()) {
        let printed = script.to_string();
        let tidied = tidy(SourceFile::new("a.scs", &printed));
        prop_assert_eq!(tidied.map_err(|error| error.to_string()), Ok(printed));
    }

    #[test]
    fn arbitrary_scripts_survive_printing(script in script()) {
        assert_survives_printing(&script);
    }

    #[test]
    fn mutated_scripts_are_bearable(text in mutated()) {
        assert_bearable(&text);
    }

    #[test]
    fn scraps_are_bearable(opening in scraps(), story in scraps()) {
        assert_bearable(&opening);
        assert_bearable(&format!("[Client] Echo\n---\nEcho receives:\n\t{story}"));
    }

    #[test]
    fn noise_is_bearable(text in "\\PC*") {
        assert_bearable(&text);
    }
}
