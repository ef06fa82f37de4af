//! How many files a process may have open, and what to tell the user if that is too few. A connection counts as one.
//! What files are opened for is not known here.

use std::fs::File;
use std::io;
use std::sync::LazyLock;

use regex::Regex;
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

/// What a run needs for itself, with some to spare, and a server that it launches as well.
const OWN: u64 = 64;
/// The lowest number that is advised: more than most scripts need, and no more than most systems allow.
const ADVISED: u64 = 4096;
/// How many have to be there before anything is begun.
const FIRST: usize = 16;

/// Sees that the first few files can be opened, without which the program cannot begin.
pub(crate) fn see_room() -> io::Result<()> {
    let files: io::Result<Vec<File>> = (0..FIRST).map(|_| File::open("/dev/null")).collect();
    files.map(drop)
}

/// Whether an error says that no more files can be opened, by this process or by the whole system.
pub(crate) fn is_reached(error: &io::Error) -> bool {
    let reached = [Errno::MFILE, Errno::NFILE].map(|errno| Some(errno.raw_os_error()));
    reached.contains(&error.raw_os_error())
}

/// What a log says of a server that could open no more files: in the words of the C libraries (strerror(3)), by the
/// name of the error, or as Erlang does.
static RAN_OUT: LazyLock<Regex> = LazyLock::new(|| {
    let words =
        r"(?i)\b(too many open files|no file descriptors available|e[mn]file|system_limit)\b";
    Regex::new(words).expect("it is a regular expression")
});

/// What to do about a launched server whose log says that it could open no more files, as it is bound by our limit; for
/// a script with so many actors, if it is about one.
pub(crate) fn advice_for_server(log: &str, actors: Option<usize>) -> Option<String> {
    RAN_OUT.is_match(log).then(|| {
        let advice = Limit::ours().advice(actors);
        format!("the server's log says that it ran out of open files; {advice}")
    })
}

/// An error, with what to do about it if it is that no more files can be opened.
pub(crate) fn in_words(error: &io::Error) -> String {
    match is_reached(error) {
        true => format!("too many open files; {}", Limit::ours().advice(None)),
        false => error.to_string(),
    }
}

/// How many files this process, and each one that it starts, may have open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit(Option<u64>);

impl Limit {
    /// The one that is set (`ulimit -n`).
    pub(crate) fn ours() -> Self {
        Self(getrlimit(Resource::Nofile).current)
    }

    /// Whether a server, or a run with so many connections at the same time, may have too few of them.
    pub(crate) fn is_tight_for(self, connections: usize) -> bool {
        self.0.is_some_and(|most| most < connections as u64 + OWN)
    }

    /// What to do about it, as a fragment; for a script with so many actors, if it is about one.
    pub(crate) fn advice(self, actors: Option<usize>) -> String {
        let most = match self.0 {
            Some(most) => format!("no more than {most} may be open at a time here (`ulimit -n`)"),
            None => "the system has no more (`ulimit -n` sets no limit)".to_owned(),
        };
        let wanted = match actors {
            Some(actors) => format!(
                "; a script with {actors} actors wants about {}, and so does a server that is launched for it",
                actors as u64 + OWN
            ),
            None => String::new(),
        };
        let advised = (actors.unwrap_or_default() as u64 + OWN).next_power_of_two();
        let advised = advised.max(ADVISED);
        format!("{most}{wanted}; try `ulimit -n {advised}`, or fewer `--jobs`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_says_what_is_allowed_and_what_is_wanted() {
        let limit = Limit(Some(32));
        let told = [None, Some(40), Some(5000)].map(|actors| limit.advice(actors));
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn a_limit_is_tight_where_actors_and_we_do_not_find_room() {
        assert!(Limit(Some(32)).is_tight_for(0));
        assert!(Limit(Some(1024)).is_tight_for(1000));
        assert!(!Limit(Some(1024)).is_tight_for(900));
        assert!(!Limit(None).is_tight_for(1_000_000));
    }

    #[test]
    fn a_server_that_ran_out_is_known_by_its_log() {
        for log in [
            "accounts/a11.dat: Too many open files') for user",
            "accept: Too many open files in system",
            "(#PID<0.330.0>) Failed to accept TCP connection: emfile",
            "{error,emfile}",
            "error: EMFILE: open '/dev/null'",
            "[error] {system_limit,[{erlang,open_port",
            "open: No file descriptors available",
        ] {
            let advice = advice_for_server(log, Some(3)).unwrap();
            assert!(advice.contains("`ulimit -n"), "{log}: {advice}");
        }
        for log in [
            "",
            "read itemfile",
            "2 open files",
            "the limit of the system",
        ] {
            assert_eq!(advice_for_server(log, None), None, "{log}");
        }
    }

    #[test]
    fn only_errors_about_open_files_get_advice() {
        let error = |errno: Errno| io::Error::from_raw_os_error(errno.raw_os_error());
        assert!(in_words(&error(Errno::MFILE)).contains("`ulimit -n"));
        assert!(in_words(&error(Errno::NFILE)).contains("`ulimit -n"));
        assert_eq!(
            in_words(&error(Errno::ACCESS)),
            "Permission denied (os error 13)"
        );
    }
}
