//! Values as XML has them: what has to be escaped (XML 1.0 §2.4), and what is white space (§2.3).

use std::fmt::Write;

/// The characters that XML calls white space.
pub const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// A value that is to stand in an attribute, between quotes of either kind.
pub fn attribute(value: &str) -> String {
    escape(value, |character| {
        matches!(character, '&' | '<' | '>' | '"' | '\'' | '\t' | '\n' | '\r')
    })
}

/// A value that is to be text between tags.
pub fn text(value: &str) -> String {
    escape(value, |character| {
        matches!(character, '&' | '<' | '>' | '\r')
    })
}

/// White space other than blanks becomes references where a parser would otherwise change it (XML 1.0 §2.11, §3.3.3).
fn escape(value: &str, is_special: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            other if !is_special(other) => escaped.push(other),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "&#{};", u32::from(other));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_parser_would_take_for_markup_is_escaped() {
        assert_eq!(
            attribute("<a b=\"'\">&\t\n\r"),
            "&lt;a b=&quot;&apos;&quot;&gt;&amp;&#9;&#10;&#13;"
        );
        assert_eq!(
            text("<a b=\"'\">&\t\n\r"),
            "&lt;a b=\"'\"&gt;&amp;\t\n&#13;"
        );
    }
}
