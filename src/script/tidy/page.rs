//! What is written: the parts of a text in order, and between them all its other lines.

use super::pieces::Piece;
use crate::script::display::CURTAIN;
use crate::script::phrase::NOTHING;

/// The blanks of a line.
const BLANKS: [char; 3] = [' ', '\t', '\r'];

/// What has been written.
#[derive(Default)]
pub(super) struct Page {
    out: String,
    /// What a comment may be indented by here, if it is.
    levels: Vec<String>,
    has_curtain: bool,
    /// Whether a comment of XML has begun, and has not ended on its line.
    is_in_comment: bool,
}

/// What a line is that belongs to no part of the text.
enum Line {
    Blank,
    Comment,
    Curtain,
    /// The word under `receives`, which is written on the line above.
    Nothing,
    /// One that nothing is known of.
    Other,
}

impl Page {
    /// Writes a part of the text.
    pub(super) fn piece(&mut self, piece: Piece) {
        self.begin_line(&piece.indent);
        self.out.push_str(&piece.text);
        self.levels = piece.levels;
    }

    /// Writes what stands between two parts: the rest of a line, lines, and what a line begins with.
    pub(super) fn between(&mut self, text: &str) {
        let mut lines = text.split('\n');
        if !self.out.is_empty() {
            let rest = lines.next().unwrap_or_default();
            self.out.push_str(rest.trim_end_matches(BLANKS));
            self.see_comment(rest);
        }
        while let Some(line) = lines.next() {
            let is_last = lines.clone().next().is_none();
            let is_blank = line.trim_matches(BLANKS).is_empty();
            if !(is_blank && (is_last || self.out.is_empty())) {
                self.line(line);
            }
        }
    }

    /// The whole text, which ends with its last line.
    pub(super) fn finish(self) -> String {
        format!("{}\n", self.out.trim_end_matches('\n'))
    }

    fn line(&mut self, line: &str) {
        let text = line.trim_matches(BLANKS);
        match self.kind_of(text) {
            Line::Blank => self.begin_line(""),
            Line::Comment => {
                let own = line.len() - line.trim_start_matches(BLANKS).len();
                let indent = self.level(own).to_owned();
                self.begin_line(&indent);
                self.out.push_str(text);
            }
            Line::Curtain => {
                self.begin_line(CURTAIN);
                self.has_curtain = true;
                self.levels.clear();
            }
            Line::Nothing => {}
            Line::Other => {
                self.begin_line(line);
                self.see_comment(line);
            }
        }
    }

    fn kind_of(&self, text: &str) -> Line {
        let is_comment = ["#", "//", "--"].iter().any(|mark| text.starts_with(mark));
        match text {
            _ if self.is_in_comment => Line::Other,
            "" => Line::Blank,
            NOTHING => Line::Nothing,
            _ if !self.has_curtain && is_curtain(text) => Line::Curtain,
            _ if is_comment => Line::Comment,
            _ => Line::Other,
        }
    }

    /// What a comment is indented by that has so many blanks before it.
    fn level(&self, blanks: usize) -> &str {
        if blanks == 0 {
            return "";
        }
        let levels = || self.levels.iter().filter(|level| !level.is_empty());
        let deepest = levels()
            .filter(|level| level.len() <= blanks)
            .max_by_key(|level| level.len());
        deepest.or(levels().next()).map_or("", String::as_str)
    }

    fn begin_line(&mut self, beginning: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(beginning);
    }

    fn see_comment(&mut self, text: &str) {
        let (begins, ends) = (text.rfind("<!--"), text.rfind("-->"));
        self.is_in_comment = match (begins, ends) {
            (None, None) => self.is_in_comment,
            (begins, ends) => begins > ends,
        };
    }
}

fn is_curtain(text: &str) -> bool {
    text.len() >= 3 && text.bytes().all(|byte| byte == b'-')
}
