//! Reports: what is read can be written in every form, merged, and read again as the same.

use scansion::report::{self, Format, json};

/// Reads a report.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let read = match json::read(&text) {
        Ok(read) => read,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let written = json::write(&read);
    assert_eq!(json::read(&written).expect("it was written so"), read);
    let merged = report::merge(&[read.clone(), read.clone()]).report;
    for format in Format::ALL {
        assert!(!format.write(&read).is_empty() || format == Format::Github);
        format.write(&merged);
    }
}
