//! A stanza with many unordered children, in several variants: as it is sent, and as it is expected.

use std::fmt::Write;

use minidom::Element;
use scansion::matcher::Pattern;
use scansion::plan::{self, PlanOptions};
use scansion::script;
use scansion::source::SourceFile;

/// What the children have in common, and what is expected of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Each has a name of its own.
    Distinct,
    /// All have one name, and an attribute tells them apart.
    OneName,
    /// They are all the same.
    Alike,
    /// All have one name, and each is expected with a wildcard of its own.
    Wildcards,
    /// All have one name, an attribute tells them apart, and one expected child has not come: the answer is worked
    /// out, too.
    Missing,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Distinct,
        Self::OneName,
        Self::Alike,
        Self::Wildcards,
        Self::Missing,
    ];

    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Distinct => "distinct",
            Self::OneName => "one name",
            Self::Alike => "all alike",
            Self::Wildcards => "wildcards",
            Self::Missing => "one missing",
        }
    }

    /// A child as it is sent.
    fn sent(self, number: usize) -> String {
        match self {
            Self::Distinct => format!("<c{number}/>"),
            Self::OneName | Self::Wildcards | Self::Missing => format!("<c n='{number}'/>"),
            Self::Alike => "<c/>".to_owned(),
        }
    }

    /// A child as it is expected.
    fn expected(self, number: usize) -> String {
        match self {
            Self::Wildcards => format!("<c n='$<w{number}>'/>"),
            Self::Missing if number == 0 => "<c n='none'/>".to_owned(),
            other => other.sent(number),
        }
    }

    /// The children of a stanza.
    pub fn sent_children(self, count: usize) -> String {
        (0..count).map(|number| self.sent(number)).collect()
    }

    /// The children that are expected, in another order than they are sent.
    pub fn expected_children(self, count: usize) -> String {
        (0..count)
            .rev()
            .map(|number| self.expected(number))
            .collect()
    }

    /// The stanza.
    #[allow(dead_code, reason = "one of two programs uses it")]
    pub fn element(self, count: usize) -> Element {
        let children = self.sent_children(count);
        let text = format!("<message xmlns='jabber:client'>{children}</message>");
        text.parse().expect("it is an element")
    }

    /// The pattern that it is compared with, by way of a script.
    #[allow(dead_code, reason = "one of two programs uses it")]
    pub fn pattern(self, count: usize) -> Pattern {
        let mut text = "[Client] Juliet\n\tjid: j@localhost\n\tpassword: p\n---\n".to_owned();
        let children = self.expected_children(count);
        let _ = write!(text, "Juliet receives:\n\t<message>{children}</message>\n");
        let script = script::read(SourceFile::new("children.scs", &text)).script;
        let plan = plan::resolve(&script, &PlanOptions::default()).expect("the script is sound");
        let mut expectations = plan.steps.iter().filter_map(|step| step.verb.expectation());
        let expectation = expectations.next().expect("the script expects a stanza");
        expectation.items[0].clone()
    }
}
