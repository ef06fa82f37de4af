//! A conformance test runner for XMPP servers.
//!
//! A script (`.scs`) is a play: a cast of clients, and a story of what each sends and receives. This crate
//! reads scripts, acts them out against a server, and tells exactly where the server departed from the
//! script. What happens to a script, in order:
//!
//! 1. [`script`] makes a tree of the text and finds what is wrong with it.
//! 2. [`plan`] resolves names, JIDs, hosts, defaults and XML.
//! 3. [`runner`] acts the plan out, over the connections of [`xmpp`], and judges what comes with [`matcher`].
//! 4. What happened is told as [`runner::Event`]s on the way and as a [`runner::ScriptOutcome`] at the end.
//! 5. [`report`] makes of them what users and programs read.
//! 6. [`transcript`] keeps what went over the wires, by which an edited script can be judged without a server.
//!
//! Three things never mix: a *script error* ([`script::ScriptError`]: the author is wrong), a *failure*
//! ([`runner::Failure`]: the server did not do what the script says, which is a result, not an `Err`), and
//! a *run error* ([`runner::RunError`]: we could not find out).

#![warn(clippy::unwrap_used)]

pub mod accounts;
pub mod baseline;
mod blanks;
pub mod bless;
mod bounded;
pub mod case;
pub mod claims;
pub mod clauses;
pub mod cli;
mod critical_section;
pub mod diagnostic;
pub mod doubt;
pub mod escape;
pub mod expression;
pub mod fault_kind;
pub mod formula;
pub mod guard;
pub mod launch;
pub mod ledger;
pub mod logged;
pub mod matcher;
pub mod ns;
mod open_files;
mod paths;
pub mod plan;
mod raw_text;
pub mod report;
pub mod requirements;
pub mod runner;
pub mod script;
pub mod secrets;
pub mod software;
pub mod source;
pub mod times;
pub mod transcript;
pub mod verdict;
pub mod visible;
mod wrapping;
pub mod xmpp;
