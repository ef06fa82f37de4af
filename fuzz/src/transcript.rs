//! Transcripts: what is read is written so that it is read again as the same, and a script can be judged by it.

use scansion::plan::{self, PlanOptions};
use scansion::runner::{Keep, RunOptions, replay};
use scansion::script;
use scansion::source::SourceFile;
use scansion::transcript::Transcript;
use scansion::xmpp::ConnectOptions;

/// What a transcript begins with.
const TITLE: &str = "scansion transcript ";

/// Reads a transcript, and what comes before it as a script, which it judges.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (play, text) = text.split_at(text.find(TITLE).unwrap_or_default());
    let transcript = match Transcript::read("play.transcript", text) {
        Ok(transcript) => transcript,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let written = transcript.to_string();
    let again = Transcript::read("play.transcript", &written);
    let again = again.unwrap_or_else(|error| panic!("{error} in\n{written}"));
    assert_eq!(again.to_string(), written);
    judge(play, &transcript);
}

fn judge(play: &str, transcript: &Transcript) {
    let reading = script::read(SourceFile::new("play.scs", play));
    let options = PlanOptions {
        renaming: transcript.conditions.renaming.clone(),
        ..PlanOptions::default()
    };
    let plan = plan::resolve(reading.play(), &options);
    let Some(plan) = plan.ok().filter(|_| reading.is_sound()) else {
        return;
    };
    let Ok(moments) = transcript.moments_for(&plan) else {
        return;
    };
    let options = RunOptions {
        timeout: transcript.conditions.timeout,
        quiet_time: transcript.conditions.quiet_time,
        connect: ConnectOptions::default(),
        keep: Keep::Last,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime without I/O needs nothing from the system");
    let recorded = transcript.recorded(&moments);
    let outcome = runtime.block_on(replay(&plan, recorded, &options, &mut ()));
    assert_eq!(outcome.steps.len(), plan.steps.len());
}
