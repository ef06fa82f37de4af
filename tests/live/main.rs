//! The program on throw-away servers, and its reports as programs of others read them. `make test` installs what these
//! tests need, and runs them.

mod changes;
#[path = "../support/explain.rs"]
mod explain;
mod foreign;
mod launched;
#[expect(dead_code, reason = "each test program uses some of it")]
#[path = "../support/machine.rs"]
mod machine;
#[path = "../support/pages.rs"]
mod pages;
#[path = "../support/program.rs"]
mod program;
mod proxy;
#[path = "../support/scripts.rs"]
mod scripts;

mod accounts;
mod action;
mod bless;
mod cases;
mod departs;
mod ends;
mod endurance;
mod examples;
mod faults;
mod interrupts;
mod judging;
mod kept_pages;
mod launch;
mod limits;
mod mutations;
mod names;
mod order;
mod own_scripts;
mod parts;
mod plays;
mod put_in;
mod reaching;
mod readme;
mod recipe;
mod recipes;
mod report_readers;
mod reports;
mod requires;
mod retries;
mod secrets;
mod server_table;
mod services;
mod several;
mod stanzas;
mod streams;
mod suite;
mod transcripts;
mod unique;
mod values;
mod websocket;
mod wires;
mod wrong_doors;
