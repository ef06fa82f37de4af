//! The GitHub Action as it is run: its steps, with the environment that GitHub's runner gives them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::program::root;

/// A file of the project.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A file of the project, which is YAML.
pub fn yaml(path: &str) -> Value {
    serde_norway::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The steps of the action.
pub fn steps(action: &Value) -> &[Value] {
    action["runs"]["steps"].as_array().unwrap()
}

/// A machine of GitHub's, as far as the steps see it.
pub struct Machine {
    folder: tempfile::TempDir,
    action: Value,
}

/// How a step ended.
pub struct Done {
    /// The exit code.
    pub code: i32,
    /// All that was said.
    pub said: String,
    /// What the step gives to others.
    pub outputs: BTreeMap<String, String>,
    /// What is on the page of the run.
    pub summary: String,
}

impl Machine {
    /// One on which nothing has happened.
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            action: yaml("action.yml"),
        }
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What an expression of the action becomes.
    fn value(&self, expression: &str, program: &str, inputs: &[(&str, &str)]) -> String {
        let inner = expression.trim_start_matches("${{ ");
        let inner = inner.trim_end_matches(" }}");
        let Some(input) = inner.strip_prefix("inputs.") else {
            assert_eq!(inner, "steps.locate.outputs.binary");
            return program.to_owned();
        };
        let given = inputs.iter().find(|(name, _)| *name == input);
        let default = || self.action["inputs"][input]["default"].as_str().unwrap();
        given.map_or_else(default, |(_, value)| value).to_owned()
    }

    /// Runs the step whose line ends with this word, in the project's folder.
    pub fn step(&self, word: &str, program: &str, inputs: &[(&str, &str)]) -> Done {
        let mut steps = steps(&self.action).iter();
        let is_it = |step: &&Value| step["run"].as_str().is_some_and(|run| run.ends_with(word));
        let step = steps.find(is_it).unwrap();
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c"])
            .arg(step["run"].as_str().unwrap())
            .current_dir(root())
            .stdin(Stdio::null())
            .env("GITHUB_ACTION_PATH", root())
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("RUNNER_TEMP", self.folder.path())
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64");
        for (name, expression) in step["env"].as_object().into_iter().flatten() {
            command.env(
                name,
                self.value(expression.as_str().unwrap(), program, inputs),
            );
        }
        let output = command.output().unwrap();
        self.done(
            output.status.code().unwrap(),
            &[output.stdout, output.stderr].concat(),
        )
    }

    /// Runs the step with the scripts; reports come into the machine's folder.
    pub fn run(&self, program: &str, inputs: &[(&str, &str)]) -> Done {
        let reports = self.path("reports");
        let reports = [("reports", reports.to_str().unwrap())];
        self.step("run", program, &[&reports, inputs].concat())
    }

    fn done(&self, code: i32, said: &[u8]) -> Done {
        let written = |name| fs::read_to_string(self.path(name)).unwrap_or_default();
        let outputs = written("output");
        let outputs = outputs.lines().map(|line| line.split_once('=').unwrap());
        Done {
            code,
            said: String::from_utf8(said.to_vec()).unwrap(),
            outputs: outputs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            summary: written("summary"),
        }
    }

    /// A program that writes its arguments into a file.
    pub fn scribe(&self) -> String {
        let path = self.path("scribe");
        let file = self.path("arguments");
        let text = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >'{}'\n", file.display());
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What the scribe was given, but for what every run is.
    pub fn given(&self) -> Vec<String> {
        let arguments = fs::read_to_string(self.path("arguments")).unwrap();
        let folder = self.folder.path().to_str().unwrap();
        let own = |argument: &&str| !argument.contains(folder);
        arguments.lines().filter(own).map(str::to_owned).collect()
    }
}
