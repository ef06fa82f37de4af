//! What all scripts of a run came to: the one place that counts.

use std::time::Duration;

use super::model::{Report, Script};
use crate::verdict::Status;

/// The results of all scripts. Each is counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many count as what, in the order of [`Status::ALL`].
    counts: [usize; Status::ALL.len()],
    /// Scripts of which something was found out about the server, whatever they count as.
    pub ran: usize,
    /// Stanzas that no script expected.
    pub unexpected: usize,
    /// How long all of it took.
    pub duration: Duration,
}

impl Summary {
    /// The results of some scripts, whatever time they took together.
    pub fn of<'a>(scripts: impl IntoIterator<Item = &'a Script>) -> Self {
        let mut summary = Self::default();
        scripts.into_iter().for_each(|script| summary.add(script));
        summary
    }

    /// Counts a script in.
    pub fn add(&mut self, script: &Script) {
        self.counts[script.status() as usize] += 1;
        self.ran += usize::from(script.verdict.is_known());
        self.unexpected += script.unexpected.len();
    }

    /// How many scripts have this status.
    pub fn count(&self, status: Status) -> usize {
        self.counts[status as usize]
    }

    /// What any script counts as, and how many, in the order of [`Status::ALL`].
    pub fn counted(&self) -> impl Iterator<Item = (usize, Status)> {
        let counted = Status::ALL.map(|status| (self.count(status), status));
        counted.into_iter().filter(|(count, _)| *count > 0)
    }

    /// How many scripts were counted in.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// How many of them are red.
    pub fn red(&self) -> usize {
        let red = self.counted().filter(|(_, status)| status.is_red());
        red.map(|(count, _)| count).sum()
    }

    /// Takes the scripts with this status out of the counts.
    pub fn forgive(&mut self, status: Status) {
        self.counts[status as usize] = 0;
    }
}

impl Report {
    /// The results of its scripts.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.scripts)
    }

    /// The results of all scripts, in a line.
    pub fn tally(&self) -> String {
        let summary = self.summary();
        let counted = summary.counted();
        let parts: Vec<String> = counted
            .map(|(count, status)| format!("{count} {status}"))
            .collect();
        let total = summary.total();
        let scripts = if total == 1 { "script" } else { "scripts" };
        let duration = self.end.duration;
        match parts.is_empty() {
            true => "no scripts".to_owned(),
            false => format!(
                "{total} {scripts}: {}, in {duration:.2} s",
                parts.join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::sample;

    #[test]
    fn every_script_is_counted_once() {
        let report = sample();
        let mut summary = report.summary();
        assert_eq!(summary.total(), report.scripts.len());
        for status in Status::ALL {
            assert_eq!(summary.count(status), 1, "{status}");
        }
        assert_eq!((summary.red(), summary.ran, summary.unexpected), (4, 9, 1));
        summary.forgive(Status::Failed);
        assert_eq!((summary.red(), summary.total()), (3, 10));
        assert_eq!(summary.counted().count(), Status::ALL.len() - 1);
    }
}
