//! The way to running servers: which sockets, one HTTP request to each, and what to make of a failure.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use reqwest::{Client, Method, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::exit::Exit;
use super::terminal::{Audience, Terminal};
use crate::admin::body::{ErrorBody, ProblemsBody};
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

    /// Where this command's words go.
    pub(super) fn terminal(&self) -> Terminal {
        Terminal::new(if self.json {
            Audience::Program
        } else {
            Audience::Person
        })
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

/// Why a server did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) error: String,
    /// The safety rule that forbids it.
    pub(super) rule: Option<String>,
    /// The problems of a refused reload.
    pub(super) problems: Option<ProblemsBody>,
}

impl Failure {
    pub(super) fn new(exit: Exit, error: impl Into<String>) -> Self {
        Self {
            exit,
            error: error.into(),
            rule: None,
            problems: None,
        }
    }

    pub(super) fn usage(error: impl Into<String>) -> Self {
        Self::new(Exit::Usage, error)
    }

    /// As JSON: the server's own words.
    pub(super) fn document(&self) -> Value {
        if let Some(problems) = &self.problems {
            return json!(problems);
        }
        json!(ErrorBody {
            error: self.error.clone(),
            rule: self.rule.clone(),
        })
    }

    /// As people read it.
    pub(super) fn words(&self) -> String {
        match (&self.problems, &self.rule) {
            (Some(body), _) => body
                .problems
                .iter()
                .map(|problem| format!("{problem}\n"))
                .collect(),
            (None, Some(rule)) => format!(
                "refused by {rule}: {}; --override-rule {rule} goes through",
                self.error
            ),
            (None, None) => self.error.clone(),
        }
    }

    /// What a status other than success says.
    fn of_answer(status: StatusCode, text: &str) -> Self {
        if let Ok(problems) = serde_json::from_str::<ProblemsBody>(text) {
            let mut failure = Self::usage(format!("{} problems", problems.problems.len()));
            failure.problems = Some(problems);
            return failure;
        }
        let body: ErrorBody = serde_json::from_str(text).unwrap_or_else(|_| ErrorBody {
            error: format!("the server answered {status}"),
            rule: None,
        });
        let exit = match status {
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Exit::Usage,
            _ => Exit::Refused,
        };
        let mut failure = Self::new(exit, body.error);
        failure.rule = body.rule;
        failure
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

/// Asks every server the same, and reports each: one document, or people's words made by `word`.
pub(super) fn ask_all<T: DeserializeOwned>(
    connection: &Connection,
    request: &Request,
    word: impl Fn(&T, &Terminal) -> String,
) -> Exit {
    let mut terminal = connection.terminal();
    let servers = match connection.servers() {
        Ok(servers) => servers,
        Err(failure) => return fail(&mut terminal, &failure),
    };
    let answers = block_on(async {
        let mut answers = Vec::new();
        for server in &servers {
            answers.push((server.socket.as_path(), server.ask::<T>(request).await));
        }
        answers
    });
    let several = answers.len() > 1;
    for (socket, answer) in &answers {
        let words = match answer {
            Ok(answer) => word(&answer.body, &terminal),
            Err(failure) => failure.words(),
        };
        let words = if several {
            format!("{}:\n{words}", socket.display())
        } else {
            words
        };
        match answer {
            Ok(_) if terminal.audience() == Audience::Person => terminal.say(&words),
            Ok(_) => {}
            Err(_) => terminal.complain(&words),
        }
    }
    if terminal.audience() == Audience::Program {
        print_documents(&mut terminal, &answers);
    }
    answers
        .iter()
        .map(|(_, answer)| exit_of(answer))
        .max()
        .unwrap_or(Exit::Done)
}

fn exit_of<T>(answer: &Result<Answer<T>, Failure>) -> Exit {
    answer.as_ref().err().map_or(Exit::Done, |failure| failure.exit)
}

/// One server: its own document, as it came. Several: an object that names each.
fn print_documents<T>(terminal: &mut Terminal, answers: &[(&Path, Result<Answer<T>, Failure>)]) {
    if let [(_, answer)] = answers {
        return match answer {
            Ok(answer) => terminal.print(&answer.text),
            Err(failure) => terminal.document(&failure.document()),
        };
    }
    let each = answers.iter().map(|(socket, answer)| match answer {
        Ok(answer) => {
            let document: Value = serde_json::from_str(&answer.text).unwrap_or(Value::Null);
            json!({"socket": socket.display().to_string(), "answer": document})
        }
        Err(failure) => json!({"socket": socket.display().to_string(), "failed": failure.document()}),
    });
    let document = json!({"servers": each.collect::<Vec<_>>()});
    terminal.document(&document);
}

/// Reports one failure and gives its exit code.
pub(super) fn fail(terminal: &mut Terminal, failure: &Failure) -> Exit {
    terminal.complain(&failure.words());
    if terminal.audience() == Audience::Program {
        terminal.document(&failure.document());
    }
    failure.exit
}

/// Runs a command's questions to their end.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the system gives one event loop to a command")
        .block_on(future)
}
