//! Wires the edges to the world. (Placeholder until the world lands: the signatures that cli/ calls.)

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::admin::{ProblemLine, Question, Refusal};
use crate::answer::Explanation;

/// What `serve` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeOptions {
    /// The config file.
    pub config: PathBuf,
}

/// What `demo` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoOptions {
    /// Where DNS is served.
    pub dns: SocketAddr,
    /// Where the page is served.
    pub web: SocketAddr,
    /// The admin socket.
    pub socket: PathBuf,
    /// The state directory; none: one that ends with the demo.
    pub state: Option<PathBuf>,
}

/// What a config holds, for `check`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many zones.
    pub zones: usize,
    /// How many records in them.
    pub records: usize,
    /// How many services.
    pub services: usize,
    /// How many regions.
    pub regions: usize,
    /// How many fences.
    pub fences: usize,
    /// Unix seconds at which the location database was built.
    pub database_built: u64,
    /// Worth a look, and no mistake.
    pub warnings: Vec<ProblemLine>,
}

/// Why a command that needs a whole config ends.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The config, a zone or the database has mistakes.
    #[error("{} problems", .0.len())]
    Config(Vec<ProblemLine>),
    /// The question cannot be answered.
    #[error(transparent)]
    Refused(Refusal),
    /// The machine does not give what is needed.
    #[error(transparent)]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

/// Serves until it is told to stop.
///
/// # Errors
/// The config has mistakes, or an address, socket or directory cannot be had.
pub async fn serve(options: ServeOptions) -> Result<(), StartError> {
    Err(absent(&options.config))
}

/// Serves a whole world on loopback until it is told to stop.
///
/// # Errors
/// An address, socket or directory cannot be had.
pub async fn demo(options: DemoOptions) -> Result<(), StartError> {
    Err(absent(&options.socket))
}

/// Reads everything and starts nothing.
///
/// # Errors
/// Every problem.
pub fn check(config: &Path) -> Result<Summary, StartError> {
    Err(absent(config))
}

/// Explains an answer from a config alone.
///
/// # Errors
/// The config has mistakes, or the question cannot be answered.
pub fn explain(config: &Path, _question: &Question) -> Result<Explanation, StartError> {
    Err(absent(config))
}

/// The admin socket that a config names. The rest of the file may have mistakes: an operator must still get in.
///
/// # Errors
/// The file cannot be read, or names no socket.
pub fn admin_socket(config: &Path) -> Result<PathBuf, StartError> {
    let text = std::fs::read_to_string(config)
        .map_err(|error| StartError::Failed(format!("{}: {error}", config.display()).into()))?;
    let socket = text
        .parse::<toml::Table>()
        .ok()
        .and_then(|table| Some(table.get("admin")?.get("socket")?.as_str()?.to_owned()))
        .ok_or_else(|| StartError::Failed(format!("{}: names no [admin] socket", config.display()).into()))?;
    Ok(config.parent().unwrap_or(Path::new("")).join(socket))
}

fn absent(path: &Path) -> StartError {
    StartError::Failed(format!("{}: the director is not part of this build", path.display()).into())
}
