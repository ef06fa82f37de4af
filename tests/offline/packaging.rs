//! How the program is distributed: the package, the GitHub Action, the examples of pipelines, the Dockerfile, and the
//! page about them. The action's steps are run here as GitHub runs them, with the environment that its runner sets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use regex::Regex;
use serde_json::Value;

use crate::machine::{Machine, read, steps, yaml};
use crate::program::{PROGRAM, root, run, scansion};

/// What a pattern finds in a text: its first group.
fn found(pattern: &str, text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).unwrap();
    let found = pattern.captures_iter(text);
    found.map(|found| found[1].to_owned()).collect()
}

fn help(command: &[&str]) -> String {
    let words = [command, &["--help"]].concat();
    let output = scansion(&words).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

// ---- The package --------------------------------------------------------------------------------------------

/// What `cargo package` would put into the package.
fn packed() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let list = String::from_utf8(output.stdout).unwrap();
    list.lines().map(str::to_owned).collect()
}

/// Each with the files of which there is one at least.
const NEEDED: [(&str, &str); 8] = [
    ("clauses/", ".tsv"),
    ("docs/", ".md"),
    ("examples/", ".rs"),
    ("grammar/", ".pest"),
    ("spec/", ".scs"),
    ("src/", ".rs"),
    ("src/launch/recipes/", ".toml"),
    ("src/report/", ".css"),
];

#[test]
fn the_package_has_what_is_needed_and_no_fixtures_of_tests() {
    let packed = packed();
    for (folder, ending) in NEEDED {
        let is_one = |path: &String| path.starts_with(folder) && path.ends_with(ending);
        assert!(packed.iter().any(is_one), "{folder}*{ending}");
    }
    for file in ["CHANGELOG.md", "Cargo.lock", "LICENSE", "README.md"] {
        assert!(packed.contains(file), "{file}");
    }
    let unneeded = |path: &&String| {
        let folder = path.split_once('/').map_or("", |(folder, _)| folder);
        !["", "clauses", "docs", "examples", "grammar", "spec", "src"].contains(&folder)
    };
    assert_eq!(packed.iter().find(unneeded), None);
    // What cargo itself writes is not among the files of the folder.
    let files = packed.iter().map(|path| root().join(path));
    let bytes: u64 = files
        .filter_map(|file| file.metadata().ok())
        .map(|file| file.len())
        .sum();
    // The scripts of `spec/`, which are part of the product, have more than one of them.
    assert!(bytes < 7_000_000, "{bytes} bytes");
}

// ---- What is said to the program ----------------------------------------------------------------------------

/// Files that tell users how to call the program.
const TOLD: [&str; 4] = [
    "ci/action.sh",
    "docs/gating.md",
    "docs/ci/github-workflow.yml",
    "docs/ci/gitlab-ci.yml",
];

/// Options of other programs there.
const FOREIGN: [&str; 20] = [
    "--directory",
    "--entrypoint",
    "--extract",
    "--from",
    "--idn-library",
    "--locked",
    "--lua-suffix",
    "--lua-version",
    "--name",
    "--network",
    "--no-install-recommends",
    "--ostype",
    "--path",
    "--rm",
    "--root",
    "--tag",
    "--target",
    "--user",
    "--volume",
    "--yes",
];

#[test]
fn the_program_has_all_options_that_it_is_given() {
    let commands: [&[&str]; 5] = [
        &["run"],
        &["check"],
        &["report", "merge"],
        &["report", "compare"],
        &["explain"],
    ];
    let known = commands.map(help).concat();
    let known = found(r"(--[a-z][a-z-]+)", &known);
    for path in TOLD {
        let mut given = found(r"(?:^|[\s`('\x22])(--[a-z][a-z-]+)", &read(path));
        assert!(!given.is_empty(), "{path}");
        given.retain(|option| !FOREIGN.contains(&option.as_str()) && !known.contains(option));
        assert_eq!(given, BTreeSet::new(), "{path}");
    }
}

#[test]
fn the_program_has_all_forms_of_reports_that_are_asked_of_it() {
    let asked = TOLD.map(|path| found(r"--report[ =][`\x22]?([a-z]+)\b", &read(path)));
    let asked: BTreeSet<String> = asked.into_iter().flatten().collect();
    assert!(asked.len() > 4, "{asked:?}");
    for form in asked {
        let output = run(&["nowhere.scs", "--report", &form]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("--report"), "{said}");
    }
}

// ---- The action as it is written ----------------------------------------------------------------------------

/// What the steps are given in the environment, by its name there.
fn environment(action: &Value) -> BTreeMap<&str, &str> {
    let environments = steps(action)
        .iter()
        .filter_map(|step| step["env"].as_object());
    let variables = environments.flatten();
    variables
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect()
}

#[test]
fn each_input_reaches_the_script_and_no_other_way_than_by_the_environment() {
    let action = yaml("action.yml");
    let inputs = action["inputs"].as_object().unwrap();
    let expected = inputs.keys().map(|input| {
        let name = format!("INPUT_{}", input.to_uppercase().replace('-', "_"));
        (name, format!("${{{{ inputs.{input} }}}}"))
    });
    let expected: BTreeMap<String, String> = expected.collect();
    let given = environment(&action);
    let given = given
        .into_iter()
        .filter(|(name, _)| name.starts_with("INPUT_"));
    let given: BTreeMap<String, String> = given
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(given, expected);
    let read = found(r"\$\{?(INPUT_[A-Z_]+)", &read("ci/action.sh"));
    assert_eq!(read, expected.into_keys().collect());
    for step in steps(&action) {
        let line = step["run"].as_str().unwrap_or_default();
        assert!(!line.contains("${{"), "{line}");
    }
}

#[test]
fn outputs_and_conditions_are_of_steps_that_give_them() {
    let action = read("action.yml");
    let given = found(r"\boutput ([a-z-]+) ", &read("ci/action.sh"));
    let mut taken = found(r"steps\.\w+\.outputs\.([a-z-]+)", &action);
    assert!(taken.remove("cache-hit"));
    assert_eq!(taken, given);
    let ids = found(r"- id: (\w+)", &action);
    assert_eq!(found(r"steps\.(\w+)\.", &action), ids);
}

#[test]
fn bash_can_read_the_script() {
    let read = Command::new("bash")
        .args(["-n", "ci/action.sh"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(read.status.success() && read.stderr.is_empty(), "{read:?}");
}

// ---- The action as it is run --------------------------------------------------------------------------------

#[test]
fn inputs_are_words_and_never_commands() {
    let machine = Machine::new();
    let scribe = machine.scribe();
    let done = machine.run(
        &scribe,
        &[
            ("scripts", "suite\n'more plays'"),
            ("launch-command", "exec \"$(touch boom)\" {config}; `boom`"),
            ("server", "--version"),
            ("partition", "2/4"),
            ("args", "--filter 'a  b' $(boom) *\n-q"),
        ],
    );
    assert_eq!(done.code, 0, "{}", done.said);
    let expected = [
        "run",
        "--launch-command=exec \"$(touch boom)\" {config}; `boom`",
        "--server=--version",
        "--partition=2/4",
        "--report=github",
        "--filter",
        "a  b",
        "$(boom)",
        "*",
        "-q",
        "--",
        "suite",
        "more plays",
    ];
    assert_eq!(machine.given(), expected);
    assert!(!root().join("boom").exists());
}

#[test]
fn nothing_is_annotated_or_launched_unless_it_is_wanted() {
    let machine = Machine::new();
    let scribe = machine.scribe();
    let done = machine.run(&scribe, &[("annotations", "false"), ("scripts", "suite")]);
    assert_eq!(done.code, 0, "{}", done.said);
    assert_eq!(machine.given(), ["run", "--", "suite"]);
    // Nothing was written, so nothing is promised.
    let outputs: Vec<&String> = done.outputs.keys().collect();
    assert_eq!(outputs, ["exit-code", "reports"]);
}

#[test]
fn a_mistake_in_the_inputs_is_told_and_is_no_failure_of_the_server() {
    for (input, value, message) in [
        ("args", "--filter 'a", "a quote is not closed"),
        ("working-directory", "nowhere", "there is no folder nowhere"),
        ("merge", "nowhere/*.json", "there are no reports"),
    ] {
        let machine = Machine::new();
        let done = machine.run(&machine.scribe(), &[(input, value)]);
        assert_eq!(done.code, 2, "{}", done.said);
        let told = format!("::error title=scansion::{message}");
        assert!(done.said.contains(&told), "{}", done.said);
    }
}

#[test]
fn the_program_is_the_one_that_is_there_or_is_built_from_these_sources() {
    let machine = Machine::new();
    let done = machine.step("locate", "", &[("binary", PROGRAM)]);
    assert_eq!((done.code, done.outputs["binary"].as_str()), (0, PROGRAM));
    let machine = Machine::new();
    let done = machine.step("locate", "", &[("binary", "no-such-program")]);
    assert_eq!(done.code, 2, "{}", done.said);
    let machine = Machine::new();
    let done = machine.step("locate", "", &[]);
    assert_eq!(done.code, 0, "{}", done.said);
    let key = Regex::new(r"^scansion-Linux-X64-\w*-[0-9a-f]{16}$").unwrap();
    assert!(key.is_match(&done.outputs["key"]), "{:?}", done.outputs);
    let program = Path::new(&done.outputs["folder"]).join("bin/scansion");
    assert_eq!(Path::new(&done.outputs["binary"]), program);
}

// ---- Pipelines and the image --------------------------------------------------------------------------------

#[test]
fn the_example_of_a_workflow_uses_the_action_as_it_is() {
    let inputs = yaml("action.yml")["inputs"].as_object().unwrap().clone();
    let workflow = yaml("docs/ci/github-workflow.yml");
    let jobs = workflow["jobs"].as_object().unwrap().values();
    let steps = jobs.flat_map(|job| job["steps"].as_array().unwrap());
    let uses = |step: &&Value| {
        let action = step["uses"].as_str().unwrap_or_default();
        action.starts_with("OWNER/scansion@")
    };
    let given: Vec<_> = steps
        .filter(uses)
        .map(|step| step["with"].as_object().unwrap())
        .collect();
    assert_eq!(given.len(), 2);
    for input in given.into_iter().flat_map(|given| given.keys()) {
        assert!(inputs.contains_key(input), "{input}");
    }
}

#[test]
fn the_pipeline_of_gitlab_runs_all_parts_and_merges_what_they_write() {
    let pipeline = yaml("docs/ci/gitlab-ci.yml");
    let lines = |job: &str| pipeline[job]["script"].to_string();
    assert_eq!(pipeline["conformance"]["parallel"], 4);
    assert!(lines("conformance").contains("$CI_NODE_INDEX/$CI_NODE_TOTAL"));
    assert!(lines("conformance").contains("json=reports/part-$CI_NODE_INDEX.json"));
    assert!(lines("verdict").contains("report merge reports/part-*.json"));
    let junit = pipeline["verdict"]["artifacts"]["reports"]["junit"].as_str();
    assert!(lines("verdict").contains(&format!("junit={}", junit.unwrap())));
}

#[test]
fn the_image_is_built_from_files_that_docker_is_given() {
    let dockerfile = read("Dockerfile");
    let given: BTreeSet<String> = found(r"(?m)^!(\S+)$", &read(".dockerignore"));
    let copied = Regex::new(r"(?m)^COPY ([^-].*) \S+$").unwrap();
    let copied = copied.captures_iter(&dockerfile);
    let copied: BTreeSet<String> = copied
        .flat_map(|line| {
            line[1]
                .split(' ')
                .map(str::to_owned)
                .collect::<Vec<String>>()
        })
        .collect();
    assert_eq!(copied, given);
    for path in given {
        assert!(root().join(&path).exists(), "{path}");
    }
    let stages = found(r"(?m)^FROM \S+ AS (\S+)$", &dockerfile);
    let page = read("docs/gating.md");
    for target in found(
        r"docker build --target ([a-z-]+)",
        &format!("{dockerfile}{page}"),
    ) {
        assert!(stages.contains(&target), "{target}");
    }
}
