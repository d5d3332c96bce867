//! `meridian man`: the manual, a page a command.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};

use super::exit::Exit;
use super::terminal::{Audience, Terminal};

/// Write the man pages, one a command
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  meridian man /usr/local/share/man/man1 && man meridian-drain")]
pub(super) struct Man {
    /// The directory they are written to; it is made where it is not there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Man {
    pub(super) fn run(&self) -> Exit {
        let mut terminal = Terminal::new(Audience::Person);
        match write(&self.directory) {
            Ok(()) => Exit::Done,
            Err(error) => {
                terminal.complain(&format!("{}: {error}", self.directory.display()));
                Exit::Refused
            }
        }
    }
}

fn write(directory: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    clap_mangen::generate_to(super::Arguments::command().disable_help_subcommand(true), directory)
}
