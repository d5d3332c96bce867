//! Answers that real gateways gave, compiled in, by the class that they were recorded under.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;

#[derive(Deserialize)]
struct Row {
    class: String,
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

/// The recorded answer of `class`. A class that was never recorded is this program's mistake: 501 names it.
pub(super) fn recorded(class: &str) -> Response<Body> {
    let missing = || (StatusCode::NOT_IMPLEMENTED, format!("nothing is recorded as {class}"));
    let Some(row) = ROWS.iter().find(|row| row.class == class) else {
        let (status, text) = missing();
        return plain(status, text);
    };
    let mut answer = Response::builder().status(row.status);
    for (name, value) in &row.headers {
        answer = answer.header(name, value);
    }
    answer.body(Body::from(row.body.clone())).expect("what came over the wire can go over it again")
}

/// An answer in plain text.
pub(super) fn plain(status: StatusCode, text: String) -> Response<Body> {
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = status;
    answer
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    include_str!("../../tests/data/gateway-answers.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("every line of the recording is an answer"))
        .collect()
});
