//! Texts made to fit: lines broken between words, where a screen is too narrow for them, and long texts cut. What the
//! words mean is not known here.

use console::measure_text_width;

/// A line over as many lines as a screen of this many columns needs. It is broken at spaces only, so a word that is
/// longer than a line is one; the lines after the first are indented by so many columns. Colours take no room.
pub(crate) fn wrapped(line: &str, columns: usize, indent: usize) -> String {
    if measure_text_width(line) <= columns {
        return line.to_owned();
    }
    let mut lines = vec![String::new()];
    let (mut width, mut is_begun) = (0, false);
    for piece in line.split_inclusive(' ') {
        let word = measure_text_width(piece.trim_end_matches(' '));
        if is_begun && word > 0 && width + word > columns {
            lines.push(" ".repeat(indent));
            (width, is_begun) = (indent, false);
        }
        if let Some(last) = lines.last_mut() {
            last.push_str(piece);
        }
        width += measure_text_width(piece);
        is_begun |= word > 0;
    }
    let lines: Vec<&str> = lines
        .iter()
        .map(|line| line.trim_end_matches(' '))
        .collect();
    lines.join("\n")
}

/// The beginning of a text that has more characters than this, or else the text.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The beginning and the end of a text that has more than twice as many characters as this, or else the text.
pub(crate) fn elided(text: &str, longest: usize) -> String {
    let ahead = text.char_indices().nth(longest);
    let behind = text.char_indices().nth_back(longest.saturating_sub(1));
    match ahead.zip(behind) {
        Some(((end, _), (start, _))) if end < start => {
            format!("{}…{}", &text[..end], &text[start..])
        }
        Some(_) | None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        for (text, longest, cut) in [("", 0, ""), ("äöü", 3, "äöü"), ("äöü", 2, "äö…")]
        {
            assert_eq!(shortened(text, longest), cut);
        }
    }

    #[test]
    fn the_middle_of_long_texts_is_left_out() {
        for (text, longest, cut) in [
            ("", 1, ""),
            ("äöüß", 2, "äöüß"),
            ("äöüßa", 2, "äö…ßa"),
            ("abc", 1, "a…c"),
        ] {
            assert_eq!(elided(text, longest), cut);
        }
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("a bc", 4, 2), "a bc");
        assert_eq!(
            wrapped("FAIL  two words  x", 11, 6),
            "FAIL  two\n      words\n      x"
        );
        assert_eq!(wrapped("  a b", 3, 2), "  a\n  b");
        assert_eq!(
            wrapped("a longer-than-that b", 6, 1),
            "a\n longer-than-that\n b"
        );
    }

    #[test]
    fn colours_take_no_room() {
        let red = "\u{1b}[31mred\u{1b}[0m";
        assert_eq!(
            wrapped(&format!("{red} {red}"), 7, 0),
            format!("{red} {red}")
        );
        assert_eq!(
            wrapped(&format!("{red} {red}"), 6, 0),
            format!("{red}\n{red}")
        );
    }
}
