//! What a terminal shows while scripts run, and that nothing is left of it.

use std::fs;
use std::io::Read;
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use regex::Regex;
use tempfile::TempDir;

use crate::program::{PROGRAM, scansion};
use crate::shop;

/// How many rows the terminal has: enough for all that is shown.
const ROWS: u16 = 60;

/// A program on a terminal, and what the terminal shows.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    /// Without it the program would lose its terminal.
    _master: Box<dyn MasterPty + Send>,
    output: Box<dyn Read + Send>,
    parser: vt100::Parser,
    /// All bytes that the program has written.
    written: Vec<u8>,
}

impl Terminal {
    /// Runs `scansion run` in a folder, on a terminal of so many columns.
    fn run(folder: &Path, columns: u16, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let size = PtySize {
            rows: ROWS,
            cols: columns,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(PROGRAM);
        command.arg("run");
        command.args(arguments);
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        Self {
            child,
            output: pair.master.try_clone_reader().unwrap(),
            _master: pair.master,
            parser: vt100::Parser::new(size_of(ROWS), size_of(columns), 1000),
            written: Vec::new(),
        }
    }

    /// Reads once, and looks at what is on the screen then; false at the end.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        // Where no program has the other end open any more, Linux gives an error.
        let count = self.output.read(&mut bytes).unwrap_or(0);
        self.written.extend(&bytes[..count]);
        self.parser.process(&bytes[..count]);
        assert_no_line_is_wrapped(self.parser.screen());
        count > 0
    }

    /// Reads until the screen has something.
    #[track_caller]
    fn wait_for(&mut self, words: &str) {
        while !self.screen().contains(words) {
            assert!(self.read(), "no {words:?} in:\n{}", self.screen());
        }
    }

    fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    /// Presses Ctrl-C. A terminal shows the key where the cursor is. It may also throw away what was not read yet, so
    /// that the program is told in another way.
    fn interrupt(&mut self) {
        // The lines have been drawn as a whole: a key is not shown in the middle.
        while !self.written.ends_with(b" passed") && !self.written.ends_with(b"failed\x1b[0m") {
            assert!(self.read(), "{}", self.screen());
        }
        self.parser.process(b"^C");
        let id = self.child.process_id().unwrap().to_string();
        let kill = Command::new("kill").args(["-INT", &id]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits until the program ends; gives its exit code.
    fn end(&mut self) -> u32 {
        while self.read() {}
        self.child.wait().unwrap().exit_code()
    }
}

fn size_of(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

/// The lines of the progress: that of the counts and those of scripts.
static PROGRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(\d\d:\d\d:\d\d  |  +\d+[smh]  )").unwrap());

fn is_progress(row: &str) -> bool {
    PROGRESS.is_match(row)
}

/// A line that is wider than the terminal would leave its end in the next row. The row of the cursor is being written.
#[track_caller]
fn assert_no_line_is_wrapped(screen: &vt100::Screen) {
    let (_, columns) = screen.size();
    let rows: Vec<String> = screen.rows(0, columns.get()).collect();
    let cursor = usize::from(screen.cursor_position().0);
    let first = rows.iter().position(|row| is_progress(row));
    for (number, row) in rows.iter().enumerate().skip(first.unwrap_or(rows.len())) {
        let is_sound = is_progress(row) || row.trim().is_empty() || number == cursor;
        assert!(is_sound, "{row:?} in:\n{}", rows.join("\n"));
    }
}

#[track_caller]
fn assert_clean(terminal: &Terminal) {
    let screen = terminal.parser.screen();
    let rows: Vec<String> = screen.rows(0, screen.size().1.get()).collect();
    let shown = rows.join("\n");
    assert!(!rows.iter().any(|row| is_progress(row)), "{shown}");
    // The cursor is below the last line, at its beginning.
    let (row, column) = screen.cursor_position();
    assert_eq!(
        (usize::from(row), column),
        (shown.trim_end().lines().count(), 0),
        "{shown}"
    );
}

/// Titles and names that take more or fewer columns than they have characters.
const NAMES: [(&str, &str); 4] = [
    (
        "罗密欧与朱丽叶在维罗纳的阳台上谈论月亮和黎明以及云雀的歌声直到天亮",
        "朱丽叶的手机",
    ),
    (
        "👨\u{200d}👩\u{200d}👧\u{200d}👦 a family 👍🏽 and its ❤\u{fe0f} flags 🇮🇹🇩🇪 from one end to the other",
        "👩\u{200d}🚀",
    ),
    (
        "A title that goes on and on until nobody wants to read it any more, and then some",
        "Somebody whose name is long as well, and does not end",
    ),
    (
        "e\u{301}galite\u{301} \u{202e}and what turns around",
        "Ame\u{301}lie",
    ),
];

/// A folder with a script for each name; the server says nothing to any of them.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, (title, actor)) in NAMES.iter().enumerate() {
        let text = shop::script(title, actor, &format!("silent-{number}"));
        fs::write(folder.path().join(format!("{number}.scs")), text).unwrap();
    }
    folder
}

#[test]
fn running_scripts_and_counts_are_shown_and_nothing_is_left() {
    let folder = folder();
    let server = shop::server();
    for columns in [60, 120] {
        let arguments = [".", "--jobs=4", "--server", &server, "--timeout=60s"];
        let mut terminal = Terminal::run(folder.path(), columns, &arguments, &[]);
        // Each of them has come to the second step.
        for words in ["罗密欧", "👨", "A title that", "galite"] {
            terminal.wait_for(words);
        }
        terminal.wait_for("  0 of 4: 0 passed");
        terminal.wait_for("12 朱丽叶的手机 receives:");
        terminal.interrupt();
        assert_eq!(terminal.end(), 2, "{}", terminal.screen());
        assert_clean(&terminal);
        assert!(terminal.screen().contains("4 scripts: 0 passed, 4 could"));
    }
}

#[test]
fn counts_follow_the_scripts_and_finished_ones_stand_above_in_order() {
    let folder = tempfile::tempdir().unwrap();
    shop::write_scripts(folder.path(), &["bad", "good", "silent"]);
    let arguments = [
        "bad.scs",
        "good.scs",
        "silent.scs",
        "--timeout=60s",
        "--server",
    ];
    let server = shop::server();
    let arguments = [&arguments[..], &[&server]].concat();
    let mut terminal = Terminal::run(folder.path(), 60, &arguments, &[]);
    terminal.wait_for("2 of 3: 1 passed, 1 failed");
    terminal.wait_for("A silent day  12 Shop receives:");
    let shown = terminal.screen();
    let place = |words: &str| {
        shown
            .find(words)
            .unwrap_or_else(|| panic!("{words}: {shown}"))
    };
    assert!(place("FAIL  A bad day") < place("pass  A good day"));
    assert!(place("pass  A good day") < place("A silent day"));
    terminal.interrupt();
    terminal.end();
    assert_clean(&terminal);
}

#[test]
fn more_scripts_than_rows_leave_room_for_the_counts() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..ROWS + 9).map(|number| format!("s{number}")).collect();
    for name in &names {
        let text = shop::script(name, "Shop", &format!("silent-{name}"));
        fs::write(folder.path().join(format!("{name}.scs")), text).unwrap();
    }
    let server = shop::server();
    let arguments = [".", "--server", &server, "--timeout=60s", "--jobs=69"];
    let mut terminal = Terminal::run(folder.path(), 60, &arguments, &[]);
    terminal.wait_for("  0 of 69: 0 passed");
    terminal.wait_for("receives:");
    terminal.interrupt();
    assert_eq!(terminal.end(), 2);
    assert_clean(&terminal);
}

#[test]
fn ctrl_c_leaves_nothing() {
    let folder = folder();
    let server = shop::server();
    let arguments = [".", "--server", &server, "--timeout=60s"];
    let mut terminal = Terminal::run(folder.path(), 60, &arguments, &[]);
    terminal.wait_for("receives:");
    terminal.interrupt();
    assert_eq!(terminal.end(), 2);
    assert_clean(&terminal);
    assert!(terminal.screen().contains("1 could not be run, 3 not run"));
}

/// Whether a program has chosen a colour, or a font, by `ESC [ … m`.
fn has_style(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    Regex::new("\x1b\\[[0-9;]*m").unwrap().is_match(&text)
}

#[test]
fn colours_are_left_out_where_nobody_wants_them() {
    let folder = tempfile::tempdir().unwrap();
    shop::write_scripts(folder.path(), &["bad", "good"]);
    let server = shop::server();
    let run = |arguments: &[&str], environment: &[(&str, &str)]| {
        let arguments = [&[".", "--server", &server], arguments].concat();
        let mut terminal = Terminal::run(folder.path(), 80, &arguments, environment);
        terminal.end();
        assert_clean(&terminal);
        has_style(&terminal.written)
    };
    assert!(run(&[], &[]));
    assert!(!run(&[], &[("NO_COLOR", "1")]));
    assert!(!run(&["--color=never"], &[]));
}

#[test]
fn it_can_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    shop::write_scripts(folder.path(), &["good", "silent"]);
    let server = shop::server();
    let is_shown = |arguments: &[&str], environment: &[(&str, &str)]| {
        let arguments = [&[".", "--timeout=300ms", "--server", &server], arguments].concat();
        let mut terminal = Terminal::run(folder.path(), 80, &arguments, environment);
        terminal.end();
        String::from_utf8_lossy(&terminal.written).contains(" of 2: ")
    };
    assert!(is_shown(&[], &[]));
    // The report has the standard output for itself.
    assert!(is_shown(&["--report=json"], &[]));
    assert!(!is_shown(&["--progress=never"], &[]));
    assert!(!is_shown(&["-v"], &[]));
    assert!(!is_shown(&["-q"], &[]));
    assert!(!is_shown(&[], &[("TERM", "dumb")]));
}

#[test]
fn without_a_terminal_there_are_only_lines() {
    let folder = tempfile::tempdir().unwrap();
    shop::write_scripts(folder.path(), &["good"]);
    let server = shop::server();
    let output = scansion(&["run", "good.scs", "--progress=auto", "--server", &server])
        .current_dir(folder.path())
        .env("TERM", "xterm-256color")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let time = Regex::new(r"\d+\.\d\d s").unwrap();
    assert_eq!(
        time.replace_all(&text, "N s"),
        "pass  A good day  good.scs  N s\n1 script: 1 passed, in N s\n"
    );
    assert!(output.stderr.is_empty());
}

#[test]
fn a_server_that_takes_a_while_to_start_is_told() {
    let folder = folder();
    let arguments = [
        "0.scs",
        "--launch-command",
        "sleep 600",
        "--launch-timeout",
        "1s",
    ];
    let mut terminal = Terminal::run(folder.path(), 100, &arguments, &[]);
    terminal.wait_for("starting ");
    assert_eq!(terminal.end(), 2);
    assert!(
        !terminal.screen().contains("starting "),
        "{}",
        terminal.screen()
    );
    assert_clean(&terminal);
}
