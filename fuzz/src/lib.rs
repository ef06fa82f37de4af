//! What scansion reads from others, fed with anything: the claims that must hold whatever comes.
//!
//! Each module has one function, which takes bytes and panics if a claim does not hold. `fuzz_targets/` gives them to a
//! fuzzer; `tests/replay.rs` calls them with all seeds, and with all bytes that a fuzzer has ever found something with.

#![forbid(unsafe_code)]

pub mod baseline;
pub mod matcher;
pub mod profile;
pub mod report;
pub mod script;
mod slow;
pub mod stream;
pub mod transcript;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use libfuzzer_sys;

/// A target: its name, and the function that takes its bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 7] = [
    ("baseline", baseline::run),
    ("matcher", matcher::run),
    ("profile", profile::run),
    ("report", report::run),
    ("script", script::run),
    ("stream", stream::run),
    ("transcript", transcript::run),
];

/// The program for a target: the fuzzer's, or else one that takes the bytes of the files it is given.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        $crate::libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $crate::$name::run(bytes));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            for path in std::env::args_os().skip(1) {
                $crate::$name::run(&std::fs::read(path)?);
            }
            Ok(())
        }
    };
}
