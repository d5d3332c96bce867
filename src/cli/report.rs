//! One question to every server, and a report of each answer.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::connect::{Answer, Connection, Request};
use super::exit::Exit;
use super::failure::Failure;
use super::terminal::{Audience, Terminal};

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
        let words = if several { format!("{}:\n{words}", socket.display()) } else { words };
        match answer {
            Ok(_) if terminal.audience() == Audience::Person => terminal.say(&words),
            Ok(_) => {}
            Err(_) => terminal.complain(&words),
        }
    }
    if terminal.audience() == Audience::Program {
        print_documents(&mut terminal, &answers);
    }
    answers.iter().map(|(_, answer)| exit_of(answer)).max().unwrap_or(Exit::Done)
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
