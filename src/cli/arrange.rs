//! Which of the selected scripts are run, in which order, and how often.

use std::fmt;
use std::hash::Hasher;
use std::num::NonZeroUsize;
use std::str::FromStr;

use clap::Args;
use fnv::FnvHasher;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use thiserror::Error;

use super::number;
use super::queue::Queued;
use crate::case::CaseId;

/// In which order, how often, and on which of several machines.
#[derive(Debug, Args)]
pub(super) struct ArrangeArgs {
    /// Run the scripts in an order of chance; SEED repeats one
    #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true, value_parser = number::seed)]
    pub(super) shuffle: Option<Option<u64>>,
    /// Run all scripts N times
    #[arg(long, value_name = "N", default_value = "1", value_parser = number::count)]
    pub(super) repeat: NonZeroUsize,
    /// Run only the Kth of N parts, for several machines; a script's part depends on its path and row alone
    #[arg(long, value_name = "K/N")]
    pub(super) partition: Option<Part>,
}

/// One of several parts that scripts are divided into, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    number: u64,
    of: u64,
}

/// Why a text is no part.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum PartError {
    #[error("give K/N, for example 1/4 for the first of four parts")]
    Form,
    #[error("there is no part {0} of {1}; the parts are 1/{1} to {1}/{1}")]
    Number(u64, u64),
}

impl FromStr for Part {
    type Err = PartError;

    fn from_str(text: &str) -> Result<Self, PartError> {
        let (number, of) = text.split_once('/').ok_or(PartError::Form)?;
        let parsed = number.trim().parse().ok().zip(of.trim().parse().ok());
        match parsed {
            Some((_, 0)) | None => Err(PartError::Form),
            Some((number, of)) if number == 0 || number > of => Err(PartError::Number(number, of)),
            Some((number, of)) => Ok(Self { number, of }),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Part {
    /// Whether a script belongs to this part. That depends on its path and row alone, so that a script that is added
    /// or taken away moves no other one, and what is known of a machine's part stays true.
    fn has(self, case: &CaseId) -> bool {
        let mut hasher = FnvHasher::default();
        hasher.write(case.normal().to_string().as_bytes());
        hasher.finish() % self.of == self.number - 1
    }
}

/// The number by which a shuffled order can be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seed(u64);

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The scripts of a run, in order.
pub(super) struct Arrangement<'a> {
    pub(super) scripts: Vec<&'a Queued>,
    /// The seed with which they were shuffled.
    pub(super) seed: Option<Seed>,
}

/// Arranges scripts: the part that is asked for, shuffled, and all of it as often as is asked for.
pub(super) fn arrange<'a>(scripts: &'a [Queued], arguments: &ArrangeArgs) -> Arrangement<'a> {
    let is_ours = |script: &&Queued| {
        let part = arguments.partition;
        part.is_none_or(|part| part.has(&script.headline.case))
    };
    let mut chosen: Vec<&Queued> = scripts.iter().filter(is_ours).collect();
    let seed = arguments
        .shuffle
        .map(|seed| Seed(seed.unwrap_or_else(rand::random)));
    if let Some(Seed(seed)) = seed {
        chosen.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    }
    Arrangement {
        scripts: chosen.repeat(arguments.repeat.get()),
        seed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::read;
    use crate::source::SourceFile;

    fn scripts(count: usize) -> Vec<Queued> {
        let scripts = (0..count).map(|number| {
            let name = format!("spec/{number}.scs");
            let read = read(SourceFile::new(name, "# Title\n---\n"));
            Queued::first_of(read)
        });
        scripts.collect()
    }

    fn names(scripts: &[Queued], arguments: &ArrangeArgs) -> Vec<String> {
        let arranged = arrange(scripts, arguments).scripts;
        let names = arranged.iter().map(|script| script.headline.case.path());
        names.map(str::to_owned).collect()
    }

    fn arguments() -> ArrangeArgs {
        ArrangeArgs {
            shuffle: None,
            repeat: NonZeroUsize::MIN,
            partition: None,
        }
    }

    #[test]
    fn the_parts_have_every_script_once_and_none_is_much_larger() {
        let scripts = scripts(400);
        let mut all = Vec::new();
        for number in 1..=4 {
            let partition = Some(Part { number, of: 4 });
            let part = names(
                &scripts,
                &ArrangeArgs {
                    partition,
                    ..arguments()
                },
            );
            assert!((60..140).contains(&part.len()), "{}", part.len());
            all.extend(part);
        }
        all.sort();
        let mut expected = names(&scripts, &arguments());
        expected.sort();
        assert_eq!(all, expected);
    }

    #[test]
    fn a_script_stays_in_its_part_when_others_come() {
        let (few, many) = (scripts(20), scripts(40));
        let partition = Some(Part { number: 2, of: 3 });
        let before = names(
            &few,
            &ArrangeArgs {
                partition,
                ..arguments()
            },
        );
        let after = names(
            &many,
            &ArrangeArgs {
                partition,
                ..arguments()
            },
        );
        assert!(before.iter().all(|name| after.contains(name)));
    }

    #[test]
    fn a_seed_gives_the_same_order_everywhere() {
        let scripts = scripts(6);
        let shuffled = |seed| {
            let shuffle = Some(Some(seed));
            names(
                &scripts,
                &ArrangeArgs {
                    shuffle,
                    ..arguments()
                },
            )
            .join(" ")
        };
        assert_eq!(shuffled(7), shuffled(7));
        assert_ne!(shuffled(7), shuffled(8));
        let order = shuffled(7).replace("spec/", "").replace(".scs", "");
        assert_eq!(order, "0 3 5 2 4 1");
    }

    #[test]
    fn all_of_it_is_repeated() {
        let repeat = NonZeroUsize::new(2).unwrap();
        let order = names(
            &scripts(2),
            &ArrangeArgs {
                repeat,
                ..arguments()
            },
        );
        assert_eq!(
            order,
            ["spec/0.scs", "spec/1.scs", "spec/0.scs", "spec/1.scs"]
        );
    }

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!("2/4".parse(), Ok(Part { number: 2, of: 4 }));
        for (text, error) in [
            ("0/4", PartError::Number(0, 4)),
            ("5/4", PartError::Number(5, 4)),
            ("1/0", PartError::Form),
            ("1", PartError::Form),
            ("a/b", PartError::Form),
            ("-1/4", PartError::Form),
        ] {
            assert_eq!(text.parse::<Part>(), Err(error), "{text}");
        }
    }
}
