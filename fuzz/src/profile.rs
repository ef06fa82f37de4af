//! `scansion.toml`: each profile becomes arguments, or it is told what is wrong with it.

/// Reads a file of profiles.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(problem) = scansion::cli::arguments_of_profiles(&text) {
        assert!(!problem.is_empty());
    }
}
