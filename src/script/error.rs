//! What can be wrong with a script.
//!
//! Each kind has its message here, once, with the words for the caret and the advice. This module must not
//! know how errors are drawn, nor how they are found.

use thiserror::Error;

use super::advice::{
    absent, clause, column_in_cell, counted, departure, excuse, help, known_classes, known_given,
    known_properties, known_requirements, known_variables, lapse, literal_dollar, literal_service,
    meant_requirement, missing_block, narrowing, offset, one_of, tag_value, text_after_heading,
    text_after_verb, unbound, unbound_answer, undefined, unknown_actor, unknown_directive,
    unknown_exclusion, unknown_function,
};
use super::annotation::{ANNOTATIONS, ELEMENTS};
use super::choice::ChoiceWord;
use super::clause::NoClause;
use super::departure::NoDeparture;
use super::excuse::NoExcuse;
use super::lapse::NoLapse;
use super::part::Part;
use super::phrase::{Number, PHRASES, Phrase};
use super::property::{BadValue, PropertyKey};
use super::role::Role;
use super::tags::TagKey;
use crate::diagnostic::{Diagnostic, Severity};
use crate::expression::BadNarrowing;
use crate::formula::BadOffset;
use crate::source::Span;

/// A mistake of the script's author, and its place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct ScriptError {
    /// What is wrong.
    pub kind: ScriptErrorKind,
    /// Where.
    pub span: Span,
    /// The row of the table in which it is wrong, if it is right in others.
    pub row: Option<String>,
}

/// Declares the kinds, each with its message and behind the arrow what an author is told to try: `help(…)`, or `None`
/// where the message says it all. A kind for which this is forgotten does not compile.
macro_rules! kinds {
    ($(
        $(#[$attribute:meta])*
        $kind:ident $({ $($field:ident: $type:ty),* })? $(($inner:ident: $inner_type:ty))? => $help:expr,
    )*) => {
        /// The kinds of mistake.
        #[derive(Debug, Clone, PartialEq, Eq, Error)]
        #[non_exhaustive]
        #[expect(
            missing_docs,
            reason = "the message of each kind says what it is, and the fields are what it names"
        )]
        pub enum ScriptErrorKind {
            $($(#[$attribute])* $kind $({ $($field: $type),* })? $(($inner_type))?,)*
        }

        impl ScriptErrorKind {
            /// What to try.
            #[expect(unused_variables, reason = "the help does not name all that the message names")]
            pub fn help(&self) -> Option<String> {
                match self {
                    $(Self::$kind $({ $($field),* })? $(($inner))? => $help,)*
                }
            }

            fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind { .. } => stringify!($kind),)*
                }
            }
        }
    };
}

kinds! {
    // Lines of the head and the cast.
    #[error("the curtain is missing")]
    MissingCurtain => help("put a line of three or more dashes between the cast and the story"),
    #[error("this line is neither a comment nor an actor")]
    StrayLine => help("an actor is written `[Client] NAME`; the story begins after the curtain, a line of dashes"),
    #[error("an actor's class must stand in brackets")]
    UnclosedClass => help("write `[Client] NAME`"),
    #[error("unknown class `{found}`")]
    UnknownClass { found: String } => help(known_classes(found)),
    #[error("an actor needs a name")]
    MissingActorName => help("write the name after the bracket: `[Client] Romeo`"),
    #[error("there are two actors of the name `{name}`")]
    DuplicateActor { name: String, first: Span } => None,
    #[error("this line is indented, but there is no actor above it")]
    PropertyWithoutActor => help("properties stand under an actor, as in `[Client] Romeo`"),
    #[error("a property is written `key: value`")]
    MalformedProperty => None,
    #[error("unknown property `{found}`")]
    UnknownProperty { found: String, role: &'static Role } => help(known_properties(found, role)),
    #[error("a {class} has no property `{}`", key.keyword, class = role.keyword)]
    MisplacedProperty { key: &'static PropertyKey, role: &'static Role } =>
        help(known_properties(key.keyword, role)),
    #[error("the property `{}` is given twice", key.keyword)]
    DuplicateProperty { key: &'static PropertyKey, first: Span } => None,

    // The table.
    #[error("the table stands above the cast")]
    MisplacedTable => help("move `[Cases]` with its rows above the first actor"),
    #[error("there is a second table")]
    SecondTable { first: Span } => help("a script has one table; put all columns into it"),
    #[error("the table has no name")]
    NamedTable => help("write `[Cases]` alone, and under it, indented, the rows"),
    #[error("this table has no rows")]
    EmptyTable => help("write under `[Cases]`, indented, the columns, as in `| high | low |`, and below them a row for each case"),
    /// An indented line under the heading that is no row.
    #[error("this line is no row of the table")]
    NoRow => help("a row is written `| 3 | 0 |`"),
    #[error("this row belongs to no table")]
    StrayRow => help("rows stand under `[Cases]`, above the cast"),
    #[error("a row ends with `|`")]
    UnclosedRow => None,
    #[error("this row has {}, and the table has {}", counted(*found, "cell"), counted(*expected, "column"))]
    CellCount { found: usize, expected: usize } =>
        help("a cell can be empty, as in `| 3 | |`; a bar within a cell is written `\\|`"),
    #[error("this line would be a row")]
    LineInTable => help("remove it; nothing stands between the columns and the first row"),
    #[error("`{found}` is not the name of a column")]
    BadColumn { found: String } => help("write a letter, then letters, digits, `_`, `-` and `.`"),
    #[error("there are two columns of the name `{name}`")]
    DuplicateColumn { name: String, first: Span } => None,
    #[error("`{name}` is the name of a service, and of this column")]
    ColumnOfService { name: String, first: Span } => help("give one of them another name"),
    #[error("a cell that begins with a quotation mark ends with one")]
    BadCell => help("within quotes, a quotation mark is written `\\\"`, and a bar `\\|`"),
    #[error("`{name}` is a column of this table, and a cell does not name one")]
    ColumnInCell { name: String } => help(column_in_cell(name)),
    #[error("a cell is a text, and so is `{found}` in it")]
    WildcardInCell { found: String } => help("a wildcard stands in the story, in what is expected; an attribute that is not to \
         be there has an empty cell"),
    #[error("this row is there already")]
    EqualRows { first: Span } => help("each row is a case of its own; remove one of them"),
    #[error("nobody uses the column `{name}`")]
    UnusedColumn { name: String } => help(format!("write `${{{name}}}` where its cells are to stand, or remove it")),
    #[error("only the silence of this `Either` is left")]
    OnlySilenceLeft => help("nothing may come here, as those to whom the other alternatives happen take no part: say in a \
        script of its own what is to happen then, or leave the row out"),
    #[error("`{name}` is the name of a column, and cannot be captured")]
    CapturedColumn { name: String, first: Span } =>
        help(format!("write `${{{name}}}` for what stands in the cell, or give one of them another name")),
    #[error("`if:` names a column")]
    NoColumn => help("write `if: ${low}`: where the cell under `low` is empty, the actor takes no part"),
    #[error("`{found}` gives this element no name")]
    NamelessElement { found: String } => help("write the name of a column each cell of which is the name of an element"),

    // Lines of the story.
    #[error("an actor cannot enter after the curtain")]
    LateActor => help("move the actor, with its properties, above the line of dashes"),
    #[error("unknown actor `{found}`")]
    UnknownActor { found: String, suggestion: Option<String> } => help(unknown_actor(found, suggestion.as_deref())),
    #[error("`{name}` stands twice in this line")]
    NamedTwice { name: String } => help("name each actor once"),
    #[error("unknown verb `{found}`")]
    UnknownVerb { found: String, number: Number } =>
        help(one_of(found, "verbs", &PHRASES.map(|phrase| phrase.words_for(*number)))),
    #[error("`{}` is said of {}", verb.words_for(number.other()), number.other().actors())]
    WrongNumber { verb: &'static Phrase, number: Number, names: String } =>
        help(format!("`{names}` is {}: write `{}`", number.actors(), verb.words_for(*number))),
    #[error("`{word}` does not say how long")]
    MissingLapse { word: &'static str } => help(format!("write `{word} 2 s`; the units are `ms`, `s` and `min`")),
    #[error("`{found}` is no time here: {problem}")]
    BadLapse { found: String, problem: NoLapse } => help(lapse(found, *problem)),
    #[error("how long it waits stands before the colon")]
    LapseBehindColon { words: &'static str, found: String } => help(format!("write `{words} within {found}:`")),
    #[error("`{verb}` waits for nothing")]
    NothingAwaited { verb: &'static Phrase } => help("remove it; `within` stands behind what waits, as in `receives within 20 s:`"),
    #[error("this line is not an action")]
    NoAction => help("an action is the name of an actor and a verb: `Romeo connects`"),
    #[error("nothing may follow `{verb}` on its line")]
    TextAfterVerb { verb: &'static Phrase, found: String } => help(text_after_verb(verb, found)),
    #[error("a stanza cannot stand on the line of its action")]
    StanzaOnActionLine => help("put the stanza on the next line, indented"),
    #[error("`{verb}` needs a {}", verb.block.content())]
    MissingBlock { verb: &'static Phrase } => missing_block(verb),
    #[error("`{verb}` takes no block")]
    UnexpectedBlock { verb: &'static Phrase } => help("remove it, or put `sends:` or `receives:` above it"),
    #[error("`answers` needs a line `with:`")]
    MissingWith => help("write it below the block, at the beginning of a line; and under it, indented, what is sent"),
    #[error("`with` needs a stanza")]
    MissingAnswer => help("write what is sent under this line, indented"),
    #[error("there is nothing above that this goes with")]
    StrayWith => help("it stands below the block of `NAME answers:`"),
    #[error("this text is indented, but there is no action above it")]
    OrphanBlock => help("a block stands under an action, such as `Romeo sends:`"),
    #[error("a stanza must be indented")]
    UnindentedBlock => help("begin each line of the block with a tab or a blank"),

    #[error("a step cannot stand on the line of `{word}`")]
    StepOnChoiceLine { word: ChoiceWord } => help("write it under this line, indented"),
    #[error("only a name in parentheses may follow `{word}` on its line")]
    TextOnChoiceLine { word: ChoiceWord } => help(format!("write `{word} (an error)`, and the steps under it, indented")),
    #[error("`{found}` is written `{word}`")]
    MisspeltChoiceWord { found: String, word: ChoiceWord } => None,
    #[error("`or` without an `Either` above it")]
    OrWithoutEither => help("the first alternative stands under `Either`, each other one under an `or` right below"),
    #[error("this `Either` has only one alternative")]
    LoneEither => help("write `or` below it, at the margin, and the steps of another one under that"),
    #[error("`{word}` needs a step")]
    EmptyAlternative { word: ChoiceWord } => help("write what an actor `receives` under this line, indented"),
    #[error("an alternative has no alternatives of its own")]
    ChoiceWithin { word: ChoiceWord } => help(format!("write `{word}` at the margin")),
    #[error("a stanza must be indented deeper than its step")]
    ShallowBlock => help("in an `Either`, begin each line of the block as its step does, and with a tab or a blank more"),
    #[error("this line is indented less than the first step of its alternative")]
    StepAstray => help("all steps of an alternative begin with the same blanks, and their blocks with more"),

    #[error("`{found}` is written `{part}`")]
    MisspeltHeading { found: String, part: Part } => None,
    #[error("nothing may follow `{part}` on its line")]
    TextAfterHeading { part: Part } => help(text_after_heading(*part)),
    #[error("the steps of a part stand at the margin")]
    IndentedPart { part: Part } => help("only the steps of an `Either` are indented"),
    #[error("`{part}` stands at the margin")]
    IndentedHeading { part: Part } => help("a part does not begin within an `Either`"),
    #[error("`{part}` cannot stand below `{last}`")]
    MisplacedHeading { part: Part, last: Part, above: Span } =>
        help("each part stands there once: `Prologue`, `Story`, `Epilogue`, in this order"),
    #[error("the steps above `Prologue` belong to no part")]
    StepsAbovePrologue => help("it is the first part: write it above them, or move them below it"),
    #[error("this `Prologue` has no `Story`")]
    PrologueWithoutStory => help("write `Story`, at the margin, above the first step of what is tested"),
    #[error("nothing is tested below this `Prologue`")]
    NothingTested => help("all steps here are the set-up; write `Story`, at the margin, above the first one that is not"),
    #[error("there is no step under `{part}`")]
    EmptyPart { part: Part } => help("write the steps below it, at the margin, or remove it"),

    // Clauses.
    #[error("this clause stands above no step")]
    MisplacedClause => help("write it directly above the line of a step, with nothing but other clauses between; \
         in an `Either` above the first step of an alternative; `## § …` in the head is for the whole script"),
    #[error("a clause of the whole script is written `## §`")]
    ClauseInHead => help("write two `#` here, or move it above the step that it is about"),
    #[error("a clause of a step is written `# §`")]
    ClauseAsTag => help("write one `#` here, or move it above the cast: there it is for the whole script"),
    #[error("{problem}")]
    BadClause { problem: NoClause } => help(clause(*problem)),
    #[error("{document} has no clause `{fingerprint}`")]
    UnknownClause { document: String, fingerprint: String, known: String } => help(known.clone()),
    #[error("`{fingerprint}` is a clause of {place}")]
    ClauseOfOtherSection { fingerprint: String, place: String, known: String } =>
        help(format!("name that section; {known}")),
    #[error("several clauses of {document} begin with `{fingerprint}`")]
    AmbiguousClause { document: String, fingerprint: String, known: Vec<String> } =>
        help(format!("write more of its digits: {}", known.join("; "))),
    #[error("a clause that only allows something cannot be demanded")]
    MayMustNot => help("it is a MAY: put the step into an `Either`, with what else is allowed behind `or`"),
    #[error("this clause is about clients only")]
    ClauseOfClient => help("no server can break it; claim one that says what the server does"),
    #[error("the index of this document cannot be read: {reason}")]
    UnreadableIndex { reason: String } => help("mend it, or make it anew by `scansion clauses extract`"),
    #[error("this clause is of no document")]
    NoDocument => help("name the document of the script in its head, as in `## xep: 0045`, or here, as in `# § rfc 6120 8.2.3 [91ab]`"),

    // Excuses for faults.
    #[error("this excuse stands above no step")]
    MisplacedExcuse => help("write `# doubt: …` with one `#` directly above the line of a step, with nothing but clauses \
         and other excuses between; in an `Either` above a step of an alternative"),
    #[error("{problem}")]
    BadExcuse { problem: NoExcuse } => help(excuse(problem)),

    // The prologue of another script.
    #[error("`{found}` says of no name what it is")]
    BadGiven { found: String } =>
        help("write `Owner is Romeo` for an actor, and `room is orchard@${rooms}` for a column"),
    #[error("of `{name}` it is said already what it is")]
    DuplicateGiven { name: String, first: Span } => None,
    #[error("the steps of this prologue are those of `{path}`")]
    StepsBesideFile { path: String } => help("write `Story` above them, at the margin"),
    #[error("the script of this prologue cannot be read: {reason}")]
    UnreadablePrologue { reason: String } => help("its path begins in the folder of this script"),
    #[error("`{path}` has several cases, and one story is played")]
    LenderWithCases { path: String, heading: Span } => help("take a script whose table has one row, or that has none"),
    #[error("`{path}` has no story that could be played")]
    LenderWithoutStory { path: String } => help("its own prologue is not taken; write `Story` there, above the steps that this script begins with"),
    #[error("`{path}` has neither an actor nor a column `{name}`")]
    UnknownGiven { name: String, path: String, known: Vec<String> } => help(known_given(name, known)),
    #[error("nobody in this cast is called `{found}`")]
    UnknownPlayer { found: String, suggestion: Option<String> } =>
        help(unknown_actor(found, suggestion.as_deref())),
    #[error("`{name}` is a {}, and `{player}` a {}", role.keyword, own.keyword)]
    OtherRole { name: String, role: &'static Role, player: String, own: &'static Role } =>
        help("let an actor of the same class play it"),
    #[error("nobody plays `{name}` of `{path}`")]
    WithoutPlayer { name: String, path: String, actor: Span } =>
        help(format!("write under this line, indented: `{name} is` and who of this cast it is")),

    // Text.
    #[error("`{found}` stands for no byte")]
    BadEscape { found: String } =>
        help("write `\\\\` for a backslash, `\\r` for a carriage return, and `\\xNN` for any other byte"),

    // Elements.
    #[error("text outside of an element")]
    TextOutside => help("a block holds elements, such as `<presence/>`, and comment lines"),
    #[error("`<{name}>` is never closed")]
    UnclosedElement { name: String, end: UnclosedBy } =>
        help(format!("write `</{name}>`, or `<{name}/>` if it is empty")),
    #[error("`</{found}>` closes `<{open}>`")]
    MismatchedEndTag { found: String, open: String, start: Span } => help(format!("write `</{open}>`")),
    #[error("`</{found}>` closes nothing")]
    UnmatchedEndTag { found: String } => help("remove it, or write the start tag"),
    #[error("the header of a stream is not closed in its own tag")]
    ClosedHeader => help("write `>` in the place of `/>`: what follows is in it; its end is written `</stream:stream>`"),
    #[error("elements are nested more than {limit} deep")]
    TooDeep { limit: usize } => None,
    #[error("this tag lacks its `>`")]
    UnclosedTag => help("write `>`, or `/>` for an empty element"),
    #[error("this comment is never closed")]
    UnclosedComment => help("write `-->` where it ends"),
    #[error("a comment cannot hold `--`")]
    DashesInComment => help("use other characters than two dashes in a row"),
    #[error("this CDATA section is never closed")]
    UnclosedCdata => help("write `]]>` where it ends"),
    #[error("processing instructions are not allowed in XMPP")]
    Instruction => help("remove it (RFC 6120, section 11.1)"),
    #[error("an XML declaration stands before the header of a stream")]
    Declaration => help("write it directly before `<stream:stream …>`, or leave it out (RFC 6120, section 11.5)"),
    #[error("document types are not allowed in XMPP")]
    Doctype => help("remove it (RFC 6120, section 11.1)"),
    #[error("`<` begins no tag here")]
    StrayLessThan => help("write `&lt;` for the character"),
    #[error("`{found}` is not a name")]
    BadName { found: String } => help("a name begins with a letter, and has at most one colon, within it"),
    #[error("the prefix `{prefix}` is not declared")]
    UndeclaredPrefix { prefix: String } => help(format!("declare it on this element: `xmlns:{prefix}=\"…\"`")),
    #[error("the prefix `{prefix}` cannot be declared as this")]
    BadDeclaration { prefix: String } => help("use another prefix, or another namespace"),
    #[error("a namespace must be plain text")]
    VariableNamespace => help("write the namespace without variables and wildcards; only columns of `[Cases]` can stand in it"),

    // Attributes and values.
    #[error("the attribute `{name}` is given twice")]
    DuplicateAttribute { name: String, first: Span } => None,
    #[error("the attribute `{name}` has no value")]
    MissingValue { name: String } => help(format!("write `{name}=\"…\"`")),
    #[error("the value of `{name}` must stand in quotes")]
    MissingQuotes { name: String } => help("write `\"` before and after it"),
    #[error("this quote is never closed")]
    UnclosedQuote => help("write the same quote where the value ends"),
    #[error("`{found}` is not an attribute")]
    StrayInTag { found: String } => help("an attribute is written `name=\"value\"`"),
    #[error("there must be a blank between attributes")]
    MissingBlank => None,
    #[error("`<` cannot stand in an attribute")]
    LessThanInAttribute => help("write `&lt;` for the character; or is the quote missing at the end of the value?"),
    #[error("`&` begins no reference here")]
    StrayAmpersand => help("write `&amp;` for the character"),
    #[error("`]]>` cannot stand in text")]
    StrayCdataEnd => help("write `]]&gt;` for the characters; or is `<![CDATA[` missing before them?"),
    #[error("unknown entity `{found}`")]
    UnknownEntity { found: String } => help("known are `&lt;`, `&gt;`, `&amp;`, `&quot;` and `&apos;`"),
    #[error("`{found}` is not a character of XML")]
    BadReference { found: String } => help("write the number of a character: `&#36;` or `&#x24;`"),
    #[error("the character U+{:04X} is not allowed in XML", *found as u32)]
    BadCharacter { found: char } => None,

    // Variables and wildcards.
    #[error("this variable is never closed")]
    UnclosedVariable { around: Around } => help(literal_dollar(*around)),
    #[error("`${{{found}}}` is not a variable")]
    BadVariable { found: String } => help(known_variables(found)),
    #[error("unknown function `{found}`")]
    UnknownFunction { found: String } => help(unknown_function(found)),
    #[error("{problem}")]
    BadOffset { problem: BadOffset } => help(offset(problem)),
    #[error("`{found}` is no byte")]
    NoByte { found: String } => help("known are `\\0`, `\\n`, `\\r`, `\\t` and `\\xNN`, and `\\\\` for a backslash"),
    #[error("a wildcard cannot stand in an argument")]
    WildcardInArgument => help("write `${x}` for the value of `$<x>`, or `&#36;&lt;` for the characters"),
    #[error("`$<` begins no wildcard here")]
    StrayWildcard => help("write `$<name>` or `$<name:condition>`, or `&#36;&lt;` for the characters"),
    #[error("this regular expression is never closed")]
    UnclosedRegex => help("write it as `$<name:/expression/>`, with `\\/` for a slash within it"),
    #[error("{problem}")]
    BadNarrowing { problem: BadNarrowing } => help(narrowing(problem)),
    #[error("`not` needs the name of a variable")]
    NothingExcluded => help("write `$<x:not y>` for any value but that of `y`, and `$<x:not y, z>` for several"),
    #[error("behind `not` a name stands alone")]
    SigilBehindNot => help("write `$<x:not y>`, without `${…}` around the `y`"),
    #[error("this regular expression is not valid")]
    BadRegex { reason: String } => None,
    #[error("`{found}` stands for itself in a regular expression")]
    ReferenceInRegex { found: String, meant: char } => help(format!("write `{meant}`, which stands there as it is")),
    #[error("`{found}` cannot stand in a regular expression")]
    VariableInRegex { found: String } => help("write the text itself; neither a variable nor a column stands \
         there, and the character is written `\\$`"),

    // What begins with `scansion`.
    #[error("unknown directive `{{scansion:{found}}}`")]
    UnknownDirective { found: String } => help(unknown_directive(found)),
    #[error("this directive is never closed")]
    UnclosedDirective => help("write `}` where it ends"),
    #[error("`{written}` is taken literally here")]
    DirectiveWithinValue { written: String } =>
        help("it stands only for a whole value; use `$<_>` inside a longer one"),
    #[error("`{written}` is taken literally in `sends`")]
    DirectiveInSends { written: String } => help("use `${x}` to send a captured value"),
    #[error("unknown attribute `scansion:{found}`")]
    UnknownScansionAttribute { found: String } => help(one_of(found, "attributes", &ANNOTATIONS.map(|own| own.word))),
    #[error("`{found}` is not a value of `scansion:{attribute}`")]
    BadScansionValue { attribute: &'static str, found: String, known: &'static [&'static str] } =>
        help(one_of(found, "values", known)),
    #[error("`scansion:{attribute}` has no meaning in `sends`")]
    ScansionAttributeInSends { attribute: String } => help("it is left out; remove it"),
    #[error("unknown element `<scansion:{found}>`")]
    UnknownScansionElement { found: String } => help(one_of(found, "elements", &ELEMENTS)),
    #[error("`<scansion:any/>` must be empty and without attributes")]
    AnyNotEmpty => help("it stands for exactly one element, whatever it is; only `scansion:times` may stand there, \
         if it is a child"),
    #[error("`<scansion:{found}/>` cannot be sent")]
    OwnElementInSends { found: &'static str } => help("write the element that is to be sent"),
    #[error("`{found}` does not say how many times")]
    BadTimes { found: String } => help("write `1`, `0`, `2..5` or `1..`"),
    #[error("`{found}` is no attribute of this element")]
    EachOfNothing { found: String } =>
        help("write `*` for every sibling of this name, or the name of an attribute that stands here for those that \
         agree in it"),
    #[error("`{found}` is not the name of an attribute")]
    BadAbsent { found: String } => help(absent(found)),
    #[error("the attribute `{name}` is expected and must be absent")]
    AbsentAndExpected { name: String, expected: Span } => help("remove it in one of the two places"),
    #[error("`scansion:{word}` stands only on a child")]
    CountOfStanza { word: &'static str } =>
        help("it is about the siblings of an element; write a line of the story for each stanza that is to come"),
    #[error("`scansion:{word}` cannot stand on one of several members")]
    CountOfMember { word: &'static str } => help("put it on `<scansion:one-of>`, if that is a child"),
    #[error("`scansion:each` needs an element with a name")]
    EachOfAny => help("write the element that each sibling of its name has to match"),
    #[error("`<scansion:one-of>` holds no element")]
    EmptyOneOf => help("write the elements of which one is expected"),
    #[error("`<scansion:one-of>` holds elements, and no text")]
    TextInOneOf => help("put the text outside of it, or remove it"),
    #[error("`<scansion:one-of>` cannot have the attribute `{name}`")]
    OneOfWithAttribute { name: String } =>
        help("put it on each of the members; only `scansion:times` and `scansion:each` may stand here"),

    // The meaning of the head and the cast.
    #[error("`{found}` is not a value of the tag `{key}`")]
    UnknownTagValue { key: &'static str, found: String, known: &'static [&'static str] } =>
        help(one_of(found, "values", known)),
    #[error("the tag `{}` needs a value", tag.key)]
    TagWithoutValue { tag: &'static TagKey } => help(tag_value(tag)),
    /// One that is almost one of the program's.
    #[error("this tag does nothing")]
    MisspeltTag { meant: String } => help(format!("did you mean `## {meant}`?")),
    /// One of the program's below the head.
    #[error("this tag does nothing here")]
    MisplacedTag => help("tags stand above the cast"),
    #[error("`{found}` is not a requirement")]
    BadRequirement { found: String, meant: Option<String> } => help(known_requirements(meant.as_deref())),
    /// One that can be, and is almost another one.
    #[error("`{found}` is one slip away from another requirement")]
    MisspeltRequirement { found: String, meant: String } => help(meant_requirement(meant)),
    /// Behind `as` there is something else than one name.
    #[error("the name of a service is one word behind `as`")]
    BadServiceName => help("write letters, digits, `_`, `-` and `.`, as in `conference/text as rooms`"),
    #[error("a service cannot be called `{name}`")]
    TakenServiceName { name: String } =>
        help(format!("`${{{name}}}` has a value in every script; take another name")),
    #[error("only a service gets a name, and one that is to be there")]
    NamelessRequirement => help("`as` stands behind `CATEGORY/TYPE`, with or without a feature"),
    #[error("`{found}` is what only some servers call this service")]
    LiteralService { found: String, requirement: String, name: Option<String> } =>
        help(literal_service(requirement, name.as_deref())),
    #[error("the namespace `{namespace}` has no `<{name}>`")]
    NoStanza { name: String, namespace: String, is_inherited: bool } => help(match is_inherited {
        true => "it has the namespace of the element around it; write `xmlns=\"jabber:client\"` for a stanza",
        false => "write `xmlns=\"jabber:client\"` for a stanza",
    }),
    #[error("{problem}")]
    BadDeparture { problem: NoDeparture } => help(departure(problem)),
    /// Another server may be called so, and is none of those that reports commonly name.
    #[error("`{found}` is one slip away from a known server")]
    MisspeltServer { found: String, meant: &'static str } => help(format!("did you mean `{meant}`?")),
    #[error("nobody in this cast can ask whether this is met")]
    NobodyToAsk => help("requirements need a `[Client]`"),
    /// A domain is required that no actor has.
    #[error("nobody in this cast is at `{domain}`")]
    NobodyThere { domain: String } => help("take the domain of an actor's `jid:`, as it is written there"),
    #[error("the tag `{key}` takes no value")]
    TagWithValue { key: &'static str } => help(format!("write `## {key}`")),
    #[error("an actor needs a `jid`")]
    MissingJid => help("write it on an indented line: `jid: romeo@localhost`"),
    #[error("{0}")]
    BadValue(bad: BadValue) => bad.help.map(str::to_owned),
    #[error("a client with a password needs a JID with a localpart")]
    MissingLocalpart => help("write `romeo@…`; or leave out the password to log in anonymously"),
    #[error("the JID of a component must be a domain")]
    NoDomain => help("write it without a localpart and a resource"),
    #[error("a component needs a `secret`")]
    MissingSecret => help("write it on an indented line: `secret: …`"),
    /// A client has a certificate, and no key for it.
    #[error("the actor has a certificate and no `key:` for it")]
    MissingKey => None,
    /// A client has a key, and no certificate.
    #[error("the actor has a key and no `certificate:` for it")]
    MissingCertificate => None,
    #[error("`{jid}` has another password than the one that `{other}` gives it")]
    OtherPassword { jid: String, other: String, first: Span } =>
        help("write the same `password:`; or if they are on different servers, where by `connect_host:`"),

    // The meaning of the story.
    #[error("`{verb}` cannot stand in an `Either`")]
    DeedInChoice { verb: &'static Phrase } =>
        help("only what is received can be left open; write it above the `Either`, or below all alternatives"),
    #[error("only some alternatives of an `Either` give `{name}` a value")]
    BoundInSome { name: String, choice: Span } =>
        help("capture it in each of them, or use it only within its alternative"),
    #[error("nothing happens in this script")]
    EmptyStory => help("write actions under the curtain, such as `Romeo connects`"),
    #[error("this script can never fail")]
    NothingExpected => help("say what an actor `receives`"),
    #[error("`{name}` never appears in the story")]
    UnusedActor { name: String } => help("remove the actor, or let it act"),
    #[error("`{name}` has not connected")]
    NeverConnected { name: String } => help(format!("write `{name} connects` above")),
    #[error("`{name}` is connected already")]
    AlreadyConnected { name: String } => help(format!("write `{name} disconnects` above, or remove this line")),
    #[error("in an epilogue, nobody `{verb}`")]
    ConnectsAtEnd { verb: &'static Phrase } =>
        help("it is played by those who are still connected; write this above it"),
    #[error("`{name}` sends, but has not connected")]
    SendsBefore { name: String } =>
        help(format!("nothing is sent; write `{name} connects` above, or remove this action")),
    #[error("`{name}` sends, but has disconnected")]
    SendsWhileGone { name: String } =>
        help(format!("nothing is sent; write `{name} connects` above, or remove this action")),
    #[error("`{name}` receives, but has disconnected")]
    ReceivesWhileGone { name: String } => help(format!("write `{name} connects` above")),
    #[error("`{name}` is disconnected, but has left before")]
    DisconnectedWhileGone { name: String } =>
        help(format!("the server ends the stream of an actor that is there: write `{name} connects` above")),
    #[error("only in some alternatives of an `Either` `{name}` is still connected")]
    GoneInSome { name: String, choice: Span } =>
        help(format!("write `{name} connects` above, or let the actor do nothing more")),
    #[error("a stream does not end by this")]
    NoEnd => help("under `is disconnected` stands a `<stream:error>`, or `</stream:stream>`, or one behind the other; \
         what comes before them is for `receives:`"),
    #[error("a stream ends by one stream error")]
    SecondEnd => help("where one of several will do, write them in `<scansion:one-of>`"),
    #[error("a login is not refused by `<{found}>` of this namespace")]
    NoRefusal { found: String } => help("write `<failure xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\">` (RFC 6120 §6.4.5), \
         `<stream:error>` (§4.9), or an `<iq type=\"error\">` for the resource (§7)"),
    #[error("a login is refused once")]
    SecondRefusal => help("where one of several will do, write them in `<scansion:one-of>`; that the server then ends \
         the stream is `NAME is disconnected`, on a line of its own"),
    #[error("the header of a stream cannot stand here")]
    HeaderHere => help("it is sent by `sends:` and awaited by `receives:`"),
    #[error("the end of a stream cannot stand here")]
    FooterHere => help("it is the last thing that comes: write it at the end of `receives:` or of `is disconnected:`"),
    #[error("nothing can come for `{name}`, whose stream has ended above")]
    SilenceAfterEnd { name: String } => help("a stream that is over fails this line: leave it out, or write it above the end"),
    #[error("`{name}` {verb}, but has no connection any more")]
    ActsWhileGone { name: String, verb: &'static Phrase } =>
        help(format!("write `{name} opens a connection` above, or another verb that does")),
    #[error("`{jid}` is connected already, as `{other}`")]
    SameFullJid { jid: String, other: String, first: Span } =>
        help("give one of them another `resource`; or allow it with the tag `## allow: same-full-jid`"),
    #[error("the variable `{found}` has no value here")]
    UndefinedVariable { found: String, suggestion: Option<String> } => help(undefined(found, suggestion.as_deref())),
    #[error("behind `not`, `{found}` has no value here")]
    UndefinedExclusion { found: String, suggestion: Option<String> } =>
        help(unknown_exclusion(found, suggestion.as_deref())),
    #[error("`{name}` has no value here, and what does not come gives it none")]
    CaptureOfNothing { name: String } =>
        help(format!("write `$<_>` for any value, or capture it in an earlier `receives`: `$<{name}>`")),
    #[error("what `{name}` has passed over above does not count here")]
    PassedOverBefore { name: String, first: Span } =>
        help(format!("if that must not be there either, write `{name} does not receive:` and what it is")),
    #[error("`{name}` is the name of a service, and cannot be captured")]
    CapturedService { name: String, first: Span } =>
        help(format!("write `${{{name}}}` for its JID, or give one of them another name")),
    #[error("unknown actor `{found}`")]
    UnknownActorInVariable { found: String, suggestion: Option<String> } =>
        help(unknown_actor(found, suggestion.as_deref())),
    #[error("`{found}` has no value before stream management is enabled")]
    CountTooEarly { found: String } =>
        help("let the actor send `<enable xmlns=\"urn:xmpp:sm:3\"/>` above (XEP-0198)"),
    #[error("`{name}` has no user: its JID is a domain")]
    NoUser { name: String } => help("only a client with a localpart in its JID has one"),
    #[error("`{name}` has no password")]
    NoPassword { name: String } => help(format!("give `{name}` a `password:`")),
    /// A text that is the name of a value.
    #[error("`{found}` stands for itself here")]
    LiteralVariable { found: String, meant: String } => help(format!("write `{meant}` for what is computed of its value")),
    #[error("the password of `{name}` is spelt out here")]
    LiteralPassword { name: String } => help(format!("write `${{{name}'s password}}`: it is another one where the run has `--password`")),
    #[error("`{name}` has no full JID before connecting")]
    FullJidTooEarly { name: String } =>
        help(format!("write `{name} connects` above, or give a `resource` to the actor")),
    #[error("the wildcard `{found}` has no value to send")]
    UnboundWildcard { found: String, suggestion: Option<String> } => help(unbound(found, suggestion.as_deref())),
    #[error("`{name}` cannot be captured here")]
    CaptureInCount { name: String } =>
        help("only `scansion:times=\"1\"` tells which element is meant; write `$<_>`, or capture it outside"),
    #[error("only some members of a `<scansion:one-of>` capture `{name}`")]
    CapturedBySome { name: String } =>
        help("capture it in each of them, or outside: else nobody knows what it is here"),
    #[error("a wildcard without a name cannot be sent")]
    NamelessWildcardInSends => help("use the name of a captured value: `$<x>`"),
    #[error("`ignores` captures nothing")]
    CaptureInIgnores => help("write `$<_>` for any value, or `${x}` for one that was captured above"),
    #[error("the variable `{found}` has no value here")]
    OwnWildcard { found: String } => help(format!("write `$<{found}>` for the value in what is answered")),
    #[error("the wildcard `{found}` is not in everything that is answered")]
    UnboundAnswer { found: String, suggestion: Option<String>, is_captured: bool } =>
        help(unbound_answer(found, suggestion.as_deref(), *is_captured)),
    #[error("`{name} {verb}` takes this first")]
    HiddenByRule { name: String, verb: &'static Phrase, rule: Span } =>
        help("let the rule take less, or begin further down"),

    #[error("too many errors")]
    TooMany => help("the rest is not shown; correct these first"),
}

/// What a `${` stands in, which decides how these characters themselves are written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// An attribute, the text of an element, or the argument of a function.
    Xml,
    /// A CDATA section, in which there are no references.
    Cdata,
    /// A text in which bytes are written behind backslashes.
    Bytes,
    /// The cell of a table, or what a prologue is given.
    Cell,
}

/// Why an element without an end tag had to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnclosedBy {
    /// The block ended here.
    Block(Span),
    /// An element around it ended here.
    Parent(Span),
}

impl ScriptErrorKind {
    /// The error of this kind at a place.
    pub fn at(self, span: Span) -> ScriptError {
        ScriptError {
            kind: self,
            span,
            row: None,
        }
    }

    /// What programs call it: its name with dashes, such as `unknown-actor`.
    pub fn code(&self) -> String {
        let mut code = String::new();
        for character in self.name().chars() {
            if character.is_uppercase() && !code.is_empty() {
                code.push('-');
            }
            code.extend(character.to_lowercase());
        }
        code
    }

    /// How grave it is.
    pub fn severity(&self) -> Severity {
        use ScriptErrorKind as Kind;
        match self {
            Kind::DirectiveInSends { .. }
            | Kind::DirectiveWithinValue { .. }
            | Kind::ScansionAttributeInSends { .. }
            | Kind::EmptyStory
            | Kind::NothingExpected
            | Kind::UnusedActor { .. }
            | Kind::UnusedColumn { .. }
            | Kind::OnlySilenceLeft
            | Kind::WildcardInCell { .. }
            | Kind::ReferenceInRegex { .. }
            | Kind::AlreadyConnected { .. }
            | Kind::ConnectsAtEnd { .. }
            | Kind::EmptyPart { .. }
            | Kind::NothingTested
            | Kind::HiddenByRule { .. }
            | Kind::LiteralService { .. }
            | Kind::LiteralVariable { .. }
            | Kind::NoStanza { .. }
            | Kind::MisspeltTag { .. }
            | Kind::MisspeltRequirement { .. }
            | Kind::MisspeltServer { .. }
            | Kind::MisplacedTag
            | Kind::ClauseOfClient
            | Kind::SilenceAfterEnd { .. }
            | Kind::SendsBefore { .. }
            | Kind::SendsWhileGone { .. } => Severity::Warning,
            Kind::PassedOverBefore { .. } | Kind::LiteralPassword { .. } => Severity::Hint,
            _ => Severity::Error,
        }
    }

    /// A few words for the caret.
    pub fn label(&self) -> Option<String> {
        use ScriptErrorKind as Kind;
        let words = match self {
            Kind::MissingCurtain => "expected here",
            Kind::MissingBlock { verb } => {
                let content = verb.block.content();
                return Some(format!("expected an indented {content} under this line"));
            }
            Kind::MissingAnswer => "expected an indented stanza under this line",
            Kind::UnclosedElement { .. } => "opened here",
            Kind::DuplicateActor { .. }
            | Kind::DuplicateColumn { .. }
            | Kind::DuplicateProperty { .. }
            | Kind::DuplicateAttribute { .. } => "again here",
            Kind::BadRegex { reason } => return Some(reason.clone()),
            Kind::BadValue(bad) => return bad.label.clone(),
            _ => return None,
        };
        Some(words.to_owned())
    }

    /// Other places that have to do with it.
    pub fn related(&self) -> Vec<(Span, String)> {
        use ScriptErrorKind as Kind;
        match self {
            Kind::DuplicateActor { first, .. }
            | Kind::DuplicateColumn { first, .. }
            | Kind::EqualRows { first }
            | Kind::SecondTable { first }
            | Kind::DuplicateProperty { first, .. }
            | Kind::DuplicateAttribute { first, .. } => vec![(*first, "first given here".into())],
            Kind::MismatchedEndTag { open, start, .. } => {
                vec![(*start, format!("`<{open}>` is opened here"))]
            }
            Kind::UnclosedElement { end, .. } => vec![end.related()],
            Kind::SameFullJid { other, first, .. } => {
                vec![(*first, format!("`{other}` connects here"))]
            }
            Kind::PassedOverBefore { first, .. } => {
                vec![(*first, "this may pass over what comes before".into())]
            }
            Kind::MisplacedHeading { last, above, .. } => {
                vec![(*above, format!("`{last}` begins here"))]
            }
            Kind::DuplicateGiven { first, .. } => vec![(*first, "first said here".into())],
            Kind::LenderWithCases { heading, .. } => vec![(*heading, "this table".into())],
            Kind::WithoutPlayer { actor, .. } => vec![(*actor, "this actor".into())],
            Kind::OtherPassword { first, .. } => vec![(*first, "the same account".into())],
            Kind::HiddenByRule { rule, .. } => vec![(*rule, "by this rule".into())],
            Kind::CapturedService { first, .. }
            | Kind::CapturedColumn { first, .. }
            | Kind::ColumnOfService { first, .. } => vec![(*first, "named here".into())],
            Kind::AbsentAndExpected { expected, .. } => vec![(*expected, "expected here".into())],
            Kind::BoundInSome { choice, .. } | Kind::GoneInSome { choice, .. } => {
                vec![(*choice, "of this one".into())]
            }
            _ => Vec::new(),
        }
    }
}

impl UnclosedBy {
    fn related(self) -> (Span, String) {
        match self {
            UnclosedBy::Block(span) => (span, "the block ends here".into()),
            UnclosedBy::Parent(span) => (span, "the element around it ends here".into()),
        }
    }
}

impl ScriptError {
    /// How grave it is.
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

impl From<BadNarrowing> for ScriptErrorKind {
    fn from(problem: BadNarrowing) -> Self {
        Self::BadNarrowing { problem }
    }
}

impl From<&ScriptError> for Diagnostic {
    fn from(error: &ScriptError) -> Self {
        Diagnostic {
            severity: error.severity(),
            message: error.kind.to_string(),
            primary: (error.span, error.kind.label()),
            secondary: error.kind.related(),
            help: error.kind.help(),
            notes: error
                .row
                .iter()
                .map(|row| format!("in the case {row}"))
                .collect(),
        }
    }
}
