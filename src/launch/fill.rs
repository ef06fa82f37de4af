//! Filling in a configuration or a command: `{port}`, `{dir}` and their like.

/// What may be filled in, by name.
#[derive(Clone, Default)]
pub(super) struct Blanks(Vec<(&'static str, String)>);

impl Blanks {
    /// Adds what stands for `{name}`.
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// The text with everything filled in. Other braces stay: configurations have some of their own.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            match self.at_start_of(rest) {
                Some((name, value)) => {
                    filled.push_str(value);
                    rest = &rest[name.len() + 2..];
                }
                None => {
                    filled.push('{');
                    rest = &rest[1..];
                }
            }
        }
        filled + rest
    }

    fn at_start_of(&self, text: &str) -> Option<&(&'static str, String)> {
        let (name, _) = text.strip_prefix('{')?.split_once('}')?;
        self.0.iter().find(|(blank, _)| *blank == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_filled_in_and_only_once() {
        let mut blanks = Blanks::default();
        blanks.set("port", "5222");
        blanks.set("dir", "/tmp/{port}");
        assert_eq!(
            blanks.fill("a = {port}, { {port} }, {dir}, {other}, {"),
            "a = 5222, { 5222 }, /tmp/{port}, {other}, {"
        );
    }
}
