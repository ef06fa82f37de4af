//! Acts out a script, and reports in its own way: how long each step took, and how much went over the wires.
//!
//! ```text
//! cargo run --example own_reporter examples/first_play.scs localhost:5222
//! ```

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::time::Duration;

use scansion::plan::{self, Plan, PlanOptions};
use scansion::runner::{
    Event, Keep, Reporter, RunOptions, Runner, ScriptOutcome, StepOutcome, StepStatus, interrupt,
};
use scansion::script;
use scansion::source::SourceFile;
use scansion::xmpp::{ConnectOptions, TcpDialer};

/// A reporter that keeps count.
struct Stopwatch<'a> {
    out: &'a mut (dyn Write + Send),
    bytes: usize,
}

impl Reporter for Stopwatch<'_> {
    /// Events come while the script runs; there are more of them than these.
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Wire { xml, .. } => self.bytes += xml.to_string().len(),
            Event::StepFinished { plan, outcome } => self.step(plan, outcome),
            Event::ScriptFinished(outcome) => self.script(outcome),
            _ => {}
        }
    }
}

impl Stopwatch<'_> {
    fn step(&mut self, plan: &Plan, outcome: &StepOutcome) {
        let time = outcome.duration.as_millis();
        let action = plan.info.source.slice(outcome.span);
        let ending = match &outcome.status {
            StepStatus::Passed | StepStatus::NotRun => String::new(),
            StepStatus::Failed(failure) => format!(": {:?}", failure.reason),
            StepStatus::Errored(error) => format!(": {error}"),
        };
        // A reporter cannot stop a run, so it ignores that this failed.
        let _ = writeln!(self.out, "{time:>6} ms  {action}{ending}");
    }

    fn script(&mut self, outcome: &ScriptOutcome) {
        let (title, verdict, bytes) = (&outcome.info.headline.title, outcome.verdict(), self.bytes);
        let _ = writeln!(self.out, "{title}: {verdict:?}, {bytes} bytes of XML");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which script?")?;
    let server = arguments.next().ok_or("which server? give HOST:PORT")?;
    let source = SourceFile::new(&path, &fs::read_to_string(&path)?);
    act_out(source, &server, &mut io::stdout()).await
}

/// The whole way of a script: read it, resolve it, run it.
pub async fn act_out(
    source: SourceFile,
    server: &str,
    out: &mut (dyn Write + Send),
) -> Result<(), Box<dyn Error>> {
    let reading = script::read(source);
    if !reading.is_sound() {
        return Err("the script has errors; `scansion check` shows them".into());
    }
    let options = PlanOptions {
        server: Some(server.parse()?),
        ..PlanOptions::default()
    };
    let plan = plan::resolve(&reading.script, &options).map_err(|errors| errors[0].clone())?;
    let mut stopwatch = Stopwatch { out, bytes: 0 };
    let dialer = TcpDialer::new(Duration::from_secs(5));
    // The first half would stop the run, on Ctrl-C for instance.
    let (_interrupter, interrupt) = interrupt();
    let runner = Runner::new(&dialer, run_options(), interrupt);
    runner.run(&plan, &mut stopwatch).await;
    Ok(())
}

fn run_options() -> RunOptions {
    RunOptions {
        timeout: Duration::from_secs(5),
        quiet_time: Duration::from_millis(200),
        connect: ConnectOptions::default(),
        keep: Keep::Last,
    }
}
