//! The library and the program as a whole, without any server: what little is said to an actor, a fake server of the
//! tests says. `cargo test` runs these everywhere.

#[path = "../support/explain.rs"]
mod explain;
#[expect(dead_code, reason = "each test program uses some of it")]
#[path = "../support/machine.rs"]
mod machine;
#[expect(dead_code, reason = "each test program uses some of it")]
#[path = "../support/pages.rs"]
mod pages;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/scripts.rs"]
mod scripts;
mod shop;

mod bounds;
mod cases;
mod claims;
mod clauses;
mod cli;
mod compare;
mod counting;
mod diagnostics;
mod docs;
mod doubting;
mod editors;
mod examples;
mod exhaustive;
mod gate;
mod guard;
mod ledger;
mod lost;
mod manual;
mod matching;
mod packaging;
mod profiles;
mod progress;
mod reaching;
mod ready;
mod reports;
mod round_trip;
mod servers;
mod shown;
mod sizes;
mod transcripts;
mod waiting;
mod websocket;
