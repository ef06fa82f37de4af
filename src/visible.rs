//! Texts as they are written for readers: everything in them is seen, and nothing in them is obeyed.
//!
//! A terminal obeys control characters, and some others change how their neighbours are drawn or cannot be seen at all.
//! CI services read the output of a job, and obey lines that look like their commands. Here is what all of them are,
//! and how each is written instead. Where a text comes from is not known here.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// Whether a character commands a terminal, changes the direction of writing or ends a line unseen, cannot be seen, has
/// no look that all agree on, or is forbidden in XML (XML 1.0 §2.2).
///
/// Of Unicode's general categories these are Cc, Cf, Zl, Zp and Co, the noncharacters and the planes that have no
/// characters; what its DerivedCoreProperties call Default_Ignorable_Code_Point; and two symbols that look like nothing,
/// the blank Braille pattern and the object replacement character.
pub fn is_unseen(character: char) -> bool {
    match character {
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{a0}'..='\u{ac}' | ' '..='~' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            true
        }
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' => true,
        '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' => true,
        '\u{fff0}'..='\u{fffc}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' => true,
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => true,
        '\u{40000}'.. => true,
        // The last two of each plane are noncharacters.
        _ => u32::from(character) & 0xfffe == 0xfffe,
    }
}

/// A text of several lines in which nothing is obeyed: unseen characters are written by their numbers. Line feeds and
/// tabs stay.
pub fn harmless(text: &str) -> String {
    written(text, |character| {
        is_unseen(character) && !matches!(character, '\n' | '\t')
    })
}

/// The same for what has to stay in one line, a name for instance: line feeds are written by their numbers, too.
pub fn harmless_line(text: &str) -> String {
    written(text, |character| is_unseen(character) && character != '\t')
}

fn written(text: &str, is_numbered: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match is_numbered(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

/// Whether a text comes with colours of the program's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Styles {
    /// It has none.
    None,
    /// It has some, which are kept: sequences that select how characters look (SGR, ECMA-48 §8.3.117).
    Ours,
}

/// What may stand in a text for a screen though it would be written by its number otherwise: line feeds, tabs, colours.
static STYLED: LazyLock<Regex> = LazyLock::new(|| expression(r"\n|\t|\x1b\[[0-9;]*m"));

/// A text for a screen, as the last thing before it is written: whatever has been forgotten before, nothing is obeyed
/// but line feeds, tabs and colours.
pub fn on_screen(text: &str, styles: Styles) -> Cow<'_, str> {
    if !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    if styles == Styles::None {
        return Cow::Owned(harmless(text));
    }
    let (mut shown, mut at) = (String::with_capacity(text.len()), 0);
    for kept in STYLED.find_iter(text) {
        shown.push_str(&harmless(&text[at..kept.start()]));
        shown.push_str(kept.as_str());
        at = kept.end();
    }
    Cow::Owned(shown + &harmless(&text[at..]))
}

/// A line that GitHub Actions takes for a command: it begins with two colons.
static COMMAND: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?m)^(?<before>(?:[^\S\n]|\x1b\[[0-9;]*m)*)::"));

/// What is taken for a command wherever it stands: two number signs and a bracket, by others with a name between.
static NAMED_COMMAND: LazyLock<Regex> = LazyLock::new(|| expression(r"##(?<name>\w*\[)"));

/// A text in which no line is a command to the CI service that runs the job.
pub fn without_commands(text: &str) -> Cow<'_, str> {
    // To compile an expression takes longer than to run a script.
    let lines = match text.contains("::") {
        true => COMMAND.replace_all(text, r"${before}\u{3a}:"),
        false => Cow::Borrowed(text),
    };
    match without_named_commands(&lines) {
        Cow::Borrowed(_) => lines,
        Cow::Owned(text) => Cow::Owned(text),
    }
}

/// A text in which only lines that begin with two colons are commands.
pub fn without_named_commands(text: &str) -> Cow<'_, str> {
    match text.contains("##") {
        true => NAMED_COMMAND.replace_all(text, r"#\u{23}${name}"),
        false => Cow::Borrowed(text),
    }
}

fn expression(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the expression is a constant of this module")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters of each kind, with those that are next to them and are seen.
    const UNSEEN: &str = "\0\u{7}\u{8}\r\u{1b}\u{1f}\u{7f}\u{80}\u{85}\u{9b}\u{9d}\u{9f}\u{ad}\u{61c}\u{180e}\u{200b}\u{200c}\
                          \u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{fe0f}\u{feff}\
                          \u{fffb}\u{ffff}\u{e0001}\u{e007f}\u{e01ef}\
                          \u{600}\u{605}\u{6dd}\u{70f}\u{891}\u{8e2}\u{2800}\u{e000}\u{f8ff}\u{fdd0}\u{fdef}\u{fffc}\
                          \u{110bd}\u{110cd}\u{13430}\u{1343f}\u{1bca0}\u{1d17a}\u{1fffe}\u{3ffff}\u{40000}\u{dfffd}\
                          \u{e0fff}\u{f0000}\u{10fffd}\u{10ffff}";
    const SEEN: &str = " ~\u{a0}\u{ae}é\u{2010}\u{2027}\u{202f}\u{2030}\u{2070}\u{606}\u{6de}\u{27ff}\u{2801}€字ש\u{f900}\u{fdf0}\u{fffd}\
                        \u{13440}\u{1d15e}👍\u{1fffd}\u{3fffd}";

    #[test]
    fn what_is_unseen_is_written_by_its_number() {
        for character in UNSEEN.chars() {
            let number = character.escape_unicode().to_string();
            for shown in [harmless, harmless_line] {
                assert_eq!(shown(&character.to_string()), number);
            }
            for styles in [Styles::None, Styles::Ours] {
                assert_eq!(on_screen(&character.to_string(), styles), number);
            }
        }
        assert_eq!(harmless_line(SEEN), SEEN);
        assert_eq!(harmless("a\n\tb"), "a\n\tb");
        assert_eq!(harmless_line("a\n\tb"), "a\\u{a}\tb");
    }

    #[test]
    fn colours_are_kept_where_there_are_some_and_nothing_else_is() {
        let text = "\u{1b}[1;31mred\u{1b}[0m\n\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m";
        assert_eq!(
            on_screen(text, Styles::Ours),
            "\u{1b}[1;31mred\u{1b}[0m\n\\u{1b}[2J\\u{1b}]0;title\\u{7}\\u{9b}31m"
        );
        assert!(!on_screen(text, Styles::None).contains('\u{1b}'));
    }

    #[test]
    fn no_line_is_a_command() {
        for (text, shown) in [
            ("::error::x", r"\u{3a}:error::x"),
            ("a\n \t::add-mask::x", "a\n \t\\u{3a}:add-mask::x"),
            ("\u{3000}::x", "\u{3000}\\u{3a}:x"),
            ("\u{1b}[31m::x", "\u{1b}[31m\\u{3a}:x"),
            ("a ##[error]x", r"a #\u{23}[error]x"),
            ("##vso[task]", r"#\u{23}vso[task]"),
            ("a::b\n# x\n## [y]", "a::b\n# x\n## [y]"),
        ] {
            assert_eq!(without_commands(text), shown);
        }
    }
}
