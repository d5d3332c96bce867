//! `meridian completions`: what a shell needs to complete commands and options.

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;

use super::exit::Exit;
use super::terminal::{Audience, Terminal};

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  meridian completions bash > /etc/bash_completion.d/meridian
  meridian completions zsh > \"${fpath[1]}/_meridian\"
  meridian completions fish > ~/.config/fish/completions/meridian.fish")]
pub(super) struct Completions {
    /// The shell
    shell: Kind,
}

/// The shells that are served.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Bash,
    Zsh,
    Fish,
}

impl Completions {
    pub(super) fn run(&self) -> Exit {
        let shell = match self.shell {
            Kind::Bash => Shell::Bash,
            Kind::Zsh => Shell::Zsh,
            Kind::Fish => Shell::Fish,
        };
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut super::Arguments::command(), "meridian", &mut script);
        Terminal::new(Audience::Person).print(&String::from_utf8_lossy(&script));
        Exit::Done
    }
}
