//! A runner that always says yes is worthless: whatever is changed in an expectation, the run must fail there.
//!
//! Takes scripts that pass, changes one thing in one `receives`, and runs them on a fresh Prosody. A sample of all
//! changes is tried each time; `cargo test --test live all_changes -- --ignored --nocapture` tries all of them and
//! tells what share was caught.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::changes::{Mutation, mutations, read};
use scansion::plan::{self, PlanOptions};
use scansion::runner::{self, Keep, RunOptions, Runner, ScriptOutcome, StepStatus};
use scansion::xmpp::{Authorities, ConnectOptions, TcpDialer, Trust};

use crate::foreign::foreign_scripts;
use crate::launched::Launched;
use crate::scripts::plain_scripts;

/// How many changes are tried each time, of all.
const SAMPLE: usize = 40;

/// How long an expectation is waited for that is not fulfilled.
const PATIENCE: Duration = Duration::from_secs(2);

fn scripts() -> Vec<PathBuf> {
    let mut found = plain_scripts();
    let foreign = foreign_scripts().map(|folder| [folder.join("prosody-0.12"), folder]);
    for folder in foreign.into_iter().flatten() {
        let entries = fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        found.extend(
            paths.filter(|path| path.extension().is_some_and(|extension| extension == "scs")),
        );
    }
    found.sort();
    found
}

/// Runs a changed script on a server of its own, which has what the script needs as it is right.
fn run(mutation: &Mutation) -> ScriptOutcome {
    let server = Launched::for_scripts("prosody-suite", &[&mutation.path]);
    let script = read(&mutation.path, &mutation.text);
    let options = PlanOptions {
        server: Some(server.address().parse().unwrap()),
        component_server: Some(server.component_address().parse().unwrap()),
        ..PlanOptions::default()
    };
    let mut plan =
        plan::resolve(&script, &options).unwrap_or_else(|errors| panic!("{mutation}: {errors:?}"));
    // What service discovery would find on this server, and a token of the play.
    let given = [("rooms", "conference.localhost"), ("unique", "changed")];
    plan.give(given.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let certificate = fs::read(server.server().certificate().unwrap()).unwrap();
    let options = RunOptions {
        timeout: PATIENCE,
        quiet_time: Duration::from_millis(200),
        connect: ConnectOptions {
            trust: Trust::Authorities(Authorities::from_pem(&certificate).unwrap()),
            step_timeout: Duration::from_secs(10),
            ..ConnectOptions::default()
        },
        keep: Keep::Last,
    };
    let (_interrupter, interrupt) = runner::interrupt();
    let dialer = TcpDialer::new(Duration::from_secs(10));
    let runner = Runner::new(&dialer, options, interrupt);
    server.runtime.block_on(runner.run(&plan, &mut ()))
}

/// What went wrong with a change, if the run did not fail at its place.
fn missed(mutation: &Mutation) -> Option<String> {
    let outcome = run(mutation);
    let Some(step) = outcome.ended_at() else {
        return Some(format!("{mutation}: passed"));
    };
    match &step.status {
        StepStatus::Failed(failure) if step.step == mutation.step => {
            let line = outcome.info.source.position(failure.focus().start).line;
            // The place told is within the block, and a difference that can be named is at its own line.
            let action = outcome.info.source.position(step.span.start).line;
            (line < action).then(|| format!("{mutation}: failed at line {line}"))
        }
        other => Some(format!("{mutation}: step {} ended as {other:?}", step.step)),
    }
}

/// Tries changes, some at a time, and gives what was not caught.
fn uncaught(mutations: &[Mutation], threads: usize) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let missed_ones = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(mutation) = mutations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(missed) = missed(mutation) {
                        missed_ones.lock().unwrap().push(missed);
                    }
                }
            });
        }
    });
    missed_ones.into_inner().unwrap()
}

#[test]
fn a_sample_of_changes_is_caught() {
    let all: Vec<Mutation> = scripts().iter().flat_map(|path| mutations(path)).collect();
    let step = (all.len() / SAMPLE).max(1);
    let sample: Vec<Mutation> = all.into_iter().step_by(step).collect();
    let missed = uncaught(&sample, 4);
    assert!(
        missed.is_empty(),
        "{} of {} not caught: {missed:#?}",
        missed.len(),
        sample.len()
    );
}

#[test]
#[ignore = "takes the better part of an hour"]
#[expect(clippy::print_stdout, reason = "the share is what one runs this for")]
fn all_changes_are_caught() {
    let all: Vec<Mutation> = scripts().iter().flat_map(|path| mutations(path)).collect();
    // Most of the time is spent waiting for what does not come.
    let missed = uncaught(&all, 10);
    println!(
        "{} of {} caught; not caught: {missed:#?}",
        all.len() - missed.len(),
        all.len()
    );
    assert!(missed.len() * 100 <= all.len());
}
