//! The report as a page, in a real browser: what users see of a run, and what a server cannot do to them. `make
//! browser` installs Chromium, and runs these tests.

mod driver;
#[expect(dead_code, reason = "other test programs use all of it")]
#[path = "../support/program.rs"]
mod program;

mod html;
