//! The matcher beside a plain one that tries everything: both say the same of any few children.

use proptest::collection::vec;
use proptest::prelude::*;
use scansion::matcher::{self, Bindings};

use super::matching::{element, matches, pattern};

/// A child that came.
#[derive(Debug, Clone)]
struct Child {
    name: &'static str,
    value: u8,
}

impl Child {
    fn write(&self) -> String {
        format!("<{} v='{}'/>", self.name, self.value)
    }
}

/// A value that is expected.
#[derive(Debug, Clone, Copy)]
enum Value {
    Literal(u8),
    /// One of the names that all of the pattern shares.
    Named(usize),
    Anything,
}

const NAMES: [&str; 2] = ["x", "y"];
const VALUES: u8 = 3;

/// An expected element.
#[derive(Debug, Clone)]
struct Expected {
    name: &'static str,
    value: Value,
}

impl Expected {
    fn write(&self, more: &str) -> String {
        let value = match self.value {
            Value::Literal(value) => value.to_string(),
            Value::Named(name) => format!("$<{}>", NAMES[name]),
            Value::Anything => "$<_>".to_owned(),
        };
        format!("<{} v='{value}'{more}/>", self.name)
    }

    fn fits(&self, child: &Child, values: [u8; 2]) -> bool {
        let fits = match self.value {
            Value::Literal(value) => value == child.value,
            Value::Named(name) => values[name] == child.value,
            Value::Anything => true,
        };
        fits && self.name == child.name
    }
}

/// What is said of all children.
#[derive(Debug, Clone, Copy)]
enum Saying {
    Times(usize, usize),
    Each,
}

/// What is expected in one place.
#[derive(Debug, Clone)]
enum Item {
    One(Expected),
    OneOf(Vec<Expected>),
}

impl Item {
    fn write(&self) -> String {
        match self {
            Item::One(expected) => expected.write(""),
            Item::OneOf(members) => {
                let members: String = members.iter().map(|member| member.write("")).collect();
                format!("<scansion:one-of>{members}</scansion:one-of>")
            }
        }
    }

    fn fits(&self, child: &Child, values: [u8; 2]) -> bool {
        match self {
            Item::One(expected) => expected.fits(child, values),
            Item::OneOf(members) => members.iter().any(|member| member.fits(child, values)),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Open,
    AnyOrder,
    AsWritten,
}

#[derive(Debug, Clone)]
struct Parent {
    mode: Mode,
    items: Vec<Item>,
    sayings: Vec<(Expected, Saying)>,
}

impl Parent {
    fn write(&self) -> String {
        let mode = match self.mode {
            Mode::Open => " scansion:strict='false'",
            Mode::AnyOrder => " scansion:order='any'",
            Mode::AsWritten => "",
        };
        let items: String = self.items.iter().map(Item::write).collect();
        let sayings = self.sayings.iter().map(|(expected, saying)| match saying {
            Saying::Times(least, most) => {
                expected.write(&format!(" scansion:times='{least}..{most}'"))
            }
            Saying::Each => expected.write(" scansion:each='*'"),
        });
        let sayings: String = sayings.collect();
        format!("<message><q xmlns='urn:x'{mode}>{items}{sayings}</q></message>")
    }

    fn fits(&self, children: &[Child]) -> bool {
        let names = [0, 0];
        let hold = self.sayings.iter().all(|(expected, saying)| match saying {
            Saying::Times(least, most) => {
                let fitting = children.iter().filter(|child| expected.fits(child, names));
                (*least..=*most).contains(&fitting.count())
            }
            Saying::Each => {
                let mut named = children.iter().filter(|child| child.name == expected.name);
                named.all(|child| expected.fits(child, names))
            }
        });
        hold && (0..VALUES * VALUES).any(|values| {
            let values = [values / VALUES, values % VALUES];
            self.is_assigned(
                &self.items,
                children,
                &mut vec![false; children.len()],
                values,
            )
        })
    }

    /// Whether the items can each have a child that none of the others has.
    fn is_assigned(
        &self,
        items: &[Item],
        children: &[Child],
        taken: &mut Vec<bool>,
        values: [u8; 2],
    ) -> bool {
        let Some((first, rest)) = items.split_first() else {
            let mut left = children.iter().zip(taken.iter()).filter(|child| !child.1);
            return self.mode == Mode::Open || left.all(|(child, _)| self.is_counted(child));
        };
        let from = match self.mode {
            Mode::AsWritten => taken
                .iter()
                .rposition(|taken| *taken)
                .map_or(0, |last| last + 1),
            Mode::Open | Mode::AnyOrder => 0,
        };
        (from..children.len()).any(|child| {
            let fits = !taken[child] && first.fits(&children[child], values);
            fits && {
                taken[child] = true;
                let is_assigned = self.is_assigned(rest, children, taken, values);
                taken[child] = false;
                is_assigned
            }
        })
    }

    fn is_counted(&self, child: &Child) -> bool {
        let mut sayings = self.sayings.iter();
        sayings.any(|(expected, _)| expected.fits(child, [0, 0]))
    }
}

fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("a"), 1 => Just("b")]
}

fn child() -> impl Strategy<Value = Child> {
    (name(), 0..VALUES).prop_map(|(name, value)| Child { name, value })
}

/// An expected element; where it is `apart`, it has none of the names.
fn expected(apart: bool) -> impl Strategy<Value = Expected> {
    let value = prop_oneof![
        (0..VALUES).prop_map(Value::Literal),
        (0..NAMES.len()).prop_map(move |name| match apart {
            true => Value::Anything,
            false => Value::Named(name),
        }),
        Just(Value::Anything),
    ];
    (name(), value).prop_map(|(name, value)| Expected { name, value })
}

/// An item as many times as it stands there one after the other.
fn items() -> impl Strategy<Value = Vec<Item>> {
    let item = prop_oneof![
        4 => expected(false).prop_map(Item::One),
        1 => vec(expected(true), 1..4).prop_map(Item::OneOf),
    ];
    let repeated = vec((item, 1_usize..4), 0..4);
    repeated.prop_map(|repeated| {
        let items = repeated.into_iter();
        let items = items.flat_map(|(item, times)| std::iter::repeat_n(item, times));
        items.take(6).collect()
    })
}

fn parent() -> impl Strategy<Value = Parent> {
    let mode = prop_oneof![
        Just(Mode::Open),
        Just(Mode::AnyOrder),
        Just(Mode::AsWritten)
    ];
    let saying = prop_oneof![
        3 => (0_usize..4, 0_usize..5).prop_map(|(least, more)| Saying::Times(least, least + more)),
        1 => Just(Saying::Each),
    ];
    (mode, items(), vec((expected(true), saying), 0..3)).prop_map(|(mode, items, sayings)| Parent {
        mode,
        items,
        sayings,
    })
}

fn check(parent: &Parent, children: &[Child]) -> Result<(), TestCaseError> {
    let written: String = children.iter().map(Child::write).collect();
    let received = element(&format!(
        "<message><q xmlns='urn:x'>{written}</q></message>"
    ));
    let expected = pattern(&parent.write());
    let bindings = Bindings::new();
    let fits = parent.fits(children);
    let told = format!("{} and {written}", parent.write());
    prop_assert_eq!(matches(&expected, &received, &bindings), fits, "{}", told);
    let differences = matcher::differences(&expected, &received, &bindings);
    prop_assert_eq!(differences.is_empty(), fits, "{}", told);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_children_are_judged_as_by_trying_everything(
        parent in parent(),
        children in vec(child(), 0..8),
    ) {
        check(&parent, &children)?;
    }

    /// What came is what is expected, in another order, with something changed here and there.
    #[test]
    fn children_that_nearly_fit_are_judged_as_by_trying_everything(
        parent in parent(),
        values in vec(0..VALUES, 24),
        more in vec(child(), 0..3),
        is_reversed: bool,
    ) {
        let mut values = values.into_iter();
        let shared = [0; 2].map(|_: u8| values.next().unwrap_or_default());
        let of = |expected: &Expected, other: u8| Child {
            name: expected.name,
            value: match expected.value {
                Value::Literal(value) => value,
                Value::Named(name) => shared[name],
                Value::Anything => other,
            },
        };
        let mut children: Vec<Child> = parent
            .items
            .iter()
            .zip(values)
            .map(|(item, other)| match item {
                Item::One(expected) => of(expected, other),
                Item::OneOf(members) => of(&members[usize::from(other) % members.len()], other),
            })
            .collect();
        children.extend(more);
        if is_reversed {
            children.reverse();
        }
        check(&parent, &children)?;
    }
}
