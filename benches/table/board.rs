//! The table: printed line by line, and kept as JSON.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::measure::{Cost, millis};

/// What was measured so far.
#[derive(Default)]
pub struct Board {
    rows: Vec<Value>,
}

/// The costs of a story, by the program that ran it.
#[derive(Default)]
pub struct Costs {
    /// By this program.
    pub scansion: Option<Cost>,
    /// By the replay.
    pub replay: Option<Cost>,
    /// By slixmpp.
    pub slixmpp: Option<Cost>,
}

impl Costs {
    /// Of a story that only this program can play.
    pub fn alone(scansion: Cost) -> Self {
        Self {
            scansion: Some(scansion),
            ..Self::default()
        }
    }
}

impl Board {
    /// Prints the head of the table of stories.
    pub fn head(&self) -> io::Result<()> {
        self.print(
            "\n| Story | scansion | replay | slixmpp | wall | CPU | memory |\n\
             |---|--:|--:|--:|--:|--:|--:|",
        )
    }

    /// Adds a story. The ratios are those of scansion to the replay.
    pub fn story(&mut self, name: &str, costs: &Costs) -> io::Result<()> {
        let ratio = |of: fn(&Cost) -> f64| {
            let (own, limit) = (costs.scansion.as_ref()?, costs.replay.as_ref()?);
            Some(of(own) / of(limit))
        };
        let wall = ratio(|cost| millis(cost.wall));
        let cpu = ratio(|cost| millis(cost.cpu));
        let memory = costs
            .scansion
            .map_or_else(String::new, |cost| mib(cost.rss));
        self.print(&format!(
            "| {name} | {} | {} | {} | {} | {} | {memory} |",
            times(costs.scansion),
            times(costs.replay),
            times(costs.slixmpp),
            as_ratio(wall),
            as_ratio(cpu),
        ))?;
        let mut row = Map::from_iter([("story".to_owned(), json!(name))]);
        let programs = [
            ("scansion", costs.scansion),
            ("replay", costs.replay),
            ("slixmpp", costs.slixmpp),
        ];
        let costs = programs
            .into_iter()
            .filter_map(|(program, cost)| Some((program, cost?)));
        row.extend(costs.map(|(program, cost)| (program.to_owned(), cost.json())));
        row.insert("wall_ratio".to_owned(), json!(wall));
        row.insert("cpu_ratio".to_owned(), json!(cpu));
        self.rows.push(Value::Object(row));
        Ok(())
    }

    /// Adds a single figure.
    pub fn figure(&mut self, name: &str, value: f64, unit: &str) -> io::Result<()> {
        self.rows
            .push(json!({ "figure": name, "value": value, "unit": unit }));
        self.print(&format!("| {name} | {value:.2} {unit} | | | | | |"))
    }

    /// Prints something between the lines.
    pub fn print(&self, line: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()
    }

    /// All of it.
    pub fn json(&self) -> Value {
        Value::Array(self.rows.clone())
    }
}

/// Wall and CPU time.
fn times(cost: Option<Cost>) -> String {
    cost.map_or_else(String::new, |cost| {
        format!("{:.1} ms ({:.1})", millis(cost.wall), millis(cost.cpu))
    })
}

fn as_ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))
}

fn mib(kib: u64) -> String {
    format!("{:.1} MiB", kib as f64 / 1024.0)
}
