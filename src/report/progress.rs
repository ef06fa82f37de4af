//! How far a run is, on a terminal: below all that is written a line for each script that runs, with its step, and
//! one with the counts. They are drawn again and again, and gone at the end.
//!
//! It follows what happens and knows nothing of how it is told otherwise.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::console::counts;
use super::summary::Summary;
use crate::plan::Plan;
use crate::runner::{Event, Reporter};
use crate::secrets::Secrets;
use crate::source::Span;
use crate::visible::harmless;

/// How often times are brought up to date.
const TICK: Duration = Duration::from_millis(200);

/// How often lines are drawn in a second at most.
const HERTZ: u8 = 20;

/// What stands before the message in the line of a script: the time.
const SCRIPT: &str = "  {elapsed:>4}  {wide_msg}";

/// How many columns that takes.
const BEFORE: usize = 8;

/// The line with the counts.
const COUNTS: &str = "{elapsed_precise}  {pos} of {len}: {wide_msg}";

/// The lines of a run, while it goes on.
pub struct Progress {
    lines: MultiProgress,
    counts: ProgressBar,
    terminal: Option<Term>,
}

impl Progress {
    /// Shows nothing.
    pub fn hidden() -> Self {
        Self {
            lines: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
            counts: ProgressBar::hidden(),
            terminal: None,
        }
    }

    /// Shows lines on a terminal, if it is one that can move its cursor.
    pub fn on(terminal: Term) -> Self {
        if ProgressDrawTarget::term(terminal.clone(), HERTZ).is_hidden() {
            return Self::hidden();
        }
        let rows = Box::new(Rows::new(terminal.clone()));
        let target = ProgressDrawTarget::term_like_with_hz(rows, HERTZ);
        Self {
            lines: MultiProgress::with_draw_target(target),
            counts: ProgressBar::hidden(),
            terminal: Some(terminal),
        }
    }

    /// The same output, with the lines always below what is written there. Whole lines have to be written at once.
    pub fn above(&self, out: Box<dyn Write + Send>) -> Box<dyn Write + Send> {
        match self.terminal {
            None => out,
            Some(_) => Box::new(Above {
                lines: self.lines.clone(),
                out,
            }),
        }
    }

    /// So many scripts are to be run.
    pub fn begin(&mut self, scripts: usize) {
        if self.terminal.is_some() {
            self.counts = self.lines.add(bar(COUNTS));
            self.counts.set_length(scripts as u64);
            self.counts.enable_steady_tick(TICK);
            self.count(&Summary::default());
        }
    }

    /// Says what the run waits for before the first script, in the place of the results.
    pub fn wait_for(&self, what: &str) {
        self.counts.set_message(what.to_owned());
    }

    /// So many of them have ended, with these results.
    pub fn count(&self, summary: &Summary) {
        self.counts.set_position(summary.total() as u64);
        self.counts.set_message(counts(summary));
    }

    /// The lines for so many jobs, each of which runs one script after the other. Those that do not fit on the terminal
    /// show nothing.
    pub fn lines(&self, jobs: usize) -> Vec<Line> {
        let rows = self
            .terminal
            .as_ref()
            .map_or(0, |terminal| terminal.size().0);
        let room = usize::from(rows).saturating_sub(2);
        (0..jobs).map(|number| self.line(number < room)).collect()
    }

    fn line(&self, is_shown: bool) -> Line {
        let bar = match is_shown {
            true => self.lines.insert_before(&self.counts, bar(SCRIPT)),
            false => ProgressBar::hidden(),
        };
        Line {
            bar,
            title: String::new(),
            terminal: self.terminal.clone().filter(|_| is_shown),
            secrets: Secrets::default(),
        }
    }

    /// Does something without the lines, which stand below it afterwards.
    pub fn suspend<T>(&self, work: impl FnOnce() -> T) -> T {
        self.lines.suspend(work)
    }

    /// Takes the lines away for good.
    pub fn clear(&self) {
        self.curtain()();
    }

    /// A function that takes the lines away for good, for a caller that does not hold this.
    pub fn curtain(&self) -> impl FnOnce() + Send + use<> {
        let lines = self.lines.clone();
        move || {
            // If the terminal has gone away, so have the lines.
            let _ = lines.clear();
            lines.set_draw_target(ProgressDrawTarget::hidden());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn bar(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    let style = style.expect("the templates are constants of this module");
    ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_style(style)
}

/// The line of the script that runs, of several that are run one after the other. It is gone when it is dropped.
pub struct Line {
    bar: ProgressBar,
    title: String,
    terminal: Option<Term>,
    secrets: Secrets,
}

impl Line {
    /// Whether anybody sees it.
    pub fn is_shown(&self) -> bool {
        self.terminal.is_some()
    }

    /// Goes on to a script, before which something has to be done.
    pub fn begin(&mut self, title: &str, getting_ready: &str) {
        title.clone_into(&mut self.title);
        self.bar.reset_elapsed();
        self.show(getting_ready);
        if self.is_shown() {
            self.bar.enable_steady_tick(TICK);
        }
    }

    fn line_of(&self, plan: &Plan, span: Span) {
        // To look for secrets takes longer than most steps do.
        if !self.is_shown() {
            return;
        }
        let line = plan.info.source.position(span.start).line;
        let action = self.secrets.redact(plan.info.source.slice(span));
        self.show(&format!("{line} {action}"));
    }

    fn show(&self, what: &str) {
        if let Some(terminal) = &self.terminal {
            let columns = usize::from(terminal.size().1).saturating_sub(BEFORE);
            self.bar.set_message(message(&self.title, what, columns));
        }
    }
}

impl Reporter for Line {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::ScriptStarted(plan) if self.is_shown() => self.secrets = plan.secrets(),
            Event::StepStarted { plan, step } => self.line_of(plan, plan.steps[*step].span),
            Event::ChoiceStarted { plan, choice } => self.line_of(plan, choice.span()),
            Event::ScriptFinished(_) => self.show("done"),
            _ => {}
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A script's title and what it does, in so many columns. What it does has the larger part, if both are long.
fn message(title: &str, what: &str, columns: usize) -> String {
    let what = fitting(what, columns);
    let rest = columns.saturating_sub(what.width() + 2);
    let title = fitting(title, rest.max(columns * 2 / 5));
    let what = fitting(&what, columns.saturating_sub(title.width() + 2));
    format!("{title}  {what}")
}

/// The beginning of a text that takes so many columns at most, whatever a terminal makes of it: characters that would
/// be drawn together with others are left out, as terminals do not agree how wide they are.
fn fitting(text: &str, columns: usize) -> String {
    let text = harmless(&text.replace(char::is_whitespace, " "));
    let (mut fitting, mut width) = (String::new(), 0);
    for character in text.trim().chars() {
        let own = character.width().unwrap_or(0);
        let length = fitting.len();
        fitting.push(character);
        if fitting.width() == width + own {
            width += own;
        } else {
            fitting.truncate(length);
        }
    }
    match width > columns {
        true => cut(&fitting, columns),
        false => fitting,
    }
}

fn cut(text: &str, columns: usize) -> String {
    let (mut cut, mut width) = (String::new(), 1);
    for character in text.chars() {
        width += character.width().unwrap_or(0);
        if width > columns {
            break;
        }
        cut.push(character);
    }
    cut.push('…');
    cut
}

/// A terminal on which each line is ended by a line feed. By itself indicatif fills a line with blanks until the next
/// one begins, and so the terminal takes all of them for one, which breaks into others when the window gets narrower;
/// and the `^C` that a terminal shows would go into a row that is never cleared.
#[derive(Debug)]
struct Rows {
    terminal: Term,
    /// Whether a line has been written, and the next one not begun.
    is_full: AtomicBool,
}

impl Rows {
    fn new(terminal: Term) -> Self {
        Self {
            terminal,
            is_full: AtomicBool::new(false),
        }
    }

    /// The terminal, for something else than a next line.
    fn elsewhere(&self) -> &Term {
        self.is_full.store(false, Ordering::Relaxed);
        &self.terminal
    }
}

impl TermLike for Rows {
    fn width(&self) -> u16 {
        self.terminal.size().1
    }

    fn height(&self) -> u16 {
        self.terminal.size().0
    }

    fn move_cursor_up(&self, rows: usize) -> io::Result<()> {
        self.elsewhere().move_cursor_up(rows)
    }

    fn move_cursor_down(&self, rows: usize) -> io::Result<()> {
        self.elsewhere().move_cursor_down(rows)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.elsewhere().move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.elsewhere().move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.elsewhere().write_line(text)
    }

    /// Blanks alone fill a line; no line consists of them.
    fn write_str(&self, text: &str) -> io::Result<()> {
        if text.trim_start_matches(' ').is_empty() {
            self.is_full.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if self.is_full.swap(false, Ordering::Relaxed) {
            self.terminal.write_str("\n")?;
        }
        self.terminal.write_str(text.trim_end_matches(' '))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.elsewhere().clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.terminal.flush()
    }
}

/// What is written above the lines.
struct Above {
    lines: MultiProgress,
    out: Box<dyn Write + Send>,
}

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let out = &mut self.out;
        self.lines.suspend(|| {
            out.write_all(bytes)?;
            out.flush()
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_takes_no_more_columns_than_there_are() {
        let texts = [
            "",
            "A greeting",
            "罗密欧与朱丽叶在阳台上说话",
            "👨‍👩‍👧‍👦 and 👍🏽 and ❤️ and 🇩🇪 are emoji",
            "a long title that goes on and on, until nobody reads it any more",
            "e\u{301}galite\u{301} \u{202e}kcab\u{1b}[31m\ttab\nline",
        ];
        for (title, what) in texts
            .iter()
            .flat_map(|one| texts.map(|other| (*one, other)))
        {
            for columns in [10, 52, 112] {
                let shown = message(title, what, columns);
                let widest: usize = shown.chars().map(|c| c.width().unwrap_or(9)).sum();
                assert!(
                    widest <= columns.max(title.len().min(2) + 2),
                    "{columns}: {shown:?}"
                );
                assert_eq!(widest, shown.width(), "{shown:?}");
            }
        }
    }

    #[test]
    fn long_texts_are_cut_and_short_ones_are_not() {
        let long = "x".repeat(50);
        assert_eq!(
            message("A title", "12 Shop connects", 40),
            "A title  12 Shop connects"
        );
        assert_eq!(
            message(&long, "12 A b", 20),
            format!("{}…  12 A b", "x".repeat(11))
        );
        assert_eq!(message(&long, &long, 20), "xxxxxxx…  xxxxxxxxx…");
        assert_eq!(fitting("罗密欧与", 5), "罗密…");
        assert_eq!(fitting("罗密欧与", 6), "罗密…");
    }

    #[test]
    fn what_is_hidden_writes_as_if_it_were_not_there() {
        let mut progress = Progress::hidden();
        progress.begin(3);
        let mut line = progress.lines(1).remove(0);
        line.begin("A title", "getting ready");
        assert!(progress.terminal.is_none());
        assert!(line.bar.is_hidden() && progress.counts.is_hidden());
    }
}
