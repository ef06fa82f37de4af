//! Without a fuzzer: the claims hold for all seeds, for what a fuzzer has found something with, and for bytes by chance.

use std::fs;
use std::path::{Path, PathBuf};

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scansion_fuzz::{TARGETS, matcher};

/// The files in a folder of this package, or of the one above it.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.is_file()).collect()
}

/// Seeds and finds of a target.
fn kept(target: &str) -> Vec<PathBuf> {
    let mut kept = files(&format!("seeds/{target}"));
    kept.extend(files(&format!("finds/{target}")));
    if target == "script" {
        for document in fs::read_dir("../spec").into_iter().flatten().flatten() {
            kept.extend(files(&format!(
                "../spec/{}",
                document.file_name().display()
            )));
        }
        kept.extend(files("../tests/scripts/good"));
        kept.extend(files("../tests/scripts/bad"));
    }
    kept
}

#[test]
fn seeds_and_finds_are_borne() {
    for (name, run) in TARGETS {
        let kept = kept(name);
        assert!(name == "matcher" || !kept.is_empty(), "{name} has no seeds");
        for path in kept {
            run(&fs::read(path).expect("it can be read"));
        }
    }
}

/// Seeds with some bytes changed: less than a fuzzer does, but every time.
#[test]
fn damaged_seeds_are_borne() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for (name, run) in TARGETS {
        for path in kept(name) {
            let whole = fs::read(path).expect("it can be read");
            for _ in 0..3 {
                let mut bytes = whole.clone();
                for _ in 0..random.random_range(0..4) {
                    if let Some(at) = bytes.len().checked_sub(1) {
                        bytes[random.random_range(0..=at)] = random.random();
                    }
                }
                run(&bytes);
            }
        }
    }
}

#[test]
fn the_matcher_agrees_with_one_that_is_obviously_right() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..3_000 {
        let mut bytes = vec![0; random.random_range(0..300)];
        random.fill_bytes(&mut bytes);
        matcher::run(&bytes);
    }
}
