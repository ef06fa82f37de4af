//! `make bench`: what stories cost, beside the least that they can cost, in one run on one throw-away server.
//!
//! Each story is played once through a [`wiretap`], which records it, and then several times in turn by scansion, by
//! the [`replay`] of that recording, and by slixmpp. `docs/benchmarks.md` tells how to read what comes of it.

mod board;
#[path = "../support/children.rs"]
mod children;
mod house;
mod measure;
mod replay;
mod story;
mod tape;
mod wiretap;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use board::{Board, Costs};
use children::Variant;
use house::House;
use measure::{Cost, millis};
use scansion::matcher::{self, Bindings};
use scansion::script;
use scansion::source::SourceFile;
use serde_json::json;
use story::Story;
use tokio::runtime::Runtime;

/// The program that is measured: the one just built, or another build of it in `SCANSION`, to compare with.
fn program() -> String {
    std::env::var("SCANSION").unwrap_or_else(|_| env!("CARGO_BIN_EXE_scansion").to_owned())
}

/// Where the figures are kept.
const KEPT: &str = "target/bench.json";

type Outcome = Result<(), Box<dyn Error>>;

/// How much is measured.
struct Sizes {
    rounds: usize,
    messages: &'static [usize],
    actors: &'static [usize],
    children: &'static [usize],
    scripts: usize,
}

const QUICK: Sizes = Sizes {
    rounds: 3,
    messages: &[100, 1_000],
    actors: &[10, 100],
    children: &[10, 100, 1_000],
    scripts: 1_000,
};

const FULL: Sizes = Sizes {
    rounds: 5,
    messages: &[100, 1_000, 10_000],
    actors: &[10, 100, 1_000, 4_000],
    children: &[10, 100, 1_000, 10_000],
    scripts: 10_000,
};

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["replay", tape] => Ok(replay::replay(Path::new(tape))?),
        ["cost", program, ref arguments @ ..] => Ok(Cost::tell(program, arguments)?),
        ["record", tape, client, component, ref run @ ..] => {
            let ports = [client.parse()?, component.parse()?];
            let recorded = wiretap::record(Path::new(tape), ports, run);
            Ok(runtime()?.block_on(recorded)?)
        }
        ref words if !words.contains(&"--bench") => Ok(()), // `cargo test --benches` measures nothing
        ref words if words.contains(&"--full") => measure(&FULL, &chosen(words)),
        ref words => measure(&QUICK, &chosen(words)),
    }
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// The letters of what is to be measured.
fn chosen(words: &[&str]) -> String {
    let letters: String = words
        .iter()
        .filter(|word| !word.starts_with('-'))
        .copied()
        .collect();
    match letters.is_empty() {
        true => "abcdef".to_owned(),
        false => letters,
    }
}

fn measure(sizes: &Sizes, chosen: &str) -> Outcome {
    let mut board = Board::default();
    let most = sizes.actors.iter().max().copied().unwrap_or(2).max(2);
    let runtime = runtime()?;
    let house = runtime.block_on(House::open(&Story::ring(most)))?;
    board.print(&format!(
        "{}, {} rounds, the least of each",
        house.description(),
        sizes.rounds
    ))?;
    board.head()?;
    start_up(&mut board)?;
    for letter in chosen.chars() {
        match letter {
            'a' => suite(&mut board, &house, sizes)?,
            'b' => messages(&mut board, &house, sizes)?,
            'c' => actors(&mut board, &house, sizes)?,
            'd' => children(&mut board, &house, sizes)?,
            'e' => parsing(&mut board, &house, sizes)?,
            'f' => jobs(&mut board, &house, sizes)?,
            other => return Err(format!("there is no `{other}`").into()),
        }
    }
    // What this program does itself comes last, as its memory counts as that of those it starts.
    if chosen.contains('d') {
        comparisons(&mut board, sizes)?;
    }
    if chosen.contains('e') {
        reading(&mut board)?;
    }
    let kept = json!({ "server": house.description(), "rows": board.json() });
    fs::write(KEPT, serde_json::to_string_pretty(&kept)?)?;
    board.print(&format!("\nkept as {KEPT}"))?;
    house.close(runtime);
    Ok(())
}

fn start_up(board: &mut Board) -> Outcome {
    let cost = least(20, || Cost::of(Command::new(program()).arg("--version")))?;
    board.figure("scansion --version", millis(cost.wall), "ms")?;
    board.figure(
        "scansion --version, memory",
        cost.rss as f64 / 1024.0,
        "MiB",
    )?;
    Ok(())
}

/// The least of each, of several runs.
fn least(rounds: usize, mut run: impl FnMut() -> std::io::Result<Cost>) -> std::io::Result<Cost> {
    let mut cost = run()?;
    for _ in 1..rounds {
        cost = cost.least(run()?);
    }
    Ok(cost)
}

/// (a): scripts of `spec/`, in the way in which they can be replayed, and in which they are usually run.
fn suite(board: &mut Board, house: &House, sizes: &Sizes) -> Outcome {
    let scripts: Vec<_> = house::suite().collect();
    let options = ["--tls=none", "--mechanism=PLAIN"];
    // What the scripts leave behind comes again in each run but the first, so that one is not the one to record.
    Cost::of(house.scansion().args(options).args(&scripts))?;
    let costs = house.play(sizes.rounds, &scripts, &options, None)?;
    board.story(
        &format!("(a) suite, {} scripts, without TLS", scripts.len()),
        &costs,
    )?;
    let whole = least(sizes.rounds, || Cost::of(house.scansion().args(&scripts)))?;
    let name = format!("(a) suite, {} scripts, with TLS", scripts.len());
    Ok(board.story(&name, &Costs::alone(whole))?)
}

/// (b): two actors.
fn messages(board: &mut Board, house: &House, sizes: &Sizes) -> Outcome {
    for count in sizes.messages {
        let costs = house.tell(sizes.rounds, &Story::one_way(*count), &[])?;
        board.story(&format!("(b) {count} messages one way"), &costs)?;
        let costs = house.tell(sizes.rounds, &Story::alternating(*count), &[])?;
        board.story(&format!("(b) {count} messages alternating"), &costs)?;
        let costs = house.tell(sizes.rounds, &Story::alternating(*count), &["--sync=none"])?;
        board.story(
            &format!("(b) {count} messages alternating, `--sync none`"),
            &costs,
        )?;
    }
    Ok(())
}

/// (c): many actors.
fn actors(board: &mut Board, house: &House, sizes: &Sizes) -> Outcome {
    let mut memory = Vec::new();
    for count in sizes.actors {
        let costs = house.tell(sizes.rounds, &Story::ring(*count), &[])?;
        board.story(&format!("(c) {count} actors, each to the next"), &costs)?;
        memory.extend(costs.scansion.map(|cost| (*count, cost.rss)));
    }
    if let [(few, least), .., (many, most)] = memory[..] {
        let each = most.saturating_sub(least) as f64 / (many - few) as f64;
        board.figure(
            &format!("(c) memory an actor, {few} to {many}"),
            each,
            "KiB",
        )?;
    }
    Ok(())
}

/// (d): a stanza with many children.
fn children(board: &mut Board, house: &House, sizes: &Sizes) -> Outcome {
    // A run that fails waits for what does not come.
    for variant in Variant::ALL
        .into_iter()
        .filter(|variant| *variant != Variant::Missing)
    {
        for count in sizes.children {
            let costs = house.tell(sizes.rounds, &Story::children(variant, *count), &[])?;
            board.story(&format!("(d) {count} children, {}", variant.name()), &costs)?;
        }
    }
    Ok(())
}

/// (d): the comparison alone.
fn comparisons(board: &mut Board, sizes: &Sizes) -> Outcome {
    for variant in Variant::ALL {
        for count in sizes.children {
            let time = comparison(variant, *count, sizes.rounds);
            let name = format!("(d) comparing {count} children, {}", variant.name());
            board.figure(&name, millis(time), "ms")?;
        }
    }
    Ok(())
}

fn comparison(variant: Variant, count: usize, rounds: usize) -> Duration {
    let (pattern, element) = (variant.pattern(count), variant.element(count));
    let compare = || {
        let started = Instant::now();
        let found = matcher::compare(&pattern, &element, &Bindings::new());
        let time = started.elapsed();
        assert_eq!(found.is_ok(), variant != Variant::Missing);
        time
    };
    (0..rounds).map(|_| compare()).min().unwrap_or_default()
}

/// (e): scripts that are read.
fn parsing(board: &mut Board, house: &House, sizes: &Sizes) -> Outcome {
    let (folder, bytes) = house.many(sizes.scripts)?;
    let cost = least(sizes.rounds, || {
        Cost::of(Command::new(program()).arg("check").arg(&folder))
    })?;
    let name = format!(
        "(e) `check` of {} scripts, {:.1} MB",
        sizes.scripts,
        bytes as f64 / 1e6
    );
    Ok(board.story(&name, &Costs::alone(cost))?)
}

/// (e): reading alone, in this program.
fn reading(board: &mut Board) -> Outcome {
    let texts = house::specs()?
        .iter()
        .map(fs::read_to_string)
        .collect::<Result<Vec<_>, _>>()?;
    let bytes: usize = texts.iter().map(String::len).sum();
    let started = Instant::now();
    const TIMES: usize = 20;
    for text in texts.iter().cycle().take(texts.len() * TIMES) {
        std::hint::black_box(script::read(SourceFile::new("many.scs", text)));
    }
    let rate = (bytes * TIMES) as f64 / 1e6 / started.elapsed().as_secs_f64();
    Ok(board.figure("(e) reading alone", rate, "MB/s")?)
}

/// (f): several scripts at a time, on the same server.
fn jobs(board: &mut Board, house: &House, sizes: &Sizes) -> Outcome {
    let scripts: Vec<_> = house::suite().collect();
    for jobs in [1, 2, 4] {
        let cost = least(sizes.rounds, || {
            let mut command = house.scansion();
            command.args(&scripts);
            command.args(["--unique", "--accounts=register"]);
            Cost::of(command.arg(format!("--jobs={jobs}")))
        })?;
        board.story(&format!("(f) suite, `--jobs {jobs}`"), &Costs::alone(cost))?;
    }
    Ok(())
}
