//! Finding all parts of a text that an expression fits, in one go.
//!
//! A search of the usual kind finds one match. Where parts of a value are shared among several wildcards, all ends are
//! needed that a part can have, and to try each of them is too much for long values.

use regex_automata::nfa::thompson::{Compiler, Config, NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::Hir;

/// How large an automaton may be, in bytes.
const LIMIT: usize = 1 << 20;

/// Which way through the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From where parts begin to where they end.
    Forward,
    /// From where parts end to where they begin.
    Backward,
}

/// An expression, made ready for both ways.
#[derive(Debug, Clone)]
pub(crate) struct Automaton {
    forward: NFA,
    backward: NFA,
}

impl Automaton {
    /// None if the expression looks at what is around a part, as `^` and `\b` do.
    pub(crate) fn new(meant: &Hir) -> Option<Self> {
        if !meant.properties().look_set().is_empty() {
            return None;
        }
        Some(Self {
            forward: compiled(meant, Direction::Forward)?,
            backward: compiled(meant, Direction::Backward)?,
        })
    }

    /// The places at which parts of a text end that begin at one of `from`, or the other way round. Each byte costs as
    /// many steps as there are ways to have come there; none if `spend` has had enough.
    pub(crate) fn reached(
        &self,
        text: &str,
        from: &[bool],
        direction: Direction,
        spend: &dyn Fn(usize) -> Option<()>,
    ) -> Option<Vec<bool>> {
        let nfa = match direction {
            Direction::Forward => &self.forward,
            Direction::Backward => &self.backward,
        };
        let mut walk = Walk::new(nfa);
        let mut reached = vec![false; text.len() + 1];
        for step in 0..=text.len() {
            let (at, byte) = match direction {
                Direction::Forward => (step, text.as_bytes().get(step)),
                Direction::Backward => {
                    let at = text.len() - step;
                    (at, text.as_bytes()[..at].last())
                }
            };
            if from[at] {
                walk.enter(nfa.start_anchored());
            }
            reached[at] = walk.is_match;
            spend(1 + walk.states.len())?;
            if let Some(byte) = byte {
                walk.step(*byte);
            }
        }
        Some(reached)
    }

    /// The places at which a part ends that begins at one place, in order, until `spend` has had enough.
    pub(crate) fn ends(
        &self,
        text: &str,
        start: usize,
        spend: &dyn Fn(usize) -> Option<()>,
    ) -> Vec<usize> {
        let mut walk = Walk::new(&self.forward);
        walk.enter(self.forward.start_anchored());
        let mut ends = Vec::new();
        for at in start..=text.len() {
            if walk.is_match {
                ends.push(at);
            }
            match text.as_bytes().get(at) {
                Some(byte) if spend(walk.states.len()).is_some() => walk.step(*byte),
                _ => break,
            }
            if walk.states.is_empty() && !walk.is_match {
                break;
            }
        }
        ends
    }
}

fn compiled(meant: &Hir, direction: Direction) -> Option<NFA> {
    let config = Config::new()
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(LIMIT))
        .reverse(direction == Direction::Backward);
    Compiler::new().configure(config).build_from_hir(meant).ok()
}

/// All ways through an automaton at once.
struct Walk<'a> {
    nfa: &'a NFA,
    states: Vec<StateID>,
    /// When each state was entered last, so that none is entered twice at one place.
    entered: Vec<usize>,
    now: usize,
    is_match: bool,
}

impl<'a> Walk<'a> {
    fn new(nfa: &'a NFA) -> Self {
        Self {
            nfa,
            states: Vec::new(),
            entered: vec![0; nfa.states().len()],
            now: 1,
            is_match: false,
        }
    }

    /// Enters a state, and those that are reached from it without a byte.
    fn enter(&mut self, state: StateID) {
        let mut left = vec![state];
        while let Some(state) = left.pop() {
            if std::mem::replace(&mut self.entered[state], self.now) == self.now {
                continue;
            }
            match self.nfa.state(state) {
                State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => {
                    self.states.push(state);
                }
                State::Union { alternates } => left.extend(alternates.iter()),
                State::BinaryUnion { alt1, alt2 } => left.extend([*alt1, *alt2]),
                State::Capture { next, .. } | State::Look { next, .. } => left.push(*next),
                State::Match { .. } => self.is_match = true,
                State::Fail => {}
            }
        }
    }

    /// Goes on by one byte.
    fn step(&mut self, byte: u8) {
        self.now += 1;
        self.is_match = false;
        for state in std::mem::take(&mut self.states) {
            let next = match self.nfa.state(state) {
                State::ByteRange { trans } => trans.matches_byte(byte).then_some(trans.next),
                State::Sparse(sparse) => sparse.matches_byte(byte),
                State::Dense(dense) => dense.matches_byte(byte),
                State::Union { .. }
                | State::BinaryUnion { .. }
                | State::Capture { .. }
                | State::Look { .. }
                | State::Match { .. }
                | State::Fail => None,
            };
            if let Some(next) = next {
                self.enter(next);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Expression;
    use super::*;

    fn automaton(written: &str) -> Option<Automaton> {
        Automaton::new(&regex_syntax::parse(written).unwrap())
    }

    /// The places that are reached, from the places in `from`.
    fn reached(written: &str, text: &str, from: &[usize], direction: Direction) -> Vec<usize> {
        let set: Vec<bool> = (0..=text.len()).map(|at| from.contains(&at)).collect();
        let found = automaton(written).unwrap();
        let found = found.reached(text, &set, direction, &|_| Some(()));
        let places = found.unwrap().into_iter().enumerate();
        places
            .filter(|place| place.1)
            .map(|place| place.0)
            .collect()
    }

    #[test]
    fn all_ends_and_all_beginnings_are_found() {
        assert_eq!(
            reached("a|ab*", "abbc", &[0], Direction::Forward),
            [1, 2, 3]
        );
        assert_eq!(reached("a|ab*", "abbc", &[3], Direction::Backward), [0]);
        assert_eq!(
            reached("[ab]*", "abcab", &[0, 3], Direction::Forward),
            [0, 1, 2, 3, 4, 5]
        );
        assert_eq!(reached("é+", "éé", &[0], Direction::Forward), [2, 4]);
    }

    #[test]
    fn they_are_those_that_the_expression_fits() {
        let text = "xaab-aé1";
        for written in ["a*", "a+b?", "[^-]*", "(?i)A{2}", "x|xaa|.*1", "", r"\w\w"] {
            let expression = Expression::new(written).unwrap();
            let automaton = automaton(written).unwrap();
            for start in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                let fits = |end: &usize| {
                    text.is_char_boundary(*end) && expression.fits(&text[start..*end])
                };
                let ends: Vec<usize> = (start..=text.len()).filter(fits).collect();
                let mut found = automaton.ends(text, start, &|_| Some(()));
                found.retain(|at| text.is_char_boundary(*at));
                assert_eq!(found, ends, "{written} from {start}");
            }
        }
    }

    #[test]
    fn what_looks_around_has_none() {
        for written in [r"\ba", "^a", "a$"] {
            assert!(automaton(written).is_none(), "{written}");
        }
    }

    #[test]
    fn it_can_be_stopped() {
        let stopped = automaton("a*").unwrap();
        let from = [true; 4];
        let found = stopped.reached("aaa", &from, Direction::Forward, &|_| None);
        assert!(found.is_none());
    }
}
