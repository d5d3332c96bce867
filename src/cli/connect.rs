//! The way to running servers: which sockets, and one HTTP request to each.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use reqwest::{Client, Method, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::exit::Exit;
use super::failure::Failure;
use super::terminal::{Audience, Terminal};
use crate::director;

/// A server that accepts and says nothing is given up after this; a reload may take a minute.
const PATIENCE: Duration = Duration::from_secs(75);

/// Which servers, and how to speak.
#[derive(Clone, Debug, Args)]
pub(super) struct Connection {
    /// Admin socket of a running server; give it again to act on several. Else MERIDIAN_SOCKET, else the config's
    #[arg(long, value_name = "PATH")]
    socket: Vec<PathBuf>,
    /// Config file that names the socket
    #[arg(long, value_name = "FILE", default_value = "meridian.toml")]
    config: PathBuf,
    /// Print one JSON document on standard output, words on standard error
    #[arg(long)]
    json: bool,
}

impl Connection {
    pub(super) fn new(socket: Vec<PathBuf>, config: PathBuf, json: bool) -> Self {
        Self { socket, config, json }
    }

    /// The config file, by `--config` or where it usually is.
    pub(super) fn config(&self) -> &Path {
        &self.config
    }

    /// Where this command's words go.
    pub(super) fn terminal(&self) -> Terminal {
        Terminal::new(if self.json { Audience::Program } else { Audience::Person })
    }

    /// The servers to ask; there is at least one.
    pub(super) fn servers(&self) -> Result<Vec<Server>, Failure> {
        self.sockets()?.into_iter().map(Server::new).collect()
    }

    fn sockets(&self) -> Result<Vec<PathBuf>, Failure> {
        if !self.socket.is_empty() {
            return Ok(self.socket.clone());
        }
        if let Some(socket) = std::env::var_os("MERIDIAN_SOCKET").filter(|socket| !socket.is_empty()) {
            return Ok(vec![socket.into()]);
        }
        match director::admin_socket(&self.config) {
            Ok(socket) => Ok(vec![socket]),
            Err(error) => Err(Failure::usage(format!(
                "{error}; say which server with --socket PATH, MERIDIAN_SOCKET or --config FILE"
            ))),
        }
    }
}

/// One request; paths and parameters are encoded on the way.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: Vec<String>,
    pub(super) parameters: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
}

impl Request {
    pub(super) fn new(method: Method, path: &[&str]) -> Self {
        Self {
            method,
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            parameters: Vec::new(),
            body: None,
        }
    }

    fn url(&self) -> Url {
        let mut url = Url::parse("http://meridian/v1/").expect("a constant URL parses");
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(&self.path);
        }
        if !self.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.parameters);
        }
        url
    }
}

/// One admin socket.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) socket: PathBuf,
    http: Client,
}

impl Server {
    fn new(socket: PathBuf) -> Result<Self, Failure> {
        match Client::builder().unix_socket(socket.as_path()).no_proxy().build() {
            Ok(http) => Ok(Self { socket, http }),
            Err(error) => Err(Failure::usage(format!("{}: {error}", socket.display()))),
        }
    }

    /// Asks and reads the whole answer.
    pub(super) async fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<Answer<T>, Failure> {
        let asked = async {
            let response = self.open(request).await?;
            response.text().await.map_err(|error| self.unreachable(&error))
        };
        let text = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| {
            let words = format!("{}: the server accepts and says nothing", self.socket.display());
            Failure::new(Exit::NoServer, words)
        })??;
        match serde_json::from_str(&text) {
            Ok(body) => Ok(Answer { body, text }),
            Err(error) => Err(Failure::new(
                Exit::Refused,
                format!("{}: not an answer of a Meridian: {error}", self.socket.display()),
            )),
        }
    }

    /// Asks and leaves the body of a success to be read bit by bit.
    pub(super) async fn open(&self, request: &Request) -> Result<reqwest::Response, Failure> {
        let mut builder = self.http.request(request.method.clone(), request.url());
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let response = builder.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;
        Err(Failure::of_answer(status, &text))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let words = format!("{}: no server there: {cause}", self.socket.display());
        Failure::new(Exit::NoServer, words)
    }
}

/// An answer, understood and as it came.
#[derive(Clone, Debug)]
pub(super) struct Answer<T> {
    pub(super) body: T,
    pub(super) text: String,
}
