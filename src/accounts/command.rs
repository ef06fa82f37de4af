//! A command of the user's that makes accounts, and one that removes them.
//!
//! No shell is between: the command is split into words first, and names and passwords are filled into each word, so
//! that nothing in a script can become a command. What is known of a launched server can be filled in, too.

use std::borrow::Cow;
use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use tokio::{join, select};

use super::account::{Account, Origin};
use super::error::AccountErrorKind;
use crate::blanks::Blanks;
use crate::guard::ADMIN_PASSWORD;
use crate::visible::harmless_line;
use crate::wrapping::shortened;

/// How long a command may take: a container takes its time.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long what a command has written is read once it has ended: what it started to run on may hold its pipes open.
const GRACE: Duration = Duration::from_millis(200);
/// How much of what a command writes is kept of each stream, from its end, in bytes.
const KEPT: usize = 64 * 1024;
/// How much of what a command wrote is told, in lines.
const LINES: usize = 3;
/// The same in characters.
const SHOWN: usize = 500;
/// Where a password stood.
const REDACTED: &str = "[redacted]";

/// The commands that make and remove accounts.
#[derive(Debug, Clone)]
pub struct AccountCommand {
    make: Vec<String>,
    /// What the command that makes an account reads.
    input: String,
    remove: Option<Vec<String>>,
}

/// Why a text is no command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccountCommandError {
    /// A quote is not closed, or a backslash is the last character.
    #[error("`{0}` cannot be split into words: a quote is not closed")]
    Quote(String),
    /// There is nothing.
    #[error("a command that makes or removes accounts must not be empty")]
    Empty,
}

impl AccountCommand {
    /// Reads the commands. They are split as a shell does it; {user}, {domain} and {password} are filled into the
    /// words later.
    ///
    /// # Errors
    ///
    /// When one is empty, or cannot be split.
    pub fn new(make: &str, remove: Option<&str>) -> Result<Self, AccountCommandError> {
        Ok(Self {
            make: split(make)?,
            input: String::new(),
            remove: remove.map(split).transpose()?,
        })
    }

    /// A command of these words, with this input. The accounts that it makes are not removed.
    pub fn of_words(make: Vec<String>, input: String) -> Self {
        Self {
            make,
            input,
            remove: None,
        }
    }

    pub(super) async fn make(
        &self,
        account: &Account,
        server: &Blanks,
    ) -> Result<Origin, AccountErrorKind> {
        let made = run(&self.make, &self.input, account, server).await;
        made.map(|()| Origin::Made)
    }

    /// Without a command for it, accounts stay.
    pub(super) async fn remove(
        &self,
        account: &Account,
        server: &Blanks,
    ) -> Result<(), AccountErrorKind> {
        match &self.remove {
            Some(remove) => run(remove, "", account, server).await,
            None => Ok(()),
        }
    }
}

fn split(line: &str) -> Result<Vec<String>, AccountCommandError> {
    let words = shlex::split(line).ok_or_else(|| AccountCommandError::Quote(line.to_owned()))?;
    match words.is_empty() {
        true => Err(AccountCommandError::Empty),
        false => Ok(words),
    }
}

async fn run(
    words: &[String],
    input: &str,
    account: &Account,
    server: &Blanks,
) -> Result<(), AccountErrorKind> {
    let program = words[0].clone();
    let blanks = account.blanks(server);
    let mut started = match command(words, &blanks).spawn() {
        Ok(started) => started,
        Err(source) => return Err(AccountErrorKind::NotStarted { program, source }),
    };
    let group = Group::of(&started);
    let mut said = Said::default();
    let input = blanks.fill(input);
    let attending = attend(&mut started, input.as_bytes(), &mut said);
    let ended = timeout(PATIENCE, attending).await;
    if ended.is_ok() {
        group.leave();
    }
    match ended {
        Err(_) => Err(AccountErrorKind::CommandTimeout {
            program,
            patience: PATIENCE,
        }),
        Ok(Err(source)) => Err(AccountErrorKind::NotStarted { program, source }),
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(AccountErrorKind::Command {
            program,
            status: in_words(status),
            said: last_words(&said, account),
        }),
    }
}

/// What a command has written.
#[derive(Default)]
struct Said {
    out: End,
    err: End,
}

/// The end of what was written to a stream.
#[derive(Default)]
struct End {
    bytes: Vec<u8>,
    is_cut: bool,
}

impl End {
    /// Whole lines: where part of a secret is cut off, the rest is not known for one.
    fn text(&self) -> Cow<'_, str> {
        let mut lines = self.bytes.as_slice();
        if self.is_cut {
            let first = lines.iter().position(|&byte| byte == b'\n');
            lines = &lines[first.unwrap_or(lines.len())..];
        }
        String::from_utf8_lossy(lines)
    }
}

/// Tells a command its input, and hears what it says until it has ended.
async fn attend(command: &mut Child, input: &[u8], said: &mut Said) -> io::Result<ExitStatus> {
    let (stdin, stdout, stderr) = (
        command.stdin.take(),
        command.stdout.take(),
        command.stderr.take(),
    );
    let telling = async {
        if let Some(mut stdin) = stdin {
            // A command that does not read its input tells by its output and exit code what it lacks.
            let _ = stdin.write_all(input).await;
        }
    };
    let hearing = async { join!(hear(stdout, &mut said.out), hear(stderr, &mut said.err)) };
    let mut talking = pin!(async { join!(telling, hearing) });
    select! {
        status = command.wait() => {
            let _ = timeout(GRACE, talking).await;
            status
        }
        _ = &mut talking => command.wait().await,
    }
}

/// Reads to the end, and keeps what was last.
async fn hear(stream: Option<impl AsyncRead + Unpin>, kept: &mut End) {
    let Some(mut stream) = stream else {
        return;
    };
    while let Ok(1..) = stream.read_buf(&mut kept.bytes).await {
        if kept.bytes.len() > 2 * KEPT {
            kept.bytes.drain(..kept.bytes.len() - KEPT);
            kept.is_cut = true;
        }
    }
}

fn command(words: &[String], blanks: &Blanks) -> Command {
    let mut command = Command::new(blanks.fill(&words[0]));
    command
        .args(words[1..].iter().map(|word| blanks.fill(word)))
        .envs(environment(blanks))
        .env_remove(ADMIN_PASSWORD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A Ctrl-C in a terminal is for this program, which then removes what was made.
        .process_group(0)
        .kill_on_drop(true);
    command
}

/// The processes of a command, which are killed with it if it does not end by itself.
struct Group(Option<Pid>);

impl Group {
    fn of(command: &Child) -> Self {
        let id = command.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    /// Leaves the processes alone that a command which has ended may have started to run on.
    fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // There may be no process left.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// What a command finds in its environment: all blanks, as `SCANSION_PORT` and their like.
fn environment(blanks: &Blanks) -> impl Iterator<Item = (String, &str)> {
    let variable = |name: &str| format!("SCANSION_{}", name.to_uppercase());
    blanks
        .iter()
        .map(move |(name, value)| (variable(name), value))
}

fn in_words(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}

/// The last lines of the standard error, or else of the standard output, fit to be shown.
fn last_words(said: &Said, account: &Account) -> String {
    let (err, out) = (said.err.text(), said.out.text());
    let text = if err.trim().is_empty() { out } else { err };
    let password = account.password.reveal();
    let text = match password.is_empty() {
        true => text.into_owned(),
        false => text.replace(password, REDACTED),
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    let words = lines[lines.len().saturating_sub(LINES)..].join("; ");
    shortened(&harmless_line(&words), SHOWN)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tokio::time::sleep;

    use super::super::error::{AccountError, Doing};
    use super::super::testing::account;
    use super::*;

    fn server() -> Blanks {
        Blanks::default().with("port", "5222")
    }

    fn malicious() -> Account {
        Account {
            password: "'; echo {user} $HOME `id`".into(),
            ..account("romeo")
        }
    }

    #[test]
    fn a_word_is_filled_in_once_and_stays_a_word() {
        let words = split("add '{user}@{domain}' -p={password} {other}").unwrap();
        let blanks = malicious().blanks(&Blanks::default());
        let filled: Vec<_> = words.iter().map(|word| blanks.fill(word)).collect();
        assert_eq!(
            filled,
            [
                "add",
                "romeo@localhost",
                "-p='; echo {user} $HOME `id`",
                "{other}"
            ]
        );
    }

    #[test]
    fn what_is_no_command_is_said() {
        let error = |line: &str| AccountCommand::new(line, None).unwrap_err();
        assert_eq!(error(" "), AccountCommandError::Empty);
        assert_eq!(error("a 'b"), AccountCommandError::Quote("a 'b".into()));
        assert!(AccountCommand::new("a", Some("")).is_err());
    }

    #[tokio::test]
    async fn the_environment_has_the_password_too() {
        let line = r#"sh -c 'test "$SCANSION_PASSWORD@$SCANSION_USER@$SCANSION_DOMAIN:$SCANSION_PORT" = "$1@romeo@localhost:$2"' - {password} {port}"#;
        let command = AccountCommand::new(line, None).unwrap();
        assert_eq!(
            command.make(&malicious(), &server()).await.unwrap(),
            Origin::Made
        );
        command.remove(&malicious(), &server()).await.unwrap();
    }

    #[tokio::test]
    async fn a_command_reads_what_it_is_told() {
        let words = ["sh", "-c", "read line && test \"$line\" = \"it's romeo's\""];
        let words = words.map(str::to_owned).to_vec();
        let command = AccountCommand::of_words(words, "it's {user}'s\n".to_owned());
        command.make(&account("romeo"), &server()).await.unwrap();
        let account = command.make(&account("paris"), &server()).await;
        assert!(account.is_err());
    }

    /// All that it started in its process group, that is.
    #[tokio::test]
    async fn nothing_is_left_of_a_command_that_nobody_waits_for() {
        let folder = tempfile::tempdir().unwrap();
        let pids = folder.path().join("pids");
        let line = format!("sh -c 'sleep 1000 & echo $$ $! >{}; wait'", pids.display());
        let command = AccountCommand::new(&line, None).unwrap();
        let (romeo, server) = (account("romeo"), server());
        let is_written = async {
            while !fs::read_to_string(&pids).is_ok_and(|text| text.ends_with('\n')) {
                sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            made = command.make(&romeo, &server) => panic!("{made:?}"),
            () = is_written => {}
        }
        for pid in fs::read_to_string(&pids).unwrap().split_whitespace() {
            // A process that has ended, and is not waited for yet, does not have a command line.
            let line = || fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            while !line().is_empty() {
                sleep(Duration::from_millis(1)).await;
            }
        }
    }

    #[tokio::test]
    async fn what_a_command_says_is_told_without_the_password() {
        let line =
            "sh -c 'echo one; for x in a b c \"$1\"; do echo $x >&2; done; exit 3' - {password}";
        let command = AccountCommand::new(line, Some(line)).unwrap();
        let account = account("romeo");
        for error in [
            command
                .make(&account, &server())
                .await
                .map(drop)
                .unwrap_err(),
            command.remove(&account, &server()).await.unwrap_err(),
        ] {
            assert_eq!(
                error.to_string(),
                "`sh` ended with exit code 3, and says: b; c; [redacted]"
            );
        }
    }

    /// What is told of a shell that ends with 1 after this.
    async fn told_of(script: &str) -> String {
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        let command = AccountCommand::of_words(words, String::new());
        let made = command.make(&account("romeo"), &server()).await;
        made.unwrap_err().to_string()
    }

    #[test]
    fn what_is_there_or_gone_already_is_no_mistake() {
        let advice = |doing| {
            let kind = AccountErrorKind::Command {
                program: "sh".to_owned(),
                status: "exit code 1".to_owned(),
                said: String::new(),
            };
            let account = "romeo@localhost".to_owned();
            let kind = Box::new(kind);
            let error = AccountError {
                account,
                doing,
                kind,
            };
            error.advice().unwrap()
        };
        assert!(advice(Doing::Make).contains("may be there already"));
        assert!(advice(Doing::Remove).contains("may be gone already"));
    }

    #[tokio::test]
    async fn of_a_flood_the_end_is_told() {
        const SAYS: &str = "`sh` ended with exit code 1, and says: ";
        let told = told_of("yes no | head -c 30000000; echo the end; exit 1").await;
        assert_eq!(told, format!("{SAYS}no; no; the end"));
        // The beginning of this line is not known, and may be that of a secret.
        let told = told_of("head -c 30000000 /dev/zero; exit 1").await;
        assert_eq!(told, "`sh` ended with exit code 1");
        let told = told_of("head -c 1000 /dev/zero; exit 1").await;
        let said = told.strip_prefix(SAYS).unwrap();
        assert!(said.starts_with("\\u{0}") && said.ends_with('…'), "{said}");
        assert_eq!(said.chars().count(), SHOWN + 1);
    }

    #[tokio::test]
    async fn what_is_not_to_be_seen_is_written_by_its_number() {
        let told = told_of(r"printf '\033[31mno'; exit 1").await;
        assert_eq!(told, r"`sh` ended with exit code 1, and says: \u{1b}[31mno");
    }

    #[tokio::test]
    async fn what_a_command_leaves_running_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        // It ends when the pipe is written to. To wait for it would be to wait until the command has had too long.
        let script = format!(
            "mkfifo '{0}'; echo no; read line <'{0}' & exit 1",
            pipe.display()
        );
        let told = told_of(&script).await;
        assert_eq!(told, "`sh` ended with exit code 1, and says: no");
        fs::write(&pipe, "\n").unwrap();
    }
}
