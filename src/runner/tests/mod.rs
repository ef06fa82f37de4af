//! The runner with a fake server: one test or more for every rule that the runner has to keep.
//!
//! Each test is a [`play`](stage::play): a story, and cues that tell the server what to do when it hears something.
//! The clock is paused, so what takes time takes none.

mod absence;
mod answers;
mod choices;
mod clauses;
mod comparing;
mod complete;
mod computing;
mod ended;
mod fake_server;
mod flushing;
mod hostile;
mod late;
mod lesser;
mod nothing;
mod obstacles;
mod ordered;
mod parts;
mod receiving;
mod refused;
mod replaying;
mod rules;
mod screens;
mod sessions;
mod several;
mod stage;
mod stages;
mod tampered;
mod troubles;
mod unbound;
mod undisturbed;
mod variables;
mod wire;
