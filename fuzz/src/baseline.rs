//! Baselines: what an update writes can be read, and a second update has nothing to add.

use std::collections::BTreeMap;

use scansion::baseline::{Baseline, Seen};
use scansion::case::CaseId;
use scansion::report::model::Verdict;
use scansion::source::SourceFile;

/// Reads a baseline, and updates it by a run in which one script passed, and one failed with the text as its message.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let source = SourceFile::new("known.toml", &text);
    let baseline = match Baseline::parse(&source) {
        Ok(baseline) => baseline,
        Err(problems) => {
            for problem in problems {
                source.locate(problem.span);
                source.slice(problem.span);
            }
            return;
        }
    };
    let first = baseline.entries().next();
    let seen = first.map(|(case, _)| (case.clone(), came(Verdict::Passed, "")));
    let seen: BTreeMap<CaseId, Seen> = seen
        .into_iter()
        .chain([("spec/new.scs".into(), came(Verdict::Failed, &text))])
        .collect();
    let (written, _) = baseline.update(&seen);
    let again = Baseline::parse(&SourceFile::new("known.toml", &written));
    let again = again.unwrap_or_else(|problems| panic!("{problems:?} in\n{written}"));
    assert!(again.entry(&"spec/new.scs".into()).is_some(), "{written}");
    assert_eq!(again.update(&seen).0, written);
}

fn came(verdict: Verdict, message: &str) -> Seen {
    let mut seen = Seen::default();
    seen.add(verdict, Some(message));
    seen
}
