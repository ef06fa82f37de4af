//! What the program tells of itself to shells and manual pages, all of it taken from its arguments.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use super::atomic_file::{self, Readers};
use super::exit_code::ExitCode;
use super::file::unreadable;
use super::output::{complain, deliver};

/// `scansion completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// For which shell
    shell: Shell,
}

/// `scansion man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Write a page for each command to a file in this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints what a shell has to read to complete command lines.
pub(super) fn completions(arguments: &CompletionsArgs, mut program: Command) -> ExitCode {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    generate(arguments.shell, &mut program, name, &mut script);
    deliver(&String::from_utf8_lossy(&script))
}

/// Prints the manual page of the program with all its commands, or writes a page for each.
pub(super) fn man(arguments: &ManArgs, program: Command) -> ExitCode {
    let program = program.disable_help_subcommand(true);
    let Some(folder) = &arguments.out else {
        return deliver(&page(program));
    };
    match write_pages(folder, program) {
        Ok(()) => ExitCode::Passed,
        Err(error) => complain(&unreadable(folder, error)),
    }
}

fn write_pages(folder: &Path, mut program: Command) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    program.build();
    write_page(folder, &program)
}

/// Writes the page of a command, and those of its own commands.
fn write_page(folder: &Path, command: &Command) -> io::Result<()> {
    let man = Man::new(command.clone());
    let page = rendered(|out| man.render(out));
    let path = folder.join(man.get_filename());
    atomic_file::write_own(&path, page.as_bytes(), Readers::AsBefore)?;
    let mut commands = command.get_subcommands();
    commands.try_for_each(|command| write_page(folder, command))
}

/// The page of the program, with a section for each of its commands.
fn page(mut program: Command) -> String {
    program.build();
    let man = Man::new(program.clone());
    let mut page = rendered(|out| {
        man.render_title(out)?;
        man.render_name_section(out)?;
        man.render_synopsis_section(out)?;
        man.render_description_section(out)?;
        man.render_options_section(out)
    });
    for command in program.get_subcommands() {
        page.push_str(&section(command));
    }
    page + &rendered(|out| man.render_version_section(out))
}

/// The section of a command; what were sections in a page of its own are below it.
fn section(command: &Command) -> String {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let man = Man::new(command.clone());
    let own = rendered(|out| {
        man.render_synopsis_section(out)?;
        man.render_description_section(out)?;
        man.render_options_section(out)
    });
    let own = own.replace("\n.SH ", "\n.SS ");
    format!(".SH \"{}\"\n{own}", name.to_uppercase())
}

fn rendered(render: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut text = Vec::new();
    render(&mut text).expect("memory takes all that is written to it");
    // The library parts a short option without a long one from nothing by a blank: `[-d ]`.
    String::from_utf8_lossy(&text).replace(" \\fR]", "\\fR]")
}
