//! The smoke question: what a client of the service does, asked once a second through its name, by the address that an
//! affected client is given.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::clients::Clients;
use super::scene::PATIENCE;
use super::{Drill, Failure};

/// A request that has to pass.
pub(super) struct Smoke {
    url: reqwest::Url,
    completion: Option<Completion>,
}

/// A completion instead of a plain GET.
struct Completion {
    model: String,
    key: Option<String>,
}

impl Smoke {
    /// What the command line asks for; none: no question.
    pub(super) fn of(drill: &Drill) -> Result<Option<Self>, Failure> {
        let Some(url) = drill.smoke.clone() else { return Ok(None) };
        let key = drill.smoke_key.as_deref().map(read).transpose()?;
        let completion = drill.smoke_model.clone().map(|model| Completion { model, key });
        Ok(Some(Self { url, completion }))
    }

    /// Whether it succeeds: a GET with a status of success, a completion with a choice in it as well.
    pub(super) async fn passes(&self, clients: &Clients) -> bool {
        let Some(name) = self.url.host_str() else { return false };
        let Some(address) = clients.address(name).await else { return false };
        let place = SocketAddr::new(address, self.url.port_or_known_default().unwrap_or(80));
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).resolve(name, place).build();
        let Ok(http) = http else { return false };
        let answer = match &self.completion {
            None => http.get(self.url.clone()).send().await,
            Some(completion) => completion.request(&http, &self.url).send().await,
        };
        let Ok(answer) = answer.and_then(reqwest::Response::error_for_status) else { return false };
        if self.completion.is_none() {
            return true;
        }
        let said: Value = answer
            .bytes()
            .await
            .map_or(Value::Null, |body| serde_json::from_slice(&body).unwrap_or_default());
        said["choices"].as_array().is_some_and(|choices| !choices.is_empty())
    }
}

impl Completion {
    fn request(&self, http: &reqwest::Client, url: &reqwest::Url) -> reqwest::RequestBuilder {
        let message = json!({"role": "user", "content": "ping"});
        let body = json!({"model": self.model, "max_tokens": 1, "messages": [message]});
        let request = http.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body.to_string());
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let key = fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("--smoke-key: {}: {error}", path.display())))?;
    Ok(key.trim().to_owned())
}
