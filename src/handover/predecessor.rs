//! The successor's side: asks for the sockets, and says when it serves.

use std::io::{self, ErrorKind};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use super::frame::Line;
use super::{Inherited, PATIENCE};

/// The process that serves until this one does. Dropping it gives up: it goes on as if nobody had asked.
#[derive(Debug)]
pub struct Predecessor {
    line: Line,
}

/// Why its place cannot be taken. It has never stopped.
#[derive(Debug, thiserror::Error)]
pub enum TakeoverError {
    /// The config does not say where.
    #[error("{config}: takeover needs [admin] with socket = \"PATH\": the running process waits beside it")]
    NoPlace {
        /// The config.
        config: PathBuf,
    },
    /// Nobody waits for a successor.
    #[error(
        "takeover: nobody waits for a successor at {path}: {source}; start without --takeover, or give the config of \
         the running process, whose [admin] socket says where"
    )]
    Nobody {
        /// Where it would wait.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another one was first.
    #[error("takeover: another successor (pid {0}) is at work; wait for its end and try again")]
    Busy(String),
    /// The predecessor does not give its place up.
    #[error("takeover: the running process refuses: {0}")]
    Refused(String),
    /// It waited for its longest, and goes on.
    #[error("takeover: this process was ready too late: the running one goes on; try again")]
    Late,
    /// It ended, or is not what we think.
    #[error("takeover: the running process does not play its part: {0}; it goes on serving if it still runs")]
    Broken(#[from] io::Error),
}

impl Predecessor {
    /// Becomes its one successor. From here on it expects the next words in time, and serves.
    ///
    /// # Errors
    /// Nobody is there, or another successor is at work.
    pub fn meet(path: &Path) -> Result<Self, TakeoverError> {
        let nobody = |source| TakeoverError::Nobody { path: path.to_owned(), source };
        let mut line = Line::new(UnixStream::connect(path).map_err(nobody)?, PATIENCE)?;
        line.say(&format!("hello {}", std::process::id()))?;
        let word = line.hear()?;
        match word.split_once(' ') {
            None if word == "granted" => Ok(Self { line }),
            Some(("busy", pid)) => Err(TakeoverError::Busy(pid.to_owned())),
            Some(("refused", why)) => Err(TakeoverError::Refused(why.to_owned())),
            _ => Err(unexpected(&word).into()),
        }
    }

    /// Takes every socket. It has let go of its store when this returns, and waits for it.
    ///
    /// # Errors
    /// It does not give them.
    pub fn sockets(&mut self, into: &mut Inherited) -> Result<(), TakeoverError> {
        self.line.say("give")?;
        let (mut sockets, mut paths) = (Vec::new(), Vec::new());
        loop {
            let word = self.line.hear()?;
            match word.split_once(' ') {
                Some(("path", path)) => paths.push(PathBuf::from(path)),
                Some(("sockets", count)) => {
                    let count = count.parse().map_err(|_| unexpected(&word))?;
                    sockets.extend(self.line.take(count)?);
                }
                Some(("refused", why)) => return Err(TakeoverError::Refused(why.to_owned())),
                None if word == "given" => return Ok(into.extend(sockets, paths)?),
                _ => return Err(unexpected(&word).into()),
            }
        }
    }

    /// Says that this process answers. When this returns, it is the one that does; a predecessor that died meanwhile
    /// cannot object.
    ///
    /// # Errors
    /// It has waited too long and taken its place back: this process has to end.
    pub fn serving(&mut self) -> Result<(), TakeoverError> {
        // Where it has gone already, what it said last can still be heard.
        let _it_has_gone = self.line.say("serving");
        match self.line.hear().as_deref() {
            Ok("go") => Ok(()),
            Ok("revoked") => Err(TakeoverError::Late),
            Ok(word) => Err(TakeoverError::Refused(word.to_owned())),
            Err(error) if is_gone(error) => Ok(()),
            Err(_) => Err(TakeoverError::Refused("it does not answer".to_owned())),
        }
    }

    /// Returns when it reads no socket any more, or takes too long to say so.
    pub fn gone(mut self) {
        // Whatever comes instead of the end is the end.
        let _gone = self.line.hear();
    }
}

/// Whether the other process ended.
fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
}

fn unexpected(word: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("it said {word:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A successor whose predecessor has said this, and has gone.
    fn after(words: &[&str]) -> Predecessor {
        let (one, other) = UnixStream::pair().unwrap();
        let mut old = Line::new(other, PATIENCE).unwrap();
        words.iter().for_each(|word| old.say(word).unwrap());
        Predecessor { line: Line::new(one, PATIENCE).unwrap() }
    }

    #[test]
    fn a_predecessor_that_took_its_place_back_is_not_taken_for_a_dead_one() {
        assert!(matches!(after(&["revoked"]).serving(), Err(TakeoverError::Late)));
        assert!(after(&["go"]).serving().is_ok());
        assert!(after(&[]).serving().is_ok(), "one that died cannot object");
    }
}
