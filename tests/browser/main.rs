//! Reports as pages, in a real browser: what users see, and what a server cannot do to them. `make
//! browser` installs Chromium, and runs these tests.

mod driver;
#[expect(dead_code, reason = "other test programs use all of it")]
#[path = "../support/program.rs"]
mod program;

mod html;
mod ledger;
mod page;
